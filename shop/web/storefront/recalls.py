"""Recalls, for everyone: which lots, since when, why, and what to do."""

from __future__ import annotations

from flask import Response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.recalls import tracking
from shop.recalls.models import RecallClass


def show() -> AnyResponse:
    """Every recall that has begun, the newest first; drills are nobody else's business."""
    with reading() as session:
        return Response(
            render_template(
                "storefront/recalls.html",
                recalls=[
                    {"recall": each, "gravity": _gravity(each.classification)}
                    for each in tracking.public(session)
                ],
                canonical=settings().base_url + url_for("storefront.recalls"),
            )
        )


def _gravity(classification: RecallClass) -> str:
    return {
        RecallClass.FIRST: _("The vial may hold another substance, or handling it may be hazardous."),
        RecallClass.SECOND: _("Results obtained with it may be wrong."),
        RecallClass.THIRD: _("The contents conform; a label, certificate or report does not."),
    }[classification]
