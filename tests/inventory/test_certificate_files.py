"""Certificates as they come in, most of them made to do harm. Every file is built here."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from pypdf import PdfReader, PdfWriter

from shop.core.errors import Refused
from shop.inventory import pdf_child
from shop.inventory.certificate_files import (
    MAX_OBJECTS,
    MAX_PAGES,
    MAX_UNPACKED,
    FileRefused,
    PdfFacts,
    examine,
    mentions_lot,
)

MEGABYTE = 1024 * 1024
LIMITS = {"pages": MAX_PAGES, "objects": MAX_OBJECTS, "text": 200_000, "unpacked": MAX_UNPACKED}
SCRIPT = b"<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff," + bytes(8) + b"\x02\x02D\x01\x00;"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def flate(data: bytes, entries: bytes = b"") -> bytes:
    return stream(zlib.compress(data, 9), b"/Filter /FlateDecode " + entries)


def written(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out, offsets = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start, size = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(out)


def one_page(
    *more: bytes,
    catalog: bytes = b"",
    page: bytes = b"",
    content: bytes | None = None,
    trailer: bytes = b"",
) -> bytes:
    """A one-page certificate of lot SMX-2609-B with entries added; further objects are numbered from 6."""
    text = b"BT /F1 12 Tf 72 700 Td (Certificate of analysis, lot SMX-2609-B) Tj ET"
    return written(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> %s >>" % page,
            flate(text) if content is None else content,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            *more,
        ],
        trailer,
    )


def packed(*bodies: bytes, entries: bytes = b"/Type /ObjStm") -> bytes:
    """An object stream holding objects numbered from 100."""
    index, data = b"", b""
    for number, body in enumerate(bodies, 100):
        index += b"%d %d " % (number, len(data))
        data += body + b" "
    return flate(index + data, entries + b" /N %d /First %d" % (len(bodies), len(index)))


def with_cross_reference_stream(catalog: bytes) -> bytes:
    """A PDF whose catalog, page tree and page stand in an object stream, as most programs write today."""
    bodies = [catalog, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"]
    bodies.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
    index, data = b"", b""
    for number, body in enumerate(bodies, 1):
        index += b"%d %d " % (number, len(data))
        data += body + b" "
    out = b"%PDF-1.7\n"
    holder = len(out)
    out += b"4 0 obj\n%s\nendobj\n" % flate(index + data, b"/Type /ObjStm /N 3 /First %d" % len(index))
    rows = [b"\0\0\0\0", b"\2\0\4\0", b"\2\0\4\1", b"\2\0\4\2", b"\1%s\0" % holder.to_bytes(2, "big")]
    start = len(out)
    rows.append(b"\1%s\0" % start.to_bytes(2, "big"))
    entries = b"/Type /XRef /W [1 2 1] /Size 6 /Root 1 0 R"
    return out + b"5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (flate(b"".join(rows), entries), start)


def typst_made(standard: typst.PDFStandard | None = None) -> bytes:
    source = b"""#set document(title: "Certificate")
        #set text(lang: "en")
        = Certificate of analysis
        #table(columns: 2, table.header([Test], [Result]), [Lot], [SMX-2609-B], ..range(60).map(i => [#i]))
        #link("https://example.org/")[The laboratory] #lorem(300)"""
    return typst.compile(
        source,
        pdf_standards=[standard] if standard else [],
        ignore_system_fonts=True,
        timestamp=1_700_000_000,
    )


def pypdf_made(pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    return writer


def saved(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def zip_archive(comment: bytes = b"") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
        archive.comment = comment
    return out.getvalue()


def refusal(data: bytes, max_bytes: int = 20 * MEGABYTE) -> FileRefused:
    """How the shop refuses a file, and that it does so in time and in words."""
    began = time.monotonic()
    with pytest.raises(FileRefused) as caught:
        examine(data, max_bytes=max_bytes)
    assert time.monotonic() - began < 5
    assert str(caught.value).endswith(".")
    return caught.value


def reason_inside(data: bytes) -> str:
    """The reason found by the reading itself, without starting a process for it."""
    with pytest.raises(pdf_child.Refusal) as caught:
        pdf_child.read(data, LIMITS)
    return caught.value.reason


@pytest.fixture
def printed_by_chromium(page: Page) -> bytes:
    """A certificate page as a browser prints it."""
    page.set_content(
        "<title>Certificate</title><h1>Certificate of analysis</h1><p>Lot SMX-2609-B, purity ≥ 98.0%</p>"
        "<a href='https://lab.example/'>The laboratory</a>"
        "<table><tr><td>Water</td><td>4.1%</td></tr></table>"
    )
    return page.pdf()


@pytest.mark.browser
def test_a_certificate_printed_by_a_browser_is_read(printed_by_chromium: bytes) -> None:
    facts = examine(printed_by_chromium, max_bytes=MEGABYTE)
    assert facts.pages == 1 and mentions_lot(facts, "SMX-2609-B")


def test_a_certificate_written_anew_by_pypdf_is_read() -> None:
    writer = PdfWriter()
    for each in (typst_made(), typst_made("a-2a")):
        writer.append(BytesIO(each))
    writer.add_metadata({"/Title": "Certificate", "/Producer": "a laboratory's program"})
    for page in writer.pages:
        page.compress_content_streams()
    facts = examine(saved(writer), max_bytes=MEGABYTE)
    assert facts.pages == 4 and mentions_lot(facts, "SMX-2609-B")


@pytest.mark.parametrize("standard", [None, "1.4", "2.0", "a-2a", "a-3b", "ua-1"])
def test_a_certificate_made_by_typst_is_read(standard: typst.PDFStandard | None) -> None:
    facts = examine(typst_made(standard), max_bytes=MEGABYTE)
    assert facts.pages == 2
    assert facts.has_text
    assert mentions_lot(facts, "SMX-2609-B")


def test_a_hand_written_and_a_packed_certificate_are_read() -> None:
    facts = examine(one_page(trailer=b"/Info << /Producer (Hand) >>"), max_bytes=MEGABYTE)
    assert facts == PdfFacts(pages=1, text="Certificate of analysis, lot SMX-2609-B\n", producer="Hand")
    assert facts.has_text
    assert (
        examine(with_cross_reference_stream(b"<< /Type /Catalog /Pages 2 0 R >>"), max_bytes=MEGABYTE).pages
        == 1
    )


def test_a_file_without_text_is_accepted_and_said_to_have_none() -> None:
    facts = examine(saved(pypdf_made(MAX_PAGES)), max_bytes=MEGABYTE)
    assert facts.pages == MAX_PAGES
    assert not facts.has_text
    assert not mentions_lot(facts, "SMX-2609-B")


def test_links_bookmarks_and_an_opening_page_are_not_active() -> None:
    writer = pypdf_made(2)
    writer.add_outline_item(title="Results", page_number=1)
    writer.open_destination = "second"
    writer.add_named_destination("second", 1)
    assert examine(saved(writer), max_bytes=MEGABYTE).pages == 2
    ordinary = one_page(
        catalog=b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>",
        page=b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org) >> >> "
        b"<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (www.example.org/a:b) >> >>]",
    )
    assert examine(ordinary, max_bytes=MEGABYTE).pages == 1


def test_a_signature_field_and_buttons_that_turn_pages_are_not_active() -> None:
    signed = one_page(
        catalog=b"/AcroForm << /SigFlags 3 /NeedAppearances false /Fields [<< /FT /Sig /T (signature) >>] >>",
        page=b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /Named /N /NextPage >> >>]",
    )
    assert examine(signed, max_bytes=MEGABYTE).pages == 1


def test_padding_after_the_end_is_accepted_but_not_much() -> None:
    assert examine(one_page() + b"\r\n\0\0\x1a", max_bytes=MEGABYTE).pages == 1
    assert refusal(one_page() + b"\0" * 2000).reason == "trailing"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"").reason == "empty"
    assert issubclass(FileRefused, Refused)


def test_a_file_over_the_size_limit_is_refused_with_both_sizes() -> None:
    error = refusal(b"%PDF-1.7" + bytes(5 * MEGABYTE), max_bytes=5 * MEGABYTE)
    assert error.reason == "size"
    assert str(error) == "The file has 5.1 MB. A certificate may have up to 5 MB."
    exact = one_page()
    assert examine(exact, max_bytes=len(exact)).pages == 1
    assert refusal(exact, max_bytes=len(exact) - 1).reason == "size"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"<!doctype html><script>alert(1)</script>\n" + one_page(),
        b"\n" + one_page(),
        zip_archive() + one_page(),
        b"/*\n" + one_page() + b"*/ alert(1)",
        GIF + one_page(),
        b"%PDF-x" + one_page()[6:],
    ],
    ids=["png", "html", "newline", "zip", "js", "gif", "no version"],
)
def test_anything_before_the_header_makes_it_no_pdf(data: bytes) -> None:
    assert refusal(data).reason == "not_pdf"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (one_page() + b"<script>alert(1)</script>", "polyglot"),
        (one_page() + b"<HTML><body onload=alert(1)>\n%%EOF", "polyglot"),
        (one_page(stream(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')), "polyglot"),
        (one_page(stream(b"<?php system($_GET['c']); ?>")), "polyglot"),
        (one_page() + zip_archive(), "polyglot"),
        (one_page(stream(zip_archive(b"x" * 500)[:-500])), "polyglot"),
        (one_page(stream(b"Rar!\x1a\x07\x01\x00")), "polyglot"),
        (one_page(stream(b"7z\xbc\xaf\x27\x1c\x00\x04")), "polyglot"),
        (b"%PDF-1.7\n%" + bytes(247) + b"ustar\x0000\n" + one_page()[9:], "polyglot"),
        (b"%PDF-1.7\n%<svg/onload=alert(1)>\n" + one_page()[9:], "polyglot"),
        (b"%PDF-1.7\n%<body onload=alert(1)>\n" + one_page()[9:], "polyglot"),
        (b"%PDF-1.7\n%<EMBED src=x>\n" + one_page()[9:], "polyglot"),
        (one_page() + one_page(), "polyglot"),
        (one_page() + b"\n" * 2000 + one_page(), "polyglot"),
        (one_page() + b"\nalert(1)//", "trailing"),
        (one_page() + GIF, "trailing"),
    ],
)
def test_a_file_that_is_also_something_else_is_refused(data: bytes, reason: str) -> None:
    assert refusal(data).reason == reason


def encrypted(password: str) -> bytes:
    writer = pypdf_made()
    writer.encrypt(password, algorithm="RC4-128")
    return saved(writer)


def with_attachment() -> bytes:
    writer = pypdf_made()
    writer.add_attachment("data.csv", b"1,2")
    return saved(writer)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encrypted("secret"), "encrypted"),
        (encrypted(""), "encrypted"),
        (one_page(catalog=b"/OpenAction " + SCRIPT), "script"),
        (one_page(catalog=b"/OpenAction << /S /Launch /F (cmd.exe) >>"), "action"),
        (one_page(catalog=b"/OpenAction << /S /URI /URI (https://example.org) >>"), "action"),
        (with_attachment(), "embedded"),
        (one_page(catalog=b"/AcroForm << /XFA 6 0 R /Fields [] >>"), "form"),
        (one_page(stream(b"", b"/F (other.pdf)")), "external"),
        (saved(pypdf_made(MAX_PAGES + 1)), "pages"),
        (one_page(*[b"null"] * MAX_OBJECTS), "objects"),
        (written([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]), "damaged"),
        (b"%PDF-1.7\n" + b"nothing here " * 50 + b"startxref\n9\n%%EOF", "damaged"),
    ],
)
def test_what_may_not_be_in_a_certificate_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    assert refusal(data).reason == reason


@pytest.mark.parametrize(
    "action",
    [
        b"<< /S /Launch /F (cmd.exe) >>",
        b"<< /S /SubmitForm /F (https://example.org) >>",
        b"<< /S /ImportData /F (data.fdf) >>",
        b"<< /S /GoToR /F (other.pdf) /D [0 /Fit] >>",
        b"<< /S /GoToE /T << /R /C >> >>",
        b"<< /S /RichMediaExecute >>",
        b"<< /S /Rendition /OP 0 >>",
        b"<< /S /Movie >>",
        b"<< /S /Sound >>",
        b"<< /S /Hide /T (field) >>",
        b"<< /S /ResetForm >>",
        b"<< /S /SetOCGState /State [] >>",
        b"<< /S /L#61unch /F (cmd.exe) >>",
        b"<< /S /Named /N /Print >>",
        b"<< /S /Named >>",
        b"<< /S /URI /URI (\\\\\\\\host\\\\share) >>",
        b"<< /S /URI /URI ( \\\\\\\\host) >>",
        b"<< /S /URI /URI (//host/share) >>",
        b"<< /S /GoTo /F (other.pdf) /D [0 /Fit] >>",
        b"<< /S /URI /URI (data:text/html,x) >>",
        b"<< /S /URI /URI <FEFF006A006100760061007300630072006900700074003A0031> >>",
        b"<< /S /URI /URI (javascript:alert\\(1\\)) >>",
        b"<< /S /URI /URI (\\nJava\\tScript:alert\\(1\\)) >>",
        b"<< /S /URI /URI <66696C653A2F2F2F6574632F706173737764> >>",
        b"<< /S /GoTo /D [3 0 R /Fit] /Next << /S /Launch /F (cmd.exe) >> >>",
    ],
)
def test_no_action_but_going_to_a_page_or_a_web_address_is_accepted(action: bytes) -> None:
    assert (
        reason_inside(one_page(page=b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A %s >>]" % action))
        == "action"
    )


@pytest.mark.parametrize(
    "data",
    [
        one_page(page=b"/AA << /O " + SCRIPT + b" >>"),
        one_page(SCRIPT, page=b"/Annots [<< /Subtype /Widget /FT /Tx /AA << /K 6 0 R >> >>]"),
        one_page(SCRIPT, catalog=b"/Outlines << /First << /Title (a) /A 6 0 R >> >>"),
        one_page(SCRIPT, catalog=b"/Names << /JavaScript << /Names [(a) 6 0 R] >> >>"),
        one_page(b"<< /S /J#61vaScript /#4a#53 (app.alert\\(1\\)) >>"),
        one_page(b"<< /S /#4A#61#76#61#53#63#72#69#70#74 /JS 7 0 R >>", stream(b"app.alert(1)")),
        one_page(b"<< /S 7 0 R /JS (app.alert\\(1\\)) >>", b"/JavaScript"),
        one_page(b"<< /S /GoTo /S /JavaScript /X (a) >>"),
        one_page(packed(SCRIPT)),
        one_page(packed(b"null", b"<< /S /J#61vaScript >>")),
        one_page(packed(b"<< /#4aS (app.alert\\(1\\)) >>", entries=b"")),
        one_page(b"[[[[<< /A [[<< /JS (app.alert\\(1\\)) >>]] >>]]]]"),
        with_cross_reference_stream(b"<< /Type /Catalog /Pages 2 0 R /OpenAction %s >>" % SCRIPT),
    ],
)
def test_a_script_is_found_however_it_is_nested_named_or_packed(data: bytes) -> None:
    assert reason_inside(data) in {"script", "action"}


def test_a_script_in_an_earlier_revision_or_outside_the_cross_reference_is_found() -> None:
    first = one_page(b"<< /JS (app.alert\\(1\\)) >>")
    second = len(first)
    revised = first + b"6 0 obj\nnull\nendobj\n"
    start, before = len(revised), first.rfind(b"xref\n0")
    revised += b"xref\n6 1\n%010d 00000 n \ntrailer\n<< /Size 7 /Root 1 0 R /Prev %d >>\n" % (second, before)
    revised += b"startxref\n%d\n%%%%EOF\n" % start
    assert "JS" not in str(PdfReader(BytesIO(revised)).get_object(6)), "the current revision is harmless"
    assert reason_inside(revised) == "script"

    unlisted = one_page().replace(b"startxref", b"99 0 obj\n<< /JS (app.alert\\(1\\)) >>\nendobj\nstartxref")
    assert reason_inside(unlisted) == "script"


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b"<< /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>", "embedded"),
        (b"<< /AA << /O << /S /GoTo /D [3 0 R /Fit] >> >> >>", "action"),
        (stream(b"x", b"/Type /EmbeddedFile"), "embedded"),
        (b"<< /Subtype /FileAttachment /FS 7 0 R >>", "embedded"),
        (b"<< /Subtype /RichMedia /RichMediaContent << >> >>", "action"),
        (b"<< /Subtype /Movie >>", "action"),
        (b"<< /Subtype /Screen >>", "action"),
        (b"<< /Subtype /3D >>", "action"),
        (stream(b"", b"/Subtype /Form /Ref << /F (other.pdf) /Page 0 >>"), "external"),
        (stream(b"", b"/Subtype /Form /OPI << /1.3 << /F (other.tif) >> >>"), "external"),
        (b"<< /Collection << /View /T >> >>", "embedded"),
        (stream(b"systemdict", b"/Type /XObject /Subtype /PS"), "script"),
        (stream(b"", b"/Type /XObject /Subtype /Form /Subtype2 /PS"), "script"),
        (b"<< /AcroForm << /NeedAppearances true /Fields [] >> >>", "form"),
        (stream(b"x", b"/Subtype /Image /Width 9 /Height 9 /Filter /JBIG2Decode"), "picture"),
        (stream(b"x", b"/Subtype /Image /Width 9 /Height 9 /Filter [/FlateDecode /JBIG2Decode]"), "picture"),
        (stream(b"x", b"/Filter /Crypt"), "encrypted"),
        (stream(b"x", b"/Subtype /Image /Width -9 /Height 9 /Filter /DCTDecode"), "damaged"),
    ],
)
def test_files_and_media_inside_are_refused(part: bytes, reason: str) -> None:
    assert reason_inside(one_page(part)) == reason


def test_words_that_look_alike_are_not_refused() -> None:
    innocent = one_page(
        b"<< /Type /ExtGState /BM /Screen >>",
        b"<< /S /P /A << /O /Layout /SpaceAfter 12 >> >>",
        content=stream(b"BT /F1 9 Tf (JavaScript, 1 0 obj, Launch) Tj ET"),
    )
    assert pdf_child.read(innocent, LIMITS)["pages"] == 1


def bomb(layers: int, megabytes: int = 1000) -> bytes:
    """A stream of zeros, packed as one megabyte repeated, so that making it costs nothing."""
    packer = zlib.compressobj(9)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    data = start + (packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)) * megabytes
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return stream(data, b"/Filter [%s]" % (b"/FlateDecode " * layers))


BOMB, DOUBLE_BOMB = bomb(1), bomb(2)


@pytest.mark.parametrize("data", [one_page(DOUBLE_BOMB), one_page(content=BOMB)])
def test_a_small_file_that_unpacks_to_gigabytes_is_refused(data: bytes) -> None:
    assert len(data) < 2 * MEGABYTE
    assert refusal(data).reason in {"unpacked", "slow"}, "on a busy machine the clock ends it first"


@pytest.mark.parametrize(
    "part",
    [
        BOMB,
        DOUBLE_BOMB,
        DOUBLE_BOMB.replace(b"/Filter", b"/Type /ObjStm /N 1 /First 9 /Filter"),
        stream(zlib.compress(b""), b"/Filter [%s]" % (b"/FlateDecode " * 9)),
        stream(b"", b"/Subtype /Image /Width 60000 /Height 60000 /Filter /DCTDecode"),
        flate(b"x", b"/Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8"),
        stream(b"\x81\x00" * 200_000 + b"\x80", b"/Filter /RunLengthDecode"),
    ],
    ids=["flate", "flate twice", "object stream", "nine filters", "picture", "pixels", "run length"],
)
def test_every_kind_of_stream_counts_by_what_it_unpacks_to(part: bytes) -> None:
    with pytest.raises(pdf_child.Refusal, match="unpacked"):
        pdf_child.read(one_page(part), LIMITS | {"unpacked": 8 * MEGABYTE})


def test_what_the_streams_unpack_to_is_added_up() -> None:
    five = bomb(1, megabytes=5)
    assert pdf_child.read(one_page(five), LIMITS | {"unpacked": 8 * MEGABYTE})["pages"] == 1
    with pytest.raises(pdf_child.Refusal, match="unpacked"):
        pdf_child.read(one_page(five, five), LIMITS | {"unpacked": 8 * MEGABYTE})


@pytest.mark.parametrize(
    "data",
    [
        one_page().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
        one_page(b"<< /Type /Pages /Kids [2 0 R] >>").replace(b"/Kids [3 0 R]", b"/Kids [6 0 R]"),
        one_page(b"6 0 R").replace(b"/Contents 4 0 R", b"/Contents 6 0 R"),
        one_page(b"[" * 200_000),
        one_page(b"<< /A " * 50_000),
        written(
            [b"<< /Type /Catalog /Pages 2 0 R >>"]
            + [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % number for number in range(3, 5000)]
            + [b"<< /Type /Page /MediaBox [0 0 9 9] >>"]
        ),
        one_page(stream(b"x" * 50).replace(b"/Length 50", b"/Length 6 0 R")),
    ],
    ids=["self", "loop", "contents", "arrays", "dictionaries", "deep tree", "length"],
)
def test_loops_and_endless_nesting_end_in_time(data: bytes) -> None:
    try:
        facts = examine(data, max_bytes=20 * MEGABYTE)
    except FileRefused as error:
        assert error.reason in {"damaged", "unpacked", "slow"}, "on a busy machine the clock ends it first"
    else:
        assert facts.pages == 1


def test_a_cross_reference_that_leads_back_to_itself_does_not_loop() -> None:
    data = one_page()
    start = data.rfind(b"xref\n0")
    looped = data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)
    assert examine(looped, max_bytes=MEGABYTE).pages == 1


def test_five_thousand_pages_are_refused() -> None:
    error = refusal(saved(pypdf_made(5000)))
    assert error.reason == "pages"
    assert str(error) == "The PDF has more than 60 pages."


def test_a_page_that_takes_for_ever_to_read_is_refused() -> None:
    work = flate(b"BT " + b"/F1 9 Tf (aaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 300_000 + b"ET")
    assert refusal(one_page(content=work)).reason in {"slow", "unpacked"}


@pytest.mark.parametrize("data", [one_page(), typst_made("a-2a")], ids=["hand", "typst"])
def test_a_certificate_cut_short_anywhere_is_refused(data: bytes) -> None:
    for tenth in range(1, 10):
        assert refusal(data[: len(data) * tenth // 10]).reason == "damaged"
    assert refusal(data[:-6]).reason == "damaged"


def test_a_script_is_named_as_the_reason_even_in_a_file_without_an_end() -> None:
    assert (
        refusal(b"%PDF-1.7\n1 0 obj\n<< /OpenAction " + SCRIPT + b" >>\nendobj\ntrailer\n").reason == "script"
    )


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_certificate_with_bytes_changed_never_breaks_the_shop(data: st.DataObject) -> None:
    changed = bytearray(one_page())
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        facts = examine(bytes(changed), max_bytes=MEGABYTE)
    except FileRefused as error:
        assert str(error)
    else:
        assert facts.pages >= 1


def test_an_ordinary_certificate_is_read_quickly() -> None:
    data = typst_made("ua-1")
    fastest = min(_seconds(data) for _ in range(3))
    assert fastest < 1, "a quarter of a second of the processor, or thereabouts"


def _seconds(data: bytes) -> float:
    """Processor time of the process that reads it, which does not grow with what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    examine(data, max_bytes=MEGABYTE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_nothing_around_the_shop_reaches_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pypdf.py").write_text("raise SystemExit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert examine(one_page(), max_bytes=MEGABYTE).pages == 1


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("bytearray(500 << 20)", "MemoryError"),
        ("__import__('pathlib').Path('written').write_text('x')", "OSError"),
        ("while True: pass", ""),
    ],
    ids=["memory", "files", "time"],
)
def test_the_child_has_little_memory_little_time_and_no_place_to_write(
    attempt: str, error: str, tmp_path: Path
) -> None:
    limits = LIMITS | {"memory": 400 * MEGABYTE, "seconds": 1}
    code = f"import runpy; child = runpy.run_path({pdf_child.__file__!r}); "
    code += f"child['_limit_this_process']({limits})\n{attempt}"
    command = [sys.executable, "-I", "-c", code]
    ended = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False, timeout=20)
    assert ended.returncode in ({1} if error else {-signal.SIGXCPU, -signal.SIGKILL})
    assert error in ended.stderr.decode()


@pytest.mark.parametrize(
    "text",
    [
        "Lot SMX-2609-B",
        "lot:smx-2609-b.",
        "(SMX-2609-B)",
        "SMX - 2609 - B",
        "SMX-\n2609-\nB",
        "SMX\u20112609\u2013B",
        "Lot SMX-2609-B - Semax",
        "SMX-2609-B2, but also SMX-2609-B",
    ],
)
def test_a_lot_number_is_found_as_printed(text: str) -> None:
    assert mentions_lot(PdfFacts(1, text, None), "SMX-2609-B")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SMX-2609-B2",
        "XSMX-2609-B",
        "SMX-2609-B-1",
        "A-SMX-2609-B",
        "SMX-2609",
        "SMX 2609 B",
        "SMX-2609-\u00df",
    ],
)
def test_part_of_another_number_is_not_the_lot(text: str) -> None:
    assert not mentions_lot(PdfFacts(1, text, None), "SMX-2609-B")


def test_no_lot_number_is_mentioned_when_there_is_none() -> None:
    assert not mentions_lot(PdfFacts(1, "anything - at all", None), "  ")
    assert not mentions_lot(PdfFacts(1, "anything - at all", None), "-")


@settings(max_examples=50)
@given(st.from_regex(r"[A-Z]{2,4}-[0-9]{2,5}(-[A-Z])?", fullmatch=True), st.text(), st.text())
def test_any_lot_number_set_off_by_spaces_is_found(lot: str, before: str, after: str) -> None:
    facts = PdfFacts(1, f"{before}. {lot} .{after}", None)
    assert mentions_lot(facts, lot)
    assert mentions_lot(facts, lot.lower())
