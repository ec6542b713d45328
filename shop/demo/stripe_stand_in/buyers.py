"""Calls about customers and their payment methods."""

from __future__ import annotations

import copy

from . import objects, payments
from .account import Account, Json
from .api import ADDRESS, CARD_NUMBERS, PAYMENT_TYPE, PERSON, SHIPPING, described, listed, readable
from .errors import StripeError
from .parameters import metadata, required, text, whole
from .protocol import call

BUYER = {**PERSON, "description": text, "metadata": metadata, "shipping": SHIPPING}

readable("customer", "customers")
listed("customer", "customers", "email")
readable("payment_method", "payment_methods")
listed("payment_method", "payment_methods", "customer", "type")


@call("POST", "/customers", **BUYER)
def create_customer(account: Account, params: Json) -> Json:
    """Make a customer."""
    made = account.add(objects.customer(params, account.now()))
    account.emit("customer.created", made)
    return made


@call("POST", "/customers/<id_>", **BUYER)
def update_customer(account: Account, params: Json, id_: str) -> Json:
    """Change a customer."""
    found = account.find("customer", id_)
    before = copy.deepcopy(found)
    if "address" in params:
        params["address"] = {**found["address"], **params["address"]}
    account.emit("customer.updated", described(found, params), before=before)
    return found


@call("DELETE", "/customers/<id_>")
def delete_customer(account: Account, params: Json, id_: str) -> Json:
    """Delete a customer."""
    account.emit("customer.deleted", account.find("customer", id_))
    return account.delete("customer", id_)


@call(
    "POST",
    "/payment_methods",
    type=PAYMENT_TYPE,
    billing_details=PERSON,
    metadata=metadata,
    card=CARD_NUMBERS,
    us_bank_account={"account_holder_type": text, "account_number": text, "routing_number": text},
    sepa_debit={"iban": text},
)
def create_payment_method(account: Account, params: Json) -> Json:
    """Make a payment method from a test card's number or token, or for a bank debit."""
    required(params, "type", params.get("type", "type"))
    details = params.get("billing_details", {})
    if params["type"] == "us_bank_account":
        return payments.new_bank_account(account, details)
    if params["type"] == "sepa_debit":
        required(params["sepa_debit"], "iban", inside="sepa_debit")
        return payments.new_sepa_account(account, params["sepa_debit"]["iban"], details)
    if "number" in params["card"]:
        return payments.new_card(account, params["card"]["number"], details)
    required(params["card"], "token", inside="card")
    return payments.method_named(account, params["card"]["token"], details)


@call(
    "POST",
    "/payment_methods/<id_>",
    billing_details={**PERSON, "address": ADDRESS},
    metadata=metadata,
    card={"exp_month": whole(1, 12), "exp_year": whole(1)},
)
def update_payment_method(account: Account, params: Json, id_: str) -> Json:
    """Change what describes a payment method."""
    found = account.find("payment_method", id_)
    before = copy.deepcopy(found)
    for name in ("billing_details", "card"):
        if name in params:
            params[name] = {**found.get(name, {}), **params[name]}
    account.emit("payment_method.updated", described(found, params), before=before)
    return found


@call("POST", "/payment_methods/<id_>/attach", customer=text)
def attach(account: Account, params: Json, id_: str) -> Json:
    """Keep a payment method with a customer."""
    required(params, "customer")
    account.named("customer", params["customer"], "customer")
    method = payments.method_named(account, id_)
    method["customer"] = params["customer"]
    account.emit("payment_method.attached", method)
    return method


@call("POST", "/payment_methods/<id_>/detach")
def detach(account: Account, params: Json, id_: str) -> Json:
    """Take a payment method from its customer."""
    method = account.find("payment_method", id_)
    if method["customer"] is None:
        raise StripeError(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    before = copy.deepcopy(method)
    method["customer"] = None
    account.emit("payment_method.detached", method, before=before)
    return method
