"""How fast this machine writes in each precision: decodes with a small model of made-up weights, and counts.

The layers have the shape of a real model's and run through the engine's own kernels; there are few
of them, but more than any cache holds. Reads no file and keeps nothing.
"""

import math
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.fitting import BYTES_EACH, PRECISIONS, Pace
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.ports import Report
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.engine import devices
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.weights import lean_step

SECONDS = 1.0
"""That are spent writing in each precision."""
WARM = 8
"""Tokens that are not counted: the first ones choose among kernels."""
FEWEST = 4
"""Tokens that are counted at least, however long they take."""
WINDOW = 2048
NEEDED = 1_000_000_000
"""Bytes of memory that must be free: the stack in its largest form, and one matrix unrounded."""
SHAPE = LlamaConfig(
    hidden_size=2048, intermediate_size=8192, num_hidden_layers=2, num_attention_heads=32,
    num_key_value_heads=8, vocab_size=16_384, max_position_embeddings=WINDOW, tie_word_embeddings=True,
)  # fmt: skip
"""Two layers of Llama 3.2 1B and an eighth of its vocabulary: 155 million numbers."""


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
    """A pace for each precision, in about three times `seconds` and as long again to prepare.

    Raises Cancelled, and ModelError where too little memory is free.
    """
    if devices.free_memory("cpu") < NEEDED:
        raise ModelError(
            "This computer cannot be measured now.",
            "That needs 1 GB of free memory.",
            "Close other programs, or unload the model, and try again.",
        )
    before = torch.get_num_threads()
    torch.set_num_threads(devices.usual_threads())
    try:
        return tuple(_paces(report, cancel, seconds))
    finally:
        torch.set_num_threads(before)


def _paces(report: Report, cancel: threading.Event, seconds: float) -> list[Pace]:
    files, paces = _files(), []
    numbers = sum(tensor.elements for tensor in files.tensors.values())
    for place, precision in enumerate(PRECISIONS):
        report(place, len(PRECISIONS))
        step = lean_step(files, SHAPE, precision, WINDOW, lambda done, total: None, cancel)
        paces.append(Pace(precision, numbers * BYTES_EACH[precision], _pace(step, seconds, cancel)))
        step.let_go()
    report(len(PRECISIONS), len(PRECISIONS))
    return paces


def _pace(step: LeanStep, seconds: float, cancel: threading.Event) -> float:
    """Tokens per second, by the fastest tenth of them: another program only ever slows one down."""
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
    return 1 / statistics.quantiles(spent, n=10, method="inclusive")[0]


def _files() -> _MadeUp:
    with torch.device("meta"):
        weights = LlamaForCausalLM(SHAPE).state_dict()
    tensors = {
        name: TensorInfo("BF16", tuple(weight.shape), 2 * weight.numel())
        for name, weight in weights.items()
        if name != "lm_head.weight"
    }
    return _MadeUp(Path(), SHAPE.to_dict(), (), tensors, "")
