"""Ways to bring a bad lot on sale through the back office: each is refused, in words, and nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from at_a_desk import at_desk, browser, certificate_form, days_ago, plain_pdf, upload
from builders import make_lot, make_size
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import select
from werkzeug.test import TestResponse, encode_multipart

from shop.catalogue.models import LimitKind, Product, RequiredTest
from shop.core.database import reading, writing
from shop.inventory.models import Lot, LotState

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])

NUMBER = "SMX-2611-A"
RELEASE = f"/staff/lots/{NUMBER}/release"


@dataclass
class Desk:
    """Two people of quality control and a lot in quarantine."""

    app: Flask
    anna: FlaskClient
    ben: FlaskClient
    sku: str

    def receive(self, **changes: str) -> TestResponse:
        """Take the lot in."""
        form = {
            "number": NUMBER,
            "sku": self.sku,
            "manufacturer": "Specimen Maker",
            "manufactured_on": days_ago(62),
            "filled_on": days_ago(60),
            "retest_on": days_ago(-600),
            "expires_on": "",
            "vials": "120",
            "bin": "F2-C-04",
        }
        return self.anna.post("/staff/lots/receive", data=form | changes)

    def attach(self, **changes: Any) -> TestResponse:
        """Add its certificate."""
        boundary, body = encode_multipart(certificate_form(NUMBER, **changes))
        kind = f"multipart/form-data; boundary={boundary}"
        return self.anna.post(f"/staff/lots/{NUMBER}/certificate", data=body, content_type=kind)

    def release(self, by: FlaskClient | None = None, **changes: str) -> TestResponse:
        """Release it over that certificate."""
        return (by or self.ben).post(RELEASE, data={"about": "1", "agrees": "y"} | changes)

    @property
    def state(self) -> LotState:
        """The state of the lot."""
        with self.app.app_context(), reading() as session:
            return session.scalars(select(Lot.state).where(Lot.number == NUMBER)).one()


@pytest.fixture
def desk(web_app: Flask) -> Desk:
    with web_app.app_context():
        sku = make_size()
    return Desk(
        web_app,
        at_desk(web_app, "quality", email="anna@shop.example"),
        at_desk(web_app, "quality", email="ben@shop.example"),
        sku,
    )


def test_a_good_lot_is_released_this_way(desk: Desk) -> None:
    desk.receive()
    assert desk.attach().status_code == 303
    assert desk.release().status_code == 303
    assert desk.state == LotState.RELEASED


KEPT_IN_QUARANTINE: dict[str, tuple[dict[str, Any], str]] = {
    "a purity below its limit": ({"t1-1": "97.99%"}, "Purity is outside its limit: 97.99%"),
    "a purity that is only an upper bound": ({"t1-1": "< 99.2%"}, "Purity is outside its limit"),
    "a purity above the whole": ({"t1-1": "100.1%"}, "Purity is more than 100% of the area"),
    "a purity that was not detected": ({"t1-1": "n.d. (LOD 99%)"}, "Purity is outside its limit"),
    "a purity not tested": ({"t1-1": "NT"}, "Purity is required and was not tested"),
    "no mass": ({"t2-1": ""}, "Identity is required and was not tested"),
    "a deamidated peptide": ({"t2-1": "814.33"}, "Identity is outside its limit"),
    "a peptide that lacks a glycine": ({"t2-1": "756.33"}, "Identity is outside its limit"),
    "an oxidised methionine": ({"t2-1": "829.35"}, "Identity is outside its limit"),
    "an average mass called monoisotopic": ({"t2-1": "813.93"}, "It would fit M, average"),
    "the mass of an ion called the molecule's": ({"t2-1": "814.36"}, "It would fit [M+H]+"),
    "the mass of the salt": ({"t2-1": "927.34"}, "1 × trifluoroacetate"),
    "the sodium adduct": ({"t2-1": "836.34"}, "[M+Na]+"),
    "a half mass called singly charged": ({"t2-1": "407.68", "t2-1-charge": "1"}, "[M+2H]2+"),
    "one good ion beside a bad one": (
        {"t2-2": "409.68", "t2-2-charge": "2", "t2-2-type": "monoisotopic"},
        "Identity is outside its limit",
    ),
    "a sample that came before the lot was filled": (
        {"received_on": days_ago(61), "tested_from": days_ago(40)},
        "received the sample before there was a lot",
    ),
}


@pytest.mark.parametrize("way", KEPT_IN_QUARANTINE)
def test_what_a_certificate_shows_keeps_a_lot_in_quarantine(desk: Desk, way: str) -> None:
    typed, sentence = KEPT_IN_QUARANTINE[way]
    desk.receive()
    assert desk.attach(**typed).status_code == 303
    answer = desk.release()
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert desk.state == LotState.QUARANTINE


NEVER_KEPT: dict[str, tuple[dict[str, Any], str]] = {
    "a document without the lot": (
        {"document": upload(plain_pdf("Certificate of analysis"))},
        f"The document does not mention lot {NUMBER}.",
    ),
    "the document of a lot that begins alike": (
        {"document": upload(plain_pdf(f"Certificate of lot {NUMBER}B"))},
        f"The document does not mention lot {NUMBER}.",
    ),
    "the document of a lot that ends alike": (
        {"document": upload(plain_pdf(f"Certificate of lot X{NUMBER}"))},
        f"The document does not mention lot {NUMBER}.",
    ),
    "two purities in one": ({"t1-1": "97.1 – 99.2%"}, "is not a number, but several"),
    "words for a purity": ({"t1-1": "complies"}, "is not a number, and the limit is one"),
    "a mass that is a bound": ({"t2-1": "> 813.0"}, "is a bound, not a mass"),
    "testing before receipt": ({"tested_from": days_ago(31)}, "tested before it was received"),
    "issued before testing ended": ({"issued_on": days_ago(29)}, "issued before testing ended"),
    "issued tomorrow": ({"issued_on": days_ago(-1)}, "The issue date lies in the future"),
    "a day of test outside the testing": ({"t1-1-on": days_ago(5)}, "outside the days on which"),
    "a first certificate that moves the retest date": (
        {"retest_to": days_ago(-900)},
        "Only a lot with a certificate in force can be retested.",
    ),
}


@pytest.mark.parametrize("way", NEVER_KEPT)
def test_what_is_no_certificate_of_the_lot_is_not_kept(desk: Desk, way: str) -> None:
    typed, sentence = NEVER_KEPT[way]
    desk.receive()
    for each in typed.values():
        if not isinstance(each, str):
            each.stream.seek(0)
    answer = desk.attach(**typed)
    assert answer.status_code == 400
    assert sentence in words(answer)
    desk.release()
    assert desk.state == LotState.QUARANTINE


def stale_product(desk: Desk, change: Callable[[Product], None]) -> None:
    with desk.app.app_context(), writing() as session:
        lot = session.scalars(select(Lot).where(Lot.number == NUMBER)).one()
        change(lot.product)


def no_purity(product: Product) -> None:
    product.required_tests[0].attribute = "purity_by_eye"
    product.required_tests[0].limit_kind = LimitKind.CONFORMS


def no_identity(product: Product) -> None:
    product.required_tests[1].limit_kind = LimitKind.REPORT


def one_test_more(product: Product) -> None:
    water = RequiredTest(
        position=3,
        attribute="water_kf",
        name="Water",
        method="Karl Fischer",
        limit_kind=LimitKind.AT_MOST,
        limit_text="≤ 8%",
        upper=Decimal(8),
        unit="%",
    )
    product.required_tests.append(water)


def tighter_limit(product: Product) -> None:
    test = product.required_tests[0]
    test.lower, test.limit_text = Decimal("99.5"), "≥ 99.5%"


def another_sequence(product: Product) -> None:
    product.compound.sequence = "MEHFPGA"


def a_boast(product: Product) -> None:
    product.subtitle = "Synthetic heptapeptide, 99.8% pure by HPLC"


MEANWHILE: dict[str, tuple[Callable[[Product], None], str]] = {
    "the product asks for no purity": (no_purity, "requires no test of purity with a limit"),
    "the product asks for no mass": (no_identity, "requires no test of identity by mass"),
    "the product asks for a test more": (one_test_more, "Water is required and was not tested"),
    "the limit was tightened": (tighter_limit, "does not meet the limit that the product has now, ≥ 99.5%"),
    "the sequence was changed": (another_sequence, "Identity"),
    "the page states another purity": (a_boast, "The page states a purity of 99.8%"),
}


@pytest.mark.parametrize("way", MEANWHILE)
def test_what_changed_since_the_certificate_was_typed_keeps_a_lot_in_quarantine(desk: Desk, way: str) -> None:
    change, sentence = MEANWHILE[way]
    desk.receive()
    desk.attach()
    stale_product(desk, change)
    answer = desk.release()
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert desk.state == LotState.QUARANTINE


def test_nobody_else_releases_a_lot_and_nobody_without_looking(desk: Desk, web_app: Flask) -> None:
    desk.receive()
    desk.attach()
    warehouse = at_desk(web_app, "warehouse")
    elsewhere = at_desk(web_app, "quality")
    elsewhere.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    for answer, status, sentence in (
        (desk.release(browser(web_app)), 303, ""),
        (desk.release(warehouse), 403, ""),
        (desk.release(elsewhere), 403, ""),
        (desk.release(desk.anna), 400, "A second person has to confirm it"),
        (desk.release(agrees=""), 400, "Compare the figures with the document"),
        (desk.release(about="0"), 400, "Another certificate was added since this page was made."),
        (desk.release(about="1' OR 1=1"), 400, "Another certificate was added since this page was made."),
        (desk.ben.get(f"{RELEASE}?about=1&agrees=y"), 200, "Compare"),
        (desk.ben.post(f"/staff/lots/{NUMBER}/change/release", data={"reason": "x"}), 404, ""),
        (
            desk.ben.post(f"/staff/lots/{NUMBER}/back-to-sale", data={"about": "quarantine", "reason": "x"}),
            400,
            "",
        ),
    ):
        assert answer.status_code == status, words(answer)[:300]
        assert sentence in words(answer)
        assert desk.state == LotState.QUARANTINE


def test_a_lot_near_its_dates_is_not_released(desk: Desk) -> None:
    desk.receive(retest_on=days_ago(-20))
    desk.attach()
    answer = desk.release()
    assert answer.status_code == 400
    assert "too close to its retest or expiry date" in words(answer)
    assert desk.state == LotState.QUARANTINE


def test_an_expired_lot_is_not_released(desk: Desk) -> None:
    desk.receive(expires_on=days_ago(5))
    desk.attach()
    assert desk.release().status_code == 400
    assert desk.state == LotState.QUARANTINE


def test_a_rejected_lot_stays_rejected(desk: Desk) -> None:
    desk.receive()
    desk.attach()
    desk.ben.post(
        f"/staff/lots/{NUMBER}/change/reject", data={"about": "quarantine", "reason": "wrong colour"}
    )
    assert desk.state == LotState.REJECTED
    desk.release()
    desk.ben.post(f"/staff/lots/{NUMBER}/back-to-sale", data={"about": "rejected", "reason": "second look"})
    assert desk.state == LotState.REJECTED


def test_a_lot_on_hold_does_not_come_back_over_a_withdrawn_certificate(desk: Desk) -> None:
    with desk.app.app_context():
        make_lot(desk.sku, 10, number=NUMBER)
    hold = desk.anna.post(
        f"/staff/lots/{NUMBER}/change/hold", data={"about": "released", "reason": "call from the laboratory"}
    )
    assert hold.status_code == 303
    gone = desk.anna.post(
        f"/staff/lots/{NUMBER}/certificate/1/withdraw", data={"reason": "wrong sample", "agrees": "y"}
    )
    assert gone.status_code == 303, words(gone)
    back = desk.ben.post(
        f"/staff/lots/{NUMBER}/back-to-sale", data={"about": "on_hold", "reason": "it was nothing"}
    )
    assert back.status_code == 400
    assert desk.state == LotState.ON_HOLD


def test_a_part_of_a_rejected_bulk_lot_is_not_released(desk: Desk) -> None:
    bulk = "SMX-2610-B"
    desk.receive(number=bulk)
    split = desk.anna.post(
        f"/staff/lots/{bulk}/split",
        data={"number": NUMBER, "vials": "20", "bin": "F2-C-05", "reason": "small order", "once": "x"},
    )
    assert split.status_code == 303, words(split)
    desk.attach(received_on=days_ago(30))
    assert (
        desk.ben.post(
            f"/staff/lots/{bulk}/change/reject", data={"about": "quarantine", "reason": "wrong colour"}
        ).status_code
        == 303
    )
    answer = desk.release()
    assert answer.status_code == 400
    assert f"Lot {bulk}, which it was split from, is rejected." in words(answer)
    assert desk.state == LotState.QUARANTINE


WATER = {"x1-test": "Water", "x1-method": "Karl Fischer", "x1-limit": "≤ 8.0%", "x1-result": "4.1%"}


def test_a_test_that_the_product_does_not_require_is_kept_and_shown(desk: Desk) -> None:
    desk.receive()
    reported = {"x3-test": "Acetate", "x3-method": "Ion chromatography", "x3-result": "6.2%"}
    assert desk.attach(**WATER, **reported).status_code == 303
    assert "4.1%" in words(desk.ben.get(RELEASE))
    assert desk.release().status_code == 303
    page = words(desk.app.test_client().get(f"/coa/{NUMBER}"))
    assert "Water" in page and "≤ 8.0%" in page and "Ion chromatography" in page
    record = desk.app.test_client().get(f"/coa/{NUMBER}.json").get_json()
    told = {each["attr"]: each["conclusion"] for each in record["tests"]}
    assert (told["water"], told["acetate"]) == ("pass", "report_only")


def test_a_further_test_outside_its_limit_keeps_a_lot_in_quarantine(desk: Desk) -> None:
    desk.receive()
    assert desk.attach(**WATER | {"x1-result": "9.3%"}).status_code == 303
    answer = desk.release()
    assert answer.status_code == 400
    assert "Water is outside its limit: 9.3%, limit ≤ 8.0%." in words(answer)
    assert desk.state == LotState.QUARANTINE


def test_further_tests_that_add_up_to_more_than_a_vial_keep_it_in_quarantine(desk: Desk) -> None:
    desk.receive()
    more = {"x2-test": "Net peptide content", "x2-method": "AAA", "x2-result": "102.0%"}
    desk.attach(**WATER, **more)
    answer = desk.release()
    assert "Water, Net peptide content add up to 106.1%" in words(answer)
    assert desk.state == LotState.QUARANTINE


def test_a_further_test_with_a_mistake_is_refused_at_its_row(desk: Desk) -> None:
    desk.receive()
    again = {"x2-test": "WATER", "x2-method": "Karl Fischer", "x2-result": "4%"}
    for changes, sentence in (
        ({"x1-result": ""}, "Enter the test, its method and its result, or leave the row empty"),
        ({"x1-limit": "about 8"}, "Write a limit such as ≤ 8.0%"),
        ({"x1-result": "little"}, "is not a number, and the limit is one"),
        ({"x1-test": "水"}, "Name the test in letters"),
        ({"x1-test": "purity HPLC"}, "purity HPLC is in the table already"),
        ({"x1-test": "W\x00"}, "Use letters, digits and punctuation only"),
        ({"x1-method": "K" * 121}, "Use at most 120 characters"),
        (again, "WATER is in the table already"),
    ):
        answer = desk.attach(**WATER | changes)
        assert answer.status_code == 400, changes
        assert sentence in words(answer), changes
        assert 'id="x1-test"' in answer.text
