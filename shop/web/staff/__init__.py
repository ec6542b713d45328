"""The back office: its addresses, and who may open each. What is not in this table nobody may open."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import RouteCallable

from shop.people.permissions import Permission
from shop.web.staff import (
    access,
    accounts,
    activity_log,
    attestation,
    attestations,
    certificate_records,
    certificates,
    claims,
    customers,
    dashboard,
    destinations,
    documents,
    enquiries,
    error_reports,
    exchange,
    exemptions,
    frame,
    holds,
    invoices,
    labels,
    laboratories,
    lot,
    lots,
    monographs,
    order,
    order_decisions,
    order_dossier,
    order_history,
    order_lots,
    order_packing,
    order_parcels,
    orders,
    outbox,
    parcel_documents,
    payments,
    prices,
    product_documents,
    product_shipping,
    purchase_order,
    quotes,
    recall,
    recalls,
    reorder,
    return_requests,
    screening_rules,
    signing_in,
    statement_versions,
    stock,
    stock_changes,
    stock_decision,
    trace,
    webhooks,
)

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
access.set_up(blueprint)
frame.set_up(blueprint)

ROW = "int(max=2147483647)"
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
_add("/pick-lists", "pick_lists", orders.pick_lists, Permission.SEE_ORDERS)
_add("/orders.csv", "orders_file", orders.as_file, Permission.SEE_ORDERS)
_add("/orders/<number>", "order", order.show, Permission.SEE_ORDERS)
_add("/orders/<number>/history", "order_history", order_history.show, Permission.SEE_ORDERS)
_add("/orders/<number>/scan", "scan", order_packing.scan, Permission.PACK_ORDERS, SEND)
_add("/orders/<number>/pack", "pack", order_packing.pack, Permission.PACK_ORDERS, SEND)
PARCEL = "/orders/<number>/parcels/<int(max=9999):parcel>"
PAPER = "any('packing-slip', 'customs-invoice', 'dry-ice-mark'):paper"
_add(f"{PARCEL}/<{PAPER}>.pdf", "parcel_paper", parcel_documents.paper, Permission.SEE_ORDERS)
_add(f"{PARCEL}/papers.zip", "parcel_bundle", parcel_documents.bundle, Permission.SEE_ORDERS)
_add(f"{PARCEL}/delivered", "parcel_delivered", parcel_documents.delivered, Permission.PACK_ORDERS, SEND)
_add("/returns", "returns", return_requests.show, Permission.SEE_ORDERS)
RETURN = f"/returns/<{ROW}:request_id>"
_add(RETURN, "return_request", return_requests.one, Permission.SEE_ORDERS)
_add(f"{RETURN}/decide", "decide_return", return_requests.decide, Permission.REVIEW_ORDERS, SEND)
_add(f"{RETURN}/receive", "receive_return", return_requests.receive, Permission.RECEIVE_LOTS, SEND)
_add(f"{RETURN}/inspect", "inspect_return", return_requests.inspect, Permission.RELEASE_LOTS, SEND)
_add("/products", "products", product_shipping.show, Permission.KEEP_SHIPPING_DATA)
_add(
    "/products/<slug>/shipping",
    "product_shipping",
    product_shipping.edit,
    Permission.KEEP_SHIPPING_DATA,
    BOTH,
)
_add("/orders/<number>/note", "note_box", order_packing.note, Permission.PACK_ORDERS, SEND)
_add("/orders/<number>/ship", "ship", order_packing.ship, Permission.PACK_ORDERS, SEND)
_add(
    "/orders/<number>/cold-today",
    "cold_today",
    order_decisions.cold_today,
    Permission.ALLOW_COLD_DISPATCH,
    BOTH,
)
_add(
    "/orders/<number>/cancel-vials",
    "cancel_vials",
    order_parcels.cancel_vials,
    Permission.CANCEL_ORDERS,
    BOTH,
)
_add("/orders/<number>/packing-slip", "packing_slip", order.packing_slip, Permission.SEE_ORDERS)
_add("/orders/<number>/purchase-order.pdf", "purchase_order", documents.purchase_order, Permission.SEE_ORDERS)
_add("/orders/<number>/approve", "approve", order_decisions.approve, Permission.REVIEW_ORDERS, BOTH)
_add("/orders/<number>/refuse", "refuse", order_decisions.refuse, Permission.REVIEW_ORDERS, BOTH)
_add("/orders/<number>/cancel", "cancel", order_decisions.cancel, Permission.CANCEL_ORDERS, BOTH)
_add("/orders/<number>/stock", "decide_stock", stock_decision.decide, Permission.CANCEL_ORDERS, BOTH)
_add(
    "/payments/<int(max=2147483647):attempt>/send-back",
    "send_back",
    payments.send_back,
    Permission.CANCEL_ORDERS,
    BOTH,
)
_add("/attestations", "attestations", attestations.show, Permission.SEE_ORDERS)
_add("/attestations.csv", "attestations_file", attestations.as_file, Permission.SEE_ORDERS)
STATEMENTS = "/attestations/statements"
_add(STATEMENTS, "statement_versions", statement_versions.index, Permission.SEE_ORDERS)
_add(f"{STATEMENTS}/<code>", "statement_version", statement_versions.one, Permission.SEE_ORDERS)
_add(f"{STATEMENTS}/new", "new_statement", statement_versions.new, Permission.PUBLISH_STATEMENTS, BOTH)
_add(
    f"{STATEMENTS}/new/publish",
    "publish_statement",
    statement_versions.publish,
    Permission.PUBLISH_STATEMENTS,
    SEND,
)
_add("/orders/<number>/refund", "refund", payments.refund, Permission.CANCEL_ORDERS, BOTH)
_add(
    f"/orders/<number>/refunds/<{ROW}:refund_id>/again",
    "refund_again",
    order_decisions.refund_again,
    Permission.CANCEL_ORDERS,
    BOTH,
)
_add("/payments", "payments", payments.show, Permission.SEE_ORDERS)
_add(
    "/payments/stray/<int(max=2147483647):stray>",
    "close_stray",
    payments.close,
    Permission.CANCEL_ORDERS,
    SEND,
)
_add("/attestations/<record_id>", "attestation", attestation.show, Permission.SEE_ORDERS)
_add("/attestations/<record_id>.pdf", "attestation_copy", attestation.as_pdf, Permission.SEE_ORDERS)
_add("/log", "log", activity_log.show, Permission.SEE_LOG)
_add("/log.csv", "log_file", activity_log.as_file, Permission.SEE_LOG)

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

_add("/claims", "claims", claims.show, None)
WRITE = Permission.WRITE_MONOGRAPHS
PART = "<any(evidence, sources):part>"
ENDING = "<any(yaml, json):ending>"
_add("/monographs", "monographs", monographs.show, WRITE)
_add("/monographs/import", "monograph_import", monographs.import_file, WRITE, BOTH)
_add("/monographs/<slug>/begin", "monograph_begin", monographs.begin, WRITE, SEND)
_add("/monographs/<slug>/edit", "monograph_edit", monographs.edit, WRITE, BOTH)
_add(f"/monographs/<slug>/edit/{PART}", "monograph_add", monographs.add, WRITE, BOTH)
_add(f"/monographs/<slug>/edit/{PART}/<key>", "monograph_row", monographs.row, WRITE, BOTH)
_add("/monographs/<slug>/preview", "monograph_preview", monographs.preview, WRITE)
_add("/monographs/<slug>/checks", "monograph_checks", monographs.checks, WRITE, SEND)
_add("/monographs/<slug>/hand-in", "monograph_hand_in", monographs.hand_in, WRITE, BOTH)
_add("/monographs/<slug>/verify", "monograph_verify", monographs.verify, Permission.VERIFY_MONOGRAPHS, BOTH)
_add("/monographs/<slug>/discard", "monograph_discard", monographs.discard, WRITE, BOTH)
_add(f"/monographs/<slug>/draft.{ENDING}", "monograph_draft_file", monographs.draft_file, WRITE)
_add(
    f"/monographs/<slug>/v/<int(max=99999):number>.{ENDING}", "monograph_file", monographs.version_file, WRITE
)
_add("/reports", "reports", error_reports.show, Permission.ANSWER_REPORTS)
_add("/reports/<int(max=999999999):number>", "report", error_reports.decide, Permission.ANSWER_REPORTS, BOTH)
_add(
    "/lots/<lot>/certificate/<int:revision>/withdraw",
    "withdraw_certificate",
    certificate_records.withdraw,
    Permission.RELEASE_LOTS,
    BOTH,
)
_add(
    "/lots/<lot>/certificate/<int:revision>/portal-check",
    "portal_check",
    certificate_records.portal_check,
    Permission.UPLOAD_CERTIFICATES,
    BOTH,
)
_add("/lots/<lot>/stability", "lot_stability", certificate_records.show_stability, Permission.SEE_LOTS)
_add(
    "/lots/<lot>/stability/add",
    "add_stability",
    certificate_records.add_stability,
    Permission.UPLOAD_CERTIFICATES,
    BOTH,
)
_add(
    "/lots/<lot>/stability/<int:result_id>/confirm",
    "confirm_stability",
    certificate_records.confirm_stability,
    Permission.RELEASE_LOTS,
    SEND,
)

_add("/laboratories", "laboratories", laboratories.index, Permission.SEE_LOTS)
_add("/laboratories/add", "add_laboratory", laboratories.add, Permission.CHANGE_LABORATORIES, BOTH)
LABORATORY = "/laboratories/<int(max=2147483647):laboratory_id>"
_add(LABORATORY, "laboratory", laboratories.show, Permission.SEE_LOTS)
_add(f"{LABORATORY}/change", "change_laboratory", laboratories.change, Permission.CHANGE_LABORATORIES, BOTH)
_add(
    f"{LABORATORY}/accreditations/add",
    "add_accreditation",
    laboratories.add_accreditation,
    Permission.CHANGE_LABORATORIES,
    BOTH,
)
_add(
    "/accreditations/<int(max=2147483647):accreditation_id>/change",
    "change_accreditation",
    laboratories.change_accreditation,
    Permission.CHANGE_LABORATORIES,
    BOTH,
)
_add("/reorder-points", "reorder_points", reorder.show, Permission.SEE_LOTS, READ)
_add("/reorder-points/set", "set_reorder_point", reorder.show, Permission.RECEIVE_LOTS, SEND)
_add("/recalls", "recalls", recalls.show, Permission.SEE_RECALLS)
_add("/recalls/new", "new_recall", recalls.new, Permission.RUN_RECALLS, BOTH)
_add(f"/recalls/<{ROW}:recall_id>", "recall", recall.show, Permission.SEE_RECALLS)
_add(f"/recalls/<{ROW}:recall_id>/lots", "recall_lots", recalls.lots, Permission.RUN_RECALLS, BOTH)
_add(f"/recalls/<{ROW}:recall_id>/affected", "recall_affected", recalls.affected, Permission.RUN_RECALLS)
_add(f"/recalls/<{ROW}:recall_id>/notice", "recall_notice", recalls.notice, Permission.RUN_RECALLS, BOTH)
_add(f"/recalls/<{ROW}:recall_id>/discard", "discard_recall", recalls.discard, Permission.RUN_RECALLS, SEND)
_add(f"/recalls/<{ROW}:recall_id>/close", "close_recall", recall.close, Permission.RUN_RECALLS, BOTH)
_add(f"/recalls/<{ROW}:recall_id>/report", "recall_report", recall.report, Permission.SEE_RECALLS)
_add(f"/recalls/<{ROW}:recall_id>/consignees.csv", "recall_file", recall.as_file, Permission.SEE_RECALLS)
_add(
    f"/recalls/<{ROW}:recall_id>/consignees/<{ROW}:consignee_id>",
    "recall_consignee",
    recall.consignee,
    Permission.SEE_RECALLS,
    BOTH,
)
_add(
    f"/recalls/<{ROW}:recall_id>/orders/<{ROW}:held_id>",
    "recall_order",
    recall.order,
    Permission.SEE_RECALLS,
    BOTH,
)
HOOK = f"/webhooks/<{ROW}:hook>"
_add("/webhooks", "webhooks", webhooks.index, Permission.MANAGE_OUTBOX)
_add("/webhooks/add", "add_webhook", webhooks.add, Permission.MANAGE_OUTBOX, BOTH)
_add(HOOK, "webhook", webhooks.one, Permission.MANAGE_OUTBOX, BOTH)
_add("/orders/<number>/dossier.zip", "dossier", order_dossier.show, Permission.SEE_ORDERS)
_add("/trace", "trace", trace.show, Permission.TRACE_LOTS)
_add("/trace.csv", "trace_file", trace.as_file, Permission.TRACE_LOTS)
_add("/lots/<lot>/register", "lot_register", trace.register, Permission.TRACE_LOTS)
_add("/lots/<lot>/register.csv", "lot_register_file", trace.register_file, Permission.TRACE_LOTS)
_add("/lots/<lot>/labels", "labels", labels.show, Permission.SEE_LOTS)
_add("/lots/<lot>/labels.pdf", "labels_file", labels.as_pdf, Permission.SEE_LOTS)
_add("/lots/<lot>/label-<kind>.svg", "label_svg", labels.as_svg, Permission.SEE_LOTS)
_add("/documents", "documents", product_documents.show, Permission.KEEP_DOCUMENTS)
_add(
    "/documents/<slug>",
    "documents_of_product",
    product_documents.of_product,
    Permission.KEEP_DOCUMENTS,
    BOTH,
)
_add("/enquiries", "enquiries", enquiries.show, Permission.ANSWER_ENQUIRIES)
_add("/enquiries/new", "new_enquiry", enquiries.new, Permission.ANSWER_ENQUIRIES, BOTH)
_add(f"/enquiries/<{ROW}:enquiry_id>", "enquiry", enquiries.one, Permission.ANSWER_ENQUIRIES, BOTH)
_add("/enquiries/hold/<lot>", "hold_asked", enquiries.hold, Permission.ANSWER_ENQUIRIES, BOTH)
_add("/exchange", "exchange", exchange.show, Permission.EXCHANGE_DATA)
_add("/exchange/<kind>", "exchange_kind", exchange.take, Permission.EXCHANGE_DATA, BOTH)
_add("/exchange/<kind>/apply", "exchange_apply", exchange.carry_out, Permission.EXCHANGE_DATA, SEND)
_add("/exchange/<kind>.<format>", "exchange_file", exchange.as_file, Permission.EXCHANGE_DATA)
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

_add("/screening", "screening", screening_rules.index, Permission.SEE_ORDERS)
_add("/screening/add", "add_screening_rule", screening_rules.add, Permission.CHANGE_SCREENING, BOTH)
_add(
    "/screening/<code>/<int(max=99999):version>",
    "screening_rule",
    screening_rules.rule,
    Permission.SEE_ORDERS,
)
_add(
    "/screening/<code>/<int(max=99999):version>/end",
    "end_screening_rule",
    screening_rules.rule,
    Permission.CHANGE_SCREENING,
    SEND,
)
_add("/outbox", "outbox", outbox.show, Permission.MANAGE_OUTBOX)
_add("/outbox/replay-dead", "replay_dead", outbox.replay_dead, Permission.MANAGE_OUTBOX, SEND)
_add(f"/outbox/<{ROW}:number>", "outbox_message", outbox.message, Permission.MANAGE_OUTBOX, BOTH)
_add("/jobs", "jobs", outbox.show_jobs, Permission.MANAGE_OUTBOX)
_add(
    "/orders/<number>/purchase-order", "compare_order", purchase_order.compare, Permission.REVIEW_ORDERS, BOTH
)
_add("/orders/<number>/invoice", "issue_invoice", invoices.issue, Permission.ISSUE_INVOICES, SEND)
_add("/invoices", "invoices", invoices.show, Permission.SEE_INVOICES)
_add("/invoices.csv", "invoices_file", invoices.as_file, Permission.SEE_INVOICES)
_add("/invoices/<number>", "invoice", invoices.one, Permission.SEE_INVOICES)
_add("/invoices/<number>/paper.pdf", "invoice_pdf", invoices.pdf, Permission.SEE_INVOICES)
_add("/invoices/<number>/mail", "invoice_mail", invoices.mail_again, Permission.ISSUE_INVOICES, SEND)
_add("/invoices/<number>/credit", "invoice_credit", invoices.credit, Permission.ISSUE_INVOICES, SEND)
_add("/invoices/<number>/receipt", "invoice_receipt", invoices.record, Permission.RECORD_RECEIPTS, SEND)
_add(
    f"/invoices/<number>/entries/<{ROW}:entry>/reverse",
    "invoice_reverse",
    invoices.reverse,
    Permission.RECORD_RECEIPTS,
    SEND,
)
_add("/invoices/<number>/payout", "invoice_payout", invoices.pay_out, Permission.RECORD_RECEIPTS, SEND)
_add("/invoices/<number>/use", "invoice_use", invoices.use_credit, Permission.RECORD_RECEIPTS, SEND)
_add("/invoices/<number>/dispute", "invoice_dispute", invoices.dispute, Permission.RECORD_RECEIPTS, SEND)
_add("/accounts", "accounts", accounts.show, Permission.SEE_INVOICES)
ACCOUNT = f"/accounts/<{ROW}:organisation_id>"
_add(ACCOUNT, "account", accounts.one, Permission.SEE_INVOICES)
_add(f"{ACCOUNT}/terms", "change_account", accounts.one, Permission.CHANGE_CREDIT, SEND)
_add(f"{ACCOUNT}/statement.csv", "account_file", accounts.statement_file, Permission.SEE_INVOICES)
_add(f"{ACCOUNT}/statement.pdf", "account_pdf", accounts.statement_pdf, Permission.SEE_INVOICES)

_add("/destinations", "destinations", destinations.index, Permission.SEE_ORDERS)
_add("/destinations/add", "add_destination", destinations.add, Permission.CHANGE_DESTINATIONS, BOTH)
_add(f"/destinations/<{ROW}:rule_id>", "destination", destinations.rule, Permission.SEE_ORDERS)
_add(
    f"/destinations/<{ROW}:rule_id>/end",
    "end_destination",
    destinations.rule,
    Permission.CHANGE_DESTINATIONS,
    SEND,
)
_add("/quotes", "quotes", quotes.show, Permission.SEE_ORDERS)
_add(f"/quotes/<{ROW}:quote_id>", "quote", quotes.one, Permission.SEE_ORDERS)
_add(f"/quotes/<{ROW}:quote_id>/change", "change_quote", quotes.one, Permission.REVIEW_ORDERS, SEND)
_add(f"/quotes/<{ROW}:quote_id>/quote.pdf", "quote_pdf", quotes.pdf, Permission.SEE_ORDERS)

CUSTOMER = f"/customers/<{ROW}:number>"
_add("/customers", "customers", customers.index, Permission.QUALIFY_BUYERS)
_add(CUSTOMER, "customer", customers.one, Permission.QUALIFY_BUYERS)
_add(f"{CUSTOMER}/decide", "decide_customer", customers.one, Permission.QUALIFY_BUYERS, SEND)
_add(
    f"{CUSTOMER}/evidence/<{ROW}:place>",
    "customer_evidence",
    customers.evidence,
    Permission.QUALIFY_BUYERS,
)
PRICES, EXEMPTIONS = Permission.CHANGE_PRICES, Permission.REVIEW_EXEMPTIONS
_add("/codes", "codes", prices.codes, PRICES)
_add("/codes/add", "add_code", prices.add_code, PRICES, BOTH)
_add(f"/codes/<{ROW}:code_id>", "change_code", prices.change_code, PRICES, BOTH)
_add("/delivery", "delivery", prices.delivery, PRICES)
_add("/delivery/zones/add", "add_zone", prices.set_zone, PRICES, BOTH)
_add(f"/delivery/zones/<{ROW}:zone_id>", "set_zone", prices.set_zone, PRICES, BOTH)
_add(f"/delivery/zones/<{ROW}:zone_id>/methods/<{ROW}:method_id>", "set_rate", prices.set_rate, PRICES, BOTH)
_add("/tax", "tax", prices.tax, PRICES)
_add("/tax/add", "add_tax_rate", prices.add_tax_rate, PRICES, BOTH)
_add(f"/tax/<{ROW}:rate_id>/end", "end_tax_rate", prices.end_tax_rate, PRICES, BOTH)
_add("/tax/vies", "record_vies", prices.record_vies, PRICES, BOTH)
_add("/exemptions", "exemptions", exemptions.show, EXEMPTIONS)
_add("/exemptions/add", "add_exemption", exemptions.add, EXEMPTIONS, BOTH)
_add(f"/exemptions/<{ROW}:exemption_id>", "exemption", exemptions.one, EXEMPTIONS, BOTH)
_add(f"/exemptions/<{ROW}:exemption_id>.pdf", "exemption_document", exemptions.document, EXEMPTIONS)
