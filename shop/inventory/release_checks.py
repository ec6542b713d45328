"""What keeps a lot from being sold over a certificate: every reason, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from shop.catalogue.models import LimitKind, Product
from shop.compounds import substance
from shop.compounds.masses import MassType
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory.conclusions import Limit, Outcome, judge
from shop.inventory.models import CertificateRevision, CertificateTest, Conclusion, Lot, SampleOf

HIGHEST_SUM = Decimal(105)
"""Per cent that net peptide, water and counter-ions may add up to. They are parts of one vial; what goes
beyond 100 is the error of three methods."""

_PURITY_WORDS = r"(?:pure\b|purity)"
_SIGN = r"(≥|>=|>|at least|minimum|min\.?|not less than)?\s*"
_STATED_PURITY = re.compile(
    rf"{_SIGN}(\d+(?:\.\d+)?)\s*%\s*{_PURITY_WORDS}|{_PURITY_WORDS}[\s:,(]*(?:of\s+|is\s+)?{_SIGN}(\d+(?:\.\d+)?)\s*%",
    re.IGNORECASE,
)


def problems(lot: Lot, revision: CertificateRevision | None) -> list[str]:
    """Why a lot cannot be sold over a certificate: no certificate, a test missing or outside its limit, or
    figures that contradict each other. Empty when there is no reason."""
    if revision is None:
        return [_("There is no certificate yet.")]
    return [
        *_tests_the_product_lacks(lot.product),
        *_tests_missing(lot.product, revision),
        *_tests_failed(lot, revision),
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


def judged_anew(lot: Lot, test: CertificateTest) -> Outcome | None:
    """What a kept row means by the rules of today; None where it can no longer be read."""
    limit = Limit(
        kind=test.limit_kind,
        text=test.limit_text,
        lower=test.lower,
        upper=test.upper,
        tolerance=test.tolerance,
        unit=test.unit,
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
    total = sum((test.result_number or Decimal(0) for test in contents), Decimal(0))
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


def _is_share_of_the_vial(test: CertificateTest) -> bool:
    is_part = test.attribute.startswith(("net_peptide", "water", "counter_ion"))
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
    """A purity stated in the product's own words has to be the one of this certificate."""
    measured = next((test for test in revision.tests if test.attribute.startswith("purity")), None)
    for at_least, stated in stated_purities(_words_of(product)):
        if measured is None or measured.result_number is None:
            yield _("The page states a purity of %(stated)s%%, and none was tested.", stated=stated)
        elif measured.result_number < stated if at_least else measured.result_number != stated:
            yield _(
                "The page states a purity of %(stated)s%%, the certificate %(measured)s.",
                stated=stated,
                measured=measured.result_text,
            )


def stated_purities(texts: Iterable[str]) -> Iterator[tuple[bool, Decimal]]:
    """Every purity that some texts state in per cent, and whether as a minimum."""
    for text in texts:
        for before, first, after, second in _STATED_PURITY.findall(text):
            yield bool(before or after), Decimal(first or second)


def _words_of(product: Product) -> list[str]:
    return [product.name, product.subtitle, product.form, product.appearance, product.handling_note or ""]
