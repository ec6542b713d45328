"""A compound's record as the chemistry modules take it."""

from __future__ import annotations

from shop.compounds.masses import Composition, composition
from shop.compounds.models import Compound
from shop.compounds.sequences import Peptide


def peptide(compound: Compound) -> Peptide | None:
    """The peptide a compound is; None for a mixture, which has no sequence."""
    if compound.sequence is None:
        return None
    return Peptide(
        compound.sequence,
        compound.n_terminus,
        compound.c_terminus,
        tuple((int(first), int(second)) for first, second in compound.disulfides),
        compound.metal,
    )


def elements(compound: Compound) -> Composition | None:
    """The elements of one molecule; None for a mixture."""
    found = peptide(compound)
    return composition(found) if found else None
