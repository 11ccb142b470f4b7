"""How fast a model runs on this machine: reads random tokens, writes some, and takes the times.

Knows no text, so that a folder without a tokenizer can be measured. Medians of several runs.
"""

import math
import random
import re
import statistics
import sys
import threading
import time
from pathlib import Path

import psutil
import torch

from desktop_llm.core.benchmarks import BenchResult
from desktop_llm.core.errors import Cancelled
from desktop_llm.core.memory import CHUNK, is_expert, share_of_experts
from desktop_llm.core.models import LoadRequest
from desktop_llm.core.ports import Report
from desktop_llm.core.speed import bytes_read
from desktop_llm.engine.encoder_decoder import EncoderDecoderStep
from desktop_llm.engine.load import Bare, load_bare

PROBE = 256_000_000
"""Bytes read to learn how fast this machine reads memory: far more than any cache holds."""
STEP = 100
"""What loading counts in the report, and each run."""
_ENCODER = re.compile(r"(^|\.)encoder\.")


def bench(
    request: LoadRequest,
    prompt: int,
    new: int,
    repeat: int,
    report: Report,
    cancel: threading.Event,
    cache: Path | None = None,
) -> BenchResult:
    """Load the model, then `repeat` times read `prompt` tokens and write `new` ones, greedily.

    The prompt is shorter where the context window asks for it; `new` must be less than the window.
    One run before them warms up and is not counted. Loading and each run are a hundred in the
    report. Raises ModelError, Cancelled.
    """
    started, total = time.perf_counter(), STEP * (repeat + 1)

    def loading(done: int, size: int) -> None:
        report(STEP * done // max(1, size), total)

    bare = load_bare(request, loading, cancel, cache)
    load_s = time.perf_counter() - started
    prompt = max(1, min(prompt, bare.window - new - 1))
    _run(bare, min(prompt, 32), 3, 0, cancel)
    runs = []
    for seed in range(1, repeat + 1):
        report(STEP * seed, total)
        runs.append(_run(bare, prompt, new, seed, cancel))
    report(total, total)
    ttft = statistics.median(first for first, _ in runs)
    pace = statistics.median(new / rest for _, rest in runs)
    read = bytes_per_token(bare)
    share, peak = 0.0, peak_rss()  # before the memory that is read to learn the bandwidth
    if bare.device == "cpu":
        share = pace * read / read_bandwidth()
    return BenchResult(
        prefill_tokens_per_s=prompt / ttft,
        decode_tokens_per_s=pace,
        ttft_s=ttft,
        load_s=load_s,
        peak_rss_bytes=peak,
        bandwidth_share=share,
        precision=bare.precision,
        device=bare.device,
        threads=torch.get_num_threads(),
        prompt=prompt,
        new=new,
        repeat=repeat,
        bytes_per_token=read,
        layers=bare.layers,
    )


def bytes_per_token(bare: Bare) -> float:
    """Bytes of weights that are read for every token.

    Not those of a table of which one row is read, nor those of an encoder: it reads a text once.
    """
    tensors = bare.files.tensors
    if isinstance(bare.step, EncoderDecoderStep):
        tensors = {name: one for name, one in tensors.items() if not _ENCODER.search(name)}
    table = (bare.vocabulary, int(bare.decoder.hidden_size))
    head = math.prod(table)
    # Of the vocabulary's tables one scores it, and is read whole. Families name it as they like, and
    # the configuration need not say whether it has a table of its own (T5 1.1).
    others = max(0, sum(tuple(one.shape) == table for one in tensors.values()) - 1)
    experts = sum(one.elements for name, one in tensors.items() if is_expert(name, one))
    numbers = sum(one.elements for one in tensors.values()) - head * others - experts
    read = experts * share_of_experts(bare.decoder.to_dict())
    return bytes_read(numbers, head, bare.precision, read)


def _run(
    bare: Bare, prompt: int, new: int, seed: int, cancel: threading.Event
) -> tuple[float, float]:
    """Seconds to the first token, and for `new` further ones. Raises Cancelled."""
    ids = random.Random(seed).choices(range(bare.vocabulary), k=prompt)
    cache = bare.step.new_cache()
    started = time.perf_counter()
    chunk = prompt if bare.step.reads_at_once else CHUNK
    while len(cache) < prompt:
        _stop_if(cancel)
        count = max(chunk, cache.fewest(prompt))
        scores = bare.step(ids[len(cache) : len(cache) + count], cache)
    token = int(scores[-1].argmax())
    first = time.perf_counter()
    for _ in range(new):
        _stop_if(cancel)
        token = int(bare.step([token], cache)[-1].argmax())
    return first - started, time.perf_counter() - first


def _stop_if(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise Cancelled


def read_bandwidth() -> float:
    """Bytes per second that all threads together read from memory, the best of several."""
    data = torch.ones(PROBE // 4)
    best = 0.0
    for _ in range(8):
        started = time.perf_counter()
        data.sum()
        best = max(best, PROBE / (time.perf_counter() - started))
    return best


def peak_rss() -> int:
    """The most memory this process has had so far, in bytes."""
    info = psutil.Process().memory_info()
    peak = getattr(info, "peak_wset", 0)  # Windows
    if peak:
        return int(peak)
    status = Path("/proc/self/status")
    # Linux's ru_maxrss counts what the process that started this one had; VmHWM does not.
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    own = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    if own:
        return own[0] * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most if sys.platform == "darwin" else most * 1024)
