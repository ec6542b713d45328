"""Everything the demonstration shop sends, read by the claims guard as it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from builders import make_lot, make_size, order_for
from flask import Flask
from loaded_demo import demo_settings
from sqlalchemy import select

from shop import create_app
from shop.claims import holds
from shop.claims.rules import Surface, Verdict
from shop.compounds.models import Compound
from shop.core.database import db, reading, writing
from shop.core.outbox import OutboxMessage
from shop.education import claims_of_monograph, revisions
from shop.ordering import letters
from shop.ordering.models import Order
from shop.web import claims_surfaces as surfaces
from shop.web.claims_surfaces import Found

STARTS = ("/", "/education", "/guides", "/products", "/coa", "/cart", "/search?q=semax", "/search?q=stroke")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(demo_settings(tmp_path_factory.mktemp("demo")))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def pages(demo: Flask) -> dict[str, str]:
    """Every public page that a visitor can reach, by its address."""
    client, found, waiting = demo.test_client(use_cookies=False), dict[str, str](), [*STARTS]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        response = client.get(address)
        if response.status_code == 200 and response.mimetype == "text/html":
            found[address] = response.get_data(as_text=True)
            waiting += [unescape(link) for link in re.findall(r'href="(/[^"#]*)', found[address])]
        else:
            found[address] = ""
    return {address: html for address, html in found.items() if html}


@pytest.fixture(scope="module")
def published(demo: Flask) -> list[str]:
    """The free text of every monograph, as it was judged when it was published."""
    with demo.app_context(), reading() as session:
        current = [revisions.current(session, each.compound) for each in revisions.list_current(session)]
        texts = [revisions.load(each) for each in current if each is not None]
    return [said.text for text in texts for said in claims_of_monograph.free_text(text)]


def told(found: tuple[Found, ...]) -> list[str]:
    """Findings as somebody would want to read them."""
    return [
        f"{each.text.surface} {each.finding.rule} “{each.finding.words}” in: {each.text.words[:200]}"
        for each in found
    ]


def test_no_page_of_the_demonstration_breaks_a_rule(pages: dict[str, str], published: list[str]) -> None:
    assert len(pages) > 50
    wrong = {
        address: told(found)
        for address, html in pages.items()
        if (found := surfaces.findings(surfaces.texts_of_page(html, address), published))
    }
    assert wrong == {}


def test_the_demonstration_needs_no_reasons(demo: Flask) -> None:
    with demo.app_context(), reading() as session:
        assert holds.count(session) == 0


def test_an_outcome_in_people_stands_on_a_monograph_and_not_beside_the_cart(
    pages: dict[str, str], published: list[str]
) -> None:
    address = "/education/nootropics/cerebrolysin"
    page = pages[address]
    assert surfaces.findings(surfaces.texts_of_page(page, address), published) == ()
    as_product = surfaces.findings(surfaces.texts_of_page(page, "/products/cerebrolysin"), published)
    assert "C12" in {each.finding.rule for each in as_product}


def test_names_by_which_a_product_is_found_break_no_rule(demo: Flask) -> None:
    with demo.app_context(), reading() as session:
        compounds = session.scalars(select(Compound)).all()
        texts = [
            surfaces.Text("synonym", words, Surface.PRODUCT)
            for compound in compounds
            for words in (compound.name, *(each.name for each in compound.names))
        ]
    assert told(surfaces.findings(texts)) == []


def test_no_letter_breaks_a_rule(web_app: Flask) -> None:
    with web_app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10)
        placed = order_for({sku: 2})
        with writing() as session:
            order = session.get_one(Order, placed.order_id)
            letters.order_paid(session, order)
            letters.order_approved(session, order)
            letters.order_cancelled(session, order, reason="The purchase order was withdrawn.")
            letters.payment_needs_decision(session, order, cancelled=True)
            day, lots = order.planned_ship_on, [("Semax 10 mg", 1, "SMX-1")]
            letters.stock_refund(session, order, amount_minor=100, fact="one")
            letters.stock_part(
                session, order, lots=lots, missing=[("Semax 10 mg", 1)], amount_minor=100, fact="one"
            )
            letters.stock_wait(session, order, until=day, missing=[("Semax 10 mg", 1)], fact="one")
            letters.stock_filled(session, order, lots=lots, fact="one")
            letters.stock_wait_ended(session, order, fact="one")
            letters.payment_sent_back(session, order, amount_minor=100, currency="EUR", fact="one")
            letters.refund_made(session, order, amount_minor=100, currency="USD", key="one")
        with reading() as session:
            sent = [each.payload for each in session.scalars(select(OutboxMessage))]
    assert len(sent) >= 12
    for letter in sent:
        texts = surfaces.texts_of_letter(letter["subject"], letter["body"])
        assert told(surfaces.findings(texts)) == []


PAGE = """<!doctype html><html><head><title>{title}</title><meta name="description" content="{meta}">
<script type="application/ld+json">{data}</script></head><body>
<img src="/static/{file}.png" alt="{alt}"><button aria-label="{label}">x</button>
<p>Lyophilised <em>pow</em>der. {text}</p><script>var inject = 1</script>
<style>.dose{{}}</style></body></html>"""
PLAIN = {
    "title": "Semax",
    "meta": "A peptide",
    "data": '{"@type":"Product"}',
    "file": "vial",
    "alt": "A vial",
    "label": "Close",
    "text": "White.",
}


@pytest.mark.parametrize(
    ("part", "words", "rule"),
    [
        ("title", "The fat loss peptide", "C2"),
        ("meta", "Buy it: cures arthritis", "C1"),
        ("data", '{"@type": ["Drug", "Thing"]}', "C7"),
        ("data", '{"offers": {"description": "Inject once a day"}}', "C4"),
        ("file", "weight-loss-before-after", "C2"),
        ("alt", "A man injecting his belly", "C4"),
        ("label", "Add bacteriostatic water", "C5"),
        ("text", "Take it be<b>fore be</b>d.", "C3"),
    ],
    ids=["title", "meta", "type", "data", "file", "alt", "label", "split-by-tags"],
)
def test_every_part_of_a_page_is_read(part: str, words: str, rule: str) -> None:
    found = surfaces.findings(surfaces.texts_of_page(PAGE.format(**{**PLAIN, part: words}), "/products/x"))
    assert rule in {each.finding.rule for each in found}
    assert surfaces.verdict(found) is Verdict.BLOCK


def test_an_innocent_page_passes_and_what_nobody_reads_is_not_read() -> None:
    found = surfaces.findings(surfaces.texts_of_page(PAGE.format(**PLAIN), "/products/semax"))
    assert told(found) == []


def test_an_address_is_read_as_the_words_it_is_made_of() -> None:
    found = surfaces.findings(surfaces.texts_of_page(PAGE.format(**PLAIN), "/products/fat-loss-peptide"))
    assert {each.text.part for each in found} == {"address"}


def test_parts_of_records_report_outcomes_and_nothing_else() -> None:
    table = "<table data-records><tr><td>Healing of ulcers: patients improved</td></tr></table>"
    path = "/education/tissue/x"
    assert surfaces.findings(surfaces.texts_of_page(table, path)) == ()
    worse = table.replace("improved", "take it before bed")
    assert surfaces.findings(surfaces.texts_of_page(worse, path))


def test_parts_of_certificates_tell_a_purity_and_nothing_else() -> None:
    title = '<figure data-records="certificates"><h2>Purity: 98.3% to 99.4% in 4 lots</h2></figure>'
    path = "/products/x/lots"
    assert surfaces.findings(surfaces.texts_of_page(title, path)) == ()
    without = title.replace(' data-records="certificates"', "")
    assert {each.finding.rule for each in surfaces.findings(surfaces.texts_of_page(without, path))} == {"C14"}
    worse = title.replace("Purity", "Patients improved with purity")
    assert "C12" in {each.finding.rule for each in surfaces.findings(surfaces.texts_of_page(worse, path))}


def test_whole_sentences_of_a_published_text_count_as_read_and_halves_of_them_do_not() -> None:
    text = "A mixture. It is not so that a trial of 205 people reported better arm function. Another did not."
    path = "/education/nootropics/x"

    def rules(words: str) -> set[str]:
        found = surfaces.findings(surfaces.texts_of_page(f"<p>{words}</p>", path), [text])
        return {each.finding.rule for each in found}

    whole = "It is not so that a trial of 205 people reported better arm function."
    assert rules(whole) == rules(f"{whole} Another did not.") == set()
    assert "C12" in rules("a trial of 205 people reported better arm function.")
    assert "C12" in rules(f"{whole} All patients improved in the trial of 205 people.")


def test_broken_markup_and_broken_data_are_read_all_the_same() -> None:
    html = '<p>Cures <b>arthritis</p></div><script type="application/ld+json">{"name": "Inject daily"'
    rules = {each.finding.rule for each in surfaces.findings(surfaces.texts_of_page(html, "/products/x"))}
    assert "C1" in rules


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/products/semax", Surface.PRODUCT),
        ("/", Surface.PRODUCT),
        ("/search?q=education", Surface.PRODUCT),
        ("/education/nootropics/semax/v/2", Surface.MONOGRAPH),
        ("/guides/concentration?product=semax", Surface.MONOGRAPH),
        ("/education.atom", Surface.MONOGRAPH),
        ("/educational-offer", Surface.PRODUCT),
    ],
)
def test_the_surface_of_an_address(path: str, surface: Surface) -> None:
    assert surfaces.surface_of(path) is surface
