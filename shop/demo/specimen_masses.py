"""Masses for specimen certificates: those of the sequence, off by as little as a real instrument would be."""

from __future__ import annotations

import math
from decimal import Decimal

from shop.compounds import substance
from shop.compounds.masses import MassType, ion, ion_label, mass
from shop.compounds.models import Compound
from shop.compounds.sequences import Peptide
from shop.demo.specimen_certificates import SpecimenIon

USUAL_TOP = 1200
"""m/z above which electrospray rarely shows a peptide that can carry another proton."""


def charges(peptide: Peptide, monoisotopic: Decimal) -> tuple[int, ...]:
    """Two neighbouring charge states that an electrospray spectrum of the peptide would show.

    The lower one lies below the usual top of the range, and the higher one has no more protons than there are
    basic places (the amino end, Lys, Arg, His), or two. A metal complex is shown with one proton: more acid
    takes the metal away.
    """
    if peptide.metal:
        return (1,)
    highest = max(2, peptide.places_for_a_proton)
    lowest = min(math.ceil(monoisotopic / USUAL_TOP), highest - 1)
    return (lowest, lowest + 1)


def ions(compound: Compound, deviation: float | None) -> dict[int, SpecimenIon]:
    """The ions of a specimen certificate by charge; none for a mixture, or where no mass was measured."""
    peptide, elements = substance.peptide(compound), substance.elements(compound)
    if peptide is None or elements is None or deviation is None:
        return {}
    made = {}
    for charge in charges(peptide, mass(elements, MassType.MONOISOTOPIC)):
        calculated = ion(elements, charge, MassType.MONOISOTOPIC).mz.quantize(Decimal("0.01"))
        found = calculated + (Decimal(str(deviation)) / charge).quantize(Decimal("0.01"))
        made[charge] = SpecimenIon(
            ion=ion_label(charge),
            calculated=str(calculated),
            found=str(found),
            difference=f"{found - calculated:+.2f}".replace("-", "−"),
        )
    return made
