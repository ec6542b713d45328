"""Files of rows: CSV as spreadsheets write it, and JSON, read with the line of every row; and written.

Reading is strict and says where: a wrong byte, a row with a cell too many, a column nobody knows. Writing
marks what a spreadsheet would take for a formula (OWASP, "CSV Injection"), and reading takes the mark off.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shop.core.errors import Refused
from shop.core.language import gettext as _

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
LONGEST_CELL = 20_000
MOST_PROBLEMS = 200

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_DELIMITERS = ",;\t"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a file: the line it stands in, counted from 1, and a sentence."""

    line: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: the line it begins in, and its cells as text by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file that could be read, as far as it could be."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


class _Stop(Exception):
    """The file cannot be read beyond this."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(line, sentence)


def read(data: bytes, *, columns: Sequence[str]) -> Table:
    """Read a file of rows; JSON when it begins with a bracket, otherwise CSV.

    Args:
        columns: those that the file may have.

    Raises:
        Refused: the file is empty or too large.
    """
    if not data.strip():
        raise Refused(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise Refused(_("The file is too large: at most %(most)s MB.", most=MOST_BYTES // 1024 // 1024))
    try:
        text = _decoded(data)
        found = _read_json(text) if text.lstrip()[:1] in ("{", "[") else _read_csv(text)
    except _Stop as stop:
        return Table(columns=(), rows=(), problems=(stop.problem,))
    return _checked(found, columns)


def _decoded(data: bytes) -> str:
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_wide else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1 if encoding == "utf-8-sig" else 1
        raise _Stop(
            line,
            _("This is not UTF-8 text. In a spreadsheet, choose “CSV UTF-8” when you save the file."),
        ) from None
    found = _CONTROL.search(text)
    if found:
        raise _Stop(
            text.count("\n", 0, found.start()) + 1, _("There is a control character that no text has.")
        )
    return text


def _read_csv(text: str) -> list[Row]:
    first, delimiter = 0, ""
    if text[:4].lower() == "sep=":
        head, _break, text = text.partition("\n")
        first, delimiter = 1, head.strip()[4:5]
    delimiter = delimiter or _delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    heads: list[str] | None = None
    width = 0
    rows: list[Row] = []
    line = first
    try:
        for cells in reader:
            begun, line = line + 1, first + reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if heads is None:
                # Spreadsheets leave empty columns at the end of every row.
                width = len(cells)
                heads = _heads(_without_empty_end(cells), begun)
                continue
            if len(cells) != width or any(cell.strip() for cell in cells[len(heads) :]):
                raise _Stop(
                    begun,
                    _(
                        "This row has %(found)s cells; the first has %(wanted)s.",
                        found=len(_without_empty_end(cells)) if len(cells) == width else len(cells),
                        wanted=len(heads),
                    ),
                )
            rows.append(
                Row(line=begun, cells={head: _plain(cell) for head, cell in zip(heads, cells, strict=False)})
            )
            if len(rows) > MOST_ROWS:
                raise _Stop(
                    begun, _("There are more than %(most)s rows. Send several files.", most=MOST_ROWS)
                )
    except csv.Error as error:
        raise _Stop(
            first + max(reader.line_num, 1), _("This row can’t be read: %(why)s.", why=str(error))
        ) from None
    if heads is None:
        raise _Stop(1, _("There is no first row with the names of the columns."))
    return rows or [Row(line=0, cells=dict.fromkeys(heads, ""))]


def _delimiter_of(text: str) -> str:
    """The sign that the first row has most of: a comma, or what spreadsheets of other countries write."""
    head = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=lambda sign: (head.count(sign), -_DELIMITERS.index(sign)))


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _heads(cells: Sequence[str], line: int) -> list[str]:
    heads = [cell.strip().lower() for cell in cells]
    if "" in heads:
        raise _Stop(line, _("A column has no name."))
    for head in heads:
        if heads.count(head) > 1:
            raise _Stop(line, _("Column “%(name)s” stands there twice.", name=head[:40]))
    return heads


def _plain(cell: str) -> str:
    """A cell without the mark that keeps a spreadsheet from running it."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def _read_json(text: str) -> list[Row]:
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)
    try:
        json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)
        starts = _elements(text, decoder)
    except json.JSONDecodeError as error:
        raise _Stop(error.lineno, _("This is not JSON: %(why)s.", why=error.msg)) from None
    except _Twice as error:
        raise _Stop(
            _line(text, text.find(f'"{error.name}"')), _("“%(name)s” stands there twice.", name=error.name)
        ) from None
    except RecursionError:
        raise _Stop(1, _("The JSON is nested too deeply.")) from None
    rows = []
    for start, value in starts:
        line = _line(text, start)
        if not isinstance(value, dict):
            raise _Stop(line, _("Each row is an object with the names of the columns."))
        rows.append(
            Row(line=line, cells={key.strip().lower(): _as_text(each, line) for key, each in value.items()})
        )
        if len(rows) > MOST_ROWS:
            raise _Stop(line, _("There are more than %(most)s rows. Send several files.", most=MOST_ROWS))
    return rows


class _Twice(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name[:40]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found


_SPACE = re.compile(r"[ \t\n\r]*")


def _after(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _elements(text: str, decoder: json.JSONDecoder) -> list[tuple[int, Any]]:
    """Each element of the array of rows with where it begins; the text is known to be JSON."""
    at = _after(text, 0)
    if text[at] == "{":
        at = _rows_of_object(text, decoder, at)
    found: list[tuple[int, Any]] = []
    at = _after(text, at + 1)
    while text[at] != "]":
        value, end = decoder.raw_decode(text, at)
        found.append((at, value))
        at = _after(text, end)
        if text[at] == ",":
            at = _after(text, at + 1)
    return found


def _rows_of_object(text: str, decoder: json.JSONDecoder, at: int) -> int:
    at = _after(text, at + 1)
    while text[at] != "}":
        name, end = decoder.raw_decode(text, at)
        at = _after(text, _after(text, end) + 1)
        if name == "rows" and text[at] == "[":
            return at
        _value, end = decoder.raw_decode(text, at)
        at = _after(text, end)
        if text[at] == ",":
            at = _after(text, at + 1)
    raise _Stop(1, _("There is no list called “rows”."))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, max(at, 0)) + 1


def _as_text(value: object, line: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise _Stop(line, _("There is a control character that no text has."))
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise _Stop(line, _("There is half a character."))
        return value.strip()
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _checked(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    problems: list[Problem] = []
    known = set(columns)
    unknown = dict.fromkeys(name for row in rows for name in row.cells if name not in known)
    for name in unknown:
        line = next(row.line for row in rows if name in row.cells)
        problems.append(Problem(max(line - 1, 1), _("There is no column “%(name)s” here.", name=name[:40])))
    for row in rows:
        for name, cell in row.cells.items():
            if len(cell) > LONGEST_CELL:
                problems.append(
                    Problem(
                        row.line,
                        _(
                            "“%(name)s” is too long: at most %(most)s characters.",
                            name=name[:40],
                            most=LONGEST_CELL,
                        ),
                    )
                )
    present = tuple(name for name in columns if any(name in row.cells for row in rows))
    return Table(columns=present, rows=tuple(row for row in rows if row.line), problems=tuple(problems))


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as CSV (RFC 4180) with a byte order mark, without which spreadsheets garble accents."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_marked(row[column]) for column in columns] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def _marked(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def as_json(kind: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as JSON, every value as text."""
    content = {"format": f"aliquot-{kind}/1", "rows": [{name: row[name] for name in columns} for row in rows]}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
