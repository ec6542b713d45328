"""Certificates: found by lot, public for ever, and never more than was released."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from stocked import TRACE, open_shop

from shop.core import clock, files
from shop.web.storefront.certificate_page import ion_in_words


@pytest.fixture(scope="module")
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app


@pytest.fixture(scope="module")
def web(stocked_app: Flask) -> FlaskClient:
    return stocked_app.test_client()


def test_a_lot_number_typed_in_any_spelling_leads_to_its_certificate(web: FlaskClient) -> None:
    for typed in ("SMX-2609-B", "smx-2609-b", "smx2609b", "SMX–2609–B", " SMX-2609-B "):
        answer = web.get("/coa", query_string={"lot": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/coa/SMX-2609-B")
        answer = web.get("/search", query_string={"q": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/coa/SMX-2609-B")


def test_an_address_in_another_case_moves_for_ever_to_the_printed_number(web: FlaskClient) -> None:
    for tail in ("", "/trace.csv", ".pdf"):
        answer = web.get(f"/coa/smx-2609-b{tail}?revision=2")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"/coa/SMX-2609-B{tail}?revision=2"


def test_an_unknown_lot_is_a_404_that_offers_the_nearest_and_keeps_what_was_typed(web: FlaskClient) -> None:
    for path in ("/coa/SMX-2690-B", "/coa?lot=smx-2690-b"):
        answer = web.get(path)
        assert answer.status_code == 404
        text = words(answer)
        assert "We have no lot SMX-2690-B." in text and "SMX-2609-B" in text
        assert "<title>Error:" in answer.get_data(as_text=True)
    assert 'value="smx-2690-b"' in web.get("/coa?lot=smx-2690-b").get_data(as_text=True)


def test_the_certificate_shows_the_five_facts_and_every_test_with_its_outcome(web: FlaskClient) -> None:
    text = words(web.get("/coa/SMX-2608-A"))
    for fact in ("Manufactured", "Tested", "Issued", "Retest by", "Meets specification, 2 of 2"):
        assert fact in text
    assert "Purity RP-HPLC, 220 nm ≥ 98.0% 99.2% Meets" in text
    assert "Not tested: Endotoxin, sterility." in text
    assert "Specimen Laboratory, Specimen Town" in text and "Independent laboratory" in text


def test_a_required_test_without_a_result_is_said_outright(web: FlaskClient) -> None:
    text = words(web.get("/coa/SMX-2609-B"))
    assert "Water Karl Fischer ≤ 8.0% no result Not tested" in text
    assert "Not tested: Water, Endotoxin." in text
    assert "Not complete, 2 of 3" in text


def test_the_identity_table_holds_the_found_mass_against_the_calculated_one(web: FlaskClient) -> None:
    text = words(web.get("/coa/SMX-2609-B"))
    assert "[M+H]⁺ 814.36 814.38 +0.02" in text
    assert "Masses are monoisotopic" in text
    assert ion_in_words(2) == "[M+2H]²⁺" and ion_in_words(0) == "M"


def test_the_chromatogram_is_drawn_from_the_kept_points_under_its_takeaway(web: FlaskClient) -> None:
    page = web.get("/coa/SMX-2609-B")
    assert "HPLC trace: one main peak at 11.85 min, 100.0% of total area" in words(page)
    html = page.get_data(as_text=True)
    assert 'class="chroma' in html and "Chromatogram from 0 to 20 minutes." in html
    assert 'class="chroma' not in web.get("/coa/SMX-2608-A").get_data(as_text=True)


def test_people_are_named_and_their_addresses_are_not_public(web: FlaskClient) -> None:
    page = web.get("/coa/SMX-2609-B").get_data(as_text=True)
    assert "Bert Specimen" in page
    assert "bert@" not in page and "b@shop.example" not in page


def test_the_document_is_sent_byte_for_byte_under_its_hash(stocked_app: Flask, web: FlaskClient) -> None:
    answer = web.get("/coa/SMX-2608-A.pdf")
    sha256 = hashlib.sha256(answer.data).hexdigest()
    assert answer.mimetype == "application/pdf"
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert answer.headers["Content-Disposition"] == 'attachment; filename="SMX-2608-A-certificate-1.pdf"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in answer.headers
    with stocked_app.app_context():
        assert files.store().get(sha256) == answer.data
    assert sha256 in words(web.get("/coa/SMX-2608-A")).replace(" ", "")
    again = web.get("/coa/SMX-2608-A.pdf", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_points_of_the_trace_are_sent_as_they_came(web: FlaskClient) -> None:
    assert web.get("/coa/SMX-2609-B/trace.csv").get_data(as_text=True) == TRACE
    assert web.get("/coa/SMX-2608-A/trace.csv").status_code == 404


def test_an_older_revision_stays_readable_under_a_banner_with_its_own_document(web: FlaskClient) -> None:
    old = web.get("/coa/SMX-2609-B?revision=1")
    text = words(old)
    assert "This is revision 1, which has been superseded" in text
    assert "The water result was withdrawn" in text
    assert "99.2%" in text
    html = old.get_data(as_text=True)
    assert "/coa/SMX-2609-B.pdf?revision=1" in html and 'content="noindex"' in html
    assert web.get("/coa/SMX-2609-B.pdf?revision=1").data != web.get("/coa/SMX-2609-B.pdf").data
    current = words(web.get("/coa/SMX-2609-B"))
    assert "has been superseded" not in current and "All revisions" in current


@pytest.mark.parametrize("revision", ["0", "3", "x", "-1", "99999999999", ""])
def test_a_revision_that_does_not_exist_is_a_404(web: FlaskClient, revision: str) -> None:
    for tail in ("", ".pdf", "/trace.csv"):
        assert web.get(f"/coa/SMX-2609-B{tail}?revision={revision}").status_code == 404


def test_a_revision_that_nobody_confirmed_is_not_public(web: FlaskClient) -> None:
    for tail in ("", ".pdf", "/trace.csv"):
        assert web.get(f"/coa/SMX-2608-A{tail}?revision=2").status_code == 404
    for path in ("/coa/SMX-2608-A", "/products/semax", "/"):
        assert "98.1%" not in words(web.get(path)) and "Not confirmed yet" not in words(web.get(path))


def test_a_lot_in_quarantine_has_its_results_so_far_and_no_document(web: FlaskClient) -> None:
    page = web.get("/coa/SMX-2610-A")
    text = words(page)
    assert page.status_code == 200
    assert "Not released. Not for use" in text and "99.2%" in text
    assert "Download PDF" not in text and "SHA-256" not in text
    assert 'content="noindex"' in page.get_data(as_text=True)
    assert web.get("/coa/SMX-2610-A.pdf").status_code == 404
    assert web.get("/coa/SMX-2610-A/trace.csv").status_code == 404


def test_a_rejected_lot_keeps_its_document_only_if_it_was_released_before(web: FlaskClient) -> None:
    for number, code in (("BRK-2605-A", 200), ("BRK-2607-X", 404)):
        assert "Rejected. Not for use" in words(web.get(f"/coa/{number}"))
        assert web.get(f"/coa/{number}.pdf").status_code == code


def test_a_recalled_lot_says_why_and_what_to_do_and_keeps_its_document(web: FlaskClient) -> None:
    text = words(web.get("/coa/PBP-2602-B"))
    assert "This lot was recalled on" in text
    assert "Labels of two sizes were swapped." in text
    assert "Stop using vials of this lot" in text and "shop@aliquot.example" in text
    assert web.get("/coa/PBP-2602-B.pdf").status_code == 200


def test_a_lot_past_its_retest_date_says_so_and_keeps_its_document(web: FlaskClient) -> None:
    text = words(web.get("/coa/SMX-2405-C"))
    assert "Retest date passed on" in text and "Retest overdue" in text
    assert "Download PDF" in text


def test_a_lot_near_its_retest_date_counts_the_days(web: FlaskClient) -> None:
    assert "Retest in 70 days" in words(web.get("/coa/SMX-2607-C"))


def test_a_released_lot_becomes_overdue_with_time(web: FlaskClient) -> None:
    with clock.shifted(timedelta(days=100)):
        assert "Retest overdue" in words(web.get("/coa/SMX-2607-C"))


def test_a_lot_on_hold_and_a_sold_out_one_keep_their_certificates(web: FlaskClient) -> None:
    assert "On hold. Not on sale" in words(web.get("/coa/BRK-2606-A"))
    assert "Sold out" in words(web.get("/coa/SMX-2602-A"))
    assert web.get("/coa/SMX-2602-A.pdf").status_code == 200


def test_a_lot_of_a_withdrawn_product_keeps_its_certificate_and_leads_to_no_product(web: FlaskClient) -> None:
    page = web.get("/coa/BRK-2401-A")
    assert page.status_code == 200
    assert "/products/old-bradykinin" not in page.get_data(as_text=True)


def test_the_history_tells_what_happened_and_what_comes_next(web: FlaskClient) -> None:
    text = words(web.get("/coa/BRK-2605-A"))
    history = text[text.index("Lot history") :]
    assert history.index("Put on hold") < history.index("Rejected") < history.index("Retest due")
