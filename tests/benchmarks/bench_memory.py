"""Predicted against measured memory, of models from 1 MB to 2 GB in every precision.

    python tests/benchmarks/bench_memory.py [--only NAME] [--keep FOLDER]

Each load runs in a process of its own: what it has before the load is taken off, then a prompt fills
the context window and some tokens are written. The models are random, made on the spot.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOLERANCE = 0.15


@dataclass(frozen=True)
class Case:
    """One model: transformers' kind, what differs from its defaults, the precision, the window."""

    name: str
    kind: str
    config: dict[str, Any]
    precision: str
    window: int


def _llama(hidden: int, inner: int, layers: int, vocabulary: int, **more: Any) -> dict[str, Any]:
    return {
        "hidden_size": hidden, "intermediate_size": inner, "num_hidden_layers": layers,
        "num_attention_heads": max(2, hidden // 64), "num_key_value_heads": 2,
        "vocab_size": vocabulary, "max_position_embeddings": 32768, "pad_token_id": None,
    } | more  # fmt: skip


QWEN = _llama(896, 4864, 24, 151_936, tie_word_embeddings=True)
BILLION = _llama(2048, 8192, 14, 32_000, num_key_value_heads=8)
GPT2 = {"n_embd": 1024, "n_layer": 24, "n_head": 16, "n_positions": 1024}
CASES = (
    Case("1 MB", "llama", _llama(64, 128, 4, 512), "bf16", 1024),
    Case("16 MB", "llama", _llama(256, 768, 6, 8_000), "fp32", 2048),
    Case("125M-shape gpt2, bf16", "gpt2", {"n_positions": 1024}, "bf16", 1024),
    Case("gpt2-medium, int8", "gpt2", GPT2, "int8", 1024),
    Case("opt-350m, int4", "opt", {
        "hidden_size": 1024, "ffn_dim": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
        "word_embed_proj_dim": 1024, "max_position_embeddings": 2048,
    }, "int4", 2048),
    Case("qwen2-0.5b, bf16", "qwen2", QWEN, "bf16", 2048),
    Case("qwen2-0.5b, int8", "qwen2", QWEN, "int8", 2048),
    Case("qwen2-0.5b, int4", "qwen2", QWEN, "int4", 4096),
    Case("1b llama, int8", "llama", BILLION, "int8", 1024),
    Case("1b llama, 2 GB bf16", "llama", BILLION, "bf16", 1024),
)  # fmt: skip


def main() -> int:
    """Measure all cases, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--keep", type=Path, help="keep the models there for the next time")
    parser.add_argument("--make", action="store_true", help="only make the models, into --keep")
    parser.add_argument("--measure", nargs=3, metavar=("FOLDER", "PRECISION", "WINDOW"))
    choice = parser.parse_args()
    if choice.measure:
        folder, precision, window = choice.measure
        print(json.dumps(measure(Path(folder), precision, int(window))))
        return 0
    if choice.make:
        for case in CASES:
            make(choice.keep, case)
        return 0
    with tempfile.TemporaryDirectory() as made:
        return table(
            [case for case in CASES if choice.only in case.name], choice.keep or Path(made)
        )


def table(cases: list[Case], home: Path) -> int:
    """Print a line for each case; 1 where one is predicted worse than it should be."""
    worst = 0.0
    print(f"{'model':28}{'file':>9}{'predicted':>11}{'measured':>10}{'off':>7}")
    for case in cases:
        folder = make(home, case)
        size = (folder / "model.safetensors").stat().st_size
        command = [
            sys.executable,
            __file__,
            "--measure",
            str(folder),
            case.precision,
            str(case.window),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        off = found["predicted"] / found["measured"] - 1
        worst = max(worst, abs(off))
        print(
            f"{case.name:28}{size / 1e6:7.0f}MB{found['predicted'] / 1e6:9.0f}MB"
            f"{found['measured'] / 1e6:8.0f}MB{off:+7.1%}   {found['parts']}",
            flush=True,
        )
    print(f"worst: {worst:.1%}, allowed {TOLERANCE:.0%}")
    return int(worst > TOLERANCE)


def make(home: Path, case: Case) -> Path:
    """The case's model folder; random weights in bf16, or fp32 where that is the precision."""
    import torch
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import AutoModelForCausalLM

    name = f"{case.kind}-" + "-".join(str(v) for v in case.config.values())
    folder = home / name / ("fp32" if case.precision == "fp32" else "bf16")
    if not (folder / "model.safetensors").exists():
        dtype = torch.float32 if case.precision == "fp32" else torch.bfloat16
        torch.set_default_dtype(dtype)
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(case.kind, **case.config))
        torch.set_default_dtype(torch.float32)
        model.save_pretrained(folder, max_shard_size="10GB")
    return folder


def measure(folder: Path, precision: str, window: int) -> dict[str, Any]:
    """Bytes predicted, and bytes that this process really took for the model."""
    import threading

    import psutil

    from desktop_llm.core.memory import blueprint, need
    from desktop_llm.core.model_files import read_model_files
    from desktop_llm.core.models import LoadRequest, ModelOnDisk
    from desktop_llm.core.settings import Precision
    from desktop_llm.engine.preload import preload

    preload()  # as the app does before any model
    from desktop_llm.engine.bench import _run
    from desktop_llm.engine.load import load_bare

    process = psutil.Process()
    before = process.memory_info().rss
    files = read_model_files(folder, tokenizer=False)
    predicted = need(blueprint(files.config, files.tensors), precision, window)
    request = LoadRequest(
        ModelOnDisk("m", "m", folder), precision=Precision(precision), context_window=window
    )
    bare = load_bare(request, lambda done, total: None, threading.Event())
    loaded = process.memory_info().rss
    most = [0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            most[0] = max(most[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _run(bare, window - 9, 8, seed=1)
    stop.set()
    watcher.join()
    return {
        "predicted": predicted.total,
        "measured": most[0] - before,
        "parts": f"weights {predicted.weights / 1e6:.0f} states {predicted.states / 1e6:.0f} "
        f"working {predicted.working / 1e6:.0f}; loaded {(loaded - before) / 1e6:.0f}",
    }


if __name__ == "__main__":
    sys.exit(main())
