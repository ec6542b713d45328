"""One result of a monograph by itself: every field of its record, its source, and every check made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import Response, render_template
from sqlalchemy import exists, select
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import consistency, retractions, revisions
from shop.education.evidence import CheckResult, EvidenceRecord, Severity, Status
from shop.education.result_words import direction_in_words, result_in_words, status_in_words
from shop.education.retractions import marked
from shop.web.storefront import evidence_rows, monograph_page, published, references
from shop.web.storefront.published import Published, address


@dataclass(frozen=True, kw_only=True)
class CheckShown:
    """What one check of a record came to, and how it was worked out; `kind` is the look of its badge."""

    code: str
    state: str
    kind: str
    message: str
    how: str


def show(category: str, slug: str, record: str, number: int | None = None) -> AnyResponse:
    """The record as it stands in the current version, or in the one that the address names."""
    endpoint = "record" if number is None else "version_record"
    return published.show(endpoint, category, slug, number, lambda found: _page(found, record), record=record)


def _page(found: Published, key: str) -> AnyResponse:
    listed = retractions.list_for(found.session, found.text.sources)
    text = marked(found.text, listed)
    record = next((each for each in text.evidence if each.id == key), None)
    if record is None:
        raise NotFound(
            _("This version has no such result. Its results stand in the tables of the monograph.")
        )
    source = next(each for each in text.sources if each.key == record.source)
    results = consistency.check_table(text.table, today=clock.today(), retractions=listed)
    newest = revisions.current(found.session, found.slug)
    shown = result_in_words(record)
    monograph = address(found.category, found.slug, found.number)
    return Response(
        render_template(
            "storefront/record.html",
            title=text.title,
            place=text.evidence.index(record) + 1,
            category=found.compound.category,
            slug=found.slug,
            record=record,
            outcome=evidence_rows.outcome_at(record),
            direction=direction_in_words(record.direction),
            mark=evidence_rows.MARKS[record.direction],
            figure=shown.figure,
            beside="; ".join(shown.beside),
            state=status_in_words(record.status),
            facts=[
                *_of_the_row(record),
                *evidence_rows.facts(record, source, is_listed=_is_listed(found)),
                *_of_the_remark(record),
            ],
            source=monograph_page.source_on_page(source, {}),
            forms=[
                (form.label, found.path_of("source", ending=ending, key=source.key))
                for ending, form in references.FORMATS.items()
            ],
            checks=list(_checks(results, (record.id, source.key))),
            monograph=monograph,
            row=f"{monograph}#{evidence_rows.anchor(record.id)}",
            number=found.number,
            revision=found.revision,
            is_current=newest is not None and newest.number == found.revision.number,
            current=address(found.category, found.slug, None),
            canonical=settings().base_url + found.path_of("version_record", record=key),
            robots="noindex",
        )
    )


def _is_listed(found: Published) -> bool | None:
    """Whether the shop lists the substance; None where the education stands apart from the catalogue."""
    if settings().education_placement == "detached":
        return None
    listed = exists().where(Product.compound_id == found.compound.id, Product.listed)
    return bool(found.session.scalar(select(listed)))


def _of_the_row(record: EvidenceRecord) -> Iterator[tuple[str, str]]:
    """The fields that the row on the monograph shows."""
    pairs = (
        (_("Population"), record.population),
        (_("Tested"), record.intervention or ""),
        (_("Compared with"), record.comparator),
    )
    return ((label, value) for label, value in pairs if value)


def _of_the_remark(record: EvidenceRecord) -> Iterator[tuple[str, str]]:
    """The fields that stand in the small print of the row."""
    certainty = (
        _("%(level)s, by %(by)s", level=record.certainty.value, by=record.certainty_by)
        if record.certainty is not None
        else ""
    )
    pairs = (
        (_("In the source’s words"), record.statement),
        (_("Limits"), record.limits),
        (_("Funding as stated"), record.sponsor_text),
        (_("Risk of bias"), record.risk_of_bias),
        (_("Certainty (GRADE)"), certainty),
    )
    return ((label, value) for label, value in pairs if value)


def _checks(results: Sequence[CheckResult], subjects: Iterable[str]) -> Iterator[CheckShown]:
    """Every check of the record and of its source, also those that passed or could not be made."""
    for result in results:
        if result.subject in subjects:
            state, kind = _state(result)
            yield CheckShown(
                code=result.code,
                state=state,
                kind=kind,
                message=result.message,
                how=_("Worked out with: %(assumptions)s.", assumptions="; ".join(result.assumptions))
                if result.assumptions and result.code != "E03"
                else "",
            )


def _state(result: CheckResult) -> tuple[str, str]:
    if result.severity is Severity.ERROR:
        return _("Does not agree"), "bad"
    return {
        Status.OK: (_("Agrees"), "ok"),
        Status.INCONSISTENT: (_("Does not agree"), "warn"),
        Status.WARN: (_("To be noted"), "warn"),
        Status.INFO: (_("To be noted"), ""),
        Status.NOT_CHECKABLE: (_("Cannot be checked"), "off"),
    }[result.status]
