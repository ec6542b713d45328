"""The buyer's copy of a signed statement: whole, the same every time, and honest about what was erased."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes, policy

import pypdf
import pytest
from builders import make_lot, make_ready_to_sell, make_size, order_for
from flask import Flask
from sqlalchemy import select

from shop.attestations import attestation_copy
from shop.attestations.models import AttestationRecord
from shop.core import clock, erasure, outbox
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.settings import settings
from shop.worker import senders


@pytest.fixture
def engine() -> str:
    """The database makes no difference here."""
    return "sqlite"


@pytest.fixture
def record_id(shop: Flask) -> str:
    make_ready_to_sell()
    sku = make_size()
    make_lot(sku, 5, number="SMX-2609-B")
    order_for({sku: 2})
    with reading() as session:
        return session.scalars(select(AttestationRecord.id)).one()


def text_of(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())


def copy_of(record_id: str) -> bytes:
    with reading() as session:
        return attestation_copy.pdf(session, record_id)


def test_the_copy_says_everything_the_record_holds(record_id: str) -> None:
    data = copy_of(record_id)
    text = text_of(data)
    with reading() as session:
        record = session.get_one(AttestationRecord, record_id)
        packed = text.replace(" ", "")
        for value in (
            record.record_hash,
            record.previous_hash,
            record.rendered_sha256,
            record.signer_commitment,
        ):
            assert value in packed
    for words in (
        *("For laboratory research use only. Not for human or veterinary use.", "RU-1", "Ilse Brandsma"),
        *("Lab manager", "Vermeer Institute for Molecular Assays", "i.brandsma@vima.example", "Padualaan 8"),
        *(
            "192.0.2.7",
            "For laboratory research and nothing else.",
            "Lawful in Netherlands.",
            "SMX-2609-B (2)",
        ),
        *("Destination: NL", "Confirmed", "/research-use/heads", "does not make an unlawful use lawful"),
    ):
        assert words in text, words


def test_the_same_record_gives_the_same_bytes(record_id: str) -> None:
    first = copy_of(record_id)
    with clock.shifted(timedelta(days=40)):
        assert copy_of(record_id) == first


def test_what_was_erased_is_not_in_the_copy_any_more(record_id: str) -> None:
    outbox.send_due({"mail": lambda message: None})
    erasure.erase("i.brandsma@vima.example", reason="Asked for.", actor="test", before_retention=True)
    text = text_of(copy_of(record_id))
    assert "Erased on request" in text
    for personal in ("Brandsma", "Lab manager", "Padualaan", "192.0.2.7"):
        assert personal not in text
    assert "For laboratory research and nothing else." in text


def test_it_goes_with_the_mail_that_confirms_the_order(record_id: str) -> None:
    with reading() as session:
        payload: Mapping[str, object] = session.scalars(select(outbox.OutboxMessage.payload)).one()
    assert payload["attachments"] == [["research-use-statement-10001.pdf", f"attestation/{record_id}"]]
    outbox.send_due(senders())
    (written,) = settings().mail_dir.glob("*.eml")
    letter = message_from_bytes(written.read_bytes(), policy=policy.default)
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == "research-use-statement-10001.pdf"
    assert attached.get_payload(decode=True) == copy_of(record_id)


def test_a_record_that_is_not_there_has_no_copy(record_id: str) -> None:
    with pytest.raises(NotFound):
        copy_of("nothing")
