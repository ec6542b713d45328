"""Where the project's own folders stand: beside `shop/` in the tree, inside it in an installed wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_package = Path(__file__).resolve().parents[1]


def folder(name: str) -> Path:
    """The folder `templates`, `static` or `migrations`."""
    installed = _package / name
    return installed if installed.is_dir() else _package.parent / name


@cache
def static_version() -> str:
    """A short hash over all static files; part of their addresses, so they can be cached for a year."""
    digest = hashlib.sha256()
    root = folder("static")
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
