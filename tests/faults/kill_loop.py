"""Servers and workers killed at random while buyers place, pay and cancel over HTTP, each with a log.

A process that has nothing but the application forks server and worker, waits a moment, kills one of them with
SIGKILL and forks it anew, so many times. The listening socket stays open all the while, as behind a service
manager; what was accepted and not answered is lost, and its buyer does not know what became of it. He notes
what he meant to do before he asks, and what he was told after; what he was told must be so in the end.
"""

from __future__ import annotations

import http.client
import logging
import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urlsplit

import requests
from flask import Flask
from stripe_beside import Stripe
from werkzeug.serving import make_server

from shop import worker
from shop.core.database import db

KILL_AFTER = (0.02, 0.5)
"""Seconds a process lives before it is killed, at least and at most."""
TIMEOUT = 20
AWAY = 503
"""What the shop answers while its database is away; the buyer asks again."""


@dataclass
class Log:
    """What one buyer was told, by checkout."""

    meant: set[str] = field(default_factory=set)
    placed: dict[str, str] = field(default_factory=dict)
    """The address of the order's page, by the key of the browser that placed it."""
    paid: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0


class Trouble:
    """Runs server and worker, forked from a process of their own, and takes something away so many times."""

    def __init__(self, app: Flask, seed: int) -> None:
        self._app, self.seed, self._random = app, seed, random.Random(seed)
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self.listening.getsockname()[1]
        self._roles = {"server": self._serve, "worker": self._work}
        self._running: dict[str, int] = {}
        self._pid = 0
        self._said = -1

    def start(self, times: int) -> None:
        """Begin. Called before any thread is started in this process."""
        self._said, saying = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._said)
            code = 1
            try:
                self._all_day(times, saying)
                code = 0
            finally:
                os._exit(code)
        os.close(saying)

    def wait(self) -> int:
        """Until everything is done; how many times it was. Server and worker run on until `stop`."""
        word = os.read(self._said, 64)
        return int(word or b"0")

    def stop(self) -> None:
        """End what is left."""
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        os.close(self._said)
        self.listening.close()

    def strike(self) -> None:
        """Take something away once, after a moment, and see that it comes back."""
        raise NotImplementedError

    def begin(self, name: str) -> None:
        """Fork server or worker."""
        self._running[name] = _forked(self._roles[name])

    def _all_day(self, times: int, saying: int) -> None:
        for name in self._roles:
            self.begin(name)
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_args: stopped.set())
        for _time in range(times):
            self.strike()
        os.write(saying, str(times).encode())
        stopped.wait()
        for pid in self._running.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _serve(self) -> None:
        server = make_server("127.0.0.1", self.port, self._app, threaded=True, fd=self.listening.fileno())
        server.serve_forever()

    def _work(self) -> None:
        worker.PAUSE_SECONDS = 0.05
        worker.work(self._app, threading.Event())


class Killer(Trouble):
    """Kills server or worker with SIGKILL and begins it anew."""

    def strike(self) -> None:
        """One kill."""
        time.sleep(self._random.uniform(*KILL_AFTER))
        name = self._random.choices(("server", "worker"), weights=(3, 1))[0]
        os.kill(self._running[name], signal.SIGKILL)
        os.waitpid(self._running[name], 0)
        self.begin(name)


def _forked(role: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            role()
        finally:
            os._exit(9)
    return pid


class Buyer:
    """One browser after another: looks, places, pays or cancels, and asks again when nothing was heard."""

    def __init__(self, port: int, stripe: Stripe, keys: list[str], seed: int) -> None:
        self._port, self._stripe, self._keys = port, stripe, keys
        self._random = random.Random(seed)
        self.log = Log()

    def shop_until(self, ended: threading.Event) -> None:
        """Place one order for each key, until the day ends."""
        for key in self._keys:
            if ended.is_set():
                return
            self._one(key, ended)

    def _one(self, key: str, ended: threading.Event) -> None:
        self.log.meant.add(key)
        place = self._place(key, ended)
        if place is None:
            return
        self.log.placed[key] = place
        what = self._random.choice(("pay", "pay", "cancel", "leave"))
        if what == "pay":
            self._pay(key, place, ended)
        elif what == "cancel":
            answer = self._until_answered("POST", _beside(self._own_page(place), "cancel"), key, ended)
            if answer is not None and answer.status == 303:
                self.log.cancelled.add(key)

    def _place(self, key: str, ended: threading.Event) -> str | None:
        """Press the button until an order is confirmed; the address of its page."""
        for _try in range(40):
            page = self._until_answered("GET", "/checkout/review", key, ended)
            if page is None:
                return None
            found = re.search(r'name="shown" value="([^"]*)"', page.text)
            if found is None:
                return None
            answer = self._until_answered(
                "POST", "/checkout/review", key, ended, {"shown": unescape(found[1])}
            )
            if answer is None:
                return None
            if answer.status == 303:
                return answer.location
        return None

    def _own_page(self, place: str) -> str:
        """The order's page at the shop; from Stripe's page one goes *Back* to it."""
        if not place.startswith(self._stripe.address):
            return place
        back = re.search(r'<a href="([^"]*)">Back</a>', requests.get(place, timeout=TIMEOUT).text)
        assert back is not None
        return unescape(back[1])

    def _pay(self, key: str, place: str, ended: threading.Event) -> None:
        if not place.startswith(self._stripe.address):
            return  # by purchase order, or the page could not be opened: there is nothing to pay on
        if self._stripe.pay(place).status_code == 303:
            self.log.paid.add(key)

    def _until_answered(
        self, method: str, path: str, key: str, ended: threading.Event, form: dict[str, str] | None = None
    ) -> Answer | None:
        for _try in range(200):
            try:
                answer = self._ask(method, path, key, form)
            except (OSError, http.client.HTTPException):
                self.log.unanswered += 1
                if ended.is_set():
                    return None
                continue
            self.log.answers[answer.status] += 1
            if answer.status != AWAY:
                return answer
            time.sleep(0.05)
        return None

    def _ask(self, method: str, path: str, key: str, form: dict[str, str] | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        headers = {"Cookie": f"visitor={key}", "Sec-Fetch-Site": "same-origin"}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(form or {}), headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheader("Location") or "", answer.read().decode())
        finally:
            connection.close()


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    location: str
    text: str


def _beside(place: str, action: str) -> str:
    parts = urlsplit(place)
    return f"{parts.path}/{action}?{parts.query}"


def quiet_server() -> None:
    """Keep the server's line for each request out of the test's output."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


def dispose(app: Flask) -> None:
    """Keep no connection that a child would share."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
