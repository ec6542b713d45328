"""Lists: what the address asks for, read without complaint, and links to the other pages of a list."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import request

from shop.core.language import gettext as _

Choice = TypeVar("Choice", bound=StrEnum)
LONGEST_QUESTION = 100


@dataclass(frozen=True, kw_only=True)
class Link:
    """A page of a list; an empty address stands for the pages left out."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, kw_only=True)
class ViewLink:
    """A kept question with how many answers it has, where that is counted."""

    label: str
    url: str
    current: bool
    count: int | None


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Where in a list this page is."""

    first: int
    last: int
    total: int
    links: list[Link]
    previous_url: str
    next_url: str

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return len(self.links) > 1


def words(name: str = "q") -> str:
    """What was typed in a search field: one line, without what no keyboard types."""
    typed = request.args.get(name, "")[:LONGEST_QUESTION]
    return "".join(sign for sign in typed if unicodedata.category(sign)[0] != "C").strip()


def choice(name: str, kinds: type[Choice], default: Choice) -> Choice:
    """One of some values; anything else is the default."""
    return next((each for each in kinds if each.value == request.args.get(name)), default)


def page_number() -> int:
    """The page asked for; anything odd is the first."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1


def pages(*, number: int, size: int, total: int, address: Callable[[int], str]) -> Pages:
    """Links to the first and last page and those near this one."""
    last = max(1, -(-total // size))
    near = sorted({1, last, *(each for each in range(number - 1, number + 2) if 1 <= each <= last)})
    links: list[Link] = []
    for before, each in zip([0, *near], near, strict=False):
        if each - before > 1:
            links.append(Link(label="…", url=""))
        links.append(Link(label=_("%(number)s", number=each), url=address(each), current=each == number))
    return Pages(
        first=min((number - 1) * size + 1, total),
        last=min(number * size, total),
        total=total,
        links=links,
        previous_url=address(number - 1) if number > 1 else "",
        next_url=address(number + 1) if number < last else "",
    )
