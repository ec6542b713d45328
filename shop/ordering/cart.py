"""The cart: what a buyer means to order. It holds no stock; lots are held when the order is placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from shop.catalogue import on_sale
from shop.catalogue.on_sale import SizeOnSale
from shop.core import clock, together
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.settings import settings
from shop.inventory.models import Lot, LotEvent, LotState
from shop.ordering import dispatch, lot_plan
from shop.ordering.lines import Line, LoadedCart
from shop.ordering.models import Cart, CartLine
from shop.ordering.order_price import tiers
from shop.ordering.pricing import unit_price

MOST_VIALS = 10_000


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a line asks of the lots it is filled from."""

    one_lot: bool = False
    months_left: int = 0
    short_dated: bool = False


MONTHS_OFFERED = (0, 3, 6, 12, 18)
"""Remaining shelf lives that can be asked for, in months."""


@dataclass(frozen=True, kw_only=True)
class CartRow:
    """One line of the cart as a buyer sees it."""

    line_id: int
    size: SizeOnSale
    quantity: int
    unit_minor: int
    unit_minor_seen: int
    available: int
    """Vials that fit what the line asks of its lots."""
    wishes: Wishes
    held: int
    """Vials of a hold that this line may draw on; they count as available."""
    shortage: str
    """Why the lots cannot fill this line as it is wanted; empty when they can."""

    @property
    def total_minor(self) -> int:
        """Quantity times unit price."""
        return self.quantity * self.unit_minor

    @property
    def price_changed(self) -> bool:
        """Whether the price differs from the one the buyer saw when adding."""
        return self.unit_minor != self.unit_minor_seen

    @property
    def problem(self) -> str | None:
        """Why this line cannot be ordered as it stands."""
        if not self.size.listed:
            return _("No longer on sale. Remove it to go on.")
        return self.shortage or None


def load(session: Session, cart_id: int | None) -> LoadedCart | None:
    """What is in a cart, with sizes and prices as they are now; None where nothing is. One query."""
    if cart_id is None:
        return None
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for row in session.execute(_LOAD, {"cart_id": cart_id}):
        rows.setdefault(row[1], []).append(tuple(row))
    if not rows:
        return None
    return LoadedCart(
        id=cart_id,
        changed_at=next(iter(rows.values()))[0][0],
        lines=tuple(_line(found) for found in rows.values()),
    )


def _line(rows: Sequence[tuple[Any, ...]]) -> Line:
    _changed_at, line_id, quantity, unit_minor_seen, one_lot, months_left, short_dated, hold, *_size = rows[0]
    return Line(
        id=line_id,
        size=on_sale.read(rows),
        quantity=quantity,
        unit_minor_seen=unit_minor_seen,
        one_lot=one_lot,
        months_left=months_left,
        short_dated=short_dated,
        lot_hold_id=hold,
    )


_CARTS, _LINES = cast(Table, Cart.__table__), cast(Table, CartLine.__table__)
_LOAD = (
    select(
        _CARTS.c.changed_at,
        _LINES.c.id,
        _LINES.c.quantity,
        _LINES.c.unit_minor_seen,
        _LINES.c.one_lot,
        _LINES.c.months_left,
        _LINES.c.short_dated,
        _LINES.c.lot_hold_id,
        *on_sale.COLUMNS,
    )
    .select_from(on_sale.joined(_CARTS.join(_LINES, _LINES.c.cart_id == _CARTS.c.id), _LINES.c.vial_size_id))
    .where(_CARTS.c.id == bindparam("cart_id"))
    .order_by(_LINES.c.id, on_sale.IN_ORDER)
)
"""Made once: making a statement anew costs more than running it."""


def ship_date(lines: Sequence[Line], ordered: date) -> date:
    """The planned ship date of what is in a cart."""
    return dispatch.ship_day(ordered, cold_chain=any(line.size.cold_chain for line in lines))


def look(session: Session, cart_id: int | None) -> list[CartRow]:
    """The rows of a cart with today's prices and stock."""
    return rows(session, load(session, cart_id))


def rows(session: Session, cart: LoadedCart | None) -> list[CartRow]:
    """The rows of a loaded cart with today's prices and stock."""
    if cart is None:
        return []
    ship_on = ship_date(cart.lines, clock.today())
    shelf = lot_plan.shelf_for(session, cart.lines, ship_on)
    shortages = lot_plan.shortages(cart.lines, shelf, ship_on)
    currency = settings().currency
    return [
        CartRow(
            line_id=line.id,
            size=line.size,
            quantity=line.quantity,
            unit_minor=unit_price(tiers(line.size, currency), line.quantity),
            unit_minor_seen=line.unit_minor_seen,
            available=lot_plan.most(line, shelf, ship_on),
            wishes=Wishes(one_lot=line.one_lot, months_left=line.months_left, short_dated=line.short_dated),
            held=sum(lot.available for lot in shelf if lot.kept_for == line.lot_hold_id is not None),
            shortage=shortages.get(line.id, ""),
        )
        for line in cart.lines
    ]


def recalled_since(session: Session, cart: LoadedCart | None) -> dict[int, tuple[str, ...]]:
    """By vial size in a cart, the lots recalled since the cart was last changed."""
    if cart is None:
        return {}
    rows = session.execute(
        _RECALLED,
        {"size_ids": [line.size.id for line in cart.lines], "since": cart.changed_at},
    )
    found: dict[int, tuple[str, ...]] = {}
    for size_id, number in rows:
        found[size_id] = (*found.get(size_id, ()), number)
    return found


_LOT, _EVENT = Lot.__table__.c, LotEvent.__table__.c
_RECALLED = (
    select(_LOT.vial_size_id, _LOT.number)
    .join_from(Lot.__table__, LotEvent.__table__, _EVENT.lot_id == _LOT.id)
    .where(
        _LOT.vial_size_id.in_(bindparam("size_ids", expanding=True)),
        _LOT.state == LotState.RECALLED,
        _EVENT.to_state == LotState.RECALLED,
        _EVENT.at > bindparam("since"),
    )
    .order_by(_LOT.number)
)


@dataclass(frozen=True, kw_only=True)
class Added:
    """What was put in a cart."""

    cart_id: int
    title: str
    vials: int
    """All vials that are in the cart now."""


def add(
    cart_id: int | None,
    *,
    sku: str,
    quantity: int,
    one_lot: bool = False,
    short_dated: bool = False,
    hold: int | None = None,
) -> int:
    """`put` as a transaction of its own; returns the cart's id."""
    with writing() as session:
        return put(
            session,
            cart_id,
            sku=sku,
            quantity=quantity,
            one_lot=one_lot,
            short_dated=short_dated,
            hold=hold,
        ).cart_id


def put(
    session: Session,
    cart_id: int | None,
    *,
    sku: str,
    quantity: int,
    one_lot: bool = False,
    short_dated: bool = False,
    hold: int | None = None,
) -> Added:
    """Put vials in a cart, making the cart when there is none.

    Args:
        one_lot, short_dated: what the line asks of its lots; a wish made before stays.
        hold: a hold whose vials the line draws on.

    Raises:
        NotFound: there is no such vial size on sale.
        Refused: the quantity cannot be had.
    """
    size = on_sale.by_sku(session, sku)
    if size is None or not size.listed:
        raise NotFound(_("This vial is not on sale."))
    if quantity < 1:
        raise Refused(_("Enter a number of vials from 1 to %(most)s.", most=MOST_VIALS))
    there = _lock(session, cart_id)
    cart = load(session, cart_id) if there else None
    before = cart.lines if cart is not None else ()
    known = next((line for line in before if line.size.id == size.id), None)
    line = known or _wanted_of(size)
    line = replace(
        line,
        quantity=line.quantity + quantity,
        one_lot=line.one_lot or one_lot,
        short_dated=line.short_dated or short_dated,
        lot_hold_id=hold or line.lot_hold_id,
    )
    _check_quantity(session, line)
    line = replace(line, unit_minor_seen=_unit_price(size, line.quantity))
    moment = clock.now()
    if cart_id is not None and there:
        session.execute(_CHANGED, {"of_cart": cart_id, "moment": moment})
    else:
        cart_id = session.execute(_BEGIN, {"created_at": moment, "changed_at": moment}).scalar_one()
    if known is None:
        session.execute(_ADD, {"cart_id": cart_id, "vial_size_id": size.id, **_columns(line)})
    else:
        session.execute(_SET, {"of_line": line.id, **_columns(line)})
    others = sum(each.quantity for each in before if each is not known)
    return Added(cart_id=cart_id, title=size.title, vials=others + line.quantity)


def set_quantities(
    cart_id: int, quantities: Mapping[int, int], wishes: Mapping[int, Wishes] | None = None
) -> None:
    """Set the quantity of some lines of a cart; 0 removes a line. Lines of other carts are left alone.

    Args:
        wishes: what some lines ask of their lots from now on.

    Raises:
        Refused: a quantity cannot be had; nothing is changed then.
    """
    with writing() as session:
        _lock(session, cart_id)
        cart = load(session, cart_id)
        if cart is None:
            return
        gone: list[int] = []
        changed: list[dict[str, Any]] = []
        for line in cart.lines:
            quantity = quantities.get(line.id)
            if quantity is None:
                continue
            if quantity == 0:
                gone.append(line.id)
                continue
            asked = (wishes or {}).get(line.id)
            new = replace(line, quantity=quantity)
            if asked is not None:
                new = replace(
                    new,
                    one_lot=asked.one_lot,
                    short_dated=asked.short_dated,
                    months_left=asked.months_left if asked.months_left in MONTHS_OFFERED else 0,
                )
            if quantity > line.quantity or quantity < 1:
                _check_quantity(session, new)
            new = replace(new, unit_minor_seen=_unit_price(line.size, quantity))
            changed.append({"of_line": line.id, **_columns(new)})
        if gone:
            session.execute(_REMOVE, {"of_lines": gone})
        if changed:
            session.execute(_SET, changed)
        session.execute(_CHANGED, {"of_cart": cart_id, "moment": clock.now()})


def empty(session: Session, cart_id: int | None) -> None:
    """Take everything out of a cart."""
    if cart_id is not None:
        together.write(session, _EMPTY, {"of_cart": cart_id})


_BEGIN = insert(_CARTS).returning(_CARTS.c.id)
_CHANGED = update(_CARTS).where(_CARTS.c.id == bindparam("of_cart")).values(changed_at=bindparam("moment"))
_ADD = insert(_LINES)
_SET = (
    update(_LINES)
    .where(_LINES.c.id == bindparam("of_line"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "quantity",
                "unit_minor_seen",
                "one_lot",
                "months_left",
                "short_dated",
                "lot_hold_id",
            )
        }
    )
)
_REMOVE = delete(_LINES).where(_LINES.c.id.in_(bindparam("of_lines", expanding=True)))
_EMPTY = delete(_LINES).where(_LINES.c.cart_id == bindparam("of_cart"))
_LOCK = select(_CARTS.c.id).where(_CARTS.c.id == bindparam("of_cart")).with_for_update()


def _lock(session: Session, cart_id: int | None) -> bool:
    """Lock a cart until the transaction ends, so that two clicks at one moment both count.

    Returns:
        Whether there is such a cart.
    """
    return cart_id is not None and session.execute(_LOCK, {"of_cart": cart_id}).scalar() is not None


def _columns(line: Line) -> dict[str, object]:
    """What may change of a line, as its columns."""
    return {
        "quantity": line.quantity,
        "unit_minor_seen": line.unit_minor_seen,
        "one_lot": line.one_lot,
        "months_left": line.months_left,
        "short_dated": line.short_dated,
        "lot_hold_id": line.lot_hold_id,
    }


def _unit_price(size: SizeOnSale, quantity: int) -> int:
    try:
        return unit_price(tiers(size, settings().currency), quantity)
    except ValueError:
        raise Refused(_("%(title)s has no price for this quantity.", title=size.title)) from None


def _wanted_of(size: SizeOnSale, *, short_dated: bool = False) -> Line:
    """A line that asks for none of a size yet."""
    return Line(id=0, size=size, quantity=0, unit_minor_seen=0, short_dated=short_dated)


def can_be_had(session: Session, size: SizeOnSale, *, short_dated: bool) -> int:
    """How many vials of a size a new line could have."""
    line = _wanted_of(size, short_dated=short_dated)
    ship_on = dispatch.ship_day(clock.today(), cold_chain=size.cold_chain)
    return lot_plan.most(line, lot_plan.shelf_for(session, [line], ship_on), ship_on, one_lot=False)


def _check_quantity(session: Session, line: Line) -> None:
    """Refuse more vials than there are of what a line asks for; a wish for one lot is judged later."""
    size, quantity = line.size, line.quantity
    if not 1 <= quantity <= MOST_VIALS:
        raise Refused(_("Enter a number of vials from 1 to %(most)s.", most=MOST_VIALS))
    ship_on = dispatch.ship_day(clock.today(), cold_chain=size.cold_chain)
    shelf = lot_plan.shelf_for(session, [line], ship_on)
    free = lot_plan.most(line, shelf, ship_on, one_lot=False)
    if quantity <= free:
        return
    short_dated = lot_plan.most(line, shelf, ship_on, one_lot=False, short_dated=True) - free
    if short_dated:
        raise Refused(
            _(
                "%(left)s of %(title)s left with the usual time until retest. %(more)s more are "
                "shorter-dated; ask for them to have them too.",
                left=free,
                title=size.title,
                more=short_dated,
            )
        )
    if free == 0:
        raise Refused(_("%(title)s is sold out.", title=size.title))
    raise Refused(
        ngettext(
            "Only %(num)s vial of %(title)s is left.",
            "Only %(num)s vials of %(title)s are left.",
            free,
            title=size.title,
        )
    )
