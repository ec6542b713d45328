"""What the register holds about people. Only who signed is personal; the chain itself names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from shop.attestations.models import AttestationRecord, AttestationSigner
from shop.core import clock
from shop.core.language import gettext as _
from shop.core.personal_data import Erasing, Holding, Kept, by_address, not_personal, register
from shop.core.settings import settings


def years_after(day: date, years: int) -> date:
    """The same day some years later; the 28th where a 29 February has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _kept(session: Session, email: str, before_retention: bool) -> Sequence[Kept]:
    """Signers whose period of retention has not ended."""
    if before_retention:
        return ()
    years, today = settings().attestation_retention_years, clock.today()
    signed = session.execute(
        select(AttestationRecord.id, AttestationRecord.signed_at)
        .join(AttestationSigner, AttestationSigner.record_id == AttestationRecord.id)
        .where(func.lower(AttestationSigner.email) == email)
    )
    until = {record: years_after(at.date(), years) for record, at in signed}
    return (
        Kept(
            reason=_(
                "Signed statements are kept %(years)s years; 21 CFR 312.160 asks for 2, the rest is this "
                "shop's rule.",
                years=years,
            ),
            until={record: day for record, day in until.items() if day > today},
        ),
    )


def _records_of(table: Table, email: str) -> ColumnElement[bool]:
    return table.c.id.in_(
        select(AttestationSigner.record_id).where(func.lower(AttestationSigner.email) == email)
    )


register(
    Holding(
        table="attestation_signer",
        columns=(
            *(
                "salt",
                "approval",
                "intended_use",
                "typed_name",
                "role",
                "organisation",
                "email",
                "delivery_address",
            ),
            *("ip_address", "user_agent", "locale"),
        ),
        purpose="Who signed a research-use statement, and from where.",
        rows_of=by_address("email"),
        erasing=Erasing.DELETE,
        kept=_kept,
        secret=("salt",),
        address="email",
    )
)
register(
    Holding(
        table="attestation_record",
        columns=(),
        purpose="What was asked and answered for an order.",
        rows_of=_records_of,
        erasing=Erasing.KEEP,
        reason="The chain of the register breaks without it. It names nobody once its signer is erased.",
    )
)
not_personal(
    "attestation_record",
    "id order_reference rendered_text rendered_sha256 answers purpose content signer_commitment "
    "previous_hash record_hash",
    why="an organisation and its order; a commitment shows nothing once its salt is gone",
)
not_personal("attestation_head", "record_hash")
not_personal("attestation_day_head", "record_hash previous_hash head_hash")
not_personal("statement_version", "code preamble text_sha256 asks")
not_personal("statement_clause", "heading text")
register(
    Holding(
        table="screened_person",
        columns=(
            *("name", "email", "organisation", "country", "vials", "seen"),
            *("email_key", "organisation_key", "address_key"),
        ),
        purpose="Screening: who was screened, what a rule saw, and keys by which further orders are known.",
        rows_of=by_address("email"),
        erasing=Erasing.DELETE,
        secret=("email_key", "organisation_key", "address_key"),
        address="email",
    )
)
not_personal("order_screening", "*", why="rule codes and neutral sentences; the person is in screened_person")
not_personal("screening_rule", "*", why="written by staff in their work")
not_personal("screening_ruleset", "*")
for _table in ("restricted_list", "restricted_party", "party_screening"):
    not_personal(_table, "*", why="published lists, and their entries that an order was held against")
