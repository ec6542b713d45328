"""The form by which people write to us about a lot, on the public page and at the desk."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email
from wtforms import EmailField, Field, Form, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from shop.core.language import gettext as _
from shop.recalls.enquiries import EnquiryKind, NewEnquiry
from shop.web.checkout.forms import _text, no_control_characters, tidy

LONGEST = 5_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _is_address(_form: Form, field: Field) -> None:
    try:
        validate_email(field.data or "", check_deliverability=False)
    except EmailNotValidError:
        raise ValidationError(_("Enter an email address, such as name@laboratory.example")) from None


def _unified(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


class EnquiryForm(Form):
    """A question or a complaint."""

    kind = RadioField(
        _("What it is about"),
        choices={
            EnquiryKind.QUESTION.value: _("A question"),
            EnquiryKind.COMPLAINT.value: _("A complaint about vials or papers"),
        },
        validators=[InputRequired(_("Choose what it is about"))],
    )
    lot = _text(_("Lot number on the label"), None, 60)
    name = _text(_("Full name"), _("Enter your full name"), 120)
    email = EmailField(
        _("Email"),
        filters=[tidy],
        validators=[
            DataRequired(_("Enter your email address")),
            Length(max=254, message=_("Enter your email address")),
            no_control_characters,
            _is_address,
        ],
    )
    text = TextAreaField(
        _("Message"),
        filters=[_unified],
        validators=[
            DataRequired(_("Write your message")),
            Length(max=LONGEST, message=_("Use at most %(most)s characters", most=LONGEST)),
        ],
    )

    def validate_text(self, field: Field) -> None:
        """Refuse what a person cannot type; line breaks are welcome here."""
        if any(
            (ord(sign) < 32 and sign not in "\n\t") or 127 <= ord(sign) < 160 for sign in field.data or ""
        ):
            raise ValidationError(_("Use letters, digits and punctuation only"))


def new_enquiry(form: EnquiryForm) -> NewEnquiry:
    """What a valid form says."""
    return NewEnquiry(
        kind=EnquiryKind(form.kind.data),
        name=str(form.name.data),
        email=str(form.email.data),
        text=str(form.text.data),
        lot_number=str(form.lot.data or ""),
    )
