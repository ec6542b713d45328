"""What an address asks for, read without trust: anything strange is as if it had not been asked."""

from __future__ import annotations

import re

from flask import request

LONGEST = 200
MOST_CHOICES = 20
LAST_PAGE = 10_000

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def text(name: str, longest: int = LONGEST) -> str:
    """A parameter as one line of printable text; empty without it."""
    return printable(request.args.get(name, ""))[:longest]


def printable(given: str) -> str:
    """What can be printed of a text, on one line."""
    return "".join(character for character in " ".join(given.split()) if character.isprintable())


def choices(name: str) -> tuple[str, ...]:
    """All values of a parameter, each once, in the order given."""
    return tuple(dict.fromkeys(request.args.getlist(name)[:MOST_CHOICES]))


def page() -> int:
    """The page of a list; 1 unless a sensible number is given."""
    given = request.args.get("page", "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= 5 else 1
    return min(max(number, 1), LAST_PAGE)


def whole_number(name: str, most: int) -> int | None:
    """A parameter as a whole number from 1 on; None without it, or where it is no such number."""
    given = request.args.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        return None
    return int(given) if 1 <= int(given) <= most else None


def is_slug(part: str) -> bool:
    """Whether a part of a path can name anything here; nothing else is looked up."""
    return len(part) <= 80 and _SLUG.fullmatch(part) is not None
