"""What a calculator can be filled in from: a lot with its certificate, or a vial of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import AmountBasis, Product, VialSize
from shop.compounds import substance
from shop.compounds.masses import CounterIon
from shop.compounds.units import Kind, Quantity, quantity
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory import certificates
from shop.inventory.models import CertificateRevision, Conclusion, Lot, LotState
from shop.search import released_lots
from shop.web.storefront import asked, product_page

MOST_REVISIONS = 9_999
CONTENT = ("net_peptide", "net_peptide_content")
"""Attributes of a certificate whose result is the net peptide content."""
PURITY = ("purity_hplc",)
COUNTER_IONS = {
    "trifluoroacet": CounterIon.TRIFLUOROACETATE,
    "tfa": CounterIon.TRIFLUOROACETATE,
    "hydrochlor": CounterIon.HYDROCHLORIDE,
    "hcl": CounterIon.HYDROCHLORIDE,
    "acet": CounterIon.ACETATE,
}
"""What the words of a salt form begin with, the longer names first."""


@dataclass(frozen=True, kw_only=True)
class LotUsed:
    """The lot whose certificate filled in a form, and which revision of it."""

    number: str
    url: str
    revision: int
    newest: int
    issued_on: date
    warning: str
    """What has become of the lot since, where it matters to those who hold vials of it."""


@dataclass(frozen=True, kw_only=True)
class MaterialUsed:
    """What is known of a vial: nothing in it was typed by the reader."""

    name: str
    url: str
    parameters: dict[str, str]
    """What names this vial in an address."""
    is_mixture: bool
    is_net: bool
    mass: Quantity | None
    molar_mass: Quantity | None
    salt_form: str
    counter_ion: CounterIon | None
    content: Quantity | None = None
    purity: Quantity | None = None
    lot: LotUsed | None = None


class LotRefused(Refused):
    """The lot that was asked for cannot fill in a calculator."""


def asked_for(session: Session) -> MaterialUsed | None:
    """The lot or the vial that the address names; None where it names none.

    Raises:
        LotRefused: there is no such lot, or no published certificate of it.
    """
    typed = asked.text("lot", 60)
    if typed:
        return _of_lot(session, typed)
    return _of_vial(session, asked.text("product"), asked.text("size"))


def _of_lot(session: Session, typed: str) -> MaterialUsed:
    number = released_lots.exact(session, typed)
    lot = (
        session.scalar(
            select(Lot)
            .where(Lot.number == number)
            .options(
                selectinload(Lot.certificates).joinedload(CertificateRevision.tests),
                selectinload(Lot.events),
            )
        )
        if number
        else None
    )
    if lot is None:
        raise LotRefused(_("We have no lot %(lot)s. Check the number on the label.", lot=typed.upper()))
    newest = certificates.current(lot)
    if newest is None or not released_lots.ever_released(lot):
        raise LotRefused(
            _("Lot %(lot)s has not been released, so it has no certificate to read.", lot=lot.number)
        )
    revision = _asked_revision(lot, newest)
    return _of_size(
        lot.product,
        lot.vial_size,
        {"lot": lot.number, "revision": str(revision.revision)},
        content=_result(revision, CONTENT),
        purity=_result(revision, PURITY),
        lot=LotUsed(
            number=lot.number,
            url=url_for(
                "storefront.certificate",
                lot=lot.number,
                revision=revision.revision if revision is not newest else None,
            ),
            revision=revision.revision,
            newest=newest.revision,
            issued_on=revision.issued_on,
            warning=_warning(lot, revision, newest),
        ),
    )


def _asked_revision(lot: Lot, newest: CertificateRevision) -> CertificateRevision:
    """The published revision that the address names, so that a kept address keeps its figures."""
    if not request.args.get("revision"):
        return newest
    wanted = asked.whole_number("revision", MOST_REVISIONS)
    for each in lot.certificates:
        if each.revision == wanted and each.published_at is not None:
            return each
    raise LotRefused(_("Lot %(lot)s has no such revision of its certificate.", lot=lot.number))


def _warning(lot: Lot, revision: CertificateRevision, newest: CertificateRevision) -> str:
    if lot.state == LotState.RECALLED:
        return _("This lot was recalled. Do not use vials of it.")
    if lot.state == LotState.ON_HOLD:
        return _("This lot is on hold while a question about it is settled.")
    if lot.state == LotState.REJECTED:
        return _("This lot was rejected. Do not use vials of it.")
    if revision is not newest:
        return _(
            "Revision %(newest)s of the certificate has replaced revision %(used)s, which is used here.",
            newest=newest.revision,
            used=revision.revision,
        )
    return ""


def _result(revision: CertificateRevision, attributes: tuple[str, ...]) -> Quantity | None:
    """A result in percent as printed; None where it was not measured or is given in another way."""
    for test in revision.tests:
        if test.attribute in attributes and test.conclusion != Conclusion.NOT_TESTED and test.result_text:
            try:
                return quantity(test.result_text, Kind.PERCENT, default=test.unit or None)
            except Refused:
                return None
    return None


def _of_vial(session: Session, slug: str, sku: str) -> MaterialUsed | None:
    if not asked.is_slug(slug):
        return None
    product = session.scalar(
        select(Product).where(Product.slug == slug, Product.listed).options(selectinload(Product.sizes))
    )
    if product is None or not product.sizes:
        return None
    size = next((each for each in product.sizes if each.sku == sku), product.sizes[0])
    return _of_size(product, size, {"product": product.slug, "size": size.sku})


def _of_size(
    product: Product,
    size: VialSize,
    parameters: dict[str, str],
    *,
    content: Quantity | None = None,
    purity: Quantity | None = None,
    lot: LotUsed | None = None,
) -> MaterialUsed:
    return MaterialUsed(
        name=product.name,
        url=url_for("storefront.product", slug=product.slug) if product.listed else "",
        parameters=parameters,
        is_mixture=substance.peptide(product.compound) is None,
        is_net=product.amount_basis == AmountBasis.NET_PEPTIDE,
        mass=product_page.vial_mass(size),
        molar_mass=product_page.molar_mass_of(product),
        salt_form=product.salt_form,
        counter_ion=counter_ion(product.salt_form),
        content=content,
        purity=purity,
        lot=lot,
    )


def counter_ion(salt_form: str) -> CounterIon | None:
    """The counter-ion that the words of a salt form name; None where they name none of ours."""
    words = salt_form.casefold().split()
    return next(
        (ion for start, ion in COUNTER_IONS.items() if any(word.startswith(start) for word in words)), None
    )
