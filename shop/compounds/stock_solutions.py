"""A vial or a weighed powder brought to a concentration by mass or by amount, its peptide counted once.

Peptide = mass × net peptide content × purity; volume = peptide ÷ concentration; a molar concentration is one
by mass divided by the molar mass. The guards against counting counter-ions twice are those of `solutions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shop.compounds.solutions import (
    CONCENTRATIONS,
    Answer,
    InputRefused,
    MolarMassOf,
    SaltFormula,
    check,
    content_of_salt,
    counter_ions_once,
    no_single_molar_mass,
    not_one_blank,
    powder_takes_no_room,
    share_of,
    volume_and_strength,
    what_is_weighed,
)
from shop.compounds.units import Kind, Quantity, derived
from shop.core.language import gettext as _


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is dissolved: how its mass is to be read, and the molar mass that belongs to it.

    `content` and `purity` are percentages; `salt` is for a dry salt whose content was not measured.
    """

    mass_is_net: bool = False
    content: Quantity | None = None
    purity: Quantity | None = None
    molar_mass: Quantity | None = None
    molar_mass_of: MolarMassOf = MolarMassOf.FREE_PEPTIDE
    salt: SaltFormula | None = None
    is_mixture: bool = False


@dataclass(frozen=True, kw_only=True)
class StockSolution(Answer):
    """What belongs together in a stock solution; `peptide` is what of the mass is counted as dissolved.

    The molar concentration and the amount are None where `molar_note` says why.
    """

    mass: Quantity
    peptide: Quantity
    volume: Quantity
    concentration: Quantity
    molar: Quantity | None
    amount: Quantity | None
    molar_note: str
    solved_for: str


@dataclass(frozen=True, kw_only=True)
class _Counting:
    """The share of a mass that is dissolved peptide, how it is written, and the inputs it rests on."""

    share: Decimal
    times: str
    divided: str
    inputs: tuple[Quantity, ...]
    steps: tuple[str, ...]


def stock_solution(
    mass: Quantity | None,
    volume: Quantity | None,
    concentration: Quantity | None,
    material: Material,
    *,
    capacity: Quantity | None = None,
) -> StockSolution:
    """Mass, volume and concentration: give two of the three. The concentration is by mass or molar.

    `capacity` is what the vial holds; a larger volume is warned of.

    Raises:
        Refused: not exactly one blank, an input of the wrong kind or not above zero, counter-ions that would
            be taken off twice, or a molar concentration without a molar mass, as of a mixture.
    """
    check("mass", mass, Kind.MASS)
    check("volume", volume, Kind.VOLUME)
    check("concentration", concentration, *CONCENTRATIONS)
    check("molar_mass", material.molar_mass, Kind.MOLAR_MASS)
    check("capacity", capacity, Kind.VOLUME)
    if [mass, volume, concentration].count(None) != 1:
        raise not_one_blank()
    counting = _counting(material)
    molar_mass = None if material.is_mixture else material.molar_mass
    steps = list(counting.steps)
    by_mass = None
    if concentration is not None:
        by_mass, more = _by_mass(concentration, material)
        steps += more
    given = [each for each in (mass, volume, concentration) if each is not None]
    inputs = (*given, *counting.inputs)
    if by_mass is not None and by_mass is not concentration:
        inputs = (*inputs, by_mass)
    if mass is None and volume is not None and by_mass is not None:
        solved_for = "mass"
        peptide = derived(by_mass.base * volume.base, Kind.MASS, *inputs)
        mass = derived(peptide.base / counting.share, Kind.MASS, *inputs)
        steps.append(f"{by_mass} × {volume} = {peptide}")
        if counting.divided:
            steps.append(f"{peptide}{counting.divided} = {mass}")
    elif volume is None and mass is not None and by_mass is not None:
        solved_for = "volume"
        peptide, more = _peptide(mass, counting)
        volume = derived(peptide.base / by_mass.base, Kind.VOLUME, *inputs)
        steps += [*more, f"{peptide} ÷ {by_mass} = {volume}"]
    elif concentration is None and mass is not None and volume is not None:
        solved_for = "concentration"
        peptide, more = _peptide(mass, counting)
        by_mass = derived(peptide.base / volume.base, Kind.MASS_CONCENTRATION, *inputs)
        steps += [*more, f"{peptide} ÷ {volume} = {by_mass}"]
    else:
        raise not_one_blank()
    molar, amount, more = _molar(by_mass, volume, concentration, molar_mass, inputs)
    assumptions, warnings = what_is_weighed(
        material.molar_mass_of, material.content, material.mass_is_net, material.salt
    )
    return StockSolution(
        mass=mass,
        peptide=peptide,
        volume=volume,
        concentration=by_mass,
        molar=molar,
        amount=amount,
        molar_note=_molar_note(material),
        solved_for=solved_for,
        steps=(*steps, *more),
        assumptions=(*assumptions, *_of_what(material), powder_takes_no_room()),
        warnings=(*warnings, *volume_and_strength(volume, by_mass, capacity)),
    )


def _counting(material: Material) -> _Counting:
    counter_ions_once(material.molar_mass_of, material.content, material.mass_is_net, material.salt)
    if material.salt is not None and material.is_mixture:
        raise InputRefused("counter_ion", no_single_molar_mass())
    theory = content_of_salt(material.molar_mass, material.salt)
    content = theory.content if theory else material.content
    share = (theory.content.base if theory else share_of("content", content)) * share_of(
        "purity", material.purity
    )
    factors = tuple(each for each in (content, material.purity) if each is not None)
    return _Counting(
        share=share,
        times="".join(f" × {each}" for each in factors),
        divided="".join(f" ÷ {each}" for each in factors),
        inputs=factors,
        steps=theory.steps if theory else (),
    )


def _peptide(mass: Quantity, counting: _Counting) -> tuple[Quantity, list[str]]:
    """The peptide in a mass, with its step; the mass itself where nothing is taken off."""
    if not counting.times:
        return mass, []
    peptide = derived(mass.base * counting.share, Kind.MASS, mass, *counting.inputs)
    return peptide, [f"{mass}{counting.times} = {peptide}"]


def _by_mass(concentration: Quantity, material: Material) -> tuple[Quantity, list[str]]:
    """The concentration by mass that is aimed at, with its step."""
    if concentration.unit.kind is Kind.MASS_CONCENTRATION:
        return concentration, []
    if material.is_mixture:
        raise InputRefused("concentration", _("A mixture has no molar concentration: ask for mg/mL"))
    if material.molar_mass is None:
        raise InputRefused("molar_mass", _("Enter a molar mass for a molar concentration"))
    base = concentration.base * material.molar_mass.base
    by_mass = derived(base, Kind.MASS_CONCENTRATION, concentration, material.molar_mass)
    return by_mass, [f"{concentration} × {material.molar_mass} = {by_mass}"]


def _molar(
    by_mass: Quantity,
    volume: Quantity,
    asked: Quantity | None,
    molar_mass: Quantity | None,
    inputs: tuple[Quantity, ...],
) -> tuple[Quantity | None, Quantity | None, list[str]]:
    """Molar concentration and amount, with the steps that are not among those taken already."""
    if molar_mass is None:
        return None, None, []
    steps = []
    if asked is not None and asked.unit.kind is Kind.MOLAR_CONCENTRATION:
        molar = asked
    else:
        molar = derived(by_mass.base / molar_mass.base, Kind.MOLAR_CONCENTRATION, *inputs, molar_mass)
        steps.append(f"{by_mass} ÷ {molar_mass} = {molar}")
    amount = derived(molar.base * volume.base, Kind.AMOUNT, *inputs, molar_mass)
    return molar, amount, [*steps, f"{molar} × {volume} = {amount}"]


def _of_what(material: Material) -> tuple[str, ...]:
    if material.molar_mass_of is MolarMassOf.SALT:
        return (_("Concentrations by mass are of the salt, counter-ions included."),)
    return ()


def _molar_note(material: Material) -> str:
    if material.is_mixture:
        return no_single_molar_mass()
    return "" if material.molar_mass else _("Enter a molar mass for molar values")
