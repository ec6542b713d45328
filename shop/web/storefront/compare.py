"""Substances beside each other, by an address to share: `/education/compare?with=semax&with=oxytocin`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import comparison, forest, revisions
from shop.education.comparison import Compared
from shop.education.revisions import ListedMonograph
from shop.web.storefront import published, schemas, structured_data
from shop.web.storefront.asked import choices, printable
from shop.web.storefront.sent_file import CSV, JSON, as_json, sent_file

LONGEST_SLUG = 60


def show() -> AnyResponse:
    """The form, and the comparison once two to four substances are chosen."""
    asked = _asked()
    question: dict[str, Any] = {"with": list(asked)}
    with reading() as session:
        listed = revisions.list_current(session)
        chosen, error = _chosen(session, asked)
        page = render_template(
            "storefront/compare.html",
            groups=_groups(listed, asked or choices("choose")),
            error=error,
            first=f"with-{listed[0].compound}" if listed else "",
            has_errors=bool(error),
            chosen=[
                {
                    "title": each.text.title,
                    "url": published.address(each.compound.category.slug, each.compound.slug, None),
                }
                for each in chosen
            ],
            comparison=comparison.compare(chosen) if chosen else None,
            files=[
                (_("Data (CSV)"), url_for("storefront.compare_csv", **question)),
                (_("Data (JSON)"), url_for("storefront.compare_json", **question)),
            ],
            canonical=settings().base_url + url_for("storefront.compare"),
            json_ld=structured_data.of_list(
                [
                    (_("Education"), settings().base_url + url_for("storefront.education")),
                    (_("Compare substances"), settings().base_url + url_for("storefront.compare")),
                ]
            ),
            **({"robots": "noindex"} if request.args else {}),
        )
    return Response(page, status=400 if error else 200)


def as_values() -> AnyResponse:
    """The comparison as JSON; what is wrong with the question comes as JSON too."""
    with reading() as session:
        try:
            chosen = comparison.load(session, _asked())
        except Refused as refused:
            answer = as_json({"error": str(refused)}, "compare.json", JSON)
            answer.status_code = 400
            return answer
        found = comparison.compare(chosen)
        names = [each.compound.slug for each in chosen]
        return as_json(
            {
                "format": "comparison/1",
                "note": _note(),
                "licence": published.licence(),
                "substances": [
                    {
                        "slug": each.compound.slug,
                        "title": each.text.title,
                        "version": each.revision.number,
                        "url": settings().base_url
                        + published.address(
                            each.compound.category.slug, each.compound.slug, each.revision.number
                        ),
                    }
                    for each in chosen
                ],
                **{
                    group: [
                        {"name": line.name, "values": dict(zip(names, line.values, strict=True))}
                        for line in lines
                    ]
                    for group, lines in (("properties", found.properties), ("evidence", found.evidence))
                },
            },
            "compare.json",
            schema=schemas.COMPARISON,
        )


def as_rows() -> AnyResponse:
    """The comparison as CSV: a row for each line, a column for each substance."""
    with reading() as session:
        chosen = comparison.load(session, _asked())
        found = comparison.compare(chosen)
        names = [each.compound.slug for each in chosen]
        rows: list[dict[str, str | int | None]] = [
            {"group": group, "name": line.name, **dict(zip(names, line.values, strict=True))}
            for group, lines in (("properties", found.properties), ("evidence", found.evidence))
            for line in lines
        ]
    return sent_file(forest.figure_csv(rows), CSV, "compare.csv")


def _asked() -> tuple[str, ...]:
    return tuple(printable(each)[:LONGEST_SLUG].lower() for each in choices("with"))


def _chosen(session: Session, asked: Sequence[str]) -> tuple[list[Compared], str]:
    """What is compared, or why nothing is; neither before anything was asked."""
    if not asked:
        return [], ""
    try:
        return comparison.load(session, asked), ""
    except Refused as refused:
        return [], str(refused)


def _note() -> str:
    return _(
        "Properties and how well each substance has been studied. Results of different outcomes cannot be "
        "compared, so none are shown here; more studies do not mean a better result."
    )


def _groups(listed: Sequence[ListedMonograph], ticked: Sequence[str]) -> list[dict[str, object]]:
    """The substances that can be chosen, by field."""
    fields = dict.fromkeys(each.category_name for each in listed)
    return [
        {
            "legend": name,
            "options": [
                {"value": each.compound, "label": each.title, "checked": each.compound in ticked}
                for each in listed
                if each.category_name == name
            ],
        }
        for name in fields
    ]
