"""Specimen certificates and chromatograms: real files that say what they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from shop.demo.specimen_certificates import (
    SPECIMEN_LINE,
    SpecimenCertificate,
    SpecimenIon,
    SpecimenTest,
    specimen_certificate_pdf,
    specimen_chromatogram,
)
from shop.inventory.certificate_files import PdfFacts, examine, mentions_lot
from shop.inventory.chromatogram import integrate, parse

TRACE = specimen_chromatogram([(11.84, 99.2), (10.62, 0.4)], seed="SMX-2609-B", run="HP-88213")
CERTIFICATE = SpecimenCertificate(
    laboratory="Norrland Analytical AB (specimen laboratory)",
    laboratory_place="Uppsala, Sweden",
    laboratory_relation="Independent of the seller",
    accreditation="ISO/IEC 17025, specimen",
    report_number="26-4471",
    revision=2,
    reason="water result added",
    product="Semax",
    catalogue_number="AL-0813",
    substance=(("CAS number", "80714-61-0"), ("Amount", "10 mg net peptide per vial")),
    lot_number="SMX-2609-B",
    manufactured_on=date(2026, 9, 2),
    retest_on=date(2028, 9, 18),
    expires_on=None,
    sample="S-9, from this filled lot",
    drawn_by="The seller",
    received_on=date(2026, 9, 10),
    tested_from=date(2026, 9, 11),
    tested_to=date(2026, 9, 16),
    issued_on=date(2026, 9, 18),
    tests=(
        SpecimenTest("Identity", "ESI-MS", "[M+H]⁺ 814.36 ± 0.50", "814.38", "Meets"),
        SpecimenTest("Purity", "RP-HPLC, 220 nm", "≥ 98.0%", "99.2%", "Meets"),
        SpecimenTest("Water", "Karl Fischer", "≤ 8.0%", "8.40%", "Does not meet"),
    ),
    not_tested="endotoxin, sterility",
    mass_type="monoisotopic",
    identity=(SpecimenIon("[M+2H]²⁺", "407.68", "407.69", "+0.01"),),
    authorised_by="T. Lindqvist",
    authorised_role="quality manager",
    trace_conditions="Absorbance at 220 nm.",
    trace_csv=TRACE,
)


def read(certificate: SpecimenCertificate) -> PdfFacts:
    return examine(specimen_certificate_pdf(certificate), max_bytes=1 << 20)


@pytest.fixture(scope="module")
def facts() -> PdfFacts:
    return read(CERTIFICATE)


def test_the_certificate_is_accepted_as_a_certificate_file(facts: PdfFacts) -> None:
    assert facts.pages == 2
    assert mentions_lot(facts, "SMX-2609-B")
    assert not mentions_lot(facts, "SMX-2609-A")


@pytest.mark.parametrize(
    "printed",
    [
        *(
            "814.38",
            "99.2%",
            "8.40%",
            "Meets",
            "Does not meet",
            "≥ 98.0%",
            "[M+H]⁺ 814.36 ± 0.50",
            "Karl Fischer",
        ),
        *("407.68", "407.69", "+0.01", "monoisotopic", "Semax, catalogue number AL-0813", "80714-61-0"),
        *("2 Sep 2026", "10 Sep 2026", "11–16 Sep 2026", "18 Sep 2026", "Retest by\n18 Sep 2028"),
        *("26-4471", "Revision 2: water result added", "Norrland Analytical AB", "Independent of the seller"),
        *("S-9, from this filled lot", "The seller", "T. Lindqvist, quality manager"),
        *("Not tested: endotoxin, sterility.", "Results relate only to the items tested."),
        *(
            "For laboratory research only. Not for human or veterinary use.",
            "one main peak at 11.84 min, 99.2%",
        ),
    ],
)
def test_the_certificate_prints(printed: str, facts: PdfFacts) -> None:
    assert printed in facts.text


def test_every_page_says_that_it_is_a_specimen(facts: PdfFacts) -> None:
    assert facts.text.count("SPECIMEN\n") == facts.pages
    assert facts.text.count(SPECIMEN_LINE) == facts.pages + 1


def test_the_same_certificate_gives_the_same_bytes() -> None:
    first = specimen_certificate_pdf(CERTIFICATE)
    assert first == specimen_certificate_pdf(CERTIFICATE)
    assert first != specimen_certificate_pdf(replace(CERTIFICATE, lot_number="SMX-2609-C"))
    metadata = PdfReader(BytesIO(first)).metadata
    assert metadata is not None
    assert metadata.creation_date == datetime(2026, 9, 18, 12, tzinfo=UTC), "and not the hour of making it"
    assert metadata.title == "Certificate of analysis, lot SMX-2609-B (specimen)"


def test_a_certificate_without_trace_or_masses_takes_one_page() -> None:
    short = replace(
        CERTIFICATE, trace_csv=None, identity=(), retest_on=None, expires_on=date(2027, 3, 1), not_tested=""
    )
    facts = read(short)
    assert facts.pages == 1
    assert "Expires\n1 Mar 2027" in facts.text
    assert "HPLC trace" not in facts.text
    assert "Not tested" not in facts.text


def test_testing_over_two_months_and_on_one_day_is_printed_in_full() -> None:
    long = read(replace(CERTIFICATE, tested_from=date(2026, 8, 30), trace_csv=None))
    assert "30 Aug 2026 – 16 Sep 2026" in " ".join(long.text.split())
    day = read(replace(CERTIFICATE, tested_from=date(2026, 9, 16), trace_csv=None))
    assert "Tested\n16 Sep 2026" in day.text


def test_data_are_text_and_never_markup() -> None:
    hostile = '#read("/etc/passwd") *bold* $x$ #panic() " \\ </script>'
    facts = read(replace(CERTIFICATE, product=hostile, trace_csv=None))
    assert '#read("/etc/passwd") *bold* $x$ #panic()' in facts.text


def test_a_specimen_trace_shows_the_peaks_it_was_made_with() -> None:
    trace = parse(TRACE)
    assert TRACE.startswith(b"# specimen trace\n")
    assert trace.is_specimen
    ranked = sorted(integrate(trace), key=lambda peak: peak.area, reverse=True)
    assert [(peak.minute_text, peak.share_text) for peak in ranked[:2]] == [
        ("11.84", "99.2"),
        ("10.62", "0.4"),
    ]
    assert max(trace.signal) == pytest.approx(1130, abs=5)


def test_a_specimen_trace_of_a_mixture_has_many_peaks() -> None:
    made = [(4.0 + 1.1 * place, share) for place, share in enumerate((8, 14, 9, 22, 12, 6, 17, 5, 4, 3))]
    peaks = integrate(parse(specimen_chromatogram(made, seed="CBL", run="HP-1", height=400)))
    assert len(peaks) == 10
    for peak, (minute, share) in zip(peaks, made, strict=True):
        assert peak.minute == pytest.approx(minute, abs=0.03)
        assert peak.share == pytest.approx(share, abs=0.3)


def test_the_seed_decides_the_trace() -> None:
    again = specimen_chromatogram([(11.84, 99.2), (10.62, 0.4)], seed="SMX-2609-B", run="HP-88213")
    other = specimen_chromatogram([(11.84, 99.2), (10.62, 0.4)], seed="SMX-2609-C", run="HP-88213")
    assert again == TRACE
    assert other != TRACE


@settings(max_examples=20, deadline=None)
@given(
    st.text(max_size=12),
    st.integers(600, 1600).map(lambda hundredths: hundredths / 100),
    st.integers(980, 996).map(lambda tenths: tenths / 10),
)
def test_the_share_of_the_main_peak_is_the_one_stated(seed: str, minute: float, share: float) -> None:
    peaks = integrate(parse(specimen_chromatogram([(minute, share)], seed=seed, run="HP-1")))
    main = max(peaks, key=lambda peak: peak.area)
    assert main.minute == pytest.approx(minute, abs=0.02)
    assert main.share == pytest.approx(share, abs=0.06)


def test_shares_over_a_hundred_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="of the area"):
        specimen_chromatogram([(10.0, 99.0), (12.0, 2.0)], seed="x", run="HP-1")
