"""The distance between what was typed and what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.search.spelling import distance

SHORT = st.text(alphabet="abcd", max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("semax", "semax", 0),
        ("semx", "semax", 1),
        ("smeax", "semax", 1),
        ("semaxx", "semax", 1),
        ("semox", "semax", 1),
        ("cerebrolisyn", "cerebrolysin", 2),
        ("semax", "selank", None),
    ],
)
def test_letters_left_out_put_in_changed_and_swapped_each_count_one(
    one: str, other: str, far: int | None
) -> None:
    assert distance(one, other, 2) == far


@given(SHORT, SHORT)
def test_it_is_the_same_both_ways_and_nothing_only_for_the_same(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) == (one == other)


@given(SHORT, SHORT)
def test_a_limit_only_leaves_out_what_is_farther(one: str, other: str) -> None:
    far = distance(one, other, 9)
    assert far is not None
    for most in range(4):
        assert distance(one, other, most) == (far if far <= most else None)
