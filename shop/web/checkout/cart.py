"""The cart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.money import in_words
from shop.core.settings import settings
from shop.ordering import cart, destinations, order_price, tax_rates
from shop.ordering.cart import MONTHS_OFFERED, CartRow, Wishes
from shop.ordering.lines import LoadedCart
from shop.ordering.models import ChargeKind
from shop.web.checkout import summary
from shop.web.visitor import remember, said, say, visitor

CART_LASTS_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class CartLineOnPage:
    """A line as the cart's template takes it."""

    key: int
    name: str
    url: str
    size: str
    label: str
    field: str
    lots: list[str]
    quantity: int | str
    maximum: int
    unit_price: int
    total: int
    error: str
    notice: str
    wishes: WishesOnPage


@dataclass(frozen=True, kw_only=True)
class EstimateOnPage:
    """A way of sending the cart to a country, with its charges, or why it is not offered."""

    name: str
    why_not: str
    charges: Sequence[summary.SummaryCharge]
    total: int


@dataclass(frozen=True, kw_only=True)
class WishesOnPage:
    """What a line asks of its lots, as its form shows it."""

    one_lot: bool
    short_dated: bool
    months: int
    offers: list[tuple[int, str]]
    words: str

    @property
    def asked(self) -> bool:
        """Whether the line asks for anything."""
        return self.one_lot or self.short_dated or self.months > 0


def show() -> AnyResponse:
    """What is in the cart."""
    return _page({}, {})


def add() -> AnyResponse:
    """Put vials in the cart, from a product page."""
    sku = request.form.get("size", "")
    back = request.form.get("back", "")
    try:
        quantity = _whole(request.form.get("quantity", "1"))
        with writing() as session:
            put = cart.put(
                session,
                visitor().cart_id,
                sku=sku,
                quantity=quantity,
                short_dated=request.form.get("short_dated") == "yes",
            )
            say(
                _("Added to the cart: %(quantity)s × %(title)s", quantity=quantity, title=put.title),
                cart=put.cart_id,
            )
    except Refused as error:
        # Said on the cart page, which belongs to this visitor; the product page is the same for everyone.
        remember(refusal=str(error), refused_at=back if _is_product_path(back) else None)
        return redirect(url_for("checkout.cart"))
    return _with_count(redirect(url_for("checkout.cart")), put.vials)


def change() -> AnyResponse:
    """Change quantities or remove a line."""
    cart_id = visitor().cart_id
    if cart_id is None:
        return redirect(url_for("checkout.cart"))
    with reading() as session:
        rows = cart.look(session, cart_id)
    removed = request.form.get("remove", "")
    typed = {row.line_id: request.form.get(f"quantity-{row.line_id}", "").strip() for row in rows}
    errors: dict[int, str] = {}
    quantities: dict[int, int] = {}
    for row in rows:
        if removed == str(row.line_id):
            quantities = {row.line_id: 0}
            errors = {}
            break
        try:
            quantities[row.line_id] = _whole(typed[row.line_id], lowest=0)
        except Refused as error:
            errors[row.line_id] = str(error)
    if not errors:
        try:
            cart.set_quantities(cart_id, quantities, _wishes(rows))
        except Refused as error:
            asked = [row for row in rows if quantities.get(row.line_id, 0) > row.quantity]
            errors = {row.line_id: str(error) for row in asked[:1]}
    if errors:
        return _page(errors, typed)
    with reading() as session:
        loaded = cart.load(session, cart_id)
    vials = sum(line.quantity for line in loaded.lines) if loaded is not None else 0
    return _with_count(redirect(url_for("checkout.cart")), vials)


def _wishes(rows: list[CartRow]) -> dict[int, Wishes]:
    """What the lines on the page ask of their lots now; a page that did not show it changes nothing."""
    shown, found = request.form.getlist("wishes"), {}
    for row in rows:
        if str(row.line_id) not in shown:
            continue
        months = request.form.get(f"months-{row.line_id}", "0")
        found[row.line_id] = Wishes(
            one_lot=request.form.get(f"one-lot-{row.line_id}") == "yes"
            and request.form.get("split") != str(row.line_id),
            short_dated=request.form.get(f"short-dated-{row.line_id}") == "yes",
            months_left=int(months) if months in {str(each) for each in MONTHS_OFFERED} else 0,
        )
    return found


def _page(errors: dict[int, str], typed: dict[int, str]) -> AnyResponse:
    currency = settings().currency
    with reading() as session:
        refusal = visitor().data.get("refusal", "")
        refused_at = visitor().data.get("refused_at", "")
        notices = said()
        loaded = cart.load(session, visitor().cart_id)
        rows = cart.rows(session, loaded)
        recalled = cart.recalled_since(session, loaded)
        countries = destinations.countries(session)
        country = request.args.get("country", "")
        asked = country if loaded is not None and country in dict(countries) else ""
        page = render_template(
            "checkout/cart.html",
            notices=notices,
            refusal=refusal,
            refused_at=refused_at,
            errors=[(f"quantity-{key}", text) for key, text in errors.items()],
            has_errors=bool(errors or refusal),
            lines=[_on_page(row, recalled.get(row.size.id, ()), errors, typed, currency) for row in rows],
            blocked=any(row.problem for row in rows),
            subtotal=sum(row.total_minor for row in rows),
            currency=currency,
            countries=countries,
            country=asked,
            country_name=destinations.country_name(asked) if asked else "",
            estimates=_estimates(session, loaded, asked) if loaded is not None and asked else [],
            taxed_by_region=tax_rates.taxed_by_region(session, asked) if asked else False,
        )
    if refusal:
        remember(refusal=None, refused_at=None)
    response = Response(page, status=400 if errors else 200)
    return _with_count(response, sum(row.quantity for row in rows))


def _estimates(session: Session, loaded: LoadedCart, country: str) -> list[EstimateOnPage]:
    """What sending this cart to a country costs, for each way of sending."""
    return [
        EstimateOnPage(
            name=offer.name,
            why_not=offer.why_not,
            charges=summary.of_charges(
                [each for each in quote.charges if each.kind != ChargeKind.ITEMS] if quote else []
            ),
            total=quote.total_minor if quote else 0,
        )
        for offer, quote in order_price.estimate(session, loaded.lines, country)
    ]


def _on_page(
    row: CartRow, recalled: Sequence[str], errors: dict[int, str], typed: dict[int, str], currency: str
) -> CartLineOnPage:
    notice = ""
    if row.price_changed:
        notice = _(
            "The price has changed from %(old)s to %(new)s.",
            old=in_words(row.unit_minor_seen, currency),
            new=in_words(row.unit_minor, currency),
        )
    if recalled:
        gone = _("Recalled since you added this: lot %(lots)s.", lots=", ".join(recalled))
        others = _("You would get vials of another lot.") if row.available else ""
        notice = " ".join(part for part in (gone, others, notice) if part)
    return CartLineOnPage(
        key=row.line_id,
        name=row.size.product_name,
        url=url_for("storefront.product", slug=row.size.product_slug),
        size=row.size.amount_text,
        label=row.size.label_code,
        field=row.size.field,
        lots=[],
        quantity=typed.get(row.line_id, row.quantity),
        maximum=max(row.available, 1),
        unit_price=row.unit_minor,
        total=row.total_minor,
        error=errors.get(row.line_id) or row.problem or "",
        notice=notice,
        wishes=WishesOnPage(
            one_lot=row.wishes.one_lot,
            short_dated=row.wishes.short_dated,
            months=row.wishes.months_left,
            offers=[(each, _months(each)) for each in MONTHS_OFFERED],
            words=_in_words(row),
        ),
    )


def _months(count: int) -> str:
    if count == 0:
        return _("Any")
    return _("%(num)s months or more", num=count)


def _in_words(row: CartRow) -> str:
    """What a line asks of its lots, in one line."""
    wishes, parts = row.wishes, []
    if row.held:
        parts.append(ngettext("%(num)s vial is kept for you", "%(num)s vials are kept for you", row.held))
    if wishes.one_lot:
        parts.append(_("all from one lot"))
    if wishes.months_left:
        parts.append(_("%(num)s months or more left", num=wishes.months_left))
    if wishes.short_dated:
        parts.append(_("shorter-dated too"))
    return ", ".join(parts) or _("first to retest, several if need be")


def _with_count(response: AnyResponse, count: int) -> AnyResponse:
    """Tell the optional script how many vials there are."""
    response.set_cookie(
        "cart_count",
        str(count),
        max_age=CART_LASTS_SECONDS if count else 0,
        secure=settings().secure_cookies,
        samesite="Lax",
        path="/",
    )
    return response


def _whole(text: str, *, lowest: int = 1) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or int(text) < lowest:
        raise Refused(_("Enter the number of vials as a whole number, %(lowest)s or more.", lowest=lowest))
    return int(text)


def _is_product_path(path: str) -> bool:
    return path.startswith("/products/") and "//" not in path and "\\" not in path and len(path) < 200
