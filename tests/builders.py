"""Builders: the smallest shop that can sell, made of real rows, for tests to arrange with."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import audited
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.attestations import statements
from shop.catalogue.models import (
    AmountBasis,
    LimitKind,
    Price,
    Product,
    RequiredTest,
    StorageZone,
    VialSize,
)
from shop.compounds import substance
from shop.compounds.masses import monoisotopic_mass
from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import clock, files
from shop.core.canonical import Plain
from shop.core.database import reading, writing
from shop.inventory import coa_record, ledger
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    DrawnBy,
    Laboratory,
    LaboratoryRelation,
    Lot,
    LotEvent,
    LotState,
    MovementKind,
)
from shop.inventory.shelf_life import removal_date
from shop.ordering import cart, checkout, placement, review
from shop.ordering.checkout import PURPOSES, Declared, Where
from shop.ordering.delivery_rates import ANY_WEIGHT, DeliveryBracket, DeliveryRate, DeliveryZone
from shop.ordering.destination_models import DestinationEffect, DestinationRule
from shop.ordering.models import DeliveryMethod, PaymentMethod
from shop.ordering.placement import Placed
from shop.people import staff
from shop.people.staff import SignedInStaff

WHERE = Where(ip_address="192.0.2.7", user_agent="test", locale="en")
_numbers = itertools.count(1)


def make_ready_to_sell() -> None:
    """What any shop needs before it can sell: a statement, destinations, a delivery method, roles."""
    with writing() as session:
        staff.add_default_roles(session)
        statements.publish(
            session,
            code="RU-1",
            in_force_from=datetime(2026, 1, 1, tzinfo=clock.now().tzinfo),
            preamble="Specimen statement.",
            clauses=[
                ("Laboratory research only", "For laboratory research and nothing else."),
                ("Lawful at the delivery address", "Lawful in {country}."),
                ("Authority to order", "I may order for {organisation}."),
            ],
        )
        session.add_all(destination_rule(country) for country in ("NL", "DE", "US"))
        everywhere = DeliveryZone(name="Everywhere", everywhere_else=True)
        tracked = DeliveryMethod(
            code="tracked",
            name="Tracked delivery",
            note="Two working days.",
            carrier="Specimen Carrier",
            currency="USD",
        )
        session.add(
            DeliveryRate(
                method=tracked,
                zone=everywhere,
                cold_chain_minor=0,
                brackets=[DeliveryBracket(up_to_g=ANY_WEIGHT, price_minor=1400)],
            )
        )


def destination_rule(country: str, **more: object) -> DestinationRule:
    """A rule of destinations; without more, that a country is delivered to."""
    values: dict[str, object] = {
        "country": country,
        "effect": DestinationEffect.DELIVER,
        "places": "",
        "reason": "Specimen rule.",
        "source": "Specimen",
        "begun_at": clock.now(),
        "begun_by": "test",
    }
    return DestinationRule(**(values | more))


def make_size(
    *, price_minor: int = 4600, tiers: dict[int, int] | None = None, cold_chain: bool = False
) -> str:
    """A product with one vial size on sale; returns the SKU."""
    number = next(_numbers)
    with writing() as session:
        category = session.scalar(select(Category)) or Category(
            slug="nootropics", name="Nootropics", code="noo", scope="", position=1
        )
        compound = Compound(
            slug=f"semax-{number}",
            name=f"Semax {number}",
            kind=CompoundKind.DEFINED_PEPTIDE,
            category=category,
            substance_class="Heptapeptide",
            sequence="MEHFPGP",
            disulfides=[],
            created_at=clock.now(),
        )
        size = VialSize(
            sku=f"SMX-{number}-10",
            amount=Decimal(10),
            amount_unit="mg",
            position=1,
            prices=[
                Price(currency="USD", from_quantity=quantity, unit_minor=unit)
                for quantity, unit in {1: price_minor, **(tiers or {})}.items()
            ],
        )
        session.add(
            Product(
                slug=f"semax-{number}",
                compound=compound,
                catalogue_number=f"NO-{number:04}",
                name=f"Semax {number}",
                label_name="Semax",
                label_code="SMX",
                subtitle="Synthetic heptapeptide, lyophilised",
                form="Lyophilised",
                salt_form="Acetate",
                amount_basis=AmountBasis.NET_PEPTIDE,
                appearance="White powder",
                container="2R glass",
                solubility="Water",
                storage_dry="−20 °C",
                storage_solution="2–8 °C",
                storage_label="Store at −20 °C",
                shipping_note="Ships at ambient.",
                storage_zone=StorageZone.FREEZER,
                cold_chain=cold_chain,
                created_at=clock.now(),
                sizes=[size],
                required_tests=[
                    RequiredTest(
                        position=1,
                        attribute="purity_hplc",
                        name="Purity",
                        method="RP-HPLC, 220 nm",
                        limit_kind=LimitKind.AT_LEAST,
                        limit_text="≥ 98.0%",
                        lower=Decimal("98.0"),
                        unit="%",
                    ),
                    RequiredTest(
                        position=2,
                        attribute="identity_ms",
                        name="Identity",
                        method="ESI-MS",
                        limit_kind=LimitKind.MASS_WITHIN,
                        limit_text="within 0.5 Da of the mass of the sequence",
                        tolerance=Decimal("0.5"),
                        unit="Da",
                    ),
                ],
            )
        )
        session.flush()
        return size.sku


def make_lot(
    sku: str,
    vials: int,
    *,
    number: str = "",
    state: LotState = LotState.RELEASED,
    retest_on: date | None = None,
    filled_on: date | None = None,
) -> str:
    """A lot in stock with a published certificate; returns its number."""
    number = number or f"SMX-{next(_numbers)}-A"
    filled = filled_on or clock.today() - timedelta(days=90)
    retest = retest_on or clock.today() + timedelta(days=600)
    document = files.store().put(f"%PDF-1.7 specimen {number}".encode())
    with writing() as session:
        size = session.scalars(select(VialSize).where(VialSize.sku == sku)).one()
        laboratory = session.scalar(select(Laboratory)) or Laboratory(
            name="Specimen Laboratory", place="Specimen Town", relation=LaboratoryRelation.INDEPENDENT
        )
        files.record(
            session,
            document,
            size=len(files.store().get(document)),
            media_type="application/pdf",
        )
        issued = filled + timedelta(days=20)
        lot = Lot(
            number=number,
            vial_size=size,
            state=state,
            manufacturer="Specimen Maker",
            manufactured_on=filled,
            filled_on=filled,
            retest_on=retest,
            expires_on=None,
            removal_on=removal_date(retest, None, margin_days=30),
            vials_filled=vials,
            bin="F2-A-01",
            created_at=clock.now(),
        )
        session.add(lot)
        session.flush()
        revision = CertificateRevision(
            lot=lot,
            revision=1,
            laboratory=laboratory,
            report_number="R-1",
            drawn_by=DrawnBy.SELLER,
            received_on=issued,
            tested_from=issued,
            tested_to=issued,
            issued_on=issued,
            authorised_by="Specimen Analyst",
            not_tested="Endotoxin, sterility",
            document_sha256=document,
            uploaded_by="a@shop.example",
            uploaded_at=clock.now(),
            tests=[
                CertificateTest(
                    position=1,
                    attribute="purity_hplc",
                    name="Purity",
                    method="RP-HPLC, 220 nm",
                    limit_kind=LimitKind.AT_LEAST,
                    limit_text="≥ 98.0%",
                    lower=Decimal("98.0"),
                    unit="%",
                    result_text="99.2%",
                    result_number=Decimal("99.2"),
                    conclusion=Conclusion.MEETS,
                ),
                *mass_rows(size.product.compound, position=2),
            ],
        )
        session.add(revision)
        session.flush()
        publish(session, revision)
        session.add(
            LotEvent(lot_id=lot.id, at=clock.now(), actor="b@shop.example", to_state=state, reason="specimen")
        )
        session.flush()
        if vials:
            ledger.move(
                session,
                lot_id=lot.id,
                kind=MovementKind.RECEIVE,
                quantity=vials,
                cause=f"lot/{number}/receive",
                actor="a@shop.example",
            )
        return number


def mass_rows(compound: Compound, *, position: int) -> list[CertificateTest]:
    """The mass of a peptide as a good laboratory finds it; none for a mixture."""
    elements = substance.elements(compound)
    if elements is None:
        return []
    found = round(monoisotopic_mass(elements), 2)
    return [
        CertificateTest(
            position=position,
            attribute="identity_ms",
            name="Identity",
            method="ESI-MS",
            limit_kind=LimitKind.MASS_WITHIN,
            limit_text="within 0.5 Da of the mass of the sequence",
            tolerance=Decimal("0.5"),
            unit="Da",
            result_text=str(found),
            result_number=found,
            mass_type="monoisotopic",
            theoretical_mass=monoisotopic_mass(elements),
            conclusion=Conclusion.MEETS,
        )
    ]


def publish(session: Session, revision: CertificateRevision, by: str = "b@shop.example") -> None:
    """Publish a revision that was added by hand, with its record."""
    session.refresh(revision.lot, ["certificates"])
    coa_record.seal(session, revision.lot, revision, by=by)


@dataclass(frozen=True)
class Stock:
    """The counters of a lot."""

    on_hand: int
    reserved: int
    allocated: int


def stock(number: str) -> Stock:
    """A lot's counters now."""
    with reading() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        return Stock(lot.on_hand, lot.reserved, lot.allocated)


def draft_for(
    wanted: dict[str, int],
    *,
    method: PaymentMethod = PaymentMethod.PURCHASE_ORDER,
    email: str = "i.brandsma@vima.example",
    organisation: str = "Vermeer Institute for Molecular Assays",
    goods_in: str = "",
) -> str:
    """A checkout with every step answered; returns its token."""
    cart_id: int | None = None
    for sku, quantity in wanted.items():
        cart_id = cart.add(cart_id, sku=sku, quantity=quantity)
    assert cart_id is not None
    return draft_of(cart_id, method=method, email=email, organisation=organisation, goods_in=goods_in)


def draft_of(
    cart_id: int,
    *,
    method: PaymentMethod = PaymentMethod.PURCHASE_ORDER,
    email: str = "i.brandsma@vima.example",
    organisation: str = "Vermeer Institute for Molecular Assays",
    goods_in: str = "",
) -> str:
    """A checkout of a cart with every step answered; returns its token."""
    token = checkout.begin(cart_id)
    checkout.save_contact(token, name="Ilse Brandsma", email=email, organisation=organisation, phone="")
    checkout.save_delivery(
        token,
        country="NL",
        address_line1="Padualaan 8",
        address_line2="Wing C",
        city="Utrecht",
        region="",
        postcode="3584 CH",
        goods_in=goods_in,
        delivery_method="tracked",
    )
    answer_all(token)
    number = "PO-2026-1183" if method == PaymentMethod.PURCHASE_ORDER else ""
    checkout.save_payment(token, method=method, po_number=number, po_file=None)
    return token


def answer_all(token: str, answer: str = "yes") -> bool:
    """Answer every statement in force the same way."""
    with reading() as session:
        version = statements.in_force(session)
        code, positions = version.code, [clause.position for clause in version.clauses]
    following = checkout.save_answers(
        token,
        statement_code=code,
        answers=dict.fromkeys(positions, answer),
        declared=Declared(purpose=PURPOSES[0], signer_role="Lab manager", signature="Ilse Brandsma"),
        where=WHERE,
    )
    return following is not None


def shown(token: str) -> dict[str, Plain]:
    """What Review shows for a checkout now."""
    with reading() as session:
        draft = checkout.load(session, token)
        assert draft is not None
        loaded = cart.load(session, draft.cart_id)
        assert loaded is not None
        version = statements.in_force(session)
        return review.look(session, draft, list(loaded.lines), version).plain()


def place(token: str) -> Placed:
    """Review and place."""
    return placement.place(token, shown(token), WHERE)


def order_for(wanted: dict[str, int], *, method: PaymentMethod = PaymentMethod.PURCHASE_ORDER) -> Placed:
    """An order placed from beginning to end."""
    return place(draft_for(wanted, method=method))


def someone(*roles: str, email: str = "", name: str = "Specimen Staff") -> SignedInStaff:
    """A member of staff with some roles."""
    address = email or f"staff-{next(_numbers)}@shop.example"
    member = staff.add(email=address, name=name, password="specimen-password", roles=roles, actor="test")
    with reading() as session:
        found = staff.at_work(session, member)
    assert found is not None
    return found


def found_by_audit() -> list[str]:
    """What the audit finds, one line each."""
    with reading() as session:
        return audited.found(session)
