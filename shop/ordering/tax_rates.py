"""The shop's own table of tax rates, and answers of the VIES service that staff wrote down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import stamps
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
    return [
        rate
        for rate, begins, ends in _rates.of(session).get(country, ())
        if rate.region in ("", region) and begins <= on and (ends is None or ends >= on)
    ]


def taxed_by_region(session: Session, country: str) -> bool:
    """Whether the shop keeps rates for regions of a country, so that an address there has to name one."""
    return any(rate.region for rate, _begins, _ends in _rates.of(session).get(country, ()))


@stamps.kept("tax rates", {"tax_rate": ""})
def _rates(session: Session) -> Mapping[str, Sequence[tuple[Rate, date, date | None]]]:
    """Every rate by country, with its first and last day."""
    found: dict[str, list[tuple[Rate, date, date | None]]] = {}
    for row in session.execute(select(TaxRate.__table__).order_by(TaxRate.id)):
        rate = Rate(
            country=row.country,
            region=row.region,
            tax_class=row.tax_class,
            percent=Decimal(row.percent_text),
            percent_text=row.percent_text,
            name=row.name,
            on_delivery=row.on_delivery,
        )
        found.setdefault(row.country, []).append((rate, row.valid_from, row.valid_until))
    return found


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
