"""One byte form for a value, so that it can be hashed today and checked in ten years.

Keys sorted, no spaces, UTF-8, no floats: the parts of RFC 8785 (JSON Canonicalization Scheme) that plain
records of text, whole numbers, lists and true/false need. Decimals and times are passed in as text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Plain: TypeAlias = "str | int | bool | Sequence[Plain] | Mapping[str, Plain] | None"


def canonical(value: Plain) -> bytes:
    """The canonical JSON of a value.

    Raises:
        TypeError: the value holds a float, a key that is not text, or something else that is not plain.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Plain) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form; pass it as text")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("a key that is not text has no canonical form")
            _refuse_floats(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            _refuse_floats(item)
