"""The concentration calculator: a form sent by GET, so that its address can be kept, shared and printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, Form, StringField
from wtforms.validators import Optional

from shop.catalogue.models import AmountBasis, Product, VialSize
from shop.compounds import substance
from shop.compounds.solutions import InputRefused, VialConcentration, concentration_in_vial
from shop.compounds.units import Kind, Quantity, quantity
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.web.storefront import asked, product_page

QUANTITIES = ("mass", "volume", "molar_mass")
EXAMPLE = (quantity("5 mg"), quantity("2 mL"), quantity("813.93 g/mol"))
"""The worked example of the guide: mass, volume and the molar mass of Semax."""


class ConcentrationForm(Form):
    """Mass, volume and molar mass as typed; a bare number is in mg, mL and g/mol."""

    mass = StringField(_("Mass in the vial, mg"))
    volume = StringField(_("Volume of solvent, mL"))
    molar_mass = StringField(_("Molar mass, g/mol"), validators=[Optional()])
    mixture = BooleanField(_("The material is a mixture without a single molar mass"))


@dataclass(frozen=True, kw_only=True)
class ChosenVial:
    """The vial for which the form was opened."""

    slug: str
    sku: str
    name: str
    url: str
    is_mixture: bool
    is_gross: bool
    mass: str
    molar_mass: str


def show() -> AnyResponse:
    """The guide with the form, and the answer where something was asked."""
    with reading() as session:
        vial = _vial(session, asked.text("product"), asked.text("size"))
        is_asked = any(name in request.args for name in QUANTITIES)
        form = _form(vial, is_asked=is_asked)
        answer = (
            _answer(form, is_mixture=vial.is_mixture if vial else bool(form.mixture.data))
            if is_asked
            else None
        )
        page = render_template(
            "storefront/concentration.html",
            form=form,
            vial=vial,
            answer=answer,
            example=concentration_in_vial(*EXAMPLE),
            has_errors=bool(form.errors),
            canonical=settings().base_url + url_for("storefront.concentration"),
            **({"robots": "noindex"} if request.args else {}),
        )
    return Response(page, status=400 if form.errors else 200)


def _vial(session: Session, slug: str, sku: str) -> ChosenVial | None:
    """The vial named in the address; None where it names none."""
    if not asked.is_slug(slug):
        return None
    product = session.scalar(
        select(Product).where(Product.slug == slug, Product.listed).options(selectinload(Product.sizes))
    )
    if product is None or not product.sizes:
        return None
    size = next((each for each in product.sizes if each.sku == sku), product.sizes[0])
    return _chosen(product, size)


def _chosen(product: Product, size: VialSize) -> ChosenVial:
    mass, molar_mass = product_page.vial_mass(size), product_page.molar_mass_of(product)
    is_gross = product.amount_basis == AmountBasis.GROSS
    return ChosenVial(
        slug=product.slug,
        sku=size.sku,
        name=product.name,
        url=url_for("storefront.product", slug=product.slug),
        is_mixture=substance.peptide(product.compound) is None,
        is_gross=is_gross,
        mass=str(mass) if mass else "",
        molar_mass=str(molar_mass) if molar_mass and not is_gross else "",
    )


def _form(vial: ChosenVial | None, *, is_asked: bool) -> ConcentrationForm:
    typed: MultiDict[str, str] = MultiDict({name: asked.text(name, 100) for name in QUANTITIES})
    if vial is not None and not is_asked:
        typed = MultiDict({"mass": vial.mass, "volume": "", "molar_mass": vial.molar_mass})
    if "mixture" in request.args:
        typed["mixture"] = "1"
    return ConcentrationForm(typed)


def _answer(form: ConcentrationForm, *, is_mixture: bool) -> VialConcentration | None:
    """The answer; None where a field was refused, which then says why."""
    mass = _read(form.mass, "mg", Kind.MASS, _("Enter the mass in the vial, such as 10"))
    volume = _read(form.volume, "mL", Kind.VOLUME, _("Enter the volume of solvent, such as 2"))
    molar_mass = None
    if form.molar_mass.data and not is_mixture:
        molar_mass = _read(form.molar_mass, "g/mol", Kind.MOLAR_MASS, "")
    if form.errors or mass is None or volume is None:
        return None
    with _at_field(form):
        return concentration_in_vial(mass, volume, molar_mass, mixture=is_mixture)
    return None


def _read(field: StringField, unit: str, kind: Kind, missing: str) -> Quantity | None:
    if not field.data:
        field.errors = [missing]
        return None
    try:
        return quantity(field.data, kind, default=unit)
    except Refused as error:
        field.errors = [str(error)]
        return None


@contextmanager
def _at_field(form: ConcentrationForm) -> Iterator[None]:
    """Put a refusal at the field it is about."""
    try:
        yield
    except InputRefused as error:
        form[error.field].errors = [str(error)]
