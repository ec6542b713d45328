"""What may not be said in trade: approval (C7), testimonials (C8), quality (C14), legality (C15), what is
sold (C16) and comparisons with medicines (C18)."""

from __future__ import annotations

from collections.abc import Iterator

from shop.claims.contexts import (
    AT_THE_BENCH,
    BOUND_TO_RECORD,
    CITED,
    G2,
    IN_A_SYSTEM,
    PURE,
    STATUS_TOLD,
    STERILE_AT_BENCH,
    SYRINGE_AT_BENCH,
)
from shop.claims.rules import Family, family
from shop.claims.vocabulary import ANIMALS, MEDICINE_WORDS, MEDICINES, gap


def families() -> Iterator[Family]:
    """Every family of this subject."""
    yield from _approval()
    yield from _testimonial()
    yield from _quality()
    yield from _legality()
    yield from _selling()
    yield from _comparison()


def _approval() -> Iterator[Family]:
    agency = (
        r"(?:fda|ema|mhra|tga|health canada|pmda|usda|swissmedic|nhs|government|government|medically|"
        r"federally|legally|regulator\w*|doctor|physician|clinician|pharmacist|expert|celebrity|"
        r"influencer|dermatologist|medical)"
    )
    status = (
        r"(?:approv\w+|registered|cleared|licen[sc]ed|authori[sz]ed|endorsed|recogni[sz]ed|compliant|"
        r"recommended|prescribed|trusted|sanctioned|certified|inspected|vetted)"
    )
    yield family(
        "C7",
        "BBB",
        rf"\b{agency}[ -]{status}\b|\b{status} (?:by|with) (?:the )?(?:us |u\.s\. )?(?:{agency}s?|doctors?|"
        r"experts?|athletes?|professionals|clinics?)\b|\bgras status\b|\bgenerally recogni[sz]ed as safe\b",
        unless=rf"{STATUS_TOLD}.*(?:medicine|drug|product|label|giapreza|pitocin|zadaxin|acetate|injection|"
        r"indication|country|countries|for )|\bprescribed by (?:the )?(?:method|standard|supplier)|"
        r"\brecommended by (?:the )?(?:manufacturer|supplier)",
    )
    yield family(
        "C7",
        "B..",
        rf"\b{agency}[ -]{status}\b|\b{status} (?:by|with) (?:the )?(?:us |u\.s\. )?{agency}\b|"
        r"\bapproved (?:for|in|as|to) (?:(?:human|medical|clinical|therapeutic) use|treat\w*|"
        r"the treatment|use in|\w+ for|a medicine|an? \w+ (?:drug|medicine)|humans?)",
        unless=r"\bprescribed by (?:the )?(?:method|standard|supplier)|\biacuc\b|"
        r"\brecommended by (?:the )?(?:manufacturer|supplier)",
    )
    yield family(
        "C7",
        "BHH",
        r"\bc?gmp\b|\bgood manufacturing practice\b|\busp ?-? ?(?:grade|quality|verified|certified)\b",
        unless=r"\b(?:c?gmp (?:analog\w*|binding|dependent|signal\w*|level\w*|camp)|camp|cyclic|"
        r"guanylate|cells?|"
        r"phosphodiesterase|pde\d?|second messengers?|nitric oxide|calcium)\b|\busp ?<",
    )
    yield family("C7", "BHH", rf"\b{MEDICINES}\b", unless="")
    yield family(
        "C7",
        "BBB",
        r"\b(?:same|generic|compounded|alternative|version|dupe|equivalent|similar|like|identical|"
        rf"knock ?off|cheaper|off brand|unbranded|copy|comparable)\b{gap(5)}(?:{MEDICINES})\b|"
        r"\bsame (?:active )?(?:ingredient|compound|molecule|substance|peptide|drug|api) (?:as|in|used in|"
        r"found in)\b|\b(?:bio ?equivalent|generic version|dupe)\b",
        unless=r"\b(?:lot|specification|reference standard|catalogue|certificate)\b|"
        r"\bsame (?:peptide|compound|"
        r"substance|molecule) (?:as|in) (?:the |another |lot |this |figure|our|both|each)",
    )
    yield family(
        "C7",
        "BBB",
        r"\b(?:ingredient|drug|molecule|peptide|compound|substance|api|hormone|power|science|"
        rf"secret)\s(?:\w+ )?(?:in|of|behind|inside|from){G2}(?:{MEDICINES})\b|\bsame\s(?:\w+ )?(?:as|"
        rf"in){G2}(?:prescription|brand\w*|pharmacy|big pharma|clinics?|medicine)\b",
    )
    yield family(
        "C7",
        "BBB",
        r"\b(?:compounded|generic|copycat|unbranded|off brand|bootleg) (?:semaglutide|tirzepatide|"
        r"liraglutide|retatrutide|dulaglutide|glp ?1s?|version|drug|medicine|botox)\b",
    )
    yield family(
        "C7",
        "BBB",
        r"@type\W{1,6}(?:drug|dietary ?supplement|medical\w*|drugclass|medicalentity|medicaltherapy|"
        r"substance|therapeutic\w*|healthaspect\w*)\b|schema\.org/(?:drug|dietarysupplement|medical\w+|"
        r"recommendeddoseschedule|doseschedule|patient|reportedsdoseschedule)\b|"
        r"\bitemtype\b.{0,30}(?:drug|dietarysupplement|medical)",
    )
    yield family(
        "C7",
        "BBB",
        r"\b(?:used|trusted|recommended|prescribed|loved|preferred|favou?red|chosen) (?:by|"
        r"in) (?:the )?(?:top |leading |elite |many |real |professional |anti ?aging |longevity |"
        r"pro )*(?:doctors?|physicians?|clinics?|clinicians?|athletes?|celebrit\w+|biohackers?|med ?spas?|"
        r"influencers?|bodybuilders?|hollywood|hospitals for|pharmacists?|nurses?)\b|\bas seen on\b|"
        r"\bdr\.? \w+ (?:recommends|approved|swears)\b|\bmed ?spas?\b",
    )


def _testimonial() -> Iterator[Family]:
    yield family(
        "C8",
        "BBB",
        r"\bi(?:'ve| have|'d| had)? (?:just |also |already |personally |only |been |really |finally |"
        r"started )*(?:took|taken|taking|used|using|tried|trying|lost|lose|feel|felt|gained|noticed|"
        r"started (?:taking|using|on)|dropped|love|swear|injected|inject|pinned|pin|slept|sleep|recovered|"
        r"healed|ordered again|recommend|ran|cycled|dosed|stacked|cured|look|down \d+)\b",
        unless=r"\bi (?:used|tried|feel|have used|noticed) (?:\w+ ){0,4}(?:assay|column|elisa|hplc|"
        r"buffer|cells?|"
        r"gel|antibod\w+|calculator|solvent|lot|vial|standard|protocol)\b|\bhow do i use (?:the|"
        r"this) (?:guide|page|certificate)",
    )
    yield family(
        "C8",
        "BBB",
        r"\b(?:my|our client'?s?) (?:results|doctor|experience|weight|sleep|recovery|knees?|back|shoulder|"
        r"skin|husband|wife|coach|friends?|clients?|patients?|cycle|dose|protocol|stack|workouts?|joints?|"
        r"tendon\w*|injur\w+|gains|body|mood|energy|libido|appetite|hair|blood ?work|pain|anxiety|"
        r"symptoms|own use|personal use|mom|mother|dad|father|dog|cat|horse|trainer|gym)\b",
        unless=r"\b(?:hplc|assay|blot|elisa|experience with (?:the )?(?:hplc|assay)|column)\b",
    )
    yield family(
        "C8",
        "BBB",
        r"\bverified (?:buyers?|purchas\w+|customers?|reviews?|users?)\b|\btestimonials?\b|\b(?:customer|"
        r"user|client|patient|buyer|real|success) (?:reviews?|stor(?:y|ies)|results|experiences?|"
        r"feedback)\b|\b(?:five|5|4(?:\.\d)?)[ /]?(?:out of (?:5|five) )?stars?\b|\brated (?:\d(?:\.\d)?|"
        r"five)\W?(?:/|out of|stars?)|[★⭐]|\bbefore(?: (?:and|&|n) |/|&)after (?:photos?|pics?|pictures?|"
        r"results?|transformations?|stor\w+|images?|shots?|gallery|weight|body)\b|\b(?:photos?|pics?|"
        r"pictures?|images?|transformations?|results) before (?:and|&) after\b|^\W*before (?:and|"
        r"&) after\b(?!.*\b(?:dry\w*|wash\w*|digest\w*|treat\w*|centrif\w*|filt\w*|use|each|heat\w*|"
        r"incubat\w*|purif\w*))|\b(?:body|weight|my|amazing|client|customer|physique|incredible|"
        r"\d+[ -](?:day|week)) transformations?\b(?! (?:efficiency|of (?:e\.|bacteria|cells|yeast|"
        r"competent)))",
        unless=r"\b(?:competent|plasmid|customer feedback (?:on|about) (?:delivery|packaging|certificates|"
        r"the site|this page)|we (?:publish|print|keep|have|show) no|no customer reviews)\b",
    )
    yield family(
        "C8",
        "BBB",
        r"\b(?:users?|people|customers?|clients?|members|buyers?|athletes?|men|women|guys|folks|everyone|"
        r"many|fans|bodybuilders?|biohackers?|reviewers?|redditors?|"
        r"patients)\s(?:who (?:\w+ ){1,4})?(?:consistently |often |commonly |frequently |have |are |also |"
        r"regularly |all |anecdotally )*(?:report(?:ed|s|ing)?|say(?:ing)?|love|swear|notic(?:e|ed)|"
        r"experienc(?:e|ed|ing)|rav(?:e|ing)|feel|enjoy|lost|los(?:e|ing)|gain(?:ed)?|claim|prais(?:e|"
        r"ing)|rely on it|trust it)\b",
        unless=r"\b(?:trial|placebo|randomi\w+|doi|participants|people report\w* errors?|errors?|"
        r"problems? with|"
        rf"page|certificate|delivery|scale|(?:outcomes?|that) people feel)\b|{AT_THE_BENCH}",
    )
    yield family(
        "C8",
        "BBB",
        r"\b(?:influencers?|brand ambassadors?|affiliates?)\b|\b(?:use|promo|discount|coupon) code \w+|"
        r"\b(?:anecdotal(?:ly)?|word of mouth|reddit|forum) (?:reports?|evidence|feedback|users?|reviews?|"
        r"suggests?|say)|\banecdot\w+\b",
        unless=r"\bno (?:affiliate|influencer|discount)|\baffiliat\w+ (?:of|with) (?:the )?(?:laborator\w+|"
        r"universit\w+|manufacturer)|\bwe have no\b|\b(?:affiliates?) (?:companies|laborator\w+)",
    )
    yield family(
        "C8",
        "BBB",
        r"\b(?:best|worst|most|greatest) (?:\w+ ){0,3}of my (?:life|career)\b|\bi(?:'ve| have|'m|"
        r" am)? (?:been )?(?:on (?:it|this|week|day|my)|taking it|using it|a (?:huge )?fan)\b|"
        r"\bwhat (?:people|customers|users|others|our (?:customers|clients)) (?:are |have )?(?:say\w*|"
        r"think|report\w*|experienc\w*)|[\"'] ?-+ ?[a-z]+ [a-z]\.?(?: ?,.{0,30})?$|"
        r"\bthanks to this peptide\b|\bthis (?:peptide|stuff|product) (?:is amazing|is the best|changed|"
        r"saved|helped)\b",
    )
    yield family(
        "C8",
        "BBB",
        r"\blost (?:over |about |almost |nearly |more than |up to )?\d{1,3} ?(?:lbs?|pounds|kg|kilos?|"
        r"stone|inches|%)|\bdown \d{1,3} ?(?:lbs|pounds|kg|kilos)\b|\bchanged my life\b|"
        r"\bhighly recommend\b|\bwill (?:order|buy) again\b|\brepeat customer\b",
        unless=rf"\b(?:mass|sample|column|vial|solvent|drying|participants|trial|placebo|{ANIMALS})\b",
    )


def _quality() -> Iterator[Family]:
    yield family(
        "C14",
        "HHH",
        PURE,
        unless=rf"{BOUND_TO_RECORD}|\b(?:acetonitrile|water|dmso|tfa|acetic acid|ethanol|solvents?|nitrogen|"
        r"helium|argon|gas|means|for example|suppose|example|stands? for)\b",
    )
    yield family(
        "C14",
        "HHH",
        r"\b(?:ultra|super|highest|extreme|unmatched|unrivalled|exceptional|superior|highest quality|best|"
        r"purest|guaranteed|unbeatable|premium)[ -](?:\w+ )?(?:pur(?:e|ity)|quality|grade|peptides?)\b|"
        r"\bpurest\b|\bpurity (?:guarantee\w*|you can trust|assured)\b|\bguaranteed pur\w+|"
        r"\bquality (?:guaranteed|you can trust|assured)\b|\b100 ?% (?:pure|authentic|genuine|real|"
        r"legit\w*)\b|\bverified (?:pure|purity|quality)\b|\b(?:no|free (?:of|from)|zero) (?:impurities|"
        r"contaminants|fillers)\b|\b(?:best|most trusted|#1|number one|leading) (?:source|supplier|vendor|"
        r"peptide)",
        unless=r"\b(?:ultra ?pure water|ultrapure (?:water|grade|solvents?|reagents?)|water|solvent\w*|"
        r"hplc grade|lc ms grade|acetonitrile|buffer|silica|best quality score|image quality)\b",
    )
    yield family(
        "C14",
        "HHH",
        r"\b(?:third|3rd|2nd|second)[ -]?party[ -](?:\w+[ -])?(?:test\w*|verif\w+|analy\w+|lab\w*|"
        r"certif\w+|confirm\w+)|\bindependent(?:ly)? (?:lab(?:oratory)? |laboratory )?(?:test\w*|verif\w+|"
        r"certif\w+|confirm\w+|analy[sz]ed|validated)\b|\b(?:lab|batch|purity)[ -]tested\b|"
        r"\btested (?:for purity|by (?:an? )?(?:independent|third|outside|external|accredited)\b|"
        r"for quality|to ensure)|\blab(?:oratory)? (?:verified|certified)\b|\b(?:rigorously|extensively|"
        r"thoroughly) tested\b",
        unless=rf"{BOUND_TO_RECORD}|\b(?:hypothes\w+|variables?|samples were|models?|code|report number|"
        r"report no)\b",
    )
    free = (
        r"(?:(?:endo ?toxins?|pyrogens?|lps|contaminants)[ -]?(?:free\b|tested\b(?! for))|free (?:of|"
        r"from) (?:any )?(?:endo ?toxins?|pyrogens?|bacteria|microb\w+|contamina\w+)|(?:low|no|zero|"
        r"ultra ?low) endo ?toxins?\b|non ?pyrogenic|aseptic(?:ally)? (?:filled|produced|prepared|"
        r"manufactured))"
    )
    method = r"\b(?:lal|eu ?/ ?(?:mg|ml|vial)|iu ?/ ?(?:mg|ml|vial)|usp ?<|rfc\b|not tested|nmt)\b"
    yield family(
        "C14",
        "BBB",
        rf"\b{free}",
        unless=rf"{method}|\b(?:water|tubes?|tips?|plastic\w*|glassware|buffers?|plates?|columns?|"
        r"medium|serum|"
        r"fbs|gloves|consumables|work area|technique)\b|\bsterility\b.*\bnot\b",
    )
    yield family(
        "C14",
        "BBB",
        r"\bsterile\b|\bsterili[sz]ed\b(?= (?:vials?|peptide|product|powder|and))|"
        r"\bsterility (?:guaranteed|assured|tested|certified|verified)\b|\bguaranteed sterility\b",
        unless=rf"{STERILE_AT_BENCH}|\bsterile[ -]filter\w*|\b(?:use|using|under|with|in|into|through|"
        r"keep|kept|"
        r"remain\w*|work|if|needed|need|require\w*|should be|must be|make|made|rendered|add|stored?|"
        rf"transfer\w*|want|0\.22|0\.2|filter\w*) (?:\w+ ){{0,4}}sterile\b|\bsterile (?:\w+ )?(?:cell|"
        rf"culture)|{method}|\bautoclav\w+|\bnot (?:been )?(?:sterili[sz]ed|tested)",
    )
    yield family(
        "C14",
        "BBB",
        r"\bcertified reference (?:materials?|standards?)\b|\bcertified (?:reference|standard|purity|pure|"
        r"organic|authentic)\b|\breference standard (?:grade|quality)\b|"
        r"\bprimary (?:reference )?standard (?:grade|quality)?\b(?= purity|-? ?grade)",
        unless=r"\b(?:uncertainty|traceab\w+|u ?= ?\d|k ?= ?2|expanded|iso (?:33401|guide|17034)|against a|"
        r"compared with|calibrat\w+ (?:with|against)|use a|using a|need\w*|means|differs?|unlike|"
        r"rather than|is a material)\b",
    )
    yield family(
        "C14",
        "BBB",
        r"\b(?:tested|analy[sz]ed|verified|certified|checked|released|assayed|accredited|approved|"
        r"compliant|manufactured|produced|made|meets?|in accordance|confirmed|measured|"
        r"audited)\b.{0,50}\biso(?: ?/ ?iec)? ?-?:? ?(?:17025|9001|13485|17034)\b|"
        r"\biso(?: ?/ ?iec)? ?-?:? ?(?:17025|9001|13485|17034)[ -](?:\w+ )?(?:accredited|certified|tested|"
        r"compliant|lab\w*|purity|product|facility|peptides?|quality|verified|approved)\b|"
        r"\bour\b.{0,40}\biso ?(?:/ ?iec)? ?(?:17025|9001)\b",
        unless=r"\b(?:scope|certificate (?:no|number)|accreditation (?:no|number|body)|"
        r"accredited for this method|is assessed|means|asks|requires|lists|sets out|must (?:hold|state|"
        r"name)|for example|look for|whether|if the)\b",
    )
    yield family(
        "C14",
        "HHH",
        r"\b(?:made|manufactured|synthesi[sz]ed|produced|formulated) in (?:the )?(?:usa|us|america|"
        r"united states|germany|switzerland|uk|eu) ?(?:lab\w*|facility|under|to the highest)\b|"
        r"\bmilitary grade\b|\bgold standard (?:quality|purity|peptides?)\b|"
        r"\bbatch consistency guaranteed\b",
    )


def _legality() -> Iterator[Family]:
    yield family(
        "C15",
        "BBB",
        r"\bcustoms\b (?:never|rarely|won'?t|will not|can'?t|cannot|do not|don'?t|does not|doesn'?t)\b|"
        r"\b(?:past|through|around) customs\b",
        unless=r"\bclear\w* (?:through )?customs\b|\bcustoms (?:declaration|broker|form|duty|duties)\b",
    )
    yield family(
        "C15",
        "BBB",
        r"\b(?:100 ?% |fully |totally |completely |perfectly |technically |still |is |are |"
        r"it'?s )legal\b(?! (?:entit\w+|name|advice|notice|basis|duty|duties|counsel|person|"
        r"representative|text|question|statement|requirement|department|document))|\blegal (?:in|"
        r"to (?:buy|own|sell|possess|order|use|purchase|import|take)|for (?:personal|research|use)|"
        r"everywhere|worldwide|grey|gray|alternative|status in all|loophole|steroid|high)\b|"
        r"\blegally (?:buy|sold|available|purchased?|order|obtain|import|possess|use|sell|own)\b|\b(?:no|"
        r"without(?: a| any)?|zero|skip the|don'?t need a|do not need a) (?:prescriptions?|rx|script|"
        r"doctor'?s? (?:note|visit)|doctor)\b|\b(?:prescription|rx|script)[ -]?free\b|"
        r"\bnon ?prescription\b|\bover[ -]the[ -]counter\b|\botc\b|\b(?:customs|border)[ -](?:safe|"
        r"friendly|proof|guarante\w*|clearance guaranteed)\b|\b(?:clear|pass|get (?:it )?through|"
        r"slip (?:through|past)|beat)(?:s|es|ing)? (?:\w+ )?customs\b(?! (?:clearance (?:form|document|"
        r"paper)|declar\w+|requires|needs|takes|with (?:the|a|an) (?:commercial|invoice)|after|when|once|"
        r"before))|\bseiz\w+\b(?=.{0,40}\b(?:refund|reship|guarantee|never|free|replac))|"
        r"\bre ?ship\w* (?:if|guarantee|policy)\b.{0,30}\b(?:seiz\w+|customs)|"
        r"\bnot a controlled substance\b|\bunscheduled\b|\b(?:show|fail|trigger|appear|pop|"
        r"detect\w*)\b.{0,30}\b(?:drug|doping|urine)[ -]?tests?\b|\b(?:drug|doping)[ -]?test (?:safe|"
        r"proof|friendly)\b|\bwada (?:approved|legal|compliant|permitted)\b|\bno (?:questions asked|"
        r"paperwork|id|licen[sc]e) (?:needed|required|necessary)?|\bno questions asked\b|"
        r"\bgr[ae]y ?area\b|\bloopholes?\b|\bnot (?:illegal|against the law|banned)\b|\bship(?:s|"
        r"ping)? legally\b",
        unless=r"\b(?:who|whether|not legal advice|no (?:setting|statement|feature) makes|does not make|"
        r"doesn'?t make|unlawful|regularly and lawfully|unscheduled (?:maintenance|downtime|outage|"
        r"visit))\b",
    )
    yield family(
        "C15",
        "H..",
        r"\bprescriptions?\b|\bcontrolled substances?\b",
        unless=r"\b(?:refus\w+|not (?:sold|listed|offered)|restricted|permit|"
        r"prescription only medicine|licence|"
        r"license)\b",
    )


def _selling() -> Iterator[Family]:
    kit_parts = (
        r"(?:bac(?:teriostatic)? water|syringes?|needles?|alcohol (?:swabs?|wipes?|pads?)|diluents?|"
        r"insulin pins?|pens?|sharps container|pins)"
    )
    yield family(
        "C16",
        "BBB",
        r"\b(?:add|includes?|including|with|comes with|free|plus|and|bundle\w*|kit|get|buy|bought|order|"
        r"need|don'?t forget|pair(?:s|ed)? with|together|supplied with|cart|supplies|"
        rf"our)\b(?:\W+\w+){{0,5}}?\W+{kit_parts}\b",
        unless=rf"{SYRINGE_AT_BENCH}|\b(?:refus\w+|trial|participants|placebo)\b|\bneedle (?:valve|wash)|"
        r"\b(?:buffer|pipett\w*|dilution|elisa|sample|assay|lab|lims|plate|standard|kit) diluents?\b|"
        r"\bdiluents?\b.*\b(?:v1|c1|volume|stock|um\b|mm\b|pipett\w*|serial)|\badd (?:\S+ )*diluents?\b",
    )
    yield family(
        "C16",
        "BBB",
        rf"\b{kit_parts}\b(?:\W+\w+){{0,4}}?\W+(?:included|sold here|available|in stock|free|on offer|"
        r"supplied|provided)\b",
        unless=rf"{SYRINGE_AT_BENCH}|\b(?:buffer|pipett\w*|elisa|assay) diluents?\b",
    )
    yield family(
        "C16",
        "BBB",
        r"\b(?:injection|starter|beginner'?s?|peptide|mixing|reconstitution|dosing|weight loss|healing|"
        r"recovery|complete injection|self) (?:kits?|bundles?|packs?|box(?:es)?|essentials?)\b|"
        r"\b(?:bundles?|combo|stack|kit) (?:of|with|and save|deal|includes|discount)\b",
        unless=r"\b(?:elisa|assay|synthesis|coupling|conjugation|calibration|test|standards?|mass spec\w*|"
        r"peptide mapping|spps|labell?ing|purification|columns?|nerve|fib\w+ bundles?|muscle|axon|"
        r"of (?:papers|files|documents|records))\b",
    )
    yield family(
        "C16",
        "BBB",
        r"\bsubscribe (?:and|&|to) save\b|\b(?:monthly|weekly|auto(?:matic)?|recurring|"
        r"peptide) (?:subscriptions?|refills?|auto ?ship|deliver(?:y|ies) plan|plan|re ?order)\b|"
        r"\bauto[ -]?(?:ship|refill)\b|\bsubscribe\b(?=.{0,30}\b(?:cycle|dose|month|supply|"
        r"never run out))|\bnever run out\b|\b(?:restock|refill|top up|replenish) (?:your|before|now)\b|"
        r"\btime to (?:re ?order|restock|refill)\b|\brunning low\b|\bready for (?:your )?(?:next|"
        r"another) (?:cycle|round|vial|month)\b|\byour (?:next )?cycle\b",
        unless=r"\b(?:nitrogen|dry ice|coolant|ink|medium|buffer|solvent|newsletter|feed|atom|"
        r"reservoir|eluent)\b",
    )
    yield family(
        "C16",
        "BBB",
        r"\b(?:dos(?:e|age|ing)|syringe|insulin|units?|injection|bac water|cycle|bmi|tdee|macro|"
        r"body ?weight) calculators?\b|\bcalculat\w+ (?:your|how many|the) (?:dose|units|injection|dosage|"
        r"shot|syringe)\b|\b(?:syringe|insulin) units?\b|\bunits? (?:to draw|on the syringe|marks?)\b|"
        r"\binsulin (?:syringes?|pens?|needles?)\b",
        unless=r"\b(?:unit (?:conversion|calculator for (?:concentration|units of measure))|resuspension|"
        r"no (?:dose|syringe))\b",
    )
    yield family(
        "C16",
        "HHH",
        r"\bpeptide (?:calculator|guide|cheat ?sheet|handbook)\b|\b(?:frequently|often|commonly|usually|"
        r"customers also|most people also) (?:bought|buy|purchased|ordered|order) (?:together|with)\b|"
        r"\bcustomers (?:who bought|also)\b|\bbuy (?:\d|one|two|three) get\b|\bwhile (?:supplies|"
        r"stocks?) last\b",
        unless=r"\b(?:mass|molecular weight|property|pi\b|hydrophobicity|synthesis guide)\b",
    )


def _comparison() -> Iterator[Family]:
    medicine = rf"(?:{MEDICINES}|{MEDICINE_WORDS})"
    better = (
        r"(?:better|stronger|safer|cheaper|faster|gentler|superior|outperform\w*|beats?|alternatives?|"
        r"comparable|equivalent|similar|equal|rivals?|replac(?:es?|ing|ements?)|substitutes?|generic|"
        r"instead of|same|more (?:effective|potent|powerful|weight|affordable|natural)|as (?:effective|"
        r"good|strong|potent|powerful|well)|like|versus|vs\.?|compared (?:to|with)|ditch|forget|swap|"
        r"without the (?:price|cost|side)|less expensive|next generation|natural|mimics?|works like|than|"
        r"unlike|stack\w* up)"
    )
    yield family(
        "C18",
        "BBB",
        rf"\b{better}\b(?:\W+\w+){{0,6}}?\W+{medicine}\b",
        unless=rf"{IN_A_SYSTEM}|\b(?:[ei]c ?50|k ?[di]\b|binding|assay|comparator|randomi\w+|trial|placebo|"
        r"compared with (?:standard|placebo)|hplc|nmr|impurit\w+)\b",
    )
    yield family(
        "C18",
        "BBB",
        rf"\b{medicine}\b(?:\W+\w+){{0,3}}?\W+(?:alternatives?|replacements?|substitutes?|dupes?|"
        r"equivalents?|rivals?|competitors?|on a budget|without|killers?|clones?|but (?:cheaper|better|"
        r"stronger|natural))\b",
        unless=rf"{IN_A_SYSTEM}",
    )
    yield family(
        "C18",
        "HHH",
        rf"\b{better}\b(?:\W+\w+){{0,6}}?\W+{medicine}\b",
        needs=rf"{IN_A_SYSTEM}|\b(?:comparator|randomi\w+|trial)\b",
        unless=rf"{CITED}|[ei]c ?50|\bantibiotics?\b.*\b(?:medium|cells|culture)|\b(?:medium|cells|"
        r"culture)\b.*\bantibiotics?\b|\bpenicillin\b|\bsteroid (?:hormone|receptor|free)",
    )
