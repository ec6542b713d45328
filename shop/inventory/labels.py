"""Labels for vials and boxes, as SVG, PNG or PDF: what they say is decided here, how they look in typst.

A vial label carries no result: the certificate its QR code leads to does. A lot that is not released gets a
label that says so; one that never may leave gets none.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

import segno
import typst

from shop.catalogue.models import AmountBasis
from shop.core import assets
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import date_in_words
from shop.inventory.models import Lot, LotState

MOST_LABELS = 2_000
RESEARCH_USE = "For laboratory research use only. Not for human or veterinary use."


class LabelKind(StrEnum):
    """What the label is stuck on."""

    VIAL = "vial"
    BOX = "box"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of labels as sold, in millimetres. A roll is a sheet with one label."""

    code: str
    name: str
    kind: LabelKind
    page: tuple[float, float]
    label: tuple[float, float]
    columns: int
    rows: int
    left: float
    top: float
    column_pitch: float
    row_pitch: float

    @property
    def places(self) -> int:
        """Labels on one sheet."""
        return self.columns * self.rows


A4, LETTER = (210.0, 297.0), (215.9, 279.4)


def _sheet(
    code: str,
    name: str,
    kind: LabelKind,
    page: tuple[float, float],
    label: tuple[float, float],
    grid: tuple[int, int],
    origin: tuple[float, float],
    pitch: tuple[float, float],
) -> Sheet:
    return Sheet(
        code=code,
        name=name,
        kind=kind,
        page=page,
        label=label,
        columns=grid[0],
        rows=grid[1],
        left=origin[0],
        top=origin[1],
        column_pitch=pitch[0],
        row_pitch=pitch[1],
    )


def _roll(code: str, name: str, kind: LabelKind, label: tuple[float, float]) -> Sheet:
    return _sheet(code, name, kind, label, label, (1, 1), (0, 0), label)


_V, _B = LabelKind.VIAL, LabelKind.BOX
SHEETS: dict[str, Sheet] = {
    sheet.code: sheet
    for sheet in (
        _sheet(
            "a4-65",
            "A4, 65 labels of 38.1 × 21.2 mm",
            _V,
            A4,
            (38.1, 21.2),
            (5, 13),
            (4.75, 10.7),
            (40.6, 21.2),
        ),
        _sheet(
            "letter-30",
            "Letter, 30 labels of 66.7 × 25.4 mm",
            _V,
            LETTER,
            (66.675, 25.4),
            (3, 10),
            (4.7625, 12.7),
            (69.85, 25.4),
        ),
        _roll("roll-vial", "Roll, 38 × 21 mm", _V, (38.0, 21.0)),
        _sheet(
            "a4-14",
            "A4, 14 labels of 99.1 × 38.1 mm",
            _B,
            A4,
            (99.1, 38.1),
            (2, 7),
            (4.65, 15.15),
            (101.6, 38.1),
        ),
        _sheet(
            "letter-10",
            "Letter, 10 labels of 101.6 × 50.8 mm",
            _B,
            LETTER,
            (101.6, 50.8),
            (2, 5),
            (3.96875, 12.7),
            (106.3625, 50.8),
        ),
        _roll("roll-box", "Roll, 100 × 50 mm", _B, (100.0, 50.0)),
    )
}
"""Common sheets, by the sizes their makers print on the pack."""

SINGLE = {LabelKind.VIAL: SHEETS["roll-vial"], LabelKind.BOX: SHEETS["roll-box"]}


@dataclass(frozen=True, kw_only=True)
class Label:
    """Every word on a label. An empty line is not printed."""

    band: str
    """Printed across the label of a lot that is not released."""
    name: str
    full_name: str
    catalogue_number: str
    lot: str
    amount: str
    storage: str
    until: str
    research_use: str
    seller: str
    contact: str
    url: str


def of_lot(lot: Lot) -> Label:
    """What the labels of a lot say.

    Raises:
        Refused: the lot was rejected or recalled; a label would send it on its way.
    """
    if lot.state in (LotState.REJECTED, LotState.RECALLED):
        raise Refused(
            _(
                "Lot %(lot)s never leaves, so there is no label for it. Mark what is left by hand.",
                lot=lot.number,
            )
        )
    band = {
        LotState.QUARANTINE: _("QUARANTINE: NOT RELEASED"),
        LotState.ON_HOLD: _("ON HOLD: DO NOT USE"),
    }
    product = lot.product
    return Label(
        band=band.get(lot.state, ""),
        name=product.label_name.strip() or product.name,
        full_name=product.name,
        catalogue_number=_("Cat. %(number)s", number=product.catalogue_number)
        if product.catalogue_number.strip()
        else "",
        lot=_("Lot %(lot)s", lot=lot.number),
        amount=_amount(lot),
        storage=product.storage_label.strip() or product.storage_dry.strip(),
        until=_until(lot.retest_on, lot.expires_on),
        research_use=_(RESEARCH_USE),
        seller=settings().shop_name,
        contact=settings().contact_email,
        url=f"{settings().base_url}/coa/{lot.number}",
    )


def _amount(lot: Lot) -> str:
    basis = {AmountBasis.NET_PEPTIDE: _("net peptide"), AmountBasis.GROSS: _("gross")}
    return f"{lot.vial_size.amount_text} {basis[lot.product.amount_basis]}"


def _until(retest_on: date | None, expires_on: date | None) -> str:
    """The date that comes first; a label has room for one."""
    dates = [
        (day, words)
        for day, words in ((retest_on, _("Retest by")), (expires_on, _("Expires")))
        if day is not None
    ]
    if not dates:
        return ""
    day, words = min(dates)
    return f"{words} {date_in_words(day)}"


def qr_svg(url: str) -> str:
    """A QR code (ISO/IEC 18004, error correction M) without its quiet zone, which the label leaves free."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False, boost_error=False).save(
        out, kind="svg", border=0, xmldecl=False, svgns=True
    )
    return out.getvalue().decode()


def sheet_pdf(label: Label, sheet: Sheet, *, count: int, start: int = 1) -> bytes:
    """Labels on as many sheets as they need.

    Args:
        start: the first free place of the first sheet, counted from 1 along its rows.

    Raises:
        Refused: there are too many labels, or the sheet has no such place.
    """
    if not 1 <= count <= MOST_LABELS:
        raise Refused(_("Print from 1 to %(most)s labels at once.", most=MOST_LABELS))
    if not 1 <= start <= sheet.places:
        raise Refused(_("This sheet has places 1 to %(most)s.", most=sheet.places))
    return _compile(label, sheet, format="pdf", count=count, start=start)


def single_svg(label: Label, kind: LabelKind) -> bytes:
    """One label as SVG."""
    return _compile(label, SINGLE[kind], format="svg")


def single_png(label: Label, kind: LabelKind, *, dots_per_inch: float = 300) -> bytes:
    """One label as a picture, as a label printer would draw it."""
    return _compile(label, SINGLE[kind], format="png", dots_per_inch=dots_per_inch)


def _compile(
    label: Label,
    sheet: Sheet,
    *,
    format: Literal["pdf", "svg", "png"],
    count: int = 1,
    start: int = 1,
    dots_per_inch: float | None = None,
) -> bytes:
    """Words reach the template as JSON in `sys.inputs`, so they are text and never typst markup.

    Raises:
        Refused: the words do not fit at a size that can be read. A label is never cut off.
    """
    try:
        return _drawn(label, sheet, format=format, count=count, start=start, dots_per_inch=dots_per_inch)
    except typst.TypstError as error:
        if _TOO_LONG not in str(error):
            raise
        raise Refused(
            _("The words do not fit on this label. Shorten the label name or the storage line.")
        ) from None


_TOO_LONG = "label-words-do-not-fit"


def _drawn(
    label: Label,
    sheet: Sheet,
    *,
    format: Literal["pdf", "svg", "png"],
    count: int,
    start: int,
    dots_per_inch: float | None,
) -> bytes:
    made: bytes = typst.compile(
        assets.folder("templates") / "documents" / "labels.typ",
        sys_inputs={
            "label": json.dumps(asdict(label)),
            "sheet": json.dumps(asdict(sheet)),
            "qr": qr_svg(label.url),
            "count": str(count),
            "start": str(start),
        },
        ignore_system_fonts=True,
        format=format,
        ppi=dots_per_inch,
    )
    return made
