"""Lots in the back office: taken in, certified by one person, released by another, stopped and recalled."""

from __future__ import annotations

from typing import Any

import pytest
from at_a_desk import an_order, at_desk, certificate_form, days_ago, plain_pdf, queries, upload
from builders import make_lot, make_size, order_for, stock
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from reading_pages import follow, hidden, words
from recall_builders import recall
from sqlalchemy import select
from werkzeug.test import TestResponse, encode_multipart

from shop.core.database import reading
from shop.core.errors import Refused
from shop.inventory import lots
from shop.inventory.models import CertificateRevision, Lot, LotState
from shop.web.staff import result_rows

ANNA, BEN = "anna@shop.example", "ben@shop.example"


@pytest.fixture
def anna(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "quality", email=ANNA)


@pytest.fixture
def ben(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "quality", email=BEN)


@pytest.fixture
def sku(web_app: Flask) -> str:
    with web_app.app_context():
        return make_size()


def delivery(on_sale: str, **changes: str) -> dict[str, str]:
    return {
        "number": "SMX-2611-A",
        "sku": on_sale,
        "manufacturer": "Specimen Maker",
        "manufactured_on": "2026-01-10",
        "filled_on": "2026-01-12",
        "retest_on": "2028-01-12",
        "expires_on": "",
        "vials": "120",
        "bin": "F2-C-04",
    } | changes


def receive(client: FlaskClient, on_sale: str, **changes: str) -> TestResponse:
    return client.post("/staff/lots/receive", data=delivery(on_sale, **changes))


def attach(client: FlaskClient, lot: str, **changes: Any) -> TestResponse:
    # Encoded here, because the test client leaves the temporary file of a large form open.
    boundary, body = encode_multipart(certificate_form(lot, **changes))
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(f"/staff/lots/{lot}/certificate", data=body, content_type=kind)


def state_of(app: Flask, number: str) -> LotState:
    with app.app_context(), reading() as session:
        return session.scalars(select(Lot.state).where(Lot.number == number)).one()


def test_a_lot_is_taken_in_certified_by_one_person_and_released_by_another(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    taken_in = follow(anna, receive(anna, sku, number=" smx-2611-a "))
    assert "Lot SMX-2611-A is in quarantine. Add its certificate next." in words(taken_in)
    assert "Add the certificate" in words(taken_in)
    assert "Compare and release" not in words(taken_in)

    kept = follow(anna, attach(anna, "SMX-2611-A"))
    assert "It counts once a second person has compared it." in words(kept)
    assert "You added it, so somebody else compares it with the document." in words(kept)
    assert "Compare and release" not in words(kept)
    assert "Compare and release" in words(ben.get("/staff/lots/SMX-2611-A"))

    address = "/staff/lots/SMX-2611-A/release"
    own = anna.get(address)
    assert "You added this certificate" in words(own)
    assert 'name="agrees"' not in own.text
    refused = anna.post(address, data={"about": "1", "agrees": "y"})
    assert refused.status_code == 400
    assert "A second person has to confirm it against the document." in words(refused)
    assert state_of(web_app, "SMX-2611-A") == LotState.QUARANTINE

    asked = ben.get(address)
    assert "99.2%" in words(asked)
    assert "≥ 98.0%" in words(asked)
    document = ben.get("/staff/lots/SMX-2611-A/certificate/1.pdf")
    assert document.data == plain_pdf("Certificate of lot SMX-2611-A")
    assert document.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert 'target="_blank" rel="noopener"' in asked.text
    unread = ben.post(address, data={"about": hidden(asked, "about"), "reason": "Looks good"})
    assert unread.status_code == 400
    assert "Compare the figures with the document" in words(unread)
    assert "Looks good</textarea>" in unread.text
    done = ben.post(address, data={"about": "1", "agrees": "y", "reason": "Looks good"})
    text = words(follow(ben, done))
    assert "Lot SMX-2611-A is released and on sale." in text
    assert f"Released by {BEN}: Looks good" in text
    assert state_of(web_app, "SMX-2611-A") == LotState.RELEASED
    assert "is not in quarantine any more" in words(follow(ben, ben.post(address, data={"about": "1"})))


def test_a_failing_report_is_published_before_a_better_one_counts(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    attach(anna, "SMX-2611-A", **{"t1-1": "97.1%"})
    better = upload(plain_pdf("Second certificate of lot SMX-2611-A"))
    attach(anna, "SMX-2611-A", document=better, reason="Tested again")
    address = "/staff/lots/SMX-2611-A/release"
    refused = ben.post(address, data={"about": "2", "agrees": "y"})
    assert refused.status_code == 400
    assert "Publish it first: a failing test is not hidden." in words(refused)

    first = "/staff/lots/SMX-2611-A/certificate/1/confirm"
    assert first in ben.get("/staff/lots/SMX-2611-A").text
    assert first not in anna.get("/staff/lots/SMX-2611-A").text, "who typed it does not confirm it"
    assert "97.1%" in words(ben.get(first))
    assert "Revision 1 is published." in words(
        follow(ben, ben.post(first, data={"about": "1", "agrees": "y"}))
    )
    assert state_of(web_app, "SMX-2611-A") == LotState.QUARANTINE
    assert ben.post(address, data={"about": "2", "agrees": "y"}).status_code == 303
    assert state_of(web_app, "SMX-2611-A") == LotState.RELEASED
    assert "97.1%" in words(web_app.test_client().get("/coa/SMX-2611-A?revision=1"))


DELIVERY_MISTAKES: list[tuple[dict[str, str], str]] = [
    ({"number": ""}, "Enter the lot number on the label"),
    ({"number": "SMX/1"}, "A lot number has capital letters (without I and O), digits and hyphens."),
    ({"number": "A\x00B"}, "Use letters, digits and punctuation only"),
    ({"sku": ""}, "Select what the vials hold"),
    ({"sku": "NONE-1"}, "Not a valid choice"),
    ({"vials": "0"}, "Enter a number from 1 to 1,000,000"),
    ({"vials": "ten"}, "Enter a whole number, such as 120"),
    ({"vials": "9" * 30}, "Enter a whole number, such as 120"),
    ({"vials": "-5"}, "Enter a whole number, such as 120"),
    ({"vials": ""}, "Enter how many vials were received"),
    ({"manufactured_on": "10.01.2026"}, "Enter a date in the form 2026-11-22"),
    ({"manufactured_on": "0001-01-01"}, "Enter a date between 2000 and 2099"),
    ({"filled_on": "2099-01-01", "retest_on": "2099-02-01"}, "The date of filling lies in the future"),
    ({"filled_on": "2026-01-01"}, "The lot was filled before it was made."),
    ({"retest_on": ""}, "Enter a retest date or an expiry date"),
    ({"retest_on": "2026-01-12"}, "Retest and expiry come after filling."),
    ({"bin": "F" * 21}, "Use at most 20 characters"),
]


def test_a_delivery_with_a_mistake_is_refused_and_nothing_typed_is_lost(
    web_app: Flask, anna: FlaskClient, sku: str
) -> None:
    for changes, sentence in DELIVERY_MISTAKES:
        answer = receive(anna, sku, **changes)
        assert answer.status_code == 400, changes
        assert sentence in words(answer), changes
        assert "There is a problem" in words(answer), changes
        assert 'value="Specimen Maker"' in answer.text, changes
    with web_app.app_context(), reading() as session:
        assert session.scalars(select(Lot)).all() == []


def test_a_lot_number_is_taken_once(anna: FlaskClient, sku: str) -> None:
    receive(anna, sku)
    answer = receive(anna, sku)
    assert answer.status_code == 400
    assert "There is a lot SMX-2611-A already." in words(answer)


def test_a_certificate_that_is_no_pdf_is_refused_in_words_and_what_was_typed_stays(
    web_app: Flask, anna: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    for data, sentence in (
        (b"", "The file is empty."),
        (b"MZ not a pdf", "The file is not a PDF"),
        (plain_pdf("SMX-2611-A")[:-40], "The PDF is damaged or cut short"),
        (plain_pdf("Certificate of lot SMX-2690-B"), "The document does not mention lot SMX-2611-A."),
    ):
        answer = attach(anna, "SMX-2611-A", document=upload(data))
        assert answer.status_code == 400
        assert sentence in words(answer)
        assert "choose the PDF, and the CSV where there is one, again" in words(answer)
        for typed in ("99.2%", "R-7", days_ago(30), "A. Specimen"):
            assert f'value="{typed}"' in answer.text
        assert "Endotoxin, sterility</textarea>" in answer.text
    with web_app.app_context(), reading() as session:
        assert session.scalars(select(CertificateRevision)).all() == []


def test_a_certificate_that_is_too_large_is_refused_in_words(anna: FlaskClient, sku: str) -> None:
    receive(anna, sku)
    large = b"%PDF-1.7\n" + b"\0" * (10 * 1024 * 1024)
    answer = attach(anna, "SMX-2611-A", document=upload(large))
    assert answer.status_code == 400
    assert "The file has 10.1 MB. A certificate may have up to 10 MB." in words(answer)
    assert 'value="99.2%"' in answer.text
    answer = attach(anna, "SMX-2611-A", document=upload(large * 3))
    assert answer.status_code == 413
    assert "A file may have at most 10 MB." in words(answer)


CERTIFICATE_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"document": ""}, "Choose the certificate as a PDF file"),
    ({"t1-1": "", "t2-1": ""}, "Type at least one result"),
    ({"t1-1": "about the same"}, "“about the same” is not a number, and the limit is one."),
    ({"t1-1": "9" * 121}, "Purity: use at most 120 characters"),
    ({"t1-1": "99\x00"}, "Purity: use letters, digits and punctuation only"),
    ({"laboratory_relation": "friend"}, "Not a valid choice"),
    ({"tested_to": days_ago(40)}, "Testing ends before it begins."),
    ({"issued_on": "2098-01-01"}, "The issue date lies in the future."),
    ({"issued_on": "soon"}, "Enter a date in the form 2026-11-22"),
    ({"report_number": "R" * 61}, "Use at most 60 characters"),
    ({"not_tested": ""}, "Say what was not tested, in words"),
]


def test_a_certificate_with_a_mistake_is_refused_in_words(anna: FlaskClient, sku: str) -> None:
    receive(anna, sku)
    for changes, sentence in CERTIFICATE_MISTAKES:
        answer = attach(anna, "SMX-2611-A", **changes)
        assert answer.status_code == 400, changes
        assert sentence in words(answer), changes
        assert "There is a problem" in words(answer), changes
        assert "<title>Error:" in answer.text, changes


def test_a_chromatogram_that_cannot_be_read_is_refused_at_its_field(anna: FlaskClient, sku: str) -> None:
    receive(anna, sku)
    answer = attach(anna, "SMX-2611-A", chromatogram=upload(b"a,b\n1,2", "trace.csv"))
    assert answer.status_code == 400
    assert 'id="chromatogram-e"' in answer.text
    assert "Line 1: expected the heading time_min,mAU." in words(answer)


def test_masses_are_typed_by_ion_and_held_against_the_sequence(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    average = {"t2-1": "813.9", "t2-1-charge": "0", "t2-1-type": "average"}
    for changes, sentence in (
        ({"t2-1-charge": ""}, "Identity: say which ion the mass is of"),
        ({"t2-1-charge": "21"}, "Identity: say which ion the mass is of"),
        ({"t2-1-type": "heavy"}, "Identity: say whether the mass is monoisotopic or average"),
        (
            {"t2-2": "813.9", "t2-2-charge": "0", "t2-2-type": "average"},
            "Identity: the same ion is given twice",
        ),
    ):
        answer = attach(anna, "SMX-2611-A", **average | changes)
        assert answer.status_code == 400
        assert sentence in words(answer)
        assert 'value="813.9"' in answer.text
    second = {"t2-2": "814.4", "t2-2-charge": "1", "t2-2-type": "monoisotopic"}
    assert attach(anna, "SMX-2611-A", **average | second).status_code == 303
    text = words(ben.get("/staff/lots/SMX-2611-A/release"))
    assert "Neutral molecule, M, average" in text
    assert "[M+H]" in text
    assert "can’t be released" not in text


@pytest.mark.parametrize("engine", ["sqlite"])
def test_no_typed_result_is_a_server_error(web_app: Flask, sku: str) -> None:
    with web_app.app_context():
        number = make_lot(sku, 1)

        @given(st.text(max_size=40), st.text(max_size=3), st.sampled_from(["monoisotopic", "average", "x"]))
        def every_result_is_read_or_refused(result: str, charge: str, mass_type: str) -> None:
            typed = {"t1-1": result, "t2-1": result, "t2-1-charge": charge, "t2-1-type": mass_type}
            with reading() as session:
                lot = session.scalars(select(Lot).where(Lot.number == number)).one()
                rows = result_rows.rows_for(lot, typed)
            if not any(row.errors for row in rows):
                assert result_rows.results(rows) is not None

        every_result_is_read_or_refused()


def test_a_failing_or_missing_test_keeps_the_lot_in_quarantine(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    attach(anna, "SMX-2611-A", **{"t1-1": "97.4%", "t2-1": ""})
    address = "/staff/lots/SMX-2611-A/release"
    text = words(ben.get(address))
    assert "Purity is outside its limit: 97.4%, limit ≥ 98.0%." in text
    assert "Identity is required and was not tested." in text
    answer = ben.post(address, data={"about": "1", "agrees": "y"})
    assert answer.status_code == 400
    assert state_of(web_app, "SMX-2611-A") == LotState.QUARANTINE


def test_a_certificate_added_meanwhile_has_to_be_compared_too(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    attach(anna, "SMX-2611-A")
    asked = ben.get("/staff/lots/SMX-2611-A/release")
    assert attach(anna, "SMX-2611-A", reason="Typing mistake", **{"t1-1": "99.4%"}).status_code == 303
    answer = ben.post("/staff/lots/SMX-2611-A/release", data={"about": hidden(asked, "about"), "agrees": "y"})
    assert answer.status_code == 400
    assert "Another certificate was added since this page was made." in words(answer)
    assert "99.4%" in words(answer)
    assert hidden(answer, "about") == "2"
    with web_app.app_context(), pytest.raises(Refused, match="Another certificate was added meanwhile"):
        lots.release("SMX-2611-A", actor=BEN, reason="", revision=1)


def test_a_new_revision_of_a_lot_on_sale_needs_a_reason_and_a_second_person(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    with web_app.app_context():
        make_lot(sku, 10, number="SMX-2609-B")
    missing = attach(anna, "SMX-2609-B")
    assert missing.status_code == 400
    assert "Say why there is a new revision" in words(missing)
    assert "(optional)" not in words(missing).partition("Why there is a new revision")[2][:12]
    attach(anna, "SMX-2609-B", reason="Retested")
    page = ben.get("/staff/lots/SMX-2609-B")
    assert "Revision 2 of the certificate waits for a second person" in words(page)
    address = "/staff/lots/SMX-2609-B/certificate/2/confirm"
    assert address in page.text
    own = anna.post(address, data={"about": "2", "agrees": "y"})
    assert own.status_code == 400
    assert "A second person has to confirm it" in words(own)
    done = ben.post(address, data={"about": "2", "agrees": "y"})
    text = words(follow(ben, done))
    assert "Revision 2 is published." in text
    assert "Superseded" in text
    assert "does not wait for a second person" in words(follow(ben, ben.get(address)))
    assert state_of(web_app, "SMX-2609-B") == LotState.RELEASED


def test_a_lot_is_put_on_hold_and_released_again_with_reasons(
    web_app: Flask, anna: FlaskClient, sku: str
) -> None:
    placed = an_order(web_app)
    address = "/staff/lots/SMX-2609-B/change/hold"
    asked = anna.get(address)
    assert f"Order {placed.number}" in words(asked)
    assert "No vial of it has been sent yet." in words(asked)
    missing = anna.post(address, data={"about": "released", "reason": ""})
    assert missing.status_code == 400
    assert "Give a reason" in words(missing)
    done = anna.post(address, data={"about": hidden(asked, "about"), "reason": "cloudy vial"})
    assert "Lot SMX-2609-B is on hold." in words(follow(anna, done))
    assert f"Order {placed.number}" in words(anna.get("/staff/lots/SMX-2609-B/change/reject"))
    again = anna.post(address, data={"about": "released", "reason": "typed for nothing"})
    assert again.status_code == 400
    assert "The lot has changed since this page was made." in words(again)
    back = anna.post(
        "/staff/lots/SMX-2609-B/back-to-sale", data={"about": "on_hold", "reason": "only condensation"}
    )
    text = words(follow(anna, back))
    assert "Lot SMX-2609-B is released." in text
    assert f"On hold by {ANNA}: cloudy vial" in text
    with web_app.app_context():
        assert stock("SMX-2609-B").reserved == 2


def test_a_recall_begins_on_pages_of_its_own_and_is_final(web_app: Flask, anna: FlaskClient) -> None:
    an_order(web_app)
    answer = anna.get("/staff/lots/SMX-2609-B/change/recall")
    assert answer.location == "/staff/recalls/new?lot=SMX-2609-B"
    assert "SMX-2609-B</textarea>" in follow(anna, answer).text
    with web_app.app_context():
        recall("SMX-2609-B")
    page = anna.get("/staff/lots/SMX-2609-B")
    assert "/change/" not in page.text
    assert "/staff/recalls/new" not in page.text
    assert "This can’t be done now" in words(anna.get("/staff/lots/SMX-2609-B/back-to-sale"))
    final = {"about": "recalled", "reason": "x"}
    answer = anna.post("/staff/lots/SMX-2609-B/back-to-sale", data=final)
    assert answer.status_code == 400
    assert state_of(web_app, "SMX-2609-B") == LotState.RECALLED


def test_a_lot_leaves_quarantine_only_over_its_certificate(
    web_app: Flask, anna: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    assert "This can’t be done now" in words(anna.get("/staff/lots/SMX-2611-A/back-to-sale"))
    form = {"about": "quarantine", "reason": "in a hurry"}
    assert anna.post("/staff/lots/SMX-2611-A/back-to-sale", data=form).status_code == 400
    assert "has no certificate yet" in words(follow(anna, anna.get("/staff/lots/SMX-2611-A/release")))
    assert state_of(web_app, "SMX-2611-A") == LotState.QUARANTINE


def test_a_certificate_in_quarantine_cannot_be_published_past_its_required_tests(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    receive(anna, sku)
    attach(anna, "SMX-2611-A", **{"t1-1": "90%"})
    answer = ben.post("/staff/lots/SMX-2611-A/certificate/1/confirm", data={"about": "1", "agrees": "y"})
    assert answer.headers["Location"] == "/staff/lots/SMX-2611-A/release"


def test_the_page_of_a_lot_explains_its_counters(web_app: Flask, anna: FlaskClient) -> None:
    placed = an_order(web_app, vials=3)
    text = words(anna.get("/staff/lots/SMX-2609-B"))
    assert "On hand: in the bin now 10" in text
    assert "held for orders that are not paid or approved yet, and for buyers who asked 3" in text
    assert "Free to sell: on hand less all of these 7" in text
    assert f"Order {placed.number}" in text
    assert "Received" in text
    assert "+10" in text
    assert anna.get("/staff/lots/smx-2609-b").headers["Location"] == "/staff/lots/SMX-2609-B"


def test_an_unknown_lot_is_a_page_that_helps(anna: FlaskClient) -> None:
    steps = (
        ("GET", ""),
        ("GET", "/certificate"),
        ("POST", "/certificate"),
        ("POST", "/release"),
        ("POST", "/change/hold"),
        ("GET", "/change/nonsense"),
        ("POST", "/back-to-sale"),
        ("GET", "/certificate/1.pdf"),
        ("GET", "/certificate/1/confirm"),
    )
    for lot in ("SMX-0000-X", "%00", "a" * 300, "..", "é", "%20", "1%20OR%201=1", "%3Cb%3E"):
        for method, step in steps:
            answer = anna.open(f"/staff/lots/{lot}{step}", method=method)
            assert answer.status_code == 404, f"{method} {lot} {step}"
            assert "<b>" not in answer.text


def test_unknown_certificates_and_steps_are_pages_that_help(
    web_app: Flask, anna: FlaskClient, sku: str
) -> None:
    with web_app.app_context():
        make_lot(sku, 10, number="SMX-2609-B")
    for path in (
        "/certificate/2.pdf",
        f"/certificate/{10**30}.pdf",
        "/certificate/1.csv",
        "/change/release",
        "/change/",
    ):
        assert anna.get(f"/staff/lots/SMX-2609-B{path}").status_code == 404, path


def test_hostile_words_in_a_lot_stay_words(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    hostile = '"><script>alert(1)</script>'
    receive(anna, sku, manufacturer=hostile, bin='"><b>')
    attach(
        anna,
        "SMX-2611-A",
        laboratory=hostile,
        report_number=hostile,
        authorised_by=hostile,
        not_tested=hostile,
        **{"t1-1": f"99.2 {hostile}"},
    )
    for path in ("", "/release", "/certificate"):
        page = ben.get(f"/staff/lots/SMX-2611-A{path}")
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<b>&#34;" not in page.text
    assert hostile in words(ben.get("/staff/lots/SMX-2611-A")) or "alert(1)" in words(
        ben.get("/staff/lots/SMX-2611-A")
    )


def test_pages_of_a_lot_need_few_queries(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    with web_app.app_context():
        make_lot(sku, 40, number="SMX-2609-B")
        for _order in range(3):
            order_for({sku: 2})
    attach(anna, "SMX-2609-B", reason="Retested")
    receive(anna, sku)
    attach(anna, "SMX-2611-A")
    paths = (
        "/staff/lots/receive",
        "/staff/lots/SMX-2609-B",
        "/staff/lots/SMX-2609-B/certificate",
        "/staff/lots/SMX-2609-B/certificate/2/confirm",
        "/staff/lots/SMX-2609-B/change/hold",
        "/staff/lots/SMX-2609-B/labels",
        "/staff/lots/SMX-2609-B/register",
        "/staff/trace?q=SMX-2609-B",
        "/staff/lots/SMX-2611-A/release",
    )
    ben.get("/staff")
    counts = {path: queries(web_app, ben, path) for path in paths}
    assert {path: count for path, count in counts.items() if count > 12} == {}
