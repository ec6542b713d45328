"""What the claims guard held and why it was let through, with the rules it holds by."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, url_for

from shop.claims import holds
from shop.claims.rules import RULES, VERSION
from shop.core.language import gettext as _
from shop.web.staff import frame, listing

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class RuleOnPage:
    """A rule, why it stands, and how many of its holds were explained."""

    id: str
    name: str
    why: str
    explained: int


def show() -> Response:
    """The explained holds, the newest first, under the count for each rule."""
    number = listing.page_number()
    with frame.building() as session:
        rows, total = holds.newest(session, page=number, size=PAGE_SIZE)
        counted = holds.count_by_rule(session)
        return frame.page(
            session,
            "claims",
            section="claims",
            version=VERSION,
            rules=[
                RuleOnPage(id=rule.id, name=_(rule.name), why=_(rule.why), explained=counted.get(rule.id, 0))
                for rule in RULES.values()
            ],
            rows=rows,
            total=total,
            pages=listing.pages(
                number=number,
                size=PAGE_SIZE,
                total=total,
                address=lambda page: url_for("staff.claims", page=page),
            ),
        )
