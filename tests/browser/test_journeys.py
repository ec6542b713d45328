"""One order, end to end, through Chromium, in each way a payment can go, on both databases."""

from __future__ import annotations

import time

import pytest
from buying import (
    DECLINED_CARD,
    GOOD_CARD,
    THREE_D_SECURE_CARD,
    answer_the_steps,
    enter_card,
    order_number,
    pick_pack_and_ship,
    place,
    put_in_cart,
    read_and_find_the_listing,
    sign_in,
)
from playwright.sync_api import Page, expect
from running import Running
from sqlalchemy import func, select

from shop import worker
from shop.core.database import reading
from shop.core.jobs import Timetable
from shop.ordering.models import FulfilmentState, Order, PaymentState, order_id_of
from shop.ordering.models import order_number as order_number_of

pytestmark = pytest.mark.browser


def order_of(running: Running, number: str) -> tuple[PaymentState, FulfilmentState]:
    with running.app.app_context(), reading() as session:
        order = session.get_one(Order, order_id_of(number))
        return order.payment_state, order.fulfilment_state


def mail_about(running: Running, number: str) -> list[str]:
    """Send what is in the outbox; the kinds of mail written about an order, in their order."""
    with running.app.app_context():
        worker.turn(Timetable())
        folder = running.app.extensions["aliquot_settings"].mail_dir
        about = [path for path in sorted(folder.glob("*.eml")) if number in path.read_text()]
        return [path.stem.split("-", 3)[3] for path in about]


def test_an_order_by_card_from_the_monograph_to_the_parcel(running: Running, page: Page) -> None:
    read_and_find_the_listing(page, running.address)
    put_in_cart(page, "10 mg", 2)
    answer_the_steps(page, pay_by="Card")
    place(page)
    enter_card(page, GOOD_CARD)
    number = order_number(page)
    expect(page.get_by_role("main")).to_contain_text("Order placed")
    expect(page.get_by_role("main")).to_contain_text("PBP-26")
    assert order_of(running, number) == (PaymentState.PAID, FulfilmentState.TO_PICK)

    staff = running.people[0]
    sign_in(page, running.address, staff.email, staff.password)
    pick_pack_and_ship(page, running.address, number)

    assert order_of(running, number) == (PaymentState.PAID, FulfilmentState.SHIPPED)
    assert mail_about(running, number) == ["order-placed", "order-paid", "order-shipped"]


def test_a_declined_card_is_answered_on_the_payment_page_and_another_one_pays(
    running: Running, page: Page
) -> None:
    page.goto(f"{running.address}/products/semax")
    put_in_cart(page, "10 mg", 1)
    answer_the_steps(page, pay_by="Card")
    place(page)
    enter_card(page, DECLINED_CARD)
    expect(page.locator("body")).to_contain_text("declined")
    enter_card(page, GOOD_CARD)
    number = order_number(page)
    assert order_of(running, number) == (PaymentState.PAID, FulfilmentState.TO_PICK)


def test_a_failed_3d_secure_check_leaves_the_order_waiting_and_pay_now_works(
    running: Running, page: Page
) -> None:
    page.goto(f"{running.address}/products/semax")
    put_in_cart(page, "10 mg", 1)
    answer_the_steps(page, pay_by="Card")
    place(page)
    enter_card(page, THREE_D_SECURE_CARD)
    page.get_by_role("button", name="Fail").click()
    page.get_by_role("link", name="Back").click()
    number = order_number(page)
    expect(page.get_by_role("main")).to_contain_text("waits for payment")
    assert order_of(running, number) == (PaymentState.DUE, FulfilmentState.HELD)

    page.get_by_role("button", name="Pay now").click()
    enter_card(page, THREE_D_SECURE_CARD)
    page.get_by_role("button", name="Complete").click()
    assert order_number(page) == number
    assert order_of(running, number) == (PaymentState.PAID, FulfilmentState.TO_PICK)


def test_a_browser_closed_before_the_return_page_loses_nothing(running: Running, page: Page) -> None:
    page.goto(f"{running.address}/products/semax")
    put_in_cart(page, "10 mg", 1)
    answer_the_steps(page, pay_by="Card")
    place(page)
    page.get_by_label("Card number").wait_for()
    page.route("**/orders/**", lambda route: route.abort())
    answer = running.stripe.pay(page.url)
    assert answer.status_code == 303
    page.close()

    with running.app.app_context(), reading() as session:
        number = order_number_of(session.scalars(select(func.max(Order.id))).one())
    for _second in range(100):
        if order_of(running, number)[0] == PaymentState.PAID:
            break
        time.sleep(0.1)
    assert order_of(running, number) == (PaymentState.PAID, FulfilmentState.TO_PICK)


def test_an_order_by_purchase_order_is_approved_and_shipped(running: Running, page: Page) -> None:
    read_and_find_the_listing(page, running.address)
    put_in_cart(page, "10 mg", 3)
    answer_the_steps(page, pay_by="Purchase order", po_number="PO-2026-1183")
    place(page)
    number = order_number(page)
    expect(page.get_by_role("main")).to_contain_text("We check purchase order PO-2026-1183")

    staff = running.people[1]
    sign_in(page, running.address, staff.email, staff.password)
    page.goto(f"{running.address}/staff/orders/{number}")
    page.get_by_role("link", name="Approve").click()
    page.get_by_label("Reason").fill("Purchase order checked")
    page.get_by_role("button", name="Approve").click()
    assert order_of(running, number) == (PaymentState.ON_ACCOUNT, FulfilmentState.TO_PICK)
    pick_pack_and_ship(page, running.address, number)

    assert order_of(running, number) == (PaymentState.ON_ACCOUNT, FulfilmentState.SHIPPED)
    assert mail_about(running, number) == ["order-placed", "order-approved", "order-shipped"]
