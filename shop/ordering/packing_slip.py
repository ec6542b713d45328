"""The paper in the box: lots, vials and certificates of this parcel, and what is still to come."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.attestations.models import StatementVersion
from shop.core import typeset
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words, moment_in_words
from shop.inventory.labels import qr_svg
from shop.inventory.models import Lot
from shop.ordering import parcel_contents, parcel_papers
from shop.ordering.parcel_contents import Contents, Row


def pdf(session: Session, shipment_id: int) -> bytes:
    """The packing slip of a parcel that has left.

    Raises:
        NotFound: there is no such parcel.
    """
    return of_contents(session, parcel_contents.of_shipment(session, shipment_id))


def of_contents(session: Session, contents: Contents) -> bytes:
    """The packing slip of a parcel that has left, or of the box that is packed now."""
    order, shop = contents.order, settings()
    code = session.scalars(
        select(StatementVersion.code).where(StatementVersion.id == order.attestation.version_id)
    ).one()
    return typeset.pdf(
        "packing_slip",
        {
            "research_use": parcel_papers.RESEARCH_USE,
            "shop": shop.seller_name or shop.shop_name,
            "email": shop.contact_email,
            "title": _("Packing slip"),
            "number": contents.reference,
            "specimen": _("Specimen.") if shop.is_demo else "",
            "date": date_in_words(contents.made_at.date()),
            "from": [shop.seller_name or shop.shop_name, *shop.seller_address],
            "to": parcel_papers.to_address(order),
            "facts": [
                [label, value]
                for label, value in (
                    (_("Order"), order.number),
                    (_("Purchase order"), order.po_number),
                    (_("Goods in"), order.goods_in),
                )
                if value
            ],
            "rows": [_row(row) for row in contents.rows],
            "rest": [f"{vials} × {title}" for title, vials in contents.rest],
            "rest_title": _("Still to come in another parcel"),
            "storage_title": _("On arrival"),
            "storage": sorted({_storage(row) for row in contents.rows}),
            "statement": _(
                "Ordered under research-use statement %(code)s, confirmed %(when)s. Record %(id)s.",
                code=code,
                when=moment_in_words(order.attestation.signed_at),
                id=order.attestation_id,
            ),
            "heads": [_("Item"), _("Lot and certificate"), _("Vials")],
        },
        made_at=contents.made_at.replace(microsecond=0),
    )


def _row(row: Row) -> dict[str, object]:
    address = f"{settings().base_url}/coa/{row.lot.number}"
    return {
        "title": row.line.title,
        "until": _until(row.lot),
        "lot": row.lot.number,
        "revision": _("certificate revision %(number)s", number=row.certificate.revision),
        "address": address,
        "qr": qr_svg(address),
        "qr_words": _("QR code of the certificate of lot %(lot)s", lot=row.lot.number),
        "vials": str(row.vials),
    }


def _until(lot: Lot) -> str:
    if lot.retest_on is not None:
        return _("Retest by %(day)s", day=date_in_words(lot.retest_on))
    return _("Expires %(day)s", day=date_in_words(lot.expires_on)) if lot.expires_on else ""


def _storage(row: Row) -> str:
    return f"{row.lot.product.name}: {row.lot.product.storage_label or row.lot.product.storage_dry}"
