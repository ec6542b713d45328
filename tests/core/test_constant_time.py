"""Secrets are compared in constant time: read from the code, because no clock can tell on a busy machine."""

from __future__ import annotations

import ast
from pathlib import Path

from shop.core import faults

SHOP = Path(faults.__file__).parents[1]
SECRET_MAKERS = ("order_key", "key_of", "_token")
"""Functions whose result is a secret that somebody may send back."""


def test_what_only_the_shop_can_make_is_never_compared_with_an_equals_sign() -> None:
    found = []
    for path in sorted(SHOP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and any(
                isinstance(part, ast.Eq | ast.NotEq) for part in node.ops
            ):
                sides = [node.left, *node.comparators]
                if any(_makes_a_secret(side) for side in sides):
                    found.append(f"{path.relative_to(SHOP)}:{node.lineno}")
    assert found == []


def _makes_a_secret(side: ast.expr) -> bool:
    if not isinstance(side, ast.Call):
        return False
    function = side.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name in SECRET_MAKERS
