"""The back office: its addresses, and who may open each. What is not in this table nobody may open."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import RouteCallable

from shop.people.permissions import Permission
from shop.web.staff import (
    access,
    attestation,
    certificates,
    dashboard,
    documents,
    frame,
    holds,
    lot,
    lots,
    order,
    order_decisions,
    order_lots,
    orders,
    signing_in,
    stock,
    stock_changes,
)

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
access.set_up(blueprint)
frame.set_up(blueprint)

READ, SEND, BOTH = ["GET"], ["POST"], ["GET", "POST"]


def _add(
    path: str, endpoint: str, view: RouteCallable, needs: Permission | None, methods: list[str] = READ
) -> None:
    blueprint.add_url_rule(path, endpoint, view, methods=methods)
    access.needed[f"staff.{endpoint}"] = needs


blueprint.add_url_rule("/sign-in", "sign_in", signing_in.sign_in, methods=BOTH)
_add("/sign-out", "sign_out", signing_in.sign_out, None, SEND)
_add("", "dashboard", dashboard.show, None)

_add("/orders", "orders", orders.show, Permission.SEE_ORDERS)
_add("/orders.csv", "orders_file", orders.as_file, Permission.SEE_ORDERS)
_add("/orders/<number>", "order", order.show, Permission.SEE_ORDERS)
_add("/orders/<number>/scan", "scan", order.scan, Permission.PACK_ORDERS, SEND)
_add("/orders/<number>/pack", "pack", order.pack, Permission.PACK_ORDERS, SEND)
_add("/orders/<number>/ship", "ship", order.ship, Permission.PACK_ORDERS, SEND)
_add("/orders/<number>/packing-slip", "packing_slip", order.packing_slip, Permission.SEE_ORDERS)
_add("/orders/<number>/purchase-order.pdf", "purchase_order", documents.purchase_order, Permission.SEE_ORDERS)
_add("/orders/<number>/approve", "approve", order_decisions.approve, Permission.REVIEW_ORDERS, BOTH)
_add("/orders/<number>/refuse", "refuse", order_decisions.refuse, Permission.REVIEW_ORDERS, BOTH)
_add("/orders/<number>/cancel", "cancel", order_decisions.cancel, Permission.CANCEL_ORDERS, BOTH)
_add("/attestations/<record_id>", "attestation", attestation.show, Permission.SEE_ORDERS)

_add("/lots", "lots", lots.show, Permission.SEE_LOTS)
_add("/lots.csv", "lots_file", lots.as_file, Permission.SEE_LOTS)
_add("/lots/receive", "receive_lot", lots.receive, Permission.RECEIVE_LOTS, BOTH)
_add("/lots/<lot>", "lot", lot.show, Permission.SEE_LOTS)
_add("/lots/<lot>/change/<step>", "change_lot", lot.change, Permission.CHANGE_LOTS, BOTH)
_add("/lots/<lot>/back-to-sale", "back_to_sale", lot.back_to_sale, Permission.RELEASE_LOTS, BOTH)
_add("/lots/<lot>/release", "release_lot", certificates.release, Permission.RELEASE_LOTS, BOTH)
_add(
    "/lots/<lot>/certificate", "upload_certificate", certificates.upload, Permission.UPLOAD_CERTIFICATES, BOTH
)
_add(
    "/lots/<lot>/certificate/<int:revision>/confirm",
    "confirm_certificate",
    certificates.confirm,
    Permission.RELEASE_LOTS,
    BOTH,
)
_add(
    "/lots/<lot>/certificate/<int:revision>.pdf",
    "certificate_document",
    documents.certificate,
    Permission.SEE_LOTS,
)
_add(
    "/lots/<lot>/certificate/<int:revision>.csv",
    "certificate_trace",
    documents.chromatogram,
    Permission.SEE_LOTS,
)

_add("/stock", "stock", stock.show, Permission.SEE_LOTS)
_add("/stock.csv", "stock_file", stock.as_file, Permission.SEE_LOTS)
_add("/stock/<sku>", "stock_of_size", stock.of_size, Permission.SEE_LOTS)
_add("/lots/<lot>/count", "count_lot", stock_changes.count, Permission.ADJUST_STOCK, BOTH)
_add("/lots/<lot>/vials/<step>", "stock_change", stock_changes.handle, Permission.ADJUST_STOCK, BOTH)
_add("/lots/<lot>/clear", "clear_vials", stock_changes.clear, Permission.RELEASE_LOTS, BOTH)
_add("/lots/<lot>/split", "split_lot", stock_changes.split, Permission.RECEIVE_LOTS, BOTH)

_add("/orders/<number>/unpack", "unpack", order_decisions.unpack, Permission.PACK_ORDERS, BOTH)
_add(
    "/orders/<number>/other-lot/<int:reservation>",
    "other_lot",
    order_lots.other_lot,
    Permission.REVIEW_ORDERS,
    BOTH,
)
_add("/orders/<number>/return", "take_back", order_lots.take_back, Permission.RECEIVE_LOTS, BOTH)
_add("/holds", "holds", holds.show, Permission.SEE_ORDERS)
_add("/holds/<int:hold>", "hold", holds.decide, Permission.REVIEW_ORDERS, BOTH)
