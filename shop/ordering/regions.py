"""States and provinces as tax rates name them: the letters of ISO 3166-2 behind the country.

Only countries where a rate may differ by region are listed; elsewhere a region is its name without case and
spacing.
"""

from __future__ import annotations

from shop.core.identity import name_key

_US = """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|GU Guam|VI Virgin Islands|AS American Samoa
MP Northern Mariana Islands"""
_CA = """AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador
NT Northwest Territories|NS Nova Scotia|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec
SK Saskatchewan|YT Yukon"""

NAMES: dict[str, dict[str, str]] = {
    country: dict(entry.split(" ", 1) for entry in text.replace("\n", "|").split("|"))
    for country, text in (("US", _US), ("CA", _CA))
}
"""By country, the name of each region by its letters."""


def code(country: str, region: str) -> str:
    """A region as rates name it: its letters where they are known, otherwise its name's key."""
    key = name_key(region).replace(".", "")
    known = NAMES.get(country, {})
    if key.upper() in known:
        return key.upper()
    return next((letters for letters, name in known.items() if name.casefold() == key), key)


def name(country: str, region: str) -> str:
    """The name of a region for a sentence; empty for what is not known, so that no typed text is repeated."""
    return NAMES.get(country, {}).get(code(country, region), "")


def is_known(country: str, region: str) -> bool:
    """Whether a region is one of a country whose regions are listed."""
    return code(country, region) in NAMES.get(country, {})
