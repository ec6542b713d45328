"""`aliquot sync-payments`: what it prints, and with what exit code it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from builders import make_lot, make_size, order_for
from flask import Flask
from sqlalchemy import select
from stripe_beside import KEY, WEBHOOK_SECRET, Stripe

import shop
from config import Settings
from shop import cli
from shop.core.database import db, reading, writing
from shop.ordering.models import Order, PaymentMethod, PaymentState
from shop.ordering.placement import Placed
from shop.payments import attempts
from shop.payments.models import AttemptState, PaymentAttempt

Command = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def sync_payments(
    card_shop: Flask,
    shop_settings: Settings,
    stripe_stand_in: Stripe,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """The command as a person runs it: its exit code, the lines it prints, and what it says beside them."""
    for name, value in {
        "DATA_DIR": str(shop_settings.data_dir),
        "DATABASE_URL": shop_settings.database_url,
        "SECRET_KEY": shop_settings.secret_key,
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "STRIPE_API_BASE": stripe_stand_in.address,
    }.items():
        monkeypatch.setenv(name, value)
    apps: list[Flask] = []
    create = shop.create_core

    def kept(*arguments: Settings) -> Flask:
        apps.append(create(*arguments))
        return apps[-1]

    monkeypatch.setattr(shop, "create_core", kept)

    def run(*arguments: str) -> tuple[int, list[str], str]:
        capsys.readouterr()
        code = cli.main(["sync-payments", *arguments])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err

    yield run
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def a_card_order() -> Placed:
    sku = make_size(price_minor=4600)
    make_lot(sku, 10)
    return order_for({sku: 2}, method=PaymentMethod.CARD)


def test_it_names_each_payment_and_what_was_found_and_ends_with_0(
    sync_payments: Command, stripe_stand_in: Stripe
) -> None:
    paid, waits = a_card_order(), a_card_order()
    stripe_stand_in.pay(attempts.start(paid.order_id))
    attempts.start(waits.order_id)
    code, lines, said = sync_payments()
    assert code == 0
    assert lines[:2] == [
        f"order {paid.number}, payment of $106.00: open -> succeeded",
        f"order {waits.number}, payment of $106.00: open",
    ]
    assert "looked at, " in said and "0 still unknown." in said
    with reading() as session:
        assert session.get_one(Order, paid.order_id).payment_state == PaymentState.PAID
    assert sync_payments()[1] == [f"order {waits.number}, payment of $106.00: open"]


def test_it_ends_with_1_while_something_stays_unknown_and_with_0_when_it_is_known(
    sync_payments: Command, stripe_stand_in: Stripe
) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    stripe_stand_in.control("faults", kind="refused", count=60)
    code, lines, said = sync_payments("--order", placed.number)
    assert code == 1
    assert lines == [
        f"order {placed.number}, payment of $106.00: open. The payment provider cannot be reached at the "
        "moment. Try again in a minute."
    ]
    assert "1 looked at, 0 changed, 1 still unknown." in said
    # Of the lists that cannot be read each is named.
    code, lines, said = sync_payments()
    assert (code, "4 looked at, 0 changed, 4 still unknown." in said) == (1, True)
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "pages and payments at Stripe",
        "disputes at Stripe",
        "events at Stripe",
    ]
    stripe_stand_in.mend()
    code, lines, _said = sync_payments("--order", placed.number)
    assert (code, lines) == (0, [f"order {placed.number}, payment of $106.00: open -> succeeded"])


def test_it_tells_of_a_dispute_of_the_order_it_was_asked_about(
    sync_payments: Command, stripe_stand_in: Stripe
) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    sync_payments()
    with reading() as session:
        intent = session.scalars(select(PaymentAttempt.stripe_payment_intent)).one()
    stripe_stand_in.control(f"payments/{intent}/dispute")
    dispute = stripe_stand_in.parts.account.all("dispute")[0]
    _code, lines, _said = sync_payments("--since", "2026-11-01")
    assert lines == [f"dispute {dispute['id']}: not known here -> needs_response"]
    stripe_stand_in.control(f"disputes/{dispute['id']}/close", status="lost")
    _code, lines, _said = sync_payments("--order", placed.number)
    assert lines[-1] == f"dispute {dispute['id']}: needs_response -> lost"


def test_money_of_no_order_is_named_and_put_on_the_desk(
    sync_payments: Command, stripe_stand_in: Stripe
) -> None:
    placed = a_card_order()
    stripe_stand_in.pay(attempts.start(placed.order_id))
    sync_payments()
    account = stripe_stand_in.parts.account
    (intent,) = account.all("payment_intent")
    account.objects["pi_stray"] = {**intent, "id": "pi_stray", "metadata": {"attempt": "lost", "order": "7"}}
    _code, lines, said = sync_payments()
    assert lines == ["payment pi_stray: $106.00 of no attempt known here; put on the desk"]
    assert "1 looked at, 1 changed, 0 still unknown." in said
    assert sync_payments()[1] == []


@pytest.mark.parametrize("number", ["99999", "nonsense", ""])
def test_an_order_that_is_not_there_is_said(sync_payments: Command, number: str) -> None:
    code, lines, said = sync_payments("--order", number)
    assert (code, lines) == (1, [])
    assert f"There is no order {number}." in said


def test_a_day_that_is_none_is_said(sync_payments: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        sync_payments("--since", "soon")
    assert ended.value.code == 2
    assert "'soon' is not a day such as 2026-11-01" in capsys.readouterr().err


def test_a_shop_without_cards_says_so(sync_payments: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    code, lines, said = sync_payments()
    assert (code, lines) == (1, [])
    assert "Payment by card is not set up in this shop." in said


def test_an_outcome_that_was_unknown_is_known_in_one_run(
    sync_payments: Command, stripe_stand_in: Stripe
) -> None:
    placed = a_card_order()
    page = attempts.start(placed.order_id)
    stripe_stand_in.pay(page)
    with writing() as session:
        attempt = session.scalars(select(PaymentAttempt)).one()
        attempt.stripe_session, attempt.page_url = None, None
        attempt.state = AttemptState.UNKNOWN
    code, lines, _said = sync_payments("--order", placed.number)
    assert (code, lines) == (0, [f"order {placed.number}, payment of $106.00: unknown -> succeeded"])
