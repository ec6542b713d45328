"""What a buyer wants to send back is asked for, decided, received, looked at, and never sold from there."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import found_by_audit, make_lot, make_ready_to_sell, make_size, order_for, someone
from flask import Flask
from sqlalchemy import select, text

from shop.core.database import db, reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.inventory.models import Lot
from shop.ordering import fulfilment, return_requests, returns
from shop.ordering.models import ShipmentLine
from shop.ordering.return_models import Finding, ReturnReason, ReturnRequest, ReturnState
from shop.ordering.return_requests import Found
from shop.people.staff import SignedInStaff


@pytest.fixture
def staff(shop: Flask) -> SignedInStaff:
    make_ready_to_sell()
    return someone("warehouse", "sales", "quality")


def sent(staff: SignedInStaff, vials: int = 4) -> tuple[int, int, str]:
    """An order on its way: its id, the id of its shipment line, and its lot of ten vials."""
    sku = make_size()
    lot = make_lot(sku, 10)
    order_id = order_for({sku: vials}).order_id
    fulfilment.approve(order_id, staff=staff, reason="")
    fulfilment.pick(order_id, lot, staff=staff)
    fulfilment.pack(order_id, staff=staff)
    shipment = fulfilment.ship(order_id, carrier="C", tracking="1", staff=staff)
    with reading() as session:
        line = session.scalars(select(ShipmentLine.id).where(ShipmentLine.shipment_id == shipment)).one()
    return order_id, line, lot


def ask(order_id: int, line: int, vials: int, once: str = "form-1", words: str = "seal broken") -> int:
    request, _refusal = return_requests.ask(
        order_id, {line: vials}, reason=ReturnReason.DAMAGED, text=words, once=once
    )
    return request


def line_of(request_id: int) -> int:
    with reading() as session:
        (line,) = return_requests.find(session, request_id).lines
        return line.id


def counters(lot: str) -> tuple[int, int, int]:
    """On hand, set apart and free."""
    with reading() as session:
        found = session.scalars(select(Lot).where(Lot.number == lot)).one()
        return found.on_hand, found.quarantined, found.free


def mails(part: str) -> list[str]:
    with reading() as session:
        return [
            message.payload["body"]
            for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            if message.key.startswith(f"mail/return-{part}/")
        ]


def test_a_return_goes_from_the_buyers_wish_to_quarantine_or_write_off_and_never_to_sale(
    staff: SignedInStaff,
) -> None:
    order_id, line, lot = sent(staff)
    request = ask(order_id, line, 3)
    assert "Do not send anything yet." in mails("requested")[0]
    with pytest.raises(Refused, match="has not been allowed"):
        return_requests.receive(request, {line_of(request): 3}, staff=staff, note="")
    with pytest.raises(Refused, match="Write how"):
        return_requests.approve(request, instructions=" ", staff=staff)
    return_requests.approve(request, instructions="Send it to 1 Specimen Road.", staff=staff)
    return_requests.approve(request, instructions="again", staff=staff)
    assert "1 Specimen Road" in mails("approved")[0]
    with pytest.raises(Refused, match="decided before"):
        return_requests.refuse(request, why="no", staff=staff)

    with pytest.raises(Refused, match="names 3 vials"):
        return_requests.receive(request, {line_of(request): 4}, staff=staff, note="")
    assert counters(lot) == (6, 0, 6)
    return_requests.receive(request, {line_of(request): 2}, staff=staff, note="box dry")
    return_requests.receive(request, {line_of(request): 2}, staff=staff, note="box dry")
    assert counters(lot) == (8, 2, 6)

    with pytest.raises(Refused, match=r"2 vials of lot .* came back"):
        return_requests.inspect(
            request, [Found(line_id=line_of(request), quarantine=2, write_off=1)], staff=staff, note="x"
        )
    with pytest.raises(Refused, match="what you found"):
        return_requests.inspect(request, [], staff=staff, note="")
    finding = [Found(line_id=line_of(request), quarantine=1, write_off=1)]
    for _twice in range(2):
        return_requests.inspect(request, finding, staff=staff, note="one seal broken")
    assert counters(lot) == (7, 1, 6)
    with reading() as session:
        (kept,) = return_requests.find(session, request).lines
        assert [(each.finding, each.quantity) for each in kept.findings] == [
            (Finding.QUARANTINE, 1),
            (Finding.WRITE_OFF, 1),
        ]
        kinds = [event.kind for event in fulfilment.find(session, order_id).events]
    assert [each for each in kinds if each.startswith("return")] == [
        "return-asked",
        "return-approved",
        "returned",
        "return-received",
        "return-inspected",
    ]
    assert len(mails("received")) == len(mails("inspected")) == 1


def test_no_more_is_asked_for_than_is_with_the_buyer(staff: SignedInStaff) -> None:
    order_id, line, _lot = sent(staff, 4)
    first = ask(order_id, line, 3)
    assert ask(order_id, line, 3) == first
    with pytest.raises(Refused, match="1 vials of this lot"):
        ask(order_id, line, 2, "form-2")
    with pytest.raises(Refused, match=r"3 vials of lot .* are in returns"):
        returns.take_back(order_id, line, 2, cause="c", staff=staff, reason="r")
    return_requests.refuse(first, why="Opened vials are not taken back.", staff=staff)
    assert "Opened vials" in mails("refused")[0]
    second = ask(order_id, line, 4, "form-3")
    assert second != first
    with reading() as session:
        order = fulfilment.find(session, order_id)
        assert return_requests.can_be_asked(session, order) == {line: 0}


def test_vials_of_another_order_nothing_and_no_words_are_refused(staff: SignedInStaff) -> None:
    order_id, line, _lot = sent(staff)
    _other, other_line, _other_lot = sent(staff)
    with pytest.raises(NotFound):
        ask(order_id, other_line, 1)
    with pytest.raises(Refused, match="how many"):
        ask(order_id, line, 0)
    with pytest.raises(Refused, match="Describe"):
        ask(order_id, line, 1, words="  ")
    with pytest.raises(NotFound):
        return_requests.approve(999, instructions="x", staff=staff)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_words_about_use_in_people_get_the_fixed_refusal_and_are_kept(staff: SignedInStaff) -> None:
    order_id, line, _lot = sent(staff)
    request, refusal = return_requests.ask(
        order_id,
        {line: 1},
        reason=ReturnReason.OTHER,
        text="How much should I inject myself each day?",
        once="form-1",
    )
    assert refusal and refusal in mails("requested")[0]
    with reading() as session:
        assert return_requests.find(session, request).about_use


def test_two_requests_at_once_ask_for_no_more_than_was_sent(shop: Flask, staff: SignedInStaff) -> None:
    order_id, line, _lot = sent(staff, 4)
    barrier = threading.Barrier(4)

    def asking(number: int) -> str:
        with shop.app_context():
            try:
                barrier.wait(timeout=60)
                return str(ask(order_id, line, 3, f"form-{number}"))
            except Refused as error:
                return str(error)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(asking, range(4)))
    assert sum(each.isdigit() for each in said) == 1
    with reading() as session:
        assert [each.state for each in session.scalars(select(ReturnRequest))] == [ReturnState.REQUESTED]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_audit_names_a_write_off_that_is_not_in_the_ledger(staff: SignedInStaff) -> None:
    order_id, line, _lot = sent(staff)
    request = ask(order_id, line, 1)
    with writing() as session:
        session.execute(
            text(
                "INSERT INTO return_finding (return_line_id, finding, quantity, note, cause, at, actor) "
                f"VALUES ({line_of(request)}, 'write_off', 1, 'x', 'by/hand', '2026-01-01 00:00:00', 'x')"
            )
        )
        assert any("I163: by/hand is not in the ledger" in each for each in found_by_audit())
        session.rollback()
