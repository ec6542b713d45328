"""Learning pages: short texts about reading, weighing and keeping peptides, each with its sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from markupsafe import Markup

from shop.compounds.mass_check import check_mass, theoretical_mass
from shop.compounds.masses import PROTON, CounterIon, MassType, composition, ion_label, monoisotopic_mass
from shop.compounds.net_content import net_content
from shop.compounds.sequences import Peptide
from shop.compounds.solutions import SaltFormula, acid_of
from shop.compounds.stock_solutions import Material, stock_solution
from shop.compounds.units import Quantity, quantity
from shop.core.language import gettext as _
from shop.education import content_files, markdown, readability

PAGES = ("reading-a-certificate", "purity-and-net-peptide-content", "salt-forms", "storing-and-dissolving")
"""Slugs in the order of the index."""


@dataclass(frozen=True, kw_only=True)
class LearningSource:
    """A source, and how it was seen. Without a register entry or an address it has no link."""

    key: str
    text: str
    seen: str
    url: str = ""
    doi: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A headed part of a page."""

    title: str
    text: str
    """In the Markdown of monograph sections."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example as data: which calculation, and what goes into it."""

    title: str
    text: str
    kind: str
    inputs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class LearningPage:
    """A learning page as written."""

    slug: str
    title: str
    description: str
    standfirst: str
    reviewed_on: date
    sections: tuple[Section, ...]
    example: Example
    not_known: tuple[str, ...]
    sources: tuple[LearningSource, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the sources, in the order of their numbers."""
        return tuple(source.key for source in self.sources)

    def html(self, section: Section) -> Markup:
        """A section as safe HTML, its citations numbered."""
        return markdown.to_html(section.text, self.keys)

    @property
    def plain(self) -> str:
        """Everything a reader reads, as plain text."""
        return "\n\n".join(
            (
                self.standfirst,
                *(markdown.to_text(section.text) for section in self.sections),
                *self.not_known,
            )
        )

    @property
    def grade(self) -> float:
        """How hard the text is to read, as a Flesch-Kincaid grade."""
        return readability.grade(self.plain)

    @property
    def minutes(self) -> int:
        """Whole minutes to read it, at least one."""
        return max(1, -(-len(readability.words(self.plain)) // readability.WORDS_PER_MINUTE))


@cache
def page(slug: str) -> LearningPage:
    """A page by its slug.

    Raises:
        ValueError: a section cites a source that is not listed, or a source is cited nowhere.
    """
    raw = content_files.read(f"learning/{slug}.yaml")
    found = LearningPage(
        **{
            **raw,
            "slug": slug,
            "reviewed_on": date.fromisoformat(raw["reviewed_on"]),
            "sections": tuple(Section(**each) for each in raw["sections"]),
            "example": Example(**raw["example"]),
            "not_known": tuple(raw["not_known"]),
            "sources": tuple(LearningSource(**each) for each in raw["sources"]),
        }
    )
    cited = {key for section in found.sections for key in markdown.cited_keys(section.text)}
    if cited != set(found.keys):
        raise ValueError(f"{slug}: cited and listed sources differ: {cited ^ set(found.keys)}")
    return found


def pages() -> list[LearningPage]:
    """Every page, in the order of the index."""
    return [page(slug) for slug in PAGES]


def worked(example: Example) -> tuple[str, ...]:
    """The steps of an example, worked out from its inputs: no figure of them is written down."""
    return _WORKED[example.kind](example.inputs)


def _net_content(inputs: Mapping[str, str]) -> tuple[str, ...]:
    ion = inputs.get("counter_ion")
    salt = SaltFormula(acid_of(CounterIon(ion)), int(inputs["counter_ions"])) if ion else None
    return net_content(
        _quantity(inputs, "gross"),
        None,
        content=_quantity(inputs, "content"),
        purity=_quantity(inputs, "purity"),
        molar_mass=_quantity(inputs, "molar_mass"),
        salt=salt,
    ).steps


def _stock_solution(inputs: Mapping[str, str]) -> tuple[str, ...]:
    material = Material(
        mass_is_net=inputs.get("mass_is") == "net",
        content=_quantity(inputs, "content"),
        purity=_quantity(inputs, "purity"),
        molar_mass=_quantity(inputs, "molar_mass"),
    )
    return stock_solution(_quantity(inputs, "mass"), None, _quantity(inputs, "concentration"), material).steps


def _mass_check(inputs: Mapping[str, str]) -> tuple[str, ...]:
    atoms = composition(Peptide(inputs["sequence"]))
    charge = int(inputs["charge"])
    mass = monoisotopic_mass(atoms)
    checked = check_mass(
        inputs["observed"],
        atoms,
        mass_type=MassType.MONOISOTOPIC,
        tolerance=Decimal(inputs["tolerance"]),
        charge=charge,
    )
    mz = theoretical_mass(atoms, MassType.MONOISOTOPIC, charge)
    return (
        _("Monoisotopic mass from the sequence: %(mass)s Da", mass=f"{mass:,.4f}"),
        _(
            "%(ion)s: (%(mass)s + %(charge)s × %(proton)s) ÷ %(charge)s = %(mz)s",
            ion=ion_label(charge),
            mass=f"{mass:,.4f}",
            charge=charge,
            proton=f"{PROTON:.4f}",
            mz=f"{mz:,.4f}",
        ),
        checked.conclusion,
    )


_WORKED: dict[str, Callable[[Mapping[str, str]], tuple[str, ...]]] = {
    "net_content": _net_content,
    "stock_solution": _stock_solution,
    "mass_check": _mass_check,
}


def _quantity(inputs: Mapping[str, str], name: str) -> Quantity | None:
    return quantity(inputs[name]) if name in inputs else None
