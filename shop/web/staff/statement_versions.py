"""The desk of the research-use statement: its versions, and publishing a new one in three pages.

What was written travels in the forms themselves, so that nothing is kept before it is published.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, Field, Form, HiddenField, RadioField
from wtforms.validators import DataRequired, Optional, ValidationError

from shop.attestations import statement_text
from shop.attestations.models import Asked
from shop.attestations.statement_changes import Kind, side_by_side
from shop.attestations.statement_text import Words, words_of
from shop.claims.holds import Judged
from shop.claims.rules import Verdict
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import statement_versions
from shop.ordering.statement_versions import LONGEST_CODE, Listed, NewVersion, State
from shop.web.staff import access, frame
from shop.web.staff.forms import MomentField, _text, _words
from shop.web.staff.words import Badge
from shop.web.visitor import say

NOW, LATER = "now", "later"

STATES = {
    State.FUTURE: Badge(_("Future"), "soon"),
    State.IN_FORCE: Badge(_("In force"), "ok"),
    State.EARLIER: Badge(_("Earlier"), "off"),
}
ASKED = {
    Asked.APPROVAL: _("The approval for work with laboratory animals, or that there is none"),
    Asked.INTENDED_USE: _("The intended use in the buyer’s own words"),
    Asked.ELECTRONIC: _("Agreement to sign electronically"),
}
KINDS = {
    Kind.PREAMBLE: _("Preamble"),
    Kind.HEADING: _("Heading"),
    Kind.SENTENCE: _("Sentence"),
    Kind.ASKED: _("Asked besides"),
}


class VersionForm(Form):
    """A version as staff write it. `after` is the newest version that the page was made from."""

    after = HiddenField()
    code = _text(_("Code"), _("Enter a code, such as RU-2"), LONGEST_CODE)
    begins = RadioField(
        _("In force"),
        choices={NOW: _("From the moment it is published"), LATER: _("From a date and time")},
        validators=[DataRequired(_("Select from when on it is in force"))],
    )
    moment = MomentField(_("Date and time (UTC)"), validators=[Optional()])
    preamble = _words(_("Preamble"), _("Write what a buyer reads before the clauses"), 10_000)
    clauses = _words(_("Clauses"), _("Write the clauses"), 100_000)
    approval = BooleanField(ASKED[Asked.APPROVAL])
    intended_use = BooleanField(ASKED[Asked.INTENDED_USE])
    electronic = BooleanField(ASKED[Asked.ELECTRONIC])

    def validate_begins(self, field: Field) -> None:
        """Beginning later needs to say when."""
        if field.data == LATER and self.moment.data is None and not self.moment.errors:
            raise ValidationError(_("Enter the date and time from which it is in force"))

    def validate_preamble(self, field: Field) -> None:
        """One paragraph without places to fill in."""
        try:
            statement_text.read_preamble(field.data)
        except Refused as error:
            raise ValidationError(str(error)) from None

    def validate_clauses(self, field: Field) -> None:
        """Headings with sentences below them."""
        try:
            statement_text.read_clauses(field.data)
        except Refused as error:
            raise ValidationError(str(error)) from None

    @property
    def written(self) -> NewVersion:
        """The version, once the form is valid."""
        return NewVersion(
            code=str(self.code.data),
            in_force_from=self.moment.data if self.begins.data == LATER else None,
            words=Words(
                preamble=statement_text.read_preamble(str(self.preamble.data)),
                clauses=statement_text.read_clauses(str(self.clauses.data)),
                asks=frozenset(each for each in Asked if self[each.value].data),
            ),
        )

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the next page sends again, as it was sent."""
        given = [(name, field.data) for name, field in self._fields.items() if name != "moment"]
        as_sent = [(name, "y" if value is True else str(value or "")) for name, value in given if value]
        moment: datetime | None = self.moment.data
        return [*as_sent, ("moment", moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if moment else "")]


class PublishForm(Form):
    """Why it is published, and why what the claims guard holds may stand. `seen` is what was checked."""

    seen = HiddenField()
    explanation = _words(_("Why the held words may stand"), None, 2_000)
    reason = _words(_("Reason"), _("Give a reason"))


def index() -> Response:
    """Every version."""
    with frame.building() as session:
        return frame.page(
            session,
            "statement_versions",
            section="attestations",
            rows=[_as_row(each) for each in statement_versions.every(session)],
        )


def one(code: str) -> Response:
    """A version in full, beside the one before it."""
    with frame.building() as session:
        found, before = statement_versions.find(statement_versions.every(session), code)
        words = words_of(found.version)
        return frame.page(
            session,
            "statement_version",
            section="attestations",
            row=_as_row(found),
            version=found.version,
            clauses=found.version.clauses,
            asks=[ASKED[each] for each in Asked if each in words.asks],
            before=before.version if before else None,
            changes=side_by_side(words_of(before.version), words) if before else [],
            kinds=KINDS,
            asked=ASKED,
        )


def new() -> AnyResponse:
    """Write a version, from the words of the newest; then see it checked."""
    with frame.building() as session:
        versions = statement_versions.every(session)
        if request.method == "GET":
            return _form(session, VersionForm(data=_of_newest(versions)), versions)
        form = VersionForm(request.form)
        if request.form.get("step") == "edit":
            return _form(session, form, versions)
        if not form.validate():
            return _form(session, form, versions, failed=True)
        try:
            statement_versions.refuse_odd(session, form.written, after=str(form.after.data))
            found = statement_versions.judged(form.written.words)
        except Refused as error:
            return _form(session, form, versions, refusal=str(error))
        before = versions[0].version if versions else None
        return frame.page(
            session,
            "statement_check",
            section="attestations",
            form=form,
            new=form.written,
            before=before,
            changes=side_by_side(words_of(before) if before else None, form.written.words),
            kinds=KINDS,
            asked=ASKED,
            findings=_findings(found),
            blocked=_is_blocked(found),
        )


def publish() -> AnyResponse:
    """What publishing does and why it is done; then it is done."""
    form = VersionForm(request.form)
    with frame.building() as session:
        if not form.validate():
            return _form(session, form, statement_versions.every(session), failed=True)
    new_version, after = form.written, str(form.after.data)
    sent = request.form.get("step") == "publish"
    decision = PublishForm(request.form if sent else None, data={"seen": new_version.words.sha256})
    refusal = ""
    if sent and decision.validate():
        try:
            begins = statement_versions.publish(
                new_version,
                after=after,
                seen=str(decision.seen.data),
                explanation=str(decision.explanation.data),
                actor=access.signed_in_staff().actor,
                reason=str(decision.reason.data),
            )
            say(
                _(
                    "Version %(code)s is published, in force from %(moment)s UTC.",
                    code=new_version.code,
                    moment=begins.strftime("%Y-%m-%d %H:%M"),
                )
            )
            return redirect(url_for("staff.statement_version", code=new_version.code), 303)
        except Refused as error:
            refusal = str(error)
    with frame.building() as session:
        try:
            statement_versions.refuse_odd(session, new_version, after=after)
            found = statement_versions.judged(new_version.words)
        except Refused as error:
            return _form(session, form, statement_versions.every(session), refusal=str(error))
        decision.seen.data = new_version.words.sha256
        return frame.page(
            session,
            "statement_publish",
            section="attestations",
            status=400 if sent else 200,
            has_errors=sent,
            form=form,
            decision=decision,
            refusals=[("", line) for line in refusal.splitlines()],
            new=new_version,
            earlier=after,
            findings=_findings(found),
            blocked=_is_blocked(found),
        )


def _form(
    session: Session, form: VersionForm, versions: list[Listed], *, failed: bool = False, refusal: str = ""
) -> Response:
    failed = failed or bool(refusal)
    return frame.page(
        session,
        "statement_form",
        section="attestations",
        status=400 if failed else 200,
        has_errors=failed,
        form=form,
        refusal=refusal,
        newest=versions[0].version if versions else None,
    )


def _of_newest(versions: list[Listed]) -> dict[str, Any]:
    if not versions:
        return {}
    words = words_of(versions[0].version)
    return {
        "after": versions[0].version.code,
        "code": statement_versions.next_code(versions),
        "preamble": words.preamble,
        "clauses": words.as_lines,
        **{each.value: each in words.asks for each in Asked},
    }


def _as_row(each: Listed) -> dict[str, object]:
    return {
        "code": each.version.code,
        "url": url_for("staff.statement_version", code=each.version.code),
        "begins": each.version.in_force_from,
        "state": STATES[each.state],
        "records": each.records,
        "records_url": url_for("staff.attestations", statement=each.version.code),
    }


def _findings(found: list[Judged]) -> list[dict[str, object]]:
    return [
        {
            "badge": Badge(_("Blocks publishing"), "bad")
            if finding.verdict is Verdict.BLOCK
            else Badge(_("Needs a reason"), "hold"),
            "place": each.place,
            "words": finding.words,
            "rule": finding.rule,
            "why": finding.why,
        }
        for each in found
        for finding in each.checked.findings
    ]


def _is_blocked(found: list[Judged]) -> bool:
    return any(each.checked.verdict is Verdict.BLOCK for each in found)
