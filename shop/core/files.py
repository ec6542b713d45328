"""Documents kept by the SHA-256 of their bytes: never changed, never overwritten, never deleted.

A file reaches its place by write, fsync and rename, so that after a crash it is there whole or not at all.
The row that names it is written by the use case that needs it, in its own transaction.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import audit, clock, faults
from shop.core.append_only import append_only
from shop.core.database import Base, rule
from shop.core.errors import NotFound
from shop.core.language import gettext as _
from shop.core.personal_data import not_personal
from shop.core.settings import settings


class StoredFile(Base):
    """A document known by its hash."""

    __tablename__ = "stored_file"
    __table_args__ = (
        rule("length(sha256) = 64", "sha256_has_64_characters"),
        rule("size > 0", "size_is_positive"),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime]


append_only("stored_file")
not_personal("stored_file", "sha256 media_type", why="documents are kept by their hash and never changed")

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """The folder of documents."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a document lies."""
        return self.root / sha256[:2] / sha256[2:]

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256. Keeping the same bytes again changes nothing."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                faults.point("file.temp_written")
                os.fsync(file.fileno())
            faults.point("file.fsynced")
            Path(temporary).rename(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        for folder in (target.parent, self.root):
            _fsync_folder(folder)
        faults.point("file.renamed")
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of a document.

        Raises:
            NotFound: no such document is kept.
        """
        try:
            if not _SHA256.fullmatch(sha256):  # nothing else is ever a name of ours, least of all a path
                raise FileNotFoundError
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(_("This document is not kept here.")) from None


def record(session: Session, sha256: str, *, size: int, media_type: str) -> None:
    """Write the row of a document that has been put, once."""
    if session.get(StoredFile, sha256) is None:
        session.add(StoredFile(sha256=sha256, size=size, media_type=media_type, stored_at=clock.now()))
        session.flush()
        faults.point("file.row_written")


def store() -> FileStore:
    """The running shop's documents."""
    return FileStore(settings().files_dir)


@audit.invariant("I21", "Every document is on disk, whole and unchanged")
def _documents_are_whole(session: Session) -> Iterator[str]:
    kept = store()
    for sha256, size in session.execute(select(StoredFile.sha256, StoredFile.size)):
        path = kept.path(sha256)
        if not path.exists():
            yield f"document {sha256} has no file"
            continue
        data = path.read_bytes()
        if len(data) != size or hashlib.sha256(data).hexdigest() != sha256:
            yield f"document {sha256} has been changed on disk"


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
