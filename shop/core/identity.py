"""Random names for things, and one key for names that people spell in different ways."""

from __future__ import annotations

import base64
import secrets
import unicodedata


def random_reference() -> str:
    """128 random bits as 26 lower-case letters and digits (RFC 4648 base32, no padding)."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def name_key(text: str) -> str:
    """A name without differences of case, spacing or compatibility forms (Unicode NFKC, case folded)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
