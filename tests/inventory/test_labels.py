"""Labels: what they say, that everything fits, and that the QR code leads to the certificate."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
import zxingcpp
from builders import make_lot, make_ready_to_sell, make_size
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from shop.core.database import reading
from shop.core.errors import Refused
from shop.inventory import labels
from shop.inventory.labels import SHEETS, Label, LabelKind
from shop.inventory.models import Lot, LotState

LABEL = Label(
    band="",
    name="Semax",
    full_name="Semax acetate",
    catalogue_number="Cat. NO-0001",
    lot="Lot SMX-2609-B",
    amount="10 mg net peptide",
    storage="Store at −20 °C, dry and dark",
    until="Retest by 18 Sep 2028",
    research_use=labels.RESEARCH_USE,
    seller="Aliquot",
    contact="shop@aliquot.example",
    url="https://shop.aliquot.example/coa/SMX-2609-B",
)
LONGEST = replace(
    LABEL,
    name="N-Acetyl-muramyl-L-alanyl-D-isoglutamine"[:40],
    full_name="(2S)-2-[[(2S)-5-amino-2-[[2-[(1R)-1-hydroxyethyl]amino]acetyl]amino]-5-oxopentanoyl]amino]"
    " acid trifluoroacetate hydrate",
    catalogue_number="Cat. ABCDEFGHIJ-KLMNOPQRS",
    lot="Lot ABCDEFGHJKLMNPQRSTUVWXYZ234567",
    amount="1234.5678 micrograms net peptide",
    storage="Store at −80 °C, under argon, away from light",
    band="QUARANTINE: NOT RELEASED",
    url="https://a-rather-long-name-of-a-shop.laboratory-reagents.example/coa/ABCDEFGHJKLMNPQRSTUVWXYZ234567",
)
BARE = replace(LABEL, catalogue_number="", storage="", until="", band="ON HOLD: DO NOT USE")


class Picture:
    """An RGBA picture of 8 bits a channel, read from PNG (ISO/IEC 15948), as zxing takes one."""

    def __init__(self, png: bytes) -> None:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        at, packed = 8, b""
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at : at + 8])
            data = png[at + 8 : at + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack(">IIBB", data[:10])
                assert (depth, colour) == (8, 6)
            elif kind == b"IDAT":
                packed += data
            at += 12 + length
        self.grey = self._grey(zlib.decompress(packed))

    def _grey(self, raw: bytes) -> memoryview:
        stride, before, out = self.width * 4, bytearray(self.width * 4), bytearray()
        for row in range(self.height):
            start = row * (stride + 1)
            line = bytearray(raw[start + 1 : start + 1 + stride])
            for index in range(stride):
                left = line[index - 4] if index >= 4 else 0
                above, corner = before[index], before[index - 4] if index >= 4 else 0
                line[index] = (line[index] + _predicted(raw[start], left, above, corner)) & 255
            out += bytes(
                (line[at] * line[at + 3] + 255 * (255 - line[at + 3])) // 255 for at in range(0, stride, 4)
            )
            before = line
        return memoryview(bytes(out)).cast("B", (self.height, self.width))


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        guess = left + above - corner
        distances = (abs(guess - left), abs(guess - above), abs(guess - corner))
        return (left, above, corner)[distances.index(min(distances))]
    return (0, left, above, (left + above) // 2)[kind]


def decoded(label: Label, kind: LabelKind, dots_per_inch: float) -> list[str]:
    picture = Picture(labels.single_png(label, kind, dots_per_inch=dots_per_inch))
    return [each.text for each in zxingcpp.read_barcodes(picture.grey)]


@pytest.mark.parametrize("kind", list(LabelKind))
@pytest.mark.parametrize("label", [LABEL, LONGEST, BARE], ids=["usual", "longest", "bare"])
def test_the_qr_code_leads_to_the_certificate(label: Label, kind: LabelKind) -> None:
    assert decoded(label, kind, 203) == [label.url]  # what a label printer has


@pytest.mark.parametrize("label", [LABEL, LONGEST, BARE], ids=["usual", "longest", "bare"])
@pytest.mark.parametrize("code", sorted(SHEETS))
def test_every_word_is_on_every_label(label: Label, code: str) -> None:
    sheet = SHEETS[code]
    pdf = PdfReader(BytesIO(labels.sheet_pdf(label, sheet, count=1)))
    text = "".join(pdf.pages[0].extract_text().split()).replace("\u00ad", "").replace("\u200b", "")
    named = label.name if sheet.kind == LabelKind.VIAL else label.full_name
    for words in (label.band, named, label.lot, label.amount, label.until, label.research_use, label.storage):
        plain = "".join(words.split())
        assert plain in text or plain.replace("-", "") in text.replace("-", "")


@pytest.mark.parametrize("code", sorted(SHEETS))
def test_the_labels_of_a_sheet_lie_on_it_and_not_on_one_another(code: str) -> None:
    sheet = SHEETS[code]
    right = sheet.left + (sheet.columns - 1) * sheet.column_pitch + sheet.label[0]
    bottom = sheet.top + (sheet.rows - 1) * sheet.row_pitch + sheet.label[1]
    assert right <= sheet.page[0] + 0.01
    assert bottom <= sheet.page[1] + 0.01
    assert (sheet.column_pitch, sheet.row_pitch) >= sheet.label


def test_a_begun_sheet_is_filled_from_its_first_free_place() -> None:
    sheet = SHEETS["a4-65"]
    assert len(PdfReader(BytesIO(labels.sheet_pdf(LABEL, sheet, count=65, start=1))).pages) == 1
    pdf = PdfReader(BytesIO(labels.sheet_pdf(LABEL, sheet, count=65, start=2)))
    assert [page.extract_text().count("SMX-2609-B") for page in pdf.pages] == [64, 1]


@pytest.mark.parametrize(("count", "start"), [(0, 1), (2001, 1), (1, 0), (1, 66)])
def test_what_no_sheet_holds_is_refused(count: int, start: int) -> None:
    with pytest.raises(Refused):
        labels.sheet_pdf(LABEL, SHEETS["a4-65"], count=count, start=start)


def test_words_that_do_not_fit_are_refused_and_never_cut_off() -> None:
    with pytest.raises(Refused, match="do not fit"):
        labels.single_svg(replace(LONGEST, storage="Store at −80 °C " * 12), LabelKind.VIAL)


def test_words_are_never_markup() -> None:
    label = replace(LABEL, name="#panic() $x$ *b*", storage=']#read("/etc/passwd")')
    text = PdfReader(BytesIO(labels.sheet_pdf(label, SHEETS["roll-vial"], count=1))).pages[0].extract_text()
    assert "#panic()" in text


def test_an_svg_is_one_label_with_its_code() -> None:
    svg = labels.single_svg(LABEL, LabelKind.VIAL).decode()
    assert svg.startswith("<svg")
    assert "<script" not in svg


@pytest.fixture
def number(shop: Flask) -> str:
    make_ready_to_sell()
    return make_lot(make_size(), 5, number="SMX-2609-B", retest_on=date(2028, 9, 18))


def label_of(number: str, state: LotState | None = None) -> Label:
    with reading() as session:
        lot = session.scalars(select(Lot).where(Lot.number == number)).one()
        if state is not None:
            lot.state = state
        with session.no_autoflush:
            try:
                return labels.of_lot(lot)
            finally:
                session.expire(lot)


def test_a_label_says_what_the_lot_is_and_no_result(number: str) -> None:
    label = label_of(number)
    assert (label.lot, label.amount, label.until, label.band) == (
        "Lot SMX-2609-B",
        "10 mg net peptide",
        "Retest by 18 Sep 2028",
        "",
    )
    assert label.url.endswith("/coa/SMX-2609-B")
    assert "99.2" not in str(label)


def test_a_lot_that_is_not_released_says_so_and_one_that_never_leaves_has_no_label(number: str) -> None:
    assert label_of(number, LotState.QUARANTINE).band == "QUARANTINE: NOT RELEASED"
    assert label_of(number, LotState.ON_HOLD).band == "ON HOLD: DO NOT USE"
    for state in (LotState.REJECTED, LotState.RECALLED):
        with pytest.raises(Refused, match="no label"):
            label_of(number, state)
