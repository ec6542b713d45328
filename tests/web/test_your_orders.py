"""Finding one's orders by a mailed code, seeing them all, and ordering again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from at_a_desk import an_order, browser
from builders import make_lot, make_size, order_for
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import event, select, update
from werkzeug.test import TestResponse

from shop.catalogue.models import Price, Product, VialSize
from shop.core import clock, outbox_desk
from shop.core.database import db, reading, writing
from shop.core.outbox import OutboxMessage
from shop.inventory import lots
from shop.inventory.models import LotState
from shop.ordering import links, order_lookup
from shop.ordering.models import CartLine, CheckoutDraft, Order
from shop.ordering.order_lookup import OrderLookup

EMAIL = "i.brandsma@vima.example"


def ask(client: FlaskClient, number: str, email: str = EMAIL, **more: str) -> TestResponse:
    return client.post("/orders", data={"number": number, "email": email}, environ_overrides=more)


def codes(app: Flask) -> list[str]:
    """The codes mailed so far, the oldest first."""
    with app.app_context():
        while order_lookup.answer():
            pass
        with reading() as session:
            bodies = session.scalars(
                select(OutboxMessage.payload)
                .where(OutboxMessage.key.like("mail/order-code/%"))
                .order_by(OutboxMessage.id)
            )
            return [re.findall(r"\b\d{4} \d{4}\b", each["body"])[0] for each in bodies]


def look_of(answer: TestResponse) -> str:
    return answer.headers["Location"].partition("look=")[2]


def test_a_buyer_sees_all_their_orders_with_a_code_from_the_mail(web_app: Flask, web: FlaskClient) -> None:
    first = an_order(web_app)
    with web_app.app_context():
        sku = make_size()
        make_lot(sku, 5)
        second = order_for({sku: 1})
    assert "Find your orders" in words(web.get("/orders"))
    answer = ask(web, first.number, EMAIL.upper())
    assert answer.status_code == 303
    page = web.get(answer.headers["Location"])
    assert "If the number and the address belong together" in words(page)
    assert page.headers["Cache-Control"] == "no-store"
    (code,) = codes(web_app)
    shown = web.post("/orders/code", data={"look": look_of(answer), "code": code.replace(" ", "")})
    assert shown.headers["Location"] == "/orders/yours"
    listed = web.get("/orders/yours")
    assert listed.headers["Cache-Control"] == "no-store"
    assert first.number in words(listed) and second.number in words(listed)
    address = re.findall(rf'href="(/orders/{first.number}\?key=[^"]+)"', listed.text)[0]
    assert web.get(address).status_code == 200

    again = web.post("/orders/code", data={"look": look_of(answer), "code": code})
    assert (again.status_code, "not right, or has run out" in words(again)) == (400, True), "once only"
    web.post("/orders/yours/forget")
    assert web.get("/orders/yours").headers["Location"] == "/orders"
    with clock.shifted(timedelta(hours=2)):
        assert web.get("/orders/yours").headers["Location"] == "/orders"


def test_the_proof_lasts_an_hour_in_this_browser_only(web_app: Flask, web: FlaskClient) -> None:
    placed = an_order(web_app)
    answer = ask(web, placed.number)
    (code,) = codes(web_app)
    web.post("/orders/code", data={"look": look_of(answer), "code": code})
    assert web.get("/orders/yours").status_code == 200
    assert web_app.test_client().get("/orders/yours").status_code == 303
    with clock.shifted(timedelta(minutes=61)):
        assert web.get("/orders/yours").status_code == 303


def statements(app: Flask, client: FlaskClient, number: str, email: str) -> list[str]:
    """What the database is asked while an answer is made."""
    with app.app_context():
        engine = db.engine
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    answer = ask(client, number, email)
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 303
    return seen


def test_the_answer_and_the_work_are_the_same_whatever_is_typed(web_app: Flask, web: FlaskClient) -> None:
    """By statements executed, because a clock tells little on a busy machine."""
    placed = an_order(web_app)
    tries = {
        "right": (placed.number, EMAIL),
        "other address": (placed.number, "somebody@else.example"),
        "no such order": ("19999", EMAIL),
        "no number at all": ("hello", EMAIL),
        "neither": ("19999", "somebody@else.example"),
        "not an address": (placed.number, "x' OR 1=1 --"),
    }
    done = {name: statements(web_app, web, *typed) for name, typed in tries.items()}
    assert {tuple(each) for each in done.values()} == {tuple(done["right"])}
    assert not any("sales_order" in each for each in done["right"])
    pages = set()
    for typed in tries.values():
        answer = ask(web, *typed)
        page = web.get(answer.headers["Location"])
        pages.add(page.text.replace(look_of(answer), ""))
    assert len(pages) == 1
    with web_app.app_context():
        while order_lookup.answer():
            pass
        with reading() as session:
            told = session.scalars(
                select(OutboxMessage.recipient).where(OutboxMessage.key.like("mail/order-code/%"))
            ).all()
    assert set(told) == {EMAIL}


def test_six_wrong_codes_are_enough_and_a_code_lasts_fifteen_minutes(
    web_app: Flask, web: FlaskClient
) -> None:
    placed = an_order(web_app)
    first, second = ask(web, placed.number), ask(web, placed.number)
    one, two = codes(web_app)
    for _try in range(6):
        wrong = "1234 5678" if one != "1234 5678" else "8765 4321"
        assert web.post("/orders/code", data={"look": look_of(first), "code": wrong}).status_code == 400
    assert web.post("/orders/code", data={"look": look_of(first), "code": one}).status_code == 400
    with clock.shifted(timedelta(minutes=16)):
        assert web.post("/orders/code", data={"look": look_of(second), "code": two}).status_code == 400
    assert web.post("/orders/code", data={"look": look_of(second), "code": one}).status_code == 400
    assert web.post("/orders/code", data={"look": look_of(second), "code": two}).status_code == 303


def test_an_address_and_a_place_may_ask_only_so_often_and_the_answer_does_not_say_so(
    web_app: Flask, web: FlaskClient
) -> None:
    placed = an_order(web_app)
    for _try in range(order_lookup.MOST_BY_ADDRESS + 3):
        assert ask(web, placed.number).status_code == 303
    assert len(codes(web_app)) == order_lookup.MOST_BY_ADDRESS
    for number in range(order_lookup.MOST_BY_PLACE):
        ask(web, placed.number, f"x{number}@lab.example", REMOTE_ADDR="192.0.2.7")
    with web_app.app_context(), reading() as session:
        rows = session.scalars(
            select(OrderLookup.email).where(OrderLookup.email.like("x%@lab.example"))
        ).all()
    assert len(rows) == order_lookup.MOST_BY_PLACE
    ask(web, placed.number, "y@lab.example", REMOTE_ADDR="192.0.2.7")
    with web_app.app_context(), reading() as session:
        assert not session.scalars(select(OrderLookup).where(OrderLookup.email == "y@lab.example")).all()
    with clock.shifted(timedelta(minutes=16)):
        ask(web, placed.number)
        assert len(codes(web_app)) == order_lookup.MOST_BY_ADDRESS + 1


def test_what_was_asked_is_forgotten_and_codes_are_kept_as_hashes(web_app: Flask, web: FlaskClient) -> None:
    placed = an_order(web_app)
    ask(web, placed.number)
    (code,) = codes(web_app)
    with web_app.app_context():
        with reading() as session:
            row = session.scalars(select(OrderLookup)).one()
            assert code.replace(" ", "") not in str(vars(row))
            assert "127.0.0.1" not in str(vars(row))
        with clock.shifted(timedelta(hours=25)):
            assert order_lookup.forget() == 1
        with writing() as session:
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.key.like("mail/order-code/%"))
                .values(sent_at=None, dismissed_at=clock.now() - timedelta(days=100))
            )
        assert outbox_desk.clear_old() == 1


def test_odd_forms_are_refused_in_words(web: FlaskClient) -> None:
    for form in (
        {},
        {"number": "", "email": ""},
        {"number": "1" * 50, "email": EMAIL},
        {"number": "1\x00", "email": EMAIL},
        {"number": "10001", "email": "x" * 400},
    ):
        answer = web.post("/orders", data=form)
        assert (answer.status_code, "There is a problem" in words(answer)) == (400, True), form
    for look, code in (("", ""), ("x", ""), ("x" * 500, "1"), ("\x00", "ünïcode"), ("x", "１２３４")):
        answer = web.post("/orders/code", data={"look": look, "code": code})
        assert (answer.status_code, "There is a problem" in words(answer)) == (400, True), look


# Ordering again


def address_of(app: Flask, order_id: int) -> str:
    with app.app_context(), reading() as session:
        order = session.get_one(Order, order_id)
        return f"/orders/{order.number}/again?key={links.order_key(order.reference)}"


def in_cart(app: Flask) -> list[tuple[str, int]]:
    with app.app_context(), reading() as session:
        rows = session.scalars(select(CartLine).order_by(CartLine.id))
        return [(line.vial_size.sku, line.quantity) for line in rows if line.cart_id == newest_cart(app)]


def newest_cart(app: Flask) -> int:
    with reading() as session:
        return max(session.scalars(select(CartLine.cart_id)))


def test_the_same_sizes_and_quantities_come_into_the_cart_and_nothing_else_is_copied(
    web_app: Flask, web: FlaskClient
) -> None:
    with web_app.app_context():
        skus = make_size(price_minor=4600), make_size(price_minor=2000)
        for sku in skus:
            make_lot(sku, 20)
        placed = order_for({skus[0]: 2, skus[1]: 3})
    address = address_of(web_app, placed.order_id)
    page = web.get(address.replace("/again", ""))
    assert "Order the same again" in words(page)
    answer = web.post(address)
    assert answer.headers["Location"] == "/cart"
    assert "2 items of order" in words(web.get("/cart"))
    assert sorted(in_cart(web_app)) == sorted([(skus[0], 2), (skus[1], 3)])
    with web_app.app_context(), reading() as session:
        drafts = session.scalars(select(CheckoutDraft)).all()
        assert [draft.po_number for draft in drafts if draft.cart_id == newest_cart(web_app)] == []
    assert web.post(address.replace("key=", "key=x")).status_code == 404


def test_ordering_again_says_whether_the_vials_come_from_the_lot_they_came_from(
    web_app: Flask, web: FlaskClient
) -> None:
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 5, number="SMX-OLD", retest_on=clock.today() + timedelta(days=400))
        placed = order_for({sku: 2})
    address = address_of(web_app, placed.order_id)
    web.post(address)
    assert "comes from lot SMX-OLD, as before." in words(web.get("/cart"))

    with web_app.app_context():
        make_lot(sku, 5, number="SMX-NEW", retest_on=clock.today() + timedelta(days=300))
    another = browser(web_app)
    another.post(address)
    assert (
        "comes from lot SMX-NEW. Of lot SMX-OLD, which you had, 3 vials are still on sale: ask on the page "
        "of your order to have some kept for you."
    ) in words(another.get("/cart"))

    with web_app.app_context():
        lots.change_state("SMX-OLD", LotState.ON_HOLD, actor="q@shop.example", reason="cloudy vial")
    third = browser(web_app)
    third.post(address)
    assert "lot SMX-NEW; lot SMX-OLD, which you had, is no longer on sale." in words(third.get("/cart"))


def test_a_changed_price_a_sold_out_size_and_one_no_longer_sold_are_said(
    web_app: Flask, web: FlaskClient
) -> None:
    with web_app.app_context():
        dearer, scarce, gone, sold_out = (make_size(price_minor=4600) for _size in range(4))
        for sku, vials in ((dearer, 20), (scarce, 6), (gone, 20), (sold_out, 3)):
            make_lot(sku, vials)
        placed = order_for({dearer: 2, scarce: 4, gone: 1, sold_out: 3})
        with writing() as session:
            sizes = {size.sku: size for size in session.scalars(select(VialSize))}
            session.execute(
                update(Price).where(Price.vial_size_id == sizes[dearer].id).values(unit_minor=5100)
            )
            session.execute(update(Product).where(Product.id == sizes[gone].product_id).values(listed=False))
    web.post(address_of(web_app, placed.order_id))
    text = words(web.get("/cart"))
    assert "costs $51.00 a vial now; it was $46.00." in text
    assert "Only 2 vials" in text and "you had 4" in text
    assert "no longer sold" in text
    assert "sold out" in text
    assert sorted(in_cart(web_app)) == sorted([(dearer, 2), (scarce, 2)])


@pytest.mark.parametrize("engine", ["sqlite"])
def test_ordering_again_needs_the_form_of_our_own_page(web_app: Flask) -> None:
    placed = an_order(web_app)
    assert web_app.test_client().post(address_of(web_app, placed.order_id)).status_code == 403
