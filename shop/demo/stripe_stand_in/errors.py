"""Refusals in the form of Stripe's API, from which its library makes its own exceptions."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """A refusal with Stripe's fields: message, type (`kind`), code, param and so on.

    `remembered` says whether the reply is kept under the request's idempotency key. Stripe keeps the outcome
    of every request it began to execute, and none that failed validation
    (https://docs.stripe.com/api/idempotent_requests).
    """

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **details: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.remembered = True
        self.details = {name: value for name, value in details.items() if value is not None}

    def body(self) -> dict[str, Any]:
        """The JSON body of the reply."""
        return {"error": {"type": self.kind, "message": str(self), **self.details}}


class ParameterError(StripeError):
    """The request itself is wrong; nothing was executed."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message, param=param, code=code)
        self.remembered = False


def no_such(kind: str, id_: str) -> StripeError:
    """The 404 for an id that is unknown or belongs to another kind of object."""
    return StripeError(f"No such {kind}: '{id_}'", status=404, code="resource_missing", param="id")


def unexpected_state(verb: str, intent: dict[str, Any], *allowed: str) -> StripeError:
    """The 400 for a PaymentIntent that is past, or not yet at, the step asked for."""
    return StripeError(
        f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}. Only a "
        f"PaymentIntent with one of the following statuses may be {verb}: {', '.join(allowed)}.",
        code="payment_intent_unexpected_state",
        payment_intent=dict(intent),
    )
