"""The forms of invoices and accounts. Every sentence says what to do."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from babel import Locale
from babel.numbers import get_currency_precision
from email_validator import EmailNotValidError, validate_email
from wtforms import BooleanField, Field, Form, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from shop.core import clock
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.web.checkout.forms import no_control_characters, tidy
from shop.web.fields import CountField, DayField
from shop.web.staff.forms import OnceForm, _text, _words

AnyForm = TypeVar("AnyForm", bound=Form)

MOST_MINOR = 2_000_000_000
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of CLDR that name groups, or nothing."""


class AmountField(StringField):
    """An amount of money as people type it, such as 1234.50; `data` is whole minor units."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the amount.

        Raises:
            ValueError: it is not an amount of the shop's currency; WTForms shows the sentence.
        """
        self.data: Any = None
        self.typed = str(valuelist[0]).strip()[:40] if valuelist else ""
        if not self.typed:
            return
        places = get_currency_precision(settings().currency)
        example = "1234" + ("." + "50".ljust(places, "0")[:places] if places else "")
        refused = ValueError(_("Enter an amount in the form %(example)s", example=example))
        text = self.typed.replace(",", "") if "." in self.typed else self.typed
        if not text.isascii() or not all(sign.isdigit() or sign == "." for sign in text):
            raise refused
        try:
            minor = Decimal(text).scaleb(places)
        except InvalidOperation:
            raise refused from None
        if minor != minor.to_integral_value() or not 0 <= minor <= MOST_MINOR:
            raise refused
        self.data = int(minor)

    def _value(self) -> str:
        if getattr(self, "typed", ""):
            return self.typed
        if self.data is None or self.data == "":
            return ""
        return str(Decimal(self.data).scaleb(-get_currency_precision(settings().currency)))


def _some_money(_form: Form, field: Field) -> None:
    if field.data == 0:
        raise ValidationError(_("Enter an amount above zero"))


class ReceiptForm(Form):
    """Money that arrived."""

    booked_on = DayField(
        _("Day of the receipt"), validators=[InputRequired(_("Enter the day the bank shows"))]
    )
    amount = AmountField(_("Amount"), validators=[InputRequired(_("Enter the amount received")), _some_money])
    currency = _text(_("Currency"), _("Enter the currency received"), 3)
    bank_reference = _text(_("Bank reference"), _("Enter the reference that the bank shows"), 140)
    again = BooleanField(_("The bank shows this reference and amount more than once"))

    def validate_booked_on(self, field: Field) -> None:
        """No money arrived in the future."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("The day of the receipt lies in the future"))

    def validate_currency(self, field: Field) -> None:
        """A currency is named by its code."""
        field.data = str(field.data or "").upper()
        if not (len(field.data) == 3 and field.data.isascii() and field.data.isalpha()):
            raise ValidationError(_("Enter a currency by its code, such as EUR"))


class PayOutForm(Form):
    """Money sent back by bank."""

    booked_on = DayField(
        _("Day of the payment"), validators=[InputRequired(_("Enter the day the bank shows"))]
    )
    amount = AmountField(
        _("Amount"), validators=[InputRequired(_("Enter the amount sent back")), _some_money]
    )
    bank_reference = _text(_("Bank reference"), None, 140)
    reason = _words(_("Reason"), _("Give a reason"))


class UseCreditForm(Form):
    """What was paid too much, used for another invoice."""

    for_number = _text(_("For invoice"), _("Enter the number of the other invoice"), 30)
    amount = AmountField(_("Amount"), validators=[InputRequired(_("Enter the amount to use")), _some_money])


class CreditForm(OnceForm):
    """A part of an invoice that is given back; vials of lines are read beside it."""

    amount = AmountField(_("Amount with tax, of no one line"), validators=[Optional(), _some_money])
    everything = BooleanField(_("All that is left of the invoice"))
    reason = _words(_("Reason"), _("Give a reason; it is printed on the credit note"))


class ReasonForm(Form):
    """Why."""

    reason = _words(_("Reason"), _("Give a reason"))


class TermsForm(Form):
    """On what terms an organisation buys on account."""

    limit = AmountField(_("Credit limit"), validators=[Optional()])
    terms_days = CountField(_("Days to pay"), validators=[Optional()])
    bill_to = TextAreaField(
        _("Bill to"),
        filters=[lambda text: (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()],
        validators=[
            Optional(),
            Length(max=400, message=_("Use at most %(most)s characters", most=400)),
            no_control_characters,
        ],
    )
    invoice_email = StringField(
        _("Invoices by mail to"),
        filters=[tidy],
        validators=[Optional(), Length(max=254, message=_("Use at most %(most)s characters", most=254))],
    )
    reason = _words(_("Reason"), _("Give a reason"))

    def validate_terms_days(self, field: Field) -> None:
        """Terms are days of a year."""
        if field.data is not None and field.data > 365:
            raise ValidationError(_("Enter a number from 0 to %(most)s", most=365))

    def validate_invoice_email(self, field: Field) -> None:
        """One plain address."""
        try:
            field.data = validate_email(str(field.data), check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(_("Enter an email address in the form name@organisation.example")) from None


class PurchaseOrderForm(Form):
    """What a purchase order document says."""

    number = _text(_("Number on the document"), _("Enter the number on the document"), 60)
    total = AmountField(
        _("Total on the document"), validators=[InputRequired(_("Enter the total on the document"))]
    )
    currency = _text(_("Currency"), _("Enter the currency on the document"), 3)
    country = SelectField(
        _("Ship-to country"), validators=[InputRequired(_("Select the country it ships to"))]
    )
    organisation = _text(_("Organisation"), _("Enter who issued the document"), 200)
    dated = DayField(
        _("Date on the document"), validators=[InputRequired(_("Enter the date on the document"))]
    )
    lines = TextAreaField(
        _("Lines of the document"),
        validators=[Optional(), Length(max=4000, message=_("Use at most %(most)s characters", most=4000))],
    )

    def validate_currency(self, field: Field) -> None:
        """A currency is named by its code."""
        field.data = str(field.data or "").upper()
        if not (len(field.data) == 3 and field.data.isascii() and field.data.isalpha()):
            raise ValidationError(_("Enter a currency by its code, such as EUR"))

    def validate_lines(self, field: Field) -> None:
        """A catalogue number and a number of vials a line."""
        if any(read_line(line) is None for line in str(field.data or "").splitlines() if line.strip()):
            raise ValidationError(
                _("Enter a catalogue number and a number of vials on each line, such as SMX-10 5")
            )


def read_line(line: str) -> tuple[str, int] | None:
    """`SMX-10 5` as catalogue number and vials."""
    sku, _space, count = line.strip().rpartition(" ")
    sku = sku.strip()
    if not (
        0 < len(sku) <= 30 and sku.isprintable() and count.isascii() and count.isdigit() and len(count) <= 6
    ):
        return None
    return sku.upper(), int(count)


def countries() -> list[tuple[str, str]]:
    """Every country by name, for what a document may say."""
    names = Locale.parse(current_locale()).territories
    codes = [str(code) for code in names]
    return sorted(
        (
            (code, str(names[code]))
            for code in codes
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
        ),
        key=lambda each: each[1],
    )


def apart(form: AnyForm, name: str) -> AnyForm:
    """The form with ids of its own, for a page that holds several with the same fields."""
    for field in form:
        field.id = f"{name}-{field.short_name}"
    return form
