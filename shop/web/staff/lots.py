"""The list of lots, as a page and as a file, and taking a delivery in."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product, VialSize
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory import lot_index, lots
from shop.inventory.lot_index import LotRow, View
from shop.inventory.lots import NewLot
from shop.web.staff import access, frame, listing, tables, words
from shop.web.staff.forms import ReceiveForm
from shop.web.staff.listing import ViewLink
from shop.web.visitor import say


def show() -> Response:
    """Lots in one view."""
    view, asked, today = listing.choice("view", View, View.ALL), listing.words(), clock.today()
    kept: dict[str, Any] = {"view": view.value} | ({"q": asked} if asked else {})
    with frame.building() as session:
        found = lot_index.find(session, view, asked, page=listing.page_number(), today=today)
        counted = frame.work(session).lots
        return frame.page(
            session,
            "lots",
            section="lots",
            view=view,
            asked=asked,
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.lots", view=each.value),
                    current=each == view,
                    count=counted[each],
                )
                for each, label in _labels().items()
            ],
            title=_labels()[view],
            rows=[_row(row) for row in found.rows],
            pages=listing.pages(
                number=found.number,
                size=lot_index.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for("staff.lots", **kept, page=number),
            ),
            empty=_empty(view),
            file_url=url_for("staff.lots_file", **kept),
        )


def as_file() -> Response:
    """The same lots as CSV."""
    view, asked, today = listing.choice("view", View, View.ALL), listing.words(), clock.today()
    heads = [
        _("Lot"),
        _("Product"),
        _("State"),
        _("Purity"),
        _("Retest by"),
        _("Expires"),
        _("On hand"),
        _("Reserved"),
        _("Allocated"),
        _("Shipped"),
        _("Certificate revision"),
        _("Bin"),
    ]
    with reading() as session:
        return tables.as_file(
            f"lots-{view.value}-{today.isoformat()}.csv",
            heads,
            [
                (
                    row.lot.number,
                    row.lot.vial_size.title,
                    words.lot_state(row.lot.state).label,
                    row.purity,
                    row.lot.retest_on,
                    row.lot.expires_on,
                    row.lot.on_hand,
                    row.lot.reserved,
                    row.lot.allocated,
                    row.shipped,
                    row.revision,
                    row.lot.bin,
                )
                for row in lot_index.find_all(session, view, asked, today=today, at_most=tables.MOST_ROWS)
            ],
        )


def receive() -> AnyResponse:
    """Take a delivery into quarantine."""
    form = ReceiveForm(request.form)
    with reading() as session:
        sizes = session.scalars(
            select(VialSize).join(VialSize.product).order_by(Product.name, VialSize.position)
        )
        form.sku.choices = {"": _("Select a vial size")} | {
            size.sku: f"{size.title} ({size.sku})" for size in sizes
        }
    refusal = ""
    if request.method == "POST" and form.validate():
        number = str(form.number.data).upper()
        try:
            lots.receive(_new_lot(form), actor=access.signed_in_staff().actor)
        except Refused as error:
            refusal = str(error)
        except IntegrityError:
            refusal = _("There is a lot %(lot)s already.", lot=number)
        else:
            say(_("Lot %(lot)s is in quarantine. Add its certificate next.", lot=number))
            return redirect(url_for("staff.lot", lot=number), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        return frame.page(
            session,
            "receive_lot",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
            today=clock.today(),
        )


def _new_lot(form: ReceiveForm) -> NewLot:
    made, filled, vials = form.manufactured_on.data, form.filled_on.data, form.vials.data
    assert made is not None and filled is not None and vials is not None  # noqa: S101 - the form is valid
    return NewLot(
        number=str(form.number.data),
        sku=str(form.sku.data),
        manufacturer=str(form.manufacturer.data),
        manufactured_on=made,
        filled_on=filled,
        retest_on=form.retest_on.data,
        expires_on=form.expires_on.data,
        vials=vials,
        bin=str(form.bin.data),
    )


def _labels() -> dict[View, str]:
    return {
        View.ALL: _("All"),
        View.QUARANTINE: _("Quarantine"),
        View.NO_CERTIFICATE: _("No certificate"),
        View.TO_CONFIRM: _("To confirm"),
        View.ON_SALE: _("On sale"),
        View.RETEST_SOON: _("Retest in 90 days"),
        View.RETEST_OVERDUE: _("Retest overdue"),
        View.SOLD_OUT: _("Sold out"),
        View.ON_HOLD: _("On hold"),
        View.RECALLED: _("Recalled"),
        View.REJECTED: _("Rejected"),
    }


def _empty(view: View) -> str:
    """What would be in a view, and how it gets there."""
    return {
        View.ALL: _("A lot comes here when a delivery is taken in. It starts in quarantine."),
        View.QUARANTINE: _("A lot waits here from its delivery until a second person releases it."),
        View.NO_CERTIFICATE: _("A lot in quarantine waits here until its certificate is added."),
        View.TO_CONFIRM: _(
            "A lot comes here when a certificate is added, until a second person has compared it."
        ),
        View.ON_SALE: _("A lot comes here when it is released, while it has vials that nobody was promised."),
        View.RETEST_SOON: _("A released lot with vials comes here 90 days before its retest date."),
        View.RETEST_OVERDUE: _("A released lot comes here on its retest or expiry date."),
        View.SOLD_OUT: _("A released lot comes here when every vial is sold or promised."),
        View.ON_HOLD: _("A released lot comes here when somebody stops it to look into something."),
        View.RECALLED: _("A lot comes here when it is recalled. It stays here for good."),
        View.REJECTED: _("A lot comes here when it is rejected. It stays here for good."),
    }[view]


def _row(row: LotRow) -> dict[str, object]:
    return {
        "lot": row.lot,
        "url": url_for("staff.lot", lot=row.lot.number),
        "state": row.shown.value,
        "days": row.days_to_retest,
        "purity": row.purity or _("none yet"),
        "until": row.lot.retest_on or row.lot.expires_on,
        "shipped": row.shipped,
        "certificate": _certificate(row),
    }


def _certificate(row: LotRow) -> str:
    if row.to_confirm is not None:
        return _("Revision %(number)s to confirm", number=row.to_confirm)
    if row.revision is not None:
        return _("Revision %(number)s", number=row.revision)
    return _("None yet")
