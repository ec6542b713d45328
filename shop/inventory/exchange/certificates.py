"""Certificates as rows: one for each test, with its revision repeated beside it.

Rows, not files: the document has to be kept here already, under its SHA-256. What is imported is a draft that
a second person compares with the document. A revision that is there never changes; a correction is a new one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import Product, VialSize
from shop.compounds.mass_check import HIGHEST_CHARGE, LOWEST_CHARGE
from shop.compounds.masses import MassType
from shop.core import audit, clock
from shop.core.errors import Refused
from shop.core.files import StoredFile
from shop.core.language import gettext as _
from shop.inventory import certificates
from shop.inventory.certificates import TestResult
from shop.inventory.exchange import cells
from shop.inventory.exchange.cells import Column
from shop.inventory.exchange.planning import Findings, Item, Key, differences, in_chunks
from shop.inventory.models import (
    CertificateRevision,
    CertificateTest,
    Conclusion,
    DrawnBy,
    Laboratory,
    LaboratoryRelation,
    Lot,
    SampleOf,
)

_DATES = ("received_on", "tested_from", "tested_to", "issued_on")
_OF_REVISION = (
    "laboratory",
    "laboratory_place",
    "laboratory_relation",
    "report_number",
    "drawn_by",
    "sample_id",
    "sample_of",
    *_DATES,
    "authorised_by",
    "authorised_role",
    "not_tested",
    "reason",
    "document_sha256",
    "chromatogram_sha256",
    "chromatogram_conditions",
)


def _sha256(cell: str) -> str:
    lower = cell.lower()
    if lower and (len(lower) != 64 or set(lower) - set("0123456789abcdef")):
        raise cells.WrongCell(_("enter the SHA-256 of the document, 64 characters"))
    return lower


def _mass_type(cell: str) -> str:
    if cell and cell not in {each.value for each in MassType}:
        raise cells.WrongCell(_("enter monoisotopic or average, or nothing"))
    return cell


def _charge(cell: str) -> str:
    if cell and (
        not re.fullmatch(r"[-−]?[0-9]{1,2}", cell)
        or not LOWEST_CHARGE <= int(cell.replace("−", "-")) <= HIGHEST_CHARGE
    ):
        raise cells.WrongCell(
            _(
                "enter the charge of the ion, %(least)s to %(most)s, 0 for the molecule",
                least=LOWEST_CHARGE,
                most=HIGHEST_CHARGE,
            )
        )
    return str(int(cell.replace("−", "-"))) if cell else ""


class CertificateRows:
    """The kind `certificates`: one row for each test of each revision."""

    name = "certificates"
    keys: tuple[str, ...] = ("lot", "revision", "attribute", "charge")
    columns = (
        Column(name="lot", read=cells.code(30), needed=True),
        Column(name="revision", read=cells.whole(9_999, least=1), needed=True),
        Column(name="attribute", read=cells.text(40), needed=True),
        Column(name="charge", read=_charge, needed=True),
        Column(name="mass_type", read=_mass_type),
        Column(name="result", read=cells.text(120)),
        Column(name="performed_on", read=cells.day),
        Column(name="laboratory", read=cells.text(120), needed=True),
        Column(name="laboratory_place", read=cells.text(120), needed=True),
        Column(name="laboratory_relation", read=cells.one_of(LaboratoryRelation), needed=True),
        Column(name="report_number", read=cells.text(60), needed=True),
        Column(name="drawn_by", read=cells.one_of(DrawnBy), needed=True),
        Column(name="sample_id", read=cells.text(60)),
        Column(name="sample_of", read=cells.one_of(SampleOf)),
        *(Column(name=name, read=cells.day, needed=True) for name in _DATES),
        Column(name="authorised_by", read=cells.text(120), needed=True),
        Column(name="authorised_role", read=cells.text(80)),
        Column(name="not_tested", read=cells.long_text(1_000)),
        Column(name="reason", read=cells.long_text(1_000)),
        Column(name="document_sha256", read=_sha256, needed=True),
        Column(name="chromatogram_sha256", read=_sha256),
        Column(name="chromatogram_conditions", read=cells.long_text(1_000)),
        Column(name="test", read=cells.as_is, told=True),
        Column(name="method", read=cells.as_is, told=True),
        Column(name="limit", read=cells.as_is, told=True),
        Column(name="conclusion", read=cells.as_is, told=True),
        Column(name="published_at", read=cells.as_is, told=True),
        Column(name="confirmed_by", read=cells.as_is, told=True),
    )

    def present(
        self, session: Session, keys: Collection[Key] | None, *, lock: bool = False
    ) -> dict[Key, dict[str, str]]:
        """Test rows of every revision, or of the lots that some keys name."""
        asked = (
            select(CertificateTest, CertificateRevision, Lot.number)
            .join(CertificateRevision, CertificateRevision.id == CertificateTest.revision_id)
            .join(Lot, Lot.id == CertificateRevision.lot_id)
            .order_by(Lot.number, CertificateRevision.revision, CertificateTest.position)
            .execution_options(populate_existing=True)
        )
        if keys is not None and lock:
            for numbers in in_chunks(sorted({key[0] for key in keys})):
                session.scalars(select(Lot.id).where(Lot.number.in_(numbers)).with_for_update(of=Lot)).all()
        parts: list[Select[CertificateTest, CertificateRevision, str]] = (
            [asked]
            if keys is None
            else [asked.where(Lot.number.in_(part)) for part in in_chunks(sorted({key[0] for key in keys}))]
        )
        found: dict[Key, dict[str, str]] = {}
        for part in parts:
            for test, revision, number in session.execute(part):
                row = _row(test, revision, number)
                found[tuple(row[name] for name in self.keys)] = row
        return found

    def check(self, session: Session, items: Sequence[Item], found: Findings) -> None:
        """New revisions are whole, follow the last one, and their documents are kept."""
        for item in items:
            if item.before is not None and item.changed:
                found.problem(
                    item.line,
                    _(
                        "A certificate never changes (%(what)s). Add a new revision.",
                        what=", ".join(item.changed),
                    ),
                )
        new = _grouped([item for item in items if item.before is None])
        lots = _lots(session, [number for number, _revision in new])
        kept = _kept(
            session,
            [group[0].cells["document_sha256"] for group in new.values()]
            + [group[0].cells.get("chromatogram_sha256", "") for group in new.values()],
        )
        last = {
            number: max((each.revision for each in lot.certificates), default=0)
            for number, lot in lots.items()
        }
        for (number, revision), group in sorted(new.items(), key=lambda each: (each[0][0], int(each[0][1]))):
            line = group[0].line
            lot = lots.get(number)
            if lot is None:
                found.problem(line, _("We have no lot %(lot)s.", lot=number))
                continue
            if int(revision) != last[number] + 1:
                found.problem(
                    line,
                    _("The next revision of lot %(lot)s is %(next)s.", lot=number, next=last[number] + 1),
                )
                continue
            last[number] += 1
            _check_group(lot, int(revision), group, kept, found)

    def in_words(self, item: Item) -> Sequence[str]:
        """A new row, in words."""
        if item.before is None:
            return [_("new: %(result)s", result=item.cells.get("result", "") or _("not tested"))]
        return differences(item)

    def write(self, session: Session, items: Sequence[Item], *, cause: str, actor: str) -> None:
        """Add the drafts; each waits for a second person."""
        new = _grouped([item for item in items if item.before is None])
        lots = _lots(session, [number for number, _revision in new])
        laboratories = {each.name: each for each in session.scalars(select(Laboratory))}
        for (number, revision), group in sorted(new.items(), key=lambda each: (each[0][0], int(each[0][1]))):
            cell = group[0].cells
            laboratory = laboratories.get(cell["laboratory"])
            if laboratory is None:
                laboratory = Laboratory(
                    name=cell["laboratory"],
                    place=cell["laboratory_place"],
                    relation=LaboratoryRelation(cell["laboratory_relation"]),
                )
                session.add(laboratory)
                session.flush()
                laboratories[laboratory.name] = laboratory
            lot = lots[number]
            session.add(
                CertificateRevision(
                    lot_id=lot.id,
                    revision=int(revision),
                    reason=cell.get("reason") or None,
                    laboratory_id=laboratory.id,
                    report_number=cell["report_number"],
                    drawn_by=DrawnBy(cell["drawn_by"]),
                    sample_id=cell.get("sample_id", ""),
                    sample_of=SampleOf(cell.get("sample_of") or SampleOf.THIS_LOT),
                    **{name: date.fromisoformat(cell[name]) for name in _DATES},
                    authorised_by=cell["authorised_by"],
                    authorised_role=cell.get("authorised_role", ""),
                    not_tested=cell.get("not_tested", ""),
                    document_sha256=cell["document_sha256"],
                    chromatogram_sha256=cell.get("chromatogram_sha256") or None,
                    chromatogram_conditions=cell.get("chromatogram_conditions") or None,
                    uploaded_by=actor,
                    uploaded_at=clock.now(),
                    tests=certificates.tests_of(lot, _results(group)),
                )
            )
            session.flush()
            audit.log(
                session,
                actor=actor,
                action="certificate.import",
                subject=f"lot/{number}",
                after={"revision": int(revision), "document": cell["document_sha256"]},
                reason=cause,
            )


def _row(test: CertificateTest, revision: CertificateRevision, number: str) -> dict[str, str]:
    return {
        "lot": number,
        "revision": str(revision.revision),
        "attribute": test.attribute,
        "charge": str(test.charge),
        "mass_type": test.mass_type or "",
        "result": test.result_text or "",
        "performed_on": test.performed_on.isoformat() if test.performed_on else "",
        "laboratory": revision.laboratory.name,
        "laboratory_place": revision.laboratory.place,
        "laboratory_relation": revision.laboratory.relation.value,
        "report_number": revision.report_number,
        "drawn_by": revision.drawn_by.value,
        "sample_id": revision.sample_id,
        "sample_of": revision.sample_of.value,
        **{name: getattr(revision, name).isoformat() for name in _DATES},
        "authorised_by": revision.authorised_by,
        "authorised_role": revision.authorised_role,
        "not_tested": revision.not_tested,
        "reason": revision.reason or "",
        "document_sha256": revision.document_sha256,
        "chromatogram_sha256": revision.chromatogram_sha256 or "",
        "chromatogram_conditions": revision.chromatogram_conditions or "",
        "test": test.name,
        "method": test.method,
        "limit": test.limit_text,
        "conclusion": test.conclusion.value,
        "published_at": revision.published_at.isoformat() if revision.published_at else "",
        "confirmed_by": revision.confirmed_by or "",
    }


def _grouped(items: Sequence[Item]) -> dict[tuple[str, str], list[Item]]:
    found: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        found[item.cells["lot"], item.cells["revision"]].append(item)
    return found


def _lots(session: Session, numbers: Sequence[str]) -> dict[str, Lot]:
    found: dict[str, Lot] = {}
    for part in in_chunks(sorted(set(numbers))):
        for lot in session.scalars(
            select(Lot)
            .where(Lot.number.in_(part))
            .options(
                selectinload(Lot.certificates),
                selectinload(Lot.vial_size)
                .selectinload(VialSize.product)
                .selectinload(Product.required_tests),
            )
        ):
            found[lot.number] = lot
    return found


def _kept(session: Session, hashes: Sequence[str]) -> dict[str, str]:
    """What some kept files are, by their hash."""
    found: dict[str, str] = {}
    for part in in_chunks(sorted(set(hashes))):
        rows = session.execute(
            select(StoredFile.sha256, StoredFile.media_type).where(StoredFile.sha256.in_(part))
        )
        found.update(dict(rows.all()))
    return found


def _results(group: Sequence[Item]) -> list[TestResult]:
    """The results of a revision. A test that the product does not require is told by its own row."""
    return [
        TestResult(
            attribute=item.cells["attribute"],
            result=item.cells.get("result", ""),
            mass_type=MassType(item.cells["mass_type"]) if item.cells.get("mass_type") else None,
            charge=int(item.cells["charge"]),
            performed_on=date.fromisoformat(day) if (day := item.cells.get("performed_on")) else None,
            name=item.cells.get("test", ""),
            method=item.cells.get("method", ""),
            limit=item.cells.get("limit", ""),
        )
        for item in group
    ]


def _check_group(
    lot: Lot, revision: int, group: Sequence[Item], kept: Mapping[str, str], found: Findings
) -> None:
    first = group[0]
    for item in group[1:]:
        for name in _OF_REVISION:
            if item.cells.get(name, "") != first.cells.get(name, ""):
                found.problem(
                    item.line,
                    _(
                        "“%(name)s” differs from line %(line)s, which is the same revision.",
                        name=name,
                        line=first.line,
                    ),
                )
    cell = first.cells
    if kept.get(cell["document_sha256"]) != "application/pdf":
        found.problem(first.line, _("No such document is kept here. Add the file first."))
    elif not certificates.names_lot(cell["document_sha256"], lot.number):
        found.problem(
            first.line,
            _("The document does not mention lot %(lot)s. Is it another lot's?", lot=lot.number),
        )
    trace = cell.get("chromatogram_sha256", "")
    if trace and kept.get(trace) != "text/csv":
        found.problem(first.line, _("No such chromatogram is kept here. Add the file first."))
    if revision > 1 and not cell.get("reason", ""):
        found.problem(first.line, _("Say in “reason” why there is a new revision."))
    days = [cell[name] for name in _DATES]
    if days != sorted(days):
        found.problem(first.line, _("Received, tested and issued are not in this order. Check the dates."))
    if cell["issued_on"] > clock.today().isoformat():
        found.problem(first.line, _("The issue date lies in the future."))
    _check_results(lot, group, found)


def _check_results(lot: Lot, group: Sequence[Item], found: Findings) -> None:
    for item, result in zip(group, _results(group), strict=True):
        day, cell = item.cells.get("performed_on", ""), item.cells
        if day and not cell["tested_from"] <= day <= cell["tested_to"]:
            found.problem(
                item.line, _("The day of a test lies outside the days on which the sample was tested.")
            )
        try:
            rows = certificates.tests_of(lot, [result])
        except Refused as error:
            found.problem(item.line, str(error))
            continue
        told: Mapping[str, str] = item.cells
        made = next(
            (row for row in rows if row.attribute == result.attribute and row.charge == result.charge), None
        )
        concluded = made.conclusion if made is not None else Conclusion.NOT_TESTED
        if told.get("conclusion", "") not in ("", concluded.value):
            found.note(
                item.line,
                _("The conclusion is “%(word)s”: it is worked out from the limit.", word=concluded.value),
            )
