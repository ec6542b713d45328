"""One recall that has begun: who was told, who answered, where the vials are, and its end."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.people import staff as people
from shop.people.permissions import Permission
from shop.recalls import answers, other_lots, scope, tracking
from shop.recalls.answers import Answer
from shop.recalls.models import (
    Channel,
    ContactKind,
    OrderOutcome,
    Recall,
    RecallContact,
    RecallLot,
    RecallOrder,
    RecallState,
)
from shop.recalls.tracking import ConsigneeRow, MailState, View
from shop.web.staff import access, frame, listing, recalls, tables, words
from shop.web.staff.history import Entry
from shop.web.staff.listing import ViewLink
from shop.web.staff.recall_forms import AnswerForm, CheckForm, CloseForm, StaffAnswerForm, TriedForm, YesForm
from shop.web.staff.words import Badge
from shop.web.visitor import say

ORDERS_SHOWN = 100
PRINTED = 5_000


def show(recall_id: int) -> AnyResponse:
    """Where it stands."""
    view = listing.choice("view", View, View.ALL)
    with frame.building() as session:
        recall = tracking.find(session, recall_id)
        if recall.state == RecallState.DRAFT:
            return redirect(recalls.address(recall))
        found = tracking.consignees(session, recall, view, page=listing.page_number())
        return frame.page(
            session,
            "recall",
            section="recalls",
            **_facts(recall),
            progress=tracking.progress(session, recall),
            view=view,
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.recall", recall_id=recall_id, view=each.value),
                    current=each == view,
                    count=None,
                )
                for each, label in _views().items()
            ],
            rows=[_row(row) for row in found.rows],
            to_check=tracking.chosen_for_checks(session, recall),
            pages=listing.pages(
                number=found.number,
                size=tracking.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for(
                    "staff.recall", recall_id=recall_id, view=view.value, page=number
                ),
            ),
            orders=[_order(each) for each in tracking.orders(session, recall, at_most=ORDERS_SHOWN)],
        )


def _views() -> dict[View, str]:
    return {
        View.ALL: _("All"),
        View.UNANSWERED: _("Not answered"),
        View.TO_CALL: _("To telephone"),
        View.ANSWERED: _("Answered"),
    }


def _facts(recall: Recall) -> dict[str, Any]:
    return {
        "recall": recall,
        "badges": recalls.state_badges(recall),
        "class_words": recalls.class_in_words(recall),
        "cause_words": recalls.cause_in_words(recall),
        "lots": [_lot(each) for each in recall.lots],
        "seconds": f"{(recall.took_ms or 0) / 1000:.2f}",
    }


def _lot(each: RecallLot) -> dict[str, object]:
    accounted = each.on_hand + each.shipped - each.returned + each.written_off + each.split_off
    return {
        "row": each,
        "state": words.lot_state(each.state_before).label if each.state_before else "",
        "accounted": accounted,
        "percent": 100 if not each.received else min(accounted, each.received) * 100 // each.received,
    }


def _row(row: ConsigneeRow) -> dict[str, object]:
    return {
        "consignee": row.consignee,
        "url": url_for(
            "staff.recall_consignee", recall_id=row.consignee.recall_id, consignee_id=row.consignee.id
        ),
        "lots": ", ".join(f"{each.lot} × {each.vials}" for each in row.deliveries),
        "badge": _consignee_badge(row),
    }


def _consignee_badge(row: ConsigneeRow) -> Badge:
    consignee = row.consignee
    if consignee.answered_at is not None:
        return Badge(_("Answered"), "ok")
    if consignee.no_address or row.mail is MailState.FAILED:
        return Badge(_("Mail can’t be delivered"), "bad")
    if consignee.opened_at is not None:
        return Badge(_("Opened"), "soon")
    if consignee.reminders:
        return Badge(_("Reminded %(count)s times", count=consignee.reminders), "soon")
    return {
        MailState.NONE: Badge(_("Not written to"), ""),
        MailState.QUEUED: Badge(_("Being sent"), ""),
        MailState.SENT: Badge(_("Sent"), ""),
        MailState.FAILED: Badge(_("Mail can’t be delivered"), "bad"),
    }[row.mail]


def _order(each: RecallOrder) -> dict[str, object]:
    order = each.order
    if each.outcome == OrderOutcome.REALLOCATED:
        badge = Badge(_("Other lots, with the buyer’s yes"), "ok")
    elif not scope.still_open(order):
        badge = words.fulfilment(order)
    else:
        badge = Badge(_("Held"), "hold")
    return {
        "row": each,
        "order": order,
        "badge": badge,
        "waits": each.outcome == OrderOutcome.HELD and scope.still_open(order),
    }


def consignee(recall_id: int, consignee_id: int) -> AnyResponse:
    """One consignee: what they got, what was said, and what to write down."""
    done = request.form.get("form", "") if request.method == "POST" else ""
    answer_form = StaffAnswerForm(request.form if done == "answer" else None)
    tried_form = TriedForm(request.form if done == "tried" else None, prefix="t-")
    check_form = CheckForm(request.form if done == "check" else None, prefix="c-")
    forms: dict[str, StaffAnswerForm | TriedForm | CheckForm] = {
        "answer": answer_form,
        "tried": tried_form,
        "check": check_form,
    }
    form = forms.get(done)
    refusal = ""
    if form is not None and form.validate():
        try:
            _keep(recall_id, consignee_id, form)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("Written down."))
            return redirect(
                url_for("staff.recall_consignee", recall_id=recall_id, consignee_id=consignee_id), 303
            )
    failed = bool(refusal or (form is not None and form.errors))
    with frame.building() as session:
        row = tracking.consignee(session, consignee_id)
        if row.consignee.recall_id != recall_id:
            raise NotFound(_("There is no such consignee."))
        return frame.page(
            session,
            "recall_consignee",
            section="recalls",
            status=400 if failed else 200,
            has_errors=failed,
            recall=row.consignee.recall,
            consignee=row.consignee,
            deliveries=row.deliveries,
            badge=_consignee_badge(row),
            answer_form=answer_form,
            tried_form=tried_form,
            check_form=check_form,
            form=form,
            refusal=refusal,
            is_open=row.consignee.recall.state == RecallState.OPEN,
            history=[Entry(each.at, _contact(each)) for each in tracking.contacts(session, consignee_id)],
            checks=tracking.checks(session, consignee_id),
        )


def _keep(recall_id: int, consignee_id: int, form: StaffAnswerForm | TriedForm | CheckForm) -> None:
    with reading() as session:
        if tracking.consignee(session, consignee_id).consignee.recall_id != recall_id:
            raise NotFound(_("There is no such consignee."))
    actor = access.signed_in_staff().actor
    channel = Channel(form.channel.data)
    if isinstance(form, StaffAnswerForm):
        answers.answer(consignee_id, answer_of(form), channel=channel, actor=actor)
    elif isinstance(form, TriedForm):
        answers.tried(consignee_id, channel=channel, note=str(form.note.data), actor=actor)
    else:
        answers.check(
            consignee_id,
            channel=channel,
            arrived=form.found.data in ("acted", "arrived"),
            acted=form.found.data == "acted",
            note=str(form.note.data or ""),
            actor=actor,
        )


def answer_of(form: AnswerForm) -> Answer:
    """The numbers of a form that was filled in."""
    return Answer(
        name=str(form.name.data),
        used=form.used.data or 0,
        destroyed=form.destroyed.data or 0,
        returned=form.returned.data or 0,
        apart=form.apart.data or 0,
        note=str(form.note.data or ""),
    )


def _contact(each: RecallContact) -> str:
    what = {
        ContactKind.NOTICE: _("Notice written"),
        ContactKind.REMINDER: _("Reminder written"),
        ContactKind.OPENED: _("The page of the notice was opened"),
        ContactKind.ANSWER: _("Answer"),
        ContactKind.PHONE: _("Telephone"),
        ContactKind.LETTER: _("Letter"),
        ContactKind.EMAIL: _("Email"),
        ContactKind.VISIT: _("Visit"),
        ContactKind.NO_ADDRESS: _("The mail address can’t be used"),
    }[each.kind]
    by = "" if each.actor in ("job", "link") else _(" by %(who)s", who=each.actor)
    return f"{what}{by}" + (f": {each.note}" if each.note else "")


def order(recall_id: int, held_id: int) -> AnyResponse:
    """An order that is held: the other lots it could have, and the buyer's yes as staff heard it."""
    form = YesForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        staff = access.signed_in_staff()
        people.demand(staff, Permission.REVIEW_ORDERS)
        try:
            other_lots.accept(
                held_id, shown=str(form.shown.data), actor=f"{staff.actor}: {form.note.data}"[:200]
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The order has other lots now and can be packed."))
            return redirect(url_for("staff.recall", recall_id=recall_id), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        held = other_lots.load(session, held_id)
        if held.recall_id != recall_id:
            raise NotFound(_("There is no such order."))
        planned = other_lots.plan(session, held.order) if held.outcome == OrderOutcome.HELD else []
        return frame.page(
            session,
            "recall_order",
            section="recalls",
            status=400 if failed else 200,
            has_errors=failed,
            recall=held.recall,
            held=held,
            order=held.order,
            state=_order(held),
            planned=planned,
            shown=other_lots.as_shown(planned),
            form=form,
            refusal=refusal,
        )


def close(recall_id: int) -> AnyResponse:
    """End it, on a page of its own."""
    form = CloseForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            answers.close(
                recall_id,
                summary=str(form.summary.data),
                accept_open=bool(form.accept_open.data),
                actor=access.signed_in_staff().actor,
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The recall is closed. Its lots stay recalled."))
            return redirect(url_for("staff.recall", recall_id=recall_id), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        recall = tracking.find(session, recall_id)
        return frame.page(
            session,
            "recall_close",
            section="recalls",
            status=400 if failed else 200,
            has_errors=failed,
            recall=recall,
            badges=recalls.state_badges(recall),
            missing=answers.unfinished(session, recall),
            possible=recall.state == RecallState.OPEN,
            form=form,
            refusal=refusal,
        )


def report(recall_id: int) -> AnyResponse:
    """Everything on one page to print: facts, vials, consignees, orders."""
    with frame.building() as session:
        recall = tracking.find(session, recall_id)
        if recall.state == RecallState.DRAFT:
            return redirect(recalls.address(recall))
        lot_ids = [each.lot_id for each in recall.lots]
        return frame.page(
            session,
            "recall_report",
            section="recalls",
            **_facts(recall),
            progress=tracking.progress(session, recall),
            deliveries=scope.deliveries(session, lot_ids, at_most=PRINTED),
            orders=[_order(each) for each in tracking.orders(session, recall, at_most=PRINTED)],
            most=PRINTED,
        )


def as_file(recall_id: int) -> Response:
    """Every consignee by lot, as CSV: one row for each parcel."""
    heads = [
        _("Recall"),
        _("Lot"),
        _("Vials"),
        _("Organisation"),
        _("Contact"),
        _("Email"),
        _("Telephone"),
        _("Address"),
        _("Order"),
        _("Sent"),
        _("Carrier"),
        _("Tracking number"),
    ]
    with reading() as session:
        recall = tracking.find(session, recall_id)
        found = scope.deliveries(session, [each.lot_id for each in recall.lots])
        return tables.as_file(
            f"{recall.number.lower()}-consignees.csv",
            heads,
            [
                (
                    recall.number,
                    each.lot,
                    each.vials,
                    each.organisation,
                    each.name,
                    each.email,
                    each.phone,
                    each.address,
                    each.order_number,
                    each.shipped_at,
                    each.carrier,
                    each.tracking,
                )
                for each in found
            ],
        )
