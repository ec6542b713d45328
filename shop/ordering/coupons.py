"""Codes that take something off an order, each by an agreement: who made it, what it allows, who used it.

A use is taken in the placing transaction by one conditional UPDATE, and given back when the order ends
unpaid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.catalogue.models import Product
from shop.core import clock
from shop.core.append_only import append_only
from shop.core.audit import invariant
from shop.core.database import Base, Numbered, rows_changed, rule
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.ordering.pricing import Discount


class Coupon(Numbered):
    """A code and what it takes off."""

    __tablename__ = "coupon"
    __table_args__ = (
        rule("(percent IS NULL) <> (amount_minor IS NULL)", "a_percentage_or_an_amount"),
        rule("amount_minor IS NULL OR amount_minor > 0", "amount_is_positive"),
        rule("minimum_minor >= 0", "minimum_not_negative"),
        rule(
            "valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from", "ends_after_it_begins"
        ),
        rule("most_uses IS NULL OR most_uses > 0", "most_uses_is_positive"),
        rule(
            "most_per_organisation IS NULL OR most_per_organisation > 0", "most_per_organisation_is_positive"
        ),
        rule("uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)", "not_used_more_often_than_allowed"),
        rule("length(currency) = 3", "currency_is_a_code"),
    )

    code: Mapped[str] = mapped_column(String(40))
    code_key: Mapped[str] = mapped_column(String(40), unique=True)
    agreement: Mapped[str] = mapped_column(String(200))
    """What was agreed with whom, such as a framework contract; for staff."""
    percent: Mapped[Decimal | None]
    amount_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3))
    minimum_minor: Mapped[int] = mapped_column(default=0)
    """The least sum of the items it is for."""
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    """The last day."""
    most_uses: Mapped[int | None]
    most_per_organisation: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    """Uses that stand: taken and not given back."""
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    products: Mapped[list[Product]] = relationship(secondary="coupon_product", order_by="Product.name")


class CouponProduct(Base):
    """A product a code is for; a code without any is for all."""

    __tablename__ = "coupon_product"

    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)


class CouponUse(Numbered):
    """An order that used a code: the nth use of its organisation, those given back counted too."""

    __tablename__ = "coupon_use"
    __table_args__ = (
        UniqueConstraint("coupon_id", "organisation_id", "n"),
        UniqueConstraint("order_id", "n"),
        rule("n > 0", "uses_are_counted_from_one"),
    )

    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    n: Mapped[int]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    at: Mapped[datetime]


class CouponReturn(Base):
    """A use given back, because its order ended unpaid."""

    __tablename__ = "coupon_return"

    use_id: Mapped[int] = mapped_column(ForeignKey("coupon_use.id"), primary_key=True)
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)


append_only("coupon_use")
append_only("coupon_return")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A code as the decision sees it, with its uses so far."""

    discount: Discount
    currency: str
    enabled: bool
    minimum_minor: int
    valid_from: date | None
    valid_until: date | None
    most_uses: int | None
    most_per_organisation: int | None
    uses: int
    uses_of_organisation: int


def key(code: str) -> str:
    """A code without differences of case, spacing or compatibility forms."""
    return name_key(code)[:40]


def refusal(terms: Terms | None, *, code: str, on: date, eligible_minor: int, currency: str) -> str:
    """Why a code takes nothing off an order, in words; empty when it does.

    Args:
        eligible_minor: the sum of the items the code is for.
    """
    if terms is None or not terms.enabled or terms.currency != currency:
        return _("The code %(code)s is not known. Check it, or leave it out.", code=code)
    if terms.valid_from is not None and on < terms.valid_from:
        return _("The code %(code)s is valid from %(day)s.", code=code, day=terms.valid_from.isoformat())
    if terms.valid_until is not None and on > terms.valid_until:
        return _("The code %(code)s was valid until %(day)s.", code=code, day=terms.valid_until.isoformat())
    if terms.most_uses is not None and terms.uses >= terms.most_uses:
        return _("The code %(code)s is used up.", code=code)
    if terms.most_per_organisation is not None and terms.uses_of_organisation >= terms.most_per_organisation:
        return _("Your organisation has used the code %(code)s as often as agreed.", code=code)
    if eligible_minor == 0:
        return _("The code %(code)s is not for these items.", code=code)
    if eligible_minor < terms.minimum_minor:
        return _(
            "The code %(code)s holds from %(least)s of items; yours come to %(sum)s.",
            code=code,
            least=in_words(terms.minimum_minor, currency),
            sum=in_words(eligible_minor, currency),
        )
    return ""


def find(session: Session, code: str, organisation_id: int | None) -> Terms | None:
    """The terms of a code for an organisation."""
    coupon = session.scalar(
        select(Coupon).where(Coupon.code_key == key(code)).execution_options(populate_existing=True)
    )
    if coupon is None:
        return None
    products = frozenset(
        session.scalars(select(CouponProduct.product_id).where(CouponProduct.coupon_id == coupon.id))
    )
    return Terms(
        discount=Discount(
            code=coupon.code,
            percent=coupon.percent,
            amount_minor=coupon.amount_minor,
            product_ids=products or None,
        ),
        currency=coupon.currency,
        enabled=coupon.enabled,
        minimum_minor=coupon.minimum_minor,
        valid_from=coupon.valid_from,
        valid_until=coupon.valid_until,
        most_uses=coupon.most_uses,
        most_per_organisation=coupon.most_per_organisation,
        uses=coupon.uses,
        uses_of_organisation=_standing(session, coupon.id, organisation_id) if organisation_id else 0,
    )


def lock(session: Session, code: str) -> None:
    """Hold a code's row until the transaction ends. Placing and cancelling lock codes before lots."""
    session.execute(select(Coupon.id).where(Coupon.code_key == key(code)).with_for_update())


def take(session: Session, code: str, *, order_id: int, organisation_id: int, at: datetime) -> bool:
    """Take one use for an order: the code's row is changed only while it has uses left, and stays locked.

    Returns:
        False when it is used up, in all or for the organisation; the caller gives the order up then.
    """
    coupon_id = session.scalar(select(Coupon.id).where(Coupon.code_key == key(code)))
    if coupon_id is None:
        return False
    taken = rows_changed(
        session,
        update(Coupon)
        .where(Coupon.id == coupon_id, Coupon.enabled)
        .where(or_(Coupon.most_uses.is_(None), Coupon.uses < Coupon.most_uses))
        .values(uses=Coupon.uses + 1),
    )
    if not taken:
        return False
    # Only the holder of the row's lock gets here, so the count below cannot be outrun.
    most = session.scalar(select(Coupon.most_per_organisation).where(Coupon.id == coupon_id))
    if most is not None and _standing(session, coupon_id, organisation_id) >= most:
        return False
    n = session.scalar(
        select(func.count())
        .select_from(CouponUse)
        .where(CouponUse.coupon_id == coupon_id, CouponUse.organisation_id == organisation_id)
    )
    session.execute(
        insert(CouponUse).values(
            coupon_id=coupon_id, organisation_id=organisation_id, n=(n or 0) + 1, order_id=order_id, at=at
        )
    )
    return True


def give_back(session: Session, order_id: int, *, reason: str) -> str:
    """Give back the use an order holds, if it holds one; returns the code."""
    row = session.execute(
        select(CouponUse.id, CouponUse.coupon_id, Coupon.code)
        .join(Coupon, Coupon.id == CouponUse.coupon_id)
        .outerjoin(CouponReturn, CouponReturn.use_id == CouponUse.id)
        .where(CouponUse.order_id == order_id, CouponReturn.use_id.is_(None))
    ).one_or_none()
    if row is None:
        return ""
    session.execute(insert(CouponReturn).values(use_id=row.id, at=clock.now(), reason=reason))
    session.execute(update(Coupon).where(Coupon.id == row.coupon_id).values(uses=Coupon.uses - 1))
    return str(row.code)


def take_again(session: Session, order_id: int) -> tuple[str, bool]:
    """Take the use anew that an order gave back, because it was paid after all.

    Returns:
        The code, empty when the order used none, and whether there was a use left.
    """
    row = session.execute(
        select(Coupon.id, Coupon.code, CouponUse.organisation_id)
        .join(CouponUse, CouponUse.coupon_id == Coupon.id)
        .join(CouponReturn, CouponReturn.use_id == CouponUse.id)
        .where(CouponUse.order_id == order_id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return "", True
    with session.begin_nested() as savepoint:
        taken = take(
            session, row.code, order_id=order_id, organisation_id=row.organisation_id, at=clock.now()
        )
        if not taken:
            savepoint.rollback()
    return str(row.code), taken


def _standing(session: Session, coupon_id: int, organisation_id: int) -> int:
    """Uses of an organisation that were not given back."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(CouponUse)
            .outerjoin(CouponReturn, CouponReturn.use_id == CouponUse.id)
            .where(
                CouponUse.coupon_id == coupon_id,
                CouponUse.organisation_id == organisation_id,
                CouponReturn.use_id.is_(None),
            )
        )
        or 0
    )


@invariant("I95", "No code was used more often than it allows, and each code counts just the uses that stand")
def _uses_are_within_limits(session: Session) -> Iterator[str]:
    standing = (
        select(CouponUse.coupon_id, CouponUse.organisation_id, func.count().label("uses"))
        .outerjoin(CouponReturn, CouponReturn.use_id == CouponUse.id)
        .where(CouponReturn.use_id.is_(None))
        .group_by(CouponUse.coupon_id, CouponUse.organisation_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Coupon.code,
            Coupon.uses,
            Coupon.most_uses,
            Coupon.most_per_organisation,
            func.coalesce(func.sum(standing.c.uses), 0),
            func.coalesce(func.max(standing.c.uses), 0),
        )
        .outerjoin(standing, standing.c.coupon_id == Coupon.id)
        .group_by(Coupon.id)
    )
    for code, counted, most, most_each, in_all, most_of_one in rows:
        if counted != in_all:
            yield f"code {code} counts {counted} uses, {in_all} stand"
        if most is not None and in_all > most:
            yield f"code {code} was used {in_all} times, {most} are allowed"
        if most_each is not None and most_of_one > most_each:
            yield f"code {code} was used {most_of_one} times by one organisation, {most_each} are allowed"
