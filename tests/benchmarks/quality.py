"""What rounding costs: perplexity and greedy agreement of int8 and int4 against bf16, on two models.

    python tests/benchmarks/quality.py [--seconds 90]

The guide model reads answers to questions that it was never trained on. A small Qwen2-like model is
trained here on the guide model's corpus for so many seconds, every twentieth text left out, and reads
those. Agreement is the share of places where the likeliest next token is the same. Prints one JSON
object.
"""

import argparse
import json
import math
import random
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import Qwen2Config, Qwen2ForCausalLM

from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.settings import Precision
from desktop_llm.engine.load import load_bare
from desktop_llm.resources import resource

sys.path.insert(0, str(resource("guide_model")))
from texts import read_corpus, read_held_out

EVERY, CONTEXT, BATCH, END = 20, 192, 16, 1
RATE = 2e-3
SHAPE = {
    "hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 8,
    "num_key_value_heads": 2, "max_position_embeddings": 1024, "tie_word_embeddings": True,
    "pad_token_id": None, "bos_token_id": None, "eos_token_id": END,
}  # fmt: skip
Numbers = dict[str, float]
Text = tuple[list[int], int]
"""A text's tokens, and the first of them whose loss is taken."""


def main() -> None:
    """Train, measure both models and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=90)
    choice = parser.parse_args()
    guide = Path(str(resource("guide_model")))
    tokenizer = Tokenizer.from_file(str(guide / "tokenizer.json"))
    texts = [encoded(tokenizer, text) for text in corpus(guide / "corpus")]
    random.Random(1).shuffle(texts)
    left_out, learnt = texts[::EVERY], [ids for n, ids in enumerate(texts) if n % EVERY]
    asked = dialogues(guide / "corpus", tokenizer)
    with tempfile.TemporaryDirectory() as home:
        trained = train(learnt, tokenizer.get_vocab_size(), choice.seconds, Path(home) / "trained")
        found = {
            "guide model": compared(guide, asked),
            "small qwen2": compared(trained, [(ids, 1) for ids in left_out]),
        }
    print(json.dumps(found))


def corpus(folder: Path) -> list[str]:
    """All texts of the guide model's corpus that are sentences."""
    found: dict[str, None] = {}
    for path in sorted(folder.glob("*.toml")):
        for text in strings(tomllib.loads(path.read_text("utf-8"))):
            if len(text) > 30:
                found[text] = None
    return list(found)


def strings(value: Any) -> Iterator[str]:
    """All strings in a tree of tables and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def encoded(tokenizer: Tokenizer, text: str) -> list[int]:
    """A text and its end."""
    return [*tokenizer.encode(text, add_special_tokens=False).ids, END][:CONTEXT]


def dialogues(folder: Path, tokenizer: Tokenizer) -> list[Text]:
    """Questions that the guide model never saw, each with its answer, of which the loss is taken."""
    corpus, held_out = read_corpus(folder), read_held_out(folder)
    found = []
    for language, table in held_out.subjects.items():
        for subject, questions in table.items():
            question = tokenizer.encode(f"<|user|>{questions[0]}<|end|><|assistant|>").ids
            answer = encoded(tokenizer, corpus.subjects[language][subject].answer)
            found.append(([*question, *answer], len(question)))
    return found


def train(texts: list[list[int]], vocabulary: int, seconds: float, folder: Path) -> Path:
    """A model that learnt those texts for so long, saved in bf16."""
    torch.manual_seed(1)
    model = Qwen2ForCausalLM(Qwen2Config(vocab_size=vocabulary, **SHAPE))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.1)
    draw, started, stream = random.Random(2), time.perf_counter(), [t for ids in texts for t in ids]
    while (share := (time.perf_counter() - started) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, 20 * share + 0.02, 2 * (1 - share) + 0.01)
        starts = [draw.randrange(len(stream) - CONTEXT) for _ in range(BATCH)]
        ids = torch.tensor([stream[start : start + CONTEXT] for start in starts])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(input_ids=ids, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.to(torch.bfloat16).save_pretrained(folder)
    return folder


def compared(folder: Path, texts: list[Text]) -> Numbers:
    """Perplexity in bf16, how much more of it the others have, and how often they agree."""
    loss, likeliest = read(folder, texts, Precision.BF16)
    found: Numbers = {"tokens": len(likeliest), "perplexity": math.exp(loss)}
    for precision in (Precision.INT8, Precision.INT4):
        other, others = read(folder, texts, precision)
        found[f"{precision.value} perplexity"] = math.exp(other - loss) - 1
        found[f"{precision.value} agreement"] = float((likeliest == others).float().mean())
    return found


def read(folder: Path, texts: list[Text], precision: Precision) -> tuple[float, torch.Tensor]:
    """Mean loss in nats of those texts' tokens, and the likeliest token at every place."""
    request = LoadRequest(ModelOnDisk("m", "m", folder), precision=precision)
    step = load_bare(request, lambda done, total: None, threading.Event()).step
    losses, likeliest = [], []
    for ids, start in texts:
        scores = step(ids, step.new_cache(), len(ids))[start - 1 : -1]
        losses.append(functional.cross_entropy(scores, torch.tensor(ids[start:]), reduction="none"))
        likeliest.append(scores.argmax(-1))
    return float(torch.cat(losses).mean()), torch.cat(likeliest)


if __name__ == "__main__":
    main()
