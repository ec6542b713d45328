"""A whole monograph as one YAML or JSON file, format `monograph/1`, and back.

The file is `MonographText` field by field, in its order; fields at their default are left out. Reading is
strict: what is wrong is named with its line, all of it at once, and nothing is half-read. Figures are text as
printed, so that "0.90" keeps its zero; in YAML they stand in quotes.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import yaml

from shop.compounds import identifiers
from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.education import markdown
from shop.education.evidence import (
    EvidenceRecord,
    EvidenceTable,
    OtherTimepoint,
    PlainValue,
    Seen,
    Source,
    StatCard,
)
from shop.education.figures import impossible
from shop.education.located import Entries, Items, Kind, Node, NotWellFormed, Scalar, read_tree, tree_of
from shop.education.monograph import SECTIONS, Fact, MonographText, Reading, ReadingPart, Statement
from shop.education.printed import parse_level, parse_number, parse_p
from shop.education.source_checks import check_identifiers

FORMAT = "monograph/1"
LONGEST_TEXT = 4_000
"""Characters of a field that is not a section."""
MOST_ERRORS = 200


@dataclass(frozen=True, slots=True)
class FileError:
    """One thing wrong in a file. `line` is 0 for values that did not come from a file."""

    line: int
    path: str
    """Where in the monograph, such as `evidence[3].lower`."""
    sentence: str

    def __str__(self) -> str:
        place = _("line %(line)s, %(path)s", line=self.line, path=self.path) if self.line else self.path
        return f"{place}: {self.sentence}"


class BadMonographFile(Refused):
    """A file that is no monograph; `errors` says why, by line."""

    def __init__(self, errors: list[FileError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


def read(text: str) -> MonographText:
    """The monograph of a YAML or JSON file.

    Raises:
        BadMonographFile: with every error of the file.
    """
    found, errors = _examine(text, _Builder(checking=True))
    if errors or found is None:
        raise BadMonographFile(errors)
    return found


def read_draft(text: str) -> MonographText:
    """The monograph of a file that becomes a draft: some texts may be empty, no figure may be impossible.

    Raises:
        BadMonographFile: with every error of the file.
    """
    found, errors = _examine(text, _Builder(checking=True, for_draft=True))
    if errors or found is None:
        raise BadMonographFile(errors)
    return found


def examine(text: str) -> tuple[MonographText | None, tuple[FileError, ...]]:
    """What can be made of a file, and what is wrong in it; not every error keeps it from being read."""
    found, errors = _examine(text, _Builder(checking=True))
    return found, tuple(errors)


def examine_draft(value: Mapping[str, object]) -> tuple[MonographText | None, tuple[FileError, ...]]:
    """The same for the values of a draft; the lines are 0."""
    builder = _Builder(checking=True, for_draft=True)
    found = builder.monograph(tree_of(value))
    return found, tuple(builder.errors)


def examine_table(text: str) -> tuple[EvidenceTable | None, tuple[FileError, ...]]:
    """The evidence table of a file without a monograph: a list of records, or `evidence` with `sources`.

    What only a monograph needs may be left out of a record; without `sources` none is looked for.
    """
    try:
        root = read_tree(text)
    except NotWellFormed as error:
        return None, (FileError(error.line, _("the file"), str(error)),)
    builder = _Builder(checking=True)
    found = builder.table(root)
    return found, tuple(builder.sorted_errors())


def is_monograph(text: str) -> bool:
    """Whether a file says that it is a monograph, or cannot be read as anything."""
    try:
        root = read_tree(text)
    except NotWellFormed:
        return True
    if isinstance(root, Items):
        return False
    return (
        not isinstance(root, Entries)
        or "evidence" not in _keys(root)
        or bool(_keys(root) & {"format", "reading"})
    )


def _keys(root: Entries) -> set[str]:
    return {key.text for key, _node in root.entries}


def _examine(text: str, builder: _Builder) -> tuple[MonographText | None, list[FileError]]:
    try:
        root = read_tree(text)
    except NotWellFormed as error:
        return None, [FileError(error.line, _("the file"), str(error))]
    found = builder.monograph(root)
    return found, builder.sorted_errors()


def check(text: MonographText) -> tuple[FileError, ...]:
    """What `read` would refuse of a monograph that was made otherwise; the lines are 0."""
    builder = _Builder(checking=True)
    builder.monograph(tree_of(exported(text)))
    return tuple(builder.errors)


def from_exported(value: Mapping[str, object]) -> MonographText:
    """The monograph of values that `exported` gave. Only their structure is looked at again.

    Raises:
        BadMonographFile: they have another structure.
    """
    builder = _Builder(checking=False)
    found = builder.monograph(tree_of(value))
    if found is None:
        raise BadMonographFile(builder.errors)
    return found


def exported(text: MonographText) -> dict[str, PlainValue]:
    """The monograph as plain values in the order of the file, fields at their default left out."""
    return {"format": FORMAT, **exported_part(text)}


def exported_part(value: MonographText | Source | EvidenceRecord) -> dict[str, PlainValue]:
    """The same for a monograph without its format, one source or one record."""
    return cast("dict[str, PlainValue]", _exported(value))


def write_json(text: MonographText) -> str:
    """The monograph as JSON, which `read` reads back."""
    written = json.dumps(exported(text), ensure_ascii=False, indent=2)
    return _FOLDED_BY_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", written) + "\n"


def write_yaml(text: MonographText) -> str:
    """The monograph as YAML: sections as blocks of text, figures in quotes."""
    parts = []
    for key, value in exported(text).items():
        entry = _yaml({key: value})
        stands_apart = not isinstance(value, str) or "\n" in value
        parts.append(f"\n{entry}" if stands_apart else entry)
    return "".join(parts)


def yaml_of(part: object) -> str:
    """One part of a monograph (a list of records, the reading, a date) as YAML, to be compared by line."""
    return _yaml(_exported(part))


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2)


_FOLDED_BY_YAML = re.compile("[\x85\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """Lists indented under their key; nothing written by reference."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Blocks for what has lines, quotes for what a block or plain text would not keep to the letter."""
    style = None
    if "\n" in text or _FOLDED_BY_YAML.search(text):
        is_block = text == text.strip() and not _FOLDED_BY_YAML.search(text)
        style = "|" if is_block else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)


def _exported(value: object) -> PlainValue:
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_exported(item) for item in value]
    return {
        each.name: _exported(item)
        for each in fields(value)  # type: ignore[arg-type]
        if (item := getattr(value, each.name)) != each.default
    }


_TextCheck = Callable[[str], object]


def _identifier(name: str) -> _TextCheck:
    """What E13 says of one identifier of a source."""

    def refuse(text: str) -> None:
        source = Source(key="this", label="this", seen=Seen.NOT_SEEN)
        for result in check_identifiers(replace(source, **{name: text})):  # type: ignore[arg-type]
            raise Refused(result.message.removeprefix(f"{name}: "))

    return refuse


def _key(text: str) -> None:
    if re.fullmatch(markdown.SOURCE_KEY, text) is None:
        raise Refused(_("A key has up to 80 letters, digits, points and hyphens, and no spaces."))


def _slug(text: str) -> None:
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is None or len(text) > 60:
        raise Refused(_("A slug has lower-case letters, digits and single hyphens, 60 at most."))


_IDENTIFIERS = ("doi", "pmid", "pmcid", "nct", "eudract", "isrctn", "cochrane")

_CHECKS: dict[tuple[type, str], _TextCheck] = {
    (MonographText, "compound"): _slug,
    (MonographText, "related"): _slug,
    (Source, "key"): _key,
    **{(Source, name): _identifier(name) for name in _IDENTIFIERS},
    (EvidenceRecord, "id"): _key,
    (EvidenceRecord, "estimate"): parse_number,
    (EvidenceRecord, "lower"): parse_number,
    (EvidenceRecord, "upper"): parse_number,
    (EvidenceRecord, "level"): parse_level,
    (EvidenceRecord, "percent_treated"): parse_number,
    (EvidenceRecord, "percent_control"): parse_number,
    (EvidenceRecord, "p_text"): parse_p,
}
"""What the text of a field must be; each raises Refused with the reason."""

_LENGTHS: dict[tuple[type, str], int] = {
    (MonographText, "title"): 120,
    (MonographText, "author"): 120,
    (MonographText, "verified_by"): 120,
    **{(MonographText, name): markdown.LONGEST for name in SECTIONS},
}

_NAMES_A_SOURCE = {(EvidenceRecord, "source"), (Statement, "sources"), (Fact, "sources")}
_NAMES_A_RECORD = {
    (ReadingPart, "records"),
    (StatCard, "record"),
    (OtherTimepoint, "record"),
    (MonographText, "safety_records"),
}

_REGISTERS: dict[str, tuple[re.Pattern[str], _TextCheck]] = {
    "CAS": (re.compile(r"\b[0-9]{2,8}-[0-9]{1,3}-[0-9]{1,2}\b"), identifiers.cas),
    "UNII": (re.compile(r"\b(?=[A-Z0-9]*[0-9])[A-Z0-9]{8,12}\b"), identifiers.unii),
    "InChIKey": (re.compile(r"\b[A-Z]{10,16}-[A-Z]{6,12}-[A-Z]\b"), identifiers.inchikey),
}
"""Numbers of registers that a fact may hold, by the word in its name: what looks like one has to be one."""

_MAY_WAIT = {
    *((MonographText, name) for name in ("standfirst", "change_note", "author", "verified_by")),
    (Reading, "reason"),
    (ReadingPart, "text"),
}
"""Texts that a draft may leave empty until it is handed in."""

_TABLE_PARTS = ("compound", "sources", "cards", "populations", "searched_to")
_USUAL = {
    "source": "source",
    "design": "other",
    "species": "human",
    "direction": "descriptive",
    "status": "secondary",
}
"""What a record of a bare table is taken for where it does not say."""


def _with_defaults(root: Entries) -> Entries:
    """The table with what its records leave out, and choices in small letters."""
    rows = root.get("evidence")
    if not isinstance(rows, Items):
        return root
    items = tuple(
        _complete(row, place) if isinstance(row, Entries) else row
        for place, row in enumerate(rows.items, start=1)
    )
    entries = tuple((key, node) for key, node in root.entries if key.text != "evidence")
    return Entries(root.line, (*entries, (Scalar(rows.line, "evidence"), Items(rows.line, items))))


def _complete(row: Entries, place: int) -> Entries:
    given = _keys(row)
    usual = {"id": f"row-{place}", "outcome": _("result %(number)s", number=place), **_USUAL}
    entries = [(key, _as_meant(key.text, node)) for key, node in row.entries]
    entries += [
        (Scalar(row.line, name), Scalar(row.line, text)) for name, text in usual.items() if name not in given
    ]
    return Entries(row.line, tuple(entries))


def _as_meant(name: str, node: Node) -> Node:
    """Choices in small letters, and figures as printed also where they are not in quotes."""
    if not isinstance(node, Scalar):
        return node
    if _is_choice(name):
        return replace(node, text=node.text.lower())
    if node.kind is Kind.NUMBER and _types(EvidenceRecord).get(name) in (str, str | None):
        return replace(node, kind=Kind.TEXT)
    return node


def _is_choice(name: str) -> bool:
    expected = _types(EvidenceRecord).get(name)
    return isinstance(expected, type) and issubclass(expected, StrEnum)


_FIGURES = (
    "estimate",
    "lower",
    "upper",
    "level",
    "p_text",
    "percent_treated",
    "percent_control",
    "events_treated",
    "events_control",
    "n_total",
    "n_treated",
    "n_control",
    "k",
    "review_k",
    "review_n",
)


def _field_at_fault(record: EvidenceRecord, message: str) -> str:
    """The first figure without which this reason would go away."""
    for name in _FIGURES:
        value = "0.95" if name == "level" else None
        without: EvidenceRecord = replace(record, **{name: value})  # type: ignore[arg-type]
        if getattr(record, name) is not None and message not in impossible(without):
            return name
    return "estimate"


_NO_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters other than tab and line feed, those that turn the direction of writing (they make a text
look like another, Unicode TR36), halves of pairs, and what is no character."""


class _Missing:
    """Stands for a value that could not be read, so that reading goes on to the next error."""


_MISSING = _Missing()


class _Builder:
    """Makes values of their types from a tree, and collects what is wrong."""

    def __init__(self, *, checking: bool, for_draft: bool = False) -> None:
        self.checking = checking
        self.for_draft = for_draft
        self.errors: list[FileError] = []
        self._named: list[tuple[str, Scalar, str]] = []
        self._sections: list[tuple[Scalar, str]] = []

    def sorted_errors(self) -> list[FileError]:
        """The first errors in the order of the file."""
        return sorted(self.errors, key=lambda error: error.line)[:MOST_ERRORS]

    def monograph(self, root: Node) -> MonographText | None:
        """The monograph; None where something kept it from being read."""
        if not isinstance(root, Entries):
            self._refuse(root.line, _("the file"), _("A monograph is a mapping, such as “title: Semax”."))
            return None
        named = root.get("format")
        if not isinstance(named, Scalar) or named.text != FORMAT:
            line = named.line if named is not None else root.line
            self._refuse(line, "format", _("The file begins with “format: %(format)s”.", format=FORMAT))
        entries = tuple((key, node) for key, node in root.entries if key.text != "format")
        found = self._record(MonographText, Entries(root.line, entries), "")
        if self.checking:
            self._check_names(root)
        return found if isinstance(found, MonographText) else None

    def table(self, root: Node) -> EvidenceTable | None:
        """An evidence table without a monograph; None where something kept it from being read."""
        if isinstance(root, Items):
            root = Entries(root.line, ((Scalar(root.line, "evidence"), root),))
        if not isinstance(root, Entries):
            self._refuse(root.line, _("the file"), _("Write a list of records."))
            return None
        known = ("evidence", *_TABLE_PARTS)
        for key, _node in root.entries:
            if key.text not in known:
                sentence = _unknown(key.text, dict.fromkeys(known))
                self._refuse(key.line, key.text[:80], sentence)
        filled = _with_defaults(root)
        records = self._list(EvidenceRecord, filled.get("evidence") or Items(root.line, ()), "evidence")
        parts = {
            name: self._value(_types(EvidenceTable)[name], node, name)
            for name in _TABLE_PARTS
            if (node := root.get(name)) is not None
        }
        if root.get("sources") is None:
            self._named = [each for each in self._named if each[0] != "source"]
        self._check_names(filled)
        if records is _MISSING or any(value is _MISSING for value in parts.values()):
            return None
        return EvidenceTable(**{"compound": "table", "sources": (), **parts, "records": records})

    def _refuse(self, line: int, path: str, sentence: str) -> _Missing:
        self.errors.append(FileError(line, path, sentence))
        return _MISSING

    def _value(self, expected: Any, node: Node, path: str) -> Any:
        origin = get_origin(expected)
        if origin in (types.UnionType, Union):
            if isinstance(node, Scalar) and node.kind is Kind.NOTHING:
                return None
            expected = next(each for each in get_args(expected) if each is not types.NoneType)
        elif origin is tuple:
            return self._list(get_args(expected)[0], node, path)
        if is_dataclass(expected):
            return self._record(cast(type, expected), node, path)
        if not isinstance(node, Scalar):
            return self._refuse(node.line, path, _("Write one value here, not a list or a mapping."))
        if issubclass(expected, StrEnum):
            return self._choice(expected, node, path)
        return _SCALARS[expected](self, node, path)

    def _record(self, kind: type, node: Node, path: str) -> Any:
        if not isinstance(node, Entries):
            return self._refuse(node.line, path, _("Write named values here, such as “name: value”."))
        types_of, known = _types(kind), {each.name: each for each in fields(kind)}
        values: dict[str, Any] = {}
        for key, item in node.entries:
            if key.text in known:
                where = f"{path}.{key.text}".lstrip(".")
                values[key.text] = self._value(types_of[key.text], item, where)
                if self.checking:
                    self._check_field(kind, known[key.text], item, values[key.text], where)
            else:
                self._refuse(key.line, f"{path}.{key.text[:80]}".lstrip("."), _unknown(key.text, known))
        for name, each in known.items():
            if name not in values and each.default is MISSING:
                sentence = _("“%(name)s” is missing.", name=name)
                values[name] = self._refuse(node.line, path or _("the file"), sentence)
        if any(value is _MISSING for value in values.values()):
            return _MISSING
        made = kind(**values)
        if self.checking and isinstance(made, Fact):
            self._check_number_of_register(made, node, path)
        if self.for_draft and isinstance(made, EvidenceRecord):
            self._check_record(made, node, path)
        return made

    def _check_number_of_register(self, fact: Fact, node: Entries, path: str) -> None:
        """A CAS number, UNII or InChIKey among the facts has its form and its check digit."""
        for name, (form, normal_form) in _REGISTERS.items():
            if re.search(rf"\b{name}\b", fact.name, re.IGNORECASE) is None:
                continue
            for number in form.findall(fact.value):
                try:
                    normal_form(number)
                except Refused as refused:
                    value = node.get("value")
                    line = value.line if value is not None else node.line
                    self._refuse(line, f"{path}.value", f"{refused}.")

    def _check_record(self, record: EvidenceRecord, node: Entries, path: str) -> None:
        """Figures that cannot be so, each at the field without which it could, and a second person."""
        if any(error.path.startswith(f"{path}.") for error in self.errors):
            return
        found = [(_field_at_fault(record, message), message) for message in impossible(record)]
        if record.verified_by and name_key(record.verified_by) == name_key(record.extracted_by):
            found.append(
                ("verified_by", _("A second person verifies a record, not the one who extracted it."))
            )
        for name, message in found:
            value = node.get(name)
            line = value.line if value is not None else node.line
            self._refuse(line, f"{path}.{name}", message)

    def _list(self, expected: Any, node: Node, path: str) -> Any:
        if not isinstance(node, Items):
            return self._refuse(node.line, path, _("Write a list here."))
        values = [
            self._value(expected, item, f"{path}[{place}]") for place, item in enumerate(node.items, start=1)
        ]
        return _MISSING if any(value is _MISSING for value in values) else tuple(values)

    def _choice(self, expected: type[StrEnum], node: Scalar, path: str) -> Any:
        try:
            return expected(node.text)
        except ValueError:
            known = _("Write one of: %(values)s.", values=", ".join(member.value for member in expected))
            return self._refuse(node.line, path, known)

    def _text(self, node: Scalar, path: str) -> Any:
        if node.kind is Kind.NOTHING:
            return self._refuse(node.line, path, _("This needs text."))
        if node.kind is not Kind.TEXT:
            sentence = _("Put “%(text)s” in quotes, so that it stays as printed.", text=node.text[:80])
            return self._refuse(node.line, path, sentence)
        if (found := _NO_TEXT.search(node.text)) is not None:
            line = node.line_of(node.text.count("\n", 0, found.start()) + 1)
            return self._refuse(line, path, _("The text holds a control character."))
        return node.text

    def _whole_number(self, node: Scalar, path: str) -> Any:
        if node.kind is not Kind.NUMBER or re.fullmatch(r"[0-9]{1,9}", node.text) is None:
            return self._refuse(node.line, path, _("Write a whole number in digits, such as 1070."))
        return int(node.text)

    def _truth(self, node: Scalar, path: str) -> Any:
        if node.kind is not Kind.TRUTH or node.text not in ("true", "false"):
            return self._refuse(node.line, path, _("Write true or false."))
        return node.text == "true"

    def _day(self, node: Scalar, path: str) -> Any:
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.text):
                return date.fromisoformat(node.text)
        except ValueError:
            pass
        return self._refuse(node.line, path, _("Write a date as 2026-09-18."))

    def _check_field(self, kind: type, each: Field[Any], node: Node, value: Any, path: str) -> None:
        """The form and length of a text, and what it names, for a value that has its type."""
        if value is _MISSING or value is None:
            return
        place = (kind, each.name)
        for scalar, where in _scalars(node, path):
            most = _LENGTHS.get(place, LONGEST_TEXT)
            if len(scalar.text) > most:
                sentence = _(
                    "This has at most %(most)s characters, not %(length)s.",
                    most=f"{most:,}",
                    length=f"{len(scalar.text):,}",
                )
                self._refuse(scalar.line, where, sentence)
            elif each.default is MISSING and not scalar.text.strip():
                if self.for_draft and place in _MAY_WAIT:
                    continue
                self._refuse(scalar.line, where, _("This needs text."))
            elif place in _CHECKS:
                self._check_text(_CHECKS[place], scalar, where)
            if place in _NAMES_A_SOURCE:
                self._named.append(("source", scalar, where))
            elif place in _NAMES_A_RECORD:
                self._named.append(("record", scalar, where))
            elif kind is MonographText and each.name in SECTIONS and len(scalar.text) <= most:
                self._sections.append((scalar, where))

    def _check_text(self, check_text: _TextCheck, scalar: Scalar, path: str) -> None:
        try:
            check_text(scalar.text)
        except Refused as refused:
            self._refuse(scalar.line, path, str(refused))

    def _check_names(self, root: Entries) -> None:
        """Keys and ids stand once, everything named exists, and sections cite what there is."""
        keys = self._names_given(root, "sources", "key")
        ids = self._names_given(root, "evidence", "id")
        for what, scalar, path in self._named:
            if what == "source" and scalar.text not in keys:
                self._refuse(scalar.line, path, _("There is no source “%(key)s”.", key=scalar.text[:80]))
            elif what == "record" and scalar.text not in ids:
                self._refuse(scalar.line, path, _("There is no record “%(id)s”.", id=scalar.text[:80]))
        for scalar, path in self._sections:
            for problem in markdown.problems(scalar.text, keys):
                self._refuse(scalar.line_of(problem.line), path, problem.sentence)

    def _names_given(self, root: Entries, part: str, name: str) -> list[str]:
        given: list[str] = []
        node = root.get(part)
        for place, item in enumerate(node.items if isinstance(node, Items) else (), start=1):
            scalar = item.get(name) if isinstance(item, Entries) else None
            if isinstance(scalar, Scalar):
                if scalar.text in given:
                    sentence = _("“%(name)s” stands here twice.", name=scalar.text[:80])
                    self._refuse(scalar.line, f"{part}[{place}].{name}", sentence)
                given.append(scalar.text)
        return given


_SCALARS: dict[Any, Callable[[_Builder, Scalar, str], Any]] = {
    str: _Builder._text,
    int: _Builder._whole_number,
    bool: _Builder._truth,
    date: _Builder._day,
}


@cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _scalars(node: Node, path: str) -> Iterator[tuple[Scalar, str]]:
    """A text, or the texts of a list."""
    if isinstance(node, Scalar):
        yield node, path
    elif isinstance(node, Items):
        for place, item in enumerate(node.items, start=1):
            if isinstance(item, Scalar):
                yield item, f"{path}[{place}]"


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name[:80], known, n=1)
    if near:
        return _("“%(name)s” is not known here; did you mean “%(near)s”?", name=name[:80], near=near[0])
    return _("“%(name)s” is not known here.", name=name[:80])
