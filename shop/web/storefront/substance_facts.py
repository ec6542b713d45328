"""What a page says of a substance: identity from its sequence, and properties with how they are known.

The same for a monograph and for a listing; nothing here is a result of a study.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from shop.compounds import substance
from shop.compounds.masses import average_mass, formula_text, monoisotopic_mass
from shop.compounds.models import Compound, CompoundProperty, PropertyStatus
from shop.core.language import gettext as _
from shop.web.storefront.source_links import with_links


@dataclass(frozen=True, kw_only=True)
class FactOnPage:
    """A row of a property table. `value` and `note` may hold markup of ours."""

    name: str
    value: str
    note: str = ""
    is_sequence: bool = False


def of_compound(compound: Compound) -> list[FactOnPage]:
    """Computed identity first, each with what is on record about it, then the other properties."""
    on_record = {row.name: row for row in compound.properties}
    computed = [_with_record(fact, on_record.pop(fact.name, None)) for fact in identity(compound)]
    return computed + [
        FactOnPage(name=row.name, value=row.value, note=_basis(row)) for row in on_record.values()
    ]


SUPPLY = ("Salt form", "Solubility", "Storage", "Appearance")
"""Properties of a substance that a listing states of its own material instead."""


def of_listing(compound: Compound) -> list[FactOnPage]:
    """What is known of the substance itself, for a page that says how its own material is supplied."""
    return [fact for fact in of_compound(compound) if fact.name not in SUPPLY]


def _with_record(fact: FactOnPage, row: CompoundProperty | None) -> FactOnPage:
    """A computed fact with the note and source of the same property on record, and how that one is known."""
    if row is None:
        return fact
    note = _basis(row, computed_too=bool(fact.note))
    return replace(fact, note=Markup("; ").join(part for part in (fact.note, note) if part))


def identity(compound: Compound) -> list[FactOnPage]:
    """Sequence, formula and masses of a peptide; empty for a mixture, which has none of them."""
    peptide, elements = substance.peptide(compound), substance.elements(compound)
    if peptide is None or elements is None:
        return []
    from_sequence = (
        _("computed from the sequence, complex with %(metal)s", metal=compound.metal)
        if compound.metal
        else _("computed from the sequence, free peptide")
    )
    facts = [
        FactOnPage(
            name=_("Sequence"),
            value=peptide.three_letter,
            note=_("One-letter %(sequence)s", sequence=peptide.one_letter),
            is_sequence=True,
        ),
        FactOnPage(name=_("Molecular formula"), value=formula(formula_text(elements)), note=from_sequence),
        FactOnPage(
            name=_("Average molar mass"),
            value=_("%(mass)s g/mol", mass=f"{average_mass(elements):,.2f}"),
            note=from_sequence,
        ),
        FactOnPage(
            name=_("Monoisotopic mass"),
            value=_("%(mass)s Da", mass=f"{monoisotopic_mass(elements):,.4f}"),
            note=from_sequence,
        ),
    ]
    if peptide.disulfides:
        facts.insert(1, FactOnPage(name=_("Disulfides"), value=peptide.bridges))
    if compound.cas:
        facts.append(FactOnPage(name=_("CAS Registry Number"), value=compound.cas))
    return facts


def formula(text: str) -> Markup:
    """A molecular formula with its counts lowered."""
    return Markup("").join(
        Markup("<sub>{}</sub>").format(part) if part.isdigit() else escape(part)
        for part in re.findall(r"\d+|\D+", text)
    )


def basis_in_words(status: PropertyStatus) -> str:
    """How a value is known, for readers; nothing where its source stands beside it."""
    return {
        PropertyStatus.PUBLISHED: "",
        PropertyStatus.SHOP_SPECIFICATION: _("our own specification"),
        PropertyStatus.COMPUTED: _("computed from the sequence"),
        PropertyStatus.NOT_SEEN: _("source not seen"),
    }[status]


def _basis(row: CompoundProperty, *, computed_too: bool = False) -> str:
    known = "" if computed_too and row.status is PropertyStatus.COMPUTED else basis_in_words(row.status)
    parts: Sequence[str | Markup] = [
        part
        for part in (
            (row.note or "").rstrip("."),
            known,
            with_links(row.source) if row.source else "",
        )
        if part
    ]
    return Markup("; ").join(parts)
