"""The desk of webhooks: which of the seller's own systems are told of what."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from shop.core import webhook_desk, webhooks
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.webhooks import WebhookEndpoint
from shop.web.staff import access, frame
from shop.web.staff.forms import _text
from shop.web.staff.words import Badge
from shop.web.visitor import say


class EndpointForm(Form):
    """Where events go, and which."""

    url = _text(_("Address"), _("Enter the address events are sent to"), 500)
    note = _text(_("What it is"), None, 120)
    types = SelectMultipleField(
        _("Events"),
        choices={each: each for each in webhooks.TYPES},
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(_("Choose at least one kind of event"))],
    )


def index() -> Response:
    """Every endpoint."""
    with frame.building() as session:
        return frame.page(
            session,
            "webhooks",
            section="webhooks",
            rows=[{"endpoint": each, "badge": badge(each)} for each in webhook_desk.listed(session)],
        )


def add() -> AnyResponse:
    """Register an endpoint; its secret is on the answer and nowhere else."""
    form, refusal = EndpointForm(request.form), ""
    if request.method == "POST" and form.validate():
        try:
            endpoint, secret = webhook_desk.register(
                url=str(form.url.data),
                note=str(form.note.data),
                types=form.types.data or [],
                actor=access.signed_in_staff().actor,
            )
            return _page(endpoint, None, secret=secret)
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    with frame.building() as session:
        return frame.page(
            session,
            "webhook_form",
            section="webhooks",
            status=400 if failed else 200,
            has_errors=failed,
            form=form,
            refusal=refusal,
        )


def one(hook: int) -> AnyResponse:
    """One endpoint: change, pause, test, a new secret, an end."""
    if request.method == "GET":
        return _page(hook, None)
    actor, chosen = access.signed_in_staff().actor, request.form.get("do", "")
    here = redirect(url_for("staff.webhook", hook=hook), 303)
    try:
        if chosen == "rotate":
            return _page(hook, None, secret=webhook_desk.rotate(hook, actor=actor))
        if chosen == "test":
            webhook_desk.test(hook, actor=actor)
            say(_("A ping is on its way. See its delivery."))
        elif chosen in ("pause", "resume"):
            webhook_desk.set_paused(hook, chosen == "pause", actor=actor)
            say(_("Paused. Events wait.") if chosen == "pause" else _("What waited goes out now."))
        elif chosen == "end":
            count = webhook_desk.end(hook, actor=actor)
            say(_("Taken away. Messages that waited for it and are dismissed: %(count)s.", count=count))
            return redirect(url_for("staff.webhooks"), 303)
        else:
            form = EndpointForm(request.form)
            if not form.validate():
                return _page(hook, form)
            webhook_desk.change(
                hook,
                url=str(form.url.data),
                note=str(form.note.data),
                types=form.types.data or [],
                actor=actor,
            )
            say(_("Kept."))
        return here
    except Refused as error:
        return _page(hook, EndpointForm(request.form), refusal=str(error))


def _page(endpoint_id: int, form: EndpointForm | None, *, refusal: str = "", secret: str = "") -> Response:
    with frame.building() as session:
        endpoint = webhook_desk.find(session, endpoint_id)
        shown = form or EndpointForm(
            data={"url": endpoint.url, "note": endpoint.note, "types": endpoint.types}
        )
        return frame.page(
            session,
            "webhook",
            section="webhooks",
            status=200 if form is None else 400,
            has_errors=form is not None,
            endpoint=endpoint,
            badge=badge(endpoint),
            form=shown,
            refusal=refusal,
            secret=secret,
            secrets=len(webhooks.secrets_in_force(endpoint)),
        )


def badge(endpoint: WebhookEndpoint) -> Badge:
    """Where an endpoint stands."""
    if endpoint.paused_at is not None:
        return Badge(_("Paused"), "hold")
    if endpoint.failing_since is not None:
        return Badge(_("Failing"), "warn")
    return Badge(_("Takes events"), "ok") if endpoint.taken_at else Badge(_("Nothing sent yet"), "")
