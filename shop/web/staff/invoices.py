"""The desk of invoices: the list, one paper, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form

from shop.core import clock
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.core.money import in_words
from shop.core.wording import actor_in_words, moment_in_words
from shop.ordering import whole_order
from shop.payments import (
    account_state,
    disputes_on_account,
    invoice_list,
    invoice_papers,
    invoices,
    invoicing,
    receipts,
)
from shop.payments.invoice_list import Listed, View
from shop.payments.invoice_models import (
    AccountEntry,
    EntryKind,
    InvoiceEvent,
    InvoiceEventKind,
    InvoiceKind,
)
from shop.payments.receipts import SameReceipt
from shop.web.staff import access, frame, listing, tables
from shop.web.staff.documents import PDF, VIEWER_POLICY
from shop.web.staff.listing import ViewLink
from shop.web.staff.money_forms import CreditForm, PayOutForm, ReasonForm, ReceiptForm, UseCreditForm, apart
from shop.web.staff.words import Badge
from shop.web.visitor import say


def show() -> Response:
    """Papers in one view, searched."""
    view, words = listing.choice("view", View, View.OPEN), listing.words()
    with frame.building() as session:
        found = invoice_list.find(session, view, words, page=listing.page_number())
        return frame.page(
            session,
            "invoices",
            section="invoices",
            words=words,
            view=view.value,
            title=_labels()[view],
            empty=_empty(view),
            views=[
                ViewLink(
                    label=label,
                    url=url_for("staff.invoices", view=each.value),
                    current=each == view,
                    count=None,
                )
                for each, label in _labels().items()
            ],
            rows=[_row(row) for row in found.rows],
            pages=listing.pages(
                number=listing.page_number(),
                size=invoice_list.PAGE_SIZE,
                total=found.total,
                address=lambda number: url_for("staff.invoices", view=view.value, q=words, page=number),
            ),
            file_url=url_for("staff.invoices_file", view=view.value, q=words),
        )


def as_file() -> Response:
    """The same papers as CSV."""
    view, words = listing.choice("view", View, View.OPEN), listing.words()
    heads = [
        _("Number"),
        _("Kind"),
        _("Issued"),
        _("Due"),
        _("Order"),
        _("Purchase order"),
        _("Organisation"),
        _("Total, minor units"),
        _("Open, minor units"),
        _("Currency"),
        _("Corrects"),
        _("Disputed"),
    ]
    with reading() as session:
        found = invoice_list.find(session, view, words, size=tables.MOST_ROWS)
        return tables.as_file(
            f"invoices-{view.value}-{clock.today().isoformat()}.csv",
            heads,
            [
                (
                    row.invoice.number,
                    row.invoice.kind.value,
                    row.invoice.issued_on,
                    row.invoice.due_on,
                    row.invoice.order.number,
                    row.invoice.po_number,
                    row.invoice.organisation.name,
                    row.invoice.total_minor,
                    row.open_minor,
                    row.invoice.currency,
                    row.invoice.content.get("corrects", ""),
                    _("yes") if row.disputed else "",
                )
                for row in found.rows
            ],
        )


def one(number: str) -> AnyResponse:
    """One invoice or credit note."""
    return _page(number)


def pdf(number: str) -> Response:
    """The paper itself."""
    with reading() as session:
        found = invoices.find(session, number)
        data = invoice_papers.pdf(session, found.id)
        name = f"{found.number}.pdf"
    response = Response(data, content_type=PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = VIEWER_POLICY
    return response


def record(number: str) -> AnyResponse:
    """Write down money received."""
    form = ReceiptForm(request.form)

    def act() -> str:
        receipts.record(
            number,
            booked_on=form.booked_on.data or clock.today(),
            amount_minor=int(form.amount.data),
            currency=str(form.currency.data),
            bank_reference=str(form.bank_reference.data),
            again=bool(form.again.data),
            staff=access.signed_in_staff(),
        )
        return _("The receipt is recorded.")

    return _act(number, "receipt", form, act)


def reverse(number: str, entry: int) -> AnyResponse:
    """Take back an entry that was wrong."""
    form = ReasonForm(request.form)

    def act() -> str:
        with reading() as session:
            found = invoices.find(session, number)
            if entry not in {each.id for each in receipts.of_invoice(session, found.id)}:
                raise NotFound(_("There is no such entry."))
        receipts.reverse(entry, reason=str(form.reason.data), staff=access.signed_in_staff())
        return _("The entry is taken back by a row of its own.")

    return _act(number, f"reverse-{entry}", form, act)


def pay_out(number: str) -> AnyResponse:
    """Write down money sent back by bank."""
    form = PayOutForm(request.form)

    def act() -> str:
        receipts.pay_out(
            number,
            booked_on=form.booked_on.data or clock.today(),
            amount_minor=int(form.amount.data),
            bank_reference=str(form.bank_reference.data or ""),
            reason=str(form.reason.data),
            staff=access.signed_in_staff(),
        )
        return _("The payment is recorded.")

    return _act(number, "payout", form, act)


def use_credit(number: str) -> AnyResponse:
    """Use what was paid too much for another invoice."""
    form = UseCreditForm(request.form)

    def act() -> str:
        receipts.use_credit(
            number,
            str(form.for_number.data).upper(),
            amount_minor=int(form.amount.data),
            staff=access.signed_in_staff(),
        )
        return _("The credit is used for %(number)s.", number=str(form.for_number.data).upper())

    return _act(number, "use", form, act)


def credit(number: str) -> AnyResponse:
    """Give back a part of an invoice."""
    form = CreditForm(request.form)

    def act() -> str:
        vials = _vials()
        whole = bool(form.everything.data)
        if not (whole or vials or form.amount.data):
            raise Refused(_("Enter what is given back: vials of a line, an amount, or all that is left."))
        if whole and (vials or form.amount.data):
            raise Refused(_("Either all that is left, or vials and amounts; not both."))
        note = invoicing.credit_by_hand(
            number,
            amount_minor=None if whole else form.amount.data,
            lines={} if whole else vials,
            reason=str(form.reason.data),
            key=str(form.once.data),
            staff=access.signed_in_staff(),
        )
        return _("Credit note %(number)s is issued and mailed.", number=note)

    return _act(number, "credit", form, act)


def mail_again(number: str) -> AnyResponse:
    """Send the paper once more."""
    to = invoice_papers.mail_again(number, staff=access.signed_in_staff())
    say(_("%(number)s is sent to %(address)s.", number=number, address=to))
    return redirect(url_for("staff.invoice", number=number), 303)


def dispute(number: str) -> AnyResponse:
    """Write down that an invoice is disputed, or that this has ended."""
    form = ReasonForm(request.form)
    begins = request.form.get("do") == "dispute"

    def act() -> str:
        disputes_on_account.mark(
            number, disputed=begins, reason=str(form.reason.data), staff=access.signed_in_staff()
        )
        if begins:
            return _("The invoice is marked as disputed. No reminder is sent meanwhile.")
        return _("The dispute has ended.")

    return _act(number, "dispute", form, act)


def issue(number: str) -> AnyResponse:
    """Issue the invoice of an order now, or anew after it was credited in full."""
    with reading() as session:
        order_id = whole_order.load(session, number).order.id
    issued = invoicing.issue_now(order_id, staff=access.signed_in_staff())
    say(_("Invoice %(number)s is issued and mailed.", number=issued))
    return redirect(url_for("staff.invoice", number=issued), 303)


def _act(number: str, which: str, form: Form, act: Callable[[], str]) -> AnyResponse:
    """Carry out one form of the page; what is refused stays typed."""
    if not form.validate():
        return _page(number, failed=which, form=form)
    try:
        say(act())
    except NotFound:
        raise
    except SameReceipt as error:
        return _page(number, failed=which, form=form, refusal=str(error), ask_again=True)
    except Refused as error:
        return _page(number, failed=which, form=form, refusal=str(error))
    return redirect(url_for("staff.invoice", number=number), 303)


def _vials() -> dict[int, int]:
    """Vials to give back by order line, as the fields `vials-<line>` say.

    Raises:
        Refused: one of them is not a number.
    """
    found = {}
    for name, value in request.form.items():
        line = name.removeprefix("vials-")
        if line == name or not value.strip():
            continue
        if not (line.isascii() and line.isdigit() and len(line) <= 9):
            raise Refused(_("This invoice has no such line."))
        if not (value.strip().isascii() and value.strip().isdigit() and len(value.strip()) <= 6):
            raise Refused(_("Enter how many vials are given back as a whole number."))
        if int(value):
            found[int(line)] = int(value)
    return found


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """One booking on the page."""

    entry: AccountEntry
    label: str
    can_reverse: bool


def _page(
    number: str, *, failed: str = "", form: Form | None = None, refusal: str = "", ask_again: bool = False
) -> Response:
    with frame.building() as session:
        found = invoices.find(session, number)
        balance = account_state.of_invoice(session, found.id)
        booked = receipts.of_invoice(session, found.id) if found.on_account else []
        taken_back = {each.reverses_id for each in booked}
        disputed = disputes_on_account.is_disputed(session, found.id)
        listed = Listed(invoice=found, open_minor=balance.open_minor, disputed=disputed)
        is_invoice = found.kind == InvoiceKind.INVOICE
        papers = invoices.papers_of_order(session, found.order_id)
        return frame.page(
            session,
            "invoice",
            section="invoices",
            status=400 if failed else 200,
            has_errors=bool(failed),
            invoice=found,
            is_invoice=is_invoice,
            on_account=found.on_account and is_invoice,
            balance=balance,
            badges=badges(listed),
            notes=[each for each in papers if each.corrects_id == found.id],
            left=invoices.left_to_credit(session, found) if is_invoice else 0,
            entries=[
                EntryRow(
                    entry=each,
                    label=entry_in_words(each.kind),
                    can_reverse=each.kind in (EntryKind.RECEIPT, EntryKind.PAYOUT)
                    and each.id not in taken_back,
                )
                for each in booked
            ],
            events=[(each, _with_time(each)) for each in invoice_papers.events(session, found.id)],
            disputed=disputed,
            failed=failed,
            form=form,
            refusal=refusal,
            ask_again=ask_again or (isinstance(form, ReceiptForm) and bool(form.again.data)),
            receipt=form
            if failed == "receipt"
            else ReceiptForm(
                data={
                    "currency": found.currency,
                    "amount": max(balance.open_minor, 0) or None,
                    "booked_on": clock.today(),
                }
            ),
            payout=apart(
                form
                if form is not None and failed == "payout"
                else PayOutForm(data={"amount": balance.excess_minor, "booked_on": clock.today()}),
                "payout",
            ),
            use=apart(
                form
                if form is not None and failed == "use"
                else UseCreditForm(data={"amount": balance.excess_minor}),
                "use",
            ),
            credit=apart(
                form
                if form is not None and failed == "credit"
                else CreditForm(data={"once": random_reference()}),
                "credit",
            ),
            vials=request.form,
            reason=apart(form if form is not None and failed == "dispute" else ReasonForm(), "dispute"),
            reversing=failed.removeprefix("reverse-") if failed.startswith("reverse-") else "",
        )


def badges(row: Listed) -> list[Badge]:
    """Where a paper stands."""
    if row.invoice.kind != InvoiceKind.INVOICE:
        return [Badge(invoice_papers.kind_in_words(row.invoice.kind), "")]
    if not row.invoice.on_account:
        return [Badge(_("Paid by card"), "ok")]
    shown = [Badge(_("Disputed"), "hold")] if row.disputed else []
    if row.open_minor < 0:
        return [*shown, Badge(_("Paid, credit of the customer"), "soon")]
    if row.open_minor == 0:
        return [*shown, Badge(_("Settled"), "ok")]
    if row.overdue_days:
        return [*shown, Badge(_("Overdue"), "overdue")]
    return [*shown, Badge(_("Open"), "soon")]


def _row(row: Listed) -> dict[str, object]:
    return {
        "invoice": row.invoice,
        "url": url_for("staff.invoice", number=row.invoice.number),
        "open": in_words(row.open_minor, row.invoice.currency) if row.open_minor else "",
        "badges": badges(row),
    }


def entry_in_words(kind: EntryKind) -> str:
    """What moved on an account."""
    return {
        EntryKind.RECEIPT: _("Received"),
        EntryKind.REVERSAL: _("Taken back"),
        EntryKind.PAYOUT: _("Sent back"),
        EntryKind.CREDIT_OUT: _("Credit used"),
        EntryKind.CREDIT_IN: _("Paid by credit"),
    }[kind]


def event_in_words(event: InvoiceEvent) -> str:
    """What happened to an invoice."""
    return {
        InvoiceEventKind.MAILED: _("Mailed"),
        InvoiceEventKind.REMINDED: _("Reminder %(turn)s sent", turn=event.turn),
        InvoiceEventKind.DISPUTED: _("Disputed"),
        InvoiceEventKind.DISPUTE_ENDED: _("Dispute ended"),
    }[event.kind]


def _with_time(event: InvoiceEvent) -> str:
    note = f": {event.note}" if event.note else ""
    return _(
        "%(what)s, %(when)s, %(who)s%(note)s",
        what=event_in_words(event),
        when=moment_in_words(event.at),
        who=actor_in_words(event.actor),
        note=note,
    )


def _labels() -> dict[View, str]:
    return {
        View.OPEN: _("Open"),
        View.DUE: _("Not yet due"),
        View.OVERDUE: _("Overdue"),
        View.DISPUTED: _("Disputed"),
        View.CREDIT: _("Paid too much"),
        View.PAID: _("Paid"),
        View.CREDIT_NOTES: _("Credit and debit notes"),
        View.ALL: _("All"),
    }


def _empty(view: View) -> str:
    return {
        View.OPEN: _("An invoice comes here when the first parcel of a purchase order has left."),
        View.DUE: _("An invoice stands here until its due date."),
        View.OVERDUE: _("An invoice comes here when its due date has passed and something is open."),
        View.DISPUTED: _("An invoice comes here when somebody writes down that the customer disputes it."),
        View.CREDIT: _("An invoice comes here when more was received than is owed."),
        View.PAID: _("An invoice comes here when nothing is open any more."),
        View.CREDIT_NOTES: _(
            "A credit note comes here when a refund has succeeded, or a part was given back."
        ),
        View.ALL: _("Invoices come here when parcels leave and cards are charged."),
    }[view]
