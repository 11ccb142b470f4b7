"""Holds a reply to a form: JSON of a schema, a regular expression, one of some choices. Knows no model.

llguidance (MIT, https://github.com/guidance-ai/llguidance) says which tokens may come next. It was
chosen over xgrammar, which requires torch's and triton's own versions, and outlines-core, which
makes an automaton of the whole schema first: one wheel for all Pythons and systems, no dependencies.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer

from desktop_llm.core.errors import UsageError
from desktop_llm.core.forms import read_schema
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.sayings import Saying
from desktop_llm.engine.tokens import Encoder, decodes_by

COMPACT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""Spaces only where they belong: a small model could go on with them until its limit."""
FORBIDDEN = float("-inf")
SPACE = '" "?'
"""Lark's for a space that may be there."""
DEAD_END = "NoExtension"
"""What llguidance's error begins with where no token goes on and the form is not complete."""
STATE = "<state>"
"""Behind it llguidance's errors hold what it was at, for its authors."""
TOO_LARGE = re.compile(r"^(parser|lexer) error: too many|too big \(limit", re.I)
"""What stands in its errors where a form is more than it takes."""
METASPACE = "Metaspace"
"""The decoder of T5, NLLB, mBART, Pegasus and XGLM: SentencePiece's, without single bytes."""


def guide_for(
    encoder: Encoder, ends: Iterable[int], table: Callable[[], Sequence[bytes]] = list
) -> LLTokenizer:
    """llguidance's own view of a tokenizer; about a second for 150,000 tokens.

    `table` gives each token's bytes, where llguidance does not know the tokenizer's decoder, or
    would miss tokens.
    Raises UsageError where they would not help, or nothing ends a reply.
    """
    tokenizer = encoder.tokenizer
    size = max(tokenizer.get_vocab().values(), default=-1) + 1
    known = [token for token in sorted(ends) if token < size]
    if not known:
        # llguidance would take another token for the end.
        raise _no_form(Saying("It has no token that ends a reply."))
    # llguidance reads as many tokens as there are: behind gaps in their ids it would miss the last.
    if decodes_by(tokenizer, METASPACE) or size > tokenizer.get_vocab_size():
        return LLTokenizer(_Table(table(), known), eos_token=known)
    try:
        return LLTokenizer(tokenizer.to_str(), n_vocab=size, eos_token=known)
    except ValueError as error:
        raise _no_form(
            Saying("Its tokenizer is of a kind that the app cannot do that with.")
        ) from error


def _no_form(why: Saying) -> UsageError:
    return UsageError(
        "This model's replies cannot be held to a form.",
        why,
        "Choose free text in the sampling settings, or another model.",
    )


class _Table:
    """A tokenizer as llguidance asks for one that it cannot read: the bytes of each token."""

    is_tokenizer_wrapper = True
    bos_token_id = None
    special_token_ids: Sequence[int] = ()

    def __init__(self, tokens: Sequence[bytes], ends: Sequence[int]) -> None:
        self.tokens, self.eos_token_id = list(tokens), ends[0]
        self._ids = {text: token for token, text in enumerate(tokens) if text}
        self._longest = max(map(len, self._ids), default=0)

    def __call__(self, text: str | bytes) -> list[int]:
        """The longest token that fits, again and again; what none begins with is passed over."""
        rest, ids = text.encode() if isinstance(text, str) else text, []
        while rest:
            sizes = range(min(len(rest), self._longest), 0, -1)
            size = next((size for size in sizes if rest[:size] in self._ids), 0)
            if size:
                ids.append(self._ids[rest[:size]])
            rest = rest[size or 1 :]
        return ids


def grammar_of(settings: SamplingSettings, *, spaced: bool = False) -> str:
    """The grammar that the settings ask for; "" for free text. Raises UsageError.

    `spaced`: a space may stand before it, as the first token of a text has one that is not shown.
    """
    kind, pattern = settings.answer_format, settings.answer_pattern or ""
    if kind in (None, "text"):
        return ""
    if kind == "json":
        return _of_schema({}, spaced)
    if not pattern.strip():
        raise UsageError(
            "The reply's form is not said.",
            "It needs a JSON schema, a regular expression or choices.",
            "Write it in the sampling settings, or choose free text.",
        )
    if kind == "regex":
        return str(LLMatcher.grammar_from_regex(f"[ ]?(?:{pattern})" if spaced else pattern))
    if kind == "choice":
        return str(LLMatcher.grammar_from_lark(_choices(pattern, spaced)))
    return _of_schema(read_schema(pattern), spaced)


def _of_schema(schema: dict[str, Any], spaced: bool) -> str:
    if spaced:
        told = json.dumps({**schema, "x-guidance": COMPACT})
        return str(LLMatcher.grammar_from_lark(f"start: {SPACE} form\nform: %json {told}"))
    return str(LLMatcher.grammar_from_json_schema(schema, overrides=COMPACT))


def _choices(pattern: str, spaced: bool) -> str:
    choices = [line.strip() for line in pattern.splitlines() if line.strip()]
    told = " | ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
    return f"start: {SPACE} ({told})" if spaced else f"start: {told}"


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
        self._take(ids)
        self._require(Saying("The reply so far is not of that form, so it cannot go on."))
        self._matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        if self._matcher.get_error().startswith(DEAD_END):
            # It would let the reply end here, as if the form were complete.
            raise UsageError(
                "The reply cannot be held to that form.",
                "The model has no token for what must come next.",
                "Ask for another form, or choose another model.",
            )
        self._require(Saying("The reply cannot be held to that form."))
        # Turned over while they are packed, which takes a thirtieth of the time.
        bits = np.unpackbits(np.invert(self._mask).view(np.uint8), bitorder="little")
        count = scores.shape[-1]
        forbidden = torch.ones(count, dtype=torch.bool)
        known = min(self._size, count)
        forbidden[:known] = torch.from_numpy(bits[:known]).view(torch.bool)
        return scores.masked_fill(forbidden.to(scores.device), FORBIDDEN)

    def may_end(self, ids: torch.Tensor) -> bool:
        """Whether the form is complete with these ids."""
        self._take(ids)
        return not self._matcher.is_error() and bool(self._matcher.is_accepting())

    def _take(self, ids: torch.Tensor) -> None:
        new = ids[0, self._read :].tolist()
        self._read += len(new)
        if new:
            self._matcher.consume_tokens(new)

    def _require(self, what: Saying) -> None:
        if self._matcher.is_error():
            told = self._matcher.get_error().partition(STATE)[0]
            if TOO_LARGE.search(told):
                raise UsageError(
                    "The reply cannot be held to that form.",
                    "It is too large, or goes on for ever.",
                    "Ask for a simpler form.",
                )
            said = " ".join(line.strip() for line in told.strip().splitlines())[:300]
            raise UsageError(what, "{said}", said=said)
