"""One Stripe account: its objects, events and remembered replies, in memory and in a file of JSON lines."""

from __future__ import annotations

import copy
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import stripe

from .errors import StripeError, no_such

Json = dict[str, Any]

TABLES = ("objects", "notes", "replies", "deliveries")


class Account:
    """The books of the stand-in, changed only inside `changing()`.

    With a path every change is appended to that file as a line of JSON, so that a large account stays quick.
    At the start the lines are read back and made one; a last line cut short counts as not written.
    """

    def __init__(self, path: Path | None, *, public_url: str) -> None:
        self.public_url = public_url.rstrip("/")
        self.lock = threading.RLock()
        self.request: Json = {"id": None, "idempotency_key": None}
        """The API request at work, as events name it."""
        self.on_events: Callable[[list[str]], None] | None = None
        self._path = path
        self._fresh: list[str] = []
        self._touched: dict[str, None] = {}
        self._empty()
        if path is not None and path.exists():
            self._read(path)
        self._rewrite()

    def _empty(self) -> None:
        self.objects: dict[str, Json] = {}
        """Every object by its id, exactly as the API shows it, in the order made."""
        self.notes: dict[str, Json] = {}
        """What the stand-in knows about an object beyond what the API shows, by id."""
        self.replies: dict[str, Json] = {}
        """Remembered replies by idempotency key."""
        self.deliveries: dict[str, Json] = {}
        """How far the webhook of each event has come, by event id."""
        self.debits: dict[str, int] = {}
        """When a bank answers by itself to a debit, in seconds since 1970, by PaymentIntent."""
        self.clock_offset = 0
        """Seconds by which this account's clock is ahead."""

    def clear(self) -> None:
        """Forget everything."""
        self._empty()
        self._rewrite()

    def now(self) -> int:
        """Seconds since 1970 by this account's clock."""
        return int(time.time()) + self.clock_offset

    @contextmanager
    def changing(self, *, save: bool = True) -> Iterator[None]:
        """Hold the books for one change; at its end new events go out and the change is saved.

        With `save=False` it is saved only where an event was made.
        """
        with self.lock:
            try:
                yield
            finally:
                fresh, self._fresh = self._fresh, []
                if fresh and self.on_events is not None:
                    self.on_events(fresh)
                if self._path is not None and (save or fresh):
                    with self._path.open("a", encoding="utf-8") as file:
                        file.write(self._line(self._touched))
                self._touched.clear()

    def _line(self, keys: Iterable[str]) -> str:
        change: Json = {"clock_offset": self.clock_offset}
        for name in TABLES:
            table = getattr(self, name)
            change[name] = {key: table[key] for key in keys if key in table}
        return json.dumps(change) + "\n"

    def _read(self, path: Path) -> None:
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                change = json.loads(line)
                self.clock_offset = change["clock_offset"]
                for name in TABLES:
                    getattr(self, name).update(change[name])
        self.debits = {
            id_: known["answers_at"] for id_, known in self.notes.items() if known.get("answers_at")
        }

    def _rewrite(self) -> None:
        """Replace the file by one line that holds everything."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(self._path.name + ".new")
        everything = [key for name in TABLES for key in getattr(self, name)]
        draft.write_text(self._line(everything), encoding="utf-8")
        draft.replace(self._path)

    def touch(self, key: str) -> None:
        """Save, at the end of this change, what the tables hold under this key."""
        self._touched[key] = None

    def add(self, obj: Json) -> Json:
        """Keep a new object under its id."""
        self.objects[obj["id"]] = obj
        self.touch(obj["id"])
        return obj

    def find(self, kind: str, id_: str) -> Json:
        """The object of this kind with this id, to read or change; StripeError (404) where there is none."""
        found = self.objects.get(id_)
        if found is None or found["object"] != kind or found.get("deleted"):
            raise no_such(kind, id_)
        self.touch(id_)
        return found

    def named(self, kind: str, id_: str, param: str) -> Json:
        """The object that a parameter names; StripeError (400) where there is none."""
        try:
            return self.find(kind, id_)
        except StripeError:
            raise no_such(kind, id_, param, 400) from None

    def delete(self, kind: str, id_: str) -> Json:
        """Delete an object; gives back what Stripe shows of one that is gone."""
        self.find(kind, id_)
        gone = self.objects[id_] = {"id": id_, "object": kind, "deleted": True}
        return gone

    def all(self, kind: str) -> list[Json]:
        """Every object of this kind, newest first."""
        return [
            obj for obj in reversed(self.objects.values()) if obj["object"] == kind and not obj.get("deleted")
        ]

    def note(self, id_: str, **known: Any) -> None:
        """Add to the side notes about an object."""
        self.notes.setdefault(id_, {}).update(known)
        self.touch(id_)

    def emit(self, kind: str, obj: Json, *, after: float = 0.0, before: Json | None = None) -> None:
        """Make an event that shows the object as it is now; its webhook leaves after so many seconds.

        With `before`, a copy of the object as it was, the event says what was changed.
        """
        data = {"object": copy.deepcopy(obj)}
        if before is not None:
            data["previous_attributes"] = {
                name: value for name, value in before.items() if obj.get(name) != value
            }
        event: Json = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": stripe.api_version,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self.request),
            "type": kind,
        }
        self.add(event)
        self.deliveries[event["id"]] = {"state": "no endpoint", "attempts": 0, "status": None, "after": after}
        self._fresh.append(event["id"])


def new_id(prefix: str, *, random_bytes: int = 12) -> str:
    """A new id such as `pi_` and 24 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(random_bytes)}"
