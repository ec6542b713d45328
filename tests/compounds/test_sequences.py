"""Peptide sequences as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.sequences import C_TERMINI, N_TERMINI, THREE_LETTER, Peptide, parse, parse_disulfides
from shop.core.errors import Refused

peptides = st.builds(
    Peptide,
    residues=st.text(alphabet=sorted(THREE_LETTER), min_size=2, max_size=40),
    n_terminus=st.sampled_from(N_TERMINI),
    c_terminus=st.sampled_from(C_TERMINI),
)


@given(peptides)
def test_both_written_forms_read_back_as_the_same_peptide(peptide: Peptide) -> None:
    assert parse(peptide.one_letter) == peptide
    assert parse(peptide.three_letter) == peptide


def test_semax_is_written_in_one_and_three_letters() -> None:
    semax = parse("MEHFPGP")
    assert semax.one_letter == "MEHFPGP"
    assert semax.three_letter == "H-Met-Glu-His-Phe-Pro-Gly-Pro-OH"


def test_modified_ends_are_kept() -> None:
    assert parse("Ac-SDAAV").three_letter == "Ac-Ser-Asp-Ala-Ala-Val-OH"
    assert parse("Tyr-Asn-Trp-NH2").one_letter == "YNW-NH2"


@pytest.mark.parametrize(
    "text",
    ["H-Gly-His-Lys-OH", "Gly-His-Lys", "GHK", "H-GHK-OH", " G H K ", "H–Gly–His–Lys–OH", "Gly‑His‑Lys"],
)
def test_one_peptide_in_many_spellings(text: str) -> None:
    assert parse(text) == Peptide("GHK")


def test_gly_is_a_residue_and_capital_gly_is_three_of_them() -> None:
    assert parse("Gly-Leu").residues == "GL"
    assert parse("GLY").residues == "GLY"


def test_subscript_two_of_an_amide_is_read() -> None:
    assert parse("CYIQNCPLG-NH₂", disulfides="1-6").c_terminus == "NH2"


def test_disulfides_are_read_in_either_order_and_printed_with_their_cysteines() -> None:
    peptide = parse("CCAACC", disulfides="Cys6–Cys1, 2-5")
    assert peptide.disulfides == ((1, 6), (2, 5))
    assert peptide.bridges == "Cys1–Cys6, Cys2–Cys5"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("MEXFPGP", "X at position 3 is not one of the 20 amino acids"),
        ("MEhFPGP", "h at position 3 is lower case, which stands for a D-amino acid"),
        ("H-Met-Glx-OH", "“Glx” at position 2 is not a three-letter amino acid code"),
        ("M-E-H-F", "“M” at position 1 is not a three-letter amino acid code"),
        ("", "2 to 100 residues; this has 0"),
        ("G", "this has 1"),
        ("H", "this has 1"),
        ("H-OH", "O at position 1"),
        ("G" * 101, "this has 101"),
        ("G" * 100_000, "at most 100 residues"),
    ],
)
def test_what_is_not_a_sequence_is_refused_with_the_place(text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(text)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("disulfides", "sentence"),
    [
        ("1-5", "none at position 5"),
        ("1-60", "none at position 60"),
        ("0-6", "none at position 0"),
        ("1-6, 1-6", "Cys1 is in more than one disulfide"),
        ("1-1", "Cys1 is in more than one disulfide"),
        ("one to six", "two positions, such as 1-6"),
    ],
)
def test_a_disulfide_joins_two_free_cysteines(disulfides: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse("CYIQNCPLG-NH2", disulfides=disulfides)
    assert sentence in str(refusal.value)


def test_disulfides_kept_out_of_order_are_refused() -> None:
    with pytest.raises(Refused, match="ascending"):
        Peptide("CAC", disulfides=((3, 1),))


def test_no_text_is_no_disulfide() -> None:
    assert parse_disulfides("  ") == ()


def test_an_unknown_end_or_metal_is_refused_with_the_choices() -> None:
    with pytest.raises(Refused, match="The amino end can be H, Ac, not Boc"):
        Peptide("GHK", n_terminus="Boc")
    with pytest.raises(Refused, match="The carboxyl end can be OH, NH2, not OMe"):
        Peptide("GHK", c_terminus="OMe")
    with pytest.raises(Refused, match="The bound metal can be Cu, not Zn"):
        parse("GHK", metal="Zn")
