"""Reading Stripe's form-encoded parameters: nesting by brackets, then a check against a specification.

A specification is a function (one value), a dict (named parameters) or a list of one (repeated). What it does
not name is refused, also where the real Stripe knows it: silence would look like support.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from .errors import ParameterError

Check = Callable[[Any, str], Any]
Spec = Check | dict[str, Any] | list[Any]


def decoded(raw: bytes) -> dict[str, Any]:
    """The parameters of a body or query string as nested dicts; repeated ones are dicts keyed "0", "1", …."""
    tree: dict[str, Any] = {}
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=2000)
    except ValueError as fault:
        raise ParameterError(f"Invalid request: {fault}") from None
    for name, value in pairs:
        match = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", name)
        if match is None:
            raise unknown(name)
        *parents, last = match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])
        node: Any = tree
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                raise ParameterError(f"Invalid object: {name}", name)
        node[last or str(len(node))] = value
    return tree


def checked(spec: Spec, value: Any, name: str = "") -> Any:
    """The value in the types the specification asks for; ParameterError for what does not fit."""
    if callable(spec):
        return spec(value, name)
    if not isinstance(value, dict):
        raise ParameterError(f"Invalid {'array' if isinstance(spec, list) else 'object'}", name)
    if isinstance(spec, list):
        if not all(re.fullmatch("[0-9]{1,4}", key) for key in value):
            raise ParameterError("Invalid array", name)
        return [checked(spec[0], value[key], f"{name}[{key}]") for key in sorted(value, key=int)]
    found = {}
    for key, item in value.items():
        inner = f"{name}[{key}]" if name else key
        if key not in spec:
            raise unknown(inner)
        found[key] = checked(spec[key], item, inner)
    return found


def unknown(name: str) -> ParameterError:
    """The refusal of a parameter that no specification names."""
    return ParameterError(f"Received unknown parameter: {name}", name, "parameter_unknown")


def required(params: dict[str, Any], *names: str, inside: str = "") -> None:
    """Insist on these parameters; ParameterError names the first that is missing."""
    for name in names:
        if name not in params:
            full = f"{inside}[{name}]" if inside else name
            raise ParameterError(f"Missing required param: {full}.", full, "parameter_missing")


def text(value: Any, name: str) -> str:
    """A string that is not empty: to Stripe an empty one means "unset"."""
    if not isinstance(value, str):
        raise ParameterError(f"Invalid string: {name}", name)
    if not value:
        said = f"You passed an empty string for '{name}'. Remove it or supply a non-empty value."
        raise ParameterError(said, name, "parameter_invalid_empty")
    return value


def whole(least: int, most: int | None = None) -> Check:
    """A whole number, not less than this and not more than that."""

    def check(value: Any, name: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,12}", value):
            raise ParameterError(f"Invalid integer: {value}", name, "parameter_invalid_integer")
        if int(value) < least:
            said = f"This value must be greater than or equal to {least}."
            raise ParameterError(said, name, "parameter_invalid_integer")
        if most is not None and int(value) > most:
            said = f"This value must be less than or equal to {most}."
            raise ParameterError(said, name, "parameter_invalid_integer")
        return int(value)

    return check


def anything(value: Any, name: str) -> Any:
    """Taken and shown as given: what changes nothing here."""
    return value


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(value: Any, name: str) -> str:
        if value not in choices:
            raise ParameterError(f"Invalid {name}: must be one of {', '.join(choices)}", name)
        return str(value)

    return check


def boolean(value: Any, name: str) -> bool:
    """`true` or `false`."""
    return bool(one_of("true", "false")(value, name) == "true")


def currency(value: Any, name: str) -> str:
    """A three-letter currency code, given back in lower case."""
    if not re.fullmatch(r"[A-Za-z]{3}", text(value, name)):
        raise ParameterError(f"Invalid currency: {value}", name)
    return str(value).lower()


def url(value: Any, name: str) -> str:
    """An absolute http(s) address."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?]\S*)?", text(value, name)):
        raise ParameterError("Not a valid URL", name, "url_invalid")
    return str(value)


def metadata(value: Any, name: str) -> dict[str, str]:
    """Up to 50 pairs, names up to 40 and values up to 500 characters (https://docs.stripe.com/api/metadata)."""
    pairs = {} if value == "" else value
    if not isinstance(pairs, dict) or not all(isinstance(item, str) for item in pairs.values()):
        raise ParameterError("Invalid metadata: must be a set of strings", name)
    if len(pairs) > 50 or any(len(key) > 40 or len(item) > 500 for key, item in pairs.items()):
        raise ParameterError("Metadata holds at most 50 keys of 40 and values of 500 characters", name)
    return dict(pairs)


def moment(value: Any, name: str) -> dict[str, int]:
    """A time in seconds, or bounds on one: gt, gte, lt, lte."""
    bounds = {"gte": value, "lte": value} if isinstance(value, str) else value
    found: dict[str, int] = checked(dict.fromkeys(("gt", "gte", "lt", "lte"), whole(0)), bounds, name)
    return found
