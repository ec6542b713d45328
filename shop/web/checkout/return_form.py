"""The form with which a buyer asks to send vials back."""

from __future__ import annotations

from wtforms import Field, Form, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from shop.core.language import gettext as _
from shop.ordering.return_models import ReturnReason
from shop.ordering.return_requests import reason_in_words
from shop.web.checkout.forms import no_control_characters


def unified_breaks(text: str | None) -> str:
    """Typed text with one kind of line break, without spaces around it."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


class ReturnRequestForm(Form):
    """Why a buyer wants to send vials back. `once` is a random word of the page it was sent from."""

    once = HiddenField()
    reason = SelectField(
        _("What is the reason?"),
        choices=lambda: (
            {"": _("Select a reason")} | {each.value: reason_in_words(each) for each in ReturnReason}
        ),
        validators=[DataRequired(_("Select a reason"))],
    )
    text = TextAreaField(
        _("What is wrong?"),
        filters=[unified_breaks],
        validators=[
            DataRequired(_("Describe what is wrong")),
            Length(max=2000, message=_("Use at most %(most)s characters", most=2000)),
            no_control_characters,
        ],
    )

    def validate_once(self, field: Field) -> None:
        """Only a word that a page of ours made."""
        if not (len(field.data or "") == 26 and field.data.isascii() and field.data.isalnum()):
            field.data = ""
            raise ValidationError(_("Send the form again."))
