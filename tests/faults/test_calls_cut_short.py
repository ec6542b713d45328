"""The process is killed around a call to Stripe: in a minute the shop knows by itself what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from actions import armed, kill
from agreement import all_is_well
from chapters import CHAPTERS, Chapter, Scene, scene_of
from fault_runs import in_child
from flask import Flask
from sqlalchemy import select
from stripe_beside import Stripe
from virtual_clock import VirtualClock
from worker_turns import Worker

from shop.core.database import reading
from shop.payments import sync
from shop.payments.models import AttemptState, PaymentAttempt, Refund, RefundState

WITHIN_SECONDS = 60
CALLS = [
    ("starting to pay", "attempt.after_commit"),
    ("starting to pay", "stripe.before_create"),
    ("starting to pay", "stripe.sent_no_reply"),
    ("starting to pay", "stripe.after_create"),
    ("approving a card order", "capture.before"),
    ("approving a card order", "stripe.sent_no_reply"),
    ("approving a card order", "capture.after"),
    ("refusing a card order", "void.before"),
    ("refusing a card order", "stripe.sent_no_reply"),
    ("refusing a card order", "void.after"),
    ("cancelling a paid order", "cancel.after_commit"),
    ("cancelling a paid order", "refund.before_send"),
    ("cancelling a paid order", "stripe.sent_no_reply"),
    ("cancelling a paid order", "refund.sent_not_kept"),
    ("sending back a second payment", "refund.sent_not_kept"),
]
EITHER_WAY = pytest.mark.parametrize(("chapter", "point"), CALLS)


@pytest.fixture
def wall_clock(stripe_stand_in: Stripe) -> Iterator[VirtualClock]:
    clock = VirtualClock()
    with clock.ticking(stripe_stand_in.parts.account):
        yield clock


def not_known(stripe: Stripe) -> list[str]:
    """Payments and refunds of which the shop does not know what Stripe knows."""
    with reading() as session:
        open_ended = (AttemptState.CREATED, AttemptState.UNKNOWN)
        attempts = session.scalars(select(PaymentAttempt).where(PaymentAttempt.state.in_(open_ended)))
        waiting = (RefundState.REQUESTED, RefundState.UNKNOWN)
        refunds = session.scalars(select(Refund).where(Refund.state.in_(waiting)))
        found = [f"attempt {each.id} is {each.state.value}" for each in attempts]
        found += [f"refund {each.id} is {each.state.value}" for each in refunds]
    return [*found, *all_is_well(stripe.parts.account)]


def cut_short(app: Flask, scene: Scene, chapter: Chapter, point: str) -> set[str]:
    def task(say: Callable[[str], None]) -> None:
        with armed(point, kill):
            chapter.act(scene, say)

    ended, acked = in_child(app, task)
    assert ended == "killed"
    return acked


def named(name: str) -> Chapter:
    (found,) = (each for each in CHAPTERS if each.name == name)
    return found


@pytest.mark.parametrize("engine", ["sqlite"])
@EITHER_WAY
def test_a_worker_that_lives_finds_out_in_a_minute(
    wall_clock: VirtualClock, card_shop: Flask, stripe_stand_in: Stripe, chapter: str, point: str
) -> None:
    scene, found = scene_of(stripe_stand_in), named(chapter)
    worker = Worker(card_shop, wall_clock)
    found.prepare(scene)
    wall_clock.advance(seconds=90)
    # Every job has just run, so that each lets its whole period pass before it looks again.
    worker.turn()
    wall_clock.advance(seconds=1)
    acked = cut_short(card_shop, scene, found, point)

    worker.work(WITHIN_SECONDS - 1, every=5)

    assert not_known(stripe_stand_in) == []
    assert found.check(scene, acked) == []


@pytest.mark.parametrize("engine", ["postgresql"])
@EITHER_WAY
def test_sync_payments_finds_out_at_once(
    wall_clock: VirtualClock, card_shop: Flask, stripe_stand_in: Stripe, chapter: str, point: str
) -> None:
    scene, found = scene_of(stripe_stand_in), named(chapter)
    found.prepare(scene)
    wall_clock.advance(seconds=90)
    acked = cut_short(card_shop, scene, found, point)

    assert all(each.sure for each in sync.run())

    assert not_known(stripe_stand_in) == []
    assert found.check(scene, acked) == []
