"""The forms of the recall desk."""

from __future__ import annotations

from wtforms import BooleanField, Form, HiddenField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired

from shop.core.language import gettext as _
from shop.recalls.models import Channel, CheckLevel, RecallCause, RecallClass
from shop.web.fields import CountField
from shop.web.staff.forms import _text, _words

CLASSES = {
    RecallClass.FIRST.value: _("Class 1: it may be another substance, or handling it may be hazardous"),
    RecallClass.SECOND.value: _("Class 2: results obtained with it may be wrong"),
    RecallClass.THIRD.value: _("Class 3: the contents conform, a label, certificate or report does not"),
}
CAUSES = {
    RecallCause.OUT_OF_SPECIFICATION.value: _("Out of specification"),
    RecallCause.WRONG_SUBSTANCE.value: _("Wrong substance"),
    RecallCause.CONTAMINATION.value: _("Contamination"),
    RecallCause.WRONG_LABEL.value: _("Wrong label"),
    RecallCause.CERTIFICATE_WITHDRAWN.value: _("Certificate withdrawn"),
    RecallCause.REPORT_REVOKED.value: _("Laboratory report revoked"),
    RecallCause.STORAGE.value: _("Storage or transport"),
    RecallCause.COMPLAINTS.value: _("Complaints"),
    RecallCause.OTHER.value: _("Another cause"),
}
LEVELS = {
    CheckLevel.ALL.value: _("Every consignee"),
    CheckLevel.TENTH.value: _("One in ten"),
    CheckLevel.FIFTIETH.value: _("One in fifty"),
    CheckLevel.NONE.value: _("None"),
}
CHANNELS = {
    Channel.PHONE.value: _("Telephone"),
    Channel.LETTER.value: _("Letter"),
    Channel.EMAIL.value: _("Email"),
    Channel.VISIT.value: _("Visit"),
}


class PrepareForm(Form):
    """Page 1: which lots, and why."""

    lots = _words(_("Lot numbers"), _("Enter the number of at least one lot"), 6000)
    family = RadioField(
        _("How far it reaches"),
        choices={
            "below": _("These lots and every lot split from them"),
            "whole": _("Every lot of the same bulk lot as well"),
        },
        default="below",
        validators=[InputRequired(_("Choose how far the recall reaches"))],
    )
    classification = RadioField(
        _("How grave it is"), choices=CLASSES, validators=[InputRequired(_("Choose a class"))]
    )
    cause = SelectField(_("Cause"), choices=CAUSES)
    reason = _words(_("Reason"), _("Say why the lots are recalled"), 2000)
    instructions = _words(_("What to do with the vials"), _("Say what to do with the vials"), 2000)
    check_level = SelectField(_("Who is asked whether the notice arrived"), choices=LEVELS)
    drill = BooleanField(_("This is a drill: stop no sale and write to nobody"))


class NoticeForm(Form):
    """Page 3: the words, and the decision."""

    about = HiddenField()
    subject = _text(_("Subject"), _("Enter a subject"), 160)
    text = _words(_("Text"), _("Write the notice"), 6000)
    typed_number = _text(_("Type one of the lot numbers to confirm"), None, 30)


class AnswerForm(Form):
    """What became of a consignee's vials."""

    name = _text(_("Who answers"), _("Enter the name of the person who answers"), 120)
    used = CountField(_("Vials used"), default=0)
    destroyed = CountField(_("Vials destroyed"), default=0)
    returned = CountField(_("Vials sent back"), default=0)
    apart = CountField(_("Vials kept apart, not used"), default=0)
    note = _words(_("Anything else"), None)


class StaffAnswerForm(AnswerForm):
    """The same, taken down by staff."""

    channel = SelectField(_("How the answer came"), choices=CHANNELS)


class TriedForm(Form):
    """An attempt to reach somebody."""

    channel = SelectField(_("How"), choices=CHANNELS)
    note = _words(_("What came of it"), _("Say what was tried, and what came of it"))


class CheckForm(Form):
    """An effectiveness check."""

    channel = SelectField(_("How"), choices=CHANNELS)
    found = RadioField(
        _("What the check found"),
        choices={
            "acted": _("The notice arrived and was acted on"),
            "arrived": _("The notice arrived and nothing was done yet"),
            "missing": _("The notice did not arrive"),
        },
        validators=[InputRequired(_("Choose what the check found"))],
    )
    note = _words(_("Note"), None)


class CloseForm(Form):
    """The end of a recall."""

    summary = _words(
        _("Summary"),
        _("Write a summary: what was found, what came back, and what will be different"),
        4000,
    )
    accept_open = BooleanField(_("All reasonable efforts have been made, although this is open"))


class YesForm(Form):
    """A buyer's yes to other lots, taken down by staff."""

    shown = HiddenField()
    note = _words(_("Who said yes, and how"), _("Say who said yes, and how"), 300)


class LotsAcceptedForm(Form):
    """A buyer's own yes."""

    shown = HiddenField(validators=[DataRequired()])
