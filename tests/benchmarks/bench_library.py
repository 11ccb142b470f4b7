"""How long the library's lists and the inspector's looks take: 300 models, and one model of 1 GB.

Prints a table; asserts nothing. Needs 1.1 GB in the temporary folder.
"""

import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "library")]

import hostile  # noqa: E402

from desktop_llm.library.inspector.process import Inspector, inspect  # noqa: E402
from desktop_llm.library.models import Library  # noqa: E402
from desktop_llm.resources import resource  # noqa: E402

MODELS = 300
LAYERS, WIDTH, VOCABULARY = 8, 1024, 151_936


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        _lists(Path(name) / "models")
        _large(Path(name) / "Large")
    return 0


def _lists(folder: Path) -> None:
    first = hostile.model_folder(folder / "m0")
    # Headers as long as those of a model with 290 tensors.
    header, size = hostile.entries(_shapes(2, 8, 260) | {f"t.{i}": [2] for i in range(280)})
    (first / "model.safetensors").write_bytes(hostile.safetensors(header, size))
    for number in range(1, MODELS):
        shutil.copytree(first, folder / f"m{number}")
    library = Library(folder, resource("guide_model"))
    _row(f"list of {MODELS} models, the first time ever", _timed(library.list))
    times = 1
    while not all(model.architecture for model in library.list()):
        times += 1
    print(f"  (known after {times} more)")
    _row("the same again", min(_timed(library.list) for _ in range(5)))
    _row("in a new process", _timed(lambda: Library(folder, resource("guide_model")).list()))


def _shapes(layers: int, width: int, vocabulary: int) -> dict[str, list[int]]:
    found = {"model.embed_tokens.weight": [vocabulary, width], "model.norm.weight": [width]}
    for layer in range(layers):
        begin = f"model.layers.{layer}."
        found |= {begin + f"mlp.{part}_proj.weight": [4 * width, width] for part in ("up", "gate")}
        found |= {begin + f"self_attn.{part}_proj.weight": [width, width] for part in "qkvo"}
    return found


def _large(folder: Path) -> None:
    folder.mkdir()
    header, size = hostile.entries(_shapes(LAYERS, WIDTH, VOCABULARY))
    with (folder / "model.safetensors").open("wb") as file:
        file.write(hostile.safetensors(header, 0))
        block = bytes(range(64)) * 16_384
        for start in range(0, size, len(block)):
            file.write(block[: size - start])
    config = {"hidden_size": WIDTH, "num_hidden_layers": LAYERS, "vocab_size": VOCABULARY,
              "num_attention_heads": 16, "num_key_value_heads": 16}  # fmt: skip
    hostile.put(folder / "config.json", hostile.CONFIG | config)
    hostile.put(folder / "tokenizer.json", _large_vocabulary())
    seconds = _timed(lambda: _require(folder))
    _row(f"inspecting {size / 1e9:.2f} GB with {VOCABULARY:,} tokens", seconds)
    with Inspector() as inspector:
        peak: list[int] = []
        stop = threading.Event()
        watch = threading.Thread(target=_watch, args=(inspector, peak, stop))
        watch.start()
        inspector.inspect(folder)
        stop.set()
        watch.join()
    print(f"  its process: {max(peak) / 1e6:.0f} MB at most")
    library = Library(folder.parent / "none", None)
    model = library.find(str(folder))
    check = _timed(lambda: library.check(model, lambda *_: None, threading.Event()))
    _row("first check before a load, all bytes hashed", check)
    _row(
        "every check after it",
        _timed(lambda: library.check(model, lambda *_: None, threading.Event())),
    )


def _large_vocabulary() -> dict[str, object]:
    data = json.loads(json.dumps(hostile.TOKENIZER))
    vocabulary, merges = data["model"]["vocab"], data["model"]["merges"]
    signs = sorted(vocabulary)[:256]
    for first, second in itertools.product([*signs, *(a + b for a in signs for b in signs)], signs):
        if len(vocabulary) < VOCABULARY - 100 and first + second not in vocabulary:
            vocabulary[first + second] = len(vocabulary)
            merges.append([first, second])
    return data


def _require(folder: Path) -> None:
    verdict = inspect(folder)
    assert verdict.safe, verdict.findings


def _watch(inspector: Inspector, peak: list[int], stop: threading.Event) -> None:
    while not stop.wait(0.005):
        try:
            if inspector.pid is not None:
                peak.append(psutil.Process(inspector.pid).memory_info().rss)
        except psutil.Error:
            continue


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _row(what: str, seconds: float) -> None:
    print(f"{what:55}{1000 * seconds:9.0f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
