"""The history's key in a keyring: found, made once, and never waited for twice."""

import threading
from pathlib import Path

import pytest
from keyring_in_memory import Backend

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.keys import KEY_BYTES, KeyKind, KeyStore, SystemKeyring


class Counted(Backend):
    """Counts the questions; answers after `unlocked`, if it does not refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.questions, self.refuses = 0, False
        self.unlocked = threading.Event()
        self.unlocked.set()

    def get_password(self, service: str, user: str) -> str | None:
        self.questions += 1
        if self.refuses:
            raise OSError("dismissed")
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
    keys.prepare()
    backend.questions = 0
    assert keys.find() == made
    assert backend.questions == 0


def test_a_key_that_another_process_makes_meanwhile_is_found(
    backend: Counted, tmp_path: Path
) -> None:
    keys = keys_in(backend, tmp_path)
    keys.prepare()
    assert not backend.kept
    made = keys_in(backend, tmp_path).find_or_make()
    assert keys.find_or_make() == made
    assert keys.find() == made


def test_preparing_waits_longer_than_a_question_does(backend: Counted, tmp_path: Path) -> None:
    made = keys_in(backend, tmp_path).find_or_make()
    backend.unlocked.clear()
    keys = keys_in(backend, tmp_path, wait_s=0.05)
    threading.Timer(0.5, backend.unlocked.set).start()
    keys.prepare()
    assert keys.find() == made


def test_a_keyring_that_is_locked_is_told(backend: Counted, tmp_path: Path) -> None:
    keys_in(backend, tmp_path).find_or_make()
    backend.unlocked.clear()
    with pytest.raises(StoreError, match="locked"):
        keys_in(backend, tmp_path, wait_s=0.05).find()
    backend.unlocked.set()


def test_a_keyring_that_refuses_is_asked_once(backend: Counted, tmp_path: Path) -> None:
    backend.refuses = True
    keys = keys_in(backend, tmp_path)
    keys.prepare()
    with pytest.raises(StoreError, match="dismissed"):
        keys.find()
    assert backend.questions == 1


def test_without_a_keyring_that_answers_a_new_key_goes_into_a_file(
    backend: Counted, tmp_path: Path
) -> None:
    backend.refuses = True
    keys = keys_in(backend, tmp_path)
    keys.prepare()
    made = keys.find_or_make()
    assert made.place.kind is KeyKind.FILE
    assert keys_in(Counted(), tmp_path).find() == made


def test_preparing_raises_nothing(tmp_path: Path) -> None:
    def broken() -> SystemKeyring:
        raise ValueError("PYTHON_KEYRING_BACKEND names nothing")

    keys = KeyStore(tmp_path / "key", broken)
    keys.prepare()
    with pytest.raises(ValueError, match="names nothing"):
        keys.find()
