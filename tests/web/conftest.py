"""The whole shop behind a test client, able to sell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builders import found_by_audit, make_ready_to_sell
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from shop import create_app
from shop.core.database import db


@pytest.fixture
def web_app(shop_settings: Settings) -> Iterator[Flask]:
    """The application, with a statement, destinations and a delivery method."""
    app = create_app(shop_settings)
    with app.app_context():
        make_ready_to_sell()
    yield app
    with app.app_context():
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def web(web_app: Flask) -> FlaskClient:
    """A browser that keeps its cookies and sends forms as a person's browser does."""
    client = web_app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client
