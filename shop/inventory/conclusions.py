"""What a result means against its limit: recomputed here, never taken from the certificate's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from shop.catalogue.models import LimitKind
from shop.compounds import units
from shop.compounds.mass_check import MassCheck, ToleranceUnit, check_mass
from shop.compounds.masses import Composition, MassType
from shop.core.errors import Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.inventory.models import Conclusion, Qualifier

_BOUNDS = "<>≤≥"
_FIRST_NUMBER = re.compile(rf"[{_BOUNDS}]?\s*([-−+]?\d(?:[\d.,]|\s(?=\d{{3}}(?!\d)))*)")
_ANOTHER_NUMBER = re.compile(r"\s*(?:[/×x*·^eE]\s*[-+]?|[^\d\s]*\s*(?:[-–—−]|to\b)\s*)?\d")
"""What follows the first number of a range or a power of ten, which must not be read by its beginning."""
_CONFORMS = frozenset({"conforms", "complies", "meets"})
_RULES_OUT = frozenset({"no", "not", "none", "free", "without", "absent", "absence"})
_NOT_TESTED = frozenset({"nt", "n.t.", "not tested", "not performed"})
_NOT_DETECTED = re.compile(r"(?:n\.?\s?d\.?|not detected|none detected)(?![\w.])", re.IGNORECASE)
_DETECTION_LIMIT = re.compile(r"[^\d<≤]*[<≤]?\s*(\d.*)", re.DOTALL)
_QUALIFIERS = {
    "<": Qualifier.BELOW,
    "≤": Qualifier.AT_MOST,
    ">": Qualifier.ABOVE,
    "≥": Qualifier.AT_LEAST,
}
_TOLERANCE_UNITS = {unit.value: unit for unit in ToleranceUnit}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a test is held against; `text` is the limit as printed.

    The unit of a mass says what its tolerance is of: `m/z` of the ion, `ppm`, or anything else the molecule
    in Da.
    """

    kind: LimitKind
    text: str
    lower: Decimal | None = None
    upper: Decimal | None = None
    tolerance: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A result read and judged. `mass` is how an observed mass compares; None for anything else."""

    number: Decimal | None
    theoretical: Decimal | None
    conclusion: Conclusion
    qualifier: Qualifier = Qualifier.EQUALS
    mass: MassCheck | None = None


def printed_limit(text: str) -> Limit:
    """The limit of a test as a report prints it: `≤ 8%`, `>= 95.0%`, or nothing where it is only reported.

    Raises:
        Refused: it is not one bound.
    """
    plain = _plain(text)
    if not plain or plain.casefold() in ("report", "reported"):
        return Limit(kind=LimitKind.REPORT, text=_("Reported"))
    bound = number_in(plain) if plain[0] in "≤≥" else None
    if bound is None:
        raise Refused(
            _("Write a limit such as ≤ 8.0%%, or leave it empty where the result is only reported.")
        )
    words = re.sub(r"^[\d\s.,]+", "", plain[1:].strip())[:20]
    if plain[0] == "≤":
        return Limit(kind=LimitKind.AT_MOST, text=plain, upper=bound, unit=words)
    return Limit(kind=LimitKind.AT_LEAST, text=plain, lower=bound, unit=words)


def number_in(text: str) -> Decimal | None:
    """The number a printed result starts with: `99.2%` is 99.2, `< 0.5 EU/mg` is 0.5, `White cake` none.

    Raises:
        Refused: there is more than one number, or a comma in it that could be either sign.
    """
    plain = _plain(text)
    match = _FIRST_NUMBER.match(plain)
    if match is None:
        return None
    if _ANOTHER_NUMBER.match(plain, match.end()):
        raise Refused(_("“%(result)s” is not a number, but several. Enter one.", result=text.strip()))
    number, _figures = units.number(match.group(1).rstrip(".,"))
    return number


def _plain(text: str) -> str:
    """A printed result with `<=` and `>=` as the signs they stand for."""
    return text.strip().replace("<=", "≤").replace(">=", "≥")


def detection_limit(result: str) -> tuple[bool, Decimal | None]:
    """Whether a result says *not detected*, and the detection limit it gives: `n.d. (LOD 0.05%)` gives
    0.05.
    """
    plain = _plain(result)
    found = _NOT_DETECTED.match(plain)
    if found is None:
        return False, None
    limit = _DETECTION_LIMIT.match(plain, found.end())
    return True, number_in(limit[1]) if limit else None


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
        return Outcome(
            number=None,
            theoretical=None,
            conclusion=Conclusion.NOT_TESTED,
            qualifier=Qualifier.NOT_TESTED,
        )
    if limit.kind == LimitKind.CONFORMS:
        met = _conforms(result, limit.text)
        return Outcome(number=None, theoretical=None, conclusion=_met(met), qualifier=Qualifier.WORDS)
    absent, number = detection_limit(result)
    if limit.kind == LimitKind.REPORT:
        number = number if absent else _number_if_any(result)
        qualifier = _qualifier(result, number, absent=absent)
        return Outcome(number=number, theoretical=None, conclusion=Conclusion.REPORTED, qualifier=qualifier)
    number = number if absent else number_in(result)
    if number is None and absent:
        raise Refused(
            _(
                "“%(result)s” is not a number. Add the detection limit, such as n.d. (LOD 0.05%%).",
                result=result.strip(),
            )
        )
    if number is None:
        raise Refused(_("“%(result)s” is not a number, and the limit is one.", result=result))
    bound = "<" if absent else _plain(result)[:1]
    if limit.kind == LimitKind.MASS_WITHIN:
        if absent or bound in _BOUNDS:
            raise Refused(_("“%(result)s” is a bound, not a mass. Enter the mass found.", result=result))
        return _judge_mass(limit, number, composition, mass_type, charge)
    met = (limit.lower is None or number >= limit.lower) and (limit.upper is None or number <= limit.upper)
    # "< 5" against a lower limit of 5 shows nothing; a bound on the wrong side never meets a limit.
    if (bound in "<≤" and limit.lower is not None) or (bound in ">≥" and limit.upper is not None):
        met = False
    qualifier = _qualifier(result, number, absent=absent)
    return Outcome(number=number, theoretical=None, conclusion=_met(met), qualifier=qualifier)


def _qualifier(result: str, number: Decimal | None, *, absent: bool) -> Qualifier:
    if absent:
        return Qualifier.NOT_DETECTED
    if number is None:
        return Qualifier.WORDS
    return _QUALIFIERS.get(_plain(result)[:1], Qualifier.EQUALS)


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
        f"{observed:f}",
        composition,
        mass_type=mass_type,
        tolerance=limit.tolerance,
        tolerance_unit=_TOLERANCE_UNITS.get(limit.unit, ToleranceUnit.DALTON),
        charge=charge,
    )
    return Outcome(
        number=checked.observed,
        theoretical=checked.theoretical,
        conclusion=_met(checked.agrees),
        mass=checked,
    )


def _met(met: bool) -> Conclusion:
    return Conclusion.MEETS if met else Conclusion.FAILS
