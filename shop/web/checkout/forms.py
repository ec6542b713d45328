"""The forms of the checkout. Every sentence says what to do."""

from __future__ import annotations

import re
from collections.abc import Collection

from email_validator import EmailNotValidError, validate_email
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    FileField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from shop.attestations import addresses
from shop.attestations.addresses import NO_STREET
from shop.attestations.models import Asked
from shop.core.language import gettext as _
from shop.ordering.checkout import LEAST_OWN_WORDS, PURPOSES
from shop.ordering.models import PaymentMethod
from shop.web.fields import CountField, DayField

POSTCODES = {
    "US": (re.compile(r"\d{5}(-\d{4})?"), "12345"),
    "NL": (re.compile(r"\d{4} ?[A-Z]{2}", re.IGNORECASE), "1234 AB"),
    "DE": (re.compile(r"\d{5}"), "12345"),
    "GB": (re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE), "SW1A 1AA"),
    "CA": (re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", re.IGNORECASE), "K1A 0B1"),
    "FR": (re.compile(r"\d{5}"), "75001"),
    "SE": (re.compile(r"\d{3} ?\d{2}"), "111 22"),
    "CH": (re.compile(r"\d{4}"), "3000"),
}
"""Forms of postcodes that are checked; elsewhere any postcode is taken."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def tidy(text: str | None) -> str:
    """Typed text without spaces around it."""
    return (text or "").strip()


def no_control_characters(_form: Form, field: Field) -> None:
    """Refuse what a person cannot type on purpose, line breaks and direction marks among them."""
    if _CONTROL.search(field.data or ""):
        raise ValidationError(_("Use letters, digits and punctuation only"))


def _text(label: str, missing: str | None, longest: int) -> StringField:
    first = DataRequired(missing) if missing else Optional()
    return StringField(
        label,
        filters=[tidy],
        validators=[
            first,
            Length(max=longest, message=_("Use at most %(most)s characters", most=longest)),
            no_control_characters,
        ],
    )


class ContactForm(Form):
    """Step 1."""

    name = _text(_("Full name"), _("Enter your full name"), 120)
    email = EmailField(
        _("Work email"),
        filters=[tidy],
        validators=[DataRequired(_("Enter your work email address")), Length(max=254)],
    )
    organisation = _text(_("Organisation"), _("Enter the name of your organisation"), 200)
    phone = TelField(
        _("Phone"), filters=[tidy], validators=[Optional(), Length(max=40), no_control_characters]
    )

    def validate_email(self, field: Field) -> None:
        """Refuse what cannot be a mail address."""
        try:
            validate_email(
                field.data, check_deliverability=False, allow_smtputf8=False, test_environment=True
            )
        except EmailNotValidError:
            raise ValidationError(_("Enter an email address in the form name@organisation.example")) from None

    def validate_organisation(self, field: Field) -> None:
        """Refuse a name without letters."""
        if sum(letter.isalpha() for letter in field.data) < 2:
            raise ValidationError(_("Enter the name of your organisation"))


def _refuse_without_street(field: Field) -> None:
    if not NO_STREET.isdisjoint(addresses.looks([field.data or ""])):
        raise ValidationError(
            _(
                "Enter the street address of your laboratory. Our carriers do not deliver to post boxes, "
                "lockers or post offices"
            )
        )


class DeliveryForm(Form):
    """Step 2."""

    # Saving judges country and delivery method, and says why one is not possible.
    country = SelectField(
        _("Country"), validate_choice=False, validators=[DataRequired(_("Select a country"))]
    )
    address_line1 = _text(_("Address line 1"), _("Enter the first line of the address"), 120)
    address_line2 = _text(_("Address line 2"), None, 120)
    city = _text(_("Town or city"), _("Enter a town or city"), 80)
    region = _text(_("State, province or region"), None, 80)
    postcode = _text(_("Postcode"), None, 20)
    goods_in = _text(_("Goods-in instructions"), None, 200)
    vat_number = _text(_("VAT number"), None, 20)
    delivery_method = RadioField(
        _("Delivery method"),
        validate_choice=False,
        validators=[DataRequired(_("Choose a delivery method"))],
    )

    def validate_address_line1(self, field: Field) -> None:
        """Refuse an address without a street."""
        _refuse_without_street(field)

    def validate_address_line2(self, field: Field) -> None:
        """The same of the second line, where a street may stand in the first."""
        _refuse_without_street(field)

    def validate_postcode(self, field: Field) -> None:
        """Hold a postcode against the form used in its country."""
        known = POSTCODES.get(self.country.data or "")
        if known and not known[0].fullmatch(field.data or ""):
            raise ValidationError(_("Enter a postcode in the form %(form)s", form=known[1]))


class SignatureForm(Form):
    """The part of step 3 below the statements."""

    purpose = SelectField(
        _("What is the material for?"),
        choices={"": _("Select one")} | {each: each[0].upper() + each[1:] for each in PURPOSES},
        validators=[DataRequired(_("Select what the material is for"))],
    )
    animals = RadioField(
        _("Approval for work with laboratory animals"),
        choices={"none": _("None: in vitro only"), "named": _("There is one, with the number below")},
        validators=[InputRequired(_("Say whether there is an approval for work with animals"))],
    )
    approval = StringField(
        _("Number of the approval"),
        filters=[tidy],
        validators=[
            Length(max=120, message=_("Use at most %(most)s characters", most=120)),
            no_control_characters,
        ],
    )
    intended_use = TextAreaField(
        _("Intended use, in your own words"),
        filters=[tidy],
        validators=[Length(max=2000, message=_("Use at most %(most)s characters", most=2000))],
    )
    signer_role = _text(_("Your role"), _("Enter your role"), 120)
    signature = _text(_("Your full name"), _("Enter your full name as your signature"), 120)
    electronic = BooleanField(_("I agree to sign electronically, and I can keep a copy"))

    def ask_only(self, asks: Collection[str]) -> None:
        """Leave out the fields that the statement in force does not ask for."""
        if Asked.APPROVAL not in asks:
            del self.animals, self.approval
        if Asked.INTENDED_USE not in asks:
            del self.intended_use
        if Asked.ELECTRONIC not in asks:
            del self.electronic

    def validate_approval(self, field: Field) -> None:
        """An approval that there is has a number."""
        if self.animals.data == "named" and not field.data:
            raise ValidationError(_("Enter the number of the approval, and who gave it"))

    def validate_intended_use(self, field: Field) -> None:
        """Enough words for a person to judge, and nothing that no keyboard types."""
        if len(" ".join((field.data or "").split())) < LEAST_OWN_WORDS:
            raise ValidationError(
                _("Describe the intended use in %(least)s characters or more", least=LEAST_OWN_WORDS)
            )
        if _CONTROL.search(re.sub(r"[\r\n\t]", " ", field.data)):
            raise ValidationError(_("Use letters, digits and punctuation only"))

    def validate_electronic(self, field: Field) -> None:
        """A signature by typing needs consent to it."""
        if not field.data:
            raise ValidationError(_("Agree to sign electronically, or write to us to sign on paper"))


class PaymentForm(Form):
    """Step 4."""

    method = RadioField(_("How do you want to pay?"), validators=[DataRequired(_("Choose how to pay"))])
    po_number = StringField(
        _("Purchase order number"),
        filters=[tidy],
        validators=[
            Length(max=60, message=_("Use at most %(most)s characters", most=60)),
            no_control_characters,
        ],
    )
    po_file = FileField(_("Purchase order as PDF"), validators=[Optional()])

    def validate_po_number(self, field: Field) -> None:
        """A purchase order has a number."""
        if self.method.data == PaymentMethod.PURCHASE_ORDER and not field.data:
            raise ValidationError(_("Enter the purchase order number"))


class KeepForm(Form):
    """Further vials of a lot to be kept. Their number and day are judged by the use case."""

    lot = SelectField(_("Lot"), validators=[DataRequired(_("Select a lot of this order"))])
    vials = CountField(_("Further vials"), validators=[InputRequired(_("Enter how many vials to keep"))])
    until = DayField(_("Until the end of"), validators=[InputRequired(_("Enter until which day"))])


class CodeForm(Form):
    """An agreed code."""

    code = StringField(
        _("Code"),
        filters=[tidy],
        validators=[
            DataRequired(_("Enter the code")),
            Length(max=40, message=_("Use at most %(most)s characters", most=40)),
            no_control_characters,
        ],
    )


class ExemptionForm(Form):
    """A tax exemption certificate for the place of delivery."""

    number = _text(_("Number of the certificate"), _("Enter the number of the certificate"), 60)
    expires_on = DayField(_("Valid until"), validators=[InputRequired(_("Enter until when it is valid"))])
    document = FileField(_("Certificate as PDF"))
