"""`aliquot export-person` and `aliquot erase`: what a person may ask for (GDPR Articles 15 and 17)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the commands to the `aliquot` command."""
    export = commands.add_parser(
        "export-person", help="write everything held about a person as a zip of JSON"
    )
    export.add_argument("email")
    export.add_argument("--output", type=Path, help="a file; standard output by default")
    export.set_defaults(run=_export)

    erase = commands.add_parser(
        "erase",
        help="erase a person; says what stays, why and until when",
        description="Overwrites or deletes what the shop holds about a person. Invoices, stock and the chain "
        "of attestations stay, without the person. The log of erasures holds no address.",
    )
    erase.add_argument("email", nargs="?", default="")
    erase.add_argument("--reason", default="", help="why, such as the date of the request")
    erase.add_argument(
        "--before-retention",
        action="store_true",
        help="erase who signed research-use statements before ATTESTATION_RETENTION_YEARS are over",
    )
    erase.add_argument(
        "--again",
        action="store_true",
        help="erase anew everyone in the log of erasures, as after restoring a backup",
    )
    erase.set_defaults(run=_erase)


def _export(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import erasure

    with create_core().app_context():
        data = erasure.export(arguments.email)
    if arguments.output is None:
        sys.stdout.buffer.write(data)
    else:
        arguments.output.write_bytes(data)
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import erasure

    if arguments.again == bool(arguments.email):
        print("Give an email address, or --again.", file=sys.stderr)
        return 2
    with create_core().app_context():
        if arguments.again:
            done = erasure.erase_again()
        else:
            done = [
                erasure.erase(
                    arguments.email,
                    reason=arguments.reason,
                    actor="command line",
                    before_retention=arguments.before_retention,
                )
            ]
    for each in done:
        for table, rows in sorted(each.rows.items()):
            print(f"{table}: {rows} erased")
        for kept in each.kept:
            until = f", until {kept.until.isoformat()}" if kept.until else ""
            print(f"{kept.table}: {kept.rows} kept{until}: {kept.reason}")
    print(f"{len(done)} persons erased.", file=sys.stderr)
    return 0
