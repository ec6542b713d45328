"""Laboratories, withdrawals, portal checks, stability and reorder points in the back office."""

from __future__ import annotations

import json
from typing import Any

import pytest
from at_a_desk import at_desk, certificate_form, days_ago, queries
from builders import make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, words
from sqlalchemy import select
from werkzeug.test import TestResponse, encode_multipart

from shop.core.database import reading
from shop.inventory import lots
from shop.inventory.models import CertificateRevision, Laboratory, LotState

ANNA, BEN = "anna@shop.example", "ben@shop.example"
LOT = "SMX-2609-B"


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


@pytest.fixture
def lot(web_app: Flask, sku: str) -> str:
    with web_app.app_context():
        return make_lot(sku, 10, number=LOT)


def laboratory_form(**changes: str) -> dict[str, str]:
    return {
        "name": "Norrland Analytical",
        "place": "Uppsala",
        "country": "Sweden",
        "relation": "independent",
        "portal_url": "https://lab.example/verify",
    } | changes


def accreditation_form(**changes: str) -> dict[str, str]:
    return {
        "standard": "ISO/IEC 17025",
        "body": "SWEDAC",
        "number": "T-100",
        "scope_url": "https://swedac.example/T-100",
        "methods": "RP-HPLC\r\nKarl Fischer\r\n",
        "valid_from": "2024-01-01",
        "valid_to": "2028-12-31",
    } | changes


def new_laboratory(client: FlaskClient, **changes: str) -> str:
    """The address of a laboratory added at the desk."""
    answer = client.post("/staff/laboratories/add", data=laboratory_form(**changes))
    assert answer.status_code == 303, words(answer)
    return answer.headers["Location"]


def add_certificate(client: FlaskClient, number: str, **changes: Any) -> TestResponse:
    boundary, body = encode_multipart(certificate_form(number, **changes))
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(f"/staff/lots/{number}/certificate", data=body, content_type=kind)


def test_a_laboratory_is_added_changed_and_its_history_told(anna: FlaskClient) -> None:
    page = follow(anna, anna.post("/staff/laboratories/add", data=laboratory_form()))
    assert "Norrland Analytical is added." in words(page)
    address = new_laboratory(anna, name="Second")
    missing = anna.post(f"{address}/change", data=laboratory_form(name="Second", place="Lund"))
    assert missing.status_code == 400 and "Give a reason" in words(missing)
    assert 'value="Lund"' in missing.text
    done = anna.post(f"{address}/change", data=laboratory_form(name="Second", place="Lund", reason="moved"))
    text = words(follow(anna, done))
    assert f"Changed by {ANNA}: moved. (place: Uppsala → Lund)" in text
    listed = words(anna.get("/staff/laboratories"))
    assert "Norrland Analytical Uppsala Independent not on record 0" in listed


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Enter the name of the laboratory"),
        ({"name": "norrland  ANALYTICAL"}, "There is a laboratory Norrland Analytical already."),
        ({"portal_url": "javascript:alert(1)"}, "beginning with https://"),
        ({"portal_url": "lab.example"}, "beginning with https://"),
        ({"portal_url": "http://[bad"}, "beginning with https://"),
        ({"relation": "friend"}, "Not a valid choice"),
        ({"place": "x\x00"}, "problem"),
        ({"place": "x" * 121}, "at most 120"),
    ],
)
def test_a_laboratory_that_cannot_be_right_is_refused_in_words(
    anna: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    new_laboratory(anna)
    answer = anna.post("/staff/laboratories/add", data=laboratory_form(**({"name": "Other"} | changes)))
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert "<title>Error:" in answer.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"methods": "  "}, "Enter the methods in the scope"),
        ({"methods": "x" * 121}, "at most 120"),
        ({"methods": "\n".join(f"m{n}" for n in range(61))}, "from 1 to 60"),
        ({"valid_to": "2023-12-31"}, "ends before it begins"),
        ({"valid_from": "yesterday"}, "Enter a date"),
        ({"number": ""}, "Enter the number"),
    ],
)
def test_an_accreditation_that_cannot_be_right_is_refused_in_words(
    anna: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    address = new_laboratory(anna)
    answer = anna.post(f"{address}/accreditations/add", data=accreditation_form(**changes))
    assert answer.status_code == 400
    assert sentence in words(answer)


def test_an_accreditation_is_added_once_and_changed_with_a_reason(anna: FlaskClient) -> None:
    address = new_laboratory(anna)
    page = follow(anna, anna.post(f"{address}/accreditations/add", data=accreditation_form()))
    text = words(page)
    assert "SWEDAC T-100" in text and "RP-HPLC Karl Fischer" in text and "In force" in text
    again = anna.post(f"{address}/accreditations/add", data=accreditation_form())
    assert again.status_code == 400 and "on record already" in words(again)
    change = "/staff/accreditations/1/change"
    assert "Karl Fischer</textarea>" in anna.get(change).text
    form = accreditation_form(valid_to="2025-06-30", reason="suspended by the body")
    text = words(follow(anna, anna.post(change, data=form)))
    assert "Run out" in text
    assert "suspended by the body. (valid_to: 2028-12-31 → 2025-06-30)" in text


def test_a_badge_shows_only_where_the_method_was_in_scope_that_day(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, sku: str
) -> None:
    """RP-HPLC is in scope and ESI-MS is not; a certificate keeps what was true when it was published."""
    address = new_laboratory(anna, name="Specimen Laboratory 2")
    anna.post(f"{address}/accreditations/add", data=accreditation_form())
    with web_app.app_context():
        make_lot(sku, 5, number=LOT)
    assert add_certificate(anna, LOT, laboratory="Specimen Laboratory 2", reason="again").status_code == 303
    done = ben.post(f"/staff/lots/{LOT}/certificate/2/confirm", data={"about": "2", "agrees": "y"})
    assert done.status_code == 303, words(done)
    page = words(anna.get(f"/coa/{LOT}"))
    assert "RP-HPLC, 220 nm In the lab’s accredited scope." in page
    assert "ESI-MS In the lab" not in page
    assert "ISO/IEC 17025, SWEDAC T-100" in page
    tests = {each["attr"]: each for each in json.loads(anna.get(f"/coa/{LOT}.json").data)["tests"]}
    assert (tests["purity_hplc"]["in_scope"], tests["identity_ms"]["in_scope"]) == (True, False)

    anna.post(
        "/staff/accreditations/1/change", data=accreditation_form(valid_to="2024-02-01", reason="it ended")
    )
    anna.post(f"{address}/change", data=laboratory_form(name="Renamed", relation="seller", reason="bought"))
    assert words(anna.get(f"/coa/{LOT}")) == page, "what is published never changes"
    assert add_certificate(anna, LOT, laboratory="Renamed", reason="once more").status_code == 303
    ben.post(f"/staff/lots/{LOT}/certificate/3/confirm", data={"about": "3", "agrees": "y"})
    text = words(anna.get(f"/coa/{LOT}"))
    assert "17025" not in text and "accredited" not in text
    assert "The seller’s own lab, seller-submitted sample" in text


def test_the_certificate_in_force_is_withdrawn_only_while_its_lot_is_not_on_sale(
    web_app: Flask, anna: FlaskClient, lot: str
) -> None:
    address = f"/staff/lots/{lot}/certificate/1/withdraw"
    assert "This cannot be undone." in words(anna.get(address))
    for form, sentence in (
        ({"reason": "", "agrees": "y"}, "Give a reason"),
        ({"reason": "revoked"}, "Confirm that the revision is to be withdrawn"),
        ({"reason": "revoked", "agrees": "y"}, f"Lot {lot} is sold over this revision."),
    ):
        answer = anna.post(address, data=form)
        assert answer.status_code == 400
        assert sentence in words(answer)
    with web_app.app_context():
        lots.change_state(lot, LotState.ON_HOLD, actor=ANNA, reason="the lab revoked its report")
    done = anna.post(address, data={"reason": "The lab revoked its report", "agrees": "y"})
    assert "Revision 1 is withdrawn." in words(follow(anna, done))
    assert "withdrawn already" in words(anna.post(address, data={"reason": "x", "agrees": "y"}))
    page = words(anna.get(f"/coa/{lot}"))
    assert "Revision 1 was withdrawn on" in page and "The lab revoked its report" in page
    back = anna.post(f"/staff/lots/{lot}/back-to-sale", data={"about": "on_hold", "reason": "anyway"})
    assert back.status_code == 400 and "There is no certificate yet." in words(back)


def test_a_report_looked_up_on_the_portal_is_said_with_its_day(anna: FlaskClient, lot: str) -> None:
    address = f"/staff/lots/{lot}/certificate/1/portal-check"
    form = {
        "report_key": "K-1",
        "checked_on": days_ago(1),
        "answer": "match",
        "fields_matched": ["lot", "purity"],
        "note": "",
    }
    assert "has no portal on record" in words(anna.post(address, data=form))
    anna.post(
        "/staff/laboratories/1/change",
        data=laboratory_form(name="Specimen Laboratory", place="Specimen Town", reason="portal added"),
    )
    for changes, sentence in (
        ({"checked_on": days_ago(-1)}, "in the future"),
        ({"checked_on": days_ago(400)}, "before the report"),
        ({"fields_matched": []}, "at least the lot or the purity"),
        ({"fields_matched": ["mood"]}, "not a valid choice"),
        ({"report_key": ""}, "Enter the key"),
    ):
        answer = anna.post(address, data=form | changes)
        assert answer.status_code == 400, changes
        assert sentence in words(answer), changes
    assert anna.post(address, data=form).status_code == 303
    assert "Issued by the lab (checked on the lab’s portal on" in words(anna.get(f"/coa/{lot}"))
    check = json.loads(anna.get(f"/coa/{lot}.json").data)["external_check"]
    assert (check["outcome"], check["key"], check["fields_matched"]) == ("match", "K-1", ["lot", "purity"])
    anna.post(address, data=form | {"answer": "not_found", "checked_on": days_ago(0)})
    text = words(anna.get(f"/coa/{lot}"))
    assert "Not found on the lab’s portal on" in text and "Issued by the lab" not in text


def stability_form(**changes: str) -> dict[str, str]:
    return {
        "attribute": "purity_hplc",
        "condition": "25 °C, 60% relative humidity",
        "months": "6",
        "tested_on": days_ago(2),
        "result": "98.7%",
        "laboratory_id": "1",
        "report_number": "ST-6",
        "replaces": "",
        "reason": "",
    } | changes


def test_a_stability_result_is_public_once_a_second_person_confirmed_it(
    anna: FlaskClient, ben: FlaskClient, lot: str
) -> None:
    done = anna.post(f"/staff/lots/{lot}/stability/add", data=stability_form())
    page = words(follow(anna, done))
    assert "25 °C, 60% relative humidity 6 Purity ≥ 98.0% 98.7% Meets" in page
    assert "It is what the report says" not in page
    assert "98.7%" not in words(anna.get(f"/coa/{lot}"))
    own = anna.post(f"/staff/lots/{lot}/stability/1/confirm")
    assert own.status_code == 400 and "A second person has to confirm it." in words(own)
    assert "It is what the report says" in words(ben.get(f"/staff/lots/{lot}/stability"))
    assert ben.post(f"/staff/lots/{lot}/stability/1/confirm").status_code == 303
    text = words(anna.get(f"/coa/{lot}"))
    assert "25 °C, 60% relative humidity 6 Purity ≥ 98.0% 98.7% Meets Specimen Laboratory, ST-6" in text


def test_a_failing_stability_result_is_shown_and_a_correction_replaces_it(
    anna: FlaskClient, ben: FlaskClient, lot: str
) -> None:
    anna.post(f"/staff/lots/{lot}/stability/add", data=stability_form(result="96.1%"))
    ben.post(f"/staff/lots/{lot}/stability/1/confirm")
    assert "96.1% Does not meet" in words(anna.get(f"/coa/{lot}"))
    correction = stability_form(result="98.1%", replaces="1")
    missing = anna.post(f"/staff/lots/{lot}/stability/add", data=correction)
    assert missing.status_code == 400 and "Say why the earlier result is corrected." in words(missing)
    anna.post(f"/staff/lots/{lot}/stability/add", data=correction | {"reason": "typing error"})
    assert "96.1%" in words(anna.get(f"/coa/{lot}")), "until it is confirmed"
    ben.post(f"/staff/lots/{lot}/stability/2/confirm")
    text = words(anna.get(f"/coa/{lot}"))
    assert "98.1% Meets" in text and "96.1%" not in text
    again = anna.post(f"/staff/lots/{lot}/stability/add", data=correction | {"reason": "again"})
    assert "corrected already" in words(again)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"result": "pure"}, "not a number"),
        ({"result": "NT"}, "Enter the result as printed"),
        ({"months": "241"}, "0 to 240 months"),
        ({"months": "-1"}, "Enter a whole number"),
        ({"tested_on": days_ago(-1)}, "in the future"),
        ({"tested_on": days_ago(3000)}, "before the filling"),
        ({"attribute": "identity_ms"}, "not a valid choice"),
        ({"attribute": "endotoxin"}, "not a valid choice"),
        ({"laboratory_id": "99"}, "not a valid choice"),
        ({"replaces": "77"}, "not a valid choice"),
    ],
)
def test_a_stability_result_that_cannot_be_right_is_refused_in_words(
    anna: FlaskClient, lot: str, changes: dict[str, str], sentence: str
) -> None:
    answer = anna.post(f"/staff/lots/{lot}/stability/add", data=stability_form(**changes))
    assert answer.status_code == 400
    assert sentence.lower() in words(answer).lower()


def test_a_reorder_point_is_set_and_counted_on_the_dashboard(
    web_app: Flask, anna: FlaskClient, sku: str, lot: str
) -> None:
    assert "Not watched" in words(anna.get("/staff/reorder-points"))
    done = anna.post("/staff/reorder-points/set", data={"sku": sku, "point": "10"})
    assert "Low" in words(follow(anna, done))
    assert "1 Vial sizes at or below their reorder point" in words(anna.get("/staff"))
    anna.post("/staff/reorder-points/set", data={"sku": sku, "point": "9"})
    assert "Enough" in words(anna.get("/staff/reorder-points"))
    for form in (
        {"sku": sku, "point": "many"},
        {"sku": "NO-SUCH", "point": "3"},
        {"point": "3"},
        {"sku": "\x00"},
    ):
        answer = anna.post("/staff/reorder-points/set", data=form)
        assert answer.status_code == 400, form
        assert "There is a problem" in words(answer)
    anna.post("/staff/reorder-points/set", data={"sku": sku, "point": ""})
    assert "Not watched" in words(anna.get("/staff/reorder-points"))


def test_a_new_certificate_is_typed_with_sample_role_day_and_retest(
    web_app: Flask, anna: FlaskClient, ben: FlaskClient, lot: str
) -> None:
    more = {
        "sample_id": "S-9",
        "sample_of": "parent_bulk",
        "authorised_role": "QC manager",
        "retest_to": days_ago(-900),
        "reason": "retested",
        "t1-1-on": days_ago(29),
        "t2-1": "",
    }
    early = add_certificate(anna, lot, **more | {"t1-1-on": days_ago(60)})
    assert early.status_code == 400 and "outside the days" in words(early)
    odd = add_certificate(anna, lot, **more | {"t1-1-on": "soon"})
    assert odd.status_code == 400 and "enter the day of the test" in words(odd)
    assert add_certificate(anna, lot, **more).status_code == 303
    compared = words(ben.get(f"/staff/lots/{lot}/certificate/2/confirm"))
    assert "not repeated, from revision 1" in compared and "S-9, of the bulk lot" in compared
    ben.post(f"/staff/lots/{lot}/certificate/2/confirm", data={"about": "2", "agrees": "y"})
    text = words(anna.get(f"/coa/{lot}"))
    for said in (
        "Not repeated; from revision 1.",
        "Drawn from the bulk lot",
        "Sample S-9",
        "Authorised by A. Specimen, QC manager",
        "Retested; the retest date moves to",
    ):
        assert said in text
    with web_app.app_context(), reading() as session:
        assert session.scalars(select(Laboratory.name)).all() == ["Specimen Laboratory"]
        revision = session.scalars(select(CertificateRevision).where(CertificateRevision.revision == 2)).one()
        assert revision.lot.retest_on == revision.retest_to


def test_these_pages_need_few_queries(web_app: Flask, anna: FlaskClient, lot: str) -> None:
    address = new_laboratory(anna)
    anna.post(f"{address}/accreditations/add", data=accreditation_form())
    anna.post(f"/staff/lots/{lot}/stability/add", data=stability_form())
    anna.get("/staff")
    paths = (
        "/staff",
        "/staff/laboratories",
        address,
        f"{address}/change",
        "/staff/accreditations/1/change",
        "/staff/reorder-points",
        f"/staff/lots/{lot}/stability",
        f"/staff/lots/{lot}/stability/add",
        f"/staff/lots/{lot}/certificate/1/withdraw",
        f"/coa/{lot}",
        f"/coa/{lot}.json",
    )
    counts = {path: queries(web_app, anna, path) for path in paths}
    assert {path: count for path, count in counts.items() if count > 12} == {}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_unknown_numbers_are_pages_that_help(anna: FlaskClient, lot: str) -> None:
    for path in (
        "/staff/laboratories/99",
        "/staff/laboratories/99/change",
        "/staff/laboratories/99999999999/change",
        "/staff/accreditations/99/change",
        f"/staff/lots/{lot}/certificate/9/withdraw",
        f"/staff/lots/{lot}/certificate/9/portal-check",
        "/staff/lots/SMX-0000-X/stability",
    ):
        assert anna.get(path).status_code == 404, path
    assert anna.post(f"/staff/lots/{lot}/stability/99/confirm").status_code == 404
