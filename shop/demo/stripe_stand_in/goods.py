"""Calls about products and prices."""

from __future__ import annotations

import copy

from . import objects
from .account import Account, Json
from .api import PRODUCT, described, listed, readable
from .errors import StripeError
from .parameters import boolean, currency, metadata, one_of, required, text, whole
from .protocol import call

RECURRING = {"interval": one_of("day", "week", "month", "year"), "interval_count": whole(1)}

readable("product", "products")
listed("product", "products", active=boolean)
readable("price", "prices")
listed("price", "prices", "product", "currency", "type", active=boolean)


@call("POST", "/products", **PRODUCT, active=boolean)
def create_product(account: Account, params: Json) -> Json:
    """Make a product."""
    required(params, "name")
    made = account.add(objects.product(params, account.now()))
    account.emit("product.created", made)
    return made


@call("POST", "/products/<id_>", **PRODUCT, active=boolean)
def update_product(account: Account, params: Json, id_: str) -> Json:
    """Change a product."""
    found = account.find("product", id_)
    before = copy.deepcopy(found)
    found["updated"] = account.now()
    account.emit("product.updated", described(found, params), before=before)
    return found


@call("DELETE", "/products/<id_>")
def delete_product(account: Account, params: Json, id_: str) -> Json:
    """Delete a product that has no prices."""
    found = account.find("product", id_)
    if any(price["product"] == id_ for price in account.all("price")):
        raise StripeError("This product cannot be deleted because it has one or more user-created prices.")
    account.emit("product.deleted", found)
    return account.delete("product", id_)


@call(
    "POST",
    "/prices",
    active=boolean,
    currency=currency,
    lookup_key=text,
    metadata=metadata,
    nickname=text,
    product=text,
    product_data=PRODUCT,
    recurring=RECURRING,
    unit_amount=whole(0),
)
def create_price(account: Account, params: Json) -> Json:
    """Make a price, of a product that there is or of one made with it."""
    required(params, "currency", "unit_amount")
    if "product_data" in params:
        required(params["product_data"], "name", inside="product_data")
        params["product"] = create_product(account, params.pop("product_data"))["id"]
    required(params, "product")
    account.named("product", params["product"], "product")
    if "recurring" in params:
        required(params["recurring"], "interval", inside="recurring")
    made = account.add(objects.price(params, account.now()))
    account.emit("price.created", made)
    return made


@call("POST", "/prices/<id_>", active=boolean, lookup_key=text, metadata=metadata, nickname=text)
def update_price(account: Account, params: Json, id_: str) -> Json:
    """Change what describes a price; its amount never changes."""
    found = account.find("price", id_)
    before = copy.deepcopy(found)
    account.emit("price.updated", described(found, params), before=before)
    return found
