"""Desks for prices: codes, delivery zones and rates, tax rates and VAT numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import destinations, price_changes
from shop.ordering.coupons import Coupon
from shop.ordering.delivery_rates import ANY_WEIGHT, DeliveryRate, DeliveryZone, all_offered
from shop.ordering.models import Order
from shop.ordering.price_changes import CodeTerms
from shop.ordering.tax import read_vat_number
from shop.ordering.tax_rates import TaxRate, VatCheck, ViesAnswer
from shop.web import delivery_table
from shop.web.fields import DayField
from shop.web.staff import access, frame
from shop.web.staff.price_forms import (
    CodeForm,
    CodeTermsForm,
    EndRateForm,
    RateForm,
    TaxRateForm,
    ViesForm,
    ZoneForm,
    typed,
)
from shop.web.visitor import say


def codes() -> AnyResponse:
    """Every code with what it allows and how often it was used."""
    with frame.building() as session:
        rows = session.scalars(select(Coupon).order_by(Coupon.enabled.desc(), Coupon.code)).all()
        return frame.page(session, "codes", section="codes", rows=rows, today=clock.today())


def add_code() -> AnyResponse:
    """Add a code."""
    form = CodeForm(request.form or None, data={"enabled": True})

    def act() -> str:
        price_changes.add_code(str(form.code.data), _terms(form), actor=_actor())
        say(_("The code %(code)s can be used.", code=form.code.data))
        return url_for("staff.codes")

    return _form(form, act, "code_form", "codes", title=_("Add a code"), prepare=_choose_products)


def change_code(code_id: int) -> AnyResponse:
    """Change what a code allows."""
    with reading() as session:
        row = session.get(Coupon, code_id)
        if row is None:
            raise NotFound(_("There is no such code."))
        code, currency = row.code, row.currency
        form = CodeTermsForm(
            request.form or None,
            data={
                "agreement": row.agreement,
                "percent": "" if row.percent is None else f"{row.percent.normalize():f}",
                "amount": typed(row.amount_minor, currency),
                "minimum": typed(row.minimum_minor, currency) if row.minimum_minor else "",
                "valid_from": row.valid_from,
                "valid_until": row.valid_until,
                "most_uses": row.most_uses,
                "most_per_organisation": row.most_per_organisation,
                "products": [each.id for each in row.products],
                "enabled": row.enabled,
            },
        )

    def act() -> str:
        price_changes.change_code(code_id, _terms(form), actor=_actor())
        say(_("The code %(code)s is changed. Orders placed before keep their price.", code=code))
        return url_for("staff.codes")

    title = _("Change the code %(code)s", code=code)
    return _form(form, act, "code_form", "codes", title=title, prepare=_choose_products)


def _choose_products(session: Session, form: Form) -> None:
    form["products"].choices = [  # type: ignore[attr-defined]
        (row.id, row.name) for row in session.scalars(select(Product).order_by(Product.name))
    ]


def _terms(form: CodeTermsForm) -> CodeTerms:
    return CodeTerms(
        agreement=str(form.agreement.data),
        percent=Decimal(str(form.percent.data)) if form.percent.data else None,
        amount_minor=form.amount.minor,
        minimum_minor=form.minimum.minor or 0,
        valid_from=form.valid_from.data,
        valid_until=form.valid_until.data,
        most_uses=form.most_uses.data,
        most_per_organisation=form.most_per_organisation.data,
        enabled=bool(form.enabled.data),
        product_ids=tuple(form.products.data or ()),
    )


def delivery() -> AnyResponse:
    """Zones with their rates."""
    with frame.building() as session:
        return frame.page(
            session,
            "delivery_rates",
            section="delivery",
            zones=delivery_table.zones(session),
            methods=all_offered(session, settings().currency),
            packaging=settings().packaging_weight_g,
            cold_packaging=settings().cold_packaging_weight_g,
        )


def set_zone(zone_id: int = 0) -> AnyResponse:
    """Add a zone, or change its countries."""
    with reading() as session:
        row = session.get(DeliveryZone, zone_id) if zone_id else None
        if zone_id and row is None:
            raise NotFound(_("There is no such zone."))
        known = {
            "name": row.name if row else "",
            "countries": ", ".join(each.country for each in row.countries) if row else "",
        }
    form = ZoneForm(request.form or None, data=known)

    def act() -> str:
        price_changes.set_zone(
            zone_id or None, name=str(form.name.data), countries=form.codes, actor=_actor()
        )
        say(_("The zone %(name)s is kept.", name=form.name.data))
        return url_for("staff.delivery")

    title = _("Change the zone %(name)s", name=known["name"]) if zone_id else _("Add a zone")
    return _form(form, act, "zone_form", "delivery", title=title)


def set_rate(zone_id: int, method_id: int) -> AnyResponse:
    """Set what a way of sending costs in a zone."""
    currency = settings().currency
    with reading() as session:
        zone = session.get(DeliveryZone, zone_id)
        method = next((each for each in all_offered(session, currency) if each.id == method_id), None)
        if zone is None or method is None:
            raise NotFound(_("There is no such zone or way of sending."))
        title = _("%(method)s to %(zone)s", method=method.name, zone=zone.name)
        row = (
            session.scalars(
                select(DeliveryRate).where(
                    DeliveryRate.zone_id == zone_id, DeliveryRate.method_id == method_id
                )
            )
            .unique()
            .one_or_none()
        )
        known = (
            {
                "brackets": "\n".join(
                    f"{_weight(each.up_to_g)} {typed(each.price_minor, currency)}" for each in row.brackets
                ),
                "cold_chain": typed(row.cold_chain_minor, currency),
                "free_from": typed(row.free_from_minor, currency),
            }
            if row
            else {}
        )
    form = RateForm(request.form or None, data=known)

    def act() -> str:
        price_changes.set_rate(
            zone_id,
            method_id,
            brackets=form.read(str(form.brackets.data or "")),
            cold_chain_minor=form.cold_chain.minor,
            free_from_minor=form.free_from.minor,
            actor=_actor(),
        )
        say(_("The prices are kept. A buyer who is on Review is asked again."))
        return url_for("staff.delivery")

    return _form(form, act, "rate_form", "delivery", title=title)


def _weight(grams: int) -> str:
    """An upper weight as the form takes it."""
    return "any" if grams >= ANY_WEIGHT else str(grams)


def tax() -> AnyResponse:
    """Tax rates, and the VAT numbers orders were placed with."""
    with frame.building() as session:
        rows = session.scalars(
            select(TaxRate).order_by(TaxRate.country, TaxRate.region, TaxRate.tax_class, TaxRate.valid_from)
        )
        numbers = session.scalars(
            select(Order.vat_number).where(Order.vat_number != "").distinct().order_by(Order.vat_number)
        ).all()
        checks: dict[str, VatCheck] = {}
        for check in session.scalars(select(VatCheck).order_by(VatCheck.asked_on, VatCheck.id)):
            checks[check.vat_number] = check
        return frame.page(
            session,
            "tax_rates",
            section="tax",
            rows=[delivery_table.TaxRow(rate=row, place=delivery_table.place(row)) for row in rows],
            today=clock.today(),
            numbers=[(each, checks.get(each)) for each in sorted({*numbers, *checks})],
            seller=destinations.country_name(settings().seller_country) if settings().seller_country else "",
        )


def add_tax_rate() -> AnyResponse:
    """Add a rate from a day on."""
    form = TaxRateForm(request.form or None, data={"tax_class": "standard", "on_delivery": True})

    def act() -> str:
        price_changes.add_tax_rate(
            country=str(form.country.data),
            region=str(form.region.data or ""),
            tax_class=str(form.tax_class.data),
            percent_text=str(form.percent.data),
            name=str(form.name.data),
            on_delivery=bool(form.on_delivery.data),
            valid_from=_day(form.valid_from),
            source=str(form.source.data),
            actor=_actor(),
        )
        say(_("The rate is kept. One that was in force before ends the day before."))
        return url_for("staff.tax")

    return _form(form, act, "tax_rate_form", "tax", title=_("Add a tax rate"), prepare=choose_country)


def end_tax_rate(rate_id: int) -> AnyResponse:
    """End a rate."""
    with reading() as session:
        row = session.get(TaxRate, rate_id)
        if row is None:
            raise NotFound(_("There is no such rate."))
        title = _(
            "End %(rate)s%% %(name)s of %(place)s",
            rate=row.percent_text,
            name=row.name,
            place=delivery_table.place(row),
        )
    form = EndRateForm(request.form)

    def act() -> str:
        price_changes.end_tax_rate(rate_id, last_day=_day(form.last_day), actor=_actor())
        say(_("The rate ends on %(day)s.", day=_day(form.last_day).isoformat()))
        return url_for("staff.tax")

    return _form(form, act, "end_rate_form", "tax", title=title)


def record_vies() -> AnyResponse:
    """Write down an answer of the VIES service."""
    form = ViesForm(request.form or None, data={"vat_number": request.args.get("number", "")[:20]})

    def act() -> str:
        number = read_vat_number(str(form.vat_number.data))
        if not number.country:
            raise Refused(
                _("This is not a VAT number: its form or check digits do not fit any member state.")
            )
        price_changes.record_vies(
            number.text,
            asked_on=_day(form.asked_on),
            answer=ViesAnswer(form.answer.data),
            consultation_number=str(form.consultation_number.data or ""),
            actor=_actor(),
        )
        say(_("The answer about %(number)s is kept.", number=number.text))
        return url_for("staff.tax")

    return _form(form, act, "vies_form", "tax", title=_("Record an answer of VIES"))


def choose_country(session: Session, form: Form) -> None:
    """Fill in the countries delivered to."""
    form["country"].choices = {"": _("Select a country")} | dict(destinations.countries(session))  # type: ignore[attr-defined]


def _day(field: DayField) -> date:
    """The day of a field that may not be empty."""
    if field.data is None:
        raise Refused(_("Enter the day."))
    return field.data


def _actor() -> str:
    return access.signed_in_staff().actor


def _form(
    form: Form,
    act: Callable[[], str],
    template: str,
    section: str,
    *,
    title: str,
    prepare: Callable[[Session, Form], None] | None = None,
) -> AnyResponse:
    """Show a form, or do what it asks and go on; what is refused stays typed."""
    refusal = ""
    if prepare is not None:
        with reading() as session:
            prepare(session, form)
    if request.method == "POST" and form.validate():
        try:
            return redirect(act(), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        return frame.page(
            session,
            template,
            section=section,
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            title=title,
            back=url_for(f"staff.{section}"),
            currency=settings().currency,
        )
