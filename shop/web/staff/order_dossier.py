"""The papers of an order for staff, in one zip file."""

from __future__ import annotations

from flask import Response

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.ordering.models import order_id_of
from shop.web.checkout.order_papers import dossier_of


def show(number: str) -> Response:
    """The dossier of an order."""
    order_id = order_id_of(number)
    if order_id is None:
        raise NotFound(_("There is no order %(number)s. Check the number.", number=number[:20]))
    return dossier_of(order_id)
