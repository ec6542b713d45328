"""What is said about a published certificate afterwards, in rows of its own: that it was withdrawn, and what
the laboratory's portal answered. The certificate itself never changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import audit, clock, webhooks
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import certificates
from shop.inventory.models import (
    CertificateRevision,
    CertificateWithdrawal,
    ExternalCheck,
    Lot,
    LotState,
    PortalAnswer,
)

FIELDS = ("compound", "lot", "purity", "mass", "date", "laboratory")
"""What a person compares on a laboratory's portal."""


def withdraw(lot_number: str, revision: int, *, actor: str, reason: str) -> None:
    """Take back a published revision. It stays readable under a banner that says why.

    The one in force can be withdrawn only while its lot is not on sale; the lot then has no certificate
    until a new revision is published.

    Raises:
        Refused: it is not published, is withdrawn already, or is what the lot is sold over; or no reason
        given. NotFound: there is no such lot or revision.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        lot, found = _published(session, lot_number, revision)
        if found.withdrawal is not None:
            raise Refused(_("Revision %(number)s has been withdrawn already.", number=revision))
        in_force = certificates.current(lot)
        if in_force is not None and in_force.id == found.id and lot.state == LotState.RELEASED:
            raise Refused(
                _("Lot %(lot)s is sold over this revision. Put the lot on hold first.", lot=lot.number)
            )
        session.add(
            CertificateWithdrawal(revision_id=found.id, at=clock.now(), actor=actor, reason=reason.strip())
        )
        audit.log(
            session,
            actor=actor,
            action="certificate.withdraw",
            subject=f"lot/{lot.number}",
            after={"revision": revision},
            reason=reason.strip(),
        )
        webhooks.announce(
            session,
            "certificate.withdrawn",
            fact=f"{lot.number}/{revision}",
            about=f"lot/{lot.number}",
            data={"lot": lot.number, "revision": revision},
        )


def record_portal_check(
    lot_number: str,
    revision: int,
    *,
    report_key: str,
    checked_on: date,
    fields_matched: Sequence[str],
    answer: PortalAnswer,
    note: str,
    actor: str,
) -> None:
    """Write down what the laboratory's own portal answered about a report on a day.

    Raises:
        Refused: the laboratory has no portal, nothing matched though the answer says so, or the day is wrong.
        NotFound: there is no such lot or revision.
    """
    with writing() as session:
        lot, found = _published(session, lot_number, revision)
        if not found.laboratory.portal_url:
            raise Refused(_("%(laboratory)s has no portal on record.", laboratory=found.laboratory.name))
        if not found.issued_on <= checked_on <= clock.today():
            raise Refused(_("The day of the check lies before the report or in the future."))
        if unknown := set(fields_matched) - set(FIELDS):
            raise Refused(
                _("%(field)s is nothing a portal is compared by.", field=", ".join(sorted(unknown)))
            )
        if answer == PortalAnswer.MATCH and not {"lot", "purity"} & set(fields_matched):
            raise Refused(_("A match shows at least the lot or the purity. Choose what was compared."))
        session.add(
            ExternalCheck(
                revision_id=found.id,
                portal_url=found.laboratory.portal_url,
                report_key=report_key,
                checked_on=checked_on,
                checked_by=actor,
                fields_matched=list(fields_matched),
                answer=answer,
                note=note,
                recorded_at=clock.now(),
            )
        )
        audit.log(
            session,
            actor=actor,
            action="certificate.portal-check",
            subject=f"lot/{lot.number}",
            after={"revision": revision, "answer": answer.value},
        )


def latest_checks(session: Session, revision_ids: Iterable[int]) -> dict[int, ExternalCheck]:
    """The last portal check of each of some revisions. One query."""
    rows = session.scalars(
        select(ExternalCheck)
        .where(ExternalCheck.revision_id.in_(list(revision_ids)))
        .order_by(ExternalCheck.checked_on, ExternalCheck.id)
    )
    # Later ones come later and stay.
    return {row.revision_id: row for row in rows}


def _published(session: Session, lot_number: str, revision: int) -> tuple[Lot, CertificateRevision]:
    locked(session, Lot, certificates.find_lot(session, lot_number).id)
    lot = certificates.find_lot(session, lot_number)
    found = next((each for each in lot.certificates if each.revision == revision), None)
    if found is None:
        raise NotFound(_("Lot %(lot)s has no such certificate.", lot=lot.number))
    if found.published_at is None:
        raise Refused(_("Revision %(number)s has not been published.", number=revision))
    return lot, found
