"""Two people do the same at the same moment, several rounds on both databases: one has it, or both agree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from builders import (
    WHERE,
    answer_all,
    draft_for,
    found_by_audit,
    make_lot,
    make_size,
    order_for,
    shown,
    someone,
)
from flask import Flask
from sqlalchemy import func, select
from stripe_beside import Stripe

from shop.catalogue.models import Price
from shop.core.database import db, reading, writing
from shop.core.errors import Refused
from shop.core.outbox import OutboxMessage
from shop.inventory.models import Lot
from shop.ordering import checkout, placement, quotes
from shop.ordering.models import Order, PaymentMethod
from shop.ordering.placement import ReviewChanged
from shop.ordering.quote_models import Quote, QuoteState
from shop.payments import attempts, disputes, refunding, settlement
from shop.payments.models import Dispute, PaymentAttempt, Refund, RefundState, Restock, RestockedVials
from shop.payments.refunding import Wanted
from shop.people import qualification
from shop.people.qualification import (
    Application,
    Decision,
    OrganisationKind,
    Qualification,
    QualificationDecision,
    QualificationState,
)
from shop.people.staff import SignedInStaff

pytestmark = pytest.mark.xdist_group("races")
ROUNDS = 4
DONE = "done"


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What each came to, where all began at the same moment."""
    together = threading.Barrier(len(acts))
    came_to = [""] * len(acts)

    def run(place: int) -> None:
        with app.app_context():
            try:
                together.wait(timeout=30)
                acts[place]()
                came_to[place] = DONE
            except (Refused, ReviewChanged) as refusal:
                came_to[place] = f"refused: {refusal}"
            except Exception as error:  # noqa: BLE001 - told as the outcome; no test allows one of these
                came_to[place] = f"error: {error!r}"
            finally:
                db.session.remove()

    db.session.remove()
    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
        assert not each.is_alive()
    return came_to


@pytest.fixture
def shop_at_work(card_shop: Flask) -> Iterator[Flask]:
    yield card_shop
    assert found_by_audit() == []


def paid(stripe: Stripe) -> tuple[int, int, str]:
    """A paid order of four vials: its id, its line, its lot."""
    sku = make_size(price_minor=4600)
    lot = make_lot(sku, 10)
    order_id = order_for({sku: 4}, method=PaymentMethod.CARD).order_id
    stripe.pay(attempts.start(order_id))
    settlement.settle_order(order_id)
    with reading() as session:
        return order_id, session.get_one(Order, order_id).lines[0].id, lot


def test_of_two_equal_refunds_of_one_page_one_is_made(shop_at_work: Flask, stripe_stand_in: Stripe) -> None:
    staff = someone("sales")
    for _round in range(ROUNDS):
        order_id, line, lot = paid(stripe_stand_in)
        about = refunding.shown(order_id)

        def refund(order_id: int = order_id, line: int = line, about: str = about) -> None:
            refunding.refund(
                order_id,
                lines={line: Wanted(vials=1, restock=Restock.TO_SHELF)},
                other_minor=0,
                reason="broken",
                about=about,
                staff=staff,
            )

        came_to = at_once(shop_at_work, refund, refund)
        assert sorted(came_to) == [
            DONE,
            "refused: Another refund was made since this page was made. Read it again.",
        ]
        with reading() as session:
            made = session.scalars(select(Refund).where(Refund.order_id == order_id)).all()
            assert [(each.amount_minor, each.state) for each in made] == [(4600, RefundState.SUCCEEDED)]
            found = session.scalars(select(Lot).where(Lot.number == lot)).one()
            assert (found.on_hand, found.allocated, found.free) == (10, 3, 7)
    with reading() as session:
        assert session.scalars(select(RestockedVials.quantity)).all() == [1] * ROUNDS


def test_a_refund_and_a_dispute_leave_no_money_sent_twice_and_none_unaccounted(
    shop_at_work: Flask, stripe_stand_in: Stripe
) -> None:
    staff = someone("sales")
    for _round in range(ROUNDS):
        order_id, line, _lot = paid(stripe_stand_in)
        about = refunding.shown(order_id)
        with reading() as session:
            intent = session.scalars(
                select(PaymentAttempt.stripe_payment_intent).where(PaymentAttempt.order_id == order_id)
            ).one()
        stripe_stand_in.control(f"payments/{intent}/dispute")
        account = stripe_stand_in.parts.account
        with account.changing():
            contested = next(
                each["id"]
                for each in account.objects.values()
                if each["object"] == "dispute" and each["payment_intent"] == intent
            )

        def refund(order_id: int = order_id, line: int = line, about: str = about) -> None:
            refunding.refund(
                order_id,
                lines={line: Wanted(vials=1, restock=Restock.NONE)},
                other_minor=0,
                reason="broken",
                about=about,
                staff=staff,
            )

        def dispute(contested: str = contested) -> None:
            disputes.look_again(contested)

        refunded, disputed = at_once(shop_at_work, refund, dispute)
        assert disputed == DONE
        with reading() as session:
            assert session.scalars(select(Dispute.is_open).where(Dispute.order_id == order_id)).all() == [
                True
            ]
            made = session.scalars(select(Refund).where(Refund.order_id == order_id)).all()
            given = session.scalars(
                select(PaymentAttempt.given_back_minor).where(PaymentAttempt.order_id == order_id)
            ).one()
        # Who hears of the dispute first refuses here; who asks Stripe first is refused there, in words.
        if refunded == DONE:
            assert [each.state for each in made] == [RefundState.FAILED]
            assert "charged back" in made[0].failure
        else:
            assert refunded.startswith("refused: The cardholder has disputed this payment.")
            assert made == []
        assert given == 0
        with pytest.raises(Refused, match="The cardholder has disputed this payment"):
            refund(about=refunding.shown(order_id))


def test_of_two_orders_from_one_quote_one_has_its_price(shop_at_work: Flask, stripe_stand_in: Stripe) -> None:
    for _round in range(ROUNDS):
        sku = make_size(price_minor=4600)
        lot = make_lot(sku, 20)
        quote_id = quotes.make(draft_for({sku: 2})).id
        with reading() as session:
            reference = session.get_one(Quote, quote_id).reference
        with writing() as session:
            for price in session.scalars(select(Price).where(Price.unit_minor == 4600)):
                price.unit_minor = 5000
        tokens = [quotes.order_from(reference).token for _buyer in range(2)]
        for token in tokens:
            answer_all(token)
            checkout.save_payment(token, method=PaymentMethod.PURCHASE_ORDER, po_number="PO-7", po_file=None)
        seen = [shown(token) for token in tokens]
        before = _orders()
        came_to = at_once(
            shop_at_work,
            lambda tokens=tokens, seen=seen: placement.place(tokens[0], seen[0], WHERE),  # type: ignore[misc]
            lambda tokens=tokens, seen=seen: placement.place(tokens[1], seen[1], WHERE),  # type: ignore[misc]
        )
        assert sorted(each.partition(":")[0] for each in came_to) == [DONE, "refused"], came_to
        assert _orders() - before == 1
        with reading() as session:
            assert session.get_one(Quote, quote_id).state == QuoteState.ACCEPTED
            assert (
                session.scalars(select(Order.total_minor).order_by(Order.id.desc()).limit(1)).one() == 10_600
            )
            assert session.scalars(select(Lot.reserved).where(Lot.number == lot)).one() == 2


def _orders() -> int:
    with reading() as session:
        return int(session.scalar(select(func.count()).select_from(Order)) or 0)


def applied(kind: OrganisationKind, number: int) -> int:
    """An application with a confirmed address; its id."""
    reference = qualification.apply(
        Application(
            legal_name=f"Institute {number}",
            kind=kind,
            registry_number=f"{number:08}",
            website="https://institute.example",
            email=f"head@institute{number}.example",
            responsible_name="Ilse Brandsma",
            responsible_role="Head of laboratory",
            address="Padualaan 8, Utrecht",
            research_area="Assays",
        ),
        [("letter.pdf", b"%PDF-1.7 specimen letter")],
    )
    with reading() as session:
        mail = str(session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()[-1])
    key = mail.partition(f"/qualification/{reference}?key=")[2][:40]
    qualification.confirm_address(reference, key)
    with reading() as session:
        return session.scalars(select(Qualification.id).where(Qualification.reference == reference)).one()


@pytest.mark.parametrize(
    ("kind", "same_person", "one_refused", "state"),
    [
        (OrganisationKind.UNIVERSITY, False, True, QualificationState.APPROVED),
        (OrganisationKind.OTHER, False, False, QualificationState.APPROVED),
        (OrganisationKind.OTHER, True, True, QualificationState.APPLIED),
    ],
    ids=["one person is enough", "two people are needed", "one person twice"],
)
def test_two_approvals_of_one_applicant_count_each_person_once_and_are_told_once(
    shop_at_work: Flask,
    stripe_stand_in: Stripe,
    kind: OrganisationKind,
    same_person: bool,
    one_refused: bool,
    state: QualificationState,
) -> None:
    first = someone("quality")
    second = first if same_person else someone("quality")
    for round_ in range(ROUNDS):
        number = applied(kind, round_)
        letters = _letters()

        def approve(staff: SignedInStaff, number: int = number) -> Callable[[], object]:
            return lambda: qualification.decide(
                number,
                Decision.APPROVE,
                staff=staff,
                reason="known",
            )

        came_to = at_once(shop_at_work, approve(first), approve(second))
        refused = [each for each in came_to if each.startswith("refused")]
        assert len(refused) == int(one_refused), came_to
        assert came_to.count(DONE) == 2 - len(refused), came_to
        with reading() as session:
            assert session.get_one(Qualification, number).state == state
            people = session.scalars(
                select(QualificationDecision.staff_id).where(QualificationDecision.qualification_id == number)
            ).all()
        assert len(people) == len(set(people)) == 2 - len(refused)
        assert _letters() - letters == (0 if state == QualificationState.APPLIED else 1)


def _letters() -> int:
    with reading() as session:
        return int(session.scalar(select(func.count()).select_from(OutboxMessage)) or 0)
