"""Who gets into the back office, and what each may open."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from at_a_desk import PASSWORD, add_staff, an_order, at_desk, browser, order_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import hidden, words
from sqlalchemy import update

from shop.core import clock
from shop.core.database import writing
from shop.ordering.models import FulfilmentState
from shop.people.models import StaffMember
from shop.people.permissions import DEFAULT_ROLES, Permission
from shop.web.staff import access


def staff_rules(app: Flask) -> list[tuple[str, str, str]]:
    """Method, address and endpoint of every page of the back office."""
    adapter = app.url_map.bind("localhost")
    values = {"number": "10001", "lot": "SMX-1", "record_id": "x", "step": "hold", "revision": 1}
    values |= {"result_id": 1, "laboratory_id": 1, "accreditation_id": 1}
    values |= {"code_id": 1, "zone_id": 1, "method_id": 1, "rate_id": 1, "exemption_id": 1}
    values |= {"sku": "SMX-1-10", "reservation": 1, "hold": 1}
    values |= {"slug": "semax", "part": "evidence", "key": "x", "ending": "yaml"}
    values |= {"hook": 1}
    values |= {"kind": "lots", "format": "csv", "parcel": 1, "paper": "packing-slip", "request_id": 1}
    values |= {"code": "free-mail", "version": 1, "rule_id": 1, "place": 1}
    values |= {"recall_id": 1, "consignee_id": 1, "held_id": 1, "enquiry_id": 1}
    values |= {"entry": 1, "organisation_id": 1, "quote_id": 1, "stray": 1, "attempt": 1, "refund_id": 1}
    return [
        (method, adapter.build(rule.endpoint, {n: values[n] for n in rule.arguments}), rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("staff.")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_staff_sign_in_and_out(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    answer = sign_in(web, member.email)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff")
    page = web.get("/staff")
    assert page.status_code == 200
    assert "Specimen Staff, Warehouse" in words(page)
    assert page.headers["Cache-Control"] == "no-store"

    assert web.post("/staff/sign-out").headers["Location"] == "/staff/sign-in"
    assert web.get("/staff").headers["Location"] == "/staff/sign-in?next=/staff"


def test_a_copied_session_key_ends_with_the_session(web: FlaskClient, web_app: Flask) -> None:
    sign_in(web, add_staff(web_app, "warehouse").email)
    cookie = web.get_cookie("visitor")
    assert cookie is not None
    web.post("/staff/sign-out")
    thief = web_app.test_client()
    thief.set_cookie("visitor", cookie.value)
    assert thief.get("/staff").status_code == 302


def test_signing_in_gives_a_fresh_session_key(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    sign_in(web, member.email)
    first = web.get_cookie("visitor")
    sign_in(web, member.email)
    second = web.get_cookie("visitor")
    assert first is not None and second is not None
    assert first.value != second.value
    thief = web_app.test_client()
    thief.set_cookie("visitor", first.value)
    assert thief.get("/staff").status_code == 302


def test_a_wrong_password_and_an_unknown_address_read_the_same(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    answers = [sign_in(web, member.email, "wrong"), sign_in(web, "nobody@shop.example", PASSWORD)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert words(answers[0]).replace(member.email, "") == words(answers[1]).replace("nobody@shop.example", "")
    assert "There is a problem" in words(answers[0])
    assert f'value="{member.email}"' in answers[0].text
    assert "wrong" not in answers[0].text.replace("is wrong", "")


def test_too_many_tries_make_even_the_right_password_wait(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    for _try in range(5):
        sign_in(web, member.email, "wrong")
    answer = sign_in(web, member.email)
    assert answer.status_code == 400
    assert "Wait five minutes." in words(answer)
    with clock.shifted(timedelta(minutes=6)):
        assert sign_in(web, member.email).status_code == 303


def test_odd_sign_in_forms_are_refused_in_words(web: FlaskClient, web_app: Flask) -> None:
    add_staff(web_app, "warehouse")
    for form in (
        {},
        {"email": "", "password": ""},
        {"email": "a\x00b@shop.example", "password": "x"},
        {"email": "a" * 300, "password": "x"},
        {"email": "a@shop.example", "password": "x" * 5000},
        {"email": "\ud83d@shop.example".encode("utf-8", "replace"), "password": "\x00"},
    ):
        answer = web.post("/staff/sign-in", data=form)
        assert answer.status_code == 400
        assert "There is a problem" in words(answer)


def test_a_disabled_member_of_staff_is_out_at_once(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    sign_in(web, member.email)
    assert web.get("/staff").status_code == 200
    with web_app.app_context(), writing() as session:
        session.execute(update(StaffMember).where(StaffMember.id == member.id).values(enabled=False))
    assert web.get("/staff").status_code == 302
    with web_app.app_context(), writing() as session:
        session.execute(update(StaffMember).where(StaffMember.id == member.id).values(enabled=True))


def test_after_signing_in_staff_come_to_the_page_they_asked_for(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    asked = web.get("/staff/orders?view=shipped&q=Institute+for")
    form = web.get(asked.headers["Location"])
    answer = sign_in(web, member.email, next=hidden(form, "next"))
    assert answer.headers["Location"] == "/staff/orders?view=shipped&q=Institute+for"


ELSEWHERE = [
    "https://evil.example/staff",
    "//evil.example/staff",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/staff\\..\\..\\evil",
    "/staff//evil.example",
    "/staff/../account",
    "/staff/%2e%2e/%2e%2e/evil",
    "/staff/..%2f..%2fevil",
    "/staffevil",
    "/staff@evil.example",
    "/staff.evil.example",
    "/products",
    "javascript:alert(1)",
    "data:text/html,x",
    " /staff/orders",
    "/staff/orders\r\nSet-Cookie: a=b",
    "/staff/orders\x00",
    "/staff/orders\u2028",
    "http:/staff",
    "http:///staff",
    "/staff/sign-in?next=/staff",
    "/staff/sign-out",
    "staff/orders",
    "?next=/staff",
    "",
    "[::1",
]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_signing_in_never_leads_out_of_the_back_office(web_app: Flask) -> None:
    with web_app.test_request_context():
        found = {address: access.safe_next(address) for address in ELSEWHERE}
    assert {address: to for address, to in found.items() if to != "/staff"} == {}


def test_the_sign_in_page_itself_sends_nobody_elsewhere(web: FlaskClient, web_app: Flask) -> None:
    member = add_staff(web_app, "warehouse")
    for address in ELSEWHERE[:6]:
        page = web.get(f"/staff/sign-in?next={quote(address)}")
        assert hidden(page, "next") == "/staff"
        assert sign_in(browser(web_app), member.email, next=address).headers["Location"] == "/staff"
    sign_in(web, member.email)
    assert web.get("/staff/sign-in?next=//evil.example").headers["Location"] == "/staff"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_page_is_in_the_table_of_who_may_open_it(web_app: Flask) -> None:
    endpoints = {endpoint for _method, _address, endpoint in staff_rules(web_app)}
    assert endpoints - access.OPEN_TO_ALL == set(access.needed)


def test_nobody_opens_a_page_without_signing_in(web_app: Flask) -> None:
    client = browser(web_app)
    for method, address, endpoint in staff_rules(web_app):
        if endpoint in access.OPEN_TO_ALL:
            continue
        answer = client.open(address, method=method)
        assert answer.status_code in (302, 303), f"{method} {address}"
        assert answer.headers["Location"].startswith("/staff/sign-in"), f"{method} {address}"


def test_a_form_sent_after_the_session_ended_says_that_nothing_was_changed(web: FlaskClient) -> None:
    answer = web.post("/staff/orders/10001/pack")
    assert answer.headers["Location"] == "/staff/sign-in"
    assert "so nothing was changed" in words(web.get("/staff/sign-in"))


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("role", [*DEFAULT_ROLES, ""])
def test_a_page_is_refused_to_every_role_that_may_not_open_it(web_app: Flask, role: str) -> None:
    client = at_desk(web_app, *([role] if role else []))
    allowed = set(DEFAULT_ROLES[role][1]) if role else set()
    checked = 0
    for method, address, endpoint in staff_rules(web_app):
        needed = access.needed.get(endpoint)
        if needed is None:
            continue
        answer = client.open(address, method=method)
        if needed in allowed:
            assert answer.status_code != 403, f"{role} {method} {address}"
            continue
        checked += 1
        assert answer.status_code == 403, f"{role} {method} {address}"
        text = words(answer)
        assert "Your role does not allow this" in text
        for name, permissions in DEFAULT_ROLES.values():
            assert (name in text.partition("It needs the role")[2]) == (needed in permissions), address
    assert checked > 5


def test_every_permission_is_needed_somewhere() -> None:
    # Held beside the permission to review orders: see `payments.purchase_orders`.
    on_the_way = {Permission.OVERRIDE_CREDIT}
    assert set(Permission) - on_the_way == {each for each in access.needed.values() if each is not None}


def test_a_form_from_another_site_or_without_a_token_changes_nothing(web_app: Flask) -> None:
    placed = an_order(web_app)
    staff = add_staff(web_app, "sales")
    address, form = f"/staff/orders/{placed.number}/approve", {"about": "due.waiting.held"}

    bare = web_app.test_client()
    assert sign_in(bare, staff.email).status_code == 403
    token = hidden(bare.get("/staff/sign-in"), "csrf_token")
    assert sign_in(bare, staff.email, csrf_token=token).status_code == 303
    assert bare.post(address, data=form).status_code == 403
    assert bare.post(address, data={**form, "csrf_token": "0" * 64}).status_code == 403
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site}
        assert bare.post(address, data={**form, "csrf_token": token}, headers=headers).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    assert bare.post(address, data={**form, "csrf_token": token}, headers=foreign).status_code == 403
    assert order_of(web_app, placed).fulfilment_state == FulfilmentState.HELD

    headers = {"Sec-Fetch-Site": "same-origin"}
    assert bare.post(address, data=form, headers=headers).status_code == 303
    assert order_of(web_app, placed).fulfilment_state == FulfilmentState.TO_PICK
