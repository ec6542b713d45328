"""Upstairs: how people reach the shop. The only code that knows a request."""

from __future__ import annotations

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from shop.web import (
    assets,
    checkout,
    errors,
    health,
    language,
    pages,
    recall_answers,
    security,
    staff,
    storefront,
    stripe_webhook,
)


class NoSession(SessionInterface):
    """Flask's signed cookie is not used: `visitor` keeps what a browser carries on with in the database."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Nothing to read; whoever writes to `flask.session` is told so by an error."""
        return None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to keep."""


def set_up(app: Flask) -> None:
    """Give the application its pages."""
    app.session_interface = NoSession()
    language.set_up(app)
    assets.set_up(app)
    pages.set_up(app)
    errors.set_up(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(storefront.blueprint)
    app.register_blueprint(checkout.blueprint)
    app.register_blueprint(staff.blueprint)
    app.register_blueprint(stripe_webhook.blueprint)
    app.register_blueprint(recall_answers.blueprint)
    security.set_up(app)
