"""Which turns of a long conversation the model still reads. Counts are given; counts nothing itself.

The system prompt and the newest turns stay; whole oldest turns are left out. A template may refuse
a conversation that starts with a reply, so the kept part always starts with a person's message.

Where something must go, more goes than would have to, so that the next turns begin with the same text:
all that follows another beginning has to be read anew, which takes as long as the whole window.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop_llm.core.errors import MessageTooLongError
from desktop_llm.core.messages import Role
from desktop_llm.core.requests import Turn

RESERVE = 256
"""Tokens kept free for the reply, or a quarter of the window where that is less."""
PARTS = 3
"""Of what is free for turns such a part is left out at a time."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The turns that stay, those left out, and the tokens of the prompt that is left."""

    kept: tuple[Turn, ...]
    left_out: tuple[Turn, ...]
    tokens: int


def reply_reserve(window: int) -> int:
    """Tokens to keep free for the reply in a context window of that many tokens."""
    return min(RESERVE, window // 4)


def fit(
    turns: Sequence[Turn],
    window: int,
    count: Callable[[Sequence[Turn]], int],
    reserve: int | None = None,
    fixed: int = 0,
) -> Fitted:
    """Leave out oldest turns until the prompt fits the window with room for a reply.

    What is left out grows in steps of a part of what is free for turns, see `PARTS`, unless little would be
    left, and follows from the turns alone. `reserve` is the room in tokens, `reply_reserve` where nothing is
    said; `fixed` are those of the system prompt.

    `count` gives the tokens of the whole prompt for a list of turns (template, system prompt and
    all). It is called O(log n) times: prompts grow with the number of turns. Raises
    MessageTooLongError with the numbers where the newest turn cannot fit even alone.
    """
    budget = window - (reply_reserve(window) if reserve is None else reserve)
    tokens = count(turns)
    if tokens <= budget:
        return Fitted(tuple(turns), (), tokens)
    # The first may be a reply: a conversation was imported.
    starts = [0, *(i for i, turn in enumerate(turns) if i and turn.role is Role.USER)]
    least = count(turns[starts[-1] :])
    if least > budget:
        raise _too_long(least, budget, window)
    step = max(1, math.ceil((budget - fixed) / PARTS))
    wanted = tokens - math.ceil((tokens - budget) / step) * step

    def from_first(limit: int) -> Fitted:
        """With the first turn from which on all others are within the limit, or with the newest alone."""
        low, high, found = 0, len(starts) - 1, least
        while low < high:
            middle = (low + high) // 2
            used = count(turns[starts[middle] :])
            if used <= limit:
                high, found = middle, used
            else:
                low = middle + 1
        first = starts[high]
        return Fitted(tuple(turns[first:]), tuple(turns[:first]), found)

    fitted = from_first(wanted)
    # A long message, such as a document, is not let go of before it has to be.
    return fitted if fitted.tokens >= budget - 2 * step else from_first(budget)


def _too_long(tokens: int, budget: int, window: int) -> MessageTooLongError:
    return MessageTooLongError(
        "The message is too long for this model.",
        "With the system prompt it is {tokens} tokens; the model reads {window} at once, of which {budget} are free for it.",
        "Shorten it, or choose a model with a larger context window.",
        tokens=f"{tokens:,}",
        window=f"{window:,}",
        budget=f"{budget:,}",
    )
