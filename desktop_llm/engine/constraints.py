"""Holds a reply to a form: JSON of a schema, a regular expression, one of some choices. Knows no model.

llguidance (MIT, https://github.com/guidance-ai/llguidance) says which tokens may come next. It was
chosen over xgrammar, which requires torch's and triton's own versions, and outlines-core, which
makes an automaton of the whole schema first: one wheel for all Pythons and systems, no dependencies.
"""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer

from desktop_llm.core.errors import UsageError
from desktop_llm.core.forms import read_schema
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.sayings import Saying
from desktop_llm.engine.tokens import Encoder

COMPACT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""Spaces only where they belong: a small model could go on with them until its limit."""
FORBIDDEN = float("-inf")


def guide_for(encoder: Encoder, ends: Iterable[int]) -> LLTokenizer:
    """llguidance's own view of a tokenizer; about a second for 150,000 tokens."""
    size = encoder.tokenizer.get_vocab_size()
    return LLTokenizer(
        encoder.tokenizer.to_str(), n_vocab=size, eos_token=[t for t in sorted(ends) if t < size]
    )


def grammar_of(settings: SamplingSettings) -> str:
    """The grammar that the settings ask for; "" for free text. Raises UsageError."""
    kind, pattern = settings.answer_format, settings.answer_pattern or ""
    if kind in (None, "text"):
        return ""
    if kind == "json":
        return _of_schema({})
    if not pattern.strip():
        raise UsageError(
            "The reply's form is not said.",
            "It needs a JSON schema, a regular expression or choices.",
            "Write it in the sampling settings, or choose free text.",
        )
    if kind == "regex":
        return str(LLMatcher.grammar_from_regex(pattern))
    if kind == "choice":
        return str(LLMatcher.grammar_from_lark(_choices(pattern)))
    return _of_schema(read_schema(pattern))


def _of_schema(schema: Any) -> str:
    return str(LLMatcher.grammar_from_json_schema(schema, overrides=COMPACT))


def _choices(pattern: str) -> str:
    choices = [line.strip() for line in pattern.splitlines() if line.strip()]
    return "start: " + " | ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)


class Constraint:
    """Forbids every token that would leave the form. Scores and ids as in `processors`."""

    def __init__(self, guide: LLTokenizer, grammar: str, reply_start: int) -> None:
        """Raises UsageError where the grammar cannot be followed."""
        self._matcher = LLMatcher(guide, grammar, log_level=0)
        self._require(Saying("The reply cannot be held to that form."))
        self._read = reply_start
        self._mask = np.zeros((guide.vocab_size + 31) // 32, dtype=np.int32)
        self._size = guide.vocab_size

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        new = ids[0, self._read :].tolist()
        self._read += len(new)
        if new:
            self._matcher.consume_tokens(new)
            self._require(Saying("The reply so far is not of that form, so it cannot go on."))
        self._matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        # Turned over while they are packed, which takes a thirtieth of the time.
        bits = np.unpackbits(np.invert(self._mask).view(np.uint8), bitorder="little")
        count = scores.shape[-1]
        forbidden = torch.ones(count, dtype=torch.bool)
        known = min(self._size, count)
        forbidden[:known] = torch.from_numpy(bits[:known]).view(torch.bool)
        return scores.masked_fill(forbidden.to(scores.device), FORBIDDEN)

    def _require(self, what: Saying) -> None:
        if self._matcher.is_error():
            why = self._matcher.get_error().strip().splitlines()
            said = " ".join(line.strip() for line in why)[:300]
            raise UsageError(what, "{said}", said=said)
