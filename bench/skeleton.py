"""A bare Flask shop to compare with: the same number of requests and forms, three small queries each.

No stock, no lots, no statement: what any shop in Flask, Flask-SQLAlchemy, WTForms and Jinja pays before it
does its work. Each page has a small layout and a form of four fields with a token; nothing in it is
slower than the documentation of these libraries shows it. SQLite is opened as safely as the shop opens it.
"""

from __future__ import annotations

import os
from datetime import timedelta

from flask import Flask, redirect, render_template, request, session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response
from wtforms import EmailField, Form, StringField, TelField
from wtforms.csrf.session import SessionCSRF
from wtforms.validators import DataRequired, Length, Optional


class Base(DeclarativeBase):
    """Base of both tables."""


db = SQLAlchemy(model_class=Base)


class Answer(Base):
    """What a page shows."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    value: Mapped[str]


class Given(Base):
    """What was typed in a form."""

    __tablename__ = "given"

    id: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int]
    value: Mapped[str]


class StepForm(Form):
    """Four fields and a token."""

    class Meta:
        """The token stands in Flask's signed session, as Flask-WTF keeps it."""

        csrf = True
        csrf_class = SessionCSRF
        csrf_secret = b"only-a-bench"
        csrf_time_limit = timedelta(hours=1)

        @property
        def csrf_context(self) -> object:
            """Where the token is kept."""
            return session

    name = StringField("Full name", validators=[DataRequired(), Length(max=120)])
    email = EmailField("Work email", validators=[DataRequired(), Length(max=254)])
    organisation = StringField("Organisation", validators=[Optional(), Length(max=200)])
    phone = TelField("Phone", validators=[Optional(), Length(max=40)])


def create_app() -> Flask:
    """The skeleton, on the SQLite file or the database that `SKELETON_DATABASE` names."""
    app = Flask("bench.skeleton", template_folder="templates")
    app.config["SECRET_KEY"] = "only-a-bench"  # noqa: S105 - guards nothing
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SKELETON_DATABASE"]
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":

            @event.listens_for(db.engine, "connect")
            def _open(connection, _record):  # type: ignore[no-untyped-def]
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA busy_timeout=20000")

    @app.get("/step/<int:step>")
    def show(step: int) -> str:
        answers = [db.session.scalars(select(Answer).where(Answer.id == each)).one() for each in (1, 2, 3)]
        return render_template("step.html", step=step, answers=answers, form=StepForm())

    @app.post("/step/<int:step>")
    def save(step: int) -> Response | str:
        form = StepForm(request.form)
        answers = [db.session.scalars(select(Answer).where(Answer.id == each)).one() for each in (1, 2)]
        if not form.validate():
            return render_template("step.html", step=step, answers=answers, form=form)
        db.session.add(Given(step=step, value=str(form.name.data)))
        db.session.commit()
        return redirect(f"/step/{step + 1}", 303)

    return app
