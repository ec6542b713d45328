"""The desk of monographs: what is published and written, the editor, and the second person's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from enum import StrEnum
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, Form, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired

from shop.compounds.models import Compound
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.education import changes, drafts, monograph_file, reports, revisions
from shop.education.changes import Change, PartChange
from shop.education.drafts import LISTS, TEXT, ChangedMeanwhile, Draft, NotSaved
from shop.education.evidence import EvidenceRecord, Source
from shop.education.labels import choice_label
from shop.education.models import DraftState, MonographRevision
from shop.education.monograph import ChangeKind, MonographText
from shop.education.monograph_file import BadMonographFile, FileError
from shop.education.revisions import ListedMonograph, NotPublishable
from shop.web.staff import access, frame, listing, monograph_findings, monograph_forms
from shop.web.staff.forms import _text as text_control
from shop.web.staff.forms import _words as words_control
from shop.web.staff.listing import ViewLink
from shop.web.storefront import monograph as public_page
from shop.web.visitor import say

KINDS: dict[str, type] = {"evidence": EvidenceRecord, "sources": Source}
LARGEST_FILE = 2_000_000


class View(StrEnum):
    """Kept questions about monographs."""

    ALL = "all"
    WRITING = "writing"
    WAITING = "waiting"
    PUBLISHED = "published"
    NONE = "none"


class HandInForm(Form):
    """What readers will be told of the change."""

    shown = HiddenField()
    kind = SelectField(
        _("Kind of change"),
        choices={"": _("Select one")} | {kind.value: choice_label(kind) for kind in ChangeKind},
        validators=[InputRequired(_("Select what kind of change it is"))],
    )
    note = words_control(_("What changed"), _("Say what changed, for readers"))
    author = text_control(_("Author, as readers see it"), _("Enter the name of the author"), 120)


class VerifyForm(Form):
    """The second person's word."""

    shown = HiddenField()
    agrees = BooleanField(
        _("I have compared the new and changed records with their sources, and read the text"),
        validators=[DataRequired(_("Compare the records with their sources, then confirm"))],
    )
    corrected = SelectMultipleField(_("Reports that this version corrects"), coerce=int)


class ReasonForm(Form):
    """Sending a draft back, or throwing it away."""

    shown = HiddenField()
    reason = words_control(_("Reason"), _("Give a reason"))


def show() -> Response:
    """Every monograph with its published version and its draft."""
    view = listing.choice("view", View, View.ALL)
    with frame.building() as session:
        rows = _rows(session)
        views = [
            ViewLink(
                label=label,
                url=url_for("staff.monographs", view=each.value),
                current=each is view,
                count=sum(_is_in(row, each) for row in rows),
            )
            for each, label in _view_labels().items()
        ]
        return frame.page(
            session,
            "monographs",
            section="monographs",
            title=_view_labels()[view],
            views=views,
            rows=[row for row in rows if _is_in(row, view)],
            empty=_empty(view),
        )


def begin(slug: str) -> AnyResponse:
    """Begin a draft and go to it."""
    person = access.signed_in_staff()
    drafts.begin(slug, actor=person.actor, author=person.name)
    return redirect(url_for("staff.monograph_edit", slug=slug), 303)


def edit(slug: str) -> AnyResponse:
    """The text of a draft as a form, with the lists of its records and sources."""
    return _edit_part(slug, TEXT, MonographText, "edit_monograph")


def row(slug: str, part: str, key: str) -> AnyResponse:
    """One record or source of a draft as a form."""
    with reading() as session:
        draft = drafts.find(session, slug)
    if drafts.part_of(draft.content, f"{part}/{key}") is None:
        raise NotFound(_("This draft has no “%(key)s”.", key=key[:80]))
    return _edit_part(slug, f"{part}/{key}", KINDS[part], "edit_row")


def add(slug: str, part: str) -> AnyResponse:
    """A new record or source."""
    return _edit_part(slug, f"{part}/", KINDS[part], "edit_row")


def _edit_part(slug: str, part: str, kind: type, template: str) -> AnyResponse:
    """Show one part of a draft, or do with it what the pressed button says."""
    with reading() as session:
        draft = drafts.find(session, slug)
    if request.method == "GET":
        value = drafts.part_of(draft.content, part)
        form = monograph_forms.filled(kind, value if isinstance(value, Mapping) else {})
        return _edit_page(draft, part, form, template, shown=drafts.state_of(draft.content, part))
    form, shown = monograph_forms.sent(kind, request.form), request.form.get("shown", "")
    action = request.form.get("action", "save")
    if action == "edit":
        return _edit_page(draft, part, form, template, shown=shown)
    if action == "remove" and part not in (TEXT, *(f"{name}/" for name in LISTS)):
        return _remove(draft, part, form, template, shown)
    value = monograph_forms.plain_values(kind, form)
    target = _target(part, value, draft)
    errors: Sequence[FileError] = _already_there(part, value, draft)
    value = _with_kept(draft, part, value)
    if not errors:
        text, errors = drafts.examined(draft.content, target, value)
        if action == "preview" and text is not None and not errors:
            return _preview(draft, text, typed=request.form, back=request.path)
    if not errors and action != "preview":
        try:
            saved = drafts.save(slug, target, value, shown=shown, actor=access.signed_in_staff().actor)
            say(_("Saved. Readers see it once a second person has verified it."))
            return redirect(_after(saved, part), 303)
        except NotSaved as refused:
            errors = refused.errors
        except ChangedMeanwhile as changed:
            return _conflict(changed, part, form, template, value)
    summary = monograph_forms.show_errors(kind, form, errors, _prefix(draft, target, value))
    return _edit_page(draft, part, form, template, shown=shown, summary=summary)


def _target(part: str, value: Mapping[str, Any], draft: Draft) -> str:
    """The part that is saved: a new row has the name that was typed for it."""
    if part == TEXT:
        return part
    name, key = part.split("/", 1)
    return f"{name}/{key or value.get(LISTS[name], '')}"


def _already_there(part: str, value: Mapping[str, Any], draft: Draft) -> list[FileError]:
    """A new row may not take the name of another, and one that is there keeps its own."""
    if part == TEXT:
        return []
    name, key = part.split("/", 1)
    given = value.get(LISTS[name], "")
    if not key and drafts.part_of(draft.content, f"{name}/{given}") is not None:
        path = f"{_prefix(draft, f'{name}/{given}', value)}.{LISTS[name]}"
        return [FileError(0, path, _("There is a “%(key)s” already.", key=given))]
    return []


def _with_kept(draft: Draft, part: str, value: dict[str, Any]) -> dict[str, Any]:
    """What was typed, with the fields of the text that are not on its form; a row keeps its name."""
    if part == TEXT:
        kept = drafts.part_of(draft.content, TEXT)
        assert isinstance(kept, Mapping)  # noqa: S101 - the text of a draft is a mapping
        return {
            **{name: kept[name] for name in monograph_forms.WRITTEN_ELSEWHERE if name in kept},
            **value,
        }
    name, key = part.split("/", 1)
    return {**value, LISTS[name]: key} if key else value


def _prefix(draft: Draft, target: str, value: Mapping[str, Any]) -> str:
    """How the reader of the file format names the part, such as `evidence[3]`."""
    if target == TEXT:
        return ""
    name, key = target.split("/", 1)
    keys = [each[LISTS[name]] for each in draft.content.get(name, [])]
    place = keys.index(key) + 1 if key in keys else len(keys) + 1
    return f"{name}[{place}]"


def _after(draft: Draft, part: str) -> str:
    """Where to go on: the text stays open, a row leads back to its list."""
    if part == TEXT:
        return url_for("staff.monograph_edit", slug=draft.compound)
    return url_for("staff.monograph_edit", slug=draft.compound, _anchor=f"{part.split('/')[0]}-h")


def _remove(draft: Draft, part: str, form: Form, template: str, shown: str) -> AnyResponse:
    try:
        drafts.save(draft.compound, part, None, shown=shown, actor=access.signed_in_staff().actor)
        say(_("Removed “%(key)s”.", key=part.split("/", 1)[1]))
        return redirect(_after(draft, part), 303)
    except NotSaved as refused:
        places = ", ".join(dict.fromkeys(_place_in_words(error.path) for error in refused.errors))
        summary = [("", _("It cannot be removed while these name it: %(places)s.", places=places))]
        return _edit_page(draft, part, form, template, shown=shown, summary=summary)
    except ChangedMeanwhile as changed:
        summary = [("", str(changed))]
        state = drafts.state_of(changed.draft.content, part)
        return _edit_page(changed.draft, part, form, template, shown=state, summary=summary, status=409)


def _conflict(
    changed: ChangedMeanwhile, part: str, form: Form, template: str, value: dict[str, Any]
) -> AnyResponse:
    """Somebody else saved meanwhile: both are shown, and saving again puts mine in place of theirs."""
    theirs = changed.draft
    target = _target(part, value, theirs)
    mine, _errors = drafts.examined(theirs.content, target, _with_kept(theirs, part, value))
    return _edit_page(
        theirs,
        part,
        form,
        template,
        shown=drafts.state_of(theirs.content, target),
        summary=[("", str(changed))],
        status=409,
        conflict=changes.changes(theirs.text, mine) if mine is not None else [],
    )


def _edit_page(
    draft: Draft,
    part: str,
    form: Form,
    template: str,
    *,
    shown: str,
    summary: list[tuple[str, str]] | None = None,
    status: int = 400,
    conflict: list[PartChange] | None = None,
) -> AnyResponse:
    name, _slash, key = part.partition("/")
    with frame.building() as session:
        current = drafts.find(session, draft.compound)
        return frame.page(
            session,
            template,
            section="monographs",
            status=status if summary else 200,
            has_errors=bool(summary),
            draft=current,
            text=current.text,
            part=name,
            key=key,
            form=form,
            shown=shown,
            summary=summary or [],
            conflict=conflict,
            words=_change_words(),
            findings=monograph_findings.of(session, current.text, about=key),
            waits=current.state is DraftState.WAITING,
        )


def checks(slug: str) -> AnyResponse:
    """What the checks say of a text that is being typed, for the optional script; nothing is saved."""
    with reading() as session:
        draft = drafts.find(session, slug)
        form = monograph_forms.sent(MonographText, request.form)
        value = _with_kept(draft, TEXT, monograph_forms.plain_values(MonographText, form))
        text, errors = drafts.examined(draft.content, TEXT, value)
        listed = [
            sentence for _control, sentence in monograph_forms.show_errors(MonographText, form, errors, "")
        ]
        return Response(
            render_template(
                "staff/monograph_checks.html",
                errors=listed,
                findings=monograph_findings.of(session, text or draft.text),
            )
        )


def preview(slug: str) -> AnyResponse:
    """The saved draft as readers would see it, with what the checks say."""
    with reading() as session:
        draft = drafts.find(session, slug)
    return _preview(draft, draft.text, typed=None, back=url_for("staff.monograph_edit", slug=slug))


def _preview(draft: Draft, text: MonographText, *, typed: Mapping[str, Any] | None, back: str) -> AnyResponse:
    """The public page made of a text that may not be saved; `typed` goes on with the form that made it."""
    with reading() as session:
        history = list(revisions.history(session, draft.compound))
        whole = _presentable(text)
        revision = MonographRevision(
            number=history[0].number + 1 if history else 1,
            change_note=whole.change_note,
            change_kind=whole.change_kind,
            author=whole.author,
            verified_by=whole.verified_by,
            published_at=clock.now(),
        )
        values = public_page.page_values(session, revision, whole, [revision, *history], number=None)
        kept = [
            (name, each)
            for name in (typed or {})
            if name not in ("action", "csrf_token")
            for each in request.form.getlist(name)
        ]
        return Response(
            render_template(
                "staff/preview_monograph.html",
                **{**values, "robots": "noindex"},
                draft=draft,
                findings=monograph_findings.of(session, text),
                kept=kept,
                is_saved=typed is None,
                back=back,
            )
        )


def _presentable(text: MonographText) -> MonographText:
    """A draft with words where it is still empty."""
    later = _("not written yet")
    return replace(
        text,
        standfirst=text.standfirst or later,
        change_note=text.change_note or later,
        author=text.author or later,
        verified_by=text.verified_by or _("nobody yet"),
    )


def hand_in(slug: str) -> AnyResponse:
    """Give the draft to a second person."""
    form = HandInForm(request.form)
    person = access.signed_in_staff()
    summary: list[tuple[str, str]] = []
    with reading() as session:
        draft = drafts.find(session, slug)
    if request.method == "POST" and form.validate():
        try:
            drafts.hand_in(
                slug,
                shown=str(form.shown.data),
                kind=ChangeKind(form.kind.data),
                note=str(form.note.data),
                author=str(form.author.data),
                actor=person.actor,
            )
            say(_("Handed in. Somebody who has not written in it can verify and publish it."))
            return redirect(url_for("staff.monographs", view="waiting"), 303)
        except NotPublishable as refused:
            summary = [("", f"{_place_in_words(error.path)}: {error.sentence}") for error in refused.errors]
        except Refused as refused:
            summary = [("", str(refused))]
    if request.method == "GET":
        form = HandInForm(
            kind=draft.text.change_kind.value if draft.text.change_note else "",
            note=draft.text.change_note,
            author=draft.text.author or person.name,
        )
    form.shown.data = draft.sha256
    return _step_page("hand_in_monograph", draft, form, summary)


def verify(slug: str) -> AnyResponse:
    """The second person compares, then publishes or sends back."""
    form = VerifyForm(request.form)
    back = ReasonForm(request.form)
    person = access.signed_in_staff()
    summary: list[tuple[str, str]] = []
    with reading() as session:
        draft = drafts.find(session, slug)
        open_reports = reports.open_about(session, slug)
        form.corrected.choices = [(each.id, each.text[:200]) for each in open_reports]
    sending_back = request.form.get("action") == "send_back"
    if request.method == "POST" and sending_back and back.validate():
        try:
            drafts.send_back(
                slug, shown=str(back.shown.data), reason=str(back.reason.data), actor=person.actor
            )
            say(_("Sent back to be written again."))
            return redirect(url_for("staff.monographs", view="writing"), 303)
        except Refused as refused:
            summary = [("", str(refused))]
    elif request.method == "POST" and not sending_back and form.validate():
        try:
            published = drafts.publish(
                slug,
                shown=str(form.shown.data),
                actor=person.actor,
                name=person.name,
                reports_corrected=form.corrected.data or [],
            )
            address = url_for("storefront.monograph", category=draft.category, slug=slug)
            say(
                _("Version %(number)s is published.", number=published.number),
                url=address,
                link=_("Read it"),
            )
            return redirect(url_for("staff.monographs"), 303)
        except NotPublishable as refused:
            summary = [("", f"{_place_in_words(error.path)}: {error.sentence}") for error in refused.errors]
        except Refused as refused:
            summary = [("", str(refused))]
    form.shown.data = back.shown.data = draft.sha256
    if sending_back:
        summary += [("reason", error) for error in back.reason.errors]
        form = VerifyForm(shown=draft.sha256)
        form.corrected.choices = [(each.id, each.text[:200]) for each in open_reports]
    else:
        back = ReasonForm(shown=draft.sha256)
    return _step_page("verify_monograph", draft, form, summary, back=back, open_reports=open_reports)


def discard(slug: str) -> AnyResponse:
    """Throw the draft away."""
    form, summary = ReasonForm(request.form), []
    with reading() as session:
        draft = drafts.find(session, slug)
    if request.method == "POST" and form.validate():
        try:
            drafts.discard(
                slug,
                shown=str(form.shown.data),
                reason=str(form.reason.data),
                actor=access.signed_in_staff().actor,
            )
            say(_("The draft is gone. What is published stays."))
            return redirect(url_for("staff.monographs"), 303)
        except Refused as refused:
            summary = [("", str(refused))]
    form.shown.data = draft.sha256
    return _step_page("discard_monograph", draft, form, summary)


def _step_page(
    template: str, draft: Draft, form: Form, summary: list[tuple[str, str]], **values: Any
) -> AnyResponse:
    failed = request.method == "POST"
    person = access.signed_in_staff()
    with frame.building() as session:
        current = revisions.current(session, draft.compound)
        base = revisions.load(current) if current else None
        parts = changes.changes(base, draft.text) if base else []
        return frame.page(
            session,
            template,
            section="monographs",
            status=400 if failed else 200,
            has_errors=failed,
            draft=draft,
            text=draft.text,
            form=form,
            summary=summary,
            parts=parts,
            based_on=current.number if current else None,
            compare=_to_compare(base, draft.text),
            words=_change_words(),
            kind=choice_label(draft.text.change_kind),
            findings=monograph_findings.of(session, draft.text),
            wrote_it=person.actor in draft.writers,
            waits=draft.state is DraftState.WAITING,
            **values,
        )


def _to_compare(base: MonographText | None, text: MonographText) -> list[tuple[EvidenceRecord, str]]:
    """Records that are new or changed, with the name of their source."""
    before = {record.id: record for record in base.evidence} if base else {}
    labels = {source.key: source.label for source in text.sources}
    return [(record, labels[record.source]) for record in text.evidence if before.get(record.id) != record]


def import_file() -> AnyResponse:
    """Make a draft from a file; a bad file changes nothing, and every error names its line."""
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        upload = request.files.get("file")
        try:
            text = monograph_file.read_draft(_decoded(upload))
            drafts.take_in(
                text,
                actor=access.signed_in_staff().actor,
                replacing=bool(request.form.get("replacing")),
            )
            say(_("The file is kept as the draft of %(title)s.", title=text.title))
            return redirect(url_for("staff.monograph_edit", slug=text.compound), 303)
        except BadMonographFile as bad:
            errors = [("file", str(error)) for error in bad.errors]
        except Refused as refused:
            errors = [("file", str(refused))]
    with frame.building() as session:
        return frame.page(
            session,
            "import_monograph",
            section="monographs",
            status=400 if errors else 200,
            has_errors=bool(errors),
            errors=errors,
        )


def _decoded(upload: FileStorage | None) -> str:
    """The text of an uploaded file.

    Raises:
        Refused: no file was chosen, it is too large, or it is not UTF-8.
    """
    data = b""
    if upload is not None:
        with closing(upload.stream):
            data = upload.stream.read(LARGEST_FILE + 1)
    if not data:
        raise Refused(_("Choose a file that holds a monograph."))
    if len(data) > LARGEST_FILE:
        raise Refused(_("A monograph file has at most %(most)s MB.", most=LARGEST_FILE // 1_000_000))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The file is not UTF-8 text.")) from None


def draft_file(slug: str, ending: str) -> Response:
    """The draft as a file."""
    with reading() as session:
        return _file(drafts.find(session, slug).text, f"{slug}-draft", ending)


def version_file(slug: str, number: int, ending: str) -> Response:
    """A published version as a file, as it can be taken in again."""
    with reading() as session:
        text = revisions.load(revisions.by_number(session, slug, number))
    return _file(text, f"{slug}-v{number}", ending)


def _file(text: MonographText, name: str, ending: str) -> Response:
    as_json = ending == "json"
    body = monograph_file.write_json(text) if as_json else monograph_file.write_yaml(text)
    response = Response(body, mimetype="application/json" if as_json else "application/yaml")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def _rows(session: Session) -> list[dict[str, Any]]:
    """Every compound with its current version, its draft and its open reports. Four queries."""
    listed = {each.compound: each for each in revisions.list_current(session)}
    written = {each.compound: each for each in drafts.all_drafts(session)}
    waiting = reports.open_counts(session)
    compounds = session.scalars(select(Compound).order_by(Compound.name)).all()
    return [
        _row(compound, listed.get(compound.slug), written.get(compound.slug), waiting.get(compound.slug, 0))
        for compound in compounds
    ]


def _row(
    compound: Compound, listed: ListedMonograph | None, draft: Draft | None, open_reports: int
) -> dict[str, Any]:
    return {
        "slug": compound.slug,
        "name": compound.name,
        "category": compound.category.slug,
        "published": listed,
        "reading": choice_label(listed.verdict) if listed else "",
        "draft": draft,
        "waits": draft is not None and draft.state is DraftState.WAITING,
        "reports": open_reports,
    }


def _is_in(row: Mapping[str, Any], view: View) -> bool:
    is_in: dict[View, bool] = {
        View.ALL: True,
        View.WRITING: row["draft"] is not None and not row["waits"],
        View.WAITING: row["waits"],
        View.PUBLISHED: row["published"] is not None,
        View.NONE: row["published"] is None and row["draft"] is None,
    }
    return is_in[view]


def _view_labels() -> dict[View, str]:
    return {
        View.ALL: _("All"),
        View.WRITING: _("Being written"),
        View.WAITING: _("Waiting for a second person"),
        View.PUBLISHED: _("Published"),
        View.NONE: _("Not begun"),
    }


def _empty(view: View) -> str:
    return {
        View.ALL: _("Monographs are about compounds. Add a compound to the catalogue of compounds first."),
        View.WRITING: _("A draft comes here when somebody begins one or takes in a file."),
        View.WAITING: _("A draft comes here when it is handed in, until a second person has verified it."),
        View.PUBLISHED: _("A monograph comes here once a second person has published it."),
        View.NONE: _("Every compound has a monograph or a draft."),
    }[view]


def _change_words() -> dict[Change, str]:
    return {Change.ADDED: _("Added"), Change.REMOVED: _("Removed"), Change.CHANGED: _("Changed")}


def _place_in_words(path: str) -> str:
    """The first step of a path under the name the editor has for it."""
    name = path.split(".")[0].split("[")[0].split("/")[0]
    label = monograph_forms.part_label(name)
    return label if label and path == name else f"{label or name} ({path})"
