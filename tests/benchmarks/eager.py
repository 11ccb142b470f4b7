"""transformers' own eager bf16, for bench_engine.py: eager.py FOLDER PROMPT NEW REPEAT THREADS.

Prints one JSON object like `desktop-llm bench`.
"""

import json
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM


def main() -> None:
    """Run and print."""
    folder, (prompt, new, repeat, threads) = sys.argv[1], map(int, sys.argv[2:6])
    torch.set_num_threads(threads)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    reading, writing = [], []
    with torch.inference_mode():
        for run in range(repeat + 1):
            ids = torch.randint(0, 1000, (1, prompt))
            started = time.perf_counter()
            out = model(ids, use_cache=True)
            first = time.perf_counter()
            for _ in range(new):
                token = out.logits[:, -1:].argmax(-1)
                out = model(token, past_key_values=out.past_key_values)
            if run:
                reading.append(prompt / (first - started))
                writing.append(new / (time.perf_counter() - first))
    print(json.dumps({"prefill_tokens_per_s": statistics.median(reading),
                      "decode_tokens_per_s": statistics.median(writing)}))  # fmt: skip


if __name__ == "__main__":
    main()
