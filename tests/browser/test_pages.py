"""Every page as its readers meet it: axe, light and dark, on a phone of 320 px, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from buying import answer_the_steps, order_number, place, put_in_cart, sign_in
from playwright.sync_api import Browser, BrowserContext, Page, Response
from running import Running

pytestmark = pytest.mark.browser

PUBLIC = [
    "/",
    "/education",
    "/education/nootropics",
    "/education/nootropics/cerebrolysin",
    "/education/nootropics/semax",
    "/education/cardiovascular-renal/angiotensin-ii",
    "/education/nootropics/cerebrolysin/v/1",
    "/education/nootropics/cerebrolysin/records/cars-arat",
    "/education/nootropics/cerebrolysin/versions",
    "/education/nootropics/cerebrolysin/report",
    "/education/compare?with=semax&with=oxytocin&with=cerebrolysin&with=ghk-cu",
    "/corrections",
    "/guides",
    "/guides/reconstitution",
    "/guides/concentration",
    "/guides/concentration?mass=5&volume=0&molar_mass=x",
    "/guides/concentration?mass=5&volume=2&molar_mass=813.93",
    "/guides/stock-solution?lot=SMX-2609-B&concentration=1&concentration_unit=mM",
    "/guides/dilution?stock=10+mM&final=1+nM&final_volume=1",
    "/guides/molarity?lot=SMX-9999-Z",
    "/guides/unit-conversion?value=abc",
    "/guides/salt-forms",
    "/glossary",
    "/products",
    "/products?field=noo&available=1",
    "/products?field=tis",
    "/products/semax",
    "/products/porcine-brain-peptide-preparation",
    "/products/angiotensin-ii-human",
    "/products/unknown",
    "/coa",
    "/coa?lot=SMX-2690-B",
    "/coa/SMX-2609-B",
    "/coa/SMX-2610-A",
    "/coa/SMX-2405-C",
    "/coa/PBP-2602-B",
    "/coa/PBP-2605-D",
    "/coa/SMX-9999-Z",
    "/search?q=semax",
    "/search?q=nothing+like+this",
    "/research-use-terms",
    "/privacy",
    "/returns",
    "/contact",
    "/shipping",
    "/how-lots-are-released",
    "/how-monographs-are-written",
    "/cart",
    "/orders",
    "/orders/10001",
    "/orders/yours",
    "/qualification",
    "/recalls",
    "/research-use/heads",
]
STAFF = [
    "/staff",
    "/staff/orders",
    "/staff/orders?view=all",
    "/staff/lots",
    "/staff/lots/SMX-2609-B",
    "/staff/lots/SMX-2610-A",
    "/staff/lots/SMX-2610-A/certificate",
    "/staff/lots/SMX-2610-A/release",
    "/staff/lots/receive",
]
DESKS = [
    "/staff/payments",
    "/staff/holds",
    "/staff/returns",
    "/staff/attestations",
    "/staff/attestations/statements/RU-1",
    "/staff/products",
    "/staff/products/semax/shipping",
    "/staff/customers",
    "/staff/quotes",
    "/staff/invoices",
    "/staff/accounts",
    "/staff/codes",
    "/staff/delivery",
    "/staff/delivery/zones/1/methods/1",
    "/staff/tax",
    "/staff/exemptions",
    "/staff/screening",
    "/staff/destinations",
    "/staff/outbox",
    "/staff/webhooks",
    "/staff/log",
    "/staff/pick-lists",
]
"""Desks of orders and money."""
FORMS = [
    "/staff/codes/add",
    "/staff/delivery/zones/add",
    "/staff/tax/add",
    "/staff/tax/vies",
    "/staff/exemptions/add",
    "/staff/screening/add",
    "/staff/destinations/add",
    "/staff/attestations/statements/new",
]
"""Forms of these desks, looked at with what they say when they are sent empty."""
VIEWS: list[tuple[int, Literal["dark", "light"], dict[str, object]]] = [
    (390, "light", {}),
    (1280, "dark", {"runOnly": ["color-contrast"]}),
]
"""Width, colours and what axe looks at there; nothing may stick out of a narrower window either."""
VIOLATIONS = (
    "options => axe.run(document, options).then(found =>"
    " found.violations.map(each => [each.id, each.nodes.length]))"
)
"""Only what is wrong leaves the browser: the rest is most of the time of a sweep."""
NARROWEST = 320


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Page]:
    """A tab whose console may not complain."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    # A page that is not there says so in the console too; that is what it is for.
    assert [text for text in said if "404" not in text and "400" not in text] == []


def faults_of(page: Page, path: str) -> list[str]:
    """What is wrong with the page as it stands, in each view."""
    found = [f"{path}: errors are listed in another order than on the page"] if out_of_order(page) else []
    page.evaluate(Axe().axe_script)
    for width, scheme, options in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += sticks_out(page, path, width)
        violations = page.evaluate(VIOLATIONS, {"resultTypes": ["violations"], **options})
        found += [f"{path} at {width}, {scheme}: {rule} ×{count}" for rule, count in violations]
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    return found + sticks_out(page, path, NARROWEST)


def out_of_order(page: Page) -> bool:
    """Whether the summary of errors leads up and down the page."""
    return bool(
        page.evaluate(
            """() => {
                const links = [...document.querySelectorAll(".summary-err a[href^='#']")];
                const fields = links.map(link => document.getElementById(link.hash.slice(1))).filter(Boolean);
                return fields.some((field, at) =>
                    at && fields[at - 1].compareDocumentPosition(field) & Node.DOCUMENT_POSITION_PRECEDING);
            }"""
        )
    )


def sticks_out(page: Page, path: str, width: int) -> list[str]:
    """Whether the page would have to be moved sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{path} at {width}: wider than the window"] if wide else []


@pytest.mark.parametrize("part", range(3))
def test_public_pages_have_no_fault_in_any_view(running_on_sqlite: Running, watched: Page, part: int) -> None:
    faults = []
    for path in PUBLIC[part::3]:
        watched.goto(running_on_sqlite.address + path)
        faults += faults_of(watched, path)
    assert not faults, "\n".join(faults)


def test_staff_pages_have_no_fault_in_any_view(running_on_sqlite: Running, watched: Page) -> None:
    address, person = running_on_sqlite.address, running_on_sqlite.people[0]
    watched.goto(f"{address}/staff/sign-in")
    faults = faults_of(watched, "/staff/sign-in")
    sign_in(watched, address, person.email, person.password)
    for path in STAFF:
        watched.goto(address + path)
        faults += faults_of(watched, path)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("part", range(2))
def test_desks_of_orders_and_money_have_no_fault_in_any_view(
    running_on_sqlite: Running, watched: Page, part: int
) -> None:
    address, person = running_on_sqlite.address, running_on_sqlite.people[0]
    sign_in(watched, address, person.email, person.password)
    faults = []
    for path in DESKS[part::2]:
        answer = watched.goto(address + path)
        assert answer is not None and answer.status == 200, path
        faults += faults_of(watched, path)
    for path in FORMS[part::2]:
        watched.goto(address + path)
        watched.locator("main form button[type=submit]").first.click()
        faults += faults_of(watched, f"{path}, sent empty")
    assert not faults, "\n".join(faults)


def test_the_checkout_has_no_fault_in_any_view_nor_with_errors(
    running_on_sqlite: Running, watched: Page
) -> None:
    address = running_on_sqlite.address
    faults = []
    watched.goto(f"{address}/products/semax")
    put_in_cart(watched, "10 mg", 2)
    faults += faults_of(watched, "/cart")
    answer_the_steps(watched, pay_by="Purchase order", po_number="PO-1")
    for step in ("contact", "delivery", "research-use", "payment", "review"):
        watched.goto(f"{address}/checkout/{step}")
        faults += faults_of(watched, step)
    watched.goto(f"{address}/checkout/contact")
    watched.get_by_label("Work email").fill("nothing")
    watched.get_by_role("button", name="Continue to delivery").click()
    faults += faults_of(watched, "contact with an error")
    watched.goto(f"{address}/checkout/review")
    place(watched)
    number = order_number(watched)
    faults += faults_of(watched, "order page")
    watched.get_by_role("link", name="Your research-use record").click()
    faults += faults_of(watched, "research-use record")
    watched.go_back()
    watched.get_by_role("link", name="Send the purchase order as PDF").click()
    watched.get_by_role("button", name="Send the purchase order").click()
    faults += faults_of(watched, "document of a purchase order, none chosen")

    person = running_on_sqlite.people[0]
    sign_in(watched, address, person.email, person.password)
    watched.goto(f"{address}/staff/orders/{number}")
    faults += faults_of(watched, "staff order")
    for page in ("history", "approve", "cancel", "refund", "purchase-order", "packing-slip"):
        watched.goto(f"{address}/staff/orders/{number}/{page}")
        faults += faults_of(watched, f"staff order, {page}")
    assert not faults, "\n".join(faults)


def test_the_first_view_of_a_monograph_is_under_100_kilobytes(
    running_on_sqlite: Running, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{running_on_sqlite.address}/education/nootropics/cerebrolysin", wait_until="networkidle")
    sizes = [answer.request.sizes() for answer in answers]
    transferred = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    context.close()
    assert transferred < 100_000
    assert len(answers) <= 8


def test_a_buyer_without_javascript_can_order(running_on_sqlite: Running, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{running_on_sqlite.address}/products/semax")
    put_in_cart(page, "5 mg", 1)
    answer_the_steps(page, pay_by="Purchase order", po_number="PO-2")
    place(page)
    assert order_number(page).isdigit()
    context.close()


def test_a_page_holds_no_inline_style_or_script_and_says_where_it_may_load_from(
    running_on_sqlite: Running, page: Page
) -> None:
    answer = page.goto(f"{running_on_sqlite.address}/education/nootropics/cerebrolysin")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.locator("[style]").count() == 0
    assert page.locator("script:not([src]):not([type='application/ld+json'])").count() == 0
