"""Plant one defect in a copy of the tree, run the tests that should notice, and say whether they did."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from saboteurs.defects import Defect

ROOT = Path(__file__).parents[2]
COPIED = (
    "shop",
    "tests",
    "templates",
    "static",
    "migrations",
    "config.py",
    "pyproject.toml",
    "bench",
    "docs",
)
TESTS_FAILED, NO_TESTS = 1, 5
"""What pytest's exit codes mean."""
LONGEST = 900
"""Seconds for the tests of one defect."""


def occurrences(defect: Defect, root: Path = ROOT) -> int:
    """How often the line stands in its file."""
    path = root / defect.file
    return path.read_text(encoding="utf-8").count(defect.old) if path.exists() else 0


def copy_tree(folder: Path) -> None:
    """The tree without its history, by hard links where the disk allows."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, copy_function=_link, ignore=shutil.ignore_patterns("__pycache__")
            )
        elif source.exists():
            _link(str(source), str(folder / name))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def plant(defect: Defect, folder: Path) -> None:
    """Write the defect into a copy; the file is made anew, so that the original stays as it is."""
    path = folder / defect.file
    text = path.read_text(encoding="utf-8")
    assert text.count(defect.old) == 1, f"{defect.name}: the line stands {text.count(defect.old)} times"
    path.unlink()
    path.write_text(text.replace(defect.old, defect.new), encoding="utf-8")


def survives(defect: Defect, folder: Path) -> str:
    """Empty when a test turned red; otherwise what happened instead."""
    tests = [test for test in dict.fromkeys(defect.tests) if (folder / test.partition("::")[0]).exists()]
    # Most defects show on either database; SQLite is there sooner. What shows only where two transactions
    # are open at once says so.
    passes = ("not postgresql", "postgresql") if defect.engine == "either" else (defect.engine,)
    said = "there are no tests"
    for chosen in passes:
        ended = _run(tests, chosen, folder)
        if ended.returncode == TESTS_FAILED:
            return ""
        if ended.returncode == 0:
            said = "every test stayed green"
        elif ended.returncode != NO_TESTS:
            return f"the tests could not be run: {ended.stdout[-600:]}{ended.stderr[-300:]}"
    return said


def _run(tests: Sequence[str], chosen: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)}
    environment.pop("ALIQUOT_TEST_POSTGRESQL", None)
    environment.pop("ALIQUOT_TORTURE_RESULTS", None)
    command = [sys.executable, "-m", "pytest", "-x", "-n", "0", "-m", "not torture", "-k", chosen, "--tb=no"]
    return subprocess.run(
        [*command, *tests],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
