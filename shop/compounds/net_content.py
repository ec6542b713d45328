"""Powder and the peptide in it: by a measured content, or by the formula of the salt, never by both."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shop.compounds.solutions import (
    Answer,
    InputRefused,
    SaltFormula,
    TheoreticalContent,
    content_of_salt,
    gross_for_net,
    net_peptide,
    not_one_blank,
)
from shop.compounds.units import Kind, Quantity, derived
from shop.core.language import gettext as _


@dataclass(frozen=True, kw_only=True)
class NetContent(Answer):
    """Gross and net mass that belong together.

    `share` is the peptide's share of the powder, `overstated` how far too high a concentration from the gross
    mass would be, `theory` what the formula of the salt gives.
    """

    gross: Quantity
    net: Quantity
    share: Quantity
    overstated: Quantity
    theory: TheoreticalContent | None
    solved_for: str


def net_content(
    gross: Quantity | None,
    net: Quantity | None,
    *,
    content: Quantity | None = None,
    purity: Quantity | None = None,
    molar_mass: Quantity | None = None,
    salt: SaltFormula | None = None,
) -> NetContent:
    """The net mass of a gross one, or the gross mass for a net one: give one of the two.

    A measured content is used where there is one, and the formula of the salt is then shown beside it;
    without a content, the formula is used.

    Raises:
        Refused: not exactly one mass, neither a content nor a salt, a percentage below 1 or above 100, or a
            salt without the molar mass of its peptide.
    """
    theory = content_of_salt(molar_mass, salt)
    used = content or (theory.content if theory else None)
    if used is None:
        raise InputRefused(
            "content", _("Enter the net peptide content, or the counter-ion and how many there are")
        )
    steps = theory.steps if theory else ()
    if gross is not None and net is None:
        found = net_peptide(gross, used, purity)
        net, share, solved_for, more = found.net, found.share, "net", found.steps
    elif net is not None and gross is None:
        weighed = gross_for_net(net, used, purity)
        gross, share, solved_for, more = weighed.gross, weighed.share, "gross", weighed.steps
    else:
        raise not_one_blank()
    return NetContent(
        gross=gross,
        net=net,
        share=share,
        overstated=derived(1 / share.base - 1, Kind.PERCENT, share),
        theory=theory,
        solved_for=solved_for,
        steps=(*steps, *more),
        assumptions=_assumptions(content, theory),
        warnings=_warnings(content, theory),
    )


def _assumptions(content: Quantity | None, theory: TheoreticalContent | None) -> tuple[str, ...]:
    if content is None:
        return (_("The salt is taken as pure and dry; water makes a measured content lower."),)
    if theory is None:
        return (_("Net peptide content has taken off counter-ions and water."),)
    return (_("The measured content is used; the formula stands beside it and takes nothing off again."),)


def _half_a_place(percent: Quantity) -> Decimal:
    """What rounding may have added to a printed percentage, as a fraction."""
    last = 0 if percent.figures is None else percent.value.adjusted() - percent.figures + 1
    return Decimal(1).scaleb(last) / 2 * percent.unit.size


def _warnings(content: Quantity | None, theory: TheoreticalContent | None) -> tuple[str, ...]:
    if content is None or theory is None or content.base - _half_a_place(content) <= theory.content.base:
        return ()
    return (
        _(
            "The measured content, %(content)s, is more than the pure, dry salt holds (%(theory)s): check "
            "how many counter-ions there are.",
            content=content,
            theory=theory.content,
        ),
    )
