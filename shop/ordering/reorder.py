"""Ordering the same again: sizes and quantities of an order into the cart, at today's price.

What changed is said. The attestation, a coupon and a purchase-order number belong to the order they were
given for and are not copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, selectinload

from shop.catalogue import on_sale
from shop.catalogue.models import VialSize
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.money import in_words
from shop.core.settings import settings
from shop.inventory.models import Reservation
from shop.ordering import cart, destinations, lot_plan
from shop.ordering.destination_models import DestinationEffect
from shop.ordering.models import Order, OrderLine
from shop.ordering.order_price import tiers
from shop.ordering.pricing import unit_price


@dataclass(frozen=True, kw_only=True)
class Reordered:
    """What came of ordering again."""

    cart_id: int | None
    put: int
    """Lines now in the cart."""
    changed: Sequence[str]
    """What differs from the order, in sentences."""


@dataclass(frozen=True, kw_only=True)
class _Line:
    sku: str
    title: str
    quantity: int
    one_lot: bool
    short_dated: bool
    unit_minor: int
    today_minor: int | None
    """The price today; None when the size is no longer sold."""
    restricted: str
    lots: frozenset[str]
    """The numbers of the lots its vials came from."""


def put_in_cart(order_id: int, cart_id: int | None) -> Reordered:
    """Put the vials of an order into a cart, line by line; what cannot be had is said and left out.

    Wishes about lots (all from one lot, shorter-dated ones too) come along.
    """
    lines, currency = _lines(order_id)
    put, changed = 0, []
    for line in lines:
        if line.today_minor is None:
            changed.append(_("%(title)s is no longer sold.", title=line.title))
            continue
        quantity = line.quantity
        try:
            try:
                cart_id = _add(cart_id, line, quantity)
            except Refused:
                quantity = _left(line)
                if quantity < 1:
                    raise
                cart_id = _add(cart_id, line, quantity)
                changed.append(
                    ngettext(
                        "Only %(num)s vial of %(title)s is left; you had %(had)s.",
                        "Only %(num)s vials of %(title)s are left; you had %(had)s.",
                        quantity,
                        title=line.title,
                        had=line.quantity,
                    )
                )
        except Refused as error:
            changed.append(str(error))
            continue
        put += 1
        if line.restricted:
            changed.append(line.restricted)
        if line.today_minor != line.unit_minor and settings().currency == currency:
            changed.append(
                _(
                    "%(title)s costs %(now)s a vial now; it was %(then)s.",
                    title=line.title,
                    now=in_words(line.today_minor, currency),
                    then=in_words(line.unit_minor, currency),
                )
            )
    if put:
        changed += _about_lots(cart_id, lines)
    return Reordered(cart_id=cart_id, put=put, changed=changed)


def _about_lots(cart_id: int | None, lines: Sequence[_Line]) -> list[str]:
    """Of each line, whether the vials would come from the lot they came from, as the cart stands now.

    Lots are chosen first expired, first out; a buyer who wants the same one asks for vials of it to be kept.
    """
    with reading() as session:
        loaded = cart.load(session, cart_id)
        if loaded is None:
            return []
        ship_on = cart.ship_date(loaded.lines, clock.today())
        try:
            takes, shelf = lot_plan.plan(session, loaded.lines, ship_on)
        except Refused:
            return []  # the cart page says what falls short
        numbers = {lot.lot_id: lot.number for lot in shelf}
        left = {lot.number: lot.available for lot in shelf if lot.kept_for is None}
        sku_of = {place: each.size.sku for place, each in enumerate(loaded.lines, start=1)}
        planned: dict[str, set[str]] = {}
        for take in takes:
            planned.setdefault(sku_of[take.line], set()).add(numbers[take.lot_id])
        return [
            _about_lot(line, planned[line.sku], left) for line in lines if line.lots and line.sku in planned
        ]


def _about_lot(line: _Line, planned: set[str], left: Mapping[str, int]) -> str:
    had, now = ", ".join(sorted(line.lots)), ", ".join(sorted(planned))
    if planned <= line.lots:
        return _("%(title)s comes from lot %(now)s, as before.", title=line.title, now=now)
    there = sorted(lot for lot in line.lots if left.get(lot, 0))
    if not there:
        return _(
            "%(title)s comes from lot %(now)s; lot %(had)s, which you had, is no longer on sale.",
            title=line.title,
            now=now,
            had=had,
        )
    return _(
        "%(title)s comes from lot %(now)s. Of lot %(had)s, which you had, %(left)s vials are still on sale: "
        "ask on the page of your order to have some kept for you.",
        title=line.title,
        now=now,
        had=", ".join(there),
        left=sum(left[lot] for lot in there),
    )


def _lines(order_id: int) -> tuple[list[_Line], str]:
    with reading() as session:
        order = session.get_one(
            Order,
            order_id,
            options=[
                selectinload(Order.lines).selectinload(OrderLine.vial_size).selectinload(VialSize.prices),
                selectinload(Order.lines).selectinload(OrderLine.reservations).joinedload(Reservation.lot),
            ],
        )
        barred = _barred(session, order)
        country = destinations.country_name(order.country)
        found = []
        for line in order.lines:
            size = line.vial_size
            today = None
            if size.product.listed:
                try:
                    today = unit_price(tiers(size, settings().currency), line.quantity)
                except ValueError:
                    today = None
            restricted = (
                _("%(title)s is not sent to %(country)s any more.", title=line.title, country=country)
                if size.product.compound_id in barred
                else ""
            )
            found.append(
                _Line(
                    sku=line.sku,
                    title=line.title,
                    quantity=line.quantity,
                    one_lot=line.one_lot,
                    short_dated=line.short_dated,
                    unit_minor=line.unit_minor,
                    today_minor=today,
                    restricted=restricted,
                    lots=frozenset(each.lot.number for each in line.standing_reservations),
                )
            )
        return found, order.currency


def _barred(session: Session, order: Order) -> set[int]:
    """Compounds of an order that are not sent to its address any more."""
    fields = {
        line.vial_size.product.compound_id: line.vial_size.product.compound.category_id
        for line in order.lines
    }
    rules = destinations.of_country(session, order.country)
    if not destinations.delivers(rules):
        return set(fields)
    applying = destinations.applying(rules, fields, region=order.region, postcode=order.postcode)
    return {
        compound
        for rule, compounds in applying
        if rule.effect == DestinationEffect.REFUSE
        for compound in compounds
    }


def _add(cart_id: int | None, line: _Line, quantity: int) -> int:
    return cart.add(
        cart_id, sku=line.sku, quantity=quantity, one_lot=line.one_lot, short_dated=line.short_dated
    )


def _left(line: _Line) -> int:
    """How many vials of a line can be had now, not counting what is in a cart already."""
    with reading() as session:
        size = on_sale.by_sku(session, line.sku)
        return cart.can_be_had(session, size, short_dated=line.short_dated) if size is not None else 0
