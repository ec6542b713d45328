"""What a cell may hold: text read into a value and written back the same way, refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from shop.core.language import gettext as _

Reader = Callable[[str], str]
"""Takes a cell and gives it in its one usual spelling; raises WrongCell."""


class WrongCell(ValueError):
    """The cell does not hold what its column needs; the message says what would."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a file."""

    name: str
    read: Reader
    needed: bool = False
    """A new row must fill it."""
    told: bool = False
    """Only told by exports; what an import holds in it changes nothing."""


def text(most: int) -> Reader:
    """Text of at most some characters, in one line."""

    def read(cell: str) -> str:
        if len(cell) > most:
            raise WrongCell(_("use at most %(most)s characters", most=most))
        if "\n" in cell or "\r" in cell:
            raise WrongCell(_("use one line"))
        return cell

    return read


def long_text(most: int) -> Reader:
    """Text of at most some characters, line breaks and all."""

    def read(cell: str) -> str:
        if len(cell) > most:
            raise WrongCell(_("use at most %(most)s characters", most=most))
        return cell.replace("\r\n", "\n").replace("\r", "\n")

    return read


def code(most: int) -> Reader:
    """Printable ASCII in capitals, such as a lot number."""

    def read(cell: str) -> str:
        upper = cell.upper()
        if len(upper) > most or not upper.isascii() or not upper.isprintable():
            raise WrongCell(_("use at most %(most)s letters, digits and signs", most=most))
        return upper

    return read


def as_is(cell: str) -> str:
    """Whatever stands there."""
    return cell


def day(cell: str) -> str:
    """A date as 2026-09-18; spreadsheets like to turn dates into others, which cannot be told apart."""
    if not cell:
        return ""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise WrongCell(_("enter a date as 2026-09-18; a spreadsheet may have rewritten it"))
    try:
        found = date.fromisoformat(cell)
    except ValueError:
        raise WrongCell(_("there is no such day")) from None
    if not 2000 <= found.year < 2100:
        raise WrongCell(_("enter a date between 2000 and 2099"))
    return cell


def whole(most: int, *, least: int = 0) -> Reader:
    """A whole number."""

    def read(cell: str) -> str:
        if not cell:
            return ""
        if not re.fullmatch(r"[0-9]{1,9}", cell):
            raise WrongCell(_("enter a whole number without separators, such as 1200"))
        if not least <= int(cell) <= most:
            raise WrongCell(_("enter a number from %(least)s to %(most)s", least=least, most=most))
        return str(int(cell))

    return read


def decimal(cell: str) -> str:
    """An exact number with a point."""
    if not cell:
        return ""
    try:
        if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,10})?", cell):
            raise InvalidOperation
        return f"{Decimal(cell).normalize():f}"
    except InvalidOperation:
        raise WrongCell(_("enter a number with a point, such as 2.5")) from None


def yes_or_no(cell: str) -> str:
    """Yes or no."""
    if not cell:
        return ""
    answer = {"yes": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}.get(cell.lower())
    if answer is None:
        raise WrongCell(_("enter yes or no"))
    return answer


def one_of(values: type[StrEnum]) -> Reader:
    """One value of an enumeration."""

    def read(cell: str) -> str:
        if cell and cell not in {each.value for each in values}:
            raise WrongCell(_("enter one of: %(values)s", values=", ".join(each.value for each in values)))
        return cell

    return read


_TIER = re.compile(r"([0-9]{1,6})=([0-9]{1,9}(?:\.[0-9]{1,2})?)")


def prices(cell: str) -> str:
    """Prices by quantity, such as `1=46.00; 10=42.00`."""
    found: dict[int, Decimal] = {}
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        match = _TIER.fullmatch(part)
        if match is None or int(match[1]) in found or int(match[1]) < 1 or Decimal(match[2]) <= 0:
            raise WrongCell(_("enter prices by quantity, such as 1=46.00; 10=42.00"))
        found[int(match[1])] = Decimal(match[2])
    if cell and 1 not in found:
        raise WrongCell(_("there has to be a price from 1 vial on"))
    return "; ".join(f"{quantity}={price:.2f}" for quantity, price in sorted(found.items()))


def json_list(cell: str) -> str:
    """A list in JSON."""
    if not cell:
        return ""
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        raise WrongCell(_("this is not JSON")) from None
    if not isinstance(value, list):
        raise WrongCell(_("this is not a list"))
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
