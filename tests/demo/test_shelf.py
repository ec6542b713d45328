"""The demonstration's shelf: a product for each compound, lots in every state, and figures that add up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from shop import demo
from shop.compounds.masses import MassType, composition, mass
from shop.compounds.models import Category, Compound, CompoundKind
from shop.compounds.sequences import Peptide
from shop.demo import specimen_masses

CONTENT = Path(demo.__file__).parent / "content"
SHELF: dict[str, Any] = yaml.safe_load((CONTENT / "shelf.yaml").read_text(encoding="utf-8"))
COMPOUNDS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((CONTENT / "compounds").glob("*.yaml"))
}
PRODUCTS = {product["slug"]: product for product in SHELF["products"]}


def lots() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every lot with its product."""
    for product in SHELF["products"]:
        yield from ((product, lot) for lot in product["lots"])


def peptide_of(compound: str) -> Peptide | None:
    entry = COMPOUNDS[compound]
    if entry["kind"] == "mixture":
        return None
    return Peptide(
        entry["sequence"],
        entry.get("n_terminus", "H"),
        entry.get("c_terminus", "OH"),
        tuple((first, second) for first, second in entry.get("disulfides", [])),
        entry.get("metal"),
    )


def test_every_compound_has_a_product_and_every_product_lots() -> None:
    assert {product["compound"] for product in SHELF["products"]} == set(COMPOUNDS)
    assert all(product["lots"] for product in SHELF["products"])


def test_numbers_on_vials_are_given_once() -> None:
    numbers = [lot["number"] for _product, lot in lots()]
    assert len(numbers) == len(set(numbers))
    catalogue = [product["catalogue_number"] for product in SHELF["products"]]
    assert len(catalogue) == len(set(catalogue))
    bins = [lot["bin"] for _product, lot in lots()]
    assert len(bins) == len(set(bins))


def test_lots_of_every_state_are_spread_over_the_products() -> None:
    def with_lot(**wanted: Any) -> set[str]:
        return {
            product["slug"]
            for product, lot in lots()
            if all(lot.get(name) == value for name, value in wanted.items())
        }

    assert len(with_lot(state="released")) == 10
    assert len(with_lot(state="quarantine")) >= 4
    assert len(with_lot(state="recalled")) >= 2
    assert len(with_lot(left=0)) >= 4
    overdue = {product["slug"] for product, lot in lots() if lot["retest"] < 0}
    soon = {product["slug"] for product, lot in lots() if 0 <= lot["retest"] <= 30}
    assert len(overdue) >= 3 and len(soon) >= 2


@pytest.mark.parametrize("slug", PRODUCTS)
def test_results_answer_required_tests_and_a_released_lot_meets_them_all(slug: str) -> None:
    product = PRODUCTS[slug]
    required = {test["attribute"]: test for test in product["tests"]}
    for lot in product["lots"]:
        results = lot.get("results", {})
        assert set(results) <= set(required)
        if lot["state"] != "quarantine":
            assert set(results) == set(required), lot["number"]
        for attribute, result in results.items():
            test = required[attribute]
            number = Decimal(str(result).rstrip("%")) if test["kind"] != "conforms" else Decimal(0)
            if "lower" in test:
                assert number >= Decimal(test["lower"]), (lot["number"], attribute)
            if "upper" in test:
                assert number <= Decimal(test["upper"]), (lot["number"], attribute)


@pytest.mark.parametrize("slug", PRODUCTS)
def test_peptide_water_and_counter_ion_do_not_exceed_the_powder(slug: str) -> None:
    for lot in PRODUCTS[slug]["lots"]:
        parts = [
            Decimal(lot["results"][name].rstrip("%"))
            for name in ("net_peptide", "water", "counter_ion")
            if name in lot.get("results", {})
        ]
        assert sum(parts) <= 100, lot["number"]


@pytest.mark.parametrize("slug", PRODUCTS)
def test_more_vials_never_cost_more_each(slug: str) -> None:
    for size in PRODUCTS[slug]["sizes"]:
        units = [unit for _quantity, unit in sorted(size["prices"].items())]
        assert units == sorted(units, reverse=True)
    amounts = {size["amount"] for size in PRODUCTS[slug]["sizes"]}
    assert {lot["size"] for lot in PRODUCTS[slug]["lots"]} <= amounts


@pytest.mark.parametrize(
    ("compound", "charges"),
    [
        ("semax", (1, 2)),
        ("oxytocin", (1, 2)),
        ("kisspeptin-10", (1, 2)),
        ("substance-p", (2, 3)),
        ("thymosin-alpha-1", (3, 4)),
        ("ll-37", (4, 5)),
        ("ghk-cu", (1,)),
    ],
)
def test_certificates_show_charge_states_that_a_spectrum_would(
    compound: str, charges: tuple[int, ...]
) -> None:
    peptide = peptide_of(compound)
    assert peptide is not None
    whole = mass(composition(peptide), MassType.MONOISOTOPIC)
    assert specimen_masses.charges(peptide, whole) == charges
    assert all(300 < whole / charge < specimen_masses.USUAL_TOP + 110 for charge in charges)


def test_ions_are_those_of_the_sequence_and_a_mixture_has_none() -> None:
    entry = COMPOUNDS["ll-37"]
    compound = Compound(
        slug="ll-37",
        name="LL-37",
        kind=CompoundKind.DEFINED_PEPTIDE,
        category=Category(slug="x", name="x", code="xxx", scope="x", position=1),
        substance_class="peptide",
        sequence=entry["sequence"],
        n_terminus="H",
        c_terminus="OH",
        disulfides=[],
    )
    ions = specimen_masses.ions(compound, 0.06)
    assert [(ion.ion, ion.calculated, ion.found) for ion in ions.values()] == [
        ("[M+4H]4+", "1123.65", "1123.67"),
        ("[M+5H]5+", "899.12", "899.13"),
    ]
    assert specimen_masses.ions(compound, None) == {}
    compound.sequence = None
    assert specimen_masses.ions(compound, 0.06) == {}
