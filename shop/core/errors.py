"""Errors that a person can cause: each carries a sentence for that person."""

from __future__ import annotations


class Refused(Exception):
    """Something a person asked for cannot be done; `str(error)` is the sentence to show them."""


class NotFound(Refused):
    """What was asked for does not exist, or is not for this person to see."""


class NotPermitted(Refused):
    """A member of staff lacks the permission; the sentence says which."""
