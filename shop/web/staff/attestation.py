"""A record of the register of signed statements, as it was given. Nothing here can be changed."""

from __future__ import annotations

from flask import Response
from sqlalchemy import select

from shop.attestations import attestation_copy, register
from shop.attestations.models import AttestationRecord, AttestationSigner, StatementVersion
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.ordering import destinations
from shop.ordering.models import Order
from shop.web.checkout import uploads
from shop.web.staff import frame


def as_pdf(record_id: str) -> Response:
    """The copy that its buyer was sent."""
    with reading() as session:
        data = attestation_copy.pdf(session, record_id if record_id.isascii() and record_id.isalnum() else "")
    return uploads.as_pdf(data, f"research-use-statement-{record_id}.pdf")


def show(record_id: str) -> Response:
    """The record with its text, answers, what they are about, and its seal."""
    with frame.building() as session:
        found = None
        if record_id.isascii() and record_id.isalnum():
            found = session.execute(
                select(AttestationRecord, StatementVersion, AttestationSigner, Order)
                .join(StatementVersion, StatementVersion.id == AttestationRecord.version_id)
                .outerjoin(AttestationSigner, AttestationSigner.record_id == AttestationRecord.id)
                .outerjoin(Order, Order.attestation_id == AttestationRecord.id)
                .where(AttestationRecord.id == record_id)
            ).one_or_none()
        if found is None:
            raise NotFound(_("There is no such record."))
        record, statement, signer, order = found
        return frame.page(
            session,
            "attestation",
            section="attestations",
            record=record,
            statement=statement,
            signer=signer,
            order=order,
            paragraphs=record.rendered_text.split("\n\n"),
            countries=[
                destinations.country_name(code) for code in record.content.get("destination", []) if code
            ],
            seal_holds=register.seal(record) == record.record_hash,
        )
