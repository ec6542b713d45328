"""What is published about one compound, found by its address, for pages and files alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from shop.compounds.models import Compound
from shop.core.database import reading
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.wording import long_date
from shop.education import revisions
from shop.education.models import MonographRevision
from shop.education.monograph import MonographText
from shop.web.storefront.asked import is_slug

DESCRIPTIONS = frozenset({"monograph_json", "monograph_md", "cite"})
"""Files that describe the version; the others are parts of it (FAIR Signposting)."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A version as it was asked for; `number` is None where the current one was."""

    session: Session
    revision: MonographRevision
    compound: Compound
    text: MonographText
    category: str
    slug: str
    number: int | None

    @property
    def name(self) -> str:
        """The start of a file name: substance and version."""
        return f"{self.slug}-v{self.revision.number}"

    @property
    def citation(self) -> str:
        """How to cite this version, in a sentence."""
        return citation(self.text, self.revision, self.category)

    @property
    def version_url(self) -> str:
        """The full address that always shows this version."""
        return settings().base_url + address(self.category, self.slug, self.revision.number)

    @property
    def current_url(self) -> str:
        """The full address that follows the newest version."""
        return settings().base_url + address(self.category, self.slug, None)

    def url_of(self, endpoint: str, **parts: Any) -> str:
        """The full address of a file of this version."""
        return settings().base_url + self.path_of(endpoint, **parts)

    def path_of(self, endpoint: str, **parts: Any) -> str:
        """The same without the name of the site."""
        return url_for(
            f"storefront.{endpoint}",
            category=self.category,
            slug=self.slug,
            number=self.revision.number,
            **parts,
        )


def show(
    endpoint: str,
    category: str,
    slug: str,
    number: int | None,
    make: Callable[[Published], AnyResponse],
    **parts: Any,
) -> AnyResponse:
    """What `make` makes of a version; an address under another field leads to its own."""
    with reading() as session:
        revision, (field, name) = find(session, slug, number)
        if (field, name) != (category, slug):
            own = url_for(f"storefront.{endpoint}", category=field, slug=name, number=number, **parts)
            return redirect(own, 301)
        found = Published(
            session=session,
            revision=revision,
            compound=revision.monograph.compound,
            text=revisions.load(revision),
            category=category,
            slug=slug,
            number=number,
        )
        answer = make(found)
        relation = "describes" if endpoint in DESCRIPTIONS else "collection"
        links = [f'<{found.version_url}>; rel="{relation}"', answer.headers.get("Link", "")]
        answer.headers["Link"] = ", ".join(filter(None, links))
        return answer


def find(session: Session, slug: str, number: int | None) -> tuple[MonographRevision, tuple[str, str]]:
    """A revision, with the field and the name under which it stands.

    Raises:
        NotFound: nothing is published under this name, or no such version.
    """
    missing = _("We have no monograph here. Look for its substance by name, CAS number or sequence.")
    name = slug.lower()
    if not is_slug(name):
        raise NotFound(missing)
    if number is None:
        found = revisions.current(session, name)
        if found is None:
            raise NotFound(missing)
    else:
        found = revisions.by_number(session, name, number)
    return found, (found.monograph.compound.category.slug, name)


def address(category: str, slug: str, number: int | None) -> str:
    """The path of a version, or of the current one."""
    if number is None:
        return url_for("storefront.monograph", category=category, slug=slug)
    return url_for("storefront.monograph_version", category=category, slug=slug, number=number)


def citation(text: MonographText, revision: MonographRevision, category: str) -> str:
    """How to cite a version; its address never changes what it shows."""
    return _(
        "%(shop)s. %(title)s: research monograph. Version %(number)s, %(date)s. %(url)s",
        shop=settings().shop_name,
        title=text.title,
        number=revision.number,
        date=long_date(revision.published_at.date()),
        url=settings().base_url + address(category, text.compound, revision.number),
    )


def licence() -> str:
    """What may be done with our own text and drawings, and what is not ours."""
    return _(
        "Text, tables and drawings: %(name)s, %(url)s. Figures are as printed by their sources, which keep "
        "their own terms.",
        name=settings().content_licence,
        url=settings().content_licence_url,
    )
