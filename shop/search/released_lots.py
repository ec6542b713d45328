"""Lots that are or were released. Lists and suggestions show these only; a lot still in quarantine has a page
of its own, but nothing leads to it that does not know its number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import LimitKind, VialSize
from shop.inventory.lot_index import PURITY
from shop.inventory.models import CertificateRevision, CertificateTest, Lot, LotEvent, LotState

LONGEST_NUMBER = 30
MOST_CANDIDATES = 2_000
MOST_NEAREST = 5
MOST_WITH_ONE_DOCUMENT = 50
LEAST_LIKENESS = 0.6
"""Share of characters in common, from 0 to 1, from which a number is worth suggesting."""

_HYPHENS = str.maketrans("‐‑‒–—−_", "-------")
_POSSIBLE = re.compile(r"[A-Z0-9-]{1,30}")
_WITH_TESTS = selectinload(Lot.certificates).joinedload(CertificateRevision.tests)


def was_released() -> ColumnElement[bool]:
    """Whether a lot is released or has been; on hold and recalled can only follow on released."""
    return or_(
        Lot.state.in_((LotState.RELEASED, LotState.ON_HOLD, LotState.RECALLED)),
        exists().where(LotEvent.lot_id == Lot.id, LotEvent.to_state == LotState.RELEASED),
    )


def ever_released(lot: Lot) -> bool:
    """The same of a lot whose events are loaded."""
    return lot.state in (LotState.RELEASED, LotState.ON_HOLD, LotState.RECALLED) or any(
        event.to_state == LotState.RELEASED for event in lot.events
    )


def number_as_printed(typed: str) -> str:
    """A lot number as typed, in capitals and with plain hyphens, spaces left out; at most 30 characters."""
    return "".join(typed.translate(_HYPHENS).split()).upper()[:LONGEST_NUMBER]


def is_possible(number: str) -> bool:
    """Whether a lot number could be one at all; nothing else is looked up."""
    return _POSSIBLE.fullmatch(number) is not None


def exact(session: Session, typed: str) -> str | None:
    """The number of the lot that was typed, in whatever state it is; hyphens may be left out."""
    number = number_as_printed(typed)
    bare = number.replace("-", "")
    if not is_possible(number) or not bare or not any(character.isdigit() for character in bare):
        return None
    return session.scalar(
        select(Lot.number).where(func.replace(Lot.number, "-", "") == bare).order_by(Lot.number).limit(1)
    )


def beginning_with(session: Session, typed: str, limit: int) -> Sequence[str]:
    """Lot numbers that begin with what was typed, at least two characters of it, the newest names first."""
    number = number_as_printed(typed)
    if not is_possible(number) or len(number) < 2:
        return []
    return session.scalars(
        select(Lot.number)
        .where(Lot.number.startswith(number, autoescape=True), was_released())
        .order_by(Lot.number.desc())
        .limit(limit)
    ).all()


def of_product(session: Session, product_id: int) -> Sequence[Lot]:
    """The lots of all sizes of a product, newest first, with certificates, their documents and tests."""
    return session.scalars(_OF_PRODUCT, {"of_product": product_id}).all()


_OF_PRODUCT = (
    select(Lot)
    .join(VialSize, VialSize.id == Lot.vial_size_id)
    .where(VialSize.product_id == bindparam("of_product"), was_released())
    .order_by(Lot.filled_on.desc(), Lot.id.desc())
    .options(_WITH_TESTS, selectinload(Lot.certificates).joinedload(CertificateRevision.document))
)
"""Made once: making a statement anew costs more than running it."""


def with_certificates(session: Session, lot_ids: Iterable[int]) -> dict[int, Lot]:
    """Some lots by id, with certificates and tests."""
    found = session.scalars(select(Lot).where(Lot.id.in_(list(lot_ids))).options(_WITH_TESTS))
    return {lot.id: lot for lot in found}


def recently_released(session: Session, since: datetime | None, limit: int) -> list[tuple[Lot, datetime]]:
    """Released lots with the moment of their last release, not older than `since`, the newest first."""
    releases = (
        select(LotEvent.lot_id, func.max(LotEvent.at).label("at"))
        .where(LotEvent.to_state == LotState.RELEASED)
        .group_by(LotEvent.lot_id)
        .subquery()
    )
    rows = session.execute(
        select(Lot, releases.c.at)
        .join(releases, releases.c.lot_id == Lot.id)
        .where(Lot.state == LotState.RELEASED, true() if since is None else releases.c.at >= since)
        .order_by(releases.c.at.desc(), Lot.id.desc())
        .limit(limit)
        .options(_WITH_TESTS)
    )
    return [(lot, at) for lot, at in rows]


def nearest(session: Session, typed: str) -> list[str]:
    """Up to five lot numbers that resemble what was typed, the likest first.

    Only numbers that share a beginning or an end with it are compared, so that many lots stay quick.
    """
    number = re.sub(r"[^A-Z0-9-]", "", number_as_printed(typed))
    if len(number.replace("-", "")) < 3:
        return []
    candidates = session.scalars(
        select(Lot.number)
        .where(
            or_(
                Lot.number.startswith(number[:3], autoescape=True),
                Lot.number.endswith(number[-4:], autoescape=True),
            ),
            was_released(),
        )
        .order_by(Lot.number.desc())
        .limit(MOST_CANDIDATES)
    )
    ranked = sorted((-SequenceMatcher(None, number, each).ratio(), each) for each in candidates)
    return [each for unlikeness, each in ranked[:MOST_NEAREST] if -unlikeness >= LEAST_LIKENESS]


def with_document(session: Session, sha256: str) -> list[tuple[Lot, CertificateRevision]]:
    """The published revisions whose document or chromatogram has a SHA-256, of lots that were released."""
    rows = session.execute(
        select(Lot, CertificateRevision)
        .join(CertificateRevision, CertificateRevision.lot_id == Lot.id)
        .where(
            or_(
                CertificateRevision.document_sha256 == sha256,
                CertificateRevision.chromatogram_sha256 == sha256,
            ),
            CertificateRevision.published_at.is_not(None),
            was_released(),
        )
        .order_by(Lot.number, CertificateRevision.revision.desc())
        .limit(MOST_WITH_ONE_DOCUMENT)
        .options(_WITH_TESTS)
    )
    return [(lot, revision) for lot, revision in rows]


def headline(revision: CertificateRevision | None) -> CertificateTest | None:
    """The one result that lists show of a certificate: the purity, or else the first with a lower limit."""
    tests = [test for test in revision.tests if test.result_text is not None] if revision else []
    purity = next((test for test in tests if test.attribute == PURITY), None)
    return purity or next((test for test in tests if test.limit_kind == LimitKind.AT_LEAST), None)
