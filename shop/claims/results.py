"""What may not be said of results: in people (C12), in animals (C13), and without a source (C17)."""

from __future__ import annotations

from collections.abc import Iterator

from shop.claims.contexts import (
    BOUND_TO_RECORD,
    CITED,
    RESULT,
)
from shop.claims.rules import Family, family
from shop.claims.vocabulary import ANIMALS, DISEASE, PEOPLE


def families() -> Iterator[Family]:
    """Every family of this subject."""
    yield from _people()
    yield from _animals()
    yield from _evidence()


def _people() -> Iterator[Family]:
    meant = r"\b(?:the chance that|effect size is|interval (?:is|means))\b"
    bound = (
        r"\b(?:not eligible|were excluded|excluded|exclusion|inclusion criteria|eligible|aged?|"
        r"hours? after onset)\b"
    )
    yield family(
        "C12",
        "BBH",
        rf"\b{PEOPLE}\b.{{0,160}}?\b{RESULT}",
        unless=rf"{meant}|{bound}(?!.*\b(?:improv|reduc|lost|better)\w*)|\bpatient (?:samples?|"
        r"derived|sera)\b|"
        r"\bhuman (?:plasma|serum|liver|dermal|cells?|recombinant|receptor|embryonic|umbilical|"
        r"keratinocytes|fibroblasts?|microsomes|neutrophils|platelets|skin (?:explants|fibroblasts))\b|"
        r"\b(?:hplc|uplc|lc\b|lc ms|column|mobile phase|two people|staff|trials? of the (?:column|"
        r"method))\b|\bin vitro\b(?!.*\b(?:patients|participants|trial)\b)",
    )
    yield family(
        "C12",
        "BBH",
        rf"\b{RESULT}\b.{{0,120}}?\b(?:in|among|for|of|by|with) (?:\w+ ){{0,3}}?{PEOPLE}\b",
        unless=rf"{meant}|{bound}(?!.*\b(?:improv|reduc|lost|better)\w*)|\bpatient (?:samples?|"
        r"derived|sera)\b|"
        r"\bhuman (?:plasma|serum|liver|dermal|cells?|recombinant|receptor|embryonic|umbilical|"
        r"keratinocytes|fibroblasts?|microsomes|neutrophils|platelets)\b|\b(?:hplc|uplc|column|two people|"
        r"staff)\b|\bin vitro\b(?!.*\b(?:patients|participants|trial)\b)",
    )
    trial_told = (
        r"\btrials?\b(?! (?:run|version|period|order|and error))(?<!free trial)|\b(?:adults|people|men|"
        r"women|children) aged\b|\bphase (?:[1-4]|i{1,3}|iv)[ab]?(?:/(?:[1-4]|"
        r"i{1,3}))?\b(?! metabol\w*)(?=.{0,40}\b(?:trial|stud|clinical|data|result|nct|patients|"
        r"participants|randomi|program|peptide|compound|drug|human|complete))|\bparticipants?\b|"
        r"\bplacebo\b|\b(?:adults|people|men|women|children|patients|volunteers|subjects) with\b|"
        r"\bhealthy (?:volunteers|men|women|subjects|adults|people)\b|\bvolunteers\b|\bnct ?\d{8}\b|"
        r"\brandomi[sz]ed (?:controlled|trial|double|clinical|stud)\w*|\bdouble blind\w*|"
        r"\b(?:human|clinical) (?:trials?|stud(?:y|ies)|data|evidence|results|research|outcomes?|"
        r"subjects?|experience|testing|trial data|endpoints?)\b|\bmeta analys[ie]s\b|\bcochrane\b|"
        r"\bsystematic reviews?\b|\bpeer reviewed (?:stud|research|evidence|trial|clinical|paper|"
        r"publi)\w*|\bpatients?\b(?! (?:samples?|derived|sera|enough))|\bin (?:humans|people|patients)\b"
    )
    yield family(
        "C12",
        "B..",
        trial_told,
        unless=r"\b(?:personal data|open to volunteers|patient (?:waiting|while)|be patient|refused|"
        r"not sold to|"
        r"prohibit\w*|we do not sell)\b",
    )


def _animals() -> Iterator[Family]:
    kept = (
        r"(?:dogs?|cats?|horses?|pets?|livestock|cattle|cows?|poultry|chickens|pigs|puppies|puppy|"
        r"kittens?|equine|canine|feline|race ?horses?|greyhounds?|ponies|pony|show animals?|"
        r"companion animals?|farm animals?|parrots?)"
    )
    biological = (
        r"\b(?:serum|sera|plasma|cells?|(?:kidney|liver|heart|brain|muscle)(?! (?:disease|failure|"
        r"problems?|conditions?|trouble|loss|support|health))|heparin|peroxidase|radish|albumin|gelatin|"
        r"antibod\w+|igg|antiserum|raised in|extract|tissue|cytochrome|myoglobin|catalogue|cat\. ?(?:no|#|"
        r"number)|cat (?:no|number)\b|pet (?:bottle|film|g\b|scan|imaging|tracer)|membranes?|"
        r"erythrocytes?|microsomes?|chicken egg|lysozyme|ovalbumin|mdck|isolated|rings|arter\w+|derived|"
        r"origin)\b"
    )
    yield family(
        "C13",
        "BBB",
        r"\b(?:for|your|my|in|to|give|given|giving|treat\w*|help\w*|older|senior|with|use (?:it )?(?:in|"
        rf"on)|our|lame|injured|arthritic|sick) (?:\w+ ){{0,2}}?{kept}\b",
        unless=rf"{biological}|\b(?:doi|pmid|trial|receptors?|\bn ?= ?\d)\b|{CITED}",
    )
    yield family(
        "C13",
        "BBB",
        rf"\b{kept} (?:owners?|lovers?|health|wellness|joints?|performance|recovery|use|supplements?|"
        r"breeders?|trainers?)\b|\bvet(?:s|erinarians?)? (?:recommended|approved|use|trusted|tested|love|"
        r"prescribe)\b|\bfor veterinary use\b|\bveterinary (?:use|grade|medicine for|treatment|patients|"
        r"supplement|peptide|product|clinics?)\b|\brace ?day\b|\bequine (?:performance|recovery)\b",
        unless=rf"{biological}|\b(?:approved|authori[sz]ed|licen[sc]ed|registered) (?:\w+ )?(?:as|in|by|"
        r"for)\b.*\b(?:19|20)\d\d\b",
    )
    yield family(
        "C13",
        "BHH",
        r"\bveterinar\w*",
        unless=r"\bveterinary (?:school|college|faculty|research institute|medicines directorate|university|"
        r"anatomy|pathology (?:department|lab))",
    )
    alive = rf"\b(?:{ANIMALS})\b"
    not_alive = (
        r"\b(?:cells?|slices?|rings|isolated|membranes?|homogenates?|ex vivo|hepatocytes|microsomes?|"
        r"cultured|culture|receptor binding|antibod\w+|elisa|serum albumin|organ bath|fibroblasts?|"
        r"neurons in|tissue extracts?|antiserum|strips|explants?|recombinant|cloned|transfected|gene|"
        r"cardiomyocytes|aort\w+ (?:rings?|strips?)|iacuc|laboratory animals\.|detect\w*|quantif\w*|"
        r"cross ?react\w*|residues?|orthologu?e?s?|homologu?e?s?|sequences?)\b"
    )
    yield family(
        "C13",
        "BHH",
        rf"{alive}.{{0,120}}?\b{RESULT}|\b{RESULT}.{{0,120}}?{alive}",
        unless=rf"{not_alive}|\b(?:iacuc|spill|sds|what is known)\b",
    )
    yield family(
        "C13",
        "BHH",
        rf"{alive}.{{0,80}}\b{DISEASE}\b|\b{DISEASE}\b.{{0,80}}{alive}|\b(?:diabetic|obese|hypertensive|"
        rf"injured|lesioned|ischaemic|ischemic|arthritic) (?:\w+ )?{alive}",
        unless=rf"{not_alive}|\bwhat is known\b",
    )
    yield family(
        "C13",
        "BHH",
        rf"{alive}.{{0,60}}\b(?:inhibit|stimulat|block|attenuat|ameliorat|extend|revers|evok|induc|chang|"
        r"alter|affect|lengthen|shorten)(?:s|ed|es|d)\b|\b(?:inhibit|stimulat|attenuat|ameliorat|extend|"
        rf"revers|affect|chang)(?:s|ed|es|d)\b.{{0,60}}{alive}",
        unless=not_alive,
    )


def _evidence() -> Iterator[Family]:
    said = (
        r"(?:suggest(?:s|ed)?|shows?|showed|shown|indicat(?:es?|ed)|demonstrat(?:es?|ed)|prov(?:es?|ed|"
        r"en)|confirm(?:s|ed)?|found|finds|reveal(?:s|ed)?|says?|support(?:s|ed)?|highlight(?:s|ed)?|"
        r"point(?:s|ed)? to|establish(?:es|ed)?|link(?:s|ed)?|report(?:s|ed)?|agree|believe|claim|"
        r"hint(?:s|ed)?)"
    )
    who = (
        r"(?:stud(?:y|ies)|research|trials?|evidence|literature|science|scientists?|experts?|"
        r"clinical data|findings|papers|publications|investigations?|investigators?|data|researchers|"
        r"preclinical (?:data|work|studies|research)|animal (?:data|studies|work|research))"
    )
    yield family(
        "C17",
        "HHH",
        r"\b(?:(?:recent|new|early|some|many|several|numerous|multiple|preliminary|emerging|growing|"
        r"published|preclinical|countless|other|various|current|mounting|existing|scientific|"
        r"peer reviewed|independent|international|extensive|ongoing|promising|modern|russian|animal|human|"
        rf"clinical) )*{who} (?:have |has |also |consistently |strongly |clearly |repeatedly |now |even |"
        rf"further )*{said}\b",
        unless=rf"{CITED}|{BOUND_TO_RECORD}|\b(?:stability|our|validation|lot|batch|calibration|hplc|"
        r"certificate|"
        r"assay|mass|storage|temperature|nmr|this study|data (?:sheet|show in)|search|check|source|record|"
        r"page|the trial|the study|the review|that trial|one trial|this trial|the data|what (?:trials|"
        r"studies)|these (?:studies|trials) report|no (?:study|trial|studies|trials)|(?:study|trial|"
        r"studies|trials) found here)\b",
        in_paragraph=True,
    )
    yield family(
        "C17",
        "HHH",
        r"\b(?:dozens|hundreds|thousands|scores|plenty|a wealth|a large body|a growing body|a vast body|"
        r"tons|lots|an abundance|decades) of (?:\w+ ){0,4}(?:studies|trials|papers|research|publications|"
        r"evidence|literature|data|scientists)\b|\b(?:numerous|countless|many|several|extensive|abundant|"
        r"overwhelming|ample|considerable|substantial|multiple) (?!of the )(?:\w+ ){0,2}(?:studies|trials|"
        r"papers|research|publications|evidence|rcts)\b|\b(?:widely|extensively|heavily|thoroughly|"
        r"well) (?:studied|researched|documented|published)\b|\bscience says\b|\bit is well known\b|"
        r"\baccording to (?:\w+ )?(?:studies|research|experts|science|scientists)\b|\b(?:studies|research|"
        r"science) (?:is|are) clear\b",
        unless=rf"{CITED}|\b(?:search|check|tools?|certificate|method|hplc|well documented (?:method|lot)|"
        r"for many studies of (?:the column))\b",
        in_paragraph=True,
    )
