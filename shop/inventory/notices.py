"""Tells staff by mail, once, of what `attention` finds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.core import clock, mail
from shop.core.database import writing
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words, plain_text
from shop.inventory import attention
from shop.inventory.models import ToldFact
from shop.people import staff
from shop.people.models import StaffMember
from shop.people.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something to tell, under a name that is new when it is worth telling again."""

    name: str
    sentence: str
    concerns: Permission
    """Who is told: whoever may do something about it."""


@job("staff-notices", every=timedelta(hours=1))
def tell() -> int:
    """Write one letter to everyone whom something new concerns; returns how many letters.

    A fact is told once: a lot's retest date, a lot's missing certificate, and a size's stock until another
    lot of it is released or its reorder point is changed.
    """
    try:
        with writing() as session:
            return _tell(session)
    except IntegrityError:  # another worker told the same at the same moment
        return 0


def _tell(session: Session) -> int:
    new = _not_told(session, _facts(session))
    readers = staff.who_may(session, sorted({fact.concerns for fact in new}))
    told = [fact for fact in new if readers[fact.concerns]]
    session.add_all(ToldFact(fact=fact.name, told_at=clock.now()) for fact in told)
    session.flush()
    letters = _letters(told, readers)
    for member, facts in letters:
        mail.write(
            session,
            mail.Letter(
                to=member.email,
                subject=_("%(shop)s: lots and stock to look at", shop=settings().shop_name),
                body=plain_text(
                    "mail/staff_notice.txt",
                    sentences=[fact.sentence for fact in facts],
                    link=f"{settings().base_url}/staff",
                    shop_name=settings().shop_name,
                ),
            ),
            fact=f"staff-notice/{_digest(facts)}/{member.id}",
            about=f"staff/{member.id}",
        )
    return len(letters)


def _facts(session: Session) -> Iterator[Fact]:
    today = clock.today()
    for lot in attention.near_retest(session, today):
        day = attention.last_day(lot)
        words = (
            _("Lot %(lot)s of %(what)s reaches its retest or expiry date on %(day)s.")
            if day > today
            else _("Lot %(lot)s of %(what)s passed its retest or expiry date on %(day)s.")
        )
        yield Fact(
            name=f"retest/{lot.number}/{day.isoformat()}",
            sentence=words % {"lot": lot.number, "what": lot.vial_size.title, "day": date_in_words(day)},
            concerns=Permission.UPLOAD_CERTIFICATES,
        )
    for lot in attention.without_certificate(session):
        yield Fact(
            name=f"no-certificate/{lot.number}",
            sentence=_(
                "Lot %(lot)s of %(what)s is in quarantine and has no certificate yet.",
                lot=lot.number,
                what=lot.vial_size.title,
            ),
            concerns=Permission.UPLOAD_CERTIFICATES,
        )
    for stock in attention.low_stock(session):
        yield Fact(
            name=f"low-stock/{stock.size.sku}/{stock.size.reorder_point}/{stock.releases}",
            sentence=_(
                "%(what)s: %(free)s vials are left to sell; the reorder point is %(point)s.",
                what=stock.size.title,
                free=stock.free,
                point=stock.size.reorder_point,
            ),
            concerns=Permission.RECEIVE_LOTS,
        )


def _not_told(session: Session, facts: Iterable[Fact]) -> list[Fact]:
    found = list(facts)
    told = set(session.scalars(select(ToldFact.fact).where(ToldFact.fact.in_([each.name for each in found]))))
    return [each for each in found if each.name not in told]


def _letters(
    facts: list[Fact], readers: dict[Permission, list[StaffMember]]
) -> list[tuple[StaffMember, list[Fact]]]:
    """Everyone whom something concerns, with what."""
    members = {member.id: member for each in readers.values() for member in each}
    letters = []
    for member in members.values():
        own = [fact for fact in facts if member in readers[fact.concerns]]
        if own:
            letters.append((member, own))
    return letters


def _digest(facts: Iterable[Fact]) -> str:
    return hashlib.sha256("\n".join(sorted(fact.name for fact in facts)).encode()).hexdigest()[:32]
