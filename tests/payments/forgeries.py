"""Webhooks that Stripe never sent: changed, replayed, signed by somebody else, malformed; and raw requests.

All are made of true events that a shop has not been told, so that one believed would change something.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stripe_beside import WEBHOOK_SECRET

from shop.core import clock

PATH = "/stripe/webhook"
OTHER_SECRETS = ("", "whsec_", "whsec_rolled_out_last_year", WEBHOOK_SECRET.upper(), WEBHOOK_SECRET + "\n")
TOO_LARGE = 300_000
PATIENCE, LONGEST_WAIT = 1.0, 30.0
"""Seconds a raw request waits for an answer before it says that it is at its end, and after."""
NO_ANSWER = 0
"""The server closed the connection without an answer, as it may where a request is not HTTP."""


@dataclass(frozen=True)
class Forgery:
    """One request: its kind, its body, and the signature headers it carries, mostly one."""

    kind: str
    body: bytes
    headers: tuple[str, ...]


def now() -> int:
    return int(clock.now().timestamp())


def digest(body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None) -> str:
    """Stripe's `v1`: HMAC-SHA-256 over time, a dot and the body.

    Source: https://docs.stripe.com/webhooks#verify-manually
    """
    signed = str(now() if at is None else at).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def signed(body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None, scheme: str = "v1") -> str:
    """A signature header that is right unless something else is asked for."""
    moment = now() if at is None else at
    return f"t={moment},{scheme}={digest(body, secret, moment)}"


Maker = Callable[[random.Random, bytes], tuple[bytes, str | tuple[str, ...] | None]]


def _a_bit_flipped(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    changed = bytearray(body)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed), signed(body)


def _cut(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body[: chance.randrange(len(body))], signed(body)


def _lengthened(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body + chance.randbytes(chance.randrange(1, 40)), signed(body)


def _a_field_changed(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    event = json.loads(body)
    about = event["data"]["object"]
    name, value = chance.choice(
        [
            ("id", f"evt_{chance.getrandbits(64):x}"),
            ("type", "checkout.session.completed"),
            ("account", "acct_1"),
            ("created", now()),
            *((each, value) for each in about for value in ("paid", 1, None)),
        ]
    )
    place = event if name in event and name != "object" else about
    if place.get(name, place) == value:
        value = f"{value} "
    place[name] = value
    return json.dumps(event).encode(), signed(body)


def _another_secret(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body, signed(body, chance.choice([*OTHER_SECRETS, f"whsec_{chance.random()}"]))


def _no_secret(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    moment = f"{now()}"
    plain = chance.choice(
        [
            hashlib.sha256(body).hexdigest(),
            hashlib.sha256(f"{moment}.".encode() + body).hexdigest(),
            hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest(),
            hmac.new(WEBHOOK_SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha512).hexdigest(),
            digest(body)[:-1],
            digest(body)[:32],
            "0" * 64,
            "",
        ]
    )
    return body, f"t={moment},v1={plain}"


def _noise(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body, "".join(chance.choice("tv01=,abc é\x7f") for _each in range(chance.randrange(80)))


def _too_old(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body, signed(body, at=now() - chance.choice((310, 3600, 86_400, 10**9)))


def _from_the_future(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body, signed(body, at=now() + chance.choice((310, 3600, 86_400, 10**11)))


def _no_time(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    time = chance.choice(["", "-1", "1e9", "0x5f", " 1", "١٢٣", "9" * 400, f"{now()}.0", "NaN", "None"])
    mac = hmac.new(WEBHOOK_SECRET.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = [f"t={time},v1={mac}", f"v1={mac}", f"t,v1={mac}", f"t={now()},t={time},v1={mac}"]
    return body, chance.choice(headers)


def _a_character_changed(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    header = signed(body)
    place = chance.randrange(len(header))
    sign = chance.choice([sign for sign in "0123456789abcdef,=tv" if sign != header[place]])
    return body, header[:place] + sign + header[place + 1 :]


def _no_header(chance: random.Random, body: bytes) -> tuple[bytes, None]:
    return body, None


def _another_scheme(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body, signed(body, scheme=chance.choice(["v0", "v2", "V1", "v1 ", " v1", "v", ""]))


def _two_headers(chance: random.Random, body: bytes) -> tuple[bytes, tuple[str, ...]]:
    good = signed(body)
    return body, chance.choice([(good, good), (good, signed(body, "whsec_x")), ("", good), (good, "")])


def _of_another_event(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    return body, signed(body.replace(b"evt_", b"evt_0", 1))


def _in_capitals(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    time, mac = signed(body).split(",v1=")
    return body, f"{time},v1={mac.upper()}0"


def _signed_but_no_event(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    """Stripe's secret over what is no event: a fault on the way, or a leaked secret in clumsy hands."""
    event: dict[str, Any] = json.loads(body)
    name = chance.choice(["id", "type", "data"])
    broken: list[bytes] = [
        body[: chance.randrange(len(body))],
        b"\xef\xbb\xbf" + body,
        body.replace(b'"livemode": false', b'"livemode": NaN'),
        b'{"id": "evt_2", ' + body[1:],
        body[:-1] + b"\xff}",
        body.decode().encode("utf-16"),
        b"[" + body + b"]",
        b"[" * 20_000,
        json.dumps(
            {**event, name: chance.choice([None, 7, [], "", "\x00", "../charges", "x" * 500])}
        ).encode(),
        json.dumps({each: value for each, value in event.items() if each != name}).encode(),
        json.dumps({**event, "data": {"object": {**event["data"]["object"], "id": 7}}}).encode(),
        json.dumps(json.dumps(event)).encode(),
        b"",
        b"null",
        b"payload=" + body,
    ]
    made = chance.choice(broken)
    return made, signed(made)


def _signed_but_too_large(chance: random.Random, body: bytes) -> tuple[bytes, str]:
    large = body + b" " * TOO_LARGE
    return large, signed(large)


MAKERS: tuple[Maker, ...] = (
    *(_a_bit_flipped, _cut, _lengthened, _a_field_changed, _another_secret, _no_secret, _noise, _too_old),
    *(_from_the_future, _no_time, _a_character_changed, _no_header, _another_scheme, _two_headers),
    *(_of_another_event, _in_capitals, _signed_but_no_event, _signed_but_too_large),
)
_WEIGHTS = [1 if maker is _signed_but_too_large else 20 for maker in MAKERS]


def forgery(chance: random.Random, events: Sequence[bytes]) -> Forgery:
    """One, by chance, of one of the true events."""
    maker = chance.choices(MAKERS, _WEIGHTS)[0]
    body, header = maker(chance, chance.choice(events))
    headers = () if header is None else (header,) if isinstance(header, str) else header
    return Forgery(maker.__name__.strip("_").replace("_", " "), body, headers)


# Over a socket: what no HTTP library would send.


def _request(
    body: bytes, headers: Sequence[bytes], *, line: bytes = b"POST /stripe/webhook HTTP/1.1"
) -> bytes:
    fixed = (b"Host: 127.0.0.1", b"Content-Type: application/json; charset=utf-8", b"Connection: close")
    return b"\r\n".join([line, *fixed, *headers, b"", b""]) + body


def _signature(header: str) -> bytes:
    return b"Stripe-Signature: " + header.encode("latin-1", "replace").replace(b"\n", b" ")


def _length(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


def _chunks(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def proper(body: bytes, header: str) -> bytes:
    """A request that is right as HTTP."""
    return _request(body, [_length(body), _signature(header)])


CHUNKED = b"Transfer-Encoding: chunked"


def raw(chance: random.Random, events: Sequence[bytes]) -> tuple[str, bytes]:
    """One request as it goes over the wire, and its kind."""
    if chance.random() < 0.5:
        made = forgery(chance, events)
        headers = [_signature(header) for header in made.headers]
        if chance.random() < 0.3:
            return f"{made.kind}, in chunks", _request(_chunks(made.body, 500), [CHUNKED, *headers])
        return made.kind, _request(made.body, [_length(made.body), *headers])
    body = chance.choice(events)
    good, bad = _signature(signed(body)), _signature(signed(body, "whsec_x"))
    own = _length(body)
    kinds: dict[str, bytes] = {
        "a length that is no number": _request(body, [b"Content-Length: many", good]),
        "a negative length": _request(body, [b"Content-Length: -1", good]),
        "a length beyond all numbers": _request(body, [b"Content-Length: " + b"9" * 40, good]),
        "two lengths that differ": _request(body, [own, b"Content-Length: 3", bad]),
        "a length longer than the body": _request(body, [_length(body + b" " * 9), good]),
        "a length shorter than the body": _request(body, [_length(body[:-9]), good]),
        "no length": _request(body, [good]),
        "a length of nothing": _request(body, [b"Content-Length: 0", good]),
        "a length and chunks": _request(_chunks(body, 50), [own, CHUNKED, bad]),
        "a chunk that lies about its size": _request(b"ffff\r\n" + body + b"\r\n0\r\n\r\n", [CHUNKED, good]),
        "a chunk of no number": _request(b"many\r\n" + body + b"\r\n0\r\n\r\n", [CHUNKED, good]),
        "chunks that never end": _request(_chunks(body, 50)[:-7], [CHUNKED, bad]),
        "chunks too large together": _request(_chunks(body + b" " * TOO_LARGE, 9000), [CHUNKED, good]),
        "a large body": _request(body + b" " * TOO_LARGE, [_length(body + b" " * TOO_LARGE), good]),
        "a huge length, and little of it": _request(body, [b"Content-Length: 5000000000", good]),
        "an unknown coding": _request(body, [b"Transfer-Encoding: squeezed", bad]),
        "a long header": _request(body, [own, _signature("t=1," + "v1=0," * 8000)]),
        "a header with a null character": _request(body, [own, b"Stripe-Signature: t=1\x00,v1=0"]),
        "a header folded over two lines": _request(body, [own, good.replace(b",", b",\r\n ")]),
        "a header in no alphabet": _request(body, [own, b"Stripe-Signature: \xff\xfe\xfd"]),
        "one signature twice": _request(body, [own, good, good]),
        "a bad signature, then a good one": _request(body, [own, bad, good]),
        "a good signature, then a bad one": _request(body, [own, good, bad]),
        "another name for the header": _request(body, [own, bad.replace(b"-", b"_", 1)]),
        "a wrong method": _request(body, [own, good], line=b"PUT /stripe/webhook HTTP/1.1"),
        "a question": _request(b"", [good], line=b"GET /stripe/webhook HTTP/1.1"),
        "an invented method": _request(body, [own, good], line=b"PAY /stripe/webhook HTTP/1.1"),
        "another shop's name": _request(body, [own, bad]).replace(b"127.0.0.1", b"shop.example", 1),
        "another version of HTTP": _request(body, [own, bad], line=b"POST /stripe/webhook HTTP/9.9"),
        "no HTTP": chance.randbytes(200),
    }
    kind = chance.choice(list(kinds))
    return kind, kinds[kind]


def answer_to(port: int, request: bytes, *, patience: float = PATIENCE) -> int:
    """Send raw bytes to the shop; the HTTP status, or `NO_ANSWER`.

    Whoever has sent less than he said is waited for; so after a while nothing more is said to come.
    """
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as wire:
        # Where the server has closed already, an answer may still lie there.
        with suppress(OSError):
            wire.sendall(request)
        try:
            answer = _line(wire)
        except TimeoutError:
            wire.settimeout(LONGEST_WAIT)
            wire.shutdown(socket.SHUT_WR)
            answer = _line(wire)
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) == 3 and words[0].startswith(b"HTTP/") else NO_ANSWER


def _line(wire: socket.socket) -> bytes:
    answer = b""
    with suppress(ConnectionError):
        while b"\r\n" not in answer and (part := wire.recv(4096)):
            answer += part
    return answer
