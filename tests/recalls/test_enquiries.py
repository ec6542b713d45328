"""Messages about lots are kept, confirmed and answered; three complaints ask a person for a hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import make_lot, make_ready_to_sell, make_size
from flask import Flask
from recall_builders import state_of_lot
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from shop.claims.use_in_people import fixed_refusal
from shop.core import audit, clock
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.inventory.models import LotState
from shop.recalls import enquiries
from shop.recalls.enquiries import Enquiry, EnquiryKind, EnquiryState, NewEnquiry


@pytest.fixture
def lot(shop: Flask) -> str:
    make_ready_to_sell()
    return make_lot(make_size(), 5, number="SMX-2609-B")


def write(
    text: str = "The cake is brown.",
    *,
    kind: EnquiryKind = EnquiryKind.COMPLAINT,
    lot: str = "smx-2609-b",
    email: str = "a@lab.example",
) -> enquiries.Received:
    return enquiries.receive(NewEnquiry(kind=kind, name="A", email=email, text=text, lot_number=lot))


def kept(number: str) -> Enquiry:
    with reading() as session:
        found = session.get_one(Enquiry, int(number.removeprefix("ENQ-")))
        session.expunge(found)
        return found


def letters() -> list[str]:
    with reading() as session:
        return [
            each.payload["body"] for each in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        ]


def asked() -> list[tuple[str, int]]:
    with reading() as session:
        return [(each.lot.number, each.complaints) for each in enquiries.holds_asked(session)]


def test_a_complaint_is_tied_to_its_lot_and_confirmed_without_being_repeated(lot: str) -> None:
    received = write()
    assert kept(received.number).lot_id is not None
    assert received.number in letters()[0]
    assert "brown" not in letters()[0]


def test_a_lot_nobody_knows_is_kept_as_typed_and_tied_by_a_person(lot: str) -> None:
    received = write(lot="SMX 2609 B\u202e")
    found = kept(received.number)
    assert (found.lot_id, found.lot_typed) == (None, "SMX 2609 B\u202e")
    enquiries.tie(found.id, lot_number="SMX-2609-B", actor="q")
    assert kept(received.number).lot_id is not None
    with pytest.raises(NotFound):
        enquiries.tie(found.id, lot_number="NOPE", actor="q")


def test_three_complaints_ask_for_a_hold_that_a_person_decides(lot: str) -> None:
    for each in range(3):
        assert asked() == []
        write(email=f"{each}@lab.example")
    write("What is the salt form?", kind=EnquiryKind.QUESTION, email="q@lab.example")
    assert asked() == [("SMX-2609-B", 3)]
    assert state_of_lot(lot) == LotState.RELEASED
    enquiries.decide_hold("smx-2609-b", hold=True, reason="Three alike.", actor="q")
    assert state_of_lot(lot) == LotState.ON_HOLD
    assert asked() == []


def test_a_lot_kept_on_sale_is_asked_about_again_after_three_more(lot: str) -> None:
    for each in range(3):
        write(email=f"{each}@lab.example")
    enquiries.decide_hold(lot, hold=False, reason="Condensation.", actor="q")
    for each in range(3, 6):
        assert asked() == []
        write(email=f"{each}@lab.example")
    assert asked() == [("SMX-2609-B", 6)]


def test_an_unfounded_complaint_does_not_count(lot: str) -> None:
    numbers = [write(email=f"{each}@lab.example").number for each in range(3)]
    enquiries.answer(kept(numbers[0]).id, text="It is meant to be brown.", unfounded=True, actor="q")
    assert asked() == []
    assert "meant to be brown" in letters()[-1]
    assert "The cake is brown." in letters()[-1]
    with pytest.raises(Refused, match="decided before"):
        enquiries.answer(kept(numbers[0]).id, text="again", actor="q")


def test_a_question_about_use_in_people_gets_the_fixed_refusal_and_is_logged(lot: str) -> None:
    received = write("How much should I inject per day?", kind=EnquiryKind.QUESTION)
    assert received.refusal == fixed_refusal()
    found = kept(received.number)
    assert (found.state, found.answer) == (EnquiryState.REFUSED, "")
    assert fixed_refusal() in letters()[0]
    with reading() as session:
        actions = session.scalars(select(audit.AuditEntry.action)).all()
    assert "enquiry.use_in_people" in actions
    with pytest.raises(Refused):
        enquiries.answer(found.id, text="Ten units.", actor="q")


def test_a_complaint_that_asks_about_use_in_people_still_counts(lot: str) -> None:
    received = write("The vial was broken. How much should I inject now?")
    assert received.refusal
    assert kept(received.number).state == EnquiryState.WAITING


def test_a_person_can_give_the_refusal(lot: str) -> None:
    received = write("Is it strong?", kind=EnquiryKind.QUESTION)
    enquiries.refuse(kept(received.number).id, actor="q")
    assert kept(received.number).state == EnquiryState.REFUSED
    assert fixed_refusal() in letters()[-1]


def test_a_flood_from_one_address_is_stopped(lot: str) -> None:
    for _each in range(enquiries.MOST_AN_HOUR):
        write()
    with pytest.raises(Refused, match="Wait an hour"):
        write()
    with clock.shifted(timedelta(hours=2)):
        write()


def test_what_somebody_wrote_is_never_changed(lot: str) -> None:
    write()
    with pytest.raises(DatabaseError, match="never changes"), writing() as session:
        session.execute(text("UPDATE enquiry SET text = 'all is well'"))
