"""The bench calculators as pages and as JSON: good and bad input, lots, and words that may not be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
from builders import make_lot
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import words
from sqlalchemy import event, select
from stocked import add_product, change_state, open_shop
from werkzeug.test import TestResponse

from shop.catalogue.models import AmountBasis, LimitKind
from shop.core import clock
from shop.core.database import db, writing
from shop.education import learning
from shop.inventory import certificates
from shop.inventory.models import CertificateRevision, CertificateTest, Conclusion, Lot, LotState
from shop.web.storefront.calculators import CALCULATORS

SLUGS = tuple(CALCULATORS)
GOOD: dict[str, dict[str, str]] = {slug: make().example for slug, make in CALCULATORS.items()}
FORBIDDEN = (
    r"\b(dos(e|es|ed|age|ing)|syringes?|body ?weight|kg|units|IU|inject\w*|daily|weekly|bacteriostatic)\b"
)
HUNDRED_THOUSAND = "1" * 100_000


@pytest.fixture(scope="module")
def shop_with_lots(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        with app.app_context():
            add_product(
                "gross-bradykinin",
                "Bradykinin, gross",
                "bradykinin",
                "CV-0399",
                {5: 900},
                amount_basis=AmountBasis.GROSS,
                salt_form="Trifluoroacetate",
            )
            make_lot("CV-0399-5", 9, number="BKG-2609-A")
            measured("BKG-2609-A", "82.0%", "98.5%")
            measured("SMX-2609-B", "86.4%", "99.3%")
            make_lot("CV-0399-5", 9, number="BKG-2608-R")
            change_state("BKG-2608-R", LotState.RECALLED)
        yield app


@pytest.fixture(scope="module")
def web(shop_with_lots: Flask) -> FlaskClient:
    return shop_with_lots.test_client(use_cookies=False)


def measured(number: str, content: str, purity: str) -> None:
    """A further revision of a lot's certificate, with a net peptide content."""
    with writing() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        newest = certificates.current(lot)
        assert newest is not None
        kept = ("laboratory_id", "drawn_by", "received_on", "tested_from", "tested_to", "issued_on")
        revision = CertificateRevision(
            lot_id=lot.id,
            revision=newest.revision + 1,
            reason="Content measured",
            report_number="R-9",
            authorised_by="Specimen Analyst",
            not_tested="Endotoxin",
            document_sha256=newest.document_sha256,
            uploaded_by="anna@shop.example",
            uploaded_at=clock.now(),
            tests=[_percent(1, "net_peptide", content), _percent(2, "purity_hplc", purity)],
            **{name: getattr(newest, name) for name in kept},
        )
        session.add(revision)
        session.flush()
        revision.confirmed_by, revision.published_at = "bert@shop.example", clock.now()


def _percent(position: int, attribute: str, result: str) -> CertificateTest:
    return CertificateTest(
        position=position,
        attribute=attribute,
        name={"net_peptide": "Net peptide", "purity_hplc": "Purity"}[attribute],
        method="A method",
        limit_kind=LimitKind.REPORT,
        limit_text="Report",
        unit="%",
        result_text=result,
        result_number=Decimal(result.rstrip("%")),
        conclusion=Conclusion.REPORTED,
    )


def ask(web: FlaskClient, slug: str, **inputs: str) -> TestResponse:
    return web.get(f"/guides/{slug}", query_string=inputs)


def worked(web: FlaskClient, slug: str, **inputs: str) -> Any:
    answer = web.get(f"/guides/{slug}.json", query_string=inputs)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def refused(web: FlaskClient, slug: str, **inputs: str) -> dict[str, str]:
    """Sentences by field, the same on the page and in JSON."""
    answer = web.get(f"/guides/{slug}.json", query_string=inputs)
    assert answer.status_code == 400, answer.get_json()
    errors = {each["field"]: each["message"] for each in answer.get_json()["errors"]}
    page = ask(web, slug, **inputs)
    html = unescape(page.get_data(as_text=True))
    assert page.status_code == 400
    assert "<title>Error:" in html and 'id="answer-h"' not in html
    for field, sentence in errors.items():
        assert html.count(sentence) >= 2, (field, sentence)
        assert f'href="#{field}"' in html
    return errors


def exact(body: Any, name: str) -> Fraction:
    return Fraction(body["answers"][name]["exact"])


def near(one: Fraction, other: Fraction) -> bool:
    return abs(one / other - 1) < Fraction(1, 10**10)


# Good input


@pytest.mark.parametrize("slug", SLUGS)
def test_page_and_json_say_the_same(web: FlaskClient, slug: str) -> None:
    page = words(ask(web, slug, **GOOD[slug]))
    body = worked(web, slug, **GOOD[slug])
    assert body["answers"] and body["steps"]
    for answer in body["answers"].values():
        assert answer["text"] in page
    for sentence in (*body["steps"], *body["assumptions"], *body["warnings"]):
        assert sentence in page
    for tube in body["tubes"]:
        assert tube["take"]["text"] in page and tube["result"]["text"] in page


@pytest.mark.parametrize("slug", SLUGS)
def test_an_answer_has_an_address_that_gives_it_again(web: FlaskClient, slug: str) -> None:
    first = worked(web, slug, **GOOD[slug])
    path = first["page"].split("/guides/", 1)[1]
    again = web.get("/guides/" + path.replace(slug, f"{slug}.json", 1)).get_json()
    assert {name: again[name] for name in ("answers", "steps", "inputs")} == {
        name: first[name] for name in ("answers", "steps", "inputs")
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_without_a_question_json_tells_what_can_be_asked(web: FlaskClient, slug: str) -> None:
    body = worked(web, slug)
    assert {field["name"] for field in body["fields"]} >= set(GOOD[slug])
    path = body["example"].split("/guides/", 1)[1]
    assert web.get(f"/guides/{path}").status_code == 200


@pytest.mark.parametrize("slug", SLUGS)
def test_a_calculator_page_can_be_shared_printed_and_is_not_indexed_when_asked(
    web: FlaskClient, slug: str
) -> None:
    html = ask(web, slug, **GOOD[slug]).get_data(as_text=True)
    assert '<meta name="robots" content="noindex">' in html
    assert f'rel="alternate" type="application/json" href="/guides/{slug}.json?' in html
    assert "Link to this answer" in html and "Filled in by hand" in html
    assert "noindex" not in ask(web, slug).get_data(as_text=True)


def test_worked_examples_of_the_reference(web: FlaskClient) -> None:
    stock = worked(web, "stock-solution", mass="10 mg", concentration="2.5 mg/mL")
    assert exact(stock, "volume") == 4
    assert exact(worked(web, "stock-solution", volume="50 mL", concentration="0.9 % w/v"), "mass") == 450
    molar = worked(web, "molarity", mass="5", volume="2", molar_mass="813.935")
    assert molar["answers"]["concentration"]["text"] == "3.07150 mM"
    assert exact(worked(web, "molarity", volume="10", concentration="1", molar_mass="751.887"), "mass") == (
        Fraction("7.51887")
    )
    dilute = worked(web, "dilution", stock="10 mM", final="50 uM", final_volume="20 mL")
    assert (dilute["answers"]["stock_volume"]["text"], dilute["answers"]["diluent"]["text"]) == (
        "100 µL",
        "19.9 mL",
    )
    by_mass = worked(web, "dilution", stock="2.5 mg/mL", final="0.1 mg/mL", final_volume="5 mL")
    assert exact(by_mass, "stock_volume") == 200 and exact(by_mass, "diluent") == Fraction("4.8")
    shared = worked(web, "aliquots", volume="4 mL", aliquot="150 µL", loss="2")
    assert shared["answers"]["count"]["text"] == "26"
    net = worked(web, "net-peptide-content", gross="5 mg", content="82.0", purity="98.5")
    assert exact(net, "net") == Fraction("4.0385")
    theory = worked(
        web,
        "net-peptide-content",
        gross="1 mg",
        molar_mass="1000",
        counter_ion="other",
        counter_ions="2",
        acid_molar_mass="114",
    )
    assert theory["answers"]["theoretical_content"]["text"] == "81.43%"


@pytest.mark.parametrize(
    ("mass", "volume", "molar_mass", "content", "purity"),
    [
        ("1.25", "3.7", "1347.65", "71.3", "97.2"),
        ("0.5", "0.08", "4493.34", "88", "95.5"),
        ("20", "12.5", "340.38", "64.25", "99.9"),
    ],
)
def test_molarity_agrees_with_a_sum_made_elsewhere(
    web: FlaskClient, mass: str, volume: str, molar_mass: str, content: str, purity: str
) -> None:
    body = worked(
        web, "molarity", mass=mass, volume=volume, molar_mass=molar_mass, content=content, purity=purity
    )
    milligrams = Fraction(mass) * Fraction(content) / 100 * Fraction(purity) / 100
    molar = milligrams / Fraction(molar_mass) / Fraction(volume)
    sizes = {"M": Fraction(1), "mM": Fraction(1, 10**3), "µM": Fraction(1, 10**6)}
    unit = sizes[body["answers"]["concentration"]["unit"]]
    assert near(exact(body, "concentration") * unit, molar)


def test_a_dilution_between_mass_and_molar_goes_by_the_molar_mass(web: FlaskClient) -> None:
    body = worked(
        web, "dilution", stock="5 mg/mL", final="10 µM", final_volume="1 mL", molar_mass="1046.2 g/mol"
    )
    assert near(exact(body, "stock_volume"), Fraction(10) / (Fraction(5) / Fraction("1046.2") * 10**6) * 1000)
    assert (
        "convert one with the molar mass"
        in refused(web, "dilution", stock="5 mg/mL", final="10 µM", final_volume="1 mL")["final"]
    )


def test_a_volume_below_the_pipette_becomes_several_tubes(web: FlaskClient) -> None:
    body = worked(web, "dilution", stock="10 mM", final="1 nM", final_volume="1 mL")
    assert body["answers"]["stock_volume"]["text"] == "0.0001 µL"
    assert "too little to pipette (less than 1 µL): dilute in 3 steps" in body["warnings"][0]
    assert [tube["result"]["text"] for tube in body["tubes"]] == ["10 µM", "10 nM", "1 nM"]
    assert all(Fraction(tube["take"]["exact"]) >= 1 for tube in body["tubes"])


def test_a_series_names_every_tube(web: FlaskClient) -> None:
    for factor in ("10", "1:10", "1 in 10"):
        body = worked(web, "serial-dilution", start="1 mM", factor=factor, tubes="5", volume="1 mL")
        results = [tube["result"]["text"] for tube in body["tubes"]]
        assert results == ["100 µM", "10 µM", "1 µM", "100 nM", "10 nM"]
        assert body["tubes"][0]["take"]["text"] == "100 µL"
        assert body["tubes"][0]["diluent"]["text"] == "900 µL"


@pytest.mark.parametrize(
    ("value", "to", "molar_mass", "text"),
    [
        ("2.5 mg/mL", "µg/mL", "", "2,500 µg/mL"),
        ("3 ng/µL", "mg/L", "", "3 mg/L"),
        ("0.9 % w/v", "g/L", "", "9.00 g/L"),
        ("1 mM", "mg/mL", "813.93", "0.81393 mg/mL"),
        ("1.5 kDa", "g/mol", "", "1,500 g/mol"),
        ("250 pmol", "ng", "1046.2", "261.55 ng"),
        ("5 µl", "nL", "", "5,000 nL"),
    ],
)
def test_conversions(web: FlaskClient, value: str, to: str, molar_mass: str, text: str) -> None:
    body = worked(web, "unit-conversion", value=value, to=to, molar_mass=molar_mass)
    assert body["answers"]["result"]["text"] == text


def test_the_unit_beside_the_number_counts_and_one_typed_with_it_goes_first(web: FlaskClient) -> None:
    chosen = worked(web, "aliquots", volume="4", aliquot="0.15", aliquot_unit="mL")
    typed = worked(web, "aliquots", volume="4", aliquot="0.15 mL", aliquot_unit="µL")
    assert chosen["answers"] == typed["answers"]
    html = ask(web, "aliquots", volume="4", aliquot="0.15 mL", aliquot_unit="µL").get_data(as_text=True)
    assert re.search(r'name="aliquot_unit".*?<option selected>mL</option>', html, re.DOTALL)


@pytest.mark.parametrize(
    "typed", ["2,5", "2.5", "2.5 ", "2.50e0", " 2.5", "2.5mL", "2500 ul", "2\u202f500 µl"]
)
def test_numbers_as_people_type_them_are_understood(web: FlaskClient, typed: str) -> None:
    assert exact(worked(web, "stock-solution", mass="5 mg", volume=typed), "concentration") == 2


# Bad input


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1e400", "Enter a number between"),
        ("1e9999999", "Enter a number"),
        ("NaN", "Enter a number, such as 2.5"),
        ("Infinity", "Enter a number, such as 2.5"),
        ("-5", "Enter a number above zero"),
        ("−5", "Enter a number above zero"),
        ("0", "Enter a number above zero"),
        ("1,000", "could be 1000 or 1.000: write it without a comma"),
        ("5 mL", "mL is not a unit used here"),
        ("5 kg", "kg is not a unit used here"),
        ("5 IU", "measures activity, not mass"),
        ("1/2", "is not a unit used here"),
        ("5 5 mg", "Enter a number"),
        ("½", "Enter a number, such as 2.5"),
        ("٥", "Enter a number, such as 2.5"),
        ("<b>5</b>", "Enter a number, such as 2.5"),
        (HUNDRED_THOUSAND, "in at most 60 characters"),
    ],
    ids=range(17),
)
def test_a_strange_number_gets_a_sentence_at_its_field(web: FlaskClient, typed: str, sentence: str) -> None:
    errors = refused(web, "molarity", mass=typed, volume="2 mL", molar_mass="813.93")
    assert list(errors) == ["mass"] and sentence in errors["mass"]


@pytest.mark.parametrize(
    ("slug", "inputs", "field", "sentence"),
    [
        (
            "stock-solution",
            {"mass": "5", "volume": "2", "concentration": "1"},
            "concentration",
            "Give a unit",
        ),
        (
            "stock-solution",
            {"mass": "5", "volume": "2", "concentration": "1 mM", "molar_mass": "800"},
            "mass",
            "Leave exactly one field blank",
        ),
        ("stock-solution", {"mass": "5"}, "volume", "Leave exactly one field blank"),
        ("stock-solution", {"mass": "5", "concentration": "1 mM"}, "molar_mass", "Enter a molar mass"),
        (
            "stock-solution",
            {"mass": "5", "concentration": "1 mM", "molar_mass": "800", "counter_ion": "acetate"},
            "counter_ions",
            "Enter how many counter-ions",
        ),
        (
            "stock-solution",
            {"mass": "5", "concentration": "1 mM", "molar_mass": "800", "counter_ions": "2"},
            "counter_ion",
            "Choose the counter-ion",
        ),
        (
            "molarity",
            {"mass": "5", "volume": "2", "molar_mass": "1094", "molar_mass_of": "salt", "content": "80"},
            "content",
            "taken off twice",
        ),
        (
            "molarity",
            {"mass": "5", "volume": "2", "molar_mass": "800", "mass_is": "net", "content": "80"},
            "content",
            "net already",
        ),
        (
            "molarity",
            {"mass": "5", "volume": "2", "molar_mass": "800", "content": "0.82"},
            "content",
            "such as 82 rather than 0.82",
        ),
        (
            "molarity",
            {"mass": "5", "volume": "2", "molar_mass": "800", "purity": "101"},
            "purity",
            "at most 100",
        ),
        (
            "molarity",
            {"mass": "5", "volume": "2", "molar_mass": "800", "mixture": "y"},
            "molar_mass",
            "no single molar mass",
        ),
        (
            "molarity",
            {"mass": "5", "volume": "2", "molar_mass": "800", "mass_is": "heavy"},
            "mass_is",
            "Choose one of these: gross, net",
        ),
        (
            "dilution",
            {"stock": "1 mM", "final": "2 mM", "final_volume": "1"},
            "final",
            "stronger than the stock",
        ),
        (
            "dilution",
            {"stock": "1 mM", "stock_volume": "2 mL", "final_volume": "1 mL"},
            "final_volume",
            "less than the stock",
        ),
        ("dilution", {"stock": "1", "final": "2 mM", "final_volume": "1"}, "stock", "Give a unit"),
        (
            "serial-dilution",
            {"start": "1 mM", "factor": "1", "tubes": "5", "volume": "1"},
            "factor",
            "above 1",
        ),
        (
            "serial-dilution",
            {"start": "1 mM", "factor": "10", "tubes": "51", "volume": "1"},
            "tubes",
            "1 to 50 tubes",
        ),
        (
            "serial-dilution",
            {"start": "1 mM", "factor": "10", "tubes": "2.5", "volume": "1"},
            "tubes",
            "Enter a whole number",
        ),
        (
            "serial-dilution",
            {"start": "1 mM", "factor": "5000", "tubes": "2", "volume": "1"},
            "volume",
            "make at least 5 mL",
        ),
        ("serial-dilution", {"start": "1 mM"}, "factor", "Enter the dilution factor"),
        ("aliquots", {"volume": "100 µL", "aliquot": "150 µL"}, "aliquot", "more than the 100 µL there is"),
        ("aliquots", {"volume": "4", "aliquot": "150", "loss": "100"}, "loss", "less than 100%"),
        ("net-peptide-content", {"gross": "5"}, "content", "Enter the net peptide content"),
        (
            "net-peptide-content",
            {"gross": "5", "net": "4", "content": "80"},
            "gross",
            "Leave exactly one field blank",
        ),
        (
            "net-peptide-content",
            {"gross": "5", "counter_ion": "other", "counter_ions": "2", "molar_mass": "900"},
            "acid_molar_mass",
            "Enter the molar mass of the acid",
        ),
        ("unit-conversion", {"value": "1 mg/mL", "to": "mL"}, "to", "they measure different things"),
        ("unit-conversion", {"value": "1 mg/mL", "to": "mM"}, "molar_mass", "Enter a molar mass"),
        ("unit-conversion", {"value": "1 mg/mL", "to": "furlong"}, "to", "is not a unit used here"),
        ("unit-conversion", {"value": "1", "to": "mM"}, "value", "Give a unit with the number"),
        ("unit-conversion", {"value": "10 IU", "to": "mg"}, "value", "cannot be converted"),
        (
            "unit-conversion",
            {"value": "1 mg", "to": "nmol", "molar_mass": "800", "mixture": "y"},
            "molar_mass",
            "no single molar mass",
        ),
    ],
    ids=range(31),
)
def test_what_cannot_be_worked_out_is_refused_at_the_field_to_change(
    web: FlaskClient, slug: str, inputs: dict[str, str], field: str, sentence: str
) -> None:
    assert sentence in refused(web, slug, **inputs)[field]


def test_every_wrong_field_is_told_at_once_and_what_was_typed_is_kept(web: FlaskClient) -> None:
    errors = refused(web, "aliquots", volume="four", aliquot="150 kg", loss="x")
    assert set(errors) == {"volume", "aliquot", "loss"}
    html = ask(web, "aliquots", volume="four", aliquot="150 kg").get_data(as_text=True)
    assert 'value="four"' in html and 'value="150 kg"' in html


def test_what_no_pipette_and_no_solution_does_is_warned_of(web: FlaskClient) -> None:
    small = worked(web, "aliquots", volume="1 mL", aliquot="0.5 µL")
    assert "less than a pipette measures" in small["warnings"][0]
    assert small["answers"]["remainder"]["exact"] == "0"
    for slug, inputs in (
        ("concentration", {"mass": "10000", "volume": "0.05"}),
        ("stock-solution", {"mass": "10 g", "volume": "1 mL"}),
        ("molarity", {"mass": "10 g", "volume": "1 mL", "molar_mass": "800"}),
    ):
        warnings = worked(web, slug, **inputs)["warnings"]
        assert any("stronger than a solution can be" in sentence for sentence in warnings), slug


def test_equal_concentrations_need_no_diluent(web: FlaskClient) -> None:
    body = worked(web, "dilution", stock="1 mM", final="1 mM", final_volume="2 mL")
    assert body["warnings"] == ["Both concentrations are the same: no diluent is needed."]
    assert body["answers"]["diluent"]["value"] == "0"


# Lots


def test_a_gross_lot_fills_in_its_content_and_is_counted_once(web: FlaskClient) -> None:
    body = worked(web, "stock-solution", lot="bkg-2609-a", concentration="1 mM")
    assert body["lot"]["number"] == "BKG-2609-A" and body["lot"]["certificate_revision"] == 2
    assert body["material"]["salt_form"] == "Trifluoroacetate"
    assert body["inputs"]["content"]["text"] == "82.0%" and body["inputs"]["purity"]["text"] == "98.5%"
    expected = Fraction(5) * Fraction("0.82") * Fraction("0.985") / Fraction("1060.2") * 1000
    assert near(exact(body, "volume"), expected)
    assert "content" in refused(
        web, "stock-solution", lot="BKG-2609-A", concentration="1 mM", molar_mass_of="salt"
    )


def test_a_net_label_is_not_corrected_again_by_the_content(web: FlaskClient) -> None:
    body = worked(web, "stock-solution", lot="SMX-2609-B", concentration="1 mM", purity="")
    assert "content" not in body["inputs"] and "purity" not in body["inputs"]
    assert body["material"]["net_peptide_content"]["text"] == "86.4%"
    assert near(exact(body, "volume"), Fraction(10) / Fraction("813.93") * 1000)
    page = words(ask(web, "stock-solution", lot="SMX-2609-B"))
    assert "Lot SMX-2609-B, certificate revision 3" in page
    assert "already taken off: the label counts net peptide" in page


def test_a_certificate_alone_answers_where_it_says_enough(web: FlaskClient) -> None:
    body = worked(web, "net-peptide-content", lot="SMX-2609-B")
    assert near(exact(body, "gross"), Fraction(10) / Fraction("0.864"))
    gross = worked(web, "net-peptide-content", lot="BKG-2609-A")
    assert near(exact(gross, "net"), Fraction(5) * Fraction("0.82") * Fraction("0.985"))
    assert "Powder, gross" in words(ask(web, "net-peptide-content", lot="SMX-2609-B"))


def test_an_earlier_revision_can_be_kept_and_says_that_it_was_replaced(web: FlaskClient) -> None:
    body = worked(web, "stock-solution", lot="BKG-2609-A", revision="1", concentration="1 mg/mL")
    assert body["lot"]["certificate_revision"] == 1
    assert "Revision 2 of the certificate has replaced revision 1" in body["lot"]["warning"]
    assert "content" not in body["inputs"]


def test_typed_values_go_before_those_of_the_certificate(web: FlaskClient) -> None:
    body = worked(web, "stock-solution", lot="BKG-2609-A", content="80", concentration="1 mg/mL")
    assert body["inputs"]["content"]["text"] == "80%"


def test_a_recalled_lot_says_so(web: FlaskClient) -> None:
    assert "This lot was recalled" in words(ask(web, "stock-solution", lot="BKG-2608-R"))


@pytest.mark.parametrize(
    ("lot", "sentence"),
    [
        ("ZZZ-9999-Z", "We have no lot ZZZ-9999-Z"),
        ("SMX-2610-A", "has not been released"),
        ("<b>", "We have no lot"),
        ("x" * 5000, "We have no lot"),
    ],
    ids=["unknown", "quarantine", "markup", "long"],
)
def test_a_lot_that_cannot_be_read_is_told_at_its_field(web: FlaskClient, lot: str, sentence: str) -> None:
    for slug in SLUGS:
        assert sentence in refused(web, slug, lot=lot)["lot"]
    assert "no such revision" in refused(web, "molarity", lot="SMX-2609-B", revision="99")["lot"]


@pytest.mark.parametrize(
    ("slug", "inputs", "field"),
    [
        ("stock-solution", {"mass": "5", "concentration": "1 mM"}, "concentration"),
        ("dilution", {"stock": "1 mM", "final": "1 µM", "final_volume": "1"}, "stock"),
        ("serial-dilution", {"start": "1 mM", "factor": "2", "tubes": "2", "volume": "1"}, "start"),
        ("molarity", {"mass": "5", "volume": "2", "molar_mass": "800"}, "lot"),
        ("molarity", {}, "lot"),
        ("unit-conversion", {"value": "1 nmol", "to": "mg"}, "value"),
    ],
    ids=["stock", "dilution", "series", "molarity", "molarity unasked", "conversion"],
)
def test_nothing_molar_is_worked_out_for_a_lot_of_a_mixture(
    web: FlaskClient, slug: str, inputs: dict[str, str], field: str
) -> None:
    assert "no single molar mass" in refused(web, slug, lot="PBP-2602-B", **inputs)[field]


def test_a_mixture_is_worked_out_by_mass(web: FlaskClient) -> None:
    body = worked(web, "stock-solution", lot="PBP-2602-B", concentration="2 mg/mL")
    assert exact(body, "volume") == 5
    assert body["answers"]["molar"] == {
        "label": "Molar concentration",
        "text": "Not defined: no single molar mass",
        "value": None,
    }


def test_filling_in_from_a_lot_takes_few_queries(shop_with_lots: Flask, web: FlaskClient) -> None:
    seen: list[str] = []
    with shop_with_lots.app_context():
        engine = db.engine

    def count(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        ask(web, "stock-solution", lot="SMX-2609-B", concentration="1 mM")
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(seen) <= 12


# The pages around the calculators


def test_the_index_leads_to_every_guide_calculator_and_learning_page(web: FlaskClient) -> None:
    html = web.get("/guides").get_data(as_text=True)
    for slug in (*SLUGS, *learning.PAGES, "reconstitution"):
        assert f'href="/guides/{slug}"' in html
    assert 'href="/glossary"' in html


def test_no_guide_names_an_amount_for_a_person_or_a_device_for_giving_one(web: FlaskClient) -> None:
    paths = [
        "/guides",
        "/guides/reconstitution",
        "/glossary",
        *(f"/guides/{slug}" for slug in learning.PAGES),
    ]
    answers = [web.get(path) for path in paths]
    for slug in SLUGS:
        answers += [
            ask(web, slug),
            ask(web, slug, **GOOD[slug]),
            ask(web, slug, lot="SMX-2609-B"),
            web.get(f"/guides/{slug}.json", query_string=GOOD[slug]),
        ]
    for answer in answers:
        assert answer.status_code == 200
        text = words(answer)
        assert not re.search(FORBIDDEN, text, re.IGNORECASE), re.search(f".{{40}}{FORBIDDEN}", text, re.I)


@pytest.mark.parametrize("slug", learning.PAGES)
def test_a_learning_page_shows_sources_date_and_a_worked_example(web: FlaskClient, slug: str) -> None:
    answer = web.get(f"/guides/{slug}")
    html, page = answer.get_data(as_text=True), learning.page(slug)
    text = words(answer)
    assert "Reviewed 22 November 2026" in text and "What is not known" in text
    assert f'<meta name="description" content="{page.description}">' in html
    for number, source in enumerate(page.sources, start=1):
        assert f'id="ref-{number}"' in html and source.text in text
    for step in learning.worked(page.example):
        assert step in text


def test_learning_pages_are_linked_from_where_their_question_arises(web: FlaskClient) -> None:
    certificate = web.get("/coa/SMX-2609-B").get_data(as_text=True)
    assert 'href="/guides/reading-a-certificate"' in certificate
    assert 'href="/guides/stock-solution?lot=SMX-2609-B"' in certificate
    assert "stock-solution" not in web.get("/coa/SMX-2610-A").get_data(as_text=True)
    product = web.get("/products/semax").get_data(as_text=True)
    assert (
        'href="/guides/purity-and-net-peptide-content"' in product and 'href="/guides/salt-forms"' in product
    )
    monograph = web.get("/education/nootropics/cerebrolysin").get_data(as_text=True)
    assert 'href="/guides/storing-and-dissolving"' in monograph


@pytest.mark.parametrize("path", ["/products/semax", "/coa/SMX-2609-B", "/education/nootropics/cerebrolysin"])
def test_every_explained_word_has_its_definition_and_a_plain_link(web: FlaskClient, path: str) -> None:
    html = web.get(path).get_data(as_text=True)
    opened = re.findall(r'popovertarget="term-([a-z0-9-]+)"', html)
    assert len(opened) >= 2 and len(opened) == len(set(opened))
    glossary_page = web.get("/glossary").get_data(as_text=True)
    for slug in opened:
        assert f'popover id="term-{slug}"' in html
        assert f'href="/glossary#{slug}"' in html
        assert f'<div id="{slug}">' in glossary_page


def test_a_monograph_explains_the_measures_of_its_table(web: FlaskClient) -> None:
    html = web.get("/education/nootropics/cerebrolysin").get_data(as_text=True)
    for slug in ("risk-ratio", "mann-whitney", "confidence-interval", "intention-to-treat", "per-protocol"):
        assert f'popovertarget="term-{slug}"' in html


def test_calculators_and_learning_pages_are_found_by_search_and_in_the_sitemap(web: FlaskClient) -> None:
    assert "Serial dilution" in words(web.get("/search?q=serial dilution"))
    assert "Salt forms" in words(web.get("/search?q=salt forms"))
    sitemap = web.get("/sitemap.xml").get_data(as_text=True)
    for path in ("/guides/molarity", "/guides/salt-forms", "/glossary"):
        assert f"{path}</loc>" in sitemap


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("dilution.json?stock=10+mM&final=50+%C2%B5M&final_volume=20+mL&molar_mass=-5+g/mol", "molar_mass"),
        ("dilution.json?stock=10+mM&final=50+%C2%B5M&final_volume=20+mL&molar_mass=0+g/mol", "molar_mass"),
        ("serial-dilution.json?start=1+mM&factor=10&tubes=3&volume=1+mL&smallest=-1", "smallest"),
        ("serial-dilution.json?start=1+mM&factor=10&tubes=3&volume=1+mL&smallest=0", "smallest"),
        ("net-peptide-content.json?gross=5+mg&content=80+%25&molar_mass=-1+g/mol", "molar_mass"),
    ],
    ids=["not-used", "nothing", "negative-pipette", "no-pipette", "not-used-either"],
)
def test_a_number_that_cannot_be_is_refused_also_where_it_is_not_needed(
    web: FlaskClient, question: str, field: str
) -> None:
    answer = web.get(f"/guides/{question}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"] == [{"field": field, "message": "Enter a number above zero"}]
