"""New Stripe objects in the shape Stripe sends: every field is there, null where it is not modelled.

A test holds them to Stripe's published samples (github.com/stripe/openapi, fixtures3.json).
"""

from __future__ import annotations

from .account import Json, new_id
from .cards import Card


def nulls(names: str) -> Json:
    """These fields, all null."""
    return dict.fromkeys(names.split())


def _new(kind: str, prefix: str, now: int, **fields: object) -> Json:
    return {"id": new_id(prefix), "object": kind, "created": now, "livemode": False, "metadata": {}, **fields}


def _picked(source: Json, names: str) -> Json:
    return {name: source[name] for name in names.split()}


def _address(given: Json | None = None) -> Json:
    return {**nulls("city country line1 line2 postal_code state"), **(given or {})}


# fmt: off
def customer(params: Json, now: int) -> Json:
    """A customer from checked parameters."""
    return {
        **nulls("currency default_source description discount email name phone shipping test_clock"),
        **_new("customer", "cus", now, balance=0, delinquent=False, next_invoice_sequence=1,
               tax_exempt="none", invoice_prefix="SPECIMEN", preferred_locales=[],
               invoice_settings=nulls("custom_fields default_payment_method footer rendering_options")),
        **params,
        "address": _address(params.get("address")),
    }


def product(params: Json, now: int, *, active: bool = True) -> Json:
    """A product from checked parameters."""
    return {
        **nulls("default_price description package_dimensions shippable statement_descriptor tax_code "
                "unit_label url"),
        **_new("product", "prod", now, active=active, images=[], marketing_features=[], type="service",
               updated=now),
        **params,
    }


def price(params: Json, now: int, *, active: bool = True) -> Json:
    """A price from checked parameters: currency, product id, unit_amount in minor units."""
    if "recurring" in params:
        every = {"interval_count": 1, "usage_type": "licensed", **nulls("meter trial_period_days")}
        params = {**params, "type": "recurring", "recurring": {**every, **params["recurring"]}}
    return {
        **nulls("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
        **_new("price", "price", now, active=active, billing_scheme="per_unit", tax_behavior="unspecified",
               type="one_time", unit_amount_decimal=str(params["unit_amount"])),
        **params,
    }


def line_item(of: Json, name: str, quantity: int) -> Json:
    """One line of a Checkout Session: so many at this price."""
    total = of["unit_amount"] * quantity
    return {
        **nulls("adjustable_quantity metadata"),
        "id": new_id("li"), "object": "item", "description": name, "price": of, "quantity": quantity,
        "amount_discount": 0, "amount_subtotal": total, "amount_tax": 0, "amount_total": total,
        "currency": of["currency"],
    }


def checkout_session(fields: Json, now: int) -> Json:
    """An open hosted session; `fields` are what the request and its lines decide."""
    return {
        **nulls("after_expiration allow_promotion_codes billing_address_collection cancel_url "
                "client_reference_id client_secret collected_information consent consent_collection "
                "currency_conversion customer customer_account customer_details customer_email "
                "discounts integration_identifier invoice invoice_creation locale origin_context "
                "payment_intent payment_link permissions recovered_from "
                "payment_method_configuration_details saved_payment_method_options setup_intent "
                "shipping_address_collection shipping_cost submit_type subscription wallet_options"),
        **_new("checkout.session", "cs_test", now, mode="payment", status="open", payment_status="unpaid",
               ui_mode="hosted_page", customer_creation="if_required", custom_fields=[], shipping_options=[],
               payment_method_collection="if_required", payment_method_options={},
               adaptive_pricing={"enabled": False}, managed_payments={"enabled": False},
               phone_number_collection={"enabled": False},
               automatic_tax={"enabled": False, **nulls("liability provider status")},
               custom_text=nulls("after_submit shipping_address submit terms_of_service_acceptance"),
               total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}),
        **fields,
    }


def customer_details(email: str | None, name: str | None) -> Json:
    """Whom the hosted page met."""
    return {**nulls("business_name individual_name phone"), "address": _address(), "email": email,
            "name": name, "tax_exempt": "none", "tax_ids": []}


def payment_intent(params: Json, now: int) -> Json:
    """A PaymentIntent not yet tried; `params` hold amount, currency and what else was given."""
    made = {
        **nulls("application application_fee_amount automatic_payment_methods canceled_at "
                "cancellation_reason customer customer_account description "
                "excluded_payment_method_types last_payment_error latest_charge managed_payments "
                "next_action on_behalf_of payment_method payment_method_configuration_details "
                "processing receipt_email review setup_future_usage shipping source "
                "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"),
        **_new("payment_intent", "pi", now, amount_capturable=0, amount_details={"tip": {}},
               amount_received=0, capture_method="automatic_async", confirmation_method="automatic",
               payment_method_options={}, payment_method_types=["card"], status="requires_payment_method"),
        **params,
    }
    return {**made, "client_secret": new_id(f"{made['id']}_secret")}


def payment_method(card: Card | None, details: Json, now: int, iban: str = "") -> Json:
    """A test card; without one a bank account, in the United States where there is no IBAN."""
    billing = {"address": _address(details.get("address")), "tax_id": None,
               **{name: details.get(name) for name in ("email", "name", "phone")}}
    made = _new("payment_method", "pm", now, allow_redisplay="unspecified", billing_details=billing,
                customer=None, customer_account=None)
    if iban:
        return {**made, "type": "sepa_debit", "sepa_debit": {
            "bank_code": iban[4:9], "branch_code": "", "country": iban[:2], "last4": iban[-4:],
            "fingerprint": f"specimen{iban[-8:]}", "generated_from": nulls("charge setup_attempt"),
        }}
    if card is None:
        bank = {"account_type": "checking", "bank_name": "STRIPE TEST BANK", "last4": "6789"}
        return {**made, "type": "us_bank_account", "us_bank_account": bank}
    return {**made, "type": "card", "card": {
        **nulls("generated_from regulated_status wallet"),
        "brand": card.brand, "display_brand": card.brand, "country": "US", "funding": "credit",
        "checks": {**nulls("address_line1_check address_postal_code_check"), "cvc_check": "pass"},
        "exp_month": 12, "exp_year": 2099, "fingerprint": f"specimen{card.number[-8:]}",
        "last4": card.number[-4:], "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
    }}


def charge(intent: Json, method: Json, now: int) -> Json:
    """An attempt to charge this payment method, not yet decided."""
    details = dict(method[method["type"]])
    if method["type"] == "card":
        details = {
            **nulls("amount_authorized authorization_code installments mandate network_transaction_id "
                    "regulated_status three_d_secure transaction_link_id wallet"),
            **_picked(details, "brand checks country exp_month exp_year fingerprint funding last4"),
            "network": details["brand"], "network_token": {"used": False},
            **{name: {"status": "unavailable"} for name in ("incremental_authorization", "multicapture")},
            "extended_authorization": {"status": "disabled"},
            "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        }
    made = {
        **nulls("application application_fee application_fee_amount balance_transaction "
                "calculated_statement_descriptor failure_balance_transaction failure_code "
                "failure_message on_behalf_of receipt_number receipt_url review source "
                "source_transfer transfer_data transfer_group"),
        **_new("charge", "ch", now, amount_captured=0, amount_refunded=0, captured=False, disputed=False,
               fraud_details={}, outcome=outcome(None), paid=False, refunded=False, status="pending",
               billing_details=dict(method["billing_details"]), payment_intent=intent["id"],
               payment_method=method["id"],
               payment_method_details={"type": method["type"], method["type"]: details}),
        **_picked(intent, "amount currency customer description metadata receipt_email shipping "
                          "statement_descriptor statement_descriptor_suffix"),
    }
    # Shown only where it is asked for, by expanding it.
    return {**made, "refunds": None}


def outcome(decline_code: str | None) -> Json:
    """What the card network said."""
    said = {
        "network_status": "declined_by_network", "reason": decline_code, "type": "issuer_declined",
        "seller_message": "The bank declined the payment.",
    } if decline_code else {
        "network_status": "approved_by_network", "reason": None, "type": "authorized",
        "seller_message": "Payment complete.",
    }
    return {**nulls("advice_code network_advice_code network_decline_code"), **said}


def refund(of: Json, amount: int, reason: str | None, metadata: Json, now: int) -> Json:
    """A refund of a charge: done at once to a card, pending to a bank account."""
    card = of["payment_method_details"]["type"] == "card"
    return {
        **nulls("balance_transaction customer_account receipt_number source_transfer_reversal "
                "transfer_reversal"),
        **_picked(of, "currency customer payment_intent payment_method"),
        "id": new_id("re"), "object": "refund", "created": now, "metadata": metadata,
        "amount": amount, "charge": of["id"], "reason": reason, "status": "succeeded" if card else "pending",
        "destination_details": {"type": "card", "card": {"type": "refund"}} if card else None,
    }


def dispute(of: Json, now: int, reason: str) -> Json:
    """A dispute over a whole charge; an `inquiry` asks before the bank takes the money."""
    inquiry = reason == "inquiry"
    brand = of["payment_method_details"].get("card", {}).get("brand")
    case = "inquiry" if inquiry else "chargeback"
    card = {"brand": brand, "case_type": case, "network": brand, "network_reason_code": "10.4"}
    evidence = nulls(
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure "
        "cancellation_rebuttal customer_communication customer_email_address customer_name "
        "customer_purchase_ip customer_signature duplicate_charge_documentation "
        "duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy "
        "refund_policy_disclosure refund_refusal_explanation service_date "
        "service_documentation shipping_address shipping_carrier shipping_date "
        "shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
    )
    return {
        **_new("dispute", "dp", now, balance_transactions=[], charge=of["id"], enhanced_eligibility_types=[],
               evidence={**evidence, "enhanced_evidence": {}}, is_charge_refundable=inquiry,
               reason="fraudulent" if inquiry else reason,
               evidence_details={"due_by": now + 9 * 86400, "enhanced_eligibility": {}, "has_evidence": False,
                                 "past_due": False, "submission_count": 0},
               payment_method_details={"type": "card", "card": card} if brand else None,
               status="warning_needs_response" if inquiry else "needs_response"),
        **_picked(of, "amount currency payment_intent"),
    }
# fmt: on
