"""Stripe's stand-in in the same process: reached through Stripe's library, but over no socket.

What a network does to a call is decided here, call by call, by a function of the test's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import stripe
from stripe_beside import GOOD_CARD, KEY, WEBHOOK_SECRET

from shop.demo.stripe_stand_in import StandIn, create_stand_in
from shop.demo.stripe_stand_in.account import Account, Json
from shop.demo.stripe_stand_in.faults import Fault
from shop.payments import gateway

ADDRESS = "http://stripe.inside"

LOST_BEFORE = "lost on the way there"
LOST_AFTER = "done, but the answer is lost"
REFUSED = "503, not begun"
ERROR_AFTER = "done, but the answer is a 500 that Stripe remembers"
MISHAPS = (LOST_BEFORE, LOST_AFTER, REFUSED, ERROR_AFTER)


class Wire(stripe.HTTPClient):
    """Carries the library's requests to the stand-in, or loses them."""

    name = "inside"

    def __init__(self, inside: InsideStripe) -> None:
        super().__init__()
        self._inside = inside

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One try of one call."""
        inside = self._inside
        parts = urlsplit(url)
        mishap = inside.mishap(method.upper(), parts.path)
        inside.calls.append((method.upper(), parts.path, mishap))
        if mishap == LOST_BEFORE:
            raise _lost()
        if mishap == REFUSED:
            inside.stand_in.faults.order(Fault("refused"))
        elif mishap == ERROR_AFTER:
            inside.stand_in.faults.order(Fault("error_after"))
        answer = inside.app.test_client().open(
            f"{parts.path}?{parts.query}", method=method.upper(), headers=dict(headers or {}), data=post_data
        )
        if mishap == LOST_AFTER:
            raise _lost()
        return answer.get_data(as_text=True), answer.status_code, dict(answer.headers)

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0.0

    def close(self) -> None:
        """There is nothing to close."""


def _lost() -> stripe.APIConnectionError:
    return stripe.APIConnectionError(  # type: ignore[no-untyped-call]
        "Unexpected error communicating with Stripe.", should_retry=True
    )


def _no_mishap(method: str, path: str) -> str | None:
    return None


@dataclass
class InsideStripe:
    """An account at Stripe, its API, its hosted page and what it wants to tell the shop."""

    mishap: Callable[[str, str], str | None] = _no_mishap
    """What happens to a call, by method and path; None lets it pass."""
    told: list[str] = field(default_factory=list)
    """Ids of the events that were made, in their order."""
    calls: list[tuple[str, str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = create_stand_in(
            state_path=None,
            webhook_url=None,
            webhook_secret=WEBHOOK_SECRET,
            secret_key=KEY,
            public_url=ADDRESS,
        )
        self.stand_in: StandIn = self.app.extensions["stripe_stand_in"]
        self.account: Account = self.stand_in.account
        self.account.on_events = self.told.extend

    @contextmanager
    def connected(self) -> Iterator[InsideStripe]:
        """Let the shop's gateway speak to this account."""
        client = stripe.StripeClient(
            KEY, http_client=Wire(self), base_addresses={"api": ADDRESS}, max_network_retries=2
        )
        with patch.object(gateway, "_client", lambda: client):
            yield self

    def pay(self, page_url: str, card: str = GOOD_CARD) -> int:
        """Fill in the hosted page by card; its HTTP status."""
        form = {"number": card, "expiry": "12/40", "cvc": "123", "name": "Ilse Brandsma"}
        return self._post(page_url, form)

    def pay_by_debit(self, page_url: str) -> int:
        """Pay by bank debit, which takes days."""
        return self._post(page_url, {"method": "bank_debit", "name": "Ilse Brandsma"})

    def control(self, path: str, **values: Any) -> int:
        """Make happen what Stripe's API cannot; the HTTP status."""
        answer = self.app.test_client().post(
            f"/_stand_in/{path}", json=values, headers={"Authorization": f"Bearer {KEY}"}
        )
        return answer.status_code

    def event(self, event_id: str) -> bytes:
        """The body of an event as Stripe would send it."""
        return json.dumps(self.account.objects[event_id]).encode()

    def intents(self) -> list[Json]:
        """Every payment, oldest first."""
        return list(reversed(self.account.all("payment_intent")))

    def _post(self, page_url: str, form: dict[str, str]) -> int:
        return self.app.test_client().post(urlsplit(page_url).path, data=form).status_code


def signature(body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None) -> str:
    """The header that Stripe sends with an event."""
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=at))
