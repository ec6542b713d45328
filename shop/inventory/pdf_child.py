"""Read one PDF in a process of its own: the file on standard input, one JSON line on standard output.

`certificate_files` runs this file as a script. It imports nothing of the shop, so that it starts fast, finds
no secret to leak and works from a checkout and from an installed wheel alike. Every limit is in force before
the first byte of the file is read. The answer is either the facts, `{"pages", "text", "producer"}`, or
`{"refused": reason, "detail": word}`; ending in any other way means that the file could not be read.

Names refused are those of ISO 32000-2: actions (12.6.4), embedded files (7.11.4), XFA forms (12.7.8) and the
annotations that carry media or files (12.5.6).
"""

from __future__ import annotations

import gc
import json
import logging
import re
import resource
import sys
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO

from pypdf import PageObject, PdfReader, overwrite_configuration
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    PdfObject,
    StreamObject,
    read_object,
)

# Refused wherever the name stands, in whatever object, current or not. All are too long to turn up by chance
# in the compressed bytes that are searched with the rest.
_REFUSED_NAMES = {
    b"Encrypt": "encrypted",
    b"JavaScript": "script",
    b"EmbeddedFile": "embedded",
    b"EmbeddedFiles": "embedded",
    b"FileAttachment": "embedded",
    **dict.fromkeys(
        (b"Launch", b"SubmitForm", b"ImportData", b"GoToR", b"GoToE", b"Rendition", b"RichMedia"), "action"
    ),
}
_REFUSED_KEYS = {
    "/JS": "script",
    "/AA": "action",
    "/EF": "embedded",
    "/XFA": "form",
    "/RichMediaContent": "action",
    "/Collection": "embedded",
    "/OPI": "external",
}
_REFUSED_SUBTYPES = {
    **dict.fromkeys(("/Movie", "/Sound", "/Screen", "/3D"), "action"),
    "/PS": "script",
}
_TURNING_PAGES = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_OTHER_ACTIONS = {
    *("/Thread", "/Sound", "/Movie", "/Hide", "/ResetForm", "/SetOCGState", "/Trans", "/GoTo3DView"),
    *("/GoToDp", "/RichMediaExecute"),
}
_ALLOWED_SCHEMES = {"", "http", "https", "mailto", "tel"}
_PICTURE_FILTERS = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode"}

_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]{5,80})")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECT = re.compile(rb"(?<!\d)\d+[\s\0]+\d+[\s\0]+obj[\s\0]*")


class Refusal(Exception):
    """The file holds something it may not hold."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def read(data: bytes, limits: dict[str, int]) -> dict[str, object]:
    """The facts of a PDF, or Refusal, or one of the errors by which pypdf says that it is damaged."""
    _refuse_names(data)
    reader = PdfReader(BytesIO(data))
    if _pages_stated(reader) > limits["pages"]:
        raise Refusal("pages")
    pages = reader.pages
    if len(pages) > limits["pages"]:
        raise Refusal("pages")
    unpacked = 0
    for count, item in enumerate(_every_object(reader, data), 1):
        if count > limits["objects"]:
            raise Refusal("objects")
        for part in _parts(item):
            _refuse_contents(part)
        if isinstance(item, StreamObject):
            unpacked += _unpacked_size(item, limits)
            if unpacked > limits["unpacked"]:
                raise Refusal("unpacked")
    if not pages:
        raise Refusal("damaged")
    return {"pages": len(pages), "text": _text(pages, limits["text"]), "producer": _producer(reader)}


def _refuse_names(data: bytes) -> None:
    """Search bytes as written, without trusting the structure of the file; `#4a` stands for J in a name."""
    for name in _NAME.findall(data):
        plain = _HEX_IN_NAME.sub(lambda match: bytes([int(match[1], 16)]), name) if b"#" in name else name
        if reason := _REFUSED_NAMES.get(plain):
            raise Refusal(reason, plain.decode())


def _pages_stated(reader: PdfReader) -> int:
    """How many pages the file says it has; told before they are walked through, because that takes time."""
    root = _value(reader.trailer, "/Root")
    tree = _value(root, "/Pages") if isinstance(root, DictionaryObject) else None
    return _number(tree, "/Count") if isinstance(tree, DictionaryObject) else 0


def _every_object(reader: PdfReader, data: bytes) -> Iterator[PdfObject | None]:
    """Every object of the file: those written in it, current or not, those packed in streams, the trailer."""
    yield reader.trailer
    listed = {
        offset: IndirectObject(number, generation, reader)
        for generation, entries in reader.xref.items()
        for number, offset in entries.items()
    }
    for match in _OBJECT.finditer(data):
        reader.stream.seek(match.end())
        try:
            item = read_object(reader.stream, reader)
        except LimitReachedError:
            raise
        except (PyPdfError, ValueError):
            if match.start() in listed:
                raise
            continue  # the words "1 0 obj" inside the bytes of a stream
        listed.pop(match.start(), None)
        yield from _with_packed(item, reader)
    for reference in listed.values():
        yield from _with_packed(reader.get_object(reference), reader)


def _with_packed(item: PdfObject | None, reader: PdfReader) -> Iterator[PdfObject | None]:
    yield item
    if not isinstance(item, StreamObject):
        return
    if _value(item, "/Type") != "/ObjStm" and not {"/N", "/First"} <= item.keys():
        return
    data, first = item.get_data(), _number(item, "/First")
    _refuse_names(data)
    stream = BytesIO(data)
    for offset in data[:first].split()[1::2]:
        stream.seek(first + int(offset))
        yield read_object(stream, reader)


def _value(part: DictionaryObject, key: str) -> object:
    """The value of a key, a reference followed; None where there is none."""
    value = part.get(key)
    return value.get_object() if isinstance(value, IndirectObject) else value


def _number(part: DictionaryObject, key: str) -> int:
    value = _value(part, key)
    return int(value) if isinstance(value, int | float) else 0


def _parts(item: PdfObject | None) -> Iterator[DictionaryObject]:
    """The dictionaries directly inside an object, itself included; references are not followed."""
    waiting: list[object] = [item]
    while waiting:
        part = waiting.pop()
        if isinstance(part, DictionaryObject):
            yield part
            waiting += part.values()
        elif isinstance(part, ArrayObject):
            waiting += part


def _refuse_contents(part: DictionaryObject) -> None:
    for key in part.keys() & _REFUSED_KEYS.keys():
        raise Refusal(_REFUSED_KEYS[key], key[1:])
    kind, subtype = _value(part, "/S"), _value(part, "/Subtype")
    if kind in _OTHER_ACTIONS:
        raise Refusal("action", str(kind)[1:])
    if kind == "/Named" and _value(part, "/N") not in _TURNING_PAGES:
        raise Refusal("action", str(_value(part, "/N"))[1:])
    if isinstance(subtype, str) and subtype in _REFUSED_SUBTYPES:
        raise Refusal(_REFUSED_SUBTYPES[subtype], subtype[1:])
    if "/NeedAppearances" in part and _value(part, "/NeedAppearances") != False:  # noqa: E712 - pypdf's own
        raise Refusal("form")
    opening = _value(part, "/OpenAction")
    if isinstance(opening, DictionaryObject) and _value(opening, "/S") != "/GoTo":
        raise Refusal("action", "OpenAction")
    for address in (_value(part, "/URI"), _value(part, "/Base")):
        if isinstance(address, str | bytes) and (scheme := _scheme(address)) not in _ALLOWED_SCHEMES:
            raise Refusal("action", scheme)
    if kind == "/GoTo" and "/F" in part:
        raise Refusal("action", "GoTo")
    if _value(part, "/Subtype2") == "/PS":
        raise Refusal("script", "PS")
    if (isinstance(part, StreamObject) and "/F" in part) or (subtype == "/Form" and "/Ref" in part):
        raise Refusal("external")


def _scheme(address: str | bytes) -> str:
    """What stands before the colon of a web address, "" for a relative one."""
    text = address.decode("latin-1") if isinstance(address, bytes) else address
    plain = re.sub(r"[\x00-\x20]", "", text).lower()
    if plain.startswith(("\\", "//")):
        return "network folder"
    match = re.match(r"([a-z][a-z0-9+-]*):", plain)
    return match[1] if match else ""


def _unpacked_size(stream: StreamObject, limits: dict[str, int]) -> int:
    """Bytes of a stream after its filters; a picture in a format of its own counts by its pixels."""
    filters = _value(stream, "/Filter")
    named = filters if isinstance(filters, ArrayObject) else [] if filters is None else [filters]
    names = [str(name.get_object() if isinstance(name, PdfObject) else name) for name in named]
    if "/JBIG2Decode" in names:
        raise Refusal("picture", "JBIG2")
    if "/Crypt" in names:
        raise Refusal("encrypted")
    if names and names[-1] in _PICTURE_FILTERS:
        width, height = _number(stream, "/Width"), _number(stream, "/Height")
        if width < 0 or height < 0:
            raise Refusal("damaged")
        return width * height
    if _value(stream, "/Subtype") == "/Image":
        # What a reader sets aside for it, whatever there is to unpack.
        bits = _number(stream, "/BitsPerComponent") or 1
        if _number(stream, "/Width") * _number(stream, "/Height") * bits // 8 > limits["unpacked"]:
            raise Refusal("unpacked")
    if len(names) > 4:
        raise Refusal("unpacked")
    if set(names) != {"/FlateDecode"}:
        return len(stream.get_data())
    chunks: Iterable[bytes] = [stream._data]
    for _ in names:
        chunks = _inflated(chunks)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limits["unpacked"]:
            raise Refusal("unpacked")
    return size


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Inflate piece by piece, so that a bomb is counted, not kept; stops where the data are damaged."""
    inflater = zlib.decompressobj()
    for chunk in chunks:
        while chunk:
            try:
                yield inflater.decompress(chunk, 1 << 16)
            except zlib.error:
                return
            chunk = inflater.unconsumed_tail


def _text(pages: Iterable[PageObject], limit: int) -> str:
    """The text of the pages up to a number of characters. A page whose fonts pypdf cannot follow has none."""
    text = ""
    for page in pages:
        try:
            text += page.extract_text() + "\n"
        except LimitReachedError:
            raise
        except (
            PyPdfError,
            ArithmeticError,
            AssertionError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            continue
        if len(text) > limit:
            break
    return text[:limit]


def _producer(reader: PdfReader) -> str | None:
    metadata = reader.metadata
    return str(metadata.producer)[:200] if metadata and metadata.producer else None


def _limit_this_process(limits: dict[str, int]) -> None:
    for kind, limit in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(kind, (limit, limit))
    logging.disable()
    overwrite_configuration(jbig2dec_binary=None, disable_legacy_handling=True)


def main() -> None:
    gc.disable()
    limits: dict[str, int] = json.loads(sys.argv[1])
    _limit_this_process(limits)
    answer: dict[str, object]
    try:
        answer = read(sys.stdin.buffer.read(), limits)
    except Refusal as refusal:
        answer = {"refused": refusal.reason, "detail": refusal.detail}
    except (LimitReachedError, MemoryError, RecursionError):
        answer = {"refused": "unpacked"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
