"""Staff: who gets in, what strangers learn (nothing), what a role allows."""

from __future__ import annotations

import statistics
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from builders import found_by_audit, someone
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from shop.core import clock
from shop.core.audit import AuditEntry
from shop.core.database import db, reading, writing
from shop.core.errors import NotPermitted, Refused
from shop.people import sessions, staff
from shop.people.models import Role, RolePermission, StaffMember, StaffRole, WebSession
from shop.people.permissions import DEFAULT_ROLES, Permission
from shop.people.staff import FAILURES_BEFORE_PAUSE, PAUSE, SignInRefused

EMAIL, PASSWORD = "q@shop.example", "specimen-password"


@pytest.fixture
def member(shop: Flask) -> int:
    """A member of staff of the quality role."""
    return staff.add(email=EMAIL, name="Q", password=PASSWORD, roles=["quality"], actor="test")


def refusal(email: str, password: str) -> str:
    with pytest.raises(SignInRefused) as refused:
        staff.sign_in(email, password)
    return str(refused.value)


def set_enabled(member: int, enabled: bool) -> None:
    with writing() as session:
        session.execute(update(StaffMember).where(StaffMember.id == member).values(enabled=enabled))


def test_the_right_password_lets_its_owner_in_however_the_address_is_typed(member: int) -> None:
    for email in (EMAIL, "Q@SHOP.example", f"  {EMAIL} ", "ｑ@shop.example"):
        assert staff.sign_in(email, PASSWORD) == member


def test_a_wrong_password_is_refused_down_to_the_letter(member: int) -> None:
    for password in ("", PASSWORD.upper(), f"{PASSWORD} ", PASSWORD[:-1], f" {PASSWORD}"):
        refusal(EMAIL, password)
        with writing() as session:
            session.execute(update(StaffMember).values(failed_sign_ins=0))


def test_the_password_is_kept_only_as_an_argon2id_hash(member: int) -> None:
    with reading() as session:
        kept = session.get_one(StaffMember, member).password_hash
        assert kept.startswith("$argon2id$")
        logged = str([entry.after for entry in session.scalars(select(AuditEntry))])
    assert PASSWORD not in kept + logged
    assert "argon2" not in logged


def test_five_wrong_tries_pause_sign_in_for_five_minutes_even_for_the_right_password(member: int) -> None:
    for _try in range(FAILURES_BEFORE_PAUSE):
        refusal(EMAIL, "wrong")
    refusal(EMAIL, PASSWORD)
    with clock.shifted(PAUSE - timedelta(seconds=20)):
        refusal(EMAIL, PASSWORD)
    with clock.shifted(PAUSE + timedelta(seconds=5)):
        assert staff.sign_in(EMAIL, PASSWORD) == member


def test_tries_during_the_pause_do_not_make_it_longer_and_after_it_counting_begins_anew(member: int) -> None:
    for _try in range(FAILURES_BEFORE_PAUSE + 3):
        refusal(EMAIL, "wrong")
    with clock.shifted(PAUSE + timedelta(seconds=5)):
        for _try in range(FAILURES_BEFORE_PAUSE - 1):
            refusal(EMAIL, "wrong")
        assert staff.sign_in(EMAIL, PASSWORD) == member


def test_a_success_forgets_earlier_failures(member: int) -> None:
    for _round in range(3):
        for _try in range(FAILURES_BEFORE_PAUSE - 1):
            refusal(EMAIL, "wrong")
        assert staff.sign_in(EMAIL, PASSWORD) == member


def test_the_pause_of_one_does_not_stop_another(member: int) -> None:
    other = staff.add(email="w@shop.example", name="W", password=PASSWORD, roles=[], actor="test")
    for _try in range(FAILURES_BEFORE_PAUSE):
        refusal(EMAIL, "wrong")
    assert staff.sign_in("w@shop.example", PASSWORD) == other


def test_tries_at_the_same_moment_are_all_counted(member: int, shop: Flask) -> None:
    barrier = threading.Barrier(FAILURES_BEFORE_PAUSE)

    def guess() -> None:
        with shop.app_context():
            barrier.wait()
            refusal(EMAIL, "wrong")
            db.session.remove()

    threads = [threading.Thread(target=guess) for _guesser in range(FAILURES_BEFORE_PAUSE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusal(EMAIL, PASSWORD)


def test_a_stranger_cannot_tell_an_unknown_address_a_wrong_password_a_pause_and_a_closed_account_apart(
    member: int,
) -> None:
    told = {refusal("nobody@shop.example", PASSWORD), refusal(EMAIL, "wrong")}
    for _try in range(FAILURES_BEFORE_PAUSE):
        told.add(refusal(EMAIL, "wrong"))
    told.add(refusal(EMAIL, PASSWORD))
    with clock.shifted(PAUSE * 2):
        set_enabled(member, False)
        told.add(refusal(EMAIL, PASSWORD))
    assert len(told) == 1


def test_an_unknown_address_takes_as_long_as_a_wrong_password(member: int) -> None:
    """With hashes this cheap the database is most of the time, so a query more or less would show."""
    taken: dict[str, list[float]] = {EMAIL: [], "nobody@shop.example": []}
    for number in range(25):
        for email, times in taken.items():
            with clock.shifted(PAUSE * 3 * number):
                begun = time.perf_counter()
                refusal(email, "wrong")
                times.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(times[3:]) for times in taken.values())
    assert 0.5 < unknown / known < 2


def test_who_is_disabled_neither_signs_in_nor_stays_in(member: int) -> None:
    with writing() as session:
        session.add(
            WebSession(
                key_sha256="a" * 64,
                data={},
                staff_id=member,
                created_at=clock.now(),
                last_seen_at=clock.now(),
                expires_at=clock.now() + timedelta(hours=1),
            )
        )
    set_enabled(member, False)
    with reading() as session:
        assert staff.at_work(session, member) is None
    assert found_by_audit() == [f"I22: {EMAIL} is disabled and still has a session"]
    with writing() as session:
        staff.end_sessions_of_disabled(session)
    assert found_by_audit() == []
    refusal(EMAIL, PASSWORD)
    set_enabled(member, True)
    assert staff.sign_in(EMAIL, PASSWORD) == member


def test_every_try_is_in_the_audit_log(member: int) -> None:
    refusal(EMAIL, "wrong")
    refusal("nobody@shop.example", "a password typed into the wrong field")
    staff.sign_in(EMAIL, PASSWORD)
    with reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("staff.sign_in")))
        assert [(entry.action, entry.actor, entry.subject) for entry in entries] == [
            ("staff.sign_in_refused", EMAIL, f"staff/{member}"),
            ("staff.sign_in_refused", "someone", "staff/unknown"),
            ("staff.sign_in", EMAIL, f"staff/{member}"),
        ]


def test_staff_are_added_once_with_a_long_password_and_known_roles(member: int) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"email": "Q@Shop.Example"}, "already a member"),
        ({"password": "elevenchars"}, "at least 12"),
        ({"roles": ["quality", "admiral"]}, "no role called admiral"),
    ]
    for change, sentence in wrong:
        values = {"email": "n@shop.example", "name": "N", "password": PASSWORD, "roles": [], **change}
        with pytest.raises(Refused, match=sentence):
            staff.add(**values, actor="test")
    with reading() as session:
        assert session.scalars(select(StaffMember.email)).all() == [EMAIL]
    with pytest.raises(IntegrityError), writing() as session:
        session.add(
            StaffMember(email="x", email_key=EMAIL, name="x", password_hash="x", created_at=clock.now())
        )


ALLOWED = {
    "warehouse": {
        *("orders.see", "orders.pack", "lots.see", "lots.receive", "stock.adjust", "products.shipping"),
    },
    "sales": {
        *("orders.see", "orders.review", "orders.cancel", "lots.see", "recalls.see", "enquiries.answer"),
        *("invoices.see", "outbox.manage", "prices.change", "exemptions.review"),
        "log.see",
    },
    "accounts": {
        *("orders.see", "orders.review", "invoices.see", "invoices.issue", "receipts.record"),
        *("credit.change", "credit.override"),
    },
    "quality": {
        *("orders.see", "lots.see", "lots.receive", "lots.change", "certificates.upload", "lots.release"),
        *("stock.adjust", "laboratories.change", "recalls.see", "recalls.run", "lots.trace"),
        *("documents.keep", "enquiries.answer", "data.exchange", "outbox.manage"),
        *("orders.cold-dispatch", "screening.change", "log.see", "destinations.change", "buyers.qualify"),
        *("statements.publish", "products.shipping"),
    },
    "compliance": {
        *("orders.see", "orders.review", "screening.change", "destinations.change", "buyers.qualify"),
        "statements.publish",
    },
    "editor": {"monographs.write", "monographs.verify", "reports.answer"},
}


def test_a_role_allows_what_it_lists_and_nothing_else(shop: Flask) -> None:
    assert set(DEFAULT_ROLES) == set(ALLOWED)
    for role, allowed in ALLOWED.items():
        person = someone(role)
        for permission in Permission:
            assert person.may(permission) == (permission.value in allowed)
            if permission.value in allowed:
                staff.demand(person, permission)
            else:
                with pytest.raises(NotPermitted, match="It needs the role"):
                    staff.demand(person, permission)
    nobody = someone()
    assert not any(nobody.may(permission) for permission in Permission)
    both = someone("warehouse", "sales")
    assert both.permissions == ALLOWED["warehouse"] | ALLOWED["sales"]


def test_a_refusal_names_the_roles_that_may(shop: Flask) -> None:
    with pytest.raises(NotPermitted, match=r"the role Quality or Warehouse\."):
        staff.demand(someone("sales"), Permission.RECEIVE_LOTS)
    with writing() as session:
        session.execute(delete(RolePermission))
    with pytest.raises(NotPermitted, match="of an administrator"):
        staff.demand(someone("sales"), Permission.RECEIVE_LOTS)


def test_roles_are_data_and_a_change_holds_from_the_next_look(member: int) -> None:
    with writing() as session:
        role = session.scalars(select(Role).where(Role.code == "quality")).one()
        role.permissions.append(RolePermission(permission=Permission.CANCEL_ORDERS.value))
    with reading() as session:
        person = staff.at_work(session, member)
        assert person is not None
        assert person.may(Permission.CANCEL_ORDERS)
    with writing() as session:
        session.execute(delete(StaffRole))
    with reading() as session:
        person = staff.at_work(session, member)
        assert person is not None
        assert person.permissions == frozenset()


def test_sessions_past_their_end_are_forgotten_and_others_stay(member: int) -> None:
    with writing() as session:
        for letter, hours in (("a", -1), ("b", 1)):
            session.add(
                WebSession(
                    key_sha256=letter * 64,
                    data={},
                    created_at=clock.now(),
                    last_seen_at=clock.now(),
                    expires_at=clock.now() + timedelta(hours=hours),
                )
            )
    assert (sessions.forget_expired(), sessions.forget_expired()) == (1, 0)
    with reading() as session:
        assert session.scalars(select(WebSession.key_sha256)).all() == ["b" * 64]


def test_a_new_password_is_long_and_never_the_same() -> None:
    made = {staff.new_password() for _time in range(50)}
    assert len(made) == 50
    assert all(len(password) == 20 and not set(password) & set("l01oILO") for password in made)
