"""The desk of returns: what buyers want to send back, decided, received and looked at."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.ordering import return_requests
from shop.ordering.return_models import ReturnRequest, ReturnState
from shop.ordering.return_requests import Found
from shop.payments import standing
from shop.payments.models import Refund
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff
from shop.web.staff import access, frame, words
from shop.web.staff.listing import ViewLink
from shop.web.staff.words import Badge
from shop.web.visitor import say

VIEWS = {
    "requested": (ReturnState.REQUESTED,),
    "approved": (ReturnState.APPROVED,),
    "received": (ReturnState.RECEIVED,),
    "closed": (ReturnState.INSPECTED, ReturnState.REFUSED),
}


def badge(state: ReturnState) -> Badge:
    """Where a return stands."""
    return {
        ReturnState.REQUESTED: Badge(_("Asked for"), "soon"),
        ReturnState.APPROVED: Badge(_("Allowed, not here yet"), ""),
        ReturnState.REFUSED: Badge(_("Refused"), "off"),
        ReturnState.RECEIVED: Badge(_("Here, in quarantine"), "hold"),
        ReturnState.INSPECTED: Badge(_("Looked at"), "ok"),
    }[state]


def show() -> Response:
    """Returns in one view."""
    chosen = request.args.get("view", "")
    view = chosen if chosen in VIEWS else "requested"
    labels = {
        "requested": _("To decide"),
        "approved": _("On their way"),
        "received": _("To look at"),
        "closed": _("Closed"),
    }
    with frame.building() as session:
        return frame.page(
            session,
            "returns",
            section="returns",
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.returns", view=each),
                    current=each == view,
                    count=None,
                )
                for each, label in labels.items()
            ],
            title=labels[view],
            rows=[
                {
                    "request": each,
                    "url": url_for("staff.return_request", request_id=each.id),
                    "reason": return_requests.reason_in_words(each.reason),
                    "vials": sum(line.quantity for line in each.lines),
                    "badge": badge(each.state),
                }
                for each in return_requests.listed(session, VIEWS[view])
            ],
        )


def one(request_id: int) -> AnyResponse:
    """One return and what can be done with it now."""
    return _page(request_id, "")


def decide(request_id: int) -> AnyResponse:
    """Allow it with instructions, or refuse it with a reason."""

    def act(staff: SignedInStaff) -> str:
        words = _words()
        if request.form.get("do") == "approve":
            return_requests.approve(request_id, instructions=words, staff=staff)
            return _("Allowed. The buyer is told how to send it.")
        return_requests.refuse(request_id, why=words, staff=staff)
        return _("Refused. The buyer is told why.")

    return _act(request_id, act)


def receive(request_id: int) -> AnyResponse:
    """Take what arrived into quarantine."""

    def act(staff: SignedInStaff) -> str:
        return_requests.receive(request_id, _counts("came"), staff=staff, note=_words())
        return _("The vials are in quarantine. Somebody looks at them next.")

    return _act(request_id, act)


def inspect(request_id: int) -> AnyResponse:
    """Say what becomes of each vial."""

    def act(staff: SignedInStaff) -> str:
        kept, gone = _counts("keep"), _counts("write-off")
        return_requests.inspect(
            request_id,
            [
                Found(line_id=line_id, quarantine=kept.get(line_id, 0), write_off=gone.get(line_id, 0))
                for line_id in kept.keys() | gone.keys()
            ],
            staff=staff,
            note=_words(),
        )
        return _("Kept. Where money is due, send it back on the order.")

    return _act(request_id, act)


def _act(request_id: int, act: Callable[[SignedInStaff], str]) -> AnyResponse:
    try:
        say(act(access.signed_in_staff()))
    except NotFound:
        raise
    except Refused as error:
        return _page(request_id, str(error))
    return redirect(url_for("staff.return_request", request_id=request_id), 303)


def _page(request_id: int, refusal: str) -> Response:
    staff = access.signed_in_staff()
    with frame.building() as session:
        found = return_requests.find(session, request_id)
        return frame.page(
            session,
            "return_request",
            section="returns",
            status=400 if refusal else 200,
            has_errors=bool(refusal),
            request=found,
            badge=badge(found.state),
            reason=return_requests.reason_in_words(found.reason),
            lines=_lines(session, found),
            step=_step(found, staff),
            words=request.form.get("words", "")[:2000],
            refusal=refusal,
            refunds=[
                {"refund": each, "badge": words.refund(each)}
                for each in session.scalars(
                    select(Refund).where(Refund.return_request_id == found.id).order_by(Refund.id)
                )
            ],
            can_refund=found.state == ReturnState.INSPECTED
            and staff.may(Permission.CANCEL_ORDERS)
            and standing.of_order(session, found.order_id).left_minor > 0,
        )


def _step(found: ReturnRequest, staff: SignedInStaff) -> str:
    """What this person can do with it now; empty for nothing."""
    step, needs = {
        ReturnState.REQUESTED: ("decide", Permission.REVIEW_ORDERS),
        ReturnState.APPROVED: ("receive", Permission.RECEIVE_LOTS),
        ReturnState.RECEIVED: ("inspect", Permission.RELEASE_LOTS),
    }.get(found.state, ("", Permission.SEE_ORDERS))
    return step if staff.may(needs) else ""


def _lines(session: Session, found: ReturnRequest) -> list[dict[str, object]]:
    came = return_requests.received(session, found.order, found)
    return [
        {
            "line": line,
            "lot": line.sent.lot,
            "came": came[line.id],
            "entered": {
                name: request.form.get(f"{name}-{line.id}", "")[:6] for name in ("came", "keep", "write-off")
            },
        }
        for line in found.lines
    ]


def _words() -> str:
    typed = request.form.get("words", "").replace("\r\n", "\n")[:2000]
    return "".join(sign for sign in typed if sign.isprintable() or sign == "\n").strip()


def _counts(name: str) -> dict[int, int]:
    """Numbers of vials by line of the request.

    Raises:
        Refused: one is not a number.
    """
    found = {}
    for field, text in request.form.items():
        start, _dash, line_id = field.rpartition("-")
        if start != name or not (line_id.isascii() and line_id.isdigit() and len(line_id) <= 9):
            continue
        typed = text.strip() or "0"
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 6):
            raise Refused(_("Enter whole numbers of vials."))
        found[int(line_id)] = int(typed)
    return found
