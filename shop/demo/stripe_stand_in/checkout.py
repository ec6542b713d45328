"""Checkout Sessions: made, paid on the hosted page, completed, expired. Refusals are StripeErrors."""

from __future__ import annotations

from . import objects, payments
from .account import Account, Json, new_id
from .errors import ParameterError, StripeError
from .parameters import required

SHORTEST, LONGEST = 30 * 60, 24 * 3600
"""Seconds a session may live (https://docs.stripe.com/api/checkout/sessions/create, `expires_at`)."""
LEAST = 50
"""Smallest total in minor units (https://docs.stripe.com/currencies, for USD)."""


def create(account: Account, params: Json) -> Json:
    """Make an open session from checked parameters."""
    required(params, "mode", "success_url", "line_items")
    expires_at = _expiry(account.now(), params)
    if "customer" in params:
        account.named("customer", params["customer"], "customer")
    lines = [_line(account, line, f"line_items[{n}]") for n, line in enumerate(params["line_items"])]
    currencies = {line["currency"] for line in lines}
    if len(currencies) != 1:
        raise ParameterError("All prices on a Checkout Session must have the same currency.", "line_items")
    total = sum(line["amount_total"] for line in lines)
    if total < LEAST:
        raise ParameterError(f"The total must be at least {LEAST}.", "line_items", "amount_too_small")
    intent_data = params.get("payment_intent_data", {})
    manual = intent_data.get("capture_method") == "manual"
    id_ = new_id("cs_test", random_bytes=29)
    given = {name: params[name] for name in params.keys() - {"line_items", "payment_intent_data"}}
    fields = {
        "payment_method_types": ["card"] if manual else ["card", "us_bank_account"],
        **given,
        "id": id_,
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currencies.pop(),
        "expires_at": expires_at,
        "url": f"{account.public_url}/c/pay/{id_}",
    }
    account.note(id_, line_items=lines, payment_intent_data=intent_data)
    return account.add(objects.checkout_session(fields, account.now()))


def _expiry(now: int, params: Json) -> int:
    expires_at: int = params.get("expires_at", now + LONGEST)
    for wrong, said in (
        (expires_at < now + SHORTEST, "at least 30 minutes"),
        (expires_at > now + LONGEST, "less than 24 hours"),
    ):
        if wrong:
            raise ParameterError(
                f"The `expires_at` timestamp must be {said} from Checkout Session creation.", "expires_at"
            )
    return expires_at


def _line(account: Account, line: Json, name: str) -> Json:
    if "price" in line:
        price = account.named("price", line["price"], f"{name}[price]")
        if price["type"] == "recurring":
            raise StripeError(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` "
                "mode or use only one-time prices."
            )
        product = account.find("product", price["product"])
    else:
        required(line, "price_data", inside=name)
        data = line["price_data"]
        required(data, "currency", "unit_amount", inside=f"{name}[price_data]")
        if "product" in data:
            product = account.named("product", data["product"], f"{name}[price_data][product]")
        else:
            required(data, "product_data", inside=f"{name}[price_data]")
            required(data["product_data"], "name", inside=f"{name}[price_data][product_data]")
            product = account.add(objects.product(data["product_data"], account.now(), active=False))
        own = {"currency": data["currency"], "unit_amount": data["unit_amount"], "product": product["id"]}
        price = account.add(objects.price(own, account.now(), active=False))
    return objects.line_item(price, product["name"], line.get("quantity", 1))


def line_items(account: Account, session: Json) -> list[Json]:
    """The lines of a session in their order."""
    lines: list[Json] = account.notes[session["id"]]["line_items"]
    return lines


def current(account: Account, id_: str) -> Json:
    """The session with this id, expired where its time has passed."""
    session = account.find("checkout.session", id_)
    if session["status"] == "open" and session["expires_at"] <= account.now():
        _expire(account, session)
    return session


def sweep(account: Account) -> None:
    """Expire every session whose time has passed."""
    for session in account.all("checkout.session"):
        current(account, session["id"])


def expire(account: Account, id_: str) -> Json:
    """End an open session."""
    session = _open(account, id_, "expired")
    _expire(account, session)
    return session


def _open(account: Account, id_: str, verb: str) -> Json:
    session = current(account, id_)
    if session["status"] != "open":
        raise StripeError(
            f'Only Checkout Sessions with a status in ["open"] can be {verb}. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return session


def _expire(account: Account, session: Json) -> None:
    session.update(status="expired", url=None)
    if session["payment_intent"] is not None:
        payments.cancel(account, account.find("payment_intent", session["payment_intent"]), "automatic")
    account.emit("checkout.session.expired", session)


def pay(account: Account, id_: str, method: Json) -> Json:
    """Pay an open session with this method; gives back its PaymentIntent, which may still want 3-D Secure.

    The PaymentIntent is made at the first attempt, as Stripe does since API version 2022-08-01.
    """
    session = _open(account, id_, "paid")
    if session["payment_intent"] is None:
        fields = {
            **account.notes[id_]["payment_intent_data"],
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
            "payment_method_types": session["payment_method_types"],
        }
        made = payments.new_intent(account, fields)
        account.note(made["id"], session=id_)
        session["payment_intent"] = made["id"]
    intent = account.find("payment_intent", session["payment_intent"])
    payments.confirm(account, intent, method)
    follow(account, intent)
    return intent


def session_of(account: Account, intent: Json) -> Json | None:
    """The session a PaymentIntent belongs to, if any."""
    id_ = account.notes.get(intent["id"], {}).get("session")
    return None if id_ is None else current(account, id_)


def follow(account: Account, intent: Json) -> None:
    """Bring the session in line with its PaymentIntent.

    A session is complete when the buyer is done. Its payment_status is "paid" once the money is there, so
    "unpaid" while a bank debit is under way or a card payment waits for capture.
    """
    session, status = session_of(account, intent), intent["status"]
    if session is None:
        return
    if session["status"] == "open" and status in {"succeeded", "requires_capture", "processing"}:
        payer = account.find("payment_method", intent["payment_method"])["billing_details"]
        session.update(status="complete", url=None)
        session["payment_status"] = "paid" if status == "succeeded" else "unpaid"
        session["customer_details"] = objects.customer_details(
            session["customer_email"] or payer["email"], payer["name"]
        )
        account.note(session["id"], debit=status == "processing")
        account.emit("checkout.session.completed", session)
    elif session["payment_status"] == "unpaid" and status == "succeeded":
        session["payment_status"] = "paid"
        if account.notes[session["id"]]["debit"]:
            account.emit("checkout.session.async_payment_succeeded", session)
    elif session["status"] == "complete" and status == "requires_payment_method":
        account.emit("checkout.session.async_payment_failed", session)


def answer_debits(account: Account) -> None:
    """Let the banks answer whose time has come."""
    for id_ in [id_ for id_, at in account.debits.items() if at <= account.now()]:
        intent = account.find("payment_intent", id_)
        payments.answer_debit(account, intent, paid=account.notes[id_]["pays"])
        follow(account, intent)


def not_checkouts_own(account: Account, intent: Json, verb: str) -> None:
    """Refuse what the API may not do to the PaymentIntent of an open session."""
    session = session_of(account, intent)
    if session is not None and session["status"] == "open":
        raise StripeError(
            f"This PaymentIntent belongs to an open Checkout Session and cannot be {verb} directly. "
            "Expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )


def success_url(session: Json) -> str:
    """Where the buyer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
