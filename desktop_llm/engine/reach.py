"""How fast this machine writes in each precision: decodes with a small model of made-up weights, and counts.

The layers have the shape of a real model's and run through the engine's own kernels; there are few
of them, but more than any cache holds. Reads no file and keeps nothing.
"""

import itertools
import math
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.fitting import PRECISIONS
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.ports import Report
from desktop_llm.core.speed import Pace, bytes_read
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.engine import devices
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.weights import lean_step

SECONDS = 0.6
"""That are spent writing with each stack in each precision."""
WARM = 8
"""Tokens that are not counted: the first ones choose among kernels."""
FEWEST = 4
"""Tokens that are counted at least, however long they take."""
WINDOW = 2048
NEEDED = 1_200_000_000
"""Bytes of memory that must be free: the stack in its largest form, and one matrix unrounded."""
VOCABULARY = 16_384
SHAPES = (
    LlamaConfig(
        hidden_size=896, intermediate_size=4864, num_hidden_layers=16, num_attention_heads=14,
        num_key_value_heads=2, vocab_size=VOCABULARY, max_position_embeddings=WINDOW, tie_word_embeddings=True,
    ),
    LlamaConfig(
        hidden_size=2048, intermediate_size=8192, num_hidden_layers=4, num_attention_heads=32,
        num_key_value_heads=8, vocab_size=VOCABULARY, max_position_embeddings=WINDOW, tie_word_embeddings=True,
    ),
)  # fmt: skip
"""Many layers of Qwen2.5 0.5B and few of Llama 3.2 1B, each 250 to 280 million numbers: between them
lies what a layer costs by itself."""


@dataclass(frozen=True, slots=True)
class _MadeUp(ModelFiles):
    """A model that is in no file: its weights are made when they are asked for."""

    def get_tensor(self, name: str) -> torch.Tensor:
        """Numbers like a trained model's in size; that of a norm is 1."""
        shape = self.tensors[name].shape
        if len(shape) == 1:
            return torch.ones(shape)
        some = torch.randn(65_536, generator=torch.Generator().manual_seed(0)) * 0.02
        count = math.prod(shape)
        return some.bfloat16().repeat(math.ceil(count / len(some)))[:count].view(shape)


def measure_paces(
    report: Report, cancel: threading.Event, seconds: float = SECONDS
) -> tuple[Pace, ...]:
    """Two paces for each precision, in about six times `seconds` and as long again to prepare.

    Raises Cancelled, and ModelError where too little memory is free.
    """
    if devices.free_memory("cpu") < NEEDED:
        raise ModelError(
            "This computer cannot be measured now.",
            "That needs 1.2 GB of free memory.",
            "Close other programs, or unload the model, and try again.",
        )
    before = torch.get_num_threads()
    torch.set_num_threads(devices.usual_threads())
    try:
        return tuple(_paces(report, cancel, seconds))
    finally:
        torch.set_num_threads(before)


def _paces(report: Report, cancel: threading.Event, seconds: float) -> Iterator[Pace]:
    wanted = list(itertools.product(PRECISIONS, SHAPES))
    for place, (precision, shape) in enumerate(wanted):
        report(place, len(wanted))
        files = _files(shape)
        numbers = sum(tensor.elements for tensor in files.tensors.values())
        read = bytes_read(numbers, VOCABULARY * shape.hidden_size, precision)
        step = lean_step(files, shape, precision, WINDOW, lambda done, total: None, cancel)
        yield Pace(precision, read, _pace(step, seconds, cancel), shape.num_hidden_layers)
        step.let_go()
    report(len(wanted), len(wanted))


def _pace(step: LeanStep, seconds: float, cancel: threading.Event) -> float:
    """Tokens per second, by the fastest quarter of them: another program only ever slows one down."""
    cache, token, until = step.new_cache(), 1, math.inf
    spent: list[float] = []
    for number in range(WINDOW):
        if number == WARM:
            until = time.perf_counter() + seconds
        started = time.perf_counter()
        if cancel.is_set():
            raise Cancelled
        if started >= until and len(spent) >= FEWEST:
            break
        token = int(step([token], cache)[-1].argmax())
        if number >= WARM:
            spent.append(time.perf_counter() - started)
    return 1 / statistics.quantiles(spent, n=4, method="inclusive")[0]


def _files(shape: LlamaConfig) -> _MadeUp:
    with torch.device("meta"):
        weights = LlamaForCausalLM(shape).state_dict()
    tensors = {
        name: TensorInfo("BF16", tuple(weight.shape), 2 * weight.numel())
        for name, weight in weights.items()
        if name != "lm_head.weight"
    }
    return _MadeUp(Path(), shape.to_dict(), (), tensors, "")
