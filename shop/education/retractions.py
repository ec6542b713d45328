"""The list of retractions: taken in from a dated file, and asked about the sources of a monograph.

The file has the columns of the public Retraction Watch data, which Crossref distributes. Only the identifiers
of the original paper, the nature of the notice and its date are read. A paper that is not in a list is not
thereby known to stand.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from shop.compounds import identifiers
from shop.core import audit, clock
from shop.core.database import writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.education.evidence import RetractionList, RetractionNotice, RetractionState, Source
from shop.education.models import RetractionImport, RetractionNoticeRow
from shop.education.monograph import MonographText
from shop.education.source_checks import retraction_state

NAME = "Retraction Watch"
LARGEST_BYTES = 500_000_000
LONGEST_FIELD = 1_000_000
ROWS_AT_ONCE = 2_000

_REINSTATED = "reinstatement"
_NATURES = {
    "retraction": RetractionState.RETRACTED,
    "correction": RetractionState.CORRECTED,
    "expression of concern": RetractionState.CONCERN,
}
_COLUMNS = {
    "doi": ("originalpaperdoi", "doi"),
    "pmid": ("originalpaperpubmedid", "pmid", "pubmedid"),
    "nature": ("retractionnature", "nature"),
    "day": ("retractiondate", "date"),
}
_NO_IDENTIFIER = frozenset({"", "0", "unavailable", "na", "n/a", "none"})
_DAY_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y")


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What was taken in, and how many rows named no paper or no nature that counts here."""

    name: str
    as_of: date
    notices: int
    skipped: int


class BadRetractionFile(Refused):
    """A file that is no list of retractions; the sentence names the line."""


def read_notices(text: str) -> tuple[list[RetractionNotice], int]:
    """The notices of a CSV file, and how many rows were left out.

    A reinstatement takes away the retractions of the same paper up to its date.

    Raises:
        BadRetractionFile: a column is missing, or a row cannot be read.
    """
    notices: list[RetractionNotice] = []
    reinstated: dict[str, date] = {}
    skipped = 0
    for row in _rows(text):
        doi, pmid = _doi(row["doi"]), _pmid(row["pmid"])
        nature = " ".join(row["nature"].casefold().split())
        if (doi or pmid) and nature == _REINSTATED:
            for key in filter(None, (doi, pmid)):
                reinstated[key] = max(_day(row) or date.max, reinstated.get(key, date.min))
        elif (doi or pmid) and nature in _NATURES:
            notices.append(RetractionNotice(state=_NATURES[nature], doi=doi, pmid=pmid, noticed_on=_day(row)))
        else:
            skipped += 1
    standing = [notice for notice in notices if not _is_taken_back(notice, reinstated)]
    return standing, skipped


def take_in(data: bytes, *, dated: date, actor: str, name: str = NAME) -> Imported:
    """Keep a list, in place of the one before.

    Raises:
        BadRetractionFile: the file cannot be read, or holds no notice.
        Refused: its date lies in the future, or a list of a later date is kept already.
    """
    if dated > clock.today():
        raise Refused(_("The date of the list, %(date)s, lies in the future.", date=dated.isoformat()))
    if len(data) > LARGEST_BYTES:
        raise BadRetractionFile(_("The file is larger than %(most)s MB.", most=LARGEST_BYTES // 1_000_000))
    # Titles and names in the public file are not all UTF-8; identifiers, natures and dates are.
    notices, skipped = read_notices(data.decode("utf-8-sig", errors="replace"))
    if not notices:
        raise BadRetractionFile(_("The file names no retraction, correction or expression of concern."))
    with writing() as session:
        newest = session.get(RetractionImport, session.scalar(_newest_id()) or 0)
        if newest is not None and newest.as_of > dated:
            raise Refused(_("A list of %(date)s is kept already.", date=newest.as_of.isoformat()))
        session.execute(delete(RetractionNoticeRow))
        for start in range(0, len(notices), ROWS_AT_ONCE):
            session.execute(
                insert(RetractionNoticeRow),
                [
                    {
                        "doi": notice.doi,
                        "pmid": notice.pmid,
                        "state": notice.state,
                        "noticed_on": notice.noticed_on,
                    }
                    for notice in notices[start : start + ROWS_AT_ONCE]
                ],
            )
        session.add(
            RetractionImport(
                name=name,
                as_of=dated,
                notices=len(notices),
                file_sha256=hashlib.sha256(data).hexdigest(),
                imported_at=clock.now(),
                imported_by=actor,
            )
        )
        audit.log(
            session,
            actor=actor,
            action="retractions.import",
            subject="retractions",
            after={"name": name, "as_of": dated.isoformat(), "notices": len(notices)},
        )
    return Imported(name=name, as_of=dated, notices=len(notices), skipped=skipped)


def list_for(session: Session, sources: Iterable[Source]) -> RetractionList | None:
    """What the newest list says of some sources; None where no list was ever taken in. One query."""
    known = list(sources)
    dois = {source.doi.casefold() for source in known if source.doi}
    pmids = {source.pmid for source in known if source.pmid}
    about_them = RetractionNoticeRow.doi.in_(dois) | RetractionNoticeRow.pmid.in_(pmids)
    rows = session.execute(
        select(RetractionImport, RetractionNoticeRow)
        .join(RetractionNoticeRow, about_them, isouter=True)
        .where(RetractionImport.id == _newest_id().scalar_subquery())
    ).all()
    if not rows:
        return None
    newest = rows[0][0]
    notices = [
        RetractionNotice(state=row.state, doi=row.doi, pmid=row.pmid, noticed_on=row.noticed_on)
        for _newest_import, row in rows
        if row is not None
    ]
    return RetractionList.of(newest.name, newest.as_of, notices)


def marked(text: MonographText, retractions: RetractionList | None) -> MonographText:
    """The monograph with what the list says of its sources, where it says more than the monograph itself."""
    if retractions is None:
        return text
    weights = list(RetractionState)
    sources = []
    for source in text.sources:
        state = retraction_state(source, retractions)
        if weights.index(state) > weights.index(source.retraction):
            source = replace(source, retraction=state, retraction_checked_on=retractions.as_of)
        sources.append(source)
    return replace(text, sources=tuple(sources))


def _newest_id() -> Select[int]:
    return (
        select(RetractionImport.id)
        .order_by(RetractionImport.as_of.desc(), RetractionImport.id.desc())
        .limit(1)
    )


def _rows(text: str) -> Iterator[dict[str, str]]:
    """The four columns of each row, under our names, with the line as `line`."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        places = _places(next(reader, []))
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) <= max(places.values()):
                sentence = _("line %(line)s: the row has too few columns.", line=reader.line_num)
                raise BadRetractionFile(sentence)
            found = {name: cells[place].strip() for name, place in places.items()}
            yield {"doi": "", "pmid": "", **found, "line": str(reader.line_num)}
    except csv.Error as error:
        raise BadRetractionFile(
            _("line %(line)s: not a row of CSV (%(problem)s).", line=reader.line_num, problem=str(error))
        ) from None
    finally:
        csv.field_size_limit(before)


def _places(heads: list[str]) -> dict[str, int]:
    named = {re.sub(r"[^a-z]", "", head.casefold()): place for place, head in enumerate(heads)}
    places = {
        name: next(named[each] for each in known if each in named)
        for name, known in _COLUMNS.items()
        if any(each in named for each in known)
    }
    missing = [
        known[0]
        for name, known in (("nature", ("RetractionNature",)), ("day", ("RetractionDate",)))
        if name not in places
    ]
    if "doi" not in places and "pmid" not in places:
        missing.append("OriginalPaperDOI")
    if missing:
        raise BadRetractionFile(_("line 1: the column %(names)s is missing.", names=_(" and ").join(missing)))
    return places


def _doi(text: str) -> str | None:
    if text.casefold() in _NO_IDENTIFIER:
        return None
    try:
        return identifiers.doi(text)
    except Refused:
        return None


def _pmid(text: str) -> str | None:
    if text.casefold() in _NO_IDENTIFIER:
        return None
    try:
        return identifiers.pmid(text.removesuffix(".0"))
    except Refused:
        return None


def _day(row: Mapping[str, str]) -> date | None:
    text = row["day"].split(" ")[0].split("T")[0]
    if not text:
        return None
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    sentence = _("line %(line)s: “%(text)s” is not a date.", line=row["line"], text=row["day"][:40])
    raise BadRetractionFile(sentence)


def _is_taken_back(notice: RetractionNotice, reinstated: Mapping[str, date]) -> bool:
    if notice.state is not RetractionState.RETRACTED:
        return False
    days = [reinstated[key] for key in (notice.doi, notice.pmid) if key is not None and key in reinstated]
    return bool(days) and (notice.noticed_on or date.min) <= max(days)
