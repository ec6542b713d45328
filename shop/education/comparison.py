"""Two to four substances beside each other: what is on record of them and how well they have been studied.

Never how large an effect is: results of different outcomes cannot be compared, so there is no ranking and no
winner. What is not known is said in the place of the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from shop.compounds import identity_record
from shop.compounds.isoelectric import PK_SET
from shop.compounds.models import Compound, CompoundKind
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.wording import long_date
from shop.education import revisions
from shop.education.coverage import coverage
from shop.education.evidence import Design, RetractionState, Seen, Species
from shop.education.models import Monograph, MonographRevision
from shop.education.monograph import MonographText

FEWEST, MOST = 2, 4
ALLOWED = range(FEWEST, MOST + 1)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One substance of a comparison with its current monograph."""

    compound: Compound
    revision: MonographRevision
    text: MonographText


@dataclass(frozen=True, kw_only=True)
class Line:
    """One property or count, with a value in words for each substance in turn."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All lines, in two groups."""

    properties: tuple[Line, ...]
    evidence: tuple[Line, ...]


def load(session: Session, slugs: Sequence[str]) -> list[Compared]:
    """The substances in the order asked for, a repeated one once. Six queries at most.

    Raises:
        Refused: fewer than two or more than four, or one without a published monograph.
    """
    asked = list(dict.fromkeys(slugs))
    if len(asked) not in ALLOWED:
        raise Refused(_how_many(len(asked)))
    latest = (
        select(MonographRevision.monograph_id, func.max(MonographRevision.number).label("number"))
        .group_by(MonographRevision.monograph_id)
        .subquery()
    )
    rows = session.scalars(
        select(MonographRevision)
        .join(
            latest,
            (latest.c.monograph_id == MonographRevision.monograph_id)
            & (latest.c.number == MonographRevision.number),
        )
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .join(Compound, Compound.id == Monograph.compound_id)
        .where(Compound.slug.in_(asked))
        .options(
            selectinload(MonographRevision.sources),
            selectinload(MonographRevision.evidence),
            selectinload(MonographRevision.monograph)
            .joinedload(Monograph.compound)
            .options(selectinload(Compound.names), selectinload(Compound.properties)),
        )
    )
    found = {row.monograph.compound.slug: row for row in rows}
    for slug in asked:
        if slug not in found:
            raise Refused(_("There is no monograph “%(slug)s” to compare.", slug=slug[:60]))
    return [
        Compared(
            compound=found[slug].monograph.compound, revision=found[slug], text=revisions.load(found[slug])
        )
        for slug in asked
    ]


def compare(chosen: Sequence[Compared]) -> Comparison:
    """The lines of a comparison."""
    compounds = [each.compound for each in chosen]
    return Comparison(
        properties=(*_identity(compounds), *_recorded(compounds)), evidence=tuple(_evidence(chosen))
    )


def _how_many(count: int) -> str:
    if not count:
        return _("Choose two to four substances.")
    return ngettext(
        "Choose two to four substances; %(num)s is chosen.",
        "Choose two to four substances; %(num)s are chosen.",
        count,
    )


def _identity(compounds: Sequence[Compound]) -> Iterable[Line]:
    found = [identity_record.chemistry(each) for each in compounds]
    missing = _("Not defined: a mixture")
    not_recorded = _("Not recorded")
    yield Line(name=_("Class"), values=tuple(each.substance_class for each in compounds))
    yield Line(
        name=_("Kind"),
        values=tuple(
            _("Mixture") if each.kind is CompoundKind.MIXTURE else _("Defined peptide") for each in compounds
        ),
    )
    yield Line(name=_("CAS Registry Number"), values=tuple(each.cas or not_recorded for each in compounds))
    yield Line(
        name=_("Sequence, three letter"),
        values=tuple(each.peptide.three_letter if each else missing for each in found),
    )
    yield Line(
        name=_("Residues"),
        values=tuple(str(len(each.peptide.chain)) if each else missing for each in found),
    )
    yield Line(
        name=_("Disulfides"),
        values=tuple((each.peptide.bridges or _("None")) if each else missing for each in found),
    )
    yield Line(
        name=_("Molecular formula, computed"),
        values=tuple(each.formula if each else missing for each in found),
    )
    yield Line(
        name=_("Average molar mass, computed"),
        values=tuple(f"{each.average:,.2f} g/mol" if each else missing for each in found),
    )
    yield Line(
        name=_("Monoisotopic mass, computed"),
        values=tuple(f"{each.monoisotopic:,.4f} Da" if each else missing for each in found),
    )
    yield Line(
        name=_("Isoelectric point, computed (pK set: %(pk_set)s)", pk_set=PK_SET),
        values=tuple(
            missing
            if each is None
            else str(each.isoelectric_point)
            if each.isoelectric_point is not None
            else _("Not computed")
            for each in found
        ),
    )


_SHOWN_ABOVE = frozenset(
    {"Sequence", "CAS Registry Number", "Molecular formula", "Average molar mass", "Molar mass"}
)


def _recorded(compounds: Sequence[Compound]) -> Iterable[Line]:
    """Properties on record, in the order in which they first come."""
    values = [{row.name: row.value for row in each.properties} for each in compounds]
    for name in dict.fromkeys(name for each in values for name in each if name not in _SHOWN_ABOVE):
        yield Line(name=name, values=tuple(each.get(name, _("Not recorded")) for each in values))


def _evidence(chosen: Sequence[Compared]) -> Iterable[Line]:
    texts = [each.text for each in chosen]

    def line(name: str, values: Iterable[str | int]) -> Line:
        return Line(name=name, values=tuple(map(str, values)))

    yield line(
        _("Version, published"),
        (f"{each.revision.number}, {long_date(each.revision.published_at.date())}" for each in chosen),
    )
    yield line(_("Reviewed"), (long_date(each.reviewed_on) for each in texts))
    yield line(
        _("Literature searched to"),
        (long_date(each.searched_to) if each.searched_to else _("No date recorded") for each in texts),
    )
    yield line(_("Sources"), (len(each.sources) for each in texts))
    yield line(
        _("Sources not seen by an editor"),
        (sum(source.seen is Seen.NOT_SEEN for source in each.sources) for each in texts),
    )
    yield line(
        _("Sources checked for retraction"),
        (
            sum(source.retraction is not RetractionState.NOT_CHECKED for source in each.sources)
            for each in texts
        ),
    )
    yield line(_("Results on record"), (len(each.evidence) for each in texts))
    for name, species in (
        (_("of these in people"), Species.HUMAN),
        (_("of these in animals"), Species.ANIMAL),
        (_("of these in vitro"), Species.IN_VITRO),
    ):
        yield line(name, (sum(row.species is species for row in each.evidence) for each in texts))
    yield line(
        _("Results of randomised trials"),
        (sum(row.design is Design.RCT for row in each.evidence) for each in texts),
    )
    yield line(_("Pooled results"), (sum(row.design.is_pooled for row in each.evidence) for each in texts))
    yield line(
        _("Results with a published interval"),
        (sum(row.has_interval for row in each.evidence) for each in texts),
    )
    yield line(
        _("Share of results whose figures could be checked"),
        (
            f"{coverage(each.evidence).checkable_share:.0%}" if each.evidence else _("No result")
            for each in texts
        ),
    )
