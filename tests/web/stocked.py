"""A small shop with a lot of every state, two monograph versions and a withdrawn product, to be read only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from at_a_desk import plain_pdf
from builders import destination_rule, make_lot, make_ready_to_sell, publish
from databases import database_maker, settings_for
from flask import Flask
from sqlalchemy import select

from shop import create_app, demo
from shop.catalogue.models import (
    AmountBasis,
    LimitKind,
    Price,
    Product,
    RequiredTest,
    StorageZone,
    VialSize,
)
from shop.compounds.models import (
    Category,
    Compound,
    CompoundKind,
    CompoundName,
    CompoundProperty,
    PropertyStatus,
)
from shop.core import clock, files
from shop.core.database import db, writing
from shop.education import monograph_file, revisions
from shop.inventory import certificates, ledger, product_documents
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    LotEvent,
    LotState,
    MovementKind,
)
from shop.inventory.product_documents import DocumentKind, NewDocument
from shop.ordering.destination_models import DestinationEffect
from shop.people import staff

MONOGRAPHS = Path(demo.__file__).parent / "content" / "monographs"
CATEGORIES = (
    ("nootropics", "Nootropics and neuro", "noo"),
    ("neuropeptides", "Neuropeptides", "neu"),
    ("cardiovascular-renal", "Cardiovascular and renal", "car"),
    ("tissue-matrix", "Tissue and matrix", "tis"),
)
TRACE = "# specimen trace\ntime_min,mAU\n" + "\n".join(
    f"{minute / 20:.2f},{2 + 900 * math.exp(-(((minute / 20 - 11.84) / 0.12) ** 2)):.3f}"
    for minute in range(401)
)


@contextmanager
def open_shop(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory, engine: str
) -> Iterator[Flask]:
    """The small shop on one kind of database, for a whole file of tests that only read."""
    folder = factory.mktemp("storefront")
    settings = settings_for(folder / "data", database_maker(request, folder)(engine))
    app = create_app(replace(settings, is_demo=True))
    with app.app_context():
        make_ready_to_sell()
        fill()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def fill() -> None:
    """Everything that the storefront shows."""
    with writing() as session:
        session.add_all(
            Category(slug=slug, name=name, code=code, scope=f"Scope of {name}.", position=position)
            for position, (slug, name, code) in enumerate(CATEGORIES, start=1)
        )
    _compounds()
    _products()
    _lots()
    _monographs()
    product_documents.attach(
        "semax",
        NewDocument(kind=DocumentKind.SPECIFICATION, language="en", issued_on=date(2026, 1, 2)),
        document=plain_pdf("Specification"),
        actor="a@shop.example",
    )
    with writing() as session:
        brain = session.scalars(select(Compound).where(Compound.slug == "cerebrolysin")).one()
        session.add(
            destination_rule(
                "DE",
                effect=DestinationEffect.REFUSE,
                compound_id=brain.id,
                reason="Needs a permit.",
                source="A specimen rule",
            )
        )


def add_product(
    slug: str, name: str, compound: str, number: str, sizes: dict[int, int], **more: object
) -> None:
    """A product with sizes in mg and the price of one vial of each."""
    with writing() as session:
        about = session.scalars(select(Compound).where(Compound.slug == compound)).one()
        values: dict[str, object] = {
            "slug": slug,
            "compound_id": about.id,
            "catalogue_number": number,
            "name": name,
            "label_name": name[:40],
            "label_code": name[:3].upper(),
            "subtitle": f"{name}, lyophilised",
            "form": "Lyophilised powder",
            "salt_form": "Acetate",
            "amount_basis": AmountBasis.NET_PEPTIDE,
            "appearance": "White powder",
            "container": "2R glass",
            "solubility": "Water",
            "storage_dry": "−20 °C",
            "storage_solution": "2–8 °C",
            "storage_label": "Store at −20 °C",
            "shipping_note": "Ships at ambient temperature.",
            "storage_zone": StorageZone.FREEZER,
            "cold_chain": False,
            "created_at": clock.now(),
        }
        product = Product(**{**values, **more})
        product.sizes = [
            VialSize(
                sku=f"{number}-{amount}",
                amount=Decimal(amount),
                amount_unit="mg",
                position=position,
                prices=[
                    Price(currency="USD", from_quantity=1, unit_minor=price),
                    Price(currency="USD", from_quantity=5, unit_minor=price * 9 // 10),
                    Price(currency="USD", from_quantity=10, unit_minor=price * 8 // 10),
                ],
            )
            for position, (amount, price) in enumerate(sizes.items(), start=1)
        ]
        product.required_tests = [
            RequiredTest(
                position=1,
                attribute="purity_hplc",
                name="Purity",
                method="RP-HPLC, 220 nm",
                limit_kind=LimitKind.AT_LEAST,
                limit_text="≥ 98.0%",
                lower=Decimal("98.0"),
                unit="%",
            )
        ]
        session.add(product)


def add_revision(number: str, *, result: str, reason: str, trace: bool, published: bool = True) -> None:
    """A further revision of a lot's certificate, with a mass, a missing test and maybe a chromatogram."""
    document = files.store().put(f"%PDF-1.7 specimen {number} again".encode())
    points = files.store().put(TRACE.encode())
    with writing() as session:
        lot = certificates.find_lot(session, number)
        first = lot.certificates[0]
        for sha256, kind in ((document, "application/pdf"), (points, "text/csv")):
            files.record(session, sha256, size=len(files.store().get(sha256)), media_type=kind)
        revision = CertificateRevision(
            lot=lot,
            revision=1 + max(each.revision for each in lot.certificates),
            reason=reason,
            laboratory=first.laboratory,
            report_number="R-2",
            drawn_by=first.drawn_by,
            received_on=first.received_on,
            tested_from=first.tested_from,
            tested_to=first.tested_to,
            issued_on=first.issued_on,
            authorised_by="Specimen Analyst",
            not_tested="Endotoxin",
            document_sha256=document,
            chromatogram_sha256=points if trace else None,
            uploaded_by="anna@shop.example",
            uploaded_at=clock.now(),
            tests=[
                CertificateTest(
                    position=1,
                    attribute="identity_ms",
                    name="Identity",
                    method="ESI-MS",
                    limit_kind=LimitKind.MASS_WITHIN,
                    limit_text="Calculated m/z ± 0.50",
                    tolerance=Decimal("0.50"),
                    result_text="814.38",
                    result_number=Decimal("814.38"),
                    charge=1,
                    mass_type="monoisotopic",
                    theoretical_mass=Decimal("814.3552"),
                    conclusion=Conclusion.MEETS,
                ),
                CertificateTest(
                    position=2,
                    attribute="purity_hplc",
                    name="Purity",
                    method="RP-HPLC, 220 nm",
                    limit_kind=LimitKind.AT_LEAST,
                    limit_text="≥ 98.0%",
                    lower=Decimal("98.0"),
                    unit="%",
                    result_text=result,
                    result_number=Decimal(result.rstrip("%")),
                    conclusion=Conclusion.MEETS,
                ),
                CertificateTest(
                    position=3,
                    attribute="water",
                    name="Water",
                    method="Karl Fischer",
                    limit_kind=LimitKind.AT_MOST,
                    limit_text="≤ 8.0%",
                    upper=Decimal("8.0"),
                    conclusion=Conclusion.NOT_TESTED,
                ),
            ],
        )
        session.add(revision)
        session.flush()
        if published:
            publish(session, revision, "bert@shop.example")


def change_state(number: str, *states: LotState, reason: str = "specimen reason") -> None:
    """Move a lot through states, as its events tell."""
    with writing() as session:
        lot = certificates.find_lot(session, number)
        for state in states:
            session.add(
                LotEvent(
                    lot_id=lot.id,
                    at=clock.now(),
                    actor="bert@shop.example",
                    from_state=lot.state,
                    to_state=state,
                    reason=reason,
                )
            )
            lot.state = state
            session.flush()


def _compounds() -> None:
    with writing() as session:
        fields = {each.code: each for each in session.scalars(select(Category))}
        session.add(
            _compound("semax", "Semax", fields["noo"], "MEHFPGP", "80714-61-0", ["ACTH(4-7)-Pro-Gly-Pro"])
        )
        session.add(
            _compound("cerebrolysin", "Cerebrolysin", fields["noo"], None, "12656-61-0", ["FPF-1070"])
        )
        session.add(
            _compound("angiotensin-ii", "Angiotensin II", fields["car"], "DRVYIHPF", "4474-91-3", ["Ang II"])
        )
        session.add(_compound("bradykinin", "Bradykinin", fields["car"], "RPPGFSPFR", "58-82-2", []))
        session.add(_compound("oxytocin", "Oxytocin", fields["neu"], "CYIQNCPLG", "50-56-6", []))


def _compound(
    slug: str, name: str, field: Category, sequence: str | None, cas: str, names: list[str]
) -> Compound:
    return Compound(
        slug=slug,
        name=name,
        kind=CompoundKind.DEFINED_PEPTIDE if sequence else CompoundKind.MIXTURE,
        category=field,
        substance_class="Specimen class",
        sequence=sequence,
        disulfides=[],
        cas=cas,
        created_at=clock.now(),
        names=[CompoundName(name=each, position=position) for position, each in enumerate(names, start=1)],
        properties=[
            CompoundProperty(
                position=1,
                name="Receptor",
                value="A receptor of its own",
                status=PropertyStatus.PUBLISHED,
                source="PMID 11443939",
            ),
            CompoundProperty(
                position=2, name="Colour", value="White", status=PropertyStatus.NOT_SEEN, source=None
            ),
        ],
    )


def _products() -> None:
    add_product("semax", "Semax", "semax", "NO-0107", {5: 2800, 10: 4600, 30: 11800})
    add_product(
        "porcine-brain-peptide-preparation",
        "Porcine brain peptide preparation",
        "cerebrolysin",
        "NO-0101",
        {10: 6400},
        amount_basis=AmountBasis.GROSS,
        cold_chain=True,
    )
    add_product("angiotensin-ii-human", "Angiotensin II, human", "angiotensin-ii", "CV-0301", {1: 1900})
    add_product("bradykinin", "Bradykinin", "bradykinin", "CV-0302", {1: 1700})
    add_product("old-bradykinin", "Bradykinin, old form", "bradykinin", "CV-0300", {5: 900}, listed=False)


def _lots() -> None:
    staff.add(
        email="bert@shop.example",
        name="Bert Specimen",
        password="specimen-password",
        roles=("quality",),
        actor="test",
    )
    make_lot("NO-0107-10", 16, number="SMX-2608-A", retest_on=_day(500))
    make_lot("NO-0107-10", 84, number="SMX-2609-B", retest_on=_day(600))
    add_revision("SMX-2608-A", result="98.1%", reason="Not confirmed yet", trace=True, published=False)
    make_lot("NO-0107-5", 140, number="SMX-2607-C", retest_on=_day(70), filled_on=_day(-300))
    make_lot("NO-0107-30", 3, number="SMX-2602-A")
    _sell_out("SMX-2602-A", 3)
    make_lot("NO-0107-10", 90, number="SMX-2610-A", state=LotState.QUARANTINE)
    make_lot("NO-0107-10", 9, number="SMX-2405-C", retest_on=_day(-180), filled_on=_day(-900))
    add_revision("SMX-2609-B", result="99.3%", reason="The water result was withdrawn", trace=True)
    make_lot("NO-0101-10", 24, number="PBP-2602-B")
    change_state("PBP-2602-B", LotState.RECALLED, reason="Labels of two sizes were swapped.")
    make_lot("CV-0301-1", 40, number="ANG-2611-A", state=LotState.QUARANTINE)
    make_lot("CV-0302-1", 12, number="BRK-2606-A")
    change_state("BRK-2606-A", LotState.ON_HOLD)
    make_lot("CV-0302-1", 12, number="BRK-2605-A")
    change_state("BRK-2605-A", LotState.ON_HOLD, LotState.REJECTED)
    make_lot("CV-0302-1", 12, number="BRK-2607-X", state=LotState.REJECTED)
    make_lot("CV-0300-5", 3, number="BRK-2401-A")


def _sell_out(number: str, vials: int) -> None:
    with writing() as session:
        ledger.move(
            session,
            lot_id=certificates.find_lot(session, number).id,
            kind=MovementKind.WRITE_OFF,
            quantity=vials,
            cause=f"lot/{number}/write-off",
            actor="test",
        )


def _monographs() -> None:
    text = monograph_file.read((MONOGRAPHS / "cerebrolysin.yaml").read_text(encoding="utf-8"))
    revisions.publish(text, actor="test")
    revisions.publish(
        replace(text, standfirst=f"{text.standfirst} Second wording.", change_note="A second wording."),
        actor="test",
    )
    for slug in ("bradykinin", "oxytocin"):
        path = MONOGRAPHS / f"{slug}.yaml"
        revisions.publish(monograph_file.read(path.read_text(encoding="utf-8")), actor="test")


def _day(days: int) -> date:
    return clock.today() + timedelta(days=days)
