"""The desk of questions and complaints, and the holds they ask for."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, Form, RadioField
from wtforms.validators import InputRequired

from shop.claims.use_in_people import fixed_refusal
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.people import staff as people
from shop.people.permissions import Permission
from shop.recalls import enquiries
from shop.recalls.enquiries import Enquiry, EnquiryKind, EnquiryState, View
from shop.web.enquiry_form import EnquiryForm, new_enquiry
from shop.web.staff import access, frame, listing
from shop.web.staff.forms import _text, _words
from shop.web.staff.listing import ViewLink
from shop.web.staff.words import Badge
from shop.web.visitor import say


class AnswerForm(Form):
    """An answer to a message."""

    text = _words(_("Answer"), _("Write an answer"), 5000)
    unfounded = BooleanField(_("The complaint is not the lot’s fault: it does not count towards a hold"))


class TieForm(Form):
    """Which lot a message is about."""

    lot = _text(_("Lot number"), _("Enter the lot number"), 30)


class HoldForm(Form):
    """What a person decides about a lot with complaints."""

    decision = RadioField(
        _("Decision"),
        choices={"hold": _("Put the lot on hold"), "keep": _("Keep it on sale")},
        validators=[InputRequired(_("Choose what to do"))],
    )
    reason = _words(_("Reason"), _("Give a reason"))


def badge(enquiry: Enquiry) -> Badge:
    """Where a message stands."""
    return {
        EnquiryState.WAITING: Badge(_("Waiting"), "soon"),
        EnquiryState.ANSWERED: Badge(_("Answered"), "ok"),
        EnquiryState.UNFOUNDED: Badge(_("Not the lot’s fault"), ""),
        EnquiryState.REFUSED: Badge(_("Refused: use in people"), "off"),
    }[enquiry.state]


def kind_in_words(enquiry: Enquiry) -> str:
    """What somebody writes about."""
    return {EnquiryKind.QUESTION: _("Question"), EnquiryKind.COMPLAINT: _("Complaint")}[enquiry.kind]


def show() -> Response:
    """Messages in one view, and lots whose complaints ask for a hold."""
    view = listing.choice("view", View, View.WAITING)
    with frame.building() as session:
        found = enquiries.listed(session, view, page=listing.page_number())
        return frame.page(
            session,
            "enquiries",
            section="enquiries",
            view=view,
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.enquiries", view=each.value),
                    current=each == view,
                    count=None,
                )
                for each, label in {
                    View.WAITING: _("Waiting"),
                    View.COMPLAINTS: _("Complaints"),
                    View.REFUSED: _("Refused"),
                    View.ALL: _("All"),
                }.items()
            ],
            rows=[
                {
                    "enquiry": each,
                    "kind": kind_in_words(each),
                    "badge": badge(each),
                    "url": url_for("staff.enquiry", enquiry_id=each.id),
                }
                for each in found.rows
            ],
            pages=listing.pages(
                number=found.number,
                size=enquiries.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for("staff.enquiries", view=view.value, page=number),
            ),
            holds=enquiries.holds_asked(session),
        )


def one(enquiry_id: int) -> AnyResponse:
    """One message, and what to do with it."""
    done = request.form.get("form", "") if request.method == "POST" else ""
    answer_form = AnswerForm(request.form if done == "answer" else None)
    tie_form = TieForm(request.form if done == "tie" else None)
    form = {"answer": answer_form, "tie": tie_form}.get(done)
    refusal = ""
    if done == "refuse" or (form is not None and form.validate()):
        try:
            _do(enquiry_id, done, answer_form, tie_form)
        except Refused as error:
            refusal = str(error)
        else:
            say(_("Done."))
            return redirect(url_for("staff.enquiry", enquiry_id=enquiry_id), 303)
    failed = bool(refusal or (form is not None and form.errors))
    with frame.building() as session:
        found = enquiries.find(session, enquiry_id)
        return frame.page(
            session,
            "enquiry",
            section="enquiries",
            status=400 if failed else 200,
            has_errors=failed,
            enquiry=found,
            kind=kind_in_words(found),
            badge=badge(found),
            waits=found.state == EnquiryState.WAITING,
            others=[
                {"enquiry": each, "kind": kind_in_words(each), "badge": badge(each)}
                for each in (enquiries.of_lot(session, found.lot_id) if found.lot_id else [])
                if each.id != found.id
            ],
            answer_form=answer_form,
            tie_form=tie_form,
            form=form,
            refusal=refusal,
            refusal_text=fixed_refusal(),
        )


def _do(enquiry_id: int, done: str, answer_form: AnswerForm, tie_form: TieForm) -> None:
    actor = access.signed_in_staff().actor
    if done == "answer":
        enquiries.answer(
            enquiry_id,
            text=str(answer_form.text.data),
            unfounded=bool(answer_form.unfounded.data),
            actor=actor,
        )
    elif done == "tie":
        enquiries.tie(enquiry_id, lot_number=str(tie_form.lot.data), actor=actor)
    else:
        enquiries.refuse(enquiry_id, actor=actor)


def new() -> AnyResponse:
    """Write down a message that came by telephone or letter."""
    form = EnquiryForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            received = enquiries.receive(new_enquiry(form), taken_by=access.signed_in_staff().actor)
        except Refused as error:
            refusal = str(error)
        else:
            say(_("Kept as message %(number)s.", number=received.number))
            return redirect(url_for("staff.enquiries"), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        return frame.page(
            session,
            "new_enquiry",
            section="enquiries",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
        )


def hold(lot: str) -> AnyResponse:
    """Decide about a lot whose complaints ask for a hold."""
    form = HoldForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        staff = access.signed_in_staff()
        people.demand(staff, Permission.CHANGE_LOTS)
        try:
            enquiries.decide_hold(
                lot, hold=form.decision.data == "hold", reason=str(form.reason.data), actor=staff.actor
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("Decided."))
            return redirect(url_for("staff.lot", lot=lot.upper()), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        asked = next(
            (each for each in enquiries.holds_asked(session) if each.lot.number == lot.upper()), None
        )
        if asked is None:
            raise NotFound(_("No complaints ask for a hold of this lot."))
        return frame.page(
            session,
            "hold_asked",
            section="enquiries",
            status=400 if failed else 200,
            has_errors=failed,
            asked=asked,
            messages=[
                {"enquiry": each, "kind": kind_in_words(each), "badge": badge(each)}
                for each in enquiries.of_lot(session, asked.lot.id)
            ],
            form=form,
            refusal=refusal,
        )
