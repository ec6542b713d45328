"""The product list and the product page: what can be had, from which lot, and why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, words
from stocked import open_shop

from shop.core import clock
from shop.ordering.pricing import Tier
from shop.search.listing import Filters, Sort
from shop.web.storefront import product_page, products


@pytest.fixture(scope="module")
def stocked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_shop(request, tmp_path_factory, "sqlite") as app:
        yield app


@pytest.fixture
def web(stocked_app: Flask) -> FlaskClient:
    client = stocked_app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def test_rows_show_the_certificate_of_the_lot_that_would_ship_and_the_price_from(web: FlaskClient) -> None:
    text = words(web.get("/products"))
    assert "4 products" in text
    assert re.search(
        r"Semax MEHFPGP Nootropics and neuro Molar mass 813\.93 CAS 80714-61-0 Vials 5, 10, 30 mg "
        r"COA \d+ \w+ \d+ 99\.2% by HPLC from \$28\.00",
        text,
    )
    assert "Mixture, no single sequence" in text and "Molar mass not defined" in text


def test_what_cannot_be_had_stays_in_the_list_with_the_reason(web: FlaskClient) -> None:
    text = words(web.get("/products"))
    for reason in ("New lot in quarantine", "On hold, not on sale", "Recalled, not on sale"):
        assert reason in text
    assert text.count("Unavailable") == 3


def test_applied_filters_are_ticked_in_place_and_can_be_removed_one_by_one(web: FlaskClient) -> None:
    html = web.get("/products?stock=in&field=noo&field=car").get_data(as_text=True)
    assert html.count("checked") == 3
    assert "Filters (3 applied)" in html
    assert 'href="/products?field=car&amp;stock=in"' in html
    assert 'href="/products?field=noo&amp;field=car"' in html


def test_filters_that_leave_nothing_say_which(web: FlaskClient) -> None:
    text = words(web.get("/products?field=car&stock=in"))
    assert "Nothing in Cardiovascular and renal is in stock now." in text
    assert "Clear all filters" in text
    assert "There is no product in Neuropeptides yet." in words(web.get("/products?field=neu"))


def test_sorting_keeps_the_filters_and_filtering_keeps_the_order(web: FlaskClient) -> None:
    html = web.get("/products?field=noo&sort=mass").get_data(as_text=True)
    filters, order = html.split('class="toolbar"')
    assert '<input type="hidden" name="sort" value="mass">' in filters
    assert '<input type="hidden" name="field" value="noo">' in order
    assert '<option value="mass" selected>' in order


@pytest.mark.parametrize("query", ["field=zzz", "sort=zzz", "page=zzz", "page=99", "stock=zzz", "x=1"])
def test_junk_in_the_address_is_as_if_it_were_not_there(web: FlaskClient, query: str) -> None:
    assert words(web.get(f"/products?{query}")) == words(web.get("/products"))


def test_parameters_stand_in_one_order_and_defaults_are_left_out(stocked_app: Flask) -> None:
    with stocked_app.test_request_context():
        filters = Filters(fields=("noo", "car"), in_stock=True, sort=Sort.PRICE)
        address = "/products?field=noo&field=car&stock=in&sort=price&page=3"
        assert products.address(filters, page=3) == address
        assert products.address(Filters()) == "/products"


@pytest.mark.parametrize(
    ("page", "pages", "labels"),
    [
        (1, 2, ["1", "2"]),
        (1, 9, ["1", "2", "3", "…", "9"]),
        (5, 9, ["1", "…", "3", "4", "5", "6", "7", "…", "9"]),
        (9, 9, ["1", "…", "7", "8", "9"]),
    ],
)
def test_page_links_have_both_ends_and_gaps_between(
    stocked_app: Flask, page: int, pages: int, labels: list[str]
) -> None:
    with stocked_app.test_request_context():
        links = products.page_links(page, pages, Filters())
    assert [link.label for link in links] == labels
    assert [link.label for link in links if link.current] == [str(page)]


def test_the_product_page_shows_the_lot_that_would_ship_for_each_size(web: FlaskClient) -> None:
    text = words(web.get("/products/semax"))
    lots = text[text.index("The lot you will receive") : text.index("Specification")]
    assert lots.index("SMX-2607-C") < lots.index("SMX-2608-A")
    assert "Retest in 70 days" in lots and "140 in stock" in lots
    assert "More than 16 vials: the rest comes from lot SMX-2609-B." in lots
    assert "SMX-2602-A" not in lots  # sold out


def test_sizes_show_price_or_out_of_stock_and_the_first_that_can_be_had_is_chosen(web: FlaskClient) -> None:
    html = web.get("/products/semax").get_data(as_text=True)
    assert re.search(r'value="NO-0107-5" checked', html)
    assert re.search(r'value="NO-0107-30" disabled', html)
    assert "$46.00" in html and "Out of stock" in html
    assert "5 to 9 vials $25.20 each. 10 or more $22.40 each." in words(web.get("/products/semax"))


def test_a_size_can_be_chosen_by_address_and_junk_chooses_nothing(web: FlaskClient) -> None:
    html = web.get("/products/semax?size=NO-0107-10").get_data(as_text=True)
    assert re.search(r'value="NO-0107-10" checked', html)
    assert "Lot SMX-2608-A" in html  # on the drawn vial
    for size in ("NO-0107-30", "zzz", ""):
        other = web.get(f"/products/semax?size={size}").get_data(as_text=True)
        assert re.search(r'value="NO-0107-5" checked', other)


def test_the_form_of_the_page_puts_vials_in_the_cart(web: FlaskClient) -> None:
    html = web.get("/products/semax").get_data(as_text=True)
    back = re.search(r'name="back" value="([^"]+)"', html)
    assert back is not None and back[1] == "/products/semax"
    assert "csrf" not in html
    answer = web.post("/cart/add", data={"size": "NO-0107-10", "quantity": "2", "back": back[1]})
    assert "Semax, 10 mg" in words(follow(web, answer))


def test_the_specification_is_computed_from_the_sequence(web: FlaskClient) -> None:
    text = words(web.get("/products/semax"))
    assert "H-Met-Glu-His-Phe-Pro-Gly-Pro-OH One-letter MEHFPGP" in text
    assert "C 37 H 51 N 9 O 10 S" in text
    assert "813.93 g/mol" in text and "813.3480 Da" in text
    assert "Colour White ( source not seen )" in text.replace("(source not seen)", "( source not seen )")
    html = web.get("/products/semax").get_data(as_text=True)
    assert "https://pubmed.ncbi.nlm.nih.gov/11443939/" in html


def test_concentrations_are_given_by_mass_and_amount_for_a_defined_peptide(web: FlaskClient) -> None:
    text = words(web.get("/products/semax?size=NO-0107-10"))
    table = text[text.index("10 mg vial") :]
    assert table.index("1 mL 10 12,286 122.86") < table.index("5 mg vial")


def test_a_mixture_has_no_molar_concentration_and_says_why(web: FlaskClient) -> None:
    text = words(web.get("/products/porcine-brain-peptide-preparation"))
    assert "it is a mixture and has no single molar mass" in text
    assert "nmol in 10 µL" not in text and "1 mL 10" in text


def test_all_lots_are_listed_with_their_states_but_none_that_was_never_released(web: FlaskClient) -> None:
    text = words(web.get("/products/semax"))
    lots = text[text.index("All lots") :]
    for number, state in (
        ("SMX-2609-B", "Released"),
        ("SMX-2602-A", "Sold out"),
        ("SMX-2405-C", "Retest overdue"),
    ):
        assert re.search(rf"{number} {state}", lots)
    assert "expired" in lots and "SMX-2610-A" not in text


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("angiotensin-ii-human", "A new lot is being tested."),
        ("bradykinin", "on hold while a question about it is settled"),
        ("porcine-brain-peptide-preparation", "The lot has been recalled."),
    ],
)
def test_a_product_that_cannot_be_had_says_why_and_has_no_button(
    web: FlaskClient, slug: str, sentence: str
) -> None:
    text = words(web.get(f"/products/{slug}"))
    assert sentence in text
    assert "Add to cart" not in text and "Write to us to hear when it is back" in text


def test_a_recalled_lot_is_named_at_the_top_with_the_way_to_its_page(web: FlaskClient) -> None:
    html = web.get("/products/porcine-brain-peptide-preparation").get_data(as_text=True)
    assert html.index("Lot PBP-2602-B has been recalled") < html.index("<h1")
    assert '<a href="/coa/PBP-2602-B">' in html


def test_countries_to_which_it_is_not_sent_are_named(web: FlaskClient) -> None:
    assert "Not shipped to Germany." in words(web.get("/products/porcine-brain-peptide-preparation"))
    assert "Not shipped to" not in words(web.get("/products/semax"))


def test_the_monograph_is_named_with_the_wall_sentence_where_there_is_one(web: FlaskClient) -> None:
    text = words(web.get("/products/bradykinin"))
    assert "A listing does not mean that a published result applies to this reagent." in text
    assert "Read the evidence" not in words(web.get("/products/semax"))


def test_a_withdrawn_product_is_gone_with_its_old_certificates_in_reach(web: FlaskClient) -> None:
    answer = web.get("/products/old-bradykinin")
    assert answer.status_code == 410
    html = answer.get_data(as_text=True)
    assert "/coa/BRK-2401-A" in html and 'name="q"' in html


def test_the_drawn_vial_is_a_specimen_in_the_demonstration(web: FlaskClient) -> None:
    html = web.get("/products/semax").get_data(as_text=True)
    assert "SPECIMEN" in html
    assert 'aria-label="Drawing of the 5 mg vial of Semax, 35 mm tall and 16 mm wide."' in html


def test_documents_are_the_certificates_of_the_lots_that_would_ship(web: FlaskClient) -> None:
    html = web.get("/products/semax").get_data(as_text=True)
    assert "/coa/SMX-2607-C.pdf" in html and "/coa/SMX-2608-A.pdf" in html
    assert "/coa/SMX-2609-B.pdf" not in html


@pytest.mark.parametrize(
    ("tiers", "words_"),
    [
        ([(1, 100)], ""),
        ([], ""),
        ([(1, 100), (10, 90)], "10 or more $0.90 each."),
        ([(1, 100), (2, 90), (3, 80)], "2 vials $0.90 each. 3 or more $0.80 each."),
        ([(10, 80), (5, 90), (1, 100)], "5 to 9 vials $0.90 each. 10 or more $0.80 each."),
    ],
)
def test_volume_prices_stand_in_one_line(tiers: list[tuple[int, int]], words_: str) -> None:
    steps = [Tier(from_quantity=quantity, unit_minor=price) for quantity, price in tiers]
    assert product_page.tiers_in_words(steps, "USD") == words_


def test_home_leads_to_lots_fields_and_monographs(web: FlaskClient) -> None:
    text = words(web.get("/"))
    assert "Recently released lots" in text and "Fields of research" in text
    assert "2 products in Nootropics and neuro" in text
    assert "Recently reviewed monographs" in text and "How a lot is released" in text


def test_home_leaves_out_lots_when_none_was_released_lately(web: FlaskClient) -> None:
    with clock.shifted(timedelta(days=61)):
        assert "Recently released lots" not in words(web.get("/"))
