"""What all calls of Stripe's HTTP API share: key, parameters, idempotency, faults, `expand`, lists."""

from __future__ import annotations

import copy
import hashlib
import json
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

import stripe
from flask import Blueprint, Response, request

from . import checkout
from .access import require_key, this
from .account import Account, Json
from .errors import ParameterError, StripeError
from .faults import Fault
from .parameters import checked, decoded, moment, text, whole
from .writing import written

api = Blueprint("api", __name__, url_prefix="/v1")

Action = Callable[..., Json]
KEY_LIFE = 24 * 3600
"""Seconds a reply is remembered under its idempotency key (https://docs.stripe.com/api/idempotent_requests)."""
LONGEST_KEY = 255
DEEPEST = 4
"""Levels that can be expanded (https://docs.stripe.com/api/expanding_objects)."""
PAGE = {"limit": whole(1, 100), "starting_after": text, "ending_before": text, "created": moment}
"""The parameters of every list."""


def call(method: str, rule: str, **spec: Any) -> Callable[[Action], Action]:
    """Answer a method and path with an action, called with account, checked parameters and the ids."""

    def register(action: Action) -> Action:
        def view(**ids: str) -> Response:
            return _answer(lambda account, params: action(account, params, **ids), spec)

        api.add_url_rule(
            rule, endpoint=f"{method} {rule}".replace(".", "-"), view_func=view, methods=[method]
        )
        return action

    return register


def _answer(action: Action, spec: Json) -> Response:
    require_key()
    stand_in, account = this(), this().account
    raw = request.get_data(cache=True) if request.method == "POST" else request.query_string
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    fault = stand_in.faults.take(request.method, request.path) or Fault("none")
    if fault.kind == "refused":
        raise StripeError("The request was refused before it began.", status=fault.status, kind="api_error")
    with account.changing(save=request.method == "POST"):
        account.request = {"id": f"req_{secrets.token_hex(7)}", "idempotency_key": key}
        headers = {
            "Request-Id": account.request["id"],
            "Stripe-Version": request.headers.get("Stripe-Version", stripe.api_version),
        }
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            checkout.answer_debits(account)
            reply = _remembered(account, key, raw)
            if reply is not None:
                headers |= {"Idempotent-Replayed": "true", "Original-Request": reply["request"]}
            else:
                reply = _executed(account, action, spec, raw, fault)
                if key is not None and reply["remembered"]:
                    account.replies[key] = reply
                    account.touch(key)
                checkout.answer_debits(account)
        finally:
            account.request = {"id": None, "idempotency_key": None}
    if fault.kind == "dropped":
        return _hang_up()
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    if reply["status"] == 500:
        headers["Stripe-Should-Retry"] = "false"
    return Response(reply["body"], reply["status"], headers, mimetype="application/json")


def _remembered(account: Account, key: str | None, raw: bytes) -> Json | None:
    """The reply kept under this key; StripeError where the key was used for another request."""
    if len(key or "") > LONGEST_KEY:
        raise StripeError(f"Keys for idempotent requests hold at most {LONGEST_KEY} characters.")
    kept = account.replies.get(key or "")
    if kept is None or kept["made"] + KEY_LIFE <= account.now():
        return None
    if kept["path"] != request.path or kept["hash"] != _digest(raw):
        raise StripeError(
            "Keys for idempotent requests can only be used with the same endpoint and parameters they were "
            f"first used with. Use a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    return kept


def _digest(raw: bytes) -> str:
    """The same for the same parameters, in whatever order they come."""
    try:
        told: object = decoded(raw)
    except ParameterError:
        told = raw.hex()
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _executed(account: Account, action: Action, spec: Json, raw: bytes, fault: Fault) -> Json:
    """Do what is asked; the reply, and what is needed to know the same request again."""
    failed = StripeError("An unknown error occurred.", status=500, kind="api_error")
    remembered = True
    try:
        params = checked({**spec, "expand": [text]}, decoded(raw))
        paths = params.pop("expand", [])
        if fault.kind == "error_before":
            raise failed
        status, body = 200, expanded(account, action(account, params), paths)
        if fault.kind == "error_after":
            raise failed
    except StripeError as error:
        status, body, remembered = error.status, error.body(), error.remembered
    return {
        "status": status,
        "body": written(body),
        "remembered": remembered,
        "request": account.request["id"],
        "path": request.path,
        "hash": _digest(raw),
        "made": account.now(),
    }


def _hang_up() -> Response:
    """Close the connection without a reply; a server that hides its socket sends an empty 502 instead."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=502)


def expanded(account: Account, obj: Json, paths: list[str]) -> Json:
    """A copy in which the ids at paths such as `payment_intent.latest_charge` are replaced by objects."""
    shown = copy.deepcopy(obj)
    for path in paths:
        if path.count(".") >= DEEPEST:
            raise ParameterError(
                f"You cannot expand more than {DEEPEST} levels of a property ({path}).", "expand"
            )
        _expand(account, shown, path.split("."), path)
    return shown


def _expand(account: Account, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(account, item, steps, path)
        return
    head, *rest = steps
    if head == "line_items" and node.get("object") == "checkout.session":
        node[head] = page(checkout.line_items(account, node), {})
    if head == "refunds" and node.get("object") == "charge":
        made = [obj for obj in account.all("refund") if obj["charge"] == node["id"]]
        node[head] = {**page(made, {}), "url": f"/v1/charges/{node['id']}/refunds"}
    value = node.get(head, "")
    if isinstance(value, str):
        if value not in account.objects:
            raise ParameterError(f"This property cannot be expanded ({path}).", "expand")
        value = node[head] = copy.deepcopy(account.objects[value])
    if rest and value is not None:
        _expand(account, value, rest, path)


def page(found: list[Json], params: Json) -> Json:
    """One page of a list, by the parameters of `PAGE`."""
    tests = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    for name, limit in params.get("created", {}).items():
        found = [obj for obj in found if tests[name](obj["created"], limit)]
    limit = params.get("limit", 10)
    ids = [obj["id"] for obj in found]
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise StripeError(f"No such object: '{params[name]}'", code="resource_missing", param=name)
    if "ending_before" in params:
        if "starting_after" in params:
            raise ParameterError("Give starting_after or ending_before, not both.", "ending_before")
        before = found[: ids.index(params["ending_before"])]
        shown, more = before[-limit:], len(before) > limit
    else:
        rest = found[ids.index(params["starting_after"]) + 1 :] if "starting_after" in params else found
        shown, more = rest[:limit], len(rest) > limit
    return {"object": "list", "data": shown, "has_more": more, "url": request.path}
