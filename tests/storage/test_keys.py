"""The history's key in a keyring: found, made once, and never waited for twice."""

import threading
from pathlib import Path

import pytest
from keyring_in_memory import Backend

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.keys import KEY_BYTES, KeyKind, KeyStore, SystemKeyring


class Counted(Backend):
    """Counts the questions; answers after `unlocked`."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = 0
        self.unlocked = threading.Event()
        self.unlocked.set()

    def get_password(self, service: str, user: str) -> str | None:
        self.questions += 1
        self.unlocked.wait(30)
        return super().get_password(service, user)


@pytest.fixture
def backend() -> Counted:
    return Counted()


def keys_in(backend: Backend, folder: Path, wait_s: float = 30.0) -> KeyStore:
    return KeyStore(folder / "key", lambda: SystemKeyring(backend, "test", wait_s))


def test_a_new_key_goes_into_the_keyring_and_is_found_again(
    backend: Counted, tmp_path: Path
) -> None:
    made = keys_in(backend, tmp_path).find_or_make()
    assert len(made.value) == KEY_BYTES
    assert made.place.kind is KeyKind.KEYRING
    assert keys_in(backend, tmp_path).find() == made
    assert keys_in(backend, tmp_path).find_or_make() == made
    assert not (tmp_path / "key").exists()


def test_what_was_asked_before_is_not_asked_again(backend: Counted, tmp_path: Path) -> None:
    made = keys_in(backend, tmp_path).find_or_make()
    keys = keys_in(backend, tmp_path)
    keys.prepare(new=False)
    questions = backend.questions
    backend.unlocked.clear()  # whoever asks now waits
    assert keys.find() == made
    assert backend.questions == questions


def test_a_key_for_a_new_history_is_made_ahead(backend: Counted, tmp_path: Path) -> None:
    keys = keys_in(backend, tmp_path)
    keys.prepare(new=True)
    backend.unlocked.clear()
    assert keys.find_or_make().place.kind is KeyKind.KEYRING
    assert len(backend.kept) == 1


def test_a_keyring_that_stays_locked_is_told_once_and_at_once(
    backend: Counted, tmp_path: Path
) -> None:
    keys_in(backend, tmp_path).find_or_make()
    backend.unlocked.clear()
    keys = keys_in(backend, tmp_path, wait_s=0.05)
    keys.prepare(new=False)
    backend.questions = 0
    with pytest.raises(StoreError, match="locked"):
        keys.find()
    assert backend.questions == 0
    backend.unlocked.set()


def test_without_a_keyring_that_answers_a_new_key_goes_into_a_file(
    backend: Counted, tmp_path: Path
) -> None:
    backend.unlocked.clear()
    keys = keys_in(backend, tmp_path, wait_s=0.05)
    keys.prepare(new=True)
    backend.unlocked.set()
    made = keys.find_or_make()
    assert made.place.kind is KeyKind.FILE
    assert keys_in(backend, tmp_path).find() == made
