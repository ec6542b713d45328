"""The results of a certificate as a form: a row for every test that the product requires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from shop.catalogue.models import LimitKind, RequiredTest
from shop.compounds import substance
from shop.compounds.mass_check import HIGHEST_CHARGE, LOWEST_CHARGE
from shop.compounds.masses import Composition, MassType, ion_label
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory.certificates import TestResult, further_attribute
from shop.inventory.conclusions import Limit, judge, printed_limit
from shop.inventory.models import Lot

MASSES_PER_TEST = 3
"""How many ions of one substance can be typed."""
FURTHER_TESTS = 4
"""How many tests beyond the required ones can be typed."""
LONGEST_RESULT = 120


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One result as typed, and what is wrong with it. Its controls are named after `name`."""

    name: str
    result: str
    mass_type: str
    charge: str
    day: str = ""
    """The day of this test, as typed; empty where the document gives none."""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """A required test with the results typed for it; more than one only for masses."""

    attribute: str
    test: str
    method: str
    limit: str
    is_mass: bool
    entries: Sequence[Entry]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Control and sentence of every result that cannot be taken."""
        return [(entry.name, entry.error) for entry in self.entries if entry.error]


def rows_for(lot: Lot, typed: Mapping[str, str]) -> list[ResultRow]:
    """A row for each required test of a lot's product, filled with what was typed, each result read."""
    composition = substance.elements(lot.product.compound)
    return [_row(test, typed, composition) for test in lot.product.required_tests]


def results(rows: Sequence[ResultRow]) -> list[TestResult]:
    """What was typed, as the use case takes it. The rows hold no error."""
    return [
        TestResult(
            attribute=row.attribute,
            result=entry.result,
            mass_type=MassType(entry.mass_type) if row.is_mass else None,
            charge=int(entry.charge) if row.is_mass else 0,
            performed_on=date.fromisoformat(entry.day) if entry.day else None,
        )
        for row in rows
        for entry in row.entries
        if entry.result
    ]


@dataclass(frozen=True, kw_only=True)
class FurtherRow:
    """A test that the product does not require, as typed. Its controls are named after `name`."""

    name: str
    test: str
    method: str
    limit: str
    result: str
    error: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not (self.test or self.method or self.limit or self.result)


def further_rows(lot: Lot, typed: Mapping[str, str]) -> list[FurtherRow]:
    """The rows for tests beyond the required ones, each read, and whether a test is named twice."""
    taken = {test.attribute for test in lot.product.required_tests}
    rows = []
    for place in range(1, FURTHER_TESTS + 1):
        name = f"x{place}"
        row = FurtherRow(
            name=name,
            test=typed.get(f"{name}-test", "").strip(),
            method=typed.get(f"{name}-method", "").strip(),
            limit=typed.get(f"{name}-limit", "").strip(),
            result=typed.get(f"{name}-result", "").strip(),
        )
        if not row.is_empty:
            row = replace(row, error=_further_error(row, taken))
        rows.append(row)
    return rows


def further_results(rows: Sequence[FurtherRow]) -> list[TestResult]:
    """The further tests as the use case takes them. The rows hold no error."""
    return [
        TestResult(
            attribute=further_attribute(row.test),
            result=row.result,
            name=row.test,
            method=row.method,
            limit=row.limit,
        )
        for row in rows
        if not row.is_empty
    ]


def _further_error(row: FurtherRow, taken: set[str]) -> str:
    for text, most in ((row.test, 80), (row.method, 120), (row.limit, 120), (row.result, LONGEST_RESULT)):
        if not text.isprintable():
            return _("Use letters, digits and punctuation only")
        if len(text) > most:
            return _("Use at most %(most)s characters", most=most)
    if not (row.test and row.method and row.result):
        return _("Enter the test, its method and its result, or leave the row empty")
    try:
        attribute = further_attribute(row.test)
        judge(printed_limit(row.limit), row.result)
    except Refused as error:
        return str(error)
    if attribute in taken:
        return _("%(test)s is in the table already", test=row.test)
    taken.add(attribute)
    return ""


def ions() -> list[tuple[str, str]]:
    """The ions a mass can be of, by charge."""
    charges = (*range(1, HIGHEST_CHARGE + 1), *range(-1, LOWEST_CHARGE - 1, -1))
    names = [(str(charge), ion_label(charge)) for charge in charges]
    return [("0", _("Neutral molecule, M")), *names]


def mass_types() -> list[tuple[str, str]]:
    """Which isotopes a mass counts."""
    return [(MassType.MONOISOTOPIC.value, _("Monoisotopic")), (MassType.AVERAGE.value, _("Average"))]


def _row(test: RequiredTest, typed: Mapping[str, str], composition: Composition | None) -> ResultRow:
    is_mass = test.limit_kind == LimitKind.MASS_WITHIN
    entries: list[Entry] = []
    for place in range(1, (MASSES_PER_TEST if is_mass else 1) + 1):
        name = f"t{test.position}-{place}"
        entry = Entry(
            name=name,
            result=typed.get(name, "").strip(),
            mass_type=typed.get(f"{name}-type", ""),
            charge=typed.get(f"{name}-charge", ""),
            day=typed.get(f"{name}-on", "").strip(),
        )
        taken = {each.charge for each in entries if each.result}
        error = _error(entry, test, composition, taken) if entry.result else ""
        if error:
            error = _("%(test)s: %(what)s", test=test.name, what=error)
        entries.append(replace(entry, error=error))
    return ResultRow(
        attribute=test.attribute,
        test=test.name,
        method=test.method,
        limit=test.limit_text,
        is_mass=is_mass,
        entries=entries,
    )


def _error(entry: Entry, test: RequiredTest, composition: Composition | None, taken: set[str]) -> str:
    """Why a result cannot be taken; empty when it can."""
    if len(entry.result) > LONGEST_RESULT:
        return _("use at most %(most)s characters", most=LONGEST_RESULT)
    if not entry.result.isprintable():
        return _("use letters, digits and punctuation only")
    if entry.day and not _is_day(entry.day):
        return _("enter the day of the test in the form 2026-11-22")
    mass_type, charge = None, 0
    if test.limit_kind == LimitKind.MASS_WITHIN:
        if entry.mass_type not in dict(mass_types()):
            return _("say whether the mass is monoisotopic or average")
        if entry.charge not in dict(ions()):
            return _("say which ion the mass is of")
        if entry.charge in taken:
            return _("the same ion is given twice")
        mass_type, charge = MassType(entry.mass_type), int(entry.charge)
    try:
        judge(
            Limit(
                kind=test.limit_kind,
                text=test.limit_text,
                lower=test.lower,
                upper=test.upper,
                tolerance=test.tolerance,
                unit=test.unit,
            ),
            entry.result,
            composition=composition,
            mass_type=mass_type,
            charge=charge,
        )
    except Refused as error:
        return str(error)
    return ""


def _is_day(text: str) -> bool:
    try:
        return 2000 <= date.fromisoformat(text).year < 2100
    except ValueError:
        return False
