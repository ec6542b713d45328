"""Counting, writing off, setting apart and clearing vials, and splitting a bulk lot: a page each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.inventory import lot_index, lots, stock_changes
from shop.inventory.lots import Split
from shop.inventory.models import Lot
from shop.web.staff import access, frame
from shop.web.staff.forms import CountForm, SplitForm, VialsForm
from shop.web.visitor import say


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that is done with a number of vials."""

    title: str
    effect: str
    button: str
    most: int
    """How many vials it can be done with now."""
    done: str
    act: Callable[..., bool]


def handle(lot: str, step: str) -> AnyResponse:
    """Write off free vials, set some apart, or write off what is set apart."""
    return _handle(lot, step, ("write-off", "set-apart", "discard"))


def clear(lot: str) -> AnyResponse:
    """Make vials that were set apart free to sell again."""
    return _handle(lot, "clear", ("clear",))


def _handle(number: str, step: str, steps: tuple[str, ...]) -> AnyResponse:
    if step not in steps:
        raise NotFound(_("That cannot be done with the vials of a lot."))
    form = VialsForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        with frame.building() as session:
            asked = _steps(lot_index.load(session, number))[step]
        try:
            new = asked.act(
                number,
                form.vials.data,
                cause=str(form.once.data),
                actor=access.signed_in_staff().actor,
                reason=str(form.reason.data),
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(asked.done if new else _("This was done before. Nothing was changed."))
            return redirect(url_for("staff.lot", lot=number.upper()), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        found = lot_index.load(session, number)
        if not form.once.data:
            form.once.data = random_reference()
        return frame.page(
            session,
            "stock_change",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=found,
            step=_steps(found)[step],
            form=form,
            refusal=refusal,
            action=request.path,
        )


def count(lot: str) -> AnyResponse:
    """Write down a count of what is on hand."""
    form = CountForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        try:
            new = stock_changes.count(
                lot,
                int(form.counted.data or 0),
                expected=int(form.expected.data or 0),
                cause=str(form.once.data),
                actor=access.signed_in_staff().actor,
                reason=str(form.reason.data),
            )
        except Refused as error:
            refusal = str(error)
        else:
            say(_("The count is kept.") if new else _("This was done before. Nothing was changed."))
            return redirect(url_for("staff.lot", lot=lot.upper()), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        found = lot_index.load(session, lot)
        if not form.once.data:
            form.once.data = random_reference()
        # What is shown now is what the next answer is about.
        form.expected.data = str(found.on_hand)
        return frame.page(
            session,
            "count_lot",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=found,
            form=form,
            refusal=refusal,
        )


def split(lot: str) -> AnyResponse:
    """Make a lot of its own from vials of a bulk lot."""
    form = SplitForm(request.form)
    refusal = ""
    if request.method == "POST" and form.validate():
        number = str(form.number.data).upper()
        part = Split(
            number=number,
            vials=int(form.vials.data or 0),
            bin=str(form.bin.data),
            filled_on=form.filled_on.data,
            retest_on=form.retest_on.data,
            expires_on=form.expires_on.data,
        )
        try:
            lots.split(lot, part, actor=access.signed_in_staff().actor, reason=str(form.reason.data))
        except Refused as error:
            refusal = str(error)
        except IntegrityError:
            refusal = _("There is a lot %(lot)s already.", lot=number)
        else:
            say(_("Lot %(lot)s is in quarantine. Add its certificate next.", lot=number))
            return redirect(url_for("staff.lot", lot=number), 303)
    failed = bool(form.errors or refusal)
    with frame.building() as session:
        return frame.page(
            session,
            "split_lot",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=lot_index.load(session, lot),
            form=form,
            refusal=refusal,
        )


def _steps(lot: Lot) -> dict[str, Step]:
    number = lot.number
    return {
        "write-off": Step(
            title=_("Write off vials of lot %(lot)s", lot=number),
            effect=_(
                "They leave stock for good. Vials that are promised or set apart cannot be written off."
            ),
            button=_("Write off"),
            most=lot.free,
            done=_("The vials are written off."),
            act=stock_changes.write_off,
        ),
        "set-apart": Step(
            title=_("Set vials of lot %(lot)s apart", lot=number),
            effect=_("They stay on hand, in quarantine, and are not sold until somebody clears them."),
            button=_("Set apart"),
            most=lot.free,
            done=_("The vials are set apart."),
            act=stock_changes.set_apart,
        ),
        "discard": Step(
            title=_("Write off vials of lot %(lot)s that are set apart", lot=number),
            effect=_("They leave stock for good."),
            button=_("Write off"),
            most=lot.quarantined,
            done=_("The vials are written off."),
            act=stock_changes.discard,
        ),
        "clear": Step(
            title=_("Clear vials of lot %(lot)s that are set apart", lot=number),
            effect=_("They are sold again, as far as the lot is for sale."),
            button=_("Clear for sale"),
            most=lot.quarantined,
            done=_("The vials are cleared."),
            act=stock_changes.clear,
        ),
    }
