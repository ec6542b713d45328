"""Commands about accounts: the statement of an organisation as CSV."""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import date
from typing import Any

from sqlalchemy import select

from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    statement = commands.add_parser("statement", help="print the statement of an organisation as CSV")
    statement.add_argument("organisation", help="its name, without regard to case and spacing")
    statement.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="YYYY-MM-DD")
    statement.add_argument("--to", dest="last", type=date.fromisoformat, required=True, help="YYYY-MM-DD")
    statement.set_defaults(run=print_statement)


def print_statement(arguments: argparse.Namespace) -> int:
    """Print opening balance, movements, closing balance and ageing; each currency by itself.

    Raises:
        Refused: the period ends before it begins, or there is no such organisation.
    """
    from shop import create_core
    from shop.core.database import reading
    from shop.payments import account_statements, statement_papers
    from shop.people.models import Organisation

    with create_core().app_context(), reading() as session:
        if arguments.first > arguments.last:
            raise Refused(_("The period ends before it begins."))
        found = session.scalar(
            select(Organisation.id).where(Organisation.name_key == name_key(arguments.organisation))
        )
        if found is None:
            raise Refused(_("There is no organisation called %(name)s.", name=arguments.organisation))
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["currency", "day", "what", "reference", "amount_minor", "balance_minor"])
        for statement in account_statements.of_organisation(
            session, found, first=arguments.first, last=arguments.last
        ):
            writer.writerows(statement_papers.rows(statement))
    return 0
