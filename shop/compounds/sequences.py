"""Peptide sequences: read as people write them, checked, and written out in one or three letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

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

UNUSUAL = {
    "pGlu": "pyroglutamic acid",
    "Mpa": "3-mercaptopropionic acid",
    "Abu": "2-aminobutyric acid",
    "Aib": "2-aminoisobutyric acid",
    "Ahx": "6-aminohexanoic acid",
    "azaGly": "azaglycine",
    "bAla": "beta-alanine",
    "Cha": "cyclohexylalanine",
    "Cit": "citrulline",
    "Cpa": "4-chlorophenylalanine",
    "Dab": "2,4-diaminobutyric acid",
    "Dap": "2,3-diaminopropionic acid",
    "hArg": "homoarginine",
    "Hcy": "homocysteine",
    "hPhe": "homophenylalanine",
    "Hyp": "hydroxyproline",
    "Lys(Ac)": "N6-acetyllysine",
    "MeAla": "N-methylalanine",
    "MeBmt": "N-methyl-(4R)-4-[(E)-2-butenyl]-4-methylthreonine",
    "MeLeu": "N-methylleucine",
    "MePhe": "N-methylphenylalanine",
    "MeVal": "N-methylvaline",
    "Met(O)": "methionine sulfoxide",
    "1Nal": "3-(1-naphthyl)alanine",
    "2Nal": "3-(2-naphthyl)alanine",
    "Nle": "norleucine",
    "Nva": "norvaline",
    "Orn": "ornithine",
    "3Pal": "3-(3-pyridyl)alanine",
    "Pen": "penicillamine",
    "Phg": "phenylglycine",
    "Sar": "sarcosine",
    "Ser(tBu)": "O-tert-butylserine",
    "Ser(PO3H2)": "phosphoserine",
    "Thr(PO3H2)": "phosphothreonine",
    "Tic": "1,2,3,4-tetrahydroisoquinoline-3-carboxylic acid",
    "Tyr(PO3H2)": "phosphotyrosine",
    "Tyr(SO3H)": "sulfotyrosine",
}
"""Residues that are none of the twenty, by the code that peptide chemists print, with their names."""
OTHER_SPELLINGS = {"Pyr": "pGlu", "Glp": "pGlu", "βAla": "bAla", "Dpr": "Dap"}
FIRST_ONLY = frozenset({"pGlu", "Mpa"})
"""Residues without an amine of their own, which therefore begin a chain."""
THIOLS = frozenset({"C", "Hcy", "Pen", "Mpa"})
"""Residues whose sulfur can join another's."""
BASIC = frozenset({"H", "K", "R", "Orn", "Dab", "Dap", "hArg", "3Pal"})
"""Residues whose side chain takes a proton."""

RING = "cyclo"
"""Both ends of a peptide whose last residue is joined to its first."""
N_TERMINI = ("H", "Ac", "For", "Suc", "Myr", "Pal", "Biotin", RING)
"""Free amine, acetyl, formyl, succinyl, myristoyl, palmitoyl, biotinyl; or joined to the other end."""
C_TERMINI = ("OH", "NH2", "NHMe", "NHEt", "OMe", "OEt", "ol", "pNA", "AMC", RING)
"""Free acid, amide, methyl and ethyl amide, methyl and ethyl ester, alcohol, p-nitroanilide,
7-amido-4-methylcoumarin; or joined to the other end."""
METALS = ("Cu",)
"""Metals that may be bound, each one to one: copper(II) as in GHK-Cu."""

FEWEST_RESIDUES, MOST_RESIDUES = 2, 100
LONGEST_TEXT = 1000

_NAMED = r"(?:(?:D-)?[A-Za-z]{3})?([0-9]{1,3})"
_BRIDGE = re.compile(f"{_NAMED}-{_NAMED}")
_IN_RING = re.compile(r"(?:cyclo|c)-?\((.*)\)", re.DOTALL)
_TOKEN = re.compile(r"\[([^\[\]]*)\]|(.)", re.DOTALL)
_HYPHEN_OUTSIDE_BRACKETS = re.compile(r"-(?![^\[]*\])")


@dataclass(frozen=True)
class Residue:
    """One residue of a chain: a letter of the twenty or a code of `UNUSUAL`, and whether it is the D-form."""

    code: str
    is_d: bool = False

    @property
    def letter(self) -> str:
        """`M`, `f` for D-Phe, `[Aib]`, `[D-2Nal]`."""
        if self.code in THREE_LETTER:
            return self.code.lower() if self.is_d else self.code
        return f"[D-{self.code}]" if self.is_d else f"[{self.code}]"

    @property
    def name(self) -> str:
        """`Met`, `D-Phe`, `Aib`, `D-2Nal`."""
        name = THREE_LETTER.get(self.code, self.code)
        return f"D-{name}" if self.is_d else name


@dataclass(frozen=True)
class Peptide:
    """One defined peptide. An impossible one cannot be made.

    `residues` are one-letter codes from the amino end: a capital is an L-residue (or glycine), a lower-case
    letter its D-form, and any other residue stands in brackets (`[Aib]`, `[D-2Nal]`). Both ends are `cyclo`
    where they are joined to each other. `disulfides` are pairs of positions counted from 1, each pair and the
    pairs themselves in ascending order.

    Raises:
        Refused: an unknown residue, terminus or metal, a length outside 2 to 100, a residue where it cannot
            stand, or a disulfide that does not join two free thiols.
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
        _check_ends(self.chain, self.n_terminus, self.c_terminus)
        _check_disulfides(self.chain, self.disulfides)

    @property
    def chain(self) -> tuple[Residue, ...]:
        """The residues from the amino end."""
        return _chain(self.residues)

    @property
    def is_ring(self) -> bool:
        """Whether its last residue is joined to its first."""
        return self.n_terminus == RING

    @property
    def has_free_amine(self) -> bool:
        """Whether its first residue has an amine that nothing is bound to."""
        return self.n_terminus == "H" and self.chain[0].code not in FIRST_ONLY

    @property
    def places_for_a_proton(self) -> int:
        """How many basic side chains it has, and the amino end where that is free."""
        return sum(each.code in BASIC for each in self.chain) + self.has_free_amine

    @property
    def one_letter(self) -> str:
        """`MEHFPGP`, with a terminus only where it is modified: `CYIQNCPLG-NH2`, `cyclo(RGDfV)`."""
        if self.is_ring:
            return f"{RING}({self.residues})"
        start = "" if self.n_terminus == "H" else f"{self.n_terminus}-"
        end = "" if self.c_terminus == "OH" else f"-{self.c_terminus}"
        return f"{start}{self.residues}{end}"

    @property
    def three_letter(self) -> str:
        """`H-Met-Glu-His-Phe-Pro-Gly-Pro-OH`, both termini written; `pGlu-His-…` has no H- before it."""
        names = tuple(each.name for each in self.chain)
        if self.is_ring:
            return f"{RING}({'-'.join(names)})"
        start = (self.n_terminus,) if names[0] not in FIRST_ONLY else ()
        return "-".join((*start, *names, self.c_terminus))

    @property
    def bridges(self) -> str:
        """Disulfides as printed: `Cys1–Cys6`, several joined by commas; empty without any."""
        names = {place: f"{each.name}{place}" for place, each in enumerate(self.chain, start=1)}
        return ", ".join(f"{names[first]}–{names[second]}" for first, second in self.disulfides)


def parse(text: str, *, disulfides: str = "", metal: str | None = None) -> Peptide:
    """A peptide from its sequence in one letter (`Ac-SDAAV…`) or three (`H-Gly-His-Lys-OH`).

    D-residues are lower-case letters or `D-Phe`, other residues `[Aib]` or `Aib`, a ring of the whole chain
    `cyclo(…)`.

    `disulfides` is text such as `1-6` or `Cys1–Cys6, Cys3–Cys11`.

    Raises:
        Refused: with the letter or code and its position.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(_("A sequence has at most %(most)s residues", most=MOST_RESIDUES))
    plain = _plain(text)
    bridges = parse_disulfides(disulfides)
    ring = _IN_RING.fullmatch(plain)
    if ring:
        return Peptide(_residues(_split(ring[1].strip("-"))), RING, RING, bridges, metal)
    parts = _split(plain)
    n_terminus = parts.pop(0) if len(parts) > 1 and parts[0] in N_TERMINI else "H"
    c_terminus = parts.pop() if len(parts) > 1 and parts[-1] in C_TERMINI else "OH"
    return Peptide(_residues(parts), n_terminus, c_terminus, bridges, metal)


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


def _split(text: str) -> list[str]:
    return _HYPHEN_OUTSIDE_BRACKETS.split(text)


def _residues(parts: list[str]) -> str:
    """Residues as letters, from one run of letters or from codes; `D` before a code makes it the D-form."""
    if len(parts) == 1 and _named(parts[0]) is None:
        return parts[0]
    found: list[Residue] = []
    is_d = False
    for part in parts:
        if part in ("D", "L") and not is_d:
            is_d = part == "D"
            continue
        code = _named(part.strip("[]").removeprefix("D-"))
        if code is None:
            raise Refused(
                _(
                    "“%(code)s” at position %(position)s is not a three-letter amino acid code such as Gly",
                    code=part[:20],
                    position=len(found) + 1,
                )
            )
        found.append(Residue(code, is_d or part.startswith("[D-")))
        is_d = False
    return "".join(each.letter for each in found)


def _named(name: str) -> str | None:
    """The code of a residue by its three letters or its unusual name."""
    name = OTHER_SPELLINGS.get(name, name)
    return ONE_LETTER.get(name) or (name if name in UNUSUAL else None)


@lru_cache(maxsize=2000)
def _chain(residues: str) -> tuple[Residue, ...]:
    """The residues that letters and codes in brackets stand for; what is unknown keeps its own words."""
    return tuple(
        Residue(code.removeprefix("D-"), is_d=code.startswith("D-"))
        if (code := match[1]) is not None
        else Residue(match[2].upper(), is_d=match[2].islower())
        for match in _TOKEN.finditer(residues)
    )


def _check_residues(residues: str) -> None:
    chain = _chain(residues)
    if not FEWEST_RESIDUES <= len(chain) <= MOST_RESIDUES:
        raise Refused(
            _(
                "A peptide here has %(fewest)s to %(most)s residues; this has %(count)s",
                fewest=FEWEST_RESIDUES,
                most=MOST_RESIDUES,
                count=len(chain),
            )
        )
    for position, (residue, match) in enumerate(zip(chain, _TOKEN.finditer(residues), strict=True), start=1):
        if match[1] is None and residue.code not in THREE_LETTER:
            raise Refused(
                _(
                    "%(letter)s at position %(position)s is not one of the 20 amino acids",
                    letter=match[2],
                    position=position,
                )
            )
        if match[1] is not None and residue.code not in UNUSUAL:
            raise Refused(
                _(
                    "[%(code)s] at position %(position)s is not a residue known here. Known are %(known)s",
                    code=match[1][:20],
                    position=position,
                    known=", ".join(UNUSUAL),
                )
            )
        if residue.is_d and residue.code in ("G", "Aib", "Sar", "bAla", "Ahx", "azaGly", "Mpa"):
            raise Refused(
                _(
                    "%(name)s at position %(position)s has no D-form",
                    name=THREE_LETTER.get(residue.code, residue.code),
                    position=position,
                )
            )


def _check_ends(chain: tuple[Residue, ...], n_terminus: str, c_terminus: str) -> None:
    if (n_terminus == RING) != (c_terminus == RING):
        raise Refused(_("In a ring both ends are cyclo"))
    for position, residue in enumerate(chain, start=1):
        if residue.code in FIRST_ONLY and (position > 1 or n_terminus != "H"):
            raise Refused(
                _(
                    "%(name)s has no amine of its own: it stands at the beginning, and nothing before it",
                    name=residue.name,
                )
            )


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


def _check_disulfides(chain: tuple[Residue, ...], disulfides: tuple[tuple[int, int], ...]) -> None:
    if list(disulfides) != sorted(tuple(sorted(pair)) for pair in disulfides):
        raise Refused(_("Disulfides are listed in ascending order of position"))
    joined = [position for pair in disulfides for position in pair]
    for position in joined:
        if not 1 <= position <= len(chain) or chain[position - 1].code not in THIOLS:
            raise Refused(
                _("A disulfide joins cysteines; there is none at position %(position)s", position=position)
            )
        if joined.count(position) > 1:
            name = chain[position - 1].name
            raise Refused(
                _("%(name)s%(position)s is in more than one disulfide", name=name, position=position)
            )
