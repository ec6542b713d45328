"""The search index holds published texts only."""

from __future__ import annotations

from shop.core.personal_data import not_personal

for table in ("search_entry", "search_key", "search_word"):
    not_personal(table, "*")
