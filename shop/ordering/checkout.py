"""The checkout draft: answers saved step by step, on the server, until the order is placed from them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from shop.attestations import register, statements
from shop.attestations.models import Asked, StatementVersion
from shop.core import clock, files, stamps
from shop.core.canonical import Plain, digest
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.identity import random_reference
from shop.core.language import gettext as _
from shop.ordering import cart, coupons, destinations, order_price, regions, review, tax_rates
from shop.ordering.destination_models import DestinationEffect, DestinationRule
from shop.ordering.lines import Line
from shop.ordering.models import CheckoutDraft, Order, PaymentMethod


class Step(StrEnum):
    """The five steps, in their order."""

    CONTACT = "contact"
    DELIVERY = "delivery"
    RESEARCH_USE = "research_use"
    PAYMENT = "payment"
    REVIEW = "review"


PURPOSES = (
    "analytical reference or method development",
    "biochemical or cell-free assay",
    "cell culture",
    "teaching laboratory",
    "other laboratory research",
)


@dataclass(frozen=True, kw_only=True)
class Where:
    """Who answers, and from where: kept with the research-use record."""

    ip_address: str
    user_agent: str
    locale: str


LEAST_OWN_WORDS = 80
"""Characters at least in which a buyer says what the material is for; a person reads them."""
IN_VITRO_ONLY = "none: in vitro only"
"""What stands for an approval where no animals are used."""
ANSWERS_HOLD = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What is signed beside the answers. The last three are empty where the statement does not ask."""

    purpose: str
    signer_role: str
    signature: str
    approval: str = ""
    intended_use: str = ""
    signs_electronically: bool = False


class CheckoutOver(NotFound):
    """There is no such checkout any more, or nothing in its cart."""


class StepMissing(Refused):
    """An earlier step has to be answered (again) first."""

    def __init__(self, step: Step) -> None:
        super().__init__(_("An earlier step needs an answer before the order can be placed."))
        self.step = step


class DestinationRefused(Refused):
    """Some items of the cart cannot be sent to the chosen country."""

    def __init__(self, sentence: str, *, skus: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.skus = skus


class RegionMissing(Refused):
    """The address has to name a state or province."""


def begin(cart_id: int) -> str:
    """Start a checkout for a cart; returns the token of its draft."""
    token, moment = secrets.token_urlsafe(32), clock.now()
    with writing(joins=True) as session:
        session.add(
            CheckoutDraft(token=token, cart_id=cart_id, created_at=moment, changed_at=moment, answers={})
        )
    return token


def load(session: Session, token: str | None) -> CheckoutDraft | None:
    """The draft with this token."""
    if not token:
        return None
    return session.scalar(_LOAD, {"draft": token})


def load_open(session: Session, token: str | None) -> CheckoutDraft | None:
    """The draft with this token, while no order has been placed from it."""
    if not token:
        return None
    return session.scalar(_LOAD_OPEN, {"draft": token})


_LOAD = (
    select(CheckoutDraft)
    .where(CheckoutDraft.token == bindparam("draft"))
    .execution_options(populate_existing=True)
)
_LOAD_OPEN = _LOAD.where(~select(Order.id).where(Order.draft_token == CheckoutDraft.token).exists())


def placed_order(session: Session, token: str) -> Order | None:
    """The order that was placed from a draft, if one was."""
    return session.scalar(_PLACED, {"draft": token})


_PLACED = select(Order).where(Order.draft_token == bindparam("draft"))


def save_contact(token: str, *, name: str, email: str, organisation: str, phone: str) -> Step:
    """Save step 1; returns the first step that still needs an answer.

    Raises:
        CheckoutOver: there is nothing to answer any more.
    """
    with writing(joins=True) as session:
        draft, lines, version = _open(session, token, Step.CONTACT)
        draft.name, draft.email, draft.organisation, draft.phone = name, email, organisation, phone
        return next_step(draft, lines, version)


def save_delivery(
    token: str,
    *,
    country: str,
    address_line1: str,
    address_line2: str,
    city: str,
    region: str,
    postcode: str,
    goods_in: str,
    delivery_method: str,
    vat_number: str = "",
) -> Step:
    """Save step 2; returns the first step that still needs an answer.

    Raises:
        CheckoutOver: there is nothing to answer any more.
        StepMissing: an earlier step needs an answer first.
        DestinationRefused: the country, or an item in that country, is not delivered to.
        RegionMissing: the address names no state or province, but tax there depends on it.
        review.DeliveryNotOffered: the delivery method does not take this cart to this country.
    """
    with writing(joins=True) as session:
        draft, lines, version = _open(session, token, Step.DELIVERY)
        check_destination(session, lines, country, region=region, postcode=postcode)
        if tax_rates.taxed_by_region(session, country) and not regions.is_known(country, region):
            raise RegionMissing(_("Enter the state or province, such as CA or California; tax depends on it"))
        offers = order_price.offers(session, lines, country)
        chosen = next((each for each in offers if each.code == delivery_method), None)
        if chosen is None or chosen.why_not:
            others = any(not each.why_not for each in offers)
            raise review.DeliveryNotOffered(
                chosen.why_not
                if chosen
                else _("Choose a delivery method.")
                if others
                else _("We have no way of sending these items to %(country)s.",
                       country=destinations.country_name(country))
            )  # fmt: skip
        draft.vat_number = vat_number
        draft.country, draft.delivery_method = country, delivery_method
        draft.address_line1, draft.address_line2 = address_line1, address_line2
        draft.city, draft.region, draft.postcode, draft.goods_in = city, region, postcode, goods_in
        return next_step(draft, lines, version)


def save_code(token: str, code: str) -> None:
    """Keep a code with the draft, or take it away. Whether it holds is judged wherever a price is made.

    Raises:
        Refused: nobody has agreed on such a code, or it is too long to be one.
    """
    with writing() as session:
        draft, _cart_lines, _version = _open(session, token, Step.CONTACT)
        if code and coupons.find(session, code, None) is None:
            raise Refused(_("The code %(code)s is not known. Check it, or leave it out.", code=code))
        draft.coupon_code = code


def save_answers(
    token: str,
    *,
    statement_code: str,
    answers: dict[int, str],
    declared: Declared,
    where: Where,
) -> Step | None:
    """Save step 3. A refusal to confirm is written to the register, once.

    Returns:
        The first step that still needs an answer; None when a statement is not confirmed.

    Raises:
        CheckoutOver: there is nothing to answer any more.
        StepMissing: an earlier step needs an answer first.
        Refused: the statement has a new version and has to be read again, or something asked is missing.
    """
    with writing(joins=True) as session:
        draft, lines, version = _open(session, token, Step.RESEARCH_USE)
        if version.code != statement_code:
            raise Refused(_("A new version of the statement is in force. Read it and answer again."))
        if set(answers) != {clause.position for clause in version.clauses}:
            raise Refused(_("Answer every statement."))
        confirmed = set(answers.values()) == {"yes"}
        if confirmed:
            _refuse_undeclared(version, declared)
        draft.statement_version_id = version.id
        draft.answers = {str(position): answer for position, answer in answers.items()}
        draft.purpose, draft.signer_role = declared.purpose, declared.signer_role
        draft.signature, draft.approval = declared.signature, declared.approval
        draft.intended_use = declared.intended_use
        draft.signs_electronically = declared.signs_electronically
        facts = answered_facts(draft, lines, version.code)
        draft.answered_facts, draft.answered_about = facts, digest(facts)
        draft.answered_at = clock.now()
        if not confirmed:
            _write_refusal(session, draft, version, lines, where)
            return None
        return next_step(draft, lines, version)


def save_payment(
    token: str, *, method: PaymentMethod, po_number: str, po_file: tuple[str, bytes] | None
) -> Step:
    """Save step 4; returns the first step that still needs an answer. A file given earlier stays until a new
    one comes.

    Args:
        po_file: name and bytes of the purchase order, already examined.

    Raises:
        CheckoutOver: there is nothing to answer any more.
        StepMissing: an earlier step needs an answer first.
    """
    sha256 = files.store().put(po_file[1]) if po_file else None
    with writing(joins=True) as session:
        draft, lines, version = _open(session, token, Step.PAYMENT)
        draft.payment_method, draft.po_number = method, po_number
        if po_file and sha256:
            files.record(session, sha256, size=len(po_file[1]), media_type="application/pdf")
            draft.po_file_sha256, draft.po_file_name = sha256, po_file[0]
        if method == PaymentMethod.CARD:
            draft.po_number, draft.po_file_sha256, draft.po_file_name = "", None, ""
        return next_step(draft, lines, version)


def has_reached(step: Step, following: Step) -> bool:
    """Whether a step can be answered while `following` is the first that needs an answer."""
    return _ORDER.index(following) >= _ORDER.index(step)


_ORDER = list(Step)


def next_step(draft: CheckoutDraft, lines: Sequence[Line], version: StatementVersion) -> Step:
    """The first step that still needs an answer; Review when none does."""
    if not (draft.name and draft.email and draft.organisation):
        return Step.CONTACT
    if not (draft.country and draft.address_line1 and draft.city and draft.delivery_method):
        return Step.DELIVERY
    if not answers_hold(draft, lines, version):
        return Step.RESEARCH_USE
    if draft.payment_method is None:
        return Step.PAYMENT
    return Step.REVIEW


def answers_hold(draft: CheckoutDraft, lines: Sequence[Line], version: StatementVersion) -> bool:
    """Whether every statement in force was confirmed, within a year, for just these facts."""
    return (
        draft.statement_version_id == version.id
        and set(draft.answers) == {str(clause.position) for clause in version.clauses}
        and set(draft.answers.values()) == {"yes"}
        and draft.answered_about == digest(answered_facts(draft, lines, version.code))
        and (draft.answered_at is None or clock.now() - draft.answered_at < ANSWERS_HOLD)
    )


def answered_facts(draft: CheckoutDraft, lines: Sequence[Line], statement_code: str) -> dict[str, Plain]:
    """What research-use answers hold for: a change of any of this asks again."""
    return {
        "lines": sorted([line.size.sku, line.quantity] for line in lines),
        "destination": list(review.address(draft)),
        "organisation": draft.organisation,
        "statement": statement_code,
    }


def why_asked_again(draft: CheckoutDraft, lines: Sequence[Line], version: StatementVersion) -> list[str]:
    """What has changed since the answers were given, a sentence each; nothing when none were given yet."""
    if not draft.answers or answers_hold(draft, lines, version):
        return []
    before, now = draft.answered_facts, answered_facts(draft, lines, version.code)
    sentences = []
    if before.get("statement") != now["statement"]:
        sentences.append(_("A new version of the statement is in force."))
    if before.get("lines") != now["lines"]:
        items = [sku for sku, _quantity in before.get("lines", [])]
        same = items == sorted(line.size.sku for line in lines)
        sentences.append(_("The quantity has changed.") if same else _("The items have changed."))
    if before.get("destination") != now["destination"]:
        country = before.get("destination", [""])[-1:] != list(review.address(draft))[-1:]
        sentences.append(
            _("The country of delivery has changed.") if country else _("The delivery address has changed.")
        )
    if before.get("organisation") != now["organisation"]:
        sentences.append(_("The organisation has changed."))
    if draft.answered_at is not None and clock.now() - draft.answered_at >= ANSWERS_HOLD:
        sentences.append(_("You answered more than 12 months ago."))
    return sentences


def _refuse_undeclared(version: StatementVersion, declared: Declared) -> None:
    """Refuse a signature without what the statement asks beside its clauses."""
    if Asked.APPROVAL in version.asks and not declared.approval:
        raise Refused(_("Name the approval for work with animals, or say that there is none."))
    if Asked.INTENDED_USE in version.asks and len(declared.intended_use) < LEAST_OWN_WORDS:
        raise Refused(_("Describe the intended use in %(least)s characters or more.", least=LEAST_OWN_WORDS))
    if Asked.ELECTRONIC in version.asks and not declared.signs_electronically:
        raise Refused(_("Agree to sign electronically, or write to us."))


def check_destination(
    session: Session, lines: Sequence[Line], country: str, *, region: str = "", postcode: str = ""
) -> list[DestinationRule]:
    """Refuse an address the shop, or an item of the cart, is not sent to.

    Returns:
        The rules that ask for a licence; an order under one is held.

    Raises:
        DestinationRefused: names the items and the rule.
    """
    name = destinations.country_name(country)
    rules = destinations.of_country(session, country)
    if not destinations.delivers(rules):
        raise DestinationRefused(_("We do not deliver to %(country)s.", country=name))
    by_compound = {line.size.compound_id: line.size for line in lines}
    fields = {compound: size.category_id for compound, size in by_compound.items()}
    found = destinations.applying(rules, fields, region=region, postcode=postcode)
    refused = [(rule, about) for rule, about in found if rule.effect == DestinationEffect.REFUSE]
    if refused:
        raise DestinationRefused(
            " ".join(
                _(
                    "We do not send %(product)s to %(country)s: %(reason)s",
                    product=", ".join(by_compound[each].product_name for each in sorted(about)),
                    country=_("this part of %(country)s", country=name) if rule.places else name,
                    reason=rule.reason,
                )
                for rule, about in refused
            ),
            skus=tuple(
                line.size.sku
                for line in lines
                if any(line.size.compound_id in about for _rule, about in refused)
            ),
        )
    return [rule for rule, _about in found if rule.effect == DestinationEffect.LICENCE]


def _open(session: Session, token: str, step: Step) -> tuple[CheckoutDraft, Sequence[Line], StatementVersion]:
    """A checkout in which a step is answered now, with its lines and the statement in force.

    Raises:
        CheckoutOver: the order was placed, or draft or cart are gone.
        StepMissing: an earlier step needs an answer first.
    """
    draft = load_open(session, token)
    if draft is None:
        if placed_order(session, token) is not None:
            raise CheckoutOver(_("This order has been placed already."))
        raise CheckoutOver(_("This checkout is over. Start again from the cart."))
    found = cart.load(session, draft.cart_id)
    if found is None:
        raise CheckoutOver(_("Your cart is empty."))
    # No answer changes what orders refer to, so one look at it serves for all of it.
    stamps.look(session)
    version = statements.in_force(session)
    following = next_step(draft, found.lines, version)
    if not has_reached(step, following):
        raise StepMissing(following)
    draft.changed_at = clock.now()
    return draft, found.lines, version


def _write_refusal(
    session: Session,
    draft: CheckoutDraft,
    version: StatementVersion,
    lines: Sequence[Line],
    where: Where,
) -> None:
    about = digest({"about": draft.answered_about, "answers": dict(draft.answers)})
    if draft.declined_about == about:
        return
    draft.declined_about = about
    register.append(
        session,
        record_id=random_reference(),
        statement=statements.fill_in(
            version,
            organisation=draft.organisation,
            country=destinations.country_name(draft.country),
        ),
        answers={int(position): answer for position, answer in draft.answers.items()},
        purpose=draft.purpose,
        content={
            "lines": [[line.size.sku, line.quantity] for line in lines],
            "country": draft.country,
            "signed_electronically": draft.signs_electronically,
        },
        signer=signer(draft, where),
        order_reference=None,
        at=clock.now(),
    )


def signer(draft: CheckoutDraft, where: Where) -> register.Signer:
    """Who signed a draft's answers."""
    return register.Signer(
        typed_name=draft.signature,
        role=draft.signer_role,
        organisation=draft.organisation,
        email=draft.email,
        delivery_address="\n".join(review.address(draft)),
        ip_address=where.ip_address,
        user_agent=where.user_agent[:400],
        locale=where.locale,
        approval=draft.approval,
        intended_use=draft.intended_use,
    )
