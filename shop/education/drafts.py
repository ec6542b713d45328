"""Drafts: the next version of a monograph, written by some, verified and published by somebody else.

A draft is always a well-formed monograph, though texts that `monograph_file` lets wait may still be empty. It
is written part by part (the text, one record, one source). Whoever saves a part says which state of it they
were shown, so that two editors at once never undo each other unawares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from shop.compounds.models import Compound
from shop.core import audit, clock
from shop.core.canonical import Plain, digest
from shop.core.database import reading, writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.education import monograph_file, reading_rules, reports, revisions
from shop.education.evidence import EvidenceRecord, Severity
from shop.education.figures import impossible
from shop.education.models import DraftState, MonographDraft, MonographRevision
from shop.education.monograph import ChangeKind, MonographText, Reading, ReadingPart, Verdict
from shop.education.monograph_file import FileError
from shop.education.revisions import NotPublishable, PublishedRevision

TEXT = "text"
LISTS = {"evidence": "id", "sources": "key"}
"""Parts of a monograph that are edited one by one, with the name each is known by."""

Content = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A draft as it stands; `sha256` names this state of it."""

    compound: str
    compound_name: str
    category: str
    text: MonographText
    sha256: str
    state: DraftState
    based_on: int | None
    writers: tuple[str, ...]
    updated_at: datetime
    updated_by: str
    submitted_by: str | None
    sent_back: str | None

    @property
    def content(self) -> Content:
        """The whole of it as plain values."""
        return dict(monograph_file.exported(self.text))


class NotSaved(Refused):
    """A part that cannot be kept as it is; `errors` names the fields. Nothing was changed."""

    def __init__(self, errors: Sequence[FileError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


class ChangedMeanwhile(Refused):
    """Somebody else changed what was shown; nothing was saved, and what they wrote stands."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(
            _(
                "%(who)s changed this while you had it open. Yours is not saved yet, and nothing is lost.",
                who=draft.updated_by,
            )
        )
        self.draft = draft


def find(session: Session, slug: str) -> Draft:
    """The draft about a compound.

    Raises:
        NotFound: nobody is writing one.
    """
    row = _row(session, slug)
    if row is None:
        raise NotFound(_("Nobody is writing a draft about “%(slug)s”.", slug=slug[:80]))
    return _draft(row)


def all_drafts(session: Session) -> list[Draft]:
    """Every draft, those that wait for a second person first. One query."""
    rows = session.scalars(
        select(MonographDraft).order_by(MonographDraft.state, MonographDraft.updated_at)
    ).all()
    return [_draft(row) for row in rows]


def begin(slug: str, *, actor: str, author: str) -> None:
    """Begin a draft from the current version, or an empty one. A draft that is there already stays.

    Raises:
        NotFound: there is no such compound.
    """
    with writing() as session:
        if _row(session, slug) is not None:
            return
        compound = _compound(session, slug)
        current = revisions.current(session, slug)
        if current is None:
            text = _empty(compound, author)
        else:
            text = replace(
                revisions.load(current),
                change_note="",
                change_kind=ChangeKind.NEW_EVIDENCE,
                author=author,
                verified_by="",
                reviewed_on=clock.today(),
            )
        _add(session, compound, text, actor, current.number if current else None)


def take_in(text: MonographText, *, actor: str, replacing: bool = False) -> None:
    """Make a draft of a whole monograph that came as a file; it is kept as it came.

    Raises:
        NotFound: the compound is not in the catalogue of compounds.
        Refused: somebody is writing a draft about it, and `replacing` was not asked for.
    """
    with writing() as session:
        compound = session.scalar(select(Compound).where(Compound.slug == text.compound))
        if compound is None:
            raise NotFound(
                _(
                    "There is no compound “%(slug)s” in the catalogue of compounds. Add it there first, or "
                    "correct “compound” in the file.",
                    slug=text.compound,
                )
            )
        row = _row(session, text.compound, lock=True)
        if row is not None and not replacing:
            raise Refused(
                _("%(who)s is writing a draft about %(name)s.", who=row.updated_by, name=compound.name)
            )
        if row is None:
            current = revisions.current(session, text.compound)
            _add(session, compound, text, actor, current.number if current else None)
        else:
            before = row.content_sha256
            _write(row, text, actor)
            _log(session, row, "monograph.draft_replaced", actor, before)


def waiting() -> ScalarSelect[int]:
    """A subquery: how many drafts wait for a second person."""
    return (
        select(func.count(MonographDraft.id))
        .where(MonographDraft.state == DraftState.WAITING)
        .scalar_subquery()
    )


def part_of(content: Mapping[str, Any], part: str) -> Plain:
    """One part of a monograph as plain values: `text`, or a row such as `evidence/<id>`; None without it."""
    if part == TEXT:
        return {key: value for key, value in content.items() if key not in LISTS}
    name, key = part.split("/", 1)
    return next((row for row in content.get(name, []) if row[LISTS[name]] == key), None)


def state_of(content: Mapping[str, Any], part: str) -> str:
    """What names the present state of a part, to be given back on saving."""
    return digest(part_of(content, part))


def with_part(content: Mapping[str, Any], part: str, value: Mapping[str, Any] | None) -> Content:
    """The monograph with one part put in place of what stood there; None takes a row away."""
    if part == TEXT:
        kept = {name: content[name] for name in LISTS if name in content}
        return {**(value or {}), **kept}
    name, key = part.split("/", 1)
    rows = list(content.get(name, []))
    place = next((index for index, row in enumerate(rows) if row[LISTS[name]] == key), len(rows))
    rows[place : place + 1] = [] if value is None else [value]
    return {**content, name: rows}


def examined(
    content: Mapping[str, Any], part: str, value: Mapping[str, Any] | None
) -> tuple[MonographText | None, Sequence[FileError]]:
    """The monograph with one part changed, and what is wrong with it; nothing is saved."""
    return monograph_file.examine_draft(with_part(content, part, value))


def save(slug: str, part: str, value: Mapping[str, Any] | None, *, shown: str, actor: str) -> Draft:
    """Keep one part of a draft, which then is being written again; None takes a row away.

    Args:
        shown: `state_of` the part as the editor was shown it.

    Raises:
        ChangedMeanwhile: the part is not what the editor was shown any more.
        NotSaved: the part cannot be kept; names the fields.
        NotFound: nobody is writing a draft.
    """
    with writing() as session:
        row = _locked(session, slug)
        draft = _draft(row)
        content = draft.content
        if state_of(content, part) != shown:
            raise ChangedMeanwhile(draft)
        text, errors = examined(content, part, value)
        if errors or text is None:
            raise NotSaved(errors)
        before = row.content_sha256
        _write(row, text, actor)
        if row.content_sha256 != before:
            _log(session, row, "monograph.draft_saved", actor, before)
        return _draft(row)


def hand_in(slug: str, *, shown: str, kind: ChangeKind, note: str, author: str, actor: str) -> None:
    """Give a draft to a second person, with what readers will be told of the change.

    Raises:
        ChangedMeanwhile: it is not what the editor was shown any more.
        NotPublishable: something is still missing or contradicts itself; names the places.
    """
    with writing() as session:
        row = _locked(session, slug)
        draft = _draft(row)
        if row.content_sha256 != shown:
            raise ChangedMeanwhile(draft)
        text = replace(draft.text, change_kind=kind, change_note=note, author=author)
        errors = still_missing(text)
        if errors:
            raise NotPublishable(errors)
        _write(row, text, actor)
        row.state = DraftState.WAITING
        row.submitted_at, row.submitted_by = clock.now(), actor
        _log(session, row, "monograph.draft_handed_in", actor, draft.sha256, reason=note)


def still_missing(text: MonographText) -> list[FileError]:
    """Why a draft cannot be verified yet: empty texts, impossible figures, a contradicted reading."""
    whole = text if text.verified_by.strip() else replace(text, verified_by="?")
    errors = list(monograph_file.check(whole))
    if errors:
        return errors
    return [
        *(
            FileError(0, f"evidence/{record.id}", message)
            for record in text.evidence
            for message in impossible(record)
        ),
        *(
            FileError(0, "reading.verdict", result.message)
            for result in reading_rules.check(text)
            if result.severity is Severity.ERROR
        ),
    ]


def send_back(slug: str, *, shown: str, reason: str, actor: str) -> None:
    """Let those who wrote a draft work on it again, with the reason.

    Raises:
        ChangedMeanwhile: it is not what was shown any more.
        Refused: it does not wait.
    """
    with writing() as session:
        row = _waiting(session, slug, shown)
        row.state, row.sent_back = DraftState.WRITING, reason
        row.submitted_at = row.submitted_by = None
        _log(session, row, "monograph.draft_sent_back", actor, row.content_sha256, reason=reason)


def publish(
    slug: str, *, shown: str, actor: str, name: str, reports_corrected: Sequence[int] = ()
) -> PublishedRevision:
    """Verify a waiting draft and publish it as the next version; the draft is gone then.

    Records that are new or changed carry the verifier's name, unless another second person's stands there.

    Args:
        name: the verifier, as readers see them.
        reports_corrected: reports of readers that this version corrects.

    Raises:
        ChangedMeanwhile: it is not what the verifier compared any more.
        Refused: it does not wait, or the verifier had a hand in it.
        NotPublishable: as `revisions.publish`.
    """
    with reading() as session:
        draft = find(session, slug)
        current = revisions.current(session, slug)
        base = revisions.load(current) if current else None
    if actor in draft.writers:
        raise Refused(_("You have written in this draft, so somebody else has to verify it."))
    unverified = replace(draft.text, verified_by=name)
    revisions.refuse_one_person(unverified)
    text = verified(unverified, base, name)

    def end_draft(session: Session, revision: MonographRevision) -> None:
        row = _waiting(session, slug, shown)
        if actor in row.writers:
            raise Refused(_("You have written in this draft, so somebody else has to verify it."))
        for report_id in reports_corrected:
            reports.correct(session, report_id, revision, actor=actor)
        session.delete(row)

    if draft.sha256 != shown:
        raise ChangedMeanwhile(draft)
    return revisions.publish(text, actor=actor, following=end_draft)


def verified(text: MonographText, base: MonographText | None, verifier: str) -> MonographText:
    """The monograph with who extracted and who verified its new and changed records.

    Raises:
        Refused: somebody would verify what they extracted.
    """
    before = {record.id: record for record in base.evidence} if base else {}
    records = tuple(
        record
        if before.get(record.id) == record
        else _second_person(record, before.get(record.id), text, verifier)
        for record in text.evidence
    )
    return replace(text, evidence=records)


def _second_person(
    record: EvidenceRecord, before: EvidenceRecord | None, text: MonographText, verifier: str
) -> EvidenceRecord:
    extracted_by = record.extracted_by or text.author
    named_anew = record.verified_by and (before is None or before.verified_by != record.verified_by)
    verified_by = record.verified_by if named_anew else verifier
    if name_key(extracted_by) == name_key(verified_by):
        raise Refused(
            _(
                "%(who)s extracted “%(id)s”, so somebody else has to verify it.",
                who=extracted_by,
                id=record.id,
            )
        )
    return replace(record, extracted_by=extracted_by, verified_by=verified_by)


def discard(slug: str, *, shown: str, reason: str, actor: str) -> None:
    """Throw a draft away; what is published stays.

    Raises:
        ChangedMeanwhile: it is not what was shown any more.
    """
    with writing() as session:
        row = _locked(session, slug)
        if row.content_sha256 != shown:
            raise ChangedMeanwhile(_draft(row))
        _log(session, row, "monograph.draft_discarded", actor, row.content_sha256, reason=reason)
        session.delete(row)


def _empty(compound: Compound, author: str) -> MonographText:
    nothing = ReadingPart(text="")
    return MonographText(
        compound=compound.slug,
        title=compound.name,
        standfirst="",
        change_note="",
        author=author,
        verified_by="",
        reviewed_on=clock.today(),
        reading=Reading(
            verdict=Verdict.UNCERTAIN, reason="", favourable=nothing, uncertain=nothing, no_benefit=nothing
        ),
    )


def _compound(session: Session, slug: str) -> Compound:
    compound = session.scalar(select(Compound).where(Compound.slug == slug))
    if compound is None:
        raise NotFound(_("There is no compound “%(slug)s”.", slug=slug[:80]))
    return compound


def _add(session: Session, compound: Compound, text: MonographText, actor: str, based_on: int | None) -> None:
    row = MonographDraft(
        compound_id=compound.id,
        compound=compound,
        based_on=based_on,
        state=DraftState.WRITING,
        writers=[],
        created_at=clock.now(),
    )
    _write(row, text, actor)
    session.add(row)
    session.flush()
    _log(session, row, "monograph.draft_begun", actor, None)


def _write(row: MonographDraft, text: MonographText, actor: str) -> None:
    """Put the text into the row, which then is being written."""
    content = monograph_file.exported(text)
    row.content = content
    row.content_sha256 = digest(cast("Plain", content))
    row.state = DraftState.WRITING
    row.submitted_at = row.submitted_by = row.sent_back = None
    row.writers = sorted({*row.writers, actor})
    row.updated_at, row.updated_by = clock.now(), actor


def _row(session: Session, slug: str, *, lock: bool = False) -> MonographDraft | None:
    query = select(MonographDraft).join(Compound).where(Compound.slug == slug)
    if lock:
        query = query.with_for_update(of=MonographDraft).execution_options(populate_existing=True)
    return session.scalar(query)


def _locked(session: Session, slug: str) -> MonographDraft:
    row = _row(session, slug, lock=True)
    if row is None:
        raise NotFound(_("Nobody is writing a draft about “%(slug)s”.", slug=slug[:80]))
    return row


def _waiting(session: Session, slug: str, shown: str) -> MonographDraft:
    row = _locked(session, slug)
    if row.content_sha256 != shown:
        raise ChangedMeanwhile(_draft(row))
    if row.state is not DraftState.WAITING:
        raise Refused(_("This draft does not wait for a second person."))
    return row


def _draft(row: MonographDraft) -> Draft:
    return Draft(
        compound=row.compound.slug,
        compound_name=row.compound.name,
        category=row.compound.category.slug,
        text=monograph_file.from_exported(row.content),
        sha256=row.content_sha256,
        state=row.state,
        based_on=row.based_on,
        writers=tuple(row.writers),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        submitted_by=row.submitted_by,
        sent_back=row.sent_back,
    )


def _log(
    session: Session,
    row: MonographDraft,
    action: str,
    actor: str,
    before: str | None,
    *,
    reason: str | None = None,
) -> None:
    audit.log(
        session,
        actor=actor,
        action=action,
        subject=f"monograph/{row.compound.slug}",
        before={"draft_sha256": before} if before else None,
        after={"draft_sha256": row.content_sha256, "state": row.state.value},
        reason=reason,
    )
