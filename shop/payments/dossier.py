"""Everything on paper about one order, in one zip file: for a laboratory's records, an audit, or a court.

The same papers give the same bytes: the times inside are those of the order, the files stand in a fixed
order, and the manifest names each with its SHA-256. What does not exist is named too, with why. One paper at
a time is in memory; the rest is on disk.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from shop.attestations import attestation_copy
from shop.core import files
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.inventory import certificates, product_documents
from shop.inventory.models import CertificateRevision, Lot, Reservation, ReservationState
from shop.ordering import customs, fulfilment, packing_slip, parcel_contents, parcel_papers
from shop.ordering.models import FulfilmentState, Order
from shop.payments import invoice_papers, invoices

IN_MEMORY = 2 * 1024 * 1024
GONE = (ReservationState.RELEASED,)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A file of the dossier."""

    name: str
    what: str
    data: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A paper that is not there."""

    what: str
    why: str


def file_name(order: Order) -> str:
    """The name of an order's dossier."""
    return f"order-{order.number}-dossier.zip"


def write(session: Session, order_id: int) -> IO[bytes]:
    """The dossier of an order, to be read from its beginning and closed.

    Raises:
        NotFound: there is no such order.
    """
    order = fulfilment.find(session, order_id)
    papers = [
        *_certificates(session, order),
        *_invoices(session, order),
        *_attestation(session, order),
        *_parcels(session, order),
        *_documents(session, order),
    ]
    missing = list(_missing(order, papers))
    target = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    stamp = order.placed_at.timetuple()[:6]
    listed = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for paper in papers:
            try:
                data = paper.data()
            except NotFound:
                missing.append(Missing(what=paper.what, why=_("The file is lost; the shop has been told.")))
                continue
            listed.append(
                {
                    "name": paper.name,
                    "what": paper.what,
                    "bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                }
            )
            _put(archive, paper.name, data, stamp)
        manifest = {
            "format": "aliquot-order-dossier/1",
            "order": order.number,
            "placed_at": order.placed_at.isoformat(),
            "files": listed,
            "missing": [{"what": each.what, "why": each.why} for each in missing],
            "attestation": {
                "record": order.attestation_id,
                "sequence": order.attestation.sequence,
                "record_hash": order.attestation.record_hash,
                "previous_hash": order.attestation.previous_hash,
            },
        }
        readme = plain_text(
            "documents/dossier.txt", order=order, manifest=manifest, shop_name=settings().shop_name
        )
        _put(archive, "README.txt", readme.encode(), stamp)
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        _put(archive, "manifest.json", text.encode(), stamp)
    target.seek(0)
    return target


def _put(archive: zipfile.ZipFile, name: str, data: bytes, stamp: tuple[int, ...]) -> None:
    year, month, day, hour, minute, second = stamp
    entry = zipfile.ZipInfo(name, (max(year, 1980), month, day, hour, minute, second // 2 * 2))
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    archive.writestr(entry, data)


def safe(name: str) -> str:
    """A name that every system takes as a file's, and that leads into no other folder."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:80] or "paper"


def _certificates(session: Session, order: Order) -> Iterator[Paper]:
    """Of each lot the certificate that applied to this order, and the one in force where that is newer."""
    line_ids = [line.id for line in order.lines]
    held = session.scalars(
        select(Reservation)
        .where(Reservation.order_line_id.in_(line_ids), Reservation.state.not_in(GONE))
        .order_by(Reservation.id)
        .options(
            joinedload(Reservation.certificate),
            joinedload(Reservation.lot)
            .selectinload(Lot.certificates)
            .selectinload(CertificateRevision.withdrawal),
        )
    ).all()
    seen: set[int] = set()
    for each in sorted(held, key=lambda row: (row.lot.number, row.certificate.revision)):
        if each.certificate.id not in seen:
            seen.add(each.certificate.id)
            yield _certificate(each.lot, each.certificate, _("as it applied to this order"))
    for lot in sorted({each.lot for each in held}, key=lambda lot: lot.number):
        newest = certificates.current(lot)
        if newest is not None and newest.id not in seen:
            yield _certificate(lot, newest, _("in force now"))


def _certificate(lot: Lot, revision: CertificateRevision, when: str) -> Paper:
    return Paper(
        name=f"certificates/{safe(lot.number)}-revision-{revision.revision}.pdf",
        what=_(
            "Certificate of lot %(lot)s, revision %(revision)s, %(when)s",
            lot=lot.number,
            revision=revision.revision,
            when=when,
        ),
        data=lambda: files.store().get(revision.document_sha256),
    )


def _invoices(session: Session, order: Order) -> Iterator[Paper]:
    for each in invoices.papers_of_order(session, order.id):
        kind = invoice_papers.kind_in_words(each.kind)
        yield Paper(
            name=f"invoices/{safe(each.number)}.pdf",
            what=f"{kind} {each.number}",
            data=lambda number=each.id: invoice_papers.pdf(session, number),  # type: ignore[misc]
        )


def _attestation(session: Session, order: Order) -> Iterator[Paper]:
    """The buyer's copy, what was signed word for word, and the sealed record."""
    record = order.attestation
    yield Paper(
        name="research-use/attestation.pdf",
        what=_("Research-use attestation"),
        data=lambda: attestation_copy.pdf(session, record.id),
    )
    yield Paper(
        name="research-use/statement.txt",
        what=_("Research-use statement as it was confirmed for this order"),
        data=lambda: (record.rendered_text + "\n").encode(),
    )
    sealed = {
        "record": record.id,
        "sequence": record.sequence,
        "signed_at": record.signed_at.isoformat(),
        "purpose": record.purpose,
        "answers": record.answers,
        "content": record.content,
        "rendered_sha256": record.rendered_sha256,
        "signer_commitment": record.signer_commitment,
        "previous_hash": record.previous_hash,
        "record_hash": record.record_hash,
    }
    text = json.dumps(sealed, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    yield Paper(
        name="research-use/record.json",
        what=_("Its record in the register, with the hash that seals it"),
        data=text.encode,
    )


def _parcels(session: Session, order: Order) -> Iterator[Paper]:
    """Of each parcel that has left its packing slip, and its customs invoice where it crossed a border."""
    for number, shipment in enumerate(order.shipments, start=1):
        yield Paper(
            name=f"parcels/{number}-packing-slip.pdf",
            what=_("Packing slip of parcel %(number)s", number=number),
            data=lambda shipment_id=shipment.id: packing_slip.pdf(session, shipment_id),  # type: ignore[misc]
        )
        if customs.needed(order):
            yield Paper(
                name=f"parcels/{number}-customs-invoice.pdf",
                what=_("Customs invoice of parcel %(number)s", number=number),
                data=lambda shipment_id=shipment.id: parcel_papers.customs_invoice(  # type: ignore[misc]
                    session, parcel_contents.of_shipment(session, shipment_id)
                ),
            )


def _documents(session: Session, order: Order) -> Iterator[Paper]:
    products = sorted({line.vial_size.product_id for line in order.lines})
    for each in product_documents.current_of(session, products):
        yield Paper(
            name=f"safety/{safe(each.product.slug)}-{each.kind.value}-{safe(each.language)}-{each.revision}.pdf",
            what=f"{product_documents.kind_in_words(each.kind)}, {each.product.name}, {each.language}",
            data=lambda sha256=each.sha256: files.store().get(sha256),  # type: ignore[misc]
        )


def _missing(order: Order, papers: Sequence[Paper]) -> Iterator[Missing]:
    names = [paper.name for paper in papers]
    if not any(name.startswith("certificates/") for name in names):
        yield Missing(what=_("Certificates"), why=_("No vials are kept for this order or were sent."))
    if not any(name.startswith("invoices/") for name in names):
        why = (
            _("Nothing was charged.")
            if order.fulfilment_state == FulfilmentState.CANCELLED
            else _("It has not been invoiced yet.")
        )
        yield Missing(what=_("Invoice"), why=why)
    if not order.shipments:
        yield Missing(what=_("Packing slip"), why=_("No parcel has left yet."))
    if not any(name.startswith("safety/") for name in names):
        yield Missing(what=_("Safety data sheets"), why=_("None is kept for these products; ask for one."))
