"""The desk of screening: the rules with their history, and the orders that were not taken."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field, Form, SelectField
from wtforms.validators import DataRequired, Optional, ValidationError

from shop.attestations import restricted_parties, screening_rules
from shop.attestations.addresses import Looks
from shop.attestations.screening import WITH_DAYS, WITH_NUMBER, WITH_WORDS, Effect, Kind
from shop.attestations.screening_models import ScreeningRule
from shop.attestations.screening_rules import NewRule
from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering import buyer_screening
from shop.people.permissions import Permission
from shop.web.fields import CountField
from shop.web.staff import access, frame, order_screening
from shop.web.staff.forms import DecisionForm, _text, _words
from shop.web.staff.words import Badge
from shop.web.visitor import say

MOST_REFUSALS = 50

KINDS = {
    Kind.EMAIL_DOMAIN: _("Domain of the email address"),
    Kind.ORGANISATION_WORD: _("Words in the organisation’s name"),
    Kind.ADDRESS_WORD: _("Words in the address"),
    Kind.FREE_TEXT: _("Words in what the buyer wrote"),
    Kind.USE_IN_PEOPLE: _("Text about use in people or pets"),
    Kind.NAME_IS_ORGANISATION: _("Person and organisation have one name"),
    Kind.QUANTITY_OVER: _("Many vials of one size at once"),
    Kind.VIALS_WITHIN: _("Many vials of one size within some days"),
    Kind.ORDERS_WITHIN: _("Many orders within some days"),
    Kind.SINGLE_VIALS_MONTHLY: _("One vial, month after month"),
    Kind.SINGLE_VIALS_TO_ADDRESSES: _("Single vials to many addresses within some days"),
    Kind.ADDRESS_LOOKS: _("What the address looks like"),
    Kind.RESTRICTED_PARTY: _("A name on a restricted-party list"),
    Kind.RESTRICTED_PARTY_NEAR: _("A name close to one on a restricted-party list"),
}
LOOKS = {
    Looks.PO_BOX: _("a post box"),
    Looks.PARCEL_LOCKER: _("a parcel locker"),
    Looks.POSTE_RESTANTE: _("a post office to collect from"),
    Looks.FORWARDER: _("a freight forwarder or mail drop"),
    Looks.RESIDENTIAL: _("a home"),
}
EFFECTS = {
    Effect.NOTE: Badge(_("Notes"), ""),
    Effect.HOLD: Badge(_("Holds"), "hold"),
    Effect.REFUSE: Badge(_("Refuses"), "bad"),
}


class RuleForm(Form):
    """A rule as staff write it."""

    code = _text(_("Code"), _("Enter a code, such as free-mail"), 40)
    kind = SelectField(_("Looks at"), choices={kind.value: label for kind, label in KINDS.items()})
    effect = SelectField(
        _("What it does"),
        choices={
            Effect.NOTE.value: _("Notes it for staff"),
            Effect.HOLD.value: _("Holds the order for a person"),
            Effect.REFUSE.value: _("Refuses the order"),
        },
        validators=[DataRequired(_("Select what the rule does"))],
    )
    words = _words(_("Words"), None, 40_000)
    exceptions = _words(_("Not beside these words"), None, 40_000)
    number = CountField(_("Number"), validators=[Optional()])
    days = CountField(_("Days"), validators=[Optional()])
    why = _words(_("Why the rule is there"), _("Say why the rule is there"))
    source = _words(_("Source"), _("Say where the rule comes from"))
    reason = _words(_("Why it is written now"), _("Give a reason"))

    def validate_words(self, field: Field) -> None:
        """A rule of words has some."""
        if self.kind.data in {kind.value for kind in WITH_WORDS} and not _lines(field.data):
            raise ValidationError(_("Write the words that the rule looks for, one on a line"))

    def validate_number(self, field: Field) -> None:
        """A rule of figures has one."""
        if field.data is not None and field.data > 1_000_000:
            raise ValidationError(_("Enter a number from 1 to %(most)s", most="1,000,000"))

    def validate_days(self, field: Field) -> None:
        """No order is looked at for ever."""
        if field.data is not None and field.data > buyer_screening.LONGEST_PAST.days:
            raise ValidationError(
                _("Enter a number from 1 to %(most)s", most=buyer_screening.LONGEST_PAST.days)
            )


def index() -> Response:
    """The rules, those switched off, and what was refused."""
    staff = access.signed_in_staff()
    decides = staff.may(Permission.REVIEW_ORDERS) or staff.may(Permission.CHANGE_SCREENING)
    with frame.building() as session:
        rules = screening_rules.every(session)
        number, _rules = screening_rules.in_force(session)
        return frame.page(
            session,
            "screening",
            section="screening",
            number=number,
            rules=[_as_row(rule) for rule in rules if rule.ended_in is None],
            ended=[_as_row(rule) for rule in rules if rule.ended_in is not None],
            decides=decides,
            lists=restricted_parties.newest(session),
            oldest=clock.today() - timedelta(days=settings().restricted_list_days),
            refusals=[
                {
                    "at": kept.at,
                    "who": f"{person.name}, {person.organisation}" if person else _("Erased on request"),
                    "email": person.email if person else "",
                    "points": order_screening.points(kept, person),
                }
                for kept, person in buyer_screening.refusals(session, most=MOST_REFUSALS if decides else 0)
            ],
        )


def rule(code: str, version: int) -> AnyResponse:
    """One rule, and switching it off."""
    form = DecisionForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            if form.about.data != str(version):
                raise Refused(_("The rule has changed meanwhile. Look at it again."))
            screening_rules.end(code, actor=access.signed_in_staff().actor, reason=str(form.reason.data))
            say(_("Rule %(code)s is switched off.", code=code))
            return redirect(url_for("staff.screening"), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        found = screening_rules.find(session, code, version)
        return frame.page(
            session,
            "screening_rule",
            section="screening",
            status=400 if failed else 200,
            has_errors=failed,
            row=_as_row(found),
            rule=found,
            form=form,
            refusal=refusal,
        )


def add() -> AnyResponse:
    """Write a rule, or a new version of one."""
    form = RuleForm(request.form or None, data=_of_earlier())
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            screening_rules.add(
                _written(form), actor=access.signed_in_staff().actor, reason=str(form.reason.data)
            )
            say(_("Rule %(code)s is in force.", code=form.code.data))
            return redirect(url_for("staff.screening"), 303)
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        return frame.page(
            session,
            "screening_form",
            section="screening",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            action=request.path,
        )


def _written(form: RuleForm) -> NewRule:
    kind = Kind(form.kind.data)
    return NewRule(
        code=str(form.code.data),
        kind=kind,
        effect=Effect(form.effect.data),
        words=_lines(form.words.data) if kind in WITH_WORDS else (),
        exceptions=_lines(form.exceptions.data) if kind in WITH_WORDS else (),
        number=int(form.number.data or 0) if kind in WITH_NUMBER else 0,
        days=int(form.days.data or 0) if kind in WITH_DAYS else 0,
        reason=str(form.why.data),
        source=str(form.source.data),
    )


def _of_earlier() -> dict[str, object]:
    """The fields of the rule a new version is written from, when the address names one."""
    code, version = request.args.get("from", ""), request.args.get("version", "")
    if not (code and version.isascii() and version.isdigit() and len(version) <= 6):
        return {}
    with frame.building() as session:
        found = screening_rules.find(session, code, int(version))
        return {
            "code": found.code,
            "kind": found.kind.value,
            "effect": found.effect.value,
            "words": found.words,
            "exceptions": found.exceptions,
            "number": found.number or None,
            "days": found.days or None,
            "why": found.reason,
            "source": found.source,
        }


def _lines(text: object) -> tuple[str, ...]:
    return tuple(line.strip() for line in str(text or "").splitlines() if line.strip())


def _as_row(row: ScreeningRule) -> dict[str, object]:
    figures = []
    if row.number:
        figures.append(f"{row.number}")
    if row.days:
        figures.append(_("within %(days)s days", days=row.days))
    words = row.words.splitlines()
    if row.kind == Kind.ADDRESS_LOOKS:
        words = [str(LOOKS[Looks(each)]) if each in set(Looks) else each for each in words]
    return {
        "rule": row,
        "url": url_for("staff.screening_rule", code=row.code, version=row.version),
        "kind": KINDS[row.kind],
        "effect": EFFECTS[row.effect],
        "words": words,
        "looks_for": ", ".join(words[:6]) + (" …" if len(words) > 6 else "") if words else " ".join(figures),
    }
