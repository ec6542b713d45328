"""Finding one's orders without an account: what was typed is written down, and a job writes to who may know.

The form does the same work whatever was typed (count, write one row), because it never looks for an order:
the worker does that, out of the visitor's sight, and mails a code to the address of the order where number
and address belong together. So neither the answer nor the time it takes tells whether an order exists.

Codes are kept as keyed hashes, last 15 minutes, serve once, and allow six tries.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import String, case, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload

from shop.core import clock, mail
from shop.core.database import Numbered, locked, rows_changed, rule, writing
from shop.core.errors import Refused
from shop.core.identity import random_reference
from shop.core.jobs import job
from shop.core.language import gettext as _
from shop.core.personal_data import Erasing, Holding, by_address, not_personal, register
from shop.core.settings import settings
from shop.core.wording import plain_text
from shop.ordering.models import Order, order_id_of

CODE_LASTS = timedelta(minutes=15)
TRIES = 6
WINDOW = timedelta(minutes=15)
MOST_BY_ADDRESS = 5
MOST_BY_PLACE = 20
FORGOTTEN_AFTER = timedelta(days=1)
BATCH = 100


class OrderLookup(Numbered):
    """Somebody's wish to see their orders; whether there are any is found out later."""

    __tablename__ = "order_lookup"
    __table_args__ = (rule("tries >= 0", "tries_not_negative"),)

    reference: Mapped[str] = mapped_column(String(26), unique=True)
    number: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254), index=True)
    """As typed, in lower case."""
    place: Mapped[str] = mapped_column(String(64), index=True)
    """A keyed hash of the network address it was asked from."""
    asked_at: Mapped[datetime] = mapped_column(index=True)
    looked_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the job looked for the order."""
    code_hash: Mapped[str | None] = mapped_column(String(64))
    """Null where nothing was found: no code opens it."""
    code_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


register(
    Holding(
        table="order_lookup",
        columns=("number", "email"),
        purpose="Somebody asked to see their orders; kept for a day.",
        rows_of=by_address("email"),
        erasing=Erasing.DELETE,
        address="email",
    )
)
not_personal("order_lookup", "reference place code_hash", why="random, and keyed hashes")


@dataclass(frozen=True, kw_only=True)
class Proved:
    """An address whose owner has shown a code sent to it."""

    email: str


def ask(*, number: str, email: str, place: str) -> str:
    """Write down who asks for which order; returns the reference that the code will belong to.

    The same statements whatever is typed. Beyond the limits nothing is written.
    """
    reference, moment = random_reference(), clock.now()
    key, address = _hash(f"lookup-place:{place}"), email.strip().lower()[:254]
    with writing() as session:
        by_address, by_place = session.execute(
            select(
                func.coalesce(func.sum(case((OrderLookup.email == address, 1), else_=0)), 0),
                func.coalesce(func.sum(case((OrderLookup.place == key, 1), else_=0)), 0),
            ).where(
                OrderLookup.asked_at > moment - WINDOW,
                or_(OrderLookup.email == address, OrderLookup.place == key),
            )
        ).one()
        if by_address < MOST_BY_ADDRESS and by_place < MOST_BY_PLACE:
            session.add(
                OrderLookup(
                    reference=reference, number=number.strip()[:20], email=address, place=key, asked_at=moment
                )
            )
    return reference


@job("answer order look-ups", every=timedelta(seconds=1))
def answer() -> int:
    """Mail a code to whoever named an order and its address; returns how many codes were mailed."""
    mailed = 0
    with writing() as session:
        waiting = session.scalars(
            select(OrderLookup)
            .where(OrderLookup.looked_at.is_(None))
            .order_by(OrderLookup.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if not waiting:
            return 0
        numbers = {order_id_of(each.number) or 0 for each in waiting}
        rows = session.execute(select(Order.id, Order.email).where(Order.id.in_(numbers)))
        orders = {row.id: row.email for row in rows}
        for each in waiting:
            each.looked_at = clock.now()
            to = orders.get(order_id_of(each.number) or 0, "")
            if to.lower() == each.email:
                _mail_code(session, each, to)
                mailed += 1
    return mailed


def _mail_code(session: Session, asked: OrderLookup, to: str) -> None:
    code = f"{secrets.randbelow(10**8):08d}"
    asked.code_hash = _code_hash(asked.reference, code)
    asked.code_until = clock.now() + CODE_LASTS
    mail.write(
        session,
        mail.Letter(
            to=to,
            subject=_("%(shop)s: the code to see your orders", shop=settings().shop_name),
            body=plain_text(
                "mail/order_code.txt",
                code=f"{code[:4]} {code[4:]}",
                link=f"{settings().base_url}/orders/code?look={asked.reference}",
                minutes=int(CODE_LASTS.total_seconds() // 60),
                shop_name=settings().shop_name,
                contact_email=settings().contact_email,
            ),
            is_secret=True,
        ),
        fact=f"order-code/{asked.reference}",
        about=f"order-code/{asked.reference}",
    )


def prove(*, reference: str, code: str) -> Proved:
    """The owner of the address a code was mailed to. A code serves once.

    Raises:
        Refused: the code is wrong, was used, or has run out; all three read the same.
    """
    known_form = reference.isascii() and reference.isalnum() and len(reference) == 26
    reference = reference if known_form else "-"
    digits = "".join(each for each in code if each.isascii() and each.isdigit())
    refusal = Refused(
        _("This code is not right, or has run out. Look at the newest mail, or ask for another.")
    )
    moment = clock.now()
    proved = None
    with writing() as session:
        # Counted before it is compared, so that many tries at one moment are all counted.
        counted = rows_changed(
            session,
            update(OrderLookup)
            .where(
                OrderLookup.reference == reference,
                OrderLookup.tries < TRIES,
                OrderLookup.used_at.is_(None),
                OrderLookup.code_until > moment,
            )
            .values(tries=OrderLookup.tries + 1),
        )
        found = session.scalar(
            select(OrderLookup)
            .where(OrderLookup.reference == reference)
            .execution_options(populate_existing=True)
        )
        known = found.code_hash if counted and found is not None else None
        matches = hmac.compare_digest(known or "", _code_hash(reference, digits))
        if found is not None and matches:
            locked(session, OrderLookup, found.id)
            found.used_at = moment
            proved = Proved(email=found.email)
    if proved is None:
        raise refusal
    return proved


def orders_of(session: Session, email: str, *, at_most: int = 200) -> Sequence[Order]:
    """The orders of an address, the newest first."""
    return session.scalars(
        select(Order)
        .where(func.lower(Order.email) == email.lower())
        .order_by(Order.id.desc())
        .limit(at_most)
        .options(selectinload(Order.lines))
    ).all()


@job("forget order look-ups", every=timedelta(hours=1))
def forget() -> int:
    """Remove what was asked a day ago; returns how many rows."""
    with writing() as session:
        return rows_changed(
            session, delete(OrderLookup).where(OrderLookup.asked_at < clock.now() - FORGOTTEN_AFTER)
        )


def _code_hash(reference: str, code: str) -> str:
    return _hash(f"order-code:{reference}:{code}")


def _hash(text: str) -> str:
    return hmac.new(settings().secret_key.encode(), text.encode("utf-8", "replace"), sha256).hexdigest()
