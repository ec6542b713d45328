"""Documents set by typst from a template in `templates/documents/` and plain data.

The data reach the template as JSON in `sys.inputs`, so they are text and never typst markup. Only the fonts
that typst brings are used, and no package is fetched: the same data give the same document on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

import typst

from shop.core import assets


def pdf(template: str, data: Mapping[str, object], *, made_at: datetime) -> bytes:
    """A tagged document to be kept for years (PDF/UA-1, PDF/A-2a). The same input gives the same bytes.

    Args:
        template: the file's name without its ending; it reads `json(bytes(sys.inputs.data))`.
        data: what JSON can hold; amounts and dates as they are to be printed.
        made_at: the moment the document says it was made.
    """
    return typst.compile(
        assets.folder("templates") / "documents" / f"{template}.typ",
        sys_inputs={"data": json.dumps(data)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1", "a-2a"],
        timestamp=made_at,
    )
