"""What is found: products, monographs, their results and their sources, each with its words and keys.

Everything that hangs on one compound is made together; which compound changed is all that has to be noted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import Product, VialSize
from shop.compounds.models import Category, Compound, CompoundName
from shop.compounds.sequences import C_TERMINI, N_TERMINI, Peptide
from shop.core.language import speaking
from shop.education import markdown, result_words, revisions
from shop.education.evidence import EvidenceRecord, Source
from shop.education.models import Monograph, MonographRevision
from shop.education.monograph import MonographText, Statement
from shop.search.models import KeyKind, Kind
from shop.search.words import key, name_keys, number, words_of

CONTENT_LANGUAGE = "en"
"""The language of monographs; words that code adds to them are in it too."""
LAST_YEAR = 9999
LONGEST_ORDER_KEY = 80
LONGEST_KEY = 200
COMPOUNDS_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Key:
    """A name, number or sequence by which something is found whole."""

    what: KeyKind
    key: str
    written: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the index holds of one thing; the fields are those of `SearchEntry`, with its keys."""

    kind: Kind
    key: str
    compound_id: int
    order_key: str
    title: str
    address: dict[str, Any]
    details: dict[str, Any]
    names: str
    passages: list[list[str]] = field(default_factory=list)
    heading: str = ""
    summary: str = ""
    body: str = ""
    keys: tuple[Key, ...] = ()

    @property
    def name(self) -> tuple[Kind, str, int]:
        """By what it is told from every other."""
        return self.kind, self.key, self.compound_id

    @property
    def words(self) -> frozenset[str]:
        """Every word of it."""
        return frozenset(f"{self.names} {self.heading} {self.summary} {self.body}".split())


@dataclass(frozen=True, kw_only=True)
class _Substance:
    """What a compound is called."""

    id: int
    slug: str
    name: str
    category: str
    category_name: str
    substance_class: str
    cas: str | None
    sequence: str | None
    ends: tuple[str, str]
    names: tuple[str, ...]

    @property
    def keys(self) -> Iterator[Key]:
        """What its product and its monograph are both found by."""
        yield from _name_keys(self.names)
        if self.cas:
            yield Key(what=KeyKind.CAS, key=key(self.cas), written=self.cas)
        if self.sequence:
            yield Key(what=KeyKind.SEQUENCE, key=self.sequence.lower(), written=self.sequence)

    @property
    def called(self) -> Iterator[str]:
        """Every way to call it."""
        yield from self.names
        yield from filter(None, (self.cas, self.sequence))
        if self.sequence:
            yield Peptide(self.sequence, *self.ends).three_letter


def of_compounds(session: Session, compound_ids: Iterable[int]) -> Iterator[Entry]:
    """Every entry of some compounds, made from what the transaction sees now."""
    wanted = sorted(set(compound_ids))
    with speaking(CONTENT_LANGUAGE):
        for at in range(0, len(wanted), COMPOUNDS_AT_ONCE):
            part = wanted[at : at + COMPOUNDS_AT_ONCE]
            substances = _substances(session, part)
            yield from _products(session, substances)
            for revision in _current(session, part):
                substance = substances[revision.monograph.compound_id]
                yield from of_monograph(substance, revision.number, revisions.load(revision), revision)


def _substances(session: Session, ids: Sequence[int]) -> dict[int, _Substance]:
    names: dict[int, list[str]] = defaultdict(list)
    for compound_id, name in session.execute(
        select(CompoundName.compound_id, CompoundName.name)
        .where(CompoundName.compound_id.in_(ids))
        .order_by(CompoundName.position, CompoundName.id)
    ):
        names[compound_id].append(name)
    rows = session.execute(
        select(
            Compound.id,
            Compound.slug,
            Compound.name,
            Category.slug,
            Category.name,
            Compound.substance_class,
            Compound.cas,
            Compound.sequence,
            Compound.n_terminus,
            Compound.c_terminus,
        )
        .join(Category, Category.id == Compound.category_id)
        .where(Compound.id.in_(ids))
    )
    return {
        row[0]: _Substance(
            id=row[0],
            slug=row[1],
            name=row[2],
            category=row[3],
            category_name=row[4],
            substance_class=row[5],
            cas=row[6],
            sequence=row[7],
            ends=(row[8] or N_TERMINI[0], row[9] or C_TERMINI[0]),
            names=(row[2], *names[row[0]]),
        )
        for row in rows
    }


def _products(session: Session, substances: Mapping[int, _Substance]) -> Iterator[Entry]:
    """The products that are listed."""
    skus: dict[int, list[str]] = defaultdict(list)
    for product_id, sku in session.execute(
        select(VialSize.product_id, VialSize.sku)
        .join(Product, Product.id == VialSize.product_id)
        .where(Product.compound_id.in_(list(substances)))
        .order_by(VialSize.sku)
    ):
        skus[product_id].append(sku)
    rows = session.execute(
        select(
            Product.id,
            Product.compound_id,
            Product.slug,
            Product.name,
            Product.label_name,
            Product.subtitle,
            Product.catalogue_number,
            Product.form,
            Product.salt_form,
            Product.appearance,
            Product.solubility,
        )
        .where(Product.compound_id.in_(list(substances)), Product.listed)
        .order_by(Product.id)
    )
    for each in rows:
        substance, own = substances[each.compound_id], skus[each.id]
        numbers = (each.catalogue_number, *own)
        yield Entry(
            kind=Kind.PRODUCT,
            key=each.slug,
            compound_id=substance.id,
            order_key=_order(each.name),
            title=each.name,
            address={"slug": each.slug},
            details={
                "subtitle": each.subtitle,
                "catalogue_number": each.catalogue_number,
                "cas": substance.cas,
                "category": substance.category_name,
            },
            passages=[["", text] for text in (each.subtitle, each.solubility) if text],
            names=_words(each.name, each.label_name, *numbers, *substance.called),
            heading=_words(each.subtitle, substance.category_name, substance.substance_class, each.salt_form),
            summary=_words(each.form),
            body=_words(each.appearance, each.solubility),
            keys=_once(
                (
                    *_name_keys((each.name, each.label_name)),
                    *substance.keys,
                    *(_key(KeyKind.CATALOGUE, written) for written in numbers),
                )
            ),
        )


def _current(session: Session, compound_ids: Sequence[int]) -> Sequence[MonographRevision]:
    """The newest version of each monograph, with its rows."""
    newest = (
        select(MonographRevision.monograph_id, func.max(MonographRevision.number).label("number"))
        .join(Monograph, Monograph.id == MonographRevision.monograph_id)
        .where(Monograph.compound_id.in_(compound_ids))
        .group_by(MonographRevision.monograph_id)
        .subquery()
    )
    return session.scalars(
        select(MonographRevision)
        .join(
            newest,
            (newest.c.monograph_id == MonographRevision.monograph_id)
            & (newest.c.number == MonographRevision.number),
        )
        .order_by(MonographRevision.id)
        .options(
            selectinload(MonographRevision.sources),
            selectinload(MonographRevision.evidence),
            selectinload(MonographRevision.monograph),
        )
    ).all()


def of_monograph(
    substance: _Substance, version: int, text: MonographText, revision: MonographRevision
) -> Iterator[Entry]:
    """A monograph, its results and its sources."""
    address = {"category": substance.category, "slug": substance.slug}
    shown = {"monograph": text.title}
    about = _words(text.title, *substance.names)
    passages = [[place, words] for place, words in _passages(text) if words]
    yield Entry(
        kind=Kind.MONOGRAPH,
        key=substance.slug,
        compound_id=substance.id,
        order_key=_order(text.title),
        title=text.title,
        address=address,
        details={
            "category": substance.category_name,
            "verdict": text.reading.verdict.value,
            "scope": text.reading.scope,
            "version": version,
            "published_on": revision.published_at.date().isoformat(),
            "cas": substance.cas,
        },
        passages=passages,
        names=_words(text.title, *substance.called),
        heading=_words(text.standfirst, text.reading.scope, substance.category_name),
        summary=_words(markdown.to_text(text.summary), substance.substance_class),
        body=_words(*(words for _place, words in passages)),
        keys=_once((*_name_keys((text.title,)), *substance.keys)),
    )
    for position, record in enumerate(text.evidence, start=1):
        yield _outcome(substance, position, record, text, address, shown, about)
    for position, source in enumerate(text.sources, start=1):
        yield _source(substance, position, source, address, shown, about)


def _passages(text: MonographText) -> Iterator[tuple[str, str]]:
    """Place and words of everything that a reader of the page reads, paragraph by paragraph."""
    yield "", text.standfirst
    for place, section, statements in (
        ("summary", text.summary, ()),
        ("what", text.what_it_is, ()),
        ("mechanism", text.mechanism, text.mechanism_statements),
        ("evidence", text.findings, ()),
        ("disagree", text.disagreement, ()),
        ("safety", text.safety, text.safety_statements),
        ("unknown", text.unknowns, text.unknown_statements),
        ("handling", text.handling, ()),
        ("regulatory", "", text.regulatory_statements),
    ):
        yield from _paragraphs(place, section, statements)
    for part in (text.reading.favourable, text.reading.uncertain, text.reading.no_benefit):
        yield "reading-h", part.text
    for fact in text.glance:
        yield "properties", f"{fact.name}: {fact.value}"


def _paragraphs(place: str, section: str, statements: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    for paragraph in markdown.to_text(section).split("\n\n"):
        yield place, paragraph.removeprefix("- ")
    for statement in statements:
        yield place, statement.text


def _outcome(
    substance: _Substance,
    position: int,
    record: EvidenceRecord,
    text: MonographText,
    address: dict[str, Any],
    shown: dict[str, Any],
    about: str,
) -> Entry:
    source = next((each.label for each in text.sources if each.key == record.source), "")
    result = result_words.result_in_words(record)
    return Entry(
        kind=Kind.OUTCOME,
        key=f"{substance.slug}/{record.id}",
        compound_id=substance.id,
        order_key=_order(substance.name, position),
        title=", ".join(filter(None, (record.outcome, record.timepoint))),
        address={**address, "record": record.id},
        details={
            **shown,
            "result": "; ".join((result.figure, *result.beside)),
            "population": record.population,
            "source": source,
        },
        names=_words(record.outcome, record.scale),
        heading=_words(record.population, record.comparator, record.timepoint, record.intervention or ""),
        summary=_words(record.statement, record.studied_material, record.limits, record.note),
        body=_words(source, record.design.value, record.species.value, about),
    )


def _source(
    substance: _Substance,
    position: int,
    source: Source,
    address: dict[str, Any],
    shown: dict[str, Any],
    about: str,
) -> Entry:
    title = source.title or source.label
    published = (", ".join(source.authors), source.container or "", str(source.year or ""))
    registered = tuple(_registered(source))
    return Entry(
        kind=Kind.SOURCE,
        key=f"{substance.slug}/{source.key}",
        compound_id=substance.id,
        order_key=f"{LAST_YEAR - (source.year or 0):04} {_order(title)}"[:LONGEST_ORDER_KEY],
        title=title,
        address={**address, "place": position},
        details={
            **shown,
            "label": source.label if source.label != title else "",
            "authors": list(source.authors[:3]),
            "more_authors": len(source.authors) > 3,
            "container": source.container or "",
            "year": source.year,
            "doi": source.doi,
            "pmid": source.pmid,
        },
        names=_words(source.label, title, source.trial or ""),
        heading=_words(*published),
        summary=_words(*(each.written for each in registered), *source.includes),
        body=about,
        keys=_once(registered),
    )


def _registered(source: Source) -> Iterator[Key]:
    """The numbers that a source is registered under; a Cochrane review also without its version."""
    cochrane = source.cochrane or ""
    for what, written in (
        (KeyKind.DOI, source.doi),
        (KeyKind.PMID, source.pmid),
        (KeyKind.REGISTER, source.pmcid),
        (KeyKind.REGISTER, source.nct),
        (KeyKind.REGISTER, source.eudract),
        (KeyKind.REGISTER, source.isrctn),
        (KeyKind.REGISTER, cochrane),
        (KeyKind.REGISTER, cochrane.partition(".")[0]),
        (KeyKind.REGISTER, source.other_identifier),
    ):
        if written and number(written):
            yield _key(what, written)


def _key(what: KeyKind, written: str) -> Key:
    return Key(what=what, key=key(written)[:LONGEST_KEY], written=written[:LONGEST_KEY])


def _name_keys(names: Iterable[str]) -> Iterator[Key]:
    for name in names:
        for each in filter(None, name_keys(name)):
            yield Key(what=KeyKind.NAME, key=each[:LONGEST_KEY], written=name[:LONGEST_KEY])


def _once(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Each key once; of two ways to write it the first counts."""
    found: dict[tuple[KeyKind, str], Key] = {}
    for each in keys:
        found.setdefault((each.what, each.key), each)
    return tuple(found[name] for name in sorted(found))


def _order(name: str, position: int = 0) -> str:
    return f"{key(name)[: LONGEST_ORDER_KEY - 6]} {position:05}"


def _words(*texts: str) -> str:
    """Every word of some texts, once, in order: as the text index takes them."""
    return " ".join(sorted({word for text in texts for word in words_of(text)}))
