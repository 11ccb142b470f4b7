"""Which sampling settings and system prompt a reply is made with. Stores nothing.

From strongest to weakest: the conversation's own values, then its preset, then what the person set
for the model alone; where the conversation names no preset, the app's sampling settings and then
the app's preset. What is still None is the model's own.
"""

from collections.abc import Iterable

from desktop_llm.core.messages import Conversation
from desktop_llm.core.sampling import BUILT_IN_PRESETS, NOTHING_SET, Preset, SamplingSettings
from desktop_llm.core.settings import Settings


def find_preset(name: str, own: Iterable[Preset] = ()) -> Preset:
    """The preset of that name; the model's own where there is none (it may have been deleted)."""
    for preset in (*BUILT_IN_PRESETS, *own):
        if preset.name == name:
            return preset
    return BUILT_IN_PRESETS[0]


def chosen_sampling(conversation: Conversation, own: Iterable[Preset] = ()) -> SamplingSettings:
    """What the conversation says: its own values over those of the preset it names, if any."""
    return conversation.sampling.over(find_preset(conversation.preset, own).sampling)


def settings_sampling(settings: Settings, own: Iterable[Preset] = ()) -> SamplingSettings:
    """What the app's settings say: single values over those of their preset."""
    return settings.sampling.over(find_preset(settings.preset, own).sampling)


def usual_sampling(
    conversation: Conversation, settings: Settings, own: Iterable[Preset] = ()
) -> SamplingSettings:
    """What holds below the conversation and the model: the settings, unless it names a preset."""
    if conversation.preset:
        return NOTHING_SET
    return settings_sampling(settings, own)


def effective_sampling(
    conversation: Conversation,
    settings: Settings,
    own: Iterable[Preset] = (),
    model: SamplingSettings = NOTHING_SET,
) -> SamplingSettings:
    """The sampling settings of the conversation's next reply; `model` is what was set for it alone."""
    usual = usual_sampling(conversation, settings, own)
    return chosen_sampling(conversation, own).over(model).over(usual)


def effective_system_prompt(
    conversation: Conversation, settings: Settings, own: Iterable[Preset] = ()
) -> str:
    """The conversation's system prompt, or where it has none its preset's."""
    name = conversation.preset or settings.preset
    return conversation.system_prompt or find_preset(name, own).system_prompt
