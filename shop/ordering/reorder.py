"""Ordering the same again: sizes and quantities of an order into the cart, at today's price.

What changed is said. The attestation, a coupon and a purchase-order number belong to the order they were
given for and are not copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, selectinload

from shop.catalogue import on_sale
from shop.catalogue.models import VialSize
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.money import in_words
from shop.core.settings import settings
from shop.ordering import cart, destinations
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
    return Reordered(cart_id=cart_id, put=put, changed=changed)


def _lines(order_id: int) -> tuple[list[_Line], str]:
    with reading() as session:
        order = session.get_one(
            Order,
            order_id,
            options=[
                selectinload(Order.lines).selectinload(OrderLine.vial_size).selectinload(VialSize.prices)
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
