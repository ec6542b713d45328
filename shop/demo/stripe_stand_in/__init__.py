"""A stand-in for Stripe: its HTTP API, hosted Checkout page and webhooks, for the demo and the tests.

No money moves. It takes Stripe's test cards only and keeps no other card number. The shop never imports this
package; it reaches it by address, through the `stripe` library, as it reaches Stripe.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, jsonify, request

from . import api as calls
from . import buyers, goods, reports
from .access import EXTENSION, StandIn
from .account import Account
from .controls import controls
from .errors import StripeError, unknown_address
from .faults import Faults
from .hosted_page import hosted_page
from .webhooks import Webhooks

__all__ = ["StandIn", "buyers", "create_stand_in", "goods", "reports"]


def create_stand_in(
    *, state_path: Path | None, webhook_url: str | None, webhook_secret: str, secret_key: str, public_url: str
) -> Flask:
    """Make the stand-in. Serve it on 127.0.0.1 with threads, and call `Webhooks.close` when done.

    Args:
        state_path: file that keeps the account from one run to the next; None keeps it in memory.
        webhook_url: the shop's webhook address; None sends nothing.
        webhook_secret: signs the webhooks (`whsec_…`).
        secret_key: the key the API and the control routes ask for (`sk_test_…`).
        public_url: the address at which a browser reaches the stand-in.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    account = Account(state_path, public_url=public_url)
    app.extensions[EXTENSION] = StandIn(
        account, Webhooks(account, webhook_url, webhook_secret), Faults(), secret_key
    )
    for part in (calls.api, controls, hosted_page):
        app.register_blueprint(part)

    @app.errorhandler(StripeError)
    def refused(error: StripeError) -> tuple[Response, int]:
        return jsonify(error.body()), error.status

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(_error: Exception) -> tuple[Response, int]:
        return jsonify(unknown_address(request.method, request.path).body()), 404

    return app
