"""Writes a model folder of random weights as GGUF and lets llama.cpp run it. For bench_engine.py.

    llama_cpp.py FOLDER Q4_0|Q8_0|F16|Q4_0-Q8_0 PROMPT NEW REPEAT THREADS

Needs xllamacpp, gguf, numpy and safetensors. Prints one JSON object like `desktop-llm bench`.
"""

import json
import random
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import xllamacpp
from gguf.quants import quantize

NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def renamed(name: str) -> str:
    """The GGUF name of a weight."""
    stem, _, ending = name.rpartition(".")
    if stem in TOP:
        return f"{TOP[stem]}.{ending}"
    _, _, number, part = stem.split(".", 3)
    return f"blk.{number}.{NAMES[part]}.{ending}"


def tensors(folder: Path) -> list[tuple[str, np.ndarray]]:
    """All weights as float32, read without torch."""
    path = folder / "model.safetensors"
    data = np.memmap(path, dtype=np.uint8, mode="r")
    size = int(data[:8].view("<u8")[0])
    header = json.loads(bytes(data[8 : 8 + size]))
    header.pop("__metadata__", None)
    found = []
    for name, entry in header.items():
        start, end = (8 + size + place for place in entry["data_offsets"])
        half = data[start:end].view("<u2").astype(np.uint32) << 16  # bf16 is the upper half
        found.append((name, half.view("<f4").reshape(entry["shape"])))
    return found


def write(folder: Path, kind: str, path: Path) -> None:
    """Write the folder's model as a GGUF file of that type; in "Q4_0-Q8_0" the second is the tables'."""
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(path, config["model_type"])
    heads = config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config.get("head_dim") or config["hidden_size"] // heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([f"t{number}" for number in range(config["vocab_size"])])
    writer.add_token_types([1] * config["vocab_size"])
    writer.add_token_merges(["t 0"])
    writer.add_eos_token_id(0)
    layers, _, tables = kind.partition("-")
    for name, values in tensors(folder):
        if values.ndim == 1:
            writer.add_tensor(renamed(name), values)
        else:
            is_table = values.shape[0] == config["vocab_size"]
            to = getattr(gguf.GGMLQuantizationType, tables if tables and is_table else layers)
            writer.add_tensor(renamed(name), quantize(values, to), raw_dtype=to)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Run and print."""
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    if len(sys.argv) == 3:
        write(folder, kind, folder.with_name(f"{folder.name}-{kind}.gguf"))
        return
    prompt, new, repeat, threads = map(int, sys.argv[3:7])
    path = folder.with_name(f"{folder.name}-{kind}.gguf")
    if not path.exists():  # in a process of its own, whose memory does not count
        subprocess.run([sys.executable, __file__, str(folder), kind], check=True)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = prompt + new + 16
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_parallel = 1
    params.verbosity = -1
    server = xllamacpp.Server(params)
    reading, writing = [], []
    for run in range(repeat + 1):
        ids = random.Random(run).choices(range(1, 1000), k=prompt)
        answer = server.handle_completions({
            "prompt": ids, "n_predict": new, "temperature": 0.0, "ignore_eos": True,
            "cache_prompt": False, "stream": False,
        })  # fmt: skip
        answer = answer if isinstance(answer, dict) else json.loads(answer)
        if run:
            reading.append(answer["timings"]["prompt_per_second"])
            writing.append(answer["timings"]["predicted_per_second"])
    print(json.dumps({
        "prefill_tokens_per_s": statistics.median(reading),
        "decode_tokens_per_s": statistics.median(writing),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
