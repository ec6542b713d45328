"""Whatever fails wherever: nothing confirmed is lost or done twice, and the worker alone puts it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from actions import ACTIONS, watched
from chapters import CHAPTERS, Chapter, scene_of
from fault_runs import RECOVERY_SECONDS, Outcome, in_child, run
from flask import Flask
from stripe_beside import Stripe
from virtual_clock import VirtualClock
from worker_turns import Worker

from shop.core import faults


@dataclass
class Stage:
    """A shop on a clock of its own, with Stripe beside it."""

    shop: Flask
    stripe: Stripe
    clock: VirtualClock
    worker: Worker

    def run(self, chapter: Chapter, point: str, action: str, after: int = 0) -> Outcome:
        return run(
            self.shop, self.clock, self.worker, chapter, scene_of(self.stripe), point, action,
            ACTIONS[action], after=after,
        )  # fmt: skip


@pytest.fixture
def wall_clock(stripe_stand_in: Stripe) -> Iterator[VirtualClock]:
    """The time for everything that follows; asked for before the shop, so that the shop begins on it."""
    clock = VirtualClock()
    with clock.ticking(stripe_stand_in.parts.account):
        yield clock


@pytest.fixture
def stage(wall_clock: VirtualClock, card_shop: Flask, stripe_stand_in: Stripe, plain_papers: None) -> Stage:
    return Stage(card_shop, stripe_stand_in, wall_clock, Worker(card_shop, wall_clock))


def passed(stage: Stage, chapter: Chapter) -> set[str]:
    """The points that a chapter passes when nothing fails."""
    scene = scene_of(stage.stripe)
    chapter.prepare(scene)

    def act(say: object) -> None:
        with watched() as reached:
            chapter.act(scene, lambda words: None)
        for name in reached:
            say(name)  # type: ignore[operator]

    ended, reached = in_child(stage.shop, act)
    assert ended == "done", chapter.name
    return reached


def failures(outcomes: list[Outcome]) -> list[str]:
    return [
        f"{each.chapter}, {each.action} at {each.point} ({each.ended}): {each.wrong}"
        for each in outcomes
        if each.wrong
    ]


def all_points(stage: Stage) -> list[tuple[Chapter, str]]:
    """Each chapter with the points it passes."""
    return [(chapter, point) for chapter in CHAPTERS for point in sorted(passed(stage, chapter))]


def first_of_each(pairs: list[tuple[Chapter, str]]) -> list[tuple[Chapter, str]]:
    """Each point once, in the first chapter that passes it."""
    return list({point: (chapter, point) for chapter, point in reversed(pairs)}.values())


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_point_is_passed_by_some_chapter_and_a_kill_there_loses_nothing(stage: Stage) -> None:
    pairs = all_points(stage)
    assert {point for _chapter, point in pairs} == set(faults.POINTS), "a point that no fault test reaches"
    outcomes = [stage.run(chapter, point, "kill") for chapter, point in first_of_each(pairs)]
    assert not failures(outcomes), "\n".join(failures(outcomes))
    assert {each.ended for each in outcomes} == {"killed"}


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize(
    ("chapter", "point", "action"),
    [
        ("placing by purchase order", "stock.lot_taken", "kill"),
        ("placing by purchase order", "checkout.after_commit", "disconnect"),
        ("being told of a payment", "settle.ledger_written", "disconnect"),
        ("cancelling a paid order", "refund.sent_not_kept", "kill"),
        ("sending mail", "mail.sent_not_marked", "raise"),
    ],
)
def test_some_faults_on_the_other_database(stage: Stage, chapter: str, point: str, action: str) -> None:
    (found,) = (each for each in CHAPTERS if each.name == chapter)
    assert not failures([stage.run(found, point, action)])


@pytest.mark.torture
@pytest.mark.parametrize("action", list(ACTIONS))
def test_every_point_of_every_chapter_and_every_action(
    stage: Stage, action: str, record_property: Callable[[str, object], None]
) -> None:
    outcomes = [
        stage.run(chapter, point, action, after=after)
        for chapter, point in all_points(stage)
        for after in range(2)
    ]
    slowest = max(each.seconds for each in outcomes)
    record_property("target", f"Fault points, {action}")
    record_property(
        "figure",
        f"{len(outcomes)} runs over {len(CHAPTERS)} use cases and {len(faults.POINTS)} points: "
        f"{len(failures(outcomes))} wrong; recovered after at most {slowest} virtual seconds",
    )
    assert not failures(outcomes), "\n".join(failures(outcomes))
    assert max(each.seconds for each in outcomes) <= RECOVERY_SECONDS
