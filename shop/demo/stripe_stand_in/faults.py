"""Faults that tests order: the next so many API calls fail in one of the ways a network and a server can."""

from __future__ import annotations

import threading
from dataclasses import dataclass

KINDS = {
    "refused": "this `status` (409, 429, 503 …); not begun, so not remembered under the idempotency key",
    "error_before": "500, nothing done; remembered under the idempotency key, as Stripe remembers 500s",
    "error_after": "500 although all was done; remembered likewise",
    "dropped": "all is done, then the connection closes without a reply",
    "delay": "all is done, the reply waits for so many `seconds`",
}


@dataclass
class Fault:
    """One order: this kind, for the next `count` calls whose method and start of path fit; empty fits all."""

    kind: str
    count: int = 1
    method: str = ""
    path: str = ""
    status: int = 503
    seconds: float = 0.0


class Faults:
    """The orders still open, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Add an order."""
        with self._lock:
            self._orders.append(fault)

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets, if any."""
        with self._lock:
            for fault in self._orders:
                if fault.count > 0 and fault.method in {"", method} and path.startswith(fault.path):
                    fault.count -= 1
                    return fault
        return None
