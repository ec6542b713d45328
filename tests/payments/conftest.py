"""A shop that takes cards, with the Stripe stand-in beside it on a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from builders import found_by_audit, make_ready_to_sell
from flask import Flask
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe
from werkzeug.serving import make_server

from config import Settings
from shop import create_core
from shop.core.database import db
from shop.demo.stripe_stand_in import create_stand_in


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Stripe]:
    """One stand-in for the whole run; each test clears it."""
    server = make_server("127.0.0.1", 0, Flask("placeholder"), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    app = create_stand_in(
        state_path=None, webhook_url=None, webhook_secret=WEBHOOK_SECRET, secret_key=KEY, public_url=address
    )
    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Stripe(address, app)
    server.shutdown()
    app.extensions["stripe_stand_in"].webhooks.close()


@pytest.fixture
def stripe_stand_in(stripe_server: Stripe) -> Stripe:
    """The stand-in, empty."""
    stripe_server.control("reset")
    return stripe_server


@pytest.fixture
def card_shop(shop_settings: Settings, stripe_stand_in: Stripe) -> Iterator[Flask]:
    """A shop that can sell and takes cards, in whose context the test runs."""
    app = create_core(
        replace(
            shop_settings,
            stripe_secret_key=KEY,
            stripe_webhook_secrets=(WEBHOOK_SECRET, "whsec_older"),
            stripe_api_base=stripe_stand_in.address,
            stripe_checkout_origin=stripe_stand_in.address,
        )
    )
    with app.app_context():
        make_ready_to_sell()
        yield app
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()
