"""The calls about sessions, payments, charges and refunds, with the parameters each takes.

Those about customers, goods and reports have modules of their own.
"""

from __future__ import annotations

import copy

from . import checkout, payments
from .account import Account, Json
from .errors import ParameterError, StripeError, unexpected_state
from .parameters import Spec, anything, boolean, currency, metadata, one_of, required, text, url, whole
from .protocol import PAGE, api, call, page

__all__ = ["api"]

ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), text)
SHIPPING = {"address": ADDRESS, "carrier": text, "name": text, "phone": text, "tracking_number": text}
PERSON: dict[str, Spec] = {"address": ADDRESS, "email": text, "name": text, "phone": text}
PRODUCT: dict[str, Spec] = {
    "name": text,
    "description": text,
    "images": [url],
    "metadata": metadata,
    "url": url,
}
CARD_NUMBERS = {"token": text, "number": text, "exp_month": whole(1, 12), "exp_year": whole(1), "cvc": text}
DESCRIBED: dict[str, Spec] = {
    "description": text,
    "metadata": metadata,
    "receipt_email": text,
    "setup_future_usage": one_of("off_session", "on_session"),
    "shipping": SHIPPING,
    "statement_descriptor": text,
    "statement_descriptor_suffix": text,
    "transfer_group": text,
}
CAPTURE_METHOD = one_of("automatic", "automatic_async", "manual")
PAYMENT_TYPE = one_of("card", "us_bank_account", "sepa_debit")
PRICE_DATA = {"currency": currency, "unit_amount": whole(0), "product_data": PRODUCT, "product": text}
OPTIONS = {"card": anything, "us_bank_account": anything, "sepa_debit": anything}
METHOD_DATA = {
    "type": PAYMENT_TYPE,
    "billing_details": PERSON,
    "card": CARD_NUMBERS,
    "sepa_debit": {"iban": text},
    "us_bank_account": anything,
}


def readable(kind: str, path: str) -> None:
    """Answer GET for one object of a kind."""

    def read(account: Account, params: Json, id_: str) -> Json:
        return account.find(kind, id_)

    call("GET", f"/{path}/<id_>")(read)


def listed(kind: str, path: str, *fields: str, **others: Spec) -> None:
    """Answer GET for the objects of a kind, newest first, by these fields (texts unless said)."""
    specs: dict[str, Spec] = {**dict.fromkeys(fields, text), **others}

    def read(account: Account, params: Json) -> Json:
        checkout.sweep(account)
        wanted = {name: params[name] for name in specs if name in params}
        found = [obj for obj in account.all(kind) if wanted == {name: obj[name] for name in wanted}]
        return page(found, params)

    call("GET", f"/{path}", **PAGE, **specs)(read)


for kind, path in {
    "payment_intent": "payment_intents",
    "charge": "charges",
    "refund": "refunds",
}.items():
    readable(kind, path)
listed("checkout.session", "checkout/sessions", "payment_intent", "customer", "status")
listed("payment_intent", "payment_intents", "customer")
listed("charge", "charges", "payment_intent", "customer")
listed("refund", "refunds", "charge", "payment_intent")


@call(
    "POST",
    "/checkout/sessions",
    mode=one_of("payment"),
    ui_mode=one_of("hosted_page"),
    success_url=url,
    cancel_url=url,
    client_reference_id=text,
    customer=text,
    customer_creation=one_of("always", "if_required"),
    customer_email=text,
    expires_at=whole(0),
    billing_address_collection=one_of("auto", "required"),
    locale=text,
    metadata=metadata,
    payment_method_options=OPTIONS,
    phone_number_collection={"enabled": boolean},
    payment_method_types=[PAYMENT_TYPE],
    submit_type=one_of("auto", "pay"),
    payment_intent_data={**DESCRIBED, "capture_method": CAPTURE_METHOD},
    line_items=[{"price": text, "quantity": whole(1), "price_data": PRICE_DATA}],
)
def create_session(account: Account, params: Json) -> Json:
    """Make a session."""
    return checkout.create(account, params)


@call("GET", "/checkout/sessions/<id_>")
def read_session(account: Account, params: Json, id_: str) -> Json:
    """One session."""
    return checkout.current(account, id_)


@call("POST", "/checkout/sessions/<id_>", metadata=metadata)
def update_session(account: Account, params: Json, id_: str) -> Json:
    """Change a session's metadata."""
    return described(checkout.current(account, id_), params)


@call("POST", "/checkout/sessions/<id_>/expire")
def expire_session(account: Account, params: Json, id_: str) -> Json:
    """End an open session."""
    return checkout.expire(account, id_)


@call("GET", "/checkout/sessions/<id_>/line_items", **PAGE)
def list_line_items(account: Account, params: Json, id_: str) -> Json:
    """The lines of a session."""
    return page(checkout.line_items(account, checkout.current(account, id_)), params)


@call("GET", "/payment_pages/<id_>")
def read_payment_page(account: Account, params: Json, id_: str) -> Json:
    """The page of a session, by the session's id: unpublished, but `stripe trigger` reads it."""
    total = checkout.current(account, id_)["amount_total"]
    return {"id": id_, "object": "payment_page", "session_id": id_, "amount_total": total}


@call("POST", "/payment_pages/<id_>/confirm", payment_method=text, expected_amount=whole(0))
def confirm_payment_page(account: Account, params: Json, id_: str) -> Json:
    """Pay a session without its page: unpublished, but `stripe trigger` does it."""
    required(params, "payment_method")
    shown = read_payment_page(account, {}, id_)
    if params.get("expected_amount", shown["amount_total"]) != shown["amount_total"]:
        raise StripeError("The amount is not the one expected.", code="checkout_amount_mismatch")
    checkout.pay(account, id_, payments.method_named(account, params["payment_method"]))
    return shown


@call(
    "POST",
    "/payment_intents",
    **DESCRIBED,
    amount=whole(1),
    automatic_payment_methods={"enabled": boolean, "allow_redirects": one_of("always", "never")},
    capture_method=CAPTURE_METHOD,
    confirm=boolean,
    confirmation_method=one_of("automatic", "manual"),
    currency=currency,
    customer=text,
    error_on_requires_action=boolean,
    mandate_data=anything,
    off_session=boolean,
    payment_method=text,
    payment_method_data=METHOD_DATA,
    payment_method_options=OPTIONS,
    payment_method_types=[PAYMENT_TYPE],
    return_url=url,
    use_stripe_sdk=boolean,
)
def create_intent(account: Account, params: Json) -> Json:
    """Make a PaymentIntent, and confirm it where asked."""
    required(params, "amount", "currency")
    if params["amount"] < checkout.LEAST:
        said = f"Amount must be no less than {checkout.LEAST} of the smallest currency unit."
        raise ParameterError(said, "amount", "amount_too_small")
    if "customer" in params:
        account.named("customer", params["customer"], "customer")
    confirm, how = params.pop("confirm", False), _how(params)
    method = _method(account, params)
    if confirm and method is None:
        raise ParameterError(NO_METHOD)
    if method is not None:
        params.update(payment_method=method["id"], status="requires_confirmation")
    intent = payments.new_intent(account, params)
    if confirm and method is not None:
        payments.confirm(account, intent, method, return_url=how.get("return_url"))
    return intent


NO_METHOD = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
    "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
    "payment method or ConfirmationToken."
)


def _how(params: Json) -> Json:
    """Take out of the parameters what says how to confirm, and is no field of the PaymentIntent."""
    names = ("return_url", "mandate_data", "off_session", "error_on_requires_action", "use_stripe_sdk")
    return {name: params.pop(name) for name in names if name in params}


def _method(account: Account, params: Json) -> Json | None:
    """The payment method that the parameters name, or describe."""
    data = params.pop("payment_method_data", None)
    if data is not None:
        from .buyers import create_payment_method

        return create_payment_method(account, data)
    name = params.pop("payment_method", None)
    return None if name is None else payments.method_named(account, name)


@call("POST", "/payment_intents/<id_>", **DESCRIBED, amount=whole(1), customer=text, payment_method=text)
def update_intent(account: Account, params: Json, id_: str) -> Json:
    """Change what describes a PaymentIntent; its amount and method only while it has not been paid."""
    intent = account.find("payment_intent", id_)
    if {"amount", "payment_method"} & params.keys():
        checkout.not_checkouts_own(account, intent, "changed")
        if intent["status"] not in payments.CONFIRMABLE:
            raise unexpected_state("updated", intent, *payments.CONFIRMABLE)
    if "customer" in params:
        account.named("customer", params["customer"], "customer")
    method = _method(account, params)
    if method is not None:
        params.update(payment_method=method["id"], status="requires_confirmation")
    return described(intent, params)


@call(
    "POST",
    "/payment_intents/<id_>/confirm",
    error_on_requires_action=boolean,
    mandate_data=anything,
    off_session=boolean,
    payment_method=text,
    payment_method_data=METHOD_DATA,
    payment_method_options=OPTIONS,
    receipt_email=text,
    return_url=url,
    setup_future_usage=one_of("off_session", "on_session"),
    use_stripe_sdk=boolean,
)
def confirm_intent(account: Account, params: Json, id_: str) -> Json:
    """Try to pay."""
    intent = account.find("payment_intent", id_)
    checkout.not_checkouts_own(account, intent, "confirmed")
    how, method = _how(params), _method(account, params)
    if method is None and intent["payment_method"] is not None:
        method = account.find("payment_method", intent["payment_method"])
    if method is None:
        raise StripeError(NO_METHOD, code="payment_intent_unexpected_state")
    intent.update(params)
    payments.confirm(account, intent, method, return_url=how.get("return_url"))
    return intent


@call(
    "POST",
    "/payment_intents/<id_>/capture",
    amount_to_capture=whole(1),
    metadata=metadata,
    statement_descriptor=text,
    statement_descriptor_suffix=text,
)
def capture_intent(account: Account, params: Json, id_: str) -> Json:
    """Take the money held."""
    intent = account.find("payment_intent", id_)
    payments.capture(account, intent, params.pop("amount_to_capture", None))
    checkout.follow(account, intent)
    return described(intent, params)


@call(
    "POST",
    "/payment_intents/<id_>/cancel",
    cancellation_reason=one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
)
def cancel_intent(account: Account, params: Json, id_: str) -> Json:
    """Give a payment up."""
    intent = account.find("payment_intent", id_)
    checkout.not_checkouts_own(account, intent, "canceled")
    payments.cancel(account, intent, params.get("cancellation_reason"))
    return intent


def described(obj: Json, params: Json) -> Json:
    """Set describing fields; metadata is merged, and a name with an empty value is removed."""
    merged = {**obj["metadata"], **params.get("metadata", {})}
    obj.update(params, metadata={name: value for name, value in merged.items() if value})
    return obj


@call("POST", "/charges/<id_>", description=text, metadata=metadata, receipt_email=text, shipping=SHIPPING)
def update_charge(account: Account, params: Json, id_: str) -> Json:
    """Change what describes a charge."""
    charge = account.find("charge", id_)
    before = copy.deepcopy(charge)
    account.emit("charge.updated", described(charge, params), before=before)
    return charge


@call("POST", "/charges/<id_>/capture", amount=whole(1))
def capture_charge(account: Account, params: Json, id_: str) -> Json:
    """Take the money held, named by its charge."""
    charge = account.find("charge", id_)
    intent = account.find("payment_intent", charge["payment_intent"])
    payments.capture(account, intent, params.get("amount"))
    checkout.follow(account, intent)
    return charge


@call("GET", "/charges/<id_>/refunds", **PAGE)
def list_refunds_of_charge(account: Account, params: Json, id_: str) -> Json:
    """The refunds of a charge."""
    account.find("charge", id_)
    return page([made for made in account.all("refund") if made["charge"] == id_], params)


@call(
    "POST",
    "/refunds",
    amount=whole(1),
    charge=text,
    metadata=metadata,
    payment_intent=text,
    reason=one_of("duplicate", "fraudulent", "requested_by_customer"),
)
def create_refund(account: Account, params: Json) -> Json:
    """Pay back a charge, named itself or by its PaymentIntent."""
    if "charge" not in params:
        required(params, "payment_intent")
        intent = account.find("payment_intent", params["payment_intent"])
        if intent["latest_charge"] is None:
            raise StripeError(f"PaymentIntent {intent['id']} does not have a successful charge to refund.")
        params["charge"] = intent["latest_charge"]
    charge = account.find("charge", params["charge"])
    if "payment_intent" in params and charge["payment_intent"] != params["payment_intent"]:
        raise ParameterError("The charge is not one of the PaymentIntent.", "charge")
    asked = params.get("amount"), params.get("reason"), params.get("metadata", {})
    return payments.refund(account, charge, *asked)


@call("POST", "/refunds/<id_>", metadata=metadata)
def update_refund(account: Account, params: Json, id_: str) -> Json:
    """Change a refund's metadata."""
    made = account.find("refund", id_)
    before = copy.deepcopy(made)
    payments.refund_changed(account, described(made, params), before)
    return made


@call("POST", "/refunds/<id_>/cancel")
def cancel_refund(account: Account, params: Json, id_: str) -> Json:
    """Stripe cancels only refunds that wait for the buyer; those of cards and debits never do."""
    made = account.find("refund", id_)
    raise StripeError(f"Refund {id_} has a status of {made['status']} and cannot be canceled.")
