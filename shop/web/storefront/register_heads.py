"""The published ends of the register of research-use statements, for people and for machines."""

from __future__ import annotations

from flask import Response, render_template, url_for

from shop.attestations import day_heads
from shop.core.database import reading
from shop.core.settings import settings
from shop.web.storefront import sent_file

SHOWN = 400
"""Heads on the page; the file holds all of them."""


def show() -> Response:
    """The heads by day, what they are for, and how to check one."""
    with reading() as session:
        heads = day_heads.published(session)
    return Response(
        render_template(
            "storefront/register_heads.html",
            canonical=settings().base_url + url_for("storefront.register_heads"),
            heads=heads[:SHOWN],
            left_out=max(0, len(heads) - SHOWN),
        )
    )


def as_values() -> Response:
    """All of them as JSON, in the form that `aliquot audit --heads` reads."""
    with reading() as session:
        document = day_heads.as_document(day_heads.published(session))
    return sent_file.as_json(document, "heads.json")
