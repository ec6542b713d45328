"""A drawing as one SVG file that stands alone: readable at 320 px, on paper, and on a light or dark screen.

The sheet is 360 units wide, so that its smallest text is about 11 px on the narrowest phone. Colours are
attributes for paper and light screens; the one style sheet inside only replaces them on dark screens, and has
a hash by which a Content-Security-Policy can allow it and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from html import escape
from itertools import accumulate, takewhile

WIDTH, MARGIN = 360, 16
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
SMALL, TEXT, TITLE = 12, 13, 17
SHOWN_AT = 480
"""Width in pixels where there is room; the drawing shrinks with its window."""


class Colour(Enum):
    """Name, colour on paper and colour on a dark screen (the tokens of the design)."""

    PAPER = ("p", "#ffffff", "#0f171c")
    INK = ("i", "#11202a", "#e9eff2")
    SOFT = ("s", "#3d4c55", "#bac6cd")
    FAINT = ("f", "#56656d", "#94a4ad")
    LINE = ("l", "#dbe1e3", "#2b3942")
    WASH = ("w", "#f5f7f7", "#151f25")
    STRONG = ("a", "#1f78b4", "#5ba3dc")
    PALE = ("o", "#6b777f", "#8b9aa3")

    @property
    def code(self) -> str:
        """Its letter in the style sheet."""
        return self.value[0]

    @property
    def on_paper(self) -> str:
        """Its value on paper and on a light screen."""
        return self.value[1]


STYLE = (
    "svg{max-width:100%;height:auto}@media screen and (prefers-color-scheme:dark){"
    + "".join(
        f".f{each.value[0]}{{fill:{each.value[2]}}}.s{each.value[0]}{{stroke:{each.value[2]}}}"
        for each in Colour
    )
    + "}"
)
STYLE_HASH = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 "
    "278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 "
    "667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 "
    "833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
).split()
"""Advance widths of printable ASCII in Helvetica, in thousandths of the type size (Adobe Font Metrics)."""
_ROOM_FOR_OTHER_FONTS = 1.15
"""Drawings are read with the fonts at hand; the common sans serifs are up to this much wider."""
_BOLD_FROM = 600
_ROOM_FOR_BOLD = 1.15


@dataclass(frozen=True)
class Words:
    """A line of text on a sheet: where it begins, ends or is centred, and the height of its base line."""

    x: float
    y: float
    text: str
    size: int
    anchor: str = "start"
    weight: int = 400

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the room it may need."""
        width = text_width(self.text, self.size, self.weight)
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return left, self.y - self.size * 0.8, left + width, self.y + self.size * 0.22


@dataclass
class Sheet:
    """A page being drawn from the top down; `y` is the next free height in units."""

    y: float = MARGIN
    parts: list[str] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = TEXT,
        weight: int = 400,
        fill: Colour = Colour.INK,
        anchor: str = "start",
    ) -> None:
        """One line of text, `y` being its base line."""
        self.words.append(Words(x, y, text, size, anchor, weight))
        bold = f' font-weight="{weight}"' if weight != 400 else ""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.parts.append(
            f'<text class="f{fill.code}" x="{x:g}" y="{y:g}" font-size="{size}"{bold} '
            f'fill="{fill.on_paper}"{side}>{xml_text(text)}</text>'
        )

    def paragraph(
        self,
        text: str,
        *,
        size: int = TEXT,
        weight: int = 400,
        fill: Colour = Colour.INK,
        left: float = LEFT,
        right: float = RIGHT,
    ) -> None:
        """Text over as many lines as it needs."""
        for line in wrapped(text, size, right - left, weight):
            self.y += round(size * 1.35)
            self.text(left, self.y, line, size=size, weight=weight, fill=fill)

    def path(self, d: str, *, stroke: Colour, width: float = 1, fill: Colour | None = None) -> None:
        """A line or shape."""
        classes = f"s{stroke.code} f{fill.code}" if fill else f"s{stroke.code}"
        inside = fill.on_paper if fill else "none"
        self.parts.append(
            f'<path class="{classes}" d="{d}" stroke="{stroke.on_paper}" stroke-width="{width:g}" '
            f'fill="{inside}"/>'
        )

    def rect(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        """A filled area without an outline."""
        self.parts.append(
            f'<rect class="f{fill.code}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'fill="{fill.on_paper}"/>'
        )

    def rule(self, stroke: Colour = Colour.LINE, width: float = 1) -> None:
        """A line across the sheet."""
        self.path(f"M{LEFT} {self.y:g}H{RIGHT}", stroke=stroke, width=width)

    def document(self, title: str, description: str) -> str:
        """The finished file."""
        height = round(self.y + MARGIN, 1)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{SHOWN_AT}" '
            f'height="{height * SHOWN_AT / WIDTH:.0f}" role="img" aria-labelledby="t d" '
            f"font-family=\"'Public Sans', Arial, Helvetica, sans-serif\">\n"
            f'<title id="t">{xml_text(title)}</title>\n<desc id="d">{xml_text(description)}</desc>\n'
            f"<style>{STYLE}</style>\n"
            f'<rect class="fp" width="{WIDTH}" height="{height:g}" fill="{Colour.PAPER.on_paper}"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def xml_text(text: str) -> str:
    """Text for an element or attribute: escaped, without the characters that XML 1.0 does not allow."""
    return escape(_NOT_XML.sub("", text), quote=True)


def text_width(text: str, size: float, weight: int = 400) -> float:
    """Units that a line needs at most, in any common sans serif."""
    room = _ROOM_FOR_OTHER_FONTS * (_ROOM_FOR_BOLD if weight >= _BOLD_FROM else 1)
    return sum(map(_letter_width, text)) * size / 1000 * room


def _letter_width(letter: str) -> int:
    code = ord(letter)
    if 0x20 <= code < 0x7F:
        return int(_WIDTHS[code - 0x20])
    if unicodedata.combining(letter):
        return 0
    plain = unicodedata.normalize("NFKD", letter)[0]
    if 0x20 <= ord(plain) < 0x7F and code < 0x250:
        return int(_WIDTHS[ord(plain) - 0x20])
    return 600 if 0x370 <= code < 0x530 or code in range(0x2010, 0x2014) else 1000


def wrapped(text: str, size: float, width: float, weight: int = 400) -> list[str]:
    """Text in lines of at most this width; a longer word is broken."""
    lines: list[str] = []
    for word in text.split():
        for piece in _broken(_NOT_XML.sub("", word), size, width, weight):
            if lines and text_width(f"{lines[-1]} {piece}", size, weight) <= width:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return lines


def _broken(word: str, size: float, width: float, weight: int) -> Iterator[str]:
    """A word in pieces that fit, cut behind a hyphen where there is one."""
    while text_width(word, size, weight) > width:
        end = max(1, sum(1 for _step in takewhile(lambda used: used <= width, _ends(word, size, weight))))
        hyphen = word.rfind("-", 0, end) + 1
        yield word[: hyphen or end]
        word = word[hyphen or end :]
    if word:
        yield word


def _ends(word: str, size: float, weight: int) -> Iterator[float]:
    return accumulate(text_width(letter, size, weight) for letter in word)
