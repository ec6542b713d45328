"""Files that people send in a form, and PDFs that are sent to them."""

from __future__ import annotations

import re

from flask import Response
from werkzeug.datastructures import FileStorage

from shop.core.settings import settings
from shop.inventory.certificate_files import examine


def pdf(upload: FileStorage | None) -> tuple[str, bytes] | None:
    """Name and bytes of a PDF sent along, examined; None when no file was chosen.

    Raises:
        FileRefused: the file is not a plain PDF, or too large.
    """
    if upload is None or not upload.filename:
        return None
    data = upload.stream.read(settings().certificate_max_bytes + 1)
    examine(data, max_bytes=settings().certificate_max_bytes)
    return _plain_name(upload.filename), data


def as_pdf(data: bytes, name: str) -> Response:
    """A PDF to keep, which no browser opens inside our pages."""
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _plain_name(name: str) -> str:
    """A file name fit for a header and a list: no path, no odd characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return re.sub(r"[^\w.\- ]", "_", last)[-100:] or "document.pdf"
