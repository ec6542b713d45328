"""A statement as rows of a file and as what is printed on its paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shop.core import money, wording
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.payments.account_statements import AGES, Statement

Cell = str | int | date


def rows(statement: Statement) -> list[tuple[Cell, ...]]:
    """Opening balance, every movement with the balance after it, closing balance, and the ageing."""
    balance = statement.opening_minor
    found: list[tuple[Cell, ...]] = [
        (statement.currency, statement.first, _("Opening balance"), "", 0, statement.opening_minor)
    ]
    for each in statement.movements:
        balance += each.amount_minor
        found.append((statement.currency, each.on, each.what, each.reference, each.amount_minor, balance))
    found.append((statement.currency, statement.last, _("Closing balance"), "", 0, statement.closing_minor))
    found += [
        (statement.currency, statement.last, _("Open, %(age)s", age=label), "", amount, "")
        for label, amount in ages(statement)
    ]
    return found


def ages(statement: Statement) -> list[tuple[str, int]]:
    """What is open by age, in words."""
    first, second, third = AGES
    age = statement.ageing
    return [
        (_("not yet due"), age.not_due),
        (_("1 to %(last)s days past due", last=first), age.to_30),
        (_("%(first)s to %(last)s days past due", first=first + 1, last=second), age.to_60),
        (_("%(first)s to %(last)s days past due", first=second + 1, last=third), age.to_90),
        (_("more than %(last)s days past due", last=third), age.older),
        (_("paid too much, not used"), -statement.credit_minor),
    ]


def printed(statements: Sequence[Statement]) -> dict[str, object]:
    """Everything on the paper, as text. Each currency has a part of its own; they are never added."""
    values = settings()
    return {
        "title": _("Statement of account"),
        "research_use": _("For laboratory research use only. Not for human or veterinary use."),
        "specimen": _("Specimen of a demonstration shop. Not a document of account.")
        if values.is_demo
        else "",
        "seller": {
            "name": values.seller_name or values.shop_name,
            "address": list(values.seller_address),
            "email": values.contact_email,
        },
        "organisation": statements[0].organisation,
        "period": _(
            "%(first)s to %(last)s",
            first=wording.long_date(statements[0].first),
            last=wording.long_date(statements[0].last),
        ),
        "heads": [_("Day"), _("What"), _("Reference"), _("Amount"), _("Balance")],
        "age_heads": [_("Open on the last day"), _("Amount")],
        "page_label": _("Page"),
        "parts": [
            {
                "currency": each.currency,
                "rows": [
                    [
                        wording.date_in_words(row[1]) if isinstance(row[1], date) else "",
                        str(row[2]),
                        str(row[3]),
                        money.in_words(_whole(row[4]), each.currency) if row[4] else "",
                        money.in_words(_whole(row[5]), each.currency),
                    ]
                    for row in rows(each)
                    if row[5] != ""
                ],
                "ages": [[label, money.in_words(amount, each.currency)] for label, amount in ages(each)],
            }
            for each in statements
        ],
    }


def _whole(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0
