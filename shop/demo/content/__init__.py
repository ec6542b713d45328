"""What the demo shop knows of substances: fields, compounds and monographs, from the files beside this one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from shop.compounds.models import (
    Category,
    Compound,
    CompoundKind,
    CompoundName,
    CompoundProperty,
    PropertyStatus,
)
from shop.core import clock
from shop.education import monograph_file
from shop.education.monograph import MonographText

FOLDER = Path(__file__).resolve().parent


def categories() -> list[Category]:
    """The fields of research, in the order of the site; not yet stored."""
    entries = _read(FOLDER / "categories.yaml")
    return [Category(position=position, **entry) for position, entry in enumerate(entries, start=1)]


def compounds(fields: Iterable[Category]) -> list[Compound]:
    """The substances, in the order of their slugs, each in one of the fields; not yet stored."""
    by_slug = {field.slug: field for field in fields}
    return [_compound(_read(path), by_slug) for path in sorted((FOLDER / "compounds").glob("*.yaml"))]


def monographs() -> list[MonographText]:
    """The monographs, in the order of their compounds' slugs."""
    return [
        monograph_file.read(path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / "monographs").glob("*.yaml"))
    ]


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _compound(entry: dict[str, Any], fields: dict[str, Category]) -> Compound:
    return Compound(
        slug=entry["slug"],
        name=entry["name"],
        kind=CompoundKind(entry["kind"]),
        category=fields[entry["category"]],
        substance_class=entry["substance_class"],
        sequence=entry.get("sequence"),
        n_terminus=entry.get("n_terminus", "H"),
        c_terminus=entry.get("c_terminus", "OH"),
        disulfides=entry.get("disulfides", []),
        metal=entry.get("metal"),
        cas=entry.get("cas"),
        created_at=clock.now(),
        names=[
            CompoundName(name=name, position=position)
            for position, name in enumerate(entry["names"], start=1)
        ],
        properties=[
            CompoundProperty(
                position=position,
                name=each["name"],
                value=each["value"],
                status=PropertyStatus(each["status"]),
                source=each.get("source"),
                note=each.get("note"),
            )
            for position, each in enumerate(entry["properties"], start=1)
        ],
    )
