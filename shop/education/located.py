"""YAML and JSON read into a tree of plain values that remember their lines.

Only what a plain data file needs is taken: no anchors, aliases, tags or second documents, and limits on size,
depth and number of values that end a hostile file early. JSON is read as the YAML it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import yaml

from shop.core.errors import Refused
from shop.core.language import gettext as _

LARGEST_BYTES = 2_000_000
DEEPEST = 12
MOST_VALUES = 20_000

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_RESOLVER: Any = yaml.resolver.Resolver()
_PAIR = re.compile(
    r"(?<!\\)(?P<before>(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)


class Kind(Enum):
    """What a scalar is taken for, by the rules of YAML 1.1."""

    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    NOTHING = auto()
    DAY = auto()


_KINDS = {
    "int": Kind.NUMBER,
    "float": Kind.NUMBER,
    "bool": Kind.TRUTH,
    "null": Kind.NOTHING,
    "timestamp": Kind.DAY,
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written. A literal block (`|`) begins on the line below, with the file's own lines."""

    line: int
    text: str
    kind: Kind = Kind.TEXT
    is_literal: bool = False

    def line_of(self, line_in_text: int) -> int:
        """The line of the file on which a line of the text stands, as nearly as can be told."""
        return self.line + line_in_text if self.is_literal else self.line


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping, its keys in the order of the file."""

    line: int
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """The value of a key; None without one."""
        return next((node for name, node in self.entries if name.text == key), None)


Node = Scalar | Items | Entries


class NotWellFormed(Refused):
    """The file cannot be read as YAML or JSON; `line` says where."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def read_tree(text: str) -> Node:
    """The tree of one YAML or JSON document.

    Raises:
        NotWellFormed: broken syntax, or something a plain data file does not need.
    """
    _check_size(text)
    events = _events(_json_as_yaml(text))
    root = _node(next(events), events, depth=0)
    following = next(events, None)
    if following is not None:
        raise NotWellFormed(_line(following), _("The file holds a second document; only one is read."))
    return root


def tree_of(value: object) -> Node:
    """Plain values as the same tree, on line 0."""
    if isinstance(value, Mapping):
        return Entries(0, tuple((Scalar(0, str(key)), tree_of(item)) for key, item in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Items(0, tuple(tree_of(item) for item in value))
    if value is None:
        return Scalar(0, "", Kind.NOTHING)
    if isinstance(value, bool):
        return Scalar(0, "true" if value else "false", Kind.TRUTH)
    return Scalar(0, str(value), Kind.NUMBER if isinstance(value, (int, float)) else Kind.TEXT)


def _check_size(text: str) -> None:
    try:
        size = len(text.encode()) if len(text) <= LARGEST_BYTES else len(text)
    except UnicodeEncodeError:
        raise NotWellFormed(1, _("The file is not valid Unicode text.")) from None
    if size > LARGEST_BYTES:
        sentence = _("The file is larger than %(most)s MB.", most=LARGEST_BYTES // 1_000_000)
        raise NotWellFormed(1, sentence)


def _json_as_yaml(text: str) -> str:
    """JSON writes characters beyond the first plane as two escapes, which YAML does not know."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return text
    return _PAIR.sub(_one_character, text)


def _one_character(pair: re.Match[str]) -> str:
    high, low = int(pair["high"], 16), int(pair["low"], 16)
    return pair["before"] + chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)


def _events(text: str) -> Iterator[yaml.Event]:
    """The events of the first document, and the start of a second one."""
    count = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            count += 1
            if count > MOST_VALUES:
                raise NotWellFormed(_line(event), _("The file holds too many values."))
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                raise NotWellFormed(_line(event), _("Anchors and aliases are not read; write the value out."))
            if (tag := getattr(event, "tag", None)) is not None:
                raise NotWellFormed(_line(event), _("Tags are not read; leave “%(tag)s” out.", tag=tag))
            if not isinstance(event, _FRAME) or (isinstance(event, yaml.DocumentStartEvent) and count > 2):
                yield event
    except yaml.YAMLError as error:
        raise _not_well_formed(text, error) from None
    if count <= 2:
        raise NotWellFormed(1, _("The file is empty."))


_FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def _not_well_formed(text: str, error: yaml.YAMLError) -> NotWellFormed:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or getattr(error, "context", None) or ""
        return NotWellFormed(
            mark.line + 1, _("This is not well-formed YAML or JSON: %(problem)s.", problem=problem)
        )
    position = getattr(error, "position", 0)
    line = text.encode()[:position].count(b"\n") + 1
    return NotWellFormed(line, _("The file holds a control character, which no text needs."))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _node(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
    if depth > DEEPEST:
        raise NotWellFormed(_line(event), _("The file is nested more than %(most)s deep.", most=DEEPEST))
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(following := next(events), yaml.SequenceEndEvent):
            items.append(_node(following, events, depth + 1))
        return Items(_line(event), tuple(items))
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(event, events, depth)
    return _scalar(event)


def _mapping(event: yaml.MappingStartEvent, events: Iterator[yaml.Event], depth: int) -> Entries:
    entries: dict[str, tuple[Scalar, Node]] = {}
    while not isinstance(following := next(events), yaml.MappingEndEvent):
        if not isinstance(following, yaml.ScalarEvent):
            raise NotWellFormed(_line(following), _("A key is plain text, not a list or a mapping."))
        key = _scalar(following)
        if key.text in entries:
            raise NotWellFormed(key.line, _("“%(key)s” stands here twice.", key=key.text[:80]))
        entries[key.text] = key, _node(next(events), events, depth + 1)
    return Entries(_line(event), tuple(entries.values()))


def _scalar(event: Any) -> Scalar:
    is_plain = event.implicit[0]
    tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False)) if is_plain else ""
    kind = _KINDS.get(str(tag).rsplit(":", 1)[-1], Kind.TEXT)
    return Scalar(_line(event), event.value, kind, event.style == "|")
