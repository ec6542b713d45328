"""A monograph as one Markdown text: the same words, results and sources as the page, without its looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from shop.core.language import gettext as _
from shop.core.wording import long_date
from shop.education.citations import CslItem
from shop.education.monograph import MonographText
from shop.web.storefront.evidence_rows import RowOnPage
from shop.web.storefront.monograph_page import MonographPage, StatementOnPage
from shop.web.storefront.substance_facts import FactOnPage

_CITATION = re.compile(r"\[(@[^\]]+)\]")
_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]<>#|])")


def whole(
    page: MonographPage,
    text: MonographText,
    sources: Sequence[CslItem],
    facts: Sequence[FactOnPage],
    *,
    version: int,
    citation: str,
    licence: str,
) -> str:
    """The text. Sections are Markdown already; everything else is escaped."""
    numbers = {source.key: number for number, source in enumerate(text.sources, start=1)}
    blocks = [
        f"# {plain(page.title)}",
        plain(page.standfirst),
        _("Version %(number)s, reviewed %(date)s.", number=version, date=long_date(page.reviewed_on)),
        _("For laboratory research use only. Not for human or veterinary use."),
        *_reading(page),
        *_section(_("In plain language"), text.summary, numbers),
        *_section(_("What it is"), text.what_it_is, numbers),
        *_section(_("Proposed mechanism"), text.mechanism, numbers, page.mechanism),
        *_section(
            _("What trials report") if page.has_people else _("What studies report"), text.findings, numbers
        ),
        *_table(page.table),
        *_checks(page),
        *_section(_("Why sources disagree"), text.disagreement, numbers),
        *_section(_("Safety signals"), text.safety, numbers, page.safety),
        *_table(page.safety_table),
        *_section(_("What is not known"), text.unknowns, numbers, page.unknowns),
        *_properties(facts),
        *_section(_("Laboratory handling"), text.handling, numbers),
        *_section(_("The material in our shop"), page.sold_material and plain(page.sold_material), numbers),
        *_section(_("Regulatory status"), "", numbers, page.regulatory),
        *_sources(page, sources),
        f"## {_('How to cite')}",
        plain(citation),
        plain(licence),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(text: str) -> str:
    """Text whose signs mean nothing to Markdown, on one line."""
    return _MEANS_SOMETHING.sub(r"\\\1", " ".join(text.split()))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of escaped cells."""
    lines = [list(map(plain, heads)), ["---"] * len(heads), *(list(map(plain, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _reading(page: MonographPage) -> Iterator[str]:
    scope = f" ({page.scope})" if page.scope else ""
    yield f"## {_('Evidence reading')}: {plain(page.verdict + scope)}"
    yield plain(page.reason)
    for name, part in (
        (_("Favourable"), page.favourable),
        (_("Uncertain"), page.uncertain),
        (_("No benefit, or a warning"), page.no_benefit),
    ):
        words = part.text or _("No finding of this kind in the sources.")
        rests_on = ", ".join(study for _row, study in part.rests_on)
        yield f"- **{name}:** {plain(f'{words} ({rests_on})' if rests_on else words)}"


def _section(
    title: str, section: str, numbers: dict[str, int], statements: Sequence[StatementOnPage] = ()
) -> Iterator[str]:
    if not section and not statements:
        return
    yield f"## {title}"
    yield _CITATION.sub(lambda found: _numbers(found[1], numbers), section)
    yield "\n".join(_statement(each) for each in statements)


def _numbers(keys: str, numbers: dict[str, int]) -> str:
    found = [numbers[key.strip().removeprefix("@")] for key in keys.split(";")]
    return f" \\[{', '.join(map(str, found))}\\]"


def _statement(statement: StatementOnPage) -> str:
    level = f"**{statement.level}.** " if statement.level else ""
    refs = f" \\[{', '.join(map(str, statement.refs))}\\]" if statement.refs else ""
    unseen = "" if statement.seen else f" ({_('Source not seen.')})"
    return f"- {level}{plain(statement.text)}{refs}{unseen}"


def _table(rows: Sequence[RowOnPage]) -> Iterator[str]:
    if rows:
        heads = (_("Outcome"), _("Reading"), _("Result"), _("Interval and P"), _("Source"), _("Remark"))
        yield table(
            heads,
            (
                (
                    f"{row.outcome} ({row.population})" if row.population else row.outcome,
                    row.mark,
                    row.result,
                    row.interval,
                    f"{row.source} [{', '.join(map(str, row.refs))}]",
                    "; ".join(part for part in (row.preclinical, row.remark) if part),
                )
                for row in rows
            ),
        )


def _properties(facts: Sequence[FactOnPage]) -> Iterator[str]:
    if facts:
        yield f"## {_('Properties')}"
        heads = (_("Property"), _("Value"), _("How it is known"))
        yield table(heads, ((each.name, _words(each.value), _words(each.note)) for each in facts))


def _words(markup: str) -> str:
    return Markup(markup).striptags()  # noqa: S704 - made into plain text


def _checks(page: MonographPage) -> Iterator[str]:
    if page.coverage:
        yield f"### {_('Numbers check')}"
        yield plain(page.coverage)
        yield "\n".join(
            f"- **{plain(each.about)}.** {plain(each.finding)} {plain(each.how)}".rstrip()
            for each in page.checks
        )
    if page.left_out:
        yield f"### {_('What this page may leave out')}"
        yield "\n".join(f"- {plain(each)}" for each in page.left_out)


def _sources(page: MonographPage, sources: Sequence[CslItem]) -> Iterator[str]:
    if sources:
        yield f"## {_('Sources')}"
        yield "\n".join(
            f"{number}. {plain(_words(on_page.text))}"
            + (f" **{plain(on_page.retracted)}**" if on_page.retracted else "")
            + (f" <{item['URL']}>" if "URL" in item else "")
            for number, (item, on_page) in enumerate(zip(sources, page.sources, strict=True), start=1)
        )
