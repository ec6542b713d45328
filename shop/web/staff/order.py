"""One order at the packing desk: what to pick, what goes in the box, and handing it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.wording import moment_in_words, month_and_year
from shop.inventory.models import Lot, LotEvent, LotState
from shop.ordering import destinations, fulfilment, lot_changes, whole_order
from shop.ordering.fulfilment import PickRow, WrongLot
from shop.ordering.models import (
    FulfilmentState,
    LotChange,
    Order,
    OrderEvent,
    PaymentState,
    ReviewState,
)
from shop.ordering.whole_order import WholeOrder
from shop.payments.models import Refund, RefundState
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff
from shop.web.staff import access, frame, history, words
from shop.web.staff.forms import ShipForm
from shop.web.visitor import say


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What keeps an order from going on, or has to be known first."""

    title: str
    text: str
    tone: str = "warn"
    points: Sequence[str] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What was refused: at the scan field, or the whole of a step."""

    at_scan: str = ""
    of_step: str = ""
    ship_form: ShipForm | None = None

    @property
    def any(self) -> bool:
        """Whether something was."""
        return bool(self.at_scan or self.of_step or (self.ship_form is not None and self.ship_form.errors))


def show(number: str) -> AnyResponse:
    """The order as it is now."""
    return _show(number, Trouble())


def scan(number: str) -> AnyResponse:
    """A lot label was scanned: its vials are picked."""
    scanned = "".join(sign for sign in request.form.get("lot", "") if sign.isprintable()).strip()[:60]
    if not scanned:
        return _show(number, Trouble(at_scan=_("Scan or type the lot number on the label.")))
    try:
        say(fulfilment.pick(_id_of(number), scanned, staff=access.signed_in_staff()))
    except WrongLot as error:
        return _show(number, Trouble(at_scan=str(error)))
    except Refused as error:
        return _show(number, Trouble(of_step=str(error)))
    return redirect(url_for("staff.order", number=number, _anchor="scan"), 303)


def pack(number: str) -> AnyResponse:
    """Keep what was ticked by hand; with the button *Mark as packed*, close the box too."""
    order_id, staff = _id_of(number), access.signed_in_staff()
    try:
        _keep_ticks(number, order_id)
        if request.form.get("do") == "pack":
            fulfilment.pack(order_id, staff=staff)
            say(_("Order %(number)s is packed. Hand it to the carrier.", number=number))
        else:
            say(_("The pick list is saved."))
    except Refused as error:
        return _show(number, Trouble(of_step=str(error)))
    return redirect(url_for("staff.order", number=number), 303)


def ship(number: str) -> AnyResponse:
    """Hand the parcel over."""
    order_id, form = _id_of(number), ShipForm(request.form)
    with frame.building() as session:
        shipped = whole_order.load(session, number).order.fulfilment_state == FulfilmentState.SHIPPED
    if shipped:
        say(_("Order %(number)s was shipped before. Nothing was changed.", number=number))
        return redirect(url_for("staff.order", number=number), 303)
    if not form.validate():
        return _show(number, Trouble(ship_form=form))
    try:
        fulfilment.ship(
            order_id,
            carrier=str(form.carrier.data),
            tracking=str(form.tracking.data),
            staff=access.signed_in_staff(),
        )
    except Refused as error:
        return _show(number, Trouble(of_step=str(error), ship_form=form))
    say(_("Order %(number)s is shipped. The buyer is told by mail.", number=number))
    return redirect(url_for("staff.order", number=number), 303)


def packing_slip(number: str) -> Response:
    """The paper that goes in the box: what is in it, by lot, and the statement it was ordered under."""
    with frame.building() as session:
        whole = whole_order.load(session, number)
        return frame.page(
            session,
            "packing_slip",
            section="orders",
            order=whole.order,
            statement=whole.statement,
            rows=whole.picks,
            address=address(whole.order),
        )


def _id_of(number: str) -> int:
    with frame.building() as session:
        return whole_order.load(session, number).order.id


def _keep_ticks(number: str, order_id: int) -> None:
    """Pick what was ticked on the page and put back what was unticked, and leave alone what others did since.

    The form holds both what is ticked now and what was picked when the page was made.
    """
    staff = access.signed_in_staff()
    ticked, before = set(request.form.getlist("picked")), set(request.form.getlist("shown_picked"))
    with frame.building() as session:
        lots = {str(row.reservation.id): row.lot.number for row in whole_order.load(session, number).picks}
    for value, lot in lots.items():
        if value in ticked - before:
            fulfilment.pick(order_id, lot, staff=staff)
        elif value in before - ticked:
            fulfilment.put_back(order_id, int(value), staff=staff)


def _show(number: str, trouble: Trouble) -> Response:
    staff = access.signed_in_staff()
    with frame.building() as session:
        whole = whole_order.load(session, number)
        order, rows = whole.order, whole.picks
        may_pack = staff.may(Permission.PACK_ORDERS)
        packed = order.fulfilment_state == FulfilmentState.PACKED
        refunds = of_order(session, order.id)
        return frame.page(
            session,
            "order",
            section="orders",
            status=400 if trouble.any else 200,
            order=order,
            whole=whole,
            trouble=trouble,
            has_errors=trouble.any,
            badges=words.of_order(order),
            alerts=_stopped(session, rows, order) + _decision(order) + _screening(order),
            zones=_zones(rows, lot_changes.standing_offers(session, order.id), order, staff),
            can_unpack=packed and staff.may(Permission.PACK_ORDERS),
            can_take_back=order.fulfilment_state == FulfilmentState.SHIPPED
            and staff.may(Permission.RECEIVE_LOTS),
            picked=sum(row.reservation.quantity for row in rows if row.picked),
            vials=sum(line.quantity for line in order.lines),
            picked_ids=[row.reservation.id for row in rows if row.picked],
            picking=may_pack and order.fulfilment_state == FulfilmentState.TO_PICK,
            ship_form=(trouble.ship_form or ShipForm(data={"carrier": whole.usual_carrier}))
            if may_pack and packed
            else None,
            can_decide=staff.may(Permission.REVIEW_ORDERS) and waits(order),
            can_cancel=staff.may(Permission.CANCEL_ORDERS) and can_cancel(order, refunds),
            cancel_refunds=to_refund(order, refunds) > 0,
            box=_box(whole, rows),
            history=history.entries(order.events),
            confirmed=sum(answer["answer"] == "yes" for answer in order.attestation.answers),
            address=address(order),
            refunds=[(each, words.refund(each.state)) for each in refunds],
            total_label=words.payment(order).label,
        )


def of_order(session: Session, order_id: int) -> list[Refund]:
    """The refunds of an order."""
    return list(session.scalars(select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)))


def waits(order: Order) -> bool:
    """Whether a person has to approve or refuse it."""
    return order.review_state == ReviewState.WAITING and order.fulfilment_state == FulfilmentState.HELD


def can_cancel(order: Order, refunds: Sequence[Refund]) -> bool:
    """Whether there is anything left to cancel: goods that have not gone, or money not on its way back."""
    if order.fulfilment_state == FulfilmentState.SHIPPED:
        return False
    if order.fulfilment_state != FulfilmentState.CANCELLED:
        return True
    return to_refund(order, refunds) > 0


def to_refund(order: Order, refunds: Sequence[Refund]) -> int:
    """What was paid by card and is not on its way back, in minor units."""
    if order.payment_state not in (PaymentState.PAID, PaymentState.PART_REFUNDED):
        return 0
    return order.total_minor - sum(each.amount_minor for each in refunds if each.state != RefundState.FAILED)


def address(order: Order) -> list[str]:
    """Where the parcel goes, line by line."""
    town = " ".join(part for part in (order.postcode, order.city) if part)
    parts = [order.organisation, order.name, order.address_line1, order.address_line2, town, order.region]
    return [part for part in parts if part] + [destinations.country_name(order.country)]


def _stopped(session: Session, rows: Sequence[PickRow], order: Order) -> list[Alert]:
    """Lots of an order that has not been sent and that may not leave: which, since when and why."""
    gone = (FulfilmentState.SHIPPED, FulfilmentState.CANCELLED)
    stopped = {row.lot.id: row.lot for row in rows if row.stopped and order.fulfilment_state not in gone}
    if not stopped:
        return []
    last = {
        event.lot_id: event
        for event in session.scalars(
            select(LotEvent).where(LotEvent.lot_id.in_(stopped)).order_by(LotEvent.id)
        )
    }
    points = [
        _(
            "Lot %(lot)s: %(state)s since %(when)s, by %(who)s: %(why)s",
            lot=lot.number,
            state=words.lot_state(lot.state).label,
            when=moment_in_words(last[lot.id].at),
            who=last[lot.id].actor,
            why=last[lot.id].reason,
        )
        if lot.id in last
        else _("Lot %(lot)s: %(state)s", lot=lot.number, state=words.lot_state(lot.state).label)
        for lot in stopped.values()
    ]
    lines = sorted({row.line.position for row in rows if row.lot.id in stopped})
    return [
        Alert(
            title=ngettext(
                "Line %(lines)s can’t leave: its lot is not released",
                "Lines %(lines)s can’t leave: their lots are not released",
                len(lines),
                lines=", ".join(map(str, lines)),
            ),
            text=_(
                "The order can be packed once every lot is released again. Otherwise offer the buyer another "
                "lot on the pick list, or cancel the order."
            ),
            tone="bad" if any(lot.state == LotState.RECALLED for lot in stopped.values()) else "warn",
            points=points,
        )
    ]


def _decision(order: Order) -> list[Alert]:
    closed = (PaymentState.REFUNDED, PaymentState.NOT_PAYABLE)
    if order.review_state != ReviewState.NEEDS_DECISION or order.payment_state in closed:
        return []
    return [
        Alert(
            title=_("This payment needs a decision"),
            text=_("Write to the buyer. To send the money back, cancel the order: it is refunded in full."),
            tone="bad",
            points=[event.note for event in order.events if event.kind == "needs-decision"],
        )
    ]


def _screening(order: Order) -> list[Alert]:
    points = findings(order.events)
    if not points:
        return []
    return [
        Alert(
            title=_("Screening found something to look at"),
            text=_("Decide with this in mind.") if waits(order) else _("Kept for the record."),
            tone="warn" if waits(order) else "",
            points=points,
        )
    ]


def findings(events: Sequence[OrderEvent]) -> list[str]:
    """What screening noted when the order was placed."""
    return [event.note for event in events if event.kind == "screening"]


def _zones(
    rows: Sequence[PickRow], offers: dict[int, LotChange], order: Order, staff: SignedInStaff
) -> list[dict[str, object]]:
    def line(row: PickRow) -> dict[str, object]:
        shown = _pick_line(row)
        if row.reservation.id in offers:
            return shown | {"state": _("Another lot offered"), "state_kind": "soon"}
        open_states = (FulfilmentState.HELD, FulfilmentState.TO_PICK)
        may_offer = order.fulfilment_state in open_states and staff.may(Permission.REVIEW_ORDERS)
        if shown["stopped"] and may_offer:
            address = url_for("staff.other_lot", number=order.number, reservation=row.reservation.id)
            return shown | {"url": address, "action": _("Other lot")}
        return shown

    return [
        {"name": words.zone(zone), "lines": [line(row) for row in group]}
        for zone, group in groupby(rows, key=lambda row: row.lot.product.storage_zone)
    ]


def _pick_line(row: PickRow) -> dict[str, object]:
    stopped = row.stopped and row.reservation.state.value != "shipped"
    state = words.lot_state(row.lot.state)
    return {
        "number": row.line.position,
        "value": row.reservation.id,
        "name": row.line.title,
        "note": _until(row.lot),
        "bin": row.lot.bin,
        "lot": row.lot.number,
        "quantity": row.reservation.quantity,
        "picked": row.picked,
        "stopped": stopped,
        "state": state.label
        if stopped
        else _("Revision %(number)s", number=row.reservation.certificate.revision),
        "state_kind": state.kind if stopped else "ok",
        "url": "",
        "action": "",
    }


def _until(lot: Lot) -> str:
    if lot.retest_on is not None:
        return _("Retest by %(month)s", month=month_and_year(lot.retest_on))
    return _("Expires %(month)s", month=month_and_year(lot.expires_on)) if lot.expires_on else ""


def _box(whole: WholeOrder, rows: Sequence[PickRow]) -> dict[str, object]:
    """What goes in the box beside the vials."""
    cold = sorted({row.line.position for row in rows if row.lot.product.cold_chain})
    return {
        "certificates": [
            {
                "lot": row.lot.number,
                "url": url_for(
                    "staff.certificate_document",
                    lot=row.lot.number,
                    revision=row.reservation.certificate.revision,
                ),
            }
            for row in rows
        ],
        "statement": whole.statement.code,
        "cold_lines": cold,
    }
