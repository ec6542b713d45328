"""What Review shows: every line with its lots and certificates, every cost, the destination, the statement.

The same picture is made again when the order is placed. Where the two differ, nothing is placed and the
buyer is shown what changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from shop.attestations import statements
from shop.attestations.models import StatementVersion
from shop.catalogue.on_sale import SizeOnSale
from shop.core import clock
from shop.core.canonical import Plain
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.inventory.allocation import Take
from shop.inventory.models import CertificateRevision, Lot
from shop.ordering import cart, destinations, lot_plan, order_price
from shop.ordering.lines import Line
from shop.ordering.lot_plan import SoldOut as SoldOut
from shop.ordering.models import CheckoutDraft, PaymentMethod
from shop.ordering.order_price import OrderPrice
from shop.ordering.pricing import Quote


class DeliveryNotOffered(Refused):
    """The chosen way of sending does not take this order; another has to be chosen."""


@dataclass(frozen=True, kw_only=True)
class PlannedLot:
    """Vials of one lot that a line would receive."""

    lot_id: int
    lot_number: str
    retest_on: date | None
    certificate_id: int
    certificate_revision: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class ReviewLine:
    """A line as reviewed."""

    position: int
    size: SizeOnSale
    quantity: int
    unit_minor: int
    lots: tuple[PlannedLot, ...]
    one_lot: bool
    keeps_until: date | None
    short_dated: bool
    hold: int | None
    explanation: str = ""
    discount_minor: int = 0
    tax_minor: int = 0
    tax_position: int | None = None

    @property
    def total_minor(self) -> int:
        """Quantity times unit price."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, kw_only=True)
class Review:
    """An order as it would be placed now."""

    lines: tuple[ReviewLine, ...]
    price: OrderPrice
    takes: tuple[Take, ...]
    destination: tuple[str, ...]
    organisation: str
    statement: statements.Statement
    payment_method: PaymentMethod
    planned_ship_on: date

    @property
    def quote(self) -> Quote:
        """What it costs."""
        return self.price.quote

    @property
    def delivery_name(self) -> str:
        """The chosen way of sending."""
        return self.price.chosen.name if self.price.chosen else ""

    def plain(self) -> dict[str, Plain]:
        """Everything the buyer relies on, as plain values; kept in the page and compared when placing."""
        return {
            "lines": [
                {
                    "sku": line.size.sku,
                    "title": line.size.title,
                    "quantity": line.quantity,
                    "unit_minor": line.unit_minor,
                    "one_lot": line.one_lot,
                    "keeps_until": line.keeps_until.isoformat() if line.keeps_until else "",
                    "lots": [
                        {
                            "number": lot.lot_number,
                            "certificate_revision": lot.certificate_revision,
                            "quantity": lot.quantity,
                        }
                        for lot in line.lots
                    ],
                }
                for line in self.lines
            ],
            "charges": [
                [charge.label, charge.amount_minor, charge.explanation] for charge in self.quote.charges
            ],
            "currency": self.quote.currency,
            "total_minor": self.quote.total_minor,
            "destination": list(self.destination),
            "organisation": self.organisation,
            "statement": self.statement.code,
            "payment_method": self.payment_method.value,
            "code": self.price.code,
            "code_refused": self.price.code_refused,
            "vat_number": self.price.readable_vat_number,
            "exemption": self.price.certificate.number if self.price.certificate else "",
        }


def address(draft: CheckoutDraft) -> tuple[str, ...]:
    """The delivery address, line by line as printed."""
    town = " ".join(part for part in (draft.postcode, draft.city) if part)
    parts = (draft.address_line1, draft.address_line2, town, draft.region)
    return (*(part for part in parts if part), destinations.country_name(draft.country))


def planned_numbers(session: Session, lines: Sequence[Line], ship_on: date) -> dict[int, list[str]]:
    """The numbers of the lots planned for each vial size.

    Raises:
        SoldOut: the stock does not cover the cart.
    """
    takes, shelf = lot_plan.plan(session, lines, ship_on)
    numbers = {lot.lot_id: lot.number for lot in shelf}
    return {
        line.size.id: [numbers[take.lot_id] for take in takes if take.line == position]
        for position, line in enumerate(lines, start=1)
    }


def look(session: Session, draft: CheckoutDraft, lines: Sequence[Line], version: StatementVersion) -> Review:
    """Make the picture of an order from a complete draft, with the statement in force. Holds nothing.

    Raises:
        SoldOut: the stock does not cover the cart.
        DeliveryNotOffered: the chosen way of sending does not take it any more.
    """
    ship_on = cart.ship_date(lines, clock.today())
    takes, _shelf = lot_plan.plan(session, lines, ship_on)
    price = order_price.of_draft(session, draft, lines)
    if price.why_not_sent:
        raise DeliveryNotOffered(price.why_not_sent)
    certificates = _certificates(session, takes)
    if draft.payment_method is None:
        raise Refused(_("Choose how to pay."))
    return Review(
        lines=tuple(
            ReviewLine(
                position=position,
                size=line.size,
                quantity=line.quantity,
                unit_minor=priced.unit_minor,
                explanation=priced.explanation,
                discount_minor=priced.discount_minor,
                tax_minor=priced.tax_minor,
                tax_position=priced.tax_position,
                one_lot=line.one_lot,
                keeps_until=lot_plan.kept_until(line, ship_on),
                short_dated=line.short_dated,
                hold=line.lot_hold_id,
                lots=tuple(
                    PlannedLot(
                        lot_id=take.lot_id,
                        lot_number=certificates[take.lot_id].lot_number,
                        retest_on=certificates[take.lot_id].retest_on,
                        certificate_id=certificates[take.lot_id].id,
                        certificate_revision=certificates[take.lot_id].revision,
                        quantity=take.quantity,
                    )
                    for take in takes
                    if take.line == position
                ),
            )
            for position, (line, priced) in enumerate(zip(lines, price.quote.lines, strict=True), start=1)
        ),
        price=price,
        takes=tuple(takes),
        destination=address(draft),
        organisation=draft.organisation,
        statement=statements.fill_in(
            version,
            organisation=draft.organisation,
            country=destinations.country_name(draft.country),
        ),
        payment_method=draft.payment_method,
        planned_ship_on=ship_on,
    )


def _certificates(session: Session, takes: Sequence[Take]) -> dict[int, Row[int, int, int, str, date | None]]:
    """The current certificate of each planned lot, with what is said of the lot, by the lot's id."""
    published = session.execute(_PUBLISHED, {"lot_ids": sorted({take.lot_id for take in takes})})
    # Later revisions come later and stay.
    return {revision.lot_id: revision for revision in published}


_REVISION, _LOT = CertificateRevision.__table__, Lot.__table__
_PUBLISHED = (
    select(
        _REVISION.c.lot_id,
        _REVISION.c.id,
        _REVISION.c.revision,
        _LOT.c.number.label("lot_number"),
        _LOT.c.retest_on,
    )
    .join_from(_REVISION, _LOT, _LOT.c.id == _REVISION.c.lot_id)
    .where(
        _REVISION.c.lot_id.in_(bindparam("lot_ids", expanding=True)),
        _REVISION.c.published_at.is_not(None),
    )
    .order_by(_REVISION.c.revision)
)


def changes(shown: Mapping[str, Any], present: Mapping[str, Any]) -> list[str]:
    """What differs between what Review showed and what is true now, one sentence each."""
    found: list[str] = []
    before = {line["sku"]: line for line in shown["lines"]}
    after = {line["sku"]: line for line in present["lines"]}
    currency = present["currency"]
    for sku, line in after.items():
        old, title = before.get(sku), line["title"]
        if old is None:
            found.append(_("%(title)s was added.", title=title))
            continue
        if old["quantity"] != line["quantity"]:
            found.append(
                _(
                    "%(title)s: the quantity is now %(new)s, not %(old)s.",
                    title=title,
                    new=line["quantity"],
                    old=old["quantity"],
                )
            )
        if old["unit_minor"] != line["unit_minor"]:
            found.append(
                _(
                    "%(title)s: the price of a vial is now %(new)s, not %(old)s.",
                    title=title,
                    new=in_words(line["unit_minor"], currency),
                    old=in_words(old["unit_minor"], currency),
                )
            )
        if old["lots"] != line["lots"]:
            found.append(
                _(
                    "%(title)s: the lots are now %(new)s, not %(old)s.",
                    title=title,
                    new=_lots_in_words(line["lots"]),
                    old=_lots_in_words(old["lots"]),
                )
            )
    found += [
        _("%(title)s was removed.", title=line["title"]) for sku, line in before.items() if sku not in after
    ]
    if shown["destination"] != present["destination"]:
        found.append(_("The delivery address has changed."))
    if shown["organisation"] != present["organisation"]:
        found.append(_("The organisation has changed."))
    if shown["statement"] != present["statement"]:
        found.append(_("A new version of the research-use statement is in force."))
    if shown["payment_method"] != present["payment_method"]:
        found.append(_("The way of paying has changed."))
    found += _changed_charges(shown["charges"], present["charges"], currency)
    if present.get("code_refused") and present["code_refused"] != shown.get("code_refused"):
        found.append(present["code_refused"])
    if shown["total_minor"] != present["total_minor"]:
        found.append(
            _(
                "The total is now %(new)s, not %(old)s.",
                new=in_words(present["total_minor"], currency),
                old=in_words(shown["total_minor"], currency),
            )
        )
    return found


def _changed_charges(
    before: Sequence[Sequence[Any]], after: Sequence[Sequence[Any]], currency: str
) -> list[str]:
    """Charges that are new, gone, or came about in another way. The items are told line by line."""
    old, new = [list(each) for each in before[1:]], [list(each) for each in after[1:]]
    gone = [
        _("%(label)s is no longer part of it.", label=each[0])
        for each in old
        if each[0] not in {other[0] for other in new}
    ]
    return gone + [
        _("%(label)s is now %(amount)s.", label=each[0], amount=in_words(each[1], currency))
        + (f" {each[2]}." if len(each) > 2 and each[2] else "")
        for each in new
        if each not in old
    ]


def _lots_in_words(lots: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        _(
            "%(quantity)s of %(lot)s (certificate revision %(revision)s)",
            quantity=lot["quantity"],
            lot=lot["number"],
            revision=lot["certificate_revision"],
        )
        for lot in lots
    )
