"""Runs the demonstration: database, web server, worker and Stripe stand-in, until Ctrl-C."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType
from urllib.error import URLError

from config import read_settings
from shop import create_core
from shop.core import migrations
from shop.demo import loading

STARTS_WITHIN_SECONDS = 30
ENDS_WITHIN_SECONDS = 10


def demo() -> int:
    """Prepare what is missing, start everything, print where it is, and wait."""
    port = int(os.environ.get("PORT", "8000"))
    data_dir = Path(os.environ.get("DATA_DIR", "var")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    own_stripe = "STRIPE_SECRET_KEY" not in os.environ
    for taken in (port, port + 1) if own_stripe else (port,):
        if not _is_free(taken):
            print(f"Port {taken} is in use. Choose another with PORT=… make demo.", file=sys.stderr)
            return 1
    environment = _environment(data_dir, port, own_stripe=own_stripe)
    os.environ.update(environment)
    people = _prepare(data_dir)
    children = _start(port, own_stripe=own_stripe)
    return _watch(children, port, people)


def _environment(data_dir: Path, port: int, *, own_stripe: bool) -> dict[str, str]:
    values = {
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        "BASE_URL": os.environ.get("BASE_URL", f"http://127.0.0.1:{port}"),
        "DEMO": "1",
        "SELLER_COUNTRY": os.environ.get("SELLER_COUNTRY", "NL"),
    }
    if own_stripe:
        keys = _kept_keys(data_dir / "stripe-stand-in-keys.json")
        values |= {
            "STRIPE_SECRET_KEY": keys["secret_key"],
            "STRIPE_WEBHOOK_SECRETS": keys["webhook_secret"],
            "STRIPE_API_BASE": f"http://127.0.0.1:{port + 1}",
            "STRIPE_CHECKOUT_ORIGIN": f"http://127.0.0.1:{port + 1}",
        }
    return values


def _kept_keys(path: Path) -> dict[str, str]:
    if not path.exists():
        keys = {
            "secret_key": f"sk_test_{secrets.token_hex(16)}",
            "webhook_secret": f"whsec_{secrets.token_hex(16)}",
        }
        _write_private(path, json.dumps(keys))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _prepare(data_dir: Path) -> str:
    """Migrate, and load the shop on the first run; returns how to sign in."""
    note = data_dir / "staff-sign-in.txt"
    app = create_core(read_settings())
    with app.app_context():
        if not migrations.is_current():
            migrations.upgrade()
        if not loading.is_loaded():
            print("Loading the demonstration shop …", flush=True)
            people = loading.new_staff()
            _write_private(
                note, "".join(f"{each.name}: {each.email}, password {each.password}\n" for each in people)
            )
            loading.load(people)
    return note.read_text() if note.exists() else ""


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _start(port: int, *, own_stripe: bool) -> list[subprocess.Popen[bytes]]:
    commands = [
        [sys.executable, "-m", "shop.cli", "serve", "--port", str(port)],
        [sys.executable, "-m", "shop.cli", "work"],
    ]
    if own_stripe:
        commands.insert(0, [sys.executable, "-m", "shop.demo.stand_in_server", "--port", str(port + 1)])
    # A group of their own each: Ctrl-C reaches this process alone, which then ends them in order.
    return [subprocess.Popen(command, start_new_session=True) for command in commands]


def _watch(children: list[subprocess.Popen[bytes]], port: int, people: str) -> int:
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    address = f"http://127.0.0.1:{port}"
    said = False
    begun = time.monotonic()
    code = 0
    while not stopping:
        if any(child.poll() is not None for child in children):
            print("A part of the demonstration has ended; stopping the rest.", file=sys.stderr)
            code = 1
            break
        if not said and _answers(address):
            said = True
            print(f"\n  The shop:  {address}/\n  Staff:     {address}/staff\n", flush=True)
            print("".join(f"  {line}\n" for line in people.splitlines()), flush=True)
            print("  Card for the payment page: 4242 4242 4242 4242. Ctrl-C stops everything.\n", flush=True)
        if not said and time.monotonic() - begun > STARTS_WITHIN_SECONDS:
            print("The shop did not start in time.", file=sys.stderr)
            code = 1
            break
        time.sleep(0.2)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return code


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address + "/", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
