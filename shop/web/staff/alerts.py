"""What keeps an order from going on, or has to be known first, as a callout on its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What keeps an order from going on, or has to be known first."""

    title: str
    text: str
    tone: str = "warn"
    points: Sequence[str] = field(default=())
    url: str = ""
    """Where something is done about it, with `action` as the words of the link."""
    action: str = ""
