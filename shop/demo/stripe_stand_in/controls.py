"""`/_stand_in/`: what tests and the curious can make happen that Stripe's API cannot. JSON in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from . import checkout, payments
from .access import require_key, this
from .account import Json
from .errors import ParameterError, no_such
from .faults import KINDS, Fault

controls = Blueprint("controls", __name__, url_prefix="/_stand_in")
controls.before_request(require_key)


def _asked(**defaults: Any) -> Json:
    """The JSON body over these defaults; ParameterError for another name or type."""
    given = request.get_json(force=True, silent=True) if request.get_data(cache=True) else {}
    if not isinstance(given, dict):
        raise ParameterError("The body must be a JSON object.")
    for name, value in given.items():
        types = (int, float) if type(defaults.get(name)) is float else (type(defaults.get(name)),)
        if type(value) not in types:
            raise ParameterError(f"Unknown parameter, or of another type: {name}", name)
    return {**defaults, **given}


def _chosen(value: str, *choices: str) -> str:
    if value not in choices:
        raise ParameterError(f"{value!r} must be one of {', '.join(choices)}")
    return value


@controls.get("/events")
def events() -> Json:
    """Every event with the state of its webhook, oldest first."""
    account = this().account
    with account.lock:
        shown = [
            {**delivery, "id": id_, "type": event["type"], "object": event["data"]["object"]["id"]}
            for id_, delivery in account.deliveries.items()
            for event in (account.objects[id_],)
        ]
    return {"holding": this().webhooks.holding, "events": shown}


@controls.post("/events/<id_>/resend")
def resend(id_: str) -> Json:
    """Send an event once more, now, whatever became of it before."""
    with this().account.lock:
        this().account.find("event", id_)
    return {"status": this().webhooks.deliver(id_)}


@controls.post("/webhooks/hold")
def hold() -> Json:
    """Keep new events back."""
    this().webhooks.holding = True
    return {"holding": True}


@controls.post("/webhooks/release")
def release() -> Json:
    """Send what was kept back, in an order; leave some out for ever."""
    asked = _asked(order="as_made", drop=[])
    order = _chosen(asked["order"], "as_made", "reversed", "shuffled")
    return {"sent": this().webhooks.release(order, {str(item) for item in asked["drop"]})}


@controls.post("/faults")
def order_fault() -> Json:
    """Let the next API calls fail in one of the ways of `faults.KINDS`."""
    fault = Fault(**_asked(kind="", count=1, method="", path="", status=503, seconds=0.0))
    means = KINDS[_chosen(fault.kind, *KINDS)]
    this().faults.order(fault)
    return {"kind": fault.kind, "means": means}


@controls.delete("/faults")
def clear_faults() -> Json:
    """Let no further API call fail."""
    this().faults.clear()
    return {}


@controls.post("/payments/<id_>/<outcome>")
def change_payment(id_: str, outcome: str) -> Json:
    """`finish` or `fail` a bank debit under way; `dispute` a paid charge."""
    account = this().account
    with account.changing():
        intent = account.find("payment_intent", id_)
        if _chosen(outcome, "finish", "fail", "dispute") == "dispute":
            if intent["latest_charge"] is None:
                raise no_such("charge", f"of {id_}")
            return payments.dispute(account, account.find("charge", intent["latest_charge"]))
        payments.answer_debit(account, intent, paid=outcome == "finish")
        checkout.follow(account, intent)
        return intent


@controls.post("/refunds/<id_>/<outcome>")
def change_refund(id_: str, outcome: str) -> Json:
    """`finish` a pending refund, or let one `fail` at the bank."""
    account = this().account
    with account.changing():
        made = account.find("refund", id_)
        payments.settle_refund(account, made, paid=_chosen(outcome, "finish", "fail") == "finish")
        return made


@controls.post("/disputes/<id_>/close")
def close_dispute(id_: str) -> Json:
    """End a dispute."""
    status = _chosen(_asked(status="lost")["status"], "won", "lost")
    account = this().account
    with account.changing():
        made = account.find("dispute", id_)
        payments.close_dispute(account, made, status)
        return made


@controls.post("/clock")
def advance_clock() -> Json:
    """Move the account's clock on by `advance` seconds (0 by default); sessions past their time expire."""
    asked, account = _asked(advance=0), this().account
    with account.changing():
        account.clock_offset += asked["advance"]
        checkout.sweep(account)
        return {"now": account.now()}


@controls.post("/reset")
def reset() -> Json:
    """Forget everything, faults and held events included."""
    stand_in = this()
    stand_in.faults.clear()
    stand_in.webhooks.forget()
    with stand_in.account.changing():
        stand_in.account.clear()
    return {}
