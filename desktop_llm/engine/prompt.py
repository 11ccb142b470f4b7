"""Builds the prompt of a request: turns to token ids, fitted into the context window. Runs no model.

With a chat template the turns become a chat; without one (GPT-2), or where the request is `raw`,
their texts are joined and the model goes on. Safe to use from any thread.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2.exceptions import TemplateError

from desktop_llm.core.context import fit
from desktop_llm.core.errors import MessageTooLongError, ModelError
from desktop_llm.core.messages import Role
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.sayings import Saying
from desktop_llm.engine.tokens import Encoder

Message = dict[str, Any]
FAILURES = (
    TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What a chat template may raise, which is a stranger's program or one that was edited here."""
_AS_IT_STANDS = re.compile("""['"]type['"]: ['"]text""")
"""What is written by a template that takes a list of parts for a text."""


class Render(Protocol):
    """A chat template: messages to text. `thinking` None leaves it to the template."""

    def __call__(self, messages: list[Message], thinking: bool | None = None) -> str: ...


SWITCHES = (
    ("enable_thinking", re.compile(r"\benable_thinking\b")),
    ("thinking", re.compile(r"{%-?\s*(?:el)?if\s+(?:not\s+)?thinking\b")),
)
"""What templates call the variable that says whether to think (Qwen3, SmolLM3; Granite, DeepSeek)."""


_THINKING: dict[str | None, bool] = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Prompt:
    """`ids` is all that the model reads; from `reply_start` on it is the reply's own beginning.

    `seamless` says that the reply goes on in the middle of a text, whose spaces matter.
    """

    ids: list[int]
    reply_start: int
    seamless: bool
    left_out: tuple[Turn, ...] = ()


class PromptBuilder:
    """Turns requests into prompts. `render` is the chat template, None where the model has none."""

    def __init__(
        self,
        encoder: Encoder,
        render: Render | None,
        begin: Sequence[int] = (),
        beside: Sequence[int] | None = None,
    ) -> None:
        """`beside`: what a reply begins with that does not go on from the prompt (T5, BART)."""
        self._encoder, self._render = encoder, render
        # What an empty completion starts from: the model cannot read nothing.
        self._begin = list(begin)
        self.apart, self._opening = beside is not None, len(beside or ())

    def build(self, request: GenerateRequest, window: int) -> Prompt:
        """The prompt, oldest turns left out where the context window needs it.

        Raises MessageTooLongError, with the numbers, and ModelError where the template fails.
        """

        @functools.cache  # what fits was mostly just written to be counted
        def ids_of(turns: tuple[Turn, ...], with_prefix: bool) -> list[int]:
            return self._ids(request, turns, with_prefix=with_prefix)

        try:
            fitted = fit(
                request.turns,
                window,
                # A reply beside the text has a window of its own.
                lambda turns: len(ids_of(tuple(turns), not self.apart)),
                0 if self.apart else None,
                self._encoder.count(request.system_prompt),
            )
        except MessageTooLongError as error:
            raise _reply_too_long(error.sayings[1]) if request.prefix else error from None
        ids = ids_of(fitted.kept, True)
        reply_start = len(ids)
        if request.prefix:
            reply_start = len(ids_of(fitted.kept, False))
        if self.apart:
            _require_room(self._opening + len(ids) - reply_start, window)
        seamless = bool(request.prefix) or (self._completes(request) and not self.apart)
        return Prompt(ids, min(reply_start, len(ids)), seamless, fitted.left_out)

    def count(self, request: GenerateRequest) -> int:
        """How many tokens the whole prompt would be, with nothing left out."""
        if not request.turns and not self._completes(request):
            return 0  # templates refuse to write a conversation without messages
        return len(self._ids(request, request.turns))

    def _completes(self, request: GenerateRequest) -> bool:
        return request.raw or self._render is None

    def _ids(
        self, request: GenerateRequest, turns: Sequence[Turn], *, with_prefix: bool = True
    ) -> list[int]:
        completes = self._completes(request)
        text = self._joined(request, turns) if completes else self._chat(request, turns)
        if with_prefix and self.apart:
            asked = self._ids(request, turns, with_prefix=False)
            return [*asked, *self._encoder.ids(self._encoder.as_reply(request.prefix))]
        if with_prefix:
            text += self._encoder.as_reply(request.prefix)
        ids = self._encoder.ids(text)
        if completes:
            before, after = self._encoder.around
            # A text that goes on has no end yet; one that is read beside the reply is whole.
            ids = [*before, *ids, *(after if self.apart else ())]
        return ids or list(self._begin)

    def _joined(self, request: GenerateRequest, turns: Sequence[Turn]) -> str:
        """Text on text. A person's turn after a reply starts a new line, a reply just goes on."""
        text = self._encoder.as_text(request.system_prompt)
        for turn in turns:
            if text and turn.role is Role.USER and not text[-1].isspace():
                text += "\n"
            text += self._content(turn)
        return text

    def _content(self, turn: Turn) -> str:
        if turn.role is Role.ASSISTANT:
            return self._encoder.as_reply(turn.text)
        return self._encoder.as_text(turn.text)

    def _chat(self, request: GenerateRequest, turns: Sequence[Turn]) -> str:
        messages = [{"role": turn.role.value, "content": self._content(turn)} for turn in turns]
        system = self._encoder.as_text(request.system_prompt)
        attempts = _attempts(system, messages)
        thinking = _THINKING.get(request.sampling.thinking)
        rendered, failure = self._first(attempts, system, thinking)
        last = str(messages[-1]["content"]).strip() if messages else ""
        if last not in rendered or not rendered:
            # Templates of models that see pictures may read nothing but contents in parts.
            in_parts, _ = self._first(list(map(_in_parts, attempts)), system, thinking)
            if last and last in in_parts and not _AS_IT_STANDS.search(in_parts):
                rendered = in_parts
        if rendered:
            return rendered
        raise ModelError(
            "The model's chat template cannot express this conversation.",
            "It says: {failure}." if failure else "It renders nothing.",
            "Remove the system prompt, start a new conversation, or choose another model.",
            failure=failure,
        )

    def _first(
        self, attempts: Sequence[list[Message]], system: str, thinking: bool | None
    ) -> tuple[str, str]:
        """What the template makes of the first that it takes as a whole, and how the first failed."""
        rendered, failure = "", ""
        for attempt in attempts:
            try:
                rendered = self._rendered(attempt, thinking)
            except FAILURES as error:
                failure = failure or str(error)
                continue
            # Some templates pass over a system turn without a word; then the next form is tried.
            if not system.strip() or system.strip() in rendered:
                break
        return rendered, failure

    def _rendered(self, messages: list[Message], thinking: bool | None) -> str:
        if self._render is None:
            raise ValueError("A model without a chat template has nothing to render.")
        return self._render(messages, thinking)


def _attempts(system: str, messages: list[Message]) -> list[list[Message]]:
    """The conversation as it is, then in the forms that stricter templates accept."""
    if not system.strip():
        return [messages, _alternating(messages)]
    with_system = [{"role": Role.SYSTEM.value, "content": system}, *messages]
    merged = _merged(system, messages)
    return [with_system, merged, _alternating(with_system), _alternating(merged)]


def _merged(system: str, messages: list[Message]) -> list[Message]:
    """The system prompt as the beginning of the first user turn, for templates without that role."""
    result = [dict(message) for message in messages]
    for message in result:
        if message["role"] == Role.USER:
            message["content"] = f"{system}\n\n{message['content']}"
            return result
    return [{"role": Role.USER.value, "content": system}, *result]


def _in_parts(messages: list[Message]) -> list[Message]:
    """The same, each content as a list of one part that is text."""
    return [
        message | {"content": [{"type": "text", "text": message["content"]}]}
        for message in messages
    ]


def _alternating(messages: list[Message]) -> list[Message]:
    """Turns of the same speaker in a row as one."""
    result: list[Message] = []
    for message in messages:
        if result and result[-1]["role"] == message["role"]:
            result[-1]["content"] += "\n\n" + message["content"]
        else:
            result.append(dict(message))
    return result


def chat_template(tokenizer: Any) -> Render | None:
    """The tokenizer's chat template as a function, asking for a reply at its end; None without one."""
    if not tokenizer.chat_template:
        return None

    switch = thinking_switch(tokenizer)

    def render(messages: list[Message], thinking: bool | None = None) -> str:
        told = {switch: thinking} if switch is not None and thinking is not None else {}
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **told
        )
        return str(text)

    return render


def thinking_switch(tokenizer: Any) -> str | None:
    """What the chat template calls its switch for thinking; None where it has none."""
    template = str(tokenizer.chat_template or "")
    return next((name for name, pattern in SWITCHES if pattern.search(template)), None)


def _require_room(written: int, window: int) -> None:
    """Of a reply that has a window of its own."""
    if written >= window:
        raise _reply_too_long(
            Saying(
                "It has {tokens} tokens; the model writes {window} at most.",
                tokens=f"{written:,}",
                window=f"{window:,}",
            )
        )


def _reply_too_long(why: Saying) -> MessageTooLongError:
    return MessageTooLongError(
        "This reply cannot go on: it fills the model's context window.",
        why,
        "Ask for the rest in a new message, or choose a model with a larger context window.",
    )
