"""Forged and mutated webhooks: none accepted, none a 500, no row changed; strangers well signed pass."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from stripe_beside import KEY, WEBHOOK_SECRET

from config import Settings
from shop import create_app
from shop.core import clock
from shop.core.database import db, reading
from shop.payments.models import WebhookEvent

SEED = 20261130
ABOUT = {"id": "x_1", "object": "thing"}
EVENT = {"id": "evt_1", "object": "event", "type": "ping", "livemode": False, "data": {"object": ABOUT}}
BODY = json.dumps(EVENT).encode()


def signature(body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=at))


@pytest.fixture
def shop_by_http(shop_settings: Settings) -> Iterator[FlaskClient]:
    """A shop's webhook address, with a secret."""
    app = create_app(replace(shop_settings, stripe_secret_key=KEY, stripe_webhook_secrets=(WEBHOOK_SECRET,)))
    yield app.test_client()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def send(client: FlaskClient, body: bytes, header: str | None, kind: str = "application/json") -> int:
    headers = {} if header is None else {"Stripe-Signature": header}
    return client.post("/stripe/webhook", data=body, headers=headers, content_type=kind).status_code


def events_kept(app: Flask) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(WebhookEvent)) or 0


def forged(chance: random.Random) -> tuple[bytes, str | None]:
    """One body and header that Stripe never made: changed after signing, or signed by somebody else."""
    body, header = bytearray(BODY), signature(BODY)
    match chance.randrange(8):
        case 0:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        case 1:
            del body[chance.randrange(len(body)) :]
        case 2:
            body += bytes(chance.randrange(256) for _each in range(chance.randrange(1, 40)))
        case 3:
            header = signature(BODY, f"whsec_{chance.random()}")
        case 4:
            header = "".join(chance.choice("tv01=,abc é\x7f") for _each in range(chance.randrange(80)))
        case 5:
            header = signature(BODY, at=int(clock.now().timestamp()) + chance.choice((-1, 1)) * 4000)
        case 6:
            place = chance.randrange(len(header))
            changed = chance.choice(
                [sign for sign in "0123456789abcdef,=tv" if sign != header[place].lower()]
            )
            header = header[:place] + changed + header[place + 1 :]
        case _:
            return bytes(body), None
    return bytes(body), header.encode("latin-1", "replace").decode("latin-1")


def answers_to_forgeries(client: FlaskClient, count: int) -> Counter[int]:
    chance = random.Random(SEED)
    return Counter(send(client, *forged(chance)) for _each in range(count))


def test_three_thousand_forged_webhooks_are_all_refused_and_change_nothing(shop_by_http: FlaskClient) -> None:
    assert answers_to_forgeries(shop_by_http, 3000) == {400: 3000}
    assert events_kept(shop_by_http.application) == 0


@pytest.mark.torture
def test_a_hundred_thousand_forged_webhooks_are_all_refused_and_change_nothing(
    shop_by_http: FlaskClient,
) -> None:
    assert answers_to_forgeries(shop_by_http, 100_000) == {400: 100_000}
    assert events_kept(shop_by_http.application) == 0


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
