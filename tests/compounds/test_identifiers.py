"""Registry numbers: normal forms and check digits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds import identifiers
from shop.core.errors import Refused

READERS: list[Callable[[str], str]] = [
    identifiers.cas,
    identifiers.pubchem_cid,
    identifiers.unii,
    identifiers.inchikey,
    identifiers.orcid,
    identifiers.doi,
    identifiers.pmid,
    identifiers.pmcid,
    identifiers.nct,
    identifiers.eudract,
    identifiers.cochrane,
]


@pytest.mark.parametrize(
    "number",
    [
        "12656-61-0",
        "80714-61-0",
        "4037-01-8",
        "50-56-6",
        "4248-64-0",
        "33507-63-0",
        "11035-08-8",
        "374675-21-5",
        "4474-91-3",
        "5979-11-3",
        "62304-98-7",
        "154947-66-7",
        "89030-95-5",
        "72957-37-0",
    ],
)
def test_cas_numbers_of_the_shop_pass_with_and_without_hyphens(number: str) -> None:
    assert identifiers.cas(number) == number
    assert identifiers.cas(number.replace("-", "")) == number


def test_a_wrong_cas_check_digit_is_named_with_the_right_one() -> None:
    with pytest.raises(Refused) as refusal:
        identifiers.cas("12656-61-3")
    assert str(refusal.value) == "The CAS check digit should be 0, not 3"


@given(st.integers(10, 9_999_999), st.integers(0, 99), st.integers(1, 9))
def test_only_one_check_digit_fits_a_cas_number(first: int, second: int, slip: int) -> None:
    stem = f"{first}-{second:02d}"
    fitting = []
    for digit in range(10):
        try:
            fitting.append(identifiers.cas(f"{stem}-{digit}"))
        except Refused:
            continue
    assert len(fitting) == 1
    right = int(fitting[0][-1])
    with pytest.raises(Refused):
        identifiers.cas(f"{stem}-{(right + slip) % 10}")


@pytest.mark.parametrize(
    ("reader", "typed", "normal"),
    [
        (identifiers.cas, " CAS RN: 50-56-6 ", "50-56-6"),
        (identifiers.cas, "50–56–6", "50-56-6"),
        (identifiers.pubchem_cid, "CID 172198", "172198"),
        (identifiers.pubchem_cid, "PubChem CID: 439201", "439201"),
        (identifiers.unii, "m089efu921", "M089EFU921"),
        (identifiers.unii, "UNII: 37KZM6S21G", "37KZM6S21G"),
        (identifiers.inchikey, "InChIKey=RYYVLZVUVIJVGH-UHFFFAOYSA-N", "RYYVLZVUVIJVGH-UHFFFAOYSA-N"),
        (identifiers.orcid, "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        (identifiers.orcid, "0000000218250097", "0000-0002-1825-0097"),
        (identifiers.orcid, "0000-0002-1694-233x", "0000-0002-1694-233X"),
        (identifiers.doi, "https://doi.org/10.3390/IJMS21176190", "10.3390/ijms21176190"),
        (identifiers.doi, "doi: 10.1186/1471-2164-15-228.", "10.1186/1471-2164-15-228"),
        (identifiers.doi, "http://dx.doi.org/10.1208%2Fs12248-011-9268-7", "10.1208/s12248-011-9268-7"),
        (identifiers.pmid, "PMID: 11443939", "11443939"),
        (identifiers.pmcid, "pmc3987924", "PMC3987924"),
        (identifiers.pmcid, "PMCID: PMC3987924", "PMC3987924"),
        (identifiers.nct, "nct00868283", "NCT00868283"),
        (identifiers.eudract, "EudraCT 2005-000001-12", "2005-000001-12"),
        (identifiers.cochrane, "cd007026.PUB7", "CD007026.pub7"),
        (identifiers.cochrane, "CD008900", "CD008900"),
        (identifiers.cochrane, "https://doi.org/10.1002/14651858.CD007026.pub7", "CD007026.pub7"),
    ],
)
def test_each_identifier_is_given_in_its_normal_form(
    reader: Callable[[str], str], typed: str, normal: str
) -> None:
    assert reader(typed) == normal
    assert reader(normal) == normal


@pytest.mark.parametrize(
    ("reader", "typed", "sentence"),
    [
        (identifiers.cas, "05-56-6", "two hyphens"),
        (identifiers.cas, "50-56-66", "two hyphens"),
        (identifiers.cas, "5-56-6", "two hyphens"),
        (identifiers.pubchem_cid, "0", "as digits"),
        (identifiers.pubchem_cid, "-5", "as digits"),
        (identifiers.unii, "M089EFU922", "The UNII check character should be 1, not 2"),
        (identifiers.unii, "M089EFU92", "ten letters and digits"),
        (identifiers.inchikey, "RYYVLZVUVIJVGH-UHFFFAOYXA-N", "14, 10 and 1 letters"),
        (identifiers.orcid, "0000-0002-1825-0098", "The ORCID check digit should be 7, not 8"),
        (identifiers.orcid, "0000-0002-1825", "four groups"),
        (identifiers.doi, "11.1000/182", "from its “10.” on"),
        (identifiers.doi, "10.1000/a b", "from its “10.” on"),
        (identifiers.doi, "10.1000/\x00", "from its “10.” on"),
        (identifiers.pmid, "123456789", "up to eight digits"),
        (identifiers.pmid, "PMC3987924", "up to eight digits"),
        (identifiers.pmcid, "3987924", "PMC and digits"),
        (identifiers.nct, "NCT0086828", "NCT and eight digits"),
        (identifiers.eudract, "1999-000001-12", "begin in 2004; this one says 1999"),
        (identifiers.eudract, "2005-1-12", "year, six digits"),
        (identifiers.cochrane, "CD007026.pub1", "CD, six digits and its version"),
        (identifiers.cochrane, "CD7026", "CD, six digits and its version"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    reader: Callable[[str], str], typed: str, sentence: str
) -> None:
    with pytest.raises(Refused) as refusal:
        reader(typed)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", ["", " ", "1" * 100_000, "10.1000/" + "a" * 100_000, "<script>", "١٢٣"])
def test_no_text_gives_anything_but_a_refusal(reader: Callable[[str], str], text: str) -> None:
    with pytest.raises(Refused):
        reader(text)


@given(st.sampled_from(READERS), st.text(max_size=40))
def test_any_text_is_read_or_refused(reader: Callable[[str], str], text: str) -> None:
    try:
        normal = reader(text)
    except Refused:
        return
    assert reader(normal) == normal
