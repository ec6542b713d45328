"""Holds: what a block and a hold do to publishing, and the reasons that are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from shop.claims import holds
from shop.claims.holds import Blocked, Judged, NeedsReasons, judge, require_publishable
from shop.claims.models import ExplainedHold
from shop.claims.rules import Surface
from shop.core.database import reading, writing
from shop.core.errors import Refused

HELD = "99.5% purity."
REASON = "The certificate of each lot stands on the page and gives the method."

pytestmark = pytest.mark.usefixtures("shop")


def publish(*texts: str, **reasons: str) -> None:
    judged: list[Judged] = [
        judge(f"part {number}", each, Surface.PRODUCT) for number, each in enumerate(texts, 1)
    ]
    with writing() as session:
        require_publishable(
            session,
            judged,
            about="product/semax",
            surface=Surface.PRODUCT,
            reasons={key.replace("_", " "): value for key, value in reasons.items()},
            actor="rosa@shop.example",
        )


def kept() -> list[ExplainedHold]:
    with reading() as session:
        return list(session.scalars(select(ExplainedHold)))


def test_a_text_that_passes_needs_nothing() -> None:
    publish("Lyophilised powder")
    assert kept() == []


def test_a_block_is_refused_with_the_words_the_rule_and_why_whatever_reason_is_given() -> None:
    with pytest.raises(Blocked) as refused:
        publish("Lyophilised powder", "Cures arthritis.", part_2=REASON)
    assert "part 2: “Cures arthritis” (C1). Says or hints" in str(refused.value)
    [(place, finding)] = refused.value.findings
    assert (place, finding.rule) == ("part 2", "C1")
    assert kept() == []


def test_a_hold_without_a_reason_is_refused() -> None:
    with pytest.raises(NeedsReasons, match=r"part 1: “99\.5% purity”"):
        publish(HELD)
    with pytest.raises(NeedsReasons):
        publish(HELD, part_2=REASON)
    with pytest.raises(NeedsReasons):
        publish(HELD, part_1="   ")


def test_a_reason_of_a_few_letters_is_no_reason() -> None:
    with pytest.raises(Refused, match="10 to 2,000 characters"):
        publish(HELD, part_1="ok")


def test_a_reason_is_kept_with_the_text_the_rules_and_the_person() -> None:
    publish(HELD, part_1=REASON)
    [row] = kept()
    assert (row.about, row.place, row.surface) == ("product/semax", "part 1", Surface.PRODUCT)
    assert (row.rules, row.words) == (["C14"], ["99.5% purity"])
    assert (row.reason, row.explained_by) == (REASON, "rosa@shop.example")
    assert len(row.text_sha256) == 64
    with reading() as session:
        assert holds.count(session) == 1
        assert holds.count_by_rule(session) == {"C14": 1}


def test_the_same_text_is_explained_once_and_a_changed_one_anew() -> None:
    publish(HELD, part_1=REASON)
    publish(HELD)
    with pytest.raises(NeedsReasons):
        publish("99.6% purity.")
    assert len(kept()) == 1


def test_one_text_at_two_places_is_kept_once() -> None:
    publish(HELD, HELD, part_1=REASON, part_2=REASON)
    assert len(kept()) == 1


def test_a_kept_reason_can_be_neither_changed_nor_taken_away() -> None:
    publish(HELD, part_1=REASON)
    for statement in ("UPDATE explained_hold SET reason = 'another reason'", "DELETE FROM explained_hold"):
        with pytest.raises(DatabaseError), writing() as session:
            session.execute(text(statement))


def test_a_paragraph_that_cannot_be_read_whole_is_refused() -> None:
    with pytest.raises(Refused, match="at most 20,000 characters"):
        publish("word " * 5_000)
