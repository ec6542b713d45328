"""The settings of the running shop, for any floor of the house."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from config import Settings

_KEY = "aliquot_settings"


def set_up(app: Flask, values: Settings) -> None:
    """Give the application its settings."""
    app.extensions[_KEY] = values


def settings() -> Settings:
    """The settings of the application in whose context this runs."""
    return cast(Settings, current_app.extensions[_KEY])
