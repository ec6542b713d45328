"""A product as its page shows it: sizes with the lot each would ship from, concentrations, and all lots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from flask import url_for

from shop.catalogue.models import AmountBasis, Product, VialSize
from shop.compounds import substance
from shop.compounds.masses import average_mass
from shop.compounds.rounding import printed
from shop.compounds.solutions import InputRefused, concentration_in_vial
from shop.compounds.units import UNITS, Kind, Quantity
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.wording import date_in_words, month_and_year
from shop.inventory import certificates
from shop.inventory.allocation import LotOnShelf
from shop.inventory.lot_index import PURITY
from shop.inventory.lots import ShownState, shown_state
from shop.inventory.models import Lot
from shop.ordering.pricing import Tier
from shop.search import released_lots

VOLUMES_ML = (1, 2, 5, 10)
MOLAR_MASS_FIGURES = 5
"""Averages rest on abridged atomic weights, so they carry about five figures (see `compounds.masses`)."""


@dataclass(frozen=True, kw_only=True)
class SizeOption:
    """One radio of the size choice."""

    value: str
    label: str
    text: str
    available: bool
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class SizeOnPage:
    """What a buyer of one size pays and gets; shown for each size that can be had."""

    label: str
    price_minor: int
    tiers: str
    lot: str
    state: ShownState
    days: int | None
    rows: list[tuple[str, str]]
    url: str
    stock: str
    more: str
    """What happens when more vials are asked for than this lot has."""


@dataclass(frozen=True, kw_only=True)
class ConcentrationRow:
    """One volume of solvent; molar values are empty where they are not defined."""

    volume: str
    mg_per_ml: str
    micromolar: str
    nmol: str


@dataclass(frozen=True, kw_only=True)
class ConcentrationTable:
    """The concentrations of one vial size."""

    amount: str
    note: str
    rows: tuple[ConcentrationRow, ...]
    is_molar: bool
    sku: str


@dataclass(frozen=True, kw_only=True)
class LotOnPage:
    """A row of *all lots*."""

    number: str
    state: ShownState
    days: int | None
    purity: str
    retest_by: str
    url: str
    certificate: str
    remark: str


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What a product can be sold from: its lots on the shelf and its prices, by vial size."""

    lots: Mapping[int, Sequence[LotOnShelf]]
    tiers: Mapping[int, Sequence[Tier]]

    def free(self, size: VialSize) -> int:
        """Vials of a size that can be had, shorter-dated ones too; none without a price."""
        return sum(lot.available for lot in self.lots[size.id]) if self.tiers[size.id] else 0

    @property
    def some_short_dated(self) -> bool:
        """Whether there are vials that are sold only to those who ask for them."""
        return any(lot.short_dated for lots in self.lots.values() for lot in lots)


@dataclass(frozen=True, kw_only=True)
class Sale:
    """The part of the page that sells: sizes, prices and the lots they ship from."""

    options: tuple[SizeOption, ...]
    sizes: tuple[SizeOnPage | None, ...]
    """One for each option, None where the size cannot be had."""
    most: int
    """The highest number of vials of one size that can be had."""
    drawn: VialSize | None
    """The size in the drawing: the one chosen beforehand."""
    drawn_lot: str
    some_short_dated: bool
    """Whether some vials are sold only to those who ask for shorter-dated lots."""


def sale(
    product: Product, stock: Stock, lots: Iterable[Lot], *, currency: str, today: date, asked_sku: str
) -> Sale:
    """What can be bought, with the size asked for chosen, or else the first that can be had."""
    loaded = {lot.id: lot for lot in lots}
    there = [size for size in product.sizes if stock.free(size)]
    chosen = next((size for size in there if size.sku == asked_sku), there[0] if there else None)
    sizes = tuple(
        size_on_page(size, stock.tiers[size.id], stock.lots[size.id], loaded, currency, today)
        if size in there
        else None
        for size in product.sizes
    )
    drawn = chosen or (product.sizes[0] if product.sizes else None)
    shown = sizes[product.sizes.index(chosen)] if chosen else None
    return Sale(
        options=tuple(
            SizeOption(
                value=size.sku,
                label=size.amount_text,
                text=_of_option(stock.tiers[size.id], currency, is_there=size in there),
                available=size in there,
                chosen=size is chosen,
            )
            for size in product.sizes
        ),
        sizes=sizes,
        most=max((stock.free(size) for size in product.sizes), default=0),
        drawn=drawn,
        drawn_lot=shown.lot if shown else "",
        some_short_dated=stock.some_short_dated,
    )


def _of_option(tiers: Sequence[Tier], currency: str, *, is_there: bool) -> str:
    """The price of a size; it is told of one out of stock too, since machines are told it."""
    if not tiers:
        return _("Out of stock")
    price = in_words(_single(tiers), currency)
    return price if is_there else _("Out of stock (%(price)s)", price=price)


def size_on_page(
    size: VialSize,
    tiers: Sequence[Tier],
    lots: Sequence[LotOnShelf],
    loaded: Mapping[int, Lot],
    currency: str,
    today: date,
) -> SizeOnPage:
    """A size that can be had; `lots` are its lots on the shelf, first to ship first."""
    lot = loaded[lots[0].lot_id]
    state = shown_state(lot, today)
    return SizeOnPage(
        label=size.amount_text,
        price_minor=_single(tiers),
        tiers=tiers_in_words(tiers, currency),
        lot=lot.number,
        state=state,
        days=days_to_retest(lot, state, today),
        rows=_of_lot(lot),
        url=url_for("storefront.certificate", lot=lot.number),
        stock=_("%(count)s in stock, shorter-dated: ask for it", count=f"{lots[0].available:,}")
        if lots[0].short_dated
        else _("%(count)s in stock", count=f"{lots[0].available:,}"),
        more=_more(lots, loaded),
    )


def _of_lot(lot: Lot) -> list[tuple[str, str]]:
    """The first result of a lot's certificate, and its dates."""
    certificate = certificates.current(lot)
    result = released_lots.headline(certificate)
    rows = []
    if result is not None:
        name = _("Purity, HPLC") if result.attribute == PURITY else result.name
        rows.append((name, result.result_text or ""))
    if certificate is not None:
        rows.append((_("Certificate issued"), date_in_words(certificate.issued_on)))
    if lot.retest_on is not None:
        rows.append((_("Retest by"), month_and_year(lot.retest_on)))
    if lot.expires_on is not None:
        rows.append((_("Expires"), month_and_year(lot.expires_on)))
    return rows


def tiers_in_words(tiers: Sequence[Tier], currency: str) -> str:
    """Volume prices in one line: `5 to 9 vials $41.40 each. 10 or more $37.70 each.`"""
    steps = sorted((tier for tier in tiers if tier.from_quantity > 1), key=lambda tier: tier.from_quantity)
    sentences = []
    for step, following in zip_longest(steps, steps[1:]):
        price = in_words(step.unit_minor, currency)
        least = step.from_quantity
        if following is None:
            sentences.append(_("%(least)s or more %(price)s each.", least=least, price=price))
        elif following.from_quantity == least + 1:
            sentences.append(_("%(least)s vials %(price)s each.", least=least, price=price))
        else:
            most = following.from_quantity - 1
            sentences.append(
                _("%(least)s to %(most)s vials %(price)s each.", least=least, most=most, price=price)
            )
    return " ".join(sentences)


def lot_on_page(lot: Lot, today: date) -> LotOnPage:
    """A lot in *all lots*."""
    certificate = certificates.current(lot)
    result = released_lots.headline(certificate)
    state = shown_state(lot, today)
    over = state in (ShownState.RETEST_OVERDUE, ShownState.EXPIRED)
    purity = _("no result")
    if result is not None:
        is_purity = result.attribute == PURITY
        purity = result.result_text or "" if is_purity else f"{result.name} {result.result_text}"
    last_day = lot.retest_on or lot.expires_on
    return LotOnPage(
        number=lot.number,
        state=state,
        days=days_to_retest(lot, state, today),
        purity=purity,
        retest_by=month_and_year(last_day) if last_day else "–",
        url=url_for("storefront.certificate", lot=lot.number),
        certificate=date_in_words(certificate.issued_on) if certificate else _("Lot page"),
        remark=_("expired") if over else "",
    )


def days_to_retest(lot: Lot, state: ShownState, today: date) -> int | None:
    """Days left, where the badge says them."""
    if state is not ShownState.RETEST_SOON or lot.retest_on is None:
        return None
    return (lot.retest_on - today).days


def concentration_tables(product: Product, first: VialSize | None) -> list[ConcentrationTable]:
    """A table for each size whose amount is a mass, that of one size first."""
    in_order = sorted(product.sizes, key=lambda size: size is not first)
    return [table for size in in_order if (table := concentrations(product, size))]


def concentrations(product: Product, size: VialSize) -> ConcentrationTable | None:
    """Concentrations of a vial in round volumes; None where the amount is not a mass.

    µM and nmol are given for a defined peptide whose amount is stated as net peptide.
    """
    mass = vial_mass(size)
    if mass is None:
        return None
    molar_mass = molar_mass_of(product)
    is_molar = molar_mass is not None and product.amount_basis == AmountBasis.NET_PEPTIDE
    rows = []
    for millilitres in VOLUMES_ML:
        volume = Quantity(Decimal(millilitres), UNITS["mL"])
        try:
            answer = concentration_in_vial(
                mass, volume, molar_mass if is_molar else None, mixture=not is_molar
            )
        except InputRefused:
            return None
        rows.append(
            ConcentrationRow(
                volume=str(volume),
                mg_per_ml=_figure(answer.concentration),
                micromolar=_figure(answer.molar),
                nmol=_figure(answer.amount_in_10_ul),
            )
        )
    return ConcentrationTable(
        amount=size.amount_text,
        note=_molar_note(product, is_molar),
        rows=tuple(rows),
        is_molar=is_molar,
        sku=size.sku,
    )


def vial_mass(size: VialSize) -> Quantity | None:
    """The stated amount of a vial as a mass; None where it is a volume or something else."""
    unit = UNITS.get(size.amount_unit)
    if unit is None or unit.kind is not Kind.MASS:
        return None
    return Quantity(size.amount, unit)


def molar_mass_of(product: Product) -> Quantity | None:
    """The molar mass of the free peptide; None for a mixture."""
    elements = substance.elements(product.compound)
    if elements is None:
        return None
    return Quantity(round(average_mass(elements), 2), UNITS["g/mol"], MOLAR_MASS_FIGURES)


def basis_in_words(basis: AmountBasis) -> str:
    """What the stated amount of a vial counts."""
    return {
        AmountBasis.NET_PEPTIDE: _("Net peptide, after salt and water"),
        AmountBasis.GROSS: _("Gross: everything in the vial"),
    }[basis]


def basis_as_legend(basis: AmountBasis) -> str:
    """The same, over the choice of sizes."""
    return {
        AmountBasis.NET_PEPTIDE: _("Net peptide per vial"),
        AmountBasis.GROSS: _("Amount per vial, gross"),
    }[basis]


def _single(tiers: Sequence[Tier]) -> int:
    return min(tiers, key=lambda tier: tier.from_quantity).unit_minor


def _more(lots: Sequence[LotOnShelf], loaded: Mapping[int, Lot]) -> str:
    if len(lots) < 2:
        return ""
    return _(
        "More than %(count)s vials: the rest comes from lot %(lot)s. The review step shows every lot before "
        "you order.",
        count=f"{lots[0].available:,}",
        lot=loaded[lots[1].lot_id].number,
    )


def _molar_note(product: Product, is_molar: bool) -> str:
    if is_molar:
        return ""
    if substance.peptide(product.compound) is None:
        return _(
            "µM and nmol are not defined for this material: it is a mixture and has no single molar mass."
        )
    return _(
        "The amount is gross. For µM and nmol, take the net peptide content from the certificate of the lot "
        "first."
    )


def _figure(quantity: Quantity | None) -> str:
    return "" if quantity is None else printed(quantity.value, quantity.figures)
