"""Statements that refuse or deny a use, taken out before the rules read a sentence.

"Not for human or veterinary use", "do not inject", "not approved by the FDA", "no evidence that it treats
any disease" say the opposite of a claim. Only the statement itself is taken out: what else stands in the
sentence, or in the next one, is read as if it were not there.
"""

from __future__ import annotations

import re

from shop.claims.denials_elsewhere import DENIALS
from shop.claims.vocabulary import any_of

_NOT = r"(?:not|never|no|nor|neither|without|isn'?t|aren'?t|cannot|can'?t|mustn'?t|don'?t|doesn'?t|won'?t)"
_ONLY = r"(?!\W+(?:only|just|merely|simply|solely|limited|least)\b)"

_WHO = any_of(
    r"""
    humans?; people; persons?; anyone; patients?; animals?; pets?; veterinary; food animals?; in vivo;
    clinical; diagnos\w+; therapeutic\w*; therapy; medical; medicinal; cosmetic\w*; foods?; feed;
    drugs?; medicines?; household; personal; recreational; dietary; supplements?; parenteral;
    injectable; internal; external; topical; oral; prophyla\w+; agricultural; pesticid\w+; tattoo\w*;
    yourself; himself; herself; oneself; me"""
)
_ACT = any_of(
    r"""
    use; uses; used; using; consum\w+; administ\w+; application; treatments?; ingest\w+; inject\w*;
    inhal\w+; purposes?; exposure; dosing; products?; procedures?; practice; compounding;
    self administration; care; intake; subcutaneous\w*; intravenous\w*; intramuscular\w*; nasal;
    intranasal\w*; route\w*; resale"""
)
_LINK = (
    r"(?:any|a|an|the|or|and|nor|in|for|on|of|to|into|by|with|as|other|either|kind|sort|whatever|"
    r"living|be)"
)
_RUN = rf"(?:(?:{_LINK}|{_WHO}|{_ACT})\b[\W_]{{1,4}}){{0,24}}(?:{_WHO}|{_ACT})\b"

_REASSURING = (
    r"(?:side|adverse|harm\w*|risk\w*|toxic\w*|prescription|rx|script|doctor|needles?|syringes?|"
    r"danger\w*|shows?|detect\w*|tests?)"
)
_USE_DENIED = (
    rf"\b{_NOT}\b{_ONLY}(?:[\W_]{{1,3}}(?!{_REASSURING})\w+){{0,4}}?[\W_]{{1,3}}(?:for|in|on|to|into|"
    rf"as|by|of|with)\s+{_RUN}"
)
"""The window of the reference: a negation at most four words before "for human use" and its like."""

_VERBS = any_of(
    r"""
    diagnos\w+; treat(?:s|ed|ing|ment)?; cur(?:e|es|ed|ing); prevent(?:s|ed|ing|ion)?; mitigat\w+;
    heal(?:s|ed|ing)?; reliev\w+; inject(?:s|ed|ing)?; ingest(?:s|ed|ing)?; swallow(?:s|ed|ing)?;
    inhal(?:e|es|ed|ing); drink; eat; eaten; consum(?:e|es|ed|ing); administer(?:s|ed|ing)?; take;
    taken; taking; taste; apply; applied; give; given; use; used; using; dose; dosed; compound(?:ed)?;
    sniff; improve; affect"""
)
_WHOM = any_of(
    r"""
    any; a; an; the; all; other; human; humans; people; person; persons; anyone; anybody; animals?;
    patients?; pets?; skin; body; food; feed; drugs?; disease; diseases; disorders?; conditions?;
    illness\w*; ailments?; it; them; this; these; material; materials; product; products; reagents?;
    peptides?; contents; vials?; by; route; routes; whatever; way; yourself; myself; himself; in; into;
    to; on; or; and; nor; of; for; with; living; being; including; me; kind; as; medicine; medicines;
    therapy; treatment"""
)
_PROHIBITED = (
    rf"\b(?:{_NOT}|must not|may not|shall not|(?:nobody|no one)\s(?:may|should|must))\b{_ONLY}"
    r"(?:[\W_]{1,3}(?:to|be|ever|been|under any circumstances|intended|meant|sold|supplied|designed|"
    r"made|suitable|"
    r"and|do|does|did|will|would|can|we|you|it|i|claimed?|known|personally|directly))*[\W_]{1,3}"
    rf"{_VERBS}(?:[\W_]{{1,3}}(?:{_VERBS}|{_WHOM})\b){{0,18}}(?=\s*(?:[.,;:!?)\]\"']|$|but\b|and\b|"
    r"or\b|because\b|§))"
)
"""A prohibition, or a denial, whose object ends with the clause: "do not inject more than …" is none."""

_AGENCY = any_of(
    r"""
    (?:the )?(?:us |u\.s\. )?fda; (?:the )?ema; (?:the )?mhra; (?:the )?tga; health canada; swissmedic;
    pmda; anvisa; (?:any )?(?:regulat\w+|authorit\w+|agenc\w+|government|body|bodies|country|countries|
    jurisdiction); (?:the )?food and drug administration; (?:the )?european medicines agency; medicines"""
)
_STATUS = any_of(
    r"""
    approved authori[sz]ed licen[sc]ed registered cleared evaluated assessed reviewed endorsed
    recogni[sz]ed manufactured made produced prepared tested accredited certified labelled labeled
    intended sold supplied"""
)
_NOT_APPROVED = (
    rf"\b{_NOT}(?: yet| been| currently| a| an|"
    rf" to our knowledge){{0,3}}\s+(?:(?:{_STATUS})\b[\W_]{{1,3}}(?:or\s+)?){{1,4}}"
    r"(?:(?:by|in|for|as|with|at|to|under|a|an|any|or|and|nor|the|other|all|its|drug|medicine|"
    r"medicinal product|"
    r"human|veterinary|clinical|medical|therapeutic|use|uses|treatment|of|indication|purpose|"
    r"standards?|quality|"
    r"supplement|gmp|cgmp|iso|iec|17025|product|conditions|disease|sterile|conditions|sterility|"
    r"endotoxins?|pyrogens?|"
    rf"{_AGENCY})\b[\W_]{{0,3}}){{0,30}}"
)
_NOT_QUALITY = (
    rf"\b{_NOT}(?: of| a| an| to| made to| at| under| tested for| guaranteed| in){{0,3}}\s+"
    r"(?:(?:sterile|sterility|endotoxin free|endotoxins?|pyrogen free|gmp|cgmp|pharmaceutical|medical|"
    r"clinical|human|"
    r"injectable|injection|food|grade|quality|or|nor|and|certified|reference|material|a|iso|iec|17025|"
    r"safe|effective|"
    r"proven)\b[\W_]{0,3}){1,12}"
)
_HARM = (
    r"(?:side|harm|adverse|toxic\w*|risk|danger|unsafe|problem|contraindicat\w*|complication|reason|"
    r"limit|doubt)"
)
_NO_EVIDENCE = (
    r"\b(?:no|not|never|nor|without|lacks?|lack of|little|insufficient|"
    rf"neither)\b{_ONLY}(?:[\W_]{{1,3}}(?!{_HARM})\w+){{0,4}}?"
    r"[\W_]{1,3}(?:evidence|proof|conclusions?|claims?|statements?|suggestion|indication that|advice|"
    r"guidance|instructions?|"
    r"recommendations?|information|doses?|dosage|dosing|routes?|schedules?|inferences?|judgement)\b"
    rf"(?:(?!\b(?:but|however|yet|although|though|instead|still|just|{_HARM})\b|[.;!?:]).){{0,240}}"
)
_UNKNOWN = (
    rf"\b(?:whether|if|how|what)\b(?:(?!\b(?:but|however|{_HARM})\b|[.;!?]).){{0,200}}\b(?:is|are|"
    r"remains?|has|have|cannot|"
    r"was|were)\b[^.;!?]{0,20}\b(?:not|unknown|unclear|untested|uncertain|open|undetermined)\b[^.;!?]{0,30}"
    r"|\b(?:it is |is |are )?(?:not known|unknown|unclear|uncertain|not established)\b\W+(?:whether|"
    r"if|how|what)\b"
    rf"(?:(?!\b(?:but|however|{_HARM})\b|[.;!?]).){{0,200}}"
)
_NOT_SHOWN = (
    r"\b(?:not|never|neither|isn'?t|hasn'?t|haven'?t|doesn'?t|don'?t|cannot)(?: yet| been| ever| have|"
    r" has| be){0,3}\s+(?:(?:shown|proven|established|demonstrated|confirmed|known|mean|show(?! up)|imply|"
    r"prove|establish|suggest|support|intended|claim|say|make|render|guarantee|ensure|"
    r"stated?)\b[\W_]{1,3}(?:or )?){1,3}"
    rf"(?:(?!\b(?:but|however|yet|although|though|instead|{_HARM})\b|[.;!?:]).){{0,160}}"
)
_ANOTHER_STATEMENT = (
    r"(?:,|\band\b)\W+(?:and )?(?:it |they |this |that |still |also |even |yet |so )*(?:treat|cure|heal|"
    r"prevent|revers|reliev|improv|boost|work|help|enhanc|support|burn|reduc|lower|promot|increas|eas|end|beat|stop|"
    r"fight|restor|protect|build)(?:e?s)\b|\band (?:is|it is|it's|are) (?:\w+ )?(?:safe|effective|proven)\b"
)
_NOT_TESTED = (
    r"\b(?:not|never|neither|isn'?t|hasn'?t|haven'?t|doesn'?t|don'?t|cannot)(?: yet| been| ever| have|"
    r" has| be){0,3}\s+(?:(?:tested|evaluated|studied|assessed|verified|examined)\b[\W_]{1,3}(?:or )?){1,3}"
    rf"(?:(?!\b(?:but|however|yet|although|though|instead|{_HARM})\b|[.;!?:]|"
    rf"{_ANOTHER_STATEMENT}).){{0,160}}"
)
"""What was not tested says nothing of what the rest of the sentence then claims: "not tested and cures …"."""
_NO_STUDIES = (
    r"\b(?:no|not|without|neither)\b(?: (?:published|human|clinical|controlled|randomi[sz]ed|such|"
    r"registered|single|any|"
    r"known|adequate|large|recorded|result|results|data|study|from|in|of|have|has)){0,5}"
    r" (?:trials?|stud(?:y|ies)|data|results?|research|people|patients|humans?)\b"
    r"(?: (?:in|with|on|of|from|involving) (?:people|humans?|patients?|animals?|"
    r"adults)){0,1}(?: (?:is|are|was|were|has|"
    r"have|been|exist\w*|known|published|found|recorded|available|recorded here|here|with|this|"
    r"material|peptide|for|it|"
    r"done|reported|registered|of|the|reagent|vial)){0,10}"
    r"(?=\s*(?:[.,;:)\]]|$))"
)
_NO_USE = (
    rf"\bno (?:(?:{_WHO}|or|and|nor|any|other|,)[\W_]{{1,3}}){{1,8}}(?:use|uses|applications?|"
    r"consumption|purposes?|treatment)\b"
)
_SUBJECT_UNKNOWN = (
    r"\b(?:safety|efficacy|effects?|effectiveness|benefits?|tolerability|toxicity|activity|"
    r"suitability|use|value)\b"
    r"(?:(?!\b(?:but|however)\b|[.;!?:]).){0,80}\b(?:has|have|is|are|was|were|remains?) (?:not|never|"
    r"un\w+)(?: yet)?(?: been)?"
    r"(?: (?:established|known|shown|studied|tested|assessed|evaluated|demonstrated|proven|determined|"
    r"examined))?\b"
)
_REFUSED_BUYERS = (
    r"\b(?:we )?(?:do not|don'?t|cannot|never|will not|won'?t) (?:sell|ship|supply|send|serve|answer|"
    r"give|offer|list|stock|"
    r"make|print|carry|publish)\b(?:(?!\b(?:but|anything|nothing|unless|without|however|that doesn)\b|"
    r"[.;!?:]).){0,160}"
)
_SUBJECT_DENIED = (
    r"\b(?:orders?|requests?|questions?|enquir\w+|messages?|notes?|reviews?)\b[^.;!?]{0,100}"
    r"\b(?:refused|declined|not answered|not accepted|cancelled|rejected|not shipped|removed)\b"
)

_BARRED = (
    rf"\b(?:{_WHO}) (?:use|uses|applications?|consumption|treatment|exposure|samples?)\b(?: \w+){{0,3}}? "
    r"(?:is|are|must|may|will be) (?:strictly |expressly |always )?(?:prohibited|forbidden|excluded|barred|"
    r"not (?:permitted|allowed|intended|supported|be (?:sent|used)))\b"
    r"|\bpatients?'? samples? must not\b"
)
"""A use that is refused by the verb after it."""

_STATEMENTS = [
    re.compile(each)
    for each in (
        _BARRED,
        _REFUSED_BUYERS,
        _SUBJECT_DENIED,
        _PROHIBITED,
        _SUBJECT_UNKNOWN,
        _USE_DENIED,
        _NO_USE,
        _UNKNOWN,
        _NOT_SHOWN,
        _NOT_TESTED,
        _NOT_APPROVED,
        _NO_EVIDENCE,
        _NO_STUDIES,
        _NOT_QUALITY,
    )
]
_COULD_DENY = re.compile(
    rf"\b(?:{_NOT}|prohibited|forbidden|excluded|barred|remains?|nobody|lacks?|lack|little|"
    r"insufficient|whether|if|how|what|unknown|unclear|"
    r"uncertain|orders?|requests?|"
    r"questions?|enquir\w+|messages?|notes?|reviews?)\b"
)


def without_denials(sentence: str) -> str:
    """A sentence with every refusing or denying statement blanked, all else at its place."""
    sentence = DENIALS.sub(_blank, sentence)
    if _COULD_DENY.search(sentence) is None:
        return sentence
    for statement in _STATEMENTS:
        sentence = statement.sub(_blank, sentence)
    return sentence


def _blank(found: re.Match[str]) -> str:
    return "§" * len(found[0])
