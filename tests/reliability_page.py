"""Make `docs/reliability.md` of what `make torture` wrote down: what was promised, and what came of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from saboteurs.defects import DEFECTS

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"

Line = dict[str, Any]

TARGETS = (
    (
        "test_last_vials.py",
        1,
        "64 buyers for the last 1 to 5 vials, 200 rounds: 0 oversold, 0 undersold, 0 5xx",
    ),
    ("test_kill_loop.py", 1, "1,000 random kill -9: 0 confirmed orders lost, 0 doubled, audit clean"),
    (
        "test_database_restart.py",
        1,
        "100 crashes and stops of PostgreSQL under load: 0 confirmed orders lost, 0 doubled, no 500",
    ),
    ("test_matrix.py", 7, "Every fault point of every use case × every action; right again in 60 s"),
    (
        "test_webhook_permutations.py",
        20,
        "Every order of arrival of up to six events, with duplicates: one end",
    ),
    ("test_forged_webhooks.py", 1, "100,000 mutated or forged webhooks: 0 accepted, 0 5xx, 0 rows changed"),
    ("test_orders_machine.py", 1, "20,000 steps of orders as a state machine, full audit after each"),
    ("test_inventory_machine.py", 1, "Stock as a state machine, full audit after each step"),
    ("test_schedules.py", 17, "Every schedule of the steps of two sessions, seventeen pairs"),
    ("test_simulator.py", 20, "200 seeded towns: money is orders, stock is the shelf, nothing unknown"),
    ("test_saboteurs.py", len(DEFECTS), "Every planted one-line defect turns a test red"),
)
"""Of each harness: its file, how many tests make the whole on one database, and what is promised."""

HEAD = """# Reliability: what is promised, and what was measured

This page is written by `make torture` (`tests/reliability_page.py`); do not edit it by hand. Each
figure names the commit, the machine and, where chance was used, the seed with which it was made. `make
test` runs a short cut of every harness. What is listed as not run was not run for this page, whatever
earlier pages said.

Virtual time: recovery is measured on a clock that the test moves. The worker turns every fifteen
virtual seconds and runs its jobs when they are due; within 60 of these seconds after a fault it must
have put everything right, alone. A buyer is taken to spend ninety seconds on the payment page before
the fault. A call to Stripe whose process died counts as unresolved until the shop knows what became of
it, a payment page that nobody was shown included.
"""


def page(lines: Sequence[Line]) -> str:
    """The whole page."""
    newest: dict[str, Line] = {line["test"]: line for line in lines}
    parts = [
        HEAD,
        "## Targets\n",
        "| Target | Engine | Tests | Result | Seconds | Commit |",
        "|---|---|--:|---|--:|---|",
    ]
    for file, planned, target in TARGETS:
        own = [line for line in newest.values() if file in line["test"]]
        if not own:
            parts.append(f"| {target} | – | – | **not run** | – | – |")
        for engine in ("sqlite", "postgresql", ""):
            of_engine = [line for line in own if _engine(line) == engine]
            if of_engine:
                parts.append(f"| {target} | {engine or 'both, or none'} | {_row(of_engine, planned)} |")
    parts += ["", "## Figures\n", "| Measured | Engine | Figure | Seed |", "|---|---|---|---|"]
    parts += [
        f"| {line.get('target', _name(line))} | {_engine(line) or '–'} | {line['figure']} "
        f"| {line.get('seed', '–')} |"
        for line in newest.values()
        if "figure" in line
    ]
    parts += [
        "",
        "## Machine\n",
        *sorted({f"- {line['machine']}, {line['at'][:10]}" for line in newest.values()}),
    ]
    failed = [line for line in newest.values() if line["outcome"] == "failed"]
    if failed:
        parts += ["", "## Failed\n", *(f"- `{line['test']}`" for line in failed)]
    return "\n".join([*parts, ""])


def _row(lines: Iterable[Line], planned: int) -> str:
    all_of_them = list(lines)
    failed = [line for line in all_of_them if line["outcome"] == "failed"]
    result = f"**{len(failed)} failed**" if failed else "passed"
    if len(all_of_them) < planned:
        result += f", **{planned - len(all_of_them)} not run**"
    seconds = sum(line["seconds"] for line in all_of_them)
    commits = sorted({line["commit"] for line in all_of_them})
    return f"{len(all_of_them)} | {result} | {seconds:,.0f} | {', '.join(commits)}"


def _engine(line: Line) -> str:
    found = re.search(r"[\[-](sqlite|postgresql)[\]-]", line["test"])
    return found[1] if found else ""


def _name(line: Line) -> str:
    return str(line["test"]).rpartition("::")[2].partition("[")[0].removeprefix("test_").replace("_", " ")


def main() -> None:
    """Read the lines, write the page."""
    lines = [
        json.loads(line)
        for path in sys.argv[1:]
        for line in Path(path).read_text(encoding="utf-8").splitlines()
    ]
    PAGE.write_text(page(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
