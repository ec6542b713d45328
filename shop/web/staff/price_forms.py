"""Forms of the desks for codes, delivery, tax rates and exemption certificates."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from wtforms import (
    BooleanField,
    Field,
    FileField,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.ordering.delivery_rates import ANY_WEIGHT
from shop.ordering.tax_rates import ViesAnswer
from shop.web.checkout.forms import no_control_characters, tidy
from shop.web.fields import CountField, DayField

MOST_MINOR = 1_000_000_000


def minor(text: str, currency: str) -> int:
    """An amount as typed, such as `14` or `14.50`, in minor units.

    Raises:
        ValueError: it is not an amount, or has more digits than the currency.
    """
    digits = get_currency_precision(currency)
    pattern = rf"\d{{1,9}}(\.\d{{1,{digits}}})?" if digits else r"\d{1,9}"
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(_("Enter an amount such as %(example)s", example="14.50" if digits else "1450"))
    return int(Decimal(text).scaleb(digits))


def typed(amount: int | None, currency: str) -> str:
    """An amount as a form shows it."""
    if amount is None:
        return ""
    digits = get_currency_precision(currency)
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"


class AmountField(StringField):
    """An amount of the shop's currency; `minor` holds it in minor units, none when the field is empty."""

    minor: int | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the amount.

        Raises:
            ValueError: it is not an amount; WTForms shows the sentence.
        """
        self.data = str(valuelist[0]).strip()[:40] if valuelist else ""
        self.minor = minor(self.data, settings().currency) if self.data else None


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


class _NameOfCode(Form):
    # Made first: errors are listed in the order in which fields are made.
    code = _text(_("Code"), _("Enter the code"), 40)


class CodeTermsForm(Form):
    """What a code allows."""

    agreement = _text(_("Agreement"), _("Enter what was agreed with whom"), 200)
    percent = _text(_("Percent off"), None, 6)
    amount = AmountField(_("Or an amount off"), validators=[Optional()])
    minimum = AmountField(_("Least sum of items"), validators=[Optional()])
    valid_from = DayField(_("First day"), validators=[Optional()])
    valid_until = DayField(_("Last day"), validators=[Optional()])
    most_uses = CountField(_("Uses in all"), validators=[Optional()])
    most_per_organisation = CountField(_("Uses for each organisation"), validators=[Optional()])
    products = SelectMultipleField(_("Only for these products"), coerce=int, validators=[Optional()])
    enabled = BooleanField(_("Can be used"))

    def validate_percent(self, field: Field) -> None:
        """Refuse what is not a percentage."""
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", field.data, re.ASCII):
            raise ValidationError(_("Enter a percentage such as 7.5"))

    def validate_most_uses(self, field: Field) -> None:
        """A code that allows no use is better switched off."""
        if field.data == 0:
            raise ValidationError(_("Enter 1 or more, or leave it empty"))

    def validate_most_per_organisation(self, field: Field) -> None:
        """As for the uses in all."""
        self.validate_most_uses(field)


class CodeForm(_NameOfCode, CodeTermsForm):
    """A new code, named before its terms."""


class ZoneForm(Form):
    """A zone and its countries."""

    name = _text(_("Name"), _("Enter a name for the zone"), 80)
    countries = _text(_("Countries"), None, 1000)

    def validate_countries(self, field: Field) -> None:
        """Refuse what is not a list of country codes."""
        if not re.fullmatch(r"[A-Za-z]{2}([ ,]+[A-Za-z]{2})*[ ,]*", field.data, re.ASCII):
            raise ValidationError(_("Enter countries as two letters each, such as NL, DE"))

    @property
    def codes(self) -> list[str]:
        """The countries typed."""
        return re.findall(r"[A-Z]{2}", str(self.countries.data or "").upper())


class RateForm(Form):
    """What a way of sending costs in a zone."""

    brackets = TextAreaField(_("Prices by weight"), validators=[Optional(), Length(max=2000)])
    cold_chain = AmountField(_("Cold-chain surcharge"), validators=[Optional()])
    free_from = AmountField(_("Free from items of"), validators=[Optional()])

    def validate_brackets(self, field: Field) -> None:
        """Refuse lines that are not a weight and a price."""
        self.read(str(field.data))

    def read(self, text: str) -> list[tuple[int, int]]:
        """Pairs of upper weight in grams and price, from lines such as `500 14.00` or `any 20.00`.

        Raises:
            ValidationError: a line is something else.
        """
        pairs = []
        for line in filter(None, (each.strip() for each in text.splitlines())):
            weight, _space, price = line.partition(" ")
            grams = (
                ANY_WEIGHT
                if weight == "any"
                else int(weight)
                if re.fullmatch(r"\d{1,6}", weight, re.ASCII)
                else 0
            )
            if not grams:
                raise ValidationError(
                    _("Write each line as grams and price, such as 500 14.00, or any 20.00")
                )
            try:
                pairs.append((grams, minor(price.strip(), settings().currency)))
            except ValueError as error:
                raise ValidationError(str(error)) from None
        return pairs

    def validate_free_from(self, field: AmountField) -> None:
        """Free from nothing would be free for all; a price of 0 says that more plainly."""
        if field.minor == 0:
            raise ValidationError(_("Enter an amount above 0, or set the prices to 0"))


class TaxRateForm(Form):
    """A tax rate."""

    country = SelectField(_("Country"), validators=[DataRequired(_("Select a country"))])
    region = _text(_("State or province"), None, 80)
    tax_class = _text(_("Class of goods"), _("Enter the class, such as standard"), 40)
    percent = _text(_("Percent"), _("Enter the rate"), 7)
    name = _text(_("Name of the tax"), _("Enter the name, such as VAT"), 40)
    on_delivery = BooleanField(_("Falls on delivery too"))
    valid_from = DayField(_("First day"), validators=[InputRequired(_("Enter from which day"))])
    source = _text(_("Source"), _("Enter where the rate is from"), 300)

    def validate_percent(self, field: Field) -> None:
        """Refuse what is not a rate."""
        if not re.fullmatch(r"\d{1,2}(\.\d{1,3})?", field.data, re.ASCII):
            raise ValidationError(_("Enter a rate as printed, such as 21.0"))


class EndRateForm(Form):
    """The last day of a rate."""

    last_day = DayField(_("Last day"), validators=[InputRequired(_("Enter the last day"))])


class ViesForm(Form):
    """An answer of the VIES service."""

    vat_number = _text(_("VAT number"), _("Enter the VAT number"), 20)
    asked_on = DayField(_("Asked on"), validators=[InputRequired(_("Enter the day"))])
    answer = SelectField(
        _("Answer"),
        choices={
            "": _("Select one"),
            ViesAnswer.VALID.value: _("Valid"),
            ViesAnswer.INVALID.value: _("Invalid"),
            ViesAnswer.UNAVAILABLE.value: _("The service did not answer"),
        },
        validators=[DataRequired(_("Select the answer"))],
    )
    consultation_number = _text(_("Consultation number"), None, 40)


class CertificateForm(Form):
    """An exemption certificate that came in another way than the checkout."""

    organisation = _text(_("Organisation"), _("Enter the organisation"), 200)
    email = _text(_("An email address of it"), _("Enter an email address of the organisation"), 254)
    country = SelectField(_("Country"), validators=[DataRequired(_("Select a country"))])
    region = _text(_("State or province"), None, 80)
    number = _text(_("Number of the certificate"), _("Enter the number of the certificate"), 60)
    expires_on = DayField(_("Valid until"), validators=[InputRequired(_("Enter until when it is valid"))])
    document = FileField(_("Certificate as PDF"))

    def validate_email(self, field: Field) -> None:
        """Only the domain is used, so there has to be one."""
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", field.data):
            raise ValidationError(_("Enter an email address in the form name@organisation.example"))


class VerdictForm(Form):
    """What a person decided about a certificate."""

    reason = TextAreaField(
        _("Reason"), filters=[tidy], validators=[Optional(), Length(max=1000), no_control_characters]
    )
