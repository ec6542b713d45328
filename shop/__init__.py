"""Aliquot: a storefront that keeps the evidence with the vial. This is where the rooms are joined."""

from __future__ import annotations

import gc

from flask import Flask

from config import Settings, read_settings
from shop.core import assets, database
from shop.core import settings as core_settings


def create_core(settings: Settings | None = None) -> Flask:
    """The shop without its web: what the worker, the commands and the tests of use cases run in."""
    values = settings or read_settings()
    app = Flask(
        "shop",
        template_folder=str(assets.folder("templates")),
        static_folder=None,
    )
    app.config["SECRET_KEY"] = values.secret_key
    core_settings.set_up(app, values)
    import_rooms()
    # A request makes thousands of short-lived objects and next to no rings of them: with the thresholds that
    # Python begins with, looking for rings takes a tenth of the time of placing an order.
    gc.set_threshold(20_000, 20, 20)
    database.set_up(app, values.database_url)
    return app


def create_app(settings: Settings | None = None) -> Flask:
    """The whole shop, ready to be served."""
    from shop import web

    app = create_core(settings)
    web.set_up(app)
    return app


def import_rooms() -> None:
    """Import every room once, so that all tables, guards, invariants and jobs are known."""
    import_personal_data()
    from shop.attestations import day_heads, register, restricted_parties, screening_rules  # noqa: F401
    from shop.catalogue import listing, shipping_data  # noqa: F401
    from shop.claims import models as claims_models  # noqa: F401
    from shop.core import erasure, files, heartbeat, outbox, outbox_desk, webhooks  # noqa: F401
    from shop.education import drafts, revisions  # noqa: F401
    from shop.inventory import ledger, lot_holds, lots, product_documents  # noqa: F401
    from shop.inventory import notices as lot_notices  # noqa: F401
    from shop.ordering import (  # noqa: F401
        arrivals,
        buyer_screening,
        cancelled_vials,
        coupons,
        delivery_rates,
        exemptions,
        invariants,
        order_lookup,
        parcel_notes,
        quote_models,
        return_requests,
        returns,
        states,
        tax_rates,
    )
    from shop.payments import (  # noqa: F401
        account_invariants,
        holds,
        invoicing,
        purchase_orders,
        receipts,
        reminders,
        stock_waits,
        sync,
    )
    from shop.payments import invariants as payment_invariants  # noqa: F401
    from shop.people import qualification, sessions, staff  # noqa: F401
    from shop.recalls import certificate_news, enquiries, notices, recalling  # noqa: F401
    from shop.search import index, listed_product  # noqa: F401


def import_personal_data() -> None:
    """Import what each room says of the personal data it holds."""
    from shop.attestations import personal_data as of_attestations  # noqa: F401
    from shop.catalogue import personal_data as of_catalogue  # noqa: F401
    from shop.claims import personal_data as of_claims  # noqa: F401
    from shop.compounds import personal_data as of_compounds  # noqa: F401
    from shop.education import personal_data as of_education  # noqa: F401
    from shop.inventory import personal_data as of_inventory  # noqa: F401
    from shop.ordering import personal_data as of_ordering  # noqa: F401
    from shop.payments import personal_data as of_payments  # noqa: F401
    from shop.people import personal_data as of_people  # noqa: F401
    from shop.recalls import personal_data as of_recalls  # noqa: F401
    from shop.search import personal_data as of_search  # noqa: F401
