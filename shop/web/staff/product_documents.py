"""The desk of documents: safety data sheets and specification sheets, by product."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField, Form, SelectField
from wtforms.validators import InputRequired

from shop.catalogue.models import Product
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import product_documents
from shop.inventory.product_documents import DocumentKind, NewDocument, ProductDocument
from shop.web.fields import DayField
from shop.web.staff import access, frame
from shop.web.staff.forms import _text, _words
from shop.web.visitor import say


class DocumentForm(Form):
    """A document of a product."""

    kind = SelectField(
        _("What it is"),
        choices={each.value: product_documents.kind_in_words(each) for each in DocumentKind},
    )
    language = _text(_("Language"), _("Enter the language, such as en"), 20)
    issued_on = DayField(_("Date of the document"), validators=[InputRequired(_("Enter its date"))])
    note = _words(_("What has changed"), None, 500)
    document = FileField(_("Document as PDF"), validators=[])


def show() -> Response:
    """Every product with its documents in force."""
    with frame.building() as session:
        products = list(session.scalars(select(Product).order_by(Product.name)))
        found: dict[int, list[str]] = {}
        newest: dict[tuple[int, str, str], ProductDocument] = {}
        for each in session.scalars(select(ProductDocument).order_by(ProductDocument.revision)):
            newest[each.product_id, each.kind.value, each.language] = each
        for each in newest.values():
            kind = product_documents.kind_in_words(each.kind)
            found.setdefault(each.product_id, []).append(f"{kind} ({each.language}, {each.issued_on})")
        return frame.page(
            session,
            "product_documents",
            section="documents",
            rows=[
                {
                    "product": product,
                    "url": url_for("staff.documents_of_product", slug=product.slug),
                    "documents": sorted(found.get(product.id, [])),
                }
                for product in products
            ],
        )


def of_product(slug: str) -> AnyResponse:
    """The documents of one product, old ones too, and sending one in."""
    form = DocumentForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        sent = request.files.get("document")
        data = sent.read() if sent is not None else b""
        try:
            revision = product_documents.attach(
                slug, _new(form), document=data, actor=access.signed_in_staff().actor
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            say(_("Kept as revision %(number)s.", number=revision))
            return redirect(url_for("staff.documents_of_product", slug=slug), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        product = (
            session.scalar(select(Product).where(Product.slug == slug))
            if slug.isascii() and slug.isprintable()
            else None
        )
        if product is None:
            raise NotFound(_("There is no such product."))
        return frame.page(
            session,
            "documents_of_product",
            section="documents",
            status=400 if failed else 200,
            has_errors=failed,
            product=product,
            form=form,
            refusal=refusal,
            most=settings().certificate_max_bytes // (1024 * 1024),
            rows=[
                {
                    "document": each,
                    "kind": product_documents.kind_in_words(each.kind),
                    "language": product_documents.language_in_words(each.language),
                    "url": url_for(
                        "storefront.product_document",
                        slug=slug,
                        kind=each.kind.value,
                        language=each.language,
                        revision=each.revision,
                    ),
                }
                for each in product_documents.all_of(session, product.id)
            ],
        )


def _new(form: DocumentForm) -> NewDocument:
    issued = form.issued_on.data
    assert issued is not None  # noqa: S101 - the form is valid
    return NewDocument(
        kind=DocumentKind(form.kind.data),
        language=str(form.language.data),
        issued_on=issued,
        note=str(form.note.data or ""),
    )
