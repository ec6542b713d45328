"""Refunding a part of an order, and the desk for money that waits for a person."""

from __future__ import annotations

import pytest
from at_a_desk import at_desk, order_of
from builders import someone
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, hidden, words
from sqlalchemy import select
from stripe_beside import Stripe
from test_staff_orders import card_app, paid_by_card
from test_unexpected import paid_twice

from shop.core import clock
from shop.core.database import reading, writing
from shop.ordering import fulfilment, links, return_requests
from shop.ordering.models import Order, OrderLine, PaymentState, ShipmentLine
from shop.ordering.placement import Placed
from shop.ordering.return_models import ReturnReason
from shop.payments import refunding, refunds, settlement
from shop.payments.models import PaymentAttempt, Refund, RefundLine, Restock, StrayPayment

__all__ = ["card_app"]

Shop = tuple[Flask, Stripe]


def about(app: Flask, placed: Placed) -> str:
    with app.app_context():
        return refunding.shown(placed.order_id)


def refund(app: Flask, desk: FlaskClient, placed: Placed, **form: str) -> int:
    data = {"about": about(app, placed), "reason": "A vial broke", **form}
    return desk.post(f"/staff/orders/{placed.number}/refund", data=data).status_code


def test_vials_are_refunded_at_what_they_cost_and_no_more_than_were_ordered(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk = at_desk(app, "sales")
    with app.app_context(), reading() as session:
        number = session.scalars(select(OrderLine.id)).one()
    line, choice = f"vials-{number}", {f"restock-{number}": "none"}
    shown = words(desk.get(f"/staff/orders/{placed.number}/refund"))
    assert "This cannot be undone" in shown

    assert refund(app, desk, placed, **{line: "1"}, **choice) == 303
    assert order_of(app, placed).payment_state == PaymentState.PART_REFUNDED
    assert refund(app, desk, placed, **{line: "2"}, **choice) == 400
    assert refund(app, desk, placed, **{line: "1"}, **choice, other="14.00") == 303

    assert order_of(app, placed).payment_state == PaymentState.REFUNDED
    with app.app_context(), reading() as session:
        amounts = session.scalars(select(RefundLine.amount_minor).order_by(RefundLine.id)).all()
        assert list(amounts) == [4600, 4600, 1400]
    assert refund(app, desk, placed, other="0.01") == 400


def test_a_choice_for_the_vials_is_asked_for_and_none_is_made_in_advance(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk, address = at_desk(app, "sales"), f"/staff/orders/{placed.number}/refund"
    page = desk.get(address)
    with app.app_context(), reading() as session:
        number = session.scalars(select(OrderLine.id)).one()
    assert page.text.count(f'name="restock-{number}"') == len(Restock)
    assert "checked" not in page.text
    assert "Up to 2 vials now" in words(page)
    form = {"about": about(app, placed), "reason": "Broken", f"vials-{number}": "1"}
    refused = desk.post(address, data=form)
    assert refused.status_code == 400
    assert "Choose what becomes of the vials of Semax" in words(refused)
    both = words(desk.post(address, data={**form, "reason": ""}))
    assert "Choose what becomes of the vials of Semax" in both and "Give a reason" in both
    assert f'href="#restock-{number}-0"' in refused.text
    assert 'value="1"' in refused.text and ">\r\nBroken</textarea>" in refused.text
    assert desk.post(address, data={**form, f"restock-{number}": "burned"}).status_code == 400
    with app.app_context(), reading() as session:
        assert session.scalars(select(Refund.id)).all() == []

    done = desk.post(address, data={**form, f"restock-{number}": "write_off"})
    told = words(follow(desk, done))
    assert "The refund is on its way." in told
    assert "1 × Semax" in told and "Vials are written off" in told
    assert "Taken out of the order" in told


def test_a_buyer_reads_what_was_refunded_for_and_where_it_stands(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    with app.app_context(), reading() as session:
        number = session.scalars(select(OrderLine.id)).one()
        order = session.get_one(Order, placed.order_id)
        path = links.order_path(order.id, order.reference)
    refund(
        app,
        at_desk(app, "sales"),
        placed,
        **{f"vials-{number}": "1", f"restock-{number}": "to_shelf"},
        other="3.50",
    )
    text = words(app.test_client().get(path))
    assert ": done" in text
    assert "1 × Semax" in text and "$46.00; these vials are with us, back on our shelf" in text
    assert "Delivery, or another amount: $3.50" in text
    assert "$49.50" in text


def test_a_failed_refund_is_tried_again_on_a_page_of_its_own_and_once(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk = at_desk(app, "sales")
    assert refund(app, desk, placed, other="20.00") == 303
    with app.app_context(), reading() as session:
        (first,) = session.scalars(select(Refund)).all()
        failed, stripe_id = first.id, first.stripe_refund
    assert stripe_id is not None
    address = f"/staff/orders/{placed.number}/refunds/{failed}/again"
    assert address not in desk.get(f"/staff/orders/{placed.number}").text
    assert "has not failed" in words(desk.get(address))
    stripe.control(f"refunds/{stripe_id}/fail")
    with app.app_context():
        refunds.look_again(stripe_id)
    page = desk.get(f"/staff/orders/{placed.number}")
    assert "A refund came back from the bank" in words(page)
    assert address in page.text
    assert "A refund shown as done came back from the bank" in words(desk.get("/staff/payments"))
    asked = desk.get(address)
    assert "It goes out under a new key" in words(asked)
    form = {"about": hidden(asked, "about"), "reason": "The card is open again"}
    assert desk.post(address, data={**form, "reason": ""}).status_code == 400
    told = words(follow(desk, desk.post(address, data=form)))
    assert "The refund is on its way again." in told
    assert "Refund tried again by" in told and "The card is open again" in told
    with app.app_context(), reading() as session:
        assert len(session.scalars(select(Refund.id)).all()) == 2
    assert desk.post(address, data=form).status_code == 400
    assert "was tried again already" in words(desk.get(address))
    assert address not in desk.get(f"/staff/orders/{placed.number}").text
    assert "No money waits" in words(desk.get("/staff/payments"))


def test_a_refund_of_unknown_outcome_is_asked_about_and_not_tried_again(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk = at_desk(app, "sales")
    stripe.control("faults", kind="dropped", count=5, method="POST")
    form = {"about": about(app, placed), "reason": "Late", "other": "20.00"}
    told = words(follow(desk, desk.post(f"/staff/orders/{placed.number}/refund", data=form)))
    assert "The refund is written down. Stripe has not answered" in told
    assert "The outcome of a refund is not known yet" in told
    assert "Outcome not known yet" in told and "Try again" not in told
    with app.app_context(), reading() as session:
        (found,) = session.scalars(select(Refund)).all()
        number, key = found.id, found.key
    address = f"/staff/orders/{placed.number}/refunds/{number}/again"
    assert "is not sent a second time before that" in words(desk.get(address))
    tried = {"about": "paid.passed.to_pick", "reason": "impatient"}
    refused = desk.post(address, data=tried)
    assert (refused.status_code, "has not failed" in words(refused)) == (400, True)
    stripe.mend()
    with app.app_context():
        refunds.send(number)
        with reading() as session:
            (found,) = session.scalars(select(Refund)).all()
            assert (found.state.value, found.key) == ("succeeded", key)


def test_a_refund_of_another_order_is_not_tried_again_from_here(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk = at_desk(app, "sales")
    assert desk.get(f"/staff/orders/{placed.number}/refunds/99/again").status_code == 404
    assert desk.get(f"/staff/orders/{placed.number}/refund?return=7").status_code == 404
    assert at_desk(app, "warehouse").get(f"/staff/orders/{placed.number}/refund").status_code == 403


def test_a_return_and_its_refund_lead_to_each_other(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    with app.app_context():
        member = someone("warehouse", "sales", "quality")
        with reading() as session:
            order = session.get_one(Order, placed.order_id)
            number = order.lines[0].id
            lot = order.lines[0].reservations[0].lot.number
        fulfilment.pick(placed.order_id, lot, staff=member)
        fulfilment.pack(placed.order_id, staff=member)
        fulfilment.ship(placed.order_id, carrier="C", tracking="1", staff=member)
        with reading() as session:
            sent = session.scalars(select(ShipmentLine.id)).one()
        back, _refusal = return_requests.ask(
            placed.order_id, {sent: 2}, reason=ReturnReason.DAMAGED, text="seal", once="form-1"
        )
        return_requests.approve(back, instructions="Send it.", staff=member)
        with reading() as session:
            line_id = return_requests.find(session, back).lines[0].id
        return_requests.receive(back, {line_id: 2}, staff=member, note="")
    desk, page = at_desk(app, "sales", "quality"), f"/staff/returns/{back}"
    assert "Refund its vials" not in words(desk.get(page))
    looked = {f"keep-{line_id}": "1", f"write-off-{line_id}": "1", "words": "One seal is broken."}
    assert "1 set apart, 1 written off" in words(follow(desk, desk.post(f"{page}/inspect", data=looked)))
    address = f"/staff/orders/{placed.number}/refund?return={back}"
    assert address in desk.get(page).text
    form_page = desk.get(address)
    assert 'value="2"' in form_page.text, "as many as came back stand there to begin with"
    assert "Up to 1 vial now" in words(form_page)
    by_hand = desk.get(f"/staff/orders/{placed.number}/refund")
    for page_of_sent in (form_page, by_hand):
        assert 'value="quarantine"' in page_of_sent.text
        assert 'value="to_shelf"' not in page_of_sent.text, "what has left is not offered to be sold"
    form = {
        "about": about(app, placed),
        "reason": "Seal broken",
        f"vials-{number}": "2",
        f"restock-{number}": "to_shelf",
    }
    refused = desk.post(address, data=form)
    assert refused.status_code == 400
    assert "a vial that has left the store is never sold again" in words(refused)
    done = desk.post(address, data={**form, f"vials-{number}": "1", f"restock-{number}": "quarantine"})
    assert "return R-" in words(follow(desk, done))
    assert "$46.00" in words(desk.get(page)) and "#refunds-h" in desk.get(page).text
    with app.app_context(), reading() as session:
        order = session.get_one(Order, placed.order_id)
        path = links.order_path(order.id, order.reference)
    assert "for return R-" in words(app.test_client().get(path))


def test_a_double_click_refunds_once(card_app: Shop) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    desk, same = at_desk(app, "sales"), about(app, placed)
    assert refund(app, desk, placed, other="20.00", about=same) == 303
    assert refund(app, desk, placed, other="20.00", about=same) == 400
    with app.app_context(), reading() as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [2000]
        assert session.scalars(select(PaymentAttempt.given_back_minor)).all() == [2000]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"other": "-5"},
        {"other": "1e5"},
        {"other": "٣"},
        {"other": "0.001"},
        {"other": "999999.00"},
        {"other": "5", "reason": ""},
        {"other": "5", "about": "1.0"},
    ],
)
def test_what_cannot_be_refunded_is_said_and_changes_nothing(card_app: Shop, form: dict[str, str]) -> None:
    app, stripe = card_app
    placed = paid_by_card(app, stripe)
    if "about" in form:
        form = {**form, "about": "999.0"}
    assert refund(app, at_desk(app, "sales"), placed, **form) == 400
    with app.app_context(), reading() as session:
        assert session.scalars(select(Refund.id)).all() == []


def test_stray_money_waits_on_the_desk_until_somebody_says_what_was_done(card_app: Shop) -> None:
    app, _stripe = card_app
    desk = at_desk(app, "sales")
    assert "No money waits" in words(desk.get("/staff/payments"))
    with app.app_context(), writing() as session:
        session.add(
            StrayPayment(
                stripe_payment_intent="pi_stray",
                named_order="12345",
                amount_minor=4200,
                currency="USD",
                status="succeeded",
                found_at=clock.now(),
            )
        )
    assert "Payments that wait for a person" in words(desk.get("/staff"))
    assert "pi_stray" in words(desk.get("/staff/payments"))
    assert desk.post("/staff/payments/stray/1", data={"note": " "}).status_code == 400
    assert desk.post("/staff/payments/stray/1", data={"note": "Sent back at Stripe"}).status_code == 303
    assert "No money waits" in words(desk.get("/staff/payments"))


def test_money_that_an_order_did_not_wait_for_is_sent_back_from_the_desk(card_app: Shop) -> None:
    app, stripe = card_app
    with app.app_context():
        placed, second = paid_twice(stripe)
        settlement.settle(second)
    desk = at_desk(app, "sales")
    listed = desk.get("/staff/payments")
    assert "A second payment of the order" in words(listed)
    address = listed.text.partition('href="/staff/payments/')[2].partition('"')[0]
    path = f"/staff/payments/{address}"
    assert f'href="{path}"' in desk.get(f"/staff/orders/{placed.number}").text
    page = desk.get(path)
    assert "$106.00 goes back to the card it came from. This cannot be undone" in words(page)
    form = {"about": hidden(page, "about"), "reason": ""}
    assert desk.post(path, data=form).status_code == 400
    assert desk.post(path, data={**form, "reason": "Paid twice", "about": "x"}).status_code == 400

    assert desk.post(path, data={**form, "reason": "Paid twice"}).status_code == 303

    assert "No money waits" in words(desk.get("/staff/payments"))
    assert "Nothing of this payment is here any more" in words(desk.get(path))
    again = desk.post(path, data={**form, "reason": "Paid twice"})
    assert again.status_code == 400 and "dealt with this payment" in words(again)
    assert order_of(app, placed).payment_state == PaymentState.PAID
    told = words(desk.get(f"/staff/orders/{placed.number}"))
    assert "goes back. Paid twice" in told
    assert at_desk(app, "warehouse").get(path).status_code == 403
    assert desk.get("/staff/payments/999/send-back").status_code == 404
