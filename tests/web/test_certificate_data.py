"""Certificates as data anybody can check, and files anybody can compare, none of them kept."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, words
from stocked import open_shop
from werkzeug.test import TestResponse

from shop.core import assets, files
from shop.core.database import writing
from shop.inventory import certificates, withdrawals

SCHEMA = json.loads((assets.folder("static") / "schemas" / "coa-1.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        with app.app_context():
            withdrawals.withdraw("BRK-2606-A", 1, actor="bert@shop.example", reason="Report revoked")
        yield app


@pytest.fixture(scope="module")
def web(stocked_app: Flask) -> FlaskClient:
    return stocked_app.test_client()


def record(web: FlaskClient, path: str) -> dict[str, Any]:
    answer = web.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.data)
    return found


def own_sha256(document: dict[str, Any]) -> str:
    """The hash of a record as a stranger works it out, by what the record itself says."""
    kept = json.loads(json.dumps(document))
    for path in document["integrity"]["not_covered"]:
        *outer, name = path.split(".")
        place = kept
        for each in outer:
            place = place[each]
        del place[name]
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "path",
    [
        "SMX-2608-A.json",
        "SMX-2609-B.json",
        "SMX-2609-B.json?revision=1",
        "PBP-2602-B.json",
        "BRK-2606-A.json",
    ],
)
def test_every_published_certificate_is_data_that_its_schema_describes(web: FlaskClient, path: str) -> None:
    document = record(web, f"/coa/{path}")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(document)
    assert own_sha256(document) == document["integrity"]["sha256"]


def test_the_schema_is_served_where_the_data_say_it_is(web: FlaskClient) -> None:
    link = web.get("/coa/SMX-2608-A.json").headers["Link"]
    assert link == '</schemas/coa-1.json>; rel="describedby"'
    answer = web.get("/schemas/coa-1.json")
    assert (answer.mimetype, json.loads(answer.data)) == ("application/schema+json", SCHEMA)


def test_the_data_hold_what_the_page_shows(web: FlaskClient) -> None:
    document = record(web, "/coa/SMX-2609-B.json")
    assert (document["coa_no"], document["revision"]) == ("COA-SMX-2609-B", 2)
    assert document["supersedes"] == "COA-SMX-2609-B/1"
    assert (
        document["supersedes_sha256"] == record(web, "/coa/SMX-2609-B.json?revision=1")["integrity"]["sha256"]
    )
    assert document["product"]["sequence"] == "MEHFPGP"
    assert document["product"]["mw_free_base"] == "813.93"
    tests = {test["attr"]: test for test in document["tests"]}
    assert (tests["purity_hplc"]["result"], tests["purity_hplc"]["spec"]["min"]) == ("99.3%", "98.0")
    assert (
        tests["identity_ms"] | {"theoretical": "814.3552", "observed": "814.38", "ion": "[M+H]+"}
        == (tests["identity_ms"])
    )
    assert tests["water"]["conclusion"] == tests["endotoxin"]["conclusion"] == "not_tested"
    page = words(web.get("/coa/SMX-2609-B"))
    for test in document["tests"]:
        assert test["name"] in page and test.get("result", "") in page
    assert document["integrity"]["sha256"] in page


def test_what_becomes_of_a_certificate_does_not_change_its_hash(web: FlaskClient) -> None:
    old = record(web, "/coa/SMX-2609-B.json?revision=1")
    assert (old["status"], old["superseded_by"]) == ("superseded", "COA-SMX-2609-B/2")
    recalled = record(web, "/coa/PBP-2602-B.json")
    assert (recalled["status"], recalled["lot"]["status"]) == ("published", "recalled")
    gone = record(web, "/coa/BRK-2606-A.json")
    assert (gone["status"], gone["withdrawn"]["reason"]) == ("withdrawn", "Report revoked")
    for document in (old, recalled, gone):
        assert own_sha256(document) == document["integrity"]["sha256"]


def test_one_changed_figure_changes_the_hash(web: FlaskClient) -> None:
    document = record(web, "/coa/SMX-2608-A.json")
    document["tests"][0]["result"] = "99.9%"
    assert own_sha256(document) != document["integrity"]["sha256"]


def test_a_withdrawn_certificate_stays_readable_under_a_banner(web: FlaskClient) -> None:
    text = words(web.get("/coa/BRK-2606-A"))
    assert "Revision 1 was withdrawn on" in text and "Report revoked" in text and "99.2%" in text
    assert web.get("/coa/BRK-2606-A.pdf").status_code == 200


@pytest.mark.parametrize("number", ["SMX-2610-A", "BRK-2607-X", "SMX-9999-Z", "%00", "SMX-2608-A?revision=2"])
def test_what_is_not_published_of_a_released_lot_is_not_data(web: FlaskClient, number: str) -> None:
    number, _, query = number.partition("?")
    assert web.get(f"/coa/{number}.json?{query}").status_code == 404


def test_the_address_of_the_data_is_the_printed_number(web: FlaskClient) -> None:
    answer = web.get("/coa/smx-2609-b.json?revision=1")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/coa/SMX-2609-B.json?revision=1")


# Is this file one of ours?


def send(web: FlaskClient, data: bytes) -> TestResponse:
    # Encoded here, because the test client leaves the temporary file of a large form open.
    head = b'--x\r\nContent-Disposition: form-data; name="document"; filename="a.pdf"\r\n\r\n'
    body = head + data + b"\r\n--x--\r\n"
    return web.post("/coa/check", data=body, content_type="multipart/form-data; boundary=x")


def compare(web: FlaskClient, data: bytes) -> TestResponse:
    answer = web.post("/coa/check", data={"document": (BytesIO(data), "mine.pdf")})
    assert answer.status_code == 303
    return follow(web, answer)


def test_a_file_of_ours_is_recognised_with_its_lot_and_revision(web: FlaskClient) -> None:
    text = words(compare(web, web.get("/coa/SMX-2609-B.pdf").data))
    assert "One of ours, unchanged" in text
    assert "revision 2 of the certificate of lot SMX-2609-B, and the one in force" in text
    text = words(compare(web, web.get("/coa/SMX-2609-B.pdf?revision=1").data))
    assert "One of ours, unchanged, but superseded" in text
    text = words(compare(web, web.get("/coa/BRK-2606-A.pdf").data))
    assert "One of ours, unchanged, but withdrawn" in text
    text = words(compare(web, web.get("/coa/PBP-2602-B.pdf").data))
    assert "The lot is now: Recalled" in text
    text = words(compare(web, web.get("/coa/SMX-2609-B/trace.csv").data))
    assert "chromatogram of revision 2 of the certificate of lot SMX-2609-B" in text


def test_a_changed_file_is_not_one_of_ours(web: FlaskClient) -> None:
    data = web.get("/coa/SMX-2609-B.pdf").data
    for other in (data + b"\n", data[:-1], data.replace(b"specimen", b"Specimen"), b"%PDF"):
        assert "Not one of ours, or changed" in words(compare(web, other))


def test_documents_that_are_not_public_are_not_recognised(stocked_app: Flask, web: FlaskClient) -> None:
    with stocked_app.app_context():
        order_document = files.store().put(b"%PDF-1.7 purchase order")
        with writing() as session:
            files.record(session, order_document, size=23, media_type="application/pdf")
            hidden = [
                certificates.find_lot(session, "SMX-2610-A").certificates[0].document_sha256,
                certificates.find_lot(session, "BRK-2607-X").certificates[0].document_sha256,
            ]
            draft = certificates.find_lot(session, "SMX-2608-A").certificates[1].document_sha256
    for sha256 in (order_document, *hidden, draft):
        assert "Not one of ours" in words(web.get(f"/coa/check?sha256={sha256}"))


def test_a_sha256_may_be_typed_as_it_is_printed(web: FlaskClient) -> None:
    sha256 = hashlib.sha256(web.get("/coa/SMX-2608-A.pdf").data).hexdigest()
    grouped = " ".join(sha256[at : at + 8] for at in range(0, 64, 8)).upper()
    for typed in (sha256, grouped):
        assert "lot SMX-2608-A" in words(web.get("/coa/check", query_string={"sha256": typed}))


@pytest.mark.parametrize("typed", ["", "abc", "g" * 64, "\x00", "é" * 300, "<b>"])
def test_what_is_no_sha256_is_refused_in_words(web: FlaskClient, typed: str) -> None:
    answer = web.get("/coa/check", query_string={"sha256": typed})
    assert answer.status_code == 400
    assert "There is a problem" in words(answer)
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"junk", "multipart/form-data"),
        (b"\x00" * 100, "application/octet-stream"),
        (b"document=typed", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="document"; filename="a"\r\n\r\n\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
    ],
    ids=["empty", "no boundary", "bytes", "typed", "empty file"],
)
def test_a_form_without_a_file_is_refused_in_words(web: FlaskClient, body: bytes, kind: str) -> None:
    answer = web.post("/coa/check", data=body, content_type=kind)
    assert answer.status_code in (303, 400)
    if answer.status_code == 303:
        assert "Choose a file" in words(follow(web, answer))


def test_a_file_from_another_site_is_not_taken(web: FlaskClient) -> None:
    answer = web.post(
        "/coa/check", data={"document": (BytesIO(b"x"), "x")}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_a_compared_file_is_kept_nowhere_not_even_for_a_moment(
    stocked_app: Flask, web: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> object:
        raise AssertionError("a temporary file was made")

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
        if hasattr(__import__("werkzeug.formparser").formparser, name):
            monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse)
    large = b"%PDF-1.7\n" + bytes(4 * 1024 * 1024)
    answer = send(web, large)
    assert hashlib.sha256(large).hexdigest() in answer.headers["Location"]
    with stocked_app.app_context():
        assert not files.store().path(hashlib.sha256(large).hexdigest()).exists()


def test_a_file_too_large_is_refused(web: FlaskClient) -> None:
    answer = send(web, bytes(21 * 1024 * 1024))
    assert answer.status_code == 413


def test_the_finder_offers_the_form(web: FlaskClient) -> None:
    page = web.get("/coa").text
    assert 'action="/coa/check"' in page and 'enctype="multipart/form-data"' in page


# Cite this reagent, and what was checked


def test_a_certificate_says_how_to_cite_the_reagent(web: FlaskClient) -> None:
    assert (
        "Semax (Aliquot, cat. no. NO-0107, lot SMX-2609-B; Purity 99.3% (RP-HPLC, 220 nm); certificate of "
        "analysis COA-SMX-2609-B, revision 2, http://127.0.0.1:8000/coa/SMX-2609-B?revision=2)"
    ) in words(web.get("/coa/SMX-2609-B"))
    assert "revision 1, http" in words(web.get("/coa/SMX-2609-B?revision=1"))
    assert "Cite this reagent" not in words(web.get("/coa/SMX-2610-A"))


def test_what_was_checked_claims_no_more_than_was_done(web: FlaskClient) -> None:
    text = words(web.get("/coa/SMX-2609-B"))
    for badge in (
        "Document on file",
        "Transcription double-checked",
        "Independent lab, seller-submitted sample",
    ):
        assert badge in text
    for claim in ("verified", "Issued by the lab", "17025", "accredited", "guarantee"):
        assert claim not in text


def test_a_certificate_has_a_print_view_of_each_revision(web: FlaskClient) -> None:
    assert "/coa/SMX-2609-B/print" in web.get("/coa/SMX-2609-B").text
    page = web.get("/coa/SMX-2609-B/print?revision=1")
    text = words(page)
    assert page.status_code == 200
    assert (
        "For laboratory research use only." in text
        and "This is revision 1, which has been superseded" in text
    )
    assert "http://127.0.0.1:8000/coa/SMX-2609-B" in text and "Main" not in text.partition("99.2%")[0]
    assert "<nav" not in page.text.partition("</main>")[2] and 'role="search"' not in page.text
    moved = web.get("/coa/smx-2609-b/print?revision=1")
    assert moved.headers["Location"] == "/coa/SMX-2609-B/print?revision=1"
