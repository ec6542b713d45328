"""When goods leave a customs territory."""

from __future__ import annotations

from shop.ordering import customs


def test_which_ways_cross_a_customs_border() -> None:
    assert not customs.crosses_border("NL", "DE")
    assert not customs.crosses_border("US", "US")
    for pair in (("NL", "CH"), ("GB", "FR"), ("US", "CA"), ("CH", "NO")):
        assert customs.crosses_border(*pair)
    assert not customs.crosses_border("GR", "HR")
