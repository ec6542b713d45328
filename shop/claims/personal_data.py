"""The claims guard holds nothing about buyers or readers."""

from __future__ import annotations

from shop.core.personal_data import not_personal

not_personal(
    "explained_hold",
    "about place text_sha256 ruleset_version rules words reason explained_by",
    why="the shop's own text, and who of its staff explained it",
)
