"""Families of words that the rules are made of, as parts of regular expressions over folded text."""

from __future__ import annotations

import re


def any_of(words: str) -> str:
    """A group that matches any of the expressions written one after another, parted by space or `;`."""
    words = re.sub(r"\|\s*\n\s*", "|", words)
    parts = words.split(";") if ";" in words else words.split()
    return "(?:" + "|".join(" ".join(part.split()) for part in parts if part.strip()) + ")"


def gap(most: int) -> str:
    """Up to so many words between two others."""
    return rf"(?:[\W_]{{1,6}}[\w%'.]{{1,30}}){{0,{most}}}?[\W_]{{1,6}}"


DISEASE = any_of(
    r"""
    (?:pre)?diabet\w+; obes\w+; overweight; cancers?; tumou?rs?; carcinoma\w*; melanoma\w*;
    leuk[ae]+mia\w*; lymphoma\w*; malignan\w+; metasta\w+; alzheimer\w*(?: disease)?; parkinson\w*;
    dementia; stroke; depression; depressive \w+; anxiety; arthritis; osteoarthritis; rheumat\w+;
    osteoporosis; hypertension; high blood (?:pressure|sugar); heart (?:disease|failure|attacks?);
    cardiovascular (?:disease|events?); infections?; sepsis; septic shock; (?:chronic )?inflammation;
    (?:chronic |joint |back |nerve )?pain; aches?; migraines?; headaches?; insomnia; sleeplessness;
    autism; adhd; asthma; copd; psoriasis; eczema; dermatitis; acne; rosacea; alopecia; baldness;
    (?:hair|bone|memory|vision|muscle) loss; erectile dysfunction; impotence; infertility;
    hypogonadism; menopaus\w+; ibs; ibd; crohn\w*; colitis; (?:gastric |stomach |peptic )?ulcers?;
    reflux; gerd; leaky gut; fatty liver; nash; mash; nafld; cirrhosis; hepatitis; hiv; aids; covid\w*;
    lyme; (?:sports |brain |spinal |spinal cord |tendon |muscle |joint |nerve |soft tissue |
    head )?injur(?:y|ies); tend[io]n[io]tis; tendinopath\w+; torn \w+; (?:chronic )?wounds?; burns;
    fractures?; scars?; epilepsy; seizures; multiple sclerosis; neuropath\w+; retinopath\w+;
    macular degeneration; glaucoma; cataracts?; neurodegenerat\w+; concussions?; tbi; ptsd; addiction;
    alcoholism; hangovers?; allerg(?:y|ies); an[ae]+mia; (?:liver|kidney|renal|lung|eye|retinal|skin|
    heart|brain|gum|gut|thyroid|metabolic|autoimmune|mental|chronic|neurological|cardiac|vascular|bowel|
    rare|any|this|human|all)\s(?:diseases?|disorders?|illness(?:es)?|conditions?|damage|failure|
    insufficiency); diseases?; illness(?:es)?; ailments?; metabolic syndrome; insulin resistance;
    (?:high )?cholesterol; dyslipid\w+; atherosclerosis; thrombosis; sarcopenia; cachexia;
    muscle wasting; (?:chronic )?fatigue(?: syndrome)?; brain fog; fibromyalgia; lupus; autoimmun\w+;
    gout; malaria; tuberculosis; herpes; influenza; flu; colds; viruses; symptoms; hot flashes; nausea;
    cramps; pre ?eclampsia; angioedema; hypotension; shock; endometriosis; prostat\w+;
    cognitive (?:decline|impairment); memory (?:decline|impairment); age related \w+; ageing; aging;
    premature ejaculation; stress; swelling"""
)
"""Diseases, injuries and complaints."""

MEDICINES = any_of(
    """
    ozempic wegovy mounjaro zepbound saxenda victoza rybelsus trulicity byetta bydureon egrifta forteo
    tymlos genotropin norditropin humatrope omnitrope botox viagra cialis vyleesi addyi zadaxin
    giapreza pitocin syntocinon firazyr sandostatin copaxone adderall ritalin modafinil provigil prozac
    zoloft xanax valium lexapro accutane propecia rogaine minoxidil finasteride lipitor advil tylenol
    oxycontin vicodin ambien"""
)
"""Brand names of medicines, and a few generic names used as such."""

MEDICINE_WORDS = any_of(
    r"""
    semaglutide; tirzepatide; liraglutide; retatrutide; dulaglutide; metformin; ssris?; statins?;
    antidepressants?; steroids?; hgh; trt; morphine; opioids?; ibuprofen; aspirin; nsaids?;
    antibiotics?; painkillers?; sleeping pills?; (?:prescription|approved|conventional|pharmaceutical|
    existing|standard|branded) (?:medic\w+|drugs?|therap\w+|treatments?); pharmaceuticals?;
    (?:weight loss|diabetes) (?:drugs?|injections?); medication; surgery; chemotherapy"""
)
"""What a reagent may not be held up against."""

SYSTEM = any_of(
    r"""
    cells?; cell lines?; cellular; hek ?293\w*; cho(?: k1)?; hela; cos 7; u2os; pc12; sh sy5y; ins 1e?;
    min6; caco 2; hepg2; raw ?264\w*; 3t3\w*; jurkat; huvecs?; mdck; keratinocytes?; fibroblasts?;
    hepatocytes?; myocytes?; cardiomyocytes?; myotubes?; myoblasts?; c2c12; adipocytes?; neurons?;
    neurones?; astrocytes?; microglia\w*; macrophages?; monocytes?; lymphocytes?; t cells?;
    neutrophils?; platelets?; erythrocytes?; osteoblasts?; chondrocytes?; melanocytes?; oocytes?;
    organoids?; spheroids?; explants?; islets?; (?:brain|hippocampal|tissue|liver) slices?;
    aortic rings?; organ bath; membranes?; membrane preparations?; microsomes?; homogenates?; lysates?;
    cultures?; monolayers?; ex vivo; xenopus; biofilms?; bacteria\w*; e\. coli; s\. aureus; yeast;
    liposomes?; transfected; recombinant; purified \w+; isolated \w+; enzyme\w*"""
)
"""Things that are not an animal or a person, in which something can be measured."""

MEASURED = any_of(
    r"""[ei]c ?50; k ?[di]\b; pk[di]; mic\b; \d ?(?:n|u|m|p)m\b; \d ?(?:u|n|m)g ?/ ?ml; camp; elisa; assays?;
    doi; pmid; 10\.\d{4}; n ?= ?\d; western blot\w*; qpcr; flow cytometry; lc ms\w*; hplc; mtt; luciferase;
    scratch; radioligand; binding; in vitro; \[\d+\]; et al"""
)
"""What a measurement at the bench is told with."""

BENCH = any_of(
    r"""
    hplc; uplc; lc ?ms\w*; lc ?/ ?ms\w*; gc; ms/ms; esi; maldi\w*; mass spec\w*; chromatogra\w+;
    columns?; eluents?; gradient; mobile phase; autosampler\w*; detector; resins?; spps; buffers?; pbs;
    tris; hepes; dmso; acetonitrile; tfa; acetic acid; wells; (?:per|each|every) well; well plates?;
    plates?; microplate\w*; flasks?; dish(?:es)?; pipett\w+; tubes?; centrifug\w+; pcr; qpcr; elisa;
    gels?; sds page; blots?; electrophores\w+; microscop\w+; spectr\w+; nmr; assays?; analytes?;
    samples?; calibrat\w+; standards? curve; reagents?; antibod\w+; plasmids?; vectors?; freez\w+;
    thaw\w*; lyophili\w+; freeze dr\w+; autoclav\w+; incubat\w+; medium; media; supernatant; lysates?;
    aliquots?; stock solutions?; solvents?; filters?; septum; glove ?box; fume hood; culture\w*;
    wavelengths?; nm\b; titrant; electrodes?; sensors?; instruments?; laser; collision; ionis\w+;
    ioniz\w+; hydrogels?; polymers?; steel; catalyst\w*"""
)
"""Words of the laboratory."""

ANIMALS = any_of(
    r"""
    mice; mouse; rats?; rodents?; murine; animals?; rabbits?; guinea pigs?; hamsters?; monkeys?;
    macaques?; primates?; dogs?; beagles?; pigs?; minipigs?; piglets?; sheep; ewes?; cats?; horses?;
    zebrafish; drosophila; c\. elegans; nematodes?; worms; flies; ferrets?; in vivo; animal models?;
    disease models?; rat models?; mouse models?; db/db; ob/ob; zucker; streptozotocin"""
)

PEOPLE = any_of(
    r"""
    patients?; participants?; volunteers?; people; persons?; adults?; humans?; men; women; children;
    infants?; elderly; subjects?; placebo; randomi[sz]ed; double blind\w*;
    clinical (?:trials?|stud(?:y|ies)|data|evidence|results?|research|outcomes?); trials?;
    phase (?:[1-4]|i{1,3}|iv)[ab]?(?:/(?:[1-4]|i{1,3}))?; nct\d{8}; cohorts?; meta analys[ie]s;
    cochrane; systematic reviews?; rcts?; case series; (?:clinical|case) reports?;
    human (?:stud(?:y|ies)|data|evidence|research)"""
)
"""Who or what stands for results in people."""
