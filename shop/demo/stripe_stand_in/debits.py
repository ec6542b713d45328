"""Bank debits: the accounts that Stripe names for tests, and what the bank says of each, and when."""

from __future__ import annotations

from dataclasses import dataclass

LATER = 180
"""Seconds after which a test account answers that answers later (https://docs.stripe.com/testing)."""


@dataclass(frozen=True)
class Answer:
    """What the bank will say of a debit, so many seconds afterwards."""

    paid: bool
    after: int = 0


BY_IBAN = {
    "AT611904300234573201": Answer(paid=True),
    "DE89370400440532013000": Answer(paid=True),
    "IT40S0542811101000000123456": Answer(paid=True),
    "AT321904300235473204": Answer(paid=True, after=LATER),
    "AT861904300235473202": Answer(paid=False),
    "IT60X0542811101000000123456": Answer(paid=False),
    "AT051904300235473205": Answer(paid=False, after=LATER),
}
"""SEPA accounts for tests. Of an account in the United States the bank says nothing until it is told to."""
