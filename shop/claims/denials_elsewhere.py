"""Statements that refuse a use, as `negation` knows them in English, in the other languages."""

from __future__ import annotations

import re

from shop.claims.vocabulary import any_of

_DENIED = any_of(
    r"""
    \bnicht (?:zur|zum|fur|am|an|beim|bei|in|als)(?: \w+){0,5}? (?:menschen?|menschlich\w*|tier\w*|
    veterinar\w*|verzehr|anwendung|diagnos\w+|therap\w+|gebrauch|verwendung|injektion|
    arzneimittel)\b(?:(?: am| an| bei| beim| oder| und| am menschen| der| den| im|,) ?(?:menschen?|
    tier\w*|diagnos\w+|therap\w+|veterinar\w*|zwecke\w*|gebrauch|anwendung))*;
    \bnicht (?:injizieren|spritzen|einnehmen|schlucken|verabreichen|anwenden)(?: oder (?:injizieren|
    spritzen|einnehmen|schlucken|verabreichen|anwenden))*; \bkeine? (?:dosierung\w*|heilversprechen|
    aussagen?|angaben?|anwendung)\b[^.!?]{0,80}; \bne (?:pas|jamais) (?:injecter|ingerer|avaler|
    administrer|utiliser|consommer|inhaler)(?:(?:,? ?(?:ou|ni|et)? ?(?:injecter|ingerer|avaler|
    administrer|utiliser|consommer))|(?: chez| sur| a)? ?(?:l'|les? |des )?(?:homme|humains?|animal|
    animaux|patients?))*; \b(?:non|pas)(?: \w+){0,3}? (?:a|pour|chez|au|aux)(?: \w+){0,3}? ?(?:l'|
    un )?(?:usage |consommation |administration |utilisation )?(?:humaine?|homme|animal\w*|veterinaire|
    therapeutique|diagnosti\w+|medicale?)\b(?:(?:,| ou| ni| et) (?:humaine?|animal\w*|veterinaire|
    therapeutique|diagnosti\w+|medicale?))*; \bno (?:apto|es apto|destinado|para|debe|se debe|usar|
    utilizar|indicado)?(?: \w+){0,4}? ?(?:en |para |a )?(?:el |la )?(?:uso |consumo |
    administracion )?(?:human[oa]s?|veterinari[oa]|animal\w*|diagnostic[oa]|terapeutic[oa]|medic[oa]|
    personas|pacientes)\b(?:(?:,| ni| o| y)(?: en)? (?:human[oa]s?|veterinari[oa]|animal\w*|
    diagnostic[oa]|terapeutic[oa]|medic[oa]))*; \bno (?:inyectar|ingerir|administrar|consumir|
    inhalar)(?: ni (?:inyectar|ingerir|administrar|consumir))*; \bnon (?:per|destinato|adatto|idoneo|
    utilizzare|usare)?(?: \w+){0,4}? ?(?:uso |consumo )?(?:uman[oai]|veterinari[oa]|animal\w*|
    diagnostic[oa]|terapeutic[oa]|medic[oa]|sull'uomo|persone|pazienti)\b(?:(?:,| o| ne|
    (?: e)) (?:uman[oai]|veterinari[oa]|animal\w*|diagnostic[oa]|terapeutic[oa]|medic[oa]))*;
    \bnon (?:iniettare|ingerire|somministrare|assumere)(?: o (?:iniettare|ingerire|somministrare|
    assumere))*; \bniet (?:voor|bestemd|geschikt|bedoeld|gebruiken)(?: \w+){0,4}? ?(?:menselijk\w*|
    mensen|dieren|dierlijk\w*|veterinair|diagnostisch\w*|therapeutisch\w*|consumptie)(?: gebruik|
    consumptie)?(?:(?:,| of| en) (?:menselijk\w*|mensen|dieren|dierlijk\w*|veterinair|diagnostisch\w*|
    therapeutisch\w*)(?: gebruik)?)*; \bniet (?:injecteren|innemen|toedienen|inslikken);
    \bnao (?:para|destinado|apto|usar|utilizar|indicado|e)?(?: \w+){0,4}? ?(?:uso |
    consumo )?(?:human[oa]s?|veterinari[oa]|anima\w*|diagnostic[oa]|terapeutic[oa]|medic[oa]|pessoas|
    pacientes)\b(?:(?:,| ou| nem| e) (?:human[oa]s?|veterinari[oa]|anima\w*|diagnostic[oa]|
    terapeutic[oa]))*; \bnao (?:injetar|ingerir|administrar|consumir);
    \bnie (?:do|przeznaczon\w+|nadaje)(?: \w+){0,5}? (?:ludzi|zwierzat|spozycia|weterynaryjn\w+)\b;
    \bnie wstrzykiwac"""
)
DENIALS = re.compile(_DENIED)
"""Statements that refuse a use, as `negation` knows them in English."""
