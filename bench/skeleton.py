"""A bare Flask shop to compare with: the same number of requests and forms, three small queries each.

No stock, no lots, no statement: what any shop in Flask, SQLAlchemy and Jinja pays before it does its work.
"""

from __future__ import annotations

import os

from flask import Flask, redirect, render_template_string, request
from sqlalchemy import create_engine, event, text
from werkzeug.wrappers import Response

PAGE = """<!doctype html><html lang="en"><title>Step {{ step }}</title><h1>Step</h1><form method="post">
{% for name, value in fields %}<label>{{ name }} <input name="{{ name }}"></label>{% endfor %}
<input type="hidden" name="shown" value="x"><button>Go on</button></form></html>"""


def create_app() -> Flask:
    """The skeleton, on the SQLite file or the database that `SKELETON_DATABASE` names."""
    app = Flask("skeleton")
    engine = create_engine(os.environ["SKELETON_DATABASE"])
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _open(connection, _record):  # type: ignore[no-untyped-def]
            connection.isolation_level = None
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA busy_timeout=20000")

        @event.listens_for(engine, "begin")
        def _begin(connection):  # type: ignore[no-untyped-def]
            immediate = connection.get_execution_options().get("writing")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    @app.get("/step/<int:step>")
    def show(step: int) -> str:
        with engine.connect() as connection:
            rows = [
                connection.execute(text("SELECT name, value FROM answer WHERE id = :id"), {"id": each}).one()
                for each in (1, 2, 3)
            ]
        return render_template_string(PAGE, step=step, fields=[tuple(row) for row in rows] * 3)

    @app.post("/step/<int:step>")
    def save(step: int) -> Response:
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            for each in (1, 2):
                connection.execute(text("SELECT name FROM answer WHERE id = :id"), {"id": each}).one()
            connection.execute(
                text("INSERT INTO given (step, value) VALUES (:step, :value)"),
                {"step": step, "value": request.form.get("name", "")},
            )
        return redirect(f"/step/{step + 1}", 303)

    return app
