"""Certificates as data, the schema that describes them, and the answer to "is this file one of yours?"."""

from __future__ import annotations

import hashlib
import io
import json
import re
from typing import IO, TYPE_CHECKING

from flask import Response, redirect, render_template, request, url_for
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response as AnyResponse

from shop.core import assets, clock
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory import coa_record, withdrawals
from shop.inventory.lots import shown_state
from shop.search import released_lots
from shop.web import security
from shop.web.storefront import asked, certificate

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

FIELD = "document"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class HashingSink(io.BytesIO):
    """Where an uploaded file goes to be hashed: its bytes are counted and hashed, and kept nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self._digest = hashlib.sha256()

    def write(self, data: Buffer, /) -> int:
        """Hash some bytes."""
        taken = memoryview(data).nbytes
        self._digest.update(data)
        self.size += taken
        return taken

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written."""
        return self._digest.hexdigest()


def _sink(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> IO[bytes]:
    """What the form parser asks for to put a file in."""
    return HashingSink()


def show(lot: str) -> AnyResponse:
    """A published revision as `coa/1` JSON, with what has become of it."""
    with reading() as session:
        found, revision = certificate.released_revision(session, lot)
        if found.number != lot:
            address = url_for(
                "storefront.certificate_json", lot=found.number, revision=certificate.asked_number()
            )
            return redirect(address, 301)
        if revision.record is None:
            raise NotFound(_("This revision has no record as data."))
        check = withdrawals.latest_checks(session, [revision.id]).get(revision.id)
        body = coa_record.public(found, revision, check)
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    response = Response(text, mimetype="application/json")
    response.headers["Link"] = f'<{url_for("storefront.coa_schema")}>; rel="describedby"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def schema() -> Response:
    """The JSON Schema of `coa/1`."""
    text = (assets.folder("static") / "schemas" / "coa-1.json").read_text(encoding="utf-8")
    return Response(text, mimetype="application/schema+json")


def receive() -> AnyResponse:
    """Hash a file that somebody holds, without keeping it, and lead to what is known of the hash."""
    parser = FormDataParser(
        stream_factory=_sink,
        max_form_memory_size=security.LARGEST_FORM,
        max_form_parts=20,
    )
    _stream, form, files = parser.parse(
        request.stream, request.mimetype, request.content_length, request.mimetype_params
    )
    sent = files.get(FIELD)
    typed = form.get("sha256", "")
    if sent is not None and isinstance(sent.stream, HashingSink) and sent.stream.size:
        typed = sent.stream.sha256
    address = url_for("storefront.check_document", sha256=asked.printable(typed)[:100])
    return redirect(address, 303)


def check() -> AnyResponse:
    """What a SHA-256 is of: which lot and revision, and whether that one still stands."""
    typed = asked.text("sha256", 100)
    sha256 = re.sub(r"[\s:-]", "", typed).lower()
    error = ""
    if not typed:
        error = _("Choose a file, or enter its SHA-256.") if "sha256" in request.args else ""
    elif not _SHA256.fullmatch(sha256):
        error = _("A SHA-256 has 64 characters, the digits 0 to 9 and the letters a to f.")
    with reading() as session:
        found = [] if error or not typed else released_lots.with_document(session, sha256)
        page = render_template(
            "storefront/check_document.html",
            typed=typed,
            sha256=sha256,
            error=error,
            has_errors=bool(error),
            found=[
                {
                    "lot": lot,
                    "state": shown_state(lot, clock.today()).value,
                    "revision": revision,
                    "status": coa_record.status(lot, revision),
                    "is_trace": revision.chromatogram_sha256 == sha256,
                    "url": url_for("storefront.certificate", lot=lot.number, revision=revision.revision),
                    "current_url": url_for("storefront.certificate", lot=lot.number),
                }
                for lot, revision in found
            ],
            robots="noindex",
        )
    return Response(page, status=400 if error else 200)
