"""What the running stand-in is made of, and who may use it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from .account import Account
from .errors import StripeError
from .faults import Faults
from .webhooks import Webhooks

EXTENSION = "stripe_stand_in"


@dataclass(frozen=True)
class StandIn:
    """The parts one application works with; found in its `extensions`."""

    account: Account
    webhooks: Webhooks
    faults: Faults
    secret_key: str


def this() -> StandIn:
    """The stand-in of the application at work."""
    return cast(StandIn, current_app.extensions[EXTENSION])


def require_key() -> None:
    """Insist on the secret key, as Bearer token or name of Basic authorisation; else StripeError (401)."""
    given = request.authorization
    key = None if given is None else given.token if given.type == "bearer" else given.username
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if not hmac.compare_digest(key.encode(), this().secret_key.encode()):
        raise StripeError(f"Invalid API Key provided: {key[:3]}***{key[-4:]}", status=401)
