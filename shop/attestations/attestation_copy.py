"""The copy of a signed research-use statement, as PDF/A: everything the record holds, and how to check it.

It is set from the record each time it is asked for, and says so where who signed has been erased since; the
same record gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from shop.attestations.models import AttestationRecord, AttestationSigner, Outcome, StatementVersion
from shop.core import mail, typeset
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import moment_in_words

RESEARCH_USE = "For laboratory research use only. Not for human or veterinary use."
PAPER = "attestation"


def pdf(session: Session, record_id: str) -> bytes:
    """The copy of a record.

    Raises:
        NotFound: there is no such record.
    """
    record = session.get(AttestationRecord, record_id)
    if record is None:
        raise NotFound(_("There is no such record."))
    version = session.get_one(StatementVersion, record.version_id)
    signer = session.get(AttestationSigner, record_id)
    return typeset.pdf(
        "attestation", _content(record, version, signer), made_at=record.signed_at.replace(microsecond=0)
    )


@mail.paper(PAPER)
def _attached(record_id: str) -> bytes:
    """The copy, made when the letter it goes with is sent."""
    with reading() as session:
        return pdf(session, record_id)


def _content(
    record: AttestationRecord, version: StatementVersion, signer: AttestationSigner | None
) -> dict[str, object]:
    confirmed = record.outcome == Outcome.CONFIRMED
    return {
        "research_use": RESEARCH_USE,
        "specimen": _("Specimen of a demonstration shop.") if settings().is_demo else "",
        "title": _("Signed research-use statement"),
        "page": _("Page"),
        "shop": settings().shop_name,
        "summary": _(
            "Record %(number)s of the register, %(when)s", number=record.sequence, when=_when(record)
        ),
        "facts_title": _("Who signed, and for what"),
        "facts": _facts(record, version, signer),
        "text_title": _("The statement as it was shown"),
        "text": record.rendered_text.split("\n\n"),
        "answers_title": _("The answers"),
        "answers": [
            [
                f"{answer['position']}. {answer['heading']}",
                _("Confirmed") if answer["answer"] == "yes" else _("Not confirmed"),
            ]
            for answer in record.answers
        ],
        "about_title": _("What the answers are about"),
        "about": _about(record.content),
        "none": _("No order: a statement could not be confirmed.") if not confirmed else "",
        "hashes_title": _("How to check this record"),
        "hashes": [
            [_("This record"), record.record_hash],
            [_("The record before it"), record.previous_hash],
            [_("Text as shown"), record.rendered_sha256],
            [_("Text of the version"), version.text_sha256],
            [_("Commitment to who signed"), record.signer_commitment],
        ],
        "how": _(
            "All hashes are SHA-256. The text as shown is hashed as UTF-8, its paragraphs joined by two line "
            "feeds. Each record is sealed with the hash of the one before it. The end of the register is "
            "published every day at %(address)s, so that a later change of any record can be proved. Who "
            "signed stands beside the register and is bound to it by the commitment, a hash over random salt "
            "and the data; it can be erased on request without breaking the chain.",
            address=f"{settings().base_url}/research-use/heads",
        ),
        "honest": _(
            "This statement does not make an unlawful use lawful, and does not relieve the seller of its own "
            "duties."
        ),
    }


def _when(record: AttestationRecord) -> str:
    return moment_in_words(record.signed_at)


def _facts(
    record: AttestationRecord, version: StatementVersion, signer: AttestationSigner | None
) -> list[list[str]]:
    erased = _("Erased on request")
    personal = [
        (_("Signed by"), signer.typed_name if signer else erased),
        (_("Role"), signer.role if signer else erased),
        (_("Organisation"), signer.organisation if signer else erased),
        (_("Email"), signer.email if signer else erased),
        (_("Delivery address"), ", ".join(signer.delivery_address.split("\n")) if signer else erased),
        (_("Approval for work with animals"), (signer.approval or _("Not asked")) if signer else erased),
        (_("Intended use"), (signer.intended_use or _("Not asked")) if signer else erased),
        (_("Network address"), signer.ip_address if signer else erased),
        (_("Browser"), signer.user_agent if signer else erased),
        (_("Language"), signer.locale if signer else erased),
    ]
    order = str(record.content.get("order", ""))
    rows = [
        (_("Statement"), version.code),
        (_("Order"), order or _("None")),
        (_("Reference"), record.order_reference or _("None")),
        (_("Record"), record.id),
        (_("Time"), record.signed_at.isoformat(timespec="seconds")),
        (_("Purpose"), record.purpose),
        (
            _("Signed electronically"),
            _("Yes, agreed to by the signer")
            if record.content.get("signed_electronically")
            else _("Not asked"),
        ),
        *personal,
    ]
    return [[label, value] for label, value in rows]


def _about(content: Mapping[str, Any]) -> list[str]:
    """The lines of the order with their lots, and the destination, in words."""
    told = []
    for line in content.get("lines", []):
        if isinstance(line, Mapping):
            lots = ", ".join(f"{lot['number']} ({lot['quantity']})" for lot in line.get("lots", []))
            told.append(
                _(
                    "%(quantity)s × %(title)s, lots %(lots)s",
                    quantity=line["quantity"],
                    title=line["title"],
                    lots=lots,
                )
            )
        else:
            told.append(f"{line[1]} × {line[0]}")
    countries = content.get("destination") or [content.get("country", "")]
    told += [_("Destination: %(country)s", country=country) for country in countries if country]
    return told
