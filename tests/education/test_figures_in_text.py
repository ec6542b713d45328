"""Figures in running text are told from the digits of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.education.figures_in_text import figures

NAMES = (
    "NK1", "AT1", "GPR54", "LL-37", "IL-6", "FPR2", "CD4+", "TRPV1", "H2O", "5-HT2A", "5-HT", "5-HIAA",
    "ACTH(4-7)", "TLR7/8", "C14H22CuN6O4", "His3", "Cys1–Cys6", "kisspeptin-10", "β2", "p38", "hBD1",
    "LL7-31", "CARS-2", "HAM-D17", "Social Responsiveness Scale-2", "IL-1β", "CYP2D6", "17β-estradiol",
    "5-fluorouracil", "2'-deoxyadenosine", "Aβ1-42", "Aβ(1–42)", "G12/13", "Gq/11", "Kv1.3", "HbA1c",
    "SARS-CoV-2", "phase 3", "type 2 diabetes", "interleukin 6", "Ca2+", "99mTc", "13C", "3T3 cells",
    "CD4+/CD8+", "omega-3", "GLP-1(7-36)", "des-Arg9", "F2-isoprostane", "14-3-3", "MCF-7", "C57BL/6",
    "PI3K/Akt", "TGF-β1", "ERK1/2", "1-methyl-4-phenyl-1,2,3,6-tetrahydropyridine", "12656-61-0",
    "NCT00868283", "10.1126/science.281.5383.1640", "tachykinin NK1 receptor",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_digits_of_a_name_are_no_figures(name: str) -> None:
    assert figures(f"Binding of {name}, in people") == []
    assert figures(name) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.71 (0.63–0.79), P<0.0001", ["0.71", "0.63", "0.79", "0.0001"]),
        ("98.5% against −10.3%", ["98.5", "10.3"]),
        ("a 12-week trial of 1,070 people", ["12", "1070"]),
        ("n=24 and n24", ["24", "24"]),
        ("10mg in 5 mL for 24h", ["10", "5", "24"]),
        ("1.4-fold at day 90, 14-scale ensemble", ["1.4", "90", "14"]),
        ("4.1 ± 0.4 to 12.4 ± 1.7 IU/l", ["4.1", "0.4", "12.4", "1.7"]),
        ("OR2.1, effect-71%, d-0.71", ["2.1", "71", "0.71"]),
        ("2–8 °C at pH 7.4", ["2", "8", "7.4"]),
        ("IL-6 rose 3-fold, LL-37 by 12 in 1949", ["3", "12", "1949"]),
        ("114/163 against 37/158", ["114", "163", "37", "158"]),
        ("12656-61-1", ["12656", "61", "1"]),
    ],
)
def test_figures_are_found_with_or_without_a_unit(text: str, found: list[str]) -> None:
    assert figures(text) == found


@given(
    st.decimals(min_value="0.01", max_value="999", places=2),
    st.sampled_from(("{} of it", "by {}", "up to {}%", "a {}-fold rise", "NK1 at {}", "({})", "effect {}")),
)
def test_a_number_with_decimals_that_stands_apart_is_always_a_figure(number: object, frame: str) -> None:
    assert figures(frame.format(number)) == [str(number)]


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(any(map(str.isdigit, figure)) for figure in figures(text))
