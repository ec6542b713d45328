"""The texts that come with the shop: glossary and learning pages, as YAML files beside the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "content"


def read(name: str) -> Any:
    """The contents of one file."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def names(folder: str) -> list[str]:
    """The files of a folder, by name without suffix."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.yaml"))
