"""Our engine beside transformers' eager bf16 and llama.cpp, on models of real shapes with random weights.

    .venv/bin/python tests/benchmarks/bench_engine.py [--shapes qwen2.5-0.5b ...] [--repeat 5]

Speed does not depend on the values of the weights. llama.cpp runs through the PyPI package
`xllamacpp`, its files are written with `gguf`; both are for development only and looked for in the
interpreter that LLAMA_PYTHON names (default: this one). Every program runs alone, in a process of
its own. Prints one table and keeps it, with the machine's description, in bench_engine.json.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
SHAPES = {
    "qwen2.5-0.5b": ("qwen2", {
        "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864,
        "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
        "tie_word_embeddings": True, "max_position_embeddings": 4096,
    }),
    "llama-3.2-1b": ("llama", {
        "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192,
        "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8,
        "head_dim": 64, "tie_word_embeddings": True, "max_position_embeddings": 4096,
    }),
    "gpt2-medium": ("gpt2", {"n_embd": 1024, "n_layer": 24, "n_head": 16, "n_positions": 1024}),
    "opt-350m": ("opt", {
        "hidden_size": 1024, "ffn_dim": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
        "word_embed_proj_dim": 512, "do_layer_norm_before": False,
    }),
}  # fmt: skip
EAGER = """
import json, statistics, sys, time
import torch
from transformers import AutoModelForCausalLM
torch.set_num_threads(int(sys.argv[5]))
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.bfloat16).eval()
prompt, new, repeat = map(int, sys.argv[2:5])
reading, writing = [], []
with torch.inference_mode():
    for run in range(repeat + 1):
        ids = torch.randint(0, 1000, (1, prompt))
        started = time.perf_counter()
        out = model(ids, use_cache=True)
        first = time.perf_counter()
        for _ in range(new):
            out = model(out.logits[:, -1:].argmax(-1), past_key_values=out.past_key_values)
        if run:
            reading.append(prompt / (first - started))
            writing.append(new / (time.perf_counter() - first))
print(json.dumps({"prefill_tokens_per_s": statistics.median(reading),
                  "decode_tokens_per_s": statistics.median(writing)}))
"""
LLAMA = HERE / "llama_cpp.py"


def make_folder(name: str, home: Path) -> Path:
    """A folder with a model of that shape in bf16."""
    from transformers import AutoConfig, AutoModelForCausalLM

    kind, shape = SHAPES[name]
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **shape))
    model = model.to(torch.bfloat16).to_empty(device="cpu")
    model.tie_weights()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.02)
    folder = home / name
    model.save_pretrained(folder)
    return folder


def told(command: list[str]) -> dict[str, float]:
    """The JSON object that a program prints last; empty where it fails, with its last words."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Measure what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["qwen2.5-0.5b"])
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--new", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=5)
    choice = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as home:
        for name in choice.shapes:
            rows += measured(name, make_folder(name, Path(home)), choice)
    print("\n| model | program | reading, tokens/s | writing, tokens/s | memory |")
    print("|---|---|---|---|---|")
    for row in rows:
        memory = row.get("peak_rss_bytes", 0) / 1e6
        print(
            f"| {row['model']} | {row['program']} | {row['prefill_tokens_per_s']:.0f} "
            f"| {row['decode_tokens_per_s']:.1f} | {memory:.0f} MB |"
        )
    machine = {"machine": platform.processor() or platform.machine(), "cpus": os.cpu_count(),
               "capability": torch.backends.cpu.get_cpu_capability(), "torch": torch.__version__}  # fmt: skip
    (HERE / "bench_engine.json").write_text(json.dumps({**machine, "rows": rows}, indent=1) + "\n")


def measured(name: str, folder: Path, choice: argparse.Namespace) -> list[dict[str, object]]:
    """One row for each program and precision."""
    amounts = [str(choice.prompt), str(choice.new), str(choice.repeat)]
    threads = str(torch.get_num_threads())
    llama = os.environ.get("LLAMA_PYTHON", sys.executable)
    programs = {
        f"Desktop LLM {precision}": [
            sys.executable, "-m", "desktop_llm", "bench", "--model", str(folder), "--json",
            "--precision", precision, "--prompt", amounts[0], "--new", amounts[1],
            "--repeat", amounts[2],
        ]
        for precision in ("int4", "int8", "bf16")
    } | {"transformers bf16": [sys.executable, "-c", EAGER, str(folder), *amounts, threads]}  # fmt: skip
    if SHAPES[name][0] in ("llama", "qwen2"):
        programs |= {
            f"llama.cpp {kind}": [llama, str(LLAMA), str(folder), kind, *amounts, threads]
            for kind in ("Q4_0", "Q8_0", "F16")
        }
    rows = []
    for program, command in programs.items():
        print(f"{name}: {program}", flush=True)
        if found := told(command):
            rows.append({"model": name, "program": program, **found})
    return rows


if __name__ == "__main__":
    main()
