"""Stability results of a lot: recorded by one person, confirmed by another, then never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import LimitKind, RequiredTest
from shop.compounds import substance
from shop.core import audit, clock
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import certificates
from shop.inventory.conclusions import Limit, judge
from shop.inventory.models import Conclusion, Laboratory, Lot, RetestDateChange, StabilityResult

LONGEST_STUDY_MONTHS = 240


@dataclass(frozen=True, kw_only=True)
class StabilityEntry:
    """One result as typed from a stability report, of a test that the product requires."""

    attribute: str
    condition: str
    months: int
    tested_on: date
    result: str
    laboratory_id: int
    report_number: str
    replaces: int | None = None
    reason: str = ""


def record(lot_number: str, entry: StabilityEntry, *, actor: str) -> int:
    """Keep a stability result of a lot, to be confirmed by a second person; returns its id.

    Raises:
        Refused: the test, the time or the result cannot be right, or a correction has no reason.
        NotFound: there is no such lot, laboratory or result to replace.
    """
    if not 0 <= entry.months <= LONGEST_STUDY_MONTHS:
        raise Refused(_("Enter the time as 0 to %(most)s months.", most=LONGEST_STUDY_MONTHS))
    with writing() as session:
        lot = certificates.find_lot(session, lot_number)
        if not lot.filled_on <= entry.tested_on <= clock.today():
            raise Refused(_("The day of the test lies before the filling or in the future."))
        if session.get(Laboratory, entry.laboratory_id) is None:
            raise NotFound(_("There is no such laboratory."))
        test = next((each for each in lot.product.required_tests if each.attribute == entry.attribute), None)
        if test is None or test.limit_kind == LimitKind.MASS_WITHIN:
            raise Refused(_("Choose one of the product’s tests that can change with time."))
        if entry.replaces is not None:
            _check_replaced(session, lot, entry)
        result = _row(lot, test, entry, actor)
        session.add(result)
        session.flush()
        audit.log(
            session,
            actor=actor,
            action="stability.record",
            subject=f"lot/{lot.number}",
            after={"test": test.attribute, "months": entry.months, "result": result.result_text},
            reason=entry.reason.strip() or None,
        )
        return result.id


def confirm(result_id: int, *, actor: str) -> None:
    """Confirm that a result is what its report says; from then on it is public and never changes.

    Raises:
        Refused: the same person recorded it, or it is confirmed already.
        NotFound: there is no such result.
    """
    with writing() as session:
        result = locked(session, StabilityResult, result_id)
        if result is None:
            raise NotFound(_("There is no such result."))
        if result.confirmed_by is not None:
            raise Refused(_("This result has been confirmed already."))
        if result.recorded_by == actor:
            raise Refused(_("You recorded this result. A second person has to confirm it."))
        result.confirmed_by, result.confirmed_at = actor, clock.now()
        session.flush()
        lot = session.get_one(Lot, result.lot_id)
        audit.log(
            session,
            actor=actor,
            action="stability.confirm",
            subject=f"lot/{lot.number}",
            after={"result": result_id},
        )


def of_lot(session: Session, lot_id: int, *, confirmed: bool) -> Sequence[StabilityResult]:
    """The stability results of a lot by condition, test and time; confirmed ones that nothing confirmed
    replaces, or else all of them. One query."""
    wanted = select(StabilityResult).where(StabilityResult.lot_id == lot_id)
    if confirmed:
        later = aliased(StabilityResult)
        wanted = wanted.where(
            StabilityResult.confirmed_at.is_not(None),
            ~select(later.id)
            .where(later.replaces_id == StabilityResult.id, later.confirmed_at.is_not(None))
            .exists(),
        )
    return session.scalars(
        wanted.order_by(
            StabilityResult.condition, StabilityResult.name, StabilityResult.months, StabilityResult.id
        )
    ).all()


def retests_of(session: Session, lot_id: int) -> Sequence[RetestDateChange]:
    """How the retest date of a lot was moved, the first move first. One query."""
    return session.scalars(
        select(RetestDateChange).where(RetestDateChange.lot_id == lot_id).order_by(RetestDateChange.id)
    ).all()


def _check_replaced(session: Session, lot: Lot, entry: StabilityEntry) -> None:
    replaced = session.get(StabilityResult, entry.replaces)
    if replaced is None or replaced.lot_id != lot.id:
        raise NotFound(_("There is no such result."))
    if not entry.reason.strip():
        raise Refused(_("Say why the earlier result is corrected."))
    again = session.scalar(select(StabilityResult.id).where(StabilityResult.replaces_id == replaced.id))
    if again is not None:
        raise Refused(_("This result has been corrected already. Correct the later one."))


def _row(lot: Lot, test: RequiredTest, entry: StabilityEntry, actor: str) -> StabilityResult:
    limit = Limit(
        kind=test.limit_kind,
        text=test.limit_text,
        lower=test.lower,
        upper=test.upper,
        tolerance=test.tolerance,
        unit=test.unit,
    )
    outcome = judge(limit, entry.result, composition=substance.elements(lot.product.compound))
    if outcome.conclusion == Conclusion.NOT_TESTED:
        raise Refused(_("Enter the result as printed."))
    return StabilityResult(
        lot_id=lot.id,
        condition=entry.condition,
        months=entry.months,
        tested_on=entry.tested_on,
        attribute=test.attribute,
        name=test.name,
        method=test.method,
        limit_text=test.limit_text,
        result_text=entry.result.strip(),
        result_number=outcome.number,
        qualifier=outcome.qualifier,
        conclusion=outcome.conclusion,
        laboratory_id=entry.laboratory_id,
        report_number=entry.report_number,
        recorded_by=actor,
        recorded_at=clock.now(),
        replaces_id=entry.replaces,
        reason=entry.reason.strip() or None if entry.replaces is not None else None,
    )
