"""The language of a request. English is the one the shop is written in; others come as catalogues."""

from __future__ import annotations

from flask import Flask

from shop.core import wording
from shop.core.language import current_locale


def set_up(app: Flask) -> None:
    """Give templates the shop's words and formats."""
    wording.add_to(app.jinja_env)

    @app.context_processor
    def _locale() -> dict[str, object]:
        return {"locale": current_locale()}
