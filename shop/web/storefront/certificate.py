"""Certificates: finding one by lot number, its page, and its documents as they were sent in."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock, files
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import certificates, stability, withdrawals
from shop.inventory.models import CertificateRevision, Lot
from shop.people.models import StaffMember
from shop.search import released_lots
from shop.web.storefront import asked, certificate_page, product_documents
from shop.web.storefront.products import quality_in_words

RECENT_LOTS = 8
MOST_REVISIONS = 9_999


def find() -> AnyResponse:
    """One field; a known lot leads to its page, an unknown one is answered with the nearest."""
    typed = asked.text("lot", 60)
    with reading() as session:
        if typed:
            number = released_lots.exact(session, typed)
            if number is not None:
                return redirect(url_for("storefront.certificate", lot=number), 303)
            return _unknown(session, typed)
        recent = [
            {
                "number": lot.number,
                "url": url_for("storefront.certificate", lot=lot.number),
                "product": lot.vial_size.title,
                "quality": quality_in_words(released_lots.headline(certificates.current(lot))),
                "released_on": at.date(),
            }
            for lot, at in released_lots.recently_released(session, None, RECENT_LOTS)
        ]
        return Response(
            render_template(
                "storefront/find_certificate.html",
                typed="",
                error="",
                nearest=[],
                recent=recent,
                canonical=settings().base_url + url_for("storefront.find_certificate"),
            )
        )


def show(lot: str) -> AnyResponse:
    """The page of a lot; public for ever, whatever became of the lot."""
    return _page(lot, print_view=False)


def to_print(lot: str) -> AnyResponse:
    """The same without what only a screen needs."""
    return _page(lot, print_view=True)


def _page(lot: str, *, print_view: bool) -> AnyResponse:
    with reading() as session:
        found = _lot(session, lot)
        if found is None:
            return _unknown(session, lot)
        if found.number != lot:
            return redirect(_address(found.number, print_view=print_view), 301)
        shown = _asked_revision(found)
        page = certificate_page.compose(
            found,
            shown,
            today=clock.today(),
            names=_names(session, found),
            beside=_beside(session, found, shown),
        )
        old = shown is not None and page.current is not None and shown.revision != page.current
        return Response(
            render_template(
                "storefront/certificate.html",
                lot=found,
                product=found.product,
                page=page,
                is_old=old and page.is_published,
                print_view=print_view,
                documents=product_documents.links_of(session, found.product),
                canonical=settings().base_url + _address(found.number),
                **({"robots": "noindex"} if old or print_view or not page.was_released else {}),
            )
        )


def document(lot: str) -> AnyResponse:
    """The PDF, byte for byte as it was sent in."""
    with reading() as session:
        found, revision = released_revision(session, lot)
        if found.number != lot:
            return redirect(
                url_for("storefront.certificate_pdf", lot=found.number, revision=asked_number()), 301
            )
        name = f"{found.number}-certificate-{revision.revision}.pdf"
        return _as_sent_in(revision.document_sha256, "application/pdf", name)


def trace(lot: str) -> AnyResponse:
    """The chromatogram's points, as they were sent in."""
    with reading() as session:
        found, revision = released_revision(session, lot)
        if found.number != lot:
            return redirect(
                url_for("storefront.certificate_trace", lot=found.number, revision=asked_number()), 301
            )
        if revision.chromatogram_sha256 is None:
            raise NotFound(_("Lot %(lot)s has no chromatogram on file.", lot=found.number))
        return _as_sent_in(revision.chromatogram_sha256, "text/csv", f"{found.number}-trace.csv")


def _as_sent_in(sha256: str, media_type: str, name: str) -> Response:
    """A kept document under its hash: never rewritten, never run by the browser."""
    response = Response(files.store().get(sha256), mimetype=media_type)
    response.set_etag(sha256)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _address(number: str, *, print_view: bool = False) -> str:
    endpoint = "storefront.certificate_print" if print_view else "storefront.certificate"
    return url_for(endpoint, lot=number, revision=asked_number())


def asked_number() -> int | None:
    """The number of the revision that the address names."""
    return asked.whole_number("revision", MOST_REVISIONS)


def _lot(session: Session, typed: str) -> Lot | None:
    """A lot by its number in any case; hyphens have to be where they are printed."""
    number = released_lots.number_as_printed(typed)
    if not released_lots.is_possible(number):
        return None
    return session.scalar(
        select(Lot)
        .where(Lot.number == number)
        .options(
            selectinload(Lot.certificates).joinedload(CertificateRevision.tests),
            selectinload(Lot.events),
        )
    )


def _asked_revision(lot: Lot) -> CertificateRevision | None:
    """The published revision asked for, or else the current one; before any, the draft: results so far."""
    wanted = asked_number()
    if request.args.get("revision") is not None:
        revision = next(
            (each for each in lot.certificates if each.revision == wanted and each.published_at is not None),
            None,
        )
        if revision is None:
            raise NotFound(_("Lot %(lot)s has no such revision of its certificate.", lot=lot.number))
        return revision
    return certificates.newest_published(lot) or certificates.draft(lot)


def released_revision(session: Session, typed: str) -> tuple[Lot, CertificateRevision]:
    """A published revision of a lot that is or was released.

    Raises:
        NotFound: there is no such lot, or nothing of it is published.
    """
    lot = _lot(session, typed)
    if lot is None:
        raise NotFound(_("We have no such lot. Check the number on the label."))
    revision = _asked_revision(lot)
    if revision is None or revision.published_at is None or not released_lots.ever_released(lot):
        raise NotFound(_("Lot %(lot)s has not been released, so it has no certificate yet.", lot=lot.number))
    return lot, revision


def _beside(session: Session, lot: Lot, shown: CertificateRevision | None) -> certificate_page.Beside:
    """What stands beside a certificate in rows of its own."""
    checks = withdrawals.latest_checks(session, [shown.id]) if shown else {}
    return certificate_page.Beside(
        portal_check=checks.get(shown.id) if shown else None,
        stability=stability.of_lot(session, lot.id, confirmed=True),
        retests=stability.retests_of(session, lot.id),
    )


def _names(session: Session, lot: Lot) -> dict[str, str]:
    """The names of those who released and confirmed, by the address they are logged as."""
    by_key = {name_key(actor): actor for actor in certificate_page.actors(lot)}
    rows = session.execute(
        select(StaffMember.email_key, StaffMember.name).where(StaffMember.email_key.in_(list(by_key)))
    )
    return {by_key[key]: name for key, name in rows}


def _unknown(session: Session, typed: str) -> AnyResponse:
    shown = asked.printable(typed)[:60]
    page = render_template(
        "storefront/find_certificate.html",
        typed=shown,
        error=_("We have no lot %(lot)s. Check the number on the label.", lot=shown.upper()),
        nearest=[
            {"number": number, "url": url_for("storefront.certificate", lot=number)}
            for number in released_lots.nearest(session, typed)
        ],
        recent=[],
        has_errors=True,
        robots="noindex",
    )
    return Response(page, status=404)
