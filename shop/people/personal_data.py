"""What people's own tables hold: staff, whose acts must stay attributable, and browsers, known by a hash."""

from __future__ import annotations

from shop.core.personal_data import Erasing, Holding, by_address, erased_address, not_personal, register

register(
    Holding(
        table="staff_member",
        columns=("email", "email_key", "name", "password_hash"),
        purpose="People who run the shop.",
        rows_of=by_address("email"),
        erasing=Erasing.KEEP,
        reason="Who released a lot or decided an order must stay known; staff are not erased as buyers.",
        secret=("password_hash",),
    )
)
not_personal("organisation", "name name_key", why="an organisation, not a person")
not_personal("role", "code name")
not_personal("role_permission", "permission")
not_personal("web_session", "key_sha256 data", why="numbers of a cart and a checkout; gone after 30 days")
register(
    Holding(
        table="qualification",
        columns=("email", "email_key", "responsible_name", "responsible_role", "address"),
        purpose="Applications of organisations: who is responsible, and where the laboratory is.",
        rows_of=by_address("email"),
        erasing=Erasing.REPLACE,
        instead={"email": erased_address, "email_key": erased_address, "address": ""},
        address="email",
    )
)
not_personal(
    "qualification",
    "reference registry_number website research_area evidence",
    why="about the organisation; an approval ends for everybody once its person is erased",
)
not_personal("qualification_decision", "actor reason", why="written by staff in their work")
