"""Cuts a reply into the segments that a guard model judges. Knows no guard and no rule.

Where a segment ends depends on the text left of it alone, and one character of what follows, so the
same text gives the same segments however it comes in pieces (SAFETY.md 2.3). What a model thinks is
a channel of its own: no segment crosses its end, and neither side is judged as the other's context.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from desktop_llm.core.thinking import CLOSE, OPEN
from desktop_llm.safety.fold import is_cjk

LONGEST = 240
"""Characters of a segment at most."""
SHORTEST = 40
"""A sentence shorter than this is judged with the next one: every judgement costs a model's pass."""
ENDS, WIDE_ENDS = ".!?", "。！？\n"


@dataclass(frozen=True, slots=True)
class Segment:
    """Code points [start, end) of the reply. `thinking`: the model's thoughts, not its answer."""

    text: str
    start: int
    thinking: bool = False

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.start + len(self.text)


@dataclass(slots=True)
class Segmenter:
    """Feed it the reply's text; it gives every segment as soon as its end is certain."""

    _held: str = ""
    _start: int = 0
    _begun: bool = False
    _thinking: bool = False

    def feed(self, piece: str) -> Iterator[Segment]:
        """The segments that a piece completes."""
        for char in piece:
            if self._ends_before(char):
                yield self._cut(len(self._held))
            self._held += char
            self._look_for_thoughts()
            length = self._length()
            if length:
                yield self._cut(length)

    def finish(self) -> Iterator[Segment]:
        """The last segment, when the text has ended."""
        if self._held:
            yield self._cut(len(self._held))

    def _ends_before(self, char: str) -> bool:
        held = self._held
        return len(held) >= SHORTEST and held[-1] in ENDS and (char.isspace() or is_cjk(char))

    def _length(self) -> int:
        """How much of what is held is a whole segment now; 0 for none."""
        held = self._held
        if held.endswith(CLOSE) or (held[-1] in WIDE_ENDS and len(held) >= SHORTEST):
            return len(held)
        if len(held) < LONGEST:
            return 0
        space = max(held.rfind(" "), held.rfind("\t"), held.rfind("\n"))
        return space + 1 if space >= SHORTEST else LONGEST - _begun_close(held)

    def _look_for_thoughts(self) -> None:
        if not self._begun and (body := self._held.lstrip()):
            self._thinking = body == OPEN
            self._begun = not OPEN.startswith(body) or self._thinking

    def _cut(self, length: int) -> Segment:
        segment = Segment(self._held[:length], self._start, self._thinking)
        self._held = self._held[length:]
        self._start += length
        if segment.text.endswith(CLOSE):
            self._thinking = False
        return segment


def _begun_close(held: str) -> int:
    """How much of a closing tag stands at the end: it must not be cut in two."""
    return next((size for size in range(len(CLOSE) - 1, 0, -1) if held.endswith(CLOSE[:size])), 0)
