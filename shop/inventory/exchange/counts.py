"""Stock counts as rows: a sheet to print or fill in, and the adjustments that follow from it.

A lot that is left empty was not counted. Where stock moved after the sheet was made, the count is refused:
the person counted one thing and the shop would correct another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shop.core import audit
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.inventory import ledger
from shop.inventory.exchange import cells
from shop.inventory.exchange.cells import Column
from shop.inventory.exchange.planning import Findings, Item, Key, in_chunks
from shop.inventory.models import Lot, LotState, MovementKind, StockMovement


class CountRows:
    """The kind `counts`: one row for each lot that may have vials in its bin."""

    name = "counts"
    keys: tuple[str, ...] = ("lot",)
    columns = (
        Column(name="lot", read=cells.code(30), needed=True),
        Column(name="product", read=cells.as_is, told=True),
        Column(name="bin", read=cells.as_is, told=True),
        Column(name="state", read=cells.as_is, told=True),
        Column(name="on_hand", read=cells.as_is, told=True),
        Column(name="reserved", read=cells.as_is, told=True),
        Column(name="allocated", read=cells.as_is, told=True),
        Column(name="quarantined", read=cells.as_is, told=True),
        Column(name="last_movement", read=cells.as_is, told=True),
        Column(name="counted", read=cells.whole(10_000_000)),
        Column(name="reason", read=cells.text(300)),
    )

    def present(
        self, session: Session, keys: Collection[Key] | None, *, lock: bool = False
    ) -> dict[Key, dict[str, str]]:
        """Lots in the order of their bins; a sheet of all of them leaves out the empty ones."""
        last = (
            select(func.max(StockMovement.id))
            .where(StockMovement.lot_id == Lot.id)
            .correlate(Lot)
            .scalar_subquery()
        )
        asked = select(Lot, last).order_by(Lot.bin, Lot.number).execution_options(populate_existing=True)
        if lock:
            asked = asked.with_for_update(of=Lot)
        found: dict[Key, dict[str, str]] = {}
        parts: list[Select[Lot, int]] = (
            [asked.where((Lot.on_hand > 0) | (Lot.state == LotState.RELEASED))]
            if keys is None
            else [asked.where(Lot.number.in_([key[0] for key in part])) for part in in_chunks(keys)]
        )
        for part in parts:
            for lot, movement in session.execute(part):
                found[(lot.number,)] = {
                    "lot": lot.number,
                    "product": lot.vial_size.title,
                    "bin": lot.bin,
                    "state": lot.state.value,
                    "on_hand": str(lot.on_hand),
                    "reserved": str(lot.reserved),
                    "allocated": str(lot.allocated),
                    "quarantined": str(lot.quarantined),
                    "last_movement": str(movement or 0),
                    "counted": "",
                    "reason": "",
                }
        return found

    def check(self, session: Session, items: Sequence[Item], found: Findings) -> None:
        """Every lot exists, its stock has not moved since, and promised vials are there."""
        for item in items:
            counted = item.cells.get("counted", "")
            if item.before is None:
                found.problem(item.line, _("We have no lot %(lot)s.", lot=item.key[0]))
                continue
            if not counted:
                continue
            before = item.before
            for name in ("on_hand", "last_movement"):
                if item.cells.get(name, before[name]) != before[name]:
                    found.problem(
                        item.line,
                        _(
                            "Stock of lot %(lot)s has moved since this sheet was made: %(now)s on hand "
                            "now. Count it again.",
                            lot=item.key[0],
                            now=before["on_hand"],
                        ),
                    )
            promised, apart = int(before["reserved"]) + int(before["allocated"]), int(before["quarantined"])
            if promised <= int(counted) < promised + apart:
                found.problem(
                    item.line,
                    _(
                        "%(apart)s vials of lot %(lot)s are set apart, so %(needed)s have to be there; "
                        "%(counted)s were counted. Write off what is missing of them first.",
                        apart=apart,
                        lot=item.key[0],
                        needed=promised + apart,
                        counted=counted,
                    ),
                )
            if int(counted) < promised:
                found.problem(
                    item.line,
                    _(
                        "%(promised)s vials of lot %(lot)s are kept for orders, %(counted)s were counted. "
                        "Settle the orders first.",
                        promised=promised,
                        lot=item.key[0],
                        counted=counted,
                    ),
                )
            if counted != before["on_hand"] and not item.cells.get("reason", ""):
                found.problem(item.line, _("Say why the count differs, in “reason”."))

    def in_words(self, item: Item) -> Sequence[str]:
        """The adjustment that follows; a count that agrees changes nothing."""
        if item.before is None or not item.cells.get("counted", ""):
            return []
        difference = int(item.cells["counted"]) - int(item.before["on_hand"])
        if difference == 0:
            return []
        return [
            _(
                "on hand: %(old)s → %(new)s (%(difference)s)",
                old=item.before["on_hand"],
                new=item.cells["counted"],
                difference=f"{difference:+d}",
            )
        ]

    def write(self, session: Session, items: Sequence[Item], *, cause: str, actor: str) -> None:
        """Adjust through the ledger, with the reason."""
        loaded: dict[str, Lot] = {}
        for part in in_chunks([item.key[0] for item in items]):
            loaded.update(
                {lot.number: lot for lot in session.scalars(select(Lot).where(Lot.number.in_(part)))}
            )
        for item in items:
            lot, reason = loaded[item.key[0]], item.cells.get("reason", "")
            difference = int(item.cells["counted"]) - lot.on_hand
            # The movement that was last belongs to the cause, so that a sheet can be used again another day.
            last = item.before["last_movement"] if item.before else "0"
            done = ledger.move(
                session,
                lot_id=lot.id,
                kind=MovementKind.ADJUST,
                quantity=difference,
                cause=f"{cause}/{last}",
                actor=actor,
                reason=reason,
            )
            if not done:
                raise Refused(
                    _("Stock of lot %(lot)s has moved meanwhile. Nothing was imported.", lot=lot.number)
                )
            audit.log(
                session,
                actor=actor,
                action="lot.count",
                subject=f"lot/{lot.number}",
                before={"on_hand": int(item.cells["counted"]) - difference},
                after={"on_hand": int(item.cells["counted"])},
                reason=reason,
            )
