"""What Stripe tells us."""

from __future__ import annotations

import logging

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest

from shop.core.errors import Refused
from shop.payments import webhook

log = logging.getLogger(__name__)
blueprint = Blueprint("stripe_webhook", __name__)


@blueprint.post("/stripe/webhook")
def receive() -> tuple[str, int]:
    """Take an event. 400: not an event of Stripe's. 503: Stripe cannot be asked now, send it again.

    The body is read whatever its type is said to be, and without a length up to the cap.
    """
    length = request.content_length
    if length is not None and length > webhook.LARGEST_BODY:
        return "too large", 400
    headers = request.headers.getlist("Stripe-Signature")
    try:
        body = request.stream.read(webhook.LARGEST_BODY + 1)
        if length is not None and len(body) != length:
            raise webhook.BadEvent("not of the length it says")
        if len(headers) > 1:
            raise webhook.BadEvent("more than one signature header")
        event = webhook.read(body, headers[0] if headers else None)
    except (webhook.BadEvent, BadRequest) as error:
        log.warning("webhook refused: %s", error)
        return str(error), 400
    try:
        return webhook.take(event), 200
    except Refused as error:
        log.warning("webhook %s waits: %s", event.id, error)
        return "try again", 503
