"""Text made from templates outside a web request (mail), with the same words and formats as the pages."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, lru_cache

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from shop.core import assets, language, money


def date_in_words(value: date) -> str:
    """`18 Sep 2026`."""
    return format_date(value, "d MMM y", locale=language.current_locale())


def long_date(value: date) -> str:
    """`18 September 2026`."""
    return format_date(value, "d MMMM y", locale=language.current_locale())


def month_and_year(value: date) -> str:
    """`Sep 2026`."""
    return format_date(value, "MMM y", locale=language.current_locale())


def moment_in_words(value: datetime) -> str:
    """`18 Sep 2026, 14:06 UTC`."""
    return format_datetime(value, "d MMM y, HH:mm 'UTC'", locale=language.current_locale())


def time_in_words(value: datetime) -> str:
    """`14:06 UTC`."""
    return format_datetime(value, "HH:mm 'UTC'", locale=language.current_locale())


def number_in_words(value: int) -> str:
    """`2,884`."""
    return format_decimal(value, locale=language.current_locale())


def actor_in_words(actor: str) -> str:
    """Who did something, from the short name that is kept for whoever is no member of staff."""
    known = {
        "buyer": language.translated("the buyer"),
        "job": language.translated("the shop"),
        "shop": language.translated("the shop"),
        "stripe": language.translated("Stripe"),
        "screening": language.translated("screening"),
        "rule": language.translated("a rule"),
        "link": language.translated("a signed link"),
        "web": language.translated("a web page"),
        "demonstration": language.translated("the demonstration"),
    }
    return known.get(actor, actor)


FILTERS = {
    "actor": actor_in_words,
    "date": date_in_words,
    "longdate": long_date,
    "monthyear": month_and_year,
    "datetime_utc": moment_in_words,
    "time_utc": time_in_words,
    "number": number_in_words,
}


@pass_eval_context
def _gettext(context: EvalContext, message: str, /, **values: object) -> str:
    """As Jinja's own, which makes a sentence that has no places for values anew each time it is printed."""
    if not values:
        return _without_values(language.current_locale(), message, context.autoescape)
    sentence = language.translated(message)
    return (Markup(sentence) if context.autoescape else sentence) % values  # noqa: S704 - values are escaped


@lru_cache(maxsize=10_000)
def _without_values(_locale: str, message: str, as_markup: bool) -> str:
    sentence = language.translated(message)
    return (Markup(sentence) if as_markup else sentence) % {}  # noqa: S704 - written in our templates


def add_to(environment: Environment) -> None:
    """Give a template environment the shop's words and formats."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=language.translated, ngettext=language.translated_plural, newstyle=True
    )
    environment.globals["_"] = environment.globals["gettext"] = _gettext
    environment.globals["money"] = money.in_words
    environment.filters.update(FILTERS)
    environment.undefined = StrictUndefined


@cache
def _plain_text() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(assets.folder("templates")),
        autoescape=False,  # noqa: S701 - plain-text mail
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    add_to(environment)
    return environment


def plain_text(template: str, **values: object) -> str:
    """A plain-text template, filled in."""
    return _plain_text().get_template(template).render(**values)
