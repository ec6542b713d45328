"""What a test reads off a page."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def words(response: TestResponse) -> str:
    """The text of a page, without markup, in one line."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def hidden(response: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.get_data(as_text=True))
    assert found, f"no hidden field {name}"
    return unescape(found.group(1))


def follow(client: FlaskClient, response: TestResponse) -> TestResponse:
    """Go where a redirect leads."""
    assert response.status_code in (301, 302, 303), words(response)[:500]
    return client.get(response.headers["Location"])
