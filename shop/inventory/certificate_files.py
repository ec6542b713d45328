"""Examine an uploaded certificate before it is kept: a plain PDF with nothing active in it, or a reason.

The file is evidence, so it is kept as sent in or refused, never rewritten. What can be told from the bytes is
told here; the rest is read in a separate process (`pdf_child`) that has little memory, little time and no
surroundings, so that a file made to harm the reader harms only that process.
"""

from __future__ import annotations

import json
import logging
import math
import re
import signal
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from shop.core.errors import Refused
from shop.core.language import gettext as _

_log = logging.getLogger(__name__)

MAX_PAGES = 60
MAX_OBJECTS = 10_000
MAX_TEXT = 200_000
MAX_UNPACKED = 96 * 1024 * 1024
MAX_MEMORY = 400 * 1024 * 1024
MAX_CPU_SECONDS = 4
MAX_WALL_SECONDS = 30
"""Longer than the processor time, so that a busy machine does not refuse an honest file as slow."""
MAX_PADDING = 1024

_CHILD = Path(__file__).with_name("pdf_child.py")
_LIMITS = json.dumps(
    {
        "pages": MAX_PAGES,
        "objects": MAX_OBJECTS,
        "text": MAX_TEXT,
        "unpacked": MAX_UNPACKED,
        "memory": MAX_MEMORY,
        "seconds": MAX_CPU_SECONDS,
    }
)

_HEADER = re.compile(rb"%PDF-[12]\.\d")
_CLOSING = re.compile(rb"startxref\s+(\d{1,10})\s+(?:%%EOF\s*)*")
_PADDING = b"\0\t\n\f\r\x1a "
_SECOND_HEADER = re.compile(rb"%PDF-[12]\.\d")
_MARKUP = re.compile(
    rb"<(?:script|html|head|body|iframe|frameset|object|embed|applet|form|meta|link|style|base|svg|math|img|"
    rb"video|audio|input|button|details|!doctype|!entity|\?php)[\s>/]",
    re.IGNORECASE,
)
_FORMATS_BY_SIGNATURE = {"RAR": b"Rar!\x1a\x07", "7z": b"7z\xbc\xaf\x27\x1c"}
_FORMATS_BY_OFFSET = {"tar": (257, b"ustar"), "DICOM": (128, b"DICM"), "ISO 9660": (32_769, b"CD001")}
_HYPHENS = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2212"


class FileRefused(Refused):
    """The file cannot be kept; `reason` is one word for it, the message a sentence."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class PdfFacts:
    """What was read from an accepted PDF. The text holds at most `MAX_TEXT` characters."""

    pages: int
    text: str
    producer: str | None

    @property
    def has_text(self) -> bool:
        """False for a scan: nothing in it can be compared with the lot."""
        return not self.text.isspace() and self.text != ""


def examine(data: bytes, *, max_bytes: int) -> PdfFacts:
    """The facts of a PDF fit to be kept.

    Raises FileRefused with the reason `empty`, `size`, `not_pdf`, `damaged`, `trailing`, `polyglot`, `pages`,
    `objects`, `encrypted`, `script`, `action`, `embedded`, `form`, `external`, `picture`, `unpacked` or
    `slow`.
    Answers within `MAX_WALL_SECONDS`, whatever the file.
    """
    if not data:
        raise FileRefused("empty", _("The file is empty."))
    if len(data) > max_bytes:
        raise FileRefused(
            "size",
            _(
                "The file has %(size)s MB. A certificate may have up to %(limit)s MB.",
                size=_megabytes(len(data)),
                limit=_megabytes(max_bytes),
            ),
        )
    if not _HEADER.match(data):
        raise FileRefused(
            "not_pdf", _("The file is not a PDF: its first bytes are not “%PDF-” and a version.")
        )
    _refuse_a_second_format(data)
    facts = _read_apart(data)
    _refuse_a_wrong_end(data)
    return facts


def mentions_lot(facts: PdfFacts, lot_number: str) -> bool:
    """Whether the lot number stands in the text on its own, not as a part of a longer number.

    Case does not matter, nor which hyphen is printed, nor a space or line break beside it.
    """
    parts = re.split(f"[{_HYPHENS}]", unicodedata.normalize("NFKC", lot_number).strip())
    if not any(parts):
        return False
    wanted = rf"\s*[{_HYPHENS}]\s*".join(r"\s+".join(map(re.escape, part.split())) for part in parts)
    pattern = rf"(?<!\w)(?<!\w[{_HYPHENS}]){wanted}(?!\w)(?![{_HYPHENS}]\s*\w)"
    return re.search(pattern, unicodedata.normalize("NFKC", facts.text), re.IGNORECASE) is not None


def _megabytes(size: int) -> str:
    """One decimal at most, rounded up, so that a size over the limit never prints as the limit."""
    return f"{math.ceil(size / 1024 / 1024 * 10) / 10:g}"


def _refuse_a_second_format(data: bytes) -> None:
    """A file that is also something else is read as that by a program that looks for it elsewhere."""
    other = next((name for name, mark in _FORMATS_BY_SIGNATURE.items() if mark in data), None)
    other = other or next(
        (name for name, (at, mark) in _FORMATS_BY_OFFSET.items() if data.startswith(mark, at)), None
    )
    if zipfile.is_zipfile(BytesIO(data)):
        other = "ZIP"
    elif _MARKUP.search(data):
        other = "HTML or XML"
    elif _SECOND_HEADER.search(data, 1):
        other = _("another PDF")
    if other:
        raise FileRefused(
            "polyglot",
            _(
                "The file is a PDF and %(other)s at once. Send the PDF as the laboratory made it.",
                other=other,
            ),
        )


def _refuse_a_wrong_end(data: bytes) -> None:
    """A PDF is closed by the offset of its cross-reference and an end mark; only padding may follow.

    Told last, so that a file with a script in it is refused for the script, however badly it is made.
    """
    mark = data.rfind(b"%%EOF")
    after = data[mark + len(b"%%EOF") :]
    if mark < 0 or b" obj" in after:  # objects without a second end mark: the rest was cut off
        raise _damaged()
    if after.strip(_PADDING) or len(after) > MAX_PADDING:
        sentence = _("The file goes on for %(count)d bytes after the end mark of the PDF.", count=len(after))
        raise FileRefused("trailing", sentence)
    closing = _CLOSING.fullmatch(data, max(data.rfind(b"startxref", 0, mark), 0), mark)
    if closing is None or not 0 < int(closing[1]) < len(data):
        raise _damaged()


def _read_apart(data: bytes) -> PdfFacts:
    """Let the limited process read the file. It gets no environment, so it knows no setting and no key."""
    command = [sys.executable, "-I", str(_CHILD), _LIMITS]
    try:
        ended = subprocess.run(
            command,
            input=data,
            capture_output=True,
            env={},
            timeout=MAX_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal("slow") from error
    if ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _refusal("slow")
    if ended.returncode != 0:
        _log.warning("a PDF could not be read (%d): %r", ended.returncode, ended.stderr[-300:])
        raise _damaged()
    answer = json.loads(ended.stdout)
    if "refused" in answer:
        raise _refusal(answer["refused"], answer.get("detail", ""))
    return PdfFacts(pages=answer["pages"], text=answer["text"], producer=answer["producer"])


def _damaged() -> FileRefused:
    return _refusal("damaged")


def _refusal(reason: str, detail: str = "") -> FileRefused:
    """The sentence for a reason found by reading the file."""
    sentences = {
        "damaged": _("The PDF is damaged or cut short, or written in a way that cannot be read."),
        "slow": _("Reading the PDF took too long."),
        "pages": _("The PDF has more than %(count)d pages.", count=MAX_PAGES),
        "objects": _("The PDF has more than %(count)d objects.", count=MAX_OBJECTS),
        "unpacked": _("Unpacked, the PDF is too large or too deeply nested to be read."),
        "encrypted": _("The PDF is encrypted. Ask the laboratory for a copy without a password."),
        "script": _("The PDF contains a script. Ask the laboratory for a copy without one."),
        "action": _(
            "The PDF contains something that can act when it is opened or clicked (%(name)s). "
            "Ask the laboratory for a plain copy.",
            name=detail,
        ),
        "embedded": _("The PDF has other files inside it. Send those apart, and a PDF without them."),
        "form": _("The PDF is a form that shows different things in different programs."),
        "picture": _(
            "The PDF holds a picture in a format that is not taken (%(name)s). Ask the laboratory for the "
            "file its program made.",
            name=detail,
        ),
        "external": _("The PDF takes part of its content from another file."),
    }
    return FileRefused(reason, sentences[reason])
