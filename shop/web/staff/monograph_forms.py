"""The parts of a monograph as forms, made from the fields of its values.

A form holds what was typed, whatever it is. `plain_values` turns it into the values of the file format, whose
reader is the one judge of them; `show_errors` puts what it says at the fields.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms import Field as FormControl

from shop.core.language import gettext as _
from shop.education.evidence import EvidenceRecord, NamedPopulation, OtherTimepoint, Source, StatCard
from shop.education.labels import choice_label, field_label
from shop.education.monograph import SECTIONS, Fact, MonographText, Reading, ReadingPart, Statement
from shop.education.monograph_file import FORMAT, FileError

MOST_ROWS = 200
"""Rows of one list that a form reads."""
SPARE_ROWS = 2
"""Empty rows at the end of each list."""

Plain = dict[str, Any]

WRITTEN_ELSEWHERE = frozenset(
    {"compound", "change_note", "change_kind", "author", "verified_by", "sources", "evidence"}
)
"""Fields of a monograph that are not on the form of its text."""

_LONG = {
    (MonographText, "standfirst"),
    (MonographText, "sold_material"),
    (Reading, "reason"),
    (ReadingPart, "text"),
    (Statement, "text"),
    (EvidenceRecord, "statement"),
    (EvidenceRecord, "limits"),
    (EvidenceRecord, "note"),
    (Source, "sponsor_note"),
    *((MonographText, name) for name in SECTIONS),
}
_ROWS = (Statement, Fact, StatCard, NamedPopulation)


@cache
def form_of(kind: type) -> type[Form]:
    """The form of one kind of value."""
    hints = get_type_hints(kind)
    controls = {
        each.name: _control(kind, each, hints[each.name])
        for each in fields(kind)
        if not (kind is MonographText and each.name in WRITTEN_ELSEWHERE)
    }
    return type(f"{kind.__name__}Form", (Form,), controls)


def filled(kind: type, value: Mapping[str, Any]) -> Form:
    """The form with the values of one part, as it is first shown."""
    form = form_of(kind)(data=_typed(kind, value))
    return _with_spares(form)


def sent(kind: type, typed: Any) -> Form:
    """The form with what was sent."""
    return _with_spares(form_of(kind)(typed))


def plain_values(kind: type, form: Form) -> Plain:
    """What was typed, as the file format has it; what is left empty is left out where it may be."""
    hints = get_type_hints(kind)
    values: Plain = {"format": FORMAT} if kind is MonographText else {}
    for each in fields(kind):
        if each.name in form:
            value = _plain(kind, each, hints[each.name], form[each.name])
            if value is not MISSING:
                values[each.name] = value
    return values


def show_errors(kind: type, form: Form, errors: Sequence[FileError], prefix: str) -> list[tuple[str, str]]:
    """Put each error at its field, and list them as control and sentence; `prefix` leads to the part."""
    shown = []
    for error in errors:
        control, name = None, ""
        if error.path.startswith(prefix):
            control, name = _find(kind, form, error.path.removeprefix(prefix).lstrip("."))
        if control is None:
            shown.append(("", f"{error.path}: {error.sentence}"))
        else:
            control.errors = [*control.errors, error.sentence]
            shown.append((control.id, f"{name}: {error.sentence}"))
    return shown


def _inner(expected: Any) -> tuple[Any, bool]:
    """The type without "or nothing", and whether nothing is allowed."""
    if get_origin(expected) in (types.UnionType, Union):
        return next(each for each in get_args(expected) if each is not types.NoneType), True
    return expected, False


def _control(kind: type, each: Field[Any], expected: Any) -> Any:
    label = field_label(kind, each.name)
    inner, may_be_nothing = _inner(expected)
    if get_origin(inner) is tuple:
        item = get_args(inner)[0]
        return FieldList(FormField(form_of(item)), label) if item in _ROWS else TextAreaField(label)
    if is_dataclass(inner):
        return FormField(form_of(inner), label)  # type: ignore[arg-type]
    if inner is bool and not may_be_nothing:
        return BooleanField(label)
    if inner is bool:
        return SelectField(label, choices={"": _("Not stated"), "true": _("Yes"), "false": _("No")})
    if issubclass(inner, StrEnum):
        first = (
            {"": _("None")} if may_be_nothing else {"": _("Select one")} if each.default is MISSING else {}
        )
        return SelectField(label, choices=first | {each.value: choice_label(each) for each in inner})
    return TextAreaField(label) if (kind, each.name) in _LONG else StringField(label)


def _typed(kind: type, value: Mapping[str, Any]) -> Plain:
    """Values of the file format as what somebody would have typed."""
    hints = get_type_hints(kind)
    typed: Plain = {}
    for each in fields(kind):
        inner, _may_be_nothing = _inner(hints[each.name])
        given = value.get(each.name, MISSING)
        if given is MISSING:
            given = None if each.default is MISSING else _exported_default(each.default)
        if get_origin(inner) is tuple:
            item = get_args(inner)[0]
            rows = given or []
            typed[each.name] = (
                [_typed(item, row) for row in rows] if item in _ROWS else "\n".join(map(_line, rows))
            )
        elif is_dataclass(inner):
            typed[each.name] = _typed(inner, given or {})  # type: ignore[arg-type]
        elif inner is bool:
            typed[each.name] = (
                given if isinstance(given, bool) and hints[each.name] is bool else _three(given)
            )
        else:
            typed[each.name] = "" if given is None else str(given)
    return typed


def _exported_default(default: Any) -> Any:
    return default.value if isinstance(default, StrEnum) else default


def _three(given: object) -> str:
    return "" if given is None else "true" if given else "false"


def _line(item: Any) -> str:
    """One item of a list of texts on a line of its own; a time point with the record that shows it."""
    if isinstance(item, str):
        return item
    return f"{item['timepoint']} | {item['record']}" if item.get("record") else str(item["timepoint"])


def _with_spares(form: Form) -> Form:
    for control in form:
        if isinstance(control, FieldList):
            while len(control) > MOST_ROWS:
                control.pop_entry()
            empty = 0
            for entry in reversed(control.entries):
                if not _is_empty(entry.form):
                    break
                empty += 1
            for _spare in range(SPARE_ROWS - empty):
                if len(control) < MOST_ROWS:
                    control.append_entry()
    return form


def _is_empty(form: Form) -> bool:
    """Whether a row holds nothing that somebody typed; choices alone make no row."""
    return not any(_text(control) for control in form if isinstance(control, (StringField, TextAreaField)))


def _text(control: FormControl) -> str:
    return str(control.data or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _plain(kind: type, each: Field[Any], expected: Any, control: FormControl) -> Any:
    inner, may_be_nothing = _inner(expected)
    if get_origin(inner) is tuple:
        item = get_args(inner)[0]
        if item in _ROWS:
            return [plain_values(item, form) for _place, form in _kept_rows(control)] or MISSING
        lines = [line.strip() for line in _text(control).split("\n") if line.strip()]
        return [_item(item, line) for line in lines] or MISSING
    if is_dataclass(inner):
        return plain_values(inner, control.form)  # type: ignore[attr-defined, arg-type]
    if inner is bool and not may_be_nothing:
        return MISSING if bool(control.data) == each.default else bool(control.data)
    text = _text(control)
    if inner is bool:
        return {"true": True, "false": False}.get(text, MISSING)
    if not text and each.default is not MISSING:
        return MISSING
    if issubclass(inner, StrEnum) and each.default is not MISSING and text == _exported_default(each.default):
        return MISSING
    if inner is int and text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    return text


def _item(kind: type, line: str) -> Any:
    if kind is not OtherTimepoint:
        return line
    timepoint, bar, record = line.partition("|")
    return {"timepoint": timepoint.strip()} | ({"record": record.strip()} if bar else {})


def _kept_rows(control: FormControl) -> Iterator[tuple[int, Form]]:
    """Rows that hold something, with their place on the form."""
    assert isinstance(control, FieldList)  # noqa: S101 - lists of rows are made as such
    for place, entry in enumerate(control.entries):
        if not _is_empty(entry.form):
            yield place, entry.form


_STEP = re.compile(r"(?P<name>\w+)(?:\[(?P<place>\d+)\])?(?:\.(?P<rest>.+))?")


def _find(kind: type, form: Form, path: str) -> tuple[FormControl | None, str]:
    """The control that a path such as `glance[2].value` leads to, and its name for people."""
    step = _STEP.fullmatch(path)
    if step is None or step["name"] not in form:
        return None, ""
    control, label = form[step["name"]], field_label(kind, step["name"])
    inner, _may_be_nothing = _inner(get_type_hints(kind)[step["name"]])
    if isinstance(control, FormField):
        found, name = _find(inner, control.form, step["rest"] or "")
        return found, f"{label}, {name.lower()}"
    if isinstance(control, FieldList):
        item, number = get_args(inner)[0], int(step["place"] or 0)
        rows = list(_kept_rows(control))
        if not 1 <= number <= len(rows):
            return None, ""
        found, name = _find(item, rows[number - 1][1], step["rest"] or "")
        return found, _("%(label)s %(number)s, %(name)s", label=label, number=number, name=name.lower())
    return control, label


def part_label(name: str) -> str:
    """What a part of a monograph is called; empty for what is none."""
    return field_label(MonographText, name) if name in {each.name for each in fields(MonographText)} else ""
