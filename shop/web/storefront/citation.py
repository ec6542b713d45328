"""How to cite a reagent in a methods section: supplier, catalogue number, lot, and the certificate relied
on.
"""

from __future__ import annotations

from flask import url_for

from shop.catalogue.models import Product
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.coa_record import number_of
from shop.inventory.models import CertificateRevision, Lot
from shop.search.released_lots import headline


def of_lot(lot: Lot, revision: CertificateRevision) -> str:
    """The citation of one lot as one revision of its certificate describes it, in one line of plain text."""
    result = headline(revision)
    address = settings().base_url + url_for(
        "storefront.certificate", lot=lot.number, revision=revision.revision
    )
    measured = f"{result.name} {result.result_text} ({result.method}); " if result is not None else ""
    return _(
        "%(product)s (%(supplier)s, cat. no. %(number)s, lot %(lot)s; %(measured)scertificate of analysis "
        "%(certificate)s, revision %(revision)s, %(address)s)",
        product=lot.product.name,
        supplier=settings().shop_name,
        number=lot.product.catalogue_number,
        lot=lot.number,
        measured=measured,
        certificate=number_of(lot),
        revision=revision.revision,
        address=address,
    )


def of_product(product: Product) -> str:
    """The citation of a product without a lot: where its lot goes is left to be filled in."""
    return _(
        "%(product)s (%(supplier)s, cat. no. %(number)s, lot [number on the vial])",
        product=product.name,
        supplier=settings().shop_name,
        number=product.catalogue_number,
    )
