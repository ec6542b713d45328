"""Bench calculators from one solution to others, with the working shown: dilution, series, aliquots.

The formula is C1 × V1 = C2 × V2. Answers are made as in `solutions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shop.compounds.solutions import (
    CONCENTRATIONS,
    SMALLEST_PIPETTED,
    Answer,
    InputRefused,
    check,
    hardly_pipetted,
    not_one_blank,
)
from shop.compounds.units import Kind, Quantity, derived
from shop.core.language import gettext as _

STEP_FACTORS = (1000, 100, 10)
"""How far one intermediate step may dilute, the strongest first."""
MOST_TUBES = 50
MOST_DILUTED = Decimal("1e15")
"""A mole per litre diluted so far holds some hundred molecules in a microlitre."""


@dataclass(frozen=True)
class Mixing:
    """One tube: `take` of a solution at `source`, made up with `diluent` to `total` at `result`."""

    source: Quantity
    take: Quantity
    diluent: Quantity
    total: Quantity
    result: Quantity


@dataclass(frozen=True, kw_only=True)
class Dilution(Answer):
    """C1, V1, C2 and V2; `mixings` are the tubes to make, more than one where V1 is too small to pipette."""

    stock: Quantity
    stock_volume: Quantity
    final: Quantity
    final_volume: Quantity
    diluent: Quantity
    mixings: tuple[Mixing, ...]
    solved_for: str


@dataclass(frozen=True, kw_only=True)
class SerialDilution(Answer):
    """Concentrations of the tubes in order, and what goes into each."""

    transfer: Quantity
    diluent: Quantity
    concentrations: tuple[Quantity, ...]


@dataclass(frozen=True, kw_only=True)
class Aliquots(Answer):
    """How many whole aliquots a volume gives, and what is left."""

    count: int
    usable: Quantity
    remainder: Quantity


def dilution(
    stock: Quantity | None,
    stock_volume: Quantity | None,
    final: Quantity | None,
    final_volume: Quantity | None,
    *,
    smallest: Quantity = SMALLEST_PIPETTED,
) -> Dilution:
    """C1 × V1 = C2 × V2: give three of the four. Both concentrations are of one kind, by mass or molar.

    Where V1 is below `smallest`, the volume a pipette still measures, intermediate dilutions are proposed.

    Raises:
        Refused: not exactly one blank, an input of the wrong kind or not above zero, a final solution
            stronger than the stock or smaller than what is taken of it, or a final volume too small to reach
            in steps.
    """
    check("stock", stock, *CONCENTRATIONS)
    check("stock_volume", stock_volume, Kind.VOLUME)
    check("final", final, *CONCENTRATIONS)
    check("final_volume", final_volume, Kind.VOLUME)
    check("smallest", smallest, Kind.VOLUME)
    if stock is not None and final is not None:
        _same_kind_and_weaker(stock, final)
    if stock_volume is not None and final_volume is not None and stock_volume.base > final_volume.base:
        raise InputRefused(
            "final_volume",
            _(
                "The final volume, %(final)s, is less than the stock taken, %(stock)s",
                final=final_volume,
                stock=stock_volume,
            ),
        )
    known = [given for given in (stock, stock_volume, final, final_volume) if given is not None]
    if stock is None and stock_volume is not None and final is not None and final_volume is not None:
        solved_for = "stock"
        stock = derived(final.base * final_volume.base / stock_volume.base, final.unit.kind, *known)
        step = f"C1 = {final} × {final_volume} ÷ {stock_volume} = {stock}"
    elif stock_volume is None and stock is not None and final is not None and final_volume is not None:
        solved_for = "stock_volume"
        stock_volume = derived(final.base * final_volume.base / stock.base, Kind.VOLUME, *known)
        step = f"V1 = {final} × {final_volume} ÷ {stock} = {stock_volume}"
    elif final is None and stock is not None and stock_volume is not None and final_volume is not None:
        solved_for = "final"
        final = derived(stock.base * stock_volume.base / final_volume.base, stock.unit.kind, *known)
        step = f"C2 = {stock} × {stock_volume} ÷ {final_volume} = {final}"
    elif final_volume is None and stock is not None and stock_volume is not None and final is not None:
        solved_for = "final_volume"
        final_volume = derived(stock.base * stock_volume.base / final.base, Kind.VOLUME, *known)
        step = f"V2 = {stock} × {stock_volume} ÷ {final} = {final_volume}"
    else:
        raise not_one_blank()
    diluent = derived(final_volume.base - stock_volume.base, Kind.VOLUME, *known)
    mixings = _mixings(stock, stock_volume, final, final_volume, smallest)
    return Dilution(
        stock=stock,
        stock_volume=stock_volume,
        final=final,
        final_volume=final_volume,
        diluent=diluent,
        mixings=mixings,
        solved_for=solved_for,
        steps=(step, *(_mixing_step(mixing) for mixing in mixings)),
        warnings=_dilution_warnings(stock_volume, diluent, mixings, smallest),
    )


def serial_dilution(
    start: Quantity, factor: Decimal, tubes: int, volume: Quantity, *, smallest: Quantity = SMALLEST_PIPETTED
) -> SerialDilution:
    """Tubes each diluted by `factor` from the one before, the first from `start`; `volume` is made in each.

    Raises:
        InputRefused: an input of the wrong kind or not above zero, a factor not above 1, more than 50
            tubes, a last tube diluted more than 1e15 times, or a transfer below `smallest`.
    """
    check("start", start, *CONCENTRATIONS)
    check("volume", volume, Kind.VOLUME)
    check("smallest", smallest, Kind.VOLUME)
    if not factor.is_finite() or not 1 < factor <= 1_000_000:
        raise InputRefused("factor", _("Enter a dilution factor above 1, such as 10 for 1 in 10"))
    if not 1 <= tubes <= MOST_TUBES:
        raise InputRefused("tubes", _("Enter 1 to %(most)s tubes", most=MOST_TUBES))
    if factor**tubes > MOST_DILUTED:
        raise InputRefused("tubes", _("The last tube would hold next to nothing: make fewer tubes"))
    transfer = derived(volume.base / factor, Kind.VOLUME, volume)
    if transfer.base < smallest.base:
        raise InputRefused(
            "volume",
            _(
                "Each transfer would be %(transfer)s, less than %(smallest)s: make at least %(volume)s",
                transfer=transfer,
                smallest=smallest,
                volume=derived(smallest.base * factor, Kind.VOLUME),
            ),
        )
    diluent = derived(volume.base - transfer.base, Kind.VOLUME, volume)
    concentrations = tuple(
        derived(start.base / factor**number, start.unit.kind, start) for number in range(1, tubes + 1)
    )
    sources = (start, *concentrations[:-1])
    return SerialDilution(
        transfer=transfer,
        diluent=diluent,
        concentrations=concentrations,
        steps=tuple(
            _mixing_step(Mixing(source, transfer, diluent, volume, result))
            for source, result in zip(sources, concentrations, strict=True)
        ),
        assumptions=(
            _("Every tube but the last gives its transfer to the next and keeps %(rest)s.", rest=diluent),
        ),
    )


def aliquots(volume: Quantity, aliquot: Quantity, loss: Quantity | None = None) -> Aliquots:
    """Whole aliquots from a volume, after a loss in percent to walls and tips.

    Raises:
        InputRefused: an input of the wrong kind or not above zero, a loss outside 0 to under 100%, or an
            aliquot larger than what there is.
    """
    check("volume", volume, Kind.VOLUME)
    check("aliquot", aliquot, Kind.VOLUME)
    lost = Decimal(0) if loss is None else loss.base
    if (loss and loss.unit.kind is not Kind.PERCENT) or not lost.is_finite() or not 0 <= lost < 1:
        raise InputRefused("loss", _("Enter a loss of 0 to less than 100%"))
    usable = derived(volume.base * (1 - lost), Kind.VOLUME, volume)
    if aliquot.base > usable.base:
        raise InputRefused("aliquot", _("One aliquot is more than the %(usable)s there is", usable=usable))
    count = int(usable.base // aliquot.base)
    remainder = derived(usable.base - count * aliquot.base, Kind.VOLUME, volume, aliquot)
    steps = [f"{volume} × (100% − {loss}) = {usable}"] if loss is not None else []
    steps += [f"{usable} ÷ {aliquot} → {count}", f"{usable} − {count} × {aliquot} = {remainder}"]
    return Aliquots(
        count=count,
        usable=usable,
        remainder=remainder,
        steps=tuple(steps),
        warnings=hardly_pipetted(aliquot),
    )


def _same_kind_and_weaker(stock: Quantity, final: Quantity) -> None:
    if stock.unit.kind is not final.unit.kind:
        raise InputRefused(
            "final",
            _("Give both concentrations by mass or both as molar; convert one with the molar mass first"),
        )
    if final.base > stock.base:
        raise InputRefused(
            "final", _("%(final)s is stronger than the stock, %(stock)s", final=final, stock=stock)
        )


def _mixings(
    stock: Quantity, stock_volume: Quantity, final: Quantity, final_volume: Quantity, smallest: Quantity
) -> tuple[Mixing, ...]:
    """Tubes from stock to final, none of which takes less than `smallest` from the one before.

    Each intermediate is at least 1 mL and at least `smallest` × its factor, which is always enough for the
    next: what the next takes was below `smallest` before the intermediate, so it is below that product.
    """
    mixings = []
    source, take = stock, stock_volume
    while take.base < smallest.base:
        factor = next((f for f in STEP_FACTORS if take.base * f < final_volume.base), None)
        if factor is None:
            raise InputRefused(
                "final_volume",
                _(
                    "%(take)s of stock is less than %(smallest)s: make at least %(volume)s",
                    take=take,
                    smallest=smallest,
                    volume=derived(smallest.base * 10, Kind.VOLUME),
                ),
            )
        total = max(smallest.base * factor, Decimal("1e-3"))
        weaker = derived(source.base / factor, source.unit.kind, stock)
        mixings.append(
            Mixing(
                source,
                derived(total / factor, Kind.VOLUME),
                derived(total - total / factor, Kind.VOLUME),
                derived(total, Kind.VOLUME),
                weaker,
            )
        )
        source = weaker
        take = derived(take.base * factor, Kind.VOLUME, take)
    rest = derived(final_volume.base - take.base, Kind.VOLUME, take, final_volume)
    return (*mixings, Mixing(source, take, rest, final_volume, final))


def _mixing_step(mixing: Mixing) -> str:
    return _(
        "%(take)s of %(source)s + %(diluent)s diluent = %(total)s at %(result)s",
        take=mixing.take,
        source=mixing.source,
        diluent=mixing.diluent,
        total=mixing.total,
        result=mixing.result,
    )


def _dilution_warnings(
    stock_volume: Quantity, diluent: Quantity, mixings: tuple[Mixing, ...], smallest: Quantity
) -> tuple[str, ...]:
    if len(mixings) > 1:
        sentence = _(
            "%(volume)s is too little to pipette (less than %(smallest)s): dilute in %(count)s steps.",
            volume=stock_volume,
            smallest=smallest,
            count=len(mixings),
        )
        return (sentence,)
    if not diluent.value:
        return (_("Both concentrations are the same: no diluent is needed."),)
    if diluent.base < smallest.base:
        return (_("The diluent, %(volume)s, is too little to pipette.", volume=diluent),)
    return ()
