"""The settings and the person's own presets, each in a TOML file that people may edit. Shows nothing.

A file that is no TOML at the start is set aside and told about, never fatal; one that cannot be
read later is never replaced. Keys this version does not know are kept: a newer version, or the
person, put them there.
"""

import contextlib
import copy
import dataclasses
import logging
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w

from desktop_llm.core import settings_tree
from desktop_llm.core.errors import StoreError, UsageError
from desktop_llm.core.policy import Policy
from desktop_llm.core.sampling import BUILT_IN_PRESETS, Preset, SamplingSettings
from desktop_llm.core.sayings import Saying, together
from desktop_llm.core.settings import Settings
from desktop_llm.storage.atomic import set_aside, write_atomically
from desktop_llm.storage.exclusive import exclusive
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.pin_lock import PinLock, locked_error
from desktop_llm.storage.problems import why_and_todo
from desktop_llm.storage.rows import clean

HEADER = (
    "# Desktop LLM: what differs from the defaults. `desktop-llm settings show` lists it all.\n\n"
)

SAFETY = "safety."
"""What a PIN locks begins with this."""

log = logging.getLogger(__name__)
Listener = Callable[[Settings], None]
Data = dict[str, Any]
Stamp = tuple[int, int, int]


class SettingsFile:
    """A `core.ports.SettingsStore` over the files of these folders. Safe from any thread.

    `notices` are sentences to show once: a file that was set aside, a value that was refused.
    With `set_broken_aside` False a file that cannot be read stays where it is.
    """

    def __init__(self, paths: Paths, *, set_broken_aside: bool = True) -> None:
        self._paths = paths
        self.pin = PinLock(paths.pin)
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        self._seen_at = _stamp(paths.settings)
        data, broken_settings = read_toml(paths.settings, set_broken_aside=set_broken_aside)
        self.values, refused = settings_tree.from_dict(Settings, data)
        self._seen = self.values  # what the file said when it was last read or written here
        self._presets, broken_presets = read_toml(paths.presets, set_broken_aside=set_broken_aside)
        self.own_presets, unfit = _presets_of(self._presets)
        self.notices = (*broken_settings, *refused, *broken_presets, *unfit)

    def change(self, key: str, value: object) -> Settings:
        """Set one value, tell the listeners, keep it. Returns all settings.

        Raises SettingError, and changes nothing, where the value does not fit; UsageError where a
        PIN locks it. Raises StoreError where it could not be written; it applies then until the
        app ends.
        """
        return self.change_several({key: value})

    def change_several(self, changes: Mapping[str, object]) -> Settings:
        """Set values by their keys, all or none of them, in one write. Raises as `change` does."""
        for key in changes:
            self._require_unlocked(key)
        with self._lock:
            values = self.values
            for key, value in changes.items():
                values = settings_tree.with_value(values, key, value)
            self._apply(values)
            self._write(changes)
            return self.values

    def change_policy(self, policy: Policy) -> Settings:
        """Set the whole `safety` section at once. Raises as `change` does."""
        self._require_unlocked(SAFETY)
        with self._lock:
            self._apply(dataclasses.replace(self.values, safety=policy))
            self._write(SAFETY + info.key for info in settings_tree.walk(Policy))
            return self.values

    def take_up(self) -> tuple[str, ...]:
        """Take what another process wrote since, and tell the listeners. Returns the keys that changed.

        What could not be saved here holds on. A file that is missing, empty or cannot be read says
        nothing: somebody may be in the middle of writing it.
        """
        with self._lock:
            stamp = _stamp(self._paths.settings)
            if stamp in (None, self._seen_at):
                return ()
            try:
                now, _ = settings_tree.from_dict(Settings, _content(self._paths.settings))
            except (OSError, ValueError):
                return ()
            changed = _differing(now, self._seen)
            self._seen, self._seen_at = now, stamp
            changed &= _differing(now, self.values)  # the others were written here
            values = self.values
            for key in changed:
                values = settings_tree.with_value(values, key, settings_tree.get(now, key))
            if changed:
                self._apply(values)
            return tuple(sorted(changed))

    def _require_unlocked(self, key: str) -> None:
        if key.startswith(SAFETY) and self.pin.locked:
            raise locked_error()

    def _apply(self, values: Settings) -> None:
        self.values = values
        for listener in tuple(self._listeners):
            listener(values)

    def reset(self, key: str) -> Settings:
        """Set one value back to its default. Raises as `change` does."""
        return self.change(key, settings_tree.find(Settings, key).default)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have every change told, in the thread that makes it. Call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def save_preset(self, preset: Preset) -> None:
        """Keep an own preset, in place of the one of that name. Raises UsageError, StoreError."""
        name = preset.name.strip()
        if not name:
            raise UsageError("A preset needs a name.")
        if name in {built_in.name for built_in in BUILT_IN_PRESETS}:
            raise UsageError(
                "{name} is a preset of the app.", todo="Choose another name.", name=name
            )
        saved = _preset_data(dataclasses.replace(preset, name=name))

        def put(items: list[Data]) -> list[Data]:
            names = [data.get("name") for data in items]
            at = names.index(name) if name in names else len(items)
            return [*items[:at], saved, *items[at + 1 :]]

        self._change_presets(put)

    def delete_preset(self, name: str) -> None:
        """Forget an own preset; conversations that name it use the model's own from now on."""
        self._change_presets(lambda items: [data for data in items if data.get("name") != name])

    def _write(self, keys: Iterable[str]) -> None:
        # These keys alone: the command line may have changed others.
        written = tuple(keys)
        with changing(self._paths.settings, _not_saved(self._paths.settings)) as data:
            for key in written:
                put_value(data, key, self.values)
        for key in written:
            value = settings_tree.get(self.values, key)
            self._seen = settings_tree.with_value(self._seen, key, value)

    def _change_presets(self, change: Callable[[list[Data]], list[Data]]) -> None:
        with self._lock:
            self._presets["preset"] = change(_items(self._presets))
            self.own_presets, _ = _presets_of(self._presets)
            with changing(self._paths.presets, _not_saved(self._paths.presets)) as data:
                data["preset"] = change(_items(data))


def _stamp(path: Path) -> Stamp | None:
    """What tells one state of a file from another; None where it is missing, empty or not to be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else None


def _differing(one: Settings, other: Settings) -> set[str]:
    keys = (info.key for info in settings_tree.walk(Settings))
    return {key for key in keys if settings_tree.get(one, key) != settings_tree.get(other, key)}


def _not_saved(path: Path) -> Saying:
    return Saying("The change applies now, but could not be saved in {path}.", path=path)


def read_toml(path: Path, *, set_broken_aside: bool = True) -> tuple[Data, tuple[Saying, ...]]:
    """A TOML file's content, and what there is to say of it. A missing file is an empty one.

    A file that is not TOML is renamed to `NAME.broken-DATE`, unless it is to stay.
    """
    try:
        return _content(path), ()
    except OSError as error:
        what = Saying("{path} cannot be read; the defaults apply.", path=path)
        return {}, (together((what, *why_and_todo(error))),)
    except ValueError as error:
        return {}, (_set_aside(path, error) if set_broken_aside else _broken(path, error),)


@contextlib.contextmanager
def changing(path: Path, what: Saying) -> Iterator[Data]:
    """A TOML file's content as it is now, to be changed: at the end of the block it is kept.

    Another process waits meanwhile. Raises StoreError, which begins with `what`, where the file
    cannot be read or written, or is no TOML (any more); then it stays as it was.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with exclusive(path.with_name(f".{path.name}.lock")):
            data = _content_now(path, what)
            before = copy.deepcopy(data)
            yield data
            if data != before:
                write_toml(path, data)
    except OSError as error:
        raise StoreError(what, *why_and_todo(error)) from error


def _content(path: Path) -> Data:
    """What is in the file; nothing where it is missing. Raises OSError, and ValueError for no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))  # some editors put a mark in front
    except FileNotFoundError:
        return {}


def _content_now(path: Path, what: Saying) -> Data:
    try:
        return _content(path)
    except ValueError as error:
        why = Saying("The file is not readable: {error}.", error=str(error))
        raise StoreError(what, why, "Correct it, or move it elsewhere, and try again.") from error


def _set_aside(path: Path, error: ValueError) -> Saying:
    # The parser's message may quote the file, so it goes to the person and not into the log.
    log.warning("%s is not readable", path.name)
    try:
        aside = set_aside(path, datetime.now())
    except OSError:
        return _broken(path, error)
    return Saying(
        "{path} is not readable ({error}); it is {aside} now, and the defaults apply.",
        path=path,
        error=str(error),
        aside=aside.name,
    )


def _broken(path: Path, error: ValueError) -> Saying:
    return Saying(
        "{path} is not readable ({error}); the defaults apply.", path=path, error=str(error)
    )


def write_toml(path: Path, data: Data) -> None:
    """Replace a TOML file; what of its texts is no UTF-8 is kept as U+FFFD. Raises OSError."""
    write_atomically(path, clean(HEADER + tomli_w.dumps(data)).encode())


def put_value(data: Data, key: str, values: object) -> None:
    """Make one key of a file's content say what a tree of settings says; a default is left out."""
    _put(data, key.split("."), settings_tree.to_dict(values, only_changed=True))


def _put(data: Data, names: list[str], changed: Data) -> None:
    name, *deeper = names
    value = changed.get(name)
    if deeper:
        found = data.get(name)
        inner = found if isinstance(found, dict) else {}
        _put(inner, deeper, value or {})
        value = inner or None
    if value is None:
        data.pop(name, None)
    else:
        data[name] = value


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [clean(word) for word in value] if isinstance(value, list) else value


def _items(data: Data) -> list[Data]:
    items = data.get("preset", [])
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _presets_of(data: Data) -> tuple[tuple[Preset, ...], tuple[Saying, ...]]:
    presets, problems = [], []
    for item in _items(data):
        name, prompt, sampling = (
            item.get("name"),
            item.get("system_prompt", ""),
            item.get("sampling", {}),
        )
        if not (
            isinstance(name, str)
            and name
            and isinstance(prompt, str)
            and isinstance(sampling, dict)
        ):
            problems.append(Saying("presets.toml has a preset that is not one; it is not offered."))
            continue
        values, refused = settings_tree.from_dict(SamplingSettings, sampling)
        problems += [
            Saying("Preset {name}: {problem}", name=name, problem=problem) for problem in refused
        ]
        presets.append(Preset(name, values, prompt, own=True))
    return tuple(presets), tuple(problems)


def _preset_data(preset: Preset) -> Data:
    sampling = {
        name: _clean(value) for name, value in settings_tree.to_dict(preset.sampling).items()
    }
    return {
        "name": clean(preset.name),
        "system_prompt": clean(preset.system_prompt),
        "sampling": sampling,
    }
