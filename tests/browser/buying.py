"""What a buyer and a packer do in a browser, as functions that read like it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
THREE_D_SECURE_CARD = "4000 0027 6000 3184"


def read_and_find_the_listing(page: Page, address: str) -> None:
    """A reader opens the Cerebrolysin monograph, goes to the listing, sees the lot and its certificate."""
    page.goto(f"{address}/education/nootropics/cerebrolysin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cerebrolysin")
    page.get_by_role("link", name="View listing").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Porcine brain peptide preparation")
    page.get_by_role("link", name="View certificate of analysis").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate of analysis")
    page.go_back()


def put_in_cart(page: Page, size: str, quantity: int) -> None:
    """Choose a size and a number of vials on a product page."""
    page.get_by_role("radio", name=size).check(force=True)
    page.get_by_label("Quantity").fill(str(quantity))
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cart")


def answer_the_steps(page: Page, *, pay_by: str, po_number: str = "") -> None:
    """From the cart to Review."""
    page.get_by_role("link", name="Continue to checkout").click()
    page.get_by_label("Full name").fill("Ilse Brandsma")
    page.get_by_label("Work email").fill("i.brandsma@vima.example")
    page.get_by_label("Organisation").fill("Vermeer Institute for Molecular Assays")
    page.get_by_role("button", name="Continue to delivery").click()
    page.get_by_label("Country").select_option("NL")
    page.get_by_label("Address line 1").fill("Padualaan 8")
    page.get_by_label("Town or city").fill("Utrecht")
    page.get_by_label("Postcode").fill("3584 CH")
    page.get_by_role("button", name="Continue to research use").click()
    for clause in page.locator("fieldset.clause").all():
        clause.get_by_label("I confirm", exact=True).check()
    page.get_by_label("What is the material for?").select_option(index=2)
    page.get_by_role("radio", name="None: in vitro only").check()
    page.get_by_label("Intended use, in your own words").fill(
        "Retention times of the reference peptide on our columns, against an earlier lot of the substance."
    )
    page.get_by_label("Your role").fill("Lab manager")
    page.get_by_label("Your full name").fill("Ilse Brandsma")
    page.get_by_role("checkbox", name="I agree to sign electronically").check()
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("radio", name=pay_by).check()
    if po_number:
        page.get_by_label("Purchase order number").fill(po_number)
    page.get_by_role("button", name="Continue to review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and place your order")


def place(page: Page) -> None:
    """The one button."""
    page.get_by_role("button", name="Place order").click()


def enter_card(page: Page, number: str) -> None:
    """Fill in the hosted payment page and pay."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry (MM/YY)").fill("12/40")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Ilse Brandsma")
    page.get_by_role("button", name="Pay $").click()


def order_number(page: Page) -> str:
    """The number on an order page."""
    page.wait_for_url("**/orders/**")
    return page.url.split("/orders/")[1].split("?")[0]


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """Sign in as a member of staff."""
    page.goto(f"{address}/staff/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Staff")).to_be_visible()


def pick_pack_and_ship(page: Page, address: str, number: str) -> None:
    """Scan every lot, close the box, hand it over."""
    page.goto(f"{address}/staff/orders/{number}")
    lots = [lot.strip() for lot in page.locator("table.pick td.mono").all_inner_texts()]
    assert lots
    for lot in dict.fromkeys(lots):
        page.get_by_label("Scan lot label").fill(lot)
        page.get_by_label("Scan lot label").press("Enter")
    page.get_by_role("button", name="Mark as packed").click()
    page.get_by_label("Tracking").fill("SPECIMEN-1")
    page.get_by_role("button", name="Mark as shipped").click()
    expect(page.get_by_role("main")).to_contain_text("Shipped")
