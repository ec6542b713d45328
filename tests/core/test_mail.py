"""Mail over a real socket: handed over at least once under one Message-ID, whatever the server does."""

from __future__ import annotations

import email
import email.policy
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from shop.core import clock, files, mail, outbox
from shop.core.database import reading, writing
from shop.core.errors import Refused
from shop.core.mail import FolderPost, Letter, SmtpPost
from shop.core.outbox import RETRY_AFTER, OutboxMessage

FROM = "shop@aliquot.example"
NEXT_TRY = RETRY_AFTER[0] + timedelta(seconds=2)


class Receiver(socketserver.ThreadingTCPServer):
    """A mail server of the smallest kind. `trouble` names what it does wrong; it keeps what it was sent."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.trouble = ""
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.hang = threading.Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def messages(self) -> list[EmailMessage]:
        return [message for _to, message in self.received]


class _Conversation(socketserver.StreamRequestHandler):
    server: Receiver

    def handle(self) -> None:
        with suppress(OSError):
            self._talk()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _talk(self) -> None:
        trouble = self.server.trouble
        if trouble == "hang":
            self.server.hang.wait(5)
            return
        self._say("554 go away" if trouble == "greeting" else "220 receiver")
        to: list[str] = []
        while line := self.rfile.readline().decode().strip():
            command = line.split()[0].upper()
            if command == "EHLO":
                self._say("250-receiver\r\n250 STARTTLS" if trouble == "starttls" else "250 receiver")
            elif command == "STARTTLS":
                self._say("454 not today")
            elif command == "MAIL":
                self._say("421 closing" if trouble == "mail-421" else "250 ok")
            elif command == "RCPT":
                to.append(line.partition(":")[2].strip("<> "))
                self._say({"rcpt-450": "450 later", "rcpt-550": "550 unknown"}.get(trouble, "250 ok"))
            elif command == "DATA":
                if not self._take(to, trouble):
                    return
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, to: list[str], trouble: str) -> bool:
        """Take the mail; whether the conversation goes on."""
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if trouble == "drop-in-data":
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        if trouble == "data-451":
            self._say("451 disk full")
            return True
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.server.received.append((list(to), message))
        if trouble == "drop-after-data":
            return False
        self._say("250 kept")
        return trouble != "drop-after-reply"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.hang.set()
    server.shutdown()
    thread.join()
    server.server_close()


def sender(url: str) -> dict[str, outbox.Sender]:
    post = SmtpPost(url, timeout_seconds=0.4)
    return {"mail": mail.sender(post=post, files=files.store(), from_address=FROM, shop_name="Aliquot")}


LETTER = Letter(to="i.brandsma@vima.example", subject="Order 10001 received", body="Zoë, 10 µg.\n.\nBye")


def write(letter: Letter = LETTER, *, fact: str = "order-placed/10001") -> None:
    with writing() as session:
        mail.write(session, letter, fact=fact, about="order/10001")


def last_error() -> str | None:
    with reading() as session:
        return session.scalars(select(OutboxMessage.last_error)).one()


def test_a_mail_arrives_as_it_was_written(shop: Flask, receiver: Receiver) -> None:
    document = files.store().put(b"%PDF-1.7 specimen")
    write(
        Letter(
            to=LETTER.to,
            subject="Größe\u00a010 mg",
            body=LETTER.body,
            attachments=(("SMX-2609-B.pdf", document),),
        )
    )
    assert outbox.send_due(sender(receiver.url)) == 1
    ((to, message),) = receiver.received
    assert to == ["i.brandsma@vima.example"]
    assert message["To"] == "i.brandsma@vima.example"
    assert message["From"] == f"Aliquot <{FROM}>"
    assert message["Subject"] == "Größe\u00a010 mg"
    assert message["Message-ID"].startswith("<outbox-")
    assert message["Message-ID"].endswith("@aliquot.example>")
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == "Zoë, 10 µg.\n.\nBye"
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_filename() == "SMX-2609-B.pdf"
    assert attachment.get_content() == b"%PDF-1.7 specimen"


NOT_TAKEN = ("greeting", "mail-421", "rcpt-450", "drop-in-data", "data-451", "hang", "starttls")


def test_whatever_the_server_does_wrong_the_mail_is_sent_once_it_is_well_again(
    shop: Flask, receiver: Receiver
) -> None:
    for number, trouble in enumerate(NOT_TAKEN, start=1):
        receiver.trouble = trouble
        write(fact=f"order-placed/{number}")
        assert outbox.send_due(sender(receiver.url)) == 0, trouble
        assert receiver.received == [], trouble
        receiver.trouble = ""
        with clock.shifted(NEXT_TRY):
            assert outbox.send_due(sender(receiver.url)) == 1, trouble
        assert len(receiver.received) == 1, trouble
        receiver.received.clear()


def test_a_mail_refused_for_good_is_given_up_at_once_and_staff_see_why(
    shop: Flask, receiver: Receiver
) -> None:
    receiver.trouble = "rcpt-550"
    write()
    outbox.send_due(sender(receiver.url))
    with reading() as session:
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.dead_at is not None, message.last_error) == (True, "mail server: 550 unknown")
    receiver.trouble = ""
    with clock.shifted(timedelta(days=5)):
        assert outbox.send_due(sender(receiver.url)) == 0


def test_a_server_that_is_not_there_is_an_error_kept_with_the_mail(shop: Flask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        write()
        assert outbox.send_due(sender(f"smtp://127.0.0.1:{taken.getsockname()[1]}")) == 0
    assert "ConnectionRefusedError" in (last_error() or "")


def test_a_mail_the_server_kept_without_saying_so_comes_twice_under_one_message_id(
    shop: Flask, receiver: Receiver
) -> None:
    write()
    receiver.trouble = "drop-after-data"
    assert outbox.send_due(sender(receiver.url)) == 0
    receiver.trouble = ""
    with clock.shifted(NEXT_TRY):
        assert outbox.send_due(sender(receiver.url)) == 1
        assert outbox.send_due(sender(receiver.url)) == 0
    first, second = receiver.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert bytes(first).partition(b"\n\n")[2] == bytes(second).partition(b"\n\n")[2]


def test_a_connection_lost_after_the_mail_was_taken_sends_no_second_one(
    shop: Flask, receiver: Receiver
) -> None:
    write()
    receiver.trouble = "drop-after-reply"
    assert outbox.send_due(sender(receiver.url)) == 1
    with clock.shifted(NEXT_TRY):
        assert outbox.send_due(sender(receiver.url)) == 0
    assert len(receiver.received) == 1


def test_two_mails_have_two_message_ids(shop: Flask, receiver: Receiver) -> None:
    write(fact="order-placed/1")
    write(fact="order-paid/1")
    assert outbox.send_due(sender(receiver.url)) == 2
    assert len({message["Message-ID"] for message in receiver.messages}) == 2


# Nobody writes a header but the shop

INJECTIONS = (
    *("x@a.example\r\nBcc: all@b.example", "x@a.example\nBcc: all@b.example", "x@a.example\rSubject: y"),
    *("x@a.example, all@b.example", "x@a.example\x0bBcc: b@b.example", "x@a.example\x85Bcc: b@b.example"),
    *("x@a.example\u2028Bcc: b@b.example", "x@a.example\x00", "", "\n"),
)


def test_no_address_or_subject_becomes_a_second_header_or_a_second_receiver(shop: Flask) -> None:
    for text in INJECTIONS:
        with pytest.raises(Refused, match="not an email address"):
            write(Letter(to=text, subject="Order", body=""))
    for text in INJECTIONS[:3] + INJECTIONS[4:8]:
        with pytest.raises(Refused):
            write(Letter(to=LETTER.to, subject=text, body=""))
    with reading() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


hostile = st.text(st.sampled_from('ab@.,:;<>"()\\ \r\n\t\x0b\x0c\x1c\x85\u2028é'), max_size=20)


@given(hostile | st.just("x@a.example"), hostile | st.text(max_size=8), st.text(max_size=30))
def test_a_mail_has_the_headers_it_should_whatever_its_words(to: str, subject: str, body: str) -> None:
    payload = {"to": to, "subject": subject, "body": body, "attachments": []}
    message = outbox.Claimed(id=7, kind="mail", key="mail/x/7", payload=payload, created_at=clock.now())
    made: list[EmailMessage] = []
    send = mail.sender(post=_Keeping(made.append), files=_NoFiles(), from_address=FROM, shop_name="Aliquot")
    try:
        send(message)
    except outbox.CannotSend:
        return
    read = email.message_from_bytes(bytes(made[0]), policy=email.policy.default)
    assert set(read.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    }
    assert len(read.get_all("To", [])) == 1
    assert read["Message-ID"] == "<outbox-7@aliquot.example>"


class _Keeping(FolderPost):
    """Keeps mail in hand instead of on disk."""

    def __init__(self, keep: Callable[[EmailMessage], None]) -> None:
        super().__init__(Path("/nonexistent"))
        self.keep = keep

    def deliver(self, message: EmailMessage, *, name: str) -> None:
        assert name
        bytes(message)
        self.keep(message)


class _NoFiles:
    def get(self, sha256: str) -> bytes:
        raise NotImplementedError(sha256)


def test_a_mail_that_cannot_be_made_waits_and_lets_the_others_go(shop: Flask, receiver: Receiver) -> None:
    """A lost attachment, or an address stored by an older release, must not stop the worker."""
    write(Letter(to=LETTER.to, subject="x", body="x", attachments=(("a.pdf", "0" * 64),)), fact="a/1")
    with writing() as session:
        bad = {"to": "x@a.example\nBcc: b@b.example", "subject": "x", "body": "x", "attachments": []}
        outbox.write(session, kind="mail", key="mail/b/1", subject="b", payload=bad)
        mail.write(session, LETTER, fact="c/1", about="c")
    assert outbox.send_due(sender(receiver.url)) == 1
    assert [message["Subject"] for message in receiver.messages] == ["Order 10001 received"]
    assert outbox.unsent_count() == 2


# Mail as files


def test_a_shop_without_a_mail_server_keeps_whole_files(shop: Flask, tmp_path: Path) -> None:
    write()
    folder = tmp_path / "mail"
    senders: dict[str, outbox.Sender] = {
        "mail": mail.sender(
            post=FolderPost(folder), files=files.store(), from_address=FROM, shop_name="Aliquot"
        )
    }
    assert outbox.send_due(senders) == 1
    (path,) = folder.iterdir()
    assert path.name.endswith("-order-placed.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["To"] == LETTER.to
