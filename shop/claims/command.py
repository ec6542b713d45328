"""`aliquot check-claims`: a paragraph a line comes in, a JSON object a line goes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from shop.claims import guard
from shop.claims.rules import VERSION, Surface, Verdict

LONGEST_LINE = 4 * guard.LONGEST
"""Bytes of one line that are read; UTF-8 has at most four for a character."""
TOO_LONG = "too-long"
NOT_UTF8 = "not-utf-8"


def check_lines(lines: BinaryIO, surface: Surface) -> Iterator[str]:
    """The verdict on each line, in order, an empty line included.

    A line that cannot be read whole could hide anything, so it is blocked: `rules` is then `["too-long"]` or
    `["not-utf-8"]`, and `error` says what to do.
    """
    while line := lines.readline(LONGEST_LINE + 2):
        ended = line.endswith(b"\n")
        if not ended and len(line) > LONGEST_LINE:
            _skip_rest(lines)
            yield _refused(TOO_LONG, _too_long())
            continue
        yield _check_line(line, surface)


def _check_line(line: bytes, surface: Surface) -> str:
    try:
        text = line.decode("utf-8").strip("\r\n").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return _refused(NOT_UTF8, f"The line is not UTF-8 from byte {error.start + 1}; save it as UTF-8.")
    try:
        checked = guard.check(text, surface)
    except guard.TooLong:
        return _refused(TOO_LONG, _too_long())
    return json.dumps(
        {
            "verdict": checked.verdict.value,
            "rules": list(checked.rules),
            "words": list(checked.words),
            "findings": [
                {"rule": each.rule, "verdict": each.verdict.value, "words": each.words, "why": each.why}
                for each in checked.findings
            ],
            "version": checked.version,
        },
        ensure_ascii=True,
    )


def _too_long() -> str:
    return f"The line has more than {guard.LONGEST:,} characters; check it paragraph by paragraph."


def _refused(rule: str, error: str) -> str:
    return json.dumps(
        {
            "verdict": Verdict.BLOCK.value,
            "rules": [rule],
            "words": [],
            "findings": [],
            "version": VERSION,
            "error": error,
        }
    )


def _skip_rest(lines: BinaryIO) -> None:
    while (part := lines.readline(1 << 20)) and not part.endswith(b"\n"):
        pass
