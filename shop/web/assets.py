"""Static files, under addresses that hold a hash of all of them, so that they can be kept for a year."""

from __future__ import annotations

import gzip
import mimetypes
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

from shop.core import assets

COMPRESSIBLE = (
    "text/",
    "image/svg+xml",
    "application/json",
    "application/javascript",
    "application/atom+xml",
)

_STRING_OR_SPACE = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/|\s*(?P<sign>[{};])\s*""", re.DOTALL
)


def set_up(app: Flask) -> None:
    """Serve `/static/<version>/…` and give templates `asset()`."""
    app.jinja_env.globals["asset"] = address
    app.add_url_rule("/static/<version>/<path:name>", "static_file", _serve)
    app.add_url_rule("/favicon.ico", "favicon", _favicon)


def address(name: str) -> str:
    """Where a static file is served."""
    return f"/static/{assets.static_version()}/{name}"


def _favicon() -> Response:
    return _serve(assets.static_version(), "icons/favicon.svg")


def _serve(version: str, name: str) -> Response:
    if version != assets.static_version():
        abort(404)
    found = _read(name)
    if found is None:
        abort(404)
    data, packed, media_type = found
    squeezed = packed is not None and request.accept_encodings["gzip"] > 0
    response = Response(packed if squeezed and packed is not None else data, mimetype=media_type)
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    if packed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def minified(css: str) -> str:
    """A style sheet without comments, and without the spaces around braces and semicolons."""
    return _STRING_OR_SPACE.sub(lambda found: found["string"] or found["sign"] or "", css).strip()


@cache
def _read(name: str) -> tuple[bytes, bytes | None, str] | None:
    joined = safe_join(str(assets.folder("static")), name)
    if joined is None or not Path(joined).is_file():
        return None
    data = Path(joined).read_bytes()
    if name.endswith(".css"):
        data = minified(data.decode()).encode()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(data, 9, mtime=0) if media_type.startswith(COMPRESSIBLE) else None
    return data, packed, media_type
