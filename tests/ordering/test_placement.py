"""Placing an order: one transaction, all or nothing, for just what Review showed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import (
    WHERE,
    Stock,
    answer_all,
    draft_for,
    make_lot,
    make_ready_to_sell,
    make_size,
    order_for,
    place,
    shown,
    stock,
)
from flask import Flask
from sqlalchemy import func, select, update

from shop.attestations import statements
from shop.attestations.models import AttestationRecord, AttestationSigner, Outcome
from shop.catalogue.models import Price
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.outbox import OutboxMessage
from shop.inventory import lots
from shop.inventory.models import LotState, Reservation, StockMovement
from shop.ordering import cart, checkout, placement, review
from shop.ordering.checkout import Step, StepMissing
from shop.ordering.models import (
    CartLine,
    CheckoutDraft,
    FulfilmentState,
    Order,
    PaymentMethod,
    PaymentState,
    ReviewState,
)
from shop.ordering.placement import ReviewChanged


@pytest.fixture(autouse=True)
def a_shop_that_can_sell(shop: Flask) -> None:
    make_ready_to_sell()


def test_an_order_reserves_its_vials_and_freezes_what_was_shown() -> None:
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)

    placed = order_for({sku: 2})

    assert stock(lot) == Stock(on_hand=10, reserved=2, allocated=0)
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert [(line.sku, line.quantity, line.unit_minor) for line in order.lines] == [(sku, 2, 4600)]
        assert [(charge.kind.value, charge.amount_minor) for charge in order.charges] == [
            ("items", 9200),
            ("delivery", 1400),
            ("tax", 0),
        ]
        assert order.total_minor == 10600
        assert [each.lot.number for each in order.lines[0].reservations] == [lot]
        assert order.lines[0].reservations[0].certificate.revision == 1
        assert (order.payment_state, order.review_state, order.fulfilment_state) == (
            PaymentState.DUE,
            ReviewState.WAITING,
            FulfilmentState.HELD,
        )


def test_the_lot_that_leaves_the_shelf_first_is_taken_first_and_a_line_splits_over_lots() -> None:
    sku = make_size()
    later = make_lot(sku, 10, retest_on=clock.today() + timedelta(days=700))
    sooner = make_lot(sku, 3, retest_on=clock.today() + timedelta(days=300))

    order_for({sku: 5})

    assert stock(sooner).reserved == 3
    assert stock(later).reserved == 2


def test_a_second_submit_finds_the_first_order() -> None:
    sku = make_size()
    lot = make_lot(sku, 10)
    token = draft_for({sku: 2})
    seen = shown(token)

    first = placement.place(token, seen, WHERE)
    second = placement.place(token, seen, WHERE)

    assert first == second
    assert stock(lot).reserved == 2
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_nothing_is_placed_when_the_price_moved_and_the_change_is_named() -> None:
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)
    token = draft_for({sku: 1})
    seen = shown(token)
    with writing() as session:
        session.execute(update(Price).values(unit_minor=4800))

    with pytest.raises(ReviewChanged) as refused:
        placement.place(token, seen, WHERE)

    assert any("$48.00, not $46.00" in sentence for sentence in refused.value.changes)
    assert any("total is now $62.00, not $60.00" in sentence for sentence in refused.value.changes)
    assert stock(lot).reserved == 0
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0
        assert session.scalar(select(func.count()).select_from(StockMovement)) == 1


def test_nothing_is_placed_when_the_lot_is_another_one_than_shown() -> None:
    sku = make_size()
    first = make_lot(sku, 5, retest_on=clock.today() + timedelta(days=300))
    second = make_lot(sku, 5, retest_on=clock.today() + timedelta(days=500))
    token = draft_for({sku: 1})
    seen = shown(token)
    lots.change_state(first, LotState.ON_HOLD, actor="q@shop.example", reason="appearance query")

    with pytest.raises(ReviewChanged, match=second):
        placement.place(token, seen, WHERE)

    assert (stock(first).reserved, stock(second).reserved) == (0, 0)
    assert place(token).number


def test_what_sold_out_meanwhile_says_so_and_how_many_are_left() -> None:
    sku = make_size()
    make_lot(sku, 3)
    token = draft_for({sku: 3})
    seen = shown(token)
    order_for({sku: 2})

    with pytest.raises(review.SoldOut, match="Only 1 of"):
        placement.place(token, seen, WHERE)


@pytest.mark.parametrize(
    "path",
    [(LotState.ON_HOLD,), (LotState.ON_HOLD, LotState.REJECTED), (LotState.RECALLED,)],
    ids=["on_hold", "rejected", "recalled"],
)
def test_only_a_released_lot_is_sold(path: tuple[LotState, ...]) -> None:
    sku = make_size()
    number = make_lot(sku, 5)
    make_lot(sku, 5, state=LotState.QUARANTINE)
    token = draft_for({sku: 1})
    seen = shown(token)
    for state in path:
        lots.change_state(number, state, actor="a", reason="b")

    with pytest.raises(review.SoldOut):
        placement.place(token, seen, WHERE)


def test_a_lot_that_would_be_off_the_shelf_on_the_ship_date_is_not_sold() -> None:
    sku = make_size()
    near = make_lot(sku, 5, retest_on=clock.today() + timedelta(days=31))
    fresh = make_lot(sku, 5, retest_on=clock.today() + timedelta(days=60))

    order_for({sku: 1})

    assert (stock(near).reserved, stock(fresh).reserved) == (0, 1)


def test_two_lines_of_two_sizes_of_one_order_are_planned_together() -> None:
    one, two = make_size(), make_size()
    first, second = make_lot(one, 2), make_lot(two, 4)

    order_for({one: 2, two: 3})

    assert (stock(first).reserved, stock(second).reserved) == (2, 3)


def test_the_attestation_is_signed_over_just_these_lots_and_hides_who_signed() -> None:
    sku = make_size()
    lot = make_lot(sku, 10)

    placed = order_for({sku: 2})

    with reading() as session:
        record = session.scalars(select(AttestationRecord)).one()
        assert record.outcome == Outcome.CONFIRMED
        assert record.order_reference == placed.reference
        assert record.content["lines"][0]["lots"] == [
            {"number": lot, "certificate_revision": 1, "quantity": 2}
        ]
        assert "Vermeer Institute for Molecular Assays" in record.rendered_text
        assert "Netherlands" in record.rendered_text
        assert "Brandsma" not in str(record.content) + record.rendered_text
        signer = session.scalars(select(AttestationSigner)).one()
        assert (signer.typed_name, signer.ip_address) == ("Ilse Brandsma", "192.0.2.7")


def test_a_changed_destination_asks_again() -> None:
    sku = make_size()
    make_lot(sku, 10)
    token = draft_for({sku: 1})
    seen = shown(token)
    checkout.save_delivery(
        token,
        country="DE",
        address_line1="Specimenstrasse 1",
        address_line2="",
        city="Berlin",
        region="",
        postcode="10115",
        goods_in="",
        delivery_method="tracked",
    )

    with pytest.raises(StepMissing) as refused:
        placement.place(token, seen, WHERE)

    assert refused.value.step == Step.RESEARCH_USE


def test_a_changed_quantity_or_organisation_asks_again() -> None:
    sku = make_size()
    make_lot(sku, 10)
    for change in ("quantity", "organisation"):
        token = draft_for({sku: 1})
        with reading() as session:
            cart_id = session.scalars(select(CheckoutDraft.cart_id).where(CheckoutDraft.token == token)).one()
            line_id = session.scalars(select(CartLine.id).where(CartLine.cart_id == cart_id)).one()
        if change == "quantity":
            cart.set_quantities(cart_id, {line_id: 2})
        else:
            checkout.save_contact(
                token, name="Ilse Brandsma", email="i@vima.example", organisation="Another", phone=""
            )
        with pytest.raises(StepMissing):
            placement.place(token, {}, WHERE)


def test_a_new_statement_version_asks_again() -> None:
    sku = make_size()
    make_lot(sku, 10)
    token = draft_for({sku: 1})
    seen = shown(token)
    with writing() as session:
        statements.publish(
            session,
            code="RU-2",
            in_force_from=clock.now(),
            preamble="Newer.",
            clauses=[("Laboratory research only", "Only that.")],
        )

    with pytest.raises(StepMissing):
        placement.place(token, seen, WHERE)


def test_a_statement_that_cannot_be_confirmed_is_recorded_once_and_orders_nothing() -> None:
    sku = make_size()
    lot = make_lot(sku, 10)
    token = draft_for({sku: 1})
    seen = shown(token)

    assert answer_all(token, "no") is False
    assert answer_all(token, "no") is False

    with pytest.raises(StepMissing):
        placement.place(token, seen, WHERE)
    assert stock(lot).reserved == 0
    with reading() as session:
        records = session.scalars(select(AttestationRecord)).all()
        assert [record.outcome for record in records] == [Outcome.NOT_CONFIRMED]
        assert records[0].order_reference is None


def test_a_purchase_order_empties_the_cart_and_a_card_order_keeps_it_until_paid() -> None:
    sku = make_size()
    make_lot(sku, 10)
    for method, left in ((PaymentMethod.PURCHASE_ORDER, 0), (PaymentMethod.CARD, 1)):
        placed = order_for({sku: 1}, method=method)
        with reading() as session:
            cart_id = session.get_one(Order, placed.order_id).cart_id
            lines = session.scalars(select(CartLine).where(CartLine.cart_id == cart_id)).all()
            assert len(lines) == left


def test_a_card_order_is_held_longer_than_its_payment_page_lives() -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = order_for({sku: 1}, method=PaymentMethod.CARD)
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert order.held_until is not None
        assert order.held_until - order.placed_at == timedelta(minutes=41)
        assert order.review_state == ReviewState.PASSED


def test_words_that_show_personal_use_hold_the_order_for_a_person() -> None:
    sku = make_size()
    make_lot(sku, 10)
    placed = place(draft_for({sku: 1}, method=PaymentMethod.CARD, goods_in="for my own use, with syringes"))
    with reading() as session:
        order = session.get_one(Order, placed.order_id)
        assert order.review_state == ReviewState.WAITING
        assert [event.note for event in order.events if event.kind == "screening"] == [
            "Words of the order are used for personal use"
        ]


def test_a_reservation_is_never_of_more_than_there_is_even_when_shown_is_forged() -> None:
    sku = make_size()
    make_lot(sku, 10)
    token = draft_for({sku: 1})
    forged = shown(token) | {"total_minor": 1}

    with pytest.raises(ReviewChanged):
        placement.place(token, forged, WHERE)

    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Reservation)) == 0
