"""Review, and the one button that places the order."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import time_in_words
from shop.ordering import checkout, links, placement, review
from shop.ordering.buyer_screening import BuyerRefused
from shop.ordering.checkout import DestinationRefused, Step, StepMissing
from shop.ordering.models import PaymentMethod
from shop.ordering.placement import ReviewChanged
from shop.payments import attempts
from shop.payments.gateway import GatewayRefused, PaymentUnavailable
from shop.people import qualification
from shop.people.qualification import NotQualified
from shop.web.checkout import steps, summary
from shop.web.checkout.forms import CodeForm
from shop.web.visitor import said, say, visitor


def review_page() -> AnyResponse:
    """Everything the buyer relies on, and one button."""
    return show([])


def place() -> AnyResponse:
    """Place the order; a second submit shows the first one's page."""
    token = visitor().draft_token or ""
    try:
        shown = _pictures().loads(request.form.get("shown", ""))
    except BadSignature:
        return show([_("This page could not be read. Look at the order again.")])
    try:
        placed = placement.place(token, shown, steps.where())
    except ReviewChanged as error:
        return show(error.changes)
    except review.SoldOut as error:
        say(_("The order was not placed. %(reason)s", reason=str(error)))
        return redirect(url_for("checkout.cart"))
    except StepMissing as error:
        say(str(error))
        return redirect(url_for(f"checkout.{error.step.value}"))
    except (DestinationRefused, review.DeliveryNotOffered) as error:
        say(str(error))
        return redirect(url_for("checkout.delivery"))
    except NotQualified as error:
        return _not_qualified(error)
    except BuyerRefused:
        return Response(render_template("checkout/not_taken.html"), status=403)
    except NotFound:
        return redirect(url_for("checkout.begin"))
    page = links.order_path(placed.order_id, placed.reference)
    if placed.payment_method != PaymentMethod.CARD:
        # The browser still knows the checkout, so that the button pressed once more finds this order.
        return redirect(page, 303)
    try:
        return redirect(attempts.start(placed.order_id), 303)
    except (PaymentUnavailable, GatewayRefused) as error:
        say(_("The order is placed, but the payment page could not be opened. %(why)s", why=str(error)))
        return redirect(page, 303)


def show(changes: list[str], code_form: CodeForm | None = None) -> AnyResponse:
    """Review as it is now, with what changed since it was shown, or with a code that was refused."""
    with reading() as session:
        here = steps.find(session)
        if here is None:
            return redirect(url_for("checkout.begin"))
        if here.next_step != Step.REVIEW:
            return redirect(url_for(f"checkout.{here.next_step.value}"))
        lines = here.lines
        try:
            qualification.demand(session, organisation=here.draft.organisation, email=here.draft.email)
            checkout.check_destination(
                session,
                lines,
                here.draft.country,
                region=here.draft.region,
                postcode=here.draft.postcode,
            )
            found = review.look(session, here.draft, lines, here.version)
        except review.SoldOut as error:
            say(str(error))
            return redirect(url_for("checkout.cart"))
        except (DestinationRefused, review.DeliveryNotOffered) as error:
            say(str(error))
            return redirect(url_for("checkout.delivery"))
        except NotQualified as error:
            return _not_qualified(error)
        form = code_form or _code_form(found)
        until = placement.hold_ends(found.payment_method, clock.now())
        page = render_template(
            "checkout/review.html",
            done=here.done,
            changes=changes,
            has_errors=bool(changes or form.errors),
            code_form=form,
            notices=said(),
            draft=here.draft,
            found=found,
            summary=summary.of_review(found),
            shown=_pictures().dumps(found.plain()),
            by_card=found.payment_method == PaymentMethod.CARD,
            held_until=until,
            held_until_time=time_in_words(until),
        )
    return Response(page, status=409 if changes else 400 if code_form is not None else 200)


def _code_form(found: review.Review) -> CodeForm:
    """The form for a code; one that was kept and no longer holds says why."""
    form = CodeForm(data={"code": found.price.code_given})
    if found.price.code_refused:
        form.code.errors = [found.price.code_refused]
    return form


def _not_qualified(error: NotQualified) -> Response:
    """Only approved organisations may order, and this is none: what to do, with the way there."""
    return Response(render_template("checkout/not_qualified.html", text=str(error)), status=403)


def _pictures() -> URLSafeSerializer:
    """Signs what Review showed, so that it comes back as it went out."""
    return URLSafeSerializer(settings().secret_key, salt="review")
