"""The stand-in for Stripe, driven by the real `stripe` library, as the shop and a buyer's browser use it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from stripe_shapes import SAMPLES, samples, unlike
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.test import TestResponse

from shop.demo.stripe_stand_in import StandIn, create_stand_in
from shop.demo.stripe_stand_in.cards import CARDS, luhn_valid
from shop.demo.stripe_stand_in.errors import StripeError
from shop.demo.stripe_stand_in.parameters import decoded

KEY = "sk_test_specimen"
SECRET = "whsec_specimen"
PUBLIC = "http://127.0.0.1:8420"
SHOP = "http://127.0.0.1:8000"

Json = dict[str, Any]


class WsgiClient(stripe.HTTPClient):
    """The library's HTTP client, calling the application without a socket."""

    name = "wsgi"

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.client = app.test_client()

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Any]:
        reply = self.client.open(url, method=method.upper(), headers=dict(headers), data=post_data)
        return reply.text, reply.status_code, reply.headers

    def close(self) -> None:
        pass


class Shop:
    """A receiver of webhooks: keeps what arrives, and answers what it is told to."""

    def __init__(self) -> None:
        self.events: list[stripe.Event] = []
        self.bodies: list[Json] = []
        self.answers: list[int] = []
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._server.port}/stripe?v=1"

    def _answer(self, environ: Any, start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            signature = environ["HTTP_STRIPE_SIGNATURE"]
            self.events.append(stripe.Webhook.construct_event(body, signature, SECRET))
            self.bodies.append(json.loads(body))
        start_response(f"{status} Whatever", [("Content-Length", "0")])
        return [b""]

    @property
    def types(self) -> Counter[str]:
        return Counter(event.type for event in self.events)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Desk:
    """A stand-in with all that a test does to it."""

    def __init__(self, webhook_url: str | None = None, state_path: Path | None = None) -> None:
        self.app = create_stand_in(
            state_path=state_path,
            webhook_url=webhook_url,
            webhook_secret=SECRET,
            secret_key=KEY,
            public_url=PUBLIC,
        )
        self.stripe = stripe.StripeClient(KEY, http_client=WsgiClient(self.app)).v1
        self.browser: FlaskClient = self.app.test_client()

    @property
    def parts(self) -> StandIn:
        found = self.app.extensions["stripe_stand_in"]
        assert isinstance(found, StandIn)
        return found

    def session(self, **more: Any) -> Any:
        params: Any = {
            "mode": "payment",
            "success_url": f"{SHOP}/paid?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{SHOP}/orders/A-1",
            "client_reference_id": "A-1",
            "customer_email": "buyer@example.org",
            "metadata": {"order": "A-1"},
            "line_items": [
                {
                    "quantity": 2,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 6000,
                        "product_data": {"name": "Semax <10 mg>", "description": "Lot SMX-2609-B"},
                    },
                },
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 1500,
                        "product_data": {"name": "Tracked delivery"},
                    },
                },
            ],
            **more,
        }
        return self.stripe.checkout.sessions.create(params)

    def read(self, session: Any, *expand: str) -> Any:
        return self.stripe.checkout.sessions.retrieve(session.id, {"expand": list(expand)})

    def intent(self, session: Any) -> Any:
        return self.read(session, "payment_intent.latest_charge").payment_intent

    def pay(self, session: Any, number: str = "4242424242424242", **form: str) -> TestResponse:
        filled = {
            "method": "card",
            "number": number,
            "expiry": "12/40",
            "cvc": "123",
            "name": "Specimen Buyer",
        }
        return self.browser.post(f"/c/pay/{session.id}", data={**filled, **form})

    def control(self, path: str, /, **body: Any) -> Json:
        reply = self.browser.post(f"/_stand_in/{path}", json=body, headers={"Authorization": f"Bearer {KEY}"})
        assert reply.status_code == 200, reply.text
        return dict(reply.get_json())

    def types(self) -> list[str]:
        """Types of all events, oldest first."""
        return [event.type for event in reversed(self.stripe.events.list({"limit": 100}).data)]

    def settle(self) -> None:
        assert self.parts.webhooks.wait_until_idle(20)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.close()


@pytest.fixture
def linked(shop: Shop) -> Iterator[Desk]:
    """A stand-in that sends its webhooks to the shop."""
    made = Desk(shop.url)
    yield made
    made.parts.webhooks.close()


def serve(app: Flask) -> BaseWSGIServer:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


@pytest.fixture
def socket_client(desk: Desk) -> Iterator[Any]:
    """The library as the shop sets it up, over a real socket."""
    server = serve(desk.app)
    base: Any = {"api": f"http://127.0.0.1:{server.port}"}
    yield stripe.StripeClient(KEY, base_addresses=base).v1
    server.shutdown()
    server.server_close()


# Paying on the hosted page


def test_a_paid_session_sends_the_buyer_back_and_is_complete(desk: Desk) -> None:
    session = desk.session()
    assert session.url == f"{PUBLIC}/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    reply = desk.pay(session)
    assert (reply.status_code, reply.location) == (303, f"{SHOP}/paid?session={session.id}")
    session = desk.read(session, "payment_intent", "line_items")
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert (session.amount_total, session.payment_intent.amount_received) == (13500, 13500)
    assert session.customer_details.email == "buyer@example.org"
    assert [line.description for line in session.line_items.data] == ["Semax <10 mg>", "Tracked delivery"]
    assert desk.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_the_page_shows_what_is_paid_and_says_it_is_no_stripe(desk: Desk) -> None:
    session = desk.session()
    reply = desk.browser.get(f"/c/pay/{session.id}")
    for shown in (
        "Stand-in for Stripe: no money moves. Specimen.",
        "Aliquot (specimen)",
        "Semax &lt;10 mg&gt;",
        "$120.00",
        ">Pay $135.00</button>",
        f'href="{SHOP}/orders/A-1">Back</a>',
        ">Card number</label>",
        ">Expiry (MM/YY)</label>",
        ">Security code</label>",
        ">Name on card</label>",
    ):
        assert shown in reply.text
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"form-action 'self' {SHOP} {PUBLIC}" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|style=|<style| on[a-z]+=", reply.text)


@pytest.mark.parametrize(
    ("number", "code", "decline_code", "sentence"),
    [
        ("4000000000000002", "card_declined", "generic_decline", "Your card was declined."),
        ("4000000000009995", "card_declined", "insufficient_funds", "Your card has insufficient funds."),
        ("4000000000000069", "expired_card", "expired_card", "Your card has expired."),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc", "security code is incorrect."),
    ],
)
def test_a_declined_card_leaves_the_session_open_for_another(
    desk: Desk, number: str, code: str, decline_code: str, sentence: str
) -> None:
    session = desk.session()
    reply = desk.pay(session, number)
    assert reply.status_code == 402
    assert sentence in reply.text.replace("&#39;", "'")
    assert number not in reply.text.replace(" ", "").split("Testcards")[0]
    intent = desk.intent(session)
    assert desk.read(session).status == "open"
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    assert intent.last_payment_error.decline_code == decline_code
    assert intent.latest_charge.failure_code == code
    assert desk.pay(session).status_code == 303
    assert desk.intent(session).id == intent.id
    assert desk.intent(session).status == "succeeded"
    assert desk.types()[:3] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_bad_input_is_named_and_only_the_name_is_kept(desk: Desk) -> None:
    session = desk.session()
    reply = desk.pay(session, "4242 4242 4242 4241", expiry="01/20", cvc="12", name="Keep Me")
    assert reply.status_code == 422
    assert "<title>Error: Pay $135.00" in reply.text
    for sentence in ("Enter a card number", "has expired", "3 or 4 digits"):
        assert reply.text.count(sentence) == 2, "once in the summary, once at the field"
    assert 'value="Keep Me"' in reply.text
    assert "4241" not in reply.text
    assert 'value="01/20"' not in reply.text
    assert desk.read(session).payment_intent is None
    assert desk.browser.post(f"/c/pay/{session.id}").status_code == 422


def test_a_card_that_is_no_test_card_is_declined_and_not_kept(tmp_path: Path) -> None:
    desk = Desk(state_path=tmp_path / "state.json")
    session = desk.session()
    assert "non test card" in desk.pay(session, "4111 1111 1111 1111").text
    assert "4111111111111111" not in (tmp_path / "state.json").read_text()


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184"])
def test_3d_secure_completed_pays(desk: Desk, number: str) -> None:
    session = desk.session()
    reply = desk.pay(session, number)
    intent = desk.intent(session)
    assert (reply.status_code, reply.location) == (303, f"{PUBLIC}/c/authenticate/{intent.id}")
    assert intent.status == "requires_action"
    page = desk.browser.get(f"/c/authenticate/{intent.id}")
    assert all(f">{answer}</button>" in page.text for answer in ("Complete", "Fail"))
    reply = desk.browser.post(f"/c/authenticate/{intent.id}", data={"answer": "complete"})
    assert reply.location == f"{SHOP}/paid?session={session.id}"
    assert desk.read(session).payment_status == "paid"
    assert "payment_intent.requires_action" in desk.types()
    again = desk.browser.post(f"/c/authenticate/{intent.id}", data={"answer": "fail"})
    assert again.location == f"{SHOP}/paid?session={session.id}"
    assert desk.read(session).payment_status == "paid"


def test_3d_secure_failed_lets_the_buyer_try_another_card(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session, "4000002760003184")
    reply = desk.browser.post(f"/c/authenticate/{desk.intent(session).id}", data={"answer": "fail"})
    assert reply.location == f"{PUBLIC}/c/pay/{session.id}"
    assert "unable to authenticate" in desk.browser.get(f"/c/pay/{session.id}").text
    assert desk.intent(session).last_payment_error.code == "payment_intent_authentication_failure"
    assert desk.pay(session).status_code == 303
    assert desk.read(session).payment_status == "paid"


def test_a_second_press_of_pay_charges_once(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session)
    assert desk.pay(session).location == f"{SHOP}/paid?session={session.id}"
    assert "Already paid" in desk.browser.get(f"/c/pay/{session.id}").text
    assert desk.types().count("charge.succeeded") == 1


def test_a_bank_debit_completes_the_session_and_is_paid_later(desk: Desk) -> None:
    session = desk.session()
    assert desk.pay(session, method="bank_debit").status_code == 303
    intent = desk.intent(session)
    now = desk.read(session)
    assert (now.status, now.payment_status, intent.status) == ("complete", "unpaid", "processing")
    assert desk.types()[-1] == "checkout.session.completed"
    desk.control(f"payments/{intent.id}/finish")
    assert desk.read(session).payment_status == "paid"
    assert desk.types()[-2:] == ["payment_intent.succeeded", "checkout.session.async_payment_succeeded"]


def test_a_bank_debit_may_fail_later(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session, method="bank_debit")
    desk.control(f"payments/{desk.intent(session).id}/fail")
    assert desk.read(session).payment_status == "unpaid"
    assert desk.intent(session).status == "requires_payment_method"
    assert desk.types()[-1] == "checkout.session.async_payment_failed"


def test_a_card_only_session_takes_no_bank_debit(desk: Desk) -> None:
    session = desk.session(payment_method_types=["card"])
    assert "bank debit" not in desk.browser.get(f"/c/pay/{session.id}").text
    assert desk.pay(session, method="bank_debit").status_code == 400
    assert desk.read(session).status == "open"


def test_an_unknown_payment_page_says_so(desk: Desk) -> None:
    for address in ("/c/pay/cs_test_1", "/c/authenticate/pi_1"):
        reply = desk.browser.get(address)
        assert (reply.status_code, "Payment page not found" in reply.text) == (404, True)


# Sessions over time


def test_a_session_expires_when_its_time_has_passed(desk: Desk) -> None:
    session = desk.session(expires_at=int(time.time()) + 31 * 60)
    desk.pay(session, "4000000000000002")
    desk.control("clock", advance=30 * 60)
    assert desk.read(session).status == "open"
    desk.control("clock", advance=2 * 60)
    assert desk.types()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    now = desk.read(session)
    assert (now.status, now.url) == ("expired", None)
    assert "has expired" in desk.browser.get(f"/c/pay/{session.id}").text
    assert desk.pay(session).status_code == 422
    assert desk.intent(session).status == "canceled"


def test_expiring_ends_an_open_session_only(desk: Desk) -> None:
    session = desk.session()
    assert desk.stripe.checkout.sessions.expire(session.id).status == "expired"
    assert desk.types() == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `expired`"):
        desk.stripe.checkout.sessions.expire(session.id)
    paid = desk.session()
    desk.pay(paid)
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        desk.stripe.checkout.sessions.expire(paid.id)
    assert desk.read(paid).payment_status == "paid"


@pytest.mark.parametrize(
    ("minutes", "said"), [(29, "at least 30 minutes"), (24 * 60 + 1, "less than 24 hours")]
)
def test_a_session_lives_between_30_minutes_and_24_hours(desk: Desk, minutes: int, said: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=said) as refusal:
        desk.session(expires_at=int(time.time()) + minutes * 60)
    assert refusal.value.param == "expires_at"


# Capture, cancel, refund, dispute


def test_manual_capture_holds_the_money_until_it_is_captured(desk: Desk) -> None:
    session = desk.session(payment_intent_data={"capture_method": "manual", "metadata": {"order": "A-1"}})
    desk.pay(session)
    intent = desk.intent(session)
    now = desk.read(session)
    assert (now.status, now.payment_status, intent.status) == ("complete", "unpaid", "requires_capture")
    assert (intent.amount_capturable, intent.latest_charge.captured) == (13500, False)
    assert intent.metadata.order == "A-1"
    assert "payment_intent.amount_capturable_updated" in desk.types()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 13501})
    assert refusal.value.code == "amount_too_large"
    assert desk.stripe.payment_intents.capture(intent.id).status == "succeeded"
    assert desk.read(session).payment_status == "paid"
    assert desk.types()[-2:] == ["charge.captured", "payment_intent.succeeded"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.stripe.payment_intents.capture(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_a_part_may_be_captured_and_only_that_refunded(desk: Desk) -> None:
    session = desk.session(payment_intent_data={"capture_method": "manual"})
    desk.pay(session)
    intent = desk.stripe.payment_intents.capture(desk.intent(session).id, {"amount_to_capture": 10000})
    assert intent.amount_received == 10000
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        desk.stripe.refunds.create({"payment_intent": intent.id, "amount": 10001})
    assert desk.stripe.refunds.create({"payment_intent": intent.id}).amount == 10000


def test_a_held_payment_can_be_canceled_and_a_taken_one_not(desk: Desk) -> None:
    session = desk.session(payment_intent_data={"capture_method": "manual"})
    desk.pay(session)
    id_ = desk.intent(session).id
    canceled = desk.stripe.payment_intents.cancel(id_, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert desk.types()[-2:] == ["charge.refunded", "payment_intent.canceled"]
    with pytest.raises(stripe.InvalidRequestError, match="has not been captured"):
        desk.stripe.refunds.create({"payment_intent": id_})
    other = desk.session()
    desk.pay(other)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        desk.stripe.payment_intents.cancel(desk.intent(other).id)


def test_the_payment_of_an_open_session_belongs_to_checkout(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session, "4000000000000002")
    id_ = desk.intent(session).id
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        desk.stripe.payment_intents.cancel(id_)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        desk.stripe.payment_intents.confirm(id_, {"payment_method": "pm_card_visa"})


def test_refunds_never_exceed_what_was_paid(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session)
    id_ = desk.intent(session).id
    part = desk.stripe.refunds.create({"payment_intent": id_, "amount": 3500, "metadata": {"line": "2"}})
    assert (part.status, part.amount) == ("succeeded", 3500)
    assert part.metadata is not None
    assert part.metadata["line"] == "2"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.stripe.refunds.create({"payment_intent": id_, "amount": 10001})
    assert refusal.value.code == "amount_too_large"
    desk.stripe.refunds.create({"charge": desk.intent(session).latest_charge.id})
    charge = desk.intent(session).latest_charge
    assert (charge.amount_refunded, charge.refunded) == (13500, True)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.stripe.refunds.create({"payment_intent": id_})
    assert refusal.value.code == "charge_already_refunded"
    assert [r.amount for r in desk.stripe.refunds.list({"payment_intent": id_}).data] == [10000, 3500]
    assert desk.types().count("refund.created") == desk.types().count("charge.refunded") == 2


def test_a_refund_may_fail_at_the_bank(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session)
    made = desk.stripe.refunds.create({"payment_intent": desk.intent(session).id})
    desk.control(f"refunds/{made.id}/fail")
    assert desk.stripe.refunds.retrieve(made.id).status == "failed"
    assert desk.intent(session).latest_charge.amount_refunded == 0
    assert desk.types()[-3:] == ["refund.failed", "refund.updated", "charge.refund.updated"]


def test_a_refund_to_a_bank_account_is_pending_first(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session, method="bank_debit")
    id_ = desk.intent(session).id
    desk.control(f"payments/{id_}/finish")
    made = desk.stripe.refunds.create({"payment_intent": id_})
    assert made.status == "pending"
    desk.control(f"refunds/{made.id}/finish")
    assert desk.stripe.refunds.retrieve(made.id).status == "succeeded"


def test_a_dispute_stops_refunds_until_it_is_won(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session, "4000000000000259")
    disputed = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert desk.types()[-3:] == [*disputed, "checkout.session.completed"]
    id_ = desk.intent(session).id
    assert desk.intent(session).latest_charge.disputed is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.stripe.refunds.create({"payment_intent": id_})
    assert refusal.value.code == "charge_disputed"
    event = desk.stripe.events.list({"type": "charge.dispute.created"}).data[0]
    dispute = desk.stripe.disputes.retrieve(event.data.object.id)
    assert (dispute.status, dispute.amount) == ("needs_response", 13500)
    desk.control(f"disputes/{dispute.id}/close", status="won")
    assert desk.types()[-2:] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert desk.stripe.refunds.create({"payment_intent": id_}).amount == 13500


def test_a_paid_charge_can_be_disputed_on_request(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session)
    made = desk.control(f"payments/{desk.intent(session).id}/dispute")
    desk.control(f"disputes/{made['id']}/close")
    assert desk.stripe.disputes.retrieve(made["id"]).status == "lost"


# PaymentIntents by the API


@pytest.mark.parametrize(
    ("alias", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    ],
)
def test_the_library_raises_card_errors_by_itself(desk: Desk, alias: str, decline_code: str) -> None:
    intent = desk.stripe.payment_intents.create({"amount": 5000, "currency": "usd"})
    with pytest.raises(stripe.CardError) as refusal:
        desk.stripe.payment_intents.confirm(intent.id, {"payment_method": alias})
    error = refusal.value.error
    assert refusal.value.http_status == 402
    assert error is not None
    assert error.payment_intent is not None
    assert (error.decline_code, error.payment_intent.id) == (decline_code, intent.id)
    assert desk.stripe.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_an_intent_is_made_confirmed_described_and_found(desk: Desk) -> None:
    customer = desk.stripe.customers.create({"name": "Specimen Laboratory", "email": "lab@example.org"})
    intent = desk.stripe.payment_intents.create(
        {
            "amount": 5000,
            "currency": "USD",
            "customer": customer.id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "metadata": {"order": "A-1", "old": "x"},
        }
    )
    assert (intent.status, intent.currency) == ("succeeded", "usd")
    desk.stripe.payment_intents.update(intent.id, {"metadata": {"old": "", "new": "y"}})
    found = desk.stripe.payment_intents.retrieve(intent.id, {"expand": ["latest_charge", "customer"]})
    assert found.metadata.to_dict() == {"order": "A-1", "new": "y"}
    assert found.customer.name == "Specimen Laboratory"  # type: ignore[union-attr]
    assert found.latest_charge.paid is True  # type: ignore[union-attr]
    assert [i.id for i in desk.stripe.payment_intents.list({"customer": customer.id}).data] == [intent.id]


def test_3d_secure_by_the_api_returns_to_the_address_given(desk: Desk) -> None:
    intent = desk.stripe.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "payment_method": "pm_card_authenticationRequired",
            "confirm": True,
            "return_url": f"{SHOP}/back",
        }
    )
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    page = str(intent.next_action.redirect_to_url.url).removeprefix(PUBLIC)
    assert desk.browser.post(page, data={"answer": "complete"}).location == f"{SHOP}/back"
    assert desk.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


# Events and lists


def test_an_event_shows_its_object_as_it_was_then(desk: Desk) -> None:
    session = desk.session()
    desk.pay(session)
    event = desk.stripe.events.list({"type": "payment_intent.created"}).data[0]
    assert event.data.object.status == "requires_payment_method"
    assert desk.intent(session).status == "succeeded"


def test_lists_come_in_pages_newest_first(desk: Desk) -> None:
    ids = [desk.session().id for _ in range(5)]
    first = desk.stripe.checkout.sessions.list({"limit": 2})
    assert ([s.id for s in first.data], first.has_more) == ([ids[4], ids[3]], True)
    assert [s.id for s in first.auto_paging_iter()] == ids[::-1]
    later: Any = {"created": {"gt": int(time.time()) + 60}}
    assert desk.stripe.checkout.sessions.list(later).data == []


def test_a_session_is_found_by_its_payment(desk: Desk) -> None:
    desk.session()
    paid = desk.session()
    desk.pay(paid)
    found = desk.stripe.checkout.sessions.list({"payment_intent": desk.intent(paid).id}).data
    assert [session.id for session in found] == [paid.id]
    lines = desk.stripe.checkout.sessions.line_items.list(paid.id).data
    assert [line.amount_total for line in lines] == [12000, 1500]


# Keys and parameters


def test_the_secret_key_is_needed(desk: Desk) -> None:
    stranger = stripe.StripeClient("sk_test_wrong", http_client=WsgiClient(desk.app)).v1
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        stranger.customers.create({})
    for address in ("/v1/events", "/_stand_in/events"):
        assert desk.browser.get(address).status_code == 401
        assert desk.browser.get(address, auth=(KEY, "")).status_code == 200


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"line_items": [{"colour": "red"}]}, "line_items[0][colour]", "parameter_unknown"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data]", "parameter_missing"),
        ({"mode": "subscription"}, "mode", None),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"cancel_url": "http://["}, "cancel_url", "url_invalid"),
        ({"cancel_url": "http://a;script-src/x"}, "cancel_url", "url_invalid"),
        ({"line_items": [{"price": "price_1"}]}, "line_items[0][price]", "resource_missing"),
        ({"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
        ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
        ({"metadata": {"key": "x" * 501}}, "metadata", None),
        ({"expand": ["nonsense"]}, "expand", None),
    ],
)
def test_wrong_parameters_are_refused_by_name(desk: Desk, params: Json, param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.session(**params)
    assert (refusal.value.param, refusal.value.code) == (param, code)


def test_an_unknown_id_is_a_404(desk: Desk) -> None:
    customer = desk.stripe.customers.create({})
    calls: list[Callable[[], object]] = [
        lambda: desk.stripe.checkout.sessions.retrieve("cs_test_1"),
        lambda: desk.stripe.payment_intents.retrieve(customer.id),
        lambda: desk.stripe.refunds.create({"charge": "ch_1"}),
    ]
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            call()
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


@given(st.binary(max_size=60) | st.text("ab[]=&%0", max_size=40).map(str.encode))
def test_no_parameters_break_the_reader(raw: bytes) -> None:
    try:
        assert isinstance(decoded(raw), dict)
    except StripeError as refusal:
        assert refusal.status == 400


# Idempotency


def test_the_same_key_gets_the_same_reply(desk: Desk) -> None:
    first = desk.stripe.customers.create({"name": "A"}, {"idempotency_key": "attempt-1"})
    again = desk.stripe.customers.create({"name": "A"}, {"idempotency_key": "attempt-1"})
    assert first.id == again.id
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "attempt-1"}
    reply = desk.browser.post("/v1/customers", data="name=A", headers=headers)
    assert (reply.headers["Idempotent-Replayed"], reply.get_json()["id"]) == ("true", first.id)
    desk.control("clock", advance=24 * 3600)
    later = desk.stripe.customers.create({"name": "A"}, {"idempotency_key": "attempt-1"})
    assert later.id != first.id


def test_a_key_used_for_something_else_is_refused(desk: Desk) -> None:
    desk.stripe.customers.create({"name": "A"}, {"idempotency_key": "attempt-1"})
    with pytest.raises(stripe.IdempotencyError):
        desk.stripe.customers.create({"name": "B"}, {"idempotency_key": "attempt-1"})
    with pytest.raises(stripe.IdempotencyError):
        desk.stripe.products.create({"name": "A"}, {"idempotency_key": "attempt-1"})


def test_a_decline_is_remembered_and_a_wrong_parameter_is_not(desk: Desk) -> None:
    params: Any = {
        "amount": 5000,
        "currency": "usd",
        "payment_method": "pm_card_chargeDeclined",
        "confirm": True,
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            desk.stripe.payment_intents.create(params, {"idempotency_key": "attempt-1"})
    assert len(desk.stripe.payment_intents.list().data) == 1
    wrong: Any = {"colour": "red"}
    with pytest.raises(stripe.InvalidRequestError):
        desk.stripe.customers.create(wrong, {"idempotency_key": "attempt-2"})
    assert desk.stripe.customers.create({}, {"idempotency_key": "attempt-2"}).id


def test_many_calls_with_one_key_at_once_make_one_object(desk: Desk) -> None:
    ids: list[str] = []

    def create() -> None:
        client = stripe.StripeClient(KEY, http_client=WsgiClient(desk.app)).v1
        ids.append(client.customers.create({"name": "A"}, {"idempotency_key": "attempt-1"}).id)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len(set(ids)) == 1


# Ordered faults


@pytest.mark.parametrize(("kind", "made"), [("error_before", 0), ("error_after", 1)])
def test_a_500_is_remembered_whether_or_not_the_work_was_done(desk: Desk, kind: str, made: int) -> None:
    desk.control("faults", kind=kind, path="/v1/refunds")
    session = desk.session()
    desk.pay(session)
    params: Any = {"payment_intent": desk.intent(session).id}
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            desk.stripe.refunds.create(params, {"idempotency_key": "attempt-1"})
        assert failure.value.http_status == 500
    assert len(desk.stripe.refunds.list(params).data) == made


@pytest.mark.parametrize("status", [429, 503])
def test_a_call_refused_at_the_door_can_be_made_again_with_its_key(desk: Desk, status: int) -> None:
    desk.control("faults", kind="refused", status=status, method="POST", count=3)
    client = stripe.StripeClient(KEY, http_client=WsgiClient(desk.app), max_network_retries=0).v1
    for _ in range(3):
        with pytest.raises(stripe.StripeError) as refusal:
            client.customers.create({}, {"idempotency_key": "attempt-1"})
        assert refusal.value.http_status == status
    assert client.customers.create({}, {"idempotency_key": "attempt-1"}).id


def test_a_connection_dropped_after_the_work_is_healed_by_the_same_key(
    desk: Desk, socket_client: Any
) -> None:
    desk.control("faults", kind="dropped", method="POST")
    once = {"idempotency_key": "attempt-1", "max_network_retries": 0}
    with pytest.raises(stripe.APIConnectionError):
        socket_client.customers.create({"name": "A"}, once)
    made = desk.parts.account.all("customer")
    assert len(made) == 1
    assert socket_client.customers.create({"name": "A"}, once).id == made[0]["id"]
    assert len(desk.parts.account.all("customer")) == 1


def test_a_reply_can_be_late_and_faults_can_be_called_off(desk: Desk) -> None:
    desk.control("faults", kind="delay", count=1, seconds=0.2)
    desk.control("faults", kind="error_before")
    began = time.monotonic()
    assert desk.stripe.customers.create({}).id
    assert time.monotonic() - began >= 0.2
    desk.browser.delete("/_stand_in/faults", headers={"Authorization": f"Bearer {KEY}"})
    assert desk.stripe.customers.create({}).id


def test_a_control_asked_for_nonsense_says_so(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    for path, body in (
        ("faults", {"kind": "nonsense"}),
        ("faults", {"kind": 1}),
        ("clock", {"advance": "soon"}),
        ("webhooks/release", {"order": "nonsense"}),
        ("webhooks/release", []),
        ("payments/pi_1/nonsense", {}),
    ):
        assert desk.browser.post(f"/_stand_in/{path}", json=body, headers=headers).status_code in {400, 404}
    assert desk.stripe.customers.create({}).id


# Webhooks


def test_signed_webhooks_tell_the_shop_of_a_payment(linked: Desk, shop: Shop) -> None:
    session = linked.session()
    linked.pay(session)
    linked.settle()
    assert shop.types == Counter(linked.types())
    completed = next(event for event in shop.events if event.type == "checkout.session.completed")
    assert completed.api_version == stripe.api_version
    assert completed.data.object.id == session.id
    assert completed.data.object.payment_status == "paid"
    assert linked.stripe.events.list({"delivery_success": False}).data == []
    assert linked.stripe.events.retrieve(completed.id).pending_webhooks == 0


def test_webhooks_come_in_no_fixed_order(linked: Desk, shop: Shop) -> None:
    orders = set()
    for _ in range(12):
        shop.events.clear()
        linked.pay(linked.session())
        linked.settle()
        orders.add(tuple(event.type for event in shop.events))
    assert len(orders) > 1


def test_an_event_is_sent_again_until_the_shop_takes_it(linked: Desk, shop: Shop) -> None:
    shop.answers = [500]
    linked.stripe.checkout.sessions.expire(linked.session().id)
    linked.settle()
    assert [event.type for event in shop.events] == ["checkout.session.expired"]
    assert linked.parts.account.deliveries[shop.events[0].id]["attempts"] == 2


def test_an_event_can_be_sent_twice(linked: Desk, shop: Shop) -> None:
    linked.stripe.checkout.sessions.expire(linked.session().id)
    linked.settle()
    assert linked.control(f"events/{shop.events[0].id}/resend") == {"status": 200}
    assert [event.id for event in shop.events] == [shop.events[0].id] * 2


def test_events_can_be_held_back_reordered_and_lost(linked: Desk, shop: Shop) -> None:
    linked.control("webhooks/hold")
    linked.pay(linked.session())
    time.sleep(0.1)
    assert shop.events == []
    assert len(linked.stripe.events.list({"delivery_success": False}).data) == 4
    linked.control("webhooks/release", order="reversed", drop=["charge.succeeded"])
    assert [event.type for event in shop.events] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "payment_intent.created",
    ]
    listed = linked.browser.get("/_stand_in/events", headers={"Authorization": f"Bearer {KEY}"}).get_json()
    assert [e["state"] for e in listed["events"]] == ["delivered", "dropped", "delivered", "delivered"]
    linked.stripe.checkout.sessions.expire(linked.session().id)
    linked.settle()
    assert shop.events[-1].type == "checkout.session.expired"


def test_a_receiver_that_is_gone_is_no_error(tmp_path: Path) -> None:
    desk = Desk("http://127.0.0.1:9/stripe", tmp_path / "state.json")
    desk.stripe.checkout.sessions.expire(desk.session().id)
    event_id = desk.stripe.events.list().data[0].id
    assert desk.control(f"events/{event_id}/resend") == {"status": None}
    desk.parts.webhooks.close()


def test_the_event_names_the_request_that_caused_it(desk: Desk) -> None:
    params: Any = {"amount": 5000, "currency": "usd"}
    desk.stripe.payment_intents.create(params, {"idempotency_key": "attempt-1"})
    event = desk.stripe.events.list({"types": ["payment_intent.created"]}).data[0]
    assert event.request is not None
    assert event.request.idempotency_key == "attempt-1"


# From one run to the next


def test_a_second_run_knows_the_first_and_sends_what_was_left(tmp_path: Path, shop: Shop) -> None:
    state = tmp_path / "var" / "stripe.json"
    first = Desk("http://127.0.0.1:9/stripe", state)
    session = first.session()
    first.pay(session, "4000002760003184")
    key: Any = {"idempotency_key": "attempt-1"}
    customer = first.stripe.customers.create({}, key)
    first.control("clock", advance=60)
    first.parts.webhooks.close()
    with state.open("a") as file:
        file.write('{"clock_offset": 9, "obje')  # the power went while this was written
    second = Desk(shop.url, state)
    assert second.types() == first.types()
    assert second.read(session).status == "open"
    assert second.stripe.customers.create({}, key).id == customer.id
    assert second.parts.account.clock_offset == 60
    second.browser.post(f"/c/authenticate/{second.intent(session).id}", data={"answer": "complete"})
    assert second.read(session).payment_status == "paid"
    second.settle()
    assert shop.types == Counter(second.types())
    second.parts.webhooks.close()
    third = Desk(shop.url, state)
    third.settle()
    assert shop.types == Counter(third.types()), "nothing is sent again"
    third.parts.webhooks.close()


def test_a_reset_forgets_everything(linked: Desk) -> None:
    linked.control("webhooks/hold")
    linked.session()
    linked.control("clock", advance=60)
    linked.control("reset")
    assert linked.stripe.checkout.sessions.list().data == []
    assert (linked.parts.account.clock_offset, linked.parts.webhooks.holding) == (0, False)


def test_a_reset_also_forgets_what_was_saved(tmp_path: Path) -> None:
    desk = Desk(state_path=tmp_path / "state.json")
    session = desk.session()
    desk.control("reset")
    with pytest.raises(stripe.InvalidRequestError):
        Desk(state_path=tmp_path / "state.json").read(session)


def test_only_the_demo_knows_the_stand_in() -> None:
    root = Path(__file__).resolve().parents[2] / "shop"
    outside = [path for path in root.rglob("*.py") if root / "demo" not in path.parents]
    assert [path for path in outside if "stripe_stand_in" in path.read_text()] == []


# Over a real socket, and against Stripe's own samples


def test_the_library_works_over_a_real_socket(socket_client: Any) -> None:
    intent = socket_client.payment_intents.create(
        {"amount": 5000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    assert intent.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        socket_client.payment_intents.retrieve("pi_1")


def test_card_numbers_are_checked_by_their_last_digit() -> None:
    for card in CARDS:
        assert luhn_valid(card.number)
        assert not luhn_valid(card.number[:-1] + str((int(card.number[-1]) + 1) % 10))
    for wrong in ("", "424242424242", "4242 4242 4242 4242", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "0" * 20):
        assert not luhn_valid(wrong)


@pytest.mark.skipif(not SAMPLES.parent.is_dir(), reason="Stripe's samples are not beside the repository")
def test_every_object_has_the_shape_stripe_publishes(desk: Desk) -> None:
    shapes = samples()
    desk.stripe.customers.create({})
    desk.session()
    desk.pay(desk.session(), method="bank_debit")
    for number in ("4242424242424242", "4000000000000002", "4000000000000259", "4000002760003184"):
        desk.pay(desk.session(), number)
    held = desk.session(payment_intent_data={"capture_method": "manual"})
    desk.pay(held)
    desk.stripe.payment_intents.cancel(desk.intent(held).id)
    paid = desk.stripe.charges.list({"limit": 100}).data
    desk.stripe.refunds.create({"charge": next(c.id for c in paid if c.captured and not c.disputed)})
    made = [*desk.parts.account.objects.values()]
    made += [line for note in desk.parts.account.notes.values() for line in note.get("line_items", [])]
    kinds = "charge customer dispute event item payment_intent payment_method price product refund"
    assert {obj["object"] for obj in made} == {"checkout.session", *kinds.split()}
    faults = {fault for obj in made for fault in unlike(shapes[obj["object"]], obj, obj["object"])}
    assert sorted(faults) == []
