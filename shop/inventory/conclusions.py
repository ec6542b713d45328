"""What a result means against its limit: recomputed here, never taken from the certificate's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from shop.catalogue.models import LimitKind
from shop.compounds import units
from shop.compounds.mass_check import check_mass
from shop.compounds.masses import Composition, MassType
from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.inventory.models import Conclusion

_BOUNDS = "<>≤≥"
_FIRST_NUMBER = re.compile(rf"[{_BOUNDS}]?\s*([-−+]?\d(?:[\d.,]|\s(?=\d{{3}}(?!\d)))*)")
_ANOTHER_NUMBER = re.compile(r"\s*(?:[/×x*·^eE]\s*[-+]?|[^\d\s]*\s*(?:[-–—−]|to\b)\s*)?\d")
"""What follows the first number of a range or a power of ten, which must not be read by its beginning."""
_CONFORMS = frozenset({"conforms", "complies", "meets"})
_RULES_OUT = frozenset({"no", "not", "none", "free", "without", "absent", "absence"})
_NOT_TESTED = frozenset({"nt", "n.t.", "not tested", "not performed"})


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a test is held against; `text` is the limit as printed."""

    kind: LimitKind
    text: str
    lower: Decimal | None = None
    upper: Decimal | None = None
    tolerance: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A result read and judged."""

    number: Decimal | None
    theoretical: Decimal | None
    conclusion: Conclusion


def number_in(text: str) -> Decimal | None:
    """The number a printed result starts with: `99.2%` is 99.2, `< 0.5 EU/mg` is 0.5, `White cake` none.

    Raises:
        Refused: there is more than one number, or a comma in it that could be either sign.
    """
    match = _FIRST_NUMBER.match(text.strip())
    if match is None:
        return None
    if _ANOTHER_NUMBER.match(text.strip(), match.end()):
        raise Refused(_("“%(result)s” is not a number, but several. Enter one.", result=text.strip()))
    number, _figures = units.number(match.group(1).rstrip(".,"))
    return number


def judge(
    limit: Limit,
    result: str | None,
    *,
    composition: Composition | None = None,
    mass_type: MassType | None = None,
    charge: int = 0,
) -> Outcome:
    """Hold a printed result against its limit. No result, or "NT", is *not tested*, never a pass.

    Raises:
        Refused: a limit with a number got a result without one, or a mass cannot be computed.
    """
    if result is None or not result.strip() or name_key(result) in _NOT_TESTED:
        return Outcome(number=None, theoretical=None, conclusion=Conclusion.NOT_TESTED)
    if limit.kind == LimitKind.REPORT:
        return Outcome(number=_number_if_any(result), theoretical=None, conclusion=Conclusion.REPORTED)
    if limit.kind == LimitKind.CONFORMS:
        return Outcome(number=None, theoretical=None, conclusion=_met(_conforms(result, limit.text)))
    number = number_in(result)
    if number is None:
        raise Refused(_("“%(result)s” is not a number, and the limit is one.", result=result))
    if limit.kind == LimitKind.MASS_WITHIN:
        if result.strip()[0] in _BOUNDS:
            raise Refused(_("“%(result)s” is a bound, not a mass. Enter the mass found.", result=result))
        return _judge_mass(limit, number, composition, mass_type, charge)
    met = (limit.lower is None or number >= limit.lower) and (limit.upper is None or number <= limit.upper)
    # "< 5" against a lower limit of 5 shows nothing; a bound on the wrong side never meets a limit.
    bound = result.strip()[:1]
    if (bound in "<≤" and limit.lower is not None) or (bound in ">≥" and limit.upper is not None):
        met = False
    return Outcome(number=number, theoretical=None, conclusion=_met(met))


def _number_if_any(result: str) -> Decimal | None:
    try:
        return number_in(result)
    except Refused:
        return None


def _conforms(result: str, limit_text: str) -> bool:
    """Whether a result reads "Conforms" or is made of the limit's own words; any other word is a finding.

    "White powder" meets "White to yellowish powder". Where the limit rules something out, a part of it can
    say the opposite ("Visible particles" of "No visible particles"), so there it takes all of its words.
    """
    words, allowed = _words(result), _words(limit_text)
    if not words or words <= _CONFORMS:
        return bool(words)
    return words == allowed if allowed & _RULES_OUT else words <= allowed


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w'’-]+", name_key(text)))


def _judge_mass(
    limit: Limit,
    observed: Decimal,
    composition: Composition | None,
    mass_type: MassType | None,
    charge: int,
) -> Outcome:
    if composition is None:
        raise Refused(_("A mixture has no single mass, so no mass can be checked."))
    if mass_type is None or limit.tolerance is None:
        raise Refused(_("Say whether the mass is monoisotopic or average."))
    checked = check_mass(
        f"{observed:f}", composition, mass_type=mass_type, tolerance=limit.tolerance, charge=charge
    )
    return Outcome(number=checked.observed, theoretical=checked.theoretical, conclusion=_met(checked.agrees))


def _met(met: bool) -> Conclusion:
    return Conclusion.MEETS if met else Conclusion.FAILS
