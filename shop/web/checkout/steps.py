"""Contact, delivery, research use and payment: each saves its answers and leads to the next open step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form

from shop.attestations import statements
from shop.attestations.models import StatementVersion
from shop.attestations.statements import Statement
from shop.core import clock
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import current_locale
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.inventory.certificate_files import FileRefused
from shop.ordering import cart, checkout, destinations, order_price, review
from shop.ordering.checkout import (
    CheckoutOver,
    Declared,
    DestinationRefused,
    RegionMissing,
    Step,
    StepMissing,
    Where,
)
from shop.ordering.lines import Line, LoadedCart
from shop.ordering.models import CheckoutDraft, PaymentMethod
from shop.ordering.tax import MEMBER_STATES
from shop.web.checkout import delivery_choices, summary
from shop.web.checkout.forms import ContactForm, DeliveryForm, PaymentForm, SignatureForm
from shop.web.checkout.uploads import pdf
from shop.web.visitor import remember, said, say, visitor

ORDER = [Step.CONTACT, Step.DELIVERY, Step.RESEARCH_USE, Step.PAYMENT, Step.REVIEW]


@dataclass(kw_only=True)
class Here:
    """The checkout a request is in, as it stands in the database now."""

    draft: CheckoutDraft
    cart: LoadedCart
    version: StatementVersion

    @property
    def lines(self) -> Sequence[Line]:
        """The lines of its cart."""
        return self.cart.lines

    @cached_property
    def next_step(self) -> Step:
        """The first step that still needs an answer."""
        return checkout.next_step(self.draft, self.lines, self.version)

    @property
    def done(self) -> list[str]:
        """The steps that can be gone back to."""
        return [step.value for step in ORDER[: ORDER.index(self.next_step)]]

    def has_reached(self, step: Step) -> bool:
        """Whether every step before this one has been answered."""
        return checkout.has_reached(step, self.next_step)


def find(session: Session) -> Here | None:
    """The checkout of this browser, while it can still be answered."""
    draft = checkout.load_open(session, visitor().draft_token)
    loaded = cart.load(session, draft.cart_id) if draft else None
    if draft is None or loaded is None:
        return None
    return Here(draft=draft, cart=loaded, version=statements.in_force(session))


def begin() -> AnyResponse:
    """Start or resume the checkout of this browser's cart."""
    with reading() as session:
        cart_id = visitor().cart_id
        here = find(session)
        resumed = here.next_step if here is not None and here.cart.id == cart_id else None
        loaded = here.cart if here is not None and resumed else cart.load(session, cart_id)
        blocked = any(row.problem for row in cart.rows(session, loaded))
    if cart_id is None or loaded is None or blocked:
        return redirect(url_for("checkout.cart"))
    if resumed is not None:
        return redirect(url_for(f"checkout.{resumed.value}"))
    with writing():
        remember(draft=checkout.begin(cart_id))
    return redirect(url_for("checkout.contact"))


def contact() -> AnyResponse:
    """Step 1."""
    if request.method == "GET":
        with reading() as session:
            here = find(session)
            if here is None:
                return _elsewhere()
            return _page(session, here, Step.CONTACT, ContactForm(obj=here.draft))
    form = ContactForm(request.form)
    if not form.validate():
        return _again(Step.CONTACT, form)
    try:
        with writing():
            following = checkout.save_contact(
                _token(),
                name=str(form.name.data),
                email=str(form.email.data),
                organisation=str(form.organisation.data),
                phone=str(form.phone.data),
            )
    except CheckoutOver:
        return _elsewhere()
    return _to(following)


def delivery() -> AnyResponse:
    """Step 2."""
    if request.method == "GET" or "show_prices" in request.form:
        with reading() as session:
            here = find(session)
            if here is None or not here.has_reached(Step.DELIVERY):
                return _elsewhere()
            return _delivery_page(session, here, DeliveryForm(request.form, obj=here.draft))
    form = DeliveryForm(request.form)
    refused: tuple[str, ...] = ()
    if form.validate():
        try:
            with writing():
                following = checkout.save_delivery(
                    _token(),
                    country=form.country.data,
                    address_line1=str(form.address_line1.data),
                    address_line2=str(form.address_line2.data),
                    city=str(form.city.data),
                    region=str(form.region.data),
                    postcode=str(form.postcode.data).upper(),
                    goods_in=str(form.goods_in.data),
                    delivery_method=form.delivery_method.data,
                    vat_number=str(form.vat_number.data or ""),
                )
        except (CheckoutOver, StepMissing):
            return _elsewhere()
        except DestinationRefused as error:
            form.country.errors = [*form.country.errors, str(error)]
            refused = error.skus
        except RegionMissing as error:
            form.region.errors = [*form.region.errors, str(error)]
        except review.DeliveryNotOffered as error:
            form.delivery_method.errors = [*form.delivery_method.errors, str(error)]
        else:
            return _to(following)
    with reading() as session:
        here = find(session)
        if here is None or not here.has_reached(Step.DELIVERY):
            return _too_early()
        return _delivery_page(session, here, form, status=400, refused=refused)


def _delivery_page(
    session: Session, here: Here, form: DeliveryForm, *, status: int = 200, refused: Sequence[str] = ()
) -> AnyResponse:
    """The form with the countries delivered to, and the ways of sending the cart to the one chosen in it."""
    form.country.choices = {"": _("Select a country")} | dict(destinations.countries(session))
    ways = delivery_choices.of(session, here.lines, _country_of(form))
    form.delivery_method.choices = ways.names
    if status == 200 and len(ways.names) == 1:
        form.delivery_method.data = next(iter(ways.names))
    return _page(
        session,
        here,
        Step.DELIVERY,
        form,
        status=status,
        ways=ways,
        refused_lines=[line for line in here.lines if line.size.sku in refused],
    )


def _country_of(form: DeliveryForm) -> str:
    """The country chosen in the form, so that the ways of sending are those to it."""
    typed = str(form.country.data or "")
    return typed if isinstance(form.country.choices, dict) and typed in form.country.choices else ""


def research_use() -> AnyResponse:
    """Step 3: every statement answered one by one, nothing chosen in advance."""
    if request.method == "GET":
        with reading() as session:
            here = find(session)
            if here is None or not here.has_reached(Step.RESEARCH_USE):
                return _elsewhere()
            draft, kept = here.draft, here.has_reached(Step.PAYMENT)
            form = SignatureForm(obj=draft)
            form.ask_only(here.version.asks)
            _as_kept(form, draft if kept else None)
            return _research_use_page(
                session,
                here,
                form,
                given={int(position): str(answer) for position, answer in draft.answers.items()}
                if kept
                else {},
                asked_again=checkout.why_asked_again(draft, here.lines, here.version),
            )
    with reading() as session:
        version = statements.in_force(session)
        token = _token()
    form = SignatureForm(request.form)
    form.ask_only(version.asks)
    given = {clause.position: request.form.get(f"c{clause.position}", "") for clause in version.clauses}
    unanswered = _unanswered(version, given)
    if "no" in given.values():
        form.ask_only(())
    changed = ""
    if request.form.get("statement") != version.code:
        changed = _("A new version of the statement is in force. Read it and answer again.")
        given, unanswered = {}, {}
    elif form.validate() and not unanswered:
        try:
            following = checkout.save_answers(
                token,
                statement_code=version.code,
                answers=given,
                declared=_declared(form),
                where=where(),
            )
        except (CheckoutOver, StepMissing):
            return _elsewhere()
        except Refused as error:
            changed = str(error)
        else:
            return _to(following) if following else redirect(url_for("checkout.cannot_send"))
    with reading() as session:
        here = find(session)
        if here is None or not here.has_reached(Step.RESEARCH_USE):
            return _too_early()
        return _research_use_page(
            session, here, form, status=400, given=given, unanswered=unanswered, changed=changed
        )


def _research_use_page(
    session: Session,
    here: Here,
    form: SignatureForm,
    *,
    given: Mapping[int, str],
    unanswered: Mapping[int, str] | None = None,
    changed: str = "",
    asked_again: Sequence[str] = (),
    status: int = 200,
) -> AnyResponse:
    statement, missing = _statement(here), unanswered or {}
    return _page(
        session,
        here,
        Step.RESEARCH_USE,
        form,
        status=status,
        statement=statement,
        given={clause.position: given.get(clause.position, "") for clause in statement.clauses},
        unanswered=missing,
        clause_errors=[(f"c{position}-y", text) for position, text in missing.items()]
        + ([("", changed)] if changed else []),
        asked_again=asked_again,
        today=clock.today(),
    )


def _as_kept(form: SignatureForm, draft: CheckoutDraft | None) -> None:
    """Show what was signed, while it holds; otherwise nothing that is signed is filled in beforehand."""
    if draft is None:
        form.signature.data = ""
    if form.animals is not None:
        form.animals.data = None
        if draft is not None:
            form.animals.data = "none" if draft.approval == checkout.IN_VITRO_ONLY else "named"
            form.approval.data = "" if draft.approval == checkout.IN_VITRO_ONLY else draft.approval
    if form.electronic is not None:
        form.electronic.data = draft is not None and draft.signs_electronically


def _declared(form: SignatureForm) -> Declared:
    approval = ""
    if form.animals is not None:
        approval = checkout.IN_VITRO_ONLY if form.animals.data == "none" else str(form.approval.data)
    return Declared(
        purpose=form.purpose.data,
        signer_role=str(form.signer_role.data),
        signature=str(form.signature.data),
        approval=approval,
        intended_use=str(form.intended_use.data) if form.intended_use is not None else "",
        signs_electronically=form.electronic is not None and bool(form.electronic.data),
    )


def cannot_send() -> AnyResponse:
    """A kind end for a buyer who cannot confirm a statement. Nothing is charged."""
    with reading() as session:
        here = find(session)
        if here is None or "no" not in here.draft.answers.values():
            return _elsewhere()
        refused = [
            clause
            for clause in _statement(here).clauses
            if here.draft.answers.get(str(clause.position)) == "no"
        ]
        return Response(render_template("checkout/cannot_send.html", clauses=refused))


def payment() -> AnyResponse:
    """Step 4."""
    if request.method == "GET":
        with reading() as session:
            here = find(session)
            if here is None or not here.has_reached(Step.PAYMENT):
                return _elsewhere()
            form = PaymentForm(po_number=here.draft.po_number)
            form.method.choices = payment_methods()
            form.method.data = here.draft.payment_method.value if here.draft.payment_method else None
            return _page(session, here, Step.PAYMENT, form)
    form = PaymentForm(CombinedMultiDict([request.form, request.files]))
    form.method.choices = payment_methods()
    if form.validate():
        method = PaymentMethod(form.method.data)
        try:
            po_file = pdf(request.files.get("po_file")) if method == PaymentMethod.PURCHASE_ORDER else None
            with writing():
                following = checkout.save_payment(
                    _token(), method=method, po_number=str(form.po_number.data), po_file=po_file
                )
        except FileRefused as error:
            form.po_file.errors = [str(error)]
        except (CheckoutOver, StepMissing):
            return _elsewhere()
        else:
            return _to(following)
    return _again(Step.PAYMENT, form)


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


def _statement(here: Here) -> Statement:
    return statements.fill_in(
        here.version,
        organisation=here.draft.organisation,
        country=destinations.country_name(here.draft.country),
    )


def _unanswered(statement: StatementVersion, given: dict[int, str]) -> dict[int, str]:
    return {
        clause.position: _(
            "Answer statement %(number)s, %(heading)s",
            number=clause.position,
            heading=clause.heading[0].lower() + clause.heading[1:],
        )
        for clause in statement.clauses
        if given[clause.position] not in ("yes", "no")
    }


def _token() -> str:
    """The checkout this browser is in."""
    return visitor().draft_token or ""


def _elsewhere() -> AnyResponse:
    """This step cannot be answered now; the checkout knows which can."""
    return redirect(url_for("checkout.begin"))


def _too_early() -> AnyResponse:
    """The same, where an answer was given."""
    say(_("An earlier step needs an answer first."))
    return _elsewhere()


def _to(step: Step) -> AnyResponse:
    """To the first step that still needs an answer."""
    return redirect(url_for(f"checkout.{step.value}"))


def _again(step: Step, form: Form) -> AnyResponse:
    """The step once more, with what was typed and what is wrong with it."""
    with reading() as session:
        here = find(session)
        if here is None or not here.has_reached(step):
            return _too_early()
        return _page(session, here, step, form, status=400)


def _page(
    session: Session, here: Here, step: Step, form: Form, *, status: int = 200, **values: object
) -> AnyResponse:
    page = render_template(
        f"checkout/{step.value}.html",
        form=form,
        done=here.done,
        has_errors=status != 200,
        notices=said(),
        draft=here.draft,
        summary=_order_box(session, here),
        asks_vat_number=settings().seller_country in MEMBER_STATES,
        **values,
    )
    return Response(page, status=status)


def _order_box(session: Session, here: Here) -> summary.Summary:
    """The box *Your order*, with the lots planned so far."""
    price = order_price.of_draft(session, here.draft, here.lines)
    try:
        lots = review.planned_numbers(session, here.lines, cart.ship_date(here.lines, clock.today()))
    except review.SoldOut:
        lots = {}
    return summary.of_cart(here.lines, lots, price.quote)
