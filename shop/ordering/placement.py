"""Placing an order: one writing transaction, all or nothing.

1. The order already placed from this draft is returned; a second submit changes nothing.
2. The picture Review showed is made again: prices, lots, destination, statement.
3. Where it differs, nothing is placed and the buyer is told what changed.
   The buyer is screened: an order that is refused is not placed, one that is held waits for a person.
4. Stock is taken lot by lot under the condition that it is still there. When a lot was lost to another
   buyer meanwhile, the plan is made anew; only when no plan is left is anything sold out.
5. Order, lines, charges, reservations, events and mail are written, and last the signed attestation over
   exactly these lots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.attestations import register, statements
from shop.attestations.models import StatementVersion
from shop.core import clock, faults, stamps, together
from shop.core.canonical import Plain
from shop.core.database import reading, take_turn, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.core.settings import settings
from shop.inventory import reservations
from shop.ordering import (
    buyer_screening,
    cart,
    checkout,
    coupons,
    letters,
    order_events,
    quoted_prices,
    review,
    states,
)
from shop.ordering.buyer_screening import BuyerRefused, Screened
from shop.ordering.checkout import Step, StepMissing, Where
from shop.ordering.lines import Line
from shop.ordering.models import (
    CheckoutDraft,
    FulfilmentState,
    Order,
    OrderCharge,
    OrderLine,
    PaymentMethod,
    PaymentState,
    ReviewState,
    order_number,
)
from shop.people import organisations, qualification

MOST_PLANS = 20
"""How often a plan is made anew in one placing before the buyer is asked to look again."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An order that stands."""

    order_id: int
    number: str
    reference: str
    payment_method: PaymentMethod


class ReviewChanged(Refused):
    """What Review showed is no longer true; `changes` says what is different, a sentence each."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__(" ".join(changes))
        self.changes = changes


def place(token: str, shown: Mapping[str, Any], where: Where) -> Placed:
    """Place the order of a draft.

    Args:
        token: names the draft; an order is placed from it once.
        shown: what Review showed, as `Review.plain` gave it.

    Raises:
        ReviewChanged: prices, lots, total, destination or statement differ from what was shown.
        SoldOut: the stock does not cover the cart any more.
        DeliveryNotOffered: the chosen way of sending does not take it any more.
        StepMissing: an earlier step needs an answer.
        BuyerRefused: screening refuses; that is kept, and nothing else.
        NotFound: the draft or its cart is gone.
    """
    try:
        with writing(at="checkout") as session:
            return _place(session, token, shown, where)
    except register.StatementReplaced as replaced:
        raise ReviewChanged([str(replaced)]) from None
    except BuyerRefused as refused:
        buyer_screening.keep_refusal(refused.screened, token)
        raise
    except IntegrityError:
        # Two submits of one draft at the same moment: the second finds the first one's order.
        with reading() as session:
            earlier = checkout.placed_order(session, token)
            if earlier is None:
                raise
            return _as_placed(earlier)


def _place(session: Session, token: str, shown: Mapping[str, Any], where: Where) -> Placed:
    faults.point("checkout.begin")
    earlier = session.execute(_EARLIER, {"draft": token}).one_or_none()
    if earlier is not None:
        return _as_placed(earlier)
    draft = checkout.load(session, token)
    if draft is None:
        raise NotFound(_("This checkout is over. Start again from the cart."))
    # Nothing that orders refer to is changed by placing one, so one look at it serves for all of it.
    stamps.look(session)
    loaded = cart.load(session, draft.cart_id)
    if loaded is None:
        raise NotFound(_("Your cart is empty."))
    lines = loaded.lines
    version = statements.in_force(session)
    step = checkout.next_step(draft, lines, version)
    if step != Step.REVIEW:
        raise StepMissing(step)
    qualification.demand(session, organisation=draft.organisation, email=draft.email)
    licences = checkout.check_destination(
        session, lines, draft.country, region=draft.region, postcode=draft.postcode
    )
    screened = buyer_screening.screen(session, draft, lines, licences)
    if draft.coupon_code:
        coupons.lock(session, draft.coupon_code)
    quoted_prices.lock(session, draft)
    with together.together(session):
        placed = _write(session, draft, lines, version, screened, shown, where)
    faults.point("checkout.attested")
    return placed


def _write(
    session: Session,
    draft: CheckoutDraft,
    lines: Sequence[Line],
    version: StatementVersion,
    screened: Screened,
    shown: Mapping[str, Any],
    where: Where,
) -> Placed:
    """Take the stock that Review showed and write the order."""
    reference = random_reference()
    # Before its turn, so that what can be done while others write is not waited for by them.
    organisation_id = organisations.find_or_add(session, draft.organisation)
    agreed = _take_agreed_stock(session, draft, lines, version, shown, cause=f"order/{reference}/place")
    faults.point("checkout.reserved")
    moment = clock.now()
    record_id = random_reference()
    order = _write_order(
        session,
        draft,
        agreed,
        screened,
        organisation_id=organisation_id,
        reference=reference,
        record_id=record_id,
        moment=moment,
        where=where,
    )
    faults.point("checkout.order_written")
    if agreed.price.code:
        _take_code(session, agreed.price.code, order)
    if agreed.price.promised_by:
        quoted_prices.use(session, draft, order.id)
    if order.payment_method == PaymentMethod.PURCHASE_ORDER:
        cart.empty(session, draft.cart_id)
    letters.order_placed(session, order, agreed)
    order_events.announce(session, order, "order.placed", fact=order.number)
    register.append(
        session,
        record_id=record_id,
        statement=agreed.statement,
        answers={int(position): answer for position, answer in draft.answers.items()},
        purpose=draft.purpose,
        content=_attested(draft, agreed, order),
        signer=checkout.signer(draft, where),
        order_reference=reference,
        at=moment,
    )
    return _as_placed(order)


def _take_agreed_stock(
    session: Session,
    draft: CheckoutDraft,
    lines: Sequence[Line],
    version: StatementVersion,
    shown: Mapping[str, Any],
    *,
    cause: str,
) -> review.Review:
    """Take the stock that Review showed, or raise."""
    for _attempt in range(MOST_PLANS):
        present = review.look(session, draft, lines, version)
        faults.point("checkout.priced")
        different = review.changes(shown, present.plain())
        if different:
            raise ReviewChanged(different)
        # As late as can be, because every other order waits meanwhile.
        take_turn(session)
        # A plan of one take changes nothing when it misses, so there is nothing to roll back to.
        alone = len(present.takes) == 1 and not present.takes[0].kept
        savepoint = None if alone else session.begin_nested()
        if reservations.take_stock(
            session,
            present.takes,
            ship_on=present.planned_ship_on,
            cause=cause,
            actor=BUYER,
            holds={line.position: line.hold for line in present.lines if line.hold is not None},
            first_time=True,
        ):
            if savepoint is not None:
                savepoint.commit()
            return present
        if savepoint is not None:
            savepoint.rollback()
        together.forget(session)
    raise ReviewChanged([_("These lots are in great demand at the moment. Look at the order again.")])


def _take_code(session: Session, code: str, order: Order) -> None:
    """Take the use of a code that Review counted on."""
    taken = coupons.take(
        session, code, order_id=order.id, organisation_id=order.organisation_id, at=order.placed_at
    )
    if not taken:
        raise ReviewChanged([_("The code %(code)s has been used up meanwhile.", code=code)])


def _write_order(
    session: Session,
    draft: CheckoutDraft,
    agreed: review.Review,
    screened: Screened,
    *,
    organisation_id: int,
    reference: str,
    record_id: str,
    moment: datetime,
    where: Where,
) -> Order:
    on_account = agreed.payment_method == PaymentMethod.PURCHASE_ORDER
    started = (
        PaymentState.DUE,
        ReviewState.WAITING if on_account or screened.held else ReviewState.PASSED,
        FulfilmentState.HELD,
    )
    written: dict[str, Any] = {
        "reference": reference,
        "draft_token": draft.token,
        "cart_id": draft.cart_id,
        "attestation_id": record_id,
        "placed_at": moment,
        "locale": where.locale,
        "name": draft.name,
        "email": draft.email,
        "phone": draft.phone,
        "organisation_id": organisation_id,
        "organisation": draft.organisation,
        "country": draft.country,
        "address_line1": draft.address_line1,
        "address_line2": draft.address_line2,
        "city": draft.city,
        "region": draft.region,
        "postcode": draft.postcode,
        "goods_in": draft.goods_in,
        "delivery_name": agreed.delivery_name,
        "planned_ship_on": agreed.planned_ship_on,
        "payment_method": agreed.payment_method,
        "po_number": draft.po_number,
        "po_file_sha256": draft.po_file_sha256,
        "po_file_name": draft.po_file_name,
        "vat_number": agreed.price.readable_vat_number,
        "exemption_id": agreed.price.certificate.exemption_id if agreed.price.certificate else None,
        "currency": agreed.quote.currency,
        "total_minor": agreed.quote.total_minor,
        "payment_state": started[0],
        "review_state": started[1],
        "fulfilment_state": started[2],
        "held_until": hold_ends(agreed.payment_method, moment),
    }
    order_id = session.execute(_WRITE_ORDER, written).scalar_one()
    # Not of the session: it is only read here, and nothing has to be flushed.
    order = Order(id=order_id, **written)
    line_ids = _write_lines(session, order.id, agreed)
    reservations.write(
        session,
        agreed.takes,
        order_line_ids=line_ids,
        certificates={lot.lot_id: lot.certificate_id for line in agreed.lines for lot in line.lots},
        at=moment,
    )
    states.begin(
        session,
        order.id,
        states=started,
        actor=BUYER,
        screened=[finding.sentence for finding in screened.found.findings],
    )
    buyer_screening.keep(session, screened, reference)
    return order


# Made once: making a statement anew costs more than running it. Of the tables, because rows written through
# the classes are grouped by which columns they fill, and each group is a statement of its own.
_ORDERS, _LINES = cast(Table, Order.__table__), cast(Table, OrderLine.__table__)
_EARLIER = select(_ORDERS.c.id, _ORDERS.c.reference, _ORDERS.c.payment_method).where(
    _ORDERS.c.draft_token == bindparam("draft")
)
_WRITE_ORDER = insert(_ORDERS).returning(_ORDERS.c.id)
_WRITE_LINES = insert(_LINES).returning(_LINES.c.id, sort_by_parameter_order=True)
_WRITE_CHARGES = insert(cast(Table, OrderCharge.__table__))


def _write_lines(session: Session, order_id: int, agreed: review.Review) -> dict[int, int]:
    """Write lines and charges; returns line ids by position."""
    ids = session.execute(
        _WRITE_LINES,
        [
            {
                "order_id": order_id,
                "position": line.position,
                "vial_size_id": line.size.id,
                "sku": line.size.sku,
                "title": line.size.title,
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
                "explanation": line.explanation,
                "total_minor": line.total_minor,
                "discount_minor": line.discount_minor,
                "tax_minor": line.tax_minor,
                "tax_position": line.tax_position,
                "one_lot": line.one_lot,
                "keeps_until": line.keeps_until,
                "short_dated": line.short_dated,
            }
            for line in agreed.lines
        ],
    ).scalars()
    positions = [line.position for line in agreed.lines]
    together.write(
        session,
        _WRITE_CHARGES,
        *(
            {
                "order_id": order_id,
                "position": position,
                "kind": charge.kind,
                "label": charge.label,
                "explanation": charge.explanation,
                "amount_minor": charge.amount_minor,
                "tax_rate": charge.tax_rate,
                "taxable_minor": charge.taxable_minor,
                "tax_treatment": charge.tax_treatment,
            }
            for position, charge in enumerate(agreed.quote.charges, start=1)
        ),
    )
    return dict(zip(positions, ids, strict=True))


def _attested(draft: CheckoutDraft, agreed: review.Review, order: Order) -> dict[str, Plain]:
    """What the signed answers are about; a VAT number or certificate may name a person, so they stay out."""
    kept = {
        name: value
        for name, value in agreed.plain().items()
        if name not in ("code_refused", "vat_number", "exemption")
    }
    return {
        **kept,
        "charges": [[charge.label, charge.amount_minor] for charge in agreed.quote.charges],
        "destination": [order.country],
        "order": order_number(order.id),
        "signed_electronically": draft.signs_electronically,
    }


def hold_ends(method: PaymentMethod, moment: datetime) -> datetime:
    """When the job that ends holds looks at an order placed now.

    A card's hold outlives the payment page, so that a page that is still open never sells what was let go.
    """
    if method == PaymentMethod.CARD:
        minutes = settings().card_session_minutes + settings().card_hold_margin_minutes
        return moment + timedelta(minutes=minutes)
    last_day = clock.add_working_days(moment.date(), settings().purchase_order_hold_days)
    return moment.replace(year=last_day.year, month=last_day.month, day=last_day.day)


def _as_placed(order: Order | Row[*tuple[Any, ...]]) -> Placed:
    return Placed(
        order_id=order.id,
        number=order_number(order.id),
        reference=order.reference,
        payment_method=order.payment_method,
    )
