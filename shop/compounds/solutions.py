"""Bench calculators from powder to solution, with the working shown: concentration, molarity, net peptide.

Each takes quantities (`units.quantity` reads them from text), works out the one left blank where several are
asked for, and answers with exact values, the figures that may be shown, and every step. The formulas are
concentration = mass ÷ volume and amount = mass × content × purity ÷ molar mass.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shop.compounds.masses import ACIDS, CounterIon, average_mass
from shop.compounds.rounding import significant
from shop.compounds.units import MOST_FIGURES, READABLE, UNITS, Kind, Quantity, derived, unit
from shop.core.errors import Refused
from shop.core.language import gettext as _

CONCENTRATIONS = (Kind.MASS_CONCENTRATION, Kind.MOLAR_CONCENTRATION)
SMALLEST_PIPETTED = Quantity(Decimal(1), UNITS["µL"])
STRONGEST = Quantity(Decimal(1000), UNITS["mg/mL"])
"""More of a solid than its own volume of water weighs: no solution is that strong."""


class InputRefused(Refused):
    """An input that cannot be calculated with; `field` is the name of the argument."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class MolarMassOf(StrEnum):
    """What a molar mass counts: the peptide alone, or with the acids of its salt."""

    FREE_PEPTIDE = "free peptide"
    SALT = "salt"


@dataclass(frozen=True)
class SaltFormula:
    """The acid of a salt by its whole molar mass, and how many of it go with one peptide."""

    acid: Quantity
    count: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What every calculator gives beside its quantities.

    `steps` show the working, `assumptions` hold for every such calculation, `warnings` arise from the inputs.
    """

    steps: tuple[str, ...]
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VialConcentration(Answer):
    """Concentration of a vial once dissolved. Molar values are None where `molar_note` says why."""

    concentration: Quantity
    molar: Quantity | None
    amount_in_10_ul: Quantity | None
    molar_note: str | None


@dataclass(frozen=True, kw_only=True)
class Reconstitution(Answer):
    """Mass, volume and concentration that belong together; `solved_for` names the one worked out."""

    mass: Quantity
    volume: Quantity
    concentration: Quantity
    solved_for: str


@dataclass(frozen=True, kw_only=True)
class Molarity(Answer):
    """Mass, volume, molar mass and concentration that belong together, and the peptide in them."""

    mass: Quantity
    volume: Quantity
    molar_mass: Quantity
    concentration: Quantity
    amount: Quantity
    solved_for: str


@dataclass(frozen=True, kw_only=True)
class NetPeptide(Answer):
    """Peptide in a gross mass; `overstated` is how far too high a concentration from gross mass would be."""

    net: Quantity
    share: Quantity
    overstated: Quantity


@dataclass(frozen=True, kw_only=True)
class GrossMass(Answer):
    """The powder to weigh for a mass of peptide."""

    gross: Quantity
    share: Quantity


@dataclass(frozen=True, kw_only=True)
class TheoreticalContent(Answer):
    """Peptide share of a pure, dry salt, and the molar mass of that salt."""

    content: Quantity
    salt_molar_mass: Quantity


@dataclass(frozen=True, kw_only=True)
class Conversion(Answer):
    """The same amount in another unit."""

    result: Quantity


def no_single_molar_mass() -> str:
    """What stands in place of a molar value of a mixture."""
    return _("Not defined: no single molar mass")


def concentration_in_vial(
    mass: Quantity, volume: Quantity, molar_mass: Quantity | None = None, *, mixture: bool = False
) -> VialConcentration:
    """mg/mL of a vial dissolved in a volume of solvent; with a molar mass also µM and nmol in 10 µL.

    Raises:
        InputRefused: mass outside 0.001 to 10,000 mg, volume outside 0.05 to 100 mL, molar mass outside
            10 to 1,000,000 g/mol.
    """
    _between("mass", mass, "mg", "0.001", "10000", _("Enter a mass between 0.001 and 10,000 mg"))
    _between("volume", volume, "mL", "0.05", "100", _("Enter a volume between 0.05 and 100 mL"))
    concentration = derived(mass.base / volume.base, Kind.MASS_CONCENTRATION, mass, volume, unit="mg/mL")
    steps = [f"{mass.to('mg')} ÷ {volume.to('mL')} = {concentration}"]
    assumptions = [powder_takes_no_room()]
    molar = amount = note = None
    if mixture:
        note = no_single_molar_mass()
    elif molar_mass is None:
        note = _("Enter a molar mass for µM and nmol")
    else:
        sentence = _("Enter a molar mass between 10 and 1,000,000 g/mol")
        _between("molar_mass", molar_mass, "g/mol", "10", "1000000", sentence)
        inputs = (mass, volume, molar_mass)
        molar = derived(concentration.base / molar_mass.base, Kind.MOLAR_CONCENTRATION, *inputs, unit="µM")
        amount = derived(molar.base * Decimal("10e-6"), Kind.AMOUNT, *inputs, unit="nmol")
        assumptions.append(_("Mass and molar mass are both of the peptide without its counter-ions."))
        steps += [f"{concentration} ÷ {molar_mass} = {molar}", f"{molar} × 10 µL = {amount}"]
    return VialConcentration(
        concentration=concentration,
        molar=molar,
        amount_in_10_ul=amount,
        molar_note=note,
        steps=tuple(steps),
        assumptions=tuple(assumptions),
        warnings=impossibly_strong(concentration),
    )


def reconstitution(
    mass: Quantity | None,
    volume: Quantity | None,
    concentration: Quantity | None,
    *,
    capacity: Quantity | None = None,
) -> Reconstitution:
    """Dissolve a mass to a mass concentration (% w/v too): give two of the three.

    `capacity` is the volume the vial holds; more than that is warned of.

    Raises:
        Refused: not exactly one blank, or an input of the wrong kind or not above zero.
    """
    check("mass", mass, Kind.MASS)
    check("volume", volume, Kind.VOLUME)
    check("concentration", concentration, Kind.MASS_CONCENTRATION)
    check("capacity", capacity, Kind.VOLUME)
    if mass is None and volume is not None and concentration is not None:
        solved_for = "mass"
        mass = derived(concentration.base * volume.base, Kind.MASS, concentration, volume)
        step = f"{concentration} × {volume} = {mass}"
    elif volume is None and mass is not None and concentration is not None:
        solved_for = "volume"
        volume = derived(mass.base / concentration.base, Kind.VOLUME, mass, concentration)
        step = f"{mass} ÷ {concentration} = {volume}"
    elif concentration is None and mass is not None and volume is not None:
        solved_for = "concentration"
        concentration = derived(mass.base / volume.base, Kind.MASS_CONCENTRATION, mass, volume)
        step = f"{mass} ÷ {volume} = {concentration}"
    else:
        raise not_one_blank()
    return Reconstitution(
        mass=mass,
        volume=volume,
        concentration=concentration,
        solved_for=solved_for,
        steps=(step,),
        assumptions=(powder_takes_no_room(),),
        warnings=volume_and_strength(volume, concentration, capacity),
    )


def molarity(
    mass: Quantity | None,
    volume: Quantity | None,
    molar_mass: Quantity | None,
    concentration: Quantity | None,
    *,
    molar_mass_of: MolarMassOf = MolarMassOf.FREE_PEPTIDE,
    content: Quantity | None = None,
    purity: Quantity | None = None,
    mass_is_net: bool = False,
    salt: SaltFormula | None = None,
    mixture: bool = False,
) -> Molarity:
    """Mass, volume, molar mass and molar concentration: give three of the four.

    `content` is the net peptide content and `purity` the share of the peptide that is the right one, both in
    percent. The counter-ions of a salt are taken off once: by net peptide content, by a mass that is net
    already, by the molar mass of the salt, or by the formula of a dry salt.

    Raises:
        Refused: not exactly one blank, an input of the wrong kind or not above zero, a mixture, or
            counter-ions that would be taken off twice.
    """
    if mixture:
        raise InputRefused("molar_mass", no_single_molar_mass())
    check("mass", mass, Kind.MASS)
    check("volume", volume, Kind.VOLUME)
    check("molar_mass", molar_mass, Kind.MOLAR_MASS)
    check("concentration", concentration, Kind.MOLAR_CONCENTRATION)
    counter_ions_once(molar_mass_of, content, mass_is_net, salt)
    theory = content_of_salt(molar_mass, salt)
    share = (theory.content.base if theory else share_of("content", content)) * share_of("purity", purity)
    content = theory.content if theory else content
    known = [
        given for given in (mass, volume, molar_mass, concentration, content, purity) if given is not None
    ]
    corrected = "".join(f" × {percent}" for percent in (content, purity) if percent is not None)
    divided = "".join(f" ÷ {percent}" for percent in (content, purity) if percent is not None)
    if mass is None and volume is not None and molar_mass is not None and concentration is not None:
        solved_for = "mass"
        mass = derived(concentration.base * volume.base * molar_mass.base / share, Kind.MASS, *known)
        step = f"{concentration} × {volume} × {molar_mass}{divided} = {mass}"
    elif volume is None and mass is not None and molar_mass is not None and concentration is not None:
        solved_for = "volume"
        volume = derived(mass.base * share / (molar_mass.base * concentration.base), Kind.VOLUME, *known)
        step = f"{mass}{corrected} ÷ ({molar_mass} × {concentration}) = {volume}"
    elif molar_mass is None and mass is not None and volume is not None and concentration is not None:
        solved_for = "molar_mass"
        molar_mass = derived(mass.base * share / (concentration.base * volume.base), Kind.MOLAR_MASS, *known)
        step = f"{mass}{corrected} ÷ ({concentration} × {volume}) = {molar_mass}"
    elif concentration is None and mass is not None and volume is not None and molar_mass is not None:
        solved_for = "concentration"
        strength = mass.base * share / (molar_mass.base * volume.base)
        concentration = derived(strength, Kind.MOLAR_CONCENTRATION, *known)
        step = f"{mass}{corrected} ÷ ({molar_mass} × {volume}) = {concentration}"
    else:
        raise not_one_blank()
    amount = derived(concentration.base * volume.base, Kind.AMOUNT, *known)
    by_mass = derived(concentration.base * molar_mass.base, Kind.MASS_CONCENTRATION, *known)
    assumptions, warnings = what_is_weighed(molar_mass_of, content, mass_is_net, salt)
    return Molarity(
        mass=mass,
        volume=volume,
        molar_mass=molar_mass,
        concentration=concentration,
        amount=amount,
        solved_for=solved_for,
        steps=(*(theory.steps if theory else ()), step, f"{concentration} × {volume} = {amount}"),
        assumptions=(*assumptions, powder_takes_no_room()),
        warnings=(*warnings, *hardly_pipetted(volume), *impossibly_strong(by_mass)),
    )


def net_peptide(gross: Quantity, content: Quantity, purity: Quantity | None = None) -> NetPeptide:
    """Mass of the right peptide in a gross mass: gross × net peptide content × purity.

    Raises:
        InputRefused: a mass not above zero, or a percentage below 1 or above 100.
    """
    check("gross", gross, Kind.MASS)
    share = share_of("content", content) * share_of("purity", purity)
    given = [gross, content] + ([purity] if purity is not None else [])
    percents = given[1:]
    net = derived(gross.base * share, Kind.MASS, *given)
    overstated = derived(1 / share - 1, Kind.PERCENT, *percents)
    working = " × ".join(str(quantity) for quantity in given)
    return NetPeptide(
        net=net,
        share=derived(share, Kind.PERCENT, *percents),
        overstated=overstated,
        steps=(
            f"{working} = {net}",
            _("A concentration from the gross mass would be %(percent)s too high", percent=overstated),
        ),
    )


def gross_for_net(net: Quantity, content: Quantity, purity: Quantity | None = None) -> GrossMass:
    """Gross mass that holds a mass of the right peptide: net ÷ net peptide content ÷ purity.

    Raises:
        InputRefused: a mass not above zero, or a percentage below 1 or above 100.
    """
    check("net", net, Kind.MASS)
    share = share_of("content", content) * share_of("purity", purity)
    percents = [content] + ([purity] if purity is not None else [])
    gross = derived(net.base / share, Kind.MASS, net, *percents)
    working = " ÷ ".join(str(quantity) for quantity in (net, *percents))
    return GrossMass(
        gross=gross, share=derived(share, Kind.PERCENT, *percents), steps=(f"{working} = {gross}",)
    )


def theoretical_content(molar_mass: Quantity, acid_molar_mass: Quantity, count: int) -> TheoreticalContent:
    """Peptide share of a pure, dry salt: M ÷ (M + n × acid), the acid whole (trifluoroacetic acid 114.02).

    Raises:
        InputRefused: a molar mass not above zero, or a count outside 1 to 50.
    """
    check("molar_mass", molar_mass, Kind.MOLAR_MASS)
    check("acid_molar_mass", acid_molar_mass, Kind.MOLAR_MASS)
    if not 1 <= count <= 50:
        raise InputRefused("count", _("A salt has 1 to 50 counter-ions"))
    whole = molar_mass.base + count * acid_molar_mass.base
    salt = derived(whole, Kind.MOLAR_MASS, molar_mass, acid_molar_mass)
    content = derived(molar_mass.base / whole, Kind.PERCENT, molar_mass, acid_molar_mass)
    return TheoreticalContent(
        content=content,
        salt_molar_mass=salt,
        steps=(f"{molar_mass} + {count} × {acid_molar_mass} = {salt}", f"{molar_mass} ÷ {salt} = {content}"),
        assumptions=(_("No water or other salt is counted; a measured content is lower."),),
    )


def convert(
    given: Quantity, to: str, molar_mass: Quantity | None = None, *, mixture: bool = False
) -> Conversion:
    """The same amount in the unit `to`; between mass and molar units by the molar mass.

    Raises:
        Refused: an unknown unit or one of activity (IU), kinds that cannot be converted, a missing molar
            mass, or a mixture, which has none.
    """
    check("given", given, *Kind)
    check("molar_mass", molar_mass, Kind.MOLAR_MASS)
    target = unit(to)
    if target.kind is given.unit.kind:
        result = derived(given.base, target.kind, given, unit=target.symbol)
        return Conversion(result=result, steps=(f"{given} = {result}",))
    pair = (given.unit.kind, target.kind)
    to_molar = pair in ((Kind.MASS, Kind.AMOUNT), CONCENTRATIONS)
    if not to_molar and pair[::-1] not in ((Kind.MASS, Kind.AMOUNT), CONCENTRATIONS):
        raise InputRefused(
            "to",
            _(
                "%(given)s cannot be given in %(unit)s: they measure different things",
                given=given,
                unit=target.symbol,
            ),
        )
    if mixture:
        raise InputRefused("molar_mass", no_single_molar_mass())
    if molar_mass is None:
        raise InputRefused("molar_mass", _("Enter a molar mass to convert between mass and molar units"))
    base = given.base / molar_mass.base if to_molar else given.base * molar_mass.base
    result = derived(base, target.kind, given, molar_mass, unit=target.symbol)
    return Conversion(result=result, steps=(f"{given} {'÷' if to_molar else '×'} {molar_mass} = {result}",))


def acid_of(ion: CounterIon) -> Quantity:
    """The molar mass of the whole acid that a counter-ion comes from."""
    mass = significant(average_mass(ACIDS[ion]), MOST_FIGURES)
    return Quantity(mass, UNITS["g/mol"], MOST_FIGURES)


def check(field: str, given: Quantity | None, *kinds: Kind) -> None:
    """Refuse a quantity that is of another kind or not above zero; a blank passes."""
    if given is None:
        return
    if given.unit.kind not in kinds:
        symbols = ", ".join(symbol for kind in kinds for symbol in READABLE[kind])
        raise InputRefused(field, _("Use one of these units here: %(units)s", units=symbols))
    if not given.value.is_finite() or given.value <= 0:
        raise InputRefused(field, _("Enter a number above zero"))


def not_one_blank() -> Refused:
    """What to raise where a calculator did not get all its inputs but one."""
    return Refused(_("Leave exactly one field blank: the one to work out"))


def _between(field: str, given: Quantity, symbol: str, least: str, most: str, sentence: str) -> None:
    size = UNITS[symbol].size
    if given.unit.kind is not UNITS[symbol].kind or not given.value.is_finite():
        raise InputRefused(field, sentence)
    if not Decimal(least) * size <= given.base <= Decimal(most) * size:
        raise InputRefused(field, sentence)


def share_of(field: str, percent: Quantity | None) -> Decimal:
    """A percentage of 1 to 100 as a fraction, 1 where there is none. Below 1 a fraction was likely meant."""
    if percent is None:
        return Decimal(1)
    check(field, percent, Kind.PERCENT)
    if percent.value < 1:
        raise InputRefused(field, _("Enter a percentage, such as 82 rather than 0.82"))
    if percent.value > 100:
        raise InputRefused(field, _("Enter a percentage of at most 100"))
    return percent.base


def counter_ions_once(
    molar_mass_of: MolarMassOf,
    content: Quantity | None,
    mass_is_net: bool,
    salt: SaltFormula | None = None,
) -> None:
    """Refuse a molar mass, a content, a formula and a mass of which two would take off the counter-ions.

    Raises:
        InputRefused: at the field to change.
    """
    if mass_is_net and content is not None:
        raise InputRefused("content", _("The mass is net already: leave net peptide content blank"))
    if mass_is_net and molar_mass_of is MolarMassOf.SALT:
        raise InputRefused(
            "molar_mass", _("A net mass holds no counter-ions: use the molar mass of the free peptide")
        )
    if molar_mass_of is MolarMassOf.SALT and content is not None:
        raise InputRefused(
            "content",
            _(
                "The counter-ions would be taken off twice: leave net peptide content blank with the molar "
                "mass of the salt, or use the molar mass of the free peptide"
            ),
        )
    if salt is not None and content is not None:
        raise InputRefused(
            "counter_ion",
            _(
                "The counter-ions would be taken off twice: give the net peptide content or the counter-ion, "
                "not both"
            ),
        )
    if salt is not None and (mass_is_net or molar_mass_of is MolarMassOf.SALT):
        raise InputRefused(
            "counter_ion",
            _(
                "The counter-ions would be taken off twice: count them for a weighed powder, with the molar "
                "mass of the free peptide"
            ),
        )


def content_of_salt(molar_mass: Quantity | None, salt: SaltFormula | None) -> TheoreticalContent | None:
    """The content that the formula of a salt gives; None without one.

    Raises:
        InputRefused: no molar mass of the free peptide to work it out from, or a count outside 1 to 50.
    """
    if salt is None:
        return None
    if molar_mass is None:
        raise InputRefused(
            "molar_mass", _("Enter the molar mass of the free peptide: the counter-ions are counted with it")
        )
    return theoretical_content(molar_mass, salt.acid, salt.count)


def what_is_weighed(
    molar_mass_of: MolarMassOf,
    content: Quantity | None,
    mass_is_net: bool,
    salt: SaltFormula | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The assumption and the warning that go with what is weighed."""
    if mass_is_net:
        return (_("The mass is net peptide, without counter-ions and water."),), ()
    if molar_mass_of is MolarMassOf.SALT or salt is not None:
        return (_("The mass is dry salt; its water is not taken off."),), ()
    if content is None:
        return (), (
            _("Without net peptide content the whole mass counts as peptide; a salt holds less of it."),
        )
    return (_("Net peptide content has taken off counter-ions and water."),), ()


def volume_and_strength(
    volume: Quantity, concentration: Quantity, capacity: Quantity | None
) -> tuple[str, ...]:
    """Warnings of a volume that pipettes or the vial do not take, and of a strength that nothing has."""
    return (*hardly_pipetted(volume), *_too_full(volume, capacity), *impossibly_strong(concentration))


def _too_full(volume: Quantity, capacity: Quantity | None) -> tuple[str, ...]:
    if capacity is None or volume.base <= capacity.base:
        return ()
    return (
        _(
            "%(volume)s is more than the vial holds (%(capacity)s): dissolve in part of it, "
            "transfer, and make up to volume in a larger vessel.",
            volume=volume,
            capacity=capacity,
        ),
    )


def impossibly_strong(concentration: Quantity) -> tuple[str, ...]:
    """A warning of a mass concentration that no solution has."""
    if concentration.base <= STRONGEST.base:
        return ()
    return (
        _(
            "%(concentration)s is stronger than a solution can be (%(most)s): check what was entered.",
            concentration=concentration,
            most=STRONGEST,
        ),
    )


def hardly_pipetted(volume: Quantity) -> tuple[str, ...]:
    """A warning where a volume is less than pipettes measure, 1 µL unless one says otherwise."""
    if volume.base >= SMALLEST_PIPETTED.base:
        return ()
    return (
        _(
            "%(volume)s is less than a pipette measures (%(smallest)s): work with more, and dilute.",
            volume=volume,
            smallest=SMALLEST_PIPETTED,
        ),
    )


def powder_takes_no_room() -> str:
    return _("The volume of the powder itself is ignored.")
