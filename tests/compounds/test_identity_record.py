"""What files say of a substance: computed where there is a sequence, nothing made up where there is none."""

from __future__ import annotations

from shop.compounds.identity_record import MOST_CHARGES, as_values, chemistry
from shop.compounds.models import Category, Compound, CompoundKind


def compound(sequence: str | None, **more: object) -> Compound:
    values: dict[str, object] = {
        "slug": "x",
        "name": "X",
        "kind": CompoundKind.DEFINED_PEPTIDE if sequence else CompoundKind.MIXTURE,
        "category": Category(name="Field"),
        "substance_class": "Class",
        "sequence": sequence,
        "n_terminus": "H",
        "c_terminus": "OH",
        "disulfides": [],
    }
    return Compound(**{**values, **more})


def test_a_mixture_has_no_computed_part() -> None:
    assert chemistry(compound(None)) is None
    assert as_values(compound(None))["computed_from_sequence"] is None


def test_oxytocin_has_its_formula_masses_and_ions() -> None:
    found = as_values(compound("CYIQNCPLG", c_terminus="NH2", disulfides=[[1, 6]]))["computed_from_sequence"]
    assert found["molecular_formula"] == "C43H66N12O12S2"
    assert (found["average_mass_g_per_mol"], found["monoisotopic_mass_da"]) == ("1007.19", "1006.4365")
    assert found["charge_states"][0] == {
        "ion": "[M+H]+",
        "charge": 1,
        "monoisotopic_mz": "1007.4437",
        "average_mz": "1008.20",
    }
    assert found["disulfides"] == [[1, 6]]


def test_there_are_as_many_charge_states_as_places_for_protons_within_limits() -> None:
    charges = [
        len(found.charge_states)
        for sequence in ("GG", "KKKKK", "K" * 40)
        if (found := chemistry(compound(sequence)))
    ]
    assert charges == [4, 6, MOST_CHARGES]
