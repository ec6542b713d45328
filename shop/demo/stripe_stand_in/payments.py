"""What can happen to a payment: confirm, authenticate, capture, cancel, refund, dispute, a late answer.

Each function changes the account's objects and makes the events that Stripe makes for that change. All raise
StripeError: 400 where the state does not allow it, 402 where the card is declined, 404 for an unknown id.
"""

from __future__ import annotations

from . import objects
from .account import Account, Json
from .cards import BY_ALIAS, BY_NUMBER, LIVE_CARD, Card, luhn_valid
from .debits import BY_IBAN
from .errors import StripeError, unexpected_state

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
AUTHORISATION_LASTS = 7 * 86400
"""Seconds (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method); the charge shows the end."""
DISPUTE_AFTER = 2.0
"""Seconds by which the dispute's webhook leaves after those of the payment."""


def card_error(message: str, *, kind: str = "card_error", **details: object) -> StripeError:
    """A refusal that the buyer can answer with another card."""
    error = StripeError(message, status=402, kind=kind)
    error.details.update({name: value for name, value in details.items() if value is not None})
    return error


def new_card(account: Account, number: str, details: Json) -> Json:
    """A payment method for a test card; any other number is refused and not kept."""
    if not luhn_valid(number):
        raise card_error("Your card number is incorrect.", code="incorrect_number")
    if number not in BY_NUMBER:
        raise card_error(LIVE_CARD, code="card_declined", decline_code="test_mode_live_card")
    return _keep(account, BY_NUMBER[number], details)


def method_named(account: Account, name: str, details: Json | None = None) -> Json:
    """The payment method with this id, or a new one for an alias such as `pm_card_visa` or `tok_visa`."""
    if name in BY_ALIAS:
        return _keep(account, BY_ALIAS[name], details or {})
    return account.named("payment_method", name, "payment_method")


def _keep(account: Account, card: Card, details: Json) -> Json:
    method = account.add(objects.payment_method(card, details, account.now()))
    account.note(method["id"], number=card.number)
    return method


def new_bank_account(account: Account, details: Json) -> Json:
    """A payment method for a bank debit in the United States; the bank answers when it is told to."""
    return account.add(objects.payment_method(None, details, account.now()))


def new_sepa_account(account: Account, iban: str, details: Json) -> Json:
    """A payment method for a debit in the euro area; any account but one for tests is refused."""
    plain = iban.replace(" ", "").upper()
    if plain not in BY_IBAN:
        raise StripeError("The bank account number is no test account.", code="invalid_bank_account_iban")
    method = account.add(objects.payment_method(None, details, account.now(), plain))
    account.note(method["id"], iban=plain)
    return method


def new_intent(account: Account, params: Json) -> Json:
    """Make a PaymentIntent."""
    intent = account.add(objects.payment_intent(params, account.now()))
    account.emit("payment_intent.created", intent)
    return intent


def confirm(account: Account, intent: Json, method: Json, *, return_url: str | None = None) -> None:
    """Try to pay with this method; afterwards the intent's status says what came of it."""
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state("confirmed", intent, *CONFIRMABLE)
    if method["type"] not in intent["payment_method_types"]:
        raise StripeError(f"This PaymentIntent does not take payment methods of type {method['type']}.")
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    if method["type"] == "sepa_debit" and intent["currency"] != "eur":
        raise StripeError("The payment method `sepa_debit` only supports the following currencies: `eur`.")
    if method["type"] != "card":
        charge = account.add(objects.charge(intent, method, account.now()))
        intent.update(status="processing", latest_charge=charge["id"])
        account.emit("charge.pending", charge)
        account.emit("payment_intent.processing", intent)
        answer = BY_IBAN.get(account.notes.get(method["id"], {}).get("iban", ""))
        if answer is not None:
            account.debits[intent["id"]] = account.now() + answer.after
            account.note(intent["id"], answers_at=account.debits[intent["id"]], pays=answer.paid)
    elif _card(account, method).authenticates:
        account.note(intent["id"], return_url=return_url)
        page = {"url": f"{account.public_url}/c/authenticate/{intent['id']}", "return_url": return_url}
        intent.update(
            status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": page}
        )
        account.emit("payment_intent.requires_action", intent)
    else:
        _charge(account, intent, method)


def _card(account: Account, method: Json) -> Card:
    return BY_NUMBER[account.notes[method["id"]]["number"]]


def authenticate(account: Account, intent: Json, *, passed: bool) -> None:
    """The end of 3-D Secure: charge the card, or go back to wanting a payment method."""
    if intent["status"] != "requires_action":
        raise unexpected_state("authenticated", intent, "requires_action")
    method = account.find("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if passed:
        _charge(account, intent, method)
        return
    error = card_error(
        "We are unable to authenticate your payment method. Please choose a different payment method and try "
        "again.",
        code="payment_intent_authentication_failure",
        kind="invalid_request_error",
        payment_method=method,
    )
    _want_another_method(account, intent, error)


def _charge(account: Account, intent: Json, method: Json) -> None:
    card = _card(account, method)
    charge = account.add(objects.charge(intent, method, account.now()))
    intent["latest_charge"] = charge["id"]
    if card.code is not None:
        error = card_error(
            card.message,
            code=card.code,
            decline_code=card.decline_code,
            param="cvc" if card.code == "incorrect_cvc" else None,
            charge=charge["id"],
            payment_method=method,
        )
        _fail(account, intent, charge, error)
        error.details["payment_intent"] = dict(intent)
        raise error
    if intent["capture_method"] == "manual":
        charge.update(status="succeeded", paid=True)
        charge["payment_method_details"]["card"]["capture_before"] = account.now() + AUTHORISATION_LASTS
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.amount_capturable_updated", intent)
        return
    _succeed(account, intent, charge)
    if card.disputed:
        dispute(account, charge, card.disputed, after=DISPUTE_AFTER)


def _succeed(account: Account, intent: Json, charge: Json) -> None:
    charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
    intent.update(status="succeeded", amount_received=charge["amount"])
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)


def _fail(account: Account, intent: Json, charge: Json, error: StripeError) -> None:
    reason = error.details.get("decline_code", "insufficient_funds")
    charge.update(status="failed", failure_code=error.details["code"], failure_message=str(error))
    charge["outcome"] = objects.outcome(reason)
    account.emit("charge.failed", charge)
    _want_another_method(account, intent, error)


def _want_another_method(account: Account, intent: Json, error: StripeError) -> None:
    intent.update(status="requires_payment_method", payment_method=None)
    intent["last_payment_error"] = error.body()["error"]
    account.emit("payment_intent.payment_failed", intent)


def answer_debit(account: Account, intent: Json, *, paid: bool) -> None:
    """The bank's late answer to a debit."""
    if intent["status"] != "processing":
        raise unexpected_state("settled", intent, "processing")
    if account.debits.pop(intent["id"], None) is not None:
        account.note(intent["id"], answers_at=None)
    charge = account.find("charge", intent["latest_charge"])
    if paid:
        _succeed(account, intent, charge)
        return
    error = card_error(
        "The bank returned the debit: insufficient funds.",
        code="payment_intent_payment_attempt_failed",
        kind="invalid_request_error",
        payment_method=account.find("payment_method", intent["payment_method"]),
    )
    _fail(account, intent, charge, error)


def capture(account: Account, intent: Json, amount: int | None) -> None:
    """Take the money held, or a part; the charge shows the rest in `amount_refunded`, as at Stripe."""
    if intent["status"] != "requires_capture":
        raise unexpected_state("captured", intent, "requires_capture")
    taken = intent["amount_capturable"] if amount is None else amount
    if taken > intent["amount_capturable"]:
        said = "The amount to capture is greater than the amount capturable of this PaymentIntent."
        raise StripeError(said, code="amount_too_large", param="amount_to_capture")
    charge = account.find("charge", intent["latest_charge"])
    charge.update(captured=True, amount_captured=taken, amount_refunded=charge["amount"] - taken)
    intent.update(status="succeeded", amount_capturable=0, amount_received=taken)
    account.emit("charge.captured", charge)
    account.emit("payment_intent.succeeded", intent)


def cancel(account: Account, intent: Json, reason: str | None) -> None:
    """Give a payment up; Stripe reports money let go on a card as a refund of the uncaptured charge."""
    allowed = (*CONFIRMABLE, "requires_capture")
    if intent["status"] not in allowed:
        raise unexpected_state("canceled", intent, *allowed)
    if intent["status"] == "requires_capture":
        charge = account.find("charge", intent["latest_charge"])
        charge.update(refunded=True, amount_refunded=charge["amount"])
        account.emit("charge.refunded", charge)
    intent.update(status="canceled", canceled_at=account.now(), cancellation_reason=reason)
    intent.update(amount_capturable=0, next_action=None)
    account.emit("payment_intent.canceled", intent)


def refund(account: Account, charge: Json, amount: int | None, reason: str | None, metadata: Json) -> Json:
    """Pay back a captured charge or, with an amount in minor units, a part of it."""
    id_, left = charge["id"], charge["amount"] - charge["amount_refunded"]
    given = left if amount is None else amount
    if not charge["captured"]:
        raise StripeError(f"Charge {id_} has not been captured.", code="charge_not_refundable")
    if any(made["charge"] == id_ and not made["is_charge_refundable"] for made in account.all("dispute")):
        raise StripeError(
            f"Charge {id_} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left == 0:
        raise StripeError(f"Charge {id_} has already been refunded.", code="charge_already_refunded")
    if given > left:
        said = f"Refund amount ({given}) is greater than unrefunded amount on charge ({left})"
        raise StripeError(said, code="amount_too_large", param="amount")
    made = account.add(objects.refund(charge, given, reason, metadata, account.now()))
    charge["amount_refunded"] += given
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.emit("refund.created", made)
    account.emit("charge.refunded", charge)
    return made


def refund_changed(account: Account, made: Json, before: Json) -> None:
    """Tell of a changed refund, under both names that Stripe has for it."""
    account.emit("refund.updated", made, before=before)
    account.emit("charge.refund.updated", made, before=before)


def settle_refund(account: Account, made: Json, *, paid: bool) -> None:
    """The bank's late answer to a refund; one shown as succeeded may still fail."""
    if made["status"] == "failed" or (paid and made["status"] == "succeeded"):
        raise StripeError(f"Refund {made['id']} has a status of {made['status']}.")
    before = dict(made)
    if paid:
        made["status"] = "succeeded"
    else:
        charge = account.find("charge", made["charge"])
        charge.update(amount_refunded=charge["amount_refunded"] - made["amount"], refunded=False)
        made.update(status="failed", failure_reason="expired_or_canceled_card")
        account.emit("refund.failed", made)
    refund_changed(account, made, before)


WINS, LOSES = "winning_evidence", "losing_evidence"
"""Evidence by which a dispute ends at once in tests (https://docs.stripe.com/testing#evidence)."""
OVER = frozenset({"won", "lost", "warning_closed"})


def dispute(account: Account, charge: Json, reason: str = "fraudulent", *, after: float = 0.0) -> Json:
    """The cardholder contests a charge; the webhooks leave after so many seconds."""
    if not charge["captured"] or charge["disputed"]:
        raise StripeError(f"Charge {charge['id']} cannot be disputed.")
    charge["disputed"] = True
    made = account.add(objects.dispute(charge, account.now(), reason))
    account.emit("charge.dispute.created", made, after=after)
    if not made["is_charge_refundable"]:
        account.emit("charge.dispute.funds_withdrawn", made, after=after)
    return made


def answer_dispute(account: Account, made: Json, evidence: Json, *, submit: bool) -> None:
    """Keep evidence and, where asked, hand it in; the words of the tests end the dispute at once."""
    if made["status"] in OVER:
        raise StripeError(f"Dispute {made['id']} is already closed.", code="dispute_closed")
    before = {**made, "evidence": dict(made["evidence"]), "evidence_details": dict(made["evidence_details"])}
    made["evidence"].update(evidence)
    made["evidence_details"]["has_evidence"] = any(made["evidence"].values())
    if submit and evidence:
        made["evidence_details"]["submission_count"] += 1
        warning = "warning_" if made["status"].startswith("warning_") else ""
        made["status"] = f"{warning}under_review"
    account.emit("charge.dispute.updated", made, before=before)
    said = evidence.get("uncategorized_text")
    if submit and said in (WINS, LOSES):
        close_dispute(account, made, "won" if said == WINS else "lost")


def close_dispute(account: Account, made: Json, status: str) -> None:
    """End a dispute as `won` or `lost`; an inquiry that takes no money is only closed."""
    if made["status"] in OVER:
        raise StripeError(f"Dispute {made['id']} is already closed.", code="dispute_closed")
    if made["status"].startswith("warning_"):
        status = "warning_closed"
    made.update(status=status, is_charge_refundable=status != "lost")
    account.emit("charge.dispute.closed", made)
    if status == "won":
        account.emit("charge.dispute.funds_reinstated", made)
