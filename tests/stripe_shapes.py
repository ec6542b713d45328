"""Stripe's published samples of its objects, and in what another object is unlike them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[1].parent / "shared" / "stripe-fixtures" / "fixtures3.json"


def samples() -> dict[str, Any]:
    """The samples by kind of object (github.com/stripe/openapi, fixtures3.json)."""
    found: dict[str, Any] = json.loads(SAMPLES.read_text())["resources"]
    return found


def unlike(sample: Any, ours: Any, path: str) -> list[str]:
    """Where ours lacks a key of the sample or has another JSON type; null fits everything."""
    if sample is None or ours is None:
        return []
    if isinstance(sample, bool) != isinstance(ours, bool):
        return [f"{path}: {type(ours).__name__}"]
    if isinstance(sample, int | float) and isinstance(ours, int | float):
        return []
    if type(sample) is not type(ours):
        return [f"{path}: {type(ours).__name__} instead of {type(sample).__name__}"]
    faults: list[str] = []
    if isinstance(sample, dict) and path.rpartition(".")[2] not in {"metadata", "data"}:
        for key, item in sample.items():
            where = f"{path}.{key}"
            if key == "card" and ours.get("type") in ("us_bank_account", "sepa_debit"):
                continue  # the samples are card payments
            faults += unlike(item, ours[key], where) if key in ours else [f"{where}: missing"]
    return faults
