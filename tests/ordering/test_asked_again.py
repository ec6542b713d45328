"""Research-use answers are about one order: which changes ask again, which do not, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import WHERE, answer_all, draft_for, make_lot, make_ready_to_sell, make_size, place, shown
from flask import Flask

from shop.attestations import statements
from shop.attestations.models import Asked, AttestationRecord, AttestationSigner
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.ordering import cart, checkout, placement
from shop.ordering.buyer_screening import BuyerRefused
from shop.ordering.checkout import IN_VITRO_ONLY, Declared, Step, StepMissing
from shop.ordering.models import PaymentMethod

OWN_WORDS = (
    "Retention times of the reference peptide on our columns, against an earlier lot of the substance."
)


@pytest.fixture
def token(shop: Flask) -> str:
    """A checkout answered to its end."""
    make_ready_to_sell()
    sku, other = make_size(), make_size()
    make_lot(sku, 20)
    make_lot(other, 20)
    shop.config["OTHER_SKU"] = other
    return draft_for({sku: 2})


def set_draft(token: str, **values: object) -> None:
    with writing() as session:
        draft = checkout.load(session, token)
        assert draft is not None
        for name, value in values.items():
            setattr(draft, name, value)


def set_quantity(token: str, _shop: Flask, quantity: int = 3) -> None:
    with reading() as session:
        draft = checkout.load(session, token)
        assert draft is not None
        loaded = cart.load(session, draft.cart_id)
        assert loaded is not None
        cart_id, line_id = loaded.id, loaded.lines[0].id
    cart.set_quantities(cart_id, {line_id: quantity})


def add_another_item(token: str, shop: Flask) -> None:
    with reading() as session:
        draft = checkout.load(session, token)
        assert draft is not None
        cart_id = draft.cart_id
    cart.add(cart_id, sku=shop.config["OTHER_SKU"], quantity=1)


def new_version(_token: str, _shop: Flask) -> None:
    with writing() as session:
        statements.publish(
            session,
            code="RU-2",
            in_force_from=clock.now() - timedelta(seconds=1),
            preamble="Specimen statement.",
            clauses=[("Laboratory research only", "For laboratory research and nothing else.")] * 3,
        )


def changed(**values: object) -> Callable[[str, Flask], None]:
    return lambda token, _shop: set_draft(token, **values)


MATTERS: dict[str, tuple[Callable[[str, Flask], None], str]] = {
    "another quantity": (set_quantity, "The quantity has changed."),
    "another item, and with it another class of compound": (add_another_item, "The items have changed."),
    "another country": (changed(country="DE"), "The country of delivery has changed."),
    "another street": (changed(address_line1="Bolognalaan 2"), "The delivery address has changed."),
    "another town": (changed(city="Leiden"), "The delivery address has changed."),
    "another postcode": (changed(postcode="2311 EZ"), "The delivery address has changed."),
    "another organisation": (changed(organisation="Other Institute"), "The organisation has changed."),
    "another version of the statement": (new_version, "A new version of the statement is in force."),
    "answers of more than twelve months ago": (
        lambda token, _shop: set_draft(token, answered_at=clock.now() - timedelta(days=366)),
        "You answered more than 12 months ago.",
    ),
}

DOES_NOT_MATTER: dict[str, Callable[[str, Flask], None]] = {
    "another telephone number": changed(phone="+31 30 1234567"),
    "other words for goods-in": changed(goods_in="Gate 3"),
    "another contact": changed(name="Jan Brandsma", email="j.brandsma@vima.example"),
    "another way of paying": changed(payment_method=PaymentMethod.CARD),
    "another purchase order number": changed(po_number="PO-2026-1184"),
    "the same quantity set anew": lambda token, shop: set_quantity(token, shop, 2),
    "answers of eleven months ago": lambda token, _shop: set_draft(
        token, answered_at=clock.now() - timedelta(days=335)
    ),
}


def where_it_stands(token: str) -> tuple[Step, list[str]]:
    with reading() as session:
        draft = checkout.load(session, token)
        assert draft is not None
        loaded = cart.load(session, draft.cart_id)
        assert loaded is not None
        version = statements.in_force(session)
        return (
            checkout.next_step(draft, loaded.lines, version),
            checkout.why_asked_again(draft, loaded.lines, version),
        )


def test_every_change_that_matters_asks_again_and_says_why(shop: Flask) -> None:
    make_ready_to_sell()
    sku, shop.config["OTHER_SKU"] = make_size(), make_size()
    for each in (sku, shop.config["OTHER_SKU"]):
        make_lot(each, 20)
    for name, (change, sentence) in MATTERS.items():
        token = draft_for({sku: 2})
        picture = shown(token)

        change(token, shop)

        assert where_it_stands(token) == (Step.RESEARCH_USE, [sentence]), name
        with pytest.raises(StepMissing) as refused:
            placement.place(token, picture, WHERE)
        assert refused.value.step == Step.RESEARCH_USE, name
        assert answer_all(token)
        assert where_it_stands(token) == (Step.REVIEW, []), name


def test_a_change_that_does_not_matter_asks_nothing(token: str, shop: Flask) -> None:
    for name, change in DOES_NOT_MATTER.items():
        change(token, shop)
        assert where_it_stands(token) == (Step.REVIEW, []), name


def test_two_changes_are_both_named(token: str, shop: Flask) -> None:
    set_quantity(token, shop)
    set_draft(token, organisation="Other Institute")
    assert where_it_stands(token)[1] == ["The quantity has changed.", "The organisation has changed."]


# What a version asks beside its clauses


def ask_everything() -> None:
    with writing() as session:
        statements.publish(
            session,
            code="RU-2",
            in_force_from=clock.now() - timedelta(seconds=1),
            preamble="Specimen statement.",
            clauses=[("Laboratory research only", "For laboratory research and nothing else.")],
            asks=list(Asked),
        )


def sign(token: str, **declared: object) -> bool:
    values = {"approval": IN_VITRO_ONLY, "intended_use": OWN_WORDS, "signs_electronically": True, **declared}
    following = checkout.save_answers(
        token,
        statement_code="RU-2",
        answers={1: str(values.pop("answer", "yes"))},
        declared=Declared(
            purpose="cell culture",
            signer_role="Lab manager",
            signature="Ilse Brandsma",
            **values,  # type: ignore[arg-type]
        ),
        where=WHERE,
    )
    return following is not None


def test_nothing_that_is_asked_can_be_left_out(token: str) -> None:
    ask_everything()
    for missing in ({"approval": ""}, {"intended_use": "x" * 79}, {"signs_electronically": False}):
        with pytest.raises(Refused):
            sign(token, **missing)
    assert sign(token)
    assert where_it_stands(token)[0] == Step.REVIEW


def test_who_cannot_confirm_is_heard_without_the_rest(token: str) -> None:
    ask_everything()
    assert not sign(token, answer="no", approval="", intended_use="", signs_electronically=False)


def test_own_words_stand_beside_the_chain_and_are_bound_to_it(token: str) -> None:
    ask_everything()
    sign(token)
    place(token)
    with reading() as session:
        record = session.query(AttestationRecord).one()
        signer = session.get_one(AttestationSigner, record.id)
        assert (signer.approval, signer.intended_use) == (IN_VITRO_ONLY, OWN_WORDS)
        assert record.content["signed_electronically"] is True
        assert "Retention times" not in str([getattr(record, c.key) for c in record.__table__.columns])


def test_own_words_that_show_personal_use_are_heard(token: str) -> None:
    ask_everything()
    sign(
        token,
        intended_use="It is for personal use, on me and nobody else, to see what it does over some weeks.",
    )
    with pytest.raises(BuyerRefused):
        place(token)
