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
        error = {"type": self.kind, "message": str(self), **self.details}
        if "code" in error:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{error['code'].replace('_', '-')}"
        return {"error": error}


class ParameterError(StripeError):
    """The request itself is wrong; nothing was executed."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message, param=param, code=code)
        self.remembered = False


_NAMES = {"payment_method": "PaymentMethod", "checkout.session": "checkout session"}
"""Of the kinds that Stripe's message calls otherwise."""


def no_such(kind: str, id_: str, param: str = "id", status: int = 404) -> StripeError:
    """The refusal of an id that is unknown or belongs to another kind of object."""
    said = f"No such {_NAMES.get(kind, kind)}: '{id_}'"
    return StripeError(said, status=status, code="resource_missing", param=param)


def unknown_address(method: str, path: str) -> StripeError:
    """The 404 for what is no call of this API, or none that the stand-in answers."""
    return StripeError(f"Unrecognized request URL ({method}: {path}).", status=404)


def unexpected_state(verb: str, intent: dict[str, Any], *allowed: str) -> StripeError:
    """The 400 for a PaymentIntent that is past, or not yet at, the step asked for."""
    return StripeError(
        f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}. Only a "
        f"PaymentIntent with one of the following statuses may be {verb}: {', '.join(allowed)}.",
        code="payment_intent_unexpected_state",
        payment_intent=dict(intent),
    )
