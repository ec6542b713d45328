"""The contexts in which words count or are innocent, as expressions over folded text."""

from __future__ import annotations

from shop.claims.vocabulary import BENCH, MEASURED, SYSTEM, any_of, gap

G0, G1, G2, G3, G4, G6 = (gap(number) for number in (0, 1, 2, 3, 4, 6))

CITED = r"\bdoi\b|10\.\d{4}|\bpmid\b|\bpmc\d|nct\d{8}|\[@|\[\d{1,3}\]|\bet al\b|isrctn|\bn ?= ?\d"
IN_A_SYSTEM = rf"\b(?:{SYSTEM})\b|\bin vitro\b.*\b(?:{MEASURED})|\b(?:{MEASURED}).*\bin vitro\b"
AT_THE_BENCH = rf"\b(?:{BENCH})\b"
STUDY_TOLD = (
    r"\b(?:trials?|stud(?:y|ies)|participants?|patients|volunteers|people|reviews?|meta analys[ie]s|"
    r"mice|rats|animals|"
    r"received|were given|was given|rabbits|dogs|monkeys)\b"
)
STATUS_TOLD = (
    r"\b(?:in (?:19|20)\d\d|since (?:19|20)\d\d|(?:19|20)\d\d|marketing authori[sz]ation|label\b|"
    r"prescribing information|"
    r"orphan|registered in|authori[sz]ed in|licen[sc]ed in|approved (?:by|in|as|for)|withdrawn|nda \d|bla \d)"
)
HAZARD = (
    r"\b(?:sds|safety data sheet|h\d{3}|p\d{3}|ghs|first aid|if (?:swallowed|inhaled|on skin|in eyes|"
    r"exposed)|harmful if|"
    r"toxic if|fatal if|gloves|fume hood|ld ?50|irritat\w+|spill\w*|dust|ventilat\w+|goggles|"
    r"needle ?stick|sharps)\b"
)

ACTS_ON = (
    r"(?:treats?|cures?|heal|prevent|reverse|relieve|ease|slows?|stops?|halts?|delays?|kills?|"
    r"destroys?|clears|beats|defeats?|"
    r"heals|prevents?|reverses|relieves?|"
    r"alleviates?|eases|combats?|fights|remed(?:y|ies)|ameliorates?|"
    r"eradicat(?:es?|ing)|sooth(?:es?|ing)|battl(?:es?|ing)|tackl(?:es?|ing)|attenuat(?:es)|banish(?:es)?|"
    r"protect(?:s|ing)?(?: you)? (?:against|from)|guard(?:s)? against|clears? up|gets? rid of|knocks? out|"
    r"(?:helps?|used|able|shown|proven|said|known|believed|reported|may|can|could|might|will|would|"
    r"to)(?: to)?(?: \w+)? "
    r"(?:treat|cure|heal|prevent|reverse|relieve|ease|fight|manage|control|reduce|mitigate|slow|stop|"
    r"beat|overcome|"
    r"lower|improve|attenuate|alleviate))"
)
ACTING_ON = (
    r"(?:treating|curing|healing|preventing|reversing|relieving|alleviating|easing|combating|fighting|"
    r"ameliorating|"
    r"managing|controlling|overcoming|beating|eliminating|reducing|slowing|stopping|mitigating)"
)
NOUN_OF_CARE = (
    r"(?:treatments?|therap(?:y|ies)|therapeutics?|remed(?:y|ies)|cures?|relief|prevention|"
    r"prophylaxis|management|"
    r"healing|medications?|medicines?|drugs?|interventions?|support|solution|answer|help|aid|protection)"
)
TRIAL_TOLD = (
    r"\b(?:trials?|participants?|patients|placebo|randomi[sz]ed|meta analys[ie]s|cochrane|volunteers|"
    r"reports?)\b"
)
PROMISED = (
    r"(?:potential|promising|possible|novel|emerging|effective|natural|alternative|breakthrough|"
    r"candidate|new|future|"
    r"best|ideal|powerful|investigational|experimental|first line|viable|next generation)"
)
BENEFIT = (
    r"(?:(?:support|boost|enhanc|improv|promot|optimi[sz]|accelerat|restor|strengthen|maximi[sz]|speed|"
    r"sharpen|fuel|unlock|rejuvenat|repair|renew|amplif|"
    r"encourag|enrich|upgrad|heighten|amp|supercharg|kickstart|revitali[sz]|preserv|sustain|"
    r"facilitat)\w*|(?:balanc(?:es?|ing)|aid(?:s|ing)?|help(?:s|ing)?|build(?:s|ing)?|grow(?:s|ing)?))"
)
NEUTRAL = r"(?:increas|stimulat|elevat|rais|regulat|maintain|modulat)\w*"
"""Verbs of benefit on a product page, and of physiology on a monograph."""
LOWERING = (
    r"(?:reduc|lower|decreas|curb|suppress|control|burn|shed|melt|blunt|kill|manag|cut|minimi[sz]|"
    r"block|slash|trim|torch|drop)\w*"
)
SHRINKS = (
    r"(?:(?:reduc|decreas|minimi[sz]|eas)(?:es|ing|e)|(?:lower|suppress|shrink|slow|halt|stop|block|kill|cut|"
    r"curb|control)(?:s|es|ing|ting)?)"
)
"""Verbs of an effect on a disease; a suppressor of metastasis is the name of a gene."""

GOALS = any_of(
    r"""
    weight ?(?:loss|management|control|reduction)(?! on (?:drying|heating|ignition));
    fat ?(?:loss|burn\w*|melt\w*|reduction|metabolism|cutting); burns? (?:body |belly |stubborn |more |
    excess )?fat; (?:lose|losing|loses|shed|shedding|drop|dropping) (?:weight|fat|pounds|inches|kilos|
    lbs|kg|belly|body ?fat|stubborn|the weight|excess|unwanted|a few); slimming; slim down;
    get (?:ripped|shredded|jacked|lean|swole|big); lean (?:muscle|mass|body|gains?|physique);
    muscle ?(?:growth|gains?|mass|building|build\w*|recovery|repair|strength|pumps?|definition|tone|
    hypertrophy|preservation); (?:build|builds|building|gain|gains|gaining|add|adds|pack on|
    put on) (?:\w+ )?(?:muscle|size|lean); body ?(?:recomposition|composition|fat|sculpting|building);
    recomp; (?:appetite|hunger|craving) (?:suppress\w*|control|reduc\w*|curb\w*|management); appetite;
    cravings; eat less; feel(?:ing)? full(?:er)?; (?:inches|pounds|kilos|centimet(?:er|re)s) off;
    waist ?lines?; keeps? you (?:alert|awake|full|young|energi[sz]ed|focused|going|lean|calm|sharp|
    strong|warm); anti ?ag(?:e)?ing; anti ?age; (?:more|less|bigger|stronger|leaner|fewer|reduced|extra|
    increased|better) (?:body )?(?:muscles?|fat|stamina|libido|weight gain|appetite|wrinkles|hunger|
    strength in the gym|sleep); (?:bigger|stronger|leaner|fitter|younger|slimmer|sharper|calmer|
    happier)(?:,| and|\.) (?:and )?(?:\w+ )?(?:bigger|stronger|leaner|slimmer|younger|fitter|sharper|
    calmer|faster|happier|healthier); (?:skin|hair|face|complexion|body) (?:looks?|feels?|becomes?|
    gets?|stays?|appears?|glows?) (?!like)\w+; help(?:s|ing)? (?:you |with |
    to )+(?:\w+ ){0,2}?(?:weight|sleep|fat|muscles?|recover|skin|hair|focus|mood|energy|stress|cravings|
    libido|relax|unwind|concentrate|remember|slim); longevity; (?:life|health) ?span extension;
    extend(?:s|ed|ing)? (?:your )?(?:life|health) ?span; youthful\w*; fountain of youth; rejuvenation;
    age reversal; revers\w+ ag(?:e)?ing; turn back the clock; wrinkles?; fine lines; crow'?s feet;
    glowing skin; (?:skin|hair|nail|joint|gut|brain|heart|bone|immune|liver|metabolic|hormonal|mental|
    sexual|prostate|cellular|vascular|cognitive|mitochondrial|reproductive|digestive|
    emotional) (?:health|glow|rejuvenation|tightening|firmness|wellness|support|optimi[sz]ation|
    vitality|balance|performance|wellbeing|clarity|renewal|boost\w*|repair|detox|elasticity|quality);
    (?:younger|radiant|firmer|tighter|clearer|smoother|healthier|plumper)(?: looking)? (?:skin|
    complexion|hair|face); hair ?(?:growth|regrowth|restoration|thickness|density); thicker hair;
    tann(?:ing|ed); libido; sex drive; arousal; erections?; virility;
    sexual (?:function|desire|health|performance); testosterone (?:levels?|boost\w*|production);
    (?:deep|deeper|better|restful|quality|sound|restorative|improved) sleep;
    sleep (?:quality|aid|better|deeper|support|cycle support|like a baby);
    (?:faster|quicker|rapid|speedy|athletic|post ?workout|muscle|injury|exercise|enhanced|accelerated|
    workout|tissue) recovery; recovery (?:time|from|after|between) (?:workouts?|training|exercise|
    injur\w+|surgery|illness|sessions?); recover(?:s|y|ing)? faster;
    (?:better|improved) (?:recovery|memory|focus|mood|digestion|endurance|cognition|skin|hair);
    joint (?:health|pain|mobility|comfort|recovery); tissue (?:repair|regeneration|healing);
    tendon (?:repair|healing|health); wound healing; mental (?:clarity|focus|performance|energy|
    sharpness|edge); (?:memory|cognitive|cognition|brain|focus|mood|energy|immunity|immune|metabolism|
    metabolic|testosterone|endurance|stamina|performance|collagen|confidence|strength|growth hormone|gh|
    nitric oxide|nad) (?:enhanc\w+|boost\w*|lift\w*|elevat\w+|improve\w*|upgrade|stimulat(?:or|ing)|
    booster|optimi[sz]\w+); cognitive (?:function|performance|abilit\w+|benefits?|edge|decline|gains);
    smart drug; nootropic (?:effects?|benefits?|stack|support|properties|use); limitless;
    (?:more|extra|higher|increased|sustained|all day) energy\b(?! (?:collision|dissociation|transfer|
    input|photon|consum\w*|level|barrier|state)); energy levels?(?! diagram); stamina;
    athletic performance; endurance(?! test of the); physique; vitality; wellness; well ?being;
    detox\w*; biohack\w*; immune (?:support|boost\w*|system support|defen[cs]e);
    (?:blood sugar|glucose|glyc[ae]+mic|a1c|hba1c|cholesterol|blood pressure) (?:control|support|
    management|balance|regulation|levels? in check); metabolic (?:health|support|rate boost\w*|function|
    reset); stress (?:relief|reduction|resilience|management); mood (?:support|booster|enhancement|
    stability|swings?|lift); happiness; feel good; satiety support; neuroprotection;
    regenerative (?:benefits?|properties|effects?|medicine|healing|peptide|power);
    healing (?:properties|peptide|benefits?|power|effects?|response|process|time);
    performance enhanc\w+; physical performance; (?:health|wellness|therapeutic|anti ?inflammatory|
    physiological|clinical|medical|body|fitness|aesthetic|cosmetic) benefits?;
    benefits? (?:include|for (?:the|your)? ?(?:body|skin|brain|health|men|women|users?|athletes))"""
)
OBJECTS_OF_USE = any_of(
    r"""
    weight; bodyweight; body weight; appetite; hunger; cravings; fat; adiposity; sleep; libido; mood;
    fatigue; cognition; cognitive \w+; memory; learning; concentration and focus; mental \w+;
    brain function; alertness; motivation; metabolism; metabolic \w+; stamina; endurance; vitality;
    testosterone; hormone levels; growth hormone (?:levels?|secretion|release|production|output);
    igf 1 levels?; insulin (?:secretion|sensitivity|resistance|response|levels?|release);
    blood (?:sugar|glucose|pressure|flow|circulation|lipids|vessels health);
    glucose (?:levels?|uptake|tolerance|homeostasis|metabolism); cholesterol;
    lipid (?:profile|levels|metabolism); collagen(?: production| synthesis| levels)?; elastin; skin;
    complexion; hair; nails; joints?; cartilage; tendons?; ligaments?; bone density; bones; muscles?;
    muscle \w+; immunity; immune (?:system|function|response); gut (?:lining|function|barrier|
    motility); digestion; inflammation; pain; anxiety; stress; wrinkles; longevity; lifespan;
    healthspan; ag(?:e)?ing; fertility; circulation; healing; recovery; regeneration;
    tissue (?:repair|growth|regeneration|healing); angiogenesis; wound (?:healing|closure|repair);
    focus; energy; strength; power output; performance; health; heart (?:function|rate|health);
    kidney function; liver function; lean (?:mass|tissue); oxytocin levels; serotonin; dopamine;
    nerve (?:growth|repair|regeneration); neurogenesis; neuroplasticity; synaptic plasticity;
    mitochondrial (?:function|health|biogenesis|energy|output)"""
)
"""Things about a body that a benefit is promised for; many have a sense at the bench too."""

ANALYTICAL_SENSE = (
    r"\b(?:molecular weights?|molar mass|dry weight|by weight|weight (?:loss )?on|loss on drying|"
    r"thermogravimetr\w*|tga\b|weigh\w*|recovery of (?:the |each |our )?(?:\w+ )?"
    r"(?:peptide|analyte|standard|protein|spike\w*|sample|product|material|label|signal|tracer|"
    r"fluorescence)|(?:peptide|analyte|spike|protein|sample|signal|fluorescence|product|mean|"
    r"extraction|mass|solvent|data|disaster|standard|resin|yield and) recovery|recovery (?:rate|was|"
    r"after photobleach\w*|"
    r"experiments?|\(?\d|in (?:the )?(?:spe|lc|wash|eluate|matrix))|ionic strength|field strength|"
    r"strength of the (?:buffer|acid|signal)|collision energy|laser energy|energy transfer|beam|"
    r"focus(?:ing)? (?:ion|of the|plane|lens)|"
    r"isoelectric|memory effect|carry ?over|machine learning|peak|baseline|resolution|"
    r"sensitivity of the|ionisation|ionization|solubility|dissolution|column|buffer|signal to noise|"
    r"instrument\w*|detector|software|"
    r"skin (?:contact|irritat\w*|sensiti[sz]\w*|corros\w*|exposure|protection)|avoid contact|"
    r"protect (?:eyes|skin)|gloves?|glucose (?:free|solution|medium)|dmem|hydrogels?|matrix (?:effect|"
    r"coated)|collagen (?:coated|gel|matrix|type|hydrogel|i\b|iv\b|scaffold)|performance (?:of the|"
    r"liquid|check|test)|high performance|shelf life|"
    r"stress (?:test|stud|condition)\w*|forced degradation|oxidative stress conditions?|"
    r"mechanical stress|stability|batch|packaging|supply|lead times?|throughput|hair ?pin|"
    r"animal skin gelatin|power supply)\b"
)

MASS = r"(?<![\d.])\d{1,5}(?:[.,]\d{1,4})?(?: ?(?:-|to|or|/) ?\d{1,5}(?:[.,]\d{1,4})?)? ?"
AMOUNT = rf"(?:{MASS}|\b(?:one|two|three|four|five|half a|a few|a couple of) )" + (
    r"(?:mcg|ug|micrograms?|mg|milligrams?|g|grams?|iu|i\.u\.|units?|ml|cc|drops?|sprays?|puffs?|"
    r"vials?|capsules?|caps|pills?|tablets?|clicks?|pumps?|shots?|injections?|mikes|nmol|ng|"
    r"nanograms?)\b"
)
NUMBER = (
    r"(?:\d{1,3}|one|two|three|four|five|six|eight|ten|twelve|sixteen|a few|several)(?: ?(?:-|to|"
    r"or) ?(?:\d{1,3}|two|three|four|six|eight|ten|twelve|sixteen))?"
)
OFTEN = (
    r"(?:(?:once|twice|thrice|one time|two times|three times|\d ?x|\d times)(?:[ -](?:a|per|each|"
    r"every|/))?(?: ?(?:daily|weekly|day|week|month|nightly))?|daily|weekly|nightly|monthly|biweekly|"
    r"everyday|"
    r"(?:a|per|each|every|/) ?(?:other |second |third |single )?(?:day|week|night|morning|evening|"
    r"month|weekday|\d{1,2} ?(?:h|hrs?|hours|days)|monday)|"
    rf"every (?:{NUMBER}) (?:hours|days|weeks)|/ ?(?:day|week|d|wk)\b|b\.?i\.?d\b|t\.?i\.?d\b|q\.?d\b|"
    rf"eod\b|e\d ?d\b|q\d{{1,2}}h|ed\b|before (?:bed|sleep|meals?|breakfast|workouts?|training|"
    r"the gym)|"
    r"at (?:night|bedtime)|pre ?workout|post ?workout|(?:in the |each |every )?mornings?\b|"
    r"after (?:training|meals?|workouts?)|upon waking|(?:the |for the )?first (?:week|month|two weeks|"
    r"few (?:days|weeks))|(?:in )?weeks? (?:one|1\b|two|2\b)|on (?:an )?empty stomach|with (?:food|"
    r"meals?)|mon/wed/fri|mwf\b)"
)
FEEDING_CULTURES = (
    r"\b(?:centrifug\w+|spin|spun|vortex\w*|rins\w+|wash\w*|medium|media|wells|(?:per|each|"
    r"every) well|well plates?|plates?|flasks?|dish(?:es)?|cultur\w+|columns?|buffers?|autosampler|"
    r"calibrat\w+|qc|standards|(?:calibration|reference|internal|working) standard|incubat\w+|cells?|"
    r"slices|eluent|tubes?|samples?|lab(?:oratory)? (?:throughput|uses)|balance)\b"
)
IMPURITY = (
    r"\b(?:residual|impurit\w+|limits?|heavy metals?|elemental|ppm|solvent content|ld ?50|lc ?50|"
    r"icp ms|noael|adi\b)\b"
)
BENCH_DOSE = (
    r"dose[ -]?(?:response|dependen\w+|effect|rate|finding assay|curve)|dosed? (?:into|to|onto|"
    r"in) (?:the |each )?(?:wells?|cells?|plates?|medium|cultures?|bath|slices|reactor|solution)|"
    r"(?:dosing|dosage|dose) of (?:the )?(?:wells?|cells?|cultures?|plates?|organ bath|slices|reactor|"
    r"x ?rays|uv|gamma|radiation)|(?:cells?|wells?|cultures?|plates?|slices|organoids?|monolayers?|"
    r"fibroblasts?|neurons|rings) (?:were|was|are|is) dosed|"
    r"(?:radiation|x ?ray|uv|gamma|electron|photon|absorbed|e ?beam|light) doses?|"
    r"dose of (?:radiation|uv|light|gamma|x ?rays|electrons)|dosing (?:pumps?|units?|valve|port|"
    r"nozzle|module|syringe pump|system of the|wells)|electron dose|"
    r"dose (?:received by (?:the )?(?:cells|film|detector))|(?:per|each|every) well|in vitro doses?|"
    r"dosed? at \d[\d.]* ?(?:n|u|m|p)m\b|doses? of \d[\d.,]* ?(?:n|u|m|p)m\b|(?:highest|lowest|each|"
    r"five|six|seven|eight|increasing) (?:concentration|dose)s? (?:tested|plotted)? ?.*\b(?:n|u|m|"
    r"p)m\b"
)
REPEATED_AT_BENCH = (
    r"(?:freez\w+|thaw\w*|pcr|thermal|thermo\w*|temperature|cell|duty|wash\w*|centrifug\w+|"
    r"lyophili\w+|freeze dry\w+|coupling|deprotection|synthesis|menstrual|krebs|tricarboxylic|citric|"
    r"tca|o?estrous|light|autoclav\w+|qpcr|ct\b|\bcq\b|clean\w+|pump\w*|valve|scan|"
    r"heating|cooling|purge|vacuum|regenerat\w+|catalytic|redox|sampl\w+|charge|annealing|denatur\w+|"
    r"amplification|drying|sonicat\w+|defrost|compressor|edman|machine|instrument|measurement|"
    r"voltammet\w*|life|business|review|urea|cell's|reaction|battery|acquisition|gradient|injection)"
)

ROUTE_BODY = (
    r"(?:subcutaneous\w*|sub ?q\b|sub ?cut?\b|subcut\w*|under the skin|intramuscular\w*|"
    r"intravenous\w*|intraperitoneal\w*|abdomen|abdominal|belly|stomach|thighs?|glutes?|buttocks?|"
    r"deltoids?|navel|love handles|"
    r"yourself|your(?:self)? (?:body|arm|leg|stomach|belly|thigh)|fatty tissue|skin ?fold|"
    r"into (?:the |a )?(?:muscle|vein|fat|skin|body|patient|person|people|humans?))"
)
CHROMATOGRAPHIC = (
    r"\b(?:colonne|saule|columna|colonna|kolom|coluna|hplc|uplc|uhplc|lc\b|lc ?/? ?ms\w*|gc\b|"
    r"chromatogra\w+|columns?|autosampl\w+|injector|injection (?:volumes?|ports?|valves?|loops?|"
    r"peaks?|sequence|solvent|mode|precision|repeatability|mou?ld\w*|system|needle|time|speed|cycle|"
    r"line|plug|order)|"
    r"flow injection|(?:blank|replicate|repeat|duplicate|triplicate|six|five|three|sample|needle|test|"
    r"standard|consecutive|loop|partial loop|on column|split|splitless|direct|spr|biacore|fia|"
    r"electrokinetic|hydrodynamic) injections?|per injection|between injections|"
    r"injection to injection|mass spec\w*|spectromet\w+|oocytes?|microinject\w*|bracket\w*|standards|"
    r"embryos?|zygotes?|"
    r"detector|capillary|biacore|spr\b|itc\b|calorimet\w+|titrant|septum|gas ?tight|loop\b|mou?ld\w*|"
    r"chip|microfluidic\w*|flow cell|dependency injection|sql injection|syringe pump|reactor)\b"
)
SYRINGE_AT_BENCH = (
    r"\b(?:syringe filters?|syringe pumps?|hamilton|gas ?tight|luer|septum|septa|glass syringe|"
    r"(?:microlit(?:re|er)|ul|\d+ ?ul|manual) syringe|hplc|uplc|spe|0\.22|0\.45|filtration|filter\w*|"
    r"columns?|degas\w*|manifold|schlenk|nitrogen|argon|anhydrous|needle wash|autosampler|"
    r"chromatogra\w+|infus(?:e|ion) (?:pump|rate|at)|direct infusion|esi|solvent|syringe plunger|"
    r"reaction vessel|spps|fritted|slurry|gels?|resin|polypropylene|acetonitrile|dcm|tfa|mass spec\w*|"
    r"calibration syringe|lysates?|shear\w*|homogeni\w+|viscos\w+|rheomet\w+|hydrogel|printer|sds|"
    r"sharps)\b"
)
NEEDLE_AT_BENCH = SYRINGE_AT_BENCH + (
    r"|needle (?:valve|wash|like|shaped|crystals?|seat|port|height|depth|nose)|crystal\w*|pine|sewing|"
    r"gel loading|spinal needle of"
)

NO_HARM = (
    r"(?:known |reported |clinically |significant |noticeable |real |serious |major |nasty |unwanted |"
    r"negative |harsh |or )*(?:side ?effects?|adverse (?:effects?|events?|reactions?)|downsides?|"
    r"toxicity|risks?)"
)

PURE = (
    r"(?<![\d.])(?:100|9\d(?:\.\d{1,2})?) ?(?:%|percent|per cent)\+?\W{0,3}(?:\w+ ){0,2}?(?:pure|"
    r"purity)\b|\b(?:pure|purity)\b(?:\W{1,4}(?:of|is|was|level|rating|guaranteed|at|least|over|above|"
    r"than|greater|exceeding|minimum|always|up|to|tested|verified|the|by|"
    r"hplc)){0,4}\W{0,4}(?<![\d.])(?:100|9\d(?:\.\d{1,2})?) ?(?:%|percent|per cent)"
)
BOUND_TO_RECORD = (
    r"\blots?\b\W{0,3}(?:no\.? ?|number |# ?)?[a-z]{0,5}[- ]?\d[\w-]*|"
    r"\b[a-z]{2,4}[- ]\d{4}[- ][a-z]\b|\b(?:rp )?(?:hplc|uplc)\b|\b2\d\d nm\b|\barea\b|\bnpc\b|"
    r"\bnet peptide\b|\bamino acid analysis\b|\baaa\b|\bqnmr\b|\bby (?:lc|nmr|ms|uv)\b|\bacceptance\b|"
    r"\brelease limit\b|\bspecification\b|\blimit\b|"
    r"\bcertificate (?:no|number|of|revision|coa)|\bcoa[- ]?(?:no\.? ?)?\d"
)
STERILE_AT_BENCH = (
    r"sterile (?:water|saline|technique|conditions?|filt\w*|tips?|tubes?|pbs|buffer\w*|medi\w*|hood|"
    r"pipett\w*|container|field|distilled|deioni[sz]ed|ultrapure|solution|solvent|dmso|0\.|"
    r"syringe filter|bench|flow|cabinet|cultures?|swabs?|gloves?|plastic\w*|cryo\w*|membrane|aqueous|"
    r"nuclease|bottle|flask|loop|acetic|hcl|stock|plates?|dish\w*|spatula|eppendorf|micro\w*|room|air|"
    r"environment|handling|work\w*|aliquots?|supernatant|stopper|screw|needle)"
)

RESULT = (
    r"(?:improv(?:ed?|es|ing|ements?)|fell|falls|rose|dropped|declined?|decreas(?:ed?|es)|"
    r"increas(?:ed?|es)|reduc(?:ed?|es|tions?|ing)|lower(?:ed|s|ing)?|raised|raises|lost|loses|"
    r"gain(?:ed|s)?|recover(?:ed|s|y)|heal(?:ed|s)|respond(?:ed|s)|surviv(?:ed|al)|died|deaths?|"
    r"mortality|"
    r"better|worse|faster|slower|(?:more|less|fewer|greater|higher|lower|larger|smaller|longer|"
    r"shorter)\b(?=.{0,60}\b(?:than|with|in|on|among|after|for)\b)|than (?:with |in |on |"
    r"those )?(?:placebo|controls?|comparators?)|benefit(?:s|ed)?|effective(?:ly|ness)?|efficac\w+|"
    r"signif\w+|no (?:clear |significant |real )?(?:differences?|benefit|effect(?! size)|change)|"
    r"differ(?:ed|s)\b|neutral|favou?r(?:ed|s|able)|superior\w*|non ?inferior\w*|"
    r"p ?[<=>] ?0?\.\d|hazard ratio|odds ratio|risk ratio|relative risk|\b(?:rr|or|hr|smd|md) \d|"
    r"95 ?% ?c\.?i|well tolerated|tolerated|relief|remission|respon(?:der|se) rates?|achieved|"
    r"resolved|regress\w+|prolong\w+|(?:lived|slept|felt|walked|ran|scored|looked|aged|recalled|"
    r"performed|thought) (?:\w+ )?(?:longer|more|better|less|faster|further|younger|deeper|higher|"
    r"well|worse)|slowed|delayed|prevented|enhanc(?:ed|es)|boost(?:ed|s)|suppress(?:ed|es)|"
    r"protect(?:ed|s|ive)|restor(?:ed|es)|accelerat(?:ed|es)|effects?(?! sizes?) (?:on|in|of)|"
    r"outcomes? (?:was|were) met|met (?:its|the) (?:primary )?(?:endpoint|outcome)|failed|showed|"
    r"shown|demonstrated|worked|works|cured|treated effectively|adverse events?|side effects|"
    r"weight loss|percent of (?:patients|participants)|\d ?% of (?:the )?(?:patients|participants|"
    r"people|men|women|adults|subjects))"
)
