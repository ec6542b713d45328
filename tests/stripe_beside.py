"""The Stripe stand-in as a buyer and a test use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask

from shop.demo.stripe_stand_in import StandIn

KEY = "sk_test_specimen"
WEBHOOK_SECRET = "whsec_specimen"
GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"


@dataclass(frozen=True)
class Stripe:
    """The stand-in, as a buyer and a test use it."""

    address: str
    app: Flask

    @property
    def parts(self) -> StandIn:
        found: StandIn = self.app.extensions["stripe_stand_in"]
        return found

    def pay(self, page_url: str, card: str = GOOD_CARD) -> requests.Response:
        """Fill in the hosted page as a buyer would."""
        form = {"number": card, "expiry": "12/40", "cvc": "123", "name": "Ilse Brandsma"}
        return requests.post(page_url, data=form, allow_redirects=False, timeout=10)

    def mend(self) -> None:
        """No more faults."""
        answer = requests.delete(
            f"{self.address}/_stand_in/faults", headers={"Authorization": f"Bearer {KEY}"}, timeout=10
        )
        assert answer.ok, answer.text

    def control(self, path: str, /, **values: Any) -> None:
        """Make happen what Stripe's API cannot."""
        answer = requests.post(
            f"{self.address}/_stand_in/{path}",
            json=values,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=10,
        )
        assert answer.ok, answer.text
