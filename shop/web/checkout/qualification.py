"""Applying to buy as an organisation, and confirming the mail address."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, Field, FileField, Form, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from shop.attestations.addresses import NO_STREET, looks
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory.certificate_files import FileRefused
from shop.people import qualification
from shop.people.qualification import Application, OrganisationKind
from shop.web.checkout.forms import ContactForm, _text, no_control_characters, tidy
from shop.web.checkout.uploads import pdf

KINDS = {
    OrganisationKind.UNIVERSITY.value: _("University"),
    OrganisationKind.HOSPITAL_LABORATORY.value: _("Research laboratory of a hospital"),
    OrganisationKind.COMPANY.value: _("Biotechnology or pharmaceutical company"),
    OrganisationKind.CONTRACT_RESEARCH.value: _("Contract research organisation"),
    OrganisationKind.GOVERNMENT.value: _("Government laboratory"),
    OrganisationKind.TEACHING.value: _("Teaching laboratory"),
    OrganisationKind.OTHER.value: _("Another kind"),
}


def _lines(label: str, missing: str) -> TextAreaField:
    return TextAreaField(
        label,
        filters=[lambda text: tidy((text or "").replace("\r\n", "\n"))],
        validators=[
            DataRequired(missing),
            Length(max=1000, message=_("Use at most %(most)s characters", most=1000)),
            no_control_characters,
        ],
    )


class QualificationForm(Form):
    """What an organisation says about itself."""

    legal_name = _text(
        _("Legal name of the organisation"), _("Enter the legal name of the organisation"), 200
    )
    kind = SelectField(
        _("Kind of organisation"),
        choices={"": _("Select one")} | KINDS,
        validators=[DataRequired(_("Select the kind of organisation"))],
    )
    registry_number = _text(_("Registry or VAT number"), _("Enter the registry or VAT number"), 80)
    website = _text(_("Website"), _("Enter the address of the website"), 300)
    email = EmailField(
        _("Work email"),
        filters=[tidy],
        validators=[DataRequired(_("Enter your work email address")), Length(max=254)],
    )
    responsible_name = _text(_("Responsible person"), _("Enter who is responsible for the materials"), 120)
    responsible_role = _text(_("Role of that person"), _("Enter the role of the responsible person"), 120)
    address = _lines(_("Address of the laboratory"), _("Enter the address of the laboratory"))
    research_area = _lines(_("Area of research"), _("Describe what the laboratory works on"))
    evidence = FileField(_("Evidence as PDF"))

    def validate_email(self, field: Field) -> None:
        """Refuse what cannot be a mail address."""
        ContactForm.validate_email(self, field)  # type: ignore[arg-type]

    def validate_website(self, field: Field) -> None:
        """A page of the web."""
        if not str(field.data).lower().startswith(("http://", "https://")) or " " in field.data:
            raise ValidationError(_("Enter the whole address, beginning with https://"))

    def validate_address(self, field: Field) -> None:
        """A street, where carriers can go."""
        if not NO_STREET.isdisjoint(looks(str(field.data).splitlines())):
            raise ValidationError(_("Enter the street address of the laboratory"))


def apply() -> AnyResponse:
    """The application."""
    form, refusal = QualificationForm(CombinedMultiDict([request.form, request.files])), ""
    if request.method == "POST" and form.validate():
        try:
            evidence = pdf(request.files.get("evidence"))
            qualification.apply(
                Application(
                    legal_name=str(form.legal_name.data),
                    kind=OrganisationKind(form.kind.data),
                    registry_number=str(form.registry_number.data),
                    website=str(form.website.data),
                    email=str(form.email.data),
                    responsible_name=str(form.responsible_name.data),
                    responsible_role=str(form.responsible_role.data),
                    address=str(form.address.data),
                    research_area=str(form.research_area.data),
                ),
                [evidence] if evidence else [],
            )
            return redirect(url_for("checkout.qualification_sent"), 303)
        except FileRefused as error:
            form.evidence.errors = [str(error)]
        except Refused as error:
            refusal = str(error)
    failed = request.method == "POST"
    page = render_template("checkout/qualification.html", form=form, refusal=refusal, has_errors=failed)
    return Response(page, status=400 if failed else 200)


def sent() -> Response:
    """What happens next."""
    return Response(
        render_template(
            "checkout/qualification_sent.html",
            title=_("Your application is here"),
            text=_(
                "We have sent you a mail. Open the link in it to confirm the address; a person then reads "
                "the application and writes to you."
            ),
            confirm="",
        )
    )


def confirm(reference: str) -> AnyResponse:
    """Confirm the mail address of an application, by a button, since programs open links too."""
    key = request.args.get("key", "")
    if request.method == "POST":
        qualification.confirm_address(reference, key)
        title, text, action = _("Your address is confirmed"), _("A person reads the application now."), ""
    else:
        title, text = _("Confirm your work email address"), _("Press the button to confirm the address.")
        action = url_for("checkout.qualification_confirm", reference=reference, key=key)
    page = render_template("checkout/qualification_sent.html", title=title, text=text, confirm=action)
    return Response(page)
