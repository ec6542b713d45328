"""What a substance is, as plain values: its names and numbers, computed chemistry and properties."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shop.compounds import substance
from shop.compounds.isoelectric import PK_SET, isoelectric_point
from shop.compounds.masses import (
    Composition,
    MassType,
    average_mass,
    charge_states,
    formula_text,
    ion_label,
    monoisotopic_mass,
)
from shop.compounds.models import Compound
from shop.compounds.sequences import FIRST_ONLY, UNUSUAL, Peptide
from shop.core.language import gettext as _

FEWEST_CHARGES, MOST_CHARGES = 4, 10


@dataclass(frozen=True, kw_only=True)
class ChargeState:
    """One row of the table of charge states; both m/z in daltons per charge."""

    label: str
    charge: int
    monoisotopic: Decimal
    average: Decimal


@dataclass(frozen=True, kw_only=True)
class Chemistry:
    """What is worked out from a sequence. The masses are of the free peptide, or of its metal complex."""

    peptide: Peptide
    formula: str
    average: Decimal
    monoisotopic: Decimal
    charge_states: tuple[ChargeState, ...]
    isoelectric_point: Decimal | None

    @property
    def ends(self) -> str:
        """Both ends in words."""
        if self.peptide.is_ring:
            return _("none, the last residue is joined to the first")
        first = self.peptide.chain[0]
        start = UNUSUAL[first.code] if first.code in FIRST_ONLY else _amino_ends()[self.peptide.n_terminus]
        return f"{start}, {_carboxyl_ends()[self.peptide.c_terminus]}"


def _amino_ends() -> dict[str, str]:
    return {
        "H": _("free amine"),
        "Ac": _("acetyl"),
        "For": _("formyl"),
        "Suc": _("succinyl"),
        "Myr": _("myristoyl"),
        "Pal": _("palmitoyl"),
        "Biotin": _("biotinyl"),
    }


def _carboxyl_ends() -> dict[str, str]:
    return {
        "OH": _("free acid"),
        "NH2": _("amide"),
        "NHMe": _("methyl amide"),
        "NHEt": _("ethyl amide"),
        "OMe": _("methyl ester"),
        "OEt": _("ethyl ester"),
        "ol": _("alcohol"),
        "pNA": _("p-nitroanilide"),
        "AMC": _("7-amido-4-methylcoumarin"),
    }


def chemistry(compound: Compound) -> Chemistry | None:
    """The computed part; None for a mixture, which has no sequence, formula or mass."""
    peptide, elements = substance.peptide(compound), substance.elements(compound)
    if peptide is None or elements is None:
        return None
    return Chemistry(
        peptide=peptide,
        formula=formula_text(elements),
        average=average_mass(elements),
        monoisotopic=monoisotopic_mass(elements),
        charge_states=_charge_states(peptide, elements),
        isoelectric_point=isoelectric_point(peptide),
    )


def _charge_states(peptide: Peptide, elements: Composition) -> tuple[ChargeState, ...]:
    """As many as the peptide has places for a proton, within a few and ten."""
    highest = min(MOST_CHARGES, max(FEWEST_CHARGES, peptide.places_for_a_proton))
    both = (charge_states(elements, kind, highest) for kind in (MassType.MONOISOTOPIC, MassType.AVERAGE))
    return tuple(
        ChargeState(
            label=ion_label(light.charge), charge=light.charge, monoisotopic=light.mz, average=heavy.mz
        )
        for light, heavy in zip(*both, strict=True)
    )


def as_values(compound: Compound) -> dict[str, Any]:
    """Everything on record, ready for JSON; computed figures are text, so that no digit is lost or added."""
    found = chemistry(compound)
    return {
        "slug": compound.slug,
        "name": compound.name,
        "names": [each.name for each in compound.names],
        "kind": compound.kind.value,
        "class": compound.substance_class,
        "field": compound.category.name,
        "cas": compound.cas,
        "computed_from_sequence": None if found is None else _computed(found),
        "properties": [
            {
                "name": each.name,
                "value": each.value,
                "known_from": each.status.value,
                "source": each.source,
                "note": each.note,
            }
            for each in compound.properties
        ],
    }


def _computed(found: Chemistry) -> dict[str, Any]:
    peptide = found.peptide
    point = found.isoelectric_point
    return {
        "sequence_one_letter": peptide.one_letter,
        "sequence_three_letter": peptide.three_letter,
        "residues": len(peptide.chain),
        "amino_end": peptide.n_terminus,
        "carboxyl_end": peptide.c_terminus,
        "disulfides": [list(pair) for pair in peptide.disulfides],
        "metal": peptide.metal,
        "molecular_formula": found.formula,
        "average_mass_g_per_mol": f"{found.average:.2f}",
        "monoisotopic_mass_da": f"{found.monoisotopic:.4f}",
        "charge_states": [
            {
                "ion": each.label,
                "charge": each.charge,
                "monoisotopic_mz": f"{each.monoisotopic:.4f}",
                "average_mz": f"{each.average:.2f}",
            }
            for each in found.charge_states
        ],
        "isoelectric_point": None if point is None else {"ph": str(point), "pk_set": PK_SET},
    }
