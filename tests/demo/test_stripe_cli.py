"""What Stripe's own command line sends, sent again: the stand-in answers it as it did, in Stripe's shapes.

`stripe_cli_requests.json` holds what version 1.52.0 sent to the stand-in: each command with its requests, the
status of each answer, and the ids of the objects in it. Ids are new each time, so those of the record are
replaced by those that the same answer has now.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from stripe_shapes import SAMPLES, samples, unlike

from shop.demo.stripe_stand_in import create_stand_in

KEY = "sk_test_specimen"
COMMANDS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "stripe_cli_requests.json").read_text(encoding="utf-8")
)
TRIGGERS = [each for each in COMMANDS if each["command"].startswith("trigger ")]
STORY = [each for each in COMMANDS if not each["command"].startswith("trigger ")]

Json = dict[str, Any]


@pytest.fixture
def stand_in() -> Flask:
    """An empty account, with an address for webhooks at which nobody is."""
    return create_stand_in(
        state_path=None,
        webhook_url="http://127.0.0.1:9/stripe/webhook",
        webhook_secret="whsec_specimen",
        secret_key=KEY,
        public_url="http://127.0.0.1:8420",
    )


class CommandLine:
    """Sends recorded requests."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()
        self._now: dict[str, str] = {}

    def run(self, command: Json) -> list[Json]:
        """Send the requests of a command; each status is the one of the record."""
        return [self._send(command["command"], request) for request in command["requests"]]

    def _send(self, command: str, request: Json) -> Json:
        headers = {"Authorization": f"Bearer {KEY}", "User-Agent": "Stripe/v1 stripe-cli/1.52.0"}
        if "key" in request:
            headers["Idempotency-Key"] = request["key"]
        reply = self._client.open(
            self._as_of_now(request["path"]),
            method=request["method"],
            query_string=self._as_of_now(request.get("query", "")),
            data=self._as_of_now(request.get("body", "")),
            headers=headers,
            content_type="application/x-www-form-urlencoded",
        )
        answer: Json = json.loads(reply.text)
        assert reply.status_code == request["status"], (command, reply.text)
        found = [each.get("id", "") for each in shown(answer)]
        assert len(found) == len(request["ids"]), command
        self._now.update(zip(request["ids"], found, strict=True))
        return answer

    def _as_of_now(self, text: str) -> str:
        for then, now in self._now.items():
            text = text.replace(then, now)
        return text


def shown(answer: Json) -> list[Json]:
    """The objects in an answer: those of a list, itself, or none where it is an error."""
    if answer.get("object") == "list":
        return [each for each in answer["data"] if "id" in each]
    return [answer] if "id" in answer else []


def types(app: Flask) -> list[str]:
    account = app.extensions["stripe_stand_in"].account
    return [event["type"] for event in reversed(account.all("event"))]


@pytest.mark.parametrize("command", TRIGGERS, ids=lambda each: each["command"].partition(" ")[2])
def test_each_trigger_of_the_command_line_makes_its_event(stand_in: Flask, command: Json) -> None:
    CommandLine(stand_in).run(command)
    assert command["command"].partition(" ")[2] in types(stand_in)


def test_a_session_at_the_command_line_goes_as_it_went_with_stripes_own_program(stand_in: Flask) -> None:
    line = CommandLine(stand_in)
    answers = {command["command"]: line.run(command)[-1] for command in STORY}
    errors = Counter(answer["error"]["type"] for answer in answers.values() if "error" in answer)
    assert errors == {"invalid_request_error": 21, "idempotency_error": 1, "card_error": 1}
    for answer in answers.values():
        if "error" in answer:
            assert {"type", "message"} <= answer["error"].keys()
            code = answer["error"].get("code")
            assert (code is None) or answer["error"]["doc_url"].endswith(code.replace("_", "-"))


@pytest.mark.skipif(not SAMPLES.parent.is_dir(), reason="Stripe's samples are not beside the repository")
@pytest.mark.parametrize("commands", [STORY, TRIGGERS], ids=["story", "triggers"])
def test_every_answer_has_the_shape_stripe_publishes(stand_in: Flask, commands: list[Json]) -> None:
    line, shapes, faults = CommandLine(stand_in), samples(), set()
    for command in commands:
        for answer in line.run(command):
            for obj in shown(answer):
                if obj["object"] != "payment_page":
                    kind = f"deleted_{obj['object']}" if obj.get("deleted") else obj["object"]
                    faults |= set(unlike(shapes[kind], obj, kind))
    assert sorted(faults) == []


def test_answers_are_written_as_stripe_writes_them(stand_in: Flask) -> None:
    reply = stand_in.test_client().post(
        "/v1/customers", data={"email": "ilse@lab.example"}, headers={"Authorization": f"Bearer {KEY}"}
    )
    lines = reply.text.splitlines()
    assert lines[1].startswith('  "id": "cus_')
    assert lines[2:4] == ['  "object": "customer",', '  "address": {']
    assert (reply.content_type, reply.headers["Request-Id"][:4]) == ("application/json", "req_")
