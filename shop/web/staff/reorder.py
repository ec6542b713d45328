"""Reorder points: what is left of each vial size, and from how few vials on staff are told."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory import attention
from shop.web.staff import access, frame
from shop.web.staff.forms import ReorderPointForm
from shop.web.visitor import say


def show() -> AnyResponse:
    """Every vial size with its stock and its reorder point; the low ones first."""
    form = ReorderPointForm(request.form)
    refusals: list[tuple[str, str]] = []
    asked = str(form.sku.data or "")
    if request.method == "POST":
        refusals = _set(form, asked)
        if not refusals:
            say(_("The reorder point of %(sku)s is set.", sku=asked))
            return redirect(url_for("staff.reorder_points"), 303)
    with frame.building() as session:
        rows = attention.stock_of_sizes(session, clock.today())
        return frame.page(
            session,
            "reorder_points",
            section="lots",
            status=400 if refusals else 200,
            has_errors=bool(refusals),
            rows=sorted(rows, key=lambda row: not row.is_low),
            refusals=refusals,
            asked=asked,
            typed=request.form.get("point", "")[:20],
        )


def _set(form: ReorderPointForm, sku: str) -> list[tuple[str, str]]:
    """What was refused; nothing when the point is set."""
    if not form.validate():
        return [(f"point-{sku}" if sku else "", text) for texts in form.errors.values() for text in texts]
    try:
        attention.set_reorder_point(sku, form.point.data, actor=access.signed_in_staff().actor)
    except Refused as error:
        return [("", str(error))]
    return []
