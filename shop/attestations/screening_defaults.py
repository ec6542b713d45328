"""The rules of screening a shop starts with. Staff may switch each off and write others, with a reason.

Where a rule follows something outside the shop, its source says so; the figures are the shop's own settings.
"""

from __future__ import annotations

from typing import Any, Final

from shop.core import free_mail

OWN = "The shop’s own setting"
RED_FLAGS = "Red flags in the address and account checks of reagent suppliers; the figures are the shop’s own"
STATES = (
    "Notices of the pharmacy boards of Alabama, Mississippi, South Carolina and Ohio on research-grade "
    "peptides held by providers, as reported in 2026"
)
INTENT = "21 CFR 201.128: intended use is also shown by what the seller knows"

DEFAULTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "code": "free-mail",
        "kind": "email_domain",
        "effect": "note",
        "words": list(free_mail.DOMAINS),
        "reason": "The email address is a free one, which anybody can open",
        "source": RED_FLAGS,
    },
    {
        "code": "treats-people",
        "kind": "organisation_word",
        "effect": "refuse",
        "words": [
            *(
                "clinic",
                "clinics",
                "med spa",
                "medspa",
                "medical spa",
                "wellness",
                "compounding",
                "gym",
                "gyms",
            ),
            *("weight loss", "anti-aging", "anti-ageing", "longevity center", "longevity centre"),
        ],
        "exceptions": ["universit*", "hospital*", "research institute", "research centre", "research center"],
        "reason": "The name of the organisation is that of one that treats or trains people",
        "source": STATES,
    },
    {
        "code": "near-patients",
        "kind": "organisation_word",
        "effect": "hold",
        "words": [
            *(
                "clinic",
                "clinics",
                "klinik*",
                "clinique*",
                "clinica",
                "clínica",
                "spa",
                "fitness",
                "pharmac*",
            ),
            *(
                "veterinary",
                "beauty",
                "aesthetic",
                "aesthetics",
                "cosmetic*",
                "salon",
                "nutrition",
                "supplement*",
            ),
            *("hormone*", "rejuvenat*"),
        ],
        "reason": "The name of the organisation is near to treating people or animals",
        "source": STATES,
    },
    {
        "code": "personal-use",
        "kind": "free_text",
        "effect": "hold",
        "words": [
            *("my use", "my own use", "myself", "my body", "my dose", "my dosage", "my cycle", "my stack"),
            *("for me", "on me", "own use", "personal use", "home use", "inject", "injecting", "injection"),
            *("injections", "injected", "syringe", "syringes", "needle", "needles", "bac water"),
            *("bacteriostatic water", "dose", "doses", "dosage", "dosing", "weight loss", "lose weight"),
            *("bodybuilding", "gym", "antiaging", "anti-aging", "antiageing", "anti-ageing", "my dog"),
            *("my cat", "my horse", "my pet"),
        ],
        "reason": "Words of the order are used for personal use",
        "source": INTENT,
    },
    {
        "code": "use-in-people",
        "kind": "use_in_people",
        "effect": "refuse",
        "reason": "The order says that a person or a pet is to get the material",
        "source": INTENT,
    },
    {
        "code": "person-as-organisation",
        "kind": "name_is_organisation",
        "effect": "hold",
        "reason": "The organisation has the name of the person who orders",
        "source": RED_FLAGS,
    },
    {
        "code": "many-vials",
        "kind": "quantity_over",
        "effect": "hold",
        "number": 200,
        "reason": "Many vials of one size at once",
        "source": OWN,
    },
    {
        "code": "many-vials-in-a-month",
        "kind": "vials_within",
        "effect": "hold",
        "number": 400,
        "days": 30,
        "reason": "Many vials of one size within a month",
        "source": OWN,
    },
    {
        "code": "monthly-single-vials",
        "kind": "single_vials_monthly",
        "effect": "hold",
        "number": 3,
        "reason": "One vial of one size, month after month",
        "source": RED_FLAGS,
    },
    {
        "code": "single-vials-to-many-places",
        "kind": "single_vials_to_addresses",
        "effect": "hold",
        "number": 3,
        "days": 90,
        "reason": "Single vials go to many addresses",
        "source": RED_FLAGS,
    },
    {
        "code": "no-street",
        "kind": "address_looks",
        "effect": "hold",
        "words": ["po_box", "parcel_locker", "poste_restante"],
        "reason": "The address names no street: a post box, a parcel locker or a post office",
        "source": RED_FLAGS,
    },
    {
        "code": "forwarder",
        "kind": "address_looks",
        "effect": "hold",
        "words": ["forwarder"],
        "reason": "The address looks like that of a freight forwarder or a mail drop",
        "source": RED_FLAGS,
    },
    {
        "code": "home-address",
        "kind": "address_looks",
        "effect": "note",
        "words": ["residential"],
        "reason": "The address looks like a home",
        "source": RED_FLAGS,
    },
    {
        "code": "restricted-party",
        "kind": "restricted_party",
        "effect": "hold",
        "reason": "A name of the order is on a restricted-party list",
        "source": "Restricted-party screening before export; that a person decides is the shop’s own setting",
    },
    {
        "code": "restricted-party-near",
        "kind": "restricted_party_near",
        "effect": "hold",
        "reason": "A name of the order is close to one on a restricted-party list",
        "source": "Restricted-party screening before export; that a person decides is the shop’s own setting",
    },
)
