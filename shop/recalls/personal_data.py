"""What recalls and enquiries hold about people."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from shop.core.language import gettext as _
from shop.core.personal_data import Erasing, Holding, Kept, by_address, erased_address, not_personal, register
from shop.recalls.enquiries import Enquiry, EnquiryState
from shop.recalls.models import Recall, RecallConsignee, RecallState


def _in_open_recalls(session: Session, email: str, _before_retention: bool) -> Sequence[Kept]:
    rows = session.scalars(
        select(RecallConsignee.id)
        .join(Recall, Recall.id == RecallConsignee.recall_id)
        .where(RecallConsignee.email_key == email, Recall.state != RecallState.CLOSED)
    )
    return (Kept(reason=_("A recall that concerns this person is open."), until=dict.fromkeys(rows)),)


def _waiting(session: Session, email: str, _before_retention: bool) -> Sequence[Kept]:
    rows = session.scalars(
        select(Enquiry.id).where(func.lower(Enquiry.email) == email, Enquiry.state == EnquiryState.WAITING)
    )
    return (Kept(reason=_("The message waits for its answer."), until=dict.fromkeys(rows)),)


def _contacts_of(table: Table, email: str) -> ColumnElement[bool]:
    return table.c.consignee_id.in_(select(RecallConsignee.id).where(RecallConsignee.email_key == email))


register(
    Holding(
        table="recall_consignee",
        columns=("email_key", "name", "email", "phone", "address", "answered_by"),
        purpose="Who was told of a recall, and what they answered.",
        rows_of=by_address("email_key"),
        erasing=Erasing.REPLACE,
        instead={
            "email_key": erased_address,
            "email": erased_address,
            "phone": "",
        },
        kept=_in_open_recalls,
        address="email_key",
    )
)
register(
    Holding(
        table="recall_contact",
        columns=("actor", "note"),
        purpose="What was said to or by somebody in a recall.",
        rows_of=_contacts_of,
        erasing=Erasing.KEEP,
        reason="The record of a recall's effectiveness, which authorities ask for; nothing of it is removed.",
    )
)
register(
    Holding(
        table="enquiry",
        columns=("name", "email", "text", "answer"),
        purpose="Messages to the shop and their answers.",
        rows_of=by_address("email"),
        erasing=Erasing.REPLACE,
        instead={"email": erased_address},
        kept=_waiting,
        address="email",
    )
)
not_personal(
    "recall",
    "reason instructions notice_subject notice_text created_by started_by closed_by closing_summary",
    why="written by staff for everyone to read",
)
not_personal("recall_consignee", "organisation")
not_personal("recall_check", "actor note", why="what staff wrote in their work")
not_personal("recall_order", "decided_by", why="a buyer is named `buyer`")
not_personal("enquiry", "reference lot_typed taken_by decided_by")
not_personal("hold_decision", "actor reason", why="what staff wrote in their work")
