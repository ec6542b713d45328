"""The `aliquot` command."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from config import SettingError, read_settings
from shop import account_commands, education_commands, outbox_commands, person_commands
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
    work.add_argument(
        "--once",
        action="store_true",
        help="send what is due, run every job once, and end; exit 1 if one failed",
    )
    work.set_defaults(run=_work)

    migrate = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrate.set_defaults(run=_migrate)

    audit = commands.add_parser("audit", help="check every invariant; exit 1 where one fails")
    audit.add_argument(
        "--heads",
        type=Path,
        help="a file with published heads of the register, kept elsewhere, to hold the register against",
    )
    audit.set_defaults(run=_audit)

    head = commands.add_parser(
        "register-head", help="print the newest published head of the register as JSON"
    )
    head.set_defaults(run=_register_head)

    sync = commands.add_parser(
        "sync-payments",
        help="hold payments against Stripe's books",
        description="Asks Stripe about every payment and refund that is not over, and looks in its lists for "
        "what is not known here. Prints a line for each; the exit code is 1 where something stays unknown.",
    )
    sync.add_argument("--order", metavar="NUMBER", help="this order only, whatever state it is in")
    sync.add_argument(
        "--since",
        type=_moment,
        help="how far back to read Stripe's lists, such as 2026-11-01; 3 days by default",
    )
    sync.set_defaults(run=_sync_payments)

    reindex = commands.add_parser("reindex", help="make the search index anew")
    reindex.set_defaults(run=_reindex)

    taken = commands.add_parser("import", help="read products, lots, certificates or counts from a file")
    taken.add_argument("kind", choices=_KINDS)
    taken.add_argument("file", type=Path)
    taken.add_argument(
        "--apply", action="store_true", help="do it; without this, only show what would be done"
    )
    taken.add_argument("--plan", default="", help="the plan a dry run has shown; refused when it has changed")
    taken.set_defaults(run=_import)
    given = commands.add_parser("export", help="write products, lots, certificates or a count sheet")
    given.add_argument("kind", choices=_KINDS)
    given.add_argument("--format", choices=("csv", "json"), default="csv")
    given.add_argument("--output", type=Path, help="a file; standard output by default")
    given.set_defaults(run=_export)

    parties = commands.add_parser(
        "import-restricted-parties",
        help="keep a new version of a restricted-party list",
        description="Reads CSV or JSON: the shop's own columns (number, name, aliases, addresses, countries, "
        "programme, source_url; parts apart by semicolons), or the US Consolidated Screening List as "
        "published. Without --apply it only says what it read.",
    )
    parties.add_argument("file", type=Path)
    parties.add_argument("--list", required=True, dest="name", help="the name of the list")
    parties.add_argument("--date", required=True, help="the date of the list, YYYY-MM-DD")
    parties.add_argument("--apply", action="store_true", help="keep it; without this, only read it")
    parties.set_defaults(run=_import_restricted_parties)

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
    account_commands.add_to(commands)
    person_commands.add_to(commands)
    outbox_commands.add_to(commands)
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


def _work(arguments: argparse.Namespace) -> int:
    from shop import create_core, worker

    if arguments.once:
        return 0 if worker.work_once(create_core()) else 1
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


def _audit(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.attestations import day_heads
    from shop.core import audit
    from shop.core.database import reading

    found = 0
    kept = []
    if arguments.heads is not None:
        try:
            kept = day_heads.read(arguments.heads.read_text(encoding="utf-8"))
        except (OSError, UnicodeError) as error:
            print(f"{arguments.heads} can't be read: {error}", file=sys.stderr)
            return 1
    with create_core().app_context(), reading() as session:
        for sentence in day_heads.differences(session, kept):
            print(f"heads {sentence}")
            found += 1
        for each, sentence in audit.violations(session):
            print(f"{each.code} {sentence}")
            found += 1
        checked = len(audit.invariants())
    print(f"{checked} invariants checked, {found} violations.", file=sys.stderr)
    return 1 if found else 0


def _register_head(_arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.attestations import day_heads
    from shop.core.database import reading

    with create_core().app_context():
        day_heads.publish()
        with reading() as session:
            newest = day_heads.published(session)[0]
    print(json.dumps(newest.plain))
    return 0


def _moment(text: str) -> datetime:
    """A day or a moment; in UTC where it does not say."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-01") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sync_payments(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.payments import sync

    looked = changed = unsure = 0
    with create_core().app_context():
        for finding in sync.run(order_number_=arguments.order, since=arguments.since):
            print(f"{finding.about}: {finding.found}", flush=True)
            looked += 1
            changed += finding.changed
            unsure += not finding.sure
    print(f"{looked} looked at, {changed} changed, {unsure} still unknown.", file=sys.stderr)
    return 1 if unsure else 0


def _reindex(_arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.search import index

    with create_core().app_context():
        mended = index.reindex()
    print(f"The search index is made anew; {mended} entries were not right.")
    return 0


_KINDS = ("products", "lots", "certificates", "counts")


def _import(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core.database import reading
    from shop.inventory.exchange import planning
    from shop.inventory.exchange.kinds import KINDS

    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        print(f"{arguments.file} can't be read: {error.strerror}", file=sys.stderr)
        return 1
    kind = KINDS[arguments.kind]
    with create_core().app_context():
        try:
            if arguments.apply:
                plan = planning.carry_out(kind, data, actor="command line", expected=arguments.plan)
            else:
                with reading() as session:
                    plan = planning.plan(session, kind, data)
        except planning.ImportRefused as refused:
            plan = refused.plan
    for change in plan.changes:
        print(f"{arguments.file}:{change.line}: {change.key}: {change.what}")
    for note in plan.notes:
        print(f"{arguments.file}:{note.line}: note: {note.sentence}", file=sys.stderr)
    for problem in plan.problems:
        print(f"{arguments.file}:{problem.line}: error: {problem.sentence}", file=sys.stderr)
    if plan.problems:
        count = len(plan.problems) + plan.problems_left_out
        print(f"{count} errors; nothing was imported.", file=sys.stderr)
        return 1
    done = "imported" if arguments.apply else "would be imported; nothing was changed"
    print(f"{plan.rows} rows, {len(plan.changes)} changes {done}. Plan {plan.code}", file=sys.stderr)
    return 0


def _import_restricted_parties(arguments: argparse.Namespace) -> int:
    from datetime import date

    from shop import create_core
    from shop.attestations import restricted_parties
    from shop.core.errors import Refused

    try:
        dated = date.fromisoformat(arguments.date)
        entries = restricted_parties.read(arguments.file.read_bytes())
        if arguments.apply:
            with create_core().app_context():
                restricted_parties.import_list(arguments.name, dated, entries, actor="command line")
    except OSError as error:
        print(f"{arguments.file} can't be read: {error.strerror}", file=sys.stderr)
        return 1
    except (ValueError, Refused) as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    done = "kept" if arguments.apply else "read; nothing was changed"
    aliases = sum(len(each.aliases) for each in entries)
    print(f"{len(entries)} entries with {aliases} further names {done}.", file=sys.stderr)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core.database import reading
    from shop.inventory.exchange import kinds

    with create_core().app_context(), reading() as session:
        data = kinds.export(session, kinds.KINDS[arguments.kind], arguments.format)
    if arguments.output is None:
        sys.stdout.buffer.write(data)
    else:
        arguments.output.write_bytes(data)
    return 0


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
