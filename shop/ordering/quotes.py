"""Quotes: made from the answers of a checkout, sent as PDF, honoured while they are valid, used once.

A quote promises the unit prices of its lines. Delivery and tax are worked out again when it is ordered, by
the destination it was made for; Review shows them before anything is placed. It holds no stock.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from shop.catalogue import on_sale
from shop.core import audit, clock, mail, money, typeset, wording
from shop.core.database import locked, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.core.settings import settings
from shop.ordering import cart, checkout, destinations, order_price
from shop.ordering.lines import Line
from shop.ordering.models import Cart, CartLine, ChargeKind, CheckoutDraft
from shop.ordering.pricing import Quote as Price
from shop.ordering.quote_models import Quote, QuoteCharge, QuoteLine, QuoteState
from shop.ordering.quoted_prices import name_of
from shop.people.staff import SignedInStaff

MOST_TRIES = 5
COPIED = (
    *("name", "email", "phone", "organisation", "country", "address_line1", "address_line2"),
    *("city", "region", "postcode", "goods_in", "delivery_method", "vat_number"),
)
"""What a quote and a checkout both know of the buyer and the destination."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A checkout that was begun from a quote."""

    token: str
    cart_id: int


def make(token: str) -> Quote:
    """Make a quote of a checkout whose contact and delivery are answered, at the prices of today.

    Raises:
        Refused: an answer is missing, or the items cannot be sent there.
        NotFound: the checkout or its cart is gone.
    """
    for _try in range(MOST_TRIES):
        try:
            return _make(token)
        except IntegrityError:
            continue  # somebody else took the number at the same moment
    raise Refused(_("Many quotes are made at the moment. Try again."))


def _make(token: str) -> Quote:
    with writing() as session:
        draft = checkout.load_open(session, token)
        loaded = cart.load(session, draft.cart_id) if draft is not None else None
        if draft is None or loaded is None:
            raise NotFound(_("Your cart is empty."))
        if not (
            draft.name and draft.email and draft.organisation and draft.country and draft.delivery_method
        ):
            raise Refused(_("Answer contact and delivery first, so that we know what to quote."))
        lines = loaded.lines
        checkout.check_destination(
            session, lines, draft.country, region=draft.region, postcode=draft.postcode
        )
        price = order_price.of_draft(session, draft, lines)
        if price.why_not_sent:
            raise Refused(price.why_not_sent)
        quote = _write(
            session,
            {name: getattr(draft, name) for name in COPIED},
            [
                (
                    line.size.id,
                    line.size.sku,
                    line.size.title,
                    priced.quantity,
                    priced.unit_minor,
                )
                for line, priced in zip(lines, price.quote.lines, strict=True)
            ],
            price.quote,
            number="",
            revision=1,
            valid_until=clock.today() + timedelta(days=settings().quote_days),
            made_by=BUYER,
            reason="",
        )
        _send(session, quote)
        return quote


def revise(
    quote_id: int, unit_prices: Mapping[int, int], *, valid_until: date, reason: str, staff: SignedInStaff
) -> Quote:
    """Make a new revision with other unit prices or another day; the one before no longer holds.

    Args:
        unit_prices: price of a vial by line position; lines that are left out keep theirs.

    Raises:
        Refused: no reason is given, the day has passed, or the quote was accepted, withdrawn or replaced.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    if valid_until < clock.today():
        raise Refused(_("The day until which the quote is valid has passed."))
    with writing() as session:
        before = _lock(session, quote_id)
        _refuse_closed(before)
        draft = CheckoutDraft(coupon_code="", **{name: getattr(before, name) for name in COPIED})
        wanted = {line.vial_size_id: unit_prices.get(line.position, line.unit_minor) for line in before.lines}
        if any(price <= 0 for price in wanted.values()):
            raise Refused(_("Every vial has a price above zero."))
        sizes = on_sale.by_ids(session, wanted)
        price = order_price.of_quote(
            session,
            draft,
            [
                Line(
                    id=line.id,
                    size=sizes[line.vial_size_id],
                    quantity=line.quantity,
                    unit_minor_seen=wanted[line.vial_size_id],
                )
                for line in before.lines
            ],
        )
        before.state = QuoteState.REPLACED
        session.flush()
        quote = _write(
            session,
            {name: getattr(before, name) for name in COPIED},
            [
                (line.vial_size_id, line.sku, line.title, line.quantity, wanted[line.vial_size_id])
                for line in before.lines
            ],
            price,
            number=before.number,
            revision=before.revision + 1,
            valid_until=valid_until,
            made_by=staff.actor,
            reason=reason,
        )
        audit.log(
            session,
            actor=staff.actor,
            action="quote.revise",
            subject=f"quote/{quote.number}",
            before={"total_minor": before.total_minor},
            after={"total_minor": quote.total_minor, "revision": quote.revision},
            reason=reason,
        )
        _send(session, quote)
        return quote


def withdraw(quote_id: int, *, reason: str, staff: SignedInStaff) -> None:
    """Take a quote back; its prices hold no more.

    Raises:
        Refused: no reason is given, or it was accepted, withdrawn or replaced before.
    """
    if not reason.strip():
        raise Refused(_("Give a reason."))
    with writing() as session:
        quote = _lock(session, quote_id)
        if quote.state == QuoteState.WITHDRAWN:
            return
        _refuse_closed(quote)
        quote.state, quote.reason = QuoteState.WITHDRAWN, reason
        audit.log(
            session,
            actor=staff.actor,
            action="quote.withdraw",
            subject=f"quote/{quote.number}",
            reason=reason,
        )


def order_from(reference: str) -> Begun:
    """Begin a checkout at the prices of a quote, with a cart of its own.

    Raises:
        Refused: the quote does not hold any more.
        NotFound: there is no such quote.
    """
    with writing() as session:
        quote = find(session, reference)
        why_not = why_closed(quote)
        if why_not:
            raise Refused(why_not)
        moment = clock.now()
        draft = CheckoutDraft(
            token=secrets.token_urlsafe(32),
            cart=Cart(
                created_at=moment,
                changed_at=moment,
                lines=[
                    CartLine(
                        vial_size_id=line.vial_size_id,
                        quantity=line.quantity,
                        unit_minor_seen=line.unit_minor,
                    )
                    for line in quote.lines
                ],
            ),
            created_at=moment,
            changed_at=moment,
            answers={},
            quote_id=quote.id,
            **{name: getattr(quote, name) for name in COPIED},
        )
        session.add(draft)
        session.flush()
        return Begun(token=draft.token, cart_id=draft.cart_id)


def find(session: Session, reference: str) -> Quote:
    """A quote by its reference.

    Raises:
        NotFound: there is no such quote.
    """
    found = session.scalar(
        select(Quote)
        .where(Quote.reference == reference)
        .options(selectinload(Quote.lines), selectinload(Quote.charges))
    )
    if found is None:
        raise NotFound(_("We can’t find this quote. Use the whole link from your mail, or write to us."))
    return found


def listed(session: Session, state: QuoteState | None, words: str, *, at_most: int = 200) -> Sequence[Quote]:
    """Quotes in a state, or all, that match some words, the newest first."""
    query = select(Quote).order_by(Quote.id.desc()).limit(at_most)
    if state is not None:
        query = query.where(Quote.state == state)
    if words:
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            Quote.number.ilike(like, escape="\\") | Quote.organisation.ilike(like, escape="\\")
        )
    return session.scalars(query).all()


def why_closed(quote: Quote) -> str:
    """Why the prices of a quote do not hold any more; empty while they do."""
    if quote.state == QuoteState.ACCEPTED:
        return _("An order was placed from this quote already.")
    if quote.state == QuoteState.WITHDRAWN:
        return _("This quote was withdrawn. Write to us for another one.")
    if quote.state == QuoteState.REPLACED:
        return _("A newer revision of this quote was sent to you.")
    if quote.valid_until < clock.today():
        return _("This quote was valid until %(day)s.", day=wording.long_date(quote.valid_until))
    return ""


def key_of(reference: str) -> str:
    """The key in the link to a quote; bound to this purpose."""
    about = f"quote-page:{reference}".encode()
    return hmac.new(settings().secret_key.encode(), about, sha256).hexdigest()[:40]


def opens(key: str, reference: str) -> bool:
    """Whether a key belongs to a quote; compared in constant time."""
    return hmac.compare_digest(key.encode("utf-8", "surrogatepass"), key_of(reference).encode())


def path_of(quote: Quote) -> str:
    """The path of a quote's page with its key."""
    return f"/quotes/{quote.reference}?key={key_of(quote.reference)}"


def pdf(quote: Quote) -> bytes:
    """The paper of a quote; the same bytes each time."""
    return typeset.pdf("quote", printed(quote), made_at=quote.made_at)


def printed(quote: Quote) -> dict[str, object]:
    """Everything on the paper, as text."""
    values = settings()

    def amount(minor: int) -> str:
        return money.in_words(minor, quote.currency)

    town = " ".join(part for part in (quote.postcode, quote.city) if part)
    address = (
        *(quote.organisation, quote.name, quote.address_line1, quote.address_line2, town, quote.region),
        destinations.country_name(quote.country),
    )
    return {
        "title": _("Quote"),
        "number": name_of(quote),
        "issued": wording.long_date(quote.made_at.date()),
        "valid": _("Valid until %(day)s", day=wording.long_date(quote.valid_until)),
        "research_use": _("For laboratory research use only. Not for human or veterinary use."),
        "specimen": _("Specimen of a demonstration shop. Nothing is promised by it.")
        if values.is_demo
        else "",
        "seller": {
            "name": values.seller_name or values.shop_name,
            "address": list(values.seller_address),
            "email": values.contact_email,
        },
        "for_label": _("For"),
        "for": [line for line in address if line],
        "heads": [_("Item"), _("Vials"), _("Unit price"), _("Amount")],
        "rows": [
            [
                f"{line.sku} {line.title}",
                str(line.quantity),
                amount(line.unit_minor),
                amount(line.total_minor),
            ]
            for line in quote.lines
        ],
        "charge_heads": [_("Charge"), _("Amount")],
        "charges": [
            {"label": charge.label, "note": charge.explanation, "amount": amount(charge.amount_minor)}
            for charge in quote.charges
            if charge.kind != ChargeKind.ITEMS
        ],
        "total_label": _("Total"),
        "total": amount(quote.total_minor),
        "currency": quote.currency,
        "closing": [line for line in quote.terms.splitlines() if line],
        "page_label": _("Page"),
    }


def _write(
    session: Session,
    values: Mapping[str, str],
    lines: Sequence[tuple[int, str, str, int, int]],
    price: Price,
    *,
    number: str,
    revision: int,
    valid_until: date,
    made_by: str,
    reason: str,
) -> Quote:
    today = clock.today()
    quote = Quote(
        **values,
        number=number or _next_number(session, today),
        revision=revision,
        reference=random_reference(),
        state=QuoteState.OPEN,
        made_at=clock.now().replace(microsecond=0),
        made_by=made_by,
        valid_until=valid_until,
        terms="\n".join(_terms()),
        reason=reason,
        currency=price.currency,
        total_minor=price.total_minor,
        lines=[
            QuoteLine(
                position=position,
                vial_size_id=size_id,
                sku=sku,
                title=title,
                quantity=quantity,
                unit_minor=unit,
            )
            for position, (size_id, sku, title, quantity, unit) in enumerate(lines, start=1)
        ],
        charges=[
            QuoteCharge(
                position=position,
                kind=charge.kind,
                label=charge.label,
                explanation=charge.explanation,
                amount_minor=charge.amount_minor,
                tax_rate=charge.tax_rate,
            )
            for position, charge in enumerate(price.charges, start=1)
        ],
    )
    session.add(quote)
    session.flush()
    return quote


def _terms() -> list[str]:
    """The terms printed on every quote, as they are today."""
    return [
        _("The unit prices hold until the day above. Delivery and tax are worked out again when you order."),
        _("No vials are kept for a quote. Lots and certificates are named before you place the order."),
        _("On account, payment is due %(days)s days after the invoice.", days=settings().payment_terms_days),
        _("Each order needs the research-use statement in force on its day."),
    ]


def _next_number(session: Session, today: date) -> str:
    """A number of its own; a quote that is rolled back may leave a gap, which nobody minds.

    Made from the row's own id, which no other row ever had.
    """
    highest = int(session.scalar(select(func.max(Quote.id))) or 0)
    return f"Q-{today.year}-{highest + 1:05d}"


def _lock(session: Session, quote_id: int) -> Quote:
    quote = locked(session, Quote, quote_id)
    if quote is None:
        raise NotFound(_("There is no such quote."))
    return quote


def _refuse_closed(quote: Quote) -> None:
    if quote.state != QuoteState.OPEN:
        raise Refused(why_closed(quote))


def _send(session: Session, quote: Quote) -> None:
    body = wording.plain_text(
        "mail/quote.txt",
        quote=quote,
        name=name_of(quote),
        link=settings().base_url + path_of(quote),
        shop_name=settings().shop_name,
        contact_email=settings().contact_email,
    )
    mail.write(
        session,
        mail.Letter(to=quote.email, subject=_("Quote %(number)s", number=name_of(quote)), body=body),
        fact=f"quote/{quote.number}/{quote.revision}",
        about=f"quote/{quote.number}",
    )
