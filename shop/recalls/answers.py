"""What consignees answer, how it came, whether the notice reached them, and the end of a recall."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.database import locked, rows_changed, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.recalls.models import (
    Channel,
    CheckLevel,
    ContactKind,
    Recall,
    RecallCheck,
    RecallConsignee,
    RecallContact,
    RecallState,
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a consignee's vials, as they say."""

    name: str
    used: int
    destroyed: int
    returned: int
    apart: int
    note: str = ""


def mark_opened(consignee_id: int) -> None:
    """Write down that the page of a notice was opened for the first time.

    Some mail programs follow links themselves, so this says less than an answer does.
    """
    with writing() as session:
        changed = rows_changed(
            session,
            update(RecallConsignee)
            .where(RecallConsignee.id == consignee_id, RecallConsignee.opened_at.is_(None))
            .values(opened_at=clock.now()),
        )
        if changed:
            _tell(session, consignee_id, ContactKind.OPENED, actor="link", note="")


def answer(consignee_id: int, given: Answer, *, channel: Channel, actor: str) -> None:
    """Keep an answer; a later one takes its place, and both stay in the history.

    Raises:
        NotFound: there is no such consignee.
        Refused: no name is given, more vials are named than were sent, or the recall is not open.
    """
    if not given.name.strip():
        raise Refused(_("Enter the name of the person who answers."))
    if min(given.used, given.destroyed, given.returned, given.apart) < 0:
        raise Refused(_("A number of vials is 0 or more."))
    told = given.used + given.destroyed + given.returned + given.apart
    with writing() as session:
        consignee = _of_open_recall(session, consignee_id)
        if told > consignee.vials:
            raise Refused(
                ngettext(
                    "Only %(num)s vial was sent. Check the numbers.",
                    "Only %(num)s vials were sent. Check the numbers.",
                    consignee.vials,
                )
            )
        consignee.answered_at, consignee.answered_by = clock.now(), given.name.strip()
        consignee.channel = channel
        consignee.vials_used, consignee.vials_destroyed = given.used, given.destroyed
        consignee.vials_returned, consignee.vials_apart = given.returned, given.apart
        words = _(
            "%(name)s: %(used)s used, %(destroyed)s destroyed, %(returned)s sent back, %(apart)s kept apart.",
            name=given.name.strip(),
            used=given.used,
            destroyed=given.destroyed,
            returned=given.returned,
            apart=given.apart,
        )
        _tell(
            session,
            consignee_id,
            ContactKind.ANSWER,
            actor=actor,
            note=f"{words} {given.note.strip()}".strip(),
        )


def tried(consignee_id: int, *, channel: Channel, note: str, actor: str) -> None:
    """Keep that somebody telephoned, wrote or called without an answer yet.

    Raises:
        Refused: nothing is said about it, or the recall is not open.
    """
    if not note.strip():
        raise Refused(_("Say what was tried, and what came of it."))
    with writing() as session:
        _of_open_recall(session, consignee_id)
        kind = ContactKind(channel.value) if channel != Channel.LINK else ContactKind.EMAIL
        _tell(session, consignee_id, kind, actor=actor, note=note.strip())


def check(consignee_id: int, *, channel: Channel, arrived: bool, acted: bool, note: str, actor: str) -> None:
    """Keep an effectiveness check: whether the notice arrived and was acted on.

    Raises:
        Refused: somebody would have acted on a notice that did not arrive, or the recall is not open.
    """
    if acted and not arrived:
        raise Refused(_("A notice that did not arrive can’t have been acted on."))
    with writing() as session:
        _of_open_recall(session, consignee_id)
        session.execute(
            insert(RecallCheck).values(
                consignee_id=consignee_id,
                at=clock.now(),
                actor=actor,
                channel=channel,
                notice_arrived=arrived,
                acted=acted,
                note=note.strip(),
            )
        )


def checks_needed(level: CheckLevel, consignees: int) -> int:
    """How many consignees have to be checked: all, one in ten, one in fifty (at least one), or none."""
    share = {CheckLevel.ALL: 1, CheckLevel.TENTH: 10, CheckLevel.FIFTIETH: 50}.get(level)
    return 0 if share is None else -(-consignees // share)


def close(recall_id: int, *, summary: str, accept_open: bool, actor: str) -> None:
    """End a recall, with a summary that stays with it.

    Args:
        accept_open: the person says that all reasonable efforts have been made (21 CFR 7.55), although some
            have not answered or too few were checked.

    Raises:
        Refused: says what is missing.
    """
    if not summary.strip():
        raise Refused(_("Write a summary: what was found, what came back, and what will be different."))
    with writing() as session:
        recall = locked(session, Recall, recall_id)
        if recall is None:
            raise NotFound(_("There is no such recall."))
        if recall.state != RecallState.OPEN:
            raise Refused(_("Recall %(number)s is not open.", number=recall.number))
        missing = unfinished(session, recall)
        if missing and not accept_open:
            raise Refused(
                _(
                    "%(what)s Say that all reasonable efforts have been made, or go on.",
                    what=" ".join(missing),
                )
            )
        recall.state, recall.closed_at, recall.closed_by = RecallState.CLOSED, clock.now(), actor
        recall.closing_summary = " ".join([summary.strip(), *missing])
        audit.log(
            session,
            actor=actor,
            action="recall.close",
            subject=f"recall/{recall.number}",
            reason=recall.closing_summary,
        )


def unfinished(session: Session, recall: Recall) -> list[str]:
    """What speaks against closing a recall, a sentence each."""
    consignees, answered = session.execute(
        select(func.count(), func.count(RecallConsignee.answered_at)).where(
            RecallConsignee.recall_id == recall.id
        )
    ).one()
    checked = (
        session.scalar(
            select(func.count(RecallCheck.consignee_id.distinct()))
            .join(RecallConsignee, RecallConsignee.id == RecallCheck.consignee_id)
            .where(RecallConsignee.recall_id == recall.id)
        )
        or 0
    )
    found = []
    if consignees > answered:
        found.append(
            ngettext(
                "%(num)s consignee has not answered.",
                "%(num)s consignees have not answered.",
                consignees - answered,
            )
        )
    needed = checks_needed(recall.check_level, consignees)
    if checked < needed:
        found.append(_("%(done)s of %(needed)s effectiveness checks were made.", done=checked, needed=needed))
    return found


def _of_open_recall(session: Session, consignee_id: int) -> RecallConsignee:
    consignee = locked(session, RecallConsignee, consignee_id)
    if consignee is None:
        raise NotFound(_("There is no such consignee."))
    recall = session.get_one(Recall, consignee.recall_id, with_for_update=True, populate_existing=True)
    if recall.state != RecallState.OPEN:
        raise Refused(_("This recall is closed. Write to us."))
    return consignee


def _tell(session: Session, consignee_id: int, kind: ContactKind, *, actor: str, note: str) -> None:
    session.execute(
        insert(RecallContact).values(
            consignee_id=consignee_id, at=clock.now(), actor=actor, kind=kind, note=note
        )
    )
