"""An accreditation counts only for the methods in its scope, on the days it was in force."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shop.inventory.accredited_scope import accreditation_for, covers, days_of
from shop.inventory.models import Accreditation, CertificateRevision, CertificateTest

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("scope", "method", "expected"),
    [
        ("RP-HPLC", "RP-HPLC", True),
        ("RP-HPLC", "RP-HPLC, 220 nm", True),
        ("rp-hplc", "RP‑HPLC (C18)", True),
        ("RP-HPLC, 220 nm", "RP-HPLC, 220 nm, C18", True),
        ("RP-HPLC, 214 nm", "RP-HPLC, 220 nm", False),
        ("RP-HPLC, 220 nm", "RP-HPLC", False),
        ("HPLC", "RP-HPLC, 220 nm", False),
        ("RP-HPLC", "RP-HPLC-MS", False),
        ("ESI-MS", "ESI-MS/MS", False),
        ("", "RP-HPLC", False),
        ("  ", "", False),
    ],
)
def test_a_scope_covers_what_it_names(scope: str, method: str, expected: bool) -> None:
    assert covers([scope], method) is expected


def test_an_accreditation_counts_on_its_first_and_last_day_and_not_outside() -> None:
    held = Accreditation(methods=["RP-HPLC"], valid_from=FIRST, valid_to=LAST)

    def counts(first: date, last: date) -> bool:
        return accreditation_for([held], "RP-HPLC, 220 nm", first, last) is held

    assert counts(FIRST, FIRST) and counts(LAST, LAST) and counts(FIRST, LAST)
    assert not counts(FIRST - DAY, FIRST) and not counts(LAST, LAST + DAY)
    assert accreditation_for([held], "ESI-MS", FIRST, LAST) is None


def test_a_test_without_a_day_of_its_own_takes_the_days_of_the_whole_report() -> None:
    revision = CertificateRevision(tested_from=FIRST, tested_to=LAST)
    assert days_of(CertificateTest(performed_on=None), revision) == (FIRST, LAST)
    assert days_of(CertificateTest(performed_on=LAST), revision) == (LAST, LAST)
