"""Calculators that begin with a powder: concentration, stock solution, molarity, net peptide, units."""

from __future__ import annotations

from dataclasses import replace

from wtforms import BooleanField

from shop.compounds.masses import CounterIon
from shop.compounds.net_content import net_content
from shop.compounds.solutions import (
    CONCENTRATIONS,
    InputRefused,
    MolarMassOf,
    SaltFormula,
    acid_of,
    concentration_in_vial,
    convert,
    molarity,
)
from shop.compounds.stock_solutions import Material, stock_solution
from shop.compounds.units import Kind, Quantity
from shop.core.language import gettext as _
from shop.web.storefront.calculators.calculator import Calculator, Group, Row, Worked
from shop.web.storefront.calculators.fields import (
    UNIT_SUFFIX,
    CalculatorForm,
    CountField,
    QuantityField,
    UnitField,
    Values,
    choice,
    typed,
)
from shop.web.storefront.calculators.material import MaterialUsed

GROSS, NET = "gross", "net"
FREE, SALT = "free", "salt"
OTHER = "other"
CONVERTED = (Kind.MASS, Kind.AMOUNT, Kind.VOLUME, *CONCENTRATIONS, Kind.MOLAR_MASS)


def _mass_field(label: str, **more: str) -> QuantityField:
    return QuantityField(label, Kind.MASS, default_unit="mg", **more)


def _volume_field(label: str, **more: str) -> QuantityField:
    return QuantityField(label, Kind.VOLUME, default_unit="mL", **more)


def _percent_field(label: str, **more: str) -> QuantityField:
    return QuantityField(label, Kind.PERCENT, default_unit="%", width="tiny", blank=_("(optional)"), **more)


def _molar_mass_field(**more: str) -> QuantityField:
    return QuantityField(_("Molar mass"), Kind.MOLAR_MASS, default_unit="g/mol", **more)


class PowderForm(CalculatorForm):
    """How a weighed mass is to be read, and the molar mass that goes with it."""

    mass_is = choice(
        _("The mass is"),
        {GROSS: _("weighed powder, gross"), NET: _("net peptide, as on a label")},
        hint=_("Net peptide has no counter-ions and no water in it."),
    )
    content = _percent_field(
        _("Net peptide content"), hint=_("From the certificate of the lot. Blank for a net mass.")
    )
    purity = _percent_field(_("Purity by HPLC"), hint=_("Share of the right peptide among all peptides."))
    molar_mass_of = choice(
        _("The molar mass is that of"),
        {FREE: _("the free peptide"), SALT: _("the salt, acids included")},
    )
    counter_ion = choice(
        _("Counter-ion to count by formula"),
        {
            "": _("none"),
            CounterIon.TRIFLUOROACETATE.value: _("trifluoroacetate (TFA)"),
            CounterIon.ACETATE.value: _("acetate"),
            CounterIon.HYDROCHLORIDE.value: _("hydrochloride"),
        },
        hint=_("Only where net peptide content was not measured: the salt is then taken as pure and dry."),
    )
    counter_ions = CountField(
        _("How many for each peptide"), width="tiny", blank=_("(optional)"), hint=_("Such as 3.")
    )
    mixture = BooleanField(_("The material is a mixture without a single molar mass"))


class ConcentrationForm(CalculatorForm):
    """A vial, dissolved."""

    mass = _mass_field(
        _("Mass in the vial"),
        missing=_("Enter the mass in the vial, such as 10"),
        hint=_("The net peptide on the label."),
    )
    volume = _volume_field(
        _("Volume of solvent"),
        missing=_("Enter the volume of solvent, such as 2"),
        hint=_("Between 0.05 and 100 mL."),
    )
    molar_mass = _molar_mass_field(
        hint=_("Of the free peptide. Without it, only mg/mL is given."), blank=_("(optional)")
    )
    mixture = BooleanField(_("The material is a mixture without a single molar mass"))


class StockForm(PowderForm):
    """A vial or a weighed powder, brought to a concentration."""

    mass = _mass_field(_("Mass"), hint=_("In the vial, or weighed."))
    volume = _volume_field(_("Volume of solvent"))
    concentration = QuantityField(
        _("Concentration"), *CONCENTRATIONS, default_unit="mM", hint=_("By mass, or molar with a molar mass.")
    )
    capacity = _volume_field(_("The vial holds"), hint=_("To be warned of too much."), blank=_("(optional)"))
    molar_mass = _molar_mass_field(hint=_("Needed for molar values."), blank=_("(optional)"))


class MolarityForm(PowderForm):
    """Mass, volume, molar mass and molar concentration."""

    mass = _mass_field(_("Mass"))
    volume = _volume_field(_("Volume of solution"))
    molar_mass = _molar_mass_field()
    concentration = QuantityField(
        _("Molar concentration"), Kind.MOLAR_CONCENTRATION, default_unit="mM", width="short"
    )


class NetPeptideForm(CalculatorForm):
    """Powder and the peptide in it, by measured content or by the formula of the salt."""

    gross = _mass_field(_("Powder, gross"))
    net = _mass_field(_("Peptide, net"))
    content = _percent_field(
        _("Net peptide content"), hint=_("Measured, from the certificate. Blank: by the formula of the salt.")
    )
    purity = _percent_field(_("Purity by HPLC"), hint=_("Share of the right peptide among all peptides."))
    molar_mass = _molar_mass_field(hint=_("Of the free peptide."), blank=_("(optional)"))
    counter_ion = choice(
        _("Counter-ion"),
        {
            "": _("none"),
            CounterIon.TRIFLUOROACETATE.value: _("trifluoroacetate (TFA)"),
            CounterIon.ACETATE.value: _("acetate"),
            CounterIon.HYDROCHLORIDE.value: _("hydrochloride"),
            OTHER: _("another acid"),
        },
    )
    counter_ions = CountField(
        _("How many for each peptide"), width="tiny", blank=_("(optional)"), hint=_("Such as 3.")
    )
    acid_molar_mass = QuantityField(
        _("Molar mass of another acid"), Kind.MOLAR_MASS, default_unit="g/mol", blank=_("(optional)")
    )


class ConversionForm(CalculatorForm):
    """An amount and the unit to have it in."""

    value = QuantityField(
        _("Convert"),
        *CONVERTED,
        default_unit="mg/mL",
        missing=_("Enter a number with its unit, such as 2.5 mg/mL"),
    )
    to = UnitField(_("To"), *CONVERTED, default_unit="mM", missing=_("Choose the unit to convert to"))
    molar_mass = _molar_mass_field(hint=_("Needed between mass and molar."), blank=_("(optional)"))
    mixture = BooleanField(_("The material is a mixture without a single molar mass"))


def concentration() -> Calculator:
    """mg/mL, µM and nmol in 10 µL of a dissolved vial."""
    return Calculator(
        slug="concentration",
        title=_("Concentration"),
        text=_("mg/mL, µM and nmol from the mass in a vial and the volume of solvent, with the working."),
        words="calculator molarity molar mass mg mL µM uM nmol volume dilution",
        form=ConcentrationForm,
        work_out=_concentration,
        fill=lambda used: {
            **_number(used.mass, "mass"),
            **({} if not used.is_net else _number(used.molar_mass, "molar_mass")),
            **_mixture(used),
        },
        groups=(Group(title="", fields=("mass", "volume", "molar_mass", "mixture")),),
        formulas=(
            _("Concentration = mass ÷ volume"),
            _("Molar concentration = concentration ÷ molar mass"),
            _("Amount in 10 µL = molar concentration × 10 µL"),
        ),
        mind=(
            _(
                "Purity and net peptide content are two things: purity is the share of the right peptide "
                "among peptides, content the share of peptide in the powder."
            ),
            _("Take the counter-ions off once: by net content or by the molar mass of the salt, not both."),
            _("A mixture has no molar mass, so µM and nmol are not defined for it."),
        ),
        example={"mass": "5 mg", "volume": "2 mL", "molar_mass": "813.93 g/mol"},
        button=_("Work out the concentration"),
    )


def stock() -> Calculator:
    """The volume that brings a vial to a concentration, or any of the three from the others."""
    return Calculator(
        slug="stock-solution",
        title=_("Stock solution"),
        text=_(
            "Reconstitution to a concentration: the volume that brings a vial or a weighed powder to mg/mL "
            "or mM, with salt, water and purity taken off once."
        ),
        words="calculator reconstitution stock solution mM mg mL volume solvent salt TFA acetate lot",
        form=StockForm,
        work_out=_stock,
        fill=lambda used: {**_number(used.mass, "mass"), **_powder(used)},
        groups=(
            Group(
                title=_("Solution"),
                text=_("Leave one of the first three blank: the one to work out."),
                fields=("mass", "volume", "concentration", "capacity"),
            ),
            _powder_group(),
        ),
        blanks=("mass", "volume", "concentration"),
        formulas=(
            _("Peptide = mass × net peptide content × purity"),
            _("Volume = peptide ÷ concentration"),
            _("Concentration by mass = molar concentration × molar mass"),
        ),
        mind=_counted_once(),
        example={
            "mass": "5 mg",
            "concentration": "1 mM",
            "mass_is": GROSS,
            "content": "82.0 %",
            "purity": "98.5 %",
            "molar_mass": "813.93 g/mol",
        },
        button=_("Work out the stock solution"),
        renamed={"count": "counter_ions"},
    )


def molar() -> Calculator:
    """Mass to molar and back."""
    return Calculator(
        slug="molarity",
        title=_("Molarity"),
        text=_("Mass, volume, molar mass and molar concentration: give three, get the fourth."),
        words="calculator molarity molar mass mM µM uM nmol weigh salt TFA acetate molecular weight",
        form=MolarityForm,
        work_out=_molarity,
        fill=lambda used: {**_number(used.mass, "mass"), **_powder(used)},
        groups=(
            Group(
                title=_("Solution"),
                text=_("Leave one of these blank: the one to work out."),
                fields=("mass", "volume", "molar_mass", "concentration"),
            ),
            _powder_group(without="molar_mass"),
        ),
        blanks=("mass", "volume", "molar_mass", "concentration"),
        formulas=(
            _("Amount = mass × net peptide content × purity ÷ molar mass"),
            _("Molar concentration = amount ÷ volume"),
        ),
        mind=_counted_once(),
        example={"mass": "5 mg", "volume": "2 mL", "molar_mass": "813.93 g/mol", "content": "82.0 %"},
        button=_("Work out the blank field"),
        is_molar=True,
        renamed={"count": "counter_ions"},
    )


def net() -> Calculator:
    """Peptide in a powder, powder for a peptide, and what the formula of a salt would hold."""
    return Calculator(
        slug="net-peptide-content",
        title=_("Net peptide content"),
        text=_("How much peptide a powder holds after salt, water and impurities, and how much to weigh."),
        words="calculator net peptide content purity salt counter-ion TFA acetate water gross powder weigh",
        form=NetPeptideForm,
        work_out=_net_peptide,
        fill=_fill_net_peptide,
        groups=(
            Group(
                title=_("Mass"),
                text=_("Leave one of the two blank: the one to work out."),
                fields=("gross", "net"),
            ),
            Group(title=_("As measured"), fields=("content", "purity")),
            Group(
                title=_("By the formula of the salt"),
                text=_("To compare with the measured content, or in place of it."),
                fields=("molar_mass", "counter_ion", "counter_ions", "acid_molar_mass"),
            ),
        ),
        blanks=("gross", "net"),
        formulas=(
            _("Peptide = powder × net peptide content × purity"),
            _("Content of a pure, dry salt = M ÷ (M + n × acid)"),
        ),
        mind=(
            _("The acid counts whole: trifluoroacetic acid is 114.02 g/mol, acetic acid 60.05 g/mol."),
            _(
                "A measured content also leaves out the water. It goes before the formula, and the two are "
                "never multiplied."
            ),
            _("Purity counts peptides only. It says nothing of salt and water."),
        ),
        example={"gross": "5 mg", "content": "82.0 %", "purity": "98.5 %"},
        button=_("Work out the blank mass"),
        renamed={"count": "counter_ions"},
    )


def conversion() -> Calculator:
    """The same amount in another unit."""
    return Calculator(
        slug="unit-conversion",
        title=_("Unit conversion"),
        text=_("mg, µg and ng, mL and µL, mg/mL and % w/v, and between mass and molar by the molar mass."),
        words="calculator convert unit conversion mg µg ng mL µL mM µM nM % w/v ng/µL molar Da kDa",
        form=ConversionForm,
        work_out=_conversion,
        fill=lambda used: {**_number(used.molar_mass, "molar_mass"), **_mixture(used)},
        groups=(Group(title="", fields=("value", "to", "molar_mass", "mixture")),),
        formulas=(
            _("1 mg/mL = 1 g/L = 1 µg/µL = 0.1% w/v"),
            _("Molar concentration = concentration ÷ molar mass"),
        ),
        mind=(
            _("An activity in an assay has no fixed mass, so it is not converted here."),
            _("For a weighed salt use the molarity calculator: it takes the counter-ions off."),
            _("A mixture has no molar mass, so nothing molar is given for it."),
        ),
        example={"value": "2.5 mg/mL", "to": "mM", "molar_mass": "813.93 g/mol"},
        button=_("Convert"),
        renamed={"given": "value"},
    )


def _powder_group(without: str = "") -> Group:
    fields = (
        "mass_is",
        "content",
        "purity",
        "molar_mass",
        "molar_mass_of",
        "counter_ion",
        "counter_ions",
        "mixture",
    )
    return Group(
        title=_("How the mass is counted"),
        text=_("Salt and water are taken off once. What would take them off twice is refused."),
        fields=tuple(name for name in fields if name != without),
    )


def _counted_once() -> tuple[str, ...]:
    return (
        _(
            "Take the counter-ions off once: by net peptide content, by a net mass, by the molar mass of the "
            "salt, or by its formula."
        ),
        _("The molar mass has to belong to what is counted: the free peptide, or the salt."),
        _("A mixture has no molar mass, so it has no molar concentration."),
    )


def _concentration(values: Values) -> Worked:
    is_mixture = values.is_ticked("mixture")
    answer = concentration_in_vial(
        values.needed("mass"),
        values.needed("volume"),
        None if is_mixture else values.quantity("molar_mass"),
        mixture=is_mixture,
    )
    note = answer.molar_note or ""
    return Worked(
        answer=answer,
        solved_for="concentration",
        rows=(
            Row(name="concentration", label=_("Concentration"), value=answer.concentration, is_main=True),
            Row(name="molar", label=_("Molar concentration"), value=answer.molar, note=note),
            Row(name="amount_in_10_ul", label=_("Amount in 10 µL"), value=answer.amount_in_10_ul, note=note),
        ),
    )


def _stock(values: Values) -> Worked:
    material = Material(
        mass_is_net=values.text("mass_is") == NET,
        content=values.quantity("content"),
        purity=values.quantity("purity"),
        molar_mass=values.quantity("molar_mass"),
        molar_mass_of=_molar_mass_of(values),
        salt=_salt(values),
        is_mixture=values.is_ticked("mixture"),
    )
    answer = stock_solution(
        values.quantity("mass"),
        values.quantity("volume"),
        values.quantity("concentration"),
        material,
        capacity=values.quantity("capacity"),
    )
    is_salt = material.molar_mass_of is MolarMassOf.SALT
    rows = (
        Row(name="volume", label=_("Volume of solvent"), value=answer.volume),
        Row(name="mass", label=_("Mass"), value=answer.mass),
        Row(name="concentration", label=_("Concentration by mass"), value=answer.concentration),
        Row(name="molar", label=_("Molar concentration"), value=answer.molar, note=answer.molar_note),
        Row(name="peptide", label=_("Salt in it") if is_salt else _("Peptide in it"), value=answer.peptide),
        Row(name="amount", label=_("Amount in it"), value=answer.amount, note=answer.molar_note),
    )
    return Worked(answer=answer, solved_for=answer.solved_for, rows=_main_first(rows, answer.solved_for))


def _molarity(values: Values) -> Worked:
    answer = molarity(
        values.quantity("mass"),
        values.quantity("volume"),
        values.quantity("molar_mass"),
        values.quantity("concentration"),
        molar_mass_of=_molar_mass_of(values),
        content=values.quantity("content"),
        purity=values.quantity("purity"),
        mass_is_net=values.text("mass_is") == NET,
        salt=_salt(values),
        mixture=values.is_ticked("mixture"),
    )
    rows = (
        Row(name="concentration", label=_("Molar concentration"), value=answer.concentration),
        Row(name="mass", label=_("Mass"), value=answer.mass),
        Row(name="volume", label=_("Volume of solution"), value=answer.volume),
        Row(name="molar_mass", label=_("Molar mass"), value=answer.molar_mass),
        Row(name="amount", label=_("Amount in it"), value=answer.amount),
    )
    return Worked(answer=answer, solved_for=answer.solved_for, rows=_main_first(rows, answer.solved_for))


def _net_peptide(values: Values) -> Worked:
    answer = net_content(
        values.quantity("gross"),
        values.quantity("net"),
        content=values.quantity("content"),
        purity=values.quantity("purity"),
        molar_mass=values.quantity("molar_mass"),
        salt=_salt(values),
    )
    rows = _main_first(
        (
            Row(name="net", label=_("Peptide, net"), value=answer.net),
            Row(name="gross", label=_("Powder, gross"), value=answer.gross),
            Row(name="share", label=_("Right peptide in the powder"), value=answer.share),
            Row(
                name="overstated",
                label=_("Error of a concentration from the gross mass"),
                value=answer.overstated,
                note=_("too high"),
            ),
        ),
        answer.solved_for,
    )
    if answer.theory is not None:
        rows += (
            Row(
                name="theoretical_content",
                label=_("Content by the formula of the salt"),
                value=answer.theory.content,
            ),
            Row(
                name="salt_molar_mass", label=_("Molar mass of the salt"), value=answer.theory.salt_molar_mass
            ),
        )
    return Worked(answer=answer, solved_for=answer.solved_for, rows=rows)


def _conversion(values: Values) -> Worked:
    answer = convert(
        values.needed("value"),
        values.text("to"),
        values.quantity("molar_mass"),
        mixture=values.is_ticked("mixture"),
    )
    return Worked(
        answer=answer,
        solved_for="result",
        rows=(Row(name="result", label=_("Result"), value=answer.result, is_main=True),),
    )


def _main_first(rows: tuple[Row, ...], solved_for: str) -> tuple[Row, ...]:
    """The answer that was asked for, and the others after it."""
    main = tuple(replace(row, is_main=True) for row in rows if row.name == solved_for)
    return main + tuple(row for row in rows if row.name != solved_for)


def _molar_mass_of(values: Values) -> MolarMassOf:
    return MolarMassOf.SALT if values.text("molar_mass_of") == SALT else MolarMassOf.FREE_PEPTIDE


def _salt(values: Values) -> SaltFormula | None:
    """The salt that is to be counted by its formula.

    Raises:
        InputRefused: half of what names it is missing.
    """
    named, count = values.text("counter_ion"), values.count("counter_ions")
    other = values.quantity("acid_molar_mass")
    if not named:
        if count is not None or other is not None:
            raise InputRefused("counter_ion", _("Choose the counter-ion that is to be counted"))
        return None
    if count is None:
        raise InputRefused("counter_ions", _("Enter how many counter-ions go with one peptide, such as 3"))
    if named != OTHER:
        if other is not None:
            raise InputRefused(
                "acid_molar_mass", _("Leave this blank, or choose another acid as the counter-ion")
            )
        return SaltFormula(acid_of(CounterIon(named)), count)
    if other is None:
        raise InputRefused("acid_molar_mass", _("Enter the molar mass of the acid, such as 60.05"))
    return SaltFormula(other, count)


def _number(quantity: Quantity | None, field: str) -> dict[str, str]:
    """A field and its unit, as a reader would have typed them."""
    if quantity is None:
        return {}
    return {field: typed(quantity), f"{field}{UNIT_SUFFIX}": quantity.unit.symbol}


def _mixture(used: MaterialUsed) -> dict[str, str]:
    return {"mixture": "y"} if used.is_mixture else {}


def _powder(used: MaterialUsed) -> dict[str, str]:
    """How the mass of a vial is counted: a net one needs no content, a gross one does."""
    content = {} if used.is_net else _number(used.content, "content")
    return {
        "mass_is": NET if used.is_net else GROSS,
        **content,
        **({} if used.is_mixture else _number(used.purity, "purity")),
        **_number(used.molar_mass, "molar_mass"),
        **_mixture(used),
    }


def _fill_net_peptide(used: MaterialUsed) -> dict[str, str]:
    """A net label counts all peptide, so the powder behind it follows from the content without the purity."""
    return {
        **_number(used.mass, "net" if used.is_net else "gross"),
        **_number(used.content, "content"),
        **({} if used.is_net else _number(used.purity, "purity")),
        **_number(used.molar_mass, "molar_mass"),
    }
