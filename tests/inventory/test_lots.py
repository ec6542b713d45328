"""Lots: receiving, the only legal changes of state, what release asks for, and what readers are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import (
    WHERE,
    Stock,
    draft_for,
    make_lot,
    make_ready_to_sell,
    make_size,
    mass_rows,
    order_for,
    place,
    publish,
    shown,
    someone,
    stock,
)
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from shop.catalogue.models import LimitKind, Product, RequiredTest
from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.inventory import availability, lots
from shop.inventory.lots import NewLot, ShownState, shown_state
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    Lot,
    LotEvent,
    LotState,
    MovementKind,
    StockMovement,
)
from shop.inventory.shelf_life import removal_date
from shop.ordering import cart, fulfilment, placement, review

QUALITY = "q@shop.example"
Q, R, H, X, C = (
    LotState.QUARANTINE,
    LotState.RELEASED,
    LotState.ON_HOLD,
    LotState.REJECTED,
    LotState.RECALLED,
)
LEGAL = {(Q, R), (Q, X), (R, H), (R, C), (H, R), (H, X), (H, C)}
"""From the staff desk of the design: quarantine to released or rejected; released to on hold or recalled; on
hold to released, rejected or recalled."""


@pytest.fixture
def sku(shop: Flask) -> str:
    """A vial size of a shop that can sell."""
    make_ready_to_sell()
    return make_size()


def state_of(number: str) -> LotState:
    with reading() as session:
        return session.scalars(select(Lot.state).where(Lot.number == number)).one()


def events_of(number: str) -> list[tuple[LotState | None, LotState, str, str]]:
    with reading() as session:
        rows = session.scalars(select(LotEvent).join(Lot).where(Lot.number == number).order_by(LotEvent.id))
        return [(row.from_state, row.to_state, row.actor, row.reason) for row in rows]


def free(sku: str) -> int:
    with reading() as session:
        size_id = session.execute(
            text("SELECT id FROM vial_size WHERE sku = :sku"), {"sku": sku}
        ).scalar_one()
        return availability.available(session, [size_id], clock.today())[size_id]


def force(number: str, state: LotState) -> None:
    with writing() as session:
        session.execute(update(Lot).where(Lot.number == number).values(state=state))


def new_lot(vial: str, **changed: object) -> NewLot:
    lot = NewLot(
        number="SMX-2609-B",
        sku=vial,
        manufacturer="Specimen Maker",
        manufactured_on=date(2026, 9, 1),
        filled_on=date(2026, 9, 2),
        retest_on=date(2036, 9, 2),
        expires_on=None,
        vials=24,
        bin="F2-A-01",
    )
    return replace(lot, **changed)  # type: ignore[arg-type]


# States


def test_only_the_changes_of_the_table_are_made_and_each_leaves_its_event(sku: str) -> None:
    for before in LotState:
        for after in LotState:
            number = make_lot(sku, 1, state=before)
            told = events_of(number)
            if (before, after) in LEGAL:
                lots.change_state(number, after, actor=QUALITY, reason="looked at")
                assert state_of(number) == after
                assert events_of(number) == [*told, (before, after, QUALITY, "looked at")]
            else:
                with pytest.raises(Refused, match="cannot become"):
                    lots.change_state(number, after, actor=QUALITY, reason="looked at")
                assert state_of(number) == before
                assert events_of(number) == told


def test_release_is_the_same_change_with_the_same_rules(sku: str) -> None:
    for before in LotState:
        number = make_lot(sku, 1, state=before)
        if (before, R) in LEGAL:
            lots.release(number, actor=QUALITY, reason="")
            assert state_of(number) == R
        else:
            with pytest.raises(Refused, match="cannot become released"):
                lots.release(number, actor=QUALITY, reason="")
            assert state_of(number) == before


def test_a_change_of_state_is_in_the_audit_log_with_its_reason(sku: str) -> None:
    number = make_lot(sku, 1)
    lots.change_state(number, H, actor=QUALITY, reason="label query")
    with reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "lot.state")).one()
        assert (entry.actor, entry.subject, entry.reason) == (QUALITY, f"lot/{number}", "label query")
        assert (entry.before, entry.after) == ({"state": "released"}, {"state": "on_hold"})


def test_a_change_of_state_needs_a_reason_and_a_lot(sku: str) -> None:
    number = make_lot(sku, 1)
    for reason in ("", "  \n"):
        with pytest.raises(Refused, match="reason"):
            lots.change_state(number, H, actor=QUALITY, reason=reason)
    for unknown in ("SMX-0000-Z", "", "\x00", "SMX\u202e", "x" * 500):
        with pytest.raises(NotFound, match="no lot"):
            lots.change_state(unknown, H, actor=QUALITY, reason="a reason")
    lots.change_state(f"  {number.lower()} ", H, actor=QUALITY, reason="a reason")
    assert state_of(number) == H


def test_the_events_of_a_lot_cannot_be_rewritten(sku: str) -> None:
    make_lot(sku, 1)
    for statement in ("UPDATE lot_event SET reason = 'x'", "DELETE FROM lot_event"):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))


# Receiving


def test_a_lot_is_received_into_quarantine_with_its_vials_its_event_and_its_removal_date(sku: str) -> None:
    lots.receive(new_lot(sku, number=" smx-2609-b ", expires_on=date(2036, 8, 1)), actor=QUALITY)
    assert state_of("SMX-2609-B") == Q
    assert stock("SMX-2609-B") == Stock(24, 0, 0)
    assert free(sku) == 0, "what is in quarantine is not for sale"
    with reading() as session:
        lot = session.scalars(select(Lot)).one()
        assert lot.removal_on == date(2036, 8, 1) - timedelta(days=30)
        movement = session.scalars(select(StockMovement)).one()
        assert (movement.kind, movement.quantity, movement.actor) == (MovementKind.RECEIVE, 24, QUALITY)
    assert [(event[0], event[1], event[2]) for event in events_of("SMX-2609-B")] == [(None, Q, QUALITY)]


def test_a_lot_number_is_given_once_whatever_its_case(sku: str) -> None:
    lots.receive(new_lot(sku), actor=QUALITY)
    for number in ("SMX-2609-B", "smx-2609-b", " SMX-2609-B"):
        with pytest.raises(Refused, match="already"):
            lots.receive(new_lot(sku, number=number), actor=QUALITY)
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(text("UPDATE lot SET number = 'smx-2609-c'"))


def test_what_cannot_be_right_is_refused_and_nothing_is_received(sku: str) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"number": ""}, "capital letters"),
        ({"number": "SMX-2609-I"}, "without I and O"),
        ({"number": "SMX-26O9-B"}, "without I and O"),
        ({"number": "SMX 2609"}, "capital letters"),
        ({"number": "SMX/2609"}, "capital letters"),
        ({"number": "SMX-2609-Ä"}, "capital letters"),
        ({"number": "S" * 31}, "capital letters"),
        ({"number": "---"}, "begins and ends with"),
        ({"number": "SMX-2609-"}, "begins and ends with"),
        ({"filled_on": clock.today() + timedelta(days=1)}, "has not come"),
        ({"vials": 0}, "how many"),
        ({"vials": -3}, "how many"),
        ({"retest_on": None}, "retest date or an expiry date"),
        ({"filled_on": date(2026, 8, 31)}, "filled before it was made"),
        ({"retest_on": date(2026, 9, 2)}, "after filling"),
        ({"expires_on": date(2026, 9, 1)}, "after filling"),
        ({"sku": "NO-SUCH"}, "no vial size"),
    ]
    for change, sentence in wrong:
        with pytest.raises(Refused, match=sentence):
            lots.receive(new_lot(sku, **change), actor=QUALITY)
    with reading() as session:
        assert session.scalars(select(Lot)).all() == []


def test_the_database_itself_refuses_dates_that_contradict_each_other(sku: str) -> None:
    make_lot(sku, 1)
    for change in (
        "retest_on = NULL, expires_on = NULL",
        "removal_on = NULL",
        "retest_on = filled_on",
        "expires_on = filled_on",
        "manufactured_on = '2999-01-01'",
        "vials_filled = 0",
        "state = 'lost'",
        "state = 'expired'",
    ):
        with pytest.raises(IntegrityError), writing() as session:
            session.execute(text(f"UPDATE lot SET {change}"))


# Dates

some_days = st.dates(date(2026, 1, 1), date(2036, 1, 1))


@given(st.none() | some_days, st.none() | some_days, st.integers(0, 400))
def test_a_lot_leaves_the_shelf_the_margin_before_the_earlier_of_retest_and_expiry(
    retest: date | None, expiry: date | None, margin: int
) -> None:
    known = [day for day in (retest, expiry) if day is not None]
    if not known:
        with pytest.raises(ValueError):
            removal_date(retest, expiry, margin_days=margin)
        return
    found = removal_date(retest, expiry, margin_days=margin)
    assert found == min(known) - timedelta(days=margin)


TODAY = date(2026, 11, 1)


def on_shelf(**changed: object) -> Lot:
    values: dict[str, object] = {
        "state": R,
        "retest_on": TODAY + timedelta(days=400),
        "expires_on": None,
        "on_hand": 5,
        "reserved": 1,
        "allocated": 1,
        "quarantined": 0,
    }
    return Lot(**values | changed)


def after(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ShownState.RELEASED),
        ({"retest_on": after(91)}, ShownState.RELEASED),
        ({"retest_on": after(90)}, ShownState.RETEST_SOON),
        ({"retest_on": after(1)}, ShownState.RETEST_SOON),
        ({"retest_on": after(0)}, ShownState.RETEST_OVERDUE),
        ({"retest_on": after(-1)}, ShownState.RETEST_OVERDUE),
        ({"expires_on": after(1)}, ShownState.RELEASED),
        ({"expires_on": after(0)}, ShownState.EXPIRED),
        ({"expires_on": after(-1), "retest_on": after(-1)}, ShownState.EXPIRED),
        ({"expires_on": after(-1), "on_hand": 2}, ShownState.EXPIRED),
        ({"retest_on": None, "expires_on": after(60)}, ShownState.RELEASED),
        ({"reserved": 4}, ShownState.SOLD_OUT),
        ({"on_hand": 0, "reserved": 0, "allocated": 0}, ShownState.SOLD_OUT),
        ({"allocated": 4, "retest_on": after(3)}, ShownState.SOLD_OUT),
        ({"allocated": 4, "retest_on": after(-3)}, ShownState.RETEST_OVERDUE),
    ],
)
def test_the_state_shown_follows_from_dates_and_stock(
    changed: dict[str, object], expected: ShownState
) -> None:
    assert shown_state(on_shelf(**changed), TODAY) == expected


@given(
    st.sampled_from([Q, H, X, C]),
    st.integers(-500, 500).map(after),
    st.none() | st.integers(-9, 9).map(after),
)
def test_a_lot_that_is_not_released_is_shown_as_what_it_is_whatever_its_dates(
    state: LotState, retest: date, expiry: date | None
) -> None:
    shown_as = shown_state(on_shelf(state=state, retest_on=retest, expires_on=expiry, on_hand=2), TODAY)
    assert shown_as.value == state.value


@given(st.integers(-500, 500).map(after), st.integers(-500, 500).map(after))
def test_time_only_moves_a_lot_towards_the_end_of_its_life(first: date, second: date) -> None:
    order = [
        ShownState.RELEASED,
        ShownState.RETEST_SOON,
        ShownState.RETEST_OVERDUE,
        ShownState.EXPIRED,
    ]
    lot = on_shelf(retest_on=after(0), expires_on=after(100))
    sooner, later = sorted([first, second])
    assert order.index(shown_state(lot, sooner)) <= order.index(shown_state(lot, later))


# Release


def add_revision(
    number: str, *, result: str | None = "99.0%", uploaded_by: str = "a@shop.example", publish_by: str = ""
) -> None:
    """A further certificate revision of a lot, a draft unless someone publishes it."""
    conclusion = {None: Conclusion.NOT_TESTED, "99.0%": Conclusion.MEETS}.get(result, Conclusion.FAILS)
    with writing() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        first = lot.certificates[0]
        revision = CertificateRevision(
            lot_id=lot.id,
            revision=len(lot.certificates) + 1,
            reason="a correction",
            uploaded_by=uploaded_by,
            uploaded_at=clock.now(),
            tests=[
                CertificateTest(
                    position=1,
                    attribute="purity_hplc",
                    name="Purity",
                    method="RP-HPLC, 220 nm",
                    limit_kind=LimitKind.AT_LEAST,
                    limit_text="≥ 98.0%",
                    lower=Decimal("98.0"),
                    unit="%",
                    result_text=result,
                    result_number=Decimal(result.rstrip("%")) if result else None,
                    conclusion=conclusion,
                ),
                *mass_rows(lot.product.compound, position=2),
            ],
            **{
                name: getattr(first, name)
                for name in (
                    *("laboratory_id", "report_number", "drawn_by", "received_on", "tested_from"),
                    *("tested_to", "issued_on", "authorised_by", "not_tested", "document_sha256"),
                )
            },
        )
        session.add(revision)
        session.flush()
        if publish_by:
            publish(session, revision, publish_by)


def certified(sku: str, **revision: object) -> str:
    """A lot in quarantine whose only certificate that counts is a draft with the given result."""
    number = make_lot(sku, 3, state=Q)
    add_revision(number, **revision)  # type: ignore[arg-type]
    return number


def test_release_publishes_the_waiting_certificate_and_puts_the_lot_on_sale(sku: str) -> None:
    number = certified(sku)
    assert free(sku) == 0
    lots.release(number, actor=QUALITY, reason="compared with the document")
    assert (state_of(number), free(sku)) == (R, 3)
    with reading() as session:
        newest = session.scalars(select(CertificateRevision).order_by(CertificateRevision.id.desc())).first()
        assert newest is not None
        assert newest.confirmed_by == QUALITY
    assert events_of(number)[-1] == (Q, R, QUALITY, "compared with the document")


def released_by(actor: str = QUALITY) -> Callable[[str], None]:
    return lambda number: lots.release(number, actor=actor, reason="")


def changed_by(actor: str = QUALITY) -> Callable[[str], None]:
    return lambda number: lots.change_state(number, R, actor=actor, reason="on sale")


def refused(number: str, attempt: Callable[[str], None], sentence: str) -> None:
    before, told = state_of(number), events_of(number)
    with pytest.raises(Refused, match=sentence):
        attempt(number)
    assert (state_of(number), events_of(number)) == (before, told)


def test_a_lot_without_a_certificate_is_not_released(sku: str) -> None:
    lots.receive(new_lot(sku), actor=QUALITY)
    for attempt in (released_by(), changed_by()):
        refused("SMX-2609-B", attempt, "no certificate yet")


def test_a_lot_with_a_required_test_missing_or_failed_is_not_released(sku: str) -> None:
    refused(
        certified(sku, result="97.1%"), released_by(), "Purity is outside its limit: 97.1%, limit ≥ 98.0%"
    )
    refused(certified(sku, result=None), released_by(), "Purity is required and was not tested")
    number = certified(sku)
    with writing() as session:
        product_id = session.scalars(select(Product.id)).one()
        session.add(
            RequiredTest(
                product_id=product_id,
                position=3,
                attribute="water",
                name="Water",
                method="Karl Fischer",
                limit_kind=LimitKind.AT_MOST,
                limit_text="≤ 8.0%",
                upper=Decimal("8.0"),
            )
        )
    refused(number, released_by(), "Water is required and was not tested")


def test_every_reason_is_named_at_once(sku: str) -> None:
    number = make_lot(sku, 1, state=H, retest_on=clock.today() + timedelta(days=30))
    add_revision(number, result="90%", uploaded_by=QUALITY, publish_by="b@shop.example")
    with pytest.raises(Refused) as refusal:
        lots.change_state(number, R, actor=QUALITY, reason="on sale")
    for sentence in ("outside its limit", "second person", "too close to its retest"):
        assert sentence in str(refusal.value)


def test_nobody_releases_over_a_certificate_they_uploaded_themselves(sku: str) -> None:
    refused(certified(sku, uploaded_by=QUALITY), released_by(QUALITY), "second person")
    number = make_lot(sku, 1, state=H)
    add_revision(number, uploaded_by=QUALITY, publish_by="b@shop.example")
    for attempt in (released_by(QUALITY), changed_by(QUALITY)):
        refused(number, attempt, "second person")
    lots.change_state(number, R, actor="another@shop.example", reason="on sale")
    assert state_of(number) == R


def test_a_lot_too_close_to_its_retest_date_is_not_released(sku: str) -> None:
    for days, possible in ((31, True), (30, False), (-5, False)):
        number = make_lot(sku, 1, state=H, retest_on=clock.today() + timedelta(days=days))
        if possible:
            lots.change_state(number, R, actor=QUALITY, reason="on sale")
        else:
            for attempt in (released_by(), changed_by()):
                refused(number, attempt, "too close to its retest or expiry")


def test_a_failing_certificate_that_waits_keeps_a_lot_on_hold(sku: str) -> None:
    """The published one is fine, but what came after it cannot be passed by."""
    number = make_lot(sku, 1, state=H)
    add_revision(number, result="90%")
    refused(number, changed_by(), "waits for a second person")
    refused(number, released_by(), "outside its limit")


def test_a_draft_that_a_later_published_certificate_has_overtaken_counts_no_more(sku: str) -> None:
    number = make_lot(sku, 1, state=H)
    add_revision(number, result="90%")
    add_revision(number, publish_by="b@shop.example")
    lots.release(number, actor=QUALITY, reason="")
    with reading() as session:
        overtaken = session.scalars(
            select(CertificateRevision).where(CertificateRevision.revision == 2)
        ).one()
        assert overtaken.published_at is None


def test_release_over_another_certificate_than_the_one_compared_is_refused(sku: str) -> None:
    number = certified(sku)
    with pytest.raises(Refused, match="Another certificate"):
        lots.release(number, actor=QUALITY, reason="", revision=1)
    lots.release(number, actor=QUALITY, reason="", revision=2)


# What a change of state does to sales


@pytest.mark.parametrize("stop", [H, C])
def test_a_stop_ends_sales_at_once_at_every_step_of_a_purchase(sku: str, stop: LotState) -> None:
    number = make_lot(sku, 5)
    token = draft_for({sku: 1})
    seen = shown(token)
    cart_id = cart.add(None, sku=sku, quantity=1)

    lots.change_state(number, stop, actor=QUALITY, reason="a complaint")

    assert free(sku) == 0
    with pytest.raises(Refused, match="sold out"):
        cart.add(None, sku=sku, quantity=1)
    with reading() as session:
        assert [row.available for row in cart.look(session, cart_id)] == [0]
    with pytest.raises(review.SoldOut):
        placement.place(token, seen, WHERE)
    assert stock(number) == Stock(5, 0, 0)
    if stop == H:
        lots.change_state(number, R, actor=QUALITY, reason="cleared")
        assert place(token).number


def test_vials_of_a_recalled_lot_stay_in_the_building_wherever_their_order_stands(sku: str) -> None:
    packer = someone("warehouse", "sales")
    recalled, other = make_lot(sku, 9), make_size()
    make_lot(other, 9)
    to_approve, to_pick, to_pack, to_ship = (order_for({sku: 1, other: 1}).order_id for _ in range(4))
    for order_id in (to_pick, to_pack, to_ship):
        fulfilment.approve(order_id, staff=packer, reason="")
    for order_id in (to_pack, to_ship):
        with reading() as session:
            order = fulfilment.find(session, order_id)
            numbers = [row.lot.number for row in fulfilment.pick_list(session, order)]
        for number in numbers:
            fulfilment.pick(order_id, number, staff=packer)
    fulfilment.pack(to_ship, staff=packer)

    lots.change_state(recalled, C, actor=QUALITY, reason="labels swapped")

    fulfilment.approve(to_approve, staff=packer, reason="")
    for order_id in (to_approve, to_pick):
        with pytest.raises(Refused, match=f"{recalled} may not leave"):
            fulfilment.pick(order_id, recalled, staff=packer)
    for order_id in (to_approve, to_pick, to_pack):
        with pytest.raises(Refused, match=f"{recalled} may not leave"):
            fulfilment.pack(order_id, staff=packer)
    with pytest.raises(Refused, match=f"{recalled} may not leave"):
        fulfilment.ship(to_ship, carrier="Specimen Carrier", tracking="1", staff=packer)
    assert stock(recalled) == Stock(9, 0, 4), "nothing has left, and every promise is still written"


def test_vials_past_the_day_their_lot_leaves_the_shelf_are_neither_picked_nor_shipped(sku: str) -> None:
    """The rule for the number shown and the reservation is the rule for the pick."""
    packer = someone("warehouse", "sales")
    number = make_lot(sku, 9, retest_on=clock.today() + timedelta(days=38))
    late, packed = order_for({sku: 1}).order_id, order_for({sku: 1}).order_id
    for order_id in (late, packed):
        fulfilment.approve(order_id, staff=packer, reason="")
    fulfilment.pick(packed, number, staff=packer)
    fulfilment.pack(packed, staff=packer)
    with clock.shifted(timedelta(days=8)):
        with pytest.raises(Refused, match=f"{number} may not leave"):
            fulfilment.pick(late, number, staff=packer)
        with pytest.raises(Refused, match=f"{number} may not leave"):
            fulfilment.ship(packed, carrier="Specimen Carrier", tracking="1", staff=packer)
    with clock.shifted(timedelta(days=7)):
        fulfilment.ship(packed, carrier="Specimen Carrier", tracking="1", staff=packer)
