"""What a result means against its limit: recomputed here, never taken from the certificate's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from shop.catalogue.models import LimitKind
from shop.compounds.mass_check import check_mass
from shop.compounds.masses import Composition, MassType
from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.inventory.models import Conclusion

_NUMBER = re.compile(r"[<>≤≥]?\s*([-−+]?\d[\d,]*(?:\.\d+)?)")
_CONFORMS = frozenset({"conforms", "complies", "meets"})


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
    """The number a printed result starts with: `99.2%` is 99.2, `< 0.5 EU/mg` is 0.5, `White cake` none."""
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    try:
        return Decimal(match.group(1).replace(",", "").replace("−", "-"))
    except InvalidOperation:
        return None


def judge(
    limit: Limit,
    result: str | None,
    *,
    composition: Composition | None = None,
    mass_type: MassType | None = None,
    charge: int = 0,
) -> Outcome:
    """Hold a printed result against its limit. No result is *not tested*, never a pass.

    Raises:
        Refused: a limit with a number got a result without one, or a mass cannot be computed.
    """
    if result is None or not result.strip():
        return Outcome(number=None, theoretical=None, conclusion=Conclusion.NOT_TESTED)
    number = number_in(result)
    if limit.kind == LimitKind.REPORT:
        return Outcome(number=number, theoretical=None, conclusion=Conclusion.REPORTED)
    if limit.kind == LimitKind.CONFORMS:
        # "White powder" meets "White to yellowish powder"; a word the limit does not have is a finding.
        words = set(name_key(result).split())
        met = words <= _CONFORMS or words <= set(name_key(limit.text).split())
        return Outcome(number=None, theoretical=None, conclusion=_met(met))
    if number is None:
        raise Refused(_("“%(result)s” is not a number, and the limit is one.", result=result))
    if limit.kind == LimitKind.MASS_WITHIN:
        return _judge_mass(limit, result, composition, mass_type, charge)
    met = (limit.lower is None or number >= limit.lower) and (limit.upper is None or number <= limit.upper)
    # "< 5" against a lower limit of 5 shows nothing; a bound on the wrong side never meets a limit.
    bound = result.strip()[:1]
    if (bound in "<≤" and limit.lower is not None) or (bound in ">≥" and limit.upper is not None):
        met = False
    return Outcome(number=number, theoretical=None, conclusion=_met(met))


def _judge_mass(
    limit: Limit,
    result: str,
    composition: Composition | None,
    mass_type: MassType | None,
    charge: int,
) -> Outcome:
    if composition is None:
        raise Refused(_("A mixture has no single mass, so no mass can be checked."))
    if mass_type is None or limit.tolerance is None:
        raise Refused(_("Say whether the mass is monoisotopic or average."))
    checked = check_mass(
        result.replace(",", ""), composition, mass_type=mass_type, tolerance=limit.tolerance, charge=charge
    )
    return Outcome(number=checked.observed, theoretical=checked.theoretical, conclusion=_met(checked.agrees))


def _met(met: bool) -> Conclusion:
    return Conclusion.MEETS if met else Conclusion.FAILS
