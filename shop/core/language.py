"""Interface text through gettext, for every floor of the house.

`_()` marks and translates a sentence; the web sets the language of a request with `speaking`. Where a
catalogue has no translation, the English sentence in the code is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

_locale: ContextVar[str] = ContextVar("locale", default="en")


@cache
def _catalogue(locale: str) -> NullTranslations:
    folder = Path(__file__).resolve().parents[1] / "translations"
    return Translations.load(folder, [locale])


def translated(message: str) -> str:
    """The sentence in the current language, places for values left open; templates fill them in."""
    return _catalogue(_locale.get()).gettext(message)


def translated_plural(singular: str, plural: str, n: int) -> str:
    """As `translated`, in the form for `n`."""
    return _catalogue(_locale.get()).ngettext(singular, plural, n)


def gettext(message: str, /, **values: object) -> str:
    """The sentence in the current language, with `%(name)s` filled in from the named values."""
    text = translated(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """As `gettext`, choosing the form for `n`; `%(num)s` is the number."""
    return translated_plural(singular, plural, n) % {"num": n, **values}


_ = gettext


def current_locale() -> str:
    """The language code in force."""
    return _locale.get()


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Use a language for the length of a block."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)
