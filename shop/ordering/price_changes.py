"""What staff change about prices: codes, zones and rates, tax rates, answers of VIES; each on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.audit import log
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import coupons, regions
from shop.ordering.coupons import Coupon
from shop.ordering.delivery_rates import DeliveryBracket, DeliveryRate, DeliveryZone, DeliveryZoneCountry
from shop.ordering.models import DeliveryMethod
from shop.ordering.tax_rates import TaxRate, VatCheck, ViesAnswer


@dataclass(frozen=True, kw_only=True)
class CodeTerms:
    """What a code allows, as typed by staff."""

    agreement: str
    percent: Decimal | None
    amount_minor: int | None
    minimum_minor: int
    valid_from: date | None
    valid_until: date | None
    most_uses: int | None
    most_per_organisation: int | None
    enabled: bool
    product_ids: tuple[int, ...]


def add_code(code: str, terms: CodeTerms, *, actor: str) -> int:
    """Add a code.

    Raises:
        Refused: there is a code that reads the same, or the terms contradict themselves.
    """
    _check_terms(terms)
    with writing() as session:
        if session.scalar(select(Coupon.id).where(Coupon.code_key == coupons.key(code))) is not None:
            raise Refused(_("There is a code %(code)s already.", code=code))
        row = Coupon(
            code=code,
            code_key=coupons.key(code),
            currency=settings().currency,
            created_at=clock.now(),
            **_columns(terms),
        )
        row.products = _products(session, terms.product_ids)
        session.add(row)
        session.flush()
        log(session, actor=actor, action="code.add", subject=f"code/{row.id}", after=_told(row))
        return row.id


def change_code(code_id: int, terms: CodeTerms, *, actor: str) -> None:
    """Change what a code allows. Orders placed with it keep what they were placed for.

    Raises:
        NotFound: there is no such code.
        Refused: it was used more often than the new limit, or the terms contradict themselves.
    """
    _check_terms(terms)
    with writing() as session:
        row = locked(session, Coupon, code_id)
        if row is None:
            raise NotFound(_("There is no such code."))
        if terms.most_uses is not None and row.uses > terms.most_uses:
            raise Refused(_("It was used %(uses)s times already; allow at least that.", uses=row.uses))
        before = _told(row)
        for name, value in _columns(terms).items():
            setattr(row, name, value)
        row.products = _products(session, terms.product_ids)
        session.flush()
        log(
            session,
            actor=actor,
            action="code.change",
            subject=f"code/{code_id}",
            before=before,
            after=_told(row),
        )


def _check_terms(terms: CodeTerms) -> None:
    if (terms.percent is None) == (terms.amount_minor is None):
        raise Refused(_("Enter either a percentage or an amount."))
    if terms.percent is not None and not 0 < terms.percent <= 100:
        raise Refused(_("Enter a percentage above 0 and up to 100."))
    if terms.valid_from and terms.valid_until and terms.valid_until < terms.valid_from:
        raise Refused(_("The last day is before the first."))


def _columns(terms: CodeTerms) -> dict[str, object]:
    return {name: value for name, value in vars(terms).items() if name != "product_ids"}


def _products(session: Session, ids: Sequence[int]) -> list[Product]:
    return list(session.scalars(select(Product).where(Product.id.in_(ids)).order_by(Product.name)))


def _told(row: Coupon) -> dict[str, object]:
    return {
        "code": row.code,
        "percent": None if row.percent is None else str(row.percent),
        "amount_minor": row.amount_minor,
        "minimum_minor": row.minimum_minor,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "most_uses": row.most_uses,
        "most_per_organisation": row.most_per_organisation,
        "enabled": row.enabled,
        "products": [each.catalogue_number for each in row.products],
    }


def set_zone(zone_id: int | None, *, name: str, countries: Sequence[str], actor: str) -> int:
    """Add a zone or change its name and countries; a zone without countries is for everywhere else.

    Raises:
        NotFound: there is no such zone.
        Refused: the name is taken, a country is in another zone, or another zone is for everywhere else.
    """
    with writing() as session:
        row = locked(session, DeliveryZone, zone_id) if zone_id else DeliveryZone(everywhere_else=False)
        if row is None:
            raise NotFound(_("There is no such zone."))
        others = session.scalars(select(DeliveryZone).where(DeliveryZone.id != (zone_id or 0))).all()
        if any(each.name == name for each in others):
            raise Refused(_("There is a zone of this name already."))
        if not countries and any(each.everywhere_else for each in others):
            raise Refused(_("Another zone is for everywhere else. Name the countries of this one."))
        taken = {each.country: other.name for other in others for each in other.countries}
        for country in countries:
            if country in taken:
                raise Refused(_("%(country)s is in the zone %(zone)s.", country=country, zone=taken[country]))
        before = _zone_told(row) if zone_id else None
        row.name, row.everywhere_else = name, not countries
        row.countries = [
            next((each for each in row.countries if each.country == country), None)
            or DeliveryZoneCountry(country=country)
            for country in dict.fromkeys(countries)
        ]
        session.add(row)
        session.flush()
        log(
            session,
            actor=actor,
            action="delivery.zone",
            subject=f"zone/{row.id}",
            before=before,
            after=_zone_told(row),
        )
        return row.id


def _zone_told(row: DeliveryZone) -> dict[str, object]:
    return {"name": row.name, "countries": [each.country for each in row.countries]}


def set_rate(
    zone_id: int,
    method_id: int,
    *,
    brackets: Sequence[tuple[int, int]],
    cold_chain_minor: int | None,
    free_from_minor: int | None,
    actor: str,
) -> None:
    """Set what a way of sending costs in a zone: pairs of upper weight in grams and price. None: not offered.

    Raises:
        NotFound: there is no such zone or way of sending.
        Refused: two prices for one weight.
    """
    if len({grams for grams, _price in brackets}) != len(brackets):
        raise Refused(_("There are two prices for one weight."))
    with writing() as session:
        zone, method = locked(session, DeliveryZone, zone_id), session.get(DeliveryMethod, method_id)
        if zone is None or method is None:
            raise NotFound(_("There is no such zone or way of sending."))
        row = (
            session.scalars(
                select(DeliveryRate).where(
                    DeliveryRate.zone_id == zone_id, DeliveryRate.method_id == method_id
                )
            )
            .unique()
            .one_or_none()
        )
        before = _rate_told(row) if row else None
        if row is None:
            row = DeliveryRate(zone=zone, method=method)
        elif not brackets:
            session.delete(row)
        if brackets:
            row.cold_chain_minor, row.free_from_minor = cold_chain_minor, free_from_minor
            row.brackets = []
            session.add(row)
            session.flush()
            row.brackets = [DeliveryBracket(up_to_g=grams, price_minor=minor) for grams, minor in brackets]
        session.flush()
        log(
            session,
            actor=actor,
            action="delivery.rate",
            subject=f"zone/{zone_id}",
            before=before,
            after=_rate_told(row) if brackets else {"method": method.code, "offered": False},
        )


def _rate_told(row: DeliveryRate) -> dict[str, object]:
    return {
        "method": row.method.code,
        "brackets": [[each.up_to_g, each.price_minor] for each in row.brackets],
        "cold_chain_minor": row.cold_chain_minor,
        "free_from_minor": row.free_from_minor,
    }


def add_tax_rate(
    *,
    country: str,
    region: str,
    tax_class: str,
    percent_text: str,
    name: str,
    on_delivery: bool,
    valid_from: date,
    source: str,
    actor: str,
) -> int:
    """Add a rate from a day on; the rate of the same place and class before it ends the day before.

    Raises:
        Refused: a rate of this place and class begins on this day or later.
    """
    with writing() as session:
        code = regions.code(country, region)
        earlier = session.scalars(
            select(TaxRate)
            .where(TaxRate.country == country, TaxRate.region == code, TaxRate.tax_class == tax_class)
            .order_by(TaxRate.valid_from.desc())
            .with_for_update()
        ).first()
        if earlier is not None and earlier.valid_from >= valid_from:
            raise Refused(
                _(
                    "A rate of this place begins on %(day)s. Begin after it.",
                    day=earlier.valid_from.isoformat(),
                )
            )
        last = date.fromordinal(valid_from.toordinal() - 1)
        if earlier is not None and (earlier.valid_until is None or earlier.valid_until > last):
            earlier.valid_until = last
        row = TaxRate(
            country=country,
            region=code,
            tax_class=tax_class,
            percent_text=percent_text,
            name=name,
            on_delivery=on_delivery,
            valid_from=valid_from,
            valid_until=None,
            source=source,
        )
        session.add(row)
        session.flush()
        log(
            session,
            actor=actor,
            action="tax.add",
            subject=f"tax/{row.id}",
            before={"rate": earlier.percent_text, "until": last.isoformat()} if earlier else None,
            after={"place": f"{country} {code}".strip(), "class": tax_class, "rate": percent_text,
                   "from": valid_from.isoformat(), "source": source},
        )  # fmt: skip
        return row.id


def end_tax_rate(rate_id: int, *, last_day: date, actor: str) -> None:
    """End a rate with a day; from the next one no tax is charged there unless another rate begins.

    Raises:
        NotFound: there is no such rate.
        Refused: the day is before its first, or it has ended before.
    """
    with writing() as session:
        row = locked(session, TaxRate, rate_id)
        if row is None:
            raise NotFound(_("There is no such rate."))
        if last_day < row.valid_from or (row.valid_until is not None and row.valid_until < clock.today()):
            raise Refused(_("Choose a day on which the rate is in force."))
        before = row.valid_until.isoformat() if row.valid_until else None
        row.valid_until = last_day
        log(
            session,
            actor=actor,
            action="tax.end",
            subject=f"tax/{rate_id}",
            before={"until": before},
            after={"until": last_day.isoformat()},
        )


def record_vies(
    vat_number: str, *, asked_on: date, answer: ViesAnswer, consultation_number: str, actor: str
) -> None:
    """Write down what the VIES service answered about a VAT number. A number it calls invalid is taxed.

    Raises:
        Refused: the day lies ahead.
    """
    if asked_on > clock.today():
        raise Refused(_("Enter a day that is not in the future."))
    with writing() as session:
        row = VatCheck(
            vat_number=vat_number,
            asked_on=asked_on,
            answer=answer,
            consultation_number=consultation_number,
            recorded_at=clock.now(),
            recorded_by=actor,
        )
        session.add(row)
        session.flush()
        log(
            session,
            actor=actor,
            action="vat.check",
            subject=f"vat/{vat_number}",
            after={"answer": answer.value, "asked_on": asked_on.isoformat(),
                   "consultation_number": consultation_number},
        )  # fmt: skip
