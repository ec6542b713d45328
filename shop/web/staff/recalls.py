"""The recall desk: the list, and the three pages that lead to a recall or a drill."""

from __future__ import annotations

import re

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory.models import Lot
from shop.recalls import notices, recalling, scope, tracking
from shop.recalls.models import CheckLevel, Recall, RecallCause, RecallClass, RecallState
from shop.recalls.recalling import RecallDetails
from shop.web.staff import access, frame, recall_forms
from shop.web.staff.recall_forms import NoticeForm, PrepareForm
from shop.web.staff.words import Badge
from shop.web.visitor import say

SHOWN = 50


def state_badges(recall: Recall) -> list[Badge]:
    """What a recall is, in badges."""
    drill = [Badge(_("Drill"), "hold")] if recall.is_drill else []
    state = {
        RecallState.DRAFT: Badge(_("Being prepared"), ""),
        RecallState.OPEN: Badge(_("Open"), "soon" if recall.is_drill else "bad"),
        RecallState.CLOSED: Badge(_("Closed"), "ok"),
    }[recall.state]
    return [*drill, state]


def show() -> Response:
    """Every recall and drill."""
    with frame.building() as session:
        return frame.page(
            session,
            "recalls",
            section="recalls",
            rows=[
                {
                    "recall": recall,
                    "url": address(recall),
                    "badges": state_badges(recall),
                    "lots": ", ".join(each.lot.number for each in recall.lots if each.named),
                }
                for recall in tracking.all_recalls(session)
            ],
        )


def address(recall: Recall) -> str:
    """Where a recall goes on: its first page while it is prepared, its tracking afterwards."""
    page = "staff.recall_lots" if recall.state == RecallState.DRAFT else "staff.recall"
    return url_for(page, recall_id=recall.id)


def new() -> AnyResponse:
    """Page 1, empty or for one lot."""
    return _lots(None)


def lots(recall_id: int) -> AnyResponse:
    """Page 1 of a recall that is being prepared."""
    return _lots(recall_id)


def _lots(recall_id: int | None) -> AnyResponse:
    form = PrepareForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            kept = recalling.prepare(
                _details(form), actor=access.signed_in_staff().actor, recall_id=recall_id
            )
        except Refused as error:
            refusal = str(error)
        else:
            return redirect(url_for("staff.recall_affected", recall_id=kept), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        recall = tracking.find(session, recall_id) if recall_id is not None else None
        if recall is not None and recall.state != RecallState.DRAFT:
            return redirect(url_for("staff.recall", recall_id=recall.id))
        if request.method != "POST":
            _fill(form, recall)
        return frame.page(
            session,
            "recall_lots",
            section="recalls",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            recall=recall,
            action=request.path,
        )


def _fill(form: PrepareForm, recall: Recall | None) -> None:
    if recall is None:
        form.lots.data = request.args.get("lot", "")[:30]
        return
    form.lots.data = "\n".join(each.lot.number for each in recall.lots if each.named)
    form.family.data = "whole" if recall.whole_family else "below"
    form.classification.data = recall.classification.value
    form.cause.data = recall.cause.value
    form.reason.data, form.instructions.data = recall.reason, recall.instructions
    form.check_level.data, form.drill.data = recall.check_level.value, recall.is_drill


def _details(form: PrepareForm) -> RecallDetails:
    return RecallDetails(
        lot_numbers=[each for each in re.split(r"[\s,;]+", str(form.lots.data)) if each],
        classification=RecallClass(form.classification.data),
        cause=RecallCause(form.cause.data),
        reason=str(form.reason.data),
        instructions=str(form.instructions.data),
        whole_family=form.family.data == "whole",
        is_drill=bool(form.drill.data),
        check_level=CheckLevel(form.check_level.data),
    )


def affected(recall_id: int) -> AnyResponse:
    """Page 2: every lot, consignee, order and cart it would touch."""
    with frame.building() as session:
        recall = tracking.find(session, recall_id)
        if recall.state != RecallState.DRAFT:
            return redirect(url_for("staff.recall", recall_id=recall.id))
        reached = _reached(session, recall)
        ids = [lot.id for lot in reached]
        named = {each.lot_id for each in recall.lots}
        return frame.page(
            session,
            "recall_affected",
            section="recalls",
            recall=recall,
            badges=state_badges(recall),
            lots=[{"lot": lot, "named": lot.id in named, "state": lot.state.value} for lot in reached],
            reach=scope.reach(session, ids),
            people=scope.people_listed(session, ids, at_most=SHOWN),
            orders=scope.open_orders(session, ids, at_most=SHOWN),
        )


def _reached(session: Session, recall: Recall) -> list[Lot]:
    ids = scope.family(session, [each.lot_id for each in recall.lots], whole=recall.whole_family)
    return list(session.scalars(select(Lot).where(Lot.id.in_(ids)).order_by(Lot.number)))


def notice(recall_id: int) -> AnyResponse:
    """Page 3: the words of the notice, and the decision."""
    form = NoticeForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        refusal = _why_not(recall_id, form)
        if not refusal:
            try:
                return _keep_or_start(recall_id, form)
            except Refused as error:
                refusal = str(error)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        recall = tracking.find(session, recall_id)
        if recall.state != RecallState.DRAFT:
            return redirect(url_for("staff.recall", recall_id=recall.id))
        if request.method != "POST":
            made = notices.draft(notices.named_lots(session, recall_id))
            form.subject.data = recall.notice_subject or made.subject
            form.text.data = recall.notice_text or made.text
        form.about.data = _shown(recall)
        return frame.page(
            session,
            "recall_notice",
            section="recalls",
            status=400 if failed else 200,
            has_errors=failed,
            recall=recall,
            badges=state_badges(recall),
            form=form,
            refusal=refusal,
            preview=notices.preview(session, recall, str(form.text.data or "")),
        )


def _shown(recall: Recall) -> str:
    """What page 3 was made from; a recall changed meanwhile is not confirmed by it."""
    numbers = ",".join(sorted(each.lot.number for each in recall.lots))
    return f"{numbers};{recall.whole_family};{recall.is_drill};{recall.classification.value}"


def _why_not(recall_id: int, form: NoticeForm) -> str:
    with frame.building() as session:
        if form.about.data != _shown(tracking.find(session, recall_id)):
            return _("The recall was changed since this page was made. Read it again before you decide.")
    return ""


def _keep_or_start(recall_id: int, form: NoticeForm) -> AnyResponse:
    recalling.write_notice(recall_id, subject=str(form.subject.data), text=str(form.text.data))
    if request.form.get("action") != "start":
        say(_("The notice is kept. Nothing has been stopped yet."))
        return redirect(url_for("staff.recall_notice", recall_id=recall_id), 303)
    recalling.start(recall_id, typed=str(form.typed_number.data), actor=access.signed_in_staff().actor)
    written = notices.write_due(recall_id)
    with frame.building() as session:
        recall = tracking.find(session, recall_id)
        took = (recall.took_ms or 0) / 1000
        text = (
            _(
                "Drill: everyone was listed in %(seconds)s s. Nothing was stopped or sent.",
                seconds=f"{took:.2f}",
            )
            if recall.is_drill
            else _(
                "Sales stopped and everyone was listed in %(seconds)s s. Letters written: %(count)s.",
                seconds=f"{took:.2f}",
                count=written,
            )
        )
    say(text)
    return redirect(url_for("staff.recall", recall_id=recall_id), 303)


def discard(recall_id: int) -> AnyResponse:
    """Give up a recall that is being prepared."""
    recalling.discard(recall_id, actor=access.signed_in_staff().actor)
    say(_("Given up. Nothing was stopped."))
    return redirect(url_for("staff.recalls"), 303)


def class_in_words(recall: Recall) -> str:
    """The class as the form says it."""
    return recall_forms.CLASSES[recall.classification.value]


def cause_in_words(recall: Recall) -> str:
    """The cause as the form says it."""
    return recall_forms.CAUSES[recall.cause.value]
