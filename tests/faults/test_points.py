"""The list of fault points and the code agree, and nothing but a test can arm one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from actions import Fault, armed, fail, watched

from shop.core import faults

SHOP = Path(faults.__file__).parents[1]


def points_in_code() -> list[str]:
    """Every point that the code passes, by reading it."""
    return [
        name
        for path in sorted(SHOP.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for name in _named(node)
    ]


def _named(call: ast.Call) -> Iterator[str]:
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called == "point" and isinstance(function, ast.Attribute):
        assert isinstance(call.args[0], ast.Constant | ast.JoinedStr), "a point is named where it stands"
        if isinstance(call.args[0], ast.Constant):
            yield str(call.args[0].value)
    if called == "writing":
        for keyword in call.keywords:
            if keyword.arg == "at" and isinstance(keyword.value, ast.Constant):
                at = str(keyword.value.value)
                yield f"{at}.before_commit"
                yield f"{at}.after_commit"


def test_every_point_in_the_code_is_in_the_list_and_the_other_way_round() -> None:
    assert set(points_in_code()) == set(faults.POINTS)


def test_a_point_that_is_not_armed_does_nothing_and_one_that_is_armed_acts_once() -> None:
    faults.point("checkout.begin")
    with armed("checkout.begin", fail):
        with pytest.raises(Fault):
            faults.point("checkout.begin")
        faults.point("checkout.begin")
        with pytest.raises(faults.UnknownPoint):
            faults.point("checkout.never_heard_of")
    faults.point("checkout.begin")
    assert faults.armed == {}


def test_watching_changes_nothing() -> None:
    with watched() as reached:
        faults.point("checkout.begin")
    assert reached == {"checkout.begin"} and faults.armed == {}


def test_no_part_of_the_shop_arms_a_point() -> None:
    """A shop in production could be armed only by code in it; so there is none."""
    for path in SHOP.rglob("*.py"):
        if path == Path(faults.__file__):
            continue
        text = path.read_text()
        assert "faults.armed" not in text, path
        assert "from shop.core.faults import" not in text, path
    own = ast.parse(Path(faults.__file__).read_text())
    writes = [
        node
        for node in ast.walk(own)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
    ]
    assert writes == []
    assert not {"os", "environ"} & {node.id for node in ast.walk(own) if isinstance(node, ast.Name)}


def test_no_environment_arms_a_point(tmp_path: Path) -> None:
    """Whatever a host sets, a fresh process of the shop starts with nothing armed."""
    script = "from shop import create_core; from shop.core import faults; create_core(); print(faults.armed)"
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path),
        "ALIQUOT_FAULTS": "checkout.begin=kill",
        "FAULTS": "checkout.begin=kill",
        "DEMO": "1",
    }
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    assert ended.stdout.strip() == "{}"
