"""The sequence of a peptide as a drawing: numbered residues, ends and disulfide bridges; a metal in words.

A diagram, not a structure: it shows what the record says of the chain and nothing of its shape in space.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from shop.compounds.sequences import THIOLS, UNUSUAL, Peptide
from shop.core.language import gettext as _
from shop.core.svg_sheet import LEFT, SHOWN_AT, SMALL, TEXT, TITLE, WIDTH, Colour, Sheet

PER_ROW = 10
_FIRST, _STEP, _RADIUS = LEFT + 16, 29, 11
_LANE, _MARGIN_LANE = 7, 4
_ROW_ABOVE, _ROW_BELOW = 30, 34


@dataclass(frozen=True)
class _Place:
    """Where a residue stands, and the height at which its bridge runs."""

    x: float
    y: float
    lane: float


def sequence_svg(peptide: Peptide, *, name: str, citation: str, licence: str) -> str:
    """The diagram as an SVG document with its citation and licence inside."""
    title = _("Sequence of %(name)s", name=name)
    return sequence_sheet(peptide, title=title, citation=citation, licence=licence).document(
        title, in_words(peptide)
    )


def sequence_sheet(peptide: Peptide, *, title: str, citation: str, licence: str) -> Sheet:
    """The same before it is closed."""
    sheet = Sheet()
    sheet.rule(Colour.INK, 2)
    sheet.paragraph(title, size=TITLE, weight=600)
    sheet.y += 6
    places = _draw_rows(sheet, peptide)
    for index, pair in enumerate(peptide.disulfides):
        _draw_bridge(sheet, places[pair[0]], places[pair[1]], index)
    sheet.paragraph(in_words(peptide))
    sheet.y += 4
    sheet.paragraph(
        _("Numbers count residues from the amino end. A diagram of the chain, not a structure in space."),
        size=SMALL,
        fill=Colour.FAINT,
    )
    sheet.y += 10
    sheet.rule()
    for line in (citation, licence):
        sheet.y += 3
        sheet.paragraph(line, size=SMALL, fill=Colour.FAINT)
    return sheet


def sequence_height(peptide: Peptide) -> int:
    """Height of the drawing in pixels at its full width, about: the last lines are not known here."""
    return round((sequence_sheet(peptide, title=".", citation=".", licence=".").y + 70) * SHOWN_AT / WIDTH)


def in_words(peptide: Peptide) -> str:
    """All that the drawing shows, for those who cannot see it."""
    parts = [peptide.three_letter]
    parts += [
        _("%(code)s is %(name)s", code=code, name=UNUSUAL[code])
        for code in dict.fromkeys(each.code for each in peptide.chain if each.code in UNUSUAL)
    ]
    if peptide.is_ring:
        parts.append(_("the last residue is joined to the first"))
    if peptide.disulfides:
        parts.append(_("disulfide %(bridges)s", bridges=peptide.bridges))
        parts += [
            _("the bridge closes a ring of residues %(first)s to %(last)s", first=first, last=last)
            for first, last in peptide.disulfides
        ]
    if peptide.metal:
        parts.append(_("one bound %(metal)s(II)", metal=peptide.metal))
    return "; ".join(parts)


def _draw_rows(sheet: Sheet, peptide: Peptide) -> dict[int, _Place]:
    """Draw the chain row by row; a row with bridges gets a lane above it for each."""
    bridged: dict[int, int] = {}
    for index, pair in enumerate(peptide.disulfides):
        bridged.update(dict.fromkeys(pair, index))
    places: dict[int, _Place] = {}
    count = len(peptide.chain)
    for start in range(0, count, PER_ROW):
        numbers = range(start + 1, min(start + PER_ROW, count) + 1)
        lanes: defaultdict[int, int] = defaultdict(int)
        for number in numbers:
            if number in bridged and bridged[number] not in lanes:
                lanes[bridged[number]] = len(lanes) + 1
        y = sheet.y + _ROW_ABOVE + _LANE * len(lanes)
        _draw_chain(sheet, peptide, numbers, y)
        for number in numbers:
            lane = y - _RADIUS - _LANE * lanes[bridged[number]] if number in bridged else y
            places[number] = _Place(_x(number), y, lane)
        sheet.y = y + _ROW_BELOW
    return places


def _draw_chain(sheet: Sheet, peptide: Peptide, numbers: range, y: float) -> None:
    count = len(peptide.chain)
    first, last = numbers[0], numbers[-1]
    begins = _x(first) if first == 1 else _x(first) - _STEP / 2
    ends = _x(last) if last == count else _x(last) + _STEP / 2
    sheet.path(f"M{begins:g} {y:g}H{ends:g}", stroke=Colour.FAINT, width=2)
    for number in numbers:
        x, residue = _x(number), peptide.chain[number - 1]
        outline = Colour.STRONG if residue.code in THIOLS else Colour.FAINT
        sheet.path(
            f"M{x - _RADIUS:g} {y:g}a{_RADIUS} {_RADIUS} 0 1 0 {2 * _RADIUS} 0"
            f"a{_RADIUS} {_RADIUS} 0 1 0 {-2 * _RADIUS} 0z",
            stroke=outline,
            width=1.5,
            fill=Colour.PAPER,
        )
        # As in any one-letter sequence, X is a residue without a letter; the words below name it.
        letter = residue.letter if len(residue.letter) == 1 else "X"
        sheet.text(x, y + 4.5, letter, size=TEXT, anchor="middle")
        if number in (1, last) or number % 5 == 0:
            sheet.text(x, y + 25, str(number), size=SMALL, fill=Colour.FAINT, anchor="middle")
    if first == 1 and peptide.n_terminus != "H":
        sheet.text(_x(1) - 6, y + 25, peptide.n_terminus, size=SMALL, fill=Colour.SOFT, anchor="end")
    if last == count and peptide.c_terminus != "OH":
        sheet.text(_x(last) + 15, y + 25, peptide.c_terminus, size=SMALL, fill=Colour.SOFT)


def _draw_bridge(sheet: Sheet, one: _Place, other: _Place, index: int) -> None:
    """From the top of one cysteine to the top of the other, past the rows at the side where they differ."""
    if one.y == other.y:
        way = f"M{one.x:g} {one.y - _RADIUS:g}V{one.lane:g}H{other.x:g}V{other.y - _RADIUS:g}"
    else:
        side = WIDTH - 14 + _MARGIN_LANE * (index % 3)
        way = (
            f"M{one.x:g} {one.y - _RADIUS:g}V{one.lane:g}H{side:g}V{other.lane:g}H{other.x:g}"
            f"V{other.y - _RADIUS:g}"
        )
    sheet.path(way, stroke=Colour.STRONG, width=2)


def _x(number: int) -> float:
    return _FIRST + (number - 1) % PER_ROW * _STEP
