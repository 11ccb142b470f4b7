"""A history is opened, or it is said why not; never is a new one made in place of an old one."""

import os
import random
import shutil
import sqlite3
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from making import conversation, message

from desktop_llm.core.errors import StoreError
from desktop_llm.storage import opening
from desktop_llm.storage.connections import DamagedError, connect, uri_of
from desktop_llm.storage.history import backups
from desktop_llm.storage.keys import KeyStore
from desktop_llm.storage.migrations import MIGRATIONS, Migration, migrate, version
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths

SCHEMAS = Path(__file__).parent / "schemas"
NEXT = Migration(
    MIGRATIONS[-1].number + 1, ("ALTER TABLE conversations ADD COLUMN colour TEXT DEFAULT 'red'",)
)
BROKEN = Migration(NEXT.number, (*NEXT.statements, "INSERT INTO nowhere VALUES (1)"))


def key_of(paths: Paths) -> bytes:
    found = KeyStore(paths.key, None).find()
    assert found is not None
    return found.value


@pytest.fixture
def filled(paths: Paths) -> Paths:
    """A closed history with one conversation."""
    history = open_history(paths)
    history.add_conversation(conversation())
    for number in range(20):
        history.add_message(message(f"m{number}", text="words " * 200))
    history.close()
    return paths


def refusal(paths: Paths, **how: Any) -> StoreError:
    """The error of opening; the history file is as it was."""
    before = paths.history.read_bytes() if paths.history.exists() else None
    with pytest.raises(StoreError) as caught:
        open_history(paths, **how)
    assert (paths.history.read_bytes() if paths.history.exists() else None) == before
    assert caught.value.todo
    return caught.value


def test_a_history_that_was_closed_is_opened_again(filled: Paths) -> None:
    history = open_history(filled)
    assert len(history.messages("c")) == 20
    assert history.verify()
    history.close()


def test_a_wrong_key_is_told_and_nothing_is_made(filled: Paths) -> None:
    filled.key.unlink()
    KeyStore(filled.key, None).find_or_make()
    error = refusal(filled)
    assert "wrong" in error.why
    assert "damaged" in error.why
    copies = list(filled.data.glob("history.db.damaged-*"))
    assert [copy.read_bytes() for copy in copies] == [filled.history.read_bytes()]
    assert str(copies[0]) in error.todo
    refusal(filled)
    assert list(filled.data.glob("history.db.damaged-*")) == copies


def test_a_lost_key_is_told_and_no_other_is_made(filled: Paths) -> None:
    filled.key.unlink()
    assert "lost" in refusal(filled).what
    assert not filled.key.exists()


def test_a_plain_sqlite_file_is_refused(paths: Paths) -> None:
    KeyStore(paths.key, None).find_or_make()
    plain = sqlite3.connect(paths.history)
    plain.execute("CREATE TABLE t (a)")
    plain.close()
    assert "not encrypted" in refusal(paths).what


def test_an_emptied_file_is_not_taken_for_a_new_one(filled: Paths) -> None:
    filled.history.write_bytes(b"")
    assert "is empty" in refusal(filled).what


def test_a_file_cut_short_is_told_as_damaged(filled: Paths) -> None:
    filled.history.write_bytes(filled.history.read_bytes()[:1000])
    assert "damaged" in refusal(filled).why


def test_a_missing_file_whose_log_is_there_is_not_replaced(filled: Paths) -> None:
    filled.history.rename(filled.history.with_name("elsewhere"))
    filled.history.with_name("history.db-wal").write_bytes(b"newest commits")
    assert "missing" in refusal(filled).what


def test_a_crash_while_the_first_file_was_made_leaves_no_obstacle(paths: Paths) -> None:
    for name in ("history.db.new", "history.db.new-wal", "history.db.new-shm"):
        (paths.data / name).write_bytes(b"half")
    open_history(paths).close()
    assert sorted(path.name for path in paths.data.glob("history.db*")) == ["history.db"]


def test_a_first_file_that_is_not_whole_is_not_taken_for_the_history(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever else has it open, or a full disk, keeps the log from being written into it."""
    others: list[Any] = []

    def migrate_while_it_is_read(connection: Any, migrations: tuple[Migration, ...]) -> None:
        migrate(connection, migrations)
        others.append(connect(paths.data / "history.db.new", key_of(paths)))

    with monkeypatch.context() as read:
        read.setattr(opening, "migrate", migrate_while_it_is_read)
        with pytest.raises(StoreError) as told:
            open_history(paths)
    assert told.value.todo
    assert not paths.history.exists()
    others[0].close()
    open_history(paths).close()
    assert sorted(path.name for path in paths.data.glob("history.db*")) == ["history.db"]


@pytest.mark.parametrize("part", ["history.db", "history.db-wal"])
def test_what_has_the_name_of_a_copy_of_a_damaged_history_is_whole(
    filled: Paths, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    copied = shutil.copyfile

    def half(source: Path, target: Path, **how: bool) -> None:
        if source.name != part:
            copied(source, target, **how)
            return
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(28, "No space left on device")

    other = connect(filled.history, key_of(filled))  # while it is open, its log stays
    other.execute("UPDATE conversations SET title = 'newer'")
    damaged = bytes(4096) + filled.history.read_bytes()[4096:]
    filled.history.write_bytes(damaged)
    log = filled.history.with_name("history.db-wal").read_bytes()
    with monkeypatch.context() as disk:
        disk.setattr(shutil, "copyfile", half)
        assert "copy of it" not in refusal(filled).todo
    assert not list(filled.data.glob("history.db.damaged-*"))
    assert "copy of it" in refusal(filled).todo
    copies = sorted(filled.data.glob("history.db.damaged-*"))
    assert [copy.read_bytes() for copy in copies] == [damaged, log]
    other.close()


def test_every_damaged_page_in_use_is_noticed(filled: Paths) -> None:
    good = filled.history.read_bytes()
    draw = random.Random(5)
    noticed = 0
    for _ in range(40):
        bad = bytearray(good)
        bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
        filled.history.write_bytes(bad)
        noticed += _is_noticed(filled)
    assert noticed == 40
    filled.history.write_bytes(good)
    assert not _is_noticed(filled)


def _is_noticed(paths: Paths) -> bool:
    try:
        history = open_history(paths)
    except StoreError:
        return True
    try:
        return not history.verify()
    finally:
        history.close()


def test_damage_met_while_reading_is_an_error_with_what_to_do(filled: Paths) -> None:
    content = bytearray(filled.history.read_bytes())
    pages = len(content) // 4096
    for page in range(pages - 10, pages):  # messages; what the tables are is read when it opens
        content[page * 4096 + 100] ^= 1
    filled.history.write_bytes(content)
    history = open_history(filled)
    with pytest.raises(DamagedError, match="copy of the file"):
        history.messages("c")
    history.close()


def test_a_newer_file_is_refused_and_left_alone(filled: Paths) -> None:
    connection = connect(filled.history, key_of(filled))
    connection.execute("PRAGMA user_version = 9999")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    error = refusal(filled)
    assert "newer version" in error.what
    assert "9999" in error.why
    assert "Update" in error.todo


@pytest.mark.parametrize("script", sorted(SCHEMAS.glob("*.sql")), ids=lambda path: path.stem)
def test_every_old_schema_with_data_in_it_climbs_to_the_newest(paths: Paths, script: Path) -> None:
    """The scripts are what released versions wrote; they are never edited."""
    key = KeyStore(paths.key, None).find_or_make()
    paths.history.touch()
    connection = connect(paths.history, key.value, create=True)
    for statement in script.read_text("utf-8").split(";\n\n"):
        connection.execute(statement)
    connection.close()
    history = open_history(paths, migrations=(*MIGRATIONS, NEXT))
    assert [one.title for one in history.conversations()] == ["注意力 attention"]
    assert [one.id for one in history.messages("c1")] == ["m1", "m2"]
    assert history.conversation("c1").sampling.temperature == 0.5
    assert [hit.message_id for hit in history.search("局限性")] == ["m2"]
    with_drafts = int(script.stem.removeprefix("v")) >= 3
    assert history.drafts() == ({"c1": "未发送", "": "not begun"} if with_drafts else {})
    history.close()
    assert version_of(paths) == NEXT.number


def test_a_schema_script_is_kept_for_every_version() -> None:
    numbers = [int(path.stem.removeprefix("v")) for path in SCHEMAS.glob("*.sql")]
    assert sorted(numbers) == [migration.number for migration in MIGRATIONS]
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def version_of(paths: Paths) -> int:
    connection = connect(paths.history, key_of(paths))
    try:
        return version(connection)
    finally:
        connection.close()


def test_a_copy_is_made_before_tables_are_changed(filled: Paths) -> None:
    open_history(filled, migrations=(*MIGRATIONS, NEXT)).close()
    (copy,) = backups(filled.history)
    connection = connect(copy, key_of(filled))
    assert version(connection) == MIGRATIONS[-1].number
    assert connection.execute("SELECT count(*) FROM messages").fetchone()[0] == 20
    connection.close()


def test_a_migration_that_fails_changes_nothing(filled: Paths) -> None:
    with pytest.raises(Exception, match="nowhere"):
        open_history(filled, migrations=(*MIGRATIONS, BROKEN))
    assert version_of(filled) == MIGRATIONS[-1].number
    history = open_history(filled)
    assert len(history.messages("c")) == 20
    history.close()


@pytest.fixture
def linked(filled: Paths) -> Path:
    """The same history on a drive, where a link leads to it; the drive."""
    drive = filled.data / "drive"
    drive.mkdir()
    filled.history.rename(drive / "history.db")
    filled.history.symlink_to(drive / "history.db")
    return drive


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_history_on_a_drive_that_is_not_plugged_in_is_not_replaced(
    filled: Paths, linked: Path
) -> None:
    unplugged = linked.rename(filled.data / "unplugged")
    error = refusal(filled)
    assert str(linked) in error.why
    assert filled.history.is_symlink()
    unplugged.rename(linked)
    history = open_history(filled)
    assert len(history.messages("c")) == 20
    history.close()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_belongs_to_a_history_lies_beside_it_and_not_beside_a_link(
    filled: Paths, linked: Path
) -> None:
    older = filled.data / "history.db.before-v1"  # as earlier versions left it
    older.write_bytes((linked / "history.db").read_bytes())
    history = open_history(filled, migrations=(*MIGRATIONS, NEXT))
    (copy,) = backups(linked / "history.db")
    history.erase_conversation("c")
    history.close()
    assert not copy.exists()
    assert not older.exists()
    assert {path.name for path in filled.data.glob("history.db*")} == {"history.db"}


def test_a_history_on_another_computer_is_named_as_sqlite_takes_it() -> None:
    share = PureWindowsPath("//server/share/history.db")
    assert uri_of(share) == "file:////server/share/history.db"
    assert uri_of(PureWindowsPath("Z:/app/a b.db")) == "file:///Z:/app/a%20b.db"
    assert uri_of(PurePosixPath("/home/me/history.db")) == "file:///home/me/history.db"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start at once")
def test_first_starts_at_the_same_moment_share_one_history(paths: Paths) -> None:
    children = []
    for number in range(4):
        child = os.fork()
        if not child:
            code = 1
            try:
                history = open_history(paths)
                history.add_conversation(conversation(f"c{number}"))
                history.close()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
    history = open_history(paths)
    assert len(history.conversations()) == 4
    history.close()
