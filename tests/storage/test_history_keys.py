"""The history's key in a keyring: found, made once, and never waited for twice."""

import threading
from pathlib import Path

import pytest
from keyring_in_memory import Backend

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.keys import KEY_BYTES, KeyKind, KeyStore, SystemKeyring, system_keyring
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.tokens import HubToken


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


def test_a_keyring_that_cannot_even_be_found_is_told_and_a_new_key_goes_into_a_file(
    tmp_path: Path,
) -> None:
    def broken() -> SystemKeyring:
        raise ValueError("the bus is gone")

    keys = KeyStore(tmp_path / "key", broken)
    keys.prepare()
    with pytest.raises(StoreError, match="ValueError: the bus is gone"):
        keys.find()
    assert keys.find_or_make().place.kind is KeyKind.FILE


class SecretService(Backend):
    """As the app sees it, the keyring of this desktop."""

    priority = 5.0


class KWallet(Backend):
    """Another one that is there too."""

    priority = 4.9


SecretService.__module__ = "keyring.backends.SecretService"
KWallet.__module__ = "keyring.backends.kwallet"


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[Backend]:
    """What the keyring library finds on this system."""
    backends = [Backend(), KWallet(), SecretService()]
    monkeypatch.setattr("keyring.backend.get_all_keyring", lambda: backends)
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    return backends


@pytest.mark.parametrize("configured", ["no.such.Thing", "keyring.backends.null.Keyring"])
def test_what_the_keyring_library_is_told_to_use_hides_no_key(
    paths: Paths, offered: list[Backend], monkeypatch: pytest.MonkeyPatch, configured: str
) -> None:
    open_history(paths, KeyStore(paths.key, system_keyring)).close()
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", configured)
    history = open_history(paths, KeyStore(paths.key, system_keyring))
    place = history.key_place
    history.close()
    assert (place.kind, place.where) == (KeyKind.KEYRING, "Secret Service")
    assert [len(one.kept) for one in offered] == [0, 0, 1]


def test_a_key_is_found_in_the_keyring_that_came_first_before(
    offered: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    assert made.place.where == "Secret Service"
    monkeypatch.setattr(KWallet, "priority", 5.1)  # in a session of the other desktop
    keys = KeyStore(tmp_path / "key", system_keyring)
    keys.prepare()
    assert keys.find() == made


def test_a_new_history_has_the_key_that_any_keyring_holds(
    offered: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old history may be put back, and with two keys only one of them could be opened."""
    made = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    monkeypatch.setattr(KWallet, "priority", 5.1)
    keys = KeyStore(tmp_path / "key", system_keyring)
    keys.prepare()
    assert keys.find_or_make() == made
    assert [len(one.kept) for one in offered] == [0, 0, 1]


def refuse(*_: str) -> str:
    raise OSError("dismissed")


def test_no_key_is_put_over_what_a_silent_keyring_may_hold(
    offered: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    with monkeypatch.context() as locked:
        locked.setattr(SecretService, "get_password", refuse)
        made = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    assert made.place.kind is KeyKind.FILE
    (tmp_path / "key").unlink()
    assert KeyStore(tmp_path / "key", system_keyring).find() == kept


def test_a_next_keyring_that_is_silent_leaves_the_first_for_a_new_key(
    offered: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KWallet, "get_password", refuse)
    made = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    assert made.place.where == "Secret Service"


def test_a_history_that_is_put_back_is_opened_with_the_key_that_fits(
    paths: Paths, offered: list[Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key file was made for another history, while the keyring was locked."""
    open_history(paths, KeyStore(paths.key, system_keyring)).close()
    away = paths.history.rename(paths.history.with_name("put away"))
    with monkeypatch.context() as locked:
        locked.setattr(SecretService, "get_password", refuse)
        open_history(paths, KeyStore(paths.key, system_keyring)).close()
        other = paths.history.rename(paths.history.with_name("other"))
    for file, kind in ((away, KeyKind.KEYRING), (other, KeyKind.FILE)):
        file.rename(paths.history)
        history = open_history(paths, KeyStore(paths.key, system_keyring))
        place = history.key_place
        history.close()
        assert place.kind is kind
        paths.history.rename(file)
    assert list(paths.data.glob("*.damaged-*")) == []


def test_a_keyring_that_fails_hides_no_key_in_the_next(
    offered: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    monkeypatch.setattr(KWallet, "priority", 5.1)
    monkeypatch.setattr(KWallet, "get_password", refuse)
    keys = KeyStore(tmp_path / "key", system_keyring)
    keys.prepare()
    assert keys.find() == made
    offered[2].kept.clear()
    with pytest.raises(StoreError, match="dismissed"):
        KeyStore(tmp_path / "key", system_keyring).find()


def test_a_keyring_that_has_gone_from_the_bus_leaves_the_other(
    offered: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KWallet, "priority", property(refuse))
    made = KeyStore(tmp_path / "key", system_keyring).find_or_make()
    assert made.place.where == "Secret Service"


def test_an_access_token_is_found_and_forgotten_in_every_keyring(
    offered: list[Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    HubToken(system_keyring).put("hf_secret")
    monkeypatch.setattr(KWallet, "priority", 5.1)
    token = HubToken(system_keyring)
    assert token.get() == "hf_secret"
    token.put("")
    assert token.get() == ""
    assert [len(one.kept) for one in offered] == [0, 0, 0]
