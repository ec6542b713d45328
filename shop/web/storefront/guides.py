"""Guides to bench work: their index, and how to bring a lyophilised vial into solution."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import Response, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.models import Product
from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import glossary, learning
from shop.education.learning import LearningPage
from shop.web.storefront.calculators import CALCULATORS
from shop.web.storefront.calculators.calculator import Calculator
from shop.web.storefront.learning import endpoint


class Group(StrEnum):
    """The parts of the index."""

    GUIDES = "guides"
    CALCULATORS = "calculators"
    LEARNING = "learning"


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A guide as lists and search show it."""

    title: str
    text: str
    url: str
    words: str
    """What it can be found by, beside its title."""
    group: Group


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something to do, and why."""

    title: str
    text: str


def all_guides() -> list[Guide]:
    """Every guide, in the order of the index."""
    return [
        Guide(
            title=_("Reconstitution"),
            text=_("From a lyophilised vial to a labelled stock solution, step by step, and how to keep it."),
            url=url_for("storefront.reconstitution"),
            words="dissolve solution solvent stock lyophilised powder aliquot storage solubility",
            group=Group.GUIDES,
        ),
        *(_of_calculator(make()) for make in CALCULATORS.values()),
        *(_of_page(page) for page in learning.pages()),
        Guide(
            title=_("Glossary"),
            text=_("The words of certificates, listings and monographs, each defined once."),
            url=url_for("storefront.glossary"),
            words=" ".join(word for term in glossary.in_order() for word in (term.name, *term.also)),
            group=Group.LEARNING,
        ),
    ]


def _of_calculator(calculator: Calculator) -> Guide:
    return Guide(
        title=calculator.title,
        text=calculator.text,
        url=url_for(calculator.endpoint),
        words=calculator.words,
        group=Group.CALCULATORS,
    )


def _of_page(page: LearningPage) -> Guide:
    return Guide(
        title=page.title,
        text=page.description,
        url=url_for(endpoint(page.slug)),
        words=" ".join((page.slug.replace("-", " "), *(section.title for section in page.sections))),
        group=Group.LEARNING,
    )


def index() -> AnyResponse:
    """All guides."""
    return Response(
        render_template(
            "storefront/guides.html",
            groups=_by_group(all_guides()),
            canonical=settings().base_url + url_for("storefront.guides"),
        )
    )


def _by_group(guides: list[Guide]) -> list[tuple[str, str, list[Guide]]]:
    titles = {
        Group.GUIDES: _("Step by step"),
        Group.CALCULATORS: _("Calculators"),
        Group.LEARNING: _("Learn"),
    }
    return [
        (group.value, title, [guide for guide in guides if guide.group is group])
        for group, title in titles.items()
    ]


def reconstitution() -> AnyResponse:
    """How to bring a lyophilised vial into solution for bench work."""
    with reading() as session:
        return Response(
            render_template(
                "storefront/reconstitution.html",
                steps=_steps(),
                materials=_materials(),
                products=_products(session),
                canonical=settings().base_url + url_for("storefront.reconstitution"),
            )
        )


def _products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).where(Product.listed).order_by(Product.name)))


def _materials() -> list[str]:
    return [
        _("The vial, and the certificate of its lot"),
        _("The solvent named for the product, of the grade that the assay needs"),
        _("A calibrated pipette and clean tips"),
        _("Low-binding tubes for the aliquots"),
        _("Labels that hold in the cold, and the notebook"),
        _("Gloves, coat and eye protection, as for any research chemical of unknown hazard"),
    ]


def _steps() -> list[Step]:
    return [
        Step(
            title=_("Compare the lot on the label with its certificate."),
            text=_("Purity and net content belong to one lot. Note the lot number with the results."),
        ),
        Step(
            title=_("Let the closed vial come to room temperature."),
            text=_("A cold vial draws water from the air when it is opened, and the powder takes it up."),
        ),
        Step(
            title=_("Spin the vial briefly, or tap it on the bench."),
            text=_("A lyophilised cake breaks up in transit; powder under the stopper is lost on opening."),
        ),
        Step(
            title=_("Decide the concentration, and work out the volume."),
            text=_(
                "The amount on the label is net peptide or gross, as the product page says. The "
                "concentration guide does the arithmetic."
            ),
        ),
        Step(
            title=_("Add the solvent slowly, down the wall of the vial."),
            text=_("A jet onto the powder makes foam, and peptides gather at its surface."),
        ),
        Step(
            title=_("Turn the vial gently until the liquid is clear; do not shake it."),
            text=_(
                "Shaking brings air in and can make a peptide aggregate. If it stays cloudy after some "
                "minutes, look up the solubility before adding more solvent."
            ),
        ),
        Step(
            title=_("Divide the stock into aliquots of one use each."),
            text=_("Repeated freezing and thawing breaks peptides down; an aliquot is thawed once."),
        ),
        Step(
            title=_("Label each aliquot with substance, lot, concentration, solvent and day."),
            text=_("Without these, a result cannot be traced to the material it came from."),
        ),
    ]
