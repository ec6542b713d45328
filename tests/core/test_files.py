"""Documents kept by their hash: whole or not at all, never changed, never out of their folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from builders import found_by_audit
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from shop.core import files
from shop.core.database import reading, writing
from shop.core.errors import NotFound
from shop.core.files import FileStore, StoredFile


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_got_by_its_hash_byte_for_byte(store: FileStore) -> None:
    data = bytes(range(256)) * 50
    sha256 = store.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert store.get(sha256) == data
    assert store.put(b"") == hashlib.sha256(b"").hexdigest()


def test_the_same_bytes_are_kept_once_and_left_alone(store: FileStore) -> None:
    sha256 = store.put(b"certificate")
    before = store.path(sha256).stat()
    assert store.put(b"certificate") == sha256
    after = store.path(sha256).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(everything_in(store.root)) == 1


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_write_that_breaks_off_leaves_nothing_behind(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_values: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        owner: object = os if step == "fsync" else Path
        broken.setattr(owner, step, fail)
        with pytest.raises(OSError, match="No space left"):
            store.put(b"certificate")
    assert everything_in(store.root) == []
    assert store.get(store.put(b"certificate")) == b"certificate"


def test_nothing_is_seen_under_its_name_before_it_is_whole_and_on_disk(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    target = store.path(hashlib.sha256(b"certificate").hexdigest())
    real = os.fsync

    def look(handle: int) -> None:
        synced.append(target.exists())
        real(handle)

    monkeypatch.setattr(os, "fsync", look)
    store.put(b"certificate")
    assert synced[0] is False, "the bytes are on disk before the name is"
    assert synced[1:] == [True] * (len(synced) - 1)
    assert len(synced) >= 2, "the folder is on disk as well"


NO_NAMES = ("", "x", "..", "../../etc/passwd", "/etc/passwd", "..//etc/passwd", "a" * 63, "A" * 64, "a" * 65)


@pytest.mark.parametrize("name", [*NO_NAMES, "0" * 64, "../" + "0" * 61, "0" * 63 + "\n", "\x00" * 64])
def test_what_is_not_kept_is_not_found_and_no_name_leads_out_of_the_folder(
    store: FileStore, name: str
) -> None:
    store.put(b"certificate")
    with pytest.raises(NotFound):
        store.get(name)


def test_a_name_that_is_a_path_to_a_real_file_is_not_followed(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    store.put(b"certificate")
    for name in (f"xx{tmp_path / 'secret'}", "../secret", f"..{tmp_path / 'secret'}"):
        with pytest.raises(NotFound):
            store.get(name)


@given(st.text(max_size=70))
def test_any_other_name_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        FileStore(Path("/nonexistent-folder-of-a-test")).get(name)


def keep(data: bytes) -> str:
    sha256 = files.store().put(data)
    with writing() as session:
        files.record(session, sha256, size=len(data), media_type="application/pdf")
    return sha256


def test_a_document_is_recorded_once_and_its_row_never_changes(shop: Flask) -> None:
    sha256 = keep(b"certificate")
    keep(b"certificate")
    with reading() as session:
        row = session.scalars(select(StoredFile)).one()
        assert (row.sha256, row.size, row.media_type) == (sha256, 11, "application/pdf")
    for statement in ("UPDATE stored_file SET size = 12", "DELETE FROM stored_file"):
        with pytest.raises(IntegrityError, match="append-only"), writing() as session:
            session.execute(text(statement))
    for row_of in ({"sha256": "abc", "size": 1}, {"sha256": "a" * 64, "size": 0}):
        with pytest.raises(IntegrityError), writing() as session:
            session.add(StoredFile(media_type="x", stored_at=row.stored_at, **row_of))


def test_the_audit_names_a_document_that_was_changed_cut_short_or_lost(shop: Flask) -> None:
    sha256 = keep(b"certificate")
    path = files.store().path(sha256)
    for damage in (b"certificatf", b"certificat", b"certificates", b""):
        path.write_bytes(damage)
        assert found_by_audit() == [f"I21: document {sha256} has been changed on disk"]
    path.unlink()
    assert found_by_audit() == [f"I21: document {sha256} has no file"]
    path.write_bytes(b"certificate")
