"""What delivery costs: the bracket, the cold chain, what is free, and what is not offered and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.ordering.delivery_rates import ANY_WEIGHT, Bracket, Parcel, Tariff, nothing_offered, offer


def tariff(*, cold: int | None = 1200, free_from: int | None = None) -> Tariff:
    return Tariff(
        code="tracked",
        name="Tracked",
        note="",
        zone="Europe",
        currency="USD",
        brackets=(
            Bracket(up_to_g=2000, price_minor=1900),
            Bracket(up_to_g=500, price_minor=1400),
        ),
        cold_chain_minor=cold,
        free_from_minor=free_from,
    )


def parcel(weight_g: int, *, cold: bool = False, items: int = 5000) -> Parcel:
    return Parcel(weight_g=weight_g, has_cold_chain=cold, items_minor=items)


def test_the_lowest_bracket_that_holds_the_weight_sets_the_price() -> None:
    found = {grams: offer(tariff(), parcel(grams)).price_minor for grams in (1, 500, 501, 2000)}
    assert found == {1: 1400, 500: 1400, 501: 1900, 2000: 1900}
    assert offer(tariff(), parcel(480)).explanation == "To Europe, 0.48 kg, the price up to 0.5 kg"


def test_what_is_too_heavy_is_not_offered_and_says_so() -> None:
    found = offer(tariff(), parcel(2001))
    assert found.why_not == "Tracked is not offered: it takes up to 2 kg, this parcel weighs 2.001 kg."


def test_the_cold_chain_is_an_amount_of_its_own_only_when_something_has_to_stay_cold() -> None:
    assert offer(tariff(), parcel(400)).cold_chain_minor is None
    cold = offer(tariff(), parcel(400, cold=True))
    assert (cold.price_minor, cold.cold_chain_minor, cold.total_minor) == (1400, 1200, 2600)
    assert "does not keep goods cold" in offer(tariff(cold=None), parcel(400, cold=True)).why_not


def test_delivery_is_free_from_a_sum_of_items_but_the_cold_chain_is_not() -> None:
    free = offer(tariff(free_from=5000), parcel(400, cold=True, items=5000))
    assert (free.price_minor, free.cold_chain_minor) == (0, 1200)
    assert free.explanation == "Free to Europe from $50.00 of items"
    assert offer(tariff(free_from=5000), parcel(400, items=4999)).price_minor == 1400


def test_why_nothing_is_offered_is_said_only_when_nothing_is() -> None:
    heavy = offer(tariff(), parcel(9999))
    assert nothing_offered([heavy, offer(tariff(), parcel(1))]) == ""
    assert nothing_offered([heavy]) == heavy.why_not
    assert nothing_offered([]) == "We have no way of sending a parcel to this country."


@given(
    st.dictionaries(st.integers(1, 5000) | st.just(ANY_WEIGHT), st.integers(0, 9999), min_size=1),
    st.integers(1, 6000),
)
def test_no_parcel_is_charged_a_bracket_it_does_not_fit_or_a_wider_one_than_it_needs(
    prices: dict[int, int], weight: int
) -> None:
    brackets = tuple(Bracket(up_to_g=grams, price_minor=minor) for grams, minor in prices.items())
    found = offer(
        Tariff(
            code="a",
            name="A",
            note="",
            zone="Z",
            currency="USD",
            brackets=brackets,
            cold_chain_minor=0,
            free_from_minor=None,
        ),
        parcel(weight),
    )
    fitting = [grams for grams in prices if grams >= weight]
    if fitting:
        assert (found.why_not, found.price_minor) == ("", prices[min(fitting)])
    else:
        assert found.why_not
