"""What a person set for one model alone, described like the settings. Knows no model and no file.

Every value may say nothing: then the app's settings hold, and below them the model's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.settings import Device, ModelSettings, Precision
from desktop_llm.core.settings_tree import setting


@dataclass(frozen=True, slots=True)
class ModelDefaults:
    """Used whenever the model is loaded. `template` is a chat template in place of its own."""

    system_prompt: str = setting(
        "", "System prompt",
        "Given to this model before every new conversation. Left empty: the one in Settings, General.",
    )  # fmt: skip
    device: Device = setting(
        Device.AUTO, "Device", "Where this model computes. Automatic: as in Settings, Model."
    )
    precision: Precision = setting(
        Precision.AUTO, "Precision",
        "How its weights are held. Automatic: as in Settings, Model.",
    )  # fmt: skip
    context_window: int | None = setting(
        None, "Context window", "How much it reads at once, at most. Left empty: as in Settings, Model.",
        minimum=128, maximum=1048576, step=128, unit="tokens",
    )  # fmt: skip
    draft: str = setting(
        "", "Draft model",
        "A smaller model with the same vocabulary that guesses ahead. Every word stays the model's own "
        "choice; where the guesses are good, replies come faster.",
        model=True,
    )  # fmt: skip
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    template: str = setting(
        "", "Chat template", "Left empty: the one that came with the model.", hidden=True
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """The same files under another name, with defaults of its own. `of` is the model's id."""

    id: str
    name: str
    of: str


def load_request(
    model: ModelOnDisk,
    own: ModelDefaults,
    settings: ModelSettings,
    find: Callable[[str], ModelOnDisk],
) -> LoadRequest:
    """How to load a model: its own values where they say something, else the settings'.

    `find` gives the draft model of an id, and raises ModelError where it is gone.
    """
    return LoadRequest(
        model,
        device=own.device if own.device is not Device.AUTO else settings.device,
        precision=own.precision if own.precision is not Precision.AUTO else settings.precision,
        threads=settings.threads,
        context_window=own.context_window or settings.context_window,
        template=own.template,
        draft=find(own.draft) if own.draft else None,
    )
