"""What share of the results could be checked, how, and why the rest could not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.education.consistency import check_p_value, judge_words, why_p_cannot_be_checked
from shop.education.counts import check_counts, check_grim
from shop.education.evidence import EvidenceRecord, Status
from shop.education.figures import Figures, read_figures


class Outcome(Enum):
    """What checking one record came to."""

    INTERVAL_MATCHES_P = auto()
    INTERVAL_CONTRADICTS_P = auto()
    WORDS_AGREE = auto()
    WORDS_CONTRADICT = auto()
    WORDS_SILENT = auto()
    COUNTS_AGREE = auto()
    COUNTS_CONTRADICT = auto()
    UNCHECKED = auto()


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The outcome of each record in turn, by id, and the reason for each that could not be checked."""

    outcomes: tuple[tuple[str, Outcome], ...]
    reasons: tuple[tuple[str, str], ...]

    def count(self, *outcomes: Outcome) -> int:
        """How many records came to one of these outcomes."""
        return sum(outcome in outcomes for _record, outcome in self.outcomes)

    @property
    def checkable_share(self) -> float:
        """Share of the records on which a check could be made; 0 without records."""
        return 1 - self.count(Outcome.UNCHECKED) / len(self.outcomes) if self.outcomes else 0.0

    def sentence(self) -> str:
        """For readers: "11 results: 5 give an interval and a P value (4 consistent, 1 not); …"."""
        head = ngettext("%(num)s result", "%(num)s results", len(self.outcomes))
        parts = [
            part
            for part in (self._with_p(), self._with_interval(), self._with_counts(), self._unchecked())
            if part
        ]
        return f"{head}: {'; '.join(parts)}." if parts else f"{head}."

    def _with_p(self) -> str:
        agree, not_so = self.count(Outcome.INTERVAL_MATCHES_P), self.count(Outcome.INTERVAL_CONTRADICTS_P)
        return _part(
            agree + not_so,
            ngettext(
                "%(num)s gives an interval and a P value",
                "%(num)s give an interval and a P value",
                agree + not_so,
            ),
            _consistent_or_not(agree, not_so),
        )

    def _with_interval(self) -> str:
        agree, contradict, silent = (
            self.count(outcome)
            for outcome in (Outcome.WORDS_AGREE, Outcome.WORDS_CONTRADICT, Outcome.WORDS_SILENT)
        )
        total = agree + contradict + silent
        return _part(
            total,
            ngettext("%(num)s gives an interval only", "%(num)s give an interval only", total),
            [
                (agree, ngettext("%(num)s agrees with the wording", "%(num)s agree with the wording", agree)),
                (
                    contradict,
                    ngettext("%(num)s contradicts the wording", "%(num)s contradict the wording", contradict),
                ),
                (silent, ngettext("%(num)s makes no claim", "%(num)s make no claim", silent)),
            ],
        )

    def _with_counts(self) -> str:
        agree, not_so = self.count(Outcome.COUNTS_AGREE), self.count(Outcome.COUNTS_CONTRADICT)
        return _part(
            agree + not_so,
            ngettext(
                "%(num)s gives counts without an interval",
                "%(num)s give counts without an interval",
                agree + not_so,
            ),
            _consistent_or_not(agree, not_so),
        )

    def _unchecked(self) -> str:
        by_reason = Counter(reason for _record, reason in self.reasons)
        return _part(
            len(self.reasons),
            ngettext("%(num)s cannot be checked", "%(num)s cannot be checked", len(self.reasons)),
            [(count, f"{count}: {reason}") for reason, count in by_reason.items()],
        )


def _part(total: int, text: str, details: list[tuple[int, str]]) -> str:
    if not total:
        return ""
    return f"{text} ({', '.join(detail for count, detail in details if count)})"


def _consistent_or_not(agree: int, not_so: int) -> list[tuple[int, str]]:
    return [(agree, _("%(n)s consistent", n=agree)), (not_so, _("%(n)s not", n=not_so))]


def coverage(records: Iterable[EvidenceRecord]) -> Coverage:
    """Sort records by what could be checked. A P value printed only as "ns" counts as wording."""
    outcomes, reasons = [], []
    for record in records:
        outcome, reason = _outcome(record)
        outcomes.append((record.id, outcome))
        if outcome is Outcome.UNCHECKED:
            reasons.append((record.id, reason))
    return Coverage(outcomes=tuple(outcomes), reasons=tuple(reasons))


def _outcome(record: EvidenceRecord) -> tuple[Outcome, str]:
    figures, _results = read_figures(record)
    if figures is None:
        return Outcome.UNCHECKED, _("the figures are impossible")
    reason = why_p_cannot_be_checked(record, figures) or ""
    if not reason and figures.p is not None and figures.p.number is not None:
        agrees = check_p_value(record, figures)[0].status is Status.OK
        return Outcome.INTERVAL_MATCHES_P if agrees else Outcome.INTERVAL_CONTRADICTS_P, ""
    if figures.interval is not None and figures.measure.null is not None:
        return _wording(record, figures), ""
    counted = [result.status for result in (*check_grim(record, figures), *check_counts(record, figures))]
    if Status.OK in counted or Status.INCONSISTENT in counted:
        contradict = Status.INCONSISTENT in counted
        return Outcome.COUNTS_CONTRADICT if contradict else Outcome.COUNTS_AGREE, ""
    return Outcome.UNCHECKED, reason


def _wording(record: EvidenceRecord, figures: Figures) -> Outcome:
    words = judge_words(record, figures)
    if words is None or words.status is Status.NOT_CHECKABLE:
        return Outcome.WORDS_SILENT
    return Outcome.WORDS_CONTRADICT if words.status is Status.INCONSISTENT else Outcome.WORDS_AGREE
