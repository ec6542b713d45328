"""The history of monographs: versions and what changed between them, as pages and as Atom feeds."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.compounds.models import Compound
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import changes, revisions
from shop.education.changes import Change
from shop.education.labels import choice_label
from shop.education.models import MonographRevision
from shop.education.revisions import PublishedChange
from shop.web.storefront.asked import is_slug, whole_number

LAST_VERSION = 99_999
IN_A_FEED = 50


def versions(category: str, slug: str) -> AnyResponse:
    """Every version with its note, and a form to compare any two."""
    with reading() as session:
        history, compound = _history(session, slug)
        if (compound.category.slug, compound.slug) != (category, slug):
            return redirect(_url("versions", compound), 301)
        old, new = (whole_number(name, LAST_VERSION) for name in ("from", "to"))
        if old is not None and new is not None:
            return redirect(_url("changes", compound, old=old, new=new), 302)
        return Response(
            render_template(
                "storefront/versions.html",
                compound=compound,
                title=history[0].title,
                versions=[(each, choice_label(each.change_kind)) for each in history],
                canonical=settings().base_url + _url("versions", compound),
                feed=_url("monograph_feed", compound),
                robots="noindex",
            )
        )


def show(category: str, slug: str, old: int, new: int) -> AnyResponse:
    """What changed from one version to another; the earlier one is always the first."""
    with reading() as session:
        history, compound = _history(session, slug)
        first, second = sorted((old, new))
        if (compound.category.slug, compound.slug, old) != (category, slug, first):
            return redirect(_url("changes", compound, old=first, new=second), 301)
        before, after = (revisions.by_number(session, compound.slug, number) for number in (first, second))
        parts = changes.changes(revisions.load(before), revisions.load(after))
        between = [each for each in reversed(history) if first < each.number <= second]
        return Response(
            render_template(
                "storefront/changes.html",
                compound=compound,
                title=after.title,
                before=before,
                after=after,
                numbers=sorted(each.number for each in history),
                notes=[(each, choice_label(each.change_kind)) for each in between],
                parts=parts,
                same=Change.SAME,
                words={
                    Change.ADDED: _("Added"),
                    Change.REMOVED: _("Removed"),
                    Change.CHANGED: _("Changed"),
                },
                newest=history[0].number,
                canonical=settings().base_url + _url("changes", compound, old=first, new=second),
                robots="noindex",
            )
        )


def feed() -> AnyResponse:
    """The newest versions of all monographs."""
    with reading() as session:
        entries = revisions.recent_changes(session, at_most=IN_A_FEED)
    return _feed(
        entries,
        title=_("%(shop)s: changes of monographs", shop=settings().shop_name),
        own=url_for("storefront.changes_feed"),
        about=url_for("storefront.education"),
    )


def feed_of_one(category: str, slug: str) -> AnyResponse:
    """The versions of one monograph."""
    with reading() as session:
        history, compound = _history(session, slug)
        if (compound.category.slug, compound.slug) != (category, slug):
            return redirect(_url("monograph_feed", compound), 301)
        entries = revisions.recent_changes(session, compound.slug, at_most=IN_A_FEED)
        return _feed(
            entries,
            title=_("%(shop)s: changes of %(title)s", shop=settings().shop_name, title=history[0].title),
            own=_url("monograph_feed", compound),
            about=_url("monograph", compound),
        )


def _feed(entries: list[PublishedChange], *, title: str, own: str, about: str) -> Response:
    """RFC 4287. An entry's id is the lasting address of its version."""
    body = render_template(
        "storefront/changes.atom",
        base=settings().base_url,
        shop_name=settings().shop_name,
        title=title,
        own=own,
        about=about,
        entries=[(each, choice_label(each.kind)) for each in entries],
    )
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _history(session: Session, slug: str) -> tuple[list[MonographRevision], Compound]:
    """All versions, the newest first, and what they are about.

    Raises:
        NotFound: nothing is published under this name.
    """
    name = slug.lower()
    found = list(revisions.history(session, name)) if is_slug(name) else []
    if not found:
        raise NotFound(
            _("We have no monograph here. Look for its substance by name, CAS number or sequence.")
        )
    return found, found[0].monograph.compound


def _url(endpoint: str, compound: Compound, **parts: Any) -> str:
    return url_for(f"storefront.{endpoint}", category=compound.category.slug, slug=compound.slug, **parts)
