"""Forged, mutated and malformed webhooks: none accepted, none a 5xx, no row of any table changed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO

import forgeries
import psycopg
import pytest
from builders import make_lot, make_ready_to_sell, make_size, order_for
from flask import Flask
from flask.testing import FlaskClient
from forgeries import NO_ANSWER, Forgery, signed
from kept_apps import app_for
from psycopg import sql
from sqlalchemy import func, make_url, select
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe

from config import Settings
from shop import create_app
from shop.core.database import db, reading
from shop.ordering.models import PaymentMethod
from shop.payments import attempts, gateway, settlement
from shop.payments.models import PaymentAttempt, WebhookEvent

SEED = 20261130
ABOUT = {"id": "x_1", "object": "thing"}
EVENT = {"id": "evt_1", "object": "event", "type": "ping", "livemode": False, "data": {"object": ABOUT}}
BODY = json.dumps(EVENT).encode()


def signature(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    return signed(body, secret)


@pytest.fixture
def shop_by_http(shop_settings: Settings, stripe_stand_in: Stripe) -> Iterator[FlaskClient]:
    """A shop's webhook address, with a secret."""
    app = app_for(taking_cards(shop_settings, stripe_stand_in), create_app)
    yield app.test_client()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def taking_cards(settings: Settings, stripe: Stripe) -> Settings:
    return replace(
        settings,
        stripe_secret_key=KEY,
        stripe_webhook_secrets=(WEBHOOK_SECRET,),
        stripe_api_base=stripe.address,
        stripe_checkout_origin=stripe.address,
    )


def send(client: FlaskClient, body: bytes, header: str | None, kind: str = "application/json") -> int:
    headers = {} if header is None else {"Stripe-Signature": header}
    return client.post("/stripe/webhook", data=body, headers=headers, content_type=kind).status_code


def events_kept(app: Flask) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(WebhookEvent)) or 0


class Rows:
    """Every row of every table of a shop, and whether anybody has written to any."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        self._sqlite = sqlite3.connect(str(url.database)) if url.get_backend_name() == "sqlite" else None
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.before = self.digest()
        self.writes_before = self.writes()

    def writes(self) -> int:
        """A number that is another one as soon as a transaction that wrote has been committed.

        Of SQLite, which counts them for a connection that looks on; of PostgreSQL the rows ever written.
        """
        if self._sqlite is not None:
            return int(self._sqlite.execute("PRAGMA data_version").fetchone()[0])
        with psycopg.connect(self._address, autocommit=True) as connection:
            # What a connection has done is counted at the latest when it is gone.
            for _turn in range(200):
                others = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ).fetchone()
                if others == (0,):
                    break
                time.sleep(0.05)
            else:
                raise AssertionError("somebody is still connected")
            found = connection.execute(
                "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables"
            ).fetchone()
            assert found is not None
            return int(found[0])

    def digest(self) -> dict[str, tuple[int, str]]:
        """By table, how many rows there are and a digest of all that stands in them."""
        if self._sqlite is not None:
            tables = self._sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                name: _digest(self._sqlite.execute(f'SELECT * FROM "{name}"').fetchall())
                for (name,) in tables
            }
        with psycopg.connect(self._address) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            return {
                name: _digest(
                    connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
                )
                for (name,) in tables
            }

    def changed(self) -> list[str]:
        """Tables whose rows are not what they were, and whether anything was written at all."""
        after = self.digest()
        found = [name for name, rows in after.items() if rows != self.before.get(name)]
        return [*found, *(["something was written"] if self.writes() != self.writes_before else [])]


def _digest(rows: list[tuple[object, ...]]) -> tuple[int, str]:
    return len(rows), hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


@dataclass
class Attacked:
    """A shop with money to steal, and the true events of it that it has not been told."""

    app: Flask
    settings: Settings
    events: list[bytes]

    def rows(self) -> Rows:
        self.rest()
        return Rows(self.settings.database_url)

    def rest(self) -> None:
        """Let go of every connection."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def attacked(
    shop_settings: Settings, stripe_stand_in: Stripe, caplog: pytest.LogCaptureFixture
) -> Iterator[Attacked]:
    """Orders paid, authorised, refunded and disputed at Stripe, of which the shop knows little yet."""
    caplog.set_level(logging.ERROR)
    settings = taking_cards(shop_settings, stripe_stand_in)
    app = app_for(settings, create_app)
    with app.app_context():
        make_ready_to_sell()
        sku = make_size()
        make_lot(sku, 20)
        placed = [order_for({sku: 2}, method=PaymentMethod.CARD) for _each in range(3)]
        for order in placed:
            stripe_stand_in.pay(attempts.start(order.order_id))
        for order in placed[1:]:
            settlement.settle_order(order.order_id)
        with reading() as session:
            intents = session.scalars(
                select(PaymentAttempt.stripe_payment_intent).order_by(PaymentAttempt.order_id)
            ).all()
        gateway.refund(str(intents[1]), key="by-hand", amount_minor=500)
        stripe_stand_in.control(f"payments/{intents[2]}/dispute")
    events = stripe_stand_in.parts.account.all("event")
    made = Attacked(app, settings, [json.dumps(event).encode() for event in events])
    yield made
    made.rest()


def status_of(app: Flask, forged: Forgery) -> int:
    """What the application answers, asked as a server asks it."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": forgeries.PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json; charset=utf-8",
        "CONTENT_LENGTH": str(len(forged.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(forged.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if forged.headers:
        # Two headers of one name reach an application as one, with a comma between.
        environ["HTTP_STRIPE_SIGNATURE"] = (
            ",".join(forged.headers).encode("latin-1", "replace").decode("latin-1")
        )

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
        answered.append(status)
        return None

    for _part in app.wsgi_app(environ, start_response):  # type: ignore[arg-type]
        pass
    return int(answered[0].split()[0])


def answers_to_forgeries(attacked: Attacked, count: int) -> Counter[int]:
    """By status; a kind that was not refused is named where the test fails."""
    chance, answers = random.Random(SEED), Counter[int]()
    for _each in range(count):
        forged = forgeries.forgery(chance, attacked.events)
        status = status_of(attacked.app, forged)
        assert status == 400, forged
        answers[status] += 1
    return answers


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """The shop as `aliquot serve` serves it, in a process of its own; the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "STRIPE_API_BASE": str(settings.stripe_api_base),
    }
    command = [sys.executable, "-m", "shop.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _turn in range(300):
            assert process.poll() is None, "the server did not start"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def answers_over_http(attacked: Attacked, count: int) -> dict[str, Counter[int]]:
    """By kind of request and status, sent as raw bytes to a real server."""
    chance = random.Random(SEED)
    answers: dict[str, Counter[int]] = {}
    with served(attacked.settings) as port:
        good = attacked.events[0]
        for _each in range(count):
            kind, request = forgeries.raw(chance, attacked.events)
            answers.setdefault(kind, Counter())[forgeries.answer_to(port, request)] += 1
        # It is still there, and still knows Stripe from others.
        proper = forgeries.proper(good, signed(good, "whsec_x"))
        assert forgeries.answer_to(port, proper, patience=forgeries.LONGEST_WAIT) == 400
    return answers


def refused(status: int) -> bool:
    return status == NO_ANSWER or 400 <= status < 500


def test_three_thousand_forged_webhooks_are_all_refused_and_no_row_is_written(attacked: Attacked) -> None:
    rows = attacked.rows()
    assert answers_to_forgeries(attacked, 3000) == {400: 3000}
    attacked.rest()
    assert rows.changed() == []


def test_malformed_requests_to_a_real_server_are_all_refused_and_no_row_is_written(
    attacked: Attacked,
) -> None:
    rows = attacked.rows()
    answers = answers_over_http(attacked, 100)
    assert {kind: dict(found) for kind, found in answers.items() if not all(map(refused, found))} == {}
    assert rows.changed() == []


def test_a_request_under_the_name_of_another_shop_is_answered_in_words(attacked: Attacked) -> None:
    for path in ("/", "/nowhere", forgeries.PATH):
        answer = attacked.app.test_client().post(path, base_url="http://shop.example")
        assert (answer.status_code, answer.text) == (400, "This shop does not answer under that name.")


def test_that_nothing_was_written_would_be_noticed_if_it_were(attacked: Attacked) -> None:
    rows = attacked.rows()
    told = next(body for body in attacked.events if b'"checkout.session.completed"' in body)
    assert status_of(attacked.app, Forgery("true", told, (signed(told),))) == 200
    attacked.rest()
    assert {"webhook_event", "something was written"} <= set(rows.changed())


@pytest.mark.torture
def test_a_hundred_thousand_forged_webhooks_are_all_refused_and_no_row_is_written(
    attacked: Attacked, record_property: Callable[[str, object], None]
) -> None:
    over_http, rows = 4000, attacked.rows()
    answers = answers_to_forgeries(attacked, 100_000 - over_http)
    attacked.rest()
    by_kind = answers_over_http(attacked, over_http)
    wrong = {kind: dict(found) for kind, found in by_kind.items() if not all(map(refused, found))}
    changed = rows.changed()
    record_property("target", "100,000 mutated or forged webhooks, of which 4,000 raw over HTTP")
    closed = sum(found[NO_ANSWER] for found in by_kind.values())
    record_property(
        "figure",
        f"{answers[400] + sum(sum(found.values()) for found in by_kind.values()):,} sent, 0 accepted, 0 5xx, "
        f"{closed} connections closed unanswered, {len(changed)} tables changed of {len(rows.before)}",
    )
    record_property("seed", SEED)
    assert wrong == {}
    assert changed == []


MALFORMED = {
    "a byte order mark": b"\xef\xbb\xbf" + BODY,
    "not a number": BODY.replace(b"false", b"NaN"),
    "deep": b"[" * 60_000 + b"]" * 60_000,
    "a name twice": BODY.replace(b'"type"', b'"id": "evt_2", "type"'),
    "a huge number": BODY.replace(b"false", b"9" * 5000),
    "half a character": BODY.replace(b"evt_1", b"evt_\\ud800"),
    "a null character": BODY.replace(b"evt_1", b"evt_\\u0000"),
    "a path as id": BODY.replace(b"evt_1", b"../charges"),
    "a number as id of its object": BODY.replace(b'"x_1"', b"7"),
    "a list as object": BODY.replace(json.dumps(ABOUT).encode(), b"[1]"),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_well_signed_body_that_is_no_event_is_refused(shop_by_http: FlaskClient, body: bytes) -> None:
    assert send(shop_by_http, body, signature(body)) == 400
    assert events_kept(shop_by_http.application) == 0


STRANGERS = {
    "a type that is not known": EVENT,
    "a newer version": {**EVENT, "api_version": "2099-01-01.future", "new": [1, {"a": None}]},
    "an object without an id": {
        **EVENT,
        "type": "balance.available",
        "data": {"object": {"object": "balance"}},
    },
    "of another account": {**EVENT, "account": "acct_1"},
    "of the live mode": {**EVENT, "livemode": True},
    "thin": {"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found"},
}


@pytest.mark.parametrize("event", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_well_signed_event_that_is_not_for_us_is_taken(
    shop_by_http: FlaskClient, event: dict[str, object]
) -> None:
    body = json.dumps(event).encode()
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        assert send(shop_by_http, body, signature(body), kind) == 200
    assert events_kept(shop_by_http.application) == 1


def test_several_signatures_are_read_and_one_good_one_is_enough(shop_by_http: FlaskClient) -> None:
    time, good = signature(BODY).split(",")
    assert send(shop_by_http, BODY, f"{time},v1={'0' * 64},v0={'1' * 64},{good}") == 200
    assert send(shop_by_http, BODY, f"{time},{time},{good}") == 400
    assert send(shop_by_http, BODY, good) == 400


def test_a_body_without_a_length_is_read_up_to_the_cap(shop_by_http: FlaskClient) -> None:
    def chunked(body: bytes) -> int:
        return shop_by_http.post(
            "/stripe/webhook",
            input_stream=BytesIO(body),
            headers={"Stripe-Signature": signature(body)},
            environ_overrides={"wsgi.input_terminated": True},
        ).status_code

    assert chunked(BODY) == 200
    assert chunked(BODY + b" " * 300_000) == 400
