"""What may not be said of health: diseases (C1), the body (C2), assurances (C6) and advice to users (C11)."""

from __future__ import annotations

from collections.abc import Iterator

from shop.claims.contexts import (
    ACTING_ON,
    ACTS_ON,
    ANALYTICAL_SENSE,
    AT_THE_BENCH,
    BENEFIT,
    G1,
    G2,
    G3,
    G4,
    GOALS,
    HAZARD,
    IN_A_SYSTEM,
    LOWERING,
    NEUTRAL,
    NO_HARM,
    NOUN_OF_CARE,
    OBJECTS_OF_USE,
    PROMISED,
    SHRINKS,
    TRIAL_TOLD,
)
from shop.claims.rules import Family, family
from shop.claims.vocabulary import ANIMALS, DISEASE, PEOPLE


def families() -> Iterator[Family]:
    """Every family of this subject."""
    yield from _disease()
    yield from _wellness()
    yield from _assurance()
    yield from _advice()


def _disease() -> Iterator[Family]:
    bench_object = (
        r"\b(?:treat\w*|prevent\w*|reduc\w*|control\w*) (?:\w+ ){0,3}(?:cells?|samples?|cultures?|"
        r"wells?|membranes?|slices|surfaces?|resins?|columns?|plates?|glassware|oxidation|adsorption|"
        r"contamination|"
        r"aggregation|degradation|evaporation|bias|foaming|precipitation|growth of|infection of)\b|"
        r"\binfection of (?:the )?(?:cultures?|cells?)\b|\bmultiplicity of infection\b|\bstress (?:test|"
        r"stud)\w*|\b(?:mechanical|thermal|shear) stress\b|\bswelling of (?:the )?resin|\bresin swelling|"
        r"\bcolds? (?:room|packs?|chain|trap)|\bageing of (?:the )?(?:column|solution|lamp)|"
        r"\bshock (?:wave|absor)\w*|\bheat shock|\bcold shock"
    )
    yield family("C1", "BBB", rf"\b{ACTS_ON}{G4}{DISEASE}\b", unless=rf"{bench_object}|{HAZARD}")
    yield family("C1", "B..", rf"\b{ACTING_ON}{G4}{DISEASE}\b", unless=rf"{bench_object}|{HAZARD}")
    yield family(
        "C1", ".BB", rf"\b{ACTING_ON}{G4}{DISEASE}\b", unless=rf"{bench_object}|{HAZARD}|{TRIAL_TOLD}"
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:treated|cured|healed|prevented|reversed|relieved|eased|alleviated|"
        rf"eliminated){G3}{DISEASE}\b",
        unless=rf"{bench_object}|{HAZARD}|\b(?:treated|patients|people|those|adults|infants|men|"
        r"women) (?:with|"
        r"for)\b|\b(?:mice|rats|animals|cells?|rabbits)\b",
    )
    yield family(
        "C1",
        "B..",
        rf"\b{NOUN_OF_CARE}\s(?:of|for|against|from|in|with|to|option for|options for|"
        rf"support for){G4}{DISEASE}\b",
        unless=rf"{bench_object}|{HAZARD}|\b(?:support for|help with|help for|aid for|answer to|"
        r"solution (?:of|"
        r"for|in|to|with)) (?:\w+ )?(?:stress test|pain points?)",
    )
    yield family(
        "C1",
        ".BB",
        rf"\b{NOUN_OF_CARE}\s(?:of|for|against|from|option for|options for|support for){G4}{DISEASE}\b",
        unless=rf"{TRIAL_TOLD}|{bench_object}|{HAZARD}|\b(?:support for|help with|help for|aid for|answer to|"
        r"solution (?:of|for|in|to|with)) (?:\w+ )?(?:stress test|pain points?)",
    )
    yield family(
        "C1",
        "B..",
        rf"\b{DISEASE}{G1}(?:treatments?|therap(?:y|ies)|relief|remed(?:y|ies)|cures?|medications?|"
        r"medicines?|drugs?|reversal|healing|prevention|protocol|support|fighter|fighting|killer|recovery|"
        r"management|solution)\b",
        unless=r"\b(?:heat|solvent|surface|cell|water|resin|dmso|enzyme|tfa) treatments?\b|"
        r"\bstress (?:relief|"
        rf"annealing) of\b|\bassay\w*|\bin vitro\b|{HAZARD}|\bswelling (?:solution|of)|\bshock treatment",
    )
    yield family(
        "C1",
        ".BB",
        rf"\b{DISEASE}{G1}(?:treatments?|therap(?:y|ies)|relief|remed(?:y|ies)|cures?|medications?|"
        r"medicines?|drugs?|reversal|healing|prevention|protocol|support|fighter|fighting|killer|recovery|"
        r"management|solution)\b",
        unless=rf"{TRIAL_TOLD}|\b(?:heat|solvent|surface|cell|water|resin|dmso|enzyme|tfa) treatments?\b|"
        rf"\bstress (?:relief|annealing) of\b|\bassay\w*|\bin vitro\b|{HAZARD}|\bswelling (?:solution|of)|"
        r"\bshock treatment",
    )
    yield family(
        "C1",
        "BBB",
        rf"\b{PROMISED}{G2}(?:treatments?|therap(?:y|ies)|therapeutics?|cures?|remed(?:y|ies)|medicines?|"
        r"healing agents?|drug candidates?)\b",
        unless=r"\b(?:heat|solvent|surface|cell|water|resin|dmso|enzyme|tfa|acid|thermal|plasma|"
        r"enzymatic|waste|"
        r"sample) treatments?\b|treatments? of (?:the )?(?:cells?|samples?|surfaces?|resins?)",
    )
    yield family(
        "C1",
        "BBB",
        r"\btherapeutic(?:ally)? (?:useful|relevant|valuable|important|potential|benefits?|effects?|use|"
        r"uses|propert\w+|agents?|applications?|promise|peptides?|value|window|range|results?|efficacy|"
        r"power|target for|active|effective|advantages?)\b",
        unless=r"\btherapeutic (?:antibod\w+|drug monitoring)",
    )
    yield family(
        "C1",
        "B..",
        r"\btherapeutic(?:s|ally)?\b|\bmedicinal\b|\bcurative\b|\bremedy\b|\bpanacea\b|\bcure all\b|"
        r"\bmiracle\b",
        unless=r"\btherapeutic (?:goods|antibod\w+|drug monitoring|potential|benefit|effect|use)|"
        r"\bmedicin(?:al|"
        r"es?) (?:products?|act|regulation|chemistry|agency)",
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:indicated|recommended|beneficial|helpful|helps?|works?|wonders|great|good|ideal|perfect|"
        r"best|popular|effective|useful|intended|proven|amazing|excellent|suitable|designed|formulated|"
        r"made|suggested|a must|go to|choice|peptide|powerful)\s(?:\w+ )?(?:for|against|with|in (?:people|"
        rf"patients|those|men|women|adults) with|in cases of){G3}{DISEASE}\b",
        unless=r"\b(?:assay|elisa|kit|antibod\w+|detect\w*|quantif\w*|calibrat\w*|standard|marker|"
        rf"screening of (?:compounds|libraries))\b|{bench_object}",
    )
    yield family(
        "C1",
        "BHH",
        r"\b(?:studied|researched|investigated|explored|examined|evaluated|tested|used|developed|"
        r"being looked at|under (?:study|investigation|research)|trialled|applications?|uses?|"
        r"research(?: use)?|known|considered|looked at|role|roles|promise|potential|interest|"
        rf"explor\w+)\s(?:\w+ )?(?:for|against|in|with|as|to|include){G4}{DISEASE}\b",
        unless=rf"\b(?:assay|elisa|kit|antibod\w+|detect\w*|quantif\w*|calibrat\w*)\b|{bench_object}|"
        r"\b(?:patients|people|participants|adults|trials?|infants|cohort)\b.*\bwith\b|\b(?:studied|"
        r"examined|evaluated|tested|investigated|used|trialled) in\b",
    )
    yield family(
        "C1",
        "B..",
        r"\b(?:studied|investigated|examined|evaluated|tested|explored|researched|used|trialled|"
        rf"being) (?:\w+ )?in{G4}{DISEASE}\b",
        unless=rf"\b(?:assay|elisa|kit|antibod\w+|detect\w*|quantif\w*|calibrat\w*)\b|{bench_object}",
    )
    yield family(
        "C1",
        "BBB",
        r"^\W*(?:(?:got|have|tired of|suffering from|struggling with|chronic|worried about|living with|"
        rf"fed up with|had enough of) )*{DISEASE} ?\?",
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:answers?|solutions?|fix|fixes|key|secret|help|hope|relief|cure|weapon) (?:to|for|against|"
        rf"from){G3}{DISEASE}\b",
        unless=rf"{bench_object}|{AT_THE_BENCH}|\bpain points?\b",
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:say no to|wave goodbye to|no match for|works (?:on|against)|goes after|takes (?:aim at|on)|"
        r"(?:lower|reduc|cut|decreas|minimi[sz])\w* (?:your |the |one's |their )?risk of|(?:breakthrough|"
        r"hope|good news|gift|must|help|relief|support|boon|lifeline) for (?:people|patients|anyone|those|"
        rf"men|women|adults|children|families|sufferers)(?: (?:with|of|facing|battling))?){G2}{DISEASE}\b",
        unless=rf"{bench_object}|{IN_A_SYSTEM}|{HAZARD}",
    )
    yield family(
        "C1",
        "BBB",
        rf"\b{DISEASE}\b(?:\W+\w+){{0,2}}?\W+(?:at bay|under control|in check|behind you|gone|sufferers?|"
        r"relief|a thing of the past)\b|\bif you (?:have|suffer|'ve got|struggle with|"
        rf"live with) (?:\w+ ){0, 2}?(?:torn|broken|bad|sore|injured|stiff|aching|damaged|weak) \w+|"
        r"\boff label\b|\bsufferers?\b|\b(?:breakthrough|hope|good news|lifeline) for (?:people|patients|"
        r"anyone|those|sufferers)\b|\b(?:support|help|benefit)(?:s|ing)? (?:\w+ )?(?:patients|sufferers|"
        r"people (?:with|who|recovering))\b",
        unless=rf"{bench_object}|{TRIAL_TOLD}.*{TRIAL_TOLD}",
    )
    yield family(
        "C1", "H..", rf"\b(?:implicated|involved|relevan\w+) (?:in|to){G4}{DISEASE}\b", unless=bench_object
    )
    yield family(
        "C1",
        "H..",
        rf"\b{DISEASE} (?:research|studies|models?|pathways?|biology|targets?)\b",
        unless=bench_object,
    )
    yield family(
        "C1",
        "BHH",
        r"\b(?:anti ?(?:inflammatory|diabetic|cancer|tumou?r|obesity|depressant|hypertensive|viral|"
        r"anxiety|epileptic|arthritic|catabolic|fatigue|psychotic|arrhythmic|asthmatic|migraine|"
        r"neoplastic)|neuro ?protective|cardio ?protective|hepato ?protective|gastro ?protective|"
        r"cyto ?protective|reno ?protective|anxiolytic|analgesic|pain ?killing|pain ?killer|"
        r"anti ?convulsant|hypoglyc[ae]+mic|immuno ?modulatory|immuno ?modulator|immuno ?stimulant|"
        r"vasoprotective|tumou?r suppressing|life ?saving)\b(?! (?:cytokines?|drug monitoring|markers?|"
        r"m2))",
        unless=IN_A_SYSTEM,
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:diagnos(?:e|es|ing|is|tic)\b)(?=.{0,40}\b(?:disease|cancer|diabetes|patients?|condition|"
        r"illness|infection))",
        unless=r"\b(?:assay development|research assay)\b",
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:say goodbye to|goodbye|end|stop|no more|beat|beats|free from|freedom from|get over|"
        r"rid yourself of|put an end to|suffer(?:s|ing)? (?:from|with)|struggl\w+ with|living with|"
        rf"diagnosed with|fight|defeat|overcome|heal)\b{G3}{DISEASE}\b",
        unless=rf"{AT_THE_BENCH}|\b(?:trials?|cohort|participants|patients)\b",
    )
    yield family(
        "C1",
        "BBB",
        r"\b(?:heals?|healing|cures?|repairs?|mends?|regenerates?|rebuilds?)\s(?:\w+ ){0,3}(?:tendons?|"
        r"ligaments?|joints?|muscles?|guts?|gut lining|bones?|cartilage|nerves?|skin|tissues?|wounds?|"
        r"injur\w+|hearts?|brains?|body|bodies|eyes?|livers?|kidneys?)\b",
        unless=rf"{IN_A_SYSTEM}|\bhealing assay|\b(?:mice|rats?|rabbits?|animals)\b",
    )

    yield family(
        "C1",
        "B..",
        rf"\b{SHRINKS}{G2}(?:tumou?rs?|metasta\w+|infarcts?|lesions?|plaques?|viral loads?|seizures?|"
        r"flare ?ups?|symptoms?|inflammation)\b",
        unless=rf"{bench_object}|{IN_A_SYSTEM}|{HAZARD}|\b(?:mice|rats?|rabbits?|animals)\b|\bmatrix\b",
    )
    yield family(
        "C1",
        ".BB",
        rf"\b{SHRINKS}{G2}(?:tumou?rs?|metasta\w+|viral loads?|seizures?|flare ?ups?|symptoms?)\b",
        unless=rf"{bench_object}|{IN_A_SYSTEM}|{HAZARD}|{TRIAL_TOLD}|\b(?:mice|rats?|rabbits?|animals)\b",
    )
    yield family(
        "C1",
        "BBB",
        rf"\b(?:alternative|substitute|replacement|supplement) (?:to|for){G3}(?:for|in|"
        rf"against){G2}{DISEASE}\b|"
        rf"\b(?:protects?|shields?|guards?) (?:the |your )?(?:brain|heart|liver|kidneys?|nerves?|eyes?|"
        rf"joints?|body){G1}(?:after|from|against|during){G2}{DISEASE}\b",
        unless=rf"{bench_object}|{IN_A_SYSTEM}|{TRIAL_TOLD}|\b(?:mice|rats?|rabbits?|animals)\b",
    )


def _wellness() -> Iterator[Family]:
    innocent_goal = (
        r"\bweight loss on\b|\bloss on drying\b|\bthermogravimetr\w*|\btga\b|\bkarl fischer\b|"
        r"\bwound healing (?:assay|scratch|model)|\bscratch\b|\bhealing assay|\benergy levels? (?:diagram|"
        r"of the)|\bsatiety hormone|\bbody ?fat percentage of mice|"
        r"\bendurance (?:of|test)|\bmuscle (?:cells?|strips?|homogenate|preparation)|\btissue (?:repair|"
        r"regeneration)\b.*\bcells?\b|\bvitality (?:stain|assay)|\bcollagen (?:gel|scaffold)|"
        r"\bquality (?:skin|hair)"
    )
    yield family(
        "C2",
        "B..",
        rf"\b{GOALS}(?!\w)",
        unless=rf"{innocent_goal}|\b(?:clinical reports?|mice|rats?|rodents?|c\. elegans|worms|flies|"
        r"drosophila|"
        rf"zebrafish|mouse|outcomes?|records?|scales?|monograph|measured)\b|{AT_THE_BENCH}",
    )
    yield family(
        "C2",
        ".BB",
        rf"\b{GOALS}(?!\w)",
        unless=rf"\b{PEOPLE}\b|{innocent_goal}|\b(?:clinical reports?|mice|rats?|rodents?|c\. elegans|"
        r"worms|flies|"
        r"drosophila|zebrafish|mouse|patients|participants|placebo|adults|volunteers|trials?|outcomes?|"
        rf"records?|scales?|monograph|measured)\b|{AT_THE_BENCH}",
    )
    yield family(
        "C2",
        "BHH",
        rf"\b{GOALS}(?!\w)",
        unless=rf"{innocent_goal}|{IN_A_SYSTEM}|\b(?:reports?|patients|participants|placebo|adults|"
        r"volunteers|"
        rf"trials?|records?|outcome)\b|{ANALYTICAL_SENSE}",
    )
    bench_or_analysis = (
        rf"{ANALYTICAL_SENSE}|{IN_A_SYSTEM}|{AT_THE_BENCH}|{HAZARD}|\b(?:{ANIMALS})\b|\b(?:patients?|"
        r"participants?|placebo|trials?|volunteers|randomi\w+)\b"
    )
    told_plainly = (
        r"(?:natural(?:ly)?|healthy|your|better|overall|deep|restful|faster|lean|optimal|improved|body|"
        r"the body)"
    )
    yield family("C2", "B..", rf"\b{BENEFIT}\b{G3}{OBJECTS_OF_USE}\b", unless=bench_or_analysis)
    yield family(
        "C2", ".BB", rf"\b{BENEFIT}\b{G3}{OBJECTS_OF_USE}\b", unless=rf"{bench_or_analysis}|\b{PEOPLE}\b"
    )
    physiology = (
        r"\b(?:in (?:\w+ )?(?:mammals|vertebrates|rodents)|(?:rais|increas|elevat|regulat)(?:es?|"
        r"ing) (?:arterial |mean |systemic )?blood (?:pressure|flow))\b"
    )
    yield family(
        "C2", "B..", rf"\b{NEUTRAL}\b{G3}{OBJECTS_OF_USE}\b", unless=rf"{bench_or_analysis}|{physiology}"
    )
    yield family(
        "C2",
        ".HH",
        rf"\b{NEUTRAL}\b{G3}{OBJECTS_OF_USE}\b",
        unless=rf"{bench_or_analysis}|{physiology}|\b(?:blood|heart|angiogenesis|dopamine|serotonin|hormone|"
        r"release of)\b",
    )
    yield family(
        "C2",
        "B..",
        rf"\b{LOWERING}\b{G3}(?:appetite|hunger|cravings|(?:body |belly |visceral )?fat|wrinkles|fatigue|"
        r"anxiety|stress|inflammation|pain|blood (?:sugar|glucose|pressure)|cholesterol|recovery times?|"
        r"(?:body )?weight|soreness|bloating|ag(?:e)?ing)\b",
        unless=bench_or_analysis,
    )
    yield family(
        "C2",
        ".BB",
        rf"\b{LOWERING}\b{G3}(?:appetite|hunger|cravings|(?:body |belly |visceral )?fat|wrinkles|fatigue|"
        r"anxiety|stress|inflammation|pain|blood (?:sugar|glucose|pressure)|cholesterol|recovery times?|"
        r"(?:body )?weight|soreness|bloating|ag(?:e)?ing)\b",
        unless=rf"{bench_or_analysis}|\b(?:people|adults|men|women)\b",
    )
    yield family(
        "C2",
        "B..",
        rf"\b(?:{BENEFIT}|{NEUTRAL}|{LOWERING})\s{told_plainly}\s(?:\w+ )?{OBJECTS_OF_USE}\b",
        unless=rf"{IN_A_SYSTEM}|{ANALYTICAL_SENSE}",
    )
    yield family(
        "C2",
        ".BB",
        rf"\b(?:{BENEFIT}|{NEUTRAL}|{LOWERING})\s{told_plainly}\s(?:\w+ )?{OBJECTS_OF_USE}\b",
        unless=rf"{TRIAL_TOLD}|{IN_A_SYSTEM}|{ANALYTICAL_SENSE}",
    )
    yield family(
        "C2",
        "BBB",
        r"\bturn\w* back (?:the|your) (?:clock|years)\b|\bhelp(?:s|ing)? (?:you |to |people |women |men )"
        r"{1,3}"
        r"(?:stay|get|look|feel|become|keep|be) (?:\w+ )?(?:lean|fit|slim|young|younger|strong|stronger|"
        r"sharp|calm|trim|toned|healthy|healthier|awake|energi[sz]ed)\b|\b(?:stay|get|look|feel) "
        r"(?:\w+ years )?(?:lean|slim|"
        r"younger|ripped|toned|trim|refreshed)\b|\bwak\w+ up (?:\w+ )?(?:refreshed|rested|energi[sz]ed)\b|"
        r"\b(?:sharper|clearer|calmer|younger|stronger) (?:mind|brain|body|you)\b|\btestosterone (?:support|"
        r"booster|production naturally)\b",
    )
    yield family(
        "C2",
        "BBB",
        r"\b(?:fat|weight|pounds|kilos|inches)\b(?:\W+\w+){0,2}?\W+(?:melts?|falls?|drops?|disappears?|"
        r"comes?|peels?|goes) (?:off|away)\b",
    )
    yield family(
        "C2",
        "BBB",
        r"\b(?:for|better|great for|good for|aids?|with) (?:fat|sleep|muscle|skin|focus|recovery|libido|"
        r"energy|joints|hair|immunity|mood|memory|strength|growth)(?: and (?:\w+ )?(?:fat|sleep|muscle|"
        r"skin|focus|recovery|libido|energy|joints|hair|immunity|mood|memory|"
        r"strength))?(?=\s*(?:[.,;:!?)]|$|\bpeptide))",
        unless=rf"{AT_THE_BENCH}|{ANALYTICAL_SENSE}|{IN_A_SYSTEM}",
    )
    yield family(
        "C2",
        "BBB",
        r"\b(?:slimming|fat|weight|skinny|sleep|beauty|healing|muscle|recovery|tanning|youth|longevity|"
        r"wellness|cognitive|sex|love|happiness|memory|bodybuilding|fitness|healing) (?:peptide|compound|"
        r"shots?|jabs?|drug|molecule|hormone in a vial|stack|blend|formula|pen|powder)\b",
        unless=rf"{AT_THE_BENCH}|\b(?:muscle|sleep) (?:peptide|hormone) (?:receptor|fraction)",
    )


def _assurance() -> Iterator[Family]:
    no_harm = (
        r"\b(?:no|zero|without(?: any)?|minimal|few|fewer|mild|free (?:of|from)|lack of|hardly any|"
        r"virtually no|"
        rf"almost no|little to no|never any|devoid of|w/o) {NO_HARM}\b"
    )
    yield family("C6", "B..", no_harm, unless=IN_A_SYSTEM)
    yield family(
        "C6",
        ".BB",
        no_harm,
        unless=rf"{IN_A_SYSTEM}|\b(?:trials?|patients|participants|volunteers|placebo)\b|"
        r"\brelated to the (?:drug|"
        r"study|treatment)\b",
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:side ?effect|risk)[ -]free\b|\bno (?:known )?(?:toxicity|risk)\b",
        unless=r"\b(?:not (?:show|mean|imply)|trial|participants|related to the (?:drug|study|treatment))\b|"
        rf"{IN_A_SYSTEM}|\brisk (?:of (?:oxidation|contamination|carry|cross|losing|error|confus))|"
        r"risk free trial of the software",
    )
    yield family(
        "C6",
        "BBB",
        r"\bsafe(?:ly|st)?\b(?! (?:handling|storage|disposal|transport|shipping|stopping|custody|harbou?r|"
        r"mode|place|container|work\w*|operat\w+|laborator\w+|to (?:store|handle|ship|transport|freeze|"
        r"autoclave|dispose|centrifuge|pause|stop|open|discard|leave|assume|say|keep)|store\w*|handl\w*|"
        r"stop\w*|dispos\w*|stored|shipped|keep\w*|limits?|distance|bench|use of (?:chemicals|solvents|"
        r"equipment|lasers)|and sound))(?<!fail safe)",
        unless=r"\b(?:store|stored|keep|kept|handle|handled|dispose|disposed|discard|shut|switch|"
        r"transport\w*|"
        r"ship\w*|vent\w*|open|pack\w*|remove|ground\w*|lab|laboratory|fume hood|cabinet|waste|"
        r"centrifug\w+|autoclav\w+|data|backup|payment|checkout|connection|password|site|cookies?|"
        r"on the safe side|vault|cells? .* safe)\b.{0,30}\bsafe(?:ly)?\b|\bsafe(?:ly)? (?:store|stored|"
        r"keep|handle|dispos|away|remov|pipett|transport|open|ship)\w*|\bfail safe|\bcold safe|"
        r"\bnuclease safe|\bms safe|\b(?:[um]m|nm)\b",
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:safety|efficacy|effectiveness|tolerability) (?:is|are|has been|was|"
        r"were) (?:\w+ ){0,2}?(?:established|proven|excellent|confirmed|demonstrated|documented|known|"
        r"good|outstanding|unquestioned|clear|well)\b|\b(?:excellent|great|outstanding|favou?rable|proven|"
        r"superior|strong|clean|impressive|remarkable|unmatched) (?:safety|tolerability)\b",
        unless=r"\b(?:trial|participants|patients|outcome|adverse events|review|placebo)\b",
    )
    yield family(
        "C6",
        "BHH",
        r"\b(?:(?:excellent|good|great|outstanding|favou?rable|proven|established|superior|known|strong|"
        r"clean|impressive|high) (?:safety|tolerability)(?: (?:profile|record|margin))?|safety (?:profile|"
        r"record)|safety and efficacy|efficacy and safety|proven safety)\b",
        unless=r"\b(?:trial|participants|patients|outcome|adverse events|review|placebo)\b",
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:well|better|easily|excellently|generally|readily) tolerated\b|\bgentle on\b|"
        r"\bnon ?addictive\b|\bnon ?habit\b|\bharmless\b|\ball natural\b|\b100 ?% natural\b",
        unless=rf"{IN_A_SYSTEM}|{AT_THE_BENCH}|\b(?:trial|participants|patients)\b",
    )
    yield family(
        "C6",
        "BHH",
        r"\bnon ?toxic\b",
        unless=rf"{IN_A_SYSTEM}|\b(?:um|nm|mm)\b|\b(?:dye|solvent|plastic|ink|stain|alternative|gel)\b",
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:clinically|scientifically|medically|doctor|physician|time|research|science|lab|laboratory|"
        r"naturally) (?:proven|tested|validated|backed|studied|effective|researched|formulated|trusted|"
        r"relevant results|supported|dosed)\b|\bbacked by (?:science|research|clinical|studies|doctors|"
        r"evidence|trials|data)\b|\bevidence[ -]?based (?:peptide|results|formula|wellness|healing)",
        unless=r"\b(?:hplc|purity|identity|batch|lot)\b.*\blab(?:oratory)? tested\b|"
        r"\blab(?:oratory)? tested\b",
    )
    yield family(
        "C6",
        "BBB",
        r"(?<!un)\bproven\b(?! (?:difficult|useful in assays|robust|method\w*|stable|supplier|"
        r"technolog\w+|column|track record of (?:delivery|supply)|otherwise|design))",
        unless=r"\b(?:method|assay|identity|by (?:ms|nmr|hplc)|validated method)\b|\bproven (?:by|"
        r"to be) (?:hplc|"
        r"nmr|ms|mass)",
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:pharma(?:ceutical)?|human|medical|clinical|hospital|injection|injectable|therapeutic|"
        r"clinic|prescription|medicine)[ -]?(?:grade|quality)\b|\bpharma quality\b|\bfit for human\b|"
        r"\bsuitable for (?:human|people|injection|patients)\b",
        unless=r"\b(?:freezer|refrigerator|fridge|water system|excipient supplier)\b",
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:clinically|highly|extremely|remarkably|incredibly|most|very|really|proven|amazingly|truly|"
        r"safe and|safe &|more|super|insanely|wildly|exceptionally|"
        r"potent and) effective\b(?! (?:extraction|buffer|separation|ionisation|purification|cleaning|"
        r"solvent|concentration|way|at removing|theoretical|plates|scavenger|coupling|method|capping|"
        r"desalting|inhibitor|agonist|antagonist|ligand))",
        unless=rf"{AT_THE_BENCH}|{IN_A_SYSTEM}|\bdate\b|\b(?:trial|participants)\b",
    )
    yield family(
        "C6",
        "BBB",
        rf"\beffective\s(?:for|against|in|at|with){G3}(?:{DISEASE}|humans?|people|men|women|patients|"
        r"weight|fat|muscle|sleep|appetite|burning|losing|building|healing|reducing|improving|recovery|"
        r"libido|everyone|both sexes)\b",
        unless=IN_A_SYSTEM,
    )
    yield family(
        "C6",
        "BBB",
        r"\b(?:proven|clinical|unmatched|superior|real|demonstrated|trusted|established|confirmed|maximum|"
        r"high|human|incredible|remarkable|guaranteed|impressive) (?:efficacy|effectiveness|results)\b|"
        r"\b(?:efficacy|effectiveness) (?:in|for|of) (?:humans?|people|patients|the treatment|men|"
        r"women)\b|\bresults (?:guaranteed|in (?:days|weeks|\d+ (?:days|weeks))|you can (?:see|feel))\b|"
        r"\bguaranteed (?:results|to work|weight|effect\w*)\b|\b(?:it|this|peptide|stuff) (?:really|"
        r"actually|just|simply|truly|absolutely) works?\b(?! (?:with|as|at|in|on|for) (?:the|a|an|all|"
        r"most|both))|\b(?:it|this|peptide|stuff|really|actually|just) works?\b(?= (?:fast|great|wonders|"
        r"like|every time|for everyone|in days|in weeks|overnight|so well|quickly)|!)|\bworks wonders\b|"
        r"\bsee results\b|\bmiracle\b|\bfast[ -]acting\b|\bworks fast\b|\bexperience the (?:benefits|"
        r"difference|power)\b|\blife ?changing\b|\bgame ?chang\w+\b|"
        r"\b(?:it|this|peptide|stuff) works\b(?=\W*(?:guaranteed|period|trust|[.!]|$))|"
        r"\b(?:pure|trusted|potent|natural)(?:,| and)+ (?:and )?effective\b",
        unless=rf"{AT_THE_BENCH}|\b(?:trial|participants)\b",
    )


def _advice() -> Iterator[Family]:
    yield family(
        "C11",
        "BBB",
        r"\bside ?effects? (?:include|may|are|can|such as|to (?:expect|watch)|with|might|like|typically|"
        r"usually|profile|subside|from|of (?:the |this )?(?:peptide|injection|compound|product))\b|"
        r"\b(?:common|possible|potential|mild|typical|known|reported|manage|reduce|avoid|minimi[sz]e|"
        r"what are the|any) side ?effects?\b|\bcontra ?indicat\w+\b(?! (?:solvents?|buffers?|"
        r"materials?|plastics|additives))|\b(?:consult|ask|see|talk to|"
        r"speak (?:to|with)|check with|seek advice from) (?:your|a|with your|with a|an?) (?:qualified |"
        r"licensed |primary |own |local )*(?:doctor|physician|healthcare|medical|health care|gp|"
        r"pharmacist|provider|practitioner)\b|\b(?:pregnan\w+|breast ?feeding|nursing|"
        r"lactating)\b.{0,40}\b(?:should|must|avoid|do not|not (?:use|take)|consult)\b|\b(?:avoid|"
        r"do not use|don'?t use|stop using|discontinue|not recommended|do not take|don'?t take|"
        r"stop taking) (?:\w+ )?(?:if|while|when|use) (?:you|pregnan\w+|nursing|breast\w+|taking|on |"
        r"drinking|under)\b|\bdrug interactions?\b|\binteract\w* with (?:alcohol|medic\w+|other (?:drugs|"
        r"peptides)|your)\b|\bif you (?:experience|feel|have|develop|notice|get|are (?:pregnant|taking|on|"
        r"diabetic|allergic)) (?:\w+ )?(?:nausea|dizz\w*|headache\w*|pain|redness|itching|rash|flush\w*|"
        r"fatigue|a heart|high blood|diabetes|medic\w+|insulin|unwell|cancer|symptoms)\b|\b(?:nausea|"
        r"headaches?|fatigue|flushing|constipation|dizziness|water retention|injection site \w+|bloating|"
        r"vomiting|diarrh\w+|sulphur burps|sulfur burps) (?:is|are|may|can|usually|will|tends?|goes|"
        r"occurs?|subsides?|should|might)\b|\bkeep out of (?:the )?reach of children\b",
        unless=r"\b(?:trial|participants|patients in|placebo|records?|randomi\w+|review counted|"
        r"p\d{3}|ghs|sds|"
        r"safety data sheet|inhaled|swallowed|exposure|exposed|spill|skin contact|eye contact|"
        r"needle ?stick|medical attention|occupational)\b|\bpregnant (?:workers|staff|employees)\b",
    )
    yield family(
        "C11",
        "BBB",
        r"\b(?:not recommended|not advised|unsafe|contra ?indicated|should (?:not be used|be avoided)|"
        r"do not use|avoid(?: use)?|not suitable|caution) (?:\w+ )?(?:during|in|for|by|while|with|"
        r"if) (?:\w+ )?(?:pregnan\w*|breast\w*|nursing|lactat\w*|children|minors|people (?:with|who|on)|"
        r"anyone (?:with|who|on)|patients|those (?:with|who|on)|diabetics|alcohol|blood thinners|"
        r"other medic\w+)\b|\b(?:may|can|might|could|often|sometimes|rarely|does) (?:also )?(?:cause|"
        r"produce|lead to|trigger|bring on)s? (?:\w+ ){0,3}?(?:nausea|vomiting|headaches?|dizziness|"
        r"flushing|fatigue|hunger|insomnia|constipation|diarrh\w+|bloating|water retention|numbness|"
        r"tingling|hot flashes|injection site|mood swings|lethargy|vivid dreams)\b",
        unless=rf"{HAZARD}|\b(?:trial|participants|placebo|label|review|records?)\b",
    )
    yield family(
        "C11",
        "BHH",
        r"\bside ?effects?\b|\badverse (?:effects?|reactions?)\b|\boverdos\w+\b|\bwithdrawal symptoms\b",
        unless=r"\b(?:of the (?:reaction|solvent|coupling)|reaction|synthesis|p\d{3}|sds|"
        r"safety data sheet)\b|"
        r"\b(?:trial|participants|patients|placebo|review|meta analysis|records?)\b",
    )
    yield family(
        "C11",
        "BBB",
        r"\b(?:keep|stay|be sure to|make sure (?:you|to)|drink|eat)\b.{0,20}\b(?:hydrated|plenty of water|"
        r"protein intake|calorie deficit|well rested|high protein)\b|\byou (?:may|might|could|can|"
        r"will) (?:\w+ )?(?:experience|notice|feel|get|have) (?:\w+ ){0,2}(?:nausea|tired\w*|hungry|"
        r"headaches?|flush\w*|redness|side|soreness|reduced appetite|less hungry|dizz\w*|vivid dreams)\b",
    )
