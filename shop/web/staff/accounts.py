"""Organisations that buy on account: what they owe, their terms with every change, and their statement."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock, typeset
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.payments import account_list, account_statements, account_terms, credit_limits, statement_papers
from shop.people.models import Organisation
from shop.web.staff import access, frame, listing, tables
from shop.web.staff.documents import PDF, VIEWER_POLICY
from shop.web.staff.money_forms import TermsForm
from shop.web.visitor import say


def show() -> Response:
    """Every organisation with a purchase order or terms of its own."""
    words = listing.words()
    with frame.building() as session:
        return frame.page(
            session, "accounts", section="accounts", words=words, rows=account_list.find(session, words)
        )


def one(organisation_id: int) -> AnyResponse:
    """One account: exposure, terms, statement of a period. By POST, its terms are changed."""
    form = TermsForm(request.form or None)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            account_terms.change(
                organisation_id,
                limit_minor=form.limit.data,
                terms_days=form.terms_days.data,
                bill_to=str(form.bill_to.data or ""),
                invoice_email=str(form.invoice_email.data or ""),
                reason=str(form.reason.data),
                staff=access.signed_in_staff(),
            )
            say(_("The terms are changed. They count from now on."))
            return redirect(url_for("staff.account", organisation_id=organisation_id), 303)
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    first, last = _period()
    with frame.building() as session:
        organisation = session.get(Organisation, organisation_id)
        if organisation is None:
            raise NotFound(_("There is no such organisation."))
        now = account_terms.latest(session, organisation_id)
        if not failed and now is not None:
            form = TermsForm(
                data={
                    "limit": now.limit_minor,
                    "terms_days": now.terms_days,
                    "bill_to": now.bill_to,
                    "invoice_email": now.invoice_email,
                }
            )
        return frame.page(
            session,
            "account",
            section="accounts",
            status=400 if failed else 200,
            has_errors=failed,
            organisation=organisation,
            exposure=credit_limits.exposure(session, organisation_id),
            terms=account_terms.of_organisation(session, organisation_id),
            history=account_terms.history(session, organisation_id),
            statements=account_statements.of_organisation(session, organisation_id, first=first, last=last),
            first=first,
            last=last,
            form=form,
            refusal=refusal,
            default_days=settings().payment_terms_days,
        )


def statement_file(organisation_id: int) -> Response:
    """The statement of a period as CSV, all currencies in one file, never added up."""
    first, last = _period()
    heads = [
        _("Currency"),
        _("Day"),
        _("What"),
        _("Reference"),
        _("Amount, minor units"),
        _("Balance, minor units"),
    ]
    rows: list[tuple[tables.Cell, ...]] = []
    with reading() as session:
        for each in account_statements.of_organisation(session, organisation_id, first=first, last=last):
            rows += statement_papers.rows(each)
    return tables.as_file(f"statement-{organisation_id}-{first}-{last}.csv", heads, rows)


def statement_pdf(organisation_id: int) -> Response:
    """The statement of a period as PDF."""
    first, last = _period()
    with reading() as session:
        found = account_statements.of_organisation(session, organisation_id, first=first, last=last)
        if not found:
            raise NotFound(_("This organisation has no invoice on account until that day."))
        data = typeset.pdf(
            "statement", statement_papers.printed(found), made_at=clock.now().replace(microsecond=0)
        )
    response = Response(data, content_type=PDF)
    name = f"statement-{organisation_id}-{first}-{last}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = VIEWER_POLICY
    return response


def _period() -> tuple[date, date]:
    """The days asked for; by default this year until today."""
    today = clock.today()
    first = _day("from") or today.replace(month=1, day=1)
    last = _day("to") or today
    return (first, last) if first <= last else (last, first)


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None
