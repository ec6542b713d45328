"""The part of the `aliquot` command that is about the outbox: what waits, and what becomes of it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

ACTOR = "command line"
MOST_SHOWN = 1000


def add_to(commands: Any) -> None:
    """Add these commands to the parser of `aliquot`."""
    outbox = commands.add_parser("outbox", help="mail and webhooks on their way")
    actions = outbox.add_subparsers(required=True, metavar="action")

    listing = actions.add_parser("list", help="a message a line: number, state, tries, key, last error")
    listing.add_argument(
        "--view", choices=("waiting", "failing", "dead", "sent", "dismissed"), default="dead"
    )
    listing.add_argument("--find", default="", help="an order's number, a receiver, or the start of a key")
    listing.set_defaults(run=_list)

    for name, help_, run in (
        ("replay", "try messages again, or every dead one", _replay),
        ("dismiss", "decide that messages are not sent; later ones of their subject go on", _dismiss),
    ):
        action = actions.add_parser(name, help=help_)
        action.add_argument("number", nargs="*", type=int)
        action.add_argument("--reason", required=True, help="kept in the log")
        if name == "replay":
            action.add_argument("--all-dead", action="store_true", help="every dead letter")
        action.set_defaults(run=run)


def _list(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import outbox_desk
    from shop.core.database import reading

    view = outbox_desk.View(arguments.view)
    with create_core().app_context(), reading() as session:
        page, shown, total = 1, 0, 1
        while shown < min(total, MOST_SHOWN):
            found = outbox_desk.listed(session, view, words=arguments.find, page=page)
            total = found.total
            for each in found.rows:
                print(f"{each.id}\t{view.value}\t{each.attempts}\t{each.key}\t{each.last_error or ''}")
            page, shown = page + 1, shown + len(found.rows)
            if not found.rows:
                break
    print(f"{shown} of {total} messages.", file=sys.stderr)
    return 0


def _replay(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import outbox_desk

    if arguments.all_dead == bool(arguments.number):
        print("Give numbers, or --all-dead.", file=sys.stderr)
        return 1
    with create_core().app_context():
        if arguments.all_dead:
            count = outbox_desk.replay_dead(actor=ACTOR, reason=arguments.reason)
        else:
            for number in arguments.number:
                outbox_desk.replay(number, actor=ACTOR, reason=arguments.reason)
            count = len(arguments.number)
    print(f"{count} messages are tried again.")
    return 0


def _dismiss(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import outbox_desk

    if not arguments.number:
        print("Give the numbers of messages.", file=sys.stderr)
        return 1
    with create_core().app_context():
        for number in arguments.number:
            outbox_desk.dismiss(number, actor=ACTOR, reason=arguments.reason)
    print(f"{len(arguments.number)} messages are dismissed.")
    return 0
