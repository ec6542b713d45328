"""Calls about what the account has been through: events, disputes, its balance, where it sends webhooks."""

from __future__ import annotations

import copy

from . import payments
from .access import this
from .account import Account, Json
from .api import described, listed, readable
from .errors import StripeError, no_such
from .parameters import boolean, metadata, text
from .protocol import PAGE, call, page

ENDPOINT = "we_specimen"
EVIDENCE = (
    "access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal "
    "customer_email_address customer_name customer_purchase_ip duplicate_charge_explanation "
    "duplicate_charge_id product_description refund_policy_disclosure refund_refusal_explanation "
    "service_date shipping_address shipping_carrier shipping_date shipping_tracking_number uncategorized_text"
)

readable("event", "events")
readable("dispute", "disputes")
listed("dispute", "disputes", "charge", "payment_intent")


@call("GET", "/events", **PAGE, type=text, types=[text], delivery_success=boolean)
def list_events(account: Account, params: Json) -> Json:
    """Events, newest first; `delivery_success=false` finds those whose webhook has not arrived.

    A type may end in `*`, for all that begin so.
    """
    types = [*params.get("types", []), *([params["type"]] if "type" in params else [])]
    found = [event for event in account.all("event") if not types or _is_one_of(event["type"], types)]
    if "delivery_success" in params:
        wanted = params["delivery_success"]
        found = [event for event in found if _arrived(account, event) == wanted]
    return page(found, params)


def _is_one_of(kind: str, types: list[str]) -> bool:
    return any(kind == each or (each.endswith("*") and kind.startswith(each[:-1])) for each in types)


def _arrived(account: Account, event: Json) -> bool:
    return account.deliveries[event["id"]]["state"] in {"delivered", "no endpoint"}


@call("POST", "/events/<id_>/retry", webhook_endpoint=text, for_stripecli=boolean)
def send_again(account: Account, params: Json, id_: str) -> Json:
    """Send an event once more: unpublished, but `stripe events resend` asks for it."""
    event = account.find("event", id_)
    if params.get("webhook_endpoint") != ENDPOINT or this().webhooks.url is None:
        wanted = params.get("webhook_endpoint", "of the command line")
        raise no_such("webhook_endpoint", wanted, "webhook_endpoint", 400)
    this().webhooks.send_again(id_)
    return event


def _endpoint(account: Account) -> list[Json]:
    url = this().webhooks.url
    if url is None:
        return []
    return [
        {
            "id": ENDPOINT,
            "object": "webhook_endpoint",
            "api_version": None,
            "application": None,
            "created": 0,
            "description": None,
            "enabled_events": ["*"],
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
        }
    ]


@call("GET", "/webhook_endpoints", **PAGE)
def list_endpoints(account: Account, params: Json) -> Json:
    """The one address that events are sent to, if there is one."""
    return page(_endpoint(account), params)


@call("GET", "/webhook_endpoints/<id_>")
def read_endpoint(account: Account, params: Json, id_: str) -> Json:
    """That address."""
    found = [each for each in _endpoint(account) if each["id"] == id_]
    if not found:
        raise no_such("webhook_endpoint", id_)
    return found[0]


@call(
    "POST",
    "/disputes/<id_>",
    evidence=dict.fromkeys(EVIDENCE.split(), text),
    submit=boolean,
    metadata=metadata,
)
def update_dispute(account: Account, params: Json, id_: str) -> Json:
    """Give evidence, and hand it in unless told otherwise."""
    found = account.find("dispute", id_)
    submit, evidence = params.pop("submit", True), params.pop("evidence", {})
    if evidence:
        payments.answer_dispute(account, found, evidence, submit=submit)
    if params:
        before = copy.deepcopy(found)
        account.emit("charge.dispute.updated", described(found, params), before=before)
    return found


@call("POST", "/disputes/<id_>/close")
def close_dispute(account: Account, params: Json, id_: str) -> Json:
    """Give a dispute up."""
    found = account.find("dispute", id_)
    payments.close_dispute(account, found, "lost")
    return found


@call("GET", "/balance")
def read_balance(account: Account, params: Json) -> Json:
    """What is left of all payments, refunds and disputes, by currency; fees there are none."""
    left: dict[str, int] = {}
    for charge in account.all("charge"):
        taken = charge["amount_captured"] if charge["captured"] else 0
        left[charge["currency"]] = left.get(charge["currency"], 0) + taken
    for refund in account.all("refund"):
        if refund["status"] not in ("failed", "canceled"):
            left[refund["currency"]] = left.get(refund["currency"], 0) - refund["amount"]
    for dispute in account.all("dispute"):
        if not dispute["is_charge_refundable"]:
            left[dispute["currency"]] = left.get(dispute["currency"], 0) - dispute["amount"]
    amounts = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(left.items())
    ]
    nothing = [{**each, "amount": 0, "source_types": {"card": 0}} for each in amounts]
    return {"object": "balance", "livemode": False, "available": amounts, "pending": nothing}


@call("GET", "/payment_intents/search", query=text)
def search_intents(account: Account, params: Json) -> Json:
    """Not offered: found by searching is always a little old, and the shop never asks for it."""
    raise StripeError(
        "This stand-in for Stripe does not search. Use the list, by customer or time.", status=404
    )
