"""Documents for staff: purchase orders, and certificates that are not public yet."""

from __future__ import annotations

from flask import Response

from shop.core import files
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory import lot_index
from shop.inventory.models import CertificateRevision
from shop.ordering import whole_order

PDF, CSV = "application/pdf", "text/csv; charset=utf-8"

VIEWER_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For a document shown by the browser's own viewer: it may load nothing and send nothing."""


def purchase_order(number: str) -> Response:
    """The purchase order a buyer sent along."""
    with reading() as session:
        order = whole_order.load(session, number).order
        if order.po_file_sha256 is None:
            raise NotFound(_("No file was sent with this purchase order."))
        sha256, name = order.po_file_sha256, f"order-{order.number}-purchase-order.pdf"
    return _file(sha256, name, PDF, inline=False)


def certificate(lot: str, revision: int) -> Response:
    """The PDF of a revision, shown beside the figures typed from it. It was examined before it was kept."""
    found = _revision(lot, revision)
    return _file(found[0], f"{found[2]}-revision-{revision}.pdf", PDF, inline=True)


def chromatogram(lot: str, revision: int) -> Response:
    """The chromatogram of a revision as the laboratory sent it."""
    found = _revision(lot, revision)
    if found[1] is None:
        raise NotFound(_("This certificate came without a chromatogram."))
    return _file(found[1], f"{found[2]}-revision-{revision}.csv", CSV, inline=False)


def _revision(lot: str, revision: int) -> tuple[str, str | None, str]:
    with reading() as session:
        loaded = lot_index.load(session, lot)
        found: CertificateRevision | None = next(
            (each for each in loaded.certificates if each.revision == revision), None
        )
        if found is None:
            raise NotFound(_("Lot %(lot)s has no such certificate.", lot=loaded.number))
        return found.document_sha256, found.chromatogram_sha256, loaded.number


def sent_along(sha256: str, name: str) -> Response:
    """A PDF that somebody sent in, to be kept, never shown inside a page of the shop."""
    return _file(sha256, name, PDF, inline=False)


def _file(sha256: str, name: str, content_type: str, *, inline: bool) -> Response:
    response = Response(files.store().get(sha256), content_type=content_type)
    place = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f'{place}; filename="{name}"'
    response.headers["Content-Security-Policy"] = VIEWER_POLICY
    return response
