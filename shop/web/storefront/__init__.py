"""What anyone may read: home, education, guides, products, certificates, search and the standing pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from shop.education import glossary
from shop.education.learning import PAGES as LEARNING
from shop.web.storefront import (
    certificate,
    certificate_data,
    compare,
    contact,
    corrections,
    crawlers,
    data_package,
    education,
    figures,
    guides,
    history,
    home,
    learning,
    monograph,
    product,
    product_documents,
    product_lots,
    product_twins,
    products,
    recalls,
    records,
    references,
    register_heads,
    schemas,
    search,
    sequences,
    standing,
    twins,
)
from shop.web.storefront.calculators import CALCULATORS, in_json, page

VERSION = f"<int(max={monograph.LAST_VERSION}):number>"
TWO_VERSIONS = f"<int(max={history.LAST_VERSION}):old>..<int(max={history.LAST_VERSION}):new>"

PAGES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("/", "home", home.show),
    ("/education", "education", education.index),
    ("/education/compare", "compare", compare.show),
    ("/education/<category>", "category", education.category),
    ("/education/<category>/<slug>", "monograph", monograph.show),
    (f"/education/<category>/<slug>/v/{VERSION}", "monograph_version", monograph.show_version),
    ("/education/<category>/<slug>/records/<record>", "record", records.show),
    (f"/education/<category>/<slug>/v/{VERSION}/records/<record>", "version_record", records.show),
    ("/education/<category>/<slug>/versions", "versions", history.versions),
    (f"/education/<category>/<slug>/changes/{TWO_VERSIONS}", "changes", history.show),
    ("/education/<category>/<slug>/report", "report", corrections.report),
    ("/education/<category>/<slug>/report/sent", "report_sent", corrections.report_sent),
    ("/corrections", "corrections", corrections.corrections),
    ("/guides", "guides", guides.index),
    ("/guides/reconstitution", "reconstitution", guides.reconstitution),
    *((f"/guides/{slug}", slug.replace("-", "_"), partial(page.show, slug)) for slug in CALCULATORS),
    *((f"/guides/{slug}", slug.replace("-", "_"), partial(learning.show, slug)) for slug in LEARNING),
    ("/glossary", "glossary", learning.terms),
    ("/products", "products", products.show),
    ("/products/<slug>", "product", product.show),
    ("/products/<slug>/lots", "product_lots", product_lots.show),
    ("/coa", "find_certificate", certificate.find),
    ("/coa/check", "check_document", certificate_data.check),
    ("/coa/<lot>", "certificate", certificate.show),
    ("/coa/<lot>/print", "certificate_print", certificate.to_print),
    ("/search", "search", search.show),
    ("/research-use-terms", "page_research_use", standing.research_use),
    ("/research-use/heads", "register_heads", register_heads.show),
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

SCHEMAS = ", ".join(f"'{name}'" for name in schemas.NAMES)
REFERENCES = f"<any({', '.join(references.FORMATS)}):ending>"


Address = tuple[str, str, Callable[..., Response]]


def _with_versions(tail: str, endpoint: str, view: Callable[..., Response]) -> tuple[Address, ...]:
    """A file of the current version of a monograph, and the same of each version."""
    monograph_address = "/education/<category>/<slug>"
    return (
        (f"{monograph_address}{tail}", endpoint, view),
        (f"{monograph_address}/v/{VERSION}{tail}", endpoint, view),
    )


DOCUMENTS: tuple[Address, ...] = (
    *_with_versions(".json", "monograph_json", twins.as_values),
    *_with_versions(".md", "monograph_md", twins.as_markdown),
    *_with_versions("/data.zip", "data_zip", data_package.archive),
    *_with_versions("/sequence.svg", "sequence_svg", sequences.diagram),
    *_with_versions("/figure.svg", "figure_svg", figures.svg),
    *_with_versions("/figure.csv", "figure_csv", figures.rows),
    *_with_versions("/figure.json", "figure_json", figures.values),
    *_with_versions(f"/sources.{REFERENCES}", "sources", references.all_sources),
    *_with_versions(f"/sources/<key>.{REFERENCES}", "source", references.one_source),
    *_with_versions(f"/cite.{REFERENCES}", "cite", references.this_page),
    ("/education/compare.json", "compare_json", compare.as_values),
    ("/education/compare.csv", "compare_csv", compare.as_rows),
    ("/products/<slug>.json", "product_json", product_twins.as_values),
    ("/products/<slug>.md", "product_md", product_twins.as_markdown),
    ("/products/<slug>/lots.csv", "product_lots_file", product_lots.as_file),
    ("/education/changes.atom", "changes_feed", history.feed),
    ("/education/<category>/<slug>/changes.atom", "monograph_feed", history.feed_of_one),
    ("/coa/<lot>.pdf", "certificate_pdf", certificate.document),
    ("/coa/<lot>.json", "certificate_json", certificate_data.show),
    ("/schemas/coa-1.json", "coa_schema", certificate_data.schema),
    (f"/schemas/<any({SCHEMAS}):name>.json", "schema", schemas.show),
    ("/coa/<lot>/trace.csv", "certificate_trace", certificate.trace),
    *(
        (f"/guides/{slug}.json", f"{slug.replace('-', '_')}_json", partial(in_json.show, slug))
        for slug in CALCULATORS
    ),
    (
        "/products/<slug>/documents/<kind>-<language>-<int(max=9999):revision>.pdf",
        "product_document",
        product_documents.document,
    ),
    ("/research-use/heads.json", "register_heads_json", register_heads.as_values),
    ("/robots.txt", "robots", crawlers.robots),
    ("/sitemap.xml", "sitemap", crawlers.sitemap),
)
"""The same for what is not a page."""

blueprint = Blueprint("storefront", __name__)
blueprint.add_app_template_global(glossary.terms().__getitem__, "glossary_term")
blueprint.add_app_template_global(glossary.named, "glossary_named")


def _without_slash(**_parts: object) -> Response:
    """An address with a slash at its end is the page without it."""
    query = request.query_string.decode("latin-1")
    return redirect(request.path.rstrip("/") + (f"?{query}" if query else ""), 301)


for address, endpoint, view in (*PAGES, *DOCUMENTS):
    blueprint.add_url_rule(address, endpoint, view)
blueprint.add_url_rule("/education/<category>/<slug>/report", "report", corrections.report, methods=["POST"])
blueprint.add_url_rule("/coa/check", "receive_document", certificate_data.receive, methods=["POST"])
for address, _endpoint, _view in PAGES[1:]:
    blueprint.add_url_rule(f"{address}/", "without_slash", _without_slash)
blueprint.add_url_rule("/contact", "send_enquiry", contact.send, methods=["POST"])
