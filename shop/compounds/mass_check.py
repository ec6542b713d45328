"""Whether the mass a laboratory printed is the mass the sequence gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shop.compounds.masses import (
    PROTON,
    PROTONS_DISPLACED,
    Composition,
    CounterIon,
    MassType,
    ion,
    ion_label,
    mass,
    salt,
)
from shop.compounds.units import number
from shop.core.errors import Refused
from shop.core.language import gettext as _

LOWEST_CHARGE, HIGHEST_CHARGE = -4, 20
"""From [M-4H]4- to [M+20H]20+; 0 is the molecule."""
MOST_COUNTER_IONS = 6
LOOSEST_DALTONS = Decimal(1)
"""However wide a limit in m/z is, the mass it stands for may be off by no more than this, or by the limit
itself where that is wider: ±1 u is the loosest limit printed for a peptide's identity (PMC8679592, table 1),
and ±0.5 in m/z of a tenfold charged ion would be ±5 u."""
SODIUM, POTASSIUM, AMMONIUM = Decimal("22.989218"), Decimal("38.963158"), Decimal("18.033826")
ADDUCTS = {
    "[M+Na]+": (SODIUM, 1),
    "[M+K]+": (POTASSIUM, 1),
    "[M+NH4]+": (AMMONIUM, 1),
    "[M-H+2Na]+": (2 * SODIUM - PROTON, 1),
    "[M+H+Na]2+": (PROTON + SODIUM, 2),
    "[M+H+K]2+": (PROTON + POTASSIUM, 2),
    "[M+2Na]2+": (2 * SODIUM, 2),
}
"""What an ion gains over the neutral molecule, and its charge: masses of Na, K (AME2012) and NH4 less an
electron."""


class ToleranceUnit(StrEnum):
    """How far apart two masses may be: in daltons of the molecule, in m/z of the ion, or in parts per
    million.
    """

    DALTON = "Da"
    MASS_OVER_CHARGE = "m/z"
    PPM = "ppm"


@dataclass(frozen=True)
class MassCheck:
    """An observed mass against the theoretical one of the same ion and mass type.

    `observed_text` is as printed. `difference` is observed less theoretical, in daltons or m/z. A figure
    agrees when it lies within the tolerance and fits no other charge better. `likely` says what else it
    would fit where it does not agree.
    """

    observed_text: str
    observed: Decimal
    theoretical: Decimal
    difference: Decimal
    difference_ppm: Decimal
    agrees: bool
    conclusion: str
    likely: str | None


def check_mass(
    observed: str,
    composition: Composition,
    *,
    mass_type: MassType,
    tolerance: Decimal,
    tolerance_unit: ToleranceUnit = ToleranceUnit.DALTON,
    charge: int = 0,
) -> MassCheck:
    """Compare a printed mass with the theoretical one.

    Charge 0 is the neutral mass, 2 is [M+2H]2+, -1 is [M-H]-.

    Raises:
        Refused: an observed mass or a tolerance that is not a number above zero, or a charge outside −4 to
            20.
    """
    value, _figures = number(observed)
    if value <= 0:
        raise Refused(_("Enter the observed mass as a number above zero"))
    if not tolerance.is_finite() or tolerance <= 0:
        raise Refused(_("Enter a tolerance above zero"))
    if not LOWEST_CHARGE <= charge <= HIGHEST_CHARGE:
        raise Refused(
            _("Enter a charge of %(least)s to %(most)s", least=f"−{-LOWEST_CHARGE}", most=HIGHEST_CHARGE)
        )
    expected = theoretical_mass(composition, mass_type, charge)
    near = _within(value, expected, tolerance, tolerance_unit, charge)
    agrees = near and not _fits_better(value, composition, mass_type, charge)
    return MassCheck(
        observed_text=observed,
        observed=value,
        theoretical=expected,
        difference=value - expected,
        difference_ppm=_ppm(value, expected),
        agrees=agrees,
        conclusion=_(
            "Observed %(observed)s, theoretical %(expected)s (%(ion_and_type)s): difference %(difference)s, "
            "%(outcome)s %(tolerance)s %(unit)s",
            observed=observed.strip(),
            expected=f"{expected:,.4f}",
            ion_and_type=f"{ion_label(charge)}, {mass_type.value}",
            difference=f"{value - expected:+.4f}".replace("-", "−"),
            outcome=_("within") if near else _("more than"),
            tolerance=tolerance,
            unit=tolerance_unit.value,
        ),
        likely=None if agrees else _other_reading(value, composition, tolerance, tolerance_unit),
    )


def theoretical_mass(composition: Composition, mass_type: MassType, charge: int) -> Decimal:
    """Mass of the neutral molecule for charge 0, otherwise m/z of [M+nH]n+ or [M-nH]n-."""
    return ion(composition, charge, mass_type).mz if charge else mass(composition, mass_type)


def _fits_better(value: Decimal, composition: Composition, mass_type: MassType, charge: int) -> bool:
    """Whether the figure lies nearer to another charge of the molecule: then the ion is named wrongly."""

    def distance(each: int) -> Decimal:
        return abs(value - theoretical_mass(composition, mass_type, each)) * max(abs(each), 1)

    return min(range(LOWEST_CHARGE, HIGHEST_CHARGE + 1), key=distance) != charge


def _other_reading(
    value: Decimal, composition: Composition, tolerance: Decimal, unit: ToleranceUnit
) -> str | None:
    """The nearest other thing that fits: the usual slip is a wrong label, not a wrong peptide."""
    readings = [
        (abs(value - theoretical), words)
        for theoretical, charge, words in _readings(composition)
        if _within(value, theoretical, tolerance, unit, charge)
    ]
    return min(readings)[1] if readings else None


def _readings(composition: Composition) -> Iterator[tuple[Decimal, int, str]]:
    """Mass or m/z, charge and words of everything that could have been printed by mistake."""
    for mass_type in MassType:
        for charge in range(LOWEST_CHARGE, HIGHEST_CHARGE + 1):
            words = _("It would fit %(ion)s, %(type)s", ion=ion_label(charge), type=mass_type.value)
            yield theoretical_mass(composition, mass_type, charge), charge, words
        molecule = mass(composition, mass_type)
        for label, (gained, charge) in ADDUCTS.items():
            words = _("It would fit %(ion)s, %(type)s", ion=label, type=mass_type.value)
            yield (molecule + gained) / charge, charge, words
        for counter_ion in CounterIon:
            for count in range(1, MOST_COUNTER_IONS + 1):
                words = _(
                    "It would fit the salt with %(count)s × %(salt)s, %(type)s; enter the mass of the free "
                    "peptide",
                    count=count,
                    salt=counter_ion.value,
                    type=mass_type.value,
                )
                yield mass(salt(composition, counter_ion, count), mass_type), 0, words
        for metal in PROTONS_DISPLACED.keys() & composition.keys():
            bare = {**composition, "H": composition.get("H", 0) + PROTONS_DISPLACED[metal]}
            bare = {symbol: count for symbol, count in bare.items() if symbol != metal}
            for charge in (0, 1):
                words = _(
                    "It would fit the molecule without %(metal)s, %(type)s", metal=metal, type=mass_type.value
                )
                yield theoretical_mass(bare, mass_type, charge), charge, words


def _within(value: Decimal, expected: Decimal, tolerance: Decimal, unit: ToleranceUnit, charge: int) -> bool:
    difference = abs(value - expected)
    of_molecule = difference * max(abs(charge), 1)
    if unit is ToleranceUnit.PPM:
        return abs(_ppm(value, expected)) <= tolerance
    if unit is ToleranceUnit.DALTON:
        return of_molecule <= tolerance
    return difference <= tolerance and of_molecule <= max(tolerance, LOOSEST_DALTONS)


def _ppm(value: Decimal, expected: Decimal) -> Decimal:
    return (value - expected) / expected * 1_000_000
