"""The form of a refund: for each line how many vials and what becomes of them, and an amount beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from werkzeug.datastructures import ImmutableMultiDict
from wtforms import Field, Form, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Optional, ValidationError

from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.ordering.cancel_reasons import CHOICES as CANCELS
from shop.ordering.cancel_reasons import CancelReason, in_words_of_staff
from shop.ordering.models import Order, OrderLine
from shop.payments import restocking
from shop.payments.models import Restock
from shop.payments.refunding import Wanted
from shop.web.fields import CountField
from shop.web.staff.forms import _words

CHOICES = (Restock.TO_SHELF, Restock.QUARANTINE, Restock.WRITE_OFF, Restock.NONE)
"""In the order of the page. None is chosen in advance."""


class RefundForm(Form):
    """A refund that cannot be taken back. `about` holds what had been refunded when the page was made."""

    about = HiddenField()
    reason: TextAreaField
    """Made with the fields of the lines, so that errors are listed in the order of the page."""

    def vials(self, line: OrderLine) -> Field:
        """How many vials of a line."""
        return self[f"vials-{line.id}"]

    def restock(self, line: OrderLine) -> RadioField:
        """What becomes of them."""
        return cast("RadioField", self[f"restock-{line.id}"])

    def wanted(self, order: Order) -> dict[int, Wanted]:
        """What was asked for, by the id of the line."""
        return {
            line.id: Wanted(
                vials=int(self.vials(line).data or 0), restock=chosen(str(self.restock(line).data or ""))
            )
            for line in order.lines
        }

    titles: Mapping[str, str] = MappingProxyType({})
    """Of each line, by its id as text."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Every line of which vials are refunded needs a choice, beside what the fields ask for."""
        super().validate(extra_validators)
        for line_id, title in self.titles.items():
            field = self[f"restock-{line_id}"]
            if (self[f"vials-{line_id}"].data or 0) > 0 and chosen(str(field.data or "")) is None:
                field.errors = [_("Choose what becomes of the vials of %(title)s", title=title)]
        return not self.errors


class CancelForm(Form):
    """A whole order that is cancelled: why, and what becomes of the vials kept for each line."""

    about = HiddenField()
    code = SelectField(
        _("Why"),
        choices=lambda: {"": _("Select why")} | {each.value: in_words_of_staff(each) for each in CANCELS},
        validators=[DataRequired(_("Select why"))],
    )
    reason = _words(_("What the buyer is told beside it"), None)

    def validate_reason(self, field: Field) -> None:
        """Another reason has to be said."""
        if self.code.data == CancelReason.OTHER.value and not (field.data or "").strip():
            raise ValidationError(_("Write the other reason to the buyer"))

    @property
    def vials(self) -> list[RadioField]:
        """The question of each line for which vials are kept."""
        return [field for field in self if isinstance(field, RadioField)]

    @property
    def restock(self) -> dict[int, Restock]:
        """What was chosen, by the id of the line."""
        found = {str(field.name).rpartition("-")[2]: chosen(str(field.data or "")) for field in self.vials}
        return {int(line_id): choice for line_id, choice in found.items() if choice is not None}

    def validate(self, extra_validators: Any = None) -> bool:
        """Every line for which vials are kept needs a choice, beside what the fields ask for."""
        super().validate(extra_validators)
        for field in self.vials:
            if chosen(str(field.data or "")) is None:
                field.errors = [_("Choose what becomes of its vials")]
        return not self.errors


def cancel_form(lines: Sequence[OrderLine], sent: ImmutableMultiDict[str, str] | None) -> CancelForm:
    """The form for the lines of which vials are kept."""
    fields: dict[str, Any] = {f"restock-{line.id}": radio(line.title, CHOICES[:-1]) for line in lines}
    return cast("type[CancelForm]", type("CancelFormOfOrder", (CancelForm,), fields))(sent)


def chosen(value: str) -> Restock | None:
    """A choice as a form sends it."""
    return Restock(value) if value in {each.value for each in CHOICES} else None


def without_sale(field: RadioField) -> None:
    """Take back on sale out of the question of a line of which every vial has left."""
    field.choices = {each.value: restocking.in_words(each) for each in CHOICES if each != Restock.TO_SHELF}


def radio(title: str, choices: Sequence[Restock] = CHOICES) -> RadioField:
    """The question of one line. Nothing is chosen in advance, and `chosen` reads what was."""
    return RadioField(
        _("What becomes of the vials of %(title)s?", title=title),
        choices={each.value: restocking.in_words(each) for each in choices},
        validate_choice=False,
        coerce=lambda value: str(value or ""),
    )


def refund_form(
    order: Order, sent: ImmutableMultiDict[str, str] | None, *, shown: Mapping[str, Any] | None = None
) -> RefundForm:
    """The form for the lines of an order."""
    fields: dict[str, Any] = {"titles": {str(line.id): line.title for line in order.lines}}
    for line in order.lines:
        fields[f"vials-{line.id}"] = CountField(
            _("Vials of %(title)s to refund", title=line.title), validators=[Optional()]
        )
        fields[f"restock-{line.id}"] = radio(line.title)
    fields["reason"] = _words(_("Reason"), _("Give a reason"))
    of_order = cast("type[RefundForm]", type("RefundFormOfOrder", (RefundForm,), fields))
    return of_order(sent, data=dict(shown or {}))


def notes(possible: Mapping[Restock, int]) -> dict[str, str]:
    """How many vials of a line each choice can be made for."""
    words = {
        choice.value: ngettext("Up to %(num)s vial now", "Up to %(num)s vials now", vials)
        if vials
        else _("Not possible now for any vial of this line")
        for choice, vials in possible.items()
    }
    return words | {Restock.NONE.value: _("With the buyer, or in the order, to be sent as before")}
