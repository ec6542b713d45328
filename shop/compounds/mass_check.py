"""Whether the mass a laboratory printed is the mass the sequence gives."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shop.compounds.masses import Composition, MassType, ion, ion_label, mass
from shop.compounds.units import number
from shop.core.errors import Refused
from shop.core.language import gettext as _

HIGHEST_CHARGE = 20


class ToleranceUnit(StrEnum):
    """How far apart two masses may be: in daltons (m/z for an ion) or in parts per million."""

    DALTON = "Da"
    PPM = "ppm"


@dataclass(frozen=True)
class MassCheck:
    """An observed mass against the theoretical one of the same ion and mass type.

    `observed_text` is as printed. `difference` is observed less theoretical, in daltons or m/z. `likely` says
    which other ion or mass type the figure would fit where it does not fit this one.
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
    """Compare a printed mass with the theoretical one; charge 0 is the neutral mass, 2 is [M+2H]2+.

    Raises:
        Refused: an observed mass or a tolerance that is not a number above zero, or a charge outside 0 to 20.
    """
    value, _figures = number(observed)
    if value <= 0:
        raise Refused(_("Enter the observed mass as a number above zero"))
    if not tolerance.is_finite() or tolerance <= 0:
        raise Refused(_("Enter a tolerance above zero"))
    if not 0 <= charge <= HIGHEST_CHARGE:
        raise Refused(_("Enter a charge of 0 to %(most)s", most=HIGHEST_CHARGE))
    expected = theoretical_mass(composition, mass_type, charge)
    agrees = _within(value, expected, tolerance, tolerance_unit)
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
            outcome=_("within") if agrees else _("more than"),
            tolerance=tolerance,
            unit=tolerance_unit.value,
        ),
        likely=None if agrees else _other_reading(value, composition, tolerance, tolerance_unit),
    )


def theoretical_mass(composition: Composition, mass_type: MassType, charge: int) -> Decimal:
    """Mass of the neutral molecule for charge 0, otherwise m/z of [M+nH]n+."""
    return ion(composition, charge, mass_type).mz if charge else mass(composition, mass_type)


def _other_reading(
    value: Decimal, composition: Composition, tolerance: Decimal, unit: ToleranceUnit
) -> str | None:
    """The nearest ion or mass type that fits: the usual slip is a wrong label, not a wrong peptide."""
    readings = [
        (abs(value - theoretical), label, mass_type)
        for mass_type in MassType
        for charge in range(HIGHEST_CHARGE + 1)
        for theoretical, label in [(theoretical_mass(composition, mass_type, charge), ion_label(charge))]
        if _within(value, theoretical, tolerance, unit)
    ]
    if not readings:
        return None
    _distance, label, mass_type = min(readings)
    return _("It would fit %(ion)s, %(type)s", ion=label, type=mass_type.value)


def _within(value: Decimal, expected: Decimal, tolerance: Decimal, unit: ToleranceUnit) -> bool:
    difference = _ppm(value, expected) if unit is ToleranceUnit.PPM else value - expected
    return abs(difference) <= tolerance


def _ppm(value: Decimal, expected: Decimal) -> Decimal:
    return (value - expected) / expected * 1_000_000
