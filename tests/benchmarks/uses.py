"""How the engine is used, measured; for bench_engine.py: uses.py WHAT FOLDER CACHE REPEAT.

    load           from the load call to the first token, the rounded weights being in CACHE
    edit           writing an edited text whose original is in the prompt, guessing ahead
    conversation   the first token of turn 10 of 4,000 tokens, and of turn 1 with the same new text
    constraint     writing held to a JSON schema, and writing free

Prints one JSON object of medians. int4, on the processor.
"""

import time

STARTED = time.perf_counter()

import argparse  # noqa: E402  (the imports are part of what is timed)
import json  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import statistics  # noqa: E402
import threading  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from desktop_llm.core.events import End, EndReason  # noqa: E402
from desktop_llm.core.messages import Role  # noqa: E402
from desktop_llm.core.models import LoadRequest, ModelOnDisk  # noqa: E402
from desktop_llm.core.requests import GenerateRequest, Turn  # noqa: E402
from desktop_llm.core.sampling import SamplingSettings  # noqa: E402
from desktop_llm.core.settings import Precision  # noqa: E402
from desktop_llm.engine.preload import preload  # noqa: E402

preload()  # as the app does while its window is already there
import torch  # noqa: E402

from desktop_llm.core.memory import CHUNK  # noqa: E402
from desktop_llm.engine.engine import TransformersEngine  # noqa: E402
from desktop_llm.engine.generate import decode  # noqa: E402
from desktop_llm.engine.load import load_bare  # noqa: E402

IMPORTED = time.perf_counter()
TURNS, LENGTH, NEW_TEXT, REPLY = 10, 4000, 64, 96
"""Turns of the conversation, its tokens at the last one, tokens of the measured new text and of a reply."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WRITTEN = 128
"""Tokens written with and without a constraint."""
SCHEMA = json.dumps({"type": "array", "items": {"type": "string"}, "minItems": 200})
HERE = Path(__file__).resolve().parent
Numbers = dict[str, float]


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("load", "edit", "conversation", "constraint"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("repeat", type=int)
    choice = parser.parse_args()
    kinds: dict[str, Callable[[LoadRequest, Path, int], Numbers]] = {
        "load": load, "edit": edit, "conversation": conversation, "constraint": constraint,
    }  # fmt: skip
    # A conversation that fills its window would be read without its oldest turns.
    window = 2 * LENGTH if choice.what == "conversation" else 4096
    request = LoadRequest(
        ModelOnDisk("m", "m", choice.folder), precision=Precision.INT4, context_window=window
    )
    print(json.dumps(kinds[choice.what](request, choice.cache, choice.repeat)))


def loaded(request: LoadRequest, cache: Path) -> TransformersEngine:
    """The engine with the model, as the app loads it."""
    engine = TransformersEngine(cache)
    engine.load(request, lambda done, total: None, threading.Event())
    return engine


def reply(
    engine: TransformersEngine, turns: list[Turn], new: int, prefix: str = "", **settings: Any
) -> End:
    """The end of a reply of at most that many tokens, which did not fail."""
    sampling = SamplingSettings(max_new_tokens=new, repetition_limit=0, **settings)
    request = GenerateRequest(tuple(turns), sampling=sampling, prefix=prefix)
    *_, end = engine.generate(request, threading.Event())
    assert isinstance(end, End)
    assert end.reason is not EndReason.FAILED, end.error
    return end


def load(request: LoadRequest, cache: Path, _: int) -> Numbers:
    """Seconds of the imports, of the load and until the first token of a short question."""
    started = time.perf_counter()
    engine = loaded(request, cache)
    ready = time.perf_counter()
    reply(engine, [Turn(Role.USER, "what is a token and what is it good for")], 1, temperature=0)
    return {
        "import_s": IMPORTED - STARTED, "load_s": ready - started,
        "load_to_first_token_s": time.perf_counter() - started,
    }  # fmt: skip


def edit(request: LoadRequest, cache: Path, repeat: int) -> Numbers:
    """Tokens per second while the edited text is written, whatever the random weights would say.

    Every word and sign is one token, which is fewer to copy between two changes than a real
    tokenizer would make. All that a model does is done: only the token drawn is the edited text's.
    """
    original, edited = (
        tokens((HERE / f"edit_{name}.txt").read_text()) for name in ("before", "after")
    )
    prompt = (
        tokens("Correct the spelling and the style of this text:") + original + tokens("Edited:")
    )
    bare = load_bare(request, lambda done, total: None, threading.Event(), cache)
    paces, passes = [], 0

    def step(*what: Any) -> torch.Tensor:
        nonlocal passes
        passes += 1
        return bare.step(*what)

    for run in range(repeat + 1):
        states = bare.step.new_cache()
        for start in range(0, len(prompt), CHUNK):
            scores = bare.step(prompt[start : start + CHUNK], states)[0]
        left = iter(edited)

        def forced(scores: torch.Tensor, left: Iterator[int] = left) -> int:
            int(scores.argmax())
            return next(left)

        passes, started = 0, time.perf_counter()
        written = list(decode(step, states, forced, scores, len(edited), threading.Event()))
        assert written == edited
        if run:
            paces.append(len(edited) / (time.perf_counter() - started))
    return {"decode_tokens_per_s": statistics.median(paces), "prompt": len(prompt),
            "new": len(edited), "passes": passes}  # fmt: skip


def tokens(text: str) -> list[int]:
    """A number for each word and sign of a text, always the same one."""
    found = re.findall(r"\w+|[^\w\s]", text)
    return [random.Random(word).randrange(3, 150_000) for word in found]


def conversation(request: LoadRequest, cache: Path, repeat: int) -> Numbers:
    """Median seconds to the first token of the first and of the last turn.

    What the model said is given it as the beginning of its reply: random weights write tokens that
    no tokenizer would make of their text, so that reading them again would not be the same.
    """
    engine, draw = loaded(request, cache), random.Random(1)
    first, tenth, lengths = [], [], []
    between = (LENGTH - 2 * NEW_TEXT) // (TURNS - 1) - REPLY

    def text(count: int) -> str:
        words: list[str] = []
        while engine.count_tokens(" ".join(words)) < count:
            words += ["".join(draw.choices(LETTERS, k=draw.randint(2, 8))) for _ in range(4)]
        return " ".join(words)

    for _ in range(repeat):
        new = text(NEW_TEXT)
        turns = [Turn(Role.USER, new)]
        first.append(reply(engine, turns, 1, temperature=0).usage.ttft_s)
        for number in range(1, TURNS):
            said = text(REPLY)
            reply(engine, turns, 1, prefix=said, temperature=0)
            turns.append(Turn(Role.ASSISTANT, said))
            # The last text is the first one, so that both are equally long to read.
            turns.append(Turn(Role.USER, new if number == TURNS - 1 else text(between)))
        usage = reply(engine, turns, 1, temperature=0).usage
        tenth.append(usage.ttft_s)
        lengths.append(usage.prompt_tokens)
    return {"first_s": statistics.median(first), "tenth_s": statistics.median(tenth),
            "tokens": statistics.median(lengths)}  # fmt: skip


def constraint(request: LoadRequest, cache: Path, repeat: int) -> Numbers:
    """Median tokens per second held to the schema and free; drawn, so that nothing is repeated."""
    engine = loaded(request, cache)
    turns = [Turn(Role.USER, "say it as a list")]
    free, held = [], []
    for run in range(repeat + 1):
        one = reply(engine, turns, WRITTEN, temperature=1, seed=run)
        other = reply(
            engine, turns, WRITTEN, temperature=1, seed=run, answer_format="schema",
            answer_pattern=SCHEMA,
        )  # fmt: skip
        if run:
            free.append(one.usage.tokens_per_s)
            held.append(other.usage.tokens_per_s)
    return {
        "free_tokens_per_s": statistics.median(free),
        "held_tokens_per_s": statistics.median(held),
    }


if __name__ == "__main__":
    main()
