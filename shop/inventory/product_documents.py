"""Safety data sheets and specification sheets of products: revisions with date and language, kept by hash."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from babel import Locale, UnknownLocaleError
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.catalogue.models import Product
from shop.core import audit, clock, files
from shop.core.append_only import append_only
from shop.core.database import Base, one_of, rule, writing
from shop.core.errors import NotFound, Refused
from shop.core.files import StoredFile
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.certificate_files import examine


class DocumentKind(StrEnum):
    """What a document is."""

    SAFETY_DATA_SHEET = "sds"
    SPECIFICATION = "specification"


class ProductDocument(Base):
    """One revision of a document of a product in one language. It never changes; a newer one follows."""

    __tablename__ = "product_document"
    __table_args__ = (
        UniqueConstraint("product_id", "kind", "language", "revision"),
        rule("revision >= 1", "revisions_count_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind, "kind_is_known"))
    language: Mapped[str] = mapped_column(String(20))
    """BCP 47, such as `en` or `pt-BR`."""
    revision: Mapped[int]
    issued_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text)
    """What has changed; empty for a first revision."""
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    uploaded_by: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime]

    product: Mapped[Product] = relationship()
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)


append_only("product_document")


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """What is known of a document that is sent in."""

    kind: DocumentKind
    language: str
    issued_on: date
    note: str = ""


def attach(slug: str, new: NewDocument, *, document: bytes, actor: str) -> int:
    """Keep a document of a product as the next revision in its language; returns the revision.

    Raises:
        NotFound: there is no such product.
        Refused: the file is not fit to be kept, the language is unknown, or the date contradicts.
    """
    language = known_language(new.language)
    if new.issued_on > clock.today():
        raise Refused(_("The date of the document lies in the future."))
    examine(document, max_bytes=settings().certificate_max_bytes)
    sha256 = files.store().put(document)
    with writing() as session:
        # Two uploads for one product take turns, so that each gets a revision of its own.
        product = session.scalar(
            select(Product).where(Product.slug == slug).with_for_update(of=Product)
            if _is_plain(slug)
            else select(Product).where(Product.id == 0)
        )
        if product is None:
            raise NotFound(_("There is no such product."))
        files.record(session, sha256, size=len(document), media_type="application/pdf")
        before = session.scalar(
            select(ProductDocument)
            .where(
                ProductDocument.product_id == product.id,
                ProductDocument.kind == new.kind,
                ProductDocument.language == language,
            )
            .order_by(ProductDocument.revision.desc())
            .limit(1)
        )
        if before is not None and before.sha256 == sha256:
            raise Refused(_("This file is revision %(number)s already.", number=before.revision))
        if before is not None and before.issued_on > new.issued_on:
            raise Refused(
                _("Revision %(number)s is newer than this document. Check the date.", number=before.revision)
            )
        if before is not None and not new.note.strip():
            raise Refused(_("Say what has changed since revision %(number)s.", number=before.revision))
        revision = 1 + (before.revision if before else 0)
        session.add(
            ProductDocument(
                product_id=product.id,
                kind=new.kind,
                language=language,
                revision=revision,
                issued_on=new.issued_on,
                note=new.note.strip(),
                sha256=sha256,
                uploaded_by=actor,
                uploaded_at=clock.now(),
            )
        )
        audit.log(
            session,
            actor=actor,
            action="document.upload",
            subject=f"product/{product.slug}",
            after={"kind": new.kind.value, "language": language, "revision": revision, "document": sha256},
        )
        return revision


_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def known_language(tag: str) -> str:
    """A language tag in its usual spelling, such as `pt-BR`.

    Raises:
        Refused: no language has it.
    """
    typed = tag.strip()
    try:
        if not _TAG.fullmatch(typed):
            raise ValueError(typed)
        locale = Locale.parse(typed, sep="-")
    except (ValueError, UnknownLocaleError):
        raise Refused(_("“%(tag)s” is not a language, such as en, de or pt-BR.", tag=typed[:20])) from None
    return str(locale).replace("_", "-")


def language_in_words(tag: str) -> str:
    """The name of a language for readers, such as `German`."""
    name = Locale.parse(tag, sep="-").get_display_name(current_locale())
    return str(name or tag)


def kind_in_words(kind: DocumentKind) -> str:
    """What a document is, for readers."""
    return {
        DocumentKind.SAFETY_DATA_SHEET: _("Safety data sheet"),
        DocumentKind.SPECIFICATION: _("Specification sheet"),
    }[kind]


def current(session: Session, product_id: int) -> list[ProductDocument]:
    """The newest revision of each document of a product in each language. One query."""
    return current_of(session, [product_id])


def current_of(session: Session, product_ids: Collection[int]) -> list[ProductDocument]:
    """The newest revision of each document of some products in each language. One query."""
    newest = (
        select(
            ProductDocument.product_id,
            ProductDocument.kind,
            ProductDocument.language,
            func.max(ProductDocument.revision).label("revision"),
        )
        .where(ProductDocument.product_id.in_(product_ids))
        .group_by(ProductDocument.product_id, ProductDocument.kind, ProductDocument.language)
        .subquery()
    )
    return list(
        session.scalars(
            select(ProductDocument)
            .join(
                newest,
                (newest.c.product_id == ProductDocument.product_id)
                & (newest.c.kind == ProductDocument.kind)
                & (newest.c.language == ProductDocument.language)
                & (newest.c.revision == ProductDocument.revision),
            )
            .order_by(ProductDocument.product_id, ProductDocument.kind, ProductDocument.language)
        )
    )


def all_of(session: Session, product_id: int) -> Sequence[ProductDocument]:
    """Every revision of every document of a product, newest first in each language. One query."""
    return list(
        session.scalars(
            select(ProductDocument)
            .where(ProductDocument.product_id == product_id)
            .order_by(ProductDocument.kind, ProductDocument.language, ProductDocument.revision.desc())
        )
    )


def find(session: Session, slug: str, kind: str, language: str, revision: int) -> ProductDocument:
    """One revision of a document.

    Raises:
        NotFound: there is none.
    """
    found = None
    if _is_plain(slug + language) and kind in {each.value for each in DocumentKind}:
        found = session.scalar(
            select(ProductDocument)
            .join(Product, Product.id == ProductDocument.product_id)
            .where(
                Product.slug == slug,
                ProductDocument.kind == DocumentKind(kind),
                ProductDocument.language == language,
                ProductDocument.revision == revision,
            )
        )
    if found is None:
        raise NotFound(_("There is no such document."))
    return found
