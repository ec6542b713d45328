"""A shop that a browser can reach."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from stripe_beside import Stripe

from shop.demo.loading import DemoStaff


@dataclass(frozen=True)
class Running:
    """A shop that can be reached by a browser."""

    app: Flask
    address: str
    stripe: Stripe
    people: list[DemoStaff]
