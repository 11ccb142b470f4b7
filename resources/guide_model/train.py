"""Makes the guide model from the corpus: tokenizer, training, evaluation, model card.

    python resources/guide_model/train.py              trains, writes the files here, evaluates
    python resources/guide_model/train.py --evaluate   asks the model that is here

The same seed, machine type and package versions give the same files. Needs torch and transformers.
"""

import argparse
import contextlib
import copy
import os
import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import forward
import torch
from calibrate import calibrate, keep_back
from card import Making, write_card
from dialogues import Dialogues
from encode import CONTEXT, END, PAD, Batch, Encoder, batches, save_tokenizer, train_tokenizer
from evaluate import Result, evaluate
from muon import Muon
from shares import Shares
from texts import LANGUAGES, Corpus, plain, read_corpus, read_held_out
from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging as transformers_logging

HERE = Path(__file__).resolve().parent
SEED, BATCH_TOKENS = 7, 4096
RATE, EMBEDDING_RATE, WEIGHT_DECAY, AVERAGING = 3.2e-3, 3e-3, 0.05, 0.99


@dataclass(frozen=True, slots=True)
class Phase:
    """One rise and fall of the rates, of which `rate` is the share at the top, and what is met in it;
    with `more` follow-ups are asked in all ways. It can be done several times from one start, meeting
    other conversations each time: what comes out is the mean of those `ends`."""

    steps: int
    warm_up: int
    fall: int
    rate: float
    shares: Shares
    more: bool = False
    ends: int = 1


PHASES = (
    Phase(3700, 60, 2400, 1.0, Shares(follow_ups=0.03, stopped=0.9, whole=0.02)),
    Phase(
        1600, 30, 1130, 0.5,
        Shares(
            recited=0.1, followed=0.45, follow_ups=0.3, elsewhere=0.6,
            stopped=0.8, named=0.75, whole=0.15, later=0.2,
        ),
    ),
    Phase(
        1100, 30, 830, 0.3,
        Shares(
            recited=0.15, followed=0.5, follow_ups=0.5, elsewhere=0.6,
            stopped=0.3, named=0.4, whole=0.15, later=0.3, begun=0.05,
        ),
        more=True,
        ends=2,
    ),
)  # fmt: skip
"""Questions first, each with the opening of its answer; then whole answers, and conversations made
for what follows upon them, which else would be met thirty times in all and not be known by heart;
last the same asked in all ways. Each goes on from the one before."""
DROPOUT = 0.1
"""Of the numbers in the tokens' vectors while training, so that no single one is relied upon."""


SURROUNDINGS = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296"
    ":glibc.malloc.trim_threshold=8589934592",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "4096",
}
"""Read at a program's start. For Linux's C library: memory in large pages, kept for the next step, a
quarter to a third less time. For oneDNN: the code that it writes for each shape of product is kept."""


def main() -> int:
    """Parse the command line and do it."""
    if sys.platform == "linux" and not SURROUNDINGS.keys() <= os.environ.keys():
        os.execve(sys.executable, [sys.executable, *sys.argv], SURROUNDINGS | os.environ)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluate", action="store_true", help="only ask the model that is there")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the model's files")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--failures", action="store_true", help="print every wrong answer")
    choice = parser.parse_args()
    transformers_logging.set_verbosity_error()
    torch.set_num_threads(2)
    corpus, held_out = read_corpus(HERE / "corpus"), read_held_out(HERE / "corpus")
    started, computed = time.perf_counter(), time.process_time()
    if not choice.evaluate:
        never = frozenset(
            plain(question)
            for language in LANGUAGES
            for questions in (
                *held_out.subjects[language].values(),
                *held_out.follow_ups[language].values(),
                held_out.out_of_scope[language],
            )
            for question in questions
        )
        train(corpus, never, choice.out, choice.seed)
    minutes = (time.perf_counter() - started) / 60
    quiet_minutes = (time.process_time() - computed) / 60 / torch.get_num_threads()
    result = evaluate(choice.out, corpus, held_out)
    print(result.table())
    if choice.failures:
        _print_failures(result)
    if not choice.evaluate:
        steps = sum(phase.steps * phase.ends for phase in PHASES)
        made = Making(choice.seed, steps, minutes, quiet_minutes, _number_format())
        write_card(choice.out, corpus, result, made)
    return 0


def train(corpus: Corpus, never: frozenset[str], folder: Path, seed: int) -> None:
    """Train from scratch and write all files of the model."""
    corpus, kept = keep_back(corpus)
    torch.use_deterministic_algorithms(True)
    # Nothing here reads memory that was not written, and filling it takes an eighth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = train_tokenizer(_texts(corpus), corpus.answers())
    model = None
    for place, phase in enumerate(PHASES):
        ends = []
        for seed_here in range(seed + place, seed + place + phase.ends):
            torch.manual_seed(seed_here)
            start = copy.deepcopy(model) or LlamaForCausalLM(_config(tokenizer)).to(device)
            print(f"{start.num_parameters():,} parameters, phase {place + 1}", flush=True)
            dialogues = Dialogues(corpus, seed_here, phase.shares, never, more=phase.more)
            encoder = Encoder(tokenizer, seed_here, sorted(corpus.answers()), phase.shares)
            source = ahead(batches(dialogues, encoder, BATCH_TOKENS, seed_here))
            with contextlib.closing(source):
                ends.append(_train_phase(start, phase, source))
        model = _mean(ends)
    surer = calibrate(model.cpu(), tokenizer, kept, corpus.honest)
    print(f"made surer of what it does not know by {surer}", flush=True)
    _save(model, tokenizer, folder)


def ahead(source: Iterator[Batch]) -> Generator[Batch, None, None]:
    """The same batches, each made on another thread while the one before is computed.

    What Python keeps for the next hundred steps then lies in memory of its own. Among the tensors it
    left holes, so many after 2,000 steps that finding room took a fifth of the time.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, source)
        while True:
            batch = coming.result()
            coming = thread.submit(next, source)
            yield batch


def _train_phase(
    model: LlamaForCausalLM, phase: Phase, source: Iterator[Batch]
) -> LlamaForCausalLM:
    """The averaged weights after the phase."""
    averaged, optimizers = copy.deepcopy(model), _optimizers(model)
    dtype = getattr(torch, _number_format())
    started, shown = time.perf_counter(), 0.0
    for step in range(phase.steps):
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * _rate(step, phase)
        batch = next(source)
        ids, weights = batch.ids.to(model.device), batch.weights.to(model.device)
        loss = forward.loss(model, ids, weights, DROPOUT, dtype)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        for optimizer in optimizers:
            optimizer.step()
        model.zero_grad(set_to_none=True)
        _average(averaged, model, min(AVERAGING, (step + 1) / (step + 20)))
        shown = 0.95 * shown + 0.05 * loss.item() if step else loss.item()
        if step % 50 == 49:
            passed = time.perf_counter() - started
            print(f"step {step + 1} of {phase.steps}, loss {shown:.3f}, {passed:.0f} s", flush=True)
    return averaged


def _mean(models: list[LlamaForCausalLM]) -> LlamaForCausalLM:
    """Of all their weights, rounded as they would be shipped.

    From one start they end close enough for that, and where they are unsure it is surer than each
    (Wortsman et al. 2022, arXiv 2203.05482).
    """
    mean = models[0]
    with torch.no_grad():
        for place, other in enumerate(models[1:], 2):
            _average(mean, other, 1 - 1 / place)
    return mean.to(torch.bfloat16).float()


def _optimizers(model: LlamaForCausalLM) -> tuple[Muon, torch.optim.AdamW]:
    """Muon for the layers' matrices, AdamW for the embedding and the norms."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and "embed" not in name else others).append(parameter)
    both = (
        Muon(matrices, RATE, 0.95, WEIGHT_DECAY, getattr(torch, _number_format())),
        torch.optim.AdamW(
            others, lr=EMBEDDING_RATE, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        ),
    )
    for optimizer in both:
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
    return both


def _config(tokenizer: Tokenizer) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=256,
        intermediate_size=704,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id(END),
        pad_token_id=tokenizer.token_to_id(PAD),
    )


def _texts(corpus: Corpus) -> Iterator[str]:
    """What the tokenizer is trained on: every question in two casings, every name, the answers.

    Questions count most: their words are to be whole tokens, or nothing connects them.
    """
    for language in LANGUAGES:
        subjects = corpus.subjects[language].values()
        elsewhere = corpus.elsewhere[language]
        questions = [
            *(ask for subject in subjects for ask in subject.ask),
            *corpus.out_of_scope[language],
            *(ask for asks in corpus.follow_ups[language].values() for ask in asks),
        ]
        yield from questions
        yield from (question.lower() for question in questions)
        for names in (elsewhere, *(subject.names for subject in subjects)):
            yield from (f"about {name}" for name in (*names.things, *names.deeds))
    yield from sorted(corpus.answers())


def _rate(step: int, phase: Phase) -> float:
    """Warm up, stay, and fall to almost nothing at the end. 0 to 1."""
    falling = 0.01 + 0.99 * (phase.steps - step) / phase.fall
    return phase.rate * min((step + 1) / phase.warm_up, falling, 1.0)


def _number_format() -> str:
    """In which numbers matrices are multiplied: bfloat16 where the machine is fast at it."""
    if torch.cuda.is_available():
        return "bfloat16"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if able.get("avx512_bf16") or able.get("amx_bf16") else "float32"


@torch.no_grad()
def _average(averaged: LlamaForCausalLM, model: LlamaForCausalLM, keep: float) -> None:
    """Follow the weights slowly: their average over the last steps answers more surely."""
    torch._foreach_lerp_(list(averaged.parameters()), list(model.parameters()), 1 - keep)


def _save(model: LlamaForCausalLM, tokenizer: object, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model = model.to("cpu", torch.bfloat16)
    model.generation_config = GenerationConfig(
        do_sample=False,
        max_new_tokens=256,
        eos_token_id=model.config.eos_token_id,
        pad_token_id=model.config.pad_token_id,
    )
    model.save_pretrained(folder)
    save_tokenizer(tokenizer, folder)


def _print_failures(result: Result) -> None:
    for case, text in result.wrong:
        print(f"[{case.label}] {case.turns[-1]!r} -> {text[:70]!r}")


if __name__ == "__main__":
    sys.exit(main())
