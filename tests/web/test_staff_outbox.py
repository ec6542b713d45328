"""The desk of the outbox, the jobs, and what a process manager asks."""

from __future__ import annotations

import shutil
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from at_a_desk import an_order, at_desk, queries
from flask import Flask
from flask.testing import FlaskClient
from reading_pages import follow, words
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from shop import cli, worker
from shop.core import clock, jobs, migrations, outbox, outbox_desk, webhook_desk, webhooks
from shop.core.database import db, reading, writing
from shop.core.heartbeat import Heartbeat
from shop.core.jobs import Timetable
from shop.core.outbox import Claimed, OutboxMessage, Undeliverable
from shop.web import health


@pytest.fixture
def desk(web_app: Flask) -> FlaskClient:
    return at_desk(web_app, "sales")


def refuse(message: Claimed) -> None:
    """A mail server that knows nobody."""
    raise Undeliverable("mail server: 550 no such mailbox", status=550)


def dead_letter(app: Flask) -> int:
    """The letter of an order that no server takes."""
    placed = an_order(app)
    with app.app_context():
        outbox.send_due({"mail": refuse})
        with reading() as session:
            return session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.subject == f"order/{placed.number}")
            ).one()


def test_a_dead_letter_is_on_the_dashboard_and_is_replayed_with_a_reason(
    web_app: Flask, desk: FlaskClient
) -> None:
    number = dead_letter(web_app)
    assert "1 Mail and webhooks that could not be sent" in words(desk.get("/staff"))
    page = desk.get("/staff/outbox")
    assert "550 no such mailbox" in words(page)
    address = f"/staff/outbox/{number}"
    assert address in page.text
    message = words(desk.get(address))
    assert "Failed, and given up, answer 550" in message
    assert "SMX-2609-B" in message, "the letter itself"

    without = desk.post(address, data={"do": "replay", "reason": ""})
    assert (without.status_code, "Give a reason" in words(without)) == (400, True)
    odd = desk.post(address, data={"do": "burn", "reason": "x"})
    assert (odd.status_code, "Choose whether" in words(odd)) == (400, True)
    assert desk.post(address, data={"do": "replay", "reason": "a new mailbox"}).status_code == 303
    with web_app.app_context():
        worker.turn(Timetable())
    page = desk.get(address)
    assert "Sent again by" in words(page) and "a new mailbox" in words(page)
    assert "Try again now" not in page.text
    assert "0 Mail and webhooks that could not be sent" in words(desk.get("/staff"))


def test_dismissing_lets_the_next_letter_of_the_order_go(web_app: Flask, desk: FlaskClient) -> None:
    number = dead_letter(web_app)
    with web_app.app_context(), writing() as session:
        about = session.scalars(select(OutboxMessage.subject).where(OutboxMessage.id == number)).one()
        outbox.write(session, kind="mail", key="mail/later/1", subject=about, payload={})
        later = session.scalars(select(OutboxMessage.id).where(OutboxMessage.key == "mail/later/1")).one()
    assert "It waits for an earlier message" in words(desk.get(f"/staff/outbox/{later}"))
    desk.post(f"/staff/outbox/{number}", data={"do": "dismiss", "reason": "told by telephone"})
    assert "It waits for an earlier message" not in words(desk.get(f"/staff/outbox/{later}"))
    assert str(number) in desk.get("/staff/outbox?view=dismissed").text
    with web_app.app_context():
        outbox_desk.dismiss(later, actor="s@shop.example", reason="only a test")


def test_all_dead_letters_of_a_search_are_replayed(web_app: Flask, desk: FlaskClient) -> None:
    dead_letter(web_app)
    assert "No message matches" in words(desk.get("/staff/outbox?q=nobody@lab.example"))
    assert (
        desk.post("/staff/outbox/replay-dead?q=nobody@lab.example", data={"reason": "x"}).status_code == 303
    )
    assert "Send all of these again" in words(desk.get("/staff/outbox?q=I.Brandsma@vima.example"))
    assert desk.post("/staff/outbox/replay-dead", data={"reason": ""}).status_code == 400
    desk.post("/staff/outbox/replay-dead", data={"reason": "the server is back"})
    assert "The mail server" not in words(desk.get("/staff/outbox"))
    assert "No message here" in words(desk.get("/staff/outbox"))


def test_the_desk_takes_as_many_queries_for_many_messages_as_for_one(
    web_app: Flask, desk: FlaskClient
) -> None:
    def fill(first: int, count: int) -> None:
        with web_app.app_context(), writing() as session:
            for number in range(first, first + count):
                outbox.write(session, kind="mail", key=f"mail/x/{number}", subject=f"x/{number}", payload={})

    fill(0, 1)
    one = queries(web_app, desk, "/staff/outbox?view=waiting")
    fill(1, 60)
    assert queries(web_app, desk, "/staff/outbox?view=waiting") == one
    page = words(desk.get("/staff/outbox?view=waiting&page=2"))
    assert "51 to 61 of 61" in page
    for odd in ("?view=odd", "?page=-1", "?page=99999", "?q=%25_\\", "?q=\x00"):
        assert desk.get(f"/staff/outbox{odd}").status_code == 200
    for number in ("0", "999999"):
        assert desk.get(f"/staff/outbox/{number}").status_code == 404


# Jobs and workers


def failing() -> object:
    raise ZeroDivisionError("a defect")


def well() -> int:
    return 3


def test_a_job_that_fails_is_seen_by_staff_and_stops_no_other(
    web_app: Flask, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {
        "break": jobs.Job("break", timedelta(0), failing),
        "work": jobs.Job("work", timedelta(0), well),
    }
    monkeypatch.setattr(jobs, "_jobs", table)
    timetable = Timetable()
    with web_app.app_context():
        for _turn in range(3):
            worker.turn(timetable)
        with reading() as session:
            states = {each.name: (each.failures, each.result, each.error) for each in jobs.states(session)}
        assert states == {
            "break": (3, "", "ZeroDivisionError: a defect"),
            "work": (0, "3", None),
        }
    assert "1 Background jobs that fail" in words(desk.get("/staff"))
    assert "ZeroDivisionError: a defect" in words(desk.get("/staff/jobs"))
    table["break"].run = well
    with web_app.app_context():
        worker.turn(timetable)
    assert "0 Background jobs that fail" in words(desk.get("/staff"))


def test_a_database_that_fails_one_job_lets_the_next_one_run(
    web_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadlock() -> object:
        raise OperationalError("UPDATE", {}, Exception("deadlock detected"))

    ran: list[str] = []
    table = {
        "first": jobs.Job("first", timedelta(0), deadlock),
        "second": jobs.Job("second", timedelta(0), lambda: ran.append("second")),
    }
    monkeypatch.setattr(jobs, "_jobs", table)
    with web_app.app_context():
        worker.turn(Timetable())
    assert ran == ["second"]


def test_a_worker_that_is_told_to_stop_finishes_its_message_and_leaves_no_claim(
    web_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_app.app_context(), writing() as session:
        for number in range(3):
            outbox.write(session, kind="mail", key=f"m/{number}", subject=f"m/{number}", payload={})
    stop = threading.Event()
    taken: list[str] = []

    def told_while_sending(message: Claimed) -> None:
        taken.append(message.key)
        stop.set()

    monkeypatch.setattr(worker, "senders", lambda: {"mail": told_while_sending})
    monkeypatch.setattr(jobs, "_jobs", {})
    worker.work(web_app, stop)
    with web_app.app_context(), reading() as session:
        rows = {row.key: row for row in session.scalars(select(OutboxMessage))}
        assert taken == ["m/0"]
        assert rows["m/0"].sent_at is not None
        assert [row.claimed_until for row in rows.values()] == [None, None, None]


def test_work_once_sends_what_is_due_and_says_when_a_job_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert cli.main(["migrate"]) == 0
    monkeypatch.setattr(jobs, "_jobs", {"work": jobs.Job("work", timedelta(0), well)})
    assert cli.main(["work", "--once"]) == 0
    jobs._jobs["break"] = jobs.Job("break", timedelta(0), failing)
    assert cli.main(["work", "--once"]) == 1
    capsys.readouterr()

    from shop import create_core

    with create_core().app_context():
        with writing() as session:
            outbox.write(
                session,
                kind="mail",
                key="mail/x/1",
                subject="order/10001",
                payload={},
                recipient="a@b.example",
            )
        db.session.remove()
    assert cli.main(["outbox", "list", "--view", "waiting", "--find", "10001"]) == 0
    number = capsys.readouterr().out.split("\t")[0]
    assert cli.main(["outbox", "replay", "--reason", "x"]) == 1
    assert cli.main(["outbox", "dismiss", number, "--reason", "never asked for"]) == 0
    assert cli.main(["outbox", "replay", number, "--reason", "x"]) == 1
    assert "Look again" in capsys.readouterr().err
    assert cli.main(["outbox", "replay", "--all-dead", "--reason", "x"]) == 0


# Health


def fresh(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, str]]:
    """What `/readyz` says now: its status, and what is missing."""
    monkeypatch.setattr(health, "_last", (0.0, "", []))
    answer = client.get("/readyz")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    found = {name: each["why"] for name, each in answer.json["checks"].items() if not each["ok"]}
    return answer.status_code, found


def test_the_shop_is_ready_when_a_worker_lives_and_the_disk_has_room(
    web_app: Flask, web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, missing = fresh(web, monkeypatch)
    assert (status, set(missing)) == (503, {"worker"})
    heartbeat = Heartbeat()
    with web_app.app_context():
        heartbeat.beat()
    assert fresh(web, monkeypatch) == (200, {})
    with clock.shifted(timedelta(minutes=3)):
        assert set(fresh(web, monkeypatch)[1]) == {"worker"}
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1024))
    assert set(fresh(web, monkeypatch)[1]) == {"disk"}
    with web_app.app_context():
        heartbeat.end()
    assert set(fresh(web, monkeypatch)[1]) == {"disk", "worker"}


def test_a_database_that_is_away_makes_the_shop_unready_and_not_dead(
    web_app: Flask, web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> str:
        raise OperationalError("SELECT 1", {}, Exception("could not connect to 10.0.0.7 as secret_user"))

    monkeypatch.setattr(health, "_database", away)
    status, missing = fresh(web, monkeypatch)
    assert status == 503
    assert missing["database"] == "the database does not answer"
    assert "secret_user" not in web.get("/readyz").text
    assert (web.get("/livez").status_code, web.get("/livez").json) == (200, {"live": True})


def test_an_old_schema_is_not_ready(
    web_app: Flask, web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "is_current", lambda: False)
    assert "migrations" in fresh(web, monkeypatch)[1]


def test_a_message_is_cleared_from_the_desk_too(web_app: Flask, desk: FlaskClient) -> None:
    placed = an_order(web_app)
    with web_app.app_context():
        worker.turn(Timetable())
        with writing() as session:
            session.execute(
                update(OutboxMessage)
                .values(sent_at=clock.now() - timedelta(days=91))
                .where(OutboxMessage.subject == f"order/{placed.number}")
            )
        assert outbox_desk.clear_old() == 1
        with reading() as session:
            number = session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.subject == f"order/{placed.number}")
            ).one()
    page = words(desk.get(f"/staff/outbox/{number}"))
    assert "That it was sent stays known" in page
    assert "SMX-2609-B" not in page


def test_a_webhook_is_registered_its_secret_shown_once_and_everything_refused_in_words(
    web_app: Flask, desk: FlaskClient
) -> None:
    form = {"url": "https://erp.example/hooks", "note": "ERP", "types": ["order.paid", "lot.recalled"]}
    made = desk.post("/staff/webhooks/add", data=form)
    assert (made.status_code, "whsec_" in made.text) == (200, True)
    assert made.headers["Cache-Control"] == "no-store"
    assert "https://erp.example/hooks" in words(desk.get("/staff/webhooks"))
    page = desk.get("/staff/webhooks/1")
    assert "whsec_" not in page.text
    for odd in (
        {**form, "url": ""},
        {**form, "url": "http://erp.example/"},
        {**form, "types": []},
        {**form, "types": ["order.burnt"]},
        {**form, "note": "x" * 200},
    ):
        for address in ("/staff/webhooks/add", "/staff/webhooks/1"):
            answer = desk.post(address, data=odd)
            assert (answer.status_code, "There is a problem" in words(answer)) == (400, True), odd
    assert desk.post("/staff/webhooks/1", data={**form, "note": "Ledger"}).status_code == 303
    assert "Ledger" in words(desk.get("/staff/webhooks/1"))
    assert "whsec_" in desk.post("/staff/webhooks/1", data={"do": "rotate"}).text
    for step in ("test", "pause", "resume"):
        assert desk.post("/staff/webhooks/1", data={"do": step}).status_code == 303
    assert desk.post("/staff/webhooks/1", data={"do": "end"}).headers["Location"] == "/staff/webhooks"
    assert "dismissed" in words(desk.get("/staff/webhooks"))
    assert desk.get("/staff/webhooks/1").status_code == 404


def test_a_delivered_event_is_sent_again_from_its_page(web_app: Flask, desk: FlaskClient) -> None:
    with web_app.app_context():
        hook, _secret = webhook_desk.register(
            url="https://erp.example/hooks", note="", types=webhooks.TYPES, actor="t@shop.example"
        )
        webhook_desk.test(hook, actor="t@shop.example")
        with reading() as session:
            number = session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "webhook")).one()
    page = f"/staff/outbox/{number}"
    assert "Send it again" not in words(desk.get(page))
    refused = desk.post(page, data={"do": "again", "reason": "lost"})
    assert (refused.status_code, "Only an event that was delivered" in words(refused)) == (400, True)
    with web_app.app_context():
        outbox.send_due({"webhook": lambda _message: None})
    assert "with the same id and content" in words(desk.get(page))
    assert desk.post(page, data={"do": "again", "reason": ""}).status_code == 400
    told = words(follow(desk, desk.post(page, data={"do": "again", "reason": "their restore"})))
    assert "The event is on its way again, with the same id." in told
    with web_app.app_context(), reading() as session:
        found = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "webhook")).all()
        assert len(found) == 2
        assert found[0].payload == found[1].payload and found[1].sent_at is None
