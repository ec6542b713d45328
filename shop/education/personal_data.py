"""What education holds about people: readers who report an error, until the report is decided."""

from __future__ import annotations

from shop.core.personal_data import Erasing, Holding, by_address, not_personal, register

register(
    Holding(
        table="error_report",
        columns=("email", "sender_key"),
        purpose="Where to answer a report of an error; forgotten once it is decided.",
        rows_of=by_address("email"),
        erasing=Erasing.REPLACE,
        address="email",
    )
)
not_personal("error_report", "text where source reason decided_by", why="what is said of a published text")
PUBLISHED = "published words of the shop, and who of its staff answers for them"
for table, columns in {
    "evidence_row": "record_id outcome record",
    "monograph_draft": "content content_sha256 writers updated_by submitted_by sent_back",
    "monograph_revision": "title standfirst change_note author verified_by content content_sha256",
    "retraction_import": "name file_sha256 imported_by",
    "retraction_notice": "doi pmid",
    "source": "key label doi pmid record",
}.items():
    not_personal(table, columns, why=PUBLISHED)
