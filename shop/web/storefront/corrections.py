"""Corrections of monographs for everyone to read, and the form by which a reader reports an error."""

from __future__ import annotations

import hmac
from hashlib import sha256

from email_validator import EmailNotValidError, validate_email
from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, Field, Form, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import reports, revisions
from shop.education.models import MonographRevision
from shop.education.reports import NewReport, TooManyReports
from shop.web.checkout.forms import no_control_characters, tidy
from shop.web.storefront.asked import is_slug


def _at_most(longest: int) -> Length:
    return Length(max=longest, message=_("Use at most %(most)s characters", most=f"{longest:,}"))


class ReportForm(Form):
    """What is wrong, where, and how we can know. `website` is a trap for programs that fill in everything."""

    text = TextAreaField(
        _("What is wrong?"),
        filters=[tidy],
        validators=[
            DataRequired(_("Say what is wrong")),
            _at_most(reports.LONGEST_TEXT),
            no_control_characters,
        ],
    )
    where = StringField(
        _("Where on the page?"), filters=[tidy], validators=[Optional(), _at_most(120), no_control_characters]
    )
    source = StringField(
        _("Which source says otherwise?"),
        filters=[tidy],
        validators=[Optional(), _at_most(500), no_control_characters],
    )
    email = EmailField(
        _("Your email address, if you want an answer"),
        filters=[tidy],
        validators=[Optional(), _at_most(254), no_control_characters],
    )
    website = StringField(_("Leave this field empty"))

    def validate_email(self, field: Field) -> None:
        """Refuse what cannot be a mail address."""
        try:
            if field.data:
                validate_email(
                    field.data, check_deliverability=False, allow_smtputf8=False, test_environment=True
                )
        except EmailNotValidError:
            raise ValidationError(_("Enter an email address in the form name@example.org")) from None


def corrections() -> AnyResponse:
    """Every correction, the newest first, with the reports that led to it."""
    with reading() as session:
        return Response(
            render_template(
                "storefront/corrections.html",
                corrections=reports.corrections(session),
                canonical=settings().base_url + url_for("storefront.corrections"),
            )
        )


def report(category: str, slug: str) -> AnyResponse:
    """Report an error. The page holds no token; nothing is remembered of who reads it."""
    form = ReportForm(request.form)
    refusal = ""
    sent = request.method == "POST"
    with reading() as session:
        revision, (field, name) = _current(session, slug)
        title = revision.title
        if (field, name) != (category, slug):
            return redirect(url_for("storefront.report", category=field, slug=name), 308)
    if sent and form.validate():
        try:
            if not form.website.data:
                reports.receive(name, _new_report(form))
            return redirect(url_for("storefront.report_sent", category=field, slug=name), 303)
        except TooManyReports as refused:
            refusal = str(refused)
    status = 429 if refusal else 400 if sent else 200
    return Response(
        render_template(
            "storefront/report.html",
            form=form,
            refusal=refusal,
            title=title,
            number=revision.number,
            category=field,
            slug=name,
            has_errors=sent,
            robots="noindex",
        ),
        status=status,
    )


def report_sent(category: str, slug: str) -> AnyResponse:
    """What happens next with a report."""
    with reading() as session:
        revision, (field, name) = _current(session, slug)
        return Response(
            render_template(
                "storefront/report_sent.html",
                title=revision.title,
                category=field,
                slug=name,
                robots="noindex",
            )
        )


def _current(session: Session, slug: str) -> tuple[MonographRevision, tuple[str, str]]:
    name = slug.lower()
    found = revisions.current(session, name) if is_slug(name) else None
    if found is None:
        raise NotFound(
            _("We have no monograph here. Look for its substance by name, CAS number or sequence.")
        )
    return found, (found.monograph.compound.category.slug, name)


def _new_report(form: ReportForm) -> NewReport:
    return NewReport(
        text=str(form.text.data).replace("\r\n", "\n"),
        where=str(form.where.data or ""),
        source=str(form.source.data or ""),
        email=str(form.email.data or ""),
        sender_key=_sender_key(),
    )


def _sender_key() -> str:
    """Tells senders apart for one day; the network address itself is not kept."""
    message = f"report:{clock.today().isoformat()}:{request.remote_addr or ''}"
    return hmac.new(settings().secret_key.encode(), message.encode(), sha256).hexdigest()[:32]
