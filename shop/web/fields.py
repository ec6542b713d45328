"""Fields that several forms share, refused in our words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import DateField, IntegerField, StringField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from shop.core.language import gettext as _

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class DayField(DateField):
    """A day as `<input type="date">` sends it, refused in our words."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day.

        Raises:
            ValueError: it is not a day, or in no century a lot is from; WTForms shows the sentence.
        """
        super_refused = ValueError(_("Enter a date in the form 2026-11-22"))
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            self.data = date.fromisoformat(str(valuelist[0]).strip())
        except ValueError:
            self.data = None
            raise super_refused from None
        if not EARLIEST <= self.data < LATEST:
            raise ValueError(_("Enter a date between 2000 and 2099"))


def read_day(text: str) -> date | None:
    """A day as `<input type="date">` sends it; none where it is not one."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if EARLIEST <= day < LATEST else None


class KilogramsField(StringField):
    """A mass in kilograms with at most three decimals, kept in grams, refused in our words."""

    @property
    def grams(self) -> int | None:
        """The mass, where one was entered."""
        text = str(self.data or "").strip().replace(",", ".")
        return int(Decimal(text) * 1000) if text else None

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is no mass that a parcel can have.

        Raises:
            StopValidation: says what to enter.
        """
        text = str(self.data or "").strip().replace(",", ".")
        if text and not (_KILOGRAMS.fullmatch(text) and 0 < Decimal(text) <= _MOST_KILOGRAMS):
            raise StopValidation(_("Enter kilograms, such as 1.25, at most %(most)s", most=_MOST_KILOGRAMS))


_KILOGRAMS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
_MOST_KILOGRAMS = 100


class CountField(IntegerField):
    """A whole number, refused in our words."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number.

        Raises:
            ValueError: it is not a number; WTForms shows the sentence.
        """
        if not valuelist or not str(valuelist[0]).strip():
            return
        text = str(valuelist[0]).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            self.data = None
            raise ValueError(_("Enter a whole number, such as 120"))
        self.data = int(text)
