"""Contact, delivery, research use and payment: each saves its answers and leads to the next open step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form

from shop.attestations import statements
from shop.core import clock
from shop.core.database import reading
from shop.core.errors import Refused
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.certificate_files import FileRefused
from shop.ordering import cart, checkout, destinations, pricing, review
from shop.ordering.cart import CartRow
from shop.ordering.checkout import DestinationRefused, Step, Where
from shop.ordering.models import CheckoutDraft, DeliveryMethod, PaymentMethod
from shop.web.checkout import summary
from shop.web.checkout.forms import ContactForm, DeliveryForm, PaymentForm, SignatureForm, contact_of
from shop.web.checkout.uploads import pdf
from shop.web.visitor import remember, said, say, visitor

ORDER = [Step.CONTACT, Step.DELIVERY, Step.RESEARCH_USE, Step.PAYMENT, Step.REVIEW]


@dataclass(frozen=True, kw_only=True)
class Here:
    """The checkout a request is in."""

    draft: CheckoutDraft
    rows: list[CartRow]
    next_step: Step

    @property
    def done(self) -> list[str]:
        """The steps that can be gone back to."""
        return [step.value for step in ORDER[: ORDER.index(self.next_step)]]


def begin() -> AnyResponse:
    """Start or resume the checkout of this browser's cart."""
    with reading() as session:
        rows = cart.look(session, visitor().cart_id)
        draft = checkout.load(session, visitor().draft_token)
        usable = (
            draft is not None
            and draft.cart_id == visitor().cart_id
            and checkout.placed_order(session, draft.token) is None
        )
        here = _here(session) if usable else None
    if not rows or any(row.problem for row in rows):
        return redirect(url_for("checkout.cart"))
    if here is not None:
        return redirect(url_for(f"checkout.{here.next_step.value}"))
    cart_id = visitor().cart_id
    assert cart_id is not None  # noqa: S101 - there are rows, so there is a cart
    remember(draft=checkout.begin(cart_id))
    return redirect(url_for("checkout.contact"))


def contact() -> AnyResponse:
    """Step 1."""

    def show(session: Session, here: Here, form: Form) -> str:
        return _render(session, here, Step.CONTACT, form=form)

    token = _token()
    if token is None:
        return redirect(url_for("checkout.begin"))
    with reading() as session:
        form = ContactForm(request.form, data=None if request.form else contact_of(_draft(session, token)))
    if request.method == "POST" and form.validate():
        checkout.save_contact(
            token,
            name=str(form.name.data),
            email=str(form.email.data),
            organisation=str(form.organisation.data),
            phone=str(form.phone.data),
        )
        return _on(token)
    return _page(Step.CONTACT, form, show)


def delivery() -> AnyResponse:
    """Step 2."""
    token = _token()
    if token is None:
        return redirect(url_for("checkout.begin"))
    refusal: DestinationRefused | None = None
    with reading() as session:
        draft = _draft(session, token)
        countries = destinations.countries(session)
        methods = list(
            session.scalars(
                select(DeliveryMethod).where(DeliveryMethod.offered).order_by(DeliveryMethod.price_minor)
            )
        )
        choices = [(method.code, method.name) for method in methods]
        form = DeliveryForm(request.form, data=None if request.form else _delivery_of(draft, choices))
        form.country.choices = {"": _("Select a country")} | dict(countries)
        form.delivery_method.choices = dict(choices)
        notes = {method.code: method.note for method in methods}
        prices = {method.code: method.price_minor for method in methods}
    if request.method == "POST" and form.validate():
        try:
            checkout.save_delivery(
                token,
                country=form.country.data,
                address_line1=str(form.address_line1.data),
                address_line2=str(form.address_line2.data),
                city=str(form.city.data),
                region=str(form.region.data),
                postcode=str(form.postcode.data).upper(),
                goods_in=str(form.goods_in.data),
                delivery_method=form.delivery_method.data,
            )
            return _on(token)
        except DestinationRefused as error:
            refusal = error
            form.country.errors = [*form.country.errors, str(error)]

    def show(session: Session, here: Here, form: Form) -> str:
        return _render(
            session,
            here,
            Step.DELIVERY,
            form=form,
            notes=notes,
            prices=prices,
            refused_lines=[row for row in here.rows if refusal and row.size.sku in refusal.skus],
        )

    return _page(Step.DELIVERY, form, show)


def research_use() -> AnyResponse:
    """Step 3: every statement answered one by one, nothing chosen in advance."""
    token = _token()
    if token is None:
        return redirect(url_for("checkout.begin"))
    with reading() as session:
        here = _here(session)
        if here is None or ORDER.index(here.next_step) < ORDER.index(Step.RESEARCH_USE):
            return redirect(url_for("checkout.begin"))
        draft = here.draft
        statement = statements.fill_in(
            statements.in_force(session),
            organisation=draft.organisation,
            country=destinations.country_name(draft.country),
        )
        kept = checkout.answers_hold(session, draft, list(draft.cart.lines))
        asked_again = bool(draft.answers) and not kept and request.method == "GET"
        form = SignatureForm(
            request.form,
            data=None
            if request.form
            else {
                "purpose": draft.purpose,
                "signer_role": draft.signer_role,
                "signature": draft.signature if kept else "",
            },
        )
        saved = dict(draft.answers) if kept else {}
    given = (
        {clause.position: request.form.get(f"c{clause.position}", "") for clause in statement.clauses}
        if request.method == "POST"
        else {clause.position: saved.get(str(clause.position), "") for clause in statement.clauses}
    )
    unanswered: dict[int, str] = {}
    changed = ""
    if request.method == "POST":
        valid = form.validate()
        unanswered = {
            clause.position: _(
                "Answer statement %(number)s, %(heading)s",
                number=clause.position,
                heading=clause.heading[0].lower() + clause.heading[1:],
            )
            for clause in statement.clauses
            if given[clause.position] not in ("yes", "no")
        }
        if request.form.get("statement") != statement.code:
            changed = _("A new version of the statement is in force. Read it and answer again.")
            given = dict.fromkeys(given, "")
        elif valid and not unanswered:
            try:
                confirmed = checkout.save_answers(
                    token,
                    statement_code=statement.code,
                    answers=given,
                    purpose=form.purpose.data,
                    signer_role=str(form.signer_role.data),
                    signature=str(form.signature.data),
                    where=where(),
                )
            except Refused as error:
                changed = str(error)
            else:
                return _on(token) if confirmed else redirect(url_for("checkout.cannot_send"))

    def show(session: Session, here: Here, form: Form) -> str:
        return _render(
            session,
            here,
            Step.RESEARCH_USE,
            form=form,
            statement=statement,
            given=given,
            unanswered=unanswered,
            clause_errors=[(f"c{position}-y", text) for position, text in unanswered.items()]
            + ([("", changed)] if changed else []),
            asked_again=asked_again,
            today=clock.today(),
        )

    return _page(Step.RESEARCH_USE, form, show, failed=bool(unanswered or changed))


def cannot_send() -> AnyResponse:
    """A kind end for a buyer who cannot confirm a statement. Nothing is charged."""
    with reading() as session:
        here = _here(session)
        if here is None or "no" not in here.draft.answers.values():
            return redirect(url_for("checkout.begin"))
        statement = statements.fill_in(
            statements.in_force(session),
            organisation=here.draft.organisation,
            country=destinations.country_name(here.draft.country),
        )
        refused = [
            clause for clause in statement.clauses if here.draft.answers.get(str(clause.position)) == "no"
        ]
        return Response(render_template("checkout/cannot_send.html", clauses=refused))


def payment() -> AnyResponse:
    """Step 4."""
    token = _token()
    if token is None:
        return redirect(url_for("checkout.begin"))
    with reading() as session:
        draft = _draft(session, token)
        file_name = draft.po_file_name
        data = {
            "method": draft.payment_method.value if draft.payment_method else None,
            "po_number": draft.po_number,
        }
    form = PaymentForm(CombinedMultiDict([request.form, request.files]), data=None if request.form else data)
    form.method.choices = payment_methods()
    if request.method == "POST" and form.validate():
        method = PaymentMethod(form.method.data)
        try:
            po_file = pdf(request.files.get("po_file")) if method == PaymentMethod.PURCHASE_ORDER else None
        except FileRefused as error:
            form.po_file.errors = [str(error)]
        else:
            checkout.save_payment(token, method=method, po_number=str(form.po_number.data), po_file=po_file)
            return _on(token)

    def show(session: Session, here: Here, form: Form) -> str:
        return _render(session, here, Step.PAYMENT, form=form, file_name=file_name)

    return _page(Step.PAYMENT, form, show)


def payment_methods() -> dict[str, str]:
    """The ways of paying this shop offers."""
    card = {PaymentMethod.CARD.value: _("Card")} if settings().takes_cards else {}
    return {**card, PaymentMethod.PURCHASE_ORDER.value: _("Purchase order")}


def where() -> Where:
    """Who answers, and from where."""
    return Where(
        ip_address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", "")[:400],
        locale=current_locale(),
    )


def _token() -> str | None:
    """The draft of this browser, while it can still be answered."""
    with reading() as session:
        draft = checkout.load(session, visitor().draft_token)
        if draft is None or checkout.placed_order(session, draft.token) is not None:
            return None
        loaded = cart.load(session, draft.cart_id)
        return draft.token if loaded is not None and loaded.lines else None


def _draft(session: Session, token: str) -> CheckoutDraft:
    draft = checkout.load(session, token)
    assert draft is not None  # noqa: S101 - `_token` has just seen it
    return draft


def _here(session: Session) -> Here | None:
    draft = checkout.load(session, visitor().draft_token)
    if draft is None or checkout.placed_order(session, draft.token) is not None:
        return None
    rows = cart.look(session, draft.cart_id)
    loaded = cart.load(session, draft.cart_id)
    if loaded is None or not loaded.lines:
        return None
    return Here(draft=draft, rows=rows, next_step=checkout.next_step(session, draft, list(loaded.lines)))


def _on(token: str) -> AnyResponse:
    """To the first step that still needs an answer."""
    with reading() as session:
        here = _here(session)
    return redirect(url_for(f"checkout.{here.next_step.value}" if here else "checkout.begin"))


def _page(
    step: Step, form: Form, show: Callable[[Session, Here, Form], str], *, failed: bool = False
) -> AnyResponse:
    failed = failed or bool(form.errors)
    with reading() as session:
        here = _here(session)
        if here is None or ORDER.index(here.next_step) < ORDER.index(step):
            if here is not None and request.method == "POST":
                say(_("An earlier step needs an answer first."))
            return redirect(url_for("checkout.begin"))
        return Response(show(session, here, form), status=400 if failed else 200)


def _render(session: Session, here: Here, step: Step, *, form: Form, **values: object) -> str:
    return render_template(
        f"checkout/{step.value}.html",
        form=form,
        done=here.done,
        has_errors=bool(form.errors or values.get("clause_errors")),
        notices=said(),
        draft=here.draft,
        summary=order_box(session, here.draft, here.rows),
        **values,
    )


def order_box(session: Session, draft: CheckoutDraft, rows: list[CartRow]) -> summary.Summary:
    """The box *Your order*, with the lots planned so far."""
    currency = settings().currency
    method = (
        session.scalar(select(DeliveryMethod).where(DeliveryMethod.code == draft.delivery_method))
        if draft.delivery_method
        else None
    )
    lines = list(draft.cart.lines)
    quote = pricing.price(
        cart.wanted(lines, currency),
        delivery=pricing.Delivery(name=method.name, price_minor=method.price_minor) if method else None,
        currency=currency,
    )
    return summary.of_cart(rows, _planned_lots(session, draft), quote.charges, currency)


def _planned_lots(session: Session, draft: CheckoutDraft) -> dict[int, list[str]]:
    lines = list(draft.cart.lines)
    try:
        return review.planned_numbers(session, lines, cart.ship_date(draft.cart, clock.today()))
    except review.SoldOut:
        return {}


def _delivery_of(draft: CheckoutDraft, methods: list[tuple[str, str]]) -> dict[str, str]:
    names = ("country", "address_line1", "address_line2", "city", "region", "postcode", "goods_in")
    values = {name: getattr(draft, name) for name in names}
    only = methods[0][0] if len(methods) == 1 else ""
    return {**values, "delivery_method": draft.delivery_method or only}
