"""Lots of a product side by side: the values of their certificates, under the limits each lot had."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.models import LimitKind
from shop.inventory.lot_series import (
    Measure,
    Series,
    chart,
    description,
    label_box,
    of_lots,
    overlap,
    takeaway,
)
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    CertificateWithdrawal,
    Conclusion,
    Lot,
    Qualifier,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def a_test(attribute: str, text: str, number: str, **more: object) -> CertificateTest:
    values: dict[str, object] = {
        "limit_kind": LimitKind.AT_LEAST,
        "limit_text": "≥ 98.0%",
        "lower": Decimal("98.0"),
        "unit": "%",
        "qualifier": Qualifier.EQUALS,
        "charge": 0,
        "conclusion": Conclusion.MEETS,
    }
    return CertificateTest(
        attribute=attribute,
        name="x",
        method="x",
        result_text=text,
        result_number=Decimal(number),
        **values | more,
    )


def a_mass(
    found: str, theoretical: str, charge: int = 0, unit: str = "Da", tolerance: str = "0.5"
) -> CertificateTest:
    return a_test(
        "identity_ms",
        found,
        found,
        lower=None,
        theoretical_mass=Decimal(theoretical),
        tolerance=Decimal(tolerance),
        unit=unit,
        charge=charge,
    )


def a_lot(number: str, day: int, *tests: CertificateTest) -> Lot:
    revision = CertificateRevision(revision=1, published_at=NOW, tests=list(tests))
    return Lot(number=number, filled_on=date(2026, 1, 1) + timedelta(days=day), certificates=[revision])


def purity(number: str) -> CertificateTest:
    return a_test("purity_hplc", f"{number}%", number)


def only(*lots: Lot) -> Series:
    (series,) = of_lots(lots)
    return series


def test_lots_stand_by_the_day_they_were_filled_with_their_figures_as_printed() -> None:
    series = only(a_lot("B", 40, purity("98.60")), a_lot("A", 10, purity("99.2")))
    assert series.measure == Measure.PURITY
    assert [(point.lot.number, point.text, point.meets) for point in series.points] == [
        ("A", "99.2%", True),
        ("B", "98.60%", True),
    ]
    assert takeaway(series) == "Purity: 98.60% to 99.2% in 2 lots; limit ≥ 98.0%"


def test_each_lot_is_held_against_the_limit_it_had() -> None:
    older = a_test("purity_hplc", "96.0%", "96.0", lower=Decimal("95.0"))
    series = only(a_lot("A", 10, older), a_lot("B", 40, purity("97.0")))
    assert [point.meets for point in series.points] == [True, False]
    assert takeaway(series).endswith(", 1 of them outside its limit")
    lines = chart(series).limits
    assert [line.label for line in lines] == ["≥ 95.0", "≥ 98.0"]
    assert lines[0].y > lines[1].y and lines[0].x2 == lines[1].x1


def test_masses_of_different_ions_are_compared_as_the_molecule() -> None:
    series = only(
        a_lot("A", 1, a_mass("1045.60", "1045.5345")),
        a_lot("B", 2, a_mass("523.80", "523.7745", charge=2, unit="m/z")),
        a_lot("C", 3, a_mass("1045.0", "1045.5345")),
    )
    assert series.measure == Measure.MASS_DIFFERENCE
    assert [point.text for point in series.points] == ["+0.07", "+0.05", "−0.53"]
    assert [point.upper for point in series.points] == [Decimal("0.5"), Decimal("1.0"), Decimal("0.5")]
    assert [point.meets for point in series.points] == [True, True, False]
    assert takeaway(series) == (
        "Mass found less mass calculated: −0.53 to +0.07 in 3 lots; limit ± 0.5 Da, 1 of them outside its "
        "limit"
    )


def test_a_limit_in_parts_per_million_is_one_of_the_mass() -> None:
    (point,) = only(a_lot("A", 1, a_mass("1000.004", "1000", unit="ppm", tolerance="5"))).points
    assert point.upper == Decimal("0.005") and point.meets


def test_a_lot_without_a_certificate_in_force_has_no_value() -> None:
    withdrawn = a_lot("A", 1, purity("99.0"))
    withdrawn.certificates[0].withdrawal = CertificateWithdrawal(reason="x")
    draft = a_lot("B", 2, purity("99.0"))
    draft.certificates[0].published_at = None
    assert of_lots([withdrawn, draft, a_lot("C", 3)]) == []


def test_one_lot_is_a_figure_too() -> None:
    series = only(a_lot("A", 1, purity("99.0")))
    assert takeaway(series) == "Purity: 99.0% in the one lot so far; limit ≥ 98.0%"
    drawn = chart(series)
    assert len(drawn.marks) == 1 and drawn.left < drawn.marks[0].x < drawn.right
    assert "1 lots" in description(series) or "of 1" in description(series)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 10_000)), min_size=1, max_size=40))
def test_every_lot_is_drawn_inside_the_box_and_higher_values_stand_higher(
    values: list[tuple[int, int]],
) -> None:
    lots = [
        a_lot(f"L{at:03}", day, purity(f"{Decimal(hundredths) / 100}"))
        for at, (day, hundredths) in enumerate(values)
    ]
    series = only(*lots)
    drawn = chart(series)
    assert len(drawn.marks) == len(lots)
    assert all(drawn.left <= mark.x <= drawn.right and 0 <= mark.y <= drawn.bottom for mark in drawn.marks)
    assert 2 <= len(drawn.y_ticks) <= 8
    pairs = sorted(
        zip((point.value for point in series.points), (mark.y for mark in drawn.marks), strict=True)
    )
    assert [y for _value, y in pairs] == sorted((y for _value, y in pairs), reverse=True)
    assert all(0 <= limit.y <= drawn.bottom for limit in drawn.limits)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(9700, 10_000)), min_size=1, max_size=30))
def test_no_label_of_a_lot_is_drawn_over_another(values: list[tuple[int, int]]) -> None:
    lots = [
        a_lot(f"L{at:03}", day, purity(f"{Decimal(hundredths) / 100}"))
        for at, (day, hundredths) in enumerate(values)
    ]
    labelled = [mark for mark in chart(only(*lots)).marks if mark.label]
    assert labelled
    boxes = [label_box(mark) for mark in labelled]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert not overlap(one, other)
