"""What search engines are told: which pages there are, and which are nobody's business."""

from __future__ import annotations

from flask import Response, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.core.database import reading
from shop.core.settings import settings
from shop.education import learning, revisions
from shop.web.storefront.calculators import CALCULATORS

PRIVATE = ("/cart", "/checkout", "/orders/", "/staff", "/search")
STANDING = (
    "home",
    "education",
    "compare",
    "guides",
    "reconstitution",
    *(slug.replace("-", "_") for slug in (*CALCULATORS, *learning.PAGES)),
    "glossary",
    "products",
    "find_certificate",
    "page_research_use",
    "register_heads",
    "page_delivery",
    "page_returns",
    "page_lot_release",
    "page_monographs",
    "corrections",
    "page_privacy",
    "page_contact",
    "recalls",
)


def robots() -> AnyResponse:
    """Where crawlers need not go."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    lines.append(f"Sitemap: {settings().base_url}{url_for('storefront.sitemap')}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def sitemap() -> AnyResponse:
    """Standing pages, monographs with the day of their version, fields that have one, and products."""
    with reading() as session:
        monographs = revisions.list_current(session)
        products = session.scalars(select(Product.slug).where(Product.listed).order_by(Product.slug))
        days = sorted((each.published_at.date().isoformat(), each.category) for each in monographs)
        fields = {slug: day for day, slug in days}
        paths = [(url_for(f"storefront.{endpoint}"), "") for endpoint in STANDING]
        paths += [(url_for("storefront.category", category=slug), day) for slug, day in fields.items()]
        paths += [
            (
                url_for("storefront.monograph", category=each.category, slug=each.compound),
                each.published_at.date().isoformat(),
            )
            for each in monographs
        ]
        paths += [(url_for("storefront.product", slug=slug), "") for slug in products]
    body = render_template("storefront/sitemap.xml", base_url=settings().base_url, paths=paths)
    return Response(body, mimetype="application/xml")
