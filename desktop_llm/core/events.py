"""What a running job tells: a few frozen values, and exactly one `End`. Knows no thread and no widget.

A reply is a generator of `Event`. The consumer may stop pulling at any time; cleanup is the
generator's `finally`. Errors travel as `End(FAILED)`, never as text of the answer.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from desktop_llm.core.errors import UserError


class EndReason(StrEnum):
    """Why a reply ended. STOP is the model's own end or a stop string, REPETITION a loop."""

    STOP = "stop"
    LENGTH = "length"
    REPETITION = "repetition"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    FAILED = "failed"


CUT_OFF = (EndReason.LENGTH, EndReason.REPETITION, EndReason.CANCELLED)
"""A reply that ended so is not whole, and may be gone on with."""


class Stage(StrEnum):
    """The long steps that report progress."""

    LOAD = "load"
    PREFILL = "prefill"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts and timings of one reply. Seconds; tokens per second counts the decode alone."""

    prompt_tokens: int = 0
    reused_tokens: int = 0
    new_tokens: int = 0
    ttft_s: float = 0.0
    tokens_per_s: float = 0.0
    seed: int | None = None

    def with_more(self, more: "Usage") -> "Usage":
        """Those of a reply that went on: the counts of both pieces, the speed over the time of both.

        What was before the first token is the first piece's.
        """
        timed = [one for one in (self, more) if one.tokens_per_s and one.new_tokens > 1]
        tokens = sum(one.new_tokens - 1 for one in timed)  # the first one of each was not timed
        seconds = sum((one.new_tokens - 1) / one.tokens_per_s for one in timed)
        return replace(
            self,
            new_tokens=self.new_tokens + more.new_tokens,
            tokens_per_s=tokens / seconds if seconds else 0.0,
        )


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply's text: whole code points, never half a character or stop string."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is: `done` of `total`, in the stage's own unit (bytes, tokens)."""

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whole oldest turns were left out of the prompt because the context window is full."""

    message_ids: tuple[str, ...]
    tokens: int


UNCHECKED = "unchecked"
"""The category of a mark on what a guard model gave no readable verdict about."""


PROMPT, SYSTEM = "prompt.", "prompt.system."
"""What a mark's rule begins with that found something in the person's message or the system prompt."""
ON_PROMPT, ON_SYSTEM, ON_EARLIER = "guard.prompt", "guard.prompt.system", "guard.prompt.earlier"
"""The rule that a mark names where a guard model judged these, or messages before that have no reply."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The safety filter touched the text: code points [start, end) of the reply as shown.

    `note` is a sentence to show beside it, such as a help line. A `rule` that begins with `PROMPT` or
    `ON_PROMPT` was found in what the model was to read; the mark stands where the reply begins then.
    """

    start: int
    end: int
    category: str
    rule: str
    action: str
    note: str = ""

    @property
    def in_prompt(self) -> bool:
        """Whether it was found in what the model was to read, and not in the reply."""
        return self.rule.startswith((PROMPT, ON_PROMPT))

    @property
    def in_system_prompt(self) -> bool:
        """Whether it was found in the system prompt, and not in the person's message."""
        return self.rule.startswith((SYSTEM, ON_SYSTEM))

    @property
    def rule_alone(self) -> str:
        """The rule by its own name, wherever it found something."""
        return self.rule.removeprefix(SYSTEM).removeprefix(PROMPT)


@dataclass(frozen=True, slots=True)
class Retract:
    """Everything from code point `start` of the reply as shown is taken back; the reply may go on."""

    start: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Code points before `end` have been judged and will not be taken back; the rest still may.

    The first one, with the reply's beginning, says that the reply's text is shown before it is
    judged. Until the `End`, only checked text may be stored, copied or exported.
    """

    end: int


@dataclass(frozen=True, slots=True)
class End:
    """The last event of every job. `error` is what to show: why it FAILED, or what was cut.

    `shorter_window` is not 0 where the memory ran out: a context window that would not need so much.
    """

    reason: EndReason
    usage: Usage = field(default_factory=Usage)
    error: UserError | None = None
    shorter_window: int = 0


Event = Delta | Progress | LeftOut | Mark | Retract | Checked | End
