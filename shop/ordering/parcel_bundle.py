"""All papers of one parcel in one zip file, in the order in which the packer lays them in: to print at once.

Made of what is in the box or has left: packing slip, the certificate revision of each lot, safety data
sheets, and the customs invoice and dry-ice mark where they are needed. The same parcel gives the same names.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from sqlalchemy.orm import Session

from shop.core import files
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.ordering import customs, packing_slip, parcel_papers
from shop.ordering.parcel_contents import Contents


def file_name(contents: Contents) -> str:
    """The name of the file, such as `parcel-10482-1.zip`."""
    return f"parcel-{contents.reference}.zip"


def write(session: Session, contents: Contents) -> bytes:
    """The zip file.

    Raises:
        Refused: the parcel crosses a customs border and its papers lack something; says what.
    """
    if customs.needed(contents.order):
        missing = customs.missing(contents, parcel_papers.customs_lines(session, contents))
        if missing:
            raise Refused(
                _(
                    "The papers of this parcel are not complete. Enter first: %(what)s.",
                    what=", ".join(missing),
                )
            )
    out = io.BytesIO()
    made = max(contents.made_at.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for place, (name, data) in enumerate(_papers(session, contents), start=1):
            bundle.writestr(zipfile.ZipInfo(f"{place:02}-{name}.pdf", made), data)
    return out.getvalue()


def _papers(session: Session, contents: Contents) -> Iterator[tuple[str, bytes]]:
    store = files.store()
    yield "packing-slip", packing_slip.of_contents(session, contents)
    certificates = {row.lot.number: row.certificate for row in contents.rows}
    for number, certificate in sorted(certificates.items()):
        name = f"certificate-{_safe(number)}-revision-{certificate.revision}"
        yield name, store.get(certificate.document_sha256)
    for sheet in parcel_papers.safety_sheets(session, contents):
        name = f"safety-data-sheet-{_safe(sheet.product.slug)}-{_safe(sheet.language)}"
        yield name, store.get(sheet.sha256)
    if customs.needed(contents.order):
        yield "customs-invoice", parcel_papers.customs_invoice(session, contents)
    if contents.dry_ice_g:
        yield "dry-ice-mark", parcel_papers.dry_ice_mark(contents)


def _safe(text: str) -> str:
    """Only what every file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-") or "x"
