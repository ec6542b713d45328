"""Isoelectric points from one named set of pK values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.isoelectric import isoelectric_point
from shop.compounds.sequences import THREE_LETTER, Peptide


@pytest.mark.parametrize(
    ("peptide", "point"),
    [
        (Peptide("GG"), "5.6"),  # half way between the ends: (7.5 + 3.6) / 2
        (Peptide("GG", "Ac", "OH"), None),
        (Peptide("GG", "H", "NH2"), None),
        (Peptide("DG", "Ac", "NH2"), None),
        (Peptide("KE", "Ac", "NH2"), "7.4"),  # (10.8 + 4.1) / 2
        (Peptide("GHK", metal="Cu"), None),
        (Peptide("[pGlu]HP", "H", "NH2"), None),
        (Peptide("kE", "Ac", "NH2"), "7.4"),
        (Peptide("[Orn]E", "Ac", "NH2"), None),
        (Peptide("CC", "H", "NH2", ((1, 2),)), None),
    ],
    ids=[
        "ends",
        "no-base",
        "no-acid",
        "one-acid",
        "one-of-each",
        "metal",
        "no-amine",
        "d-form",
        "no-pk",
        "bridged",
    ],
)
def test_the_point_lies_between_the_groups_that_decide_it(peptide: Peptide, point: str | None) -> None:
    found = isoelectric_point(peptide)
    assert found == (None if point is None else pytest.approx(Decimal(point), abs=Decimal("0.1")))


@given(st.text(st.sampled_from(sorted(THREE_LETTER)), min_size=2, max_size=60))
def test_a_base_never_lowers_the_point_and_an_acid_never_raises_it(residues: str) -> None:
    plain, base, acid = (isoelectric_point(Peptide(residues + more)) for more in ("", "K", "D"))
    assert plain is not None and base is not None and acid is not None
    assert acid <= plain <= base
