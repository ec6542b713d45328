"""A certificate of analysis as its page shows it: outcomes as recomputed, and what was not tested."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from shop.compounds.masses import ion_label
from shop.core import files
from shop.core.errors import NotFound
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.core.wording import date_in_words
from shop.inventory import certificates, chromatogram, coa_record
from shop.inventory.chromatogram import Plot
from shop.inventory.lots import ShownState, shown_state
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    DrawnBy,
    ExternalCheck,
    LaboratoryRelation,
    Lot,
    LotEvent,
    LotState,
    PortalAnswer,
    RetestDateChange,
    SampleOf,
    StabilityResult,
)
from shop.search.released_lots import ever_released
from shop.web.storefront import citation

HASH_GROUP = 8


@dataclass(frozen=True, kw_only=True)
class TestOnPage:
    """A row of the test table."""

    __test__ = False

    name: str
    method: str
    limit: str
    result: str
    outcome: str
    note: str
    """Whether the method was in the accredited scope, and which revision a result was carried over from."""


@dataclass(frozen=True, kw_only=True)
class StabilityOnPage:
    """A row of the stability table."""

    condition: str
    months: int
    name: str
    limit: str
    result: str
    outcome: str
    report: str


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What stands beside a certificate in rows of its own, and may come after it."""

    portal_check: ExternalCheck | None = None
    stability: Sequence[StabilityResult] = ()
    retests: Sequence[RetestDateChange] = ()


@dataclass(frozen=True, kw_only=True)
class IonOnPage:
    """A row of the identity table: masses as computed and as found."""

    ion: str
    calculated: str
    found: str
    difference: str


@dataclass(frozen=True, kw_only=True)
class StepOnPage:
    """Something that happened to a lot, or will."""

    text: str
    date: date
    done: bool


@dataclass(frozen=True, kw_only=True)
class TraceOnPage:
    """A chromatogram, drawn, with its words and its peaks."""

    title: str
    description: str
    plot: Plot
    peaks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RevisionOnPage:
    """One revision in the list of all of them."""

    number: int
    issued_on: date
    published_at: datetime
    reason: str
    sha256: str
    is_shown: bool
    is_current: bool
    status: str
    """`published`, `superseded` or `withdrawn`."""


@dataclass(frozen=True, kw_only=True)
class CertificatePage:
    """Everything the page shows of one revision of a lot's certificate."""

    state: ShownState
    state_words: str
    days: int | None
    was_released: bool
    is_published: bool
    has_document: bool
    """Whether the PDF is offered: published, and of a lot that has been released."""
    revision: CertificateRevision | None
    current: int | None
    facts: list[tuple[str, str]]
    tests: tuple[TestOnPage, ...]
    not_tested: str
    ions: tuple[IonOnPage, ...]
    mass_type: str
    trace: TraceOnPage | None
    laboratory: str
    laboratory_relation: str
    drawn_by: str
    released_by: str
    released_at: datetime | None
    confirmed_by: str
    steps: tuple[StepOnPage, ...]
    hash_groups: tuple[str, ...]
    revisions: tuple[RevisionOnPage, ...]
    recalled_on: date | None
    recall_reason: str
    overdue_since: date | None
    withdrawn_on: date | None
    withdrawal_reason: str
    checks: tuple[str, ...]
    """What has been checked of this certificate, each in words that claim no more."""
    accreditation: str
    sample: str
    stability: tuple[StabilityOnPage, ...]
    record_sha256: str
    citation: str


def compose(
    lot: Lot,
    shown: CertificateRevision | None,
    *,
    today: date,
    names: Mapping[str, str],
    beside: Beside | None = None,
) -> CertificatePage:
    """The page of a lot.

    Args:
        shown: the revision to show, None where there is none yet.
        names: of members of staff, by the actor they are logged as.
        beside: stability results, moves of the retest date and the last answer of the laboratory's portal.
    """
    beside = beside or Beside()
    state = shown_state(lot, today)
    current = certificates.newest_published(lot)
    released = ever_released(lot)
    issuer = _issuer(shown)
    release = _last(lot.events, LotState.RELEASED)
    recall = _last(lot.events, LotState.RECALLED)
    published = shown is not None and shown.published_at is not None
    return CertificatePage(
        state=state,
        state_words=_("Released for sale") if state is ShownState.RELEASED else "",
        days=(lot.retest_on - today).days if state is ShownState.RETEST_SOON and lot.retest_on else None,
        was_released=released,
        is_published=published,
        has_document=published and released,
        revision=shown,
        current=current.revision if current else None,
        facts=_facts(lot, shown),
        tests=tuple(_test(test) for test in shown.tests) if shown else (),
        not_tested=_not_tested(shown),
        ions=tuple(_ions(shown)),
        mass_type=_mass_type(shown),
        trace=drawn(shown.chromatogram_sha256) if shown and shown.chromatogram_sha256 else None,
        laboratory=f"{issuer['lab']}, {issuer['place']}" if shown else "",
        laboratory_relation=_relation(LaboratoryRelation(issuer["relation"])) if shown else "",
        drawn_by=_drawn_by(shown.drawn_by) if shown else "",
        released_by=_name(release.actor, names) if release else "",
        released_at=release.at if release else None,
        confirmed_by=_name(shown.confirmed_by, names) if shown and shown.confirmed_by else "",
        steps=tuple(_steps(lot, today, beside.retests)),
        hash_groups=tuple(_groups(shown.document_sha256)) if shown else (),
        revisions=tuple(_revisions(lot, shown)),
        recalled_on=recall.at.date() if recall and lot.state == LotState.RECALLED else None,
        recall_reason=recall.reason if recall and lot.state == LotState.RECALLED else "",
        overdue_since=_overdue_since(lot, state),
        withdrawn_on=shown.withdrawal.at.date() if shown and shown.withdrawal else None,
        withdrawal_reason=shown.withdrawal.reason if shown and shown.withdrawal else "",
        checks=tuple(_checks(shown, issuer, beside.portal_check)) if published and shown else (),
        accreditation=_accreditation(issuer),
        sample=_sample(shown) if shown else "",
        stability=tuple(_stability(beside.stability)),
        record_sha256=(shown.record_sha256 or "") if shown else "",
        citation=citation.of_lot(lot, shown) if published and released and shown else "",
    )


def drawn(sha256: str) -> TraceOnPage | None:
    """A kept chromatogram, drawn; None where its file is missing."""
    try:
        return _drawn(sha256, current_locale())
    except NotFound:
        return None


@lru_cache(maxsize=128)
def _drawn(sha256: str, _locale: str) -> TraceOnPage:
    """Drawn once: the hash fixes every point, the language every word."""
    trace = chromatogram.parse(files.store().get(sha256))
    peaks = chromatogram.integrate(trace)
    return TraceOnPage(
        title=chromatogram.takeaway(peaks),
        description=chromatogram.description(trace, peaks),
        plot=chromatogram.plot(trace, peaks),
        peaks=tuple((peak.minute_text, peak.share_text) for peak in peaks),
    )


def actors(lot: Lot) -> set[str]:
    """Everyone whose name the page may show."""
    confirmed = {each.confirmed_by for each in lot.certificates if each.confirmed_by}
    return confirmed | {event.actor for event in lot.events}


def _last(events: Sequence[LotEvent], state: LotState) -> LotEvent | None:
    return next((event for event in reversed(events) if event.to_state == state), None)


def _name(actor: str, names: Mapping[str, str]) -> str:
    """A person by name; the address by which they are logged is not public."""
    return names.get(actor, _("the quality desk"))


def _facts(lot: Lot, shown: CertificateRevision | None) -> list[tuple[str, str]]:
    facts = [(_("Manufactured"), date_in_words(lot.manufactured_on))]
    if shown is not None:
        facts.append((_("Tested"), _range(shown.tested_from, shown.tested_to)))
        facts.append((_("Issued"), date_in_words(shown.issued_on)))
    if lot.retest_on is not None:
        facts.append((_("Retest by"), date_in_words(lot.retest_on)))
    elif lot.expires_on is not None:
        facts.append((_("Expires"), date_in_words(lot.expires_on)))
    facts.append((_("Result"), _result(shown)))
    return facts


def _range(first: date, last: date) -> str:
    """`11–16 Sep 2026` within a month."""
    if first == last:
        return date_in_words(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_in_words(last)}"
    return f"{date_in_words(first)} – {date_in_words(last)}"


def _result(shown: CertificateRevision | None) -> str:
    """How many of the tests with a limit are met."""
    if shown is None:
        return _("No results yet")
    limited = [test for test in shown.tests if test.conclusion != Conclusion.REPORTED]
    met = sum(test.conclusion == Conclusion.MEETS for test in limited)
    if any(test.conclusion == Conclusion.FAILS for test in limited):
        return _("Does not meet specification, %(met)s of %(all)s", met=met, all=len(limited))
    if met < len(limited):
        return _("Not complete, %(met)s of %(all)s", met=met, all=len(limited))
    return _("Meets specification, %(met)s of %(all)s", met=met, all=len(limited))


def _issuer(shown: CertificateRevision | None) -> dict[str, Any]:
    """The laboratory as it was when the revision was published; before that, as it is known now."""
    if shown is None:
        return {}
    if shown.record is not None:
        issuer: dict[str, Any] = json.loads(shown.record)["issuer"]
        return issuer
    laboratory = shown.laboratory
    return {
        "lab": laboratory.name,
        "place": laboratory.place,
        "relation": laboratory.relation.value,
        "accreditation": None,
    }


def _accreditation(issuer: Mapping[str, Any]) -> str:
    """The accreditation in whose scope some of the tests were; empty where none was."""
    found = issuer.get("accreditation")
    if not found:
        return ""
    return _(
        "%(standard)s, %(body)s %(number)s, in force from %(first)s to %(last)s. It covers the tests marked "
        "as in scope, and no others.",
        standard=found["standard"],
        body=found["body"],
        number=found["cert"],
        first=date_in_words(date.fromisoformat(found["valid_from"])),
        last=date_in_words(date.fromisoformat(found["valid_to"])),
    )


def _checks(
    shown: CertificateRevision, issuer: Mapping[str, Any], portal: ExternalCheck | None
) -> Iterable[str]:
    """What was checked, in words that say by whom and how; never a bare "verified"."""
    yield _("Document on file")
    if shown.confirmed_by:
        yield _("Transcription double-checked")
    if portal is not None:
        day = date_in_words(portal.checked_on)
        yield {
            PortalAnswer.MATCH: _("Issued by the lab (checked on the lab’s portal on %(day)s)", day=day),
            PortalAnswer.MISMATCH: _("The lab’s portal showed other figures on %(day)s", day=day),
            PortalAnswer.NOT_FOUND: _("Not found on the lab’s portal on %(day)s", day=day),
        }[portal.answer]
    lab = {
        LaboratoryRelation.INDEPENDENT: _("Independent lab"),
        LaboratoryRelation.AFFILIATE: _("Lab of an affiliate of the seller"),
        LaboratoryRelation.SELLER: _("The seller’s own lab"),
        LaboratoryRelation.MANUFACTURER: _("The manufacturer’s lab"),
    }[LaboratoryRelation(issuer["relation"])]
    yield {
        DrawnBy.SELLER: _("%(lab)s, seller-submitted sample", lab=lab),
        DrawnBy.LABORATORY: _("%(lab)s, lab-drawn sample", lab=lab),
        DrawnBy.MANUFACTURER: _("%(lab)s, manufacturer-submitted sample", lab=lab),
    }[shown.drawn_by]


def _sample(shown: CertificateRevision) -> str:
    words = {
        SampleOf.THIS_LOT: _("Drawn from the vials of this lot"),
        SampleOf.PARENT_BULK: _(
            "Drawn from the bulk lot that the vials were filled from, not from the vials"
        ),
    }[shown.sample_of]
    if not shown.sample_id:
        return words
    return _("%(words)s. Sample %(number)s", words=words, number=shown.sample_id)


def _stability(results: Iterable[StabilityResult]) -> Iterable[StabilityOnPage]:
    for each in results:
        yield StabilityOnPage(
            condition=each.condition,
            months=each.months,
            name=each.name,
            limit=each.limit_text or _("Report"),
            result=each.result_text,
            outcome=each.conclusion.value,
            report=f"{each.laboratory.name}, {each.report_number}",
        )


def _test(test: CertificateTest) -> TestOnPage:
    name = test.name if not test.charge else f"{test.name}, {ion_in_words(test.charge)}"
    return TestOnPage(
        name=name,
        method=test.method,
        limit=test.limit_text or _("Report"),
        result=test.result_text or _("no result"),
        outcome=test.conclusion.value,
        note=" ".join(_notes(test)),
    )


def _notes(test: CertificateTest) -> Iterable[str]:
    if test.in_scope:
        yield _("In the lab’s accredited scope.")
    if test.performed_on is not None:
        yield _("Tested %(day)s.", day=date_in_words(test.performed_on))
    if test.carried_from is not None:
        yield _("Not repeated; from revision %(number)s.", number=test.carried_from)


def _not_tested(shown: CertificateRevision | None) -> str:
    """Everything that was not tested, with the required tests that have no result first."""
    if shown is None:
        return ""
    missing = [test.name for test in shown.tests if test.conclusion == Conclusion.NOT_TESTED]
    return ", ".join([*missing, *([shown.not_tested.rstrip(".")] if shown.not_tested else [])])


_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def ion_in_words(charge: int) -> str:
    """An ion with its charge raised: `[M+2H]²⁺`."""
    label = ion_label(charge)
    body, bracket, raised = label.rpartition("]")
    return f"{body}{bracket}{raised.translate(_RAISED)}" if bracket else label


def _ions(shown: CertificateRevision | None) -> Iterable[IonOnPage]:
    for test in shown.tests if shown else ():
        if test.theoretical_mass is None or test.result_number is None:
            continue
        places = max(2, _decimals(test.result_number))
        difference = test.result_number - test.theoretical_mass
        yield IonOnPage(
            ion=ion_in_words(test.charge),
            calculated=f"{test.theoretical_mass:,.{places}f}",
            found=test.result_text or "",
            difference=_signed(difference, places),
        )


def _signed(difference: Decimal, places: int) -> str:
    """A difference with its sign, none where it rounds to nothing."""
    rounded = round(difference, places)
    return f"{rounded:+.{places}f}".replace("-", "−") if rounded else f"{Decimal(0):.{places}f}"


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _mass_type(shown: CertificateRevision | None) -> str:
    types = {test.mass_type for test in shown.tests if test.mass_type} if shown else set()
    words = {"monoisotopic": _("monoisotopic"), "average": _("average")}
    return ", ".join(sorted(words.get(each, each) for each in types))


def _relation(relation: LaboratoryRelation) -> str:
    return {
        LaboratoryRelation.INDEPENDENT: _("Independent laboratory"),
        LaboratoryRelation.AFFILIATE: _("Laboratory of an affiliate of the seller"),
        LaboratoryRelation.SELLER: _("The seller’s own laboratory"),
        LaboratoryRelation.MANUFACTURER: _("The manufacturer’s laboratory"),
    }[relation]


def _drawn_by(drawn_by: DrawnBy) -> str:
    return {
        DrawnBy.SELLER: _("Sample drawn by the seller"),
        DrawnBy.LABORATORY: _("Sample drawn by the laboratory"),
        DrawnBy.MANUFACTURER: _("Sample drawn by the manufacturer"),
    }[drawn_by]


def _steps(lot: Lot, today: date, retests: Iterable[RetestDateChange]) -> Iterable[StepOnPage]:
    """What happened to the lot, by date, and what comes next."""
    happened = [
        StepOnPage(
            text=_("Filled, %(count)s vials", count=f"{lot.vials_filled:,}"), date=lot.filled_on, done=True
        )
    ]
    happened += [
        StepOnPage(text=_event(event), date=event.at.date(), done=True)
        for event in lot.events
        if event.to_state != event.from_state
    ]
    happened += [
        StepOnPage(
            text=_("Certificate issued, revision %(number)s", number=each.revision),
            date=each.issued_on,
            done=True,
        )
        for each in lot.certificates
        if each.published_at is not None
    ]
    happened += [
        StepOnPage(
            text=_("Certificate withdrawn, revision %(number)s", number=each.revision),
            date=each.withdrawal.at.date(),
            done=True,
        )
        for each in lot.certificates
        if each.withdrawal is not None
    ]
    happened += [
        StepOnPage(
            text=_("Retested; the retest date moves to %(day)s", day=date_in_words(each.after)),
            date=each.at.date(),
            done=True,
        )
        for each in retests
    ]
    for day, passed, ahead in (
        (lot.retest_on, _("Retest date passed"), _("Retest due")),
        (lot.expires_on, _("Expired"), _("Expires")),
    ):
        if day is not None:
            happened.append(StepOnPage(text=passed if day <= today else ahead, date=day, done=day <= today))
    return sorted(happened, key=lambda step: (step.date, not step.done))


def _event(event: LotEvent) -> str:
    return {
        LotState.QUARANTINE: _("Received into quarantine"),
        LotState.RELEASED: _("Released for sale")
        if event.from_state != LotState.ON_HOLD
        else _("Released again after a hold"),
        LotState.ON_HOLD: _("Put on hold"),
        LotState.REJECTED: _("Rejected"),
        LotState.RECALLED: _("Recalled"),
    }[event.to_state]


def _groups(sha256: str) -> Iterable[str]:
    return (sha256[start : start + HASH_GROUP] for start in range(0, len(sha256), HASH_GROUP))


def _revisions(lot: Lot, shown: CertificateRevision | None) -> Iterable[RevisionOnPage]:
    current = certificates.newest_published(lot)
    published = [each for each in lot.certificates if each.published_at is not None]
    for each in sorted(published, key=lambda each: each.revision, reverse=True):
        if each.published_at is not None:
            yield RevisionOnPage(
                number=each.revision,
                issued_on=each.issued_on,
                published_at=each.published_at,
                reason=each.reason or "",
                sha256=each.document_sha256,
                is_shown=shown is not None and each.id == shown.id,
                is_current=current is not None and each.id == current.id,
                status=coa_record.status(lot, each),
            )


def _overdue_since(lot: Lot, state: ShownState) -> date | None:
    if state is ShownState.EXPIRED:
        return lot.expires_on
    return lot.retest_on if state is ShownState.RETEST_OVERDUE else None
