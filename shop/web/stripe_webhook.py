"""What Stripe tells us."""

from __future__ import annotations

import logging

from flask import Blueprint, request

from shop.payments import webhook
from shop.payments.gateway import GatewayRefused, PaymentUnavailable

log = logging.getLogger(__name__)
blueprint = Blueprint("stripe_webhook", __name__)


@blueprint.post("/stripe/webhook")
def receive() -> tuple[str, int]:
    """Take an event. 400: not an event of Stripe's. 503: Stripe cannot be asked now, send it again."""
    length = request.content_length
    if length is None or length > webhook.LARGEST_BODY:
        return "too large", 400
    try:
        event = webhook.read(request.get_data(cache=False), request.headers.get("Stripe-Signature"))
    except webhook.BadEvent as error:
        log.warning("webhook refused: %s", error)
        return str(error), 400
    try:
        return webhook.take(event), 200
    except (PaymentUnavailable, GatewayRefused) as error:
        log.warning("webhook %s waits: %s", event.id, error)
        return "try again", 503
