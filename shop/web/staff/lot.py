"""One lot: what it is, where its vials are, its certificates, and the only things that can be done next."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import certificates, lot_index, lots
from shop.inventory.models import CertificateRevision, Lot, LotEvent, LotState, StockMovement
from shop.ordering import queue
from shop.people.permissions import Permission
from shop.people.staff import SignedInStaff
from shop.web.staff import access, frame, stock, words
from shop.web.staff.forms import DecisionForm
from shop.web.staff.history import Entry
from shop.web.visitor import say

MOVEMENTS_SHOWN = 30
ADDRESSES = {"hold": LotState.ON_HOLD, "reject": LotState.REJECTED}


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that can be done with a lot now."""

    label: str
    url: str
    primary: bool = False
    danger: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of state as its page restates it."""

    title: str
    effects: list[str]
    button: str
    danger: bool


def show(lot: str) -> AnyResponse:
    """The lot as it is now."""
    with frame.building() as session:
        found = lot_index.load(session, lot)
        if found.number != lot:
            return redirect(url_for("staff.lot", lot=found.number))
        today = clock.today()
        movements, total = lot_index.last_movements(session, found.id, at_most=MOVEMENTS_SHOWN)
        waiting = lot_index.waiting_revision(found)
        return frame.page(
            session,
            "lot",
            section="lots",
            lot=found,
            state=lots.shown_state(found, today).value,
            days=(found.retest_on - today).days if found.retest_on else None,
            picture=stock.pictures(session, [found], None)[0],
            parent=found.parent,
            parts=lots.parts(session, found.id),
            actions=_actions(found, waiting, access.signed_in_staff()),
            vial_actions=_vial_actions(found, access.signed_in_staff()),
            waiting=waiting,
            problems=certificates.problems(found, waiting) if waiting else [],
            uploaded_by_me=waiting is not None and waiting.uploaded_by == access.signed_in_staff().actor,
            revisions=_revisions(found, access.signed_in_staff()),
            movements=[_movement(each) for each in movements],
            movements_total=total,
            open_orders=queue.open_orders_of_lot(session, found.id),
            history=[Entry(event.at, _event(event)) for event in reversed(found.events)],
        )


def change(lot: str, step: str) -> AnyResponse:
    """Put a lot on hold or reject it. A recall has pages of its own."""
    if step == "recall":
        return redirect(url_for("staff.new_recall", lot=lot))
    if step not in ADDRESSES:
        raise NotFound(_("A lot can be put on hold, rejected or recalled."))
    return _change(lot, ADDRESSES[step], DecisionForm(request.form))


def back_to_sale(lot: str) -> AnyResponse:
    """Release a lot again after it was on hold."""
    return _change(lot, LotState.RELEASED, DecisionForm(request.form))


def _change(number: str, to: LotState, form: DecisionForm) -> AnyResponse:
    refusal = ""
    if request.method == "POST":
        with frame.building() as session:
            found = lot_index.load(session, number)
            refusal = _why_not(found, form)
        if form.validate() and not refusal:
            try:
                lots.change_state(
                    number, to, actor=access.signed_in_staff().actor, reason=str(form.reason.data)
                )
            except Refused as error:
                refusal = str(error)
            else:
                say(_("Lot %(lot)s is %(state)s.", lot=number.upper(), state=lots.state_in_words(to)))
                return redirect(url_for("staff.lot", lot=number.upper()), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        found = lot_index.load(session, number)
        return _change_page(session, found, to, form, refusal, failed=failed)


def _why_not(lot: Lot, form: DecisionForm) -> str:
    """What contradicts the page the form was sent from."""
    if form.about.data != lot.state.value:
        return _("The lot has changed since this page was made. Read it again before you decide.")
    return ""


def _change_page(
    session: Session, lot: Lot, to: LotState, form: DecisionForm, refusal: str, *, failed: bool
) -> Response:
    orders, vials = queue.sent_of_lot(session, lot.id)
    return frame.page(
        session,
        "change_lot",
        section="lots",
        status=400 if failed else 200,
        has_errors=failed,
        lot=lot,
        state=lot.state.value,
        change=_in_words(lot, to),
        possible=to in lots.TRANSITIONS[lot.state] and not (to == LotState.RELEASED and _in_quarantine(lot)),
        state_in_words=lots.state_in_words(lot.state),
        form=form,
        refusal=refusal,
        open_orders=queue.open_orders_of_lot(session, lot.id),
        sent_orders=orders,
        sent_vials=vials,
        action=request.path,
    )


def _in_quarantine(lot: Lot) -> bool:
    """From quarantine a lot is released over its certificate, on another page."""
    return lot.state == LotState.QUARANTINE


def _in_words(lot: Lot, to: LotState) -> Change:
    number = lot.number
    stopped = _("The orders below keep its vials and can’t be packed or sent.")
    return {
        LotState.ON_HOLD: Change(
            title=_("Put lot %(lot)s on hold", lot=number),
            effects=[
                _("It is not sold from now on."),
                stopped,
                _("It can be released again, rejected or recalled afterwards."),
            ],
            button=_("Put on hold"),
            danger=False,
        ),
        LotState.REJECTED: Change(
            title=_("Reject lot %(lot)s", lot=number),
            effects=[_("It is never sold. This cannot be undone."), stopped],
            button=_("Reject the lot"),
            danger=True,
        ),
        LotState.RELEASED: Change(
            title=_("Release lot %(lot)s again", lot=number),
            effects=[_("It is sold again from now on."), _("The orders below can be packed and sent.")],
            button=_("Release the lot"),
            danger=False,
        ),
    }[to]


def _actions(lot: Lot, waiting: CertificateRevision | None, staff: SignedInStaff) -> list[Action]:
    """What this person can do with this lot now; only what its state allows."""
    found = _release_actions(lot, waiting, staff) if staff.may(Permission.RELEASE_LOTS) else []
    if staff.may(Permission.UPLOAD_CERTIFICATES):
        label = _("Add a new revision") if lot.certificates else _("Add the certificate")
        address = url_for("staff.upload_certificate", lot=lot.number)
        found.append(Action(label=label, url=address, primary=not lot.certificates))
    if staff.may(Permission.CHANGE_LOTS):
        found += _change_actions(lot)
    if staff.may(Permission.RUN_RECALLS) and lot.state != LotState.RECALLED:
        found.append(Action(label=_("Recall"), url=url_for("staff.new_recall", lot=lot.number), danger=True))
    return found


def _vial_actions(lot: Lot, staff: SignedInStaff) -> list[Action]:
    """What this person can do with its vials now."""
    number, ended = lot.number, lot.state in (LotState.REJECTED, LotState.RECALLED)
    found: list[Action] = []
    if staff.may(Permission.ADJUST_STOCK):
        found.append(Action(label=_("Count"), url=url_for("staff.count_lot", lot=number)))
        if lot.free:
            for step, label in (("set-apart", _("Set vials apart")), ("write-off", _("Write off"))):
                found.append(Action(label=label, url=url_for("staff.stock_change", lot=number, step=step)))
        if lot.quarantined:
            address = url_for("staff.stock_change", lot=number, step="discard")
            found.append(Action(label=_("Write off what is set apart"), url=address))
    if lot.quarantined and not ended and staff.may(Permission.RELEASE_LOTS):
        found.append(Action(label=_("Clear what is set apart"), url=url_for("staff.clear_vials", lot=number)))
    if lot.free and not ended and staff.may(Permission.RECEIVE_LOTS):
        found.append(Action(label=_("Split off a lot"), url=url_for("staff.split_lot", lot=number)))
    return found


def _release_actions(lot: Lot, waiting: CertificateRevision | None, staff: SignedInStaff) -> list[Action]:
    """What the second person can do; nobody is offered to compare what they typed themselves."""
    if lot.state == LotState.ON_HOLD:
        again = [Action(label=_("Release again"), url=url_for("staff.back_to_sale", lot=lot.number))]
    else:
        again = []
    compared = waiting or (certificates.current(lot) if _in_quarantine(lot) else None)
    if compared is None or compared.uploaded_by == staff.actor:
        return again
    if _in_quarantine(lot):
        label, address = _("Compare and release"), url_for("staff.release_lot", lot=lot.number)
    else:
        label = _("Compare the new certificate")
        address = url_for("staff.confirm_certificate", lot=lot.number, revision=compared.revision)
    return [Action(label=label, url=address, primary=True), *again]


def _change_actions(lot: Lot) -> list[Action]:
    labels = {
        LotState.ON_HOLD: _("Put on hold"),
        LotState.REJECTED: _("Reject"),
    }
    return [
        Action(
            label=labels[to],
            url=url_for("staff.change_lot", lot=lot.number, step=step),
            danger=to != LotState.ON_HOLD,
        )
        for step, to in ADDRESSES.items()
        if to in lots.TRANSITIONS[lot.state]
    ]


def _revisions(lot: Lot, staff: SignedInStaff) -> list[dict[str, object]]:
    newest = certificates.newest_published(lot)
    waiting = lot_index.waiting_revision(lot)
    overtaken = {each.id for each in lot_index.overtaken(lot)}
    return [
        {
            "revision": each,
            "state": _revision_state(each, newest, waiting),
            "document_url": url_for("staff.certificate_document", lot=lot.number, revision=each.revision),
            "trace_url": url_for("staff.certificate_trace", lot=lot.number, revision=each.revision)
            if each.chromatogram_sha256
            else "",
            "withdraw_url": url_for("staff.withdraw_certificate", lot=lot.number, revision=each.revision)
            if each.published_at and not each.withdrawal
            else "",
            "confirm_url": url_for("staff.confirm_certificate", lot=lot.number, revision=each.revision)
            if each.id in overtaken and each.uploaded_by != staff.actor and staff.may(Permission.RELEASE_LOTS)
            else "",
            "check_url": url_for("staff.portal_check", lot=lot.number, revision=each.revision)
            if each.published_at
            else "",
        }
        for each in reversed(lot.certificates)
    ]


def _revision_state(
    revision: CertificateRevision, newest: CertificateRevision | None, waiting: CertificateRevision | None
) -> words.Badge:
    if revision.withdrawal is not None:
        return words.Badge(_("Withdrawn"), "bad")
    if newest is not None and revision.id == newest.id:
        return words.Badge(_("In force"), "ok")
    if waiting is not None and revision.id == waiting.id:
        return words.Badge(_("To confirm"), "soon")
    return words.Badge(_("Superseded") if revision.published_at else _("Never confirmed"), "off")


def _movement(movement: StockMovement) -> dict[str, object]:
    changes = (
        movement.on_hand_change,
        movement.reserved_change,
        movement.allocated_change,
        movement.quarantined_change,
    )
    return {
        "at": movement.at,
        "kind": words.movement(movement.kind),
        "changes": [_signed(change) for change in changes],
        "cause": movement.cause,
        "actor": movement.actor,
        "reason": movement.reason or "",
    }


def _signed(change: int) -> str:
    return "0" if change == 0 else f"{change:+,}".replace("-", "−")


def _event(event: LotEvent) -> str:
    change = words.lot_state(event.to_state).label
    return _("%(state)s by %(who)s: %(why)s", state=change, who=event.actor, why=event.reason)
