"""On what terms an organisation buys on account: limit, days, where invoices go. Each change is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.core import audit, clock
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.payments.invoice_models import AccountTerms
from shop.people.models import Organisation
from shop.people.staff import SignedInStaff


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What counts for an organisation now."""

    limit_minor: int | None
    currency: str
    terms_days: int
    bill_to: tuple[str, ...]
    invoice_email: str


def of_organisation(session: Session, organisation_id: int) -> Terms:
    """The terms in force; without any, the shop's own days and no limit."""
    found = latest(session, organisation_id)
    values = settings()
    if found is None:
        return Terms(
            limit_minor=None,
            currency=values.currency,
            terms_days=values.payment_terms_days,
            bill_to=(),
            invoice_email="",
        )
    return Terms(
        limit_minor=found.limit_minor,
        currency=found.currency,
        terms_days=values.payment_terms_days if found.terms_days is None else found.terms_days,
        bill_to=tuple(line for line in found.bill_to.splitlines() if line.strip()),
        invoice_email=found.invoice_email,
    )


def latest(session: Session, organisation_id: int) -> AccountTerms | None:
    """The row of terms in force."""
    return session.scalar(
        select(AccountTerms)
        .where(AccountTerms.organisation_id == organisation_id)
        .order_by(AccountTerms.id.desc())
        .limit(1)
    )


def history(session: Session, organisation_id: int) -> Sequence[AccountTerms]:
    """Every change of the terms, the newest first."""
    return session.scalars(
        select(AccountTerms)
        .where(AccountTerms.organisation_id == organisation_id)
        .order_by(AccountTerms.id.desc())
    ).all()


def change(
    organisation_id: int,
    *,
    limit_minor: int | None,
    terms_days: int | None,
    bill_to: str,
    invoice_email: str,
    reason: str,
    staff: SignedInStaff,
) -> None:
    """Set new terms; they count for what is approved and invoiced from now on.

    Raises:
        NotFound: there is no such organisation.
        Refused: no reason is given.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        if session.get(Organisation, organisation_id) is None:
            raise NotFound(_("There is no such organisation."))
        session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
        before = latest(session, organisation_id)
        session.add(
            AccountTerms(
                organisation_id=organisation_id,
                limit_minor=limit_minor,
                currency=settings().currency,
                terms_days=terms_days,
                bill_to=bill_to,
                invoice_email=invoice_email,
                reason=reason,
                set_at=clock.now(),
                set_by=staff.actor,
            )
        )
        audit.log(
            session,
            actor=staff.actor,
            action="account.terms",
            subject=f"organisation/{organisation_id}",
            before={"limit_minor": before.limit_minor, "terms_days": before.terms_days} if before else None,
            after={"limit_minor": limit_minor, "terms_days": terms_days},
            reason=reason,
        )
