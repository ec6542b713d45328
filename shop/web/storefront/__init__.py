"""What anyone may read: home, education, guides, products, certificates, search and the standing pages."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from shop.web.storefront import (
    certificate,
    concentration,
    contact,
    crawlers,
    education,
    guides,
    home,
    monograph,
    product,
    product_documents,
    products,
    recalls,
    search,
    standing,
)

VERSION = f"<int(max={monograph.LAST_VERSION}):number>"

PAGES = (
    ("/", "home", home.show),
    ("/education", "education", education.index),
    ("/education/<category>", "category", education.category),
    ("/education/<category>/<slug>", "monograph", monograph.show),
    (f"/education/<category>/<slug>/v/{VERSION}", "monograph_version", monograph.show_version),
    ("/guides", "guides", guides.index),
    ("/guides/reconstitution", "reconstitution", guides.reconstitution),
    ("/guides/concentration", "concentration", concentration.show),
    ("/products", "products", products.show),
    ("/products/<slug>", "product", product.show),
    ("/coa", "find_certificate", certificate.find),
    ("/coa/<lot>", "certificate", certificate.show),
    ("/search", "search", search.show),
    ("/research-use-terms", "page_research_use", standing.research_use),
    ("/privacy", "page_privacy", standing.privacy),
    ("/returns", "page_returns", standing.returns),
    ("/contact", "page_contact", contact.show),
    ("/how-lots-are-released", "page_lot_release", standing.lot_release),
    ("/how-monographs-are-written", "page_monographs", standing.monographs),
    ("/shipping", "page_delivery", standing.delivery),
    ("/recalls", "recalls", recalls.show),
    ("/products/<slug>/documents", "product_documents", product_documents.show),
    ("/contact/received", "contact_received", contact.received),
    ("/contact/not-answered", "contact_refused", contact.refused),
)
"""Address, endpoint and view of every page."""

DOCUMENTS = (
    ("/education/<category>/<slug>/figure.svg", "figure_svg", monograph.figure_svg),
    (f"/education/<category>/<slug>/v/{VERSION}/figure.svg", "figure_svg", monograph.figure_svg),
    ("/education/<category>/<slug>/figure.csv", "figure_csv", monograph.figure_csv),
    (f"/education/<category>/<slug>/v/{VERSION}/figure.csv", "figure_csv", monograph.figure_csv),
    ("/coa/<lot>.pdf", "certificate_pdf", certificate.document),
    ("/coa/<lot>/trace.csv", "certificate_trace", certificate.trace),
    (
        "/products/<slug>/documents/<kind>-<language>-<int(max=9999):revision>.pdf",
        "product_document",
        product_documents.document,
    ),
    ("/robots.txt", "robots", crawlers.robots),
    ("/sitemap.xml", "sitemap", crawlers.sitemap),
)
"""The same for what is not a page."""

blueprint = Blueprint("storefront", __name__)


def _without_slash(**_parts: object) -> Response:
    """An address with a slash at its end is the page without it."""
    query = request.query_string.decode("latin-1")
    return redirect(request.path.rstrip("/") + (f"?{query}" if query else ""), 301)


for address, endpoint, view in (*PAGES, *DOCUMENTS):
    blueprint.add_url_rule(address, endpoint, view)
for address, _endpoint, _view in PAGES[1:]:
    blueprint.add_url_rule(f"{address}/", "without_slash", _without_slash)
blueprint.add_url_rule("/contact", "send_enquiry", contact.send, methods=["POST"])
