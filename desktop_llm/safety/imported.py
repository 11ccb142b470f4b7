"""The filter for a conversation that comes from a file instead of a model. Knows no file."""

import dataclasses
from collections.abc import Iterable, Iterator

from desktop_llm.core.events import EndReason, Mark
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.policy import Policy
from desktop_llm.core.ports import Watch
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.setting_texts import with_texts
from desktop_llm.core.settings_tree import walk
from desktop_llm.core.titles import title_from
from desktop_llm.safety.filter import HIDING, filter_text

TEXTS = tuple(
    info.key for info in walk(SamplingSettings) if info.kind in (str, tuple) and not info.choices
)
"""The sampling settings that anybody may have written words into."""


def filtered(
    conversation: Conversation,
    messages: Iterable[Message],
    safety: Policy,
    watch: Watch | None = None,
) -> tuple[Conversation, tuple[Message, ...], dict[str, tuple[Mark, ...]]]:
    """A conversation as it may be kept, and by the messages' ids where the filter touched them.

    The file may come from anybody. What it says a person wrote is theirs; all other words in it are
    shown as the app's or a model's, and are filtered as a reply is. A long one takes seconds: `watch` is
    told of every piece, and ends it with what it raises.
    """
    messages = tuple(messages)
    title = conversation.title
    conversation = dataclasses.replace(
        conversation,
        title=title if _is_own(title, messages) else _passed(title, safety, watch),
        system_prompt=_passed(conversation.system_prompt, safety, watch),
        sampling=_sampling(conversation.sampling, safety, watch),
    )
    kept, marks = [], {}
    for message in messages:
        filtered_one, touched = _message(message, safety, watch)
        kept.append(filtered_one)
        if touched:
            marks[message.id] = touched
    return conversation, tuple(kept), marks


def length(conversation: Conversation, messages: Iterable[Message]) -> int:
    """How many characters of it are filtered."""
    messages = tuple(messages)
    texts = [conversation.system_prompt, *_texts(conversation.sampling)]
    if not _is_own(conversation.title, messages):
        texts.append(conversation.title)
    for message in messages:
        texts += [message.model_id, message.error]
        texts += _texts(message.sampling)
        if message.role is not Role.USER:
            texts.append(message.text)
    return sum(map(len, texts))


def _is_own(title: str, messages: Iterable[Message]) -> bool:
    """Whether a title was made of what a person said. Only as it was made it goes with that message."""
    return any(
        message.parent_id is None
        and message.role is Role.USER
        and title == title_from(message.text)
        for message in messages
    )


def _message(
    message: Message, safety: Policy, watch: Watch | None
) -> tuple[Message, tuple[Mark, ...]]:
    message = dataclasses.replace(
        message,
        model_id=_passed(message.model_id, safety, watch),
        error=_passed(message.error, safety, watch),
        sampling=message.sampling and _sampling(message.sampling, safety, watch),
    )
    if message.role is Role.USER:
        return message, ()
    passed = filter_text(safety, message.text, watch)
    message = dataclasses.replace(message, text=passed.text)
    if passed.blocked:
        # Not interrupted: the view would say that the app was closed, and offer to go on.
        message = dataclasses.replace(
            message, end_reason=EndReason.BLOCKED, state=MessageState.COMPLETE
        )
    return message, passed.marks


def _sampling(sampling: SamplingSettings, safety: Policy, watch: Watch | None) -> SamplingSettings:
    """Without the texts in which something is hidden: what is left of a pattern is another one."""

    def hides(text: str) -> bool:
        return any(mark.action in HIDING for mark in filter_text(safety, text, watch).found)

    def told(place: str, text: str) -> str:
        return "" if place.partition(".")[0] in TEXTS and hides(text) else text

    left = with_texts(sampling, told)
    gone = {name for name in TEXTS if getattr(sampling, name) and not getattr(left, name)}
    gone |= {name for name, shown in _lists(left) if name not in gone and hides(shown)}
    if "answer_pattern" in gone:
        gone.add("answer_format")  # every reply would fail for want of it
    return dataclasses.replace(left, **dict.fromkeys(gone))


def _lists(sampling: SamplingSettings) -> Iterator[tuple[str, str]]:
    """Settings with several entries, as they are shown: together they may say what none does alone."""
    for name in TEXTS:
        value = getattr(sampling, name)
        if isinstance(value, tuple):
            yield name, ", ".join(value)


def _texts(sampling: SamplingSettings | None) -> Iterator[str]:
    """What is filtered of them."""
    if sampling is not None:
        for name in TEXTS:
            value = getattr(sampling, name)
            yield from value if isinstance(value, tuple) else filter(None, (value,))
        yield from (shown for _, shown in _lists(sampling))


def _passed(text: str, safety: Policy, watch: Watch | None) -> str:
    """A text that has no place for a mark or a reason: what would be stopped is cut off."""
    return filter_text(safety, text, watch).text
