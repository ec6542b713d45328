"""Reports of errors by readers: taken in without an account, decided by staff, and what they led to.

Of a person, only an address to answer to is kept, if they give one, and only until the report is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, selectinload

from shop.compounds.models import Compound
from shop.core import audit, clock, mail
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.education.models import ErrorReport, Monograph, MonographRevision, ReportState
from shop.education.monograph import ChangeKind

LONGEST_TEXT = 4_000
FROM_ONE_SENDER = 5
FROM_ALL = 100
WINDOW = timedelta(hours=1)
PAGE_SIZE = 50


class TooManyReports(Refused):
    """More reports came in an hour than a desk can want; nothing was kept."""


@dataclass(frozen=True, kw_only=True)
class NewReport:
    """What a reader sends. `sender_key` tells senders apart for a day and cannot be turned back."""

    text: str
    where: str = ""
    source: str = ""
    email: str = ""
    sender_key: str


def receive(slug: str, report: NewReport) -> int:
    """Keep a report for the desk; returns its number.

    Raises:
        NotFound: nothing is published about the compound.
        TooManyReports: this sender, or all senders, sent too many within an hour.
    """
    with writing() as session:
        found = session.execute(
            select(Monograph, func.max(MonographRevision.number))
            .join(Compound, Compound.id == Monograph.compound_id)
            .join(MonographRevision, MonographRevision.monograph_id == Monograph.id)
            .where(Compound.slug == slug)
            .group_by(Monograph.id)
        ).first()
        if found is None:
            raise NotFound(_("Nothing is published about “%(slug)s”.", slug=slug[:80]))
        monograph, number = found
        _refuse_floods(session, report.sender_key)
        row = ErrorReport(
            monograph_id=monograph.id,
            revision_number=number,
            text=report.text,
            where=report.where,
            source=report.source,
            email=report.email or None,
            sender_key=report.sender_key,
            received_at=clock.now(),
            state=ReportState.OPEN,
        )
        session.add(row)
        session.flush()
        return row.id


def _refuse_floods(session: Session, sender_key: str) -> None:
    since = clock.now() - WINDOW
    recent = select(func.count(ErrorReport.id)).where(ErrorReport.received_at > since)
    from_sender = session.scalar(recent.where(ErrorReport.sender_key == sender_key)) or 0
    from_all = session.scalar(recent) or 0
    if from_sender >= FROM_ONE_SENDER or from_all >= FROM_ALL:
        raise TooManyReports(
            _(
                "Several reports came within an hour, so this one was not taken. Send it later, or write to "
                "%(address)s.",
                address=settings().contact_email,
            )
        )


def of_state(session: Session, state: ReportState | None, *, page: int) -> tuple[Sequence[ErrorReport], int]:
    """A page of reports, open ones oldest first, others newest first; and how many there are in all."""
    query = select(ErrorReport)
    if state is not None:
        query = query.where(ErrorReport.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = ErrorReport.received_at.asc() if state is ReportState.OPEN else ErrorReport.received_at.desc()
    rows = session.scalars(
        query.order_by(order, ErrorReport.id)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
        .options(selectinload(ErrorReport.corrected_in))
    ).all()
    return rows, total


def open_about(session: Session, slug: str) -> Sequence[ErrorReport]:
    """Open reports about one compound, the oldest first."""
    return session.scalars(
        select(ErrorReport)
        .join(Monograph)
        .join(Compound)
        .where(Compound.slug == slug, ErrorReport.state == ReportState.OPEN)
        .order_by(ErrorReport.received_at, ErrorReport.id)
    ).all()


def counts(session: Session) -> dict[ReportState, int]:
    """How many reports there are of each state."""
    rows = session.execute(select(ErrorReport.state, func.count()).group_by(ErrorReport.state))
    found = dict.fromkeys(ReportState, 0)
    for state, number in rows:
        found[state] = number
    return found


def waiting() -> ScalarSelect[int]:
    """A subquery: how many reports are open."""
    return select(func.count(ErrorReport.id)).where(ErrorReport.state == ReportState.OPEN).scalar_subquery()


def open_counts(session: Session) -> dict[str, int]:
    """How many reports are open, by compound; those without one are left out."""
    rows = session.execute(
        select(Compound.slug, func.count(ErrorReport.id))
        .join(Monograph, Monograph.compound_id == Compound.id)
        .join(ErrorReport, ErrorReport.monograph_id == Monograph.id)
        .where(ErrorReport.state == ReportState.OPEN)
        .group_by(Compound.slug)
    )
    return {row[0]: row[1] for row in rows}


def find(session: Session, report_id: int) -> ErrorReport:
    """One report.

    Raises:
        NotFound: there is none.
    """
    row = session.get(ErrorReport, report_id, options=[selectinload(ErrorReport.corrected_in)])
    if row is None:
        raise NotFound(_("There is no report %(number)s.", number=report_id))
    return row


def decide(
    report_id: int, state: ReportState, *, reason: str, actor: str, corrected_in: int | None = None
) -> None:
    """Decide an open report, and tell the reader who left an address.

    Args:
        corrected_in: number of the version that corrects the page, for `corrected`.

    Raises:
        NotFound: there is no such report, or no such version.
        Refused: it is decided already, or the version is no correction.
    """
    with writing() as session:
        row = _open(session, report_id)
        revision = None
        if state is ReportState.CORRECTED:
            revision = session.scalar(
                select(MonographRevision).where(
                    MonographRevision.monograph_id == row.monograph_id,
                    MonographRevision.number == corrected_in,
                )
            )
            if revision is None:
                raise NotFound(_("There is no such version of this monograph."))
            _refuse_no_correction(revision)
        _decide(session, row, state, reason, actor, revision)


def correct(session: Session, report_id: int, revision: MonographRevision, *, actor: str) -> None:
    """Mark a report as corrected by a version that is being published, in its transaction.

    Raises:
        Refused: it is decided already, about another monograph, or the version is no correction.
    """
    row = _open(session, report_id)
    if row.monograph_id != revision.monograph_id:
        raise Refused(_("Report %(number)s is about another monograph.", number=row.id))
    _refuse_no_correction(revision)
    _decide(session, row, ReportState.CORRECTED, revision.change_note, actor, revision)


def _refuse_no_correction(revision: MonographRevision) -> None:
    if revision.change_kind is not ChangeKind.CORRECTION:
        raise Refused(_("Version %(number)s was not published as a correction.", number=revision.number))


def _open(session: Session, report_id: int) -> ErrorReport:
    row = locked(session, ErrorReport, report_id)
    if row is None:
        raise NotFound(_("There is no report %(number)s.", number=report_id))
    if row.state is not ReportState.OPEN:
        raise Refused(_("Report %(number)s is decided already.", number=row.id))
    return row


def _decide(
    session: Session,
    row: ErrorReport,
    state: ReportState,
    reason: str,
    actor: str,
    revision: MonographRevision | None,
) -> None:
    address = row.email
    row.state, row.reason = state, reason
    row.decided_at, row.decided_by = clock.now(), actor
    row.corrected_in_id = revision.id if revision else None
    row.email = row.sender_key = None
    if address is not None:
        _write_letter(session, row, address, revision)
    audit.log(
        session,
        actor=actor,
        action=f"report.{state.value}",
        subject=f"report/{row.id}",
        after={"corrected_in": revision.number if revision else None},
        reason=reason,
    )


def _write_letter(
    session: Session, row: ErrorReport, address: str, revision: MonographRevision | None
) -> None:
    compound = row.monograph.compound
    url = f"{settings().base_url}/education/{compound.category.slug}/{compound.slug}"
    body = plain_text(
        "mail/report_decided.txt",
        name=compound.name,
        state=row.state.value,
        reason=row.reason,
        version=revision.number if revision else None,
        link=f"{url}/v/{revision.number}" if revision else url,
        contact_email=settings().contact_email,
        shop_name=settings().shop_name,
    )
    letter = mail.Letter(
        to=address, subject=_("Your report about the page on %(name)s", name=compound.name), body=body
    )
    mail.write(session, letter, fact=f"report-decided/{row.id}", about=f"report/{row.id}")


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A version published as a correction, with the reports that led to it."""

    title: str
    compound: str
    category: str
    number: int
    note: str
    published_at: datetime
    reported_at: tuple[datetime, ...]


def corrections(session: Session, *, at_most: int = 500) -> list[Correction]:
    """Every correction of a published monograph, the newest first. Two queries."""
    rows = session.execute(
        select(MonographRevision, Compound)
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .join(Compound, Compound.id == Monograph.compound_id)
        .where(MonographRevision.change_kind == ChangeKind.CORRECTION)
        .order_by(MonographRevision.published_at.desc(), MonographRevision.id.desc())
        .limit(at_most)
    ).all()
    reported: dict[int, list[datetime]] = {}
    for revision_id, received_at in session.execute(
        select(ErrorReport.corrected_in_id, ErrorReport.received_at)
        .where(ErrorReport.corrected_in_id.in_([revision.id for revision, _compound in rows]))
        .order_by(ErrorReport.received_at)
    ):
        reported.setdefault(revision_id or 0, []).append(received_at)
    return [
        Correction(
            title=revision.title,
            compound=compound.slug,
            category=compound.category.slug,
            number=revision.number,
            note=revision.change_note,
            published_at=revision.published_at,
            reported_at=tuple(reported.get(revision.id, ())),
        )
        for revision, compound in rows
    ]
