"""Whether a test was within a laboratory's accredited scope on the days it was done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from shop.core.identity import name_key
from shop.inventory.models import Accreditation, CertificateRevision, CertificateTest

_DETAIL = re.compile(r"[,;:(]")
_HYPHENS = str.maketrans("‐‑‒–—−", "------")


def days_of(test: CertificateTest, revision: CertificateRevision) -> tuple[date, date]:
    """First and last day on which a test may have been done: its own day, or those of the whole report."""
    if test.performed_on is not None:
        return test.performed_on, test.performed_on
    return revision.tested_from, revision.tested_to


def covers(methods: Iterable[str], method: str) -> bool:
    """Whether a scope names a method: in full, or without the details after a comma or a bracket.

    `RP-HPLC` covers `RP-HPLC, 220 nm`; it does not cover `RP-HPLC-MS`, and `HPLC` covers neither.
    """
    wanted = {_plain(method)} | {_plain(method[: cut.start()]) for cut in _DETAIL.finditer(method)}
    return any(_plain(each) in wanted for each in methods if each.strip())


def accreditation_for(
    accreditations: Sequence[Accreditation], method: str, first: date, last: date
) -> Accreditation | None:
    """The accreditation that covers a method on every day from the first to the last."""
    return next(
        (
            each
            for each in accreditations
            if each.valid_from <= first and last <= each.valid_to and covers(each.methods, method)
        ),
        None,
    )


def _plain(method: str) -> str:
    return name_key(method.translate(_HYPHENS))
