"""A second server in Stripe's place: small, over real HTTP, unlike the first in all that Stripe leaves open.

It expands nothing, leaves out what may be missing, adds what nobody knows, gives two objects a page whatever
is asked for, names another version and other forms of ids. It does what a test decides, and tells nobody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
KEY = "sk_test_51OtherServer"
PAGE_SIZE = 2
UNKNOWN = {"x_new_in_2031": {"a": [1, None, {"b": "c"}]}, "livemode": False}


class OtherStripe:
    """The account: its objects by id, newest last, and each request it was sent."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.requests: list[tuple[str, str, Json]] = []
        self.replies: dict[str, tuple[int, Json]] = {}
        self.address = ""
        self._count = 0

    def new(self, kind: str, prefix: str, **fields: Any) -> Json:
        """Keep a new object."""
        self._count += 1
        made = {**UNKNOWN, "object": kind, "created": int(time.time()), **fields}
        made["id"] = f"{prefix}{self._count:04d}AbC_x-Y"
        self.objects[made["id"]] = made
        return made

    # What the world does.

    def session(self, url: str) -> Json:
        """The session of a payment page."""
        return self.objects[urlsplit(url).path.rpartition("/")[2]]

    def intent(self, url: str) -> Json:
        """The payment of a page that was completed."""
        return self.objects[self.session(url)["payment_intent"]]

    def complete(self, url: str, status: str) -> Json:
        """The buyer fills in the page; the payment is then in this status. Its session."""
        session, charge = self.session(url), self.new("charge", "py_")
        data = session.pop("_data")
        amount = session["amount_total"]
        intent = self.new("payment_intent", "pi_3", **data, amount=amount, currency="usd", status=status)
        intent["latest_charge"] = charge["id"]
        charge.update(payment_intent=intent["id"], status="pending", amount=amount)
        if status == "succeeded":
            intent["amount_received"] = amount
        if status == "requires_capture":
            # As with other payment methods than cards, nothing says until when.
            intent["amount_capturable"] = amount
        paid = "paid" if status == "succeeded" else "unpaid"
        session.update(status="complete", payment_status=paid, payment_intent=intent["id"], url=None)
        return session

    def bank_says(self, url: str, *, paid: bool) -> Json:
        """The late end of a delayed method. Its session."""
        session, intent = self.session(url), self.intent(url)
        if paid:
            intent.update(status="succeeded", amount_received=intent["amount"])
            session["payment_status"] = "paid"
        else:
            intent["status"] = "requires_payment_method"
        return session

    def event(self, kind: str, about: Json, **fields: Any) -> bytes:
        """An event as it would be sent: of an old version, without what old versions did not have."""
        made = self.new("event", "evt_1", type=kind, api_version="2019-03-14", data={"object": about})
        return json.dumps({**made, **fields}).encode()

    # What the API answers.

    def answer(self, method: str, path: str, params: Json, key: str | None) -> tuple[int, Json]:
        """The status and body of one call."""
        self.requests.append((method, path, params))
        if key is not None and key in self.replies:
            return self.replies[key]
        answered = self._answer(method, path, params)
        if key is not None:
            self.replies[key] = answered
        return answered

    def _answer(self, method: str, path: str, params: Json) -> tuple[int, Json]:
        kinds = {
            "checkout/sessions": "checkout.session",
            "payment_intents": "payment_intent",
            "charges": "charge",
            "refunds": "refund",
            "disputes": "dispute",
            "events": "event",
        }
        match = re.fullmatch(r"/v1/(checkout/sessions|[a-z_]+)(?:/([^/]+))?(?:/([a-z]+))?", path)
        if match is None or match[1] not in kinds:
            return _error(404, "Unrecognized request URL")
        kind, id_, verb = kinds[match[1]], match[2], match[3]
        if id_ is None:
            return self._list(kind, path, params) if method == "GET" else self._make(kind, params)
        found = self.objects.get(id_)
        if found is None or found["object"] != kind:
            return _error(404, f"No such {kind}: {id_}")
        return (200, _shown(found)) if verb is None else self._do(found, verb)

    def _list(self, kind: str, path: str, params: Json) -> tuple[int, Json]:
        # Nothing is filtered but by page and, of events, by type: whoever asks must look at what comes.
        found = [obj for obj in reversed(self.objects.values()) if obj["object"] == kind]
        ids = [obj["id"] for obj in found]
        if "starting_after" in params:
            found = found[ids.index(params["starting_after"]) + 1 :]
        shown = [_shown(obj) for obj in found[:PAGE_SIZE]]
        return 200, {"object": "list", "url": path, "has_more": len(found) > PAGE_SIZE, "data": shown}

    def _make(self, kind: str, params: Json) -> tuple[int, Json]:
        if kind == "checkout.session":
            lines = params["line_items"].values()
            total = sum(int(line["quantity"]) * int(line["price_data"]["unit_amount"]) for line in lines)
            made = self.new(
                kind, "cs_test_a1", metadata=params["metadata"], amount_total=total, currency="usd"
            )
            made.update(status="open", payment_status="unpaid", payment_intent=None)
            made["url"] = f"{self.address}/pay/{made['id']}"
            made["_data"] = {"metadata": params["payment_intent_data"]["metadata"]}
            return 200, _shown(made)
        if kind == "refund":
            intent = self.objects[params["payment_intent"]]
            amount = int(params["amount"])
            made = self.new(kind, "pyr_", amount=amount, currency="usd", metadata=params["metadata"])
            # An older form: the payment is named by its charge alone.
            made.update(charge=intent["latest_charge"], status="pending")
            return 200, _shown(made)
        return _error(404, "Unrecognized request URL")

    def _do(self, found: Json, verb: str) -> tuple[int, Json]:
        if verb == "expire" and found["status"] == "open":
            found.update(status="expired", url=None)
        elif verb == "capture" and found["status"] == "requires_capture":
            found.update(status="succeeded", amount_received=found["amount"], amount_capturable=0)
        elif verb == "cancel" and found["status"] == "requires_capture":
            found.update(status="canceled", amount_capturable=0)
        else:
            return _error(400, f"This is {found['status']}.")
        return 200, _shown(found)


def _shown(obj: Json) -> Json:
    return {name: value for name, value in obj.items() if not name.startswith("_")}


def _error(status: int, message: str) -> tuple[int, Json]:
    return status, {"error": {"message": message, "type": "invalid_request_error"}}


def _nested(raw: str) -> Json:
    tree: Json = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        *parents, last = re.findall(r"[^\[\]]+", name)
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return tree


def signature(body: bytes, secret: str) -> str:
    """As Stripe signs while a secret is rolled, with a scheme for tests beside it."""
    moment = str(int(time.time()))
    good = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={'0' * 64},v1={good},v0={'f' * 64}"


@contextmanager
def served() -> Iterator[OtherStripe]:
    """The server on a port of its own."""
    account = OtherStripe()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            given = self.headers.get("Authorization", "")
            token = given.removeprefix("Bearer ")
            if given.startswith("Basic "):
                token = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")[0]
            if token != KEY:
                status, answer = _error(401, "Invalid API Key provided")
            else:
                key = self.headers.get("Idempotency-Key") if self.command == "POST" else None
                params = _nested(body or parts.query)
                status, answer = account.answer(self.command, parts.path, params, key)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    account.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
