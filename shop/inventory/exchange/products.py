"""Products as rows: one for each vial size, with its product repeated beside it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import (
    AmountBasis,
    LimitKind,
    Price,
    Product,
    RequiredTest,
    StorageZone,
    VialSize,
)
from shop.compounds.models import Compound
from shop.core import clock
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.exchange import cells
from shop.inventory.exchange.cells import Column
from shop.inventory.exchange.planning import Findings, Item, Key, differences, in_chunks

_TEXT = {
    "name": 120,
    "label_name": 40,
    "label_code": 8,
    "subtitle": 200,
    "form": 80,
    "salt_form": 80,
    "appearance": 120,
    "container": 120,
    "storage_label": 40,
}
_LONG = ("solubility", "storage_dry", "storage_solution", "shipping_note", "handling_note")
_FIXED = ("catalogue_number", "slug", "compound", "amount", "amount_unit")
_OF_PRODUCT = (
    "catalogue_number",
    "slug",
    "compound",
    *_TEXT,
    *_LONG,
    "amount_basis",
    "storage_zone",
    "cold_chain",
    "tax_class",
    "listed",
    "required_tests",
)
_OPTIONAL = frozenset({"handling_note", "tax_class", "listed", "required_tests"})
_TEST_TEXT = {"attribute": 40, "name": 80, "method": 120, "limit_text": 120, "unit": 20}
_TEST_NUMBERS = ("lower", "upper", "tolerance")


def _slug(cell: str) -> str:
    if len(cell) > 80 or not all(sign.isascii() and (sign.isalnum() or sign == "-") for sign in cell):
        raise cells.WrongCell(_("use lower-case letters, digits and hyphens"))
    if cell != cell.lower():
        raise cells.WrongCell(_("use lower-case letters, digits and hyphens"))
    return cell


def _tests(cell: str) -> str:
    """Required tests as a JSON list, each with what the table of tests has."""
    text = cells.json_list(cell)
    if not text:
        return ""
    tests = []
    for each in json.loads(text):
        if not isinstance(each, dict) or set(each) - {*_TEST_TEXT, *_TEST_NUMBERS, "limit_kind"}:
            raise cells.WrongCell(
                _("each test has attribute, name, method, limit_kind, limit_text and limits")
            )
        tests.append(_one_test(each))
    names = [each["attribute"] for each in tests]
    if len(set(names)) != len(names):
        raise cells.WrongCell(_("a test stands there twice"))
    return json.dumps(tests, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _one_test(given: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, most in _TEST_TEXT.items():
        value = given.get(name, "")
        if not isinstance(value, str) or len(value) > most or (not value and name != "unit"):
            raise cells.WrongCell(_("“%(name)s” of a test is missing or too long", name=name))
        found[name] = value
    kind = given.get("limit_kind")
    if kind not in {each.value for each in LimitKind}:
        raise cells.WrongCell(_("“limit_kind” of a test is unknown"))
    found["limit_kind"] = str(kind)
    for name in _TEST_NUMBERS:
        try:
            found[name] = cells.decimal(str(given.get(name) or ""))
        except (InvalidOperation, cells.WrongCell):
            raise cells.WrongCell(_("“%(name)s” of a test is not a number", name=name)) from None
    needed = {
        LimitKind.AT_LEAST: ("lower",),
        LimitKind.AT_MOST: ("upper",),
        LimitKind.BETWEEN: ("lower", "upper"),
        LimitKind.MASS_WITHIN: ("tolerance",),
    }.get(LimitKind(found["limit_kind"]), ())
    for name in needed:
        if not found[name]:
            raise cells.WrongCell(_("“%(name)s” of a test is missing", name=name))
    return found


def _columns() -> tuple[Column, ...]:
    readers: dict[str, cells.Reader] = {
        "catalogue_number": cells.text(20),
        "slug": _slug,
        "compound": cells.text(60),
        **{name: cells.text(most) for name, most in _TEXT.items()},
        **{name: cells.long_text(4_000) for name in _LONG},
        "amount_basis": cells.one_of(AmountBasis),
        "storage_zone": cells.one_of(StorageZone),
        "cold_chain": cells.yes_or_no,
        "tax_class": cells.text(40),
        "listed": cells.yes_or_no,
        "required_tests": _tests,
    }
    return (
        Column(name="sku", read=cells.text(30), needed=True),
        Column(name="amount", read=cells.decimal, needed=True),
        Column(name="amount_unit", read=cells.text(10), needed=True),
        Column(name="position", read=cells.whole(1_000, least=1)),
        Column(name="weight_g", read=cells.whole(100_000, least=1)),
        Column(name="prices", read=cells.prices),
        *(Column(name=name, read=readers[name], needed=name == "catalogue_number") for name in _OF_PRODUCT),
    )


class ProductRows:
    """The kind `products`: one row for each vial size. Prices are those of the shop's currency."""

    name = "products"
    keys: tuple[str, ...] = ("sku",)
    columns = _columns()

    def present(
        self, session: Session, keys: Collection[Key] | None, *, lock: bool = False
    ) -> dict[Key, dict[str, str]]:
        """Vial sizes by SKU, in the order of products."""
        asked = (
            select(VialSize)
            .join(VialSize.product)
            .options(
                selectinload(VialSize.prices),
                joinedload(VialSize.product).selectinload(Product.required_tests),
            )
            .order_by(Product.catalogue_number, VialSize.position)
            .execution_options(populate_existing=True)
        )
        if lock:
            asked = asked.with_for_update(of=[VialSize, Product])
        parts = (
            [asked]
            if keys is None
            else [asked.where(VialSize.sku.in_([key[0] for key in part])) for part in in_chunks(keys)]
        )
        return {(size.sku,): _row(size) for part in parts for size in session.scalars(part)}

    def check(self, session: Session, items: Sequence[Item], found: Findings) -> None:
        """Compounds exist, rows of one product agree, and what is fixed stays."""
        products = _products(session, [item.cells.get("catalogue_number", "") for item in items])
        slugs = dict(session.execute(select(Product.slug, Product.catalogue_number)).all())
        compounds = set(session.scalars(select(Compound.slug)))
        first: dict[str, Item] = {}
        for item in items:
            number = self._number(item)
            known = products.get(number)
            if item.before is not None:
                for name in item.changed:
                    if name in _FIXED:
                        found.problem(item.line, _("“%(name)s” never changes.", name=name))
                    elif name != "handling_note" and name != "required_tests" and not item.changed[name][1]:
                        found.problem(item.line, _("“%(name)s” can’t be empty.", name=name))
            elif known is not None:
                self._check_added(item, known, found)
            else:
                self._check_new(item, compounds, slugs, found)
            _agree(first.setdefault(number, item), item, found)
        _places(session, items, found)

    def _number(self, item: Item) -> str:
        return (item.before or item.cells)["catalogue_number"]

    def _check_added(self, item: Item, known: Mapping[str, str], found: Findings) -> None:
        """A size of a product that is there: what the row says of the product has to be so."""
        for name in _OF_PRODUCT:
            if item.cells.get(name, "") not in ("", known[name]):
                found.problem(
                    item.line,
                    _("“%(name)s” differs from that of product %(number)s.", name=name, number=known["slug"]),
                )

    def _check_new(self, item: Item, compounds: set[str], slugs: Mapping[str, str], found: Findings) -> None:
        for name in _OF_PRODUCT:
            if name not in _OPTIONAL and not item.cells.get(name, ""):
                found.problem(item.line, _("A new product needs “%(name)s”.", name=name))
        compound = item.cells.get("compound", "")
        if compound and compound not in compounds:
            found.problem(item.line, _("There is no compound %(slug)s.", slug=compound))
        if item.cells.get("slug", "") in slugs:
            found.problem(item.line, _("There is a product %(slug)s already.", slug=item.cells["slug"]))
        if not item.cells.get("required_tests", ""):
            found.problem(
                item.line, _("A new product needs “required_tests”; without them no lot is ever tested.")
            )

    def in_words(self, item: Item) -> Sequence[str]:
        """The columns that change."""
        return differences(item)

    def write(self, session: Session, items: Sequence[Item], *, cause: str, actor: str) -> None:
        """Add products and sizes, and change what may change."""
        numbers = [self._number(item) for item in items]
        products: dict[str, Product] = {}
        for part in in_chunks(sorted(set(numbers))):
            products.update(
                {
                    each.catalogue_number: each
                    for each in session.scalars(
                        select(Product)
                        .where(Product.catalogue_number.in_(part))
                        .options(selectinload(Product.sizes).selectinload(VialSize.prices))
                        .options(selectinload(Product.required_tests))
                    )
                }
            )
        compounds = {each.slug: each for each in session.scalars(select(Compound))}
        for item, number in zip(items, numbers, strict=True):
            product = products.get(number)
            if product is None:
                product = Product(
                    catalogue_number=number,
                    slug=item.cells["slug"],
                    compound=compounds[item.cells["compound"]],
                    created_at=clock.now(),
                )
                session.add(product)
                products[number] = product
                _change_product(
                    session, product, {name: ("", item.cells.get(name, "")) for name in _OF_PRODUCT}
                )
            elif item.before is not None:
                _change_product(session, product, item.changed)
            _change_size(session, product, item)
        session.flush()


def _row(size: VialSize) -> dict[str, str]:
    currency = settings().currency
    places = get_currency_precision(currency)
    tiers = "; ".join(
        f"{each.from_quantity}={Decimal(each.unit_minor).scaleb(-places):.2f}"
        for each in size.prices
        if each.currency == currency
    )
    return {
        "sku": size.sku,
        "amount": f"{size.amount.normalize():f}",
        "amount_unit": size.amount_unit,
        "position": str(size.position),
        "weight_g": str(size.weight_g),
        "prices": tiers,
        **_product_row(size.product),
    }


def _product_row(product: Product) -> dict[str, str]:
    tests = [
        {name: getattr(each, name) for name in _TEST_TEXT}
        | {"limit_kind": each.limit_kind.value}
        | {name: _number_text(getattr(each, name)) for name in _TEST_NUMBERS}
        for each in product.required_tests
    ]
    return {
        "catalogue_number": product.catalogue_number,
        "slug": product.slug,
        "compound": product.compound.slug,
        **{name: getattr(product, name) for name in _TEXT},
        **{name: getattr(product, name) or "" for name in _LONG},
        "amount_basis": product.amount_basis.value,
        "storage_zone": product.storage_zone.value,
        "cold_chain": "yes" if product.cold_chain else "no",
        "tax_class": product.tax_class,
        "listed": "yes" if product.listed else "no",
        "required_tests": json.dumps(tests, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if tests
        else "",
    }


def _number_text(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _products(session: Session, numbers: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for part in in_chunks(sorted({number for number in numbers if number})):
        for product in session.scalars(
            select(Product)
            .where(Product.catalogue_number.in_(part))
            .options(selectinload(Product.required_tests))
        ):
            found[product.catalogue_number] = _product_row(product)
    return found


def _agree(first: Item, item: Item, found: Findings) -> None:
    """Rows of one product say the same of it; a new size may leave it out."""
    for name in _OF_PRODUCT:
        one, other = first.cells.get(name), item.cells.get(name)
        told = other is not None and (other != "" or item.before is not None)
        if one is not None and told and one != other:
            found.problem(
                item.line,
                _(
                    "“%(name)s” differs from line %(line)s, which is the same product.",
                    name=name,
                    line=first.line,
                ),
            )


def _places(session: Session, items: Sequence[Item], found: Findings) -> None:
    """No two sizes of a product have the same amount or the same place in its list."""
    taken: dict[tuple[str, ...], str] = {}
    rows = session.execute(
        select(
            Product.catalogue_number, VialSize.sku, VialSize.amount, VialSize.amount_unit, VialSize.position
        ).join(VialSize, VialSize.product_id == Product.id)
    )
    moved = {item.key[0]: item for item in items}
    for number, sku, amount, unit, position in rows:
        item = moved.get(sku)
        at = item.cells.get("position", "") if item is not None else ""
        taken[number, "amount", f"{amount.normalize():f} {unit}"] = sku
        taken[number, "position", at or str(position)] = sku
    for item in items:
        number = (item.before or item.cells)["catalogue_number"]
        places = {"position": item.cells.get("position", "")}
        if item.before is None:
            places["amount"] = f"{item.cells['amount']} {item.cells['amount_unit']}"
        for name, value in places.items():
            if value and taken.setdefault((number, name, value), item.key[0]) != item.key[0]:
                found.problem(
                    item.line,
                    _(
                        "“%(name)s” %(value)s is that of %(sku)s.",
                        name=name,
                        value=value,
                        sku=taken[number, name, value],
                    ),
                )


def _change_product(session: Session, product: Product, changed: Mapping[str, tuple[str, str]]) -> None:
    for name, (_old, new) in changed.items():
        if name in _TEXT or (name in _LONG and name != "handling_note"):
            setattr(product, name, new)
        elif name == "handling_note":
            product.handling_note = new or None
        elif name == "amount_basis":
            product.amount_basis = AmountBasis(new)
        elif name == "storage_zone":
            product.storage_zone = StorageZone(new)
        elif name == "cold_chain":
            product.cold_chain = new == "yes"
        elif name == "tax_class":
            product.tax_class = new or "standard"
        elif name == "listed":
            product.listed = new != "no"
        elif name == "required_tests":
            _change_tests(session, product, json.loads(new) if new else [])


def _change_tests(session: Session, product: Product, tests: Sequence[Mapping[str, str]]) -> None:
    for each in list(product.required_tests):
        product.required_tests.remove(each)
        session.delete(each)
    session.flush()
    for position, test in enumerate(tests, start=1):
        product.required_tests.append(
            RequiredTest(
                position=position,
                limit_kind=LimitKind(test["limit_kind"]),
                **{name: test[name] for name in _TEST_TEXT},
                **{name: Decimal(test[name]) if test[name] else None for name in _TEST_NUMBERS},
            )
        )


def _change_size(session: Session, product: Product, item: Item) -> None:
    size = next((each for each in product.sizes if each.sku == item.key[0]), None)
    if size is None:
        size = VialSize(
            sku=item.key[0],
            amount=Decimal(item.cells["amount"]),
            amount_unit=item.cells["amount_unit"],
            position=_free_position(product, item),
        )
        product.sizes.append(size)
    elif "position" in item.changed:
        size.position = int(item.changed["position"][1])
    if item.changed.get("weight_g", ("", ""))[1]:
        size.weight_g = int(item.changed["weight_g"][1])
    if "prices" in item.changed:
        _change_prices(session, size, item.changed["prices"][1])


def _free_position(product: Product, item: Item) -> int:
    wanted = item.cells.get("position", "")
    return int(wanted) if wanted else 1 + max((each.position for each in product.sizes), default=0)


def _change_prices(session: Session, size: VialSize, text: str) -> None:
    currency = settings().currency
    places = get_currency_precision(currency)
    for each in [price for price in size.prices if price.currency == currency]:
        size.prices.remove(each)
        session.delete(each)
    session.flush()
    for part in filter(None, (part.strip() for part in text.split(";"))):
        quantity, _equals, price = part.partition("=")
        size.prices.append(
            Price(
                currency=currency,
                from_quantity=int(quantity),
                unit_minor=int(Decimal(price).scaleb(places)),
            )
        )
