"""What keeps a lot from being sold over a certificate: every reason, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from shop.catalogue.models import LimitKind, Product, RequiredTest
from shop.compounds import substance
from shop.compounds.masses import MassType
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory.conclusions import Limit, Outcome, judge
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    Lot,
    Qualifier,
    SampleOf,
)

HIGHEST_SUM = Decimal(105)
"""Per cent that net peptide, water and counter-ions may add up to. They are parts of one vial; what goes
beyond 100 is the error of three methods."""
HIGHEST_AREA = Decimal("100.2")
"""Per cent that the peaks of one chromatogram may add up to: 100, and what is rounded to one decimal."""

_SIGN = r"(≥|>=|>|at least|minimum|min\.?|not less than)?\s*"
_FIGURE = r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s*(?:%|per\s?cent\b)"
_BY_METHOD = r"(?:[\s(]*(?:by\s+)?(?:[A-Z]+-)?(?:HPLC|UPLC|UHPLC)[\s)]*|\s+)"


def _stated(words: str) -> re.Pattern[str]:
    """A share in per cent before or after some words, the method perhaps between them."""
    return re.compile(
        rf"{_SIGN}{_FIGURE}{_BY_METHOD}?{words}|{words}{_BY_METHOD}?[\s:,(=]*(?:of\s+|is\s+)?{_SIGN}{_FIGURE}",
        re.IGNORECASE,
    )


_STATED_PURITY = _stated(r"(?:pure\b|purity)")
_STATED_CONTENT = _stated(r"(?:net\s+peptide(?:\s+content)?|peptide\s+content)")
_BELOW = (Qualifier.BELOW, Qualifier.AT_MOST, Qualifier.NOT_DETECTED)
_PARTS_OF_THE_VIAL = ("net_peptide", "peptide_content", "water", "moisture", "counter_ion", "counterion")
_COUNTER_IONS = ("trifluoroacetate", "tfa", "acetate", "chloride", "hydrochloride")


def problems(lot: Lot, revision: CertificateRevision | None) -> list[str]:
    """Why a lot cannot be sold over a certificate: no certificate, a test missing or outside its limit, or
    figures that contradict each other. Empty when there is no reason."""
    if revision is None:
        return [_("There is no certificate yet.")]
    return [
        *_tests_the_product_lacks(lot.product),
        *_tests_missing(lot.product, revision),
        *_tests_failed(lot, revision),
        *_reports_held_back(lot, revision),
        *_limits_of_today(lot, revision),
        *_conclusions_that_differ(lot, revision),
        *_sums_too_high(revision),
        *_dates_out_of_order(lot, revision),
        *_figures_on_the_page(lot.product, revision),
    ]


def _tests_the_product_lacks(product: Product) -> Iterator[str]:
    """Every defined peptide is known by its mass and its purity, every mixture by a profile of its own."""
    required = product.required_tests
    if substance.peptide(product.compound) is None:
        if not any("profile" in test.attribute or "fingerprint" in test.attribute for test in required):
            yield _("%(product)s is a mixture and requires no test of its profile.", product=product.name)
        return
    if not any(test.limit_kind == LimitKind.MASS_WITHIN for test in required):
        yield _("%(product)s requires no test of identity by mass.", product=product.name)
    purity = [test for test in required if test.attribute.startswith("purity")]
    if not any(test.limit_kind in (LimitKind.AT_LEAST, LimitKind.BETWEEN) for test in purity):
        yield _("%(product)s requires no test of purity with a limit.", product=product.name)


def _tests_missing(product: Product, revision: CertificateRevision) -> Iterator[str]:
    done = {test.attribute for test in revision.tests if test.conclusion != Conclusion.NOT_TESTED}
    for required in product.required_tests:
        if required.attribute not in done:
            yield _("%(test)s is required and was not tested.", test=required.name)


def _tests_failed(lot: Lot, revision: CertificateRevision) -> Iterator[str]:
    for test in revision.tests:
        if test.conclusion == Conclusion.FAILS:
            outcome = judged_anew(lot, test)
            likely = outcome.mass.likely if outcome is not None and outcome.mass is not None else None
            yield _(
                "%(test)s is outside its limit: %(result)s, limit %(limit)s.",
                test=test.name,
                result=test.result_text,
                limit=test.limit_text,
            ) + (f" {likely}." if likely else "")


def _reports_held_back(lot: Lot, revision: CertificateRevision) -> Iterator[str]:
    """An earlier report with a failing test that was never published: testing again does not hide it.

    A row typed wrongly is corrected over the same document, so that a second person can see what it was.
    """
    for each in lot.certificates:
        if (
            each.revision < revision.revision
            and each.published_at is None
            and each.document_sha256 != revision.document_sha256
        ):
            for test in each.tests:
                if test.conclusion == Conclusion.FAILS:
                    yield _(
                        "Revision %(number)s, over another document, has %(test)s outside its limit and was "
                        "never published. Publish it first: a failing test is not hidden.",
                        number=each.revision,
                        test=test.name,
                    )


def _limits_of_today(lot: Lot, revision: CertificateRevision) -> Iterator[str]:
    """A row that met the limit it was typed under, but not the one that the product has now."""
    required = {test.attribute: test for test in lot.product.required_tests}
    for test in revision.tests:
        now = required.get(test.attribute)
        if now is None or test.conclusion in (Conclusion.FAILS, Conclusion.NOT_TESTED) or _same(test, now):
            continue
        outcome = judged_anew(lot, test, by=now)
        if outcome is None or outcome.conclusion == Conclusion.FAILS:
            yield _(
                "%(test)s: %(result)s does not meet the limit that the product has now, %(limit)s.",
                test=test.name,
                result=test.result_text,
                limit=now.limit_text,
            )


def _same(test: CertificateTest, required: RequiredTest) -> bool:
    return (test.limit_kind, test.limit_text, test.lower, test.upper, test.tolerance, test.unit) == (
        required.limit_kind,
        required.limit_text,
        required.lower,
        required.upper,
        required.tolerance,
        required.unit,
    )


def judged_anew(
    lot: Lot, test: CertificateTest, *, by: CertificateTest | RequiredTest | None = None
) -> Outcome | None:
    """What a kept row means by the rules of today; None where it can no longer be read.

    Args:
        by: whose limit to hold it against, where that is not its own.
    """
    limited = by or test
    limit = Limit(
        kind=limited.limit_kind,
        text=limited.limit_text,
        lower=limited.lower,
        upper=limited.upper,
        tolerance=limited.tolerance,
        unit=limited.unit,
    )
    try:
        return judge(
            limit,
            test.result_text,
            composition=substance.elements(lot.product.compound),
            mass_type=MassType(test.mass_type) if test.mass_type else None,
            charge=test.charge,
        )
    except Refused:
        return None


def _conclusions_that_differ(lot: Lot, revision: CertificateRevision) -> Iterator[str]:
    """A row whose conclusion is not the one its own limit gives, or whose sequence has changed since."""
    for test in revision.tests:
        outcome = judged_anew(lot, test)
        if outcome is None or outcome.conclusion != test.conclusion:
            yield _("%(test)s: the conclusion does not follow from the result and the limit.", test=test.name)
        elif outcome.number != test.result_number:
            yield _("%(test)s: the number kept is not the number printed.", test=test.name)
        elif outcome.theoretical is not None and outcome.theoretical != test.theoretical_mass:
            yield _("%(test)s: the sequence has changed since the mass was computed.", test=test.name)


def _sums_too_high(revision: CertificateRevision) -> Iterator[str]:
    contents = [test for test in revision.tests if _is_share_of_the_vial(test)]
    total = _at_least(contents)
    if total > HIGHEST_SUM:
        yield _(
            "%(tests)s add up to %(total)s%%, which is more than a vial can hold.",
            tests=", ".join(test.name for test in contents),
            total=f"{total.normalize():f}",
        )
    areas = [test for test in revision.tests if _is_share_of_area(test)]
    for test in areas:
        if test.result_number is not None and test.result_number > 100:
            yield _("%(test)s is more than 100%% of the area.", test=test.name)
    for method in dict.fromkeys(test.method for test in areas):
        of_one_run = [test for test in areas if test.method == method]
        total = _at_least(of_one_run)
        if len(of_one_run) > 1 and total > HIGHEST_AREA:
            yield _(
                "%(tests)s add up to %(total)s%% of one area.",
                tests=", ".join(test.name for test in of_one_run),
                total=f"{total.normalize():f}",
            )


def _at_least(tests: Iterable[CertificateTest]) -> Decimal:
    """What some shares add up to at least: of what is below a figure there may be none."""
    figures = (test.result_number for test in tests if test.qualifier not in _BELOW)
    return sum((figure for figure in figures if figure is not None), Decimal(0))


def _is_share_of_the_vial(test: CertificateTest) -> bool:
    is_part = test.attribute.startswith((*_PARTS_OF_THE_VIAL, *_COUNTER_IONS))
    return is_part and "%" in f"{test.unit}{test.result_text}"


def _is_share_of_area(test: CertificateTest) -> bool:
    return (
        test.attribute.startswith(("purity", "largest_impurity")) and "%" in f"{test.unit}{test.result_text}"
    )


def _dates_out_of_order(lot: Lot, revision: CertificateRevision) -> Iterator[str]:
    made = lot.filled_on if revision.sample_of == SampleOf.THIS_LOT else lot.manufactured_on
    if revision.received_on < made:
        yield _("The laboratory received the sample before there was a lot to draw it from.")


def _figures_on_the_page(product: Product, revision: CertificateRevision) -> Iterator[str]:
    """A purity or a net peptide content in the product's own words has to be the one of this certificate."""
    words = _words_of(product)
    purity = _measured(revision, ("purity",))
    for at_least, stated in stated_purities(words):
        if purity is None or purity.result_number is None:
            yield _("The page states a purity of %(stated)s%%, and none was tested.", stated=stated)
        elif _differs(purity, stated, at_least=at_least):
            yield _(
                "The page states a purity of %(stated)s%%, the certificate %(measured)s.",
                stated=stated,
                measured=purity.result_text,
            )
    content = _measured(revision, ("net_peptide", "peptide_content"))
    for at_least, stated in _stated_figures(_STATED_CONTENT, words):
        if content is None or content.result_number is None:
            yield _(
                "The page states a net peptide content of %(stated)s%%, and none was tested.", stated=stated
            )
        elif _differs(content, stated, at_least=at_least):
            yield _(
                "The page states a net peptide content of %(stated)s%%, the certificate %(measured)s.",
                stated=stated,
                measured=content.result_text,
            )


def _measured(revision: CertificateRevision, attributes: tuple[str, ...]) -> CertificateTest | None:
    return next((test for test in revision.tests if test.attribute.startswith(attributes)), None)


def _differs(test: CertificateTest, stated: Decimal, *, at_least: bool) -> bool:
    if test.result_number is None or test.qualifier in _BELOW:
        return True
    return test.result_number < stated if at_least else test.result_number != stated


def stated_purities(texts: Iterable[str]) -> Iterator[tuple[bool, Decimal]]:
    """Every purity that some texts state in per cent, and whether as a minimum."""
    return _stated_figures(_STATED_PURITY, texts)


def _stated_figures(pattern: re.Pattern[str], texts: Iterable[str]) -> Iterator[tuple[bool, Decimal]]:
    for text in texts:
        for before, first, after, second in pattern.findall(text):
            yield bool(before or after), Decimal((first or second).replace(",", "."))


def _words_of(product: Product) -> list[str]:
    return [product.name, product.subtitle, product.form, product.appearance, product.handling_note or ""]
