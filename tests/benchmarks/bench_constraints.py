"""What it costs, per token, to hold a reply to a JSON schema.

    python tests/benchmarks/bench_constraints.py [--model FOLDER] [--new N]

Two numbers: the time of the constraint itself for a vocabulary of 150,000 tokens (a random
byte-level one), and its share of a decode step of the Qwen2.5-0.5B shape in int4 on this machine.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "rating": {"type": "number"},
    },
    "required": ["title", "tags", "rating"],
    "additionalProperties": False,
}
VOCABULARY = 151_936
QWEN = {
    "vocab_size": VOCABULARY, "hidden_size": 896, "intermediate_size": 4864,
    "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
    "max_position_embeddings": 4096, "tie_word_embeddings": True, "pad_token_id": None,
}  # fmt: skip


def main() -> int:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a model folder instead of the random one")
    parser.add_argument("--new", type=int, default=64)
    choice = parser.parse_args()
    per_token = constraint_s(choice.new)
    with tempfile.TemporaryDirectory() as made:
        step = step_s(choice.model or make_model(Path(made)), choice.new)
    print(f"constraint: {per_token * 1e3:.3f} ms a token, {VOCABULARY:,} tokens known")
    print(f"decode step, int4: {step * 1e3:.2f} ms")
    print(f"overhead: {per_token / step:.1%} of a token, allowed 10%")
    return int(per_token > 0.1 * step)


def constraint_s(new: int) -> float:
    """Median seconds that the constraint takes for a token of a reply that fills the schema."""
    from desktop_llm.core.sampling import SamplingSettings
    from desktop_llm.engine.constraints import Constraint, grammar_of, guide_for
    from desktop_llm.engine.tokens import Encoder

    encoder = Encoder(random_tokenizer())
    settings = SamplingSettings(answer_format="schema", answer_pattern=json.dumps(SCHEMA))
    started = time.perf_counter()
    guide = guide_for(encoder, [0])
    print(f"tokenizer: {time.perf_counter() - started:.2f} s, once a model")
    scores, spent = torch.randn(1, VOCABULARY), []
    while len(spent) < new:
        constraint, ids = Constraint(guide, grammar_of(settings), 0), []
        for _ in range(new):
            before = time.perf_counter()
            held = constraint(torch.tensor([ids], dtype=torch.long), scores)
            spent.append(time.perf_counter() - before)
            token = int(torch.softmax(held, -1).multinomial(1))
            if token == 0:
                break
            ids.append(token)
    return statistics.median(spent)


def random_tokenizer() -> Tokenizer:
    """A byte-level tokenizer of that many tokens: words of random letters, spaces, digits, signs."""
    draw = random.Random(1)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<end>": 0} | {letter: i + 1 for i, letter in enumerate(alphabet)}
    signs = '"{}[]:,.-0123456789'
    while len(vocabulary) < VOCABULARY:
        word = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9)))
        token = draw.choice(["Ġ", "", "", draw.choice(signs)]) + word + draw.choice(["", "", '"'])
        vocabulary.setdefault(token, len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<end>"])
    return tokenizer


def make_model(folder: Path) -> Path:
    """A random model of that shape."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.set_default_dtype(torch.bfloat16)
    Qwen2ForCausalLM(Qwen2Config(**QWEN)).save_pretrained(folder)
    torch.set_default_dtype(torch.float32)
    return folder


def step_s(folder: Path, new: int) -> float:
    """Median seconds of one step of decoding."""
    from desktop_llm.core.models import LoadRequest, ModelOnDisk
    from desktop_llm.core.settings import Precision
    from desktop_llm.engine.load import load_bare

    request = LoadRequest(
        ModelOnDisk("m", "m", folder), precision=Precision.INT4, context_window=2048
    )
    bare = load_bare(request, lambda done, total: None, threading.Event())
    cache, spent, token = bare.step.new_cache(), [], 1
    bare.step(list(range(1, 257)), cache)
    for _ in range(new):
        before = time.perf_counter()
        token = int(bare.step([token], cache)[-1].argmax())
        spent.append(time.perf_counter() - before)
    return statistics.median(spent)


if __name__ == "__main__":
    sys.exit(main())
