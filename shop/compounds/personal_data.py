"""Compounds hold nothing about people."""

from __future__ import annotations

from shop.core.personal_data import not_personal

for table in ("category", "compound", "compound_name", "compound_property"):
    not_personal(table, "*")
