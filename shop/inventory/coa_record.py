"""A certificate as data: the `coa/1` record, sealed by its hash when it is published.

The record is kept as text in canonical form and never changes. What changes afterwards (whether the revision
is superseded or withdrawn, how the lot stands, what the laboratory's portal answered) is added when it is
read, in members of its own that the hash does not cover. `static/schemas/coa-1.json` describes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from shop.catalogue.models import AmountBasis, LimitKind
from shop.compounds import substance
from shop.compounds.masses import average_mass, formula_text, ion_label
from shop.core import audit, clock, migrations
from shop.core.canonical import Plain, canonical
from shop.core.files import StoredFile
from shop.inventory.accredited_scope import accreditation_for, days_of
from shop.inventory.models import (
    Accreditation,
    CertificateRevision,
    CertificateTest,
    Conclusion,
    ExternalCheck,
    LaboratoryRelation,
    Lot,
)

SCHEMA = "coa/1"
NOT_COVERED = ("status", "lot.status", "superseded_by", "withdrawn", "external_check", "integrity")
"""What the hash does not cover: members added when the record is read."""

_OPERATORS = {
    LimitKind.AT_LEAST: ">=",
    LimitKind.AT_MOST: "<=",
    LimitKind.BETWEEN: "range",
    LimitKind.MASS_WITHIN: "within",
    LimitKind.CONFORMS: "conforms",
    LimitKind.REPORT: "report",
}
_CONCLUSIONS = {
    Conclusion.MEETS: "pass",
    Conclusion.FAILS: "fail",
    Conclusion.REPORTED: "report_only",
    Conclusion.NOT_TESTED: "not_tested",
}
_ISSUERS = {
    LaboratoryRelation.INDEPENDENT: "third_party_lab",
    LaboratoryRelation.AFFILIATE: "affiliate_lab",
    LaboratoryRelation.SELLER: "seller_lab",
    LaboratoryRelation.MANUFACTURER: "manufacturer_lab",
}


def number_of(lot: Lot) -> str:
    """The number of a lot's certificate; its revisions are told apart by a slash and a count."""
    return f"COA-{lot.number}"


def seal(session: Session, lot: Lot, revision: CertificateRevision, *, by: str) -> None:
    """Publish a revision: its record, the hash of that and who confirmed it, all in one change of its row."""
    at = clock.now()
    _write(session, lot, revision, on=at)
    revision.confirmed_by, revision.published_at = by, at
    session.flush()


@migrations.fills
def seal_what_was_published_without_a_record(session: Session) -> None:
    """Give every certificate of a release that kept no records the record it would have had."""
    bare = (
        select(CertificateRevision)
        .where(CertificateRevision.published_at.is_not(None), CertificateRevision.record.is_(None))
        .order_by(CertificateRevision.lot_id, CertificateRevision.revision)
        .options(joinedload(CertificateRevision.lot).selectinload(Lot.certificates))
    )
    for revision in session.scalars(bare).unique().all():
        if revision.published_at is not None:
            _write(session, revision.lot, revision, on=revision.published_at)


def _write(session: Session, lot: Lot, revision: CertificateRevision, *, on: datetime) -> None:
    previous = max(
        (each for each in lot.certificates if each.record_sha256 and each.revision < revision.revision),
        key=lambda each: each.revision,
        default=None,
    )
    text = canonical(_record(session, lot, revision, previous, on.date().isoformat()))
    revision.record, revision.record_sha256 = text.decode(), hashlib.sha256(text).hexdigest()


def public(lot: Lot, revision: CertificateRevision, check: ExternalCheck | None) -> dict[str, Any]:
    """A sealed record with what has become of it since, ready to be sent.

    Raises:
        ValueError: the revision has no record.
    """
    if revision.record is None:
        raise ValueError(f"revision {revision.id} was never published")
    found: dict[str, Any] = json.loads(revision.record)
    newer = max(
        (each.revision for each in lot.certificates if each.published_at is not None),
        default=revision.revision,
    )
    found["status"] = status(lot, revision)
    found["lot"]["status"] = lot.state.value
    found["superseded_by"] = f"{number_of(lot)}/{newer}" if newer > revision.revision else None
    found["withdrawn"] = (
        {"on": revision.withdrawal.at.date().isoformat(), "reason": revision.withdrawal.reason}
        if revision.withdrawal
        else None
    )
    found["external_check"] = _external_check(check)
    found["integrity"] = {
        "algorithm": "sha-256",
        "canonical_form": "RFC 8785",
        "sha256": revision.record_sha256,
        "not_covered": list(NOT_COVERED),
    }
    return found


def status(lot: Lot, revision: CertificateRevision) -> str:
    """`published`, `superseded` by a newer published revision, or `withdrawn`."""
    if revision.withdrawal is not None:
        return "withdrawn"
    newer = any(
        each.published_at is not None and each.revision > revision.revision for each in lot.certificates
    )
    return "superseded" if newer else "published"


def _record(
    session: Session,
    lot: Lot,
    revision: CertificateRevision,
    previous: CertificateRevision | None,
    confirmed_on: str,
) -> dict[str, Plain]:
    return {
        "schema": SCHEMA,
        "coa_no": number_of(lot),
        "revision": revision.revision,
        "supersedes": f"{number_of(lot)}/{previous.revision}" if previous else None,
        "supersedes_sha256": previous.record_sha256 if previous else None,
        "reason": revision.reason,
        "retest_to": revision.retest_to.isoformat() if revision.retest_to else None,
        "product": _product(lot),
        "lot": _lot(lot),
        "issuer": _issuer(revision),
        "sample": {
            "id": revision.sample_id or None,
            "drawn_by": revision.drawn_by.value,
            "is": revision.sample_of.value,
            "received_on": revision.received_on.isoformat(),
            "relates_only_to_items_tested": True,
        },
        "tested": {"from": revision.tested_from.isoformat(), "to": revision.tested_to.isoformat()},
        "issued_on": revision.issued_on.isoformat(),
        "tests": [*(_test(test, revision) for test in revision.tests), *_not_tested(revision)],
        "authorised": {
            "name": revision.authorised_by,
            "role": revision.authorised_role or None,
            "on": revision.issued_on.isoformat(),
        },
        "transcription": {"second_checked": True, "on": confirmed_on},
        "documents": _documents(session, revision),
    }


def _product(lot: Lot) -> dict[str, Plain]:
    product, compound = lot.product, lot.product.compound
    elements = substance.elements(compound)
    return {
        "cat_no": product.catalogue_number,
        "name": product.name,
        "cas": compound.cas,
        "sequence": compound.sequence,
        "n_terminus": compound.n_terminus if compound.sequence else None,
        "c_terminus": compound.c_terminus if compound.sequence else None,
        "salt": product.salt_form,
        "formula_free_base": formula_text(elements) if elements else None,
        "mw_free_base": f"{average_mass(elements):.2f}" if elements else None,
        "use": "research use only",
    }


def _lot(lot: Lot) -> dict[str, Plain]:
    size, basis = lot.vial_size, lot.product.amount_basis
    return {
        "no": lot.number,
        "parent_bulk": lot.parent.number if lot.parent else None,
        "made_on": lot.manufactured_on.isoformat(),
        "filled_on": lot.filled_on.isoformat(),
        "fill": {
            "value": f"{size.amount.normalize():f}",
            "unit": size.amount_unit,
            "basis": "net" if basis == AmountBasis.NET_PEPTIDE else "gross",
        },
        "storage": lot.product.storage_dry,
        "retest_on": lot.retest_on.isoformat() if lot.retest_on else None,
        "expires_on": lot.expires_on.isoformat() if lot.expires_on else None,
    }


def _issuer(revision: CertificateRevision) -> dict[str, Plain]:
    laboratory = revision.laboratory
    return {
        "kind": _ISSUERS[laboratory.relation],
        "lab": laboratory.name,
        "place": laboratory.place,
        "country": laboratory.country or None,
        "relation": laboratory.relation.value,
        "report_no": revision.report_number,
        "portal": laboratory.portal_url or None,
        "accreditation": _accreditation(revision),
    }


def _accreditation(revision: CertificateRevision) -> dict[str, Plain] | None:
    """The accreditation in whose scope any of the tests was; without such a test none is named."""
    for test in revision.tests:
        if test.in_scope and test.carried_from is None:
            found = scope_of(test, revision)
            if found is not None:
                return {
                    "standard": found.standard,
                    "body": found.body,
                    "cert": found.number,
                    "scope_url": found.scope_url or None,
                    "valid_from": found.valid_from.isoformat(),
                    "valid_to": found.valid_to.isoformat(),
                }
    return None


def scope_of(test: CertificateTest, revision: CertificateRevision) -> Accreditation | None:
    """The accreditation that covers a test on the days it was done, as the laboratory is known today."""
    if test.conclusion == Conclusion.NOT_TESTED:
        return None
    first, last = days_of(test, revision)
    return accreditation_for(revision.laboratory.accreditations, test.method, first, last)


def _test(test: CertificateTest, revision: CertificateRevision) -> dict[str, Plain]:
    row: dict[str, Plain] = {
        "attr": test.attribute,
        "name": test.name,
        "method": test.method,
        "spec": _spec(test),
        "conclusion": _CONCLUSIONS[test.conclusion],
    }
    if test.conclusion == Conclusion.NOT_TESTED:
        return row
    row |= {
        "result": test.result_text,
        "number": _decimal(test),
        "qualifier": test.qualifier.value,
        "performed_on": test.performed_on.isoformat() if test.performed_on else None,
        "in_scope": test.in_scope,
        "carried_from": test.carried_from,
    }
    if test.theoretical_mass is not None:
        row |= {
            "mass_type": test.mass_type,
            "theoretical": f"{test.theoretical_mass:.4f}",
            "observed": test.result_text,
            "ion": ion_label(test.charge),
        }
    if test.attribute.startswith("purity") and revision.chromatogram_sha256 and test.carried_from is None:
        row["raw"] = f"sha256:{revision.chromatogram_sha256}"
    return row


def _decimal(test: CertificateTest) -> str | None:
    return None if test.result_number is None else f"{test.result_number:f}"


def _spec(test: CertificateTest) -> dict[str, Plain]:
    limits = {"min": test.lower, "max": test.upper, "tol": test.tolerance}
    return {
        "op": _OPERATORS[test.limit_kind],
        **{name: f"{value:f}" for name, value in limits.items() if value is not None},
        "text": test.limit_text,
        "unit": test.unit or None,
    }


def _not_tested(revision: CertificateRevision) -> Iterator[dict[str, Plain]]:
    """A row for everything else that the certificate says was not tested."""
    known = {test.attribute for test in revision.tests}
    for words in re.split(r"[,;\n]|\band\b", revision.not_tested):
        name = words.strip(" .")
        code = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        if code and code not in known:
            known.add(code)
            yield {"attr": code, "name": name, "conclusion": "not_tested"}


def _documents(session: Session, revision: CertificateRevision) -> list[Plain]:
    kinds = {"coa": revision.document_sha256, "chromatogram": revision.chromatogram_sha256}
    wanted = [sha256 for sha256 in kinds.values() if sha256 is not None]
    kept = {
        row.sha256: row for row in session.scalars(select(StoredFile).where(StoredFile.sha256.in_(wanted)))
    }
    return [
        {
            "kind": kind,
            "media_type": kept[sha256].media_type,
            "bytes": kept[sha256].size,
            "sha256": sha256,
        }
        for kind, sha256 in kinds.items()
        if sha256 is not None
    ]


def _external_check(check: ExternalCheck | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "portal": check.portal_url,
        "key": check.report_key,
        "checked_on": check.checked_on.isoformat(),
        "fields_matched": list(check.fields_matched),
        "outcome": check.answer.value,
    }


@audit.invariant("I70", "Every published certificate has its record, unchanged, with the figures of its rows")
def _records_are_whole(session: Session) -> Iterator[str]:
    rows: dict[int, dict[tuple[str, int], str | None]] = {}
    for revision_id, attribute, charge, result in session.execute(
        select(
            CertificateTest.revision_id,
            CertificateTest.attribute,
            CertificateTest.charge,
            CertificateTest.result_text,
        )
    ):
        rows.setdefault(revision_id, {})[attribute, charge] = result
    for revision_id, record, sha256, document in session.execute(
        select(
            CertificateRevision.id,
            CertificateRevision.record,
            CertificateRevision.record_sha256,
            CertificateRevision.document_sha256,
        ).where(CertificateRevision.published_at.is_not(None))
    ):
        if record is None:
            yield f"certificate revision {revision_id} is published without its record"
            continue
        if hashlib.sha256(record.encode()).hexdigest() != sha256:
            yield f"the record of certificate revision {revision_id} does not have its hash"
        told = json.loads(record)
        figures = sorted(str(test["result"]) for test in told["tests"] if "result" in test)
        kept = sorted(str(result) for result in rows.get(revision_id, {}).values() if result is not None)
        if figures != kept or all(each["sha256"] != document for each in told["documents"]):
            yield f"the record of certificate revision {revision_id} differs from its rows"
