"""The kinds of rows that can be moved in and out, and moving them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.inventory.exchange import tables
from shop.inventory.exchange.certificates import CertificateRows
from shop.inventory.exchange.counts import CountRows
from shop.inventory.exchange.lots import LotRows
from shop.inventory.exchange.planning import VERSION, Kind, version_of
from shop.inventory.exchange.products import ProductRows

_ALL: tuple[Kind, ...] = (ProductRows(), LotRows(), CertificateRows(), CountRows())
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
FORMATS = ("csv", "json")


def kind_named(name: str) -> Kind:
    """A kind by its name.

    Raises:
        NotFound: there is none of this name.
    """
    if name not in KINDS:
        raise NotFound(_("There are: %(kinds)s.", kinds=", ".join(KINDS)))
    return KINDS[name]


def export(session: Session, kind: Kind, format: str) -> bytes:
    """Every row of a kind, as `csv` or `json`. Importing it again changes nothing.

    Raises:
        NotFound: there is no such format.
    """
    if format not in FORMATS:
        raise NotFound(_("There are: %(kinds)s.", kinds=", ".join(FORMATS)))
    columns = [*(column.name for column in kind.columns), VERSION]
    rows = [{**row, VERSION: version_of(row)} for row in kind.present(session, None).values()]
    if format == "json":
        return tables.as_json(kind.name, columns, rows)
    return tables.as_csv(columns, rows)
