"""What delivery costs: zones of countries, and each way of sending with its price by weight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.core import stamps
from shop.core.database import Base, Numbered, rule
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.settings import settings
from shop.ordering.lines import Line
from shop.ordering.models import DeliveryMethod

ANY_WEIGHT = 1_000_000_000
"""The upper weight of a bracket without a limit, in grams."""


class DeliveryZone(Numbered):
    """Countries that cost the same. The zone of everywhere else serves what no other zone names."""

    __tablename__ = "delivery_zone"
    __table_args__ = (
        Index(
            "uq_delivery_zone_one_for_everywhere_else",
            "everywhere_else",
            unique=True,
            sqlite_where=text("everywhere_else"),
            postgresql_where=text("everywhere_else"),
        ),
    )

    name: Mapped[str] = mapped_column(String(80), unique=True)
    everywhere_else: Mapped[bool] = mapped_column(default=False)

    countries: Mapped[list[DeliveryZoneCountry]] = relationship(
        order_by="DeliveryZoneCountry.country", cascade="all, delete-orphan"
    )


class DeliveryZoneCountry(Base):
    """A country of a zone; each country is in one zone at most."""

    __tablename__ = "delivery_zone_country"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("delivery_zone.id"), index=True)


class DeliveryRate(Numbered):
    """A way of sending as it is offered in a zone."""

    __tablename__ = "delivery_rate"
    __table_args__ = (
        UniqueConstraint("method_id", "zone_id"),
        rule("cold_chain_minor IS NULL OR cold_chain_minor >= 0", "cold_chain_not_negative"),
        rule("free_from_minor IS NULL OR free_from_minor > 0", "free_from_is_positive"),
    )

    method_id: Mapped[int] = mapped_column(ForeignKey("delivery_method.id"))
    zone_id: Mapped[int] = mapped_column(ForeignKey("delivery_zone.id"), index=True)
    cold_chain_minor: Mapped[int | None]
    """The surcharge for goods that have to stay cold; null where this way does not take such goods."""
    free_from_minor: Mapped[int | None]
    """From this sum of items after discount the delivery itself costs nothing; the cold chain still does."""

    method: Mapped[DeliveryMethod] = relationship(lazy="joined", innerjoin=True)
    zone: Mapped[DeliveryZone] = relationship(lazy="joined", innerjoin=True)
    brackets: Mapped[list[DeliveryBracket]] = relationship(
        order_by="DeliveryBracket.up_to_g", cascade="all, delete-orphan", lazy="joined"
    )


class DeliveryBracket(Base):
    """The price of a parcel up to a weight."""

    __tablename__ = "delivery_bracket"
    __table_args__ = (
        UniqueConstraint("rate_id", "up_to_g"),
        rule("up_to_g > 0", "weight_is_positive"),
        rule("price_minor >= 0", "price_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rate_id: Mapped[int] = mapped_column(ForeignKey("delivery_rate.id", ondelete="CASCADE"), index=True)
    up_to_g: Mapped[int]
    price_minor: Mapped[int]


@dataclass(frozen=True, kw_only=True)
class Bracket:
    """A price up to a weight, as plain values."""

    up_to_g: int
    price_minor: int


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """What one way of sending costs in one zone, as plain values."""

    code: str
    name: str
    note: str
    zone: str
    currency: str
    brackets: tuple[Bracket, ...]
    cold_chain_minor: int | None
    free_from_minor: int | None


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What is to be sent, as far as delivery depends on it."""

    weight_g: int
    """With packaging."""
    has_cold_chain: bool
    items_minor: int
    """The items after discount."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A way of sending this parcel: its price, or the sentence that says why it is not offered."""

    code: str
    name: str
    note: str
    price_minor: int = 0
    explanation: str = ""
    cold_chain_minor: int | None = None
    why_not: str = ""

    @property
    def total_minor(self) -> int:
        """Delivery with its cold chain."""
        return self.price_minor + (self.cold_chain_minor or 0)


def in_kg(grams: int) -> str:
    """A weight as printed, such as `1.25 kg`."""
    return f"{grams / 1000:.3f}".rstrip("0").rstrip(".") + " kg"


def offer(tariff: Tariff, parcel: Parcel) -> Offer:
    """What a way of sending asks for a parcel: the lowest bracket that holds its weight."""
    named = Offer(code=tariff.code, name=tariff.name, note=tariff.note)
    brackets = sorted(tariff.brackets, key=lambda each: each.up_to_g)
    fitting = [each for each in brackets if parcel.weight_g <= each.up_to_g]
    if not fitting:
        most = brackets[-1].up_to_g if brackets else 0
        return replace(
            named,
            why_not=_(
                "%(name)s is not offered: it takes up to %(most)s, this parcel weighs %(weight)s.",
                name=tariff.name,
                most=in_kg(most),
                weight=in_kg(parcel.weight_g),
            ),
        )
    if parcel.has_cold_chain and tariff.cold_chain_minor is None:
        return replace(
            named,
            why_not=_("%(name)s is not offered: it does not keep goods cold.", name=tariff.name),
        )
    weight = in_kg(parcel.weight_g)
    free_from = tariff.free_from_minor
    if free_from is not None and parcel.items_minor >= free_from:
        price_minor = 0
        words = _(
            "Free to %(zone)s from %(sum)s of items",
            zone=tariff.zone,
            sum=in_words(free_from, tariff.currency),
        )
    else:
        price_minor = fitting[0].price_minor
        words = (
            _("To %(zone)s, %(weight)s, any weight", zone=tariff.zone, weight=weight)
            if fitting[0].up_to_g >= ANY_WEIGHT
            else _(
                "To %(zone)s, %(weight)s, the price up to %(most)s",
                zone=tariff.zone,
                weight=weight,
                most=in_kg(fitting[0].up_to_g),
            )
        )
    return replace(
        named,
        price_minor=price_minor,
        explanation=words,
        cold_chain_minor=tariff.cold_chain_minor if parcel.has_cold_chain else None,
    )


def weigh(lines: Iterable[Line]) -> Parcel:
    """The parcel of some lines before anything is known of their price. Packaging weights are settings."""
    taken = list(lines)
    cold = any(line.size.cold_chain for line in taken)
    packaging = settings().packaging_weight_g + (settings().cold_packaging_weight_g if cold else 0)
    return Parcel(
        weight_g=packaging + sum(line.quantity * line.size.weight_g for line in taken),
        has_cold_chain=cold,
        items_minor=0,
    )


def tariffs(session: Session, country: str, currency: str) -> list[Tariff]:
    """What is offered to a country, the ways of sending in the order in which they were made."""
    table = _table.of(session)
    zone = table.zone_of.get(country, table.everywhere_else)
    return [each for each in table.of_zone.get(zone, ()) if each.currency == currency]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Everything that is offered: the zone of each country, and the tariffs of each zone."""

    zone_of: Mapping[str, int]
    everywhere_else: int | None
    of_zone: Mapping[int | None, Sequence[Tariff]]


@stamps.kept(
    "delivery",
    {
        "delivery_method": "",
        "delivery_zone": "",
        "delivery_zone_country": "",
        "delivery_rate": "",
        "delivery_bracket": "",
    },
)
def _table(session: Session) -> _Table:
    of_zone: dict[int | None, list[Tariff]] = {}
    offered = (
        select(DeliveryRate)
        .join(DeliveryRate.method)
        .where(DeliveryMethod.offered)
        .order_by(DeliveryRate.method_id)
        .execution_options(populate_existing=True)
    )
    for rate in session.scalars(offered).unique():
        of_zone.setdefault(rate.zone_id, []).append(plain(rate))
    return _Table(
        zone_of=dict(session.execute(select(DeliveryZoneCountry.country, DeliveryZoneCountry.zone_id)).all()),
        everywhere_else=session.scalar(select(DeliveryZone.id).where(DeliveryZone.everywhere_else)),
        of_zone=of_zone,
    )


def plain(rate: DeliveryRate) -> Tariff:
    """A rate as plain values."""
    return Tariff(
        code=rate.method.code,
        name=rate.method.name,
        note=rate.method.note,
        zone=rate.zone.name,
        currency=rate.method.currency,
        brackets=tuple(Bracket(up_to_g=each.up_to_g, price_minor=each.price_minor) for each in rate.brackets),
        cold_chain_minor=rate.cold_chain_minor,
        free_from_minor=rate.free_from_minor,
    )


def offers(session: Session, country: str, parcel: Parcel, currency: str) -> list[Offer]:
    """Every way of sending a parcel to a country, the cheapest first, those not offered last."""
    found = [offer(each, parcel) for each in tariffs(session, country, currency)]
    return sorted(found, key=lambda each: (bool(each.why_not), each.total_minor))


def nothing_offered(found: Sequence[Offer]) -> str:
    """Why a parcel cannot be sent at all; empty when it can."""
    if any(not each.why_not for each in found):
        return ""
    return " ".join(each.why_not for each in found) or _(
        "We have no way of sending a parcel to this country."
    )


def all_offered(session: Session, currency: str) -> list[DeliveryMethod]:
    """Every way of sending that is offered somewhere."""
    return list(
        session.scalars(
            select(DeliveryMethod)
            .where(DeliveryMethod.offered, DeliveryMethod.currency == currency)
            .order_by(DeliveryMethod.id)
        )
    )
