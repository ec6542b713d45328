"""What a buyer may add on Review: an agreed code, and a tax exemption certificate for where it goes."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse

from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.personal_data import BUYER
from shop.inventory.certificate_files import FileRefused
from shop.ordering import checkout, destinations, exemptions, regions
from shop.ordering.checkout import Step
from shop.web.checkout import placing, steps
from shop.web.checkout.forms import CodeForm, ExemptionForm
from shop.web.checkout.uploads import pdf
from shop.web.visitor import said, say


def code() -> AnyResponse:
    """Keep a code with the checkout, or take it away."""
    with reading() as session:
        here = steps.find(session)
        if here is None or here.next_step != Step.REVIEW:
            return redirect(url_for("checkout.begin"))
        token = here.draft.token
    if "remove" in request.form:
        checkout.save_code(token, "")
        return redirect(url_for("checkout.review"), 303)
    form = CodeForm(request.form)
    if form.validate():
        try:
            checkout.save_code(token, str(form.code.data))
        except Refused as error:
            form.code.errors = [str(error)]
        else:
            return redirect(url_for("checkout.review"), 303)
    return placing.show([], form)


def exemption() -> AnyResponse:
    """Send in a certificate; a person looks at it before it frees an order from tax."""
    form = ExemptionForm(CombinedMultiDict([request.form, request.files]))
    with reading() as session:
        here = steps.find(session)
        if here is None or here.next_step != Step.REVIEW:
            return redirect(url_for("checkout.begin"))
        draft = here.draft
        country, region = draft.country, regions.code(draft.country, draft.region)
        organisation, email = draft.organisation, draft.email
    if request.method == "POST" and form.validate() and form.expires_on.data is not None:
        try:
            document = pdf(request.files.get("document"))
            if document is None:
                raise FileRefused("empty", _("Choose the certificate as a PDF"))
            exemptions.send_in(
                organisation=organisation,
                email=email,
                country=country,
                region=region,
                number=str(form.number.data),
                expires_on=form.expires_on.data,
                document=document,
                actor=BUYER,
                sent_by=email,
            )
        except FileRefused as error:
            form.document.errors = [str(error)]
        except Refused as error:
            form.expires_on.errors = [str(error)]
        else:
            say(_("The certificate is kept. We look at it before it frees an order from tax."))
            return redirect(url_for("checkout.review"), 303)
    place = destinations.country_name(country)
    if region:
        place = f"{regions.name(country, region) or region}, {place}"
    page = render_template(
        "checkout/exemption.html",
        form=form,
        has_errors=bool(form.errors),
        notices=said(),
        organisation=organisation,
        domain=exemptions.domain_of(email),
        place=place,
    )
    return Response(page, status=400 if form.errors else 200)
