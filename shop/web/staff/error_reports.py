"""The desk of reports: what readers say is wrong, and what becomes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form, SelectField
from wtforms.validators import InputRequired, Optional

from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.education import reports, revisions
from shop.education.models import ErrorReport, ReportState
from shop.education.monograph import ChangeKind
from shop.web.staff import access, frame, listing
from shop.web.staff.forms import _words as words_control
from shop.web.staff.listing import ViewLink
from shop.web.visitor import say


class View(StrEnum):
    """Kept questions about reports."""

    OPEN = "open"
    CORRECTED = "corrected"
    ANSWERED = "answered"
    DECLINED = "declined"
    ALL = "all"


class DecisionForm(Form):
    """What becomes of a report."""

    state = SelectField(_("Decision"), validators=[InputRequired(_("Select what becomes of the report"))])
    version = SelectField(_("Version that corrects it"), validators=[Optional()])
    reason = words_control(_("Reason"), _("Give a reason"))


def show() -> Response:
    """Reports of one state."""
    view, number = listing.choice("view", View, View.OPEN), listing.page_number()
    state = None if view is View.ALL else ReportState(view.value)
    with frame.building() as session:
        rows, total = reports.of_state(session, state, page=number)
        counted = reports.counts(session)
        return frame.page(
            session,
            "reports",
            section="reports",
            title=_labels()[view],
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.reports", view=each.value),
                    current=each is view,
                    count=sum(counted.values()) if each is View.ALL else counted[ReportState(each.value)],
                )
                for each, label in _labels().items()
            ],
            rows=rows,
            states=_state_labels(),
            pages=listing.pages(
                number=number,
                size=reports.PAGE_SIZE,
                total=total,
                address=lambda page: url_for("staff.reports", view=view.value, page=page),
            ),
        )


def decide(number: int) -> AnyResponse:
    """One report, and its decision."""
    form, refusal = DecisionForm(request.form), ""
    with frame.building() as session:
        report = reports.find(session, number)
        slug = report.monograph.compound.slug
        corrections = [
            each for each in revisions.history(session, slug) if each.change_kind is ChangeKind.CORRECTION
        ]
        _offer(form, report, [each.number for each in corrections])
    if request.method == "POST" and form.validate():
        state = ReportState(form.state.data)
        if state is ReportState.CORRECTED and not form.version.data:
            form.version.errors = [_("Select the version that corrects it")]
        else:
            try:
                reports.decide(
                    number,
                    state,
                    reason=str(form.reason.data),
                    actor=access.signed_in_staff().actor,
                    corrected_in=int(form.version.data) if state is ReportState.CORRECTED else None,
                )
                say(_("Report %(number)s is decided.", number=number))
                return redirect(url_for("staff.reports"), 303)
            except Refused as refused:
                refusal = str(refused)
    failed = request.method == "POST"
    with frame.building() as session:
        found = reports.find(session, number)
        return frame.page(
            session,
            "report",
            section="reports",
            status=400 if failed else 200,
            has_errors=failed,
            report=found,
            state=_state_labels()[found.state],
            is_open=found.state is ReportState.OPEN,
            form=form,
            refusal=refusal,
            compound=found.monograph.compound,
        )


def _offer(form: Any, report: ErrorReport, corrections: list[int]) -> None:
    labels = _state_labels()
    offered = [ReportState.ANSWERED, ReportState.DECLINED]
    if corrections:
        offered.insert(0, ReportState.CORRECTED)
    form.state.choices = {"": _("Select one")} | {state.value: labels[state] for state in offered}
    form.version.choices = {"": _("None")} | {
        str(number): _("Version %(number)s", number=number) for number in corrections
    }


def _state_labels() -> dict[ReportState, str]:
    return {
        ReportState.OPEN: _("Open"),
        ReportState.CORRECTED: _("Corrected"),
        ReportState.ANSWERED: _("Answered"),
        ReportState.DECLINED: _("Declined"),
    }


def _labels() -> dict[View, str]:
    return {
        View.OPEN: _("Open"),
        View.CORRECTED: _("Corrected"),
        View.ANSWERED: _("Answered"),
        View.DECLINED: _("Declined"),
        View.ALL: _("All"),
    }
