"""Molecular formula and mass of a peptide, its salts and its ions, worked out from the sequence.

Masses are exact sums in Decimal. Averages rest on abridged standard atomic weights, so they carry about five
figures; programs that use other tables of weights differ by up to 2 parts in 100,000.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shop.compounds.sequences import RING, Peptide
from shop.core.errors import Refused
from shop.core.language import gettext as _

Composition = Mapping[str, int]
"""How many atoms of each element, by symbol; no zeros."""


@dataclass(frozen=True)
class Element:
    """What an atom weighs on average, and as its most abundant isotope, in daltons (g/mol)."""

    standard_weight: Decimal
    monoisotopic: Decimal


ELEMENTS = {
    "C": Element(Decimal("12.011"), Decimal("12")),
    "H": Element(Decimal("1.008"), Decimal("1.00782503223")),
    "N": Element(Decimal("14.007"), Decimal("14.00307400443")),
    "O": Element(Decimal("15.999"), Decimal("15.99491461957")),
    "S": Element(Decimal("32.06"), Decimal("31.9720711744")),
    "P": Element(Decimal("30.974"), Decimal("30.97376199842")),
    "F": Element(Decimal("18.998"), Decimal("18.99840316273")),
    "Cl": Element(Decimal("35.45"), Decimal("34.968852682")),
    "Cu": Element(Decimal("63.546"), Decimal("62.92959772")),
}
"""Weights: IUPAC/CIAAW abridged standard atomic weights (Prohaska et al. 2022, doi:10.1515/pac-2019-0603).
Isotopes 12C, 1H, 14N, 16O, 32S, 31P, 19F, 35Cl, 63Cu: NIST Atomic Weights and Isotopic Compositions
(masses of the evaluation AME2012)."""

PROTON = Decimal("1.007276466621")
"""Mass of the proton in daltons, CODATA 2018."""

MOST_ATOMS = 99_999


class MassType(StrEnum):
    """Which isotopes a mass counts."""

    MONOISOTOPIC = "monoisotopic"
    AVERAGE = "average"


class CounterIon(StrEnum):
    """The acid that a basic peptide is supplied with; each counter-ion adds one whole acid."""

    ACETATE = "acetate"
    TRIFLUOROACETATE = "trifluoroacetate"
    HYDROCHLORIDE = "hydrochloride"


@dataclass(frozen=True)
class Ion:
    """A molecule with protons gained or lost, as a mass spectrometer sees it; `mz` in daltons per charge."""

    charge: int
    mz: Decimal
    mass_type: MassType

    @property
    def label(self) -> str:
        """`[M+H]+`, `[M+2H]2+`, `[M-H]-`."""
        return ion_label(self.charge)


def parse_formula(text: str) -> Composition:
    """The composition of a molecular formula such as `C129H215N33O55`.

    Raises:
        Refused: an element without a mass here, a count of zero or anything that is not a plain formula.
    """
    plain = "".join(text.split()).translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    if len(plain) > 100 or not re.fullmatch(r"([A-Z][a-z]?([1-9][0-9]{0,4})?)+", plain):
        raise Refused(_("Write a formula as element symbols with counts, such as C37H51N9O10S"))
    atoms: Counter[str] = Counter()
    for symbol, count in re.findall(r"([A-Z][a-z]?)([0-9]*)", plain):
        if symbol not in ELEMENTS:
            raise Refused(
                _(
                    "%(symbol)s is not one of the elements used here: %(known)s",
                    symbol=symbol,
                    known=", ".join(ELEMENTS),
                )
            )
        atoms[symbol] += int(count or 1)
    if max(atoms.values()) > MOST_ATOMS:
        raise Refused(_("A formula has at most %(most)s atoms of an element", most=MOST_ATOMS))
    return dict(atoms)


def formula_text(composition: Composition) -> str:
    """The formula in Hill order (carbon, hydrogen, then by letter; by letter alone without carbon).

    Source: Hill 1900, J. Am. Chem. Soc. 22:478, doi:10.1021/ja02046a005.
    """
    first = ("C", "H") if "C" in composition else ()
    symbols = [symbol for symbol in first if symbol in composition]
    symbols += sorted(set(composition) - set(symbols))
    return "".join(
        symbol + (str(composition[symbol]) if composition[symbol] > 1 else "") for symbol in symbols
    )


RESIDUES = {
    letter: parse_formula(formula)
    for letter, formula in {
        "A": "C3H5NO",
        "C": "C3H5NOS",
        "D": "C4H5NO3",
        "E": "C5H7NO3",
        "F": "C9H9NO",
        "G": "C2H3NO",
        "H": "C6H7N3O",
        "I": "C6H11NO",
        "K": "C6H12N2O",
        "L": "C6H11NO",
        "M": "C5H9NOS",
        "N": "C4H6N2O2",
        "P": "C5H7NO",
        "Q": "C5H8N2O2",
        "R": "C6H12N4O",
        "S": "C3H5NO2",
        "T": "C4H7NO2",
        "V": "C5H9NO",
        "W": "C11H10N2O",
        "Y": "C9H9NO2",
        "pGlu": "C5H5NO2",
        "Mpa": "C3H4OS",
        "Abu": "C4H7NO",
        "Aib": "C4H7NO",
        "Ahx": "C6H11NO",
        "azaGly": "CH2N2O",
        "bAla": "C3H5NO",
        "Cha": "C9H15NO",
        "Cit": "C6H11N3O2",
        "Cpa": "C9H8ClNO",
        "Dab": "C4H8N2O",
        "Dap": "C3H6N2O",
        "hArg": "C7H14N4O",
        "Hcy": "C4H7NOS",
        "hPhe": "C10H11NO",
        "Hyp": "C5H7NO2",
        "Lys(Ac)": "C8H14N2O2",
        "MeAla": "C4H7NO",
        "MeBmt": "C10H17NO2",
        "MeLeu": "C7H13NO",
        "MePhe": "C10H11NO",
        "MeVal": "C6H11NO",
        "Met(O)": "C5H9NO2S",
        "1Nal": "C13H11NO",
        "2Nal": "C13H11NO",
        "Nle": "C6H11NO",
        "Nva": "C5H9NO",
        "Orn": "C5H10N2O",
        "3Pal": "C8H8N2O",
        "Pen": "C5H9NOS",
        "Phg": "C8H7NO",
        "Sar": "C3H5NO",
        "Ser(tBu)": "C7H13NO2",
        "Ser(PO3H2)": "C3H6NO5P",
        "Thr(PO3H2)": "C4H8NO5P",
        "Tic": "C10H9NO",
        "Tyr(PO3H2)": "C9H10NO5P",
        "Tyr(SO3H)": "C9H9NO5S",
    }.items()
}
"""The amino acid less one water, as it stands within a chain; what begins a chain, less what it ends with."""

TERMINI = {
    name: parse_formula(formula)
    for name, formula in {
        "H": "H",
        "Ac": "C2H3O",
        "For": "CHO",
        "Suc": "C4H5O3",
        "Myr": "C14H27O",
        "Pal": "C16H31O",
        "Biotin": "C10H15N2O2S",
        "OH": "OH",
        "NH2": "NH2",
        "NHMe": "CH4N",
        "NHEt": "C2H6N",
        "OMe": "CH3O",
        "OEt": "C2H5O",
        "ol": "H3",
        "pNA": "C6H5N2O2",
        "AMC": "C10H8NO2",
    }.items()
} | {RING: {}}
"""What an end adds to the residues. An alcohol has two hydrogens in place of the oxygen of the carbonyl."""

ACIDS = {
    CounterIon.ACETATE: parse_formula("C2H4O2"),
    CounterIon.TRIFLUOROACETATE: parse_formula("C2HF3O2"),
    CounterIon.HYDROCHLORIDE: parse_formula("HCl"),
}

PROTONS_DISPLACED = {"Cu": 2}
"""Hydrogens that a bound metal ion replaces in the neutral complex: two by copper(II)."""


def composition(peptide: Peptide) -> Composition:
    """All atoms of a peptide: residues and ends, less two hydrogens a disulfide, a metal for its protons."""
    atoms: Counter[str] = Counter()
    for residue in peptide.chain:
        atoms.update(RESIDUES[residue.code])
    atoms.update(TERMINI[peptide.n_terminus])
    atoms.update(TERMINI[peptide.c_terminus])
    atoms["H"] -= 2 * len(peptide.disulfides)
    if peptide.metal:
        atoms[peptide.metal] += 1
        atoms["H"] -= PROTONS_DISPLACED[peptide.metal]
    return dict(atoms)


def salt(base: Composition, counter_ion: CounterIon, count: int) -> Composition:
    """The composition of a salt: the free base with `count` whole acids.

    Raises:
        Refused: a count outside 1 to 50.
    """
    if not 1 <= count <= 50:
        raise Refused(_("A salt has 1 to 50 counter-ions"))
    return dict(Counter(base) + Counter({symbol: n * count for symbol, n in ACIDS[counter_ion].items()}))


def average_mass(composition: Composition) -> Decimal:
    """Molar mass in g/mol from standard atomic weights."""
    return sum((ELEMENTS[symbol].standard_weight * n for symbol, n in composition.items()), Decimal(0))


def monoisotopic_mass(composition: Composition) -> Decimal:
    """Mass in daltons of the molecule whose atoms are each the most abundant isotope of their element."""
    return sum((ELEMENTS[symbol].monoisotopic * n for symbol, n in composition.items()), Decimal(0))


def mass(composition: Composition, mass_type: MassType) -> Decimal:
    """Mass of the neutral molecule, of the type asked for."""
    return average_mass(composition) if mass_type is MassType.AVERAGE else monoisotopic_mass(composition)


def ion(composition: Composition, charge: int, mass_type: MassType) -> Ion:
    """The ion [M+nH]n+, or [M-nH]n- for a charge below 0: (M ± n × proton) ÷ n.

    The proton is added with the same mass to either type.

    Raises:
        ValueError: a charge of 0.
    """
    if charge == 0:
        raise ValueError("an ion has a charge")
    return Ion(charge, (mass(composition, mass_type) + charge * PROTON) / abs(charge), mass_type)


def charge_states(composition: Composition, mass_type: MassType, highest: int = 4) -> tuple[Ion, ...]:
    """Ions from [M+H]+ to [M+nH]n+, n being `highest`."""
    return tuple(ion(composition, charge, mass_type) for charge in range(1, highest + 1))


def ion_label(charge: int) -> str:
    """`M` for the neutral molecule, `[M+H]+`, `[M+2H]2+`, `[M-H]-`."""
    if charge == 0:
        return "M"
    sign, count = ("+" if charge > 0 else "-"), ("" if abs(charge) == 1 else abs(charge))
    return f"[M{sign}{count}H]{count}{sign}"
