"""Sending events to the shop: signed, from several threads so in no fixed order, again until it says 2xx."""

from __future__ import annotations

import heapq
import http.client
import itertools
import secrets
import threading
import time
from urllib.parse import urlsplit

import stripe

from .account import Account
from .writing import written

WORKERS = 4
TIMEOUT = 10.0
"""Seconds the shop has to answer."""
RETRIES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0)
"""Seconds before each further try. Stripe's take three days; here the last is after four minutes."""
JITTER = 0.03
"""Seconds within which events of one moment leave in random order."""

random = secrets.SystemRandom()


class Webhooks:
    """The one webhook endpoint of an account; without an address nothing is sent."""

    def __init__(self, account: Account, url: str | None, secret: str) -> None:
        self._account = account
        self.url = url
        """The address, if there is one."""
        self._secret = secret
        self._wake = threading.Condition()
        self._queue: list[tuple[float, int, str]] = []
        self._ticket = itertools.count()
        self._busy = 0
        self._closed = False
        self.holding = False
        """While true, new events are kept back."""
        if url is None:
            return
        account.on_events = self._take
        with account.changing():
            self._take(
                [id_ for id_, d in account.deliveries.items() if d["state"] in {"pending", "held", "failed"}]
            )
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"webhook-{number}", daemon=True).start()

    def close(self) -> None:
        """Stop sending; what is not delivered waits for the next start."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until nothing is left to send; whether that came within so many seconds."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._queue and self._busy == 0, timeout)

    def forget(self) -> None:
        """Drop everything still to be sent, and stop holding."""
        with self._wake:
            self._queue.clear()
            self.holding = False
            self._wake.notify_all()

    def _take(self, event_ids: list[str]) -> None:
        """New events, or at the start those left over; called with the account locked."""
        for event_id in event_ids:
            delivery = self._account.deliveries[event_id]
            self._account.touch(event_id)
            delivery.update(state="held" if self.holding else "pending", attempts=0)
            self._account.objects[event_id]["pending_webhooks"] = 1
            if not self.holding:
                self._enqueue(event_id, delivery["after"] + random.uniform(0, JITTER))

    def _enqueue(self, event_id: str, delay: float) -> None:
        with self._wake:
            heapq.heappush(self._queue, (time.monotonic() + delay, next(self._ticket), event_id))
            self._wake.notify_all()

    def _work(self) -> None:
        while (event_id := self._next()) is not None:
            self.deliver(event_id)
            with self._wake:
                self._busy -= 1
                self._wake.notify_all()

    def _next(self) -> str | None:
        """Wait for the next event that is due; None when closed."""
        with self._wake:
            while not self._closed:
                if not self._queue:
                    self._wake.wait()
                elif (wait := self._queue[0][0] - time.monotonic()) > 0:
                    self._wake.wait(wait)
                else:
                    self._busy += 1
                    return heapq.heappop(self._queue)[2]
            return None

    def deliver(self, event_id: str) -> int | None:
        """Send an event now; the shop's HTTP status, or None where there was none.

        What has never been taken is tried again until `RETRIES` are used up.
        """
        with self._account.lock:
            event = self._account.objects.get(event_id)
            if event is None or self.url is None:
                return None
            payload = written(event)
        status = _post(self.url, payload, self._secret)
        with self._account.changing():
            delivery = self._account.deliveries.get(event_id)
            if delivery is None:
                return status
            self._account.touch(event_id)
            delivery.update(attempts=delivery["attempts"] + 1, status=status)
            if status is not None and 200 <= status < 300:
                delivery["state"] = "delivered"
                self._account.objects[event_id]["pending_webhooks"] = 0
            elif delivery["state"] != "delivered" and delivery["attempts"] <= len(RETRIES):
                delivery["state"] = "pending"
                self._enqueue(event_id, RETRIES[delivery["attempts"] - 1])
            elif delivery["state"] != "delivered":
                delivery["state"] = "failed"
        return status

    def send_again(self, event_id: str) -> None:
        """Send an event once more, soon, whatever became of it before."""
        self._enqueue(event_id, 0.0)

    def release(self, order: str, drop: set[str]) -> list[str]:
        """Stop holding and send what was held, one after another; gives back the ids sent.

        `order` is `as_made`, `reversed` or `shuffled`. `drop` names ids or types never to send; `*` is all.
        """
        sent = []
        with self._account.changing():
            self.holding = False
            for id_, delivery in self._account.deliveries.items():
                if delivery["state"] == "held":
                    if drop & {"*", id_, self._account.objects[id_]["type"]}:
                        self._account.touch(id_)
                        delivery["state"] = "dropped"
                    else:
                        sent.append(id_)
        if order == "shuffled":
            random.shuffle(sent)
        elif order == "reversed":
            sent.reverse()
        for id_ in sent:
            self.deliver(id_)
        return sent


def _post(url: str, payload: str, secret: str) -> int | None:
    """POST a signed event to just this address: no redirect is followed and no proxy used."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (stand-in)",
        "Stripe-Signature": stripe.WebhookSignature.generate_signature_header(payload, secret),
    }
    try:
        connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", payload, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
