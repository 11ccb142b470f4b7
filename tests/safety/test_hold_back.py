"""Nothing waits without need: whatever is held back could still become forbidden by what may follow."""

import string
from collections import deque
from collections.abc import Iterator
from itertools import islice

from desktop_llm.core.policy import Level, Policy
from desktop_llm.safety.automaton import Matcher
from desktop_llm.safety.compiling import compiled
from desktop_llm.safety.filter import filter_whole
from desktop_llm.safety.text_filter import TextFilter

RULES = compiled(Policy(Level.BALANCED), "replies")
TEXT = (
    "A language model is a great network, trained on how text goes on. It picks up one small piece, "
    "a token, at a time: grammar first, then style. It isn't sure; see chapter-end notes."
)
SYMBOLS = string.ascii_lowercase + string.digits + " -.,'@"
TRIED, LONGEST = 40, 24
"""Endings that are tried for one place, and symbols that one has at most."""


def hides(text: str, place: int) -> bool:
    """Whether that character is part of what the filter finds in a whole text."""
    return any(mark.start <= place < mark.end for mark in filter_whole(RULES, text).found)


def endings(matcher: Matcher) -> Iterator[str]:
    """What would complete a match of the oldest start, the shortest first."""
    automaton = matcher._automaton
    known = [automaton.classes[symbol] for symbol in SYMBOLS]
    waiting = deque([(matcher._threads[0].state, "")])
    seen = {matcher._threads[0].state}
    while waiting:
        state, said = waiting.popleft()
        if automaton.move(state, automaton.edge)[1]:
            yield said
        for number, symbol in zip(known, SYMBOLS, strict=True):
            after, _ = automaton.move(state, number)
            if after is not None and after not in seen and len(said) < LONGEST:
                seen.add(after)
                waiting.append((after, said + symbol))


def could_be_forbidden(text_filter: TextFilter, text: str) -> bool:
    start = len(text) - text_filter.held
    if any(hides(text + ending, start) for ending in ("@example.com", "x@example.com")):
        return True
    oldest = [m for m in text_filter._matchers if m.open_start == start]
    return any(hides(text + ending, start) for m in oldest for ending in islice(endings(m), TRIED))


def test_all_that_is_held_back_could_still_be_forbidden() -> None:
    text_filter = TextFilter(RULES)
    needless = []
    for end, char in enumerate(TEXT, 1):
        text_filter.feed(char)
        if text_filter.held and not could_be_forbidden(text_filter, TEXT[:end]):
            needless.append(TEXT[end - text_filter.held : end])
    assert needless == []
