"""The `aliquot` command."""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

from config import SettingError, read_settings
from shop import education_commands
from shop.core.errors import Refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        code: int = parsed.run(parsed)
    except (SettingError, Refused) as error:
        print(error, file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aliquot", description="The storefront's command.")
    commands = parser.add_subparsers(required=True, metavar="command")

    demo = commands.add_parser("demo", help="run a demonstration shop: web, worker and Stripe stand-in")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="serve the shop over HTTP")
    serve.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    serve.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    serve.add_argument("--threads", type=int, default=4, help="threads of each process (default 4)")
    serve.set_defaults(run=_serve)

    work = commands.add_parser("work", help="send mail and run the periodic jobs")
    work.set_defaults(run=_work)

    migrate = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrate.set_defaults(run=_migrate)

    audit = commands.add_parser("audit", help="check every invariant; exit 1 where one fails")
    audit.set_defaults(run=_audit)

    staff = commands.add_parser("staff", help="staff of the shop")
    staff_commands = staff.add_subparsers(required=True, metavar="action")
    add = staff_commands.add_parser("add", help="add a member of staff; asks for the password")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument(
        "--role", action="append", required=True, dest="roles", help="may be given several times"
    )
    add.set_defaults(run=_add_staff)

    claims = commands.add_parser(
        "check-claims",
        help="read a paragraph a line and say what may not be claimed there",
        description="Reads UTF-8 text on standard input, a paragraph a line, and prints a JSON object a "
        "line: verdict (block, hold or pass), rules, words. The exit code is 0 whatever the verdicts are.",
    )
    claims.add_argument(
        "--surface",
        choices=("P", "M", "D"),
        required=True,
        help="P: product, cart, mail, feed; M: monograph; D: monograph with no listing",
    )
    claims.set_defaults(run=_check_claims)
    education_commands.add_to(commands)
    return parser


def _demo(_arguments: argparse.Namespace) -> int:
    from shop.demo import run

    return run.demo()


def _serve(arguments: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from shop import create_core
    from shop.core import migrations

    with create_core().app_context():
        if not migrations.is_current():
            print("The database is not at the newest schema. Run `aliquot migrate`.", file=sys.stderr)
            return 1
    Granian(
        "shop:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        blocking_threads=arguments.threads,
        respawn_failed_workers=True,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def _work(_arguments: argparse.Namespace) -> int:
    from shop import create_core, worker

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    worker.work(create_core(), stop)
    return 0


def _migrate(_arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import migrations

    read_settings().data_dir.mkdir(parents=True, exist_ok=True)
    with create_core().app_context():
        migrations.upgrade()
    print("The database is at the newest schema.")
    return 0


def _audit(_arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import audit
    from shop.core.database import reading

    found = 0
    with create_core().app_context(), reading() as session:
        for each, sentence in audit.violations(session):
            print(f"{each.code} {sentence}")
            found += 1
        checked = len(audit.invariants())
    print(f"{checked} invariants checked, {found} violations.", file=sys.stderr)
    return 1 if found else 0


def _add_staff(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.people import staff

    password = os.environ.get("STAFF_PASSWORD") or getpass.getpass("Password: ")
    with create_core().app_context():
        staff.add(
            email=arguments.email,
            name=arguments.name,
            password=password,
            roles=arguments.roles,
            actor="command line",
        )
    print(f"Added {arguments.email}.")
    return 0


def _check_claims(arguments: argparse.Namespace) -> int:
    from shop.claims import command
    from shop.claims.rules import Surface

    try:
        for line in command.check_lines(sys.stdin.buffer, Surface(arguments.surface)):
            print(line, flush=True)
    except BrokenPipeError:
        # Who read the answers has seen enough; without this, Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
