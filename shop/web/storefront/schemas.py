"""The JSON Schemas (draft 2020-12) of what is given out as JSON, and the `Link` that leads to them."""

from __future__ import annotations

from flask import Response, url_for

from shop.core import assets

MEDIA_TYPE = "application/schema+json"
MONOGRAPH = "monograph-version-1"
PRODUCT = "product-1"
FIGURE = "forest-plot-1"
COMPARISON = "comparison-1"
SOURCES = "sources-1"
CALCULATOR = "calculator-1"
WEBHOOK = "webhook-event-1"
NAMES = (MONOGRAPH, PRODUCT, FIGURE, COMPARISON, SOURCES, CALCULATOR, WEBHOOK)
"""The file names without their ending; the table of addresses lets no other through."""


def show(name: str) -> Response:
    """One schema, as the file stands."""
    text = (assets.folder("static") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    return Response(text, mimetype=MEDIA_TYPE)


def link(name: str) -> str:
    """The value of a `Link` header that says which schema describes an answer."""
    return f'<{url_for("storefront.schema", name=name)}>; rel="describedby"; type="{MEDIA_TYPE}"'
