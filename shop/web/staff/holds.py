"""Vials kept for buyers without an order: what was asked for, what is kept, and deciding it."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory.models import HoldState, LotHold
from shop.ordering import kept_vials
from shop.web.staff import access, frame
from shop.web.staff.forms import DecisionForm, HoldForm
from shop.web.visitor import say


def show() -> Response:
    """What waits for a decision, and what is kept now."""
    with frame.building() as session:
        found = kept_vials.waiting(session)
        return frame.page(
            session,
            "holds",
            section="holds",
            asked=[each for each in found if each.state == HoldState.ASKED],
            held=[each for each in found if each.state == HoldState.HELD],
        )


def decide(hold: int) -> AnyResponse:
    """Keep the vials, refuse with a reason, or end what is kept."""
    grant, reason = HoldForm(request.form), DecisionForm(request.form)
    refusal = ""
    if request.method == "POST":
        chosen = request.form.get("do", "")
        form = grant if chosen == "grant" else reason
        if form.validate():
            try:
                say(_act(hold, chosen, grant, reason))
                return redirect(url_for("staff.holds"), 303)
            except Refused as error:
                refusal = str(error)
    failed = bool(grant.errors or reason.errors or refusal)
    with frame.building() as session:
        found = session.get(LotHold, hold) if hold < 2**31 else None
        if found is None:
            raise NotFound(_("There is no such hold."))
        if request.method == "GET":
            grant.vials.data = min(found.quantity, max(found.lot.free, 1))
        return frame.page(
            session,
            "hold",
            section="holds",
            status=400 if failed else 200,
            has_errors=failed,
            hold=found,
            order=kept_vials.order_of(session, found),
            grant=grant,
            reason=reason,
            refusal=refusal,
            asked=found.state == HoldState.ASKED,
            held=found.state == HoldState.HELD,
        )


def _act(hold: int, chosen: str, grant: HoldForm, reason: DecisionForm) -> str:
    staff = access.signed_in_staff()
    if chosen == "grant":
        kept_vials.decide(hold, grant=True, staff=staff, vials=grant.vials.data)
        return _("The vials are kept. The buyer is told by mail.")
    if chosen == "refuse":
        kept_vials.decide(hold, grant=False, staff=staff, reason=str(reason.reason.data))
        return _("The buyer is told by mail that the vials are not kept.")
    if chosen == "end":
        kept_vials.end(hold, staff=staff, reason=str(reason.reason.data))
        return _("The vials are free again.")
    raise Refused(_("Choose whether to keep the vials."))
