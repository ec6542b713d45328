"""The calls of Stripe's API that the stand-in answers, with the parameters each takes."""

from __future__ import annotations

from . import checkout, objects, payments
from .account import Account, Json
from .errors import ParameterError, StripeError
from .parameters import Spec, boolean, currency, metadata, one_of, required, text, url, whole
from .protocol import PAGE, api, call, page

__all__ = ["api"]

ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), text)
SHIPPING = {"address": ADDRESS, "carrier": text, "name": text, "phone": text, "tracking_number": text}
PERSON: dict[str, Spec] = {"address": ADDRESS, "email": text, "name": text, "phone": text}
PRODUCT: dict[str, Spec] = {"name": text, "description": text, "images": [url], "metadata": metadata}
DESCRIBED: dict[str, Spec] = {
    "description": text,
    "metadata": metadata,
    "receipt_email": text,
    "shipping": SHIPPING,
    "statement_descriptor": text,
    "statement_descriptor_suffix": text,
}
CAPTURE_METHOD = one_of("automatic", "automatic_async", "manual")
PAYMENT_TYPE = one_of("card", "us_bank_account")
PRICE_DATA = {"currency": currency, "unit_amount": whole(0), "product_data": PRODUCT}


def readable(kind: str, path: str) -> None:
    """Answer GET for one object of a kind."""

    def read(account: Account, params: Json, id_: str) -> Json:
        return account.find(kind, id_)

    call("GET", f"/{path}/<id_>")(read)


def listed(kind: str, path: str, *fields: str) -> None:
    """Answer GET for the objects of a kind, newest first, by these fields."""

    def read(account: Account, params: Json) -> Json:
        checkout.sweep(account)
        wanted = {name: params[name] for name in fields if name in params}
        found = [obj for obj in account.all(kind) if wanted == {name: obj[name] for name in wanted}]
        return page(found, params)

    call("GET", f"/{path}", **PAGE, **dict.fromkeys(fields, text))(read)


for kind, path in {
    "payment_intent": "payment_intents", "charge": "charges", "refund": "refunds", "dispute": "disputes",
    "customer": "customers", "product": "products", "price": "prices", "payment_method": "payment_methods",
    "event": "events",
}.items():  # fmt: skip
    readable(kind, path)
listed("checkout.session", "checkout/sessions", "payment_intent", "customer", "status")
listed("payment_intent", "payment_intents", "customer")
listed("charge", "charges", "payment_intent", "customer")
listed("refund", "refunds", "charge", "payment_intent")
listed("dispute", "disputes", "charge", "payment_intent")


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
    locale=text,
    metadata=metadata,
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
    return _described(checkout.current(account, id_), params)


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
    currency=currency,
    customer=text,
    payment_method=text,
    payment_method_types=[PAYMENT_TYPE],
    return_url=url,
)
def create_intent(account: Account, params: Json) -> Json:
    """Make a PaymentIntent, and confirm it where asked."""
    required(params, "amount", "currency")
    if "customer" in params:
        account.find("customer", params["customer"])
    confirm, return_url = params.pop("confirm", False), params.pop("return_url", None)
    if confirm:
        required(params, "payment_method")
    if "payment_method" in params:
        method = payments.method_named(account, params["payment_method"])
        params.update(payment_method=method["id"], status="requires_confirmation")
    intent = payments.new_intent(account, params)
    if confirm:
        payments.confirm(account, intent, method, return_url=return_url)
    return intent


@call("POST", "/payment_intents/<id_>", **DESCRIBED)
def update_intent(account: Account, params: Json, id_: str) -> Json:
    """Change what describes a PaymentIntent."""
    return _described(account.find("payment_intent", id_), params)


@call("POST", "/payment_intents/<id_>/confirm", payment_method=text, return_url=url)
def confirm_intent(account: Account, params: Json, id_: str) -> Json:
    """Try to pay."""
    intent = account.find("payment_intent", id_)
    checkout.not_checkouts_own(account, intent, "confirmed")
    name = params.get("payment_method", intent["payment_method"])
    if name is None:
        raise ParameterError("You cannot confirm this PaymentIntent because it's missing a payment method.")
    method = payments.method_named(account, name)
    payments.confirm(account, intent, method, return_url=params.get("return_url"))
    return intent


@call("POST", "/payment_intents/<id_>/capture", amount_to_capture=whole(1), metadata=metadata)
def capture_intent(account: Account, params: Json, id_: str) -> Json:
    """Take the money held."""
    intent = account.find("payment_intent", id_)
    payments.capture(account, intent, params.pop("amount_to_capture", None))
    checkout.follow(account, intent)
    return _described(intent, params)


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


def _described(obj: Json, params: Json) -> Json:
    """Set describing fields; metadata is merged, and a name with an empty value is removed."""
    merged = {**obj["metadata"], **params.get("metadata", {})}
    obj.update(params, metadata={name: value for name, value in merged.items() if value})
    return obj


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
    asked = params.get("amount"), params.get("reason"), params.get("metadata", {})
    return payments.refund(account, charge, *asked)


@call("POST", "/customers", **PERSON, description=text, metadata=metadata, shipping=SHIPPING)
def create_customer(account: Account, params: Json) -> Json:
    """Make a customer."""
    return account.add(objects.customer(params, account.now()))


@call("POST", "/products", **PRODUCT)
def create_product(account: Account, params: Json) -> Json:
    """Make a product."""
    required(params, "name")
    return account.add(objects.product(params, account.now()))


@call("POST", "/prices", currency=currency, metadata=metadata, product=text, unit_amount=whole(0))
def create_price(account: Account, params: Json) -> Json:
    """Make a one-time price."""
    required(params, "currency", "product", "unit_amount")
    account.find("product", params["product"])
    return account.add(objects.price(params, account.now()))


@call(
    "POST",
    "/payment_methods",
    type=PAYMENT_TYPE,
    billing_details=PERSON,
    card={"token": text, "number": text, "exp_month": whole(1), "exp_year": whole(1), "cvc": text},
    us_bank_account={"account_holder_type": text, "account_number": text, "routing_number": text},
)
def create_payment_method(account: Account, params: Json) -> Json:
    """Make a payment method from a test card's number or token, or for a bank debit."""
    required(params, "type", params.get("type", "type"))
    details = params.get("billing_details", {})
    if params["type"] == "us_bank_account":
        return payments.new_bank_account(account, details)
    if "number" in params["card"]:
        return payments.new_card(account, params["card"]["number"], details)
    required(params["card"], "token", inside="card")
    return payments.method_named(account, params["card"]["token"], details)


@call("GET", "/events", **PAGE, type=text, types=[text], delivery_success=boolean)
def list_events(account: Account, params: Json) -> Json:
    """Events, newest first; `delivery_success=false` finds those whose webhook has not arrived."""
    types = [*params.get("types", []), *([params["type"]] if "type" in params else [])]
    found = [event for event in account.all("event") if not types or event["type"] in types]
    if "delivery_success" in params:
        wanted = params["delivery_success"]
        found = [event for event in found if _arrived(account, event) == wanted]
    return page(found, params)


def _arrived(account: Account, event: Json) -> bool:
    return account.deliveries[event["id"]]["state"] in {"delivered", "no endpoint"}
