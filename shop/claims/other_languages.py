"""The gravest rules in languages other than English: eight of Europe, Chinese and Japanese.

A visitor reads a claim in any language, and so does a regulator. These lexicons are shorter than the
English one: disease, body, dose, route, preparation, assurance, prescription. Marks are folded away (see
`normalise`), so "täglich" stands as "taglich"; Russian is folded through the same letters as the text.
"""

from __future__ import annotations

from shop.claims.normalise import fold
from shop.claims.rules import Family, family
from shop.claims.vocabulary import any_of

_ILLS = any_of(
    r"""
    diabet\w*; adipositas; ubergewicht; krebs\w*; tumor\w*; alzheimer\w*; demenz; schlaganfall\w*;
    depression\w*; angst(?:storung\w*)?; schmerz\w*; arthrose; arthritis; entzundung\w*; bluthochdruck;
    krankheit\w*; verletzung\w*; wunden; migrane; schlaflosigkeit; haarausfall; cancer; obesite;
    demence; accident vasculaire; anxiete; douleurs?; arthrose; arthrite; inflammations?; hypertension;
    maladies?; blessures?; plaies?; insomnie; chute de cheveux; obesidad; cancer; demencia; ictus;
    depresion; ansiedad; dolor(?:es)?; artrosis; artritis; inflamacion(?:es)?; hipertension;
    enfermedad\w*; lesion(?:es)?; heridas?; migranas?; insomnio; caida del cabello; obesita; cancro;
    tumori?; demenza; depressione; ansia; dolor[ei]; artrosi; artrite; infiammazion\w+; ipertensione;
    malatti[ae]; ferit[ae]; lesion[ei]; insonnia; kanker; dementie; beroerte; depressie; angst; pijn;
    artrose; artritis; ontsteking\w*; hoge bloeddruk; ziekte[ns]?; wonden; slapeloosheid; obesidade;
    demencia; depressao; ansiedade; dor(?:es)?; artrose; inflamacao; hipertensao; doencas?; feridas?;
    lesoes; insonia; cukrzyc\w+; otylosc\w*; nowotwor\w*; depresj\w+; bol(?:u|e)?\b; zapaleni\w+;
    chorob\w+; ran\b"""
)
_BODY = any_of(
    r"""
    (?:zum |beim )?abnehmen; gewichts ?(?:verlust|abnahme|reduktion|kontrolle);
    fett ?(?:verbrennung|abbau|verlust); muskel ?(?:aufbau|wachstum|masse); appetit\w*; libido;
    besser\w* schlaf; schnellere? erholung; regeneration nach dem (?:sport|training); hautverjungung;
    falten; langlebigkeit; haarwachstum; jungere haut; anti ?aging; perte de (?:poids|graisse);
    (?:perdre|perdez) du poids; maigrir; mincir; bruleur de graisse\w*; prise de (?:muscle|masse);
    masse musculaire; coupe faim; meilleur sommeil; anti ?age; anti ?rides?; rajeunissement; longevite;
    recuperation (?:musculaire|plus rapide); repousse (?:des cheveux|capillaire);
    (?:perdida|perder|bajar|control) de (?:peso|grasa); (?:perder|bajar de) peso; quemar? grasas?;
    quemagrasas?; adelgaz\w+; (?:masa|crecimiento|ganancia|desarrollo) muscular; apetito;
    antienvejecimiento; rejuvenec\w+; arrugas; longevidad; recuperacion (?:muscular|mas rapida);
    mejor sueno; dormir mejor; perdita di peso; (?:perdere|perdita) peso; dimagri\w+;
    brucia(?:re)? (?:i )?grassi; massa muscolare; crescita muscolare; appetito; anti ?eta; antirughe;
    ringiovani\w+; longevita; recupero muscolare; sonno migliore; gewichts ?verlies; afvallen;
    vet ?(?:verbranding|verlies); spier ?(?:groei|massa|opbouw); eetlust; beter slapen; verjonging;
    rimpels; sneller herstel; (?:perda|perder) de peso; (?:perder|emagrec\w*) peso; emagrec\w+;
    queima(?:r)? (?:de )?gordura; (?:ganho de )?massa muscular; apetite; rejuvenesc\w+;
    antienvelhecimento; rugas; dormir melhor; odchudzani\w+; utrat\w+ wagi; spalani\w+ tluszczu;
    (?:masy?|wzrost) miesni\w*; apetyt\w*; zmarszczk\w+"""
)
_AT_THE_INSTRUMENT = (
    r"\b(?:hplc|uplc|lc|gc|saule|colonne|colonna|columna|kolom|coluna|kolumn\w+|chromatogra\w+|"
    r"cromatogra\w+|kromatogra\w+|injektionsvolumen|volume d'injection|volumen de inyeccion|"
    r"volume di iniezione|injectievolume|volume de injecao|autosampler|probengeber|echantillonneur|"
    r"spritzenfilter|filtre seringue|filtro de jeringa|zellen|cellules|celulas|cellule|cellen)\b"
)
_EVERY = (
    r"(?:taglich|pro (?:tag|woche)|wochentlich|einmal|zweimal|dreimal|morgens|abends|par (?:jour|"
    r"semaine)|fois par|chaque (?:jour|semaine|matin|soir)|quotidien\w*|al dia|por (?:dia|semana)|"
    r"cada (?:dia|semana|noche|manana)|diari\w+|una vez|dos veces|al giorno|a(?:lla)? settimana|"
    r"ogni (?:giorno|settimana|sera)|una volta|due volte|per (?:dag|week)|dagelijks|wekelijks|eenmaal|"
    r"tweemaal|ao dia|uma vez|duas vezes|todos os dias|diariamente|dziennie|raz w tygodniu|dwa razy|"
    r"codziennie)"
)
_QUANTITY = (
    r"\d[\d.,]{0,6} ?(?:mcg|ug|mg|g|iu|ie|ui|ml|einheiten|unites?|unidades|unita|eenheden|jednost\w+|"
    r"kapseln?|tabletten?|gelules?|comprimes?|capsulas?|comprimidos?|compresse|tropfen|gouttes|gotas|"
    r"gocce|druppels)\b"
)


def _russian(words: str) -> str:
    """Russian words as the folding leaves them: letters that look Latin are Latin."""
    return fold(words)


_PATTERNS: tuple[tuple[str, str, str], ...] = (
    (
        "C1",
        r"\b(?:behandelt|heilt|heilung von|lindert|hilft (?:gegen|bei)|(?:gut|wirksam|mittel|therapie|"
        r"behandlung) (?:gegen|bei|von)|beugt|vorbeugung|bekampft|zur (?:behandlung|heilung|linderung|"
        r"vorbeugung) (?:von|der|des)?|traite(?:ment)?|guerit|soulage|previent|lutte contre|remede|"
        r"contre (?:le|la|les|l')|trata(?:miento)?|cura|alivia|previene|combate|contra (?:el|la|los|las)|"
        r"tratta(?:mento)?|guarisce|allevia|previene|combatte|contro (?:il|la|l')|behandelt|geneest|"
        r"verlicht|voorkomt|helpt (?:tegen|bij)|tegen|tratamento|cura|alivia|previne|leczy|lagodzi|"
        rf"zapobiega|leczenie) ?(?:[\w']+ ){{0,4}}?(?:l'|d')?{_ILLS}\b",
        _AT_THE_INSTRUMENT,
    ),
    ("C2", rf"\b{_BODY}(?!\w)", _AT_THE_INSTRUMENT),
    (
        "C3",
        rf"{_QUANTITY}.{{0,30}}?\b{_EVERY}\b|\b{_EVERY}\b.{{0,20}}?{_QUANTITY}",
        _AT_THE_INSTRUMENT + r"|\b(?:medium|milieu|medio|terreno)\b",
    ),
    (
        "C3",
        r"\b(?:dosierung(?:sempfehlung|sanleitung|splan|sschema)?|einnahme(?:empfehlung)?|posologie|"
        r"posologia|dosagem recomendada|dosis(?: recomendada| diaria| empfohlene)?|"
        r"empfohlene (?:tages)?dosis|dose (?:recommandee|journaliere|giornaliera|consigliata|diaria|"
        r"recomendada)|dosaggio|aanbevolen dosering|dosering|dawkowanie)\b(?=.{0,40}(?:\d|:|taglich|"
        r"semaine|jour|dia|giorno|dag|tydzien|empfohl|recom|$))",
        _AT_THE_INSTRUMENT
        + r"|\bin vitro\b|\b(?:pumpe|pompe|bomba|pompa)\b|\bdosis (?:respuesta|wirkung|response)",
    ),
    (
        "C4",
        r"\b(?:spritzen|spritzt|zur (?:injektion|einnahme|selbstinjektion)|zum (?:spritzen|einnehmen|"
        r"injizieren|trinken)|injizier\w+|selbstinjektion|subkutan\w*|intramuskular\w*|unter die haut|"
        r"nasenspray|injecte[rz]?\b|(?:auto ?|par |en |d'|l')injections?|sous cutanee?|intramusculaire|"
        r"seringues?|spray nasal|voie orale|inyect\w+|inyeccion(?:es)?|subcutane[ao]|intramuscular|"
        r"jeringas?|via oral|iniett\w+|iniezion\w+|sottocutane[ao]|siringhe?|per via orale|injecteren|"
        r"injecties?|onderhuids|injectiespuit\w*|neusspray|injetar|injetavel|injec(?:ao|oes)|"
        r"subcutane[ao]|seringas?|wstrzyk\w+|zastrzyk\w*|podskorn\w+|strzykawk\w+)\b",
        _AT_THE_INSTRUMENT,
    ),
    (
        "C5",
        r"\bbakteriostatisch\w* wasser|\bbakteriostatisches\b|\beau bacteriostatique|"
        r"\bagua bacteriostatica|\bacqua batteriostatica|\bbacteriostatisch water|"
        r"\bwasser fur injektion\w*|\beau pour preparations? injectables?|\bagua (?:para inyeccion|"
        r"para injec\w+)|\bacqua per (?:preparazioni )?iniett\w+|\bwoda bakteriostatyczna",
        "",
    ),
    (
        "C6",
        r"\b(?:ohne|keine) nebenwirkungen\b|\bnebenwirkungsfrei\b|\b(?:klinisch|"
        r"wissenschaftlich) (?:erwiesen|bewiesen|getestet)\b|\bsicher und wirksam\b|"
        r"\bsans effets? secondaires?\b|\bcliniquement prouve\w*|\bsur et efficace\b|"
        r"\bsin efectos secundarios\b|\bclinicamente (?:probad[oa]|comprovad[oa]|testat[oa]|provat[oa])\b|"
        r"\bsegur[oa] y eficaz\b|\bsenza effetti collaterali\b|\bsicuro ed efficace\b|"
        r"\bzonder bijwerkingen\b|\bklinisch bewezen\b|\bveilig en effectief\b|"
        r"\bsem efeitos (?:colaterais|secundarios)\b|\bbez skutkow ubocznych\b|"
        r"\bpharmazeutische qualitat\b|\bqualite pharmaceutique\b|\bcalidad farmaceutica\b|"
        r"\bgrado farmaceutico\b",
        "",
    ),
    (
        "C15",
        r"\brezeptfrei\w*|\bohne rezept\b|\bsans ordonnance\b|\bsin receta\b|\bsenza (?:ricetta|"
        r"prescrizione)\b|\bzonder (?:recept|voorschrift)\b|\bsem receita\b|\bbez recepty\b|"
        r"\blegal (?:kaufen|erhaltlich)\b|\blegal(?:mente)? (?:en|in) (?:toda|tutta|ganz)",
        "",
    ),
    (
        "C8",
        r"\bkundenbewertung\w*|\berfahrungsbericht\w*|\bvorher nachher\b|\bavis (?:clients?|verifies?)\b|"
        r"\bavant ?/? ?apres\b|\bantes y despues\b|\bopiniones de (?:clientes|usuarios)\b|"
        r"\bprima e dopo\b|\brecensioni\b|\bklantbeoordeling\w*|\bantes e depois\b",
        r"\b(?:dessechage|secado|trocknung|digestion|lavage|lavado)\b",
    ),
    (
        "C1",
        _russian(
            r"\b(?:лечит|лечение|излечивает|предотвращает|помогает (?:при|от)|облегчает|терапия|средство от)"
        )
        + r"\b.{0,60}",
        "",
    ),
    (
        "C2",
        _russian(
            r"\b(?:похудени\w*|снижени\w* веса|жиросжига\w*|сжигани\w* жира|рост мышц|набор массы|"
            r"омоложени\w*|улучшает (?:память|сон|настроение)|для (?:сна|памяти|энергии))"
        ),
        "",
    ),
    (
        "C3",
        _russian(r"\b(?:дозировка|принимать|курс приема|раз в (?:день|неделю)|капли в нос|суточная доза)"),
        "",
    ),
    (
        "C4",
        _russian(r"\b(?:инъекци\w*|вводить|уколы?|подкожно|внутримышечно|шприц\w*|спрей для носа)"),
        r"\b(?:hplc|вэжх)\b",
    ),
)

_NOT_HERE = (
    r"不(?:得|可|能|用于|用於|適用)|禁止|非(?:人|医|醫)|しない|できません|"
    r"ではありません|禁じ|细胞|細胞|样品|試料"
)
_CHINESE_AND_JAPANESE: tuple[tuple[str, str, str], ...] = (
    (
        "C1",
        r"(?:治疗|治療|治愈|治癒|缓解|緩解|预防|予防|改善|对抗|抗).{0,12}"
        r"(?:糖尿病|癌|肿瘤|腫瘤|腫瘍|抑郁|憂鬱|うつ|疼痛|痛み|炎|病|症|中风|脳卒中|"
        r"失眠|不眠)|(?:糖尿病|癌|がん|うつ|痛み|炎|病|症|脳卒中|不眠).{0,8}(?:治疗|治療|治す|治し|予防|改善|緩和)",
        _NOT_HERE,
    ),
    (
        "C2",
        r"减肥|減肥|瘦身|痩せ|ダイエット|增肌|筋肉増強|抗衰老|抗老化|アンチエイジング|改善睡眠|睡眠改善|美白|祛皱",
        _NOT_HERE,
    ),
    (
        "C3",
        r"(?:每天|每日|每周|每週|一日|1日|毎日|週に?)\d?.{0,10}(?:次|回|mg|ug|mcg|毫克|微克|单位|單位|単位)|用量|剂量|劑量|投与量",
        _NOT_HERE,
    ),
    (
        "C4",
        r"皮下注射|肌肉注射|静脉注射|靜脈注射|筋肉注射|静脈注射|注射器|鼻喷|点鼻|口服|経口|内服",
        _NOT_HERE,
    ),
    ("C6", r"无副作用|無副作用|副作用(?:なし|はありません|がない)|安全有效|安全で効果", ""),
)

FAMILIES: tuple[Family, ...] = tuple(
    family(rule, "BBB", finds, unless=unless) for rule, finds, unless in (*_PATTERNS, *_CHINESE_AND_JAPANESE)
)
