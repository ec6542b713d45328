"""The statement a shop starts with: every clause it needs, under the six headings of the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from shop import demo
from shop.attestations.models import Asked
from shop.attestations.statements import numbered

STATEMENT: dict[str, Any] = yaml.safe_load(
    (Path(demo.__file__).parent / "content" / "statement.yaml").read_text(encoding="utf-8")
)
NEEDED = {
    "Laboratory research only": (
        "regularly and lawfully engaged",
        "not involve clinical use",
        "only in vitro",
    ),
    "Not for use in people or animals as treatment": (
        *("not be given to a person, by any route, myself included", "veterinary care", "food", "pets"),
        *(
            "supplements",
            "cosmetics",
            "household",
            "diagnosis, treatment or compounding",
            "ingredient of a drug",
        ),
        *("not relied on any statement of benefit", "told the seller of any"),
    ),
    "Trained staff and a suitable facility": (
        *(
            "trained",
            "safety data sheet",
            "not fully known",
            "not approved by FDA, EMA, MHRA, TGA or Health Canada",
        ),
        *("not sterile or endotoxin-controlled unless", "nothing about its safety or efficacy"),
    ),
    "No onward supply for other uses": ("resold, repacked, given away or passed on", "written consent"),
    "Lawful at the delivery address": (
        *("{country}", "import permit", "controlled or scheduled", "export and sanctions", "two years"),
        *("question about end use", "refuse, hold or recall", "authorities on a lawful request"),
    ),
    "Authority to order": (
        *("18 or older", "authorised to bind {organisation}", "role", "intended use", "own words"),
        *("false statement ends the order and may be reported", "sign this electronically", "keep a copy"),
    ),
}


def test_the_statement_has_six_headings_and_fourteen_clauses() -> None:
    assert [clause["heading"] for clause in STATEMENT["clauses"]] == list(NEEDED)
    assert sum(len(clause["sentences"]) for clause in STATEMENT["clauses"]) == 14
    for clause in STATEMENT["clauses"]:
        for words in NEEDED[clause["heading"]]:
            assert words in " ".join(clause["sentences"]), f"{clause['heading']}: {words}"


def test_it_says_honestly_what_it_does_not_do_and_asks_for_own_words() -> None:
    assert "does not make an unlawful use lawful" in STATEMENT["preamble"]
    assert "does not relieve the seller of its own duties" in STATEMENT["preamble"]
    assert set(STATEMENT["asks"]) == {each.value for each in Asked}


def test_sentences_are_numbered_under_their_heading() -> None:
    assert numbered(5, ["Lawful. ", "Kept."]) == "5.1 Lawful.\n5.2 Kept."
    assert numbered(4, ["Not resold."]) == "Not resold."
