"""Sheets of words and lines: nothing leaves the sheet, and every text is well-formed XML."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from shop.core.svg_sheet import LEFT, RIGHT, STYLE_HASH, Colour, Sheet, text_width, wrapped

SVG = "{http://www.w3.org/2000/svg}"


@given(st.text(max_size=300), st.sampled_from((12, 13, 17)), st.sampled_from((400, 600)))
def test_wrapped_text_fits_and_loses_no_letter(text: str, size: int, weight: int) -> None:
    lines = wrapped(text, size, RIGHT - LEFT, weight)
    assert all(text_width(line, size, weight) <= RIGHT - LEFT for line in lines)
    kept = "".join("".join(lines).split())
    visible = "".join(text.split())
    assert all(letter in visible for letter in kept)
    if visible.isascii() and visible.isprintable():
        assert kept == visible


def test_a_long_word_is_cut_behind_a_hyphen() -> None:
    lines = wrapped("H-" + "-".join(["Gly"] * 40) + "-OH", 13, RIGHT - LEFT)
    assert len(lines) > 1 and all(line.endswith("-") for line in lines[:-1])


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_makes_a_well_formed_file(title: str, text: str) -> None:
    sheet = Sheet()
    sheet.paragraph(text)
    root = ElementTree.fromstring(sheet.document(title, text))  # noqa: S314 - our own drawing
    assert root.tag == f"{SVG}svg"


def test_the_hash_is_that_of_the_one_style_sheet_inside() -> None:
    sheet = Sheet()
    sheet.text(1, 2, "x", fill=Colour.FAINT)
    root = ElementTree.fromstring(sheet.document("t", "d"))  # noqa: S314 - our own drawing
    (style,) = [each.text or "" for each in root.iter(f"{SVG}style")]
    assert "sha256-" + b64encode(sha256(style.encode()).digest()).decode() == STYLE_HASH
    assert "prefers-color-scheme:dark" in style and "@media screen" in style


def test_every_colour_has_a_dark_one() -> None:
    style = Sheet().document("t", "d")
    for colour in Colour:
        assert f".f{colour.code}{{fill:#" in style and f".s{colour.code}{{stroke:#" in style
