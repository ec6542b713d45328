"""The cart: what a buyer means to order. It holds no stock; lots are held when the order is placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session, joinedload

from shop.catalogue.models import Product, VialSize
from shop.core import clock
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.settings import settings
from shop.inventory.models import Lot, LotEvent, LotState
from shop.ordering import dispatch, lot_plan
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
    size: VialSize
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
    recalled: tuple[str, ...] = ()
    """Lots of this size that were recalled after the cart was last changed."""

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
        if not self.size.product.listed:
            return _("No longer on sale. Remove it to go on.")
        return self.shortage or None


def load(session: Session, cart_id: int | None) -> Cart | None:
    """A cart with its lines, sizes and prices."""
    if cart_id is None:
        return None
    return session.scalars(_LOAD, {"cart_id": cart_id}).unique().one_or_none()


_LOAD = (
    select(Cart)
    .where(Cart.id == bindparam("cart_id"))
    .options(joinedload(Cart.lines).joinedload(CartLine.vial_size).joinedload(VialSize.prices))
    .execution_options(populate_existing=True)
)
"""Made once: making a statement anew costs more than running it."""


def ship_date(cart: Cart, ordered: date) -> date:
    """The planned ship date of what is in a cart."""
    return dispatch.ship_day(
        ordered, cold_chain=any(line.vial_size.product.cold_chain for line in cart.lines)
    )


def look(session: Session, cart_id: int | None) -> list[CartRow]:
    """The rows of a cart with today's prices and stock."""
    return rows(session, load(session, cart_id))


def rows(session: Session, cart: Cart | None) -> list[CartRow]:
    """The rows of a loaded cart with today's prices and stock."""
    if cart is None or not cart.lines:
        return []
    ship_on = ship_date(cart, clock.today())
    shelf = lot_plan.shelf_for(session, cart.lines, ship_on)
    shortages = lot_plan.shortages(cart.lines, shelf, ship_on)
    currency = settings().currency
    recalled = _recalled_since(session, cart)
    return [
        CartRow(
            line_id=line.id,
            size=line.vial_size,
            quantity=line.quantity,
            unit_minor=unit_price(tiers(line.vial_size, currency), line.quantity),
            unit_minor_seen=line.unit_minor_seen,
            available=lot_plan.most(line, shelf, ship_on),
            wishes=Wishes(one_lot=line.one_lot, months_left=line.months_left, short_dated=line.short_dated),
            held=sum(lot.available for lot in shelf if lot.kept_for == line.lot_hold_id is not None),
            shortage=shortages.get(line.id, ""),
            recalled=recalled.get(line.vial_size_id, ()),
        )
        for line in cart.lines
    ]


def _recalled_since(session: Session, cart: Cart) -> dict[int, tuple[str, ...]]:
    """By vial size in a cart, the lots recalled since the cart was last changed."""
    rows = session.execute(
        _RECALLED,
        {"size_ids": [line.vial_size_id for line in cart.lines], "since": cart.changed_at},
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


def add(
    cart_id: int | None,
    *,
    sku: str,
    quantity: int,
    one_lot: bool = False,
    short_dated: bool = False,
    hold: int | None = None,
) -> int:
    """Put vials in a cart, making the cart when there is none; returns the cart's id.

    Args:
        one_lot, short_dated: what the line asks of its lots; a wish made before stays.
        hold: a hold whose vials the line draws on.

    Raises:
        NotFound: there is no such vial size on sale.
        Refused: the quantity cannot be had.
    """
    with writing() as session:
        size = session.scalar(select(VialSize).join(Product).where(VialSize.sku == sku, Product.listed))
        if size is None:
            raise NotFound(_("This vial is not on sale."))
        if quantity < 1:
            raise Refused(_("Enter a number of vials from 1 to %(most)s.", most=MOST_VIALS))
        cart = _load_to_change(session, cart_id)
        if cart is None:
            cart = Cart(created_at=clock.now(), changed_at=clock.now())
            session.add(cart)
            session.flush()
        line = next((each for each in cart.lines if each.vial_size_id == size.id), None)
        if line is None:
            line = CartLine(
                vial_size=size,
                vial_size_id=size.id,
                quantity=0,
                one_lot=False,
                short_dated=False,
                months_left=0,
                lot_hold_id=None,
            )
        total = line.quantity + quantity
        line.one_lot = line.one_lot or one_lot
        line.short_dated = line.short_dated or short_dated
        line.lot_hold_id = hold or line.lot_hold_id
        with session.no_autoflush:
            _check_quantity(session, line, total)
        line.quantity, line.unit_minor_seen = total, _unit_price(size, total)
        if line not in cart.lines:
            cart.lines.append(line)
        cart.changed_at = clock.now()
        session.flush()
        return cart.id


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
        cart = _load_to_change(session, cart_id)
        if cart is None:
            return
        for line in list(cart.lines):
            quantity = quantities.get(line.id)
            if quantity is None:
                continue
            if quantity == 0:
                cart.lines.remove(line)
                continue
            asked = (wishes or {}).get(line.id)
            if asked is not None:
                line.one_lot, line.short_dated = asked.one_lot, asked.short_dated
                line.months_left = asked.months_left if asked.months_left in MONTHS_OFFERED else 0
            if quantity > line.quantity or quantity < 1:
                _check_quantity(session, line, quantity)
            line.quantity = quantity
            line.unit_minor_seen = _unit_price(line.vial_size, quantity)
        cart.changed_at = clock.now()


def empty(session: Session, cart_id: int | None) -> None:
    """Take everything out of a cart."""
    if cart_id is not None:
        session.execute(_EMPTY, {"of_cart": cart_id})


_EMPTY = delete(cast(Table, CartLine.__table__)).where(CartLine.__table__.c.cart_id == bindparam("of_cart"))


def _load_to_change(session: Session, cart_id: int | None) -> Cart | None:
    """A cart, locked until the transaction ends, so that two clicks at one moment both count."""
    if cart_id is not None:
        session.execute(select(Cart.id).where(Cart.id == cart_id).with_for_update())
    return load(session, cart_id)


def _unit_price(size: VialSize, quantity: int) -> int:
    try:
        return unit_price(tiers(size, settings().currency), quantity)
    except ValueError:
        raise Refused(_("%(title)s has no price for this quantity.", title=size.title)) from None


def can_be_had(session: Session, size: VialSize, *, short_dated: bool) -> int:
    """How many vials of a size a new line could have."""
    line = CartLine(
        vial_size=size,
        vial_size_id=size.id,
        quantity=0,
        one_lot=False,
        short_dated=short_dated,
        months_left=0,
        lot_hold_id=None,
    )
    ship_on = dispatch.ship_day(clock.today(), cold_chain=size.product.cold_chain)
    return lot_plan.most(line, lot_plan.shelf_for(session, [line], ship_on), ship_on, one_lot=False)


def _check_quantity(session: Session, line: CartLine, quantity: int) -> None:
    """Refuse more vials than there are of what the line asks for; a wish for one lot is judged later."""
    size = line.vial_size
    if not 1 <= quantity <= MOST_VIALS:
        raise Refused(_("Enter a number of vials from 1 to %(most)s.", most=MOST_VIALS))
    ship_on = dispatch.ship_day(clock.today(), cold_chain=size.product.cold_chain)
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
