"""What keeps a lot from being sold over its certificate, each reason alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shop.catalogue.models import LimitKind, Product, RequiredTest, VialSize
from shop.compounds.masses import MassType, ion, monoisotopic_mass
from shop.compounds.models import Compound
from shop.compounds.substance import elements
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    Lot,
    Qualifier,
    SampleOf,
)
from shop.inventory.release_checks import problems, stated_purities

FILLED = date(2026, 9, 3)


def peptide(sequence: str | None = "DRVYIHPF") -> Compound:
    return Compound(sequence=sequence, n_terminus="H", c_terminus="OH", disulfides=[], metal=None)


def required(attribute: str, kind: LimitKind, **limits: Decimal) -> RequiredTest:
    return RequiredTest(
        attribute=attribute,
        name=attribute.replace("_", " ").capitalize(),
        method="a method",
        limit_kind=kind,
        limit_text="as printed",
        unit="m/z" if kind == LimitKind.MASS_WITHIN else "%",
        lower=limits.get("lower"),
        upper=limits.get("upper"),
        tolerance=limits.get("tolerance"),
    )


PURITY = ("purity_hplc", LimitKind.AT_LEAST, {"lower": Decimal("98.0")})
MASS = ("identity_ms", LimitKind.MASS_WITHIN, {"tolerance": Decimal("0.5")})


def row(
    test: RequiredTest, result: str | None, number: str | None, conclusion: Conclusion, **more: object
) -> CertificateTest:
    return CertificateTest(
        attribute=test.attribute,
        name=test.name,
        method=test.method,
        limit_kind=test.limit_kind,
        limit_text=test.limit_text,
        lower=test.lower,
        upper=test.upper,
        tolerance=test.tolerance,
        unit=test.unit,
        result_text=result,
        result_number=None if number is None else Decimal(number),
        conclusion=conclusion,
        **{"charge": 0, **more},
    )


class Case:
    """A lot whose certificate has no fault, to be given one."""

    def __init__(self, compound: Compound | None = None) -> None:
        self.compound = compound or peptide()
        tests = [required(name, kind, **limits) for name, kind, limits in (PURITY, MASS)]
        self.product = Product(
            name="Angiotensin II",
            subtitle="Synthetic octapeptide",
            form="Powder",
            appearance="White",
            handling_note=None,
            compound=self.compound,
            required_tests=tests,
        )
        self.lot = Lot(
            number="ANG-1",
            vial_size=VialSize(product=self.product),
            filled_on=FILLED,
            manufactured_on=date(2026, 9, 1),
        )
        atoms = elements(self.compound)
        theoretical = monoisotopic_mass(atoms) if atoms else Decimal(0)
        self.purity = row(tests[0], "99.2%", "99.2", Conclusion.MEETS)
        self.mass = row(
            tests[1],
            f"{theoretical:.2f}",
            f"{theoretical:.2f}",
            Conclusion.MEETS,
            mass_type="monoisotopic",
            theoretical_mass=theoretical,
        )
        self.revision = CertificateRevision(
            lot=self.lot,
            revision=2,
            document_sha256="b" * 64,
            tests=[self.purity, self.mass],
            received_on=FILLED,
            sample_of=SampleOf.THIS_LOT,
        )

    def adds(self, attribute: str, result: str, **more: object) -> None:
        """A further test that the product requires and the certificate has."""
        test = required(attribute, LimitKind.REPORT)
        self.product.required_tests.append(test)
        number = result.lstrip("< ").rstrip("%")
        self.revision.tests.append(row(test, result, number, Conclusion.REPORTED, **more))

    def found(self) -> str:
        return " ".join(problems(self.lot, self.revision))


def test_a_certificate_without_a_fault_lets_its_lot_be_sold() -> None:
    assert Case().found() == ""


def test_without_a_certificate_nothing_is_sold() -> None:
    assert problems(Case().lot, None) == ["There is no certificate yet."]


def test_a_defined_peptide_has_to_require_its_mass_and_its_purity() -> None:
    case = Case()
    del case.product.required_tests[1], case.revision.tests[1]
    assert case.found() == "Angiotensin II requires no test of identity by mass."
    case = Case()
    del case.product.required_tests[0], case.revision.tests[0]
    assert case.found() == "Angiotensin II requires no test of purity with a limit."
    case = Case()
    case.product.required_tests[0].limit_kind = LimitKind.REPORT
    assert "requires no test of purity with a limit" in case.found()
    case.product.required_tests[0].limit_kind = LimitKind.AT_MOST
    assert "requires no test of purity with a limit" in case.found()


def test_a_mixture_has_to_require_a_profile_and_no_mass() -> None:
    case = Case(peptide(None))
    del case.product.required_tests[1], case.revision.tests[1]
    assert case.found() == "Angiotensin II is a mixture and requires no test of its profile."
    profile = required("identity_profile", LimitKind.CONFORMS)
    case.product.required_tests.append(profile)
    case.revision.tests.append(row(profile, "Conforms", None, Conclusion.MEETS))
    assert case.found() == ""


def test_a_required_test_without_a_row_or_a_result_is_missing() -> None:
    case = Case()
    case.revision.tests.remove(case.mass)
    assert case.found() == "Identity ms is required and was not tested."
    case = Case()
    case.purity.conclusion, case.purity.result_text, case.purity.result_number = (
        Conclusion.NOT_TESTED,
        None,
        None,
    )
    assert case.found() == "Purity hplc is required and was not tested."


def test_a_failing_test_is_named_and_a_wrong_ion_explained() -> None:
    case = Case()
    case.purity.result_text, case.purity.result_number = "97.1%", Decimal("97.1")
    case.purity.conclusion = Conclusion.FAILS
    assert case.found() == "Purity hplc is outside its limit: 97.1%, limit as printed."
    case = Case()
    case.mass.result_text, case.mass.result_number = "1046.54", Decimal("1046.54")
    case.mass.conclusion = Conclusion.FAILS
    assert case.found().endswith("It would fit [M+H]+, monoisotopic.")


@pytest.mark.parametrize("conclusion", [Conclusion.MEETS, Conclusion.REPORTED])
def test_a_conclusion_that_does_not_follow_from_its_row_counts_as_a_fault(conclusion: Conclusion) -> None:
    case = Case()
    case.purity.result_text, case.purity.result_number = "97.1%", Decimal("97.1")
    case.purity.conclusion = conclusion
    assert "the conclusion does not follow" in case.found()


def test_a_number_that_is_not_the_one_printed_counts_as_a_fault() -> None:
    case = Case()
    case.purity.result_number = Decimal("98.2")
    assert case.found() == "Purity hplc: the number kept is not the number printed."


def test_a_sequence_corrected_after_the_upload_counts_as_a_fault() -> None:
    case = Case()
    case.mass.theoretical_mass = Decimal("1045.0")
    assert case.found() == "Identity ms: the sequence has changed since the mass was computed."
    case = Case()
    case.compound.sequence = "DRVYIHPFHL"
    assert "the conclusion does not follow" in case.found()


def test_a_doubly_charged_ion_is_compared_as_itself() -> None:
    case = Case()
    atoms = elements(case.compound)
    assert atoms is not None
    doubly = ion(atoms, 2, MassType.MONOISOTOPIC).mz
    case.mass.charge, case.mass.theoretical_mass = 2, doubly
    case.mass.result_text, case.mass.result_number = f"{doubly:.2f}", Decimal(f"{doubly:.2f}")
    assert case.found() == ""
    case.mass.charge = 1
    assert case.found() != ""


@pytest.mark.parametrize(
    ("net", "water", "counter_ion", "possible"),
    [
        ("80%", "5%", "20%", True),
        ("80%", "5.1%", "20%", False),
        ("105%", "0%", "0%", True),
        ("60", "30", "16", False),
    ],
)
def test_parts_of_a_vial_never_add_up_to_more_than_105_per_cent(
    net: str, water: str, counter_ion: str, possible: bool
) -> None:
    case = Case()
    for attribute, result in (("net_peptide", net), ("water", water), ("counter_ion_tfa", counter_ion)):
        case.adds(attribute, result)
    assert (case.found() == "") == possible
    if not possible:
        assert "Net peptide, Water, Counter ion tfa add up to" in case.found()


@pytest.mark.parametrize(
    "attribute",
    ["peptide_content", "moisture", "counterion", "tfa", "trifluoroacetate_ic", "acetate", "chloride"],
)
def test_a_part_of_the_vial_counts_whatever_it_is_called(attribute: str) -> None:
    case = Case()
    case.adds("water", "50%")
    case.adds(attribute, "55.1%")
    assert "add up to 105.1%" in case.found()


def test_what_is_below_a_figure_may_be_nothing_and_adds_nothing() -> None:
    case = Case()
    case.adds("net_peptide", "103%")
    case.adds("water", "< 5%", qualifier=Qualifier.BELOW)
    assert case.found() == ""
    case.adds("counter_ion", "2.1%")
    assert "add up to 105.1%" in case.found()


def test_the_peaks_of_one_chromatogram_are_at_most_all_of_it() -> None:
    case = Case()
    case.adds("largest_impurity", "1.0%")
    assert case.found() == "", "99.2 and 1.0 may be rounded"
    case.revision.tests[-1].result_text, case.revision.tests[-1].result_number = "1.1%", Decimal("1.1")
    assert case.found() == "Purity hplc, Largest impurity add up to 100.3% of one area."
    case.revision.tests[-1].method = "another method"
    assert case.found() == ""


def test_a_limit_that_became_stricter_after_the_upload_counts() -> None:
    case = Case()
    case.product.required_tests[0].lower = Decimal("99.5")
    case.product.required_tests[0].limit_text = "≥ 99.5%"
    assert case.found() == "Purity hplc: 99.2% does not meet the limit that the product has now, ≥ 99.5%."
    case.product.required_tests[0].lower = Decimal("99.0")
    assert case.found() == ""
    case.product.required_tests[1].tolerance = Decimal("0.001")
    assert "Identity ms: 1045.53 does not meet the limit" in case.found()


def test_a_failing_report_that_was_never_published_is_not_hidden_by_a_better_one() -> None:
    case = Case()
    failing = row(case.product.required_tests[0], "97.1%", "97.1", Conclusion.FAILS)
    first = CertificateRevision(
        lot=case.lot, revision=1, document_sha256="a" * 64, published_at=None, tests=[failing]
    )
    assert case.found() == (
        "Revision 1, over another document, has Purity hplc outside its limit and was never published. "
        "Publish it first: a failing test is not hidden."
    )
    first.published_at = datetime(2026, 9, 20, tzinfo=UTC)
    assert case.found() == ""
    first.published_at, first.document_sha256 = None, case.revision.document_sha256
    assert case.found() == "", "a wrong figure typed from the same document is corrected over it"
    first.document_sha256, failing.conclusion = "a" * 64, Conclusion.MEETS
    assert case.found() == ""
    failing.conclusion, first.revision = Conclusion.FAILS, 3
    assert case.found() == "", "what comes after is not what it is released over"


def test_a_share_of_the_area_is_at_most_all_of_it() -> None:
    case = Case()
    case.purity.result_text, case.purity.result_number = "100.4%", Decimal("100.4")
    assert case.found() == "Purity hplc is more than 100% of the area."
    case.purity.result_text, case.purity.result_number = "100.0%", Decimal("100.0")
    assert case.found() == ""


def test_a_sample_is_drawn_from_something_that_existed() -> None:
    case = Case()
    case.revision.received_on = date(2026, 9, 2)
    assert "before there was a lot to draw it from" in case.found()
    case.revision.sample_of = SampleOf.PARENT_BULK
    assert case.found() == ""
    case.revision.received_on = date(2026, 8, 31)
    assert "before there was a lot" in case.found()


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("Synthetic octapeptide, 99.2% pure", True),
        ("Synthetic octapeptide, purity 99.2 %", True),
        ("Synthetic octapeptide, ≥ 98% purity", True),
        ("Synthetic octapeptide, at least 99% pure", True),
        ("Synthetic octapeptide, at least 99.2% pure", True),
        ("Synthetic octapeptide, 99.5% pure", False),
        ("Synthetic octapeptide, 99% pure", False),
        ("Synthetic octapeptide, purity of >99.5%", False),
        ("Synthetic octapeptide, ≥99.3% purity", False),
        ("Synthetic octapeptide in 10% acetic acid", True),
        ("Synthetic octapeptide, purity (HPLC): 99.9%", False),
        ("Synthetic octapeptide, purity by RP-HPLC ≥ 98%", True),
        ("Synthetic octapeptide, 99.9% HPLC purity", False),
        ("Synthetic octapeptide, purity = 99,9 %", False),
        ("Synthetic octapeptide, 99,2 % pure", True),
        ("Synthetic octapeptide, 99.9 per cent pure", False),
        ("Synthetic octapeptide, net peptide content 80%", False),
        ("Synthetic octapeptide, ≥ 75% net peptide", False),
    ],
)
def test_a_purity_stated_on_the_page_is_the_one_of_the_certificate(text: str, possible: bool) -> None:
    case = Case()
    case.product.subtitle = text
    assert (case.found() == "") == possible


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("Net peptide content 80.5%", True),
        ("Net peptide content ≥ 75%", True),
        ("Net peptide content 81%", False),
        ("At least 82% peptide content", False),
    ],
)
def test_a_net_content_stated_on_the_page_is_the_one_of_the_certificate(text: str, possible: bool) -> None:
    case = Case()
    case.adds("net_peptide", "80.5%")
    case.product.subtitle = text
    assert (case.found() == "") == possible


def test_a_bound_is_no_figure_for_the_page() -> None:
    case = Case()
    case.adds("net_peptide", "< 80%", qualifier=Qualifier.BELOW)
    case.product.subtitle = "Net peptide content 80%"
    assert "The page states a net peptide content of 80%" in case.found()


def test_every_purity_in_a_text_is_read_with_its_sign() -> None:
    found = list(stated_purities(["≥ 98% pure", "purity: 99.1 %", "not less than 95% purity", "98% water"]))
    assert found == [(True, Decimal(98)), (False, Decimal("99.1")), (True, Decimal(95))]
