"""The PIN of the safety filter: what is kept of it, what it locks, and how wrong ones are slowed down."""

from pathlib import Path

import pytest

from desktop_llm.core.errors import StoreError, UsageError
from desktop_llm.core.pin import FREE_TRIES, hash_pin, is_pin, wait_after
from desktop_llm.core.policy import Level, Policy
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.pin_lock import PinLock
from desktop_llm.storage.settings_file import SettingsFile

PIN = "g2468"
"""No hexadecimal number, among which it could stand by chance."""


def test_nothing_of_a_pin_can_be_read_from_what_is_kept() -> None:
    kept = hash_pin(PIN)
    assert PIN not in kept
    assert kept.startswith("scrypt$32768$8$1$")
    assert kept != hash_pin(PIN)
    assert is_pin(PIN, kept)
    assert not is_pin("g2469", kept)
    for broken in ("", "scrypt$1$1$1$00$00", kept[:-2], "x$" + kept):
        assert not is_pin(PIN, broken)
    for bad in ("123", "1" * 65):
        with pytest.raises(UsageError):
            hash_pin(bad)


def test_wrong_pins_cost_time_also_after_a_new_start(tmp_path: Path) -> None:
    now = [1000.0]
    path = tmp_path / "pin.json"
    PinLock(path, lambda: now[0]).set("2468")
    for _ in range(FREE_TRIES):
        assert not PinLock(path, lambda: now[0]).unlock("0000")
    lock = PinLock(path, lambda: now[0])
    with pytest.raises(UsageError, match="Wait 3"):
        lock.unlock("2468")
    assert lock.locked
    now[0] += wait_after(FREE_TRIES) + 1
    assert lock.unlock("2468")
    assert not lock.locked
    assert not PinLock(path, lambda: now[0]).unlock("0000"), "the count began anew"


def test_a_pin_that_cannot_be_read_for_a_moment_locks_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pin.json"
    PinLock(path).set("2468")
    path.rename(tmp_path / "held")
    path.mkdir()  # reading it fails, as it does while another program holds the file
    lock = PinLock(path)
    assert lock.locked
    with pytest.raises(StoreError, match="cannot be read"):
        lock.unlock("2468")
    for change in (lambda: lock.set("1111"), lock.remove):
        with pytest.raises(UsageError, match="locked"):
            change()
    path.rmdir()
    (tmp_path / "held").rename(path)
    assert lock.unlock("2468")


def test_the_wait_doubles_up_to_an_hour() -> None:
    assert [wait_after(n) for n in (0, 4, 5, 6, 7, 30)] == [0, 0, 30, 60, 120, 3600]


def test_a_pin_locks_the_policy_and_nothing_else(paths: Paths) -> None:
    kept = SettingsFile(paths)
    kept.change("safety.level", "strict")
    kept.pin.set("2468")
    assert not kept.pin.locked, "who has just set it need not give it"
    fresh = SettingsFile(paths)
    assert fresh.pin.locked
    for change in (
        lambda: fresh.change("safety.level", "off"),
        lambda: fresh.reset("safety.level"),
        lambda: fresh.change_policy(Policy()),
        fresh.pin.remove,
        lambda: fresh.pin.set("1357"),
    ):
        with pytest.raises(UsageError, match="locked with a PIN"):
            change()
    assert fresh.values.safety.level is Level.STRICT
    fresh.change("appearance.zoom", 120)
    assert fresh.pin.unlock("2468")
    fresh.change("safety.level", "balanced")
    fresh.pin.lock()
    assert fresh.pin.locked
    assert fresh.pin.unlock("2468")
    fresh.pin.remove()
    assert not SettingsFile(paths).pin.locked


def test_a_whole_policy_is_taken_at_once(paths: Paths) -> None:
    kept = SettingsFile(paths)
    kept.change("safety.words", "old")
    kept.change("appearance.zoom", 130)
    kept.change_policy(Policy(level=Level.STRICT, patterns=("[0-9]{4}",)))
    again = SettingsFile(paths).values
    assert again.safety == Policy(level=Level.STRICT, patterns=("[0-9]{4}",))
    assert again.appearance.zoom == 130
