"""Whether a buyer's order goes on by itself or waits for a person.

A disclaimer does not undo knowledge: text that shows personal use is a reason to look, whatever else the
buyer has confirmed (intended use is read from all circumstances, 21 CFR 201.128).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shop.core.identity import name_key
from shop.core.language import gettext as _


class Result(StrEnum):
    """What screening decides."""

    PASS = "pass"  # noqa: S105 - a decision, not a secret
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something screening saw. Only some findings hold an order; the rest are shown to staff."""

    rule: str
    sentence: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Screening:
    """The decision and what it rests on."""

    findings: tuple[Finding, ...]

    @property
    def result(self) -> Result:
        """Hold when any finding holds."""
        return Result.HOLD if any(finding.holds for finding in self.findings) else Result.PASS


FREE_MAIL = frozenset(
    "aol.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com "
    "mail.ru me.com msn.com outlook.com proton.me protonmail.com qq.com 163.com web.de yahoo.com "
    "yandex.com yandex.ru".split()
)

_PERSONAL_USE = re.compile(
    r"\b(my(self| own)? (use|body|dose|dosage|cycle|stack)|(for|on) (me|myself)|own use|personal use"
    r"|home use|inject(ing|ion|ed)?|syringes?|needles?|bac(teriostatic)? water|dos(e|age|ing)"
    r"|weight loss|lose weight|bodybuilding|gym|anti-?ageing|anti-?aging|my (dog|cat|horse|pet))\b"
)
_CONSUMER = re.compile(
    r"\b(clinic|med ?spa|spa|wellness|gym|fitness|pharmacy|compounding|veterinary|beauty|aesthetics?)\b"
)


def screen(*, email: str, organisation: str, free_text: Sequence[str]) -> Screening:
    """Look at what a buyer wrote."""
    findings = []
    domain = name_key(email).rpartition("@")[2]
    if domain in FREE_MAIL:
        findings.append(
            Finding(
                rule="free-mail",
                sentence=_("The email address is a free one (%(domain)s).", domain=domain),
                holds=False,
            )
        )
    if match := _CONSUMER.search(name_key(organisation)):
        findings.append(
            Finding(
                rule="kind-of-organisation",
                sentence=_("The organisation's name contains “%(word)s”.", word=match.group(0)),
                holds=True,
            )
        )
    for text in free_text:
        if match := _PERSONAL_USE.search(name_key(text)):
            findings.append(
                Finding(
                    rule="personal-use",
                    sentence=_("The buyer wrote “%(words)s”.", words=match.group(0)),
                    holds=True,
                )
            )
    return Screening(findings=tuple(findings))
