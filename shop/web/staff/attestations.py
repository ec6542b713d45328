"""The register of signed research-use statements, as a list and as a file. Read-only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request, url_for

from shop.attestations.models import Outcome
from shop.core import clock
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.ordering import attestation_index, destinations
from shop.ordering.attestation_index import Asked, Row
from shop.ordering.models import order_number
from shop.web.staff import frame, listing, tables


def show() -> Response:
    """Records, the newest first, filtered."""
    asked = _asked()
    kept = _kept(asked)
    with frame.building() as session:
        found = attestation_index.find(session, asked, page=listing.page_number())
        return frame.page(
            session,
            "attestations",
            section="attestations",
            asked=asked,
            filtered=bool(kept),
            rows=[_row(each) for each in found.rows],
            statements=attestation_index.codes(session),
            countries=destinations.countries(session),
            pages=listing.pages(
                number=found.number,
                size=attestation_index.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for("staff.attestations", **kept, page=number),
            ),
            file_url=url_for("staff.attestations_file", **kept),
        )


def as_file() -> Response:
    """The same as CSV."""
    heads = [
        _("Number"),
        _("Signed (UTC)"),
        _("Outcome"),
        _("Statement"),
        _("Order"),
        _("Country"),
        _("Organisation"),
        _("Signed by"),
        _("Hash"),
    ]
    with reading() as session:
        return tables.as_file(
            f"attestations-{clock.today().isoformat()}.csv",
            heads,
            [
                (
                    each.sequence,
                    each.signed_at,
                    each.outcome.value,
                    each.statement,
                    order_number(each.order_id) if each.order_id else "",
                    each.country,
                    each.organisation,
                    each.name,
                    each.record_hash,
                )
                for each in attestation_index.find_all(session, _asked(), at_most=tables.MOST_ROWS)
            ],
        )


def _row(row: Row) -> dict[str, object]:
    return {
        "record": row,
        "url": url_for("staff.attestation", record_id=row.record_id),
        "confirmed": row.outcome == Outcome.CONFIRMED,
        "order": order_number(row.order_id) if row.order_id else "",
        "country": destinations.country_name(row.country) if row.country else "",
    }


def _asked() -> Asked:
    country = request.args.get("country", "")
    return Asked(
        words=listing.words(),
        since=_day("since"),
        until=_day("until"),
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        statement=listing.words("statement"),
        refused=request.args.get("refused") == "yes",
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _kept(asked: Asked) -> dict[str, Any]:
    values = {
        "q": asked.words,
        "since": asked.since.isoformat() if asked.since else "",
        "until": asked.until.isoformat() if asked.until else "",
        "country": asked.country,
        "statement": asked.statement,
        "refused": "yes" if asked.refused else "",
    }
    return {name: value for name, value in values.items() if value}
