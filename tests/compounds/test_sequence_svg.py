"""The diagram of a sequence: every residue once, every bridge, nothing over anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.sequence_svg import in_words, sequence_sheet, sequence_svg
from shop.compounds.sequences import THREE_LETTER, Peptide, parse
from shop.core.svg_sheet import WIDTH, Words

OXYTOCIN = Peptide("CYIQNCPLG", "H", "NH2", ((1, 6),))


@st.composite
def peptides(draw: st.DrawFn) -> Peptide:
    residues = draw(st.text(st.sampled_from(sorted(THREE_LETTER) + ["C"] * 6), min_size=2, max_size=100))
    cysteines = draw(st.permutations([place for place, letter in enumerate(residues, 1) if letter == "C"]))
    pairs = [(min(pair), max(pair)) for pair in zip(cysteines[::2], cysteines[1::2], strict=False)]
    bridges = tuple(sorted(pairs[: draw(st.integers(0, 8))]))
    ends = draw(st.sampled_from(("H", "Ac"))), draw(st.sampled_from(("OH", "NH2")))
    return Peptide(residues, *ends, bridges, draw(st.sampled_from((None, "Cu"))))


def test_residues_without_a_letter_are_named_below_the_drawing() -> None:
    ring = parse("cyclo(MeBmt-Abu-Sar-MeLeu-Val-MeLeu-Ala-D-Ala-MeLeu-MeLeu-MeVal)")
    drawing = sequence_svg(ring, name="Specimen", citation="C", licence="L")
    assert "".join(re.findall(">([XVAa])<", drawing)) == "XXXXVXAaXXX"
    assert "Sar is sarcosine" in in_words(ring)
    assert "the last residue is joined to the first" in in_words(ring)


def overlapping(words: Sequence[Words]) -> list[tuple[str, str]]:
    """Pairs of texts whose rooms cross."""
    return [
        (one.text, other.text)
        for one, other in combinations(words, 2)
        if one.box[0] < other.box[2]
        and other.box[0] < one.box[2]
        and one.box[1] < other.box[3]
        and other.box[1] < one.box[3]
    ]


@given(peptides())
def test_any_peptide_is_drawn_whole_within_the_sheet_without_overlaps(peptide: Peptide) -> None:
    sheet = sequence_sheet(peptide, title="Sequence", citation="Cited so.", licence="A licence.")
    beads = [each.text for each in sheet.words if each.anchor == "middle" and each.text.isalpha()]
    assert "".join(beads) == peptide.residues
    assert all(each.box[0] >= 0 and each.box[2] <= WIDTH for each in sheet.words)
    assert overlapping(sheet.words) == []
    ElementTree.fromstring(sheet.document("t", "d"))  # noqa: S314 - our own drawing


def test_each_bridge_is_one_line_and_is_told_in_words() -> None:
    plain, bridged = (
        sequence_svg(each, name="x", citation="c", licence="l")
        for each in (Peptide("CYIQNCPLG", "H", "NH2"), OXYTOCIN)
    )
    assert bridged.count("<path") == plain.count("<path") + 1
    assert "the bridge closes a ring of residues 1 to 6" in bridged and "ring" not in plain


def test_a_bridge_between_rows_runs_within_the_sheet() -> None:
    far = Peptide("C" + "G" * 30 + "C", disulfides=((1, 32),))
    assert f"H{WIDTH}" not in sequence_svg(far, name="x", citation="c", licence="l")


def test_a_bound_metal_is_named() -> None:
    assert in_words(Peptide("GHK", metal="Cu")) == "H-Gly-His-Lys-OH; one bound Cu(II)"
