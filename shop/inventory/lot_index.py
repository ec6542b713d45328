"""The lots that staff look after: views of them, and how many wait in each. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import Product, VialSize
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory import certificates
from shop.inventory.availability import FREE
from shop.inventory.lots import RETEST_SOON, ShownState, shown_state
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Lot,
    LotState,
    MovementKind,
    StockMovement,
)

PAGE_SIZE = 50
PURITY = "purity_hplc"
"""The attribute whose result stands for a lot in a list."""


class View(StrEnum):
    """A kept question about lots."""

    ALL = "all"
    QUARANTINE = "quarantine"
    NO_CERTIFICATE = "no-certificate"
    TO_CONFIRM = "to-confirm"
    ON_SALE = "on-sale"
    RETEST_SOON = "retest-soon"
    RETEST_OVERDUE = "retest-overdue"
    SOLD_OUT = "sold-out"
    ON_HOLD = "on-hold"
    RECALLED = "recalled"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class LotRow:
    """One lot in the list."""

    lot: Lot
    shown: ShownState
    days_to_retest: int | None
    purity: str
    """As printed on the certificate in force; empty without one."""
    revision: int | None
    """The certificate revision in force."""
    to_confirm: int | None
    """A newer revision that waits for a second person."""
    shipped: int


@dataclass(frozen=True, kw_only=True)
class LotPage:
    """Some of the lots found, and how many there are in all."""

    rows: Sequence[LotRow]
    total: int
    number: int

    @property
    def first(self) -> int:
        """Place of the first one shown, counted from 1."""
        return (self.number - 1) * PAGE_SIZE + 1


def _belongs_to(view: View, today: date) -> ColumnElement[bool]:
    """Whether a lot is in a view; the dated ones follow `lots.shown_state`."""
    released = Lot.state == LotState.RELEASED
    overdue = or_(
        and_(Lot.retest_on.is_not(None), Lot.retest_on <= today),
        and_(Lot.expires_on.is_not(None), Lot.expires_on <= today),
    )
    any_revision = select(CertificateRevision.id).where(CertificateRevision.lot_id == Lot.id).exists()
    conditions: dict[View, ColumnElement[bool]] = {
        View.ALL: true(),
        View.QUARANTINE: Lot.state == LotState.QUARANTINE,
        View.NO_CERTIFICATE: and_(Lot.state == LotState.QUARANTINE, ~any_revision),
        View.TO_CONFIRM: _newest_revision(published=False)
        > func.coalesce(_newest_revision(published=True), 0),
        View.ON_SALE: and_(released, ~overdue, FREE > 0),
        View.RETEST_SOON: and_(released, ~overdue, Lot.retest_on <= today + RETEST_SOON, Lot.on_hand > 0),
        View.RETEST_OVERDUE: and_(released, overdue),
        View.SOLD_OUT: and_(released, ~overdue, FREE == 0),
        View.ON_HOLD: Lot.state == LotState.ON_HOLD,
        View.RECALLED: Lot.state == LotState.RECALLED,
        View.REJECTED: Lot.state == LotState.REJECTED,
    }
    return conditions[view]


def _newest_revision(*, published: bool) -> ColumnElement[int]:
    when = CertificateRevision.published_at
    return (
        select(func.max(CertificateRevision.revision))
        .where(
            CertificateRevision.lot_id == Lot.id,
            when.is_not(None) if published else when.is_(None),
        )
        .correlate(Lot)
        .scalar_subquery()
    )


def counts(session: Session, today: date) -> dict[View, int]:
    """How many lots there are in each view. One query."""
    row = session.execute(
        select(*(func.count(case((_belongs_to(view, today), 1))) for view in View)).select_from(Lot)
    ).one()
    return dict(zip(View, row, strict=True))


def find(session: Session, view: View, words: str, *, page: int, today: date) -> LotPage:
    """One page of the lots that match, by product and number. A page past the end is the last one.

    Args:
        words: part of a lot number or of a product's name.
    """
    wanted = _matches(view, words, today)
    total = (
        session.scalar(
            select(func.count()).select_from(Lot).join(Lot.vial_size).join(VialSize.product).where(*wanted)
        )
        or 0
    )
    number = max(1, min(page, -(-total // PAGE_SIZE)))
    rows = _rows(session, wanted, today, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return LotPage(rows=rows, total=total, number=number)


def find_all(session: Session, view: View, words: str, *, today: date, at_most: int) -> list[LotRow]:
    """Every lot that matches, up to a number."""
    return _rows(session, _matches(view, words, today), today, limit=at_most, offset=0)


def _matches(view: View, words: str, today: date) -> list[ColumnElement[bool]]:
    wanted = [_belongs_to(view, today)]
    if words.strip():
        wanted.append(
            or_(
                Lot.number.contains(words.strip().upper(), autoescape=True),
                func.lower(Product.name).contains(words.strip().lower(), autoescape=True),
            )
        )
    return wanted


def _rows(
    session: Session, wanted: list[ColumnElement[bool]], today: date, *, limit: int, offset: int
) -> list[LotRow]:
    found = list(
        session.scalars(
            select(Lot)
            .join(Lot.vial_size)
            .join(VialSize.product)
            .where(*wanted)
            .order_by(Product.name, VialSize.position, Lot.number)
            .limit(limit)
            .offset(offset)
        )
    )
    ids = [lot.id for lot in found]
    shipped = {
        lot_id: int(vials)
        for lot_id, vials in session.execute(
            select(StockMovement.lot_id, func.sum(StockMovement.quantity))
            .where(StockMovement.lot_id.in_(ids), StockMovement.kind == MovementKind.SHIP)
            .group_by(StockMovement.lot_id)
        )
    }
    in_force: dict[int, tuple[int, str]] = {}
    waiting: dict[int, int] = {}
    revisions = session.execute(
        select(
            CertificateRevision.lot_id,
            CertificateRevision.revision,
            CertificateRevision.published_at,
            CertificateTest.result_text,
        )
        .outerjoin(
            CertificateTest,
            and_(CertificateTest.revision_id == CertificateRevision.id, CertificateTest.attribute == PURITY),
        )
        .where(CertificateRevision.lot_id.in_(ids))
        .order_by(CertificateRevision.revision)
    )
    for lot_id, revision, published_at, purity in revisions:
        if published_at is None:
            waiting[lot_id] = revision
        else:
            in_force[lot_id] = (revision, purity or "")
            waiting.pop(lot_id, None)
    return [
        LotRow(
            lot=lot,
            shown=shown_state(lot, today),
            days_to_retest=(lot.retest_on - today).days if lot.retest_on else None,
            purity=in_force[lot.id][1] if lot.id in in_force else "",
            revision=in_force[lot.id][0] if lot.id in in_force else None,
            to_confirm=waiting.get(lot.id),
            shipped=shipped.get(lot.id, 0),
        )
        for lot in found
    ]


def load(session: Session, number: str) -> Lot:
    """A lot with its certificates, tests, events and required tests, without regard to case. Three queries.

    Raises:
        NotFound: there is no such lot.
    """
    wanted = number.strip().upper()
    lot = None
    if wanted.isascii() and wanted.isprintable():
        lot = (
            session.scalars(
                select(Lot)
                .where(Lot.number == wanted)
                .options(
                    joinedload(Lot.vial_size).joinedload(VialSize.product).joinedload(Product.required_tests),
                    selectinload(Lot.certificates).joinedload(CertificateRevision.tests),
                    selectinload(Lot.events),
                )
            )
            .unique()
            .one_or_none()
        )
    if lot is None:
        raise NotFound(_("We have no lot %(lot)s. Check the label.", lot=wanted[:30]))
    return lot


def waiting_revision(lot: Lot) -> CertificateRevision | None:
    """The revision that waits for a second person; an older one that was never confirmed does not count."""
    found, in_force = certificates.draft(lot), certificates.current(lot)
    if found is not None and in_force is not None and in_force.revision > found.revision:
        return None
    return found


def overtaken(lot: Lot) -> list[CertificateRevision]:
    """Drafts that a later draft came after, and that can still be published before it."""
    waiting, in_force = waiting_revision(lot), certificates.newest_published(lot)
    return [
        each
        for each in lot.certificates
        if each.published_at is None
        and waiting is not None
        and each.revision < waiting.revision
        and (in_force is None or in_force.revision < each.revision)
    ]


def last_movements(session: Session, lot_id: int, *, at_most: int) -> tuple[list[StockMovement], int]:
    """The newest movements of a lot, and how many there are in all. One query."""
    found = session.execute(
        select(StockMovement, func.count().over())
        .where(StockMovement.lot_id == lot_id)
        .order_by(StockMovement.id.desc())
        .limit(at_most)
    ).all()
    return [movement for movement, _total in found], (found[0][1] if found else 0)
