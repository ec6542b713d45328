"""Writing JSON as Stripe does."""

from __future__ import annotations

import json
from typing import Any


def written(obj: dict[str, Any]) -> str:
    """JSON as Stripe writes it: indented, `id` and `object` first, other names in order."""

    def ordered(node: Any) -> Any:
        if isinstance(node, list):
            return [ordered(each) for each in node]
        if not isinstance(node, dict):
            return node
        first = [name for name in ("id", "object") if name in node]
        return {name: ordered(node[name]) for name in (*first, *sorted(node.keys() - {*first}))}

    return json.dumps(ordered(obj), indent=2)
