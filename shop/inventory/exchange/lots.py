"""Lots as rows. A new one starts in quarantine whatever the file says: importing a lot never releases it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import VialSize
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory import lots
from shop.inventory.exchange import cells
from shop.inventory.exchange.cells import Column
from shop.inventory.exchange.planning import Findings, Item, Key, differences, in_chunks
from shop.inventory.lots import NewLot
from shop.inventory.models import Lot, LotState
from shop.inventory.shelf_life import removal_date

_ALWAYS = frozenset({"bin"})
_NEVER = frozenset({"sku", "vials_filled"})


class LotRows:
    """The kind `lots`: one row for each lot."""

    name = "lots"
    keys: tuple[str, ...] = ("lot",)
    columns = (
        Column(name="lot", read=cells.code(30), needed=True),
        Column(name="sku", read=cells.text(30), needed=True),
        Column(name="parent_lot", read=cells.code(30)),
        Column(name="manufacturer", read=cells.text(120), needed=True),
        Column(name="manufactured_on", read=cells.day, needed=True),
        Column(name="filled_on", read=cells.day, needed=True),
        Column(name="retest_on", read=cells.day),
        Column(name="expires_on", read=cells.day),
        Column(name="vials_filled", read=cells.whole(10_000_000, least=1), needed=True),
        Column(name="bin", read=cells.text(20), needed=True),
        Column(name="state", read=cells.as_is, told=True),
        Column(name="on_hand", read=cells.as_is, told=True),
        Column(name="reserved", read=cells.as_is, told=True),
        Column(name="allocated", read=cells.as_is, told=True),
    )

    def present(
        self, session: Session, keys: Collection[Key] | None, *, lock: bool = False
    ) -> dict[Key, dict[str, str]]:
        """Lots by number."""
        parent = aliased(Lot)
        asked = (
            select(Lot, VialSize.sku, parent.number)
            .join(VialSize, VialSize.id == Lot.vial_size_id)
            .outerjoin(parent, parent.id == Lot.parent_lot_id)
            .order_by(Lot.number)
            .execution_options(populate_existing=True)
        )
        if lock:
            asked = asked.with_for_update(of=Lot)
        found: dict[Key, dict[str, str]] = {}
        parts: list[Select[Lot, str, str]] = (
            [asked]
            if keys is None
            else [asked.where(Lot.number.in_([key[0] for key in part])) for part in in_chunks(keys)]
        )
        for part in parts:
            for lot, sku, parent_number in session.execute(part):
                found[(lot.number,)] = _row(lot, sku, parent_number)
        return found

    def check(self, session: Session, items: Sequence[Item], found: Findings) -> None:
        """Sizes and bulk lots exist, dates are in order, and what is fixed stays."""
        skus = _known(session, VialSize.sku, [item.cells.get("sku", "") for item in items])
        parents = _known(session, Lot.number, [item.cells.get("parent_lot", "") for item in items])
        in_file = {item.key[0] for item in items}
        for item in items:
            sku, parent = item.cells.get("sku", ""), item.cells.get("parent_lot", "")
            if item.before is None and sku not in skus:
                found.problem(item.line, _("There is no vial size %(sku)s.", sku=sku))
            if parent and parent not in parents and parent not in in_file:
                found.problem(item.line, _("There is no bulk lot %(lot)s.", lot=parent))
            if parent == item.key[0]:
                found.problem(item.line, _("No lot is its own bulk lot."))
            if item.before is None:
                self._check_new(item, found)
            else:
                self._check_changes(item, found)
        _refuse_rings(session, items, found)

    def _check_new(self, item: Item, found: Findings) -> None:
        try:
            lots.check_new(_new_lot(item.cells))
        except Refused as error:
            found.problem(item.line, str(error))
        if item.cells.get("state", "") not in ("", LotState.QUARANTINE.value):
            found.note(
                item.line,
                _("Lot %(lot)s will start in quarantine, whatever the file says.", lot=item.key[0]),
            )
        stock = item.cells.get("on_hand", "")
        if stock and stock != item.cells.get("vials_filled"):
            found.note(
                item.line,
                _("Lot %(lot)s is received with every vial filled; count it afterwards.", lot=item.key[0]),
            )

    def _check_changes(self, item: Item, found: Findings) -> None:
        before = item.before or {}
        for name in item.changed:
            if name in _NEVER:
                found.problem(item.line, _("“%(name)s” of a lot never changes.", name=name))
            elif name not in _ALWAYS and before["state"] != LotState.QUARANTINE.value:
                found.problem(
                    item.line,
                    _("“%(name)s” can only be changed while the lot is in quarantine.", name=name),
                )
        state = item.cells.get("state", before["state"])
        if state != before["state"]:
            found.note(item.line, _("The state of lot %(lot)s is not changed by a file.", lot=item.key[0]))
        if item.changed:
            try:
                # What a lot is called was decided when it was received.
                lots.check_new(_new_lot({**before, **item.cells, "lot": "X"}))
            except Refused as error:
                found.problem(item.line, str(error))

    def in_words(self, item: Item) -> Sequence[str]:
        """The columns that change."""
        return differences(item)

    def write(self, session: Session, items: Sequence[Item], *, cause: str, actor: str) -> None:
        """Receive new lots into quarantine, and change what may change."""
        for item in items:
            if item.before is None:
                lots.receive_in(session, _new_lot(item.cells), actor=actor)
        numbers = [item.key[0] for item in items]
        wanted = {item.cells.get("parent_lot", "") for item in items} | set(numbers)
        loaded: dict[str, Lot] = {}
        for part in in_chunks(sorted(wanted)):
            loaded.update(
                {lot.number: lot for lot in session.scalars(select(Lot).where(Lot.number.in_(part)))}
            )
        for item in items:
            lot = loaded[item.key[0]]
            _change(lot, item.changed, loaded)
        session.flush()


def _row(lot: Lot, sku: str, parent: str | None) -> dict[str, str]:
    return {
        "lot": lot.number,
        "sku": sku,
        "parent_lot": parent or "",
        "manufacturer": lot.manufacturer,
        "manufactured_on": lot.manufactured_on.isoformat(),
        "filled_on": lot.filled_on.isoformat(),
        "retest_on": lot.retest_on.isoformat() if lot.retest_on else "",
        "expires_on": lot.expires_on.isoformat() if lot.expires_on else "",
        "vials_filled": str(lot.vials_filled),
        "bin": lot.bin,
        "state": lot.state.value,
        "on_hand": str(lot.on_hand),
        "reserved": str(lot.reserved),
        "allocated": str(lot.allocated),
    }


def _known(session: Session, column: object, values: Sequence[str]) -> set[str]:
    wanted = sorted({value for value in values if value})
    found: set[str] = set()
    for part in in_chunks(wanted):
        found.update(session.scalars(select(column).where(column.in_(part))))  # type: ignore[call-overload,attr-defined]
    return found


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _new_lot(row: Mapping[str, str]) -> NewLot:
    return NewLot(
        number=row["lot"],
        sku=row["sku"],
        manufacturer=row["manufacturer"],
        manufactured_on=date.fromisoformat(row["manufactured_on"]),
        filled_on=date.fromisoformat(row["filled_on"]),
        retest_on=_day(row.get("retest_on", "")),
        expires_on=_day(row.get("expires_on", "")),
        vials=int(row["vials_filled"]),
        bin=row["bin"],
    )


def _change(lot: Lot, changed: Mapping[str, tuple[str, str]], loaded: Mapping[str, Lot]) -> None:
    for name, (_old, new) in changed.items():
        if name == "bin":
            lot.bin = new
        elif name == "manufacturer":
            lot.manufacturer = new
        elif name == "parent_lot":
            lot.parent_lot_id = loaded[new].id if new else None
        elif name == "manufactured_on":
            lot.manufactured_on = date.fromisoformat(new)
        elif name == "filled_on":
            lot.filled_on = date.fromisoformat(new)
        elif name == "retest_on":
            lot.retest_on = _day(new)
        elif name == "expires_on":
            lot.expires_on = _day(new)
    lot.removal_on = removal_date(lot.retest_on, lot.expires_on, margin_days=settings().lot_margin_days)


def _refuse_rings(session: Session, items: Sequence[Item], found: Findings) -> None:
    """Refuse bulk lots that come from one another."""
    if not any(name == "parent_lot" for item in items for name in item.changed):
        return
    child, parent = aliased(Lot), aliased(Lot)
    parents: dict[str, str] = dict(
        session.execute(
            select(child.number, parent.number).join(parent, parent.id == child.parent_lot_id)
        ).all()
    )
    lines = {}
    for item in items:
        if "parent_lot" in item.cells:
            parents[item.key[0]] = item.cells["parent_lot"]
            lines[item.key[0]] = item.line
    for number, line in lines.items():
        seen, at = {number}, parents.get(number, "")
        while at and at not in seen:
            seen.add(at)
            at = parents.get(at, "")
        if at == number and parents.get(number) != number:
            found.problem(line, _("Lot %(lot)s would come from itself.", lot=number))
