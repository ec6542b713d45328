"""Dividing amounts that are refunded, to the last minor unit. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in whole units by weights: the largest remainders get the units that are left.

    Where every weight is zero, the last place gets it all.
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * (len(weights) - 1) + [amount] if weights else []
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def for_vials(line_minor: int, *, of: int, before: int, now: int) -> int:
    """What `now` vials of a line of `of` cost, where `before` have been refunded already.

    Rounded on the running total, so that refunding one by one gives just what the line cost.
    """
    if not 0 <= before <= before + now <= of:
        raise ValueError("no more vials can be refunded than were ordered")
    return _running(line_minor, of, before + now) - _running(line_minor, of, before)


def _running(line_minor: int, of: int, vials: int) -> int:
    return (2 * line_minor * vials + of) // (2 * of)
