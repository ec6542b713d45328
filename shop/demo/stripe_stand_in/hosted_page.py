"""The hosted payment page under `/c`: card, bank debit, 3-D Secure, and the words when a session is over."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency, get_currency_precision
from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from . import checkout, payments
from .access import this
from .account import Account, Json
from .cards import CARDS, luhn_valid
from .errors import StripeError

hosted_page = Blueprint("hosted_page", __name__, url_prefix="/c")

MERCHANT = "Aliquot (specimen)"


def money(minor_units: int, currency: str) -> str:
    """An amount as printed in English: `$135.00`."""
    amount = Decimal(minor_units).scaleb(-get_currency_precision(currency.upper()))
    return format_currency(amount, currency.upper(), locale="en_US")


@hosted_page.get("/pay/<id_>")
def show(id_: str) -> ResponseReturnValue:
    """The page of a session, with what went wrong at the last attempt."""
    account = this().account
    with account.changing(save=False):
        session = checkout.current(account, id_)
        intent = account.objects.get(session["payment_intent"] or "", {})
        last = intent.get("last_payment_error")
        return _page(account, session, {"number": last["message"]} if last else {}, 200)


@hosted_page.post("/pay/<id_>")
def pay(id_: str) -> ResponseReturnValue:
    """Pay by card or bank debit; then on to the shop, to 3-D Secure, or back to the form."""
    account = this().account
    with account.changing():
        session = checkout.current(account, id_)
        if session["status"] == "complete":
            return redirect(checkout.success_url(session), 303)
        number = re.sub(r"[\s-]", "", request.form.get("number", ""))
        debit = request.form.get("method") == "bank_debit"
        faults = {} if debit else card_faults({**request.form.to_dict(), "number": number}, account.now())
        if session["status"] == "expired" or faults:
            return _page(account, session, faults, 422)
        details = {"name": request.form.get("name", "").strip() or None, "email": session["customer_email"]}
        try:
            method = (
                payments.new_bank_account(account, details)
                if debit
                else payments.new_card(account, number, details)
            )
            intent = checkout.pay(account, id_, method)
        except StripeError as error:
            return _page(account, session, {"number": str(error)}, error.status)
        if intent["status"] == "requires_action":
            return redirect(intent["next_action"]["redirect_to_url"]["url"], 303)
        return redirect(checkout.success_url(session), 303)


def card_faults(form: dict[str, str], now: int) -> dict[str, str]:
    """What is wrong with a card form: a sentence by field, in the order of the form."""
    faults = {}
    if not luhn_valid(form.get("number", "")):
        faults["number"] = "Enter a card number, such as 4242 4242 4242 4242"
    expiry = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})\s*", form.get("expiry", ""))
    today = datetime.fromtimestamp(now, UTC)
    if expiry is None:
        faults["expiry"] = "Enter the expiry date as month and year, such as 12/34"
    elif (2000 + int(expiry[2]), int(expiry[1])) < (today.year, today.month):
        faults["expiry"] = "This card has expired: enter a date in the future"
    if not re.fullmatch(r"\s*[0-9]{3,4}\s*", form.get("cvc", "")):
        faults["cvc"] = "Enter the security code: 3 or 4 digits"
    if not form.get("name", "").strip():
        faults["name"] = "Enter the name on the card"
    return faults


@hosted_page.route("/authenticate/<id_>", methods=["GET", "POST"])
def authenticate(id_: str) -> ResponseReturnValue:
    """3-D Secure as the card's bank would show it: the buyer completes it or fails."""
    account = this().account
    with account.changing(save=request.method == "POST"):
        intent = account.find("payment_intent", id_)
        session = checkout.session_of(account, intent)
        if intent["status"] == "requires_action" and request.method == "GET":
            amount = money(intent["amount"], intent["currency"])
            page = render_template("authenticate.html", merchant=MERCHANT, amount=amount)
            return _guarded(page, 200, account.public_url, _shop(account, intent, session))
        if intent["status"] == "requires_action":
            payments.authenticate(account, intent, passed=request.form.get("answer") == "complete")
            checkout.follow(account, intent)
        if session is not None and session["status"] != "complete":
            return redirect(f"{account.public_url}/c/pay/{session['id']}", 303)
        return redirect(_shop(account, intent, session), 303)


def _shop(account: Account, intent: Json, session: Json | None) -> str:
    """Where the buyer goes on after paying; the API call said it where there is no session."""
    if session is not None:
        return checkout.success_url(session)
    return account.notes[intent["id"]].get("return_url") or account.public_url


@hosted_page.errorhandler(StripeError)
def not_found(error: StripeError) -> ResponseReturnValue:
    """An address that leads nowhere."""
    return _guarded(render_template("over.html", merchant=MERCHANT, session=None), error.status)


def _page(account: Account, session: Json, faults: dict[str, str], status: int) -> Response:
    shown: dict[str, Any] = {
        "merchant": MERCHANT,
        "session": session,
        "amount": money(session["amount_total"], session["currency"]),
        "success_url": checkout.success_url(session),
    }
    if session["status"] != "open":
        return _guarded(render_template("over.html", **shown), status)
    lines = [
        (line["description"], line["quantity"], money(line["amount_total"], line["currency"]))
        for line in checkout.line_items(account, session)
    ]
    name = request.form.get("name", "")
    page = render_template("pay.html", lines=lines, faults=faults, name=name, cards=CARDS, **shown)
    return _guarded(page, status, account.public_url, shown["success_url"])


def _guarded(page: str, status: int, *leads_to: str) -> Response:
    """The page with headers that allow our style sheet, and forms whose redirect leads to these addresses."""
    origins = {"{0.scheme}://{0.netloc}".format(urlsplit(address)) for address in leads_to}
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' " + " ".join(sorted(origins))
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
