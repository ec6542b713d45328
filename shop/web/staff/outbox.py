"""The desk of the outbox: what goes out, what could not, and what a person decides about it; and the jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form

from shop.core import clock, heartbeat, jobs, mail, outbox_desk, webhook_desk
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.outbox import AttemptOutcome, OutboxMessage
from shop.core.outbox_desk import View, WholeMessage
from shop.web.staff import access, frame, listing
from shop.web.staff.forms import _words
from shop.web.staff.listing import ViewLink
from shop.web.staff.words import Badge
from shop.web.visitor import say


class DecisionForm(Form):
    """Why a message is sent again or not at all."""

    reason = _words(_("Reason"), _("Give a reason"))


@dataclass(frozen=True)
class Entry:
    """One line of a message's history."""

    time: datetime
    text: str


def show() -> Response:
    """Messages in one view, or those of one order or receiver in it."""
    return _list(DecisionForm(), status=200)


def _list(form: DecisionForm, *, status: int) -> Response:
    view, words = listing.choice("view", View, View.DEAD), listing.words()
    with frame.building() as session:
        found = outbox_desk.listed(session, view, words=words, page=listing.page_number())
        counted = outbox_desk.counts(session)
        return frame.page(
            session,
            "outbox",
            section="outbox",
            status=status,
            has_errors=status != 200,
            title=_labels()[view],
            view=view,
            words=words,
            form=form,
            here=url_for("staff.outbox", view=view.value, q=words or None),
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.outbox", view=each.value, q=words or None),
                    current=each is view,
                    count=counted.get(each),
                )
                for each, label in _labels().items()
            ],
            rows=[{"message": each, "what": _what(each)} for each in found.rows],
            kinds=_kinds(),
            pages=listing.pages(
                number=found.number,
                size=outbox_desk.PAGE_SIZE,
                total=found.total,
                address=lambda page: url_for("staff.outbox", view=view.value, q=words or None, page=page),
            ),
            may_replay_all=view is View.DEAD and found.total > 0,
        )


def replay_dead() -> AnyResponse:
    """Try every dead letter of the search again."""
    form = DecisionForm(request.form)
    if not form.validate():
        return _list(form, status=400)
    count = outbox_desk.replay_dead(
        actor=access.signed_in_staff().actor, reason=str(form.reason.data), words=listing.words()
    )
    say(_("%(count)s messages are tried again.", count=count))
    return redirect(url_for("staff.outbox", view=View.WAITING.value), 303)


def message(number: int) -> AnyResponse:
    """One message, what was tried, and the decision about it."""
    form, refusal = DecisionForm(request.form), ""
    if request.method == "POST" and form.validate():
        chosen, reason = request.form.get("do", ""), str(form.reason.data)
        actor = access.signed_in_staff().actor
        try:
            if chosen == "replay":
                outbox_desk.replay(number, actor=actor, reason=reason)
                say(_("The message is tried again now."))
            elif chosen == "dismiss":
                outbox_desk.dismiss(number, actor=actor, reason=reason)
                say(_("The message will not be sent. Later ones about the same subject go on."))
            elif chosen == "again":
                number = webhook_desk.send_again(number, actor=actor, reason=reason)
                say(_("The event is on its way again, with the same id. This is its new delivery."))
            else:
                raise Refused(_("Choose whether to send the message again or to dismiss it."))
            return redirect(url_for("staff.outbox_message", number=number), 303)
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        whole = outbox_desk.find(session, number)
        found = whole.message
        view = outbox_desk.view_of(found)
        return frame.page(
            session,
            "outbox_message",
            section="outbox",
            status=400 if failed else 200,
            has_errors=failed,
            message=found,
            what=_what(found),
            kind=_kinds().get(found.kind, found.kind),
            badge=badge(found),
            undecided=view in (View.WAITING, View.FAILING, View.DEAD),
            is_dead=view is View.DEAD,
            can_send_again=view is View.SENT and found.kind == "webhook" and found.cleared_at is None,
            sending=found.claimed_until is not None and found.claimed_until > clock.now(),
            waits_for=whole.waits_for,
            order=_order_in(found.subject),
            body=_body(found),
            entries=sorted(_entries(whole), key=lambda entry: entry.time),
            form=form,
            refusal=refusal,
        )


def show_jobs() -> Response:
    """The workers and the periodic jobs: when each last ran, and what went wrong."""
    with frame.building() as session:
        moment = clock.now()
        return frame.page(
            session,
            "jobs",
            section="jobs",
            jobs=jobs.states(session),
            workers=[{"worker": each, "badge": _life(each, moment)} for each in heartbeat.workers(session)],
        )


def badge(message: OutboxMessage) -> Badge:
    """Where a message stands."""
    return {
        View.WAITING: Badge(_("Waiting"), "soon"),
        View.FAILING: Badge(_("Tried again later"), "warn"),
        View.DEAD: Badge(_("Could not be sent"), "fail"),
        View.SENT: Badge(_("Sent"), "ok"),
        View.DISMISSED: Badge(_("Dismissed"), "off"),
    }[outbox_desk.view_of(message)]


def _labels() -> dict[View, str]:
    return {
        View.DEAD: _("Could not be sent"),
        View.FAILING: _("Failing"),
        View.WAITING: _("Waiting"),
        View.SENT: _("Sent"),
        View.DISMISSED: _("Dismissed"),
    }


def _kinds() -> dict[str, str]:
    return {mail.KIND: _("Mail"), "webhook": _("Webhook")}


def _what(message: OutboxMessage) -> str:
    """What it tells: the subject of a mail, the type of an event, or else its key."""
    told = message.payload.get("subject") or message.payload.get("type")
    return str(told or message.key)


def _order_in(subject: str) -> str:
    """The number of the order a message is about, if it is about one."""
    before, _slash, number = subject.rpartition("/")
    return number if before.endswith("order") and number.isdigit() else ""


def _body(message: OutboxMessage) -> str:
    """The words sent; not those that open something, such as a code."""
    if message.payload.get("is_secret"):
        return ""
    if "event" in message.payload:
        return json.dumps(message.payload["event"], indent=2, ensure_ascii=False, sort_keys=True)
    return str(message.payload.get("body", ""))


def _entries(whole: WholeMessage) -> Iterator[Entry]:
    yield Entry(whole.message.created_at, _("Written"))
    words = {
        AttemptOutcome.SENT: _("Sent"),
        AttemptOutcome.PUT_OFF: _("Failed"),
        AttemptOutcome.GIVEN_UP: _("Failed, and given up"),
        AttemptOutcome.WORKER_LOST: _("The worker was lost; nobody knows whether it went out. Tried again."),
    }
    for attempt in whole.attempts:
        parts = [words[attempt.outcome]]
        if attempt.status is not None:
            parts.append(_("answer %(code)s", code=attempt.status))
        if attempt.took_ms is not None:
            parts.append(_("after %(ms)s ms", ms=attempt.took_ms))
        yield Entry(attempt.at, ", ".join(parts) + (f": {attempt.detail}" if attempt.detail else ""))
    for decision in whole.decisions:
        done = _("Sent again by") if decision.action == "outbox.replay" else _("Dismissed by")
        yield Entry(decision.at, f"{done} {decision.actor}: {decision.reason}")


def _life(worker: heartbeat.WorkerHeartbeat, moment: datetime) -> Badge:
    if worker.stopped_at is not None:
        return Badge(_("Stopped"), "off")
    lost = moment - worker.seen_at > heartbeat.LOST_AFTER
    return Badge(_("Lost"), "bad") if lost else Badge(_("At work"), "ok")
