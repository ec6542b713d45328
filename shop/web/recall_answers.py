"""Pages reached by the signed links of a recall: a consignee's answer, and a buyer's decision about lots."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.recalls import answers, links, other_lots, scope, tracking
from shop.recalls.answers import Answer
from shop.recalls.models import Channel, OrderOutcome, RecallState
from shop.web.staff.recall_forms import AnswerForm

blueprint = Blueprint("recall_answers", __name__)


def _permitted(key: str) -> None:
    if not links.matches(request.args.get("key", ""), key):
        raise NotFound(_("This link is not complete. Open it again from your mail."))


def answer(consignee_id: int) -> AnyResponse:
    """What became of the vials. Opening the page is noted, once; that is all a look changes."""
    _permitted(links.consignee_key(consignee_id))
    form = AnswerForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            _keep(consignee_id, form)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            return redirect(
                url_for(
                    "recall_answers.answer",
                    consignee_id=consignee_id,
                    key=links.consignee_key(consignee_id),
                    kept=1,
                ),
                303,
            )
    if request.method == "GET":
        answers.mark_opened(consignee_id)
    failed = bool(form.errors or refusal)
    with reading() as session:
        row = tracking.consignee(session, consignee_id)
        if row.consignee.recall.is_drill:
            raise NotFound(_("There is no such recall."))
        if request.method == "GET" and row.consignee.answered_at is not None:
            _fill(form, row)
        page = render_template(
            "storefront/recall_answer.html",
            recall=row.consignee.recall,
            consignee=row.consignee,
            deliveries=row.deliveries,
            form=form,
            refusal=refusal,
            has_errors=failed,
            kept=bool(request.args.get("kept")) and not failed,
            is_open=row.consignee.recall.state == RecallState.OPEN,
            action=url_for(
                "recall_answers.answer", consignee_id=consignee_id, key=links.consignee_key(consignee_id)
            ),
            robots="noindex",
        )
    return Response(page, status=400 if failed else 200)


def _fill(form: AnswerForm, row: tracking.ConsigneeRow) -> None:
    consignee = row.consignee
    form.name.data = consignee.answered_by
    form.used.data, form.destroyed.data = consignee.vials_used, consignee.vials_destroyed
    form.returned.data, form.apart.data = consignee.vials_returned, consignee.vials_apart


def _keep(consignee_id: int, form: AnswerForm) -> None:
    answers.answer(
        consignee_id,
        Answer(
            name=str(form.name.data),
            used=form.used.data or 0,
            destroyed=form.destroyed.data or 0,
            returned=form.returned.data or 0,
            apart=form.apart.data or 0,
            note=str(form.note.data or ""),
        ),
        channel=Channel.LINK,
        actor="link",
    )


def lots(held_id: int) -> AnyResponse:
    """Other lots for an order that is held, taken with the buyer's yes."""
    _permitted(links.order_key(held_id))
    refusal = ""
    here = url_for("recall_answers.lots", held_id=held_id, key=links.order_key(held_id))
    if request.method == "POST":
        try:
            other_lots.accept(held_id, shown=request.form.get("shown", ""), actor=BUYER)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            return redirect(here, 303)
    with reading() as session:
        held = other_lots.load(session, held_id)
        if held.recall.is_drill:
            raise NotFound(_("There is no such order."))
        waits = held.outcome == OrderOutcome.HELD and scope.still_open(held.order)
        planned = other_lots.plan(session, held.order) if waits else []
        page = render_template(
            "storefront/recall_lots.html",
            recall=held.recall,
            order=held.order,
            vials=held.vials,
            waits=waits,
            changed=held.outcome == OrderOutcome.REALLOCATED,
            planned=planned,
            shown=other_lots.as_shown(planned),
            refusal=refusal,
            has_errors=bool(refusal),
            action=here,
            robots="noindex",
        )
    return Response(page, status=400 if refusal else 200)


ROW = "int(max=2147483647)"
blueprint.add_url_rule(f"/recalls/answer/<{ROW}:consignee_id>", "answer", answer, methods=["GET", "POST"])
blueprint.add_url_rule(f"/recalls/lots/<{ROW}:held_id>", "lots", lots, methods=["GET", "POST"])
