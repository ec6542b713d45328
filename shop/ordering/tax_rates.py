"""The shop's own table of tax rates, and answers of the VIES service that staff wrote down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import String, Text, UniqueConstraint, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core.append_only import append_only, frozen_columns
from shop.core.audit import invariant
from shop.core.database import Numbered, one_of, rule
from shop.ordering.tax import Rate, VatNumber


class TaxRate(Numbered):
    """A rate in force at a place for a class of goods, from a day until another, and where it comes from."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        UniqueConstraint("country", "region", "tax_class", "valid_from"),
        rule("valid_until IS NULL OR valid_until >= valid_from", "ends_after_it_begins"),
        rule("length(country) = 2", "country_is_a_code"),
        rule("source <> ''", "a_rate_has_a_source"),
    )

    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str] = mapped_column(String(80), default="")
    """As `regions.code` gives it; empty for the whole country."""
    tax_class: Mapped[str] = mapped_column(String(40), default="standard")
    percent_text: Mapped[str] = mapped_column(String(12))
    """The rate as printed, such as `21.0`."""
    name: Mapped[str] = mapped_column(String(40))
    """Such as `VAT`, `GST` or `Sales tax`."""
    on_delivery: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day."""
    source: Mapped[str] = mapped_column(Text)
    """Where the shop has the rate from."""


class ViesAnswer(StrEnum):
    """What the VIES service said of a VAT number."""

    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


class VatCheck(Numbered):
    """An answer of the VIES service about a VAT number, as a member of staff wrote it down."""

    __tablename__ = "vat_check"

    vat_number: Mapped[str] = mapped_column(String(20), index=True)
    asked_on: Mapped[date]
    answer: Mapped[ViesAnswer] = mapped_column(one_of(ViesAnswer, "answer_is_known"))
    consultation_number: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(200))


append_only("vat_check")
frozen_columns(
    "tax_rate",
    ["country", "region", "tax_class", "percent_text", "on_delivery", "valid_from"],
    "a tax rate is ended and another added, never changed",
)


def in_force(session: Session, country: str, region: str, on: date) -> list[Rate]:
    """The rates of a place on a day: those of the country and those of the region."""
    rows = session.execute(_IN_FORCE, {"of_country": country, "of_region": region, "on_day": on})
    return [
        Rate(
            country=row.country,
            region=row.region,
            tax_class=row.tax_class,
            percent=Decimal(row.percent_text),
            percent_text=row.percent_text,
            name=row.name,
            on_delivery=row.on_delivery,
        )
        for row in rows
    ]


_RATE = TaxRate.__table__.c
_IN_FORCE = select(
    _RATE.country,
    _RATE.region,
    _RATE.tax_class,
    _RATE.percent_text,
    _RATE.name,
    _RATE.on_delivery,
).where(
    _RATE.country == bindparam("of_country"),
    or_(_RATE.region == "", _RATE.region == bindparam("of_region")),
    _RATE.valid_from <= bindparam("on_day"),
    or_(_RATE.valid_until.is_(None), _RATE.valid_until >= bindparam("on_day")),
)
"""Made once: making a statement anew costs more than running it."""


def taxed_by_region(session: Session, country: str) -> bool:
    """Whether the shop keeps rates for regions of a country, so that an address there has to name one."""
    return bool(
        session.scalar(
            select(func.count()).select_from(TaxRate).where(TaxRate.country == country, TaxRate.region != "")
        )
    )


def checks(session: Session, vat_number: str) -> list[VatCheck]:
    """What staff wrote down about a VAT number, the newest first."""
    return list(
        session.scalars(
            select(VatCheck)
            .where(VatCheck.vat_number == vat_number)
            .order_by(VatCheck.asked_on.desc(), VatCheck.id.desc())
        )
    )


def with_answer(session: Session, number: VatNumber) -> VatNumber:
    """The number with the newest word of VIES about it; *unavailable* is no word."""
    newest = next(
        (each for each in checks(session, number.text) if each.answer != ViesAnswer.UNAVAILABLE), None
    )
    if newest is None or newest.answer == ViesAnswer.VALID:
        return number
    return VatNumber(text=number.text, country=number.country, refused_on=newest.asked_on)


@invariant("I96", "No two tax rates of one place and class apply on one day")
def _rates_do_not_overlap(session: Session) -> Iterator[str]:
    ends: dict[tuple[str, str, str], tuple[date, date | None]] = {}
    for row in session.scalars(select(TaxRate).order_by(TaxRate.valid_from)):
        key = (row.country, row.region, row.tax_class)
        before = ends.get(key)
        if before is not None and (before[1] is None or before[1] >= row.valid_from):
            place = f"{row.country} {row.region}".strip()
            yield f"{place}, {row.tax_class}: the rates from {before[0]} and {row.valid_from} overlap"
        ends[key] = (row.valid_from, row.valid_until)
