"""Upstairs: how people reach the shop. The only code that knows a request."""

from __future__ import annotations

from flask import Flask

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


def set_up(app: Flask) -> None:
    """Give the application its pages."""
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
