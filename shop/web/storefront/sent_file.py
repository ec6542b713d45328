"""Answers that are files: their kind, their name, and leave to do nothing when a browser opens them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response

from shop.web.storefront import schemas

JSON = "application/json"
CSV = "text/csv"
MARKDOWN = "text/markdown"
SVG = "image/svg+xml"
ZIP = "application/zip"

_UTF_8 = "; charset=utf-8"


def sent_file(
    body: str | bytes, media_type: str, name: str, *, saved: bool = False, style_hash: str = ""
) -> Response:
    """A file; `saved` asks the browser to keep it, `style_hash` names the one style sheet it may use."""
    response = Response(body)
    response.headers["Content-Type"] = media_type + (_UTF_8 if isinstance(body, str) else "")
    style = f"; style-src '{style_hash}'" if style_hash else ""
    response.headers["Content-Security-Policy"] = f"default-src 'none'{style}; sandbox"
    response.headers["Content-Disposition"] = f'{"attachment" if saved else "inline"}; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def as_json(
    value: Mapping[str, object] | list[object], name: str, media_type: str = JSON, *, schema: str = ""
) -> Response:
    """A value as JSON that people can read too; `schema` names the one that describes it."""
    body = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    response = sent_file(body, media_type, name)
    if schema:
        response.headers["Link"] = schemas.link(schema)
    return response
