"""Writing to us: the page, what is sent from it, and the two answers."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.claims.use_in_people import fixed_refusal
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.recalls import enquiries
from shop.web.enquiry_form import EnquiryForm, new_enquiry


def show() -> AnyResponse:
    """How to reach the shop."""
    return _page(EnquiryForm(), "")


def send() -> AnyResponse:
    """Take a message."""
    form = EnquiryForm(request.form)
    refusal = ""
    if form.validate():
        try:
            received = enquiries.receive(new_enquiry(form))
        except Refused as error:
            refusal = str(error)
        else:
            answer = "storefront.contact_refused" if received.refusal else "storefront.contact_received"
            return redirect(url_for(answer), 303)
    return _page(form, refusal)


def _page(form: EnquiryForm, refusal: str) -> AnyResponse:
    failed = bool(form.errors or refusal)
    page = render_template(
        "storefront/contact.html",
        form=form,
        refusal=refusal,
        has_errors=failed,
        canonical=settings().base_url + url_for("storefront.page_contact"),
    )
    return Response(page, status=400 if failed else 200)


def received() -> AnyResponse:
    """The message has arrived."""
    return _answer(
        _("Your message has arrived"),
        _("We have sent a confirmation to your address. A person reads it and answers by mail."),
    )


def refused() -> AnyResponse:
    """The one answer to questions about use in people."""
    return _answer(_("We do not answer this question"), fixed_refusal())


def _answer(title: str, text: str) -> AnyResponse:
    return Response(
        render_template("storefront/contact_answer.html", title=title, text=text, robots="noindex")
    )
