"""The shipping data of products: how each travels, and what customs ask of it."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form, SelectField
from wtforms.validators import Optional

from shop.catalogue import shipping_data
from shop.catalogue.models import Product
from shop.catalogue.shipping_data import ProductShipping, ShipCondition, ShippingData
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.web.fields import CountField
from shop.web.staff import access, frame
from shop.web.staff.forms import _text, _words
from shop.web.visitor import say


class ShippingForm(Form):
    """What carriers and customs ask of a product."""

    ship_condition = SelectField(
        _("How it travels"),
        choices=lambda: {each.value: shipping_data.condition_in_words(each) for each in ShipCondition},
    )
    hs_code = _text(_("HS code"), None, 16)
    origin_country = _text(_("Country of origin"), None, 2)
    customs_description = _text(_("Description for customs"), None, 200)
    export_classification = _text(_("Export classification"), None, 60)
    export_note = _words(_("Why it is classed so"), None, 1000)
    vial_gross_mg = CountField(_("Weight of a closed vial, in mg"), validators=[Optional()])


def show() -> Response:
    """Every product with what is known and what is missing."""
    with frame.building() as session:
        found = session.execute(
            select(Product, ProductShipping)
            .outerjoin(ProductShipping, ProductShipping.product_id == Product.id)
            .order_by(Product.name)
        ).all()
        return frame.page(
            session,
            "products",
            section="products",
            rows=[
                {
                    "product": product,
                    "url": url_for("staff.product_shipping", slug=product.slug),
                    "condition": shipping_data.condition_in_words(shipping_data.condition_of(product, row)),
                    "hs_code": row.hs_code if row else "",
                    "origin": row.origin_country if row else "",
                    "complete": bool(row and row.hs_code and row.origin_country and row.customs_description),
                }
                for product, row in found
            ],
        )


def edit(slug: str) -> AnyResponse:
    """The shipping data of one product."""
    form, refusal = ShippingForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            shipping_data.set_shipping(slug, _entered(form), actor=access.signed_in_staff().actor)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The shipping data are kept."))
            return redirect(url_for("staff.products"), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        known = slug if slug.isascii() and slug.isprintable() else ""
        product = session.scalar(select(Product).where(Product.slug == known))
        if product is None:
            raise NotFound(_("There is no such product."))
        row = session.get(ProductShipping, product.id)
        if request.method == "GET":
            form = ShippingForm(obj=row) if row else ShippingForm()
            form.ship_condition.data = shipping_data.condition_of(product, row).value
        return frame.page(
            session,
            "product_shipping",
            section="products",
            status=400 if failed else 200,
            has_errors=failed,
            product=product,
            form=form,
            refusal=refusal,
        )


def _entered(form: ShippingForm) -> ShippingData:
    return ShippingData(
        ship_condition=ShipCondition(form.ship_condition.data),
        hs_code=str(form.hs_code.data or ""),
        origin_country=str(form.origin_country.data or ""),
        customs_description=str(form.customs_description.data or ""),
        export_classification=str(form.export_classification.data or ""),
        export_note=str(form.export_note.data or ""),
        vial_gross_mg=form.vial_gross_mg.data or None,
    )
