"""Peptide sequences: read as people write them, checked, and written out in one or three letters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shop.core.errors import Refused
from shop.core.language import gettext as _

THREE_LETTER = {
    "A": "Ala",
    "C": "Cys",
    "D": "Asp",
    "E": "Glu",
    "F": "Phe",
    "G": "Gly",
    "H": "His",
    "I": "Ile",
    "K": "Lys",
    "L": "Leu",
    "M": "Met",
    "N": "Asn",
    "P": "Pro",
    "Q": "Gln",
    "R": "Arg",
    "S": "Ser",
    "T": "Thr",
    "V": "Val",
    "W": "Trp",
    "Y": "Tyr",
}
"""The 20 amino acids of IUPAC-IUB Recommendations 1983 (Eur. J. Biochem. 138:9), one letter to three."""
ONE_LETTER = {three: one for one, three in THREE_LETTER.items()}

N_TERMINI = ("H", "Ac")
"""Free amine, acetyl."""
C_TERMINI = ("OH", "NH2")
"""Free acid, amide."""
METALS = ("Cu",)
"""Metals that may be bound, each one to one: copper(II) as in GHK-Cu."""

FEWEST_RESIDUES, MOST_RESIDUES = 2, 100
LONGEST_TEXT = 1000

_BRIDGE = re.compile(r"(?:Cys)?([0-9]{1,3})-(?:Cys)?([0-9]{1,3})")


@dataclass(frozen=True)
class Peptide:
    """One defined peptide of L-residues. An impossible one cannot be made.

    `residues` are one-letter codes from the amino end; `disulfides` are pairs of positions counted from 1,
    each pair and the pairs themselves in ascending order.

    Raises:
        Refused: an unknown letter, terminus or metal, a length outside 2 to 100, or a disulfide that does
            not join two free cysteines.
    """

    residues: str
    n_terminus: str = "H"
    c_terminus: str = "OH"
    disulfides: tuple[tuple[int, int], ...] = ()
    metal: str | None = None

    def __post_init__(self) -> None:
        _check_residues(self.residues)
        _check_choice(self.n_terminus, N_TERMINI, _("The amino end"))
        _check_choice(self.c_terminus, C_TERMINI, _("The carboxyl end"))
        if self.metal is not None:
            _check_choice(self.metal, METALS, _("The bound metal"))
        _check_disulfides(self.residues, self.disulfides)

    @property
    def one_letter(self) -> str:
        """`MEHFPGP`, with a terminus only where it is modified: `CYIQNCPLG-NH2`."""
        start = "" if self.n_terminus == "H" else f"{self.n_terminus}-"
        end = "" if self.c_terminus == "OH" else f"-{self.c_terminus}"
        return f"{start}{self.residues}{end}"

    @property
    def three_letter(self) -> str:
        """`H-Met-Glu-His-Phe-Pro-Gly-Pro-OH`, both termini always written."""
        names = (THREE_LETTER[letter] for letter in self.residues)
        return "-".join((self.n_terminus, *names, self.c_terminus))

    @property
    def bridges(self) -> str:
        """Disulfides as printed: `Cys1–Cys6`, several joined by commas; empty without any."""
        return ", ".join(f"Cys{first}–Cys{second}" for first, second in self.disulfides)


def parse(text: str, *, disulfides: str = "", metal: str | None = None) -> Peptide:
    """A peptide from its sequence in one letter (`Ac-SDAAV…`) or three (`H-Gly-His-Lys-OH`).

    `disulfides` is text such as `1-6` or `Cys1–Cys6, Cys3–Cys11`.

    Raises:
        Refused: with the letter or code and its position.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(_("A sequence has at most %(most)s residues", most=MOST_RESIDUES))
    parts = _plain(text).split("-")
    n_terminus = parts.pop(0) if len(parts) > 1 and parts[0] in N_TERMINI else "H"
    c_terminus = parts.pop() if len(parts) > 1 and parts[-1] in C_TERMINI else "OH"
    return Peptide(_residues(parts), n_terminus, c_terminus, parse_disulfides(disulfides), metal)


def parse_disulfides(text: str) -> tuple[tuple[int, int], ...]:
    """Pairs of positions from text such as `1-6` or `Cys1–Cys6, Cys3–Cys11`, in ascending order.

    Raises:
        Refused: a part that is not a pair of positions.
    """
    pairs = []
    for part in filter(None, re.split("[,;]", _plain(text[:LONGEST_TEXT]))):
        bridge = _BRIDGE.fullmatch(part)
        if not bridge:
            raise Refused(
                _("Write a disulfide as two positions, such as 1-6; “%(part)s” is not", part=part[:20])
            )
        first, second = sorted(int(position) for position in bridge.groups())
        pairs.append((first, second))
    return tuple(sorted(pairs))


def _plain(text: str) -> str:
    """Without spaces, and with the hyphens and digits of a keyboard."""
    return "".join(text.split()).translate(str.maketrans("‐‑–—−₂", "-----2"))


def _residues(parts: list[str]) -> str:
    if len(parts) == 1 and parts[0] not in ONE_LETTER:
        return parts[0]
    for position, part in enumerate(parts, start=1):
        if part not in ONE_LETTER:
            raise Refused(
                _(
                    "“%(code)s” at position %(position)s is not a three-letter amino acid code such as Gly",
                    code=part[:20],
                    position=position,
                )
            )
    return "".join(ONE_LETTER[part] for part in parts)


def _check_residues(residues: str) -> None:
    if not FEWEST_RESIDUES <= len(residues) <= MOST_RESIDUES:
        raise Refused(
            _(
                "A peptide here has %(fewest)s to %(most)s residues; this has %(count)s",
                fewest=FEWEST_RESIDUES,
                most=MOST_RESIDUES,
                count=len(residues),
            )
        )
    for position, letter in enumerate(residues, start=1):
        if letter in THREE_LETTER:
            continue
        if letter.upper() in THREE_LETTER:
            sentence = _(
                "%(letter)s at position %(position)s is lower case, which stands for a D-amino acid; "
                "only L-residues, in capitals, are covered",
                letter=letter,
                position=position,
            )
        else:
            sentence = _(
                "%(letter)s at position %(position)s is not one of the 20 amino acids",
                letter=letter,
                position=position,
            )
        raise Refused(sentence)


def _check_choice(value: str, choices: tuple[str, ...], what: str) -> None:
    if value not in choices:
        raise Refused(
            _(
                "%(what)s can be %(choices)s, not %(value)s",
                what=what,
                choices=", ".join(choices),
                value=value[:20],
            )
        )


def _check_disulfides(residues: str, disulfides: tuple[tuple[int, int], ...]) -> None:
    if list(disulfides) != sorted(tuple(sorted(pair)) for pair in disulfides):
        raise Refused(_("Disulfides are listed in ascending order of position"))
    joined = [position for pair in disulfides for position in pair]
    for position in joined:
        if not 1 <= position <= len(residues) or residues[position - 1] != "C":
            raise Refused(
                _("A disulfide joins cysteines; there is none at position %(position)s", position=position)
            )
        if joined.count(position) > 1:
            raise Refused(_("Cys%(position)s is in more than one disulfide", position=position))
