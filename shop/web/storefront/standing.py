"""Standing pages: terms, privacy, returns, contact, delivery, and how lots and monographs come about."""

from __future__ import annotations

from flask import Response, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.attestations import statements
from shop.attestations.models import StatementVersion
from shop.attestations.statements import Statement
from shop.claims import holds
from shop.core import clock
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.lots import RETEST_SOON
from shop.ordering import delivery_rates, destinations
from shop.ordering.destination_models import DestinationEffect
from shop.web import delivery_table


def research_use() -> AnyResponse:
    """The research-use statement in force, and all earlier versions."""
    with reading() as session:
        began = [
            version for version in statements.all_versions(session) if version.in_force_from <= clock.now()
        ]
        return _page(
            "research_use",
            "page_research_use",
            in_force=_in_general(began[0]) if began else None,
            earlier=[_in_general(version) for version in began[1:]],
        )


def privacy() -> AnyResponse:
    """What is kept about a person, and why."""
    return _page("privacy", "page_privacy")


def returns() -> AnyResponse:
    """What can come back, and what cannot."""
    return _page("returns", "page_returns")


def lot_release() -> AnyResponse:
    """How a lot comes to be released, and leaves the shelf again."""
    return _page(
        "lot_release", "page_lot_release", margin_days=settings().lot_margin_days, soon_days=RETEST_SOON.days
    )


def monographs() -> AnyResponse:
    """How monographs are written, and the rule of the five readings."""
    with reading() as session:
        return _page("how_monographs", "page_monographs", explained_holds=holds.count(session))


def delivery() -> AnyResponse:
    """Where the shop delivers, what it does not send where, and how."""
    with reading() as session:
        return _page(
            "delivery",
            "page_delivery",
            countries=destinations.countries(session),
            restrictions=_restrictions(session),
            methods=delivery_rates.all_offered(session, settings().currency),
            zones=delivery_table.zones(session),
            rates=delivery_table.tax_rates_shown(session),
            dispatch_days=settings().dispatch_days,
        )


def _page(template: str, endpoint: str, **values: object) -> Response:
    canonical = settings().base_url + url_for(f"storefront.{endpoint}")
    return Response(render_template(f"storefront/{template}.html", canonical=canonical, **values))


def _in_general(version: StatementVersion) -> Statement:
    """A version as it reads for nobody in particular."""
    return statements.fill_in(
        version, organisation=_("[your organisation]"), country=_("[the country of delivery]")
    )


def _restrictions(session: Session) -> list[dict[str, str]]:
    """What is not sent where, by substance and country, with the reason and its source."""
    delivered = {code for code, _name in destinations.countries(session)}
    return [
        {
            "substance": rule.compound.name
            if rule.compound
            else _("All of the field %(name)s", name=rule.category.name)
            if rule.category
            else _("All substances"),
            "country": destinations.country_name(rule.country)
            + (f" ({', '.join(rule.places.splitlines())})" if rule.places else ""),
            "reason": rule.reason
            if rule.effect == DestinationEffect.REFUSE
            else _("Only with a licence: %(reason)s", reason=rule.reason),
            "source": rule.source,
        }
        for rule in destinations.every(session)
        if rule.ended_at is None and rule.effect != DestinationEffect.DELIVER and rule.country in delivered
    ]
