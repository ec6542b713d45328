"""The diagram of a sequence as a file of its own, off the first view of the pages that show it."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from shop.compounds import substance
from shop.compounds.sequence_svg import sequence_svg
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.svg_sheet import STYLE_HASH
from shop.web.storefront import published
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import SVG, sent_file


def diagram(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The sequence of the substance of a monograph."""
    return published.show("sequence_svg", category, slug, number, _diagram)


def _diagram(found: Published) -> AnyResponse:
    peptide = substance.peptide(found.compound)
    if peptide is None:
        raise NotFound(_("%(name)s is a mixture: no one sequence defines it.", name=found.compound.name))
    drawing = sequence_svg(
        peptide, name=found.compound.name, citation=found.citation, licence=published.licence()
    )
    return sent_file(drawing, SVG, f"{found.slug}-sequence.svg", style_hash=STYLE_HASH)
