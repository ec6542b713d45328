"""What a delivery address looks like: a post box, a parcel locker, a post office, a forwarder, a home. Pure.

Carriers need a street, and reagents go to laboratories. The words are the shop's own list; a false alarm only
makes a person look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from shop.attestations.screening import plain


class Looks(StrEnum):
    """A kind of address."""

    PO_BOX = "po_box"
    PARCEL_LOCKER = "parcel_locker"
    POSTE_RESTANTE = "poste_restante"
    FORWARDER = "forwarder"
    RESIDENTIAL = "residential"


NO_STREET = frozenset({Looks.PO_BOX, Looks.PARCEL_LOCKER, Looks.POSTE_RESTANTE})
"""Nothing that a carrier of reagents can deliver to."""

_NUMBER = r"\s*(?:n[o°ºr]\.?\s*|nr\.?\s*|#\s*)?\d"
_PATTERNS: dict[Looks, re.Pattern[str]] = {
    Looks.PO_BOX: re.compile(
        r"\bp\.?\s?o\.?\s?box\b|\bpost(?:al)? ?(?:office )?box\b|\bpobox\b|\b(?:g\.?p\.?o\.?|cmb) box\b"
        r"|\bpostfach\b|\bpostbus\b|\bpost[bf]oks\b|\bpostboks\b|\bboks \d|\bpostbox\b|\bbox \d+\s*$"
        rf"|\bbo[iî]te postale\b|\bb\.?p\.?(?:\s|:){_NUMBER}|\bcase postale\b|\bc\.p\.{_NUMBER}"
        r"|\bcasella postale\b"
        r"|\bapartado(?: de correos| postal)?\b|\baptdo\.?\s*\d|\bcaixa postal\b|\bskrytka pocztowa\b"
        r"|\bskr\.? ?poczt\.?\b|\bp\.? ?o\.? ?schließfach\b|\bpl \d+\s*$|\bpostilokero\b"
        r"|\bpostafiók\b|\bpf\.? \d"
        r"|\blocked bag\b|\bprivate bag\b|\bgpo box\b|\bmail ?bag\b|\bpostschließfach\b|\bpo-box\b"
        r"|\bабонентский ящик\b"
        r"|\bа/я\b|\bταχ\.? ?θυρίδα\b|\b私書箱"
    ),
    Looks.PARCEL_LOCKER: re.compile(
        r"\bpackstation\b|\bparcel ?(?:locker|shop|point)\b|\bpaczkomat\b|\bpakkeboks\b|\bpakkeautomat\b"
        r"|\bpaketbox\b|\bpakketautomaat\b|\bamazon (?:locker|hub)\b|\binpost\b"
        r"|\bconsigne (?:pickup|amazon)\b"
        r"|\bpoint relais\b|\brelais (?:colis|pickup)\b|\bmondial relay\b|\bpaketshop\b"
        r"|\bafhaalpunt\b|\bservicepoint\b"
        r"|\bpostnummer \d{6,}|\bcollection point\b|\bclick ?& ?collect\b|\bpudo\b|\bpostfiliale\b"
        r"|\bpickup point\b"
    ),
    Looks.POSTE_RESTANTE: re.compile(
        r"\bposte restante\b|\bpostlagernd\b|\bfermo ?posta\b|\blista de correos\b|\bgeneral delivery\b"
        r"|\bposta restante\b|\bdo rąk własnych w urzędzie\b|\bdo wezwania\b|\bpost ?office counter\b"
        r"|\bдо востребования\b"
    ),
    Looks.FORWARDER: re.compile(
        r"\b(?:freight|parcel|package|mail|cargo) ?(?:forward(?:er|ers|ing)|consolidat(?:or|ors|ion))\b"
        r"|\bforwarding\b"
        r"|\bshipito\b|\bmyus\b|\bstackry\b|\bplanet express\b|\baramex shop\b|\bshop ?& ?ship\b"
        r"|\bborderlinx\b"
        r"|\bforward2me\b|\bmail ?boxes? etc\b|\bmbe\b|\bups store\b|\bpostnet\b|\bpmb ?#?\d|\bregus\b"
        r"|\bvirtual office\b|\bmail ?drop\b|\breship(?:per|ping)?\b|\bfreight depot\b"
        r"|\bc/o .*\b(?:logistics|cargo)\b"
        r"|\bopas\b|\bqwintry\b|\bspedition\b|\btransitaire\b|\bmail ?box rental\b|\bviabox\b"
        r"|\bshipping (?:suite|locker)\b"
    ),
}
_HOME = re.compile(
    r"\b(?:apt|apartment|flat|apartamento|appartement|wohnung|whg|piso|lägenhet|lgh|leilighet|m\.? \d+)\b"
    r"\.?\s*#?\s*\w"
    r"|\b\d+[oa°] (?:izq|dcha|[a-d])\b|\btrailer\b|\bbasement flat\b|\bground floor flat\b"
    r"|\bstudent (?:hall|house|housing|room)\b|\bbei (?:familie|müller|schmidt)\b|\bfamilie \w"
    r"|\bchez (?:m\.|mme|monsieur|madame)"
)
_ORGANISED = re.compile(
    r"\b(?:universit\w*|institut\w*|hospital\w*|laborator\w*|labs?|college|school|faculty|department|dept|research"
    r""
    r"|science|sciences|biotech\w*|pharma\w*|gmbh|ag|inc|ltd|llc|b\.?v|s\.?a|s\.?r\.?l|ab|as|oy|plc|corp\w*|campus"
    r""
    r"|company|foundation|academy|centre|center|clinic\w*|ministry|agency|goods.?in|dock|forschung\w*|hochschule)\b"
    r""
)


def looks(lines: Sequence[str], *, organisation: str = "", name: str = "") -> frozenset[str]:
    """What an address looks like.

    Args:
        lines: the address as typed, a part each.
        organisation: a name with a word of an organisation in it makes a flat a part of a building.
        name: the person; where it is the organisation too, a flat is a home whatever the words.
    """
    found = {kind for line in lines for kind, pattern in _PATTERNS.items() if pattern.search(plain(line))}
    whole = plain(" ".join(lines))
    itself = bool(name) and plain(name) == plain(organisation)
    organised = not itself and bool(_ORGANISED.search(plain(organisation)) or _ORGANISED.search(whole))
    if not organised and (_HOME.search(whole) or (itself and lines)):
        found.add(Looks.RESIDENTIAL)
    return frozenset(kind.value for kind in found)
