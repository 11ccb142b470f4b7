"""Which sampling settings and system prompt a reply is made with. Stores nothing.

From strongest to weakest: the conversation's own values, then its preset; where it names none,
the app's sampling settings and then the app's preset. What is still None is the model's own.
"""

from collections.abc import Iterable

from desktop_llm.core.messages import Conversation
from desktop_llm.core.sampling import BUILT_IN_PRESETS, Preset, SamplingSettings
from desktop_llm.core.settings import Settings


def find_preset(name: str, own: Iterable[Preset] = ()) -> Preset:
    """The preset of that name; the model's own where there is none (it may have been deleted)."""
    for preset in (*BUILT_IN_PRESETS, *own):
        if preset.name == name:
            return preset
    return BUILT_IN_PRESETS[0]


def effective_sampling(
    conversation: Conversation, settings: Settings, own: Iterable[Preset] = ()
) -> SamplingSettings:
    """The sampling settings of the conversation's next reply, before the model's own defaults."""
    if conversation.preset:
        base = find_preset(conversation.preset, own).sampling
    else:
        base = settings.sampling.over(find_preset(settings.preset, own).sampling)
    return conversation.sampling.over(base)


def effective_system_prompt(
    conversation: Conversation, settings: Settings, own: Iterable[Preset] = ()
) -> str:
    """The conversation's system prompt, or where it has none its preset's."""
    name = conversation.preset or settings.preset
    return conversation.system_prompt or find_preset(name, own).system_prompt
