"""Webhooks to the seller's own systems, over a real socket: signed, in order, and never into a network."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from sqlalchemy import select, update

from shop.core import assets, clock, outbox, outbox_desk, webhook_desk, webhook_sending, webhooks
from shop.core import settings as core_settings
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.core.settings import settings
from shop.core.webhooks import RETRY_AFTER, WebhookEndpoint
from shop.ordering import order_events
from shop.payments import decisions

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "webhooks-out.md"


class Receiver(ThreadingHTTPServer):
    """A system of the seller's. `answer` is the status it gives."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.answer = 200
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks?from=shop"

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _headers, body in self.taken]


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        if 300 <= self.server.answer < 400:
            self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def house(shop: Flask) -> Flask:
    """A shop whose webhooks may go to this machine."""
    core_settings.set_up(shop, replace(settings(), allow_private_webhooks=True))
    return shop


def send() -> int:
    return outbox.send_due({"webhook": webhook_sending.send, "mail": lambda _message: None})


def announce(number: str, order: str = "order/10001") -> None:
    with writing() as session:
        data = {"lot": number}
        webhooks.announce(session, "lot.recalled", fact=number, about=order, data=data)


def register(url: str, *types: str) -> tuple[int, str]:
    return webhook_desk.register(url=url, note="", types=types or webhooks.TYPES, actor="s@shop.example")


def checker() -> Any:
    """The function that the guide gives to receivers."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own guide
    return names["is_ours"]


def test_the_life_of_an_order_is_told_in_order_signed_and_after_the_schema(
    house: Flask, receiver: Receiver
) -> None:
    make_ready_to_sell()
    sku = make_size()
    lot = make_lot(sku, 5)
    _id, secret = register(receiver.url)
    placed = order_for({sku: 2})
    staff = someone("sales", "warehouse")
    decisions.approve(placed.order_id, staff=staff, reason="")
    decisions.cancel(placed.order_id, staff=staff, reason="the buyer asked for it")
    while send():
        pass
    assert receiver.types[0] == "order.placed"
    assert "order.approved" in receiver.types and receiver.types[-1] == "order.cancelled"
    schema = json.loads((assets.folder("static") / "schemas" / "webhook-event-1.json").read_text())
    is_ours = checker()
    for headers, body in receiver.taken:
        told = json.loads(body)
        jsonschema.validate(told, schema)
        assert told["data"]["order"] == placed.number
        assert headers["Aliquot-Event-Id"] == told["id"]
        assert is_ours(headers["Aliquot-Signature"], body, secret)
        assert not is_ours(headers["Aliquot-Signature"], body + b" ", secret)
        assert not is_ours(headers["Aliquot-Signature"], body, "whsec_other")
    everything = b"".join(body for _headers, body in receiver.taken).decode()
    for personal in ("brandsma", "Ilse", "Vermeer", "Padualaan", "PO-2026"):
        assert personal.lower() not in everything.lower()
    assert lot


def test_an_event_that_is_not_taken_comes_again_with_the_same_id_and_holds_up_its_order(
    house: Flask, receiver: Receiver
) -> None:
    register(receiver.url)
    announce("A")
    announce("B")
    receiver.answer = 500
    assert send() == 0
    receiver.answer = 200
    with clock.shifted(RETRY_AFTER[0] + timedelta(seconds=2)):
        assert send() == 2
    first, again, last = receiver.taken
    assert first[1] == again[1], "byte for byte"
    assert first[0]["Aliquot-Event-Id"] == again[0]["Aliquot-Event-Id"]
    assert json.loads(last[1])["data"] == {"lot": "B"}
    with reading() as session:
        number = session.scalars(select(OutboxMessage.id).where(OutboxMessage.key.endswith("/A"))).one()
        tried = outbox_desk.find(session, number).attempts
        assert [(each.outcome.value, each.status) for each in tried] == [("put_off", 500), ("sent", 200)]


def test_a_redirect_is_not_followed_and_takes_nothing(house: Flask, receiver: Receiver) -> None:
    register(receiver.url)
    announce("A")
    receiver.answer = 307
    assert send() == 0
    assert len(receiver.taken) == 1


def test_it_is_tried_for_three_days_and_then_given_up(house: Flask, receiver: Receiver) -> None:
    assert timedelta(days=2, hours=20) < sum(RETRY_AFTER, timedelta()) < timedelta(days=3, hours=4)
    register(receiver.url)
    announce("A")
    receiver.answer = 503
    passed = timedelta(0)
    for wait in (*RETRY_AFTER, timedelta(days=1)):
        with clock.shifted(passed):
            send()
        passed += wait + timedelta(seconds=5)
    assert len(receiver.taken) == len(RETRY_AFTER) + 1
    with reading() as session:
        assert session.scalars(select(OutboxMessage.dead_at)).one() is not None


def test_an_endpoint_is_told_only_of_what_it_asked_for_and_one_that_is_away_stops_no_other(
    house: Flask, receiver: Receiver
) -> None:
    register(receiver.url, "lot.recalled")
    register(receiver.url.replace("127.0.0.1", "localhost"), "order.paid")
    away, _secret = register("http://127.0.0.1:9/", "lot.recalled")
    announce("A")
    announce("B", "lot/B")
    assert send() == 2
    assert receiver.types == ["lot.recalled", "lot.recalled"]
    with reading() as session:
        assert session.get_one(WebhookEndpoint, away).failing_since is not None


def test_two_secrets_sign_while_a_rotation_lasts(house: Flask, receiver: Receiver) -> None:
    endpoint, old = register(receiver.url)
    new = webhook_desk.rotate(endpoint, actor="s@shop.example")
    is_ours = checker()
    announce("A")
    send()
    headers, body = receiver.taken[-1]
    assert old != new
    assert is_ours(headers["Aliquot-Signature"], body, old) and is_ours(
        headers["Aliquot-Signature"], body, new
    )
    with clock.shifted(timedelta(hours=25)):
        announce("B")
        send()
    headers, body = receiver.taken[-1]
    moment = headers["Aliquot-Signature"].split(",")[0].removeprefix("t=")
    marks = [each.removeprefix("v1=") for each in headers["Aliquot-Signature"].split(",")[1:]]
    assert marks == [hmac.new(new.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()]


def test_events_of_a_paused_endpoint_wait_and_then_go_out_in_order(house: Flask, receiver: Receiver) -> None:
    endpoint, _secret = register(receiver.url)
    webhook_desk.set_paused(endpoint, True, actor="s@shop.example")
    for number in "ABC":
        announce(number)
    assert send() == 0
    webhook_desk.set_paused(endpoint, False, actor="s@shop.example")
    assert send() == 3
    assert [json.loads(body)["data"]["lot"] for _headers, body in receiver.taken] == ["A", "B", "C"]


def test_an_endpoint_that_fails_for_days_is_paused_and_staff_are_told_once(house: Flask) -> None:
    member = someone("sales")
    endpoint, _secret = register("http://127.0.0.1:9/")
    announce("A")
    send()
    assert order_events.pause_failing() == 0
    with clock.shifted(timedelta(days=6)):
        assert order_events.pause_failing() == 1
        assert order_events.pause_failing() == 0
    with reading() as session:
        assert session.get_one(WebhookEndpoint, endpoint).paused_at is not None
        told = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "mail")).all()
        assert told == [member.email]


def test_an_endpoint_that_is_taken_away_gets_nothing_more(house: Flask, receiver: Receiver) -> None:
    endpoint, _secret = register(receiver.url)
    announce("A")
    assert webhook_desk.end(endpoint, actor="s@shop.example") == 1
    announce("B")
    assert send() == 0
    assert receiver.taken == []


def test_a_ping_is_an_event_like_any_other(house: Flask, receiver: Receiver) -> None:
    endpoint, _secret = register(receiver.url, "order.paid")
    webhook_desk.test(endpoint, actor="s@shop.example")
    assert send() == 1
    assert receiver.types == ["ping"]


INSIDE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),  # noqa: S104
    *("::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "::"),
)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_no_address_inside_a_network_is_ever_connected_to(
    shop: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each for each in INSIDE if webhook_sending.is_public(each)] == []
    assert webhook_sending.is_public("93.184.215.14") and webhook_sending.is_public("2606:2800:21f::1")
    register("https://hooks.example/x")
    for address in INSIDE:
        monkeypatch.setattr(
            webhook_sending.socket,  # type: ignore[attr-defined]
            "getaddrinfo",
            lambda _host, port, address=address, **_more: [
                (2, 1, 6, "", ("93.184.215.14", port)),
                (2, 1, 6, "", (address, port)),
            ],
        )
        with pytest.raises(outbox.CannotSend, match="inside a network"):
            webhook_sending.post("https://hooks.example/x", b"", {})
    assert receiver.taken == []


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_connection_goes_to_the_address_that_was_looked_at(
    shop: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers differently a moment later (DNS rebinding) leads nowhere."""
    answers = iter([[(2, 1, 6, "", ("93.184.215.14", 443))], [(2, 1, 6, "", ("127.0.0.1", 443))]])
    connected: list[object] = []

    def connect(address: tuple[str, int], **_more: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(webhook_sending.socket, "getaddrinfo", lambda *_a, **_k: next(answers))  # type: ignore[attr-defined]
    monkeypatch.setattr(webhook_sending.socket, "create_connection", connect)  # type: ignore[attr-defined]
    with pytest.raises(outbox.Unreachable):
        webhook_sending.post("https://hooks.example/x", b"", {})
    assert connected == [("93.184.215.14", 443)]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_odd_addresses_are_refused_in_words(shop: Flask) -> None:
    for url in (
        *("", "x", "ftp://a.example/", "http://a.example/", "https://", "https://u:p@a.example/"),
        *("https://a.example:99999/", "https://a.example/\r\nX: y", "https://[::1", "https://ä.example/"),
        *("file:///etc/passwd", "https://" + "a" * 600),
    ):
        with pytest.raises(Refused, match="https://"):
            register(url)
    for types in ((), ("order.burnt",)):
        with pytest.raises(Refused, match="at least one kind"):
            webhook_desk.register(url="https://a.example/", note="", types=types, actor="s")
    assert [each for each in _texts_of_endpoints() if "whsec" in each] == []


def _texts_of_endpoints() -> list[str]:
    with reading() as session:
        return [str(vars(each)) for each in session.scalars(select(WebhookEndpoint))]


def test_an_old_secret_is_of_no_use_to_another_endpoint(house: Flask) -> None:
    first, second = register("https://a.example/"), register("https://b.example/")
    assert first[1] != second[1]
    with writing() as session:
        session.execute(update(WebhookEndpoint).values(salt="a" * 26))
    with reading() as session:
        made = {webhooks.secret(each, each.salt) for each in webhook_desk.listed(session)}
    assert len(made) == 2


def test_a_delivered_event_is_sent_again_with_its_id_and_bytes_and_the_wish_is_kept(
    house: Flask, receiver: Receiver
) -> None:
    register(receiver.url)
    announce("A")
    with reading() as session:
        number = session.scalars(select(OutboxMessage.id).where(OutboxMessage.key.endswith("/A"))).one()
    with pytest.raises(Refused, match="Only an event that was delivered"):
        webhook_desk.send_again(number, actor="t@shop.example", reason="lost")
    assert send() == 1
    with pytest.raises(Refused, match="Give a reason"):
        webhook_desk.send_again(number, actor="t@shop.example", reason=" ")
    with pytest.raises(NotFound):
        webhook_desk.send_again(999, actor="t@shop.example", reason="lost")
    again = webhook_desk.send_again(number, actor="t@shop.example", reason="their database was restored")
    assert send() == 1
    first, second = receiver.taken
    assert first[1] == second[1], "byte for byte"
    assert first[0]["Aliquot-Event-Id"] == second[0]["Aliquot-Event-Id"]
    with reading() as session:
        assert [each.outcome.value for each in outbox_desk.find(session, again).attempts] == ["sent"]
        assert [each.outcome.value for each in outbox_desk.find(session, number).attempts] == ["sent"]
        kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.send-again")).one()
        assert (kept.reason, kept.actor) == ("their database was restored", "t@shop.example")
    assert found_by_audit() == []


def test_an_event_of_an_endpoint_that_was_taken_away_is_not_sent_again(
    house: Flask, receiver: Receiver
) -> None:
    hook, _secret = register(receiver.url)
    announce("A")
    assert send() == 1
    webhook_desk.end(hook, actor="t@shop.example")
    with reading() as session:
        number = session.scalars(select(OutboxMessage.id).where(OutboxMessage.key.endswith("/A"))).one()
    with pytest.raises(NotFound):
        webhook_desk.send_again(number, actor="t@shop.example", reason="lost")
