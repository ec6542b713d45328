"""Sends one event to one endpoint: over a connection to an address that was looked at first.

An endpoint is an address that a person typed, and the shop stands inside a network that others cannot reach;
so a name is resolved once, every address it has must be a public one, and the connection goes to the very
address that was looked at (a name that answers differently a moment later leads nowhere). Redirects are not
followed, and of the answer only the status is kept.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, update

from shop.core import clock, outbox, webhooks
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.core.webhooks import WebhookEndpoint

SECONDS_TO_ANSWER = 10.0
LARGEST_BODY = 256 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Target:
    """Where an endpoint is."""

    scheme: str
    host: str
    port: int
    path: str


def target(url: str) -> Target:
    """The parts of an endpoint's address.

    Raises:
        Refused: it is no address the shop sends events to.
    """
    refused = Refused(_("Enter a full address that starts with https://, without a name or password in it."))
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 500:
        raise refused
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused from None
    schemes = {"https", "http"} if settings().allow_private_webhooks else {"https"}
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise refused
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path)


def is_public(address: str) -> bool:
    """Whether an IP address is reached over the internet, seen through what may be wrapped in it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return ip.is_global and not ip.is_multicast


def addresses(to: Target) -> list[str]:
    """The IP addresses of an endpoint, all of them such as may be connected to.

    Raises:
        Unreachable: the name is unknown.
        CannotSend: one of them is private, loopback, link-local or otherwise not public.
    """
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise outbox.Unreachable("the name of the endpoint is unknown") from error
    ips = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not settings().allow_private_webhooks and not all(map(is_public, ips)):
        raise outbox.CannotSend(
            "the endpoint is at an address inside a network; events go to public ones only"
        )
    return ips


def send(message: outbox.Claimed) -> int:
    """Send an event and note how the endpoint took it; returns the status.

    Raises:
        Undeliverable: the endpoint was taken away, or the event is too large.
        Unreachable: nobody answered.
        CannotSend: the answer was not 2xx.
    """
    with reading() as session:
        endpoint = session.get(WebhookEndpoint, message.payload["endpoint"])
        if endpoint is None or endpoint.ended_at is not None:
            raise outbox.Undeliverable("the endpoint was taken away")
        endpoint_id, url, secrets = endpoint.id, endpoint.url, webhooks.secrets_in_force(endpoint)
    told = message.payload["event"]
    body = webhooks.body_of(told)
    if len(body) > LARGEST_BODY:
        raise outbox.Undeliverable("the event is too large")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Aliquot-Webhooks/1",
        "Aliquot-Event-Id": told["id"],
        "Aliquot-Signature": webhooks.signature(body, secrets, clock.now()),
    }
    try:
        status = post(url, body, headers)
        if not 200 <= status < 300:
            raise outbox.CannotSend(f"the endpoint answered {status}", status=status)
    except outbox.CannotSend as error:
        _note(endpoint_id, error.status, taken=False)
        raise
    _note(endpoint_id, status, taken=True)
    return status


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body to an address and return the status of the answer, whatever it is.

    Raises:
        CannotSend: the address may not be connected to.
        Unreachable: no whole answer came in time.
    """
    try:
        to = target(url)
    except Refused as error:
        raise outbox.Undeliverable(str(error)) from error
    last: Exception | None = None
    for ip in addresses(to)[:3]:
        try:
            return _over(to, ip, body, headers)
        except (OSError, http.client.HTTPException) as error:
            last = error
    raise outbox.Unreachable(f"no answer: {type(last).__name__}") from last


def _over(to: Target, ip: str, body: bytes, headers: dict[str, str]) -> int:
    bare = socket.create_connection((ip, to.port), timeout=SECONDS_TO_ANSWER)
    # One that sends a byte now and then would never run into the timeout of a single read.
    limit = threading.Timer(SECONDS_TO_ANSWER, _hang_up, [bare])
    limit.start()
    try:
        connection = http.client.HTTPConnection(to.host, to.port, timeout=SECONDS_TO_ANSWER)
        if to.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(bare, server_hostname=to.host)
        else:
            connection.sock = bare
        default = 443 if to.scheme == "https" else 80
        name = f"[{to.host}]" if ":" in to.host else to.host
        host = name if to.port == default else f"{name}:{to.port}"
        connection.request("POST", to.path, body, headers | {"Host": host, "Connection": "close"})
        return connection.getresponse().status
    finally:
        limit.cancel()
        with suppress(OSError):
            bare.close()


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _note(endpoint_id: int, status: int | None, *, taken: bool) -> None:
    moment = clock.now()
    with writing() as session:
        values: dict[str, object] = (
            {"failing_since": None, "taken_at": moment}
            if taken
            else {"failing_since": func.coalesce(WebhookEndpoint.failing_since, moment)}
        )
        session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.id == endpoint_id)
            .values(last_status=status, **values)
            .execution_options(synchronize_session=False)
        )
