"""Isoelectric point of a peptide: where the charges of its groups add up to nothing.

Each group is taken by itself (Henderson and Hasselbalch) with the pK values of EMBOSS, file `Epk.dat` of
release 6.6. Other sets give points that differ by half a unit and more, so one decimal is all that is shown.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from shop.compounds.sequences import Peptide

PK_SET = "EMBOSS 6.6, Epk.dat"
AMINO_END, CARBOXYL_END = 7.5, 3.6
BASIC = {"H": 6.5, "K": 10.8, "R": 12.5}
ACIDIC = {"C": 8.5, "D": 3.9, "E": 4.1, "Y": 10.1}
WITHOUT_PK = frozenset(
    {"Orn", "Dab", "Dap", "hArg", "Hcy", "Pen", "Mpa", "3Pal"}
    | {"Ser(PO3H2)", "Thr(PO3H2)", "Tyr(PO3H2)", "Tyr(SO3H)", "Suc"}
)
"""Residues and ends with a charge of their own that the set has no value for."""


def isoelectric_point(peptide: Peptide) -> Decimal | None:
    """The pH to one decimal; None for a metal complex or a group without a pK in the set, or where the charge
    has one sign at every pH.
    """
    if peptide.metal is not None or WITHOUT_PK & {peptide.n_terminus, *(each.code for each in peptide.chain)}:
        return None
    positive, negative = _groups(peptide)
    low, high = 0.0, 14.0
    if _charge(positive, negative, low) <= 0 or _charge(positive, negative, high) >= 0:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if _charge(positive, negative, middle) > 0 else (low, middle)
    return Decimal(f"{low:.1f}")


def _groups(peptide: Peptide) -> tuple[list[float], list[float]]:
    """The pK of every group that can be positive, and of every one that can be negative."""
    residues = Counter(each.code for each in peptide.chain)
    residues["C"] -= 2 * len(peptide.disulfides)
    positive = [pk for letter, pk in BASIC.items() for _each in range(residues[letter])]
    negative = [pk for letter, pk in ACIDIC.items() for _each in range(residues[letter])]
    if peptide.has_free_amine:
        positive.append(AMINO_END)
    if peptide.c_terminus == "OH":
        negative.append(CARBOXYL_END)
    return positive, negative


def _charge(positive: list[float], negative: list[float], ph: float) -> float:
    return sum(1 / (1 + 10 ** (ph - pk)) for pk in positive) - sum(
        1 / (1 + 10 ** (pk - ph)) for pk in negative
    )
