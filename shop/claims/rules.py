"""The ruleset: what may not be said (C1 to C18), what may (A1 to A7), and on which surface.

Rules after the claims that regulators have quoted back to sellers; see docs/claims.md. A rule is made of
families: an expression over folded text (see `normalise`), and the contexts of the laboratory in which the same
words are innocent. Change `VERSION` with every change of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from shop.claims.vocabulary import (
    ANIMALS,
    BENCH,
    DISEASE,
    MEASURED,
    MEDICINE_WORDS,
    MEDICINES,
    PEOPLE,
    SYSTEM,
    any_of,
    gap,
)

VERSION = "2026-11.1"


class Surface(StrEnum):
    """Where a text stands."""

    PRODUCT = "P"
    """Product pages, cart, mail, feeds: whatever is one click or less from the cart."""
    MONOGRAPH = "M"
    """A monograph beside a listing, guides, and the pages around them."""
    DETACHED = "D"
    """A monograph about something that is not listed."""


class Verdict(StrEnum):
    """What follows from a finding. A block cannot be explained away; a hold needs a written reason."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as people read it."""

    id: str
    name: str
    why: str


RULES = {
    rule.id: rule
    for rule in (
        Rule("C1", "Disease", "Says or hints that the material treats, prevents, cures or eases a disease."),
        Rule("C2", "Body and wellness", "Promises an effect on the body, such as on weight, sleep or recovery."),
        Rule("C3", "Dose and schedule", "Gives a dose, a frequency, a course or a combination for use in people."),
        Rule("C4", "Route and device", "Names a way or a device of bringing the material into a body."),
        Rule("C5", "Preparing an injection", "Describes how to prepare something that would be injected."),
        Rule("C6", "Assurance", "Assures safety or effect, which nobody has shown for this material."),
        Rule("C7", "Approval and brands", "Borrows approval, endorsement or the name of a medicine."),
        Rule("C8", "Testimonial", "Tells of personal use, or quotes a review or a before-and-after story."),
        Rule("C9", "Personal goals", "Addresses consumers, athletes or a reader's own body and goals."),
        Rule("C10", "Evasion", "Uses a coded name, a wink or a stand-in for people who use the material."),
        Rule("C11", "Advice to users", "Warns or advises people who would use the material on themselves."),
        Rule("C12", "Outcomes in people", "Reports a trial or an outcome in people outside an evidence record."),
        Rule("C13", "Animals", "Concerns use in pets or farm animals, or an effect in an animal model."),
        Rule("C14", "Quality", "Claims a quality without the lot, the method and the certificate that show it."),
        Rule("C15", "Legality", "Advises on what is legal, on prescriptions or on passing customs."),
        Rule("C16", "Selling for use", "Sells what an injection needs, or a bundle, subscription or dose tool."),
        Rule("C17", "Evidence without source", "Leans on studies without naming one that a reader can look up."),
        Rule("C18", "Against a medicine", "Holds the material up against a medicine or a treatment."),
    )
}


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """An expression, compiled when a text first needs it: most contexts never are."""
    return re.compile(expression)


@dataclass(frozen=True, slots=True)
class Family:
    """One way to break a rule: what is found, on which surfaces it counts, and where it is innocent."""

    rule: str
    verdicts: tuple[Verdict, Verdict, Verdict]
    """On product surfaces, on monographs, on monographs without a listing."""
    finds: str
    needs: str
    """What must stand in the same sentence as well; empty for nothing."""
    unless: str
    """What in the same sentence makes the words innocent; empty for nothing."""
    in_paragraph: bool = False
    """Whether the context may stand anywhere in the paragraph, as the source of a sentence may."""

    def is_meant(self, sentence: str, paragraph: str) -> bool:
        """Whether the words found in a sentence are meant as the rule reads them."""
        if self.needs and compiled(self.needs).search(sentence) is None:
            return False
        around = paragraph if self.in_paragraph else sentence
        return not self.unless or compiled(self.unless).search(around) is None

    def verdict_on(self, surface: Surface) -> Verdict:
        """What a finding of this family means on a surface."""
        return self.verdicts[tuple(Surface).index(surface)]


_LETTERS = {"B": Verdict.BLOCK, "H": Verdict.HOLD, ".": Verdict.PASS}


def family(
    rule: str, verdicts: str, finds: str, *, needs: str = "", unless: str = "", in_paragraph: bool = False
) -> Family:
    """A family; `verdicts` has a letter for each surface: B blocks, H holds, a point passes."""
    on_product, on_monograph, detached = (_LETTERS[letter] for letter in verdicts)
    return Family(
        rule,
        (on_product, on_monograph, detached),
        finds,
        needs,
        unless,
        in_paragraph,
    )


G0, G1, G2, G3, G4, G6 = (gap(number) for number in (0, 1, 2, 3, 4, 6))

_CITED = r"\bdoi\b|10\.\d{4}|\bpmid\b|\bpmc\d|nct\d{8}|\[@|\[\d{1,3}\]|\bet al\b|isrctn|\bn ?= ?\d"
_IN_A_SYSTEM = rf"\b(?:{SYSTEM})\b|\bin vitro\b.*\b(?:{MEASURED})|\b(?:{MEASURED}).*\bin vitro\b"
_AT_THE_BENCH = rf"\b(?:{BENCH})\b"
_STUDY_TOLD = (
    rf"\b(?:trials?|stud(?:y|ies)|participants?|patients|volunteers|people|reviews?|meta analys[ie]s|mice|rats|animals|"
    rf"received|were given|was given|rabbits|dogs|monkeys)\b"
)
_STATUS_TOLD = (
    r"\b(?:in (?:19|20)\d\d|since (?:19|20)\d\d|(?:19|20)\d\d|marketing authori[sz]ation|label\b|prescribing information|"
    r"orphan|registered in|authori[sz]ed in|licen[sc]ed in|approved (?:by|in|as|for)|withdrawn|nda \d|bla \d)"
)
_HAZARD = (
    r"\b(?:sds|safety data sheet|h\d{3}|p\d{3}|ghs|first aid|if (?:swallowed|inhaled|on skin|in eyes|exposed)|harmful if|"
    r"toxic if|fatal if|gloves|fume hood|ld ?50|irritat\w+|spill\w*|dust|ventilat\w+|goggles|needle ?stick|sharps)\b"
)

_ACTS_ON = (
    r"(?:treats?|cures?|heal|prevent|reverse|relieve|ease|slows?|stops?|halts?|delays?|kills?|destroys?|clears|beats|defeats?|"
    r"heals|prevents?|reverses|relieves?|"
    r"alleviates?|eases|combats?|fights|remed(?:y|ies)|ameliorates?|"
    r"eradicat(?:es?|ing)|sooth(?:es?|ing)|battl(?:es?|ing)|tackl(?:es?|ing)|attenuat(?:es)|banish(?:es)?|"
    r"protect(?:s|ing)?(?: you)? (?:against|from)|guard(?:s)? against|clears? up|gets? rid of|knocks? out|"
    r"(?:helps?|used|able|shown|proven|said|known|believed|reported|may|can|could|might|will|would|to)(?: to)?(?: \w+)? "
    r"(?:treat|cure|heal|prevent|reverse|relieve|ease|fight|manage|control|reduce|mitigate|slow|stop|beat|overcome|"
    r"lower|improve|attenuate|alleviate))"
)
_ACTING_ON = (
    r"(?:treating|curing|healing|preventing|reversing|relieving|alleviating|easing|combating|fighting|ameliorating|"
    r"managing|controlling|overcoming|beating|eliminating|reducing|slowing|stopping|mitigating)"
)
_NOUN_OF_CARE = (
    r"(?:treatments?|therap(?:y|ies)|therapeutics?|remed(?:y|ies)|cures?|relief|prevention|prophylaxis|management|"
    r"healing|medications?|medicines?|drugs?|interventions?|support|solution|answer|help|aid|protection)"
)
_TRIAL_TOLD = rf"\b(?:trials?|participants?|patients|placebo|randomi[sz]ed|meta analys[ie]s|cochrane|volunteers|reports?)\b"
_PROMISED = (
    r"(?:potential|promising|possible|novel|emerging|effective|natural|alternative|breakthrough|candidate|new|future|"
    r"best|ideal|powerful|investigational|experimental|first line|viable|next generation)"
)
_BENEFIT = (
    r"(?:(?:support|boost|enhanc|improv|promot|optimi[sz]|accelerat|restor|strengthen|maximi[sz]|speed|"
    r"sharpen|fuel|unlock|rejuvenat|repair|renew|amplif|"
    r"encourag|enrich|upgrad|heighten|amp|supercharg|kickstart|revitali[sz]|preserv|sustain|facilitat)\w*|(?:balanc(?:es?|ing)|aid(?:s|ing)?|help(?:s|ing)?|build(?:s|ing)?|grow(?:s|ing)?))"
)
_NEUTRAL = r"(?:increas|stimulat|elevat|rais|regulat|maintain|modulat)\w*"
"""Verbs of benefit on a product page, and of physiology on a monograph."""
_LOWERING = r"(?:reduc|lower|decreas|curb|suppress|control|burn|shed|melt|blunt|kill|manag|cut|minimi[sz]|block|slash|trim|torch|drop)\w*"

_GOALS = any_of(
    r"""weight ?(?:loss|management|control|reduction)(?! on (?:drying|heating|ignition)); fat ?(?:loss|burn\w*|melt\w*|
    reduction|metabolism|cutting); burns? (?:body |belly |stubborn |more |excess )?fat; (?:lose|losing|loses|shed|shedding|
    drop|dropping) (?:weight|fat|pounds|inches|kilos|lbs|kg|belly|body ?fat|stubborn|the weight|excess|unwanted|a few); slimming; slim down; get (?:ripped|
    shredded|jacked|lean|swole|big); lean (?:muscle|mass|body|gains?|physique); muscle ?(?:growth|gains?|mass|
    building|build\w*|recovery|repair|strength|pumps?|definition|tone|hypertrophy|preservation); (?:build|builds|building|gain|gains|gaining|add|
    adds|pack on|put on) (?:\w+ )?(?:muscle|size|lean); body ?(?:recomposition|composition|fat|sculpting|building);
    recomp; (?:appetite|hunger|craving) (?:suppress\w*|control|reduc\w*|curb\w*|management); appetite; cravings; eat less; feel(?:ing)? full(?:er)?; (?:inches|pounds|kilos|centimet(?:er|re)s) off; waist ?lines?; keeps? you (?:alert|awake|full|young|energi[sz]ed|focused|going|lean|calm|sharp|strong|warm); anti ?ag(?:e)?ing; anti ?age; (?:more|less|bigger|stronger|leaner|fewer|reduced|extra|increased|better) (?:body )?(?:muscles?|fat|stamina|libido|weight gain|appetite|wrinkles|hunger|strength in the gym|sleep); (?:bigger|stronger|leaner|fitter|younger|slimmer|sharper|calmer|happier)(?:,| and|\.) (?:and )?(?:\w+ )?(?:bigger|stronger|leaner|slimmer|younger|fitter|sharper|calmer|faster|happier|healthier); (?:skin|hair|face|complexion|body) (?:looks?|feels?|becomes?|gets?|stays?|appears?|glows?) (?!like)\w+; help(?:s|ing)? (?:you |with |to )+(?:\w+ ){0,2}?(?:weight|sleep|fat|muscles?|recover|skin|hair|focus|mood|energy|stress|cravings|libido|relax|unwind|concentrate|remember|slim);
    longevity; (?:life|health) ?span extension; extend(?:s|ed|ing)? (?:your )?(?:life|health) ?span; youthful\w*; fountain of youth; rejuvenation; age reversal; revers\w+ ag(?:e)?ing;
    turn back the clock; wrinkles?; fine lines; crow'?s feet; glowing skin; (?:skin|hair|nail|joint|gut|brain|heart|bone|immune|liver|
    metabolic|hormonal|mental|sexual|prostate|cellular|vascular|cognitive|mitochondrial|reproductive|digestive|emotional)
    (?:health|glow|rejuvenation|tightening|firmness|wellness|support|optimi[sz]ation|vitality|balance|performance|
    wellbeing|clarity|renewal|boost\w*|repair|detox|elasticity|quality); (?:younger|radiant|firmer|tighter|clearer|
    smoother|healthier|plumper)(?: looking)? (?:skin|complexion|hair|face); hair ?(?:growth|regrowth|restoration|thickness|density); thicker hair; tann(?:ing|ed); 
    libido; sex drive; arousal; erections?; virility; sexual (?:function|desire|health|performance); testosterone (?:levels?|
    boost\w*|production); (?:deep|deeper|better|restful|quality|sound|restorative|improved) sleep; sleep (?:quality|aid|better|deeper|support|cycle support|like a baby);
    (?:faster|quicker|rapid|speedy|athletic|post ?workout|muscle|injury|exercise|enhanced|accelerated|workout|tissue) recovery; recovery (?:time|
    from|after|between) (?:workouts?|training|exercise|injur\w+|surgery|illness|sessions?); recover(?:s|y|ing)? faster; (?:better|improved) (?:recovery|memory|focus|mood|digestion|endurance|cognition|skin|hair);
    joint (?:health|pain|mobility|comfort|recovery); tissue (?:repair|regeneration|healing); tendon (?:repair|healing|health); wound healing; mental (?:clarity|
    focus|performance|energy|sharpness|edge); (?:memory|cognitive|cognition|brain|focus|mood|energy|immunity|immune|metabolism|metabolic|testosterone|
    endurance|stamina|performance|collagen|confidence|strength|growth hormone|gh|nitric oxide|nad) (?:enhanc\w+|boost\w*|lift\w*|elevat\w+|improve\w*|upgrade|stimulat(?:or|ing)|booster|optimi[sz]\w+);
    cognitive (?:function|performance|abilit\w+|benefits?|edge|decline|gains); smart drug; nootropic (?:effects?|benefits?|stack|support|properties|use); limitless;
    (?:more|extra|higher|increased|sustained|all day) energy\b(?! (?:collision|dissociation|transfer|input|photon|consum\w*|level|barrier|state)); energy levels?(?! diagram); stamina; athletic performance; endurance(?! test of the); physique; vitality;
    wellness; well ?being; detox\w*; biohack\w*; immune (?:support|boost\w*|system support|defen[cs]e); (?:blood sugar|glucose|glyc[ae]+mic|a1c|hba1c|cholesterol|
    blood pressure) (?:control|support|management|balance|regulation|levels? in check); metabolic (?:health|support|rate boost\w*|function|
    reset); stress (?:relief|reduction|resilience|management); mood (?:support|booster|enhancement|stability|swings?|lift); happiness; feel good; satiety support; neuroprotection;
    regenerative (?:benefits?|properties|effects?|medicine|healing|peptide|power); healing (?:properties|peptide|benefits?|power|effects?|response|process|time); performance enhanc\w+; physical performance;
    (?:health|wellness|therapeutic|anti ?inflammatory|physiological|clinical|medical|body|fitness|aesthetic|cosmetic) benefits?; benefits? (?:include|for (?:the|your)? ?(?:body|skin|brain|health|men|women|users?|athletes))"""
)
_OBJECTS_OF_USE = any_of(
    r"""weight; bodyweight; body weight; appetite; hunger; cravings; fat; adiposity; sleep; libido; mood; fatigue; cognition; cognitive \w+;
    memory; learning; concentration and focus; mental \w+; brain function; alertness; motivation; metabolism; metabolic \w+; stamina; endurance; vitality; testosterone; hormone levels;
    growth hormone (?:levels?|secretion|release|production|output); igf 1 levels?; insulin (?:secretion|sensitivity|resistance|response|levels?|release); blood (?:sugar|glucose|pressure|flow|circulation|lipids|vessels health);
    glucose (?:levels?|uptake|tolerance|homeostasis|metabolism); cholesterol; lipid (?:profile|levels|metabolism); collagen(?: production| synthesis| levels)?; elastin; skin; complexion; hair; nails; joints?; cartilage; tendons?; ligaments?;
    bone density; bones; muscles?; muscle \w+; immunity; immune (?:system|function|response); gut (?:lining|function|barrier|motility); digestion; inflammation; pain; anxiety; stress; wrinkles;
    longevity; lifespan; healthspan; ag(?:e)?ing; fertility; circulation; healing; recovery; regeneration; tissue (?:repair|growth|regeneration|healing); angiogenesis; wound (?:healing|closure|repair); focus; energy; strength; power output; performance; health; heart (?:function|rate|health); kidney function; liver function;
    lean (?:mass|tissue); oxytocin levels; serotonin; dopamine; nerve (?:growth|repair|regeneration); neurogenesis; neuroplasticity; synaptic plasticity; mitochondrial (?:function|health|biogenesis|energy|output)"""
)
"""Things about a body that a benefit is promised for; many have a sense at the bench too."""

_ANALYTICAL_SENSE = (
    r"\b(?:molecular weights?|molar mass|dry weight|by weight|weight (?:loss )?on|loss on drying|thermogravimetr\w*|tga\b|weigh\w*|recovery of (?:the |each |our )?(?:\w+ )?"
    r"(?:peptide|analyte|standard|protein|spike\w*|sample|product|material|label|signal|tracer|fluorescence)|(?:peptide|analyte|spike|protein|sample|signal|fluorescence|product|mean|extraction|mass|solvent|data|disaster|standard|resin|yield and) recovery|recovery (?:rate|was|after photobleach\w*|"
    r"experiments?|\(?\d|in (?:the )?(?:spe|lc|wash|eluate|matrix))|ionic strength|field strength|strength of the (?:buffer|acid|signal)|collision energy|laser energy|energy transfer|beam|focus(?:ing)? (?:ion|of the|plane|lens)|"
    r"isoelectric|memory effect|carry ?over|machine learning|peak|baseline|resolution|sensitivity of the|ionisation|ionization|solubility|dissolution|column|buffer|signal to noise|instrument\w*|detector|software|"
    r"skin (?:contact|irritat\w*|sensiti[sz]\w*|corros\w*|exposure|protection)|avoid contact|protect (?:eyes|skin)|gloves?|glucose (?:free|solution|medium)|dmem|hydrogels?|matrix (?:effect|coated)|collagen (?:coated|gel|matrix|type|hydrogel|i\b|iv\b|scaffold)|performance (?:of the|liquid|check|test)|high performance|shelf life|"
    r"stress (?:test|stud|condition)\w*|forced degradation|oxidative stress conditions?|mechanical stress|stability|batch|packaging|supply|lead times?|throughput|hair ?pin|animal skin gelatin|power supply)\b"
)

_MASS = r"(?<![\d.])\d{1,5}(?:[.,]\d{1,4})?(?: ?(?:-|to|or|/) ?\d{1,5}(?:[.,]\d{1,4})?)? ?"
_AMOUNT = rf"(?:{_MASS}|\b(?:one|two|three|four|five|half a|a few|a couple of) )" + r"(?:mcg|ug|micrograms?|mg|milligrams?|g|grams?|iu|i\.u\.|units?|ml|cc|drops?|sprays?|puffs?|vials?|capsules?|caps|pills?|tablets?|clicks?|pumps?|shots?|injections?|mikes|nmol|ng|nanograms?)\b"
_NUMBER = r"(?:\d{1,3}|one|two|three|four|five|six|eight|ten|twelve|sixteen|a few|several)(?: ?(?:-|to|or) ?(?:\d{1,3}|two|three|four|six|eight|ten|twelve|sixteen))?"
_OFTEN = (
    r"(?:(?:once|twice|thrice|one time|two times|three times|\d ?x|\d times)(?:[ -](?:a|per|each|every|/))?(?: ?(?:daily|weekly|day|week|month|nightly))?|daily|weekly|nightly|monthly|biweekly|everyday|"
    r"(?:a|per|each|every|/) ?(?:other |second |third |single )?(?:day|week|night|morning|evening|month|weekday|\d{1,2} ?(?:h|hrs?|hours|days)|monday)|"
    rf"every (?:{_NUMBER}) (?:hours|days|weeks)|/ ?(?:day|week|d|wk)\b|b\.?i\.?d\b|t\.?i\.?d\b|q\.?d\b|eod\b|e\d ?d\b|q\d{{1,2}}h|ed\b|before (?:bed|sleep|meals?|breakfast|workouts?|training|the gym)|"
    r"at (?:night|bedtime)|pre ?workout|post ?workout|(?:in the |each |every )?mornings?\b|after (?:training|meals?|workouts?)|upon waking|(?:the |for the )?first (?:week|month|two weeks|few (?:days|weeks))|(?:in )?weeks? (?:one|1\b|two|2\b)|on (?:an )?empty stomach|with (?:food|meals?)|mon/wed/fri|mwf\b)"
)
_FEEDING_CULTURES = (
    r"\b(?:centrifug\w+|spin|spun|vortex\w*|rins\w+|wash\w*|medium|media|wells|(?:per|each|every) well|well plates?|plates?|flasks?|dish(?:es)?|cultur\w+|columns?|buffers?|autosampler|calibrat\w+|qc|standards|(?:calibration|reference|internal|working) standard|incubat\w+|cells?|slices|eluent|tubes?|samples?|lab(?:oratory)? (?:throughput|uses)|balance)\b"
)
_IMPURITY = r"\b(?:residual|impurit\w+|limits?|heavy metals?|elemental|ppm|solvent content|ld ?50|lc ?50|icp ms|noael|adi\b)\b"
_BENCH_DOSE = (
    r"dose[ -]?(?:response|dependen\w+|effect|rate|finding assay|curve)|dosed? (?:into|to|onto|in) (?:the |each )?(?:wells?|cells?|plates?|medium|cultures?|bath|slices|reactor|solution)|"
    r"(?:dosing|dosage|dose) of (?:the )?(?:wells?|cells?|cultures?|plates?|organ bath|slices|reactor|x ?rays|uv|gamma|radiation)|(?:cells?|wells?|cultures?|plates?|slices|organoids?|monolayers?|fibroblasts?|neurons|rings) (?:were|was|are|is) dosed|"
    r"(?:radiation|x ?ray|uv|gamma|electron|photon|absorbed|e ?beam|light) doses?|dose of (?:radiation|uv|light|gamma|x ?rays|electrons)|dosing (?:pumps?|units?|valve|port|nozzle|module|syringe pump|system of the|wells)|electron dose|"
    r"dose (?:received by (?:the )?(?:cells|film|detector))|(?:per|each|every) well|in vitro doses?|dosed? at \d[\d.]* ?(?:n|u|m|p)m\b|doses? of \d[\d.,]* ?(?:n|u|m|p)m\b|(?:highest|lowest|each|five|six|seven|eight|increasing) (?:concentration|dose)s? (?:tested|plotted)? ?.*\b(?:n|u|m|p)m\b"
)
_REPEATED_AT_BENCH = (
    r"(?:freez\w+|thaw\w*|pcr|thermal|thermo\w*|temperature|cell|duty|wash\w*|centrifug\w+|lyophili\w+|freeze dry\w+|coupling|deprotection|synthesis|menstrual|krebs|tricarboxylic|citric|tca|o?estrous|light|autoclav\w+|qpcr|ct\b|\bcq\b|clean\w+|pump\w*|valve|scan|"
    r"heating|cooling|purge|vacuum|regenerat\w+|catalytic|redox|sampl\w+|charge|annealing|denatur\w+|amplification|drying|sonicat\w+|defrost|compressor|edman|machine|instrument|measurement|voltammet\w*|life|business|review|urea|cell's|reaction|battery|acquisition|gradient|injection)"
)

_ROUTE_BODY = (
    r"(?:subcutaneous\w*|sub ?q\b|sub ?cut?\b|subcut\w*|under the skin|intramuscular\w*|intravenous\w*|intraperitoneal\w*|abdomen|abdominal|belly|stomach|thighs?|glutes?|buttocks?|deltoids?|navel|love handles|"
    r"yourself|your(?:self)? (?:body|arm|leg|stomach|belly|thigh)|fatty tissue|skin ?fold|into (?:the |a )?(?:muscle|vein|fat|skin|body|patient|person|people|humans?))"
)
_CHROMATOGRAPHIC = (
    r"\b(?:colonne|saule|columna|colonna|kolom|coluna|hplc|uplc|uhplc|lc\b|lc ?/? ?ms\w*|gc\b|chromatogra\w+|columns?|autosampl\w+|injector|injection (?:volumes?|ports?|valves?|loops?|peaks?|sequence|solvent|mode|precision|repeatability|mou?ld\w*|system|needle|time|speed|cycle|line|plug|order)|"
    r"flow injection|(?:blank|replicate|repeat|duplicate|triplicate|six|five|three|sample|needle|test|standard|consecutive|loop|partial loop|on column|split|splitless|direct|spr|biacore|fia|electrokinetic|hydrodynamic) injections?|per injection|between injections|injection to injection|mass spec\w*|spectromet\w+|oocytes?|microinject\w*|bracket\w*|standards|embryos?|zygotes?|"
    r"detector|capillary|biacore|spr\b|itc\b|calorimet\w+|titrant|septum|gas ?tight|loop\b|mou?ld\w*|chip|microfluidic\w*|flow cell|dependency injection|sql injection|syringe pump|reactor)\b"
)
_SYRINGE_AT_BENCH = (
    r"\b(?:syringe filters?|syringe pumps?|hamilton|gas ?tight|luer|septum|septa|glass syringe|(?:microlit(?:re|er)|ul|\d+ ?ul|manual) syringe|hplc|uplc|spe|0\.22|0\.45|filtration|filter\w*|columns?|degas\w*|manifold|schlenk|nitrogen|argon|anhydrous|needle wash|autosampler|"
    r"chromatogra\w+|infus(?:e|ion) (?:pump|rate|at)|direct infusion|esi|solvent|syringe plunger|reaction vessel|spps|fritted|slurry|gels?|resin|polypropylene|acetonitrile|dcm|tfa|mass spec\w*|calibration syringe|lysates?|shear\w*|homogeni\w+|viscos\w+|rheomet\w+|hydrogel|printer|sds|sharps)\b"
)
_NEEDLE_AT_BENCH = _SYRINGE_AT_BENCH + r"|needle (?:valve|wash|like|shaped|crystals?|seat|port|height|depth|nose)|crystal\w*|pine|sewing|gel loading|spinal needle of"

_NO_HARM = r"(?:known |reported |clinically |significant |noticeable |real |serious |major |nasty |unwanted |negative |harsh |or )*(?:side ?effects?|adverse (?:effects?|events?|reactions?)|downsides?|toxicity|risks?)"

_PURE = r"(?<![\d.])(?:100|9\d(?:\.\d{1,2})?) ?(?:%|percent|per cent)\+?\W{0,3}(?:\w+ ){0,2}?(?:pure|purity)\b|\b(?:pure|purity)\b(?:\W{1,4}(?:of|is|was|level|rating|guaranteed|at|least|over|above|than|greater|exceeding|minimum|always|up|to|tested|verified|the|by|hplc)){0,4}\W{0,4}(?<![\d.])(?:100|9\d(?:\.\d{1,2})?) ?(?:%|percent|per cent)"
_BOUND_TO_RECORD = (
    r"\blots?\b\W{0,3}(?:no\.? ?|number |# ?)?[a-z]{0,5}[- ]?\d[\w-]*|\b[a-z]{2,4}[- ]\d{4}[- ][a-z]\b|\b(?:rp )?(?:hplc|uplc)\b|\b2\d\d nm\b|\barea\b|\bnpc\b|\bnet peptide\b|\bamino acid analysis\b|\baaa\b|\bqnmr\b|\bby (?:lc|nmr|ms|uv)\b|\bacceptance\b|\brelease limit\b|\bspecification\b|\blimit\b|"
    r"\bcertificate (?:no|number|of|revision|coa)|\bcoa[- ]?(?:no\.? ?)?\d"
)
_STERILE_AT_BENCH = (
    r"sterile (?:water|saline|technique|conditions?|filt\w*|tips?|tubes?|pbs|buffer\w*|medi\w*|hood|pipett\w*|container|field|distilled|deioni[sz]ed|ultrapure|solution|solvent|dmso|0\.|syringe filter|bench|flow|cabinet|cultures?|swabs?|gloves?|plastic\w*|cryo\w*|membrane|aqueous|nuclease|bottle|flask|loop|acetic|hcl|stock|plates?|dish\w*|spatula|eppendorf|micro\w*|room|air|environment|handling|work\w*|aliquots?|supernatant|stopper|screw|needle)"
)


def _families() -> Iterator[Family]:
    yield from _disease()
    yield from _wellness()
    yield from _dose()
    yield from _route()
    yield from _preparation()
    yield from _assurance()
    yield from _approval()
    yield from _testimonial()
    yield from _personal()
    yield from _evasion()
    yield from _advice()
    yield from _people()
    yield from _animals()
    yield from _quality()
    yield from _legality()
    yield from _selling()
    yield from _evidence()
    yield from _comparison()


def _disease() -> Iterator[Family]:
    bench_object = (
        rf"\b(?:treat\w*|prevent\w*|reduc\w*|control\w*) (?:\w+ ){{0,3}}(?:cells?|samples?|cultures?|wells?|membranes?|slices|surfaces?|resins?|columns?|plates?|glassware|oxidation|adsorption|contamination|"
        r"aggregation|degradation|evaporation|bias|foaming|precipitation|growth of|infection of)\b|\binfection of (?:the )?(?:cultures?|cells?)\b|\bmultiplicity of infection\b|\bstress (?:test|stud)\w*|\b(?:mechanical|thermal|shear) stress\b|\bswelling of (?:the )?resin|\bresin swelling|\bcolds? (?:room|packs?|chain|trap)|\bageing of (?:the )?(?:column|solution|lamp)|\bshock (?:wave|absor)\w*|\bheat shock|\bcold shock"
    )
    yield family("C1", "BBB", rf"\b{_ACTS_ON}{G4}{DISEASE}\b", unless=rf"{bench_object}|{_HAZARD}")
    yield family("C1", "B..", rf"\b{_ACTING_ON}{G4}{DISEASE}\b", unless=rf"{bench_object}|{_HAZARD}")
    yield family("C1", ".BB", rf"\b{_ACTING_ON}{G4}{DISEASE}\b", unless=rf"{bench_object}|{_HAZARD}|{_TRIAL_TOLD}")
    yield family(
        "C1", "BBB", rf"\b(?:treated|cured|healed|prevented|reversed|relieved|eased|alleviated|eliminated){G3}{DISEASE}\b",
        unless=rf"{bench_object}|{_HAZARD}|\b(?:treated|patients|people|those|adults|infants|men|women) (?:with|for)\b|\b(?:mice|rats|animals|cells?|rabbits)\b",
    )  # fmt: skip
    yield family(
        "C1", "B..", rf"\b{_NOUN_OF_CARE}\s(?:of|for|against|from|in|with|to|option for|options for|support for){G4}{DISEASE}\b",
        unless=rf"{bench_object}|{_HAZARD}|\b(?:support for|help with|help for|aid for|answer to|solution (?:of|for|in|to|with)) (?:\w+ )?(?:stress test|pain points?)",
    )  # fmt: skip
    yield family(
        "C1", ".BB", rf"\b{_NOUN_OF_CARE}\s(?:of|for|against|from|option for|options for|support for){G4}{DISEASE}\b",
        unless=rf"{_TRIAL_TOLD}|{bench_object}|{_HAZARD}|\b(?:support for|help with|help for|aid for|answer to|solution (?:of|for|in|to|with)) (?:\w+ )?(?:stress test|pain points?)",
    )  # fmt: skip
    yield family(
        "C1", "B..", rf"\b{DISEASE}{G1}(?:treatments?|therap(?:y|ies)|relief|remed(?:y|ies)|cures?|medications?|medicines?|drugs?|reversal|healing|prevention|protocol|support|fighter|fighting|killer|recovery|management|solution)\b",
        unless=rf"\b(?:heat|solvent|surface|cell|water|resin|dmso|enzyme|tfa) treatments?\b|\bstress (?:relief|annealing) of\b|\bassay\w*|\bin vitro\b|{_HAZARD}|\bswelling (?:solution|of)|\bshock treatment",
    )  # fmt: skip
    yield family(
        "C1", ".BB", rf"\b{DISEASE}{G1}(?:treatments?|therap(?:y|ies)|relief|remed(?:y|ies)|cures?|medications?|medicines?|drugs?|reversal|healing|prevention|protocol|support|fighter|fighting|killer|recovery|management|solution)\b",
        unless=rf"{_TRIAL_TOLD}|\b(?:heat|solvent|surface|cell|water|resin|dmso|enzyme|tfa) treatments?\b|\bstress (?:relief|annealing) of\b|\bassay\w*|\bin vitro\b|{_HAZARD}|\bswelling (?:solution|of)|\bshock treatment",
    )  # fmt: skip
    yield family(
        "C1", "BBB", rf"\b{_PROMISED}{G2}(?:treatments?|therap(?:y|ies)|therapeutics?|cures?|remed(?:y|ies)|medicines?|healing agents?|drug candidates?)\b",
        unless=r"\b(?:heat|solvent|surface|cell|water|resin|dmso|enzyme|tfa|acid|thermal|plasma|enzymatic|waste|sample) treatments?\b|treatments? of (?:the )?(?:cells?|samples?|surfaces?|resins?)",
    )  # fmt: skip
    yield family("C1", "BBB", r"\btherapeutic(?:ally)? (?:useful|relevant|valuable|important|potential|benefits?|effects?|use|uses|propert\w+|agents?|applications?|promise|peptides?|value|window|range|results?|efficacy|power|target for|active|effective|advantages?)\b",
                  unless=r"\btherapeutic (?:antibod\w+|drug monitoring)")  # fmt: skip
    yield family("C1", "B..", r"\btherapeutic(?:s|ally)?\b|\bmedicinal\b|\bcurative\b|\bremedy\b|\bpanacea\b|\bcure all\b|\bmiracle\b",
                  unless=r"\btherapeutic (?:goods|antibod\w+|drug monitoring|potential|benefit|effect|use)|\bmedicin(?:al|es?) (?:products?|act|regulation|chemistry|agency)")  # fmt: skip
    yield family(
        "C1", "BBB", rf"\b(?:indicated|recommended|beneficial|helpful|helps?|works?|wonders|great|good|ideal|perfect|best|popular|effective|useful|intended|proven|amazing|excellent|suitable|designed|formulated|made|suggested|a must|go to|choice|peptide|powerful)\s(?:\w+ )?(?:for|against|with|in (?:people|patients|those|men|women|adults) with|in cases of){G3}{DISEASE}\b",
        unless=rf"\b(?:assay|elisa|kit|antibod\w+|detect\w*|quantif\w*|calibrat\w*|standard|marker|screening of (?:compounds|libraries))\b|{bench_object}",
    )  # fmt: skip
    yield family(
        "C1", "BHH", rf"\b(?:studied|researched|investigated|explored|examined|evaluated|tested|used|developed|being looked at|under (?:study|investigation|research)|trialled|applications?|uses?|research(?: use)?|known|considered|looked at|role|roles|promise|potential|interest|explor\w+)\s(?:\w+ )?(?:for|against|in|with|as|to|include){G4}{DISEASE}\b",
        unless=rf"\b(?:assay|elisa|kit|antibod\w+|detect\w*|quantif\w*|calibrat\w*)\b|{bench_object}|\b(?:patients|people|participants|adults|trials?|infants|cohort)\b.*\bwith\b|\b(?:studied|examined|evaluated|tested|investigated|used|trialled) in\b",
    )  # fmt: skip
    yield family(
        "C1", "B..", rf"\b(?:studied|investigated|examined|evaluated|tested|explored|researched|used|trialled|being) (?:\w+ )?in{G4}{DISEASE}\b",
        unless=rf"\b(?:assay|elisa|kit|antibod\w+|detect\w*|quantif\w*|calibrat\w*)\b|{bench_object}",
    )  # fmt: skip
    yield family("C1", "BBB", rf"^\W*(?:(?:got|have|tired of|suffering from|struggling with|chronic|worried about|living with|fed up with|had enough of) )*{DISEASE} ?\?")
    yield family("C1", "BBB", rf"\b(?:answers?|solutions?|fix|fixes|key|secret|help|hope|relief|cure|weapon) (?:to|for|against|from){G3}{DISEASE}\b",
                 unless=rf"{bench_object}|{_AT_THE_BENCH}|\bpain points?\b")  # fmt: skip
    yield family("C1", "BBB", rf"\b(?:say no to|wave goodbye to|no match for|works (?:on|against)|goes after|takes (?:aim at|on)|(?:lower|reduc|cut|decreas|minimi[sz])\w* (?:your |the |one's |their )?risk of|(?:breakthrough|hope|good news|gift|must|help|relief|support|boon|lifeline) for (?:people|patients|anyone|those|men|women|adults|children|families|sufferers)(?: (?:with|of|facing|battling))?){G2}{DISEASE}\b",
                 unless=rf"{bench_object}|{_IN_A_SYSTEM}|{_HAZARD}")  # fmt: skip
    yield family("C1", "BBB", rf"\b{DISEASE}\b(?:\W+\w+){{0,2}}?\W+(?:at bay|under control|in check|behind you|gone|sufferers?|relief|a thing of the past)\b|\bif you (?:have|suffer|'ve got|struggle with|live with) (?:\w+ ){0,2}?(?:torn|broken|bad|sore|injured|stiff|aching|damaged|weak) \w+|\boff label\b|\bsufferers?\b|\b(?:breakthrough|hope|good news|lifeline) for (?:people|patients|anyone|those|sufferers)\b|\b(?:support|help|benefit)(?:s|ing)? (?:\w+ )?(?:patients|sufferers|people (?:with|who|recovering))\b",
                 unless=rf"{bench_object}|{_TRIAL_TOLD}.*{_TRIAL_TOLD}")  # fmt: skip
    yield family("C1", "H..", rf"\b(?:implicated|involved|relevan\w+) (?:in|to){G4}{DISEASE}\b", unless=bench_object)
    yield family("C1", "H..", rf"\b{DISEASE} (?:research|studies|models?|pathways?|biology|targets?)\b", unless=bench_object)
    yield family(
        "C1", "BHH", r"\b(?:anti ?(?:inflammatory|diabetic|cancer|tumou?r|obesity|depressant|hypertensive|viral|anxiety|epileptic|arthritic|catabolic|fatigue|psychotic|arrhythmic|asthmatic|migraine|neoplastic)|neuro ?protective|cardio ?protective|hepato ?protective|gastro ?protective|cyto ?protective|reno ?protective|anxiolytic|analgesic|pain ?killing|pain ?killer|anti ?convulsant|hypoglyc[ae]+mic|immuno ?modulatory|immuno ?modulator|immuno ?stimulant|vasoprotective|tumou?r suppressing|life ?saving)\b(?! (?:cytokines?|drug monitoring|markers?|m2))",
        unless=_IN_A_SYSTEM,
    )  # fmt: skip
    yield family("C1", "BBB", r"\b(?:diagnos(?:e|es|ing|is|tic)\b)(?=.{0,40}\b(?:disease|cancer|diabetes|patients?|condition|illness|infection))",
                  unless=r"\b(?:assay development|research assay)\b")  # fmt: skip
    yield family("C1", "BBB", rf"\b(?:say goodbye to|goodbye|end|stop|no more|beat|beats|free from|freedom from|get over|rid yourself of|put an end to|suffer(?:s|ing)? (?:from|with)|struggl\w+ with|living with|diagnosed with|fight|defeat|overcome|heal)\b{G3}{DISEASE}\b",
                  unless=rf"{_AT_THE_BENCH}|\b(?:trials?|cohort|participants|patients)\b")  # fmt: skip
    yield family("C1", "BBB", r"\b(?:heals?|healing|cures?|repairs?|mends?|regenerates?|rebuilds?)\s(?:\w+ ){0,3}(?:tendons?|ligaments?|joints?|muscles?|guts?|gut lining|bones?|cartilage|nerves?|skin|tissues?|wounds?|injur\w+|hearts?|brains?|body|bodies|eyes?|livers?|kidneys?)\b",
                  unless=rf"{_IN_A_SYSTEM}|\bhealing assay|\b(?:mice|rats?|rabbits?|animals)\b")  # fmt: skip


def _wellness() -> Iterator[Family]:
    innocent_goal = (
        r"\bweight loss on\b|\bloss on drying\b|\bthermogravimetr\w*|\btga\b|\bkarl fischer\b|\bwound healing (?:assay|scratch|model)|\bscratch\b|\bhealing assay|\benergy levels? (?:diagram|of the)|\bsatiety hormone|\bbody ?fat percentage of mice|"
        r"\bendurance (?:of|test)|\bmuscle (?:cells?|strips?|homogenate|preparation)|\btissue (?:repair|regeneration)\b.*\bcells?\b|\bvitality (?:stain|assay)|\bcollagen (?:gel|scaffold)|\bquality (?:skin|hair)"
    )
    yield family("C2", "B..", rf"\b{_GOALS}(?!\w)", unless=rf"{innocent_goal}|\b(?:clinical reports?|mice|rats?|rodents?|c\. elegans|worms|flies|drosophila|zebrafish|mouse|outcomes?|records?|scales?|monograph|measured)\b|{_AT_THE_BENCH}")
    yield family("C2", ".BB", rf"\b{_GOALS}(?!\w)", unless=rf"\b{PEOPLE}\b|{innocent_goal}|\b(?:clinical reports?|mice|rats?|rodents?|c\. elegans|worms|flies|drosophila|zebrafish|mouse|patients|participants|placebo|adults|volunteers|trials?|outcomes?|records?|scales?|monograph|measured)\b|{_AT_THE_BENCH}")
    yield family("C2", "BHH", rf"\b{_GOALS}(?!\w)", unless=rf"{innocent_goal}|{_IN_A_SYSTEM}|\b(?:reports?|patients|participants|placebo|adults|volunteers|trials?|records?|outcome)\b|{_ANALYTICAL_SENSE}")
    bench_or_analysis = rf"{_ANALYTICAL_SENSE}|{_IN_A_SYSTEM}|{_AT_THE_BENCH}|{_HAZARD}|\b(?:{ANIMALS})\b|\b(?:patients?|participants?|placebo|trials?|volunteers|randomi\w+)\b"
    told_plainly = r"(?:natural(?:ly)?|healthy|your|better|overall|deep|restful|faster|lean|optimal|improved|body|the body)"
    yield family("C2", "B..", rf"\b{_BENEFIT}\b{G3}{_OBJECTS_OF_USE}\b", unless=bench_or_analysis)
    yield family("C2", ".BB", rf"\b{_BENEFIT}\b{G3}{_OBJECTS_OF_USE}\b", unless=rf"{bench_or_analysis}|\b{PEOPLE}\b")
    physiology = r"\b(?:in (?:\w+ )?(?:mammals|vertebrates|rodents)|(?:rais|increas|elevat|regulat)(?:es?|ing) (?:arterial |mean |systemic )?blood (?:pressure|flow))\b"
    yield family("C2", "B..", rf"\b{_NEUTRAL}\b{G3}{_OBJECTS_OF_USE}\b", unless=rf"{bench_or_analysis}|{physiology}")
    yield family("C2", ".HH", rf"\b{_NEUTRAL}\b{G3}{_OBJECTS_OF_USE}\b",
                 unless=rf"{bench_or_analysis}|{physiology}|\b(?:blood|heart|angiogenesis|dopamine|serotonin|hormone|release of)\b")  # fmt: skip
    yield family("C2", "B..", rf"\b{_LOWERING}\b{G3}(?:appetite|hunger|cravings|(?:body |belly |visceral )?fat|wrinkles|fatigue|anxiety|stress|inflammation|pain|blood (?:sugar|glucose|pressure)|cholesterol|recovery times?|(?:body )?weight|soreness|bloating|ag(?:e)?ing)\b",
                  unless=bench_or_analysis)  # fmt: skip
    yield family("C2", ".BB", rf"\b{_LOWERING}\b{G3}(?:appetite|hunger|cravings|(?:body |belly |visceral )?fat|wrinkles|fatigue|anxiety|stress|inflammation|pain|blood (?:sugar|glucose|pressure)|cholesterol|recovery times?|(?:body )?weight|soreness|bloating|ag(?:e)?ing)\b",
                  unless=rf"{bench_or_analysis}|\b(?:people|adults|men|women)\b")  # fmt: skip
    yield family("C2", "B..", rf"\b(?:{_BENEFIT}|{_NEUTRAL}|{_LOWERING})\s{told_plainly}\s(?:\w+ )?{_OBJECTS_OF_USE}\b",
                  unless=rf"{_IN_A_SYSTEM}|{_ANALYTICAL_SENSE}")  # fmt: skip
    yield family("C2", ".BB", rf"\b(?:{_BENEFIT}|{_NEUTRAL}|{_LOWERING})\s{told_plainly}\s(?:\w+ )?{_OBJECTS_OF_USE}\b",
                  unless=rf"{_TRIAL_TOLD}|{_IN_A_SYSTEM}|{_ANALYTICAL_SENSE}")  # fmt: skip
    yield family("C2", "BBB", r"\b(?:fat|weight|pounds|kilos|inches)\b(?:\W+\w+){0,2}?\W+(?:melts?|falls?|drops?|disappears?|comes?|peels?|goes) (?:off|away)\b")
    yield family("C2", "BBB", r"\b(?:for|better|great for|good for|aids?|with) (?:fat|sleep|muscle|skin|focus|recovery|libido|energy|joints|hair|immunity|mood|memory|strength|growth)(?: and (?:\w+ )?(?:fat|sleep|muscle|skin|focus|recovery|libido|energy|joints|hair|immunity|mood|memory|strength))?(?=\s*(?:[.,;:!?)]|$|\bpeptide))",
                  unless=rf"{_AT_THE_BENCH}|{_ANALYTICAL_SENSE}|{_IN_A_SYSTEM}")  # fmt: skip
    yield family("C2", "BBB", r"\b(?:slimming|fat|weight|skinny|sleep|beauty|healing|muscle|recovery|tanning|youth|longevity|wellness|cognitive|sex|love|happiness|memory|bodybuilding|fitness|healing) (?:peptide|compound|shots?|jabs?|drug|molecule|hormone in a vial|stack|blend|formula|pen|powder)\b",
                  unless=rf"{_AT_THE_BENCH}|\b(?:muscle|sleep) (?:peptide|hormone) (?:receptor|fraction)")  # fmt: skip


def _dose() -> Iterator[Family]:
    yield family("C3", "BBB", rf"{_AMOUNT}.{{0,40}}?\b{_OFTEN}", unless=rf"{_FEEDING_CULTURES}|{_IMPURITY}|{_STUDY_TOLD}.*(?:{_CITED})|\bml ?/ ?min")
    yield family("C3", "BBB", rf"\b{_OFTEN}(?:\W+\w+){{0,4}}?\W+{_AMOUNT}", needs=rf"\b(?:tak(?:e|en|ing)|us(?:e|ing)|dos\w+|inject\w*|pin\w*|run|subq|daily|before bed|researchers|subjects|weekly|start\w*)\b",
                  unless=rf"{_FEEDING_CULTURES}|{_IMPURITY}|{_STUDY_TOLD}.*(?:{_CITED})")  # fmt: skip
    yield family("C3", "BHH", rf"{_AMOUNT}.{{0,60}}?\b{_OFTEN}", needs=rf"{_STUDY_TOLD}.*(?:{_CITED})|(?:{_CITED}).*{_STUDY_TOLD}", unless=_FEEDING_CULTURES)
    per_kg = rf"{_MASS}(?:mcg|ug|micrograms?|mg|g|ng|nmol|umol|iu|units?|u|ml) ?(?:/|per) ?(?:kg|kilo(?:gram)?s?|lbs?|pounds?|(?:kg )?(?:of )?body ?weight|bw)\b"
    yield family("C3", "BBB", per_kg, unless=rf"{_IMPURITY}|\b(?:{ANIMALS}|soil|feed|sediment|extract\w*)\b.*(?:{_CITED})|(?:{_CITED}).*\b(?:{ANIMALS})\b|\bsoil\b|\bsediment\b|{_STUDY_TOLD}.*(?:{_CITED})")
    yield family("C3", "BHH", per_kg, unless=rf"{_IMPURITY}|\bsoil\b|\bsediment\b")
    yield family("C3", "BBB", r"\b(?:\w{1,4}g|iu|units?) (?:per|/) ?(?:day|week|month|injection|shot|application|administration|dose)\b", unless=rf"{_FEEDING_CULTURES}|{_CHROMATOGRAPHIC}|{_IMPURITY}|{_STUDY_TOLD}.*(?:{_CITED})|\bcapacity|\bproduc\w+|\bsynthesi\w+|\bpermitted daily")
    yield family(
        "C3", "BBB", r"\b(?:recommended|typical|usual|common|standard|starting|starter|loading|maintenance|daily|weekly|nightly|optimal|ideal|suggested|research|researcher|human|microdos\w*|micro|correct|right|beginner'?s?|booster|your|first|next|missed|max(?:imum)?|proper|normal|popular|therapeutic|effective daily|equivalent|human equivalent|proposed|average)\s(?:\w+ ){0,2}?(?:dos(?:e|es|age|ages|ing))\b",
        unless=rf"\b(?:{_BENCH_DOSE})|\b(?:trial|study|participants|patients)\b.*(?:{_CITED})|maximum permitted",
    )  # fmt: skip
    yield family(
        "C3", "BBB", r"\b(?:dos(?:e|es|age|ages|ing))\s(?:guides?|guidelines?|charts?|calculators?|schedules?|regimens?|protocols?|instructions?|advice|recommendations?|frequency|for (?:women|men|humans?|adults|beginners|fat|weight|sleep|muscle|\w+ use)|should|once|twice|daily|weekly|at night|up\b|yourself|per (?:day|week|kg|injection)|before|every|in the morning|equivalent|conversion|tracker|reminder|tips|window|escalation)\b",
        unless=rf"\b(?:{_BENCH_DOSE})|\bdose escalation (?:trial|study)\b.*(?:{_CITED})",
    )  # fmt: skip
    yield family("C3", "BBB", r"\bmicrodos\w+|\bhow much (?:should|do|to|can|would|of it|of this)?\W*(?:i|you|we|one|to)?\W*(?:take|inject|use|dose|pin|draw|run)\b|\bhow (?:often|many (?:units|mg|mcg|times|clicks)) (?:should|do|to|can)\b|\bposolog\w+",
                  unless=rf"{_AT_THE_BENCH}|{_CHROMATOGRAPHIC}")  # fmt: skip
    yield family("C3", "BBB", r"\b(?:begin|start|increas|rais|adjust|split|doubl|skip|work(?:ing)? up|go up|build up|reduc|miss|tak|find|know|choos|pick|calculat)\w*\b(?:\W+\w+){0,4}?\W+dos(?:e|es|age|ages|ing)\b",
                 unless=rf"{_BENCH_DOSE}|{_AT_THE_BENCH}|{_STUDY_TOLD}")  # fmt: skip
    yield family("C3", "BHH", r"\b(?:over|under|re)?dos(?:e|es|ed|age|ages|ing)\b", unless=rf"{_BENCH_DOSE}|\b(?:cells?|wells?|plates?|cultures?|assay|in vitro|nm\b|um\b|reactor|pump|feed ?stock|radiation|uv|x ?ray|gamma|electron|ld ?50|ed ?50|organ bath|slices|spill|exposure)\b")
    yield family("C3", "BBB", r"\b(?:titrat\w+|ramp\w*|taper\w*|step)\s(?:up|down|slowly|your|the dose|to (?:tolerance|effect)|weekly|every|by \d+ ?(?:mcg|mg|ug|units))\b", unless=rf"{_AT_THE_BENCH}|\bph\b|\bnaoh\b|\bkarl fischer\b|\bcalorimet\w+|\btemperature\b|\bvoltage\b|\boven\b|\bflow rate\b")
    yield family(
        "C3", "BBB", rf"\b{_NUMBER}[ -]?(?:day|week|month)s?[ -](?:\w+ )?(?:cycles?|courses?|protocols?|blast|cruise|run|regimens?|program(?:me)?s?|kickstart|plan|supply|transformation|challenge)\b",
        unless=rf"\b{_REPEATED_AT_BENCH}\b|\b(?:stability|storage|validation|training|online|shelf|stud(?:y|ies)|work\s?plan|sampling|delivery|lead)\b",
    )  # fmt: skip
    yield family("C3", "BBB", r"\b(?:run|runs|running|ran|start|finish|plan|next|first|your|my|a|one|two|three|each|this|per|bulking|cutting|steroid|peptide|healing|recovery|fat loss|post|pct|blast|gh|hgh) cycles?\b(?! (?:number|threshold|time of|sequencing|per (?:minute|second)))",
                  needs=r"\b(?:run|runs|running|your|my|bulking|cutting|steroid|peptide|healing|recovery|fat loss|pct|blast|hgh|weeks?|months?|off|muscle|lean)\b",
                  unless=rf"\b{_REPEATED_AT_BENCH}\b(?! cycles? for)")  # fmt: skip
    yield family("C3", "BBB", r"\bcycl(?:e|ed|es|ing)\s(?:it\b|on\b|off\b|on and off|for \d+ weeks|length|between peptides|with|support|lengths? of)|\b(?:weeks?|days?|months?)\s(?:on)\b\W+(?:\w+\W+){0,4}?(?:weeks?|days?|months?|\d)?\s?(?:off)\b|\b\d+ (?:weeks?|days?) off\b|\b(?:5|five|6|six) (?:days )?on\W+(?:2|two|1|one) (?:days )?off\b|\bon ?/ ?off cycle|\bbulking\b|\bcutting (?:cycles?|phase|season|agent)\b|\bpct\b(?= (?:after|protocol|cycle))",
                  unless=rf"\b{_REPEATED_AT_BENCH}\b|\bbulking agents?\b.*\b(?:mannitol|lyo\w*|cake|excipient|formulation)|\bbulking agent")  # fmt: skip
    yield family("C3", "BBB", r"\b(?:dosing|weight loss|recovery|healing|injection|fat loss|anti ?aging|wellness|loading|user|popular|beginners?|standard research|recomp|sleep|muscle|longevity|skin|maintenance|human|clinic|biohack\w*|our favou?rite|self|daily|weekly|nightly|morning|evening) protocols?\b|\bprotocols? (?:for|to)\s(?:\w+ )?(?:fat|weight|muscle|humans?|men|women|recovery|longevity|sleep|healing|athletes|injur\w+|bodybuild\w+|losing|beginners)\b",
                  unless=rf"\b(?:elisa|pcr|hplc|coupling|digest\w*|assay|wound healing assay|cell culture|calibration|maintenance of|loading buffer|column|gel|dye|sample loading|peptide loading|mhc|daily (?:calibration|qc))\b")  # fmt: skip
    yield family("C3", "BHH", r"\b(?:peptide|your|my|usage|use|dosage|research subject|user'?s?|administration) protocols?\b|\bprotocol (?:guide|stack)\b",
                  unless=rf"{_AT_THE_BENCH}|\b(?:synthesis|assay|laboratory|digest\w*|conjugation|labell?ing|purification|cleavage|your (?:own )?(?:assay|lab|validated))\b")  # fmt: skip
    yield family(
        "C3", "BBB", r"\b(?:peptide|healing|wolverine|recovery|fat ?loss|cutting|bulking|nootropic|glow|klow|gh|hgh|your|my|ultimate|beginner'?s?|sleep|muscle|weight loss|longevity|wellness|energy|gains?|sex|libido|research|best|popular|favou?rite|complete|this|supplement|daily|anti ?aging|beauty|brain|focus) stacks?\b|\bstack(?:s|ed|ing)? (?:it |this |them |these |well |nicely |perfectly |great |best |beautifully )?(?:with|alongside|together|on top of|in a)\b|\bstack(?:s|able) (?:well|nicely|perfectly)|\b(?:great|perfect|good|best|ideal|commonly|often|popular(?:ly)?|usually|try) (?:to |for |when )?stack(?:ed|ing|s)?\b|\bstack (?:guide|of \w+ peptides|discount|deal|and save)|\bstack\b.{0,20}\+",
        unless=r"\b(?:gels?|sds|page|aromatic|pi|π|bases?|plates?|trays?|boxes|incubator|freezer|racks?|images?|z stacks?|lens|rings?|membranes?|electrodes?|graphene|nucleobases?|sheets?|fuel|software|technology|tech|tubes?|slices|hydrophobic|wells|vials upright|containers|confocal|residues?|chips?|columns?|microscop\w+|tiff|fluorescen\w+)\b",
    )  # fmt: skip
    yield family("C3", "BBB", r"\b(?:daily|nightly|weekly|continuous|long[- ]term|regular|everyday|prolonged|repeated|chronic) use\b|\bstart low\b|\bgo slow\b",
                 unless=rf"{_AT_THE_BENCH}|\b(?:lab\w*|instrument|in the laboratory)\b")  # fmt: skip
    yield family("C3", "BBB", r"\b(?:loading|maintenance|saturation) (?:phase|dose|period)\b", unless=rf"{_AT_THE_BENCH}")
    yield family(
        "C3", "BBB", r"\b(?:take|takes|taken|taking|took|use|uses|used|using|consume|pin|dose|run|do|spray|inject)\s(?:it|this|them|one|two|three|half|\d+[\w.]*(?: \w+)?|the peptide|yours?|daily)?\s?(?:\w+ ){0,2}?(?:before bed(?:time)?|before sleep|at (?:night|bedtime)|nightly|daily|twice (?:a|per) (?:day|week)|twice daily|twice weekly|once (?:a|per) (?:day|week|month)|once daily|once weekly|weekly|every (?:day|morning|night|evening|other day|week)|each (?:day|morning|night|evening)|on an empty stomach|with (?:food|a meal|meals|breakfast)|in the morning|first thing|pre ?workout|post ?workout|before (?:training|workouts?|the gym|meals?|breakfast|exercise)|after (?:training|workouts?|meals?)|orally|by mouth|sublingual\w*|under the tongue|for best results|as needed|for \d+ (?:weeks|months))\b",
        unless=rf"{_FEEDING_CULTURES}|{_CHROMATOGRAPHIC}|\b(?:instrument|calibrat\w+|clean\w*|solvent|freezer|inspection|pipett\w*|readings?|measurements?|samples?|temperatures?|laboratory|balance|logs?|(?:is|are|was|were|be|been) used daily)\b|{_STUDY_TOLD}.*(?:{_CITED})",
    )  # fmt: skip
    yield family("C3", "BBB", r"\b(?:before bed(?:time)?|pre ?workout|post ?workout|upon waking|on (?:an )?empty stomach|best taken|when taken|to be taken|before (?:you )?sleep|first thing in the morning|morning and (?:night|evening)|with your (?:morning|coffee|breakfast))\b",
                  unless=rf"\b(?:medium|media|incubator|plates?|samples?|image\w*|readings?|mice|rats|trial|participants)\b")  # fmt: skip
    yield family("C3", "BBB", r"\b(?:(?:a|one|two|three|four|six|\d+)[ -]?(?:month'?s?|weeks?'?|days?'?)) (?:supply|worth)\b|\b(?:vials?|bottles?|kits?|pens?) (?:will )?lasts? (?:you )?(?:about |up to |around )?\w+ (?:weeks?|months?|days?|doses?|injections?)\b|\b(?:doses?|servings?|shots?|injections?|applications?) (?:per|in (?:a|each|every)|from (?:one|a|each)) (?:vial|bottle|pen|container)\b|\bserving size\b|\bservings?\b(?= per)",
                  unless=_CHROMATOGRAPHIC)  # fmt: skip


def _route() -> Iterator[Family]:
    yield family("C4", "BBB", rf"\binject\w*{gap(6)}{_ROUTE_BODY}|\b{_ROUTE_BODY}{gap(3)}inject\w*|\b(?:self|daily|weekly|nightly|insulin) inject\w*|\binject (?:it|this|yourself|once|daily|twice|slowly|the peptide|your|me|him|her|them)\b|\b(?:ready|prepared|suitable|safe|easy|painless|intended|made|meant|how|want|going|plan\w*|able) (?:to|for) (?:be )?inject\w*|\bi inject|\bshoot (?:it|up)\b",
                  unless=rf"{_STUDY_TOLD}.*(?:{_CITED})|\b(?:safe|ready|suitable|easy|able) (?:to|for) inject\w* (?:onto|on|into) (?:the |an? )?(?:column|hplc|lc|uplc|gc|instrument)|\b(?:ready|suitable|prepared) for (?:direct )?injection (?:onto|on|into) |\boocytes?\b|\bembryos?\b")  # fmt: skip
    yield family("C4", "BBB", r"\binject\w*\b", unless=rf"{_CHROMATOGRAPHIC}|{_STUDY_TOLD}.*(?:{_CITED})|{_HAZARD}")
    yield family("C4", "BHH", rf"\binject\w*\b", needs=rf"{_STUDY_TOLD}.*(?:{_CITED})|(?:{_CITED}).*{_STUDY_TOLD}", unless=_CHROMATOGRAPHIC)
    yield family(
        "C4", "BHH", r"\b(?:subcutaneous(?:ly)?|sub ?q\b|subcut\w*|intramuscular(?:ly)?|intravenous(?:ly)?|intraperitoneal(?:ly)?|intranasal(?:ly)?|intrathecal(?:ly)?|intradermal(?:ly)?|sublingual(?:ly)?|transdermal(?:ly)?|parenteral(?:ly)?|percutaneous(?:ly)?|iv (?:drip|infusion|push|bolus|use|therapy)|(?:s\.c\.|i\.m\.|i\.v\.|i\.p\.)|(?:sc|im|iv|ip|subq|po) (?:injection|use|route|administration|dosing|daily|once|twice|weekly|bolus|infusion))",
        unless=rf"\b(?:subcutaneous|intraperitoneal) (?:adipose|fat|tissue|tumou?rs?|xenografts?|depot|preadipocytes?|adipocytes?|cells)|{_HAZARD}|\btransdermal diffusion cell|\bfranz\b",
    )  # fmt: skip
    yield family(
        "C4", "BBB", r"\b(?:subcutaneous(?:ly)?|sub ?q\b|subcut\w*|intramuscular(?:ly)?|intravenous(?:ly)?|intranasal(?:ly)?|sublingual(?:ly)?|transdermal(?:ly)?|orally|parenteral(?:ly)?)\b",
        unless=rf"\b(?:subcutaneous|intraperitoneal) (?:adipose|fat|tissue|tumou?rs?|xenografts?|depot|preadipocytes?|adipocytes?|cells)|{_HAZARD}|{_STUDY_TOLD}|\bfranz\b|\bapproved\b|\blicen[sc]ed\b|\blabel\b|\b(?:{ANIMALS})\b|{_CITED}",
    )  # fmt: skip
    yield family("C4", "BBB", r"\b(?:suitable|ready|intended|made|designed|formulated|ideal|safe|optimi[sz]ed|perfect|convenient|prepared|works?|best|sold|supplied|use|for) (?:for |by |via |as )?(?:\w+ )?(?:intravenous(?:ly)?|iv|subcutaneous(?:ly)?|subq|sub q|intramuscular(?:ly)?|im|sc|intranasal(?:ly)?|nasal|oral|sublingual|transdermal|topical|parenteral|rectal) (?:infusions?|injections?|use|administration|delivery|application|route|shots?|drip|dosing)\b",
                 unless=rf"{_STUDY_TOLD}|{_HAZARD}|\bapproved\b|\blabel\b|{_CHROMATOGRAPHIC}")  # fmt: skip
    yield family("C4", "BBB", r"\bnasal (?:sprays?|drops?|use|administration|delivery|route|inhaler|mist|dosing)\b|\bsnort\w*\b|\b(?:under|beneath) (?:the|your|one's) tongue\b|\bappl(?:y|ied|ying) topically\b|\btopically (?:once|twice|daily|to|on)\b|\bby mouth\b|\boral (?:use|administration|dosing|capsules?|tablets?|intake|route|consumption|form|spray|drops|peptides?|version|strips?)\b|\b(?:swallow|drink|eat|ingest) (?:it|this|the|one|two|with|daily)\b|\binhal(?:e|er) (?:it|this|the|once|twice)\b|\btopical(?:ly)? (?:use|appl\w+|cream|serum|gel|to|on)|\bappl(?:y|ied|ying) (?:it |this |directly |topically |a \w+ )*(?:to|on|onto) (?:the |your |affected |clean |dry )*(?:skin|face|scalp|wounds?|body|hair|area|forehead|neck|gums)\b|\b(?:capsules?|tablets?|gummies|lozenges|troches|patches|suppositor\w+|eye drops|ear drops|serum for (?:face|skin))\b(?= for| to|,| you| daily|\.|$)|\bnostrils?\b|\b(?:into|in|up) (?:each|the|your|one) (?:nose|nostril|mouth|cheek)\b|\b(?:rub|massage|smear|dab|spread|smooth|pat)(?:s|bed|ing|ged)? (?:\w+ ){0,3}?(?:into|onto|on|in) (?:\w+ ){0,2}?(?:scalp|skin|face|gums|body|forehead|neck|hands|belly)\b|\binhal\w+ (?:one|two|three|\d+|a) |\b(?:one|two|three|\d+) puffs?\b|\bmicroneedl\w+|\bdermarol\w+|\bmeso(?:therapy)\b",
                  unless=rf"{_HAZARD}|{_STUDY_TOLD}|\b(?:gelatin capsules?|sample tablets?|kbr|buffer tablets?|pbs tablets?|inhibitor tablets?|bovine serum|serum for cell|tablets? (?:in|per) (?:\d|buffer)|protease|oral (?:epithel\w+|mucosa\w*))\b|\b(?:{ANIMALS})\b|\bapproved\b|{_IN_A_SYSTEM}")  # fmt: skip
    yield family("C4", "BHH", r"\bnasal (?:sprays?|drops?|use|administration|delivery|route)\b|\boral (?:use|administration|dosing|route|intake)\b|\borally\b|\btopical(?:ly)?\b",
                  needs=rf"{_STUDY_TOLD}|\b(?:{ANIMALS})\b|\bapproved\b|\blabel\b", unless=_HAZARD)  # fmt: skip
    yield family("C4", "BBB", r"\binsulin (?:syringes?|pens?|needles?|units?|pins?)\b|\bu ?-?100\b(?= syringe| insulin|\W)|\b(?:pen|insulin) needles?\b|\binjection pens?\b|\bpre ?filled (?:pens?|syringes?)\b|\bauto ?injectors?\b|\bpeptide pens?\b|\b(?:dial|click) (?:the pen|pen|up to \d+)|\b\d+ ?-?units? (?:mark|on (?:an?|the|your)|line|tick)\b|\b(?:draw|pull|fill|load|measure)(?:ing|n|s|ed)? (?:it |back |up |out |to )*(?:to )?(?:the )?\d+[ -]?(?:units?|iu|ticks?|mark|clicks?)\b|\bdraw (?:up )?(?:your|the) (?:dose|shot|peptide|amount)\b|\bunits? (?:on|of) (?:an? |the |your )?(?:insulin )?(?:syringe|pin)\b|💉|💊",
                  unless=r"\binsulin units? of activity\b|\bunit(?:s)? of insulin receptor")  # fmt: skip
    yield family("C4", "BBB", r"\bsyringes?\b", unless=rf"{_SYRINGE_AT_BENCH}|\b(?:refus\w+|not (?:sold|listed))\b")
    yield family("C4", "BBB", r"\bneedles?\b|\b(?:2[3-9]|3[0-4]) ?-?(?:g|gauge)\b(?=.{0,20}\b(?:needle|pin|x|syringe|1/2|5/16))", unless=_NEEDLE_AT_BENCH)
    yield family("C4", "BBB", r"\bpin(?:s|ned|ning)? (?:it|daily|in|into|sub|eod|your|every|schedule|site|once|twice|\d+ ?(?:mcg|mg|units|iu))\b|\b(?:weekly|daily|skinny|peptide|your|next|first|nightly) (?:shots?|jabs?|pokes?|pins?)\b|\bjabs?\b|\binjectables?\b|\brotate (?:injection )?sites?\b|\binjection sites?\b",
                  unless=r"\bpin (?:your|in|into) (?:the )?(?:connector|socket|browser|tab|board|header|slot)|\b(?:trial|participants|patients)\b|\bpin in the|\b(?:your|next|first) pins?\b.*\bconnector")  # fmt: skip
    yield family("C4", "BBB", r"\badminister(?:s|ed|ing)?\b(?! the (?:survey|scheme|licen|contract|account|system|network|server))|\b(?:self|human|drug|peptide|easy|simple|daily|weekly|route of|for|proper|correct|subject) administration\b|\badministration (?:route|of (?:the )?(?:peptide|compound|vial|product)|instructions?|guide|schedule|to)\b",
                  unless=rf"{_STUDY_TOLD}|\b(?:{ANIMALS})\b|\b(?:cells?|wells?|cultures?|slices|organ bath|estate|exam|questionnaire|grants?|account|iacuc)\b|\bfood and drug administration\b|\bdrug administration\b(?= \(|'s)")  # fmt: skip
    yield family("C4", "BHH", r"\badminister(?:s|ed|ing)?\b|\badministration (?:route|of|to)\b|\broute of administration\b", needs=rf"{_STUDY_TOLD}|\b(?:{ANIMALS})\b", unless=r"\b(?:cells?|wells?|cultures?|slices|organ bath|food and drug administration)\b")


def _preparation() -> Iterator[Family]:
    yield family("C5", "BBB", r"\bbacterio ?static\b(?! (?:effect|activity|concentration|agent|assay|against|or bactericidal|antibiotic|action|at \d))|\bbac ?(?:water|h2o|wasser)\b|\bbact? water\b|\bhospira\b|\bwater for injections?\b|\bwfi\b|\bsaline for injection\b|\bsterile (?:diluent|water for inj\w*|bac\w*)\b|\binjection (?:grade|quality) (?:water|diluent)\b|\bdiluents? for inj\w*")
    yield family("C5", "BBB", r"\bbenzyl alcohol\b", needs=r"\b(?:0\.9|water|preserv\w*|diluent|reconstitut\w*|vial)\b", unless=r"\b(?:impurit\w+|solvent|gc\b|protect\w+|cbz|hydrogenolysis|oxid\w+)\b")
    yield family("C5", "BBB", r"\balcohol (?:swabs?|wipes?|pads?|preps?)\b|\bswab (?:the |your |each )?(?:vial|stopper|top|rubber|skin|site|injection|area|lid)\b|\bprep pads?\b|\bwipe (?:the )?(?:injection|skin|your)\b")
    yield family("C5", "BBB", r"\b(?:use|used|discard|good|lasts?|finish|throw\w*|keeps?|refrigerate\w*|toss|potent)\b(?:\W+\w+){0,5}?\W+(?:within|after|for|up to)\W+(?:28|30|twenty eight) days\b|\b28[ -]day (?:vial|shelf|rule|window|use)\b", needs=r"\b(?:reconstitut\w*|mixed|vial|fridge|refrigerat\w*|mixing|discard|water|opened|once)\b", unless=r"\b(?:pbs|assay|hplc|stability|mm\b|um\b|buffer|culture|medium|cells|dmso|radio\w+)\b")
    yield family("C5", "BBB", r"\b(?:reconstitut|mix|dilut|dissolv|prepar)\w*\b.{0,80}\b(?:before|prior to|for|ready (?:for|to)|then|and) (?:the |your |daily |each |self |subcutaneous |first |next )?(?:inject\w*|administ\w+|use in (?:people|humans|patients)|human use|shots?|jabs?|pinning|dosing)\b", unless=_CHROMATOGRAPHIC + r"|\b(?:wells?|cells?|cultures?)\b")
    yield family("C5", "BBB", r"\b(?:mixing|reconstitution|peptide|prep) (?:guide|instructions?|steps|video|tutorial|calculator)\b.{0,60}\b(?:inject\w*|units|syringe|dose|bac)\b|\bmix(?:ing)? (?:your|the) (?:peptides?|vials?) (?:with|at home|for)\b")
    yield family("C5", "HHH", r"\bsterile (?:saline|water)\b|\b0\.9 ?% (?:saline|sodium chloride)\b", needs=r"\b(?:reconstitut\w*|dissolv\w*|mix\w*|vial|dilut\w*|add)\b", unless=rf"\b(?:[um]m\b|ug ?/ ?ml|mg ?/ ?ml|ng ?/ ?ml|cells?|cultures?|medium|assay|buffer|pbs|dmso|elisa|filter\w*|wells?|stock)\b")


def _assurance() -> Iterator[Family]:
    no_harm = (
        rf"\b(?:no|zero|without(?: any)?|minimal|few|fewer|mild|free (?:of|from)|lack of|hardly any|virtually no|"
        rf"almost no|little to no|never any|devoid of|w/o) {_NO_HARM}\b"
    )
    yield family("C6", "B..", no_harm, unless=_IN_A_SYSTEM)
    yield family("C6", ".BB", no_harm, unless=rf"{_IN_A_SYSTEM}|\b(?:trials?|patients|participants|volunteers|placebo)\b|\brelated to the (?:drug|study|treatment)\b")
    yield family("C6", "BBB", r"\b(?:side ?effect|risk)[ -]free\b|\bno (?:known )?(?:toxicity|risk)\b",
                  unless=rf"\b(?:not (?:show|mean|imply)|trial|participants|related to the (?:drug|study|treatment))\b|{_IN_A_SYSTEM}|\brisk (?:of (?:oxidation|contamination|carry|cross|losing|error|confus))|risk free trial of the software")  # fmt: skip
    yield family(
        "C6", "BBB", r"\bsafe(?:ly|st)?\b(?! (?:handling|storage|disposal|transport|shipping|stopping|custody|harbou?r|mode|place|container|work\w*|operat\w+|laborator\w+|to (?:store|handle|ship|transport|freeze|autoclave|dispose|centrifuge|pause|stop|open|discard|leave|assume|say|keep)|store\w*|handl\w*|stop\w*|dispos\w*|stored|shipped|keep\w*|limits?|distance|bench|use of (?:chemicals|solvents|equipment|lasers)|and sound))(?<!fail safe)",
        unless=r"\b(?:store|stored|keep|kept|handle|handled|dispose|disposed|discard|shut|switch|transport\w*|ship\w*|vent\w*|open|pack\w*|remove|ground\w*|lab|laboratory|fume hood|cabinet|waste|centrifug\w+|autoclav\w+|data|backup|payment|checkout|connection|password|site|cookies?|on the safe side|vault|cells? .* safe)\b.{0,30}\bsafe(?:ly)?\b|\bsafe(?:ly)? (?:store|stored|keep|handle|dispos|away|remov|pipett|transport|open|ship)\w*|\bfail safe|\bcold safe|\bnuclease safe|\bms safe|\b(?:[um]m|nm)\b",
    )  # fmt: skip
    yield family("C6", "BBB", r"\b(?:safety|efficacy|effectiveness|tolerability) (?:is|are|has been|was|were) (?:\w+ ){0,2}?(?:established|proven|excellent|confirmed|demonstrated|documented|known|good|outstanding|unquestioned|clear|well)\b|\b(?:excellent|great|outstanding|favou?rable|proven|superior|strong|clean|impressive|remarkable|unmatched) (?:safety|tolerability)\b",
                 unless=r"\b(?:trial|participants|patients|outcome|adverse events|review|placebo)\b")  # fmt: skip
    yield family("C6", "BHH", r"\b(?:(?:excellent|good|great|outstanding|favou?rable|proven|established|superior|known|strong|clean|impressive|high) (?:safety|tolerability)(?: (?:profile|record|margin))?|safety (?:profile|record)|safety and efficacy|efficacy and safety|proven safety)\b",
                  unless=r"\b(?:trial|participants|patients|outcome|adverse events|review|placebo)\b")  # fmt: skip
    yield family("C6", "BBB", r"\b(?:well|better|easily|excellently|generally|readily) tolerated\b|\bgentle on\b|\bnon ?addictive\b|\bnon ?habit\b|\bharmless\b|\ball natural\b|\b100 ?% natural\b",
                  unless=rf"{_IN_A_SYSTEM}|{_AT_THE_BENCH}|\b(?:trial|participants|patients)\b")  # fmt: skip
    yield family("C6", "BHH", r"\bnon ?toxic\b", unless=rf"{_IN_A_SYSTEM}|\b(?:um|nm|mm)\b|\b(?:dye|solvent|plastic|ink|stain|alternative|gel)\b")
    yield family("C6", "BBB", r"\b(?:clinically|scientifically|medically|doctor|physician|time|research|science|lab|laboratory|naturally) (?:proven|tested|validated|backed|studied|effective|researched|formulated|trusted|relevant results|supported|dosed)\b|\bbacked by (?:science|research|clinical|studies|doctors|evidence|trials|data)\b|\bevidence[ -]?based (?:peptide|results|formula|wellness|healing)",
                  unless=r"\b(?:hplc|purity|identity|batch|lot)\b.*\blab(?:oratory)? tested\b|\blab(?:oratory)? tested\b")  # fmt: skip
    yield family("C6", "BBB", r"(?<!un)\bproven\b(?! (?:difficult|useful in assays|robust|method\w*|stable|supplier|technolog\w+|column|track record of (?:delivery|supply)|otherwise|design))",
                  unless=rf"\b(?:method|assay|identity|by (?:ms|nmr|hplc)|validated method)\b|\bproven (?:by|to be) (?:hplc|nmr|ms|mass)")  # fmt: skip
    yield family("C6", "BBB", r"\b(?:pharma(?:ceutical)?|human|medical|clinical|hospital|injection|injectable|therapeutic|clinic|prescription|medicine)[ -]?(?:grade|quality)\b|\bpharma quality\b|\bfit for human\b|\bsuitable for (?:human|people|injection|patients)\b",
                  unless=r"\b(?:freezer|refrigerator|fridge|water system|excipient supplier)\b")  # fmt: skip
    yield family("C6", "BBB", rf"\b(?:clinically|highly|extremely|remarkably|incredibly|most|very|really|proven|amazingly|truly|safe and|safe &|more|super|insanely|wildly|exceptionally|potent and) effective\b(?! (?:extraction|buffer|separation|ionisation|purification|cleaning|solvent|concentration|way|at removing|theoretical|plates|scavenger|coupling|method|capping|desalting|inhibitor|agonist|antagonist|ligand))",
                  unless=rf"{_AT_THE_BENCH}|{_IN_A_SYSTEM}|\bdate\b|\b(?:trial|participants)\b")  # fmt: skip
    yield family("C6", "BBB", rf"\beffective\s(?:for|against|in|at|with){G3}(?:{DISEASE}|humans?|people|men|women|patients|weight|fat|muscle|sleep|appetite|burning|losing|building|healing|reducing|improving|recovery|libido|everyone|both sexes)\b",
                  unless=_IN_A_SYSTEM)  # fmt: skip
    yield family("C6", "BBB", r"\b(?:proven|clinical|unmatched|superior|real|demonstrated|trusted|established|confirmed|maximum|high|human|incredible|remarkable|guaranteed|impressive) (?:efficacy|effectiveness|results)\b|\b(?:efficacy|effectiveness) (?:in|for|of) (?:humans?|people|patients|the treatment|men|women)\b|\bresults (?:guaranteed|in (?:days|weeks|\d+ (?:days|weeks))|you can (?:see|feel))\b|\bguaranteed (?:results|to work|weight|effect\w*)\b|\b(?:it|this|peptide|stuff) (?:really|actually|just|simply|truly|absolutely) works?\b(?! (?:with|as|at|in|on|for) (?:the|a|an|all|most|both))|\b(?:it|this|peptide|stuff|really|actually|just) works?\b(?= (?:fast|great|wonders|like|every time|for everyone|in days|in weeks|overnight|so well|quickly)|!)|\bworks wonders\b|\bsee results\b|\bmiracle\b|\bfast[ -]acting\b|\bworks fast\b|\bexperience the (?:benefits|difference|power)\b|\blife ?changing\b|\bgame ?chang\w+\b",
                  unless=rf"{_AT_THE_BENCH}|\b(?:trial|participants)\b")  # fmt: skip


def _approval() -> Iterator[Family]:
    agency = r"(?:fda|ema|mhra|tga|health canada|pmda|usda|swissmedic|nhs|government|government|medically|federally|legally|regulator\w*|doctor|physician|clinician|pharmacist|expert|celebrity|influencer|dermatologist|medical)"
    status = r"(?:approv\w+|registered|cleared|licen[sc]ed|authori[sz]ed|endorsed|recogni[sz]ed|compliant|recommended|prescribed|trusted|sanctioned|certified|inspected|vetted)"
    yield family("C7", "BBB", rf"\b{agency}[ -]{status}\b|\b{status} (?:by|with) (?:the )?(?:us |u\.s\. )?(?:{agency}s?|doctors?|experts?|athletes?|professionals|clinics?)\b|\bgras status\b|\bgenerally recogni[sz]ed as safe\b",
                  unless=rf"{_STATUS_TOLD}.*(?:medicine|drug|product|label|giapreza|pitocin|zadaxin|acetate|injection|indication|country|countries|for )|\bprescribed by (?:the )?(?:method|standard|supplier)|\brecommended by (?:the )?(?:manufacturer|supplier)")  # fmt: skip
    yield family("C7", "B..", rf"\b{agency}[ -]{status}\b|\b{status} (?:by|with) (?:the )?(?:us |u\.s\. )?{agency}\b|\bapproved (?:for|in|as|to) (?:(?:human|medical|clinical|therapeutic) use|treat\w*|the treatment|use in|\w+ for|a medicine|an? \w+ (?:drug|medicine)|humans?)",
                  unless=r"\bprescribed by (?:the )?(?:method|standard|supplier)|\biacuc\b|\brecommended by (?:the )?(?:manufacturer|supplier)")  # fmt: skip
    yield family("C7", "BHH", r"\bc?gmp\b|\bgood manufacturing practice\b|\busp ?-? ?(?:grade|quality|verified|certified)\b", unless=r"\b(?:c?gmp (?:analog\w*|binding|dependent|signal\w*|level\w*|camp)|camp|cyclic|guanylate|cells?|phosphodiesterase|pde\d?|second messengers?|nitric oxide|calcium)\b|\busp ?<")
    yield family("C7", "BHH", rf"\b{MEDICINES}\b", unless="")
    yield family("C7", "BBB", rf"\b(?:same|generic|compounded|alternative|version|dupe|equivalent|similar|like|identical|knock ?off|cheaper|off brand|unbranded|copy|comparable)\b{gap(5)}(?:{MEDICINES})\b|\bsame (?:active )?(?:ingredient|compound|molecule|substance|peptide|drug|api) (?:as|in|used in|found in)\b|\b(?:bio ?equivalent|generic version|dupe)\b",
                  unless=r"\b(?:lot|specification|reference standard|catalogue|certificate)\b|\bsame (?:peptide|compound|substance|molecule) (?:as|in) (?:the |another |lot |this |figure|our|both|each)")  # fmt: skip
    yield family("C7", "BBB", rf"\b(?:ingredient|drug|molecule|peptide|compound|substance|api|hormone|power|science|secret)\s(?:\w+ )?(?:in|of|behind|inside|from){G2}(?:{MEDICINES})\b|\bsame\s(?:\w+ )?(?:as|in){G2}(?:prescription|brand\w*|pharmacy|big pharma|clinics?|medicine)\b")
    yield family("C7", "BBB", r"\b(?:compounded|generic|copycat|unbranded|off brand|bootleg) (?:semaglutide|tirzepatide|liraglutide|retatrutide|dulaglutide|glp ?1s?|version|drug|medicine|botox)\b")
    yield family("C7", "BBB", r"@type\W{1,6}(?:drug|dietary ?supplement|medical\w*|drugclass|medicalentity|medicaltherapy|substance|therapeutic\w*|healthaspect\w*)\b|schema\.org/(?:drug|dietarysupplement|medical\w+|recommendeddoseschedule|doseschedule|patient|reportedsdoseschedule)\b|\bitemtype\b.{0,30}(?:drug|dietarysupplement|medical)")
    yield family("C7", "BBB", r"\b(?:used|trusted|recommended|prescribed|loved|preferred|favou?red|chosen) (?:by|in) (?:the )?(?:top |leading |elite |many |real |professional |anti ?aging |longevity |pro )*(?:doctors?|physicians?|clinics?|clinicians?|athletes?|celebrit\w+|biohackers?|med ?spas?|influencers?|bodybuilders?|hollywood|hospitals for|pharmacists?|nurses?)\b|\bas seen on\b|\bdr\.? \w+ (?:recommends|approved|swears)\b|\bmed ?spas?\b")


def _testimonial() -> Iterator[Family]:
    yield family("C8", "BBB", r"\bi(?:'ve| have|'d| had)? (?:just |also |already |personally |only |been |really |finally |started )*(?:took|taken|taking|used|using|tried|trying|lost|lose|feel|felt|gained|noticed|started (?:taking|using|on)|dropped|love|swear|injected|inject|pinned|pin|slept|sleep|recovered|healed|ordered again|recommend|ran|cycled|dosed|stacked|cured|look|down \d+)\b",
                  unless=r"\bi (?:used|tried|feel|have used|noticed) (?:\w+ ){0,4}(?:assay|column|elisa|hplc|buffer|cells?|gel|antibod\w+|calculator|solvent|lot|vial|standard|protocol)\b|\bhow do i use (?:the|this) (?:guide|page|certificate)")  # fmt: skip
    yield family("C8", "BBB", r"\b(?:my|our client'?s?) (?:results|doctor|experience|weight|sleep|recovery|knees?|back|shoulder|skin|husband|wife|coach|friends?|clients?|patients?|cycle|dose|protocol|stack|workouts?|joints?|tendon\w*|injur\w+|gains|body|mood|energy|libido|appetite|hair|blood ?work|pain|anxiety|symptoms|own use|personal use|mom|mother|dad|father|dog|cat|horse|trainer|gym)\b",
                  unless=r"\b(?:hplc|assay|blot|elisa|experience with (?:the )?(?:hplc|assay)|column)\b")  # fmt: skip
    yield family("C8", "BBB", r"\bverified (?:buyers?|purchas\w+|customers?|reviews?|users?)\b|\btestimonials?\b|\b(?:customer|user|client|patient|buyer|real|success) (?:reviews?|stor(?:y|ies)|results|experiences?|feedback)\b|\b(?:five|5|4(?:\.\d)?)[ /]?(?:out of (?:5|five) )?stars?\b|\brated (?:\d(?:\.\d)?|five)\W?(?:/|out of|stars?)|[★⭐]|\bbefore(?: (?:and|&|n) |/|&)after (?:photos?|pics?|pictures?|results?|transformations?|stor\w+|images?|shots?|gallery|weight|body)\b|\b(?:photos?|pics?|pictures?|images?|transformations?|results) before (?:and|&) after\b|^\W*before (?:and|&) after\b(?!.*\b(?:dry\w*|wash\w*|digest\w*|treat\w*|centrif\w*|filt\w*|use|each|heat\w*|incubat\w*|purif\w*))|\b(?:body|weight|my|amazing|client|customer|physique|incredible|\d+[ -](?:day|week)) transformations?\b(?! (?:efficiency|of (?:e\.|bacteria|cells|yeast|competent)))",
                  unless=r"\b(?:competent|plasmid|customer feedback (?:on|about) (?:delivery|packaging|certificates|the site|this page)|we (?:publish|print|keep|have|show) no|no customer reviews)\b")  # fmt: skip
    yield family("C8", "BBB", r"\b(?:users?|people|customers?|clients?|members|buyers?|athletes?|men|women|guys|folks|everyone|many|fans|bodybuilders?|biohackers?|reviewers?|redditors?|patients)\s(?:who (?:\w+ ){1,4})?(?:consistently |often |commonly |frequently |have |are |also |regularly |all |anecdotally )*(?:report(?:ed|s|ing)?|say(?:ing)?|love|swear|notic(?:e|ed)|experienc(?:e|ed|ing)|rav(?:e|ing)|feel|enjoy|lost|los(?:e|ing)|gain(?:ed)?|claim|prais(?:e|ing)|rely on it|trust it)\b",
                  unless=rf"\b(?:trial|placebo|randomi\w+|doi|participants|people report\w* errors?|errors?|problems? with|page|certificate|delivery|scale|(?:outcomes?|that) people feel)\b|{_AT_THE_BENCH}")  # fmt: skip
    yield family("C8", "BBB", r"\b(?:influencers?|brand ambassadors?|affiliates?)\b|\b(?:use|promo|discount|coupon) code \w+|\b(?:anecdotal(?:ly)?|word of mouth|reddit|forum) (?:reports?|evidence|feedback|users?|reviews?|suggests?|say)|\banecdot\w+\b",
                  unless=r"\bno (?:affiliate|influencer|discount)|\baffiliat\w+ (?:of|with) (?:the )?(?:laborator\w+|universit\w+|manufacturer)|\bwe have no\b|\b(?:affiliates?) (?:companies|laborator\w+)")  # fmt: skip
    yield family("C8", "BBB", r"\b(?:best|worst|most|greatest) (?:\w+ ){0,3}of my (?:life|career)\b|\bi(?:'ve| have|'m| am)? (?:been )?(?:on (?:it|this|week|day|my)|taking it|using it|a (?:huge )?fan)\b|\bwhat (?:people|customers|users|others|our (?:customers|clients)) (?:are |have )?(?:say\w*|think|report\w*|experienc\w*)|[\"'] ?-+ ?[a-z]+ [a-z]\.?(?: ?,.{0,30})?$|\bthanks to this peptide\b|\bthis (?:peptide|stuff|product) (?:is amazing|is the best|changed|saved|helped)\b")
    yield family("C8", "BBB", r"\blost (?:over |about |almost |nearly |more than |up to )?\d{1,3} ?(?:lbs?|pounds|kg|kilos?|stone|inches|%)|\bdown \d{1,3} ?(?:lbs|pounds|kg|kilos)\b|\bchanged my life\b|\bhighly recommend\b|\bwill (?:order|buy) again\b|\brepeat customer\b",
                  unless=rf"\b(?:mass|sample|column|vial|solvent|drying|participants|trial|placebo|{ANIMALS})\b")  # fmt: skip


def _personal() -> Iterator[Family]:
    mine = r"(?:weight|body|goals?|health|fitness|muscles?|recovery|sleep|skin|fat|physique|gains|workouts?|wellness|libido|energy|brain|mood|metabolism|appetite|hormones?|joints?|longevity|routine|journey|transformation|hair|age|potential|lifestyle|immune system|immunity|life|mind|confidence|bloodwork|testosterone|doctor|physician|healthcare provider|diet|supplement\w*|stack|cycle|bedtime|heart|gut|injury|pain|youth|waist|waistline|belly|abs|thighs|face|mind|performance goals|training goals|dog|cat|pet|horse)"
    yield family("C9", "BBB", rf"\byour (?:own |personal |daily |overall |natural |fitness |health |wellness |weight loss |body |training |physique |recovery |best |summer |beauty )*{mine}\b",
                  unless=r"\b(?:your (?:research|project|assay|experimental|laboratory|sequencing) goals?|your (?:own )?(?:laboratory|lab|assay) routine|personal data|your cell culture routine)\b|\bif .{0,30}(?:on|in contact with) your skin\b|{_H}".replace("{_H}", _HAZARD))  # fmt: skip
    yield family("C9", "BBB", r"\bathlet(?:es?|ic)\b|\bbody ?build\w*|\bgym(?:s|goers?| rats?| bros?)?\b|\bcross ?fit\w*|\bbio ?hack\w*|\bpower ?lift\w*|\bfitness (?:enthusiasts?|communit\w+|goals?|lovers?|fans?|models?|journey)\b|\bweight ?lift\w*|\b(?:women|men|people|adults|anyone|guys|ladies|those|folks) (?:over|above|past|in their|looking|trying|wanting|who (?:want|need|are looking|struggle|train|lift)\b|seeking)|\bover ?(?:40|50|60)s\b|\bbusy (?:mums?|moms?|professionals|parents)\b|\bfor (?:men|women|him|her|athletes|lifters|runners|beginners|bodybuilders|seniors|gamers|students (?:who|before exams)|moms?|mums?)\b|\bfor (?:\w+ )?(?:performers|achievers|executives|entrepreneurs|shift workers|veterans|dancers|fighters|cyclists|swimmers|seniors|grandparents|parents|mothers|new moms|dieters|lifters|women|men|ladies|gentlemen|guys|couples|gamers|insomniacs|travell?ers) ?(?=who\b|that\b|over\b|seeking\b|looking\b|wanting\b|[.,!]|$)|\bcutting (?:cycles?|season|phase)\b|\b(?:beach|summer|dream|bikini) body\b|\b(?:look|feel|looking|feeling) (?:\w+ )?(?:better|younger|amazing|great|your best|lean\w*|stronger|energi[sz]ed|good|like new|refreshed)\b|\b(?:perform|recover|sleep|train|age|heal) (?:better|faster|harder|smarter|deeper|gracefully|like)\b|\bphysiques?\b|\bmen'?s health\b|\bwomen'?s health\b|\bweekend warriors?\b|\bcompetitive sports?\b|\bpersonal trainers?\b",
                  unless=rf"\b(?:participants|trial|placebo|randomi\w+|cohort|patients|enrolled|records?|for students (?:of|in|and teachers)|open to|for beginners in (?:chromatograph\w+|peptide))\b|\bfor everyone (?:in the (?:lab|building)|on site)|{_AT_THE_BENCH}")  # fmt: skip
    yield family("C9", "BBB", r"\b(?:for|in|fit for|suitable for) (?:both )?(?:human|animal|people|personal) (?:and \w+ )?(?:use|consumption|administration|injection)\b",
                 unless=rf"\b(?:refus\w+|prohibit\w*|forbidden|forbid\w*|banned|not permitted|not allowed|unlawful|declin\w+|held|cancel\w*)\b|{_STUDY_TOLD}|\bapproved\b|\blabel\b")  # fmt: skip
    yield family("C9", "BBB", r"\b(?:personal|own|home|at[ -]home|self|recreational|private|individual|non ?research|off label) (?:use|experiment\w*|consumption|research on yourself|injection|administration|treatment|medicat\w+)\b|\bdo it yourself\b(?= (?:inject|health))|\b(?:use|try|test|experiment(?:ing)?) (?:it |this )?(?:at home|on (?:yourself|myself|himself|humans|people|my ?self))\b|\bself[ -]?experiment\w*|\bself[ -]?medicat\w*|\bn ?= ?1 experiment",
                  unless=r"\b(?:refuse|refused|prohibit\w*|forbidden|declin\w+|forbid\w*|order is held|hold|cancel\w*)\b")  # fmt: skip
    yield family("C9", "BBB", r"\byou(?:'ll| will| can| may| should|'d| would| might| could)? (?:\w+ )?(?:feel|lose (?:weight|fat|inches|pounds|\d)|gain (?:muscle|size|strength|weight)|sleep|look (?:younger|leaner|better|great)|burn|build muscle|recover|inject|take (?:it|this|\d|your|the peptide)|dose|pin|heal|wake up|perform|age)\b|\bwhich peptides? (?:is|are|fits?|suits?|should|do|would|works?)\b(?=.{0,30}\b(?:you|your|me|my|right|best|goals?|i take))|\b(?:right|best|perfect|ideal) (?:peptide|one|product|vial|compound) for (?:you|me|your body|women|men)\b|\bask us (?:which|what|how) .{0,40}\b(?:goals?|for you|you need|to take|works|dose|take)\b|\bachieve (?:your|the (?:body|physique|results))\b|\breach your\b|\bbe your best\b|\bbest version of yourself\b|\btreat yourself\b|\bpersonali[sz]ed (?:peptide|dosing|plan|protocol|consult\w*)\b|\b(?:free|health|peptide) consult(?:ation)?s?\b",
                  unless=rf"{_AT_THE_BENCH}|\byou (?:can|may|should|will) take (?:it|this) (?:as|to|from|into account|up)\b|\bunwell\b|\breach your (?:laborator\w+|address|institution|lab|desk|door|inbox|order)|\bburn (?:the|your) (?:file|disk)|\byou (?:can )?feel free\b")  # fmt: skip


def _evasion() -> Iterator[Family]:
    yield family("C10", "BBB", r"\bglp ?-?[123]? ?-?\(?(?:rt|tz|sm|cg|sema|reta|tirz|rta)\b\)?|\bglp ?-?3\b|\bglp ?-?[12] \(?(?:s|t|r|c)\)?\b(?! ?(?:agonis\w*|antagonis\w*|receptor|expression|activation|gene|knockout|binding|signal\w*|and|in\b|cells?|internali\w*|assay|positive))|\bglp[12][stc] \d+ ?mg|\b(?:triple|dual) g\b(?= agonist in a vial)")
    yield family("C10", "BBB", r"\b(?:reta|tirz|tirze|cagri|retatru|semagl|ozem)\b|\bsema\b(?! (?:domain|3|4|family|plexin|a\b|e\b))|\b(?:r3ta|tirzep|big r|miss t)\b")
    yield family("C10", "BBB", r"\bwink\b|[;:]-?\)(?=\s|$)|😉|😜|🤫|👀|🙈|\bnudge\b|\biykyk\b|\bif you know,? you know\b|\byou know (?:what|why|how) (?:it'?s|this is|to)\b|\basking for a friend\b|\bswim\b(?= (?:took|takes|uses|reports|feels|lost))|\bread between the lines\b|\bwe can'?t (?:say|tell you|legally)\b|\bofficially (?:only )?for research\b|\bfor legal reasons\b",
                  unless=r"\b(?:payment|legal basis)\b")  # fmt: skip
    yield family("C10", "BBB", r"\bdiscreet(?:ly)?\b|\bdiscrete(?:ly)? (?:packag\w+|ship\w+|deliver\w+|billing)|\bplain (?:packag\w+|unmarked|brown box)|\bstealth\b|\bunmarked (?:box\w*|packag\w+|vials?|envelope)\b|\bcoded name|\bcode ?named?\b|\bdisguised\b|\b(?:labelled|labeled|sold|marketed|listed) as (?:research|lab\w*|a research)\b.{0,30}\b(?:but|so|to avoid|only on paper)\b")
    yield family("C10", "BBB", r"\b(?:your|my|our|human|two[ -]legged|adult|male|female|for|the|2[ -]legged|\d+ ?(?:kg|lb|lbs)) (?:research |test )?lab ?rats?\b|\blab ?rats? (?:report\w*|feel|felt|love|say|take|inject|lost|noticed|should|need|will)\b|\b(?:research|test|human|our|the|your|male|female|lab|study) (?:subjects?|specimens?|models?|rats?|animals?|candidates?|participants?) (?:typically |usually |often |commonly |generally |can |may |should |will |have |consistently )*(?:take|takes|took|use|uses|report|reports|reported|experience|feel|felt|inject|injects|notice|noticed|prefer|lose|lost|sleep|love|respond best|enjoy|pin|dose|gain|gained|self administer|cycle)\b|\bresearchers? (?:\w+ ){0,2}?(?:take|takes|inject\w*|pin|dose themselves|run|prefer to (?:take|inject|use)|prefer (?:taking|injecting|it before)|feel|love|swear|use it (?:before|on themselves|daily|for)|report (?:feeling|better|weight|losing|improved|more|deeper|fat|less|great|increased|faster)|cycle|stack|self administer|lost|notice)\b|[\"'](?:lab ?rats?|(?:research|test|lab|human) subjects?|guinea pigs?|mice|in ?vitro|plants?|aquarium|pet)[\"']|[\"'](?:research(?:ers?)?|lab|laboratory|subjects?|science|test(?:ing)?|rats?)[\"'](?! (?:and|,|means))",
                  unless=rf"\bresearchers? (?:\w+ )?(?:run (?:the |an? )?(?:gels?|assays?|hplc|samples?|columns?|blots?|experiments?)|take (?:care|notes|readings|part|samples?|images)|stack (?:gels|images))|\b(?:study|test) (?:participants?|subjects?|animals?)\b.*\b(?:trial|placebo|doi|nct)|\b(?:models?|animals?) (?:can|may|should)? ?(?:use|uses)\b|\b(?:test|research) models? (?:use|uses|experience)\b|\bmodels? (?:take|takes|use|uses) (?:\w+ )?(?:inputs?|into|a|an)\b|\b[\"']test[\"'] (?:mode|button|field)")  # fmt: skip
    yield family("C10", "BBB", r"\b(?:most|many|some|experienced|seasoned|advanced|our|serious) (?:researchers|scientists|labs?|buyers|chemists) (?:\w+ )?(?:take|use it (?:before|after|daily|for (?:fat|sleep|weight|recovery|muscle))|inject|dose|pin|start (?:with|at) \d+ ?(?:mcg|mg|ug|units|iu)|prefer (?:it )?(?:before|at night|in the morning|subq|the abdomen)|run it)\b")


def _advice() -> Iterator[Family]:
    yield family("C11", "BBB", r"\bside ?effects? (?:include|may|are|can|such as|to (?:expect|watch)|with|might|like|typically|usually|profile|subside|from|of (?:the |this )?(?:peptide|injection|compound|product))\b|\b(?:common|possible|potential|mild|typical|known|reported|manage|reduce|avoid|minimi[sz]e|what are the|any) side ?effects?\b|\bcontra ?indicat\w+|\b(?:consult|ask|see|talk to|speak (?:to|with)|check with|seek advice from) (?:your|a|with your|with a|an?) (?:qualified |licensed |primary |own |local )*(?:doctor|physician|healthcare|medical|health care|gp|pharmacist|provider|practitioner)\b|\b(?:pregnan\w+|breast ?feeding|nursing|lactating)\b.{0,40}\b(?:should|must|avoid|do not|not (?:use|take)|consult)\b|\b(?:avoid|do not use|don'?t use|stop using|discontinue|not recommended|do not take|don'?t take|stop taking) (?:\w+ )?(?:if|while|when|use) (?:you|pregnan\w+|nursing|breast\w+|taking|on |drinking|under)\b|\bdrug interactions?\b|\binteract\w* with (?:alcohol|medic\w+|other (?:drugs|peptides)|your)\b|\bif you (?:experience|feel|have|develop|notice|get|are (?:pregnant|taking|on|diabetic|allergic)) (?:\w+ )?(?:nausea|dizz\w*|headache\w*|pain|redness|itching|rash|flush\w*|fatigue|a heart|high blood|diabetes|medic\w+|insulin|unwell|cancer|symptoms)\b|\b(?:nausea|headaches?|fatigue|flushing|constipation|dizziness|water retention|injection site \w+|bloating|vomiting|diarrh\w+|sulphur burps|sulfur burps) (?:is|are|may|can|usually|will|tends?|goes|occurs?|subsides?|should|might)\b|\bkeep out of (?:the )?reach of children\b",
                  unless=rf"\b(?:trial|participants|patients in|placebo|records?|randomi\w+|review counted|p\d{{3}}|ghs|sds|safety data sheet|inhaled|swallowed|exposure|exposed|spill|skin contact|eye contact|needle ?stick|medical attention|occupational)\b|\bpregnant (?:workers|staff|employees)\b")  # fmt: skip
    yield family("C11", "BBB", r"\b(?:not recommended|not advised|unsafe|contra ?indicated|should (?:not be used|be avoided)|do not use|avoid(?: use)?|not suitable|caution) (?:\w+ )?(?:during|in|for|by|while|with|if) (?:\w+ )?(?:pregnan\w*|breast\w*|nursing|lactat\w*|children|minors|people (?:with|who|on)|anyone (?:with|who|on)|patients|those (?:with|who|on)|diabetics|alcohol|blood thinners|other medic\w+)\b|\b(?:may|can|might|could|often|sometimes|rarely|does) (?:also )?(?:cause|produce|lead to|trigger|bring on)s? (?:\w+ ){0,3}?(?:nausea|vomiting|headaches?|dizziness|flushing|fatigue|hunger|insomnia|constipation|diarrh\w+|bloating|water retention|numbness|tingling|hot flashes|injection site|mood swings|lethargy|vivid dreams)\b",
                 unless=rf"{_HAZARD}|\b(?:trial|participants|placebo|label|review|records?)\b")  # fmt: skip
    yield family("C11", "BHH", r"\bside ?effects?\b|\badverse (?:effects?|reactions?)\b|\boverdos\w+\b|\bwithdrawal symptoms\b",
                  unless=r"\b(?:of the (?:reaction|solvent|coupling)|reaction|synthesis|p\d{3}|sds|safety data sheet)\b|\b(?:trial|participants|patients|placebo|review|meta analysis|records?)\b")  # fmt: skip
    yield family("C11", "BBB", r"\b(?:keep|stay|be sure to|make sure (?:you|to)|drink|eat)\b.{0,20}\b(?:hydrated|plenty of water|protein intake|calorie deficit|well rested|high protein)\b|\byou (?:may|might|could|can|will) (?:\w+ )?(?:experience|notice|feel|get|have) (?:\w+ ){0,2}(?:nausea|tired\w*|hungry|headaches?|flush\w*|redness|side|soreness|reduced appetite|less hungry|dizz\w*|vivid dreams)\b")


_RESULT = (
    r"(?:improv(?:ed?|es|ing|ements?)|fell|falls|rose|dropped|declined?|decreas(?:ed?|es)|increas(?:ed?|es)|reduc(?:ed?|es|tions?|ing)|lower(?:ed|s|ing)?|raised|raises|lost|loses|gain(?:ed|s)?|recover(?:ed|s|y)|heal(?:ed|s)|respond(?:ed|s)|surviv(?:ed|al)|died|deaths?|mortality|"
    r"better|worse|faster|slower|(?:more|less|fewer|greater|higher|lower|larger|smaller|longer|shorter)\b(?=.{0,60}\b(?:than|with|in|on|among|after|for)\b)|than (?:with |in |on |those )?(?:placebo|controls?|comparators?)|benefit(?:s|ed)?|effective(?:ly|ness)?|efficac\w+|signif\w+|no (?:clear |significant |real )?(?:differences?|benefit|effect(?! size)|change)|differ(?:ed|s)\b|neutral|favou?r(?:ed|s|able)|superior\w*|non ?inferior\w*|"
    r"p ?[<=>] ?0?\.\d|hazard ratio|odds ratio|risk ratio|relative risk|\b(?:rr|or|hr|smd|md) \d|95 ?% ?c\.?i|well tolerated|tolerated|relief|remission|respon(?:der|se) rates?|achieved|resolved|regress\w+|prolong\w+|(?:lived|slept|felt|walked|ran|scored|looked|aged|recalled|performed|thought) (?:\w+ )?(?:longer|more|better|less|faster|further|younger|deeper|higher|well|worse)|slowed|delayed|prevented|enhanc(?:ed|es)|boost(?:ed|s)|suppress(?:ed|es)|protect(?:ed|s|ive)|restor(?:ed|es)|accelerat(?:ed|es)|effects?(?! sizes?) (?:on|in|of)|outcomes? (?:was|were) met|met (?:its|the) (?:primary )?(?:endpoint|outcome)|failed|showed|shown|demonstrated|worked|works|cured|treated effectively|adverse events?|side effects|weight loss|percent of (?:patients|participants)|\d ?% of (?:the )?(?:patients|participants|people|men|women|adults|subjects))"
)


def _people() -> Iterator[Family]:
    meant = r"\b(?:the chance that|effect size is|interval (?:is|means))\b"
    bound = r"\b(?:not eligible|were excluded|excluded|exclusion|inclusion criteria|eligible|aged?|hours? after onset)\b"
    yield family("C12", "BBH", rf"\b{PEOPLE}\b.{{0,160}}?\b{_RESULT}", unless=rf"{meant}|{bound}(?!.*\b(?:improv|reduc|lost|better)\w*)|\bpatient (?:samples?|derived|sera)\b|\bhuman (?:plasma|serum|liver|dermal|cells?|recombinant|receptor|embryonic|umbilical|keratinocytes|fibroblasts?|microsomes|neutrophils|platelets|skin (?:explants|fibroblasts))\b|\b(?:hplc|uplc|lc\b|lc ms|column|mobile phase|two people|staff|trials? of the (?:column|method))\b|\bin vitro\b(?!.*\b(?:patients|participants|trial)\b)")
    yield family("C12", "BBH", rf"\b{_RESULT}\b.{{0,120}}?\b(?:in|among|for|of|by|with) (?:\w+ ){{0,3}}?{PEOPLE}\b", unless=rf"{meant}|{bound}(?!.*\b(?:improv|reduc|lost|better)\w*)|\bpatient (?:samples?|derived|sera)\b|\bhuman (?:plasma|serum|liver|dermal|cells?|recombinant|receptor|embryonic|umbilical|keratinocytes|fibroblasts?|microsomes|neutrophils|platelets)\b|\b(?:hplc|uplc|column|two people|staff)\b|\bin vitro\b(?!.*\b(?:patients|participants|trial)\b)")
    trial_told = (
        r"\btrials?\b(?! (?:run|version|period|order|and error))(?<!free trial)|\b(?:adults|people|men|women|children) aged\b|\bphase (?:[1-4]|i{1,3}|iv)[ab]?(?:/(?:[1-4]|i{1,3}))?\b(?! metabol\w*)(?=.{0,40}\b(?:trial|stud|clinical|data|result|nct|patients|participants|randomi|program|peptide|compound|drug|human|complete))|\bparticipants?\b|\bplacebo\b|\b(?:adults|people|men|women|children|patients|volunteers|subjects) with\b|\bhealthy (?:volunteers|men|women|subjects|adults|people)\b|\bvolunteers\b|\bnct ?\d{8}\b|\brandomi[sz]ed (?:controlled|trial|double|clinical|stud)\w*|\bdouble blind\w*|"
        r"\b(?:human|clinical) (?:trials?|stud(?:y|ies)|data|evidence|results|research|outcomes?|subjects?|experience|testing|trial data|endpoints?)\b|\bmeta analys[ie]s\b|\bcochrane\b|\bsystematic reviews?\b|\bpeer reviewed (?:stud|research|evidence|trial|clinical|paper|publi)\w*|\bpatients?\b(?! (?:samples?|derived|sera|enough))|\bin (?:humans|people|patients)\b"
    )
    yield family("C12", "B..", trial_told, unless=r"\b(?:personal data|open to volunteers|patient (?:waiting|while)|be patient|refused|not sold to|prohibit\w*|we do not sell)\b")


def _animals() -> Iterator[Family]:
    kept = r"(?:dogs?|cats?|horses?|pets?|livestock|cattle|cows?|poultry|chickens|pigs|puppies|puppy|kittens?|equine|canine|feline|race ?horses?|greyhounds?|ponies|pony|show animals?|companion animals?|farm animals?|parrots?)"
    biological = r"\b(?:serum|sera|plasma|cells?|(?:kidney|liver|heart|brain|muscle)(?! (?:disease|failure|problems?|conditions?|trouble|loss|support|health))|heparin|peroxidase|radish|albumin|gelatin|antibod\w+|igg|antiserum|raised in|extract|tissue|cytochrome|myoglobin|catalogue|cat\. ?(?:no|#|number)|cat (?:no|number)\b|pet (?:bottle|film|g\b|scan|imaging|tracer)|membranes?|erythrocytes?|microsomes?|chicken egg|lysozyme|ovalbumin|mdck|isolated|rings|arter\w+|derived|origin)\b"
    yield family("C13", "BBB", rf"\b(?:for|your|my|in|to|give|given|giving|treat\w*|help\w*|older|senior|with|use (?:it )?(?:in|on)|our|lame|injured|arthritic|sick) (?:\w+ ){{0,2}}?{kept}\b",
                  unless=rf"{biological}|\b(?:doi|pmid|trial|receptors?|\bn ?= ?\d)\b|{_CITED}")  # fmt: skip
    yield family("C13", "BBB", rf"\b{kept} (?:owners?|lovers?|health|wellness|joints?|performance|recovery|use|supplements?|breeders?|trainers?)\b|\bvet(?:s|erinarians?)? (?:recommended|approved|use|trusted|tested|love|prescribe)\b|\bfor veterinary use\b|\bveterinary (?:use|grade|medicine for|treatment|patients|supplement|peptide|product|clinics?)\b|\brace ?day\b|\bequine (?:performance|recovery)\b",
                  unless=rf"{biological}|\b(?:approved|authori[sz]ed|licen[sc]ed|registered) (?:\w+ )?(?:as|in|by|for)\b.*\b(?:19|20)\d\d\b")  # fmt: skip
    yield family("C13", "BHH", r"\bveterinar\w*", unless=r"\bveterinary (?:school|college|faculty|research institute|medicines directorate|university|anatomy|pathology (?:department|lab))")
    alive = rf"\b(?:{ANIMALS})\b"
    not_alive = r"\b(?:cells?|slices?|rings|isolated|membranes?|homogenates?|ex vivo|hepatocytes|microsomes?|cultured|culture|receptor binding|antibod\w+|elisa|serum albumin|organ bath|fibroblasts?|neurons in|tissue extracts?|antiserum|strips|explants?|recombinant|cloned|transfected|gene|cardiomyocytes|aort\w+ (?:rings?|strips?)|iacuc|laboratory animals\.|detect\w*|quantif\w*|cross ?react\w*|residues?|orthologu?e?s?|homologu?e?s?|sequences?)\b"
    yield family("C13", "BHH", rf"{alive}.{{0,120}}?\b{_RESULT}|\b{_RESULT}.{{0,120}}?{alive}", unless=rf"{not_alive}|\b(?:iacuc|spill|sds|what is known)\b")
    yield family("C13", "BHH", rf"{alive}.{{0,80}}\b{DISEASE}\b|\b{DISEASE}\b.{{0,80}}{alive}|\b(?:diabetic|obese|hypertensive|injured|lesioned|ischaemic|ischemic|arthritic) (?:\w+ )?{alive}", unless=rf"{not_alive}|\bwhat is known\b")
    yield family("C13", "BHH", rf"{alive}.{{0,60}}\b(?:inhibit|stimulat|block|attenuat|ameliorat|extend|revers|evok|induc|chang|alter|affect|lengthen|shorten)(?:s|ed|es|d)\b|\b(?:inhibit|stimulat|attenuat|ameliorat|extend|revers|affect|chang)(?:s|ed|es|d)\b.{{0,60}}{alive}", unless=not_alive)


def _quality() -> Iterator[Family]:
    yield family("C14", "HHH", _PURE, unless=rf"{_BOUND_TO_RECORD}|\b(?:acetonitrile|water|dmso|tfa|acetic acid|ethanol|solvents?|nitrogen|helium|argon|gas|means|for example|suppose|example|stands? for)\b")
    yield family("C14", "HHH", r"\b(?:ultra|super|highest|extreme|unmatched|unrivalled|exceptional|superior|highest quality|best|purest|guaranteed|unbeatable|premium)[ -](?:\w+ )?(?:pur(?:e|ity)|quality|grade|peptides?)\b|\bpurest\b|\bpurity (?:guarantee\w*|you can trust|assured)\b|\bguaranteed pur\w+|\bquality (?:guaranteed|you can trust|assured)\b|\b100 ?% (?:pure|authentic|genuine|real|legit\w*)\b|\bverified (?:pure|purity|quality)\b|\b(?:no|free (?:of|from)|zero) (?:impurities|contaminants|fillers)\b|\b(?:best|most trusted|#1|number one|leading) (?:source|supplier|vendor|peptide)",
                  unless=r"\b(?:ultra ?pure water|ultrapure (?:water|grade|solvents?|reagents?)|water|solvent\w*|hplc grade|lc ms grade|acetonitrile|buffer|silica|best quality score|image quality)\b")  # fmt: skip
    yield family("C14", "HHH", r"\b(?:third|3rd|2nd|second)[ -]?party[ -](?:\w+[ -])?(?:test\w*|verif\w+|analy\w+|lab\w*|certif\w+|confirm\w+)|\bindependent(?:ly)? (?:lab(?:oratory)? |laboratory )?(?:test\w*|verif\w+|certif\w+|confirm\w+|analy[sz]ed|validated)\b|\b(?:lab|batch|purity)[ -]tested\b|\btested (?:for purity|by (?:an? )?(?:independent|third|outside|external|accredited)\b|for quality|to ensure)|\blab(?:oratory)? (?:verified|certified)\b|\b(?:rigorously|extensively|thoroughly) tested\b",
                  unless=rf"{_BOUND_TO_RECORD}|\b(?:hypothes\w+|variables?|samples were|models?|code|report number|report no)\b")  # fmt: skip
    free = r"(?:(?:endo ?toxins?|pyrogens?|lps|contaminants)[ -]?(?:free\b|tested\b(?! for))|free (?:of|from) (?:any )?(?:endo ?toxins?|pyrogens?|bacteria|microb\w+|contamina\w+)|(?:low|no|zero|ultra ?low) endo ?toxins?\b|non ?pyrogenic|aseptic(?:ally)? (?:filled|produced|prepared|manufactured))"
    method = r"\b(?:lal|eu ?/ ?(?:mg|ml|vial)|iu ?/ ?(?:mg|ml|vial)|usp ?<|rfc\b|not tested|nmt)\b"
    yield family("C14", "BBB", rf"\b{free}", unless=rf"{method}|\b(?:water|tubes?|tips?|plastic\w*|glassware|buffers?|plates?|columns?|medium|serum|fbs|gloves|consumables|work area|technique)\b|\bsterility\b.*\bnot\b")
    yield family("C14", "BBB", rf"\bsterile\b|\bsterili[sz]ed\b(?= (?:vials?|peptide|product|powder|and))|\bsterility (?:guaranteed|assured|tested|certified|verified)\b|\bguaranteed sterility\b",
                  unless=rf"{_STERILE_AT_BENCH}|\bsterile[ -]filter\w*|\b(?:use|using|under|with|in|into|through|keep|kept|remain\w*|work|if|needed|need|require\w*|should be|must be|make|made|rendered|add|stored?|transfer\w*|want|0\.22|0\.2|filter\w*) (?:\w+ ){{0,4}}sterile\b|\bsterile (?:\w+ )?(?:cell|culture)|{method}|\bautoclav\w+|\bnot (?:been )?(?:sterili[sz]ed|tested)")  # fmt: skip
    yield family("C14", "BBB", r"\bcertified reference (?:materials?|standards?)\b|\bcertified (?:reference|standard|purity|pure|organic|authentic)\b|\breference standard (?:grade|quality)\b|\bprimary (?:reference )?standard (?:grade|quality)?\b(?= purity|-? ?grade)",
                  unless=r"\b(?:uncertainty|traceab\w+|u ?= ?\d|k ?= ?2|expanded|iso (?:33401|guide|17034)|against a|compared with|calibrat\w+ (?:with|against)|use a|using a|need\w*|means|differs?|unlike|rather than|is a material)\b")  # fmt: skip
    yield family("C14", "BBB", r"\b(?:tested|analy[sz]ed|verified|certified|checked|released|assayed|accredited|approved|compliant|manufactured|produced|made|meets?|in accordance|confirmed|measured|audited)\b.{0,50}\biso(?: ?/ ?iec)? ?-?:? ?(?:17025|9001|13485|17034)\b|\biso(?: ?/ ?iec)? ?-?:? ?(?:17025|9001|13485|17034)[ -](?:\w+ )?(?:accredited|certified|tested|compliant|lab\w*|purity|product|facility|peptides?|quality|verified|approved)\b|\bour\b.{0,40}\biso ?(?:/ ?iec)? ?(?:17025|9001)\b",
                  unless=r"\b(?:scope|certificate (?:no|number)|accreditation (?:no|number|body)|accredited for this method|is assessed|means|asks|requires|lists|sets out|must (?:hold|state|name)|for example|look for|whether|if the)\b")  # fmt: skip
    yield family("C14", "HHH", r"\b(?:made|manufactured|synthesi[sz]ed|produced|formulated) in (?:the )?(?:usa|us|america|united states|germany|switzerland|uk|eu) ?(?:lab\w*|facility|under|to the highest)\b|\bmilitary grade\b|\bgold standard (?:quality|purity|peptides?)\b|\bbatch consistency guaranteed\b")


def _legality() -> Iterator[Family]:
    yield family("C15", "BBB", r"\b(?:100 ?% |fully |totally |completely |perfectly |technically |still |is |are |it'?s )legal\b(?! (?:entit\w+|name|advice|notice|basis|duty|duties|counsel|person|representative|text|question|statement|requirement|department|document))|\blegal (?:in|to (?:buy|own|sell|possess|order|use|purchase|import|take)|for (?:personal|research|use)|everywhere|worldwide|grey|gray|alternative|status in all|loophole|steroid|high)\b|\blegally (?:buy|sold|available|purchased?|order|obtain|import|possess|use|sell|own)\b|\b(?:no|without(?: a| any)?|zero|skip the|don'?t need a|do not need a) (?:prescriptions?|rx|script|doctor'?s? (?:note|visit)|doctor)\b|\b(?:prescription|rx|script)[ -]?free\b|\bnon ?prescription\b|\bover[ -]the[ -]counter\b|\botc\b|\b(?:customs|border)[ -](?:safe|friendly|proof|guarante\w*|clearance guaranteed)\b|\b(?:clear|pass|get (?:it )?through|slip (?:through|past)|beat)(?:s|es|ing)? (?:\w+ )?customs\b(?! (?:clearance (?:form|document|paper)|declar\w+|requires|needs|takes|with (?:the|a|an) (?:commercial|invoice)|after|when|once|before))|\bseiz\w+\b(?=.{0,40}\b(?:refund|reship|guarantee|never|free|replac))|\bre ?ship\w* (?:if|guarantee|policy)\b.{0,30}\b(?:seiz\w+|customs)|\bnot a controlled substance\b|\bunscheduled\b|\b(?:show|fail|trigger|appear|pop|detect\w*)\b.{0,30}\b(?:drug|doping|urine)[ -]?tests?\b|\b(?:drug|doping)[ -]?test (?:safe|proof|friendly)\b|\bwada (?:approved|legal|compliant|permitted)\b|\bno (?:questions asked|paperwork|id|licen[sc]e) (?:needed|required|necessary)?|\bno questions asked\b|\bgr[ae]y ?area\b|\bloopholes?\b|\bnot (?:illegal|against the law|banned)\b|\bship(?:s|ping)? legally\b",
                  unless=r"\b(?:who|whether|not legal advice|no (?:setting|statement|feature) makes|does not make|doesn'?t make|unlawful|regularly and lawfully|unscheduled (?:maintenance|downtime|outage|visit))\b")  # fmt: skip
    yield family("C15", "H..", r"\bprescriptions?\b|\bcontrolled substances?\b", unless=r"\b(?:refus\w+|not (?:sold|listed|offered)|restricted|permit|prescription only medicine|licence|license)\b")


def _selling() -> Iterator[Family]:
    kit_parts = r"(?:bac(?:teriostatic)? water|syringes?|needles?|alcohol (?:swabs?|wipes?|pads?)|diluents?|insulin pins?|pens?|sharps container|pins)"
    yield family("C16", "BBB", rf"\b(?:add|includes?|including|with|comes with|free|plus|and|bundle\w*|kit|get|buy|bought|order|need|don'?t forget|pair(?:s|ed)? with|together|supplied with|cart|supplies|our)\b(?:\W+\w+){{0,5}}?\W+{kit_parts}\b",
                  unless=rf"{_SYRINGE_AT_BENCH}|\b(?:refus\w+|trial|participants|placebo)\b|\bneedle (?:valve|wash)|\b(?:buffer|pipett\w*|dilution|elisa|sample|assay|lab|lims|plate|standard|kit) diluents?\b|\bdiluents?\b.*\b(?:v1|c1|volume|stock|um\b|mm\b|pipett\w*|serial)|\badd (?:\S+ )*diluents?\b")  # fmt: skip
    yield family("C16", "BBB", rf"\b{kit_parts}\b(?:\W+\w+){{0,4}}?\W+(?:included|sold here|available|in stock|free|on offer|supplied|provided)\b", unless=rf"{_SYRINGE_AT_BENCH}|\b(?:buffer|pipett\w*|elisa|assay) diluents?\b")
    yield family("C16", "BBB", r"\b(?:injection|starter|beginner'?s?|peptide|mixing|reconstitution|dosing|weight loss|healing|recovery|complete injection|self) (?:kits?|bundles?|packs?|box(?:es)?|essentials?)\b|\b(?:bundles?|combo|stack|kit) (?:of|with|and save|deal|includes|discount)\b",
                  unless=rf"\b(?:elisa|assay|synthesis|coupling|conjugation|calibration|test|standards?|mass spec\w*|peptide mapping|spps|labell?ing|purification|columns?|nerve|fib\w+ bundles?|muscle|axon|of (?:papers|files|documents|records))\b")  # fmt: skip
    yield family("C16", "BBB", r"\bsubscribe (?:and|&|to) save\b|\b(?:monthly|weekly|auto(?:matic)?|recurring|peptide) (?:subscriptions?|refills?|auto ?ship|deliver(?:y|ies) plan|plan|re ?order)\b|\bauto[ -]?(?:ship|refill)\b|\bsubscribe\b(?=.{0,30}\b(?:cycle|dose|month|supply|never run out))|\bnever run out\b|\b(?:restock|refill|top up|replenish) (?:your|before|now)\b|\btime to (?:re ?order|restock|refill)\b|\brunning low\b|\bready for (?:your )?(?:next|another) (?:cycle|round|vial|month)\b|\byour (?:next )?cycle\b",
                  unless=rf"\b(?:nitrogen|dry ice|coolant|ink|medium|buffer|solvent|newsletter|feed|atom|reservoir|eluent)\b")  # fmt: skip
    yield family("C16", "BBB", r"\b(?:dos(?:e|age|ing)|syringe|insulin|units?|injection|bac water|cycle|bmi|tdee|macro|body ?weight) calculators?\b|\bcalculat\w+ (?:your|how many|the) (?:dose|units|injection|dosage|shot|syringe)\b|\b(?:syringe|insulin) units?\b|\bunits? (?:to draw|on the syringe|marks?)\b|\binsulin (?:syringes?|pens?|needles?)\b",
                  unless=r"\b(?:unit (?:conversion|calculator for (?:concentration|units of measure))|resuspension|no (?:dose|syringe))\b")  # fmt: skip
    yield family("C16", "HHH", r"\bpeptide (?:calculator|guide|cheat ?sheet|handbook)\b|\b(?:frequently|often|commonly|usually|customers also|most people also) (?:bought|buy|purchased|ordered|order) (?:together|with)\b|\bcustomers (?:who bought|also)\b|\bbuy (?:\d|one|two|three) get\b|\bwhile (?:supplies|stocks?) last\b", unless=r"\b(?:mass|molecular weight|property|pi\b|hydrophobicity|synthesis guide)\b")


def _evidence() -> Iterator[Family]:
    said = r"(?:suggest(?:s|ed)?|shows?|showed|shown|indicat(?:es?|ed)|demonstrat(?:es?|ed)|prov(?:es?|ed|en)|confirm(?:s|ed)?|found|finds|reveal(?:s|ed)?|says?|support(?:s|ed)?|highlight(?:s|ed)?|point(?:s|ed)? to|establish(?:es|ed)?|link(?:s|ed)?|report(?:s|ed)?|agree|believe|claim|hint(?:s|ed)?)"
    who = r"(?:stud(?:y|ies)|research|trials?|evidence|literature|science|scientists?|experts?|clinical data|findings|papers|publications|investigations?|investigators?|data|researchers|preclinical (?:data|work|studies|research)|animal (?:data|studies|work|research))"
    yield family("C17", "HHH", rf"\b(?:(?:recent|new|early|some|many|several|numerous|multiple|preliminary|emerging|growing|published|preclinical|countless|other|various|current|mounting|existing|scientific|peer reviewed|independent|international|extensive|ongoing|promising|modern|russian|animal|human|clinical) )*{who} (?:have |has |also |consistently |strongly |clearly |repeatedly |now |even |further )*{said}\b",
                  unless=rf"{_CITED}|{_BOUND_TO_RECORD}|\b(?:stability|our|validation|lot|batch|calibration|hplc|certificate|assay|mass|storage|temperature|nmr|this study|data (?:sheet|show in)|search|check|source|record|page|the trial|the study|the review|that trial|one trial|this trial|the data|what (?:trials|studies)|these (?:studies|trials) report|no (?:study|trial|studies|trials)|(?:study|trial|studies|trials) found here)\b", in_paragraph=True)
    yield family("C17", "HHH", r"\b(?:dozens|hundreds|thousands|scores|plenty|a wealth|a large body|a growing body|a vast body|tons|lots|an abundance|decades) of (?:\w+ ){0,4}(?:studies|trials|papers|research|publications|evidence|literature|data|scientists)\b|\b(?:numerous|countless|many|several|extensive|abundant|overwhelming|ample|considerable|substantial|multiple) (?!of the )(?:\w+ ){0,2}(?:studies|trials|papers|research|publications|evidence|rcts)\b|\b(?:widely|extensively|heavily|thoroughly|well) (?:studied|researched|documented|published)\b|\bscience says\b|\bit is well known\b|\baccording to (?:\w+ )?(?:studies|research|experts|science|scientists)\b|\b(?:studies|research|science) (?:is|are) clear\b",
                  unless=rf"{_CITED}|\b(?:search|check|tools?|certificate|method|hplc|well documented (?:method|lot)|for many studies of (?:the column))\b", in_paragraph=True)


def _comparison() -> Iterator[Family]:
    medicine = rf"(?:{MEDICINES}|{MEDICINE_WORDS})"
    better = r"(?:better|stronger|safer|cheaper|faster|gentler|superior|outperform\w*|beats?|alternatives?|comparable|equivalent|similar|equal|rivals?|replac(?:es?|ing|ements?)|substitutes?|generic|instead of|same|more (?:effective|potent|powerful|weight|affordable|natural)|as (?:effective|good|strong|potent|powerful|well)|like|versus|vs\.?|compared (?:to|with)|ditch|forget|swap|without the (?:price|cost|side)|less expensive|next generation|natural|mimics?|works like|than|unlike|stack\w* up)"
    yield family("C18", "BBB", rf"\b{better}\b(?:\W+\w+){{0,6}}?\W+{medicine}\b", unless=rf"{_IN_A_SYSTEM}|\b(?:[ei]c ?50|k ?[di]\b|binding|assay|comparator|randomi\w+|trial|placebo|compared with (?:standard|placebo)|hplc|nmr|impurit\w+)\b")
    yield family("C18", "BBB", rf"\b{medicine}\b(?:\W+\w+){{0,3}}?\W+(?:alternatives?|replacements?|substitutes?|dupes?|equivalents?|rivals?|competitors?|on a budget|without|killers?|clones?|but (?:cheaper|better|stronger|natural))\b", unless=rf"{_IN_A_SYSTEM}")
    yield family("C18", "HHH", rf"\b{better}\b(?:\W+\w+){{0,6}}?\W+{medicine}\b", needs=rf"{_IN_A_SYSTEM}|\b(?:comparator|randomi\w+|trial)\b", unless=rf"{_CITED}|[ei]c ?50|\bantibiotics?\b.*\b(?:medium|cells|culture)|\b(?:medium|cells|culture)\b.*\bantibiotics?\b|\bpenicillin\b|\bsteroid (?:hormone|receptor|free)")


FAMILIES = tuple(_families())


STATUS_MAY_NAME = frozenset({"C1", "C2", "C4", "C7", "C12", "C13"})
"""Rules that a sentence on a monograph about what a regulator decided, and when, does not break (A5)."""

_STATUS_FACT = re.compile(
    r"\b(?:approv(?:ed|al)|authori[sz](?:ed|ation)|licen[sc]ed?|registered|registration|marketed|withdrawn|withdrew|orphan|"
    r"designat\w+|scheduled|used (?:as a medicine|for|in)|prescription only|on the list|essential medicines)\b"
)
_STATUS_DATED = re.compile(
    r"\b(?:19|20)\d\d\b|\bdoi\b|\[@|\[\d{1,3}\]|\b(?:nda|bla|anda|eu/\d)\b|\bin (?:the )?(?:us|united states|eu|european union|uk|"
    r"united kingdom|russia|japan|china|italy|germany|france|canada|australia|india|several countries|more than \d+ countries|"
    r"some countries|ukraine|eastern europe)\b|\blabel\b|\bprescribing information\b|\bwho model list\b"
)
_STATUS_BORROWED = re.compile(
    r"\b(?:our|this (?:product|vial|peptide|reagent)|we|you|your|safe|safely|effective\w*|proven|works?|trust\w*|treats|cures|heals|"
    r"so it|therefore|decades|years|widely|successfully|long|to treat|which means|same|like|generic|better|stronger|buy)\b"
)


def is_regulatory_status(sentence: str) -> bool:
    """Whether a sentence states what a regulator decided about a medicine, dated or placed, and nothing of ours."""
    return bool(
        _STATUS_FACT.search(sentence)
        and _STATUS_DATED.search(sentence)
        and not _STATUS_BORROWED.search(sentence)
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """One kind of statement that belongs on a page."""

    id: str
    name: str
    finds: re.Pattern[str]


ALLOWED = tuple(
    Allowed(id, name, re.compile(finds))
    for id, name, finds in (
        ("A1", "Identity and chemistry", r"\b(?:sequence|formula|molar mass|molecular (?:weight|mass)|cas\b|peptide|salt|acetate|trifluoroacetate|residues?|endogenous|calibrant|substrate|ligand|\w+peptide)\b"),
        ("A2", "Certificate result or stated gap", r"\blot\b.*\d|\bcertificate\b|\bhplc\b|\bnot tested\b|\bnpc\b|\bnet peptide\b|\bpurity\b"),
        ("A3", "Handling at the bench", r"\b(?:store|stored|storage|dissolve|soluble|solubility|aliquot|freeze|thaw|centrifuge|desiccat\w+|stock solution)\b|-20|-80|2-8"),
        ("A4", "Mechanism in vitro", rf"\b(?:{SYSTEM})\b.*\b(?:{MEASURED})|\b[ei]c ?50\b"),
        ("A5", "Regulatory status or refusal", r"\bresearch use\b|\bnot for (?:human|veterinary)|\bapproved\b|\brefused\b|\bnot (?:sold|shipped|offered)\b|\bauthori[sz]ed\b"),
        ("A6", "Limit or negative statement", r"\bno (?:\w+ ){0,3}(?:evidence|conclusion|data|study|trial|claim)|\bnot (?:known|shown|established|tested)\b|\bunknown\b"),
        ("A7", "Hazard", r"\bsds\b|\bsafety data sheet\b|\bgloves\b|\bdust\b|\bh\d{3}\b|\bspill"),
    )
)  # fmt: skip
