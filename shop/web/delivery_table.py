"""Zones, prices and tax rates as tables, for the delivery page and the staff desk."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from shop.core import clock
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering import destinations, regions
from shop.ordering.delivery_rates import ANY_WEIGHT, DeliveryRate, DeliveryZone, in_kg
from shop.ordering.tax_rates import TaxRate


@dataclass(frozen=True, kw_only=True)
class RateRow:
    """One way of sending in a zone, in words."""

    rate_id: int
    method: str
    prices: tuple[str, ...]
    cold_chain: str
    free_from: str


@dataclass(frozen=True, kw_only=True)
class ZoneRow:
    """A zone with the countries of it that are delivered to."""

    zone_id: int
    name: str
    countries: tuple[str, ...]
    everywhere_else: bool
    rates: tuple[RateRow, ...]


@dataclass(frozen=True, kw_only=True)
class TaxRow:
    """A tax rate in words."""

    rate: TaxRate
    place: str


def zones(session: Session) -> list[ZoneRow]:
    """Every zone with its prices."""
    delivered = {code for code, _name in destinations.countries(session)}
    found = session.scalars(
        select(DeliveryZone)
        .options(selectinload(DeliveryZone.countries))
        .order_by(DeliveryZone.everywhere_else, DeliveryZone.name)
    ).all()
    by_zone: dict[int, list[DeliveryRate]] = {}
    for rate in session.scalars(select(DeliveryRate).order_by(DeliveryRate.id)).unique():
        by_zone.setdefault(rate.zone_id, []).append(rate)
    return [
        ZoneRow(
            zone_id=zone.id,
            name=zone.name,
            countries=tuple(
                sorted(
                    destinations.country_name(each.country)
                    for each in zone.countries
                    if each.country in delivered
                )
            ),
            everywhere_else=zone.everywhere_else,
            rates=tuple(rate_row(rate) for rate in by_zone.get(zone.id, []) if rate.method.offered),
        )
        for zone in found
    ]


def rate_row(rate: DeliveryRate) -> RateRow:
    """A rate in words."""
    currency = rate.method.currency
    cold = rate.cold_chain_minor
    return RateRow(
        rate_id=rate.id,
        method=rate.method.name,
        prices=tuple(
            in_words(each.price_minor, currency)
            if each.up_to_g >= ANY_WEIGHT
            else _(
                "%(price)s up to %(weight)s",
                price=in_words(each.price_minor, currency),
                weight=in_kg(each.up_to_g),
            )
            for each in rate.brackets
        ),
        cold_chain=_("Not taken")
        if cold is None
        else in_words(cold, currency)
        if cold
        else _("No surcharge"),
        free_from=in_words(rate.free_from_minor, currency) if rate.free_from_minor is not None else "",
    )


def tax_rates_shown(session: Session) -> list[TaxRow]:
    """The rates in force today."""
    today = clock.today()
    rows = session.scalars(
        select(TaxRate)
        .where(TaxRate.valid_from <= today, or_(TaxRate.valid_until.is_(None), TaxRate.valid_until >= today))
        .order_by(TaxRate.country, TaxRate.region, TaxRate.tax_class)
    )
    return [TaxRow(rate=row, place=place(row)) for row in rows]


def place(row: TaxRate) -> str:
    """The place of a rate by name."""
    country = destinations.country_name(row.country)
    return f"{regions.name(row.country, row.region) or row.region}, {country}" if row.region else country
