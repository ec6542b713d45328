"""Errors that a person can cause become pages here, and nowhere else."""

from __future__ import annotations

import logging

from flask import Flask, render_template, request
from werkzeug.exceptions import (
    Forbidden,
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
    SecurityError,
)

from shop.core.database import is_away
from shop.core.errors import NotFound, NotPermitted, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.web.security import LARGEST_FORM

log = logging.getLogger(__name__)


def set_up(app: Flask) -> None:
    """Show every error as a page with a sentence and a way on."""
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(NotPermitted, _not_permitted)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _crash)


def _not_found(error: NotFound) -> tuple[str, int]:
    return page(404, _("We can’t find this"), str(error), of_an_order=request.path.startswith("/orders/"))


def _not_permitted(error: NotPermitted) -> tuple[str, int]:
    return page(403, _("Your role does not allow this"), str(error))


def _refused(error: Refused) -> tuple[str, int]:
    return page(400, _("This can’t be done"), str(error))


def _http(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    if isinstance(error, SecurityError):
        # Asked for under a name that is not this shop's, nothing here has an address, so no page can link.
        return _("This shop does not answer under that name."), 400
    if isinstance(error, RequestEntityTooLarge) and request.mimetype != "multipart/form-data":
        most = LARGEST_FORM // (1024 * 1024)
        sentence = _(
            "A form takes at most %(most)s MB of text. Nothing was saved. Go back: what you typed is there.",
            most=most,
        )
        return page(413, _("This is too large"), sentence)
    if isinstance(error, RequestEntityTooLarge):
        most = settings().certificate_max_bytes // (1024 * 1024)
        return page(413, _("This is too large"), _("A file may have at most %(most)s MB.", most=most))
    if isinstance(error, Forbidden):
        return page(
            403,
            _("This form has expired"),
            _("Go back, load the page again and send the form once more. Nothing has been changed."),
        )
    titles = {
        400: _("This request can’t be read"),
        404: _("We can’t find this page"),
        405: _("This address takes another kind of request"),
        410: _("This is no longer offered"),
    }
    texts = {404: _("Check the address, or search for a name, CAS number or lot number.")}
    return page(code, titles.get(code, _("This request can’t be answered")), texts.get(code, ""))


def _crash(error: InternalServerError) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    if is_away(error.original_exception):
        log.error("%s %s: the database is away: %s", request.method, request.path, error.original_exception)
        title = _("The shop is away for a moment")
        text = _(
            "What you have been told is kept. Try again in a minute: an order sent twice is placed only once."
        )
        return *page(503, title, text), {"Retry-After": "10"}
    log.error("%s %s failed", request.method, request.path, exc_info=error.original_exception)
    return page(
        500,
        _("Something went wrong on our side"),
        _("You have not been charged twice. Try again in a minute; if it goes on, write to us."),
    )


def page(code: int, title: str, text: str, *, of_an_order: bool = False) -> tuple[str, int]:
    """The page of an error. `of_an_order`: the way on is a code by mail, not a search of the shelf."""
    search = code == 404 and not of_an_order
    return (
        render_template(
            "storefront/error.html", title=title, text=text, search=search, of_an_order=of_an_order
        ),
        code,
    )
