"""The forms of the back office. Every sentence says what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    Field,
    FileField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from shop.core import clock
from shop.core.language import gettext as _
from shop.inventory.models import DrawnBy, LaboratoryRelation, PortalAnswer, SampleOf
from shop.inventory.withdrawals import FIELDS
from shop.ordering.cancel_reasons import CHOICES
from shop.ordering.cancel_reasons import in_words_of_staff as code_in_words
from shop.web.checkout.forms import no_control_characters, tidy
from shop.web.fields import EARLIEST, LATEST, CountField, DayField, KilogramsField

MOST_VIALS = 1_000_000

RELATIONS = {
    LaboratoryRelation.INDEPENDENT.value: _("Independent"),
    LaboratoryRelation.AFFILIATE.value: _("Belongs to the same group as the seller"),
    LaboratoryRelation.SELLER.value: _("The seller’s own"),
    LaboratoryRelation.MANUFACTURER.value: _("The manufacturer’s own"),
}
DRAWN_BY = {
    DrawnBy.SELLER.value: _("The seller"),
    DrawnBy.LABORATORY.value: _("The laboratory"),
    DrawnBy.MANUFACTURER.value: _("The manufacturer"),
}

SAMPLE_OF = {
    SampleOf.THIS_LOT.value: _("This lot, as filled"),
    SampleOf.PARENT_BULK.value: _("The bulk lot it was filled from"),
}
ANSWERS = {
    PortalAnswer.MATCH.value: _("It shows the same"),
    PortalAnswer.MISMATCH.value: _("It shows something else"),
    PortalAnswer.NOT_FOUND.value: _("It does not know the report"),
}
COMPARED = {
    "compound": _("Compound"),
    "lot": _("Lot number"),
    "purity": _("Purity"),
    "mass": _("Mass"),
    "date": _("Date"),
    "laboratory": _("Laboratory"),
}


def _text(label: str, missing: str | None, longest: int) -> StringField:
    return StringField(
        label,
        filters=[tidy],
        validators=[
            DataRequired(missing) if missing else Optional(),
            Length(max=longest, message=_("Use at most %(most)s characters", most=longest)),
            no_control_characters,
        ],
    )


def _unified_breaks(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _words(label: str, missing: str | None, longest: int = 1000) -> TextAreaField:
    return TextAreaField(
        label,
        filters=[_unified_breaks],
        validators=[
            DataRequired(missing) if missing else Optional(),
            Length(max=longest, message=_("Use at most %(most)s characters", most=longest)),
            no_control_characters,
        ],
    )


class SignInForm(Form):
    """Who wants in."""

    email = EmailField(
        _("Email address"),
        filters=[tidy],
        validators=[
            DataRequired(_("Enter your email address")),
            Length(max=254, message=_("Enter your email address")),
            no_control_characters,
        ],
    )
    password = PasswordField(
        _("Password"),
        validators=[
            InputRequired(_("Enter your password")),
            Length(max=200, message=_("Use at most %(most)s characters", most=200)),
        ],
    )


class ShipForm(Form):
    """Handing a parcel over."""

    parcel = HiddenField()
    """The number of the parcel in the order, so that the same form sent twice hands one parcel over."""
    carrier = _text(_("Carrier"), _("Enter who carries the parcel"), 80)
    tracking = _text(_("Tracking number"), _("Enter the tracking number"), 80)
    weight = KilogramsField(_("Weight of the packed box, in kg"), validators=[Optional()])
    dry_ice = KilogramsField(_("Dry ice in it, net, in kg"), validators=[Optional()])

    def without_carrier(self) -> None:
        """Ask only for what the papers need."""
        self.carrier.validators = self.tracking.validators = [Optional()]

    @property
    def was_weighed(self) -> bool:
        """Whether the page asked for the weight."""
        return self.weight.raw_data is not None and bool(self.weight.raw_data)


class DecisionForm(Form):
    """A decision that cannot be taken back. `about` holds the states the page showed."""

    about = HiddenField()
    reason = _words(_("Reason"), _("Give a reason"))


class StockDecisionForm(Form):
    """What becomes of a paid order whose vials are gone. `about` is what the page showed."""

    about = HiddenField()
    choice = RadioField(
        _("What happens with the order?"),
        validators=[InputRequired(_("Select what happens with the order"))],
    )
    until = DayField(_("Wait until"))
    reason = _words(_("Reason"), _("Give a reason"))
    agrees = BooleanField(
        _("I have read what this does to the order and the money"),
        validators=[DataRequired(_("Read what your choice does, then confirm it"))],
    )

    def validate_until(self, field: Field) -> None:
        """Whoever waits says until when."""
        if self.choice.data == "wait" and field.data is None:
            raise ValidationError(_("Enter the day until which the order waits"))


class ApprovalForm(Form):
    """A decision in the buyer's favour needs no reason, unless a document is not compared."""

    about = HiddenField()
    without_comparing = BooleanField(_("Approve without comparing the document, because of the reason below"))
    reason = _words(_("Reason"), None)


class ReleaseForm(Form):
    """The second person's word. `about` holds the revision the page showed."""

    about = HiddenField()
    agrees = BooleanField(
        _("The figures on this page are those in the document"),
        validators=[DataRequired(_("Compare the figures with the document, then confirm that they agree"))],
    )
    reason = _words(_("Note"), None)


class ReceiveForm(Form):
    """A delivery of vials."""

    number = _text(_("Lot number"), _("Enter the lot number on the label"), 30)
    sku = SelectField(_("Vial size"), validators=[DataRequired(_("Select what the vials hold"))])
    manufacturer = _text(_("Manufacturer"), _("Enter who made the lot"), 120)
    manufactured_on = DayField(
        _("Manufactured"), validators=[InputRequired(_("Enter the date of manufacture"))]
    )
    filled_on = DayField(_("Filled"), validators=[InputRequired(_("Enter the date of filling"))])
    retest_on = DayField(_("Retest by"), validators=[Optional()])
    expires_on = DayField(_("Expires"), validators=[Optional()])
    vials = CountField(
        _("Vials received"), validators=[InputRequired(_("Enter how many vials were received"))]
    )
    bin = _text(_("Bin"), _("Enter where the vials are kept"), 20)

    def validate_vials(self, field: Field) -> None:
        """A delivery has some vials."""
        if field.data is not None and not 1 <= field.data <= MOST_VIALS:
            raise ValidationError(_("Enter a number from 1 to %(most)s", most=f"{MOST_VIALS:,}"))

    def validate_filled_on(self, field: Field) -> None:
        """Nothing is filled in the future."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("The date of filling lies in the future"))

    def validate_retest_on(self, field: Field) -> None:
        """A lot has one of the two dates."""
        if not field.errors and field.data is None and self.expires_on.data is None:
            raise ValidationError(_("Enter a retest date or an expiry date"))


class MomentField(DateTimeLocalField):
    """A moment in UTC as `<input type="datetime-local">` sends it, refused in our words."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the moment.

        Raises:
            ValueError: it is none, or in no year the shop can have kept; WTForms shows the sentence.
        """
        self.data = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            moment = datetime.fromisoformat(str(valuelist[0]).strip())
        except ValueError:
            raise ValueError(_("Enter a date and time in the form 2026-11-22T14:20")) from None
        self.data = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if not EARLIEST <= self.data.date() < LATEST:
            self.data = None
            raise ValueError(_("Enter a date between 2000 and 2099"))


class MomentForm(Form):
    """When stock is asked about; empty is now."""

    at = MomentField(_("As it was on (UTC)"), validators=[Optional()])


class OnceForm(Form):
    """A form that is carried out once: `once` is a random word of the page it was sent from."""

    once = HiddenField()

    def validate_once(self, field: Field) -> None:
        """Only a word that a page of ours made."""
        if not (len(field.data or "") == 26 and field.data.isascii() and field.data.isalnum()):
            field.data = ""
            raise ValidationError(
                _("This page was too old to be sent. Look at it again and send it once more")
            )


class VialsForm(OnceForm):
    """A number of vials, and why."""

    vials = CountField(_("Vials"), validators=[InputRequired(_("Enter how many vials"))])
    reason = _words(_("Reason"), _("Give a reason"))

    def validate_vials(self, field: Field) -> None:
        """Some vials, and not more than there can be."""
        _refuse_odd_number(field)


class CancelVialsForm(OnceForm):
    """Why vials are taken out of an order."""

    code = SelectField(
        _("Why"),
        choices=lambda: {"": _("Select why")} | {each.value: code_in_words(each) for each in CHOICES},
        validators=[DataRequired(_("Select why"))],
    )
    reason = _words(_("What the buyer is told"), _("Write a sentence to the buyer"))


class CountForm(OnceForm):
    """What was counted. `expected` is what the page said is on hand."""

    expected = HiddenField()
    counted = CountField(
        _("Vials counted"), validators=[InputRequired(_("Enter how many vials were counted"))]
    )
    reason = _words(_("Reason"), _("Give a reason"))

    def validate_counted(self, field: Field) -> None:
        """A count may be nothing."""
        if field.data is not None and field.data > MOST_VIALS:
            raise ValidationError(_("Enter a number from 0 to %(most)s", most=f"{MOST_VIALS:,}"))

    def validate_expected(self, field: Field) -> None:
        """What the page said."""
        if not ((field.data or "").isascii() and (field.data or "").isdigit() and len(field.data) <= 9):
            raise ValidationError(_("Look at the page again and send it once more"))


class SplitForm(Form):
    """Vials that become a lot of their own."""

    number = _text(_("Number of the new lot"), _("Enter the number of the new lot"), 30)
    vials = CountField(_("Vials"), validators=[InputRequired(_("Enter how many vials"))])
    bin = _text(_("Bin"), _("Enter where the vials are kept"), 20)
    filled_on = DayField(_("Filled"), validators=[Optional()])
    retest_on = DayField(_("Retest by"), validators=[Optional()])
    expires_on = DayField(_("Expires"), validators=[Optional()])
    reason = _words(_("Reason"), _("Give a reason"))

    def validate_vials(self, field: Field) -> None:
        """Some vials, and not more than there can be."""
        _refuse_odd_number(field)

    def validate_filled_on(self, field: Field) -> None:
        """Nothing is filled in the future."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("The date of filling lies in the future"))


class ReturnForm(VialsForm):
    """Vials that came back."""

    sent = SelectField(_("What came back"), validators=[DataRequired(_("Select what came back"))])


class HoldForm(Form):
    """How many vials are kept."""

    vials = CountField(_("Vials to keep"), validators=[InputRequired(_("Enter how many vials"))])

    def validate_vials(self, field: Field) -> None:
        """Some vials, and not more than there can be."""
        _refuse_odd_number(field)


def _refuse_odd_number(field: Field) -> None:
    if field.data is not None and not 1 <= field.data <= MOST_VIALS:
        raise ValidationError(_("Enter a number from 1 to %(most)s", most=f"{MOST_VIALS:,}"))


class CertificateForm(Form):
    """What is typed from a certificate, apart from its results."""

    document = FileField(_("Certificate as PDF"), validators=[])
    laboratory = _text(_("Laboratory"), _("Enter the name of the laboratory"), 120)
    laboratory_place = _text(_("Place of the laboratory"), _("Enter where the laboratory is"), 120)
    laboratory_relation = SelectField(_("How the laboratory stands to us"), choices=RELATIONS)
    report_number = _text(_("Report number"), _("Enter the number of the report"), 60)
    drawn_by = SelectField(_("Who drew the sample"), choices=DRAWN_BY)
    sample_of = SelectField(
        _("What the sample was part of"), choices=SAMPLE_OF, default=SampleOf.THIS_LOT.value
    )
    sample_id = _text(_("The laboratory’s number of the sample"), None, 60)
    received_on = DayField(
        _("Sample received"), validators=[InputRequired(_("Enter when the sample was received"))]
    )
    tested_from = DayField(_("Tested from"), validators=[InputRequired(_("Enter when testing began"))])
    tested_to = DayField(_("Tested to"), validators=[InputRequired(_("Enter when testing ended"))])
    issued_on = DayField(_("Issued"), validators=[InputRequired(_("Enter the date of issue"))])
    authorised_by = _text(_("Authorised by"), _("Enter who signed the certificate"), 120)
    authorised_role = _text(_("Role of who signed"), None, 80)
    retest_to = DayField(_("New retest date"), validators=[Optional()])
    not_tested = _words(_("What was not tested"), _("Say what was not tested, in words"))
    chromatogram = FileField(_("Chromatogram as CSV"), validators=[Optional()])
    chromatogram_conditions = _words(_("Conditions of the chromatogram"), None)
    reason = TextAreaField(
        _("Why there is a new revision"),
        filters=[_unified_breaks],
        validators=[
            Length(max=1000, message=_("Use at most %(most)s characters", most=1000)),
            no_control_characters,
        ],
    )


class AddressOfPage(StringField):
    """The address of a web page, or nothing."""

    def pre_validate(self, form: BaseForm) -> None:
        """Take only what a browser opens as a page.

        Raises:
            ValidationError: it is another kind of address, or none at all.
        """
        if not self.data:
            return
        parts = _split(self.data)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValidationError(_("Enter the whole address, beginning with https://"))


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _address(label: str) -> AddressOfPage:
    return AddressOfPage(
        label,
        filters=[tidy],
        validators=[
            Optional(),
            Length(max=300, message=_("Use at most %(most)s characters", most=300)),
            no_control_characters,
        ],
    )


class LaboratoryForm(Form):
    """What is known of a laboratory."""

    name = _text(_("Name"), _("Enter the name of the laboratory"), 120)
    place = _text(_("Place"), _("Enter where the laboratory is"), 120)
    country = _text(_("Country"), None, 60)
    relation = SelectField(_("How it stands to us"), choices=RELATIONS)
    portal_url = _address(_("Its page for checking a report"))


class LaboratoryChangeForm(LaboratoryForm):
    """A change of what is known of a laboratory."""

    reason = _words(_("Why it changes"), _("Give a reason"))


class AccreditationForm(Form):
    """What an accreditation certificate says."""

    standard = _text(_("Standard"), _("Enter the standard, such as ISO/IEC 17025"), 40)
    body = _text(_("Accreditation body"), _("Enter who accredits the laboratory"), 80)
    number = _text(_("Accreditation number"), _("Enter the number of the accreditation"), 40)
    scope_url = _address(_("Page of the scope"))
    methods = _words(_("Methods in the scope"), _("Enter the methods in the scope, one on a line"), 8000)
    valid_from = DayField(_("Valid from"), validators=[InputRequired(_("Enter from when it is valid"))])
    valid_to = DayField(_("Valid to"), validators=[InputRequired(_("Enter until when it is valid"))])

    def validate_methods(self, field: Field) -> None:
        """A method fits on a line of the scope."""
        if any(len(line.strip()) > 120 for line in str(field.data).splitlines()):
            raise ValidationError(_("Use at most %(most)s characters for a method", most=120))


class AccreditationChangeForm(AccreditationForm):
    """A change of an accreditation."""

    reason = _words(_("Why it changes"), _("Give a reason"))


class WithdrawalForm(Form):
    """Taking a published revision back."""

    reason = _words(_("Why it is withdrawn"), _("Give a reason"))
    agrees = BooleanField(
        _("Withdraw this revision, for everyone and for good"),
        validators=[DataRequired(_("Confirm that the revision is to be withdrawn"))],
    )


class PortalCheckForm(Form):
    """A report looked up on the laboratory's own page."""

    report_key = _text(_("Key of the report"), _("Enter the key or number you looked up"), 80)
    checked_on = DayField(_("Looked up on"), validators=[InputRequired(_("Enter when you looked it up"))])
    answer = SelectField(_("What the page shows"), choices=ANSWERS)
    fields_matched = SelectMultipleField(
        _("What was compared and agrees"),
        choices={name: COMPARED[name] for name in FIELDS},
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[Optional()],
    )
    note = _words(_("Note"), None)


class StabilityForm(Form):
    """One result of a stability study."""

    attribute = SelectField(_("Test"), validators=[DataRequired(_("Select the test"))])
    condition = _text(_("Kept at"), _("Enter how the vials were kept"), 120)
    months = CountField(_("Months"), validators=[InputRequired(_("Enter after how many months"))])
    tested_on = DayField(_("Tested on"), validators=[InputRequired(_("Enter the day of the test"))])
    result = _text(_("Result"), _("Enter the result as printed"), 120)
    laboratory_id = SelectField(_("Laboratory"), validators=[DataRequired(_("Select the laboratory"))])
    report_number = _text(_("Report number"), _("Enter the number of the report"), 60)
    replaces = SelectField(_("Corrects an earlier result"), validators=[Optional()])
    reason = _words(_("Why it is corrected"), None)


class ReorderPointForm(Form):
    """When staff are told that a vial size runs low."""

    sku = HiddenField(validators=[DataRequired(_("Select a vial size"))])
    point = CountField(_("Reorder point"), validators=[Optional()])
