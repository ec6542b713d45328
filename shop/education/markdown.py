"""The Markdown of monograph sections, as safe HTML and as plain text.

Paragraphs, lists, emphasis, small headings, links, `~sub~` and `^super^`, and `[@key]`, which cites a source.
A link leads to this site, to a place on the page, or to a register on the list; any
other is refused with a sentence, as are HTML, pictures, unknown sources and sections that are too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape

from shop.core.errors import Refused
from shop.core.language import gettext as _

LONGEST = 20_000
"""Characters of the longest section."""
DEEPEST_LISTS = 4
MOST_BRACKETS = 2_000
"""A section with more opening brackets than this is no prose; each may cost the parser a walk."""

LINKED_HOSTS = frozenset(
    {
        "doi.org",
        "pubmed.ncbi.nlm.nih.gov",
        "pmc.ncbi.nlm.nih.gov",
        "www.ncbi.nlm.nih.gov",
        "clinicaltrials.gov",
        "www.clinicaltrialsregister.eu",
        "www.isrctn.com",
        "trialsearch.who.int",
        "cochranelibrary.com",
        "www.cochranelibrary.com",
        "pubchem.ncbi.nlm.nih.gov",
        "www.uniprot.org",
        "dailymed.nlm.nih.gov",
        "www.accessdata.fda.gov",
    }
)
"""Registers of publications, trials, substances and labels that a section may link to."""

SOURCE_KEY = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"

_CITATION = re.compile(rf"\[(@{SOURCE_KEY}(?:\s*;\s*@{SOURCE_KEY})*)\]")
_RAISED = re.compile(r"([~^])([^\s~^]{1,20})\1")
_SPACE_BEFORE_MARK = re.compile(r" ([.,;:])")
_TAG = re.compile(r"<(?:/?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>|!--)")
_SAME_PAGE = re.compile(r"#[A-Za-z][A-Za-z0-9_-]*")
# Backslashes and control characters arrive percent-encoded; no address of ours has any.
_SAME_SITE = re.compile(r"/(?!/)(?!.*%(?:5C|7F|[01]))[A-Za-z0-9._~%/?=&#+,:;@!()-]*", re.IGNORECASE)
_OTHER_SITE = re.compile(r"https://([a-z0-9.-]+)(?:/[A-Za-z0-9._~%/?=&#+,:;@!()*'$\[\]-]*)?")
_TAGS = {"p", "ul", "ol", "li", "em", "strong", "a", "sub", "sup", "h3", "h4", "br"}
_ATTRIBUTES = {"a": {"href", "class", "aria-label"}, "ol": {"start"}}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a section; `line` counts from 1 in its text."""

    line: int
    sentence: str


class RefusedText(Refused):
    """A section cannot be shown as it is; `problems` says why, in the order of the text."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)


def to_html(text: str, sources: Sequence[str]) -> Markup:
    """Safe HTML; `[@key]` becomes the number of the source in the list of keys.

    Raises:
        RefusedText: see the head of this module.
    """
    tokens = _tokens(text)
    _refuse(text, tokens, sources)
    numbers = {key: number for number, key in enumerate(sources, start=1)}
    html = _PARSER.renderer.render(tokens, _PARSER.options, {"numbers": numbers})
    return Markup(  # noqa: S704 - cleaned on the same line
        nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https"}, link_rel=None)
    )


def to_text(text: str) -> str:
    """Words only: for search, feeds and readability. Citations are left out, an item begins with a dash."""
    blocks: list[str] = []
    starts_item = False
    for token in _tokens(text):
        if token.type == "inline":
            words = _SPACE_BEFORE_MARK.sub(r"\1", " ".join("".join(_words(token.children or [])).split()))
            blocks.append(f"- {words}" if starts_item else words)
            starts_item = False
        elif token.type == "list_item_open":
            starts_item = True
    return "\n\n".join(blocks)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, list item or heading as words, each citation as [1], and the keys it cites."""

    words: str
    cites: tuple[str, ...]


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """A section piece by piece, for a reader that weighs each by its own sources."""
    found = []
    for token in _tokens(text):
        if token.type == "inline":
            children = token.children or []
            keys = [key for each in children if each.type == "citation" for key in each.meta["keys"]]
            words = "".join(
                " [1]" if each.type == "citation" else "".join(_words([each])) for each in children
            )
            found.append(Paragraph(" ".join(words.split()), tuple(dict.fromkeys(keys))))
    return tuple(found)


def problems(text: str, sources: Sequence[str]) -> tuple[Problem, ...]:
    """Everything for which `to_html` would refuse a section; nothing when it would not."""
    try:
        tokens = _tokens(text)
        _refuse(text, tokens, sources)
    except RefusedText as refused:
        return refused.problems
    return ()


def cited_keys(text: str) -> tuple[str, ...]:
    """The keys a section cites, each once, in order."""
    keys = [key for token in _inline(_tokens(text)) if token.type == "citation" for key in token.meta["keys"]]
    return tuple(dict.fromkeys(keys))


def link_problem(address: str) -> str | None:
    """Why a link may not lead there; None when it may."""
    if _SAME_PAGE.fullmatch(address) or _SAME_SITE.fullmatch(address):
        return None
    elsewhere = _OTHER_SITE.fullmatch(address)
    if elsewhere is not None and elsewhere[1] in LINKED_HOSTS:
        return None
    shown = address if len(address) <= 80 else address[:80] + "…"
    return _(
        "A section may not link to “%(address)s”; link to a page of this site, or to a register such as "
        "doi.org, PubMed or ClinicalTrials.gov.",
        address=shown,
    )


def _cite(state: StateInline, silent: bool) -> bool:
    """The inline rule for `[@key]` and `[@one; @other]`."""
    found = _CITATION.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("citation", "a", 0)
        token.meta = {"keys": [part.strip().removeprefix("@") for part in found[1].split(";")]}
    state.pos = found.end()
    return True


def _raise_or_lower(state: StateInline, silent: bool) -> bool:
    """The inline rule for `^super^` and `~sub~`."""
    found = _RAISED.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        tag = "sup" if found[1] == "^" else "sub"
        state.push(f"{tag}_open", tag, 1)
        state.push("text", "", 0).content = found[2]
        state.push(f"{tag}_close", tag, -1)
    state.pos = found.end()
    return True


def _show_citation(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: Any, env: dict[str, Any]
) -> str:
    """The design's reference marks."""
    marks = []
    for key in tokens[index].meta["keys"]:
        number = env["numbers"][key]
        name = escape(_("Source %(number)s", number=number))
        marks.append(f'<a class="ref" href="#ref-{number}" aria-label="{name}">{number}</a>')
    return "\N{NO-BREAK SPACE}".join(marks)


class _Parser(MarkdownIt):
    """Takes every address for a link, so that one off the list is refused and not shown as text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


def _parser() -> MarkdownIt:
    parser = _Parser("zero", {"maxNesting": 40})
    parser.enable(["list", "heading", "emphasis", "link", "image", "newline", "escape", "entity"])
    parser.enable(["balance_pairs", "fragments_join"])
    parser.inline.ruler.before("link", "citation", _cite)
    parser.inline.ruler.before("emphasis", "raised", _raise_or_lower)
    parser.add_render_rule("citation", _show_citation)
    return parser


_PARSER = _parser()


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        sentence = _(
            "A section has at most %(most)s characters; this one has %(length)s.",
            most=f"{LONGEST:,}",
            length=f"{len(text):,}",
        )
        raise RefusedText([Problem(1, sentence)])
    if text.count("[") > MOST_BRACKETS:
        raise RefusedText([Problem(1, _("The section holds too many brackets to be read."))])
    return _PARSER.parse(text)


def _refuse(text: str, tokens: Sequence[Token], sources: Sequence[str]) -> None:
    found = list(_problems(text, tokens, set(sources)))
    if found:
        raise RefusedText(sorted(found, key=lambda problem: problem.line))


def _problems(text: str, tokens: Sequence[Token], sources: set[str]) -> Iterator[Problem]:
    depth = 0
    for token in tokens:
        line = token.map[0] + 1 if token.map else 1
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            if depth == DEEPEST_LISTS + 1:
                yield Problem(line, _("Lists may stand %(most)s deep, not more.", most=DEEPEST_LISTS))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "heading_open" and token.tag not in ("h3", "h4"):
            yield Problem(line, _("Headings in a section begin with ### or ####."))
        elif token.type == "inline":
            yield from _inline_problems(text, line, token.children or [], sources)


def _inline_problems(
    text: str, first_line: int, tokens: Sequence[Token], sources: set[str]
) -> Iterator[Problem]:
    for token in tokens:
        if token.type == "image":
            yield Problem(_line_of(text, "![", first_line), _("A section may not hold pictures."))
        elif token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            if (sentence := link_problem(address)) is not None:
                yield Problem(_line_of(text, address, first_line), sentence)
        elif token.type == "citation":
            for key in token.meta["keys"]:
                if key not in sources:
                    sentence = _("There is no source “%(key)s”.", key=key)
                    yield Problem(_line_of(text, f"@{key}", first_line), sentence)
        elif token.type == "text" and "[@" in token.content:
            sentence = _("Write a citation as [@key], or as [@one; @other].")
            yield Problem(_line_of(text, "[@", first_line), sentence)
        elif token.type == "text" and (tag := _TAG.search(token.content)) is not None:
            sentence = _("HTML is not read here: “%(tag)s”. Use Markdown.", tag=tag[0][:40])
            yield Problem(_line_of(text, tag[0], first_line), sentence)


def _line_of(text: str, wanted: str, first_line: int) -> int:
    """The line from `first_line` on in which something first stands; that line itself when it is nowhere."""
    for number, line in enumerate(text.splitlines()[first_line - 1 :], start=first_line):
        if wanted in line:
            return number
    return first_line


def _inline(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or []


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            yield " "
        elif token.type in ("text", "text_special"):
            yield token.content
