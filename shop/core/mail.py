"""Mail, sent from the outbox: to an SMTP server, or as `.eml` files for a shop without one."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from shop.core import outbox
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _

KIND = "mail"

_ADDRESS = re.compile(r"[^\s@<>()\[\],:;\"\\]+@[^\s@<>()\[\],:;\"\\]+")
"""One plain address: no name, no list, no comment."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A plain-text mail to one person."""

    to: str
    subject: str
    body: str
    attachments: tuple[tuple[str, str], ...] = ()
    """File name and SHA-256 of each document sent along, or the reference of a paper made on sending."""
    is_secret: bool = False
    """It holds a code that opens something: staff do not see its words, and they are deleted within hours."""


class Files(Protocol):
    """What mail needs of the file store."""

    def get(self, sha256: str) -> bytes:
        """The bytes of a document."""


_papers: dict[str, Callable[[str], bytes]] = {}


def paper(kind: str) -> Callable[[Callable[[str], bytes]], Callable[[str], bytes]]:
    """Register how a paper is made from its key, when the letter it goes with is sent."""

    def register(make: Callable[[str], bytes]) -> Callable[[str], bytes]:
        _papers[kind] = make
        return make

    return register


def paper_reference(kind: str, key: str) -> str:
    """What stands among a letter's attachments for a paper that is made on sending."""
    return f"{kind}/{key}"


def _attachment(files: Files, reference: str) -> bytes:
    kind, slash, key = reference.partition("/")
    return _papers[kind](key) if slash else files.get(reference)


def write(session: Session, letter: Letter, *, fact: str, about: str) -> None:
    """Put a letter in the outbox.

    Args:
        fact: what it tells, unique, such as `order-placed/10482`.
        about: whose letters must stay in order, such as `order/10482`.

    Raises:
        Refused: the address is not just one address, or a header would have more than one line.
    """
    message = as_message(letter, fact=fact, about=about)
    outbox.write(
        session,
        kind=message.kind,
        key=message.key,
        subject=message.subject,
        payload=message.payload,
        recipient=message.recipient,
    )


def as_message(letter: Letter, *, fact: str, about: str) -> outbox.Message:
    """A letter as the outbox keeps it, for `outbox.write_many`.

    Raises:
        Refused: the address is not just one address, or a header would have more than one line.
    """
    _refuse_other_headers(letter.to, letter.subject)
    return outbox.Message(
        kind=KIND,
        key=f"mail/{fact}",
        subject=about,
        recipient=letter.to,
        payload={
            "to": letter.to,
            "subject": letter.subject,
            "body": letter.body,
            "attachments": [list(each) for each in letter.attachments],
            **({"is_secret": True} if letter.is_secret else {}),
        },
    )


def _refuse_other_headers(to: str, subject: str) -> None:
    """Refuse what would be a second receiver, or end the line of its header."""
    if not _ADDRESS.fullmatch(to) or _CONTROL.search(to + subject):
        raise Refused(_("“%(address)s” is not an email address.", address=to))


class FolderPost:
    """Writes each mail as an `.eml` file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, message: EmailMessage, *, name: str) -> None:
        """Write the file whole: under another name first, then renamed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{name}.eml"
        part = target.with_suffix(".part")
        part.write_bytes(bytes(message))
        part.rename(target)


class SmtpPost:
    """Hands mail to an SMTP server; `smtps://` from the start, `smtp://` with STARTTLS where offered."""

    def __init__(self, url: str, *, timeout_seconds: float = 10) -> None:
        self.parts = urlsplit(url)
        self.timeout = timeout_seconds

    def deliver(self, message: EmailMessage, *, name: str) -> None:
        """Hand one mail over.

        A refusal of the greeting, the password or the sender is about the shop's own set-up, and is tried
        again whatever its code; a reply of 5xx to the receiver or the text is about this mail, and final
        (RFC 5321, section 4.2.1).

        Raises:
            Unreachable: the server could not be reached, or does not take mail from this shop now.
            Undeliverable: it refused this mail for good.
            CannotSend: it refused this mail for now.
        """
        try:
            with self._connect() as server:
                if self.parts.username:
                    server.login(unquote(self.parts.username), unquote(self.parts.password or ""))
                try:
                    server.send_message(message)
                except smtplib.SMTPNotSupportedError as error:
                    raise outbox.Undeliverable(f"mail server: {error}") from error
                except smtplib.SMTPRecipientsRefused as error:
                    raise _refusal(*next(iter(error.recipients.values()))) from error
                except smtplib.SMTPDataError as error:
                    raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise outbox.Unreachable(f"mail server: {type(error).__name__}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        host, context = self.parts.hostname or "localhost", ssl.create_default_context()
        if self.parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, self.parts.port or 465, timeout=self.timeout, context=context)
        server = smtplib.SMTP(host, self.parts.port or 25, timeout=self.timeout)
        try:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def _refusal(code: int, words: bytes | str) -> outbox.CannotSend:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    kind = outbox.Undeliverable if 500 <= code < 600 else outbox.CannotSend
    return kind(f"mail server: {code} {said}", status=code)


def sender(*, post: FolderPost | SmtpPost, files: Files, from_address: str, shop_name: str) -> outbox.Sender:
    """The outbox sender for mail; one whose document cannot be read now is tried again."""

    def send(message: outbox.Claimed) -> None:
        try:
            mail = _message(message, files=files, from_address=from_address, shop_name=shop_name)
        except NotFound as error:
            raise outbox.CannotSend(f"mail could not be made: {error}") from error
        except (ValueError, Refused) as error:
            raise outbox.Undeliverable(f"mail could not be made: {error}") from error
        post.deliver(
            mail,
            name=f"{message.created_at:%Y%m%d-%H%M%S}-{message.id:06d}-{message.key.split('/')[1]}",
        )

    return send


def _message(claimed: outbox.Claimed, *, files: Files, from_address: str, shop_name: str) -> EmailMessage:
    payload: dict[str, Any] = claimed.payload
    _refuse_other_headers(payload["to"], payload["subject"])
    message = EmailMessage()
    message["From"] = f"{shop_name} <{from_address}>"
    message["To"] = payload["to"]
    message["Subject"] = payload["subject"]
    message["Date"] = format_datetime(claimed.created_at)
    message["Message-ID"] = f"<outbox-{claimed.id}@{from_address.partition('@')[2]}>"
    message.set_content(payload["body"])
    for filename, sha256 in payload["attachments"]:
        message.add_attachment(
            _attachment(files, sha256), maintype="application", subtype="pdf", filename=filename
        )
    return message
