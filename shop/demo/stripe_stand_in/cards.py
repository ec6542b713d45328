"""Stripe's test cards (https://docs.stripe.com/testing) and what happens to a payment with each."""

from __future__ import annotations

from dataclasses import dataclass

LIVE_CARD = "Your card was declined. Your request was in test mode, but used a non test card."


@dataclass(frozen=True)
class Card:
    """A test card: with a `code` it is declined, with `authenticates` 3-D Secure comes first."""

    number: str
    says: str
    """What it does, in words for the hosted page."""
    aliases: tuple[str, ...]
    """Names after `pm_card_` and `tok_`."""
    code: str | None = None
    decline_code: str | None = None
    message: str = "Your card was declined."
    brand: str = "visa"
    authenticates: bool = False
    disputed: str = ""
    """Why the cardholder contests the payment afterwards; an `inquiry` takes no money yet."""


def _declined(number: str, says: str, alias: str, code: str, decline_code: str, message: str) -> Card:
    return Card(number, says, (alias, f"visa_{alias}"), code, decline_code, message)


# fmt: off
CARDS = (
    Card("4242424242424242", "Pays", ("visa", "us")),
    Card("5555555555554444", "Pays", ("mastercard",), brand="mastercard"),
    _declined("4000000000000002", "Declined", "chargeDeclined",
              "card_declined", "generic_decline", "Your card was declined."),
    _declined("4000000000009995", "Declined: insufficient funds", "chargeDeclinedInsufficientFunds",
              "card_declined", "insufficient_funds", "Your card has insufficient funds."),
    _declined("4000000000000069", "Declined: expired card", "chargeDeclinedExpiredCard",
              "expired_card", "expired_card", "Your card has expired."),
    _declined("4000000000000127", "Declined: wrong security code", "chargeDeclinedIncorrectCvc",
              "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    Card("4000002500003155", "Asks for 3-D Secure", ("authenticationRequiredOnSetup",), authenticates=True),
    Card("4000002760003184", "Asks for 3-D Secure", ("authenticationRequired", "threeDSecure2Required"),
         authenticates=True),
    Card("4000000000000077", "Pays, available at once", ("bypassPending",)),
    Card("4000000000000259", "Pays, and is disputed moments later", ("createDispute",),
         disputed="fraudulent"),
    Card("4000000000002685", "Pays, and is disputed as not received", ("createDisputeProductNotReceived",),
         disputed="product_not_received"),
    Card("4000000000001976", "Pays, and the bank asks about it", ("createDisputeInquiry",),
         disputed="inquiry"),
)
# fmt: on

BY_NUMBER = {card.number: card for card in CARDS}
BY_ALIAS = {
    f"{kind}_{alias}": card for card in CARDS for alias in card.aliases for kind in ("pm_card", "tok")
}


def luhn_valid(number: str) -> bool:
    """Whether 13 to 19 digits end in their check digit (ISO/IEC 7812-1, annex B)."""
    if not (number.isascii() and number.isdecimal() and 13 <= len(number) <= 19):
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in number[::-2])) % 10 == 0
