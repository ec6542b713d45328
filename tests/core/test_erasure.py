"""Erasing a person: nothing of them stays where it need not, what stays is named, the books still add up."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from builders import WHERE, draft_for, make_lot, make_ready_to_sell, make_size, place, someone
from flask import Flask
from sqlalchemy import JSON, String, cast, func, select

from shop.attestations import statements
from shop.attestations.models import AttestationRecord, AttestationSigner
from shop.core import clock, erasure, outbox, personal_data
from shop.core.database import Base, reading, writing
from shop.core.erasure import ErasureEntry
from shop.core.errors import Refused
from shop.core.personal_data import Erasing, Holding
from shop.inventory.models import Lot, StockMovement
from shop.ordering import checkout, fulfilment
from shop.ordering.checkout import Declared
from shop.ordering.models import Order, OrderEvent
from shop.payments import decisions
from shop.recalls import enquiries
from shop.recalls.enquiries import Enquiry, EnquiryState

BUYER = "canary.mail@vima.example"
OTHER = "somebody.else@vima.example"
CANARY = "canary"
"""Stands in everything personal that the buyer types."""


@pytest.fixture
def sku(shop: Flask) -> str:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 20)
    return sku


def draft_of_the_buyer(sku: str) -> str:
    token = draft_for({sku: 1}, email=BUYER, goods_in="Canary gate 3")
    checkout.save_contact(
        token, name="Canary Bird", email=BUYER, organisation="Vermeer Institute", phone="canary 112"
    )
    checkout.save_delivery(
        token,
        country="NL",
        address_line1="Canarystraat 8",
        address_line2="Wing Canary",
        city="Canarydam",
        region="Canaryland",
        postcode="3584 CH",
        goods_in="Canary gate 3",
        delivery_method="tracked",
    )
    with reading() as session:
        version = statements.in_force(session)
        code, positions = version.code, [clause.position for clause in version.clauses]
    checkout.save_answers(
        token,
        statement_code=code,
        answers=dict.fromkeys(positions, "yes"),
        declared=Declared(
            purpose="cell culture",
            signer_role="Canary keeper",
            signature="Canary Bird",
            approval="Canary protocol 7",
            intended_use="The canary assay.",
        ),
        where=WHERE,
    )
    return token


def order_of_the_buyer(sku: str) -> int:
    return place(draft_of_the_buyer(sku)).order_id


def cancelled_order(sku: str) -> int:
    order_id = order_of_the_buyer(sku)
    decisions.cancel(order_id, staff=someone("sales"), reason="Specimen reason.")
    return order_id


def send_everything() -> None:
    outbox.send_due({"mail": lambda message: None})


def columns_with(word: str) -> set[str]:
    """Every column of the whole database in which a word stands, in any case."""
    found = set()
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, (String, JSON)):
                    holds = func.lower(cast(column, String)).contains(word)
                    if session.scalar(select(func.count()).select_from(table).where(holds)):
                        found.add(f"{table.name}.{column.name}")
    return found


def everything_of_the_buyer(sku: str) -> int:
    """An order that is over, a checkout left open, a message, a report: whatever holds a person."""
    order_id = cancelled_order(sku)
    draft_of_the_buyer(sku)
    enquiries.receive(
        enquiries.NewEnquiry(
            kind=enquiries.EnquiryKind.QUESTION,
            name="Canary Bird",
            email=BUYER,
            text="Does the canary lot have a chromatogram?",
        )
    )
    with writing() as session:
        enquiry = session.scalars(select(Enquiry)).one()
        enquiry.state, enquiry.answer = EnquiryState.ANSWERED, "Dear Canary, yes."
        enquiry.decided_at, enquiry.decided_by = clock.now(), "s@shop.example"
    send_everything()
    return order_id


def test_after_an_erasure_nothing_of_the_person_stands_anywhere(sku: str) -> None:
    everything_of_the_buyer(sku)
    before = columns_with(CANARY)
    assert {"sales_order.email", "checkout_draft.name", "outbox_message.payload", "enquiry.text"} <= before
    assert {"attestation_signer.typed_name", "sales_order.goods_in"} <= before

    done = erasure.erase(BUYER.upper(), reason="Letter of 3 November.", actor="test", before_retention=True)

    assert columns_with(CANARY) == set()
    assert done.rows["attestation_signer"] == done.rows["sales_order"] == 1
    assert {each.table for each in done.kept} >= {"order_event", "attestation_record"}


def test_what_was_sold_and_the_chain_stay_and_the_audit_is_clean(sku: str) -> None:
    order_id = everything_of_the_buyer(sku)
    with reading() as session:
        total = session.get_one(Order, order_id).total_minor
        chain = session.scalars(select(AttestationRecord.record_hash)).all()

    erasure.erase(BUYER, reason="Asked for.", actor="test", before_retention=True)

    with reading() as session:
        order = session.get_one(Order, order_id)
        assert (order.total_minor, order.organisation, order.country) == (total, "Vermeer Institute", "NL")
        assert (order.name, order.email) == ("erased", f"erased-{order_id}@invalid")
        assert session.scalars(select(AttestationRecord.record_hash)).all() == chain
        assert session.scalars(select(AttestationSigner)).all() == []


def test_the_logs_never_name_a_buyer(sku: str) -> None:
    order_of_the_buyer(sku)
    with reading() as session:
        assert set(session.scalars(select(OrderEvent.actor))) <= {"buyer", "screening"}
        assert BUYER not in set(session.scalars(select(StockMovement.actor)))


def test_who_signed_is_kept_for_its_years_unless_that_is_set_aside(sku: str) -> None:
    cancelled_order(sku)

    done = erasure.erase(BUYER, reason="Asked for.", actor="test")

    kept = next(each for each in done.kept if each.table == "attestation_signer")
    assert "7 years" in kept.reason
    assert kept.until == clock.today().replace(year=clock.today().year + 7)
    with reading() as session:
        assert session.scalar(select(AttestationSigner.email)) == BUYER
    allowed = personal_data.retained_columns()
    send_everything()
    erasure.erase_again()
    assert {name for name in columns_with(CANARY) if name.startswith("attestation")} <= allowed
    assert not columns_with(CANARY) & {"sales_order.email", "checkout_draft.email"}


def test_an_order_under_way_keeps_its_address_until_it_is_over(sku: str) -> None:
    order_id = order_of_the_buyer(sku)

    done = erasure.erase(BUYER, reason="Asked for.", actor="test")

    assert ("sales_order", 1, "The order is under way.", None) in {
        (each.table, each.rows, each.reason, each.until) for each in done.kept
    }
    decisions.cancel(order_id, staff=someone("sales"), reason="Specimen reason.")
    assert erasure.erase_again()
    with reading() as session:
        assert session.get_one(Order, order_id).name == "erased"


def test_an_order_that_was_shipped_stays_reachable_for_a_recall_of_its_lots(
    sku: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(draft_of_the_buyer(sku))
    packer = someone("sales", "warehouse")
    fulfilment.approve(placed.order_id, staff=packer, reason="")
    with reading() as session:
        numbers = {
            row.lot.number for row in fulfilment.pick_list(session, fulfilment.find(session, placed.order_id))
        }
        last = session.scalars(select(Lot.retest_on)).one()
    assert last is not None
    for number in numbers:
        fulfilment.pick(placed.order_id, number, staff=packer)
    fulfilment.pack(placed.order_id, staff=packer)
    fulfilment.ship(placed.order_id, carrier="Specimen Carrier", tracking="T-1", staff=packer)

    done = erasure.erase(BUYER, reason="Asked for.", actor="test")

    kept = next(each for each in done.kept if each.table == "sales_order")
    assert "recall" in kept.reason
    assert kept.until == last
    monkeypatch.setattr(clock, "now", lambda: datetime.combine(last, time(12), UTC) + timedelta(days=1))
    assert erasure.erase_again()
    with reading() as session:
        assert session.get_one(Order, placed.order_id).name == "erased"


def test_nobody_else_is_touched(sku: str) -> None:
    mine = place(draft_for({sku: 1}, email=OTHER)).order_id
    cancelled_order(sku)

    erasure.erase(BUYER, reason="Asked for.", actor="test", before_retention=True)

    with reading() as session:
        assert session.get_one(Order, mine).email == OTHER
        assert session.scalars(select(AttestationSigner.email)).all() == [OTHER]


def test_the_log_of_erasures_holds_no_address_and_a_restored_backup_is_erased_again(sku: str) -> None:
    order_id = cancelled_order(sku)
    send_everything()
    erasure.erase(BUYER, reason="Asked for.", actor="test", before_retention=True)
    with writing() as session:
        entry = session.scalars(select(ErasureEntry)).one()
        assert CANARY not in str(
            {name: getattr(entry, name) for name in ("person_key", "actor", "reason", "erased", "kept")}
        )
        order = session.get_one(Order, order_id)
        order.email, order.name = BUYER, "Canary Bird"

    (done,) = erasure.erase_again()

    assert done.rows["sales_order"] == 1
    assert columns_with(CANARY) == set()
    assert erasure.erase_again() == []


def test_an_erasure_needs_a_reason_and_one_address(sku: str) -> None:
    for email, reason in ((BUYER, " "), ("everyone", "Asked for."), ("a b@c.example", "Asked for.")):
        with pytest.raises(Refused):
            erasure.erase(email, reason=reason, actor="test")


def test_an_export_holds_what_is_held_and_says_why(sku: str) -> None:
    everything_of_the_buyer(sku)
    archive = zipfile.ZipFile(io.BytesIO(erasure.export(f" {BUYER.upper()} ")))
    about = json.loads(archive.read("about.json"))
    held = {each["file"]: each for each in about["held"]}
    assert {"sales_order.json", "order_line.json", "attestation_signer.json", "enquiry.json"} <= set(held)
    (order,) = json.loads(archive.read("sales_order.json"))
    assert (order["name"], order["address_line1"]) == ("Canary Bird", "Canarystraat 8")
    (signer,) = json.loads(archive.read("attestation_signer.json"))
    assert "salt" not in signer
    assert held["order_line.json"]["on_erasure"] == "keep"
    assert held["order_line.json"]["reason_to_keep"]
    assert "canary" not in str(zipfile.ZipFile(io.BytesIO(erasure.export(OTHER))).namelist())


# The registry


def test_every_registered_column_exists(shop: Flask) -> None:
    assert personal_data.names_unknown() == []


@pytest.fixture
def registry() -> Iterator[None]:
    kept = dict(personal_data._holdings)
    yield
    personal_data._holdings.clear()
    personal_data._holdings.update(kept)


def test_a_table_is_registered_once_and_kept_only_for_a_reason(registry: None) -> None:
    again = personal_data.holdings()[0]
    with pytest.raises(ValueError, match="twice"):
        personal_data.register(again)
    with pytest.raises(ValueError, match="without a reason"):
        personal_data.register(
            Holding(
                table="price",
                columns=(),
                purpose="",
                rows_of=personal_data.by_address("currency"),
                erasing=Erasing.KEEP,
            )
        )


def test_every_column_of_text_is_said_to_be_personal_or_not(shop: Flask) -> None:
    """Add a new column to its room's `personal_data`: to a `Holding`, or with `not_personal`."""
    assert personal_data.unclassified() == []
