"""Formulas and masses, against published and independently computed values.

Averages agree with other programs within 5 parts in 100,000: they use other tables of atomic weights (carbon
12.011 or 12.0107, sulfur 32.06 or 32.065), which moves a peptide's mass by up to 2 parts in 100,000.
Monoisotopic masses rest on the same isotopes everywhere and agree within one of the last printed figure:
tables of residues rounded to five decimals add up to as much over a dozen residues.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.compounds.masses import (
    ELEMENTS,
    RESIDUES,
    TERMINI,
    CounterIon,
    MassType,
    average_mass,
    charge_states,
    composition,
    formula_text,
    ion,
    mass,
    monoisotopic_mass,
    parse_formula,
    salt,
)
from shop.compounds.sequences import C_TERMINI, N_TERMINI, THREE_LETTER, UNUSUAL, Peptide, parse
from shop.core.errors import Refused

OTHER_TABLES = Decimal("5e-5")
LAST_FIGURE = Decimal("1e-4")

OXYTOCIN = parse("CYIQNCPLG-NH2", disulfides="1-6")
GHK_COPPER = parse("GHK", metal="Cu")

FACTS = [
    (parse("MEHFPGP"), "C37H51N9O10S", "813.93"),
    (OXYTOCIN, "C43H66N12O12S2", "1007.19"),
    (parse("RPKPQQFFGLM-NH2"), "C63H98N18O13S", "1347.65"),
    (parse("YNWNSFGLRF-NH2"), "C63H83N17O14", "1302.46"),
    (parse("DRVYIHPF"), "C50H71N13O12", "1046.20"),
    (parse("RPPGFSPFR"), "C50H73N15O11", "1060.23"),
    (parse("Ac-SDAAVDTSSEITTKDLKEKKEVVEEAEN"), "C129H215N33O55", "3108.32"),
    (parse("LLGDFFRKSKEKIGKEFKRIVQRIKDFLRNLVPRTES"), "C205H340N60O53", "4493.34"),
    (parse("GHK"), "C14H24N6O4", "340.38"),
    (GHK_COPPER, "C14H22CuN6O4", "401.91"),
]
"""The compounds of the shop: formula and average mass with the weights of `ELEMENTS`, to 0.01 g/mol."""


@pytest.mark.parametrize(("peptide", "formula", "printed"), FACTS)
def test_formula_and_average_mass_of_the_shops_peptides(peptide: Peptide, formula: str, printed: str) -> None:
    atoms = composition(peptide)
    assert formula_text(atoms) == formula
    assert average_mass(atoms).quantize(Decimal("0.01")) == Decimal(printed)


@pytest.mark.parametrize(
    ("residues", "published"),
    [
        ("GHK", "340.384"),
        ("GHK", "340.379"),
        ("KPV", "342.440"),
        ("KPV", "342.434"),
        ("TKPRPGP", "751.887"),
        ("TKPRPGP", "751.875"),
        ("MEHFPGP", "813.935"),
        ("MEHFPGP", "813.921"),
        ("WAGGDASGE", "848.824"),
        ("WAGGDASGE", "848.815"),
        ("DRVYIHPF", "1046.197"),
        ("DRVYIHPF", "1046.181"),
        ("DRVYIHPF", "1046.178"),
        ("RPPGFSPFR", "1060.208"),
        ("DYKDDDDK", "1012.969"),
        ("GEPPPGKPADDAGLV", "1419.556"),
        ("GEPPPGKPADDAGLV", "1419.538"),
    ],
)
def test_average_masses_agree_with_other_tables_of_weights(residues: str, published: str) -> None:
    ours = average_mass(composition(Peptide(residues)))
    assert abs(ours / Decimal(published) - 1) < OTHER_TABLES


@pytest.mark.parametrize(
    ("residues", "published"),
    [("DRVYIHPF", "1045.5345"), ("RPPGFSPFR", "1059.5614"), ("EGVNDNEEGFFSAR", "1569.6695")],
)
def test_monoisotopic_masses_agree_to_one_in_the_last_printed_figure(residues: str, published: str) -> None:
    ours = monoisotopic_mass(composition(Peptide(residues)))
    assert abs(ours - Decimal(published)) < LAST_FIGURE


CYCLOSPORIN_A = "cyclo(MeBmt-Abu-Sar-MeLeu-Val-MeLeu-Ala-D-Ala-MeLeu-MeLeu-MeVal)"
CETRORELIX = "Ac-[D-2Nal][D-Cpa][D-3Pal]SY[D-Cit]LRPa-NH2"
KNOWN_BY = [
    ("cyclosporin-a", CYCLOSPORIN_A, "", "C62H111N11O12", "1201.8414", "1202.61"),
    ("octreotide", "fCFwKTCT-ol", "2-7", "C49H66N10O10S2", "1018.4405", "1019.24"),
    ("oxytocin", "CYIQNCPLG-NH2", "1-6", "C43H66N12O12S2", "1006.4365", "1007.19"),
    ("desmopressin", "[Mpa]YFQNCPrG-NH2", "1-6", "C46H64N14O12S2", "1068.4270", "1069.22"),
    ("leuprolide", "[pGlu]HWSYlLRP-NHEt", "", "C59H84N16O12", "1208.6455", "1209.40"),
    ("goserelin", "[pGlu]HWSY[D-Ser(tBu)]LRP[azaGly]-NH2", "", "C59H84N18O14", "1268.6414", "1269.41"),
    ("cetrorelix", CETRORELIX, "", "C70H92ClN17O14", "1429.6698", "1431.04"),
    ("gramicidin-s", "cyclo(fPV[Orn]LfPV[Orn]L)", "", "C60H92N12O10", "1140.7059", "1141.45"),
    ("dpdpe", "Y[D-Pen]GF[D-Pen]", "2-5", "C30H39N5O7S2", "645.2291", "645.79"),
    ("damgo", "Tyr-D-Ala-Gly-MePhe-Gly-ol", "", "C26H35N5O6", "513.2587", "513.59"),
    ("cilengitide-parent", "cyclo(RGDfV)", "", "C26H38N8O7", "574.2863", "574.63"),
    ("thyrotropin-releasing-hormone", "pGlu-His-Pro-NH2", "", "C16H22N6O4", "362.1703", "362.38"),
    ("formyl-mlf", "For-MLF", "", "C21H31N3O5S", "437.1984", "437.55"),
    ("suc-llvy-amc", "Suc-LLVY-AMC", "", "C40H53N5O10", "763.3792", "763.89"),
    ("sulfated-cck-octapeptide", "D[Tyr(SO3H)]MGWMDF-NH2", "", "C49H62N10O16S3", "1142.3507", "1143.27"),
    ("eptifibatide", "Mpa-hArg-Gly-Asp-Trp-Pro-Cys-NH2", "1-7", "C35H49N11O9S2", "831.3156", "831.96"),
    ("palmitoyl-pentapeptide", "Pal-KTTKS", "", "C39H75N7O10", "801.5575", "802.05"),
]
"""Reagents with rings, D-residues, unusual residues and ends: the formula each is known by, written down from
memory and not from one cited record, and the monoisotopic and average mass of it. One wrong atom shows."""


@pytest.mark.parametrize(
    ("text", "bridges", "formula", "light", "heavy"),
    [case[1:] for case in KNOWN_BY],
    ids=[case[0] for case in KNOWN_BY],
)
def test_modified_peptides_have_the_formula_they_are_known_by(
    text: str, bridges: str, formula: str, light: str, heavy: str
) -> None:
    atoms = composition(parse(text, disulfides=bridges))
    assert formula_text(atoms) == formula
    assert abs(monoisotopic_mass(atoms) - Decimal(light)) <= LAST_FIGURE
    assert abs(average_mass(atoms) / Decimal(heavy) - 1) < OTHER_TABLES


def test_every_residue_and_every_end_has_a_composition() -> None:
    assert set(RESIDUES) == set(THREE_LETTER) | set(UNUSUAL)
    assert set(TERMINI) == {*N_TERMINI, *C_TERMINI}


def test_isomers_and_the_water_of_a_ring() -> None:
    leucine, norleucine = (composition(parse(text)) for text in ("GLG", "G[Nle]G"))
    assert leucine == norleucine
    open_chain, ring = composition(parse("RGDfV")), composition(parse("cyclo(RGDfV)"))
    assert average_mass(open_chain) - average_mass(ring) == average_mass(parse_formula("H2O"))
    acid, amide = composition(parse("GHK")), composition(parse("GHK-NH2"))
    assert monoisotopic_mass(acid) - monoisotopic_mass(amide) == monoisotopic_mass(
        parse_formula("O")
    ) - monoisotopic_mass(parse_formula("NH"))
    glutamate, pyroglutamate = composition(parse("EHP-NH2")), composition(parse("[pGlu]HP-NH2"))
    assert average_mass(glutamate) - average_mass(pyroglutamate) == average_mass(parse_formula("H2O"))


def test_an_ion_that_lost_protons_is_named_and_weighed() -> None:
    sulfated = composition(parse("D[Tyr(SO3H)]MGWMDF-NH2"))
    lost_one, lost_two = (ion(sulfated, charge, MassType.MONOISOTOPIC) for charge in (-1, -2))
    assert (lost_one.label, lost_two.label) == ("[M-H]-", "[M-2H]2-")
    assert abs(lost_one.mz - Decimal("1141.3435")) <= LAST_FIGURE
    assert abs(lost_two.mz - Decimal("570.1681")) <= LAST_FIGURE


def test_glu_fibrinopeptide_b_gives_its_doubly_charged_calibration_ion() -> None:
    calibrant = ion(composition(Peptide("EGVNDNEEGFFSAR")), 2, MassType.MONOISOTOPIC)
    assert calibrant.label == "[M+2H]2+"
    assert calibrant.mz.quantize(Decimal("0.001")) == Decimal("785.842")


def test_charge_states_are_named_and_carry_their_mass_type() -> None:
    ions = charge_states(composition(Peptide("DRVYIHPF")), MassType.AVERAGE, highest=3)
    assert [state.label for state in ions] == ["[M+H]+", "[M+2H]2+", "[M+3H]3+"]
    assert [round(state.mz, 2) for state in ions] == [
        Decimal("1047.20"),
        Decimal("524.11"),
        Decimal("349.74"),
    ]
    assert {state.mass_type for state in ions} == {MassType.AVERAGE}


@given(st.sampled_from([case[0] for case in FACTS]), st.integers(1, 20), st.sampled_from(MassType))
def test_an_ion_holds_the_molecule_and_its_protons(peptide: Peptide, charge: int, kind: MassType) -> None:
    atoms = composition(peptide)
    state = ion(atoms, charge, kind)
    protons = state.mz * charge - mass(atoms, kind)
    assert abs(protons / charge - Decimal("1.007276466621")) < Decimal("1e-15")


def test_an_ion_without_charge_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="charge"):
        ion(composition(Peptide("GHK")), 0, MassType.AVERAGE)


@pytest.mark.parametrize(
    ("counter_ion", "count", "formula", "printed"),
    [
        (CounterIon.ACETATE, 1, "C39H55N9O12S", "873.98"),
        (CounterIon.TRIFLUOROACETATE, 1, "C39H52F3N9O12S", "927.95"),
        (CounterIon.HYDROCHLORIDE, 2, "C37H53Cl2N9O10S", "886.84"),
    ],
)
def test_salts_of_semax_add_whole_acids(
    counter_ion: CounterIon, count: int, formula: str, printed: str
) -> None:
    atoms = salt(composition(Peptide("MEHFPGP")), counter_ion, count)
    assert formula_text(atoms) == formula
    assert average_mass(atoms).quantize(Decimal("0.01")) == Decimal(printed)


def test_the_acids_weigh_what_certificates_subtract() -> None:
    bare = composition(Peptide("TKPRPGP"))
    per_acid = average_mass(salt(bare, CounterIon.TRIFLUOROACETATE, 3)) - average_mass(bare)
    assert per_acid / 3 == Decimal("114.022")
    assert average_mass(salt(bare, CounterIon.ACETATE, 1)) - average_mass(bare) == Decimal("60.052")


@pytest.mark.parametrize("count", [0, -1, 51])
def test_a_salt_has_a_sensible_number_of_counter_ions(count: int) -> None:
    with pytest.raises(Refused, match="1 to 50"):
        salt({"C": 1}, CounterIon.ACETATE, count)


def test_the_disulfide_costs_two_hydrogens_and_copper_two_protons() -> None:
    open_form = composition(Peptide("CYIQNCPLG", c_terminus="NH2"))
    assert open_form["H"] - composition(OXYTOCIN)["H"] == 2
    assert composition(Peptide("GHK"))["H"] - composition(GHK_COPPER)["H"] == 2
    assert round(monoisotopic_mass(composition(GHK_COPPER)), 3) == Decimal("401.100")


@given(st.dictionaries(st.sampled_from(sorted(ELEMENTS)), st.integers(1, 99_999), min_size=1))
def test_a_printed_formula_reads_back(atoms: dict[str, int]) -> None:
    assert parse_formula(formula_text(atoms)) == atoms


def test_formulas_are_read_with_subscripts_and_repeated_elements() -> None:
    assert parse_formula("C₃₇H₅₁N₉O₁₀S") == parse_formula("C37H51N9O10S")
    assert parse_formula("CH3COOH") == {"C": 2, "H": 4, "O": 2}
    assert parse_formula(" C14H22 CuN6O4")["Cu"] == 1


def test_hill_order_is_by_letter_where_there_is_no_carbon() -> None:
    assert formula_text({"H": 1, "Cl": 1}) == "ClH"


@pytest.mark.parametrize("text", ["", "C0H2", "C6H12(OH)", "37C", "c6h6", "C" * 5000, "C1000000", "C99999C1"])
def test_what_is_not_a_formula_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_formula(text)


def test_an_element_without_a_mass_here_is_named() -> None:
    with pytest.raises(Refused, match="Xx is not one of the elements"):
        parse_formula("C6Xx")
