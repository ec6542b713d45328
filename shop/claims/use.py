"""What may not be said of use: doses (C3), routes (C4), injections (C5), own goals (C9), evasions (C10)."""

from __future__ import annotations

from collections.abc import Iterator

from shop.claims.contexts import (
    AMOUNT,
    AT_THE_BENCH,
    BENCH_DOSE,
    CHROMATOGRAPHIC,
    CITED,
    FEEDING_CULTURES,
    HAZARD,
    IMPURITY,
    IN_A_SYSTEM,
    MASS,
    NEEDLE_AT_BENCH,
    NUMBER,
    OFTEN,
    REPEATED_AT_BENCH,
    ROUTE_BODY,
    STUDY_TOLD,
    SYRINGE_AT_BENCH,
)
from shop.claims.rules import Family, family
from shop.claims.vocabulary import ANIMALS, gap


def families() -> Iterator[Family]:
    """Every family of this subject."""
    yield from _dose()
    yield from _route()
    yield from _preparation()
    yield from _personal()
    yield from _evasion()


def _dose() -> Iterator[Family]:
    yield family(
        "C3",
        "BBB",
        rf"{AMOUNT}.{{0,40}}?\b{OFTEN}",
        unless=rf"{FEEDING_CULTURES}|{IMPURITY}|{STUDY_TOLD}.*(?:{CITED})|\bml ?/ ?min",
    )
    yield family(
        "C3",
        "BBB",
        rf"\b{OFTEN}(?:\W+\w+){{0,4}}?\W+{AMOUNT}",
        needs=r"\b(?:tak(?:e|en|ing)|us(?:e|ing)|dos\w+|inject\w*|pin\w*|run|subq|daily|before bed|"
        r"researchers|"
        r"subjects|weekly|start\w*)\b",
        unless=rf"{FEEDING_CULTURES}|{IMPURITY}|{STUDY_TOLD}.*(?:{CITED})",
    )
    yield family(
        "C3",
        "BHH",
        rf"{AMOUNT}.{{0,60}}?\b{OFTEN}",
        needs=rf"{STUDY_TOLD}.*(?:{CITED})|(?:{CITED}).*{STUDY_TOLD}",
        unless=FEEDING_CULTURES,
    )
    per_kg = (
        rf"{MASS}(?:mcg|ug|micrograms?|mg|g|ng|nmol|umol|iu|units?|u|ml) ?(?:/|per) ?(?:kg|kilo(?:gram)?s?|"
        r"lbs?|pounds?|(?:kg )?(?:of )?body ?weight|bw)\b"
    )
    yield family(
        "C3",
        "BBB",
        per_kg,
        unless=rf"{IMPURITY}|\b(?:{ANIMALS}|soil|feed|sediment|extract\w*)\b.*(?:{CITED})|"
        rf"(?:{CITED}).*\b(?:{ANIMALS})\b|\bsoil\b|\bsediment\b|{STUDY_TOLD}.*(?:{CITED})",
    )
    yield family("C3", "BHH", per_kg, unless=rf"{IMPURITY}|\bsoil\b|\bsediment\b")
    yield family(
        "C3",
        "BBB",
        r"\b(?:\w{1,4}g|iu|units?) (?:per|/) ?(?:day|week|month|injection|shot|application|administration|"
        r"dose)\b",
        unless=rf"{FEEDING_CULTURES}|{CHROMATOGRAPHIC}|{IMPURITY}|{STUDY_TOLD}.*(?:{CITED})|\bcapacity|"
        r"\bproduc\w+|\bsynthesi\w+|\bpermitted daily",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:recommended|typical|usual|common|standard|starting|starter|loading|maintenance|daily|"
        r"weekly|nightly|optimal|ideal|suggested|research|researcher|human|microdos\w*|micro|correct|"
        r"right|beginner'?s?|booster|your|first|next|missed|max(?:imum)?|proper|normal|popular|"
        r"therapeutic|effective daily|equivalent|human equivalent|proposed|"
        r"average)\s(?:\w+ ){0,2}?(?:dos(?:e|es|age|ages|ing))\b",
        unless=rf"\b(?:{BENCH_DOSE})|\b(?:trial|study|participants|patients)\b.*(?:{CITED})|"
        r"maximum permitted",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:dos(?:e|es|age|ages|ing))\s(?:guides?|guidelines?|charts?|calculators?|schedules?|"
        r"regimens?|protocols?|instructions?|advice|recommendations?|frequency|for (?:women|men|humans?|"
        r"adults|beginners|fat|weight|sleep|muscle|\w+ use)|should|once|twice|daily|weekly|at night|up\b|"
        r"yourself|per (?:day|week|kg|injection)|before|every|in the morning|equivalent|conversion|"
        r"tracker|reminder|tips|window|escalation)\b",
        unless=rf"\b(?:{BENCH_DOSE})|\bdose escalation (?:trial|study)\b.*(?:{CITED})",
    )
    yield family(
        "C3",
        "BBB",
        r"\bmicrodos\w+|\bhow much (?:should|do|to|can|would|of it|of this)?\W*(?:i|you|we|one|"
        r"to)?\W*(?:take|inject|use|dose|pin|draw|run)\b|\bhow (?:often|many (?:units|mg|mcg|times|"
        r"clicks)) (?:should|do|to|can)\b|\bposolog\w+",
        unless=rf"{AT_THE_BENCH}|{CHROMATOGRAPHIC}",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:begin|start|increas|rais|adjust|split|doubl|skip|work(?:ing)? up|go up|build up|reduc|miss|"
        r"tak|find|know|choos|pick|calculat)\w*\b(?:\W+\w+){0,4}?\W+dos(?:e|es|age|ages|ing)\b",
        unless=rf"{BENCH_DOSE}|{AT_THE_BENCH}|{STUDY_TOLD}",
    )
    yield family(
        "C3",
        "BHH",
        r"\b(?:over|under|re)?dos(?:e|es|ed|age|ages|ing)\b",
        unless=rf"{BENCH_DOSE}|\b(?:cells?|wells?|plates?|cultures?|assay|in vitro|nm\b|um\b|reactor|pump|"
        r"feed ?stock|radiation|uv|x ?ray|gamma|electron|ld ?50|ed ?50|organ bath|slices|spill|exposure)\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:titrat\w+|ramp\w*|taper\w*|step)\s(?:up|down|slowly|your|the dose|to (?:tolerance|effect)|"
        r"weekly|every|by \d+ ?(?:mcg|mg|ug|units))\b",
        unless=rf"{AT_THE_BENCH}|\bph\b|\bnaoh\b|\bkarl fischer\b|\bcalorimet\w+|\btemperature\b|\bvoltage\b|"
        r"\boven\b|\bflow rate\b",
    )
    yield family(
        "C3",
        "BBB",
        rf"\b{NUMBER}[ -]?(?:day|week|month)s?[ -](?:\w+ )?(?:cycles?|courses?|protocols?|blast|cruise|run|"
        r"regimens?|program(?:me)?s?|kickstart|plan|supply|transformation|challenge)\b",
        unless=rf"\b{REPEATED_AT_BENCH}\b|\b(?:stability|storage|validation|training|online|shelf|"
        r"stud(?:y|ies)|"
        r"work\s?plan|sampling|delivery|lead)\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:run|runs|running|ran|start|finish|plan|next|first|your|my|a|one|two|three|each|this|per|"
        r"bulking|cutting|steroid|peptide|healing|recovery|fat loss|post|pct|blast|gh|"
        r"hgh) cycles?\b(?! (?:number|threshold|time of|sequencing|per (?:minute|second)))",
        needs=r"\b(?:run|runs|running|your|my|bulking|cutting|steroid|peptide|healing|recovery|fat loss|pct|"
        r"blast|hgh|weeks?|months?|off|muscle|lean)\b",
        unless=rf"\b{REPEATED_AT_BENCH}\b(?! cycles? for)",
    )
    yield family(
        "C3",
        "BBB",
        r"\bcycl(?:e|ed|es|ing)\s(?:it\b|on\b|off\b|on and off|for \d+ weeks|length|between peptides|with|"
        r"support|lengths? of)|\b(?:weeks?|days?|months?)\s(?:on)\b\W+(?:\w+\W+){0,4}?(?:weeks?|days?|"
        r"months?|\d)?\s?(?:off)\b|\b\d+ (?:weeks?|days?) off\b|\b(?:5|five|6|six) (?:days )?on\W+(?:2|"
        r"two|1|one) (?:days )?off\b|\bon ?/ ?off cycle|\bbulking\b|\bcutting (?:cycles?|phase|season|"
        r"agent)\b|\bpct\b(?= (?:after|protocol|cycle))",
        unless=rf"\b{REPEATED_AT_BENCH}\b|\bbulking agents?\b.*\b(?:mannitol|lyo\w*|cake|excipient|"
        r"formulation)|"
        r"\bbulking agent",
    )
    yield family(
        "C3",
        "BBB",
        rf"\b(?:run|use|take|pin|do|stay on) (?:it|this|them|\w+) for {NUMBER}[ -](?:days?|weeks?|months?)\b|"
        rf"\b{NUMBER}[ -](?:days?|weeks?|months?) off\b|{AMOUNT} ?[x×] ?\d ?(?:/|per|a) ?(?:day|week)\b|"
        r"\b(?:half|quarter|whole|one|a) (?:a )?(?:vial|ampoule|bottle|pen)\W+(?:on|each|every|per|in the) "
        r"(?:mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|morning|evening|night|"
        r"day|week)\b",
        unless=rf"\b{REPEATED_AT_BENCH}\b|{AT_THE_BENCH}|{CHROMATOGRAPHIC}|\b(?:instrument|stability|stored?|"
        r"freezer|column|solvent|incubat\w+|cultur\w+|cells?|mice|rats)\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:dosing|weight loss|recovery|healing|injection|fat loss|anti ?aging|wellness|loading|user|"
        r"popular|beginners?|standard research|recomp|sleep|muscle|longevity|skin|maintenance|human|"
        r"clinic|biohack\w*|our favou?rite|self|daily|weekly|nightly|morning|evening) protocols?\b|"
        r"\bprotocols? (?:for|to)\s(?:\w+ )?(?:fat|weight|muscle|humans?|men|women|recovery|longevity|"
        r"sleep|healing|athletes|injur\w+|bodybuild\w+|losing|beginners)\b",
        unless=r"\b(?:elisa|pcr|hplc|coupling|digest\w*|assay|wound healing assay|cell culture|calibration|"
        r"maintenance of|loading buffer|column|gel|dye|sample loading|peptide loading|mhc|"
        r"daily (?:calibration|qc))\b",
    )
    yield family(
        "C3",
        "BHH",
        r"\b(?:peptide|your|my|usage|use|dosage|research subject|user'?s?|administration) protocols?\b|"
        r"\bprotocol (?:guide|stack)\b",
        unless=rf"{AT_THE_BENCH}|\b(?:synthesis|assay|laboratory|digest\w*|conjugation|labell?ing|"
        r"purification|"
        r"cleavage|your (?:own )?(?:assay|lab|validated))\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:peptide|healing|wolverine|recovery|fat ?loss|cutting|bulking|nootropic|glow|klow|gh|hgh|"
        r"your|my|ultimate|beginner'?s?|sleep|muscle|weight loss|longevity|wellness|energy|gains?|sex|"
        r"libido|research|best|popular|favou?rite|complete|this|supplement|daily|anti ?aging|beauty|brain|"
        r"focus) stacks?\b|\bstack(?:s|ed|ing)? (?:it |this |them |these |well |nicely |perfectly |great |"
        r"best |beautifully )?(?:with|alongside|together|on top of|in a)\b|\bstack(?:s|able) (?:well|"
        r"nicely|perfectly)|\b(?:great|perfect|good|best|ideal|commonly|often|popular(?:ly)?|usually|"
        r"try) (?:to |for |when )?stack(?:ed|ing|s)?\b|\bstack (?:guide|of \w+ peptides|discount|deal|"
        r"and save)|\bstack\b.{0,20}\+",
        unless=r"\b(?:gels?|sds|page|aromatic|pi|π|bases?|plates?|trays?|boxes|incubator|freezer|"
        r"racks?|images?|"
        r"z stacks?|lens|rings?|membranes?|electrodes?|graphene|nucleobases?|sheets?|fuel|software|"
        r"technology|tech|tubes?|slices|hydrophobic|wells|vials upright|containers|confocal|residues?|"
        r"chips?|columns?|microscop\w+|tiff|fluorescen\w+)\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:daily|nightly|weekly|continuous|long[- ]term|regular|everyday|prolonged|repeated|"
        r"chronic) use\b|\bstart low\b|\bgo slow\b",
        unless=rf"{AT_THE_BENCH}|\b(?:lab\w*|instrument|in the laboratory)\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:loading|maintenance|saturation) (?:phase|dose|period)\b",
        unless=rf"{AT_THE_BENCH}",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:take|takes|taken|taking|took|use|uses|used|using|consume|pin|dose|run|do|spray|"
        r"inject)\s(?:it|this|them|one|two|three|half|\d+[\w.]*(?: \w+)?|the peptide|yours?|"
        r"daily)?\s?(?:\w+ ){0,2}?(?:before bed(?:time)?|before sleep|at (?:night|bedtime)|nightly|daily|"
        r"twice (?:a|per) (?:day|week)|twice daily|twice weekly|once (?:a|per) (?:day|week|month)|"
        r"once daily|once weekly|weekly|every (?:day|morning|night|evening|other day|week)|each (?:day|"
        r"morning|night|evening)|on an empty stomach|with (?:food|a meal|meals|breakfast)|in the morning|"
        r"first thing|pre ?workout|post ?workout|before (?:training|workouts?|the gym|meals?|breakfast|"
        r"exercise)|after (?:training|workouts?|meals?)|orally|by mouth|sublingual\w*|under the tongue|"
        r"for best results|as needed|for \d+ (?:weeks|months))\b",
        unless=rf"{FEEDING_CULTURES}|{CHROMATOGRAPHIC}|\b(?:instrument|calibrat\w+|clean\w*|solvent|freezer|"
        r"inspection|pipett\w*|readings?|measurements?|samples?|temperatures?|laboratory|balance|logs?|"
        rf"(?:is|are|was|were|be|been) used daily)\b|{STUDY_TOLD}.*(?:{CITED})",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:before bed(?:time)?|pre ?workout|post ?workout|upon waking|on (?:an )?empty stomach|"
        r"best taken|when taken|to be taken|before (?:you )?sleep|first thing in the morning|"
        r"morning and (?:night|evening)|with your (?:morning|coffee|breakfast))\b",
        unless=r"\b(?:medium|media|incubator|plates?|samples?|image\w*|readings?|mice|rats|trial|"
        r"participants)\b",
    )
    yield family(
        "C3",
        "BBB",
        r"\b(?:(?:a|one|two|three|four|six|\d+)[ -]?(?:month'?s?|weeks?'?|days?'?)) (?:supply|worth)\b|"
        r"\b(?:vials?|bottles?|kits?|pens?) (?:will )?lasts? (?:you )?(?:about |up to |"
        r"around )?\w+ (?:weeks?|months?|days?|doses?|injections?)\b|\b(?:doses?|servings?|shots?|"
        r"injections?|applications?) (?:per|in (?:a|each|every)|from (?:one|a|each)) (?:vial|bottle|pen|"
        r"container)\b|\bserving size\b|\bservings?\b(?= per)",
        unless=CHROMATOGRAPHIC,
    )


def _route() -> Iterator[Family]:
    yield family(
        "C4",
        "BBB",
        rf"\binject\w*{gap(6)}{ROUTE_BODY}|\b{ROUTE_BODY}{gap(3)}inject\w*|\b(?:self|daily|weekly|nightly|"
        r"insulin) inject\w*|\binject (?:it|this|yourself|once|daily|twice|slowly|the peptide|your|me|him|"
        r"her|them)\b|\b(?:ready|prepared|suitable|safe|easy|painless|intended|made|meant|how|want|going|"
        r"plan\w*|able) (?:to|for) (?:be )?inject\w*|\bi inject|\bshoot (?:it|up)\b",
        unless=rf"{STUDY_TOLD}.*(?:{CITED})|\b(?:safe|ready|suitable|easy|able) (?:to|"
        r"for) inject\w* (?:onto|on|"
        r"into) (?:the |an? )?(?:column|hplc|lc|uplc|gc|instrument)|\b(?:ready|suitable|"
        r"prepared) for (?:direct )?injection (?:onto|on|into) |\boocytes?\b|\bembryos?\b",
    )
    yield family(
        "C4", "BBB", r"\binject\w*\b", unless=rf"{CHROMATOGRAPHIC}|{STUDY_TOLD}.*(?:{CITED})|{HAZARD}"
    )
    yield family(
        "C4",
        "BHH",
        r"\binject\w*\b",
        needs=rf"{STUDY_TOLD}.*(?:{CITED})|(?:{CITED}).*{STUDY_TOLD}",
        unless=CHROMATOGRAPHIC,
    )
    yield family(
        "C4",
        "BHH",
        r"\b(?:subcutaneous(?:ly)?|sub ?q\b|subcut\w*|intramuscular(?:ly)?|intravenous(?:ly)?|"
        r"intraperitoneal(?:ly)?|intranasal(?:ly)?|intrathecal(?:ly)?|intradermal(?:ly)?|"
        r"sublingual(?:ly)?|transdermal(?:ly)?|parenteral(?:ly)?|percutaneous(?:ly)?|iv (?:drip|infusion|"
        r"push|bolus|use|therapy)|(?:s\.c\.|i\.m\.|i\.v\.|i\.p\.)|(?:sc|im|iv|ip|subq|po) (?:injection|"
        r"use|route|administration|dosing|daily|once|twice|weekly|bolus|infusion))",
        unless=r"\b(?:subcutaneous|intraperitoneal) (?:adipose|fat|tissue|tumou?rs?|xenografts?|depot|"
        rf"preadipocytes?|adipocytes?|cells)|{HAZARD}|\btransdermal diffusion cell|\bfranz\b",
    )
    yield family(
        "C4",
        "BBB",
        r"\b(?:subcutaneous(?:ly)?|sub ?q\b|subcut\w*|intramuscular(?:ly)?|intravenous(?:ly)?|"
        r"intranasal(?:ly)?|sublingual(?:ly)?|transdermal(?:ly)?|orally|parenteral(?:ly)?)\b",
        unless=r"\b(?:subcutaneous|intraperitoneal) (?:adipose|fat|tissue|tumou?rs?|xenografts?|depot|"
        rf"preadipocytes?|adipocytes?|cells)|{HAZARD}|{STUDY_TOLD}|\bfranz\b|\bapproved\b|\blicen[sc]ed\b|"
        rf"\blabel\b|\b(?:{ANIMALS})\b|{CITED}",
    )
    yield family(
        "C4",
        "BBB",
        r"\b(?:suitable|ready|intended|made|designed|formulated|ideal|safe|optimi[sz]ed|perfect|"
        r"convenient|prepared|works?|best|sold|supplied|use|for) (?:for |by |via |"
        r"as )?(?:\w+ )?(?:intravenous(?:ly)?|iv|subcutaneous(?:ly)?|subq|sub q|intramuscular(?:ly)?|im|"
        r"sc|intranasal(?:ly)?|nasal|oral|sublingual|transdermal|topical|parenteral|rectal) (?:infusions?|"
        r"injections?|use|administration|delivery|application|route|shots?|drip|dosing)\b",
        unless=rf"{STUDY_TOLD}|{HAZARD}|\bapproved\b|\blabel\b|{CHROMATOGRAPHIC}",
    )
    yield family(
        "C4",
        "BBB",
        r"\bnasal (?:sprays?|drops?|use|administration|delivery|route|inhaler|mist|dosing)\b|\bsnort\w*\b|"
        r"\b(?:under|beneath) (?:the|your|one's) tongue\b|\bappl(?:y|ied|ying) topically\b|"
        r"\btopically (?:once|twice|daily|to|on)\b|\bby mouth\b|\boral (?:use|administration|dosing|"
        r"capsules?|tablets?|intake|route|consumption|form|spray|drops|peptides?|version|strips?)\b|"
        r"\b(?:swallow|drink|eat|ingest) (?:it|this|the|one|two|with|daily)\b|\binhal(?:e|er) (?:it|this|"
        r"the|once|twice)\b|\btopical(?:ly)? (?:use|appl\w+|cream|serum|gel|to|on)|\bappl(?:y|ied|"
        r"ying) (?:it |this |directly |topically |a \w+ )*(?:to|on|onto) (?:the |your |affected |clean |"
        r"dry )*(?:skin|face|scalp|wounds?|body|hair|area|forehead|neck|gums)\b|\b(?:capsules?|tablets?|"
        r"gummies|lozenges|troches|patches|suppositor\w+|eye drops|ear drops|serum for (?:face|"
        r"skin))\b(?= for| to|,| you| daily|\.|$)|\bnostrils?\b|\b(?:into|in|up) (?:each|the|your|"
        r"one) (?:nose|nostril|mouth|cheek)\b|\b(?:rub|massage|smear|dab|spread|smooth|pat)(?:s|bed|ing|"
        r"ged)? (?:\w+ ){0,3}?(?:into|onto|on|in) (?:\w+ ){0,2}?(?:scalp|skin|face|gums|body|forehead|"
        r"neck|hands|belly)\b|\binhal\w+ (?:one|two|three|\d+|a) |\b(?:one|two|three|\d+) puffs?\b|"
        r"\bmicroneedl\w+|\bdermarol\w+|\bmeso(?:therapy)\b",
        unless=rf"{HAZARD}|{STUDY_TOLD}|\b(?:gelatin capsules?|sample tablets?|kbr|buffer tablets?|"
        r"pbs tablets?|"
        r"inhibitor tablets?|bovine serum|serum for cell|tablets? (?:in|per) (?:\d|buffer)|protease|"
        rf"oral (?:epithel\w+|mucosa\w*))\b|\b(?:{ANIMALS})\b|\bapproved\b|{IN_A_SYSTEM}",
    )
    yield family(
        "C4",
        "BHH",
        r"\bnasal (?:sprays?|drops?|use|administration|delivery|route)\b|\boral (?:use|administration|"
        r"dosing|route|intake)\b|\borally\b|\btopical(?:ly)?\b",
        needs=rf"{STUDY_TOLD}|\b(?:{ANIMALS})\b|\bapproved\b|\blabel\b",
        unless=HAZARD,
    )
    yield family(
        "C4",
        "BBB",
        r"\binsulin (?:syringes?|pens?|needles?|units?|pins?)\b|\bu ?-?100\b(?= syringe| insulin|\W)|"
        r"\b(?:pen|insulin) needles?\b|\binjection pens?\b|\bpre ?filled (?:pens?|syringes?)\b|"
        r"\bauto ?injectors?\b|\bpeptide pens?\b|\b(?:dial|click) (?:the pen|pen|up to \d+)|"
        r"\b\d+ ?-?units? (?:mark|on (?:an?|the|your)|line|tick)\b|\b(?:draw|pull|fill|load|"
        r"measure)(?:ing|n|s|ed)? (?:it |back |up |out |to )*(?:to )?(?:the )?\d+[ -]?(?:units?|iu|ticks?|"
        r"mark|clicks?)\b|\bdraw (?:up )?(?:your|the) (?:dose|shot|peptide|amount)\b|\bunits? (?:on|"
        r"of) (?:an? |the |your )?(?:insulin )?(?:syringe|pin)\b|💉|💊",
        unless=r"\binsulin units? of activity\b|\bunit(?:s)? of insulin receptor",
    )
    yield family(
        "C4", "BBB", r"\bsyringes?\b", unless=rf"{SYRINGE_AT_BENCH}|\b(?:refus\w+|not (?:sold|listed))\b"
    )
    yield family(
        "C4",
        "BBB",
        r"\bneedles?\b|\b(?:2[3-9]|3[0-4]) ?-?(?:g|gauge)\b(?=.{0,20}\b(?:needle|pin|x|syringe|1/2|5/16))",
        unless=NEEDLE_AT_BENCH,
    )
    yield family(
        "C4",
        "BBB",
        r"\bpin(?:s|ned|ning)? (?:it|daily|in|into|sub|eod|your|every|schedule|site|once|twice|"
        r"\d+ ?(?:mcg|mg|units|iu))\b|\b(?:weekly|daily|skinny|peptide|your|next|first|nightly) (?:shots?|"
        r"jabs?|pokes?|pins?)\b|\bjabs?\b|\binjectables?\b|\brotate (?:injection )?sites?\b|"
        r"\binjection sites?\b",
        unless=r"\bpin (?:your|in|into) (?:the )?(?:connector|socket|browser|tab|board|header|slot)|"
        r"\b(?:trial|"
        r"participants|patients)\b|\bpin in the|\b(?:your|next|first) pins?\b.*\bconnector",
    )
    yield family(
        "C4",
        "BBB",
        r"\badminister(?:s|ed|ing)?\b(?! the (?:survey|scheme|licen|contract|account|system|network|"
        r"server))|\b(?:self|human|drug|peptide|easy|simple|daily|weekly|route of|for|proper|correct|"
        r"subject) administration\b|\badministration (?:route|of (?:the )?(?:peptide|compound|vial|"
        r"product)|instructions?|guide|schedule|to)\b",
        unless=rf"{STUDY_TOLD}|\b(?:{ANIMALS})\b|\b(?:cells?|wells?|cultures?|slices|organ bath|estate|exam|"
        r"questionnaire|grants?|account|iacuc)\b|\bfood and drug administration\b|"
        r"\bdrug administration\b(?= \(|'s)",
    )
    yield family(
        "C4",
        "BHH",
        r"\badminister(?:s|ed|ing)?\b|\badministration (?:route|of|to)\b|\broute of administration\b",
        needs=rf"{STUDY_TOLD}|\b(?:{ANIMALS})\b",
        unless=r"\b(?:cells?|wells?|cultures?|slices|organ bath|food and drug administration)\b",
    )

    yield family(
        "C4",
        "BBB",
        r"\bplunger\b(?:\W+\w+){0,4}?\W+units?\b|\b(?:pull|draw|press|push)\w* (?:\w+ ){0,3}?plunger\b",
        unless=rf"{SYRINGE_AT_BENCH}|\bpipett\w+",
    )
    yield family(
        "C4",
        "BBB",
        r"\b(?:shoot|stick|jab|push|squirt|put|goes?|go|place[sd]?)\b(?:\W+[\w.]+){0,4}?\W+(?:into|in|under|beneath|"
        r"through) (?:the |your |his |her |one's )?(?:skin|belly|stomach|abdomen|thigh|glute\w*|arm|shoulder|"
        r"delt\w*|buttocks?|muscle|vein|love handles?)\b",
        unless=rf"{HAZARD}|{STUDY_TOLD}|\b(?:{ANIMALS})\b|\bhomogen\w+",
    )


def _preparation() -> Iterator[Family]:
    yield family(
        "C5",
        "BBB",
        r"\bbacterio ?static\b(?! (?:effect|activity|concentration|agent|assay|against|or bactericidal|"
        r"antibiotic|action|at \d))|\bbac ?(?:water|h2o|wasser)\b|\bbact? water\b|\bhospira\b|"
        r"\bwater for injections?\b|\bwfi\b|\bsaline for injection\b|\bsterile (?:diluent|"
        r"water for inj\w*|bac\w*)\b|\binjection (?:grade|quality) (?:water|diluent)\b|"
        r"\bdiluents? for inj\w*",
    )
    yield family(
        "C5",
        "BBB",
        r"\bbenzyl alcohol\b",
        needs=r"\b(?:0\.9|water|preserv\w*|diluent|reconstitut\w*|vial)\b",
        unless=r"\b(?:impurit\w+|solvent|gc\b|protect\w+|cbz|hydrogenolysis|oxid\w+)\b",
    )
    yield family(
        "C5",
        "BBB",
        r"\balcohol (?:swabs?|wipes?|pads?|preps?)\b|\bswab (?:the |your |each )?(?:vial|stopper|top|"
        r"rubber|skin|site|injection|area|lid)\b|\bprep pads?\b|\bwipe (?:the )?(?:injection|skin|your)\b",
    )
    yield family(
        "C5",
        "BBB",
        r"\b(?:use|used|discard|good|lasts?|finish|throw\w*|keeps?|refrigerate\w*|toss|"
        r"potent)\b(?:\W+\w+){0,5}?\W+(?:within|after|for|up to)\W+(?:28|30|twenty eight) days\b|"
        r"\b28[ -]day (?:vial|shelf|rule|window|use)\b",
        needs=r"\b(?:reconstitut\w*|mixed|vial|fridge|refrigerat\w*|mixing|discard|water|opened|once)\b",
        unless=r"\b(?:pbs|assay|hplc|stability|mm\b|um\b|buffer|culture|medium|cells|dmso|radio\w+)\b",
    )
    yield family(
        "C5",
        "BBB",
        r"\b(?:reconstitut|mix|dilut|dissolv|prepar)\w*\b.{0,80}\b(?:before|prior to|for|ready (?:for|to)|"
        r"then|and) (?:the |your |daily |each |self |subcutaneous |first |next )?(?:inject\w*|administ\w+|"
        r"use in (?:people|humans|patients)|human use|shots?|jabs?|pinning|dosing)\b",
        unless=CHROMATOGRAPHIC + r"|\b(?:wells?|cells?|cultures?)\b",
    )
    yield family(
        "C5",
        "BBB",
        r"\b(?:mixing|reconstitution|peptide|prep) (?:guide|instructions?|steps|video|tutorial|"
        r"calculator)\b.{0,60}\b(?:inject\w*|units|syringe|dose|bac)\b|\bmix(?:ing)? (?:your|"
        r"the) (?:peptides?|vials?) (?:with|at home|for)\b",
    )
    yield family(
        "C5",
        "HHH",
        r"\bsterile (?:saline|water)\b|\b0\.9 ?% (?:saline|sodium chloride)\b",
        needs=r"\b(?:reconstitut\w*|dissolv\w*|mix\w*|vial|dilut\w*|add)\b",
        unless=r"\b(?:[um]m\b|ug ?/ ?ml|mg ?/ ?ml|ng ?/ ?ml|cells?|cultures?|medium|assay|buffer|pbs|"
        r"dmso|elisa|"
        r"filter\w*|wells?|stock)\b",
    )


def _personal() -> Iterator[Family]:
    mine = (
        r"(?:weight|body|goals?|health|fitness|muscles?|recovery|sleep|skin|fat|physique|gains|workouts?|"
        r"wellness|libido|energy|brain|mood|metabolism|appetite|hormones?|joints?|longevity|routine|"
        r"journey|transformation|hair|age|potential|lifestyle|immune system|immunity|life|mind|confidence|"
        r"bloodwork|testosterone|doctor|physician|healthcare provider|diet|supplement\w*|stack|cycle|"
        r"bedtime|heart|gut|injury|pain|youth|waist|waistline|belly|abs|thighs|face|mind|"
        r"performance goals|training goals|dog|cat|pet|horse)"
    )
    yield family(
        "C9",
        "BBB",
        r"\byour (?:own |personal |daily |overall |natural |fitness |health |wellness |weight loss |body |"
        rf"training |physique |recovery |best |summer |beauty )*{mine}\b",
        unless=r"\b(?:your (?:research|project|assay|experimental|laboratory|sequencing) goals?|"
        r"your (?:own )?(?:laboratory|lab|assay) routine|personal data|your cell culture routine)\b|"
        r"\bif .{0,30}(?:on|in contact with) your skin\b|{_H}".replace("{_H}", HAZARD),
    )
    yield family(
        "C9",
        "BBB",
        r"\bathlet(?:es?|ic)\b|\bbody ?build\w*|\bgym(?:s|goers?| rats?| bros?)?\b|\bcross ?fit\w*|"
        r"\bbio ?hack\w*|\bpower ?lift\w*|\bfitness (?:enthusiasts?|communit\w+|goals?|lovers?|fans?|"
        r"models?|journey)\b|\bweight ?lift\w*|\b(?:women|men|people|adults|anyone|guys|ladies|those|"
        r"folks) (?:over|above|past|in their|looking|trying|wanting|who (?:want|need|are looking|struggle|"
        r"train|lift)\b|seeking)|\bover ?(?:40|50|60)s\b|\bbusy (?:mums?|moms?|professionals|parents)\b|"
        r"\bfor (?:men|women|him|her|athletes|lifters|runners|beginners|bodybuilders|seniors|gamers|"
        r"students (?:who|before exams)|moms?|mums?)\b|\bfor (?:\w+ )?(?:performers|achievers|executives|"
        r"entrepreneurs|shift workers|veterans|dancers|fighters|cyclists|swimmers|seniors|grandparents|"
        r"parents|mothers|new moms|dieters|lifters|women|men|ladies|gentlemen|guys|couples|gamers|"
        r"insomniacs|travell?ers) ?(?=who\b|that\b|over\b|seeking\b|looking\b|wanting\b|[.,!]|$)|"
        r"\bcutting (?:cycles?|season|phase)\b|\b(?:beach|summer|dream|bikini) body\b|\b(?:look|feel|"
        r"looking|feeling) (?:\w+ )?(?:better|younger|amazing|great|your best|lean\w*|stronger|"
        r"energi[sz]ed|good|like new|refreshed)\b|\b(?:perform|recover|sleep|train|age|heal) (?:better|"
        r"faster|harder|smarter|deeper|gracefully|like)\b|\bphysiques?\b|\bmen'?s health\b|"
        r"\bwomen'?s health\b|\bweekend warriors?\b|\bcompetitive sports?\b|\bpersonal trainers?\b",
        unless=r"\b(?:participants|trial|placebo|randomi\w+|cohort|patients|enrolled|records?|"
        r"for students (?:of|"
        r"in|and teachers)|open to|for beginners in (?:chromatograph\w+|peptide))\b|"
        rf"\bfor everyone (?:in the (?:lab|building)|on site)|{AT_THE_BENCH}",
    )
    yield family(
        "C9",
        "BBB",
        r"\b(?:for|in|fit for|suitable for) (?:both )?(?:human|animal|people|"
        r"personal) (?:and \w+ )?(?:use|consumption|administration|injection)\b",
        unless=r"\b(?:refus\w+|prohibit\w*|forbidden|forbid\w*|banned|not permitted|not allowed|unlawful|"
        rf"declin\w+|held|cancel\w*)\b|{STUDY_TOLD}|\bapproved\b|\blabel\b",
    )
    yield family(
        "C9",
        "BBB",
        r"\b(?:personal|own|home|at[ -]home|self|recreational|private|individual|non ?research|"
        r"off label) (?:use|experiment\w*|consumption|research on yourself|injection|administration|"
        r"treatment|medicat\w+)\b|\bdo it yourself\b(?= (?:inject|health))|\b(?:use|try|test|"
        r"experiment(?:ing)?) (?:it |this )?(?:at home|on (?:yourself|myself|himself|humans|people|"
        r"my ?self))\b|\bself[ -]?experiment\w*|\bself[ -]?medicat\w*|\bn ?= ?1 experiment",
        unless=r"\b(?:refuse|refused|prohibit\w*|forbidden|declin\w+|forbid\w*|order is held|hold|"
        r"cancel\w*)\b",
    )
    yield family(
        "C9",
        "BBB",
        r"\byou(?:'ll| will| can| may| should|'d| would| might| could)? (?:\w+ )?(?:feel|lose (?:weight|"
        r"fat|inches|pounds|\d)|gain (?:muscle|size|strength|weight)|sleep|look (?:younger|leaner|better|"
        r"great)|burn|build muscle|recover|inject|take (?:it|this|\d|your|the peptide)|dose|pin|heal|"
        r"wake up|perform|age)\b|\bwhich peptides? (?:is|are|fits?|suits?|should|do|would|"
        r"works?)\b(?=.{0,30}\b(?:you|your|me|my|right|best|goals?|i take))|\b(?:right|best|perfect|"
        r"ideal) (?:peptide|one|product|vial|compound) for (?:you|me|your body|women|men)\b|"
        r"\bask us (?:which|what|how) .{0,40}\b(?:goals?|for you|you need|to take|works|dose|take)\b|"
        r"\bachieve (?:your|the (?:body|physique|results))\b|\breach your\b|\bbe your best\b|"
        r"\bbest version of yourself\b|\btreat yourself\b|\bpersonali[sz]ed (?:peptide|dosing|plan|"
        r"protocol|consult\w*)\b|\b(?:free|health|peptide) consult(?:ation)?s?\b",
        unless=rf"{AT_THE_BENCH}|\byou (?:can|may|should|will) take (?:it|this) (?:as|to|from|"
        r"into account|up)\b|"
        r"\bunwell\b|\breach your (?:laborator\w+|address|institution|lab|desk|door|inbox|order)|"
        r"\bburn (?:the|your) (?:file|disk)|\byou (?:can )?feel free\b",
    )


def _evasion() -> Iterator[Family]:
    yield family(
        "C10",
        "BBB",
        r"\bbut (?:our |many |some |most |other )?(?:customers?|clients?|users?|readers?|people|others|"
        r"buyers?|researchers?) (?:do|say|swear|disagree|know|would|report|feel|find|tell)\b",
    )
    yield family(
        "C10",
        "BBB",
        r"\bglp ?-?[123]? ?-?\(?(?:rt|tz|sm|cg|sema|reta|tirz|rta)\b\)?|\bglp ?-?3\b|"
        r"\bglp ?-?[12] \(?(?:s|t|r|c)\)?\b(?! ?(?:agonis\w*|antagonis\w*|receptor|expression|activation|"
        r"gene|knockout|binding|signal\w*|and|in\b|cells?|internali\w*|assay|positive))|"
        r"\bglp[12][stc] \d+ ?mg|\b(?:triple|dual) g\b(?= agonist in a vial)",
    )
    yield family(
        "C10",
        "BBB",
        r"\b(?:reta|tirz|tirze|cagri|retatru|semagl|ozem)\b|\bsema\b(?! (?:domain|3|4|family|plexin|a\b|"
        r"e\b))|\b(?:r3ta|tirzep|big r|miss t)\b",
    )
    yield family(
        "C10",
        "BBB",
        r"\bwink\b|[;:]-?\)(?=\s|$)|😉|😜|🤫|👀|🙈|\bnudge\b|\biykyk\b|\bif you know,? you know\b|"
        r"\byou know (?:what|why|how) (?:it'?s|this is|to)\b|\basking for a friend\b|\bswim\b(?= (?:took|"
        r"takes|uses|reports|feels|lost))|\bread between the lines\b|\bwe can'?t (?:say|tell you|"
        r"legally)\b|\bofficially (?:only )?for research\b|\bfor legal reasons\b",
        unless=r"\b(?:payment|legal basis)\b",
    )
    yield family(
        "C10",
        "BBB",
        r"\bdiscreet(?:ly)?\b|\bdiscrete(?:ly)? (?:packag\w+|ship\w+|deliver\w+|billing)|"
        r"\bplain (?:packag\w+|unmarked|brown box)|\bstealth\b|\bunmarked (?:box\w*|packag\w+|vials?|"
        r"envelope)\b|\bcoded name|\bcode ?named?\b|\bdisguised\b|\b(?:labelled|labeled|sold|marketed|"
        r"listed) as (?:research|lab\w*|a research)\b.{0,30}\b(?:but|so|to avoid|only on paper)\b",
    )
    yield family(
        "C10",
        "BBB",
        r"\b(?:your|my|our|human|two[ -]legged|adult|male|female|for|the|2[ -]legged|\d+ ?(?:kg|lb|"
        r"lbs)) (?:research |test )?lab ?rats?\b|\blab ?rats? (?:report\w*|feel|felt|love|say|take|inject|"
        r"lost|noticed|should|need|will)\b|\b(?:research|test|human|our|the|your|male|female|lab|"
        r"study) (?:subjects?|specimens?|models?|rats?|animals?|candidates?|participants?) (?:typically |"
        r"usually |often |commonly |generally |can |may |should |will |have |consistently )*(?:take|takes|"
        r"took|use|uses|report|reports|reported|experience|feel|felt|inject|injects|notice|noticed|prefer|"
        r"lose|lost|sleep|love|respond best|enjoy|pin|dose|gain|gained|self administer|cycle)\b|"
        r"\bresearchers? (?:\w+ ){0,2}?(?:take|takes|inject\w*|pin|dose themselves|run|prefer to (?:take|"
        r"inject|use)|prefer (?:taking|injecting|it before)|feel|love|swear|use it (?:before|"
        r"on themselves|daily|for)|report (?:feeling|better|weight|losing|improved|more|deeper|fat|less|"
        r"great|increased|faster)|cycle|stack|self administer|lost|notice)\b|[\"'](?:lab ?rats?|"
        r"(?:research|test|lab|human) subjects?|guinea pigs?|mice|in ?vitro|plants?|aquarium|pet)[\"']|"
        r"[\"'](?:research(?:ers?)?|lab|laboratory|subjects?|science|test(?:ing)?|rats?)[\"'](?! (?:and|,|"
        r"means))",
        unless=r"\bresearchers? (?:\w+ )?(?:run (?:the |an? )?(?:gels?|assays?|hplc|samples?|columns?|blots?|"
        r"experiments?)|take (?:care|notes|readings|part|samples?|images)|stack (?:gels|images))|"
        r"\b(?:study|test) (?:participants?|subjects?|animals?)\b.*\b(?:trial|placebo|doi|nct)|"
        r"\b(?:models?|animals?) (?:can|may|should)? ?(?:use|uses)\b|\b(?:test|research) models? (?:use|"
        r"uses|experience)\b|\bmodels? (?:take|takes|use|uses) (?:\w+ )?(?:inputs?|into|a|an)\b|"
        r"\b[\"']test[\"'] (?:mode|button|field)",
    )
    yield family(
        "C10",
        "BBB",
        r"\b(?:most|many|some|experienced|seasoned|advanced|our|serious) (?:researchers|scientists|labs?|"
        r"buyers|chemists) (?:\w+ )?(?:take|use it (?:before|after|daily|for (?:fat|sleep|weight|recovery|"
        r"muscle))|inject|dose|pin|start (?:with|at) \d+ ?(?:mcg|mg|ug|units|iu)|prefer (?:it )?(?:before|"
        r"at night|in the morning|subq|the abdomen)|run it)\b",
    )
