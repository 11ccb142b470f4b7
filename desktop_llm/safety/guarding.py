"""Layer 2: a guard model judges the person's message and each segment of the reply. Knows no model.

It stands behind the rules: what it reads is what they let through. Held (Strict): no segment is
shown before its verdict. Else (Balanced): text is shown at once, and a bad verdict takes its segment
back. Either way the verdicts are those of the whole text, for the segments are (SAFETY.md 2.3).
"""

import itertools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import (
    ON_EARLIER,
    ON_PROMPT,
    ON_SYSTEM,
    UNCHECKED,
    Checked,
    Delta,
    End,
    EndReason,
    Event,
    Mark,
    Retract,
)
from desktop_llm.core.guards import Exchange, Finding, Verdict
from desktop_llm.core.messages import Role
from desktop_llm.core.policy import FilterAction, Level, Policy
from desktop_llm.core.ports import Guard
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.thinking import CLOSE, OPEN
from desktop_llm.safety.segments import Segment, Segmenter

ON_REPLY = "guard.reply"
"""The rule that a mark names where a guard model's verdict on the reply was the reason."""
STOPS = (FilterAction.MASK, FilterAction.BLOCK)
"""A guard model judges whole segments: hiding one and going on would leave its sense."""
_SAFE = Verdict(Finding.SAFE)
_ORDER = (FilterAction.ALLOW, FilterAction.WARN, FilterAction.MASK, FilterAction.BLOCK)

Actions = Callable[[str], FilterAction]


@dataclass(frozen=True, slots=True)
class Layer:
    """How strictly the guard is followed.

    `held`: nothing is shown before it is judged. `strict`: no readable verdict counts as a bad one;
    else the text is shown and marked as not checked. The actions are those of categories. Once
    `cancel` is set nothing more is judged.
    """

    guard: Guard
    held: bool
    strict: bool
    on_prompt: Actions
    on_reply: Actions
    cancel: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self,
        events: Iterator[Event],
        prompt: str,
        already: str = "",
        system: str = "",
        unanswered: Sequence[str] = (),
    ) -> Iterator[Event]:
        """The events with the guard's verdicts applied; `already` is the reply's text that is out.

        The person's message is judged first, those before it that are `unanswered`, and the system
        prompt, which a person may have written too: where one is refused, nothing is generated at all.
        """
        earlier = ((asked, ON_EARLIER) for asked in unanswered)
        for asked, rule in ((system, ON_SYSTEM), *earlier, (prompt, ON_PROMPT)):
            try:
                action, category = self.decide(self.verdict(Exchange(asked)), self.on_prompt)
            except Cancelled:
                yield End(EndReason.CANCELLED)
                return
            if action in STOPS:
                yield from _stop(len(already), category, rule)
                return
            if action is FilterAction.WARN:
                yield Mark(len(already), len(already), category, rule, action.value)
        yield from _Guarded(self, prompt, already).run(events)

    def verdict(self, exchange: Exchange) -> Verdict:
        """The guard's; where there are no words nobody is asked. Raises Cancelled once that is set."""
        if not exchange.text.strip():
            return _SAFE
        if self.cancel.is_set():
            raise Cancelled
        return self.guard(exchange, self.cancel)

    def decide(self, verdict: Verdict, actions: Actions) -> tuple[FilterAction, str]:
        """What to do about a verdict, and for which category."""
        if verdict.finding is Finding.SAFE:
            return FilterAction.ALLOW, ""
        if verdict.finding is Finding.UNKNOWN or not verdict.categories:
            return (FilterAction.BLOCK if self.strict else FilterAction.WARN), UNCHECKED
        chosen = [(actions(category), category) for category in verdict.categories]
        return max(chosen, key=lambda pair: _ORDER.index(pair[0]))


class _Guarded:
    """One reply. Places are code points of the reply as shown."""

    def __init__(self, layer: Layer, prompt: str, already: str) -> None:
        self._layer, self._prompt = layer, prompt
        self._segmenter = Segmenter()
        self._before = ""  # the segment that a verdict reads along with the next one
        self._out = len(already)  # how much of the reply is shown
        self._judged = len(already)  # and how much of it need not be taken back
        self._pending = ""  # what has come and is not shown
        self._marks: list[Mark] = []
        for segment in self._segmenter.feed(already):
            self._before = _context(segment)

    def run(self, events: Iterator[Event]) -> Iterator[Event]:
        """The events as they may be shown; the reply ends early where the guard model stops it."""
        if not self._layer.held:
            yield Checked(self._out)
        for event in events:
            try:
                blocked = yield from self._take(event)
            except Cancelled:
                yield from self._stopped(itertools.chain((event,), events))
                return
            if blocked:
                return

    def _take(self, event: Event) -> Generator[Event, None, bool]:
        """Pass one event on, judged. True where the reply must end; raises Cancelled."""
        blocked = False
        if isinstance(event, Delta):
            blocked = yield from self._read(event.text)
        elif isinstance(event, Mark):
            self._marks.append(event)
        elif isinstance(event, End):
            blocked = yield from self._settle(self._segmenter.finish())
        else:
            yield event
            return False
        if not blocked:
            yield from self._marks_due()
            if isinstance(event, End):
                yield event
        return blocked

    def _stopped(self, rest: Iterator[Event]) -> Iterator[Event]:
        """The person stopped it. What was not judged by then never will be, and is not shown.

        The model hears of it too: its end comes soon, and says what it cost.
        """
        if self._out > self._judged:
            yield Retract(self._judged)
        for event in itertools.chain(self._marks, rest):
            if isinstance(event, Mark) and event.start < self._judged:
                yield event
            elif isinstance(event, End):
                failed = event.reason is EndReason.FAILED
                yield event if failed else End(EndReason.CANCELLED, event.usage)

    def _read(self, text: str) -> Generator[Event, None, bool]:
        self._pending += text
        blocked = yield from self._settle(self._segmenter.feed(text))
        if not blocked and not self._layer.held:
            yield from self._show(self._out + len(self._pending))
        return blocked

    def _settle(self, segments: Iterable[Segment]) -> Generator[Event, None, bool]:
        """Judge segments that are complete. True where the reply must end; raises Cancelled."""
        for segment in segments:
            if not self._layer.held:
                yield from self._show(segment.end)
            action, category = self._layer.decide(self._verdict(segment), self._layer.on_reply)
            if action in STOPS:
                if self._out > segment.start:
                    yield Retract(segment.start)
                yield from _stop(segment.start, category, ON_REPLY)
                return True
            yield from self._show(segment.end)
            if action is FilterAction.WARN:
                yield Mark(segment.start, segment.end, category, ON_REPLY, action.value)
            self._judged = max(self._judged, segment.end)
            if not self._layer.held:
                yield Checked(self._judged)
            # What was found bad is not judged a second time along with what follows.
            self._before = _context(segment) if action is FilterAction.ALLOW else ""
        return False

    def _verdict(self, segment: Segment) -> Verdict:
        """That of the segment, read after the one before it in the same channel."""
        text = _words(segment)
        if not text.strip():
            return _SAFE
        return self._layer.verdict(Exchange(self._prompt, self._before + text))

    def _show(self, end: int) -> Iterator[Event]:
        size = end - self._out
        if size > 0:
            yield Delta(self._pending[:size])
            self._pending = self._pending[size:]
            self._out = end

    def _marks_due(self) -> Iterator[Event]:
        """The rules' own marks whose text is shown."""
        waiting = []
        for mark in self._marks:
            if not self._pending or mark.start < self._out:
                yield mark
            else:
                waiting.append(mark)
        self._marks = waiting


def _stop(place: int, category: str, rule: str) -> Iterator[Event]:
    yield Mark(place, place, category, rule, FilterAction.BLOCK.value)
    yield End(EndReason.BLOCKED)


def _words(segment: Segment) -> str:
    return segment.text.replace(OPEN, "").replace(CLOSE, "")


def _context(segment: Segment) -> str:
    """What the next verdict reads of this segment: nothing across the end of the thoughts."""
    return "" if segment.text.endswith(CLOSE) else _words(segment)


def guarded(
    policy: Policy,
    guard: Guard | None,
    events: Iterator[Event],
    request: GenerateRequest,
    cancel: threading.Event,
    *,
    can_take_back: bool = True,
) -> Iterator[Event]:
    """A reply's events with the guard's verdicts, as the policy's level wants them applied.

    Where what was shown cannot be taken back (a terminal), Balanced holds text back as Strict does.
    """
    if guard is None or policy.level is Level.OFF:
        return events
    strict = policy.level is Level.STRICT
    layer = Layer(
        guard,
        held=strict or not can_take_back,
        strict=strict,
        on_prompt=lambda category: policy.action(category, "prompts"),
        on_reply=lambda category: policy.action(category, "replies"),
        cancel=cancel,
    )
    *unanswered, asked = _unanswered(request.turns) or [""]
    return layer(
        events, asked, already=request.prefix, system=request.system_prompt, unanswered=unanswered
    )


def _unanswered(turns: Sequence[Turn]) -> list[str]:
    """The last message, which is what is asked now, and those right before it: of each of them the
    reply was erased, or stopped, perhaps before there was a verdict."""
    newest = itertools.dropwhile(lambda turn: turn.role is not Role.USER, reversed(turns))
    asked = itertools.takewhile(lambda turn: turn.role is Role.USER, newest)
    return [turn.text for turn in asked][::-1]
