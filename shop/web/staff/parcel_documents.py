"""The papers of a parcel, to be printed: packing slip, customs invoice, dry-ice mark; and when it arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue import shipping_data
from shop.catalogue.shipping_data import ProductShipping, ShipCondition
from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory.product_documents import language_in_words
from shop.ordering import (
    arrivals,
    customs,
    packing_slip,
    parcel_bundle,
    parcel_contents,
    parcel_notes,
    parcel_papers,
    whole_order,
)
from shop.ordering.models import Order
from shop.ordering.parcel_contents import Contents
from shop.web.fields import read_day
from shop.web.staff import access, frame
from shop.web.staff.documents import PDF, VIEWER_POLICY
from shop.web.visitor import say

PAPERS = ("packing-slip", "customs-invoice", "dry-ice-mark")


def paper(number: str, parcel: int, paper: str) -> Response:
    """One paper of a parcel that has left, or of the box that is packed next."""
    with frame.building() as session:
        contents = _contents(session, whole_order.load(session, number).order, parcel)
        if paper == "packing-slip":
            made = packing_slip.of_contents(session, contents)
        elif paper == "customs-invoice":
            made = parcel_papers.customs_invoice(session, contents)
        else:
            made = parcel_papers.dry_ice_mark(contents)
        name = f"{paper}-{contents.reference}.pdf"
    answer = Response(made, mimetype=PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Content-Security-Policy"] = VIEWER_POLICY
    return answer


def bundle(number: str, parcel: int) -> AnyResponse:
    """All papers of a parcel in one file, to be printed at once."""
    try:
        with frame.building() as session:
            contents = _contents(session, whole_order.load(session, number).order, parcel)
            made, name = parcel_bundle.write(session, contents), parcel_bundle.file_name(contents)
    except NotFound:
        raise
    except Refused as error:
        say(str(error))
        return redirect(url_for("staff.order", number=number), 303)
    answer = Response(made, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@dataclass(frozen=True, kw_only=True)
class Box:
    """What has to be known of the box that is packed now."""

    papers: Sequence[Mapping[str, str]]
    """Words and address of each paper to print."""
    missing: Sequence[Mapping[str, str]]
    """What is still to be entered before it can be handed over, with the page for it or an empty address."""
    conditions: Sequence[str]
    """How its lines travel, where not at room temperature."""


def of_box(session: Session, contents: Contents) -> Box:
    """The papers of the box, and what they still need. Two queries."""
    if not contents.rows:
        return Box(papers=(), missing=(), conditions=())
    shipping = shipping_data.of_products(session, {row.lot.product.id for row in contents.rows})
    travels = _conditions(contents, shipping)
    return Box(
        papers=_papers(session, contents),
        missing=_missing(contents, shipping, on_dry_ice=ShipCondition.DRY_ICE in travels),
        conditions=[
            _(
                "%(condition)s: line %(lines)s",
                condition=shipping_data.condition_in_words(condition),
                lines=", ".join(map(str, sorted(lines))),
            )
            for condition, lines in travels.items()
            if condition != ShipCondition.AMBIENT
        ],
    )


def _papers(session: Session, contents: Contents) -> list[dict[str, str]]:
    found = [_link(contents, "packing-slip", _("Packing slip, PDF"))]
    found += [
        {
            "label": _(
                "Safety data sheet of %(product)s, %(language)s",
                product=sheet.product.name,
                language=language_in_words(sheet.language),
            ),
            "url": url_for(
                "storefront.product_document",
                slug=sheet.product.slug,
                kind=sheet.kind.value,
                language=sheet.language,
                revision=sheet.revision,
            ),
        }
        for sheet in parcel_papers.safety_sheets(session, contents)
    ]
    if customs.needed(contents.order):
        found.append(_link(contents, "customs-invoice", _("Commercial invoice for customs")))
    if contents.dry_ice_g:
        found.append(_link(contents, "dry-ice-mark", _("Dry-ice mark for the outside")))
    whole = _bundle(contents.order, contents.number)
    found.append({"label": _("All papers of the box in one file (zip)"), "url": whole})
    return found


def _conditions(contents: Contents, shipping: Mapping[int, ProductShipping]) -> dict[ShipCondition, set[int]]:
    found: dict[ShipCondition, set[int]] = {}
    for row in contents.rows:
        product = row.lot.product
        condition = shipping_data.condition_of(product, shipping.get(product.id))
        found.setdefault(condition, set()).add(row.line.position)
    return found


def _missing(
    contents: Contents, shipping: Mapping[int, ProductShipping], *, on_dry_ice: bool
) -> list[dict[str, str]]:
    found = []
    if on_dry_ice and not contents.dry_ice_g:
        found.append({"label": _("Kilograms of dry ice in the box"), "url": ""})
    if customs.needed(contents.order):
        lines = customs.lines(contents, shipping)
        found += [{"label": each, "url": ""} for each in customs.missing_of_parcel(contents)]
        # Two sizes of one product want the same of it.
        wanted = {
            each: line.line.vial_size.product.slug for line in lines for each in customs.missing_of_line(line)
        }
        found += [
            {"label": each, "url": url_for("staff.product_shipping", slug=slug)}
            for each, slug in wanted.items()
        ]
    return found


def of_parcel(order: Order, parcel: int, *, dry_ice: bool) -> list[dict[str, str]]:
    """The papers of a parcel that has left."""
    kinds = [("packing-slip", _("Packing slip"))]
    if customs.needed(order):
        kinds.append(("customs-invoice", _("Customs invoice")))
    if dry_ice:
        kinds.append(("dry-ice-mark", _("Dry-ice mark")))
    return [
        {
            "label": label,
            "url": url_for("staff.parcel_paper", number=order.number, parcel=parcel, paper=kind),
        }
        for kind, label in kinds
    ] + [{"label": _("All its papers (zip)"), "url": _bundle(order, parcel)}]


def _bundle(order: Order, parcel: int) -> str:
    return url_for("staff.parcel_bundle", number=order.number, parcel=parcel)


def delivered(number: str, parcel: int) -> AnyResponse:
    """Keep that a parcel arrived."""
    day = read_day(request.form.get("on", "")) or clock.today()
    with frame.building() as session:
        order_id = whole_order.load(session, number).order.id
    try:
        new = arrivals.tell(order_id, parcel, on=day, actor=access.signed_in_staff().actor)
        say(_("Kept.") if new else _("This was told before. Nothing was changed."))
    except NotFound:
        raise
    except Refused as error:
        say(str(error))
    return redirect(url_for("staff.order", number=number), 303)


def _contents(session: Session, order: Order, parcel: int) -> Contents:
    if parcel == parcel_notes.next_number(order):
        contents = parcel_contents.of_box(session, order)
        if not contents.rows:
            raise NotFound(_("There is no such parcel."))
        return contents
    return parcel_contents.of_shipment(session, parcel_contents.shipment_id_of(session, order.id, parcel))


def _link(contents: Contents, kind: str, label: str) -> dict[str, str]:
    url = url_for("staff.parcel_paper", number=contents.order.number, parcel=contents.number, paper=kind)
    return {"label": label, "url": url}
