"""One order at the packing desk: what to pick, what goes in the box, and handing it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.core.wording import date_in_words, moment_in_words, month_and_year
from shop.inventory.models import Lot, LotEvent, LotState
from shop.ordering import destinations, dispatch, lot_changes, parcel_contents, parcel_notes, whole_order
from shop.ordering.models import (
    FulfilmentState,
    LotChange,
    Order,
    OrderEvent,
    PaymentState,
    ReviewState,
)
from shop.ordering.parcel_contents import Contents
from shop.ordering.picking import PICKING, PickRow
from shop.ordering.whole_order import WholeOrder
from shop.payments import standing
from shop.payments.standing import Standing
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff
from shop.web.staff import (
    access,
    frame,
    history,
    order_papers,
    order_parcels,
    order_payment,
    order_screening,
    parcel_documents,
    words,
)
from shop.web.staff.alerts import Alert
from shop.web.staff.forms import ShipForm


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
    return show_with(number, Trouble())


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
            rows=whole.in_box or whole.kept,
            address=address(whole.order),
        )


def show_with(number: str, trouble: Trouble) -> Response:
    """The order as it is now, with what was refused."""
    staff = access.signed_in_staff()
    with frame.building() as session:
        whole = whole_order.load(session, number)
        order, rows = whole.order, whole.picks
        contents = parcel_contents.of_box(session, order, rows)
        may_pack = staff.may(Permission.PACK_ORDERS)
        packed = order.fulfilment_state == FulfilmentState.PACKED
        money = standing.of_order(session, order.id)
        screening = order_screening.of_order(session, order)
        return frame.page(
            session,
            "order",
            section="orders",
            status=400 if trouble.any else 200,
            order=order,
            whole=whole,
            trouble=trouble,
            has_errors=trouble.any,
            badges=words.of_order(order, waits_for_lot=money.wait is not None),
            alerts=_stopped(session, rows, order)
            + order_payment.alerts(order, money)
            + _calendar(session, whole)
            + _screening(order, screening),
            screening=screening,
            zones=_zones(rows, lot_changes.standing_offers(session, order.id), order, staff),
            can_unpack=packed and staff.may(Permission.PACK_ORDERS),
            can_take_back=bool(order.shipments) and staff.may(Permission.RECEIVE_LOTS),
            picked=sum(row.picked_vials for row in rows),
            vials=sum(row.reservation.quantity for row in rows),
            picked_ids=[row.reservation.id for row in rows if row.picked],
            picking=may_pack and order.fulfilment_state in PICKING,
            counting="counts" in request.args and may_pack and order.fulfilment_state in PICKING,
            each=request.args.get("each", "")[:6],
            ship_form=_ship_form(contents, whole.usual_carrier, trouble) if may_pack and packed else None,
            can_allow_cold=packed
            and _kept_by_calendar(session, whole)
            and staff.may(Permission.ALLOW_COLD_DISPATCH),
            can_cancel_vials=order.fulfilment_state in PICKING and staff.may(Permission.CANCEL_ORDERS),
            can_tell_arrival=may_pack,
            ordered=order_parcels.ordered(session, order),
            parcels=order_parcels.sent(session, order),
            box_papers=parcel_documents.of_box(session, contents),
            can_decide=staff.may(Permission.REVIEW_ORDERS) and waits(order),
            can_cancel=staff.may(Permission.CANCEL_ORDERS) and can_cancel(order),
            can_refund=staff.may(Permission.CANCEL_ORDERS) and money.left_minor > 0,
            cancel_refunds=to_refund(order, money) > 0,
            box=_box(whole, whole.in_box or whole.kept),
            history=history.entries(order.events),
            confirmed=sum(answer["answer"] == "yes" for answer in order.attestation.answers),
            address=address(order),
            refunds=order_payment.refund_rows(
                order, money, may_try_again=staff.may(Permission.CANCEL_ORDERS)
            ),
            total_label=_total_label(order),
            papers=order_papers.of_order(session, order, staff),
        )


def _total_label(order: Order) -> str:
    """What the total is; money that went back stands in lines of its own."""
    went_back = order.payment_state in (PaymentState.PART_REFUNDED, PaymentState.REFUNDED)
    return _("Total") if went_back else words.payment(order).label


def _ship_form(contents: Contents, usual_carrier: str, trouble: Trouble) -> ShipForm:
    """Handing the box over, with what is known of it."""
    form = trouble.ship_form or ShipForm(
        data={
            "carrier": usual_carrier,
            "weight": _kilograms(contents.gross_weight_g),
            "dry_ice": _kilograms(contents.dry_ice_g),
        }
    )
    form.parcel.data = str(contents.number)
    return form


def _kilograms(grams: int | None) -> str:
    return f"{Decimal(grams) / 1000:f}" if grams else ""


def _cold(whole: WholeOrder) -> list[int]:
    """The lines in the box that are shipped cold."""
    return sorted({row.line.position for row in whole.in_box if row.lot.product.cold_chain})


def _kept_by_calendar(session: Session, whole: WholeOrder) -> bool:
    """Whether the cold goods in the box may not leave today, and nobody has allowed it."""
    today = clock.today()
    return (
        bool(_cold(whole))
        and not dispatch.may_leave_cold(today, dispatch.works)
        and parcel_notes.leave(session, whole.order, today) is None
    )


def _calendar(session: Session, whole: WholeOrder) -> list[Alert]:
    """Cold goods that wait for another day, on an order that is being packed."""
    packing = (*PICKING, FulfilmentState.PACKED)
    if whole.order.fulfilment_state not in packing or not _kept_by_calendar(session, whole):
        return []
    day = dispatch.planned_ship_on(clock.today(), working_days=0, cold_chain=True, works=dispatch.works)
    lines = _cold(whole)
    return [
        Alert(
            title=ngettext(
                "Line %(lines)s is shipped cold and does not leave today",
                "Lines %(lines)s are shipped cold and do not leave today",
                len(lines),
                lines=", ".join(map(str, lines)),
            ),
            text=_(
                "Cold goods leave only when somebody works on that day and on the next. They can leave on "
                "%(day)s.",
                day=date_in_words(day),
            ),
        )
    ]


def waits(order: Order) -> bool:
    """Whether a person has to approve or refuse it."""
    return order.review_state == ReviewState.WAITING and order.fulfilment_state == FulfilmentState.HELD


def can_cancel(order: Order) -> bool:
    """Whether there is anything left to cancel."""
    if order.shipments:
        return False
    return order.fulfilment_state != FulfilmentState.CANCELLED


def to_refund(order: Order, money: Standing) -> int:
    """What was paid by card and is not on its way back, in minor units."""
    if order.payment_state not in (PaymentState.PAID, PaymentState.PART_REFUNDED):
        return 0
    return money.left_minor


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


def _screening(order: Order, found: order_screening.Shown | None) -> list[Alert]:
    points = findings(order.events, found)
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


def findings(events: Sequence[OrderEvent], found: order_screening.Shown | None) -> list[str]:
    """What screening noted when the order was placed; of an early order, its events say so."""
    if found is not None:
        return found.points
    return [event.note for event in events if event.kind == "screening"]


def _zones(
    rows: Sequence[PickRow], offers: dict[int, LotChange], order: Order, staff: SignedInStaff
) -> list[dict[str, object]]:
    def line(row: PickRow) -> dict[str, object]:
        shown = _pick_line(row)
        if row.reservation.id in offers:
            return shown | {"state": _("Another lot offered"), "state_kind": "soon"}
        open_states = (FulfilmentState.HELD, *PICKING)
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
    stopped = row.stopped
    state = words.lot_state(row.lot.state)
    return {
        "number": row.line.position,
        "value": row.reservation.id,
        "name": row.line.title,
        "note": _until(row.lot),
        "bin": row.lot.bin,
        "lot": row.lot.number,
        "quantity": row.reservation.quantity,
        "picked_vials": row.picked_vials,
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
    }
