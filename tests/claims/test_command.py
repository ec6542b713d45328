"""`aliquot check-claims`: one answer a line, whatever comes in."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from typing import Any

import pytest

from shop.claims import guard
from shop.claims.command import check_lines
from shop.claims.rules import Surface


def answers(text: bytes, surface: Surface = Surface.PRODUCT) -> list[dict[str, Any]]:
    return [json.loads(line) for line in check_lines(io.BytesIO(text), surface)]


def test_each_line_gets_one_answer_in_order() -> None:
    found = answers(b"Treats diabetes.\n\nFor research use only.\r\n99% pure")
    assert [each["verdict"] for each in found] == ["block", "pass", "pass", "hold"]
    assert found[0]["rules"] == ["C1"]
    assert found[0]["words"] == ["Treats diabetes"]
    assert found[1]["rules"] == found[1]["words"] == []


def test_nothing_in_gives_nothing_out() -> None:
    assert answers(b"") == []


def test_a_line_that_is_not_utf_8_is_blocked_and_the_next_is_read() -> None:
    found = answers(b"\xff\xfe\nFor research use only.\n")
    assert found[0]["verdict"] == "block"
    assert found[0]["rules"] == ["not-utf-8"]
    assert found[1]["verdict"] == "pass"


@pytest.mark.parametrize("line", [b"a" * 5_000_000, b"It cures cancer. " * 300_000])
def test_a_line_too_long_to_read_is_blocked_within_a_second(line: bytes) -> None:
    started = time.process_time()
    found = answers(line + b"\nFor research use only.\n")
    assert time.process_time() - started < 1
    assert [each["verdict"] for each in found] == ["block", "pass"]
    assert found[0]["rules"] == ["too-long"]
    assert f"{guard.LONGEST:,}" in found[0]["error"]


def test_control_characters_are_only_characters() -> None:
    assert answers(b"\x00\x01treats\x00 diabetes\n")[0]["verdict"] == "block"
    assert answers(b"\x00\n")[0]["verdict"] == "pass"


def test_the_command_answers_with_exit_code_0_whatever_it_finds() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "shop.cli", "check-claims", "--surface", "D"],
        input="In a trial patients slept better.\nIt cures cancer.\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert [json.loads(line)["verdict"] for line in ran.stdout.splitlines()] == ["hold", "block"]
