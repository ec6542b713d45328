"""What addresses of many countries look like: a corpus written for this test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.attestations.addresses import looks

BOXES = [
    *("PO Box 1183", "P.O. Box 7, Rosebery", "P O Box 99", "Post Office Box 12", "POBox 4", "GPO Box 2434"),
    *("Postfach 10 12 33", "Postbus 85500", "Postboks 1110 Blindern", "Box 256", "Boîte postale 44", "BP 53"),
    *("B.P. 1029", "Case postale 16", "Casella Postale 110", "Apartado de Correos 73", "Apartado 1065"),
    *("Aptdo. 41", "Caixa Postal 6154", "skr. poczt. 12", "Skrytka pocztowa 9", "PL 33", "Pf. 91"),
    *("Locked Bag 5005", "Private Bag 3015", "ＰＯ　ＢＯＸ　１１", "p.o.box 12", "PO-Box 3", "а/я 12"),
]
LOCKERS = [
    *(
        "Packstation 145",
        "DHL Packstation 101",
        "Parcel Locker 60012345",
        "Paczkomat KRA01M",
        "Pakkeboks 4820",
    ),
    *(
        "Amazon Locker Emilia",
        "Point Relais Tabac du Pont",
        "InPost WAW22A",
        "DHL Paketshop",
        "Pickup Point 4",
    ),
]
COUNTERS = [
    "Poste restante",
    "Postlagernd",
    "Fermo Posta",
    "Lista de Correos",
    "General Delivery",
    "Do wezwania",
]
FORWARDERS = [
    *("Shipito, 22333 Pacific Ave", "c/o MyUS 4283 Express Lane", "Acme Freight Forwarding, Unit 3"),
    *(
        "Mail Boxes Etc, 120 High Street",
        "The UPS Store, 500 Main St",
        "12 Main St PMB 412",
        "Parcel Forwarder 9",
    ),
    *("Global Cargo Consolidators, Gate 2", "PostNet Suite 88", "Virtual Office 12, Canal St"),
]
HOMES = [
    *(
        "Apt 4B, 120 Elm Street",
        "12 Rose Lane, Flat 2",
        "Apartment 7, Quay Road",
        "Lindengasse 4, Wohnung 12",
    ),
    *(
        "Storgatan 5, lgh 1102",
        "Calle Mayor 3, 2º izq",
        "Familie Specimen, Am Bach 3",
        "Piso 4 A, Gran Vía 9",
    ),
]
LABORATORIES = [
    *(
        "Padualaan 8",
        "Wing C, room 2.14",
        "77 Massachusetts Avenue",
        "Am Klopferspitz 18",
        "Parkville Campus",
    ),
    *(
        "Gower Street",
        "10 rue de l'Apartheid",
        "Boxberger Ring 12",
        "Boxtelseweg 3",
        "Postweg 9",
        "Postbank Avenue 4",
    ),
    *("Flatiron Building, 175 5th Ave", "Platz der Republik 1", "Unit 4, Science Park", "Via della Posta 3"),
    *("Rua do Aparcamento 4", "12 Locker Street", "Bag Lane 4", "Institute of Physics, Flat roof entrance"),
    *("C.P. Snow Building", "BPL House", "3 Forwood Drive", "Hinxton, CB10 1SA", "1 Postbridge Road"),
    *("Universitetsvej 1", "Norra Boxtorpsgatan 4", "Apt Research Institute, 4 Quay", "Dock 3, goods in"),
]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [(each, "po_box") for each in BOXES]
    + [(each, "parcel_locker") for each in LOCKERS]
    + [(each, "poste_restante") for each in COUNTERS]
    + [(each, "forwarder") for each in FORWARDERS]
    + [(each, "residential") for each in HOMES],
)
def test_an_address_is_told_for_what_it_is(lines: str, kind: str) -> None:
    assert looks([lines], organisation="Specimen") == {kind}


@pytest.mark.parametrize("line", LABORATORIES)
def test_the_address_of_a_laboratory_is_nothing_else(line: str) -> None:
    assert looks([line], organisation="Vermeer Institute for Molecular Assays", name="Ilse Brandsma") == set()


def test_a_flat_of_an_institute_is_no_home_and_one_of_a_person_is() -> None:
    assert looks(["Flat 2, 4 Rose Lane"], organisation="Rose Lane Laboratories") == set()
    assert looks(["4 Rose Lane"], organisation="Jo Specimen", name="JO  SPECIMEN") == {"residential"}
    assert looks(["Rose Institute", "4 Rose Lane"], organisation="Jo Lab", name="jo lab") == {"residential"}


@given(st.lists(st.text(max_size=120), max_size=5), st.text(max_size=200), st.text(max_size=120))
def test_any_address_can_be_looked_at(lines: list[str], organisation: str, name: str) -> None:
    looks(lines, organisation=organisation, name=name)
