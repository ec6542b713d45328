"""Peptide sequences as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.sequences import (
    C_TERMINI,
    FIRST_ONLY,
    N_TERMINI,
    RING,
    THREE_LETTER,
    UNUSUAL,
    Peptide,
    parse,
    parse_disulfides,
)
from shop.core.errors import Refused

usual = st.sampled_from(sorted(THREE_LETTER) + sorted(set("acdefhiklmnpqrstvwy")))
unusual = st.sampled_from(
    [f"[{code}]" for code in UNUSUAL if code not in FIRST_ONLY] + ["[D-2Nal]", "[D-Pen]"]
)
chains = st.lists(usual | unusual, min_size=2, max_size=30).map("".join)
peptides = (
    st.builds(
        Peptide,
        residues=chains,
        n_terminus=st.sampled_from([end for end in N_TERMINI if end != RING]),
        c_terminus=st.sampled_from([end for end in C_TERMINI if end != RING]),
    )
    | st.builds(Peptide, residues=chains, n_terminus=st.just(RING), c_terminus=st.just(RING))
    | st.builds(Peptide, residues=chains.map(lambda rest: f"[pGlu]{rest}"))
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
        ("ME[Xyz]FPGP", "[Xyz] at position 3 is not a residue known here. Known are pGlu"),
        ("ME[HFPGP", "[ at position 3 is not one of the 20 amino acids"),
        ("ME[]FPGP", "[] at position 3 is not a residue known here"),
        ("ME[M]FPGP", "[M] at position 3 is not a residue known here"),
        ("MEgFPGP", "Gly at position 3 has no D-form"),
        ("H-Gly-D-Aib-Lys-OH", "Aib at position 2 has no D-form"),
        ("Gly-His-pGlu", "pGlu has no amine of its own"),
        ("Ac-pGlu-His-Pro", "pGlu has no amine of its own"),
        ("cyclo(Mpa-Gly-Cys)", "Mpa has no amine of its own"),
        ("cyclo-RGDfV", "In a ring both ends are cyclo"),
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
    with pytest.raises(Refused, match=r"The amino end can be H, Ac, For, .*, cyclo, not Boc"):
        Peptide("GHK", n_terminus="Boc")
    with pytest.raises(Refused, match=r"The carboxyl end can be OH, NH2, .*, cyclo, not OBn"):
        Peptide("GHK", c_terminus="OBn")
    with pytest.raises(Refused, match="The bound metal can be Cu, not Zn"):
        parse("GHK", metal="Zn")


def test_d_residues_unusual_ones_and_rings_are_written_as_the_field_writes_them() -> None:
    octreotide = parse("fCFwKTCT-ol", disulfides="2-7")
    assert octreotide.three_letter == "H-D-Phe-Cys-Phe-D-Trp-Lys-Thr-Cys-Thr-ol"
    assert parse("pGlu-His-Pro-NH2").one_letter == "[pGlu]HP-NH2"
    assert parse("Pyr-His-Pro-NH2") == parse("Glp-His-Pro-NH2") == parse("pGlu-His-Pro-NH2")
    assert parse("pGlu-His-Pro-NH2").three_letter == "pGlu-His-Pro-NH2"
    assert parse("c(RGDfV)").three_letter == "cyclo(Arg-Gly-Asp-D-Phe-Val)"
    assert parse("cyclo(-Arg-Gly-Asp-D-Phe-Val-)").one_letter == "cyclo(RGDfV)"
    assert parse("Ac-[D-2Nal][Nle]D-NH2").three_letter == "Ac-D-2Nal-Nle-Asp-NH2"
    assert parse("L-Ala-L-Lys") == Peptide("AK")


def test_a_disulfide_joins_other_thiols_too() -> None:
    assert parse("Tyr-D-Pen-Gly-Phe-D-Pen", disulfides="2-5").bridges == "D-Pen2–D-Pen5"
    assert parse_disulfides("D-Pen2–D-Pen5") == ((2, 5),)
    assert parse("Mpa-Tyr-Cys", disulfides="1-3").bridges == "Mpa1–Cys3"


def test_what_takes_a_proton_is_counted() -> None:
    counts = {text: parse(text).places_for_a_proton for text in ("GHK", "Ac-GrK", "[pGlu]HP", "cyclo(GK)")}
    assert counts == {"GHK": 3, "Ac-GrK": 2, "[pGlu]HP": 1, "cyclo(GK)": 1}
