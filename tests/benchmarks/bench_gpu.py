"""How fast a GPU writes, measured against how fast it reads its own memory.

    python tests/benchmarks/bench_gpu.py [--model FOLDER]

Without --model, models of Qwen2.5-0.5B's and Llama-3.2-1B's shape with random weights. Prints one
table: the decode step as a CUDA graph and as it is, tokens per second, the share of the measured
bandwidth, and how many tokens were the same (tests hold them equal in float32; bfloat16 has ties). Where torch finds no GPU it says so and ends
with 0. The result is kept in tests/benchmarks/last-gpu.json.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import torch

from desktop_llm.core.memory import CHUNK
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.settings import Device, Precision
from desktop_llm.engine.bench import bytes_per_token
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.load import Bare, load_bare

SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen2.5-0.5B": ("qwen2", {
        "vocab_size": 151_936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
        "num_attention_heads": 14, "num_key_value_heads": 2, "tie_word_embeddings": True,
    }),
    "Llama-3.2-1B": ("llama", {
        "vocab_size": 128_256, "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "tie_word_embeddings": True,
    }),
}  # fmt: skip
PROMPT, NEW, RUNS = 512, 128, 5
KEPT = Path(__file__).with_name("last-gpu.json")


def main() -> int:
    """Measure and print; 0 where there is no GPU, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a folder with a model")
    chosen = parser.parse_args().model
    if not torch.cuda.is_available():
        print("no GPU here: torch finds no CUDA device, so nothing was measured.")
        return 0
    bandwidth = read_bandwidth()
    name = torch.cuda.get_device_name()
    print(
        f"{name}, reads {bandwidth / 1e9:,.0f} GB/s; prompt {PROMPT}, {NEW} new, median of {RUNS}"
    )
    print(f"{'model':16}{'step':>8}{'prefill tok/s':>15}{'decode tok/s':>14}{'bandwidth':>11}")
    rows: list[dict[str, Any]] = []
    agreed = []
    with tempfile.TemporaryDirectory() as home:
        folders = [chosen] if chosen else [made(Path(home), shape) for shape in SHAPES]
        for folder in folders:
            rows += (pair := both_ways(folder, bandwidth))
            both = zip(pair[0].pop("tokens"), pair[1].pop("tokens"), strict=True)
            agreed.append(sum(one == other for one, other in both))
    print(f"tokens that graph and plain step agree in, of {NEW + 1}: {agreed}")
    KEPT.write_text(json.dumps({"gpu": name, "bandwidth": bandwidth, "rows": rows}, indent=1))
    return 0


def both_ways(folder: Path, bandwidth: float) -> list[dict[str, Any]]:
    """A row for the captured step and one for the plain one."""
    request = LoadRequest(
        ModelOnDisk(folder.name, folder.name, folder), Device.CUDA, Precision.BF16,
        context_window=1024,
    )  # fmt: skip
    bare = load_bare(request, lambda done, total: None, threading.Event())
    rows = []
    for way in ("graph", "plain"):
        if way == "plain" and isinstance(bare.step, LeanStep):
            bare.step.stop_capturing()
        rows.append(measured(bare, folder.name, way, bandwidth))
    bare.step.let_go()
    return rows


def measured(bare: Bare, name: str, way: str, bandwidth: float) -> dict[str, Any]:
    """Medians of some runs after one that is not counted."""
    runs = [run(bare) for _ in range(1 + RUNS)][1:]
    prefill = PROMPT / statistics.median(first for first, _, _ in runs)
    decode = NEW / statistics.median(rest for _, rest, _ in runs)
    share = decode * bytes_per_token(bare) / bandwidth
    print(f"{name:16}{way:>8}{prefill:15,.0f}{decode:14,.1f}{share:11.0%}")
    return {
        "model": name, "step": way, "prefill_tokens_per_s": prefill, "decode_tokens_per_s": decode,
        "bandwidth_share": share, "tokens": runs[-1][2],
    }  # fmt: skip


def run(bare: Bare) -> tuple[float, float, list[int]]:
    """Seconds for the prompt and for the new tokens, and these."""
    ids, cache = [(17 * i) % 20_000 + 9 for i in range(PROMPT)], bare.step.new_cache()
    torch.cuda.synchronize()
    started = time.perf_counter()
    for start in range(0, PROMPT, CHUNK):
        scores = bare.step(ids[start : start + CHUNK], cache)
    tokens = [int(scores[-1].argmax())]
    first = time.perf_counter()
    for _ in range(NEW):
        tokens.append(int(bare.step(tokens[-1:], cache)[-1].argmax()))
    return first - started, time.perf_counter() - first, tokens


def read_bandwidth() -> float:
    """Bytes a second that the GPU reads from its memory, the best of several."""
    data = torch.ones(256_000_000, device="cuda")
    best = 0.0
    for _ in range(10):
        torch.cuda.synchronize()
        started = time.perf_counter()
        data.sum()
        torch.cuda.synchronize()
        best = max(best, data.numel() * 4 / (time.perf_counter() - started))
    return best


def made(home: Path, shape: str) -> Path:
    """A folder with a model of that shape and random weights."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import AutoModelForCausalLM

    kind, numbers = SHAPES[shape]
    with torch.device("cuda"):
        config = AutoConfig.for_model(kind, max_position_embeddings=4096, **numbers)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(home / shape)
    return home / shape


if __name__ == "__main__":
    sys.exit(main())
