"""The back office as the tests use it: people signed in, and what it takes to have something to do."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from builders import make_lot, make_size, order_for, someone
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from shop.core import clock
from shop.core.database import db, reading
from shop.ordering.models import Order
from shop.ordering.placement import Placed
from shop.people.staff import SignedInStaff

PASSWORD = "specimen-password"


def add_staff(app: Flask, *roles: str, email: str = "") -> SignedInStaff:
    """A member of staff."""
    with app.app_context():
        return someone(*roles, email=email)


def browser(app: Flask) -> FlaskClient:
    """A browser that sends forms as a person's browser does."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Sign in."""
    return client.post("/staff/sign-in", data={"email": email, "password": password, **more})


def at_desk(app: Flask, *roles: str, email: str = "") -> FlaskClient:
    """The browser of somebody with these roles, signed in."""
    client = browser(app)
    assert sign_in(client, add_staff(app, *roles, email=email).email).status_code == 303
    return client


def an_order(app: Flask, *, vials: int = 2, lot: str = "SMX-2609-B") -> Placed:
    """An order by purchase order, whose vials come from one lot of ten."""
    with app.app_context():
        sku = make_size(price_minor=4600)
        make_lot(sku, 10, number=lot)
        return order_for({sku: vials})


def order_of(app: Flask, placed: Placed) -> Order:
    """An order as it is now."""
    with app.app_context(), reading() as session:
        order = session.get_one(Order, placed.order_id)
        session.expunge(order)
        return order


def queries(app: Flask, client: FlaskClient, path: str) -> int:
    """How many queries a page takes."""
    with app.app_context():
        engine = db.engine
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return sum(each.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) for each in seen)


def upload(data: bytes, name: str = "certificate.pdf") -> FileStorage:
    """A file as a form sends it."""
    return FileStorage(BytesIO(data), filename=name)


def plain_pdf(text: str) -> bytes:
    """The smallest PDF with a line of text on a page."""
    drawn = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, end)


def days_ago(days: int) -> str:
    """A day as a form sends it."""
    return (clock.today() - timedelta(days=days)).isoformat()


def certificate_form(lot: str, **changes: Any) -> dict[str, Any]:
    """A certificate of a lot, typed without a mistake."""
    return {
        "document": upload(plain_pdf(f"Certificate of lot {lot}")),
        "laboratory": "Specimen Laboratory",
        "laboratory_place": "Specimen Town",
        "laboratory_relation": "independent",
        "report_number": "R-7",
        "drawn_by": "seller",
        "received_on": days_ago(30),
        "tested_from": days_ago(29),
        "tested_to": days_ago(28),
        "issued_on": days_ago(27),
        "authorised_by": "A. Specimen",
        "not_tested": "Endotoxin, sterility",
        "t1-1": "99.2%",
        "t2-1": "813.35",
        "t2-1-charge": "0",
        "t2-1-type": "monoisotopic",
    } | changes
