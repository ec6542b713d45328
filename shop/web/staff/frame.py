"""What is around every page of the back office: who is at work, what waits, what was just done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Blueprint, Response, g, render_template
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, NotPermitted, Refused
from shop.core.language import gettext as _
from shop.inventory import lot_index
from shop.ordering import queue
from shop.ordering.queue import QueueCounts
from shop.web.visitor import said


@dataclass(frozen=True, kw_only=True)
class Work:
    """What waits, for the navigation and the views. Two queries."""

    orders: QueueCounts
    lots: dict[lot_index.View, int]


def set_up(blueprint: Blueprint) -> None:
    """Show errors of the back office inside it, so that there is a way on."""
    blueprint.register_error_handler(NotFound, _not_found)
    blueprint.register_error_handler(NotPermitted, _not_permitted)
    blueprint.register_error_handler(Refused, _refused)


@contextmanager
def building() -> Iterator[Session]:
    """A session to build one page with.

    The lines about what was just done are taken out first: that writes, and a page is only read.
    """
    g.notices = said()
    with reading() as session:
        yield session


def work(session: Session) -> Work:
    """What waits, counted once in a request."""
    if "work" not in g:
        g.work = Work(orders=queue.counts(session), lots=lot_index.counts(session, clock.today()))
    found: Work = g.work
    return found


def page(
    session: Session, template: str, *, section: str = "", status: int = 200, **values: object
) -> Response:
    """A page of the back office."""
    waiting = work(session)
    body = render_template(
        f"staff/{template}.html",
        section=section,
        staff_name=g.staff.name,
        may=g.staff.permissions,
        notices=g.get("notices", []),
        work_counts={
            "orders": waiting.orders.waiting,
            "lots": waiting.lots[lot_index.View.QUARANTINE],
        },
        **values,
    )
    return Response(body, status=status)


def _not_found(error: NotFound) -> Response:
    return _sorry(404, _("We can’t find this"), error)


def _not_permitted(error: NotPermitted) -> Response:
    return _sorry(403, _("Your role does not allow this"), error)


def _refused(error: Refused) -> Response:
    return _sorry(400, _("This can’t be done"), error)


def _sorry(status: int, title: str, error: Refused) -> Response:
    with building() as session:
        return page(session, "sorry", status=status, title=title, text=str(error))
