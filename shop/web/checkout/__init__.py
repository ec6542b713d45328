"""Cart, the five checkout steps, and the order page: everything that belongs to one buyer."""

from __future__ import annotations

from flask import Blueprint

from shop.web.checkout import (
    after_shipping,
    cart,
    order,
    order_lots,
    order_papers,
    placing,
    price_answers,
    qualification,
    quotes,
    steps,
    your_orders,
)

blueprint = Blueprint("checkout", __name__)

blueprint.add_url_rule("/cart", "cart", cart.show)
blueprint.add_url_rule("/cart", "change_cart", cart.change, methods=["POST"])
blueprint.add_url_rule("/cart/add", "add", cart.add, methods=["POST"])

blueprint.add_url_rule("/checkout", "begin", steps.begin)
blueprint.add_url_rule("/checkout/contact", "contact", steps.contact, methods=["GET", "POST"])
blueprint.add_url_rule("/checkout/delivery", "delivery", steps.delivery, methods=["GET", "POST"])
blueprint.add_url_rule("/checkout/research-use", "research_use", steps.research_use, methods=["GET", "POST"])
blueprint.add_url_rule("/checkout/cannot-send", "cannot_send", steps.cannot_send)
blueprint.add_url_rule("/checkout/payment", "payment", steps.payment, methods=["GET", "POST"])
blueprint.add_url_rule("/checkout/review", "review", placing.review_page)
blueprint.add_url_rule("/checkout/review", "place", placing.place, methods=["POST"])
blueprint.add_url_rule("/checkout/code", "code", price_answers.code, methods=["POST"])
blueprint.add_url_rule("/checkout/exemption", "exemption", price_answers.exemption, methods=["GET", "POST"])

blueprint.add_url_rule("/orders/<number>", "order", order.show)
blueprint.add_url_rule("/orders/<number>/pay", "pay", order.pay, methods=["POST"])
blueprint.add_url_rule("/orders/<number>/cancel", "cancel", order.cancel, methods=["GET", "POST"])
blueprint.add_url_rule(
    "/orders/<number>/document", "send_document", order.send_document, methods=["GET", "POST"]
)
blueprint.add_url_rule(
    "/orders/<number>/purchase-order", "use_purchase_order", order.use_purchase_order, methods=["GET", "POST"]
)
blueprint.add_url_rule("/orders/<number>/attestation", "attestation", order.attestation)
blueprint.add_url_rule("/orders/<number>/attestation.pdf", "attestation_file", order.attestation_file)
blueprint.add_url_rule("/orders/<number>/papers/<paper>.pdf", "paper", order_papers.paper)
blueprint.add_url_rule(
    "/orders/<number>/lot-change/<int:change>", "other_lot", order_lots.answer, methods=["GET", "POST"]
)
blueprint.add_url_rule(
    "/orders/<number>/return", "ask_return", after_shipping.ask_return, methods=["GET", "POST"]
)
blueprint.add_url_rule(
    "/orders/<number>/parcels/<int(max=9999):parcel>/delivered",
    "delivered",
    after_shipping.delivered,
    methods=["POST"],
)
blueprint.add_url_rule("/orders/<number>/keep-vials", "keep_vials", order_lots.keep, methods=["GET", "POST"])
blueprint.add_url_rule("/held-vials/<reference>", "held_vials", order_lots.held, methods=["GET", "POST"])
blueprint.add_url_rule("/quote", "quote", quotes.begin)
blueprint.add_url_rule("/checkout/quote", "ask_quote", quotes.ask, methods=["POST"])
blueprint.add_url_rule("/quotes/<reference>", "quote_page", quotes.show)
blueprint.add_url_rule("/quotes/<reference>/quote.pdf", "quote_paper", quotes.paper)
blueprint.add_url_rule("/quotes/<reference>/order", "order_quote", quotes.order, methods=["POST"])
blueprint.add_url_rule("/qualification", "qualification", qualification.apply, methods=["GET", "POST"])
blueprint.add_url_rule("/qualification/sent", "qualification_sent", qualification.sent)
blueprint.add_url_rule(
    "/qualification/<reference>", "qualification_confirm", qualification.confirm, methods=["GET", "POST"]
)

blueprint.add_url_rule("/orders", "find_orders", your_orders.ask, methods=["GET", "POST"])
blueprint.add_url_rule("/orders/code", "order_code", your_orders.code, methods=["GET", "POST"])
blueprint.add_url_rule("/orders/yours", "your_orders", your_orders.show)
blueprint.add_url_rule("/orders/yours/forget", "forget_orders", your_orders.forget, methods=["POST"])
blueprint.add_url_rule("/orders/<number>/again", "order_again", your_orders.order_again, methods=["POST"])
blueprint.add_url_rule("/orders/<number>/dossier.zip", "dossier", order_papers.whole)
