"""Calculators that begin with a solution: dilution, serial dilution, aliquots."""

from __future__ import annotations

from dataclasses import replace

from shop.compounds.dilutions import Mixing, aliquots, dilution, serial_dilution
from shop.compounds.solutions import CONCENTRATIONS, SMALLEST_PIPETTED, convert
from shop.compounds.units import Kind, Quantity
from shop.core.language import gettext as _
from shop.web.storefront.calculators.calculator import Calculator, Group, Row, Worked
from shop.web.storefront.calculators.fields import (
    CalculatorForm,
    CountField,
    FactorField,
    QuantityField,
    Values,
    typed,
)
from shop.web.storefront.calculators.material import MaterialUsed


def _volume_field(label: str, **more: str) -> QuantityField:
    return QuantityField(label, Kind.VOLUME, **{"default_unit": "mL", **more})


def _smallest_field() -> QuantityField:
    return _volume_field(
        _("Smallest volume you pipette"),
        default_unit="µL",
        hint=_("1 µL unless you enter another."),
        blank=_("(optional)"),
    )


class DilutionForm(CalculatorForm):
    """C1, V1, C2 and V2."""

    stock = QuantityField(_("C1, stock"), *CONCENTRATIONS, default_unit="mM")
    stock_volume = _volume_field(_("V1, stock to take"), default_unit="µL")
    final = QuantityField(_("C2, final"), *CONCENTRATIONS, default_unit="µM")
    final_volume = _volume_field(_("V2, final volume"))
    molar_mass = QuantityField(
        _("Molar mass"),
        Kind.MOLAR_MASS,
        default_unit="g/mol",
        hint=_("Only where one concentration is by mass and the other molar."),
        blank=_("(optional)"),
    )
    smallest = _smallest_field()


class SerialForm(CalculatorForm):
    """A series of tubes."""

    start = QuantityField(
        _("Concentration to begin with"),
        *CONCENTRATIONS,
        default_unit="mM",
        missing=_("Enter the concentration to begin with, such as 1 mM"),
    )
    factor = FactorField(
        _("Dilution factor of each step"),
        hint=_("10, or 1:10: one part in ten parts of the mixture."),
        missing=_("Enter the dilution factor, such as 10"),
        width="tiny",
    )
    tubes = CountField(_("Tubes"), hint=_("1 to 50."), missing=_("Enter how many tubes"), width="tiny")
    volume = _volume_field(
        _("Volume made in each tube"), missing=_("Enter the volume made in each tube, such as 1 mL")
    )
    smallest = _smallest_field()


class AliquotsForm(CalculatorForm):
    """A volume, shared out."""

    volume = _volume_field(_("Volume of solution"), missing=_("Enter the volume there is, such as 4 mL"))
    aliquot = _volume_field(
        _("Volume of one aliquot"),
        default_unit="µL",
        missing=_("Enter the volume of one aliquot, such as 150 µL"),
    )
    loss = QuantityField(
        _("Loss"),
        Kind.PERCENT,
        default_unit="%",
        hint=_("To walls and tips. 0 if you leave it blank."),
        width="tiny",
        blank=_("(optional)"),
    )


def diluting() -> Calculator:
    """C1 × V1 = C2 × V2."""
    return Calculator(
        slug="dilution",
        title=_("Dilution"),
        text=_("C1V1 = C2V2: give three, get the fourth, with the tubes to make where one step is too far."),
        words="calculator dilution C1V1 C2V2 dilute stock final volume diluent mM µM",
        form=DilutionForm,
        work_out=_dilution,
        fill=_molar_mass_only,
        groups=(
            Group(
                title="",
                text=_("Leave one of the first four blank: the one to work out."),
                fields=("stock", "stock_volume", "final", "final_volume", "molar_mass", "smallest"),
            ),
        ),
        blanks=("stock", "stock_volume", "final", "final_volume"),
        formulas=(_("C1 × V1 = C2 × V2"), _("Diluent = V2 − V1")),
        mind=(
            _("C1 in mM and C2 in µM is fine. Between mg/mL and mM, give the molar mass."),
            _("V2 is the whole volume after mixing."),
            _("Where V1 is too small to pipette, intermediate dilutions are proposed."),
        ),
        example={"stock": "10 mM", "final": "50 µM", "final_volume": "20 mL"},
        button=_("Work out the blank field"),
    )


def series() -> Calculator:
    """Tubes, each diluted from the one before."""
    return Calculator(
        slug="serial-dilution",
        title=_("Serial dilution"),
        text=_("The concentration of every tube, and what goes into each."),
        words="calculator serial dilution series tubes factor 1:10 1:2 half-log transfer",
        form=SerialForm,
        work_out=_serial,
        fill=_nothing,
        groups=(Group(title="", fields=("start", "factor", "tubes", "volume", "smallest")),),
        formulas=(
            _("Transfer = volume ÷ factor"),
            _("Concentration of tube n = first concentration ÷ factor to the power n"),
        ),
        mind=(
            _("1:10 is read here as one part in ten parts of the mixture, not as one part and ten parts."),
            _("Mix each tube, and change the tip, before the next transfer."),
            _("An error of one step goes on into all that follow."),
        ),
        example={"start": "1 mM", "factor": "10", "tubes": "5", "volume": "1 mL"},
        button=_("Work out the series"),
    )


def sharing() -> Calculator:
    """Whole aliquots from a volume."""
    return Calculator(
        slug="aliquots",
        title=_("Aliquots"),
        text=_("How many whole aliquots a stock gives, and what is left over."),
        words="calculator aliquots aliquot share stock tubes freeze thaw loss remainder",
        form=AliquotsForm,
        work_out=_aliquots,
        fill=_nothing,
        groups=(Group(title="", fields=("volume", "aliquot", "loss")),),
        formulas=(
            _("Usable volume = volume × (100% − loss)"),
            _("Aliquots = usable volume ÷ volume of one, rounded down"),
        ),
        mind=(
            _("Make an aliquot as large as one use needs, so that it is thawed once."),
            _("Label each with substance, lot, concentration, solvent and day."),
        ),
        example={"volume": "4 mL", "aliquot": "150 µL", "loss": "2 %"},
        button=_("Work out the aliquots"),
    )


def _dilution(values: Values) -> Worked:
    stock, final = values.quantity("stock"), values.quantity("final")
    molar_mass = values.quantity("molar_mass")
    steps: tuple[str, ...] = ()
    if stock is not None and final is not None and molar_mass is not None:
        stock, steps = _in_kind_of(final, stock, molar_mass)
    answer = dilution(
        stock,
        values.quantity("stock_volume"),
        final,
        values.quantity("final_volume"),
        smallest=values.quantity("smallest") or SMALLEST_PIPETTED,
    )
    names = {
        "stock": (_("C1, stock"), answer.stock),
        "stock_volume": (_("V1, stock to take"), answer.stock_volume),
        "final": (_("C2, final"), answer.final),
        "final_volume": (_("V2, final volume"), answer.final_volume),
    }
    in_order = sorted(names, key=lambda name: name != answer.solved_for)
    rows = [
        Row(name=name, label=names[name][0], value=names[name][1], is_main=name == answer.solved_for)
        for name in in_order
    ]
    if len(answer.mixings) == 1:
        rows.insert(1, Row(name="diluent", label=_("Diluent to add"), value=answer.diluent))
    return Worked(
        answer=replace(answer, steps=(*steps, *answer.steps)),
        solved_for=answer.solved_for,
        rows=tuple(rows),
        tubes=answer.mixings,
    )


def _in_kind_of(final: Quantity, stock: Quantity, molar_mass: Quantity) -> tuple[Quantity, tuple[str, ...]]:
    """The stock by mass or molar, as the final concentration is."""
    if stock.unit.kind is final.unit.kind:
        return stock, ()
    converted = convert(stock, final.unit.symbol, molar_mass)
    return converted.result, converted.steps


def _serial(values: Values) -> Worked:
    start, volume = values.needed("start"), values.needed("volume")
    answer = serial_dilution(
        start,
        values.decimal("factor"),
        values.count("tubes") or 0,
        volume,
        smallest=values.quantity("smallest") or SMALLEST_PIPETTED,
    )
    sources = (start, *answer.concentrations[:-1])
    return Worked(
        answer=answer,
        solved_for="concentrations",
        rows=(
            Row(name="transfer", label=_("Transfer from tube to tube"), value=answer.transfer, is_main=True),
            Row(name="diluent", label=_("Diluent in each tube"), value=answer.diluent),
        ),
        tubes=tuple(
            Mixing(source, answer.transfer, answer.diluent, volume, result)
            for source, result in zip(sources, answer.concentrations, strict=True)
        ),
    )


def _aliquots(values: Values) -> Worked:
    answer = aliquots(values.needed("volume"), values.needed("aliquot"), values.quantity("loss"))
    return Worked(
        answer=answer,
        solved_for="count",
        rows=(
            Row(name="count", label=_("Whole aliquots"), value=answer.count, is_main=True),
            Row(name="remainder", label=_("Left over"), value=answer.remainder),
            Row(name="usable", label=_("Usable volume"), value=answer.usable),
        ),
    )


def _molar_mass_only(used: MaterialUsed) -> dict[str, str]:
    if used.molar_mass is None:
        return {}
    return {"molar_mass": typed(used.molar_mass), "molar_mass_unit": used.molar_mass.unit.symbol}


def _nothing(_used: MaterialUsed) -> dict[str, str]:
    return {}
