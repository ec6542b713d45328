"""What every page has: the shop's name, links only to pages that exist, and how long it may be kept."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from flask import Flask, Response, current_app, request

from shop.core.settings import settings
from shop.web import security
from shop.web.assets import COMPRESSIBLE

SMALLEST_TO_COMPRESS = 1024


@dataclass(frozen=True)
class ShopOnPage:
    """What templates know of the shop."""

    name: str
    contact_email: str
    is_demo: bool
    placement: str
    """How near the catalogue stands to a monograph: beside, linked or detached."""


def set_up(app: Flask) -> None:
    """Give templates the shop, and public answers their cache headers."""
    app.jinja_env.globals["page_exists"] = page_exists

    @app.context_processor
    def _shop() -> dict[str, object]:
        values = settings()
        return {
            "shop": ShopOnPage(
                name=values.shop_name,
                contact_email=values.contact_email,
                is_demo=values.is_demo,
                placement=values.education_placement,
            )
        }

    app.after_request(_let_public_pages_be_kept)


def page_exists(endpoint: str) -> bool:
    """Whether the shop has such a page; a link exists only when its page does."""
    return endpoint in current_app.view_functions


def _let_public_pages_be_kept(response: Response) -> Response:
    """Public pages are the same for everyone: they get a tag to ask again with, and are sent compressed.

    Private pages are never compressed, so that no secret in them can be guessed from a length.
    """
    public = (
        request.method in ("GET", "HEAD")
        and response.status_code == 200
        and not security.is_private()
        and "Cache-Control" not in response.headers
        and "Set-Cookie" not in response.headers
        and not response.direct_passthrough
    )
    if not public:
        return response
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.add_etag()
    response.vary.add("Accept-Encoding")
    compressible = (response.mimetype or "").startswith(COMPRESSIBLE)
    if compressible and request.accept_encodings["gzip"] > 0 and response.content_length is not None:
        data = response.get_data()
        if len(data) >= SMALLEST_TO_COMPRESS:
            response.set_data(gzip.compress(data, 6, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response
