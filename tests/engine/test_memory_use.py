"""A load that cannot fit is refused with numbers; unloading gives the memory back to the system."""

import functools
import gc
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gguf import GGUFWriter
from gguf_making import write_gguf
from safetensors.torch import load_file, save_file
from tiny_models import asked, load_request, loaded_engine, reply

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.events import EndReason
from desktop_llm.core.memory import blueprint, need
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.settings import Precision
from desktop_llm.engine import devices, paces
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.load import load_bare
from desktop_llm.resources import resource

MB = 1_000_000


def limited(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(devices, "free_memory", lambda device: free)


def needed(folder: Path, precision: str, window: int) -> int:
    files = read_model_files(folder)
    plan = blueprint(files.config, files.tensors)
    plan = replace(plan, state_bytes=paces.states_dtype().itemsize)
    return need(plan, precision, window).total


def test_an_impossible_load_is_refused_with_numbers(
    model_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, 20 * MB)
    with pytest.raises(ModelError) as told:
        loaded_engine(model_folders["llama"], precision=Precision.BF16)
    text = str(told.value)
    assert "does not fit into memory in bf16" in text
    assert "20 MB are free" in text
    assert "weights" in text
    assert "context of 512 tokens" in text
    assert "smaller model" in text


def test_a_refusal_names_what_would_fit(larger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, needed(larger, "bf16", 512) - 1)
    with pytest.raises(ModelError, match=r"Choose int[48] with a context window of"):
        loaded_engine(larger, precision=Precision.BF16, context_window=1024)


def test_what_a_refusal_offers_can_be_loaded(larger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = needed(larger, "bf16", 512) + 1000
    limited(monkeypatch, free)
    with pytest.raises(ModelError) as told:
        loaded_engine(larger, precision=Precision.BF16, context_window=1024)
    shorter, smaller = told.value.remedies
    assert (shorter.context_window, shorter.precision) == (512, "")
    assert smaller.precision in ("int8", "int4")
    for remedy in (shorter, smaller):
        precision = Precision(remedy.precision or "bf16")
        engine = loaded_engine(larger, precision=precision, context_window=remedy.context_window)
        assert engine.loaded is not None
        assert engine.loaded.memory <= free
    limited(monkeypatch, 1000)
    with pytest.raises(ModelError) as told:
        loaded_engine(larger)
    assert told.value.remedies == ()


def test_a_window_nobody_asked_for_shrinks_to_what_fits_and_says_so(
    model_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_llm.core import memory

    monkeypatch.setattr(memory, "USUAL", 128)
    monkeypatch.setattr(memory, "_windows", lambda most: [512, 256, 128])
    folder = model_folders["llama"]
    limited(monkeypatch, needed(folder, "fp32", 256))
    engine = loaded_engine(folder, precision=Precision.FP32)
    assert engine.loaded is not None
    assert engine.loaded.context_window == 256
    assert "256 tokens" in engine.loaded.reason
    assert engine.loaded.memory == needed(folder, "fp32", 256)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma2", "mistral"])
@pytest.mark.parametrize("window", [8, 16, 17, 64])
def test_which_pass_computes_it_is_foreseen(
    model_folders: dict[str, Path], kind: str, window: int
) -> None:
    folder = model_folders[kind]
    files = read_model_files(folder)
    request = load_request(folder, context_window=window)
    step = load_bare(request, lambda done, total: None, threading.Event()).step
    assert isinstance(step, LeanStep) is blueprint(files.config, files.tensors).is_lean(window)


def numbers_held() -> int:
    held = (one for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter))
    return sum(tensor.numel() for tensor in held)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_weights_are_freed_at_once_and_not_when_garbage_is_collected(
    model_folders: dict[str, Path], kind: str
) -> None:
    engine = TransformersEngine()
    engine.load(load_request(model_folders[kind]), lambda done, total: None, _never())
    assert reply(engine, asked("Hi")).end.reason is not EndReason.FAILED
    gc.collect()
    before = numbers_held()
    gc.disable()
    try:
        engine.unload()
        assert before - numbers_held() > 10_000
        assert engine.loaded is None
    finally:
        gc.enable()
    engine.load(load_request(model_folders[kind]), lambda done, total: None, _never())
    assert reply(engine, asked("Hi")).end.reason is not EndReason.FAILED


def _never() -> object:
    return threading.Event()


LATE = {"llama": "model.norm.weight", "gpt2": "transformer.h.1.mlp.c_proj.weight"}
"""A weight of each kind that is read when most of the others are there."""


def harmed(folder: Path, model: Path, name: str, instead: torch.Tensor | None) -> Path:
    """A copy of a model with another weight of that name, or without it."""
    shutil.copytree(model, folder)
    held = load_file(folder / "model.safetensors")
    del held[name]
    held |= {} if instead is None else {name: instead}
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _set(event: threading.Event, *_: int) -> None:
    event.set()


def held_by_a_failed_load(folder: Path, *, stopped: bool = False, **options: object) -> int:
    """Numbers in memory, more than before it, while the error of a load is remembered."""
    request, told = load_request(folder, **options), []
    gc.collect()
    gc.freeze()  # what other tests left, and it is much, is not looked through time and again
    try:
        for _ in range(2):  # what a first load leaves for ever is not the model's
            cancel = threading.Event()
            report = functools.partial(_set, cancel if stopped else threading.Event())
            gc.collect()
            gc.disable()
            before = numbers_held()
            with pytest.raises(Cancelled if stopped else ModelError) as error:
                TransformersEngine().load(request, report, cancel)
            told.append(error.value)
            held = _held_in_the_end(before)
            gc.enable()
    finally:
        gc.enable()
        gc.unfreeze()
    return held


def _held_in_the_end(before: int) -> int:
    """The loader reads on threads of its own, and one may be in the middle of a weight for a moment."""
    for _ in range(40):
        held = numbers_held() - before
        if not held:
            break
        time.sleep(0.05)
    return held


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.BF16, Precision.INT8])
@pytest.mark.parametrize("kind", LATE)
def test_a_load_that_fails_late_holds_nothing_while_its_error_is_shown(
    model_folders: dict[str, Path], tmp_path: Path, kind: str, precision: Precision
) -> None:
    folder = harmed(tmp_path / "harmed", model_folders[kind], LATE[kind], None)
    assert held_by_a_failed_load(folder, precision=precision) == 0


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.INT8])
def test_nor_does_one_that_the_loader_refuses_or_that_is_stopped(
    model_folders: dict[str, Path], tmp_path: Path, precision: Precision
) -> None:
    folder = harmed(tmp_path / "harmed", model_folders["gpt2"], LATE["gpt2"], torch.ones(3, 5))
    assert held_by_a_failed_load(folder, precision=precision) == 0
    for kind in LATE:
        assert held_by_a_failed_load(model_folders[kind], stopped=True, precision=precision) == 0


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.INT8])
def test_nor_does_a_gguf_file_that_lacks_a_weight(
    model_folders: dict[str, Path],
    tmp_path: Path,
    precision: Precision,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put = GGUFWriter.add_tensor

    def leaves_one_out(self: GGUFWriter, name: str, *given: object, **how: object) -> None:
        if name != "blk.1.ffn_down.weight":
            put(self, name, *given, **how)

    monkeypatch.setattr(GGUFWriter, "add_tensor", leaves_one_out)
    file = write_gguf(model_folders["gpt2"], tmp_path / "lacking.gguf")
    assert held_by_a_failed_load(file, precision=precision) == 0


def test_what_another_error_holds_that_was_there_before_is_left_alone(tmp_path: Path) -> None:
    layer = torch.nn.Linear(3, 2)

    def fails(of: torch.nn.Linear) -> None:
        raise ValueError(of)

    try:
        fails(layer)
    except ValueError:
        with pytest.raises(ModelError):
            loaded_engine(tmp_path / "nowhere")
    assert layer.weight.shape == (2, 3)


SCRIPT = """
import sys, threading, psutil
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tiny_models import load_request, asked, run
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.core.settings import Precision
engine, process = TransformersEngine(), psutil.Process()
def rss():
    return process.memory_info().rss
def use(precision):
    request = load_request(Path(sys.argv[1]), precision=precision)
    engine.load(request, lambda done, total: None, threading.Event())
    run(engine, asked("Hi " * 30))
    loaded = rss()
    engine.unload()
    return loaded
def twenty():
    use(Precision.BF16)  # kernels, threads and transformers' own modules are not the model's
    before = rss()
    for turn in range(20):
        loaded = use(Precision.INT8 if turn % 2 else Precision.BF16)
        print(loaded - before, rss() - before, before)
thread = threading.Thread(target=twenty)  # as in the app; its memory is managed apart
(thread.start(), thread.join()) if sys.argv[3] == "thread" else twenty()
"""


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 of 40 MB: the general pass, whose modules stand in cycles."""
    from tiny_models import save_tokenizer
    from transformers import GPT2Config
    from transformers.models.auto.modeling_auto import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("larger")
    vocabulary = save_tokenizer(folder, None)
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=512, n_layer=6, n_head=8, n_positions=1024,
        bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(1)
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("where", ["main", "thread"])
def test_twenty_unloads_give_the_memory_back(larger: Path, where: str) -> None:
    command = [sys.executable, "-c", SCRIPT, str(larger), str(Path(__file__).parent), where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines() if line]
    assert len(rows) == 20
    assert max(loaded for loaded, _, _ in rows) > 15 * MB  # there was something to give back
    for _, kept, before in rows:
        assert kept < max(50 * MB, 0.05 * before)
    # Nothing grows from one to the next either: the last is as the third.
    assert rows[-1][1] - rows[2][1] < 15 * MB


PASSES = """
import resource, sys, threading
from pathlib import Path
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.settings import Precision
from desktop_llm.engine.load import load_bare
request = LoadRequest(ModelOnDisk("m", "m", Path(sys.argv[1])), precision=Precision.INT8)
bare = load_bare(request, lambda done, total: None, threading.Event())
ids = [place % 300 for place in range(512)]
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def read():
    before = faults()
    bare.step(ids, bare.step.new_cache())
    print(faults() - before)
if sys.argv[2] == "thread":
    main = threading.Thread(target=lambda: [read() for _ in range(8)])
    main.start(), main.join()
else:
    [read() for _ in range(8)]
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about Linux's C library")
@pytest.mark.parametrize("where", ["main", "thread"])
def test_a_pass_computes_in_the_memory_that_the_one_before_it_freed(where: str) -> None:
    command = [sys.executable, "-c", PASSES, str(resource("guide_model")), where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, *later = map(int, done.stdout.split())
    # Its largest tensors alone, of 3 MB in each of four layers, are 2,800 pages. In a pass now and then
    # the system brings back 2 MB (512 pages) that it had put away itself: the middle one of seven.
    assert sorted(later)[3] < 500 < first
