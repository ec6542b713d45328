"""Planted defects: the suite is worth as much as what it notices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from saboteurs.defects import DEFECTS, Defect
from saboteurs.planting import ROOT, copy_tree, occurrences, plant, survives

NAMES = [defect.name.replace(" ", "-") for defect in DEFECTS]


def test_every_planted_line_stands_in_the_code_just_once() -> None:
    wrong = {defect.name: count for defect in DEFECTS if (count := occurrences(defect)) != 1}
    assert wrong == {}


def test_the_list_is_well_formed() -> None:
    assert len(DEFECTS) >= 60
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
    for defect in DEFECTS:
        assert defect.old != defect.new and defect.why.strip() and defect.tests, defect.name
        assert any((ROOT / test).exists() for test in defect.tests), defect.name


def test_a_planted_defect_is_noticed_and_a_harmless_change_is_not(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    (link,) = (each for each in DEFECTS if each.name == "a link is compared letter by letter")
    # On one database: on which of them a defect shows is the question of the long run below.
    one = "not postgresql"
    harmless = Defect("harmless", link.file, link.old, f"{link.old}  # as before", "-", link.tests, one)
    plant(harmless, tmp_path)
    assert survives(harmless, tmp_path) == "every test stayed green"
    back = Defect("back", link.file, harmless.new, link.new, "-", link.tests, one)
    plant(back, tmp_path)
    assert survives(back, tmp_path) == ""


@pytest.mark.torture
@pytest.mark.parametrize("defect", DEFECTS, ids=NAMES)
def test_every_planted_defect_turns_a_test_red(
    defect: Defect, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    copy_tree(tmp_path)
    plant(defect, tmp_path)
    record_property("defect", defect.name)
    assert survives(defect, tmp_path) == ""
