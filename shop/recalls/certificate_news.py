"""Buyers of a lot are told when its certificate is revised or withdrawn: one letter for each order.

A revision or withdrawal that nobody was told of yet is the queue; the row that says it was announced is
written in the transaction of the letters, so that a crash in between tells nobody half and nobody twice. The
letter says what changed and nothing more: it is part of what was sold, and no advertisement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload

from shop.core import clock, mail, outbox
from shop.core.append_only import append_only
from shop.core.database import Numbered, one_of, reading, rule, writing
from shop.core.errors import Refused
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words, plain_text
from shop.inventory.models import (
    CertificateRevision,
    CertificateWithdrawal,
    Lot,
    Reservation,
    ReservationState,
)
from shop.ordering import links
from shop.ordering.models import Order, OrderLine, order_number

AT_ONCE = 20
TOLD_WITHIN = timedelta(days=30)
"""What is older than this is no news; a shop that is brought to this release tells nobody of years ago."""
HAS_VIALS = (ReservationState.HELD, ReservationState.ALLOCATED, ReservationState.SHIPPED)


class NewsKind(StrEnum):
    """What happened to a certificate."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class CertificateNews(Numbered):
    """A revision or withdrawal of a certificate that buyers have been told of."""

    __tablename__ = "certificate_news"
    __table_args__ = (
        UniqueConstraint("revision_id", "kind"),
        rule("orders_told >= 0", "orders_told_not_negative"),
    )

    revision_id: Mapped[int] = mapped_column(ForeignKey("certificate_revision.id"))
    kind: Mapped[NewsKind] = mapped_column(one_of(NewsKind, "kind_is_known"))
    at: Mapped[datetime]
    orders_told: Mapped[int]


append_only("certificate_news")


@dataclass(frozen=True, kw_only=True)
class _Order:
    id: int
    reference: str
    email: str


def orders_with(lot_id: int, revision_id: int) -> Select[int, str, str]:
    """Orders that were sent vials of a lot or keep some, sold over another revision than this one."""
    return (
        select(Order.id, Order.reference, Order.email)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Reservation, Reservation.order_line_id == OrderLine.id)
        .where(
            Reservation.lot_id == lot_id,
            Reservation.state.in_(HAS_VIALS),
            Reservation.certificate_revision_id != revision_id,
        )
        .distinct()
        .order_by(Order.id)
    )


def would_be_told(session: Session, lot_id: int, revision_id: int) -> int:
    """How many orders a new revision of a lot's certificate would be announced to."""
    return session.scalar(select(func.count()).select_from(orders_with(lot_id, revision_id).subquery())) or 0


def would_be_told_of_withdrawal(session: Session, lot_id: int) -> int:
    """How many orders the withdrawal of a lot's certificate would be announced to."""
    return would_be_told(session, lot_id, 0)


@job("announce certificates", every=timedelta(seconds=10))
def announce_due() -> int:
    """Write to the buyers of lots whose certificate was revised or withdrawn; returns how many letters."""
    with reading() as session:
        due = _due(session)
    written = 0
    for revision_id, kind in due:
        try:
            with writing() as session:
                written += _announce(session, revision_id, kind)
        except IntegrityError:  # another worker announced it at the same moment
            continue
    return written


def _due(session: Session) -> list[tuple[int, NewsKind]]:
    since = clock.now() - TOLD_WITHIN

    def untold(kind: NewsKind) -> Select[int]:
        told = select(CertificateNews.revision_id).where(CertificateNews.kind == kind)
        base = select(CertificateRevision.id).where(CertificateRevision.id.not_in(told))
        if kind == NewsKind.PUBLISHED:
            return base.where(CertificateRevision.published_at > since)
        return base.join(
            CertificateWithdrawal, CertificateWithdrawal.revision_id == CertificateRevision.id
        ).where(CertificateWithdrawal.at > since)

    return [
        (revision_id, kind)
        for kind in NewsKind
        for revision_id in session.scalars(untold(kind).order_by(CertificateRevision.id).limit(AT_ONCE))
    ]


def _announce(session: Session, revision_id: int, kind: NewsKind) -> int:
    revision = session.get_one(
        CertificateRevision,
        revision_id,
        options=[selectinload(CertificateRevision.lot).selectinload(Lot.certificates)],
    )
    asked = orders_with(revision.lot_id, revision_id if kind == NewsKind.PUBLISHED else 0)
    rows = [_Order(id=row[0], reference=row[1], email=row[2]) for row in session.execute(asked)]
    letters = _letters(revision, kind, rows)
    outbox.write_many(session, letters)
    session.add(CertificateNews(revision_id=revision_id, kind=kind, at=clock.now(), orders_told=len(letters)))
    return len(letters)


def _letters(revision: CertificateRevision, kind: NewsKind, orders: Sequence[_Order]) -> list[outbox.Message]:
    if not orders:
        return []
    lot, values = revision.lot, settings()
    before = _before(revision)
    subject = (
        _("Lot %(lot)s: certificate revision %(number)s", lot=lot.number, number=revision.revision)
        if kind == NewsKind.PUBLISHED
        else _(
            "Lot %(lot)s: certificate revision %(number)s is withdrawn",
            lot=lot.number,
            number=revision.revision,
        )
    )
    changed = changes(before, revision) if kind == NewsKind.PUBLISHED and before is not None else []
    found = []
    for order in orders:
        body = plain_text(
            "mail/certificate_news.txt",
            lot=lot,
            revision=revision,
            before=before,
            withdrawn=kind == NewsKind.WITHDRAWN,
            changed=changed,
            number=order_number(order.id),
            page=f"{values.base_url}/coa/{lot.number}",
            link=links.order_url(order.id, order.reference),
            base_url=values.base_url,
            shop_name=values.shop_name,
            contact_email=values.contact_email,
        )
        number = order_number(order.id)
        try:
            found.append(
                mail.as_message(
                    mail.Letter(to=order.email, subject=subject, body=body),
                    fact=f"certificate-{kind.value}/{lot.number}/{revision.revision}/{number}",
                    about=f"order/{number}",
                )
            )
        except Refused:
            continue  # an address that was erased, or stored by an older release
    return found


def _before(revision: CertificateRevision) -> CertificateRevision | None:
    older = [
        each
        for each in revision.lot.certificates
        if each.published_at is not None and each.revision < revision.revision
    ]
    return max(older, key=lambda each: each.revision, default=None)


def changes(before: CertificateRevision, after: CertificateRevision) -> list[str]:
    """What a revision says otherwise than the one before it, a sentence each."""
    found = []
    old = {(test.attribute, test.name): test for test in before.tests}
    new = {(test.attribute, test.name): test for test in after.tests}
    for key, test in new.items():
        earlier = old.get(key)
        if earlier is None:
            found.append(
                _("%(name)s: reported for the first time, %(now)s", name=test.name, now=test.result_text)
            )
            continue
        if earlier.result_text != test.result_text:
            found.append(
                _(
                    "%(name)s: %(now)s, before %(then)s",
                    name=test.name,
                    now=test.result_text,
                    then=earlier.result_text,
                )
            )
        if earlier.limit_text != test.limit_text:
            found.append(
                _(
                    "%(name)s: limit %(now)s, before %(then)s",
                    name=test.name,
                    now=test.limit_text or _("none"),
                    then=earlier.limit_text or _("none"),
                )
            )
        if earlier.conclusion != test.conclusion:
            found.append(_("%(name)s: its conclusion has changed", name=test.name))
    found += [
        _("%(name)s: no longer reported", name=test.name) for key, test in old.items() if key not in new
    ]
    if after.retest_to is not None:
        found.append(_("Retest date: %(day)s", day=date_in_words(after.retest_to)))
    if before.laboratory_id != after.laboratory_id:
        found.append(_("Laboratory: %(name)s", name=after.laboratory.name))
    if before.report_number != after.report_number:
        found.append(
            _("Report: %(now)s, before %(then)s", now=after.report_number, then=before.report_number)
        )
    return found


def told(session: Session, lot_id: int) -> dict[tuple[int, NewsKind], int]:
    """How many orders were told of each revision of a lot, and of each withdrawal."""
    rows = session.execute(
        select(CertificateRevision.revision, CertificateNews.kind, CertificateNews.orders_told)
        .join(CertificateNews, CertificateNews.revision_id == CertificateRevision.id)
        .where(CertificateRevision.lot_id == lot_id, CertificateNews.orders_told > 0)
    )
    return {(revision, kind): count for revision, kind, count in rows}
