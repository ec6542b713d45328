"""Qualified buyers: who can place, until when, and how many people it takes to say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    WHERE,
    draft_for,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    place,
    shown,
    someone,
)
from flask import Flask
from kept_apps import app_for
from sqlalchemy import func, select

from config import Settings
from shop import create_core
from shop.core import clock
from shop.core.database import db, reading
from shop.core.errors import NotFound, Refused
from shop.core.outbox import OutboxMessage
from shop.ordering import placement
from shop.ordering.models import Order
from shop.people import qualification
from shop.people.qualification import (
    Application,
    Decision,
    NotQualified,
    OrganisationKind,
    Qualification,
    QualificationDecision,
    QualificationState,
)

VIMA = "Vermeer Institute for Molecular Assays"


@pytest.fixture(autouse=True)
def qualified(shop_settings: Settings) -> Iterator[Flask]:
    """A shop that can sell, to approved organisations only."""
    app = app_for(replace(shop_settings, buyer_policy="qualified"), create_core)
    with app.app_context():
        make_ready_to_sell()
        yield app
        assert found_by_audit() == []
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def sku() -> str:
    sku = make_size()
    make_lot(sku, 10)
    return sku


def applied(
    kind: OrganisationKind = OrganisationKind.UNIVERSITY,
    *,
    confirmed: bool = True,
    email: str = "head@vima.example",
) -> int:
    reference = qualification.apply(
        Application(
            legal_name=VIMA,
            kind=kind,
            registry_number="12345678",
            website="https://vima.example",
            email=email,
            responsible_name="Ilse Brandsma",
            responsible_role="Head of laboratory",
            address="Padualaan 8, Utrecht",
            research_area="Assays",
        ),
        [("letter.pdf", b"%PDF-1.7 specimen letter")],
    )
    with reading() as session:
        mail = str(session.scalars(select(OutboxMessage.payload)).all()[-1])
    key = mail.partition(f"/qualification/{reference}?key=")[2][:40]
    if confirmed:
        qualification.confirm_address(reference, key)
    with reading() as session:
        found = select(Qualification.id).where(Qualification.reference == reference)
        return session.scalars(found).one()


def test_nobody_places_without_an_approval_and_nothing_is_left_of_the_try(sku: str) -> None:
    token = draft_for({sku: 1})
    with pytest.raises(NotQualified, match="no valid approval"):
        placement.place(token, shown(token), WHERE)
    applied()
    with pytest.raises(NotQualified):
        placement.place(token, shown(token), WHERE)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_an_approved_organisation_places_from_its_own_domain_until_the_approval_ends(sku: str) -> None:
    number = applied()
    state = qualification.decide(number, Decision.APPROVE, staff=someone("quality"), reason="Known")
    assert state == QualificationState.APPROVED
    place(draft_for({sku: 1}))
    with pytest.raises(NotQualified):
        place(draft_for({sku: 1}, email="ilse@elsewhere.example"))
    with pytest.raises(NotQualified):
        place(draft_for({sku: 1}, organisation="Another Institute"))
    with clock.shifted(timedelta(days=365)):
        during = draft_for({sku: 1})
        seen = shown(during)
    # The approval ends between Review and placing.
    with clock.shifted(timedelta(days=366)), pytest.raises(NotQualified):
        placement.place(during, seen, WHERE)


def test_an_address_at_a_free_provider_speaks_for_itself_only(sku: str) -> None:
    number = applied(email="ilse.vima@gmail.com")
    qualification.decide(number, Decision.APPROVE, staff=someone("quality"), reason="Known by telephone")
    with pytest.raises(NotQualified):
        place(draft_for({sku: 1}, email="somebody.else@gmail.com"))
    place(draft_for({sku: 1}, email="Ilse.Vima@gmail.com"))


def test_the_applicant_is_told_the_decision_but_not_the_reason() -> None:
    for decision, words in (
        (Decision.APPROVE, "can order from us until"),
        (Decision.REFUSE, "could not approve"),
    ):
        number = applied()
        qualification.decide(number, decision, staff=someone("quality"), reason="Only for the file")
        with reading() as session:
            letter = session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()[-1]
        assert letter["to"] == "head@vima.example"
        assert words in letter["body"]
        assert "Only for the file" not in letter["body"]


def test_an_unusual_organisation_takes_two_different_people(sku: str) -> None:
    number = applied(OrganisationKind.OTHER)
    rosa = someone("quality")
    assert (
        qualification.decide(number, Decision.APPROVE, staff=rosa, reason="Met") == QualificationState.APPLIED
    )
    with pytest.raises(Refused, match="another person"):
        qualification.decide(number, Decision.APPROVE, staff=rosa, reason="Met twice")
    with pytest.raises(NotQualified):
        place(draft_for({sku: 1}))
    tomas = someone("compliance")
    assert qualification.decide(number, Decision.APPROVE, staff=tomas, reason="So have I") == (
        QualificationState.APPROVED
    )
    place(draft_for({sku: 1}))
    with reading() as session:
        reasons = session.scalars(select(QualificationDecision.reason).order_by(QualificationDecision.id))
        assert list(reasons) == ["Met", "So have I"]


def test_a_refusal_is_final_and_an_unconfirmed_address_is_not_approved() -> None:
    number = applied(confirmed=False)
    rosa = someone("quality")
    with pytest.raises(Refused, match="not confirmed"):
        qualification.decide(number, Decision.APPROVE, staff=rosa, reason="x")
    with pytest.raises(Refused, match="Give a reason"):
        qualification.decide(number, Decision.REFUSE, staff=rosa, reason=" ")
    qualification.decide(number, Decision.REFUSE, staff=rosa, reason="No laboratory")
    with pytest.raises(Refused, match="decided already"):
        qualification.decide(number, Decision.APPROVE, staff=someone("quality"), reason="x")


def test_a_link_that_is_not_the_one_sent_confirms_nothing() -> None:
    applied(confirmed=False)
    for key in ("", "0" * 40, "é"):
        with pytest.raises(NotFound):
            qualification.confirm_address("x" * 26, key)


def test_what_waits_and_what_ends_soon_is_counted() -> None:
    number = applied()

    def counts() -> tuple[int, int]:
        with reading() as session:
            row = session.execute(select(qualification.waiting(), qualification.expiring())).one()
            return int(row[0]), int(row[1])

    assert counts() == (1, 0)
    qualification.decide(number, Decision.APPROVE, staff=someone("quality"), reason="Known")
    assert counts() == (0, 0)
    with clock.shifted(timedelta(days=336)):
        assert counts() == (0, 1)
