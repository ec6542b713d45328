"""Search: one field for names, synonyms, CAS, catalogue and lot numbers, and sequences."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.language import gettext as _
from shop.search import finding
from shop.search.finding import FoundProduct
from shop.web.storefront import asked, education, guides


def show() -> AnyResponse:
    """What was found, by kind. A lot number leads straight to its certificate."""
    query = asked.text("q", finding.LONGEST_QUERY)
    with reading() as session:
        found = finding.find(session, query) if query else finding.NOTHING
        if found.lot is not None:
            return redirect(url_for("storefront.certificate", lot=found.lot), 303)
        found_guides = guides.matching(query)
        return Response(
            render_template(
                "storefront/search.html",
                query=query,
                exact=[(_by(product), product) for product in found.exact],
                products=found.other_products,
                monographs=education.on_page(found.monographs),
                guides=found_guides,
                lots=[(number, url_for("storefront.certificate", lot=number)) for number in found.lots],
                nothing=not (found.products or found.monographs or found.lots or found_guides),
                robots="noindex",
            )
        )


def _by(product: FoundProduct) -> str:
    if product.by == "cas":
        return _("CAS %(number)s", number=product.cas)
    return _("Cat. %(number)s", number=product.catalogue_number)
