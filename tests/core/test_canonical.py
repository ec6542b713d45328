"""One byte form for a value: the same value always gives the same bytes, another value never does."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.core.canonical import Plain, canonical, digest

plain: st.SearchStrategy[Plain] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def told_apart(value: object) -> object:
    """The value in a form in which true is not one and false is not nothing, as Python has it."""
    if isinstance(value, dict):
        return {key: told_apart(item) for key, item in value.items()}
    if isinstance(value, list):
        return [told_apart(item) for item in value]
    return (type(value).__name__, value)


@given(plain)
def test_the_bytes_are_json_that_says_the_same_and_has_the_same_bytes_again(value: Plain) -> None:
    read = json.loads(canonical(value))
    assert told_apart(read) == told_apart(value)
    assert canonical(read) == canonical(value)


@given(plain, plain)
def test_two_values_have_the_same_bytes_just_when_they_are_the_same(one: Plain, other: Plain) -> None:
    assert (canonical(one) == canonical(other)) == (told_apart(one) == told_apart(other))


@given(st.dictionaries(st.text(), plain, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(value: dict[str, Plain], chance: object) -> None:
    keys = list(value)
    chance.shuffle(keys)  # type: ignore[attr-defined]
    assert canonical({key: value[key] for key in keys}) == canonical(value)


def test_the_order_of_a_list_is_part_of_what_it_says() -> None:
    assert canonical([1, 2]) != canonical([2, 1])


def test_the_form_is_fixed_so_that_it_can_be_checked_in_ten_years() -> None:
    value: Plain = {"b": [1, True, None], "a": 'Zoë "µ"\n', "": {}}
    assert canonical(value) == '{"":{},"a":"Zoë \\"µ\\"\\n","b":[1,true,null]}'.encode()
    assert digest(value) == "1bb269ceffdbf9d8478f599733ed981bfe384435a5f208200259248924efffb4"


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        [1, [2.5]],
        {"a": {"b": 0.1}},
        ({"a": (1.5,)},),
        Decimal("1.0"),
        date(2026, 1, 1),
        b"bytes",
        {"a": b"bytes"},
        {1, 2},
        object(),
        {1: "a"},
        {None: "a"},
        {"a": {1.5: "b"}},
        {True: "a"},
    ],
)
def test_what_has_no_single_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)  # type: ignore[arg-type]
