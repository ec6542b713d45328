"""One application for a whole run and kind of database, led to the database of each test.

Making an application costs more than most tests do: it binds every address anew, and its engine compiles each
statement anew. What it reads of its settings while it runs is the test's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event, make_url
from sqlalchemy.engine import Dialect

from config import Settings
from shop.core import settings as core_settings
from shop.core.database import db

_ADDRESS = "address_of_the_tests_database"
_kept: dict[tuple[str, str], Flask] = {}


def app_for(settings: Settings, make: Callable[[Settings], Flask]) -> Flask:
    """The application that `make` makes, with these settings and on their database."""
    kind = settings.database_url.partition(":")[0]
    app = _kept.get((make.__name__, kind))
    if app is None:
        app = _kept[make.__name__, kind] = make(settings)
        _lead(app)
    core_settings.set_up(app, settings)
    app.extensions[_ADDRESS] = settings.database_url
    return app


def _lead(app: Flask) -> None:
    """Open every new connection where the test at hand has its database."""
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "do_connect")
    def _open(dialect: Dialect, _record: object, args: list[Any], options: dict[str, Any]) -> None:
        own_args, own_options = dialect.create_connect_args(make_url(app.extensions[_ADDRESS]))
        args[:] = own_args
        options.update(own_options)
