"""Invoices and credit notes for the buyer, behind the key of their order."""

from __future__ import annotations

from flask import Response, send_file

from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.ordering import fulfilment
from shop.payments import dossier, invoice_papers, invoices
from shop.web.checkout.order import order_at_this_address


def paper(number: str, paper: str) -> Response:
    """One paper of the order as PDF."""
    order_id = order_at_this_address(number)
    with reading() as session:
        found = next(
            (each for each in invoices.papers_of_order(session, order_id) if each.number == paper), None
        )
        if found is None:
            raise NotFound(_("This order has no such paper."))
        data, name = invoice_papers.pdf(session, found.id), f"{found.number}.pdf"
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def whole(number: str) -> Response:
    """Everything on paper about the order, in one zip file."""
    return dossier_of(order_at_this_address(number))


def dossier_of(order_id: int) -> Response:
    """The dossier as an answer; it is read from disk while it is sent."""
    with reading() as session:
        name = dossier.file_name(fulfilment.find(session, order_id))
        data = dossier.write(session, order_id)
    return send_file(data, mimetype="application/zip", as_attachment=True, download_name=name)
