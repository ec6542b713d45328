"""Fills an empty database with the demonstration shop, through the use cases a real shop would use.

Lots, laboratories, makers and people are specimens. Certificates are real PDF files that say so; the masses
on them are computed from the sequence. Dates count from the day of loading, so that the shop always shows a
lot of each state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import yaml
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from shop.attestations import statements
from shop.attestations.models import Asked
from shop.catalogue import listing
from shop.catalogue.models import AmountBasis, LimitKind, Price, Product, RequiredTest, StorageZone, VialSize
from shop.compounds import substance
from shop.compounds.masses import MassType
from shop.compounds.models import (
    Category,
    Compound,
    CompoundKind,
    CompoundName,
    CompoundProperty,
    PropertyStatus,
)
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.wording import date_in_words
from shop.demo import specimen_masses
from shop.demo.specimen_certificates import (
    SpecimenCertificate,
    SpecimenIon,
    SpecimenTest,
    specimen_certificate_pdf,
    specimen_chromatogram,
)
from shop.education import monograph_file, revisions
from shop.inventory import attention, certificates, laboratories, ledger, lots, stability
from shop.inventory.certificates import CertificateDetails, TestResult
from shop.inventory.laboratories import AccreditationFacts, LaboratoryFacts
from shop.inventory.models import DrawnBy, Laboratory, LaboratoryRelation, Lot, LotState, MovementKind
from shop.inventory.stability import StabilityEntry
from shop.ordering import coupons
from shop.ordering.coupons import Coupon
from shop.ordering.delivery_rates import DeliveryBracket, DeliveryRate, DeliveryZone, DeliveryZoneCountry
from shop.ordering.destination_models import DestinationEffect, DestinationRule
from shop.ordering.models import DeliveryMethod
from shop.ordering.tax_rates import TaxRate
from shop.people import staff

CONTENT = Path(__file__).resolve().parent / "content"
MAKER = "Specimen Peptide Works"
ANALYST = "A. Specimen, analyst"
NOT_TESTED = "Endotoxin, sterility, residual solvents"
TRACE_CONDITIONS = (
    "Absorbance at {nm} nm. C18 column, 0.1% TFA in water and acetonitrile, 5 to 45% over 20 minutes."
)


@dataclass(frozen=True)
class DemoStaff:
    """A member of staff of the demonstration."""

    email: str
    name: str
    password: str
    roles: tuple[str, ...]


def new_staff() -> list[DemoStaff]:
    """Two people, so that one can release what the other uploaded. Passwords are random."""
    everything = ("warehouse", "sales", "quality", "editor")
    return [
        DemoStaff("rosa@aliquot.example", "Rosa Specimen", staff.new_password(), everything),
        DemoStaff("tomas@aliquot.example", "Tomas Specimen", staff.new_password(), everything),
    ]


def is_loaded() -> bool:
    """Whether the database holds a shop already."""
    with reading() as session:
        return session.scalar(select(Product.id).limit(1)) is not None


def load(people: Iterable[DemoStaff]) -> None:
    """Load everything."""
    uploader, releaser = (person for person in people)
    for person in (uploader, releaser):
        staff.add(
            email=person.email,
            name=person.name,
            password=person.password,
            roles=person.roles,
            actor="demonstration",
        )
    _load_statement()
    _load_compounds()
    shelf = _read(CONTENT / "shelf.yaml")
    _load_delivery(shelf)
    _load_laboratories(shelf["laboratories"], uploader.email)
    for product in shelf["products"]:
        _load_product(product)
        for lot in product["lots"]:
            _receive(product, lot, uploader.email)
    _certify_all(shelf, uploader.email)
    for product in shelf["products"]:
        for lot in product["lots"]:
            _bring_to_its_state(lot, releaser.email)
        for sku, point in product.get("reorder_points", {}).items():
            attention.set_reorder_point(sku, point, actor=uploader.email)
    _load_stability(shelf["stability"], uploader.email, releaser.email)
    _load_monographs()


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _load_statement() -> None:
    text = _read(CONTENT / "statement.yaml")
    with writing() as session:
        statements.publish(
            session,
            code=text["code"],
            in_force_from=datetime.combine(text["in_force_from"], time(), UTC),
            preamble=text["preamble"].strip(),
            clauses=[
                (clause["heading"], statements.numbered(position, clause["sentences"]))
                for position, clause in enumerate(text["clauses"], start=1)
            ],
            asks=[Asked(each) for each in text["asks"]],
        )


def _load_compounds() -> None:
    with writing() as session:
        by_slug: dict[str, Category] = {}
        for position, row in enumerate(_read(CONTENT / "categories.yaml"), start=1):
            by_slug[row["slug"]] = Category(
                slug=row["slug"],
                name=row["name"],
                code=row["code"],
                scope=row["scope"].strip(),
                position=position,
            )
        session.add_all(by_slug.values())
        for path in sorted((CONTENT / "compounds").glob("*.yaml")):
            session.add(_compound(_read(path), by_slug))


def _compound(row: dict[str, Any], categories: dict[str, Category]) -> Compound:
    return Compound(
        slug=row["slug"],
        name=row["name"],
        kind=CompoundKind(row["kind"]),
        category=categories[row["category"]],
        substance_class=row["substance_class"],
        sequence=row.get("sequence"),
        n_terminus=row.get("n_terminus", "H"),
        c_terminus=row.get("c_terminus", "OH"),
        disulfides=row.get("disulfides", []),
        metal=row.get("metal"),
        cas=row.get("cas"),
        created_at=clock.now(),
        names=[
            CompoundName(name=name, position=position)
            for position, name in enumerate(row.get("names", []), start=1)
        ],
        properties=[
            CompoundProperty(
                position=position,
                name=each["name"],
                value=str(each["value"]),
                status=PropertyStatus(each["status"]),
                source=each.get("source"),
                note=each.get("note"),
            )
            for position, each in enumerate(row.get("properties", []), start=1)
        ],
    )


SPECIMEN_RULE = "Specimen rule of the demonstration shop, not a legal statement"


def _load_delivery(shelf: dict[str, Any]) -> None:
    with writing() as session:
        _add_prices(session, shelf)
        session.add_all(
            DestinationRule(
                country=country,
                effect=DestinationEffect.DELIVER,
                reason="Delivered to by the demonstration shop.",
                source=SPECIMEN_RULE,
                begun_at=clock.now(),
                begun_by="demonstration",
            )
            for country in shelf["destinations"]
        )
        session.flush()
        for row in shelf["restrictions"]:
            compound = _compound_by_slug(session, row["compound"])
            session.add(
                DestinationRule(
                    country=row["country"],
                    compound_id=compound.id,
                    effect=DestinationEffect.REFUSE,
                    reason=row["reason"],
                    source=row["source"],
                    begun_at=clock.now(),
                    begun_by="demonstration",
                )
            )


def _add_prices(session: Session, shelf: dict[str, Any]) -> None:
    """Ways of sending with their zones and rates, specimen tax rates, and a specimen code."""
    methods = {row["code"]: DeliveryMethod(**row, currency="USD") for row in shelf["delivery"]}
    for row in shelf["zones"]:
        countries = row.get("countries", [])
        zone = DeliveryZone(
            name=row["name"],
            everywhere_else=not countries,
            countries=[DeliveryZoneCountry(country=country) for country in countries],
        )
        session.add_all(
            DeliveryRate(
                method=methods[code],
                zone=zone,
                cold_chain_minor=rate["cold_chain_minor"],
                free_from_minor=rate.get("free_from_minor"),
                brackets=[
                    DeliveryBracket(up_to_g=grams, price_minor=price)
                    for grams, price in rate["up_to_g"].items()
                ],
            )
            for code, rate in row["rates"].items()
        )
    session.add_all(
        TaxRate(
            country=row["country"],
            region=row.get("region", ""),
            percent_text=row["percent"],
            name=row["name"],
            on_delivery=row.get("on_delivery", True),
            valid_from=date(2026, 1, 1),
            source=shelf["tax_source"],
        )
        for row in shelf["tax_rates"]
    )
    session.add_all(
        Coupon(
            **{**row, "percent": Decimal(row["percent"])},
            code_key=coupons.key(row["code"]),
            currency="USD",
            created_at=clock.now(),
        )
        for row in shelf["codes"]
    )


def _compound_by_slug(session: Session, slug: str) -> Compound:
    return session.scalars(select(Compound).where(Compound.slug == slug)).one()


def _load_laboratories(rows: dict[str, dict[str, Any]], actor: str) -> None:
    """The specimen laboratories, one of them with a specimen accreditation."""
    for row in rows.values():
        laboratory_id = laboratories.add(
            LaboratoryFacts(
                name=row["name"],
                place=row["place"],
                country=row["country"],
                relation=LaboratoryRelation(row["relation"]),
                portal_url="",
            ),
            actor=actor,
        )
        if "accreditation" in row:
            held = row["accreditation"]
            laboratories.add_accreditation(
                laboratory_id,
                AccreditationFacts(
                    standard=held["standard"],
                    body=held["body"],
                    number=held["number"],
                    scope_url="",
                    methods=tuple(held["methods"]),
                    valid_from=clock.today() + timedelta(days=held["from"]),
                    valid_to=clock.today() + timedelta(days=held["to"]),
                ),
                actor=actor,
            )


def _load_stability(rows: list[dict[str, Any]], recorder: str, confirmer: str) -> None:
    with reading() as session:
        known = {each.name: each.id for each in session.scalars(select(Laboratory))}
    for row in rows:
        result_id = stability.record(
            row["lot"],
            StabilityEntry(
                attribute=row["attribute"],
                condition=row["condition"],
                months=row["months"],
                tested_on=clock.today() + timedelta(days=row["tested"]),
                result=row["result"],
                laboratory_id=known[row["laboratory"]],
                report_number=f"SPECIMEN-ST-{row['months']}",
            ),
            actor=recorder,
        )
        stability.confirm(result_id, actor=confirmer)


def _load_product(row: dict[str, Any]) -> None:
    taken = ("compound", "amount_basis", "storage_zone", "sizes", "tests", "lots", "reorder_points")
    with writing() as session:
        listing.list_product(
            session,
            Product(
                **{key: value for key, value in row.items() if key not in taken},
                compound=_compound_by_slug(session, row["compound"]),
                amount_basis=AmountBasis(row["amount_basis"]),
                storage_zone=StorageZone(row["storage_zone"]),
                created_at=clock.now(),
                sizes=[_size(row, size, position) for position, size in enumerate(row["sizes"], start=1)],
                required_tests=[_test(test, position) for position, test in enumerate(row["tests"], start=1)],
            ),
            actor="demonstration",
        )


def _size(product: dict[str, Any], row: dict[str, Any], position: int) -> VialSize:
    return VialSize(
        sku=_sku(product, row["amount"]),
        amount=Decimal(row["amount"]),
        amount_unit="mg",
        position=position,
        fill_height=min(90, 35 + row["amount"]),
        prices=[
            Price(currency="USD", from_quantity=quantity, unit_minor=unit)
            for quantity, unit in row["prices"].items()
        ],
    )


def _sku(product: dict[str, Any], amount: int) -> str:
    return f"{product['catalogue_number']}-{amount}"


def _test(row: dict[str, Any], position: int) -> RequiredTest:
    return RequiredTest(
        position=position,
        attribute=row["attribute"],
        name=row["name"],
        method=row["method"],
        limit_kind=LimitKind(row["kind"]),
        limit_text=row["limit"],
        lower=_decimal(row.get("lower")),
        upper=_decimal(row.get("upper")),
        tolerance=_decimal(row.get("tolerance")),
        unit=row.get("unit", ""),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _filled(row: dict[str, Any]) -> date:
    """The day a lot was filled; all else that happened to it counts from there."""
    return clock.today() + timedelta(days=row["filled"])


def _receive(product: dict[str, Any], row: dict[str, Any], uploader: str) -> None:
    anchor, filled = clock.today(), _filled(row)
    with _on(filled + timedelta(days=6)):
        lots.receive(
            lots.NewLot(
                number=row["number"],
                sku=_sku(product, row["size"]),
                manufacturer=MAKER,
                manufactured_on=filled,
                filled_on=filled,
                retest_on=anchor + timedelta(days=row["retest"]),
                expires_on=None,
                vials=row["vials"],
                bin=row["bin"],
            ),
            actor=uploader,
        )


def _certify_all(shelf: dict[str, Any], uploader: str) -> None:
    """Write and attach the certificates, two at a time: each PDF is read by a process of its own."""
    app = cast("LocalProxy[Flask]", current_app)._get_current_object()

    def certify(product: dict[str, Any], row: dict[str, Any]) -> None:
        filled = _filled(row)
        with app.app_context(), _on(filled + timedelta(days=16)):
            _certify(product, row, filled, shelf["laboratories"], uploader)

    with ThreadPoolExecutor(max_workers=2) as pool:
        tasks = [
            pool.submit(certify, product, row)
            for product in shelf["products"]
            for row in product["lots"]
            if "results" in row
        ]
        for task in tasks:
            task.result()


def _bring_to_its_state(row: dict[str, Any], releaser: str) -> None:
    """Release a lot on the day it would have been, then use it up or recall it as the shelf says."""
    filled, number, state = _filled(row), row["number"], LotState(row["state"])
    if state != LotState.QUARANTINE:
        with _on(filled + timedelta(days=17)):
            lots.release(number, actor=releaser, reason="Certificate confirmed against the document")
    if "left" in row:
        with _on(filled + timedelta(days=120)):
            _take_out(number, row["vials"] - row["left"], releaser)
    if state == LotState.RECALLED:
        with _on(clock.today() - timedelta(days=40)):
            lots.change_state(number, LotState.RECALLED, actor=releaser, reason=row["reason"])


def _on(day: date) -> Any:
    return clock.shifted(day - clock.today())


def _take_out(number: str, vials: int, actor: str) -> None:
    with writing() as session:
        lot = certificates.find_lot(session, number)
        ledger.move(
            session,
            lot_id=lot.id,
            kind=MovementKind.WRITE_OFF,
            quantity=vials,
            cause=f"lot/{number}/before-the-demonstration",
            actor=actor,
            reason="Used up before the demonstration began",
        )


def _certify(
    product: dict[str, Any],
    row: dict[str, Any],
    filled: date,
    known: dict[str, dict[str, Any]],
    uploader: str,
) -> None:
    laboratory = known[product.get("laboratory", "north")]
    with reading() as session:
        lot = certificates.find_lot(session, row["number"])
        ions = specimen_masses.ions(lot.product.compound, row["results"].get("identity_ms"))
        details = _details(lot, laboratory, filled)
        trace = _trace(row)
        document = specimen_certificate_pdf(
            _document(lot, row, laboratory, details, list(ions.values()), trace)
        )
    results = [
        TestResult(attribute=attribute, result=str(value))
        for attribute, value in row["results"].items()
        if attribute != "identity_ms"
    ]
    results += [
        TestResult(
            attribute="identity_ms", result=found.found, mass_type=MassType.MONOISOTOPIC, charge=charge
        )
        for charge, found in ions.items()
    ]
    certificates.attach(
        row["number"], details=details, results=results, document=document, trace=trace, actor=uploader
    )


def _details(lot: Lot, laboratory: dict[str, Any], filled: date) -> CertificateDetails:
    def after(days: int) -> date:
        return filled + timedelta(days=days)

    return CertificateDetails(
        laboratory=laboratory["name"],
        laboratory_place=laboratory["place"],
        laboratory_relation=LaboratoryRelation(laboratory["relation"]),
        report_number=f"SPECIMEN-{lot.number}",
        drawn_by=DrawnBy.SELLER,
        received_on=after(7),
        tested_from=after(9),
        tested_to=after(14),
        issued_on=after(16),
        authorised_by=ANALYST,
        not_tested=NOT_TESTED,
        chromatogram_conditions=TRACE_CONDITIONS.format(nm=_wavelength(lot)),
    )


def _wavelength(lot: Lot) -> str:
    """The wavelength at which the product's purity is measured, in nm."""
    methods = [test.method for test in lot.product.required_tests if test.attribute == "purity_hplc"]
    found = re.search(r"(\d{3}) nm", " ".join(methods))
    return found[1] if found else "220"


def _trace(row: dict[str, Any]) -> bytes | None:
    if "peak" not in row:
        return None
    main = float(str(row["results"]["purity_hplc"]).rstrip("%"))
    second = float(str(row["results"]["largest_impurity"]).rstrip("%"))
    return specimen_chromatogram(
        [(row["peak"], main), (row["peak"] - 1.22, second)],
        seed=row["number"],
        run=f"specimen {row['number']}",
    )


def _document(
    lot: Lot,
    row: dict[str, Any],
    laboratory: dict[str, Any],
    details: CertificateDetails,
    ions: list[SpecimenIon],
    trace: bytes | None,
) -> SpecimenCertificate:
    product, compound = lot.product, lot.product.compound
    peptide = substance.peptide(compound)
    rows = []
    for test in product.required_tests:
        value = row["results"].get(test.attribute)
        if value is None:
            rows.append(SpecimenTest(test.name, test.method, test.limit_text, "Not tested", "Not tested"))
        elif test.attribute == "identity_ms":
            words = ", ".join(f"{each.ion} {each.found}" for each in ions)
            rows.append(SpecimenTest(test.name, test.method, test.limit_text, words, "Meets"))
        else:
            rows.append(SpecimenTest(test.name, test.method, test.limit_text, str(value), "Meets"))
    return SpecimenCertificate(
        laboratory=details.laboratory,
        laboratory_place=details.laboratory_place,
        laboratory_relation="Independent of the seller (specimen)",
        accreditation=_accreditation(laboratory),
        report_number=details.report_number,
        revision=1,
        reason="",
        product=product.name,
        catalogue_number=product.catalogue_number,
        substance=(
            ("CAS", compound.cas or "not assigned"),
            ("Sequence", peptide.three_letter if peptide else "Not defined (mixture)"),
            ("Salt", product.salt_form),
            ("Amount", lot.vial_size.amount_text),
            ("Storage", product.storage_dry),
        ),
        lot_number=lot.number,
        manufactured_on=lot.manufactured_on,
        retest_on=lot.retest_on,
        expires_on=lot.expires_on,
        sample="This filling lot",
        drawn_by="Seller",
        received_on=details.received_on,
        tested_from=details.tested_from,
        tested_to=details.tested_to,
        issued_on=details.issued_on,
        tests=tuple(rows),
        not_tested=details.not_tested,
        mass_type="Monoisotopic",
        identity=tuple(ions),
        authorised_by=details.authorised_by,
        authorised_role=f"Specimen, {date_in_words(details.issued_on)}",
        trace_conditions=details.chromatogram_conditions,
        trace_csv=trace,
    )


def _accreditation(laboratory: dict[str, Any]) -> str:
    held = laboratory.get("accreditation")
    return f"{held['standard']}, {held['body']} {held['number']}" if held else "No accreditation: specimen"


def _load_monographs() -> None:
    for path in sorted((CONTENT / "monographs").glob("*.yaml")):
        revisions.publish(monograph_file.read(path.read_text(encoding="utf-8")), actor="demonstration")
