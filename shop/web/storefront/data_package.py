"""The data of a monograph as one archive: results with their dictionary, sources, figure, text, checksums."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256

from werkzeug.wrappers import Response as AnyResponse

from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education import bibtex, evidence_data, figure_file, forest, monograph_file, ris
from shop.web.storefront import figures, monograph_page, published, references, twins
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import ZIP, sent_file

_FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
"""One date for every member, so that the same version gives the same bytes."""


def archive(category: str, slug: str, number: int | None = None) -> AnyResponse:
    """The archive of a version."""
    return published.show(
        "data_zip",
        category,
        slug,
        number,
        lambda found: sent_file(_zipped(found), ZIP, f"{found.name}-data.zip", saved=True),
    )


def _zipped(found: Published) -> bytes:
    members = files_of(found)
    members["SHA256SUMS"] = "".join(
        f"{sha256(body.encode()).hexdigest()}  {name}\n" for name, body in members.items()
    )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            member = zipfile.ZipInfo(f"{found.name}/{name}", _FIRST_DAY_OF_ZIP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, body.encode())
    return whole.getvalue()


def files_of(found: Published) -> dict[str, str]:
    """Name and text of every file but the checksums."""
    text, about = found.text, figures.about(found)
    plot = monograph_page.plot_of(text)
    items = references.sources_of(found)
    rows = evidence_data.rows(text.evidence)
    return {
        "README.md": _readme(found),
        "LICENCE.txt": f"{published.licence()}\n\n{found.citation}\n",
        "evidence.csv": forest.figure_csv(rows) if rows else ",".join(evidence_data.COLUMNS) + "\r\n",
        "data-dictionary.csv": forest.figure_csv(evidence_data.dictionary()),
        "sources.json": json.dumps(items, ensure_ascii=False, indent=2) + "\n",
        "sources.bib": bibtex.file(items),
        "sources.ris": ris.file(items),
        "figure.svg": figure_file.svg(plot, about),
        "figure.csv": figure_file.csv(plot, text.evidence, about),
        "figure.json": json.dumps(
            figure_file.values(plot, text.evidence, text.sources, about), ensure_ascii=False, indent=2
        )
        + "\n",
        "monograph.md": twins.markdown_of(found),
        "monograph.yaml": monograph_file.write_yaml(text),
    }


def _readme(found: Published) -> str:
    lines = (
        f"# {_('%(title)s: data of the monograph', title=found.text.title)}",
        _(
            "Version %(number)s, published %(day)s by %(shop)s.",
            number=found.revision.number,
            day=found.revision.published_at.date().isoformat(),
            shop=settings().shop_name,
        ),
        f"{_('How to cite')}: {found.citation}",
        f"{_('Licence')}: {published.licence()}",
        f"## {_('Files')}",
        "\n".join(
            f"- `{name}`: {meaning}"
            for name, meaning in (
                ("evidence.csv", _("every result, one a row; columns are explained in data-dictionary.csv")),
                ("sources.json, .bib, .ris", _("the sources as CSL-JSON, BibTeX and RIS")),
                ("figure.svg, .csv, .json", _("the forest plot, its rows, and its axes")),
                ("monograph.md", _("the text as people read it")),
                ("monograph.yaml", _("the whole monograph in the form that can be imported again")),
                ("SHA256SUMS", _("checksums, for sha256sum --check")),
            )
        ),
        f"## {_('Before you use the figures')}",
        "\n".join(
            f"- {caveat}"
            for caveat in (
                _("Figures are text, as their sources print them; 0.90 is not 0.9."),
                _("Results of different measures, outcomes or units must not be pooled or ranked."),
                _("An empty interval means that none was published where we read the result."),
                _(
                    "The column status says where the figures were seen; seed means that the source was "
                    "not seen."
                ),
                _("The materials that were studied are not the materials in the catalogue."),
                _("A text that a spreadsheet would run as a formula begins with an apostrophe."),
            )
        ),
        _("For laboratory research use only. Not for human or veterinary use."),
    )
    return "\n\n".join(lines) + "\n"
