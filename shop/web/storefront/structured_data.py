"""What pages tell machines in schema.org's words (JSON-LD). All of it stands on the page in other words.

Types: a monograph is an `Article` within a `WebPage`, which holds the review; a defined peptide is a
`MolecularEntity`, a mixture a `ChemicalSubstance` (Bioschemas profiles 0.5 and 0.4); the evidence table is a
`Dataset`. No medical type is used: these pages give no medical advice. A listing states identity, price and
stock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from flask import url_for

from shop.catalogue.models import Product, VialSize
from shop.compounds import identity_record
from shop.compounds.models import Compound
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.education.citations import CslItem, orcid_of
from shop.education.citations import name as citation_name
from shop.web.storefront import references
from shop.web.storefront.product_page import Stock
from shop.web.storefront.published import Published
from shop.web.storefront.sent_file import CSV, JSON, ZIP

Node = dict[str, Any]

_CONTEXT = "https://schema.org"


def of_monograph(found: Published, crumbs: Sequence[tuple[str, str]]) -> Node:
    """The page of a version: page, article, substance, data and place in the site."""
    url = found.current_url
    return _graph(
        _web_page(found, url),
        _article(found, url),
        substance(found.compound, url),
        _dataset(found, url),
        breadcrumbs([*crumbs, (found.text.title, url)]),
    )


def of_list(crumbs: Sequence[tuple[str, str]]) -> Node:
    """A page that only has its place in the site."""
    return _graph(breadcrumbs(crumbs))


def of_product(
    product: Product,
    stock: Stock,
    *,
    currency: str,
    documents: Iterable[Mapping[str, str]],
    crumbs: Sequence[tuple[str, str]],
) -> Node:
    """A listing: identity, sizes with price and availability, certificates. Nothing of any study."""
    url = settings().base_url + url_for("storefront.product", slug=product.slug)
    node: Node = {
        "@type": "Product",
        "@id": f"{url}#product",
        "name": product.name,
        "description": _("%(subtitle)s. For laboratory research use only.", subtitle=product.subtitle),
        "url": url,
        "sku": product.catalogue_number,
        "category": _("Laboratory reagents"),
        "brand": {"@type": "Brand", "name": settings().shop_name},
        "additionalProperty": [_value(name, value) for name, value in _properties_of(product)],
        "offers": [
            offer for size in product.sizes for offer in _offers(size, stock, currency=currency, url=url)
        ],
        "subjectOf": [
            {
                "@type": "DigitalDocument",
                "name": each["label"],
                "url": settings().base_url + each["url"],
                "encodingFormat": "application/pdf",
            }
            for each in documents
        ],
    }
    return _graph(_without_gaps(node), breadcrumbs([*crumbs, (product.name, url)]))


def substance(compound: Compound, page_url: str) -> Node:
    """A defined peptide with its computed formula and masses, or a mixture that has neither."""
    found = identity_record.chemistry(compound)
    identifiers = [_value("CAS", compound.cas)] if compound.cas else []
    identifiers += [
        _value(each.name, each.value)
        for each in compound.properties
        if each.name in ("PubChem CID", "UniProt", "UNII", "HMDB", "KEGG", "DrugBank", "InChIKey")
        and " " not in each.value
    ]
    node: Node = {
        "@type": "MolecularEntity" if found else "ChemicalSubstance",
        "@id": f"{page_url}#substance",
        "name": compound.name,
        "alternateName": [each.name for each in compound.names],
        "url": page_url,
        "identifier": identifiers or compound.slug,
        "description": compound.substance_class,
    }
    if found:
        node |= {
            "molecularFormula": found.formula,
            "molecularWeight": f"{found.average:.2f} g/mol",
            "monoisotopicMolecularWeight": f"{found.monoisotopic:.4f} Da",
            "hasRepresentation": _value("sequence", found.peptide.three_letter),
        }
        inchikey = next((each.value for each in compound.properties if each.name == "InChIKey"), "")
        if inchikey:
            node["inChIKey"] = inchikey
    else:
        node["chemicalComposition"] = _("A mixture; it has no single sequence, formula or molar mass")
    return _without_gaps(node)


def breadcrumbs(links: Sequence[tuple[str, str]]) -> Node:
    """Where a page stands, from the top; each with its full address."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": label, "item": url}
            for place, (label, url) in enumerate(links, start=1)
        ],
    }


def _graph(*nodes: Node) -> Node:
    return {"@context": _CONTEXT, "@graph": list(nodes)}


def _web_page(found: Published, url: str) -> Node:
    return {
        "@type": "WebPage",
        "@id": url,
        "url": url,
        "name": _("%(title)s: research monograph", title=found.text.title),
        "inLanguage": "en",
        "lastReviewed": found.text.reviewed_on.isoformat(),
        "reviewedBy": _person(found.text.verified_by),
        "mainEntity": {"@id": f"{url}#article"},
    }


def _article(found: Published, url: str) -> Node:
    published_at = found.revision.published_at.isoformat()
    return {
        "@type": "Article",
        "@id": f"{url}#article",
        "headline": _("%(title)s: research monograph", title=found.text.title),
        "abstract": found.text.standfirst,
        "about": {"@id": f"{url}#substance"},
        "author": _person(found.text.author),
        "publisher": _shop(),
        "datePublished": published_at,
        "dateModified": published_at,
        "version": str(found.revision.number),
        "url": found.version_url,
        "license": settings().content_licence_url,
        "isAccessibleForFree": True,
        "isPartOf": {"@id": url},
        "citation": [_cited(each) for each in references.sources_of(found)],
    }


def _dataset(found: Published, url: str) -> Node:
    measured = dict.fromkeys(each.outcome for each in found.text.evidence)
    return _without_gaps(
        {
            "@type": "Dataset",
            "@id": f"{url}#data",
            "name": _("%(title)s: results as published", title=found.text.title),
            "description": _(
                "Every result of the research monograph on %(title)s with measure, estimate, interval, "
                "design, population and source, as printed by its source.",
                title=found.text.title,
            ),
            "url": found.version_url,
            "version": str(found.revision.number),
            "license": settings().content_licence_url,
            "creator": _shop(),
            "isAccessibleForFree": True,
            "isPartOf": {"@id": url},
            "variableMeasured": list(measured),
            "distribution": [
                {
                    "@type": "DataDownload",
                    "contentUrl": found.url_of(endpoint),
                    "encodingFormat": media_type,
                }
                for endpoint, media_type in (("figure_csv", CSV), ("monograph_json", JSON), ("data_zip", ZIP))
            ],
        }
    )


def _cited(item: CslItem) -> Node:
    """A source by name and identifier; by its address where it has no identifier."""
    known: dict[str, Any] = item
    identifiers = [
        f"{name}:{known[field]}"
        for name, field in (("doi", "DOI"), ("pmid", "PMID"), ("pmcid", "PMCID"))
        if field in known
    ]
    return _without_gaps(
        {
            "@type": "ScholarlyArticle" if known["type"] == "article-journal" else "CreativeWork",
            "name": known["title"].strip("[]"),
            "author": [_person_named(each) for each in known.get("author", ())],
            "identifier": identifiers,
            "url": "" if identifiers else known.get("URL"),
        }
    )


def _person(text: str) -> Node:
    node = _person_named(citation_name(text))
    orcid = orcid_of(text)
    return {**node, "sameAs": f"https://orcid.org/{orcid}"} if orcid else node


def _person_named(name: Mapping[str, Any]) -> Node:
    if "literal" in name:
        return {"@type": "Person", "name": name["literal"]}
    return {
        "@type": "Person",
        "name": f"{name['given']} {name['family']}",
        "familyName": name["family"],
        "givenName": name["given"],
    }


def _shop() -> Node:
    return {"@type": "Organization", "name": settings().shop_name, "url": settings().base_url + "/"}


def _properties_of(product: Product) -> list[tuple[str, str]]:
    found = identity_record.chemistry(product.compound)
    return [
        *([("CAS", product.compound.cas)] if product.compound.cas else []),
        *(
            [(_("Molecular formula"), found.formula), (_("Sequence"), found.peptide.one_letter)]
            if found
            else []
        ),
        (_("Salt form"), product.salt_form),
        (_("Form"), product.form),
        (_("Intended use"), _("Laboratory research only")),
    ]


def _offers(size: VialSize, stock: Stock, *, currency: str, url: str) -> Iterable[Node]:
    """The offer of one size; none without a price."""
    tiers = sorted(stock.tiers[size.id], key=lambda tier: tier.from_quantity)
    if not tiers:
        return
    offer: Node = {
        "@type": "Offer",
        "name": size.title,
        "sku": size.sku,
        "url": f"{url}?size={size.sku}",
        "price": price(tiers[0].unit_minor, currency),
        "priceCurrency": currency,
        "availability": f"https://schema.org/{'InStock' if stock.free(size) else 'OutOfStock'}",
        "itemCondition": "https://schema.org/NewCondition",
        "seller": _shop(),
    }
    if len(tiers) > 1:
        offer["priceSpecification"] = [
            {
                "@type": "UnitPriceSpecification",
                "price": price(tier.unit_minor, currency),
                "priceCurrency": currency,
                "valueAddedTaxIncluded": False,
                "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": tier.from_quantity},
            }
            for tier in tiers
        ]
    yield offer


def price(minor: int, currency: str) -> str:
    """A price with a point and the decimals of its currency, as machines read it."""
    digits = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def _value(name: str, value: str) -> Node:
    return {"@type": "PropertyValue", "name": name, "propertyID": name, "value": value}


def _without_gaps(node: Node) -> Node:
    return {name: value for name, value in node.items() if value not in (None, "", [], ())}
