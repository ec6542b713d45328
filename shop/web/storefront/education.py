"""The index of monographs: all of them, and by field of research."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.compounds.models import Category
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import comparison, revisions
from shop.education.monograph import Verdict
from shop.education.revisions import ListedMonograph
from shop.web.storefront import structured_data
from shop.web.storefront.asked import choices
from shop.web.storefront.monograph_page import verdict_in_words


@dataclass(frozen=True, kw_only=True)
class EntryOnPage:
    """A monograph in a list."""

    title: str
    url: str
    standfirst: str
    reading: str
    scope: str
    """The question the reading answers; empty where it is about all results."""
    sources: int
    published_at: datetime
    field_name: str


@dataclass(frozen=True, kw_only=True)
class FieldOnPage:
    """A field of research with how many monographs it has."""

    name: str
    url: str
    code: str
    count: int


@dataclass(frozen=True, kw_only=True)
class OptionOnPage:
    """A choice in the filter."""

    value: str
    label: str
    count: int | None
    checked: bool
    field: str


def index() -> AnyResponse:
    """Every monograph, filtered by field and by evidence reading."""
    asked_fields, asked_readings = choices("field"), choices("reading")
    with reading() as session:
        categories = _categories(session)
        everything = revisions.list_current(session)
        codes = {category.slug: category.code for category in categories}
        fields = [each.code for each in categories if each.code in asked_fields]
        readings = [each for each in Verdict if each.value in asked_readings]
        by_field = [each for each in everything if not fields or codes[each.category] in fields]
        by_reading = [each for each in everything if not readings or each.verdict in readings]
        found = [each for each in by_field if not readings or each.verdict in readings]
        return Response(
            render_template(
                "storefront/education.html",
                entries=on_page(found),
                total=len(everything),
                groups=[
                    {
                        "legend": _("Field of research"),
                        "kind": "checkbox",
                        "name": "field",
                        "options": _field_options(categories, codes, by_reading, fields),
                    },
                    {
                        "legend": _("Evidence reading"),
                        "kind": "checkbox",
                        "name": "reading",
                        "options": _reading_options(by_field, readings),
                    },
                ],
                applied=len(fields) + len(readings),
                chips=_chips(categories, fields, readings),
                canonical=settings().base_url + url_for("storefront.education"),
                json_ld=structured_data.of_list(
                    [(_("Education"), settings().base_url + url_for("storefront.education"))]
                ),
                **({"robots": "noindex"} if fields or readings else {}),
            )
        )


def category(category: str) -> AnyResponse:
    """The monographs of one field."""
    if category != category.lower():
        return redirect(url_for("storefront.category", category=category.lower()), 301)
    with reading() as session:
        categories = _categories(session)
        found = next((each for each in categories if each.slug == category), None)
        if found is None:
            raise NotFound(_("We have no such field of research. All fields are listed under Education."))
        everything = revisions.list_current(session)
        return Response(
            render_template(
                "storefront/category.html",
                category=found,
                entries=on_page([each for each in everything if each.category == found.slug]),
                others=[each for each in fields(categories, everything) if each.code != found.code],
                canonical=settings().base_url + url_for("storefront.category", category=found.slug),
                json_ld=structured_data.of_list(crumbs(found)),
                compare_url=_compare_url(
                    [each.compound for each in everything if each.category == found.slug]
                ),
            )
        )


def crumbs(category: Category) -> list[tuple[str, str]]:
    """From the top of the site to a field of research, with full addresses."""
    base = settings().base_url
    return [
        (_("Education"), base + url_for("storefront.education")),
        (category.name, base + url_for("storefront.category", category=category.slug)),
    ]


def _compare_url(slugs: Sequence[str]) -> str:
    """Where the substances of a field stand beside each other, or where a few of them can be chosen."""
    if len(slugs) in comparison.ALLOWED:
        question: dict[str, Any] = {"with": list(slugs)}
        return url_for("storefront.compare", **question)
    return url_for("storefront.compare")


def on_page(monographs: Iterable[ListedMonograph]) -> list[EntryOnPage]:
    """Monographs as lists show them."""
    return [
        EntryOnPage(
            title=each.title,
            url=url_for("storefront.monograph", category=each.category, slug=each.compound),
            standfirst=each.standfirst,
            reading=verdict_in_words(each.verdict),
            scope=each.scope,
            sources=each.sources,
            published_at=each.published_at,
            field_name=each.category_name,
        )
        for each in monographs
    ]


def fields(categories: Sequence[Category], monographs: Iterable[ListedMonograph]) -> list[FieldOnPage]:
    """The fields of research in their order, each with its number of monographs."""
    counts = Counter(each.category for each in monographs)
    return [
        FieldOnPage(
            name=each.name,
            url=url_for("storefront.category", category=each.slug),
            code=each.code,
            count=counts[each.slug],
        )
        for each in categories
    ]


def _categories(session: Session) -> Sequence[Category]:
    return session.scalars(select(Category).order_by(Category.position)).all()


def _field_options(
    categories: Sequence[Category],
    codes: dict[str, str],
    monographs: Sequence[ListedMonograph],
    chosen: Sequence[str],
) -> list[OptionOnPage]:
    counts = Counter(codes[each.category] for each in monographs)
    return [
        OptionOnPage(
            value=each.code,
            label=each.name,
            count=counts[each.code],
            checked=each.code in chosen,
            field=each.code,
        )
        for each in categories
    ]


def _reading_options(monographs: Sequence[ListedMonograph], chosen: Sequence[Verdict]) -> list[OptionOnPage]:
    counts = Counter(each.verdict for each in monographs)
    return [
        OptionOnPage(
            value=each.value,
            label=verdict_in_words(each),
            count=counts[each],
            checked=each in chosen,
            field="",
        )
        for each in Verdict
    ]


def _chips(
    categories: Sequence[Category], fields: Sequence[str], readings: Sequence[Verdict]
) -> list[tuple[str, str]]:
    """Each applied filter, and the address without it."""
    values = [each.value for each in readings]

    def address(without_field: str = "", without_reading: str = "") -> str:
        return url_for(
            "storefront.education",
            field=[each for each in fields if each != without_field],
            reading=[each for each in values if each != without_reading],
        )

    names = {each.code: each.name for each in categories}
    return [(names[code], address(without_field=code)) for code in fields] + [
        (verdict_in_words(each), address(without_reading=each.value)) for each in readings
    ]
