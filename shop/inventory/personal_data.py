"""What stock and lots hold about people: only whom vials are kept for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.core.language import gettext as _
from shop.core.personal_data import Erasing, Holding, Kept, by_address, erased_address, not_personal, register
from shop.inventory.models import HoldState, LotHold

STAFF = "what staff did and wrote in their work"


def _standing(session: Session, email: str, _before_retention: bool) -> Sequence[Kept]:
    rows = session.execute(
        select(LotHold.id, LotHold.until).where(
            func.lower(LotHold.email) == email, LotHold.state.in_((HoldState.ASKED, HoldState.HELD))
        )
    )
    return (
        Kept(reason=_("Vials are kept for this person."), until={hold: until.date() for hold, until in rows}),
    )


register(
    Holding(
        table="lot_hold",
        columns=("email", "asked_by", "decided_by"),
        purpose="Further vials kept for somebody.",
        rows_of=by_address("email"),
        erasing=Erasing.REPLACE,
        instead={"email": erased_address},
        kept=_standing,
        address="email",
    )
)
not_personal("lot_hold", "reference about organisation reason")
not_personal("stock_movement", "cause actor reason", why="a buyer is named `buyer`; the rest is staff")
not_personal("reservation", "picked_by", why=STAFF)
for table, columns in {
    "accreditation": "standard body number scope_url methods",
    "certificate_revision": "reason report_number sample_id authorised_by authorised_role not_tested "
    "chromatogram_conditions uploaded_by confirmed_by record record_sha256",
    "certificate_test": "attribute name method limit_text unit result_text mass_type",
    "certificate_withdrawal": "actor reason",
    "external_check": "portal_url report_key checked_by fields_matched note",
    "laboratory": "name place country portal_url",
    "lot": "number manufacturer bin",
    "lot_event": "actor reason cause",
    "product_document": "language note uploaded_by",
    "retest_date_change": "actor",
    "stability_result": "condition attribute name method limit_text result_text report_number recorded_by "
    "confirmed_by reason",
    "told_fact": "fact",
}.items():
    not_personal(table, columns, why=STAFF)
