"""A model's folder: its names, its links, its weights' headers, its index, and a look at its numbers."""

import re
import stat
from pathlib import Path
from typing import Any

from desktop_llm.core.fitting import weights_in_memory
from desktop_llm.core.model_files import INDEX, WEIGHTS, read_json, require_text, weight_files
from desktop_llm.core.sayings import Saying
from desktop_llm.core.weight_header import TensorInfo, read_header
from desktop_llm.library.inspector.looking import Looking
from desktop_llm.library.inspector.verdict import Facts, RefusedError

MOST_ENTRIES = 10_000
SAMPLE = 65_536
"""Bytes of each tensor whose numbers are looked at."""
MOST_SAMPLED = 64 * 1024**2
PICKLE_ENDINGS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".npy",
                  ".npz", ".h5", ".hdf5", ".msgpack", ".keras", ".pb", ".nemo", ".mar")  # fmt: skip
_PICKLE = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04|\x89HDF|\x93NUMPY|[(c}\]]\S*\n|\(lp|\(dp")
_EXPONENTS = {"F16": ("<u2", 0x7C00, 0x03FF), "BF16": ("<u2", 0x7F80, 0x007F),
              "F32": ("<u4", 0x7F800000, 0x007FFFFF)}  # fmt: skip
SAFETENSORS_TODO = Saying("Look for the same model as safetensors or GGUF; most are offered so.")


def names(looking: Looking) -> None:
    """No entry is a link out of the folder, a pipe or a device. Notes what is never opened."""
    require_text(looking.folder)
    entries = sorted(looking.folder.iterdir())
    if len(entries) > MOST_ENTRIES:
        raise RefusedError("The folder holds more files than any model does.")
    allowed = [looking.folder.resolve(), *_blobs(looking.folder)]
    for entry in entries:
        _stays_inside(looking, entry, allowed)
        mode = _mode(entry)
        if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            looking.look(entry.name)
            raise RefusedError("It is no file but a pipe, a socket or a device.")
        _note(looking, entry)


def _note(looking: Looking, entry: Path) -> None:
    if entry.suffix.lower() in PICKLE_ENDINGS:
        looking.notes.append(
            Saying("{name} is of a kind that can run programs: it is not opened.", name=entry.name)
        )
    elif entry.suffix.lower() == ".py":
        looking.notes.append(Saying("{name} is program code: it is not run.", name=entry.name))


def _mode(entry: Path) -> int | None:
    try:
        return entry.stat().st_mode
    except OSError:
        return None  # a link to nothing; whoever needs the file will miss it


def _stays_inside(looking: Looking, entry: Path, allowed: list[Path]) -> None:
    target = entry.resolve()
    if not any(target.is_relative_to(place) for place in allowed):
        looking.look(entry.name)
        raise RefusedError(
            "It is a link to {target}, outside the model's own folder.",
            Saying("Replace the link by the file it means, if you made it yourself."),
            target=target,
        )


def _blobs(folder: Path) -> list[Path]:
    """Where the Hugging Face cache keeps what its snapshots, and folders in them, link to."""
    for parent in folder.resolve().parents:
        if parent.name == "snapshots" and parent.parent.name.startswith("models--"):
            return [parent.parent / "blobs"]
    return []


def weights(looking: Looking) -> None:
    """Every weights' file is safetensors, whole, and in order."""
    looking.look(WEIGHTS)
    if not (looking.folder / WEIGHTS).exists() and (looking.folder / INDEX).exists():
        looking.look(INDEX)
    listed = {entry.name for entry in looking.folder.iterdir()}
    for path in weight_files(looking.folder):
        looking.look(path.name)
        if path.name not in listed:
            raise RefusedError("The index names it in other letters than the folder does.")
        _add(looking, path)
    _tell(looking, str((looking.config.get("architectures") or [""])[0]))


def one_file(looking: Looking) -> None:
    """One safetensors file, by itself."""
    _add(looking, looking.look(looking.path.name))
    _tell(looking, "")


def other_kind(looking: Looking) -> None:
    """What is neither safetensors nor GGUF is never opened by the app; say which kind it is."""
    with looking.look(looking.path.name).open("rb") as file:
        begin = file.read(64)
    if _PICKLE.match(begin) or looking.path.suffix.lower() in PICKLE_ENDINGS:
        raise RefusedError(
            "It is a pickle or an archive of pickles: opening it can run any program.",
            SAFETENSORS_TODO,
        )
    raise RefusedError("It is neither safetensors nor GGUF.", SAFETENSORS_TODO)


def _add(looking: Looking, path: Path) -> None:
    tensors = read_header(path)
    twice = looking.tensors.keys() & tensors.keys()
    if twice:
        raise RefusedError(
            "Its tensor {name} is in another file of the model too.", name=repr(min(twice))
        )
    looking.tensors.update(tensors)
    looking.files.append((path, tensors))


def _tell(looking: Looking, architecture: str) -> None:
    parameters = sum(tensor.elements for tensor in looking.tensors.values())
    size = sum(tensor.size for tensor in looking.tensors.values())
    looking.facts = Facts(
        "safetensors", architecture, parameters, size, weights_in_memory(parameters)
    )


def index_agrees(looking: Looking) -> None:
    """The index names the tensors that the files hold, each in its file, and no other."""
    if (looking.folder / WEIGHTS).exists() or not (looking.folder / INDEX).exists():
        return
    named: dict[str, Any] = read_json(looking.look(INDEX))["weight_map"]
    held = {name: path.name for path, tensors in looking.files for name in tensors}
    missing = sorted(named.keys() - held.keys())
    if missing:
        raise RefusedError(
            "It names the tensor {name}, which no file holds.", name=repr(missing[0])
        )
    unnamed = sorted(held.keys() - named.keys())
    if unnamed:
        raise RefusedError(
            "The files hold the tensor {name}, which it does not name.", name=repr(unnamed[0])
        )
    moved = next((name for name, file in named.items() if held[name] != file), None)
    if moved is not None:
        raise RefusedError(
            "It says that {name} is in {file}, and it is not.",
            name=repr(moved),
            file=repr(named[moved]),
        )


def numbers(looking: Looking) -> None:
    """A sample of every tensor holds numbers: weights that are none make a model that says nothing."""
    left = MOST_SAMPLED
    for path, tensors in looking.files:
        looking.look(path.name)
        with path.open("rb") as file:
            for name, tensor in tensors.items():
                size = min(tensor.size, SAMPLE, left)
                left -= size
                file.seek(tensor.start + (tensor.size - size) // 2 // 8 * 8)
                _finite(looking, name, tensor, file.read(size))


def _finite(looking: Looking, name: str, tensor: TensorInfo, raw: bytes) -> None:
    if tensor.dtype not in _EXPONENTS:
        return
    import numpy  # the app's side imports this module's neighbours and must not pay for it

    code, exponent, fraction = _EXPONENTS[tensor.dtype]
    words = numpy.frombuffer(raw[: len(raw) // 4 * 4], dtype=code)
    beyond = words[(words & exponent) == exponent]
    if (beyond & fraction).any():
        raise RefusedError(
            "Its tensor {name} holds values that are no numbers (NaN).",
            Saying("The file is damaged or was made wrongly. Download it again."),
            name=repr(name),
        )
    if beyond.size:
        note = Saying(
            "{file}: the tensor {name} holds infinite values.", file=looking.at, name=repr(name)
        )
        looking.notes.append(note)
