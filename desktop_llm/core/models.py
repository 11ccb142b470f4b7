"""What is known of a model, on disk and loaded. Opens no file and loads nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from desktop_llm.core.sampling import NEUTRAL, SamplingSettings
from desktop_llm.core.sayings import Saying, in_english
from desktop_llm.core.settings import Device, Precision


@dataclass(frozen=True, slots=True)
class ModelOnDisk:
    """A model that the library found: a folder, or a (first) GGUF file. Sizes in bytes.

    `origin` names the program it belongs to ("LM Studio") and is empty for the app's own; `linked`
    ones lie where the person has them; `variant_of` is the id of the model whose files a variant
    shares. `problem` is empty, or says why it cannot be loaded, and what to do.
    """

    id: str
    name: str
    path: Path
    size: int = 0
    architecture: str = ""
    bundled: bool = False
    problem: tuple[Saying, ...] = ()
    origin: str = ""
    linked: bool = False
    variant_of: str = ""


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """A model to load and how. `threads` and `context_window` None: chosen by the engine.

    `template`, where it is not empty, takes the place of the chat template that came with it.
    `draft` is a smaller model with the same tokens, which guesses what this one will say.
    """

    model: ModelOnDisk
    device: Device = Device.AUTO
    precision: Precision = Precision.AUTO
    threads: int | None = None
    context_window: int | None = None
    template: str = ""
    draft: ModelOnDisk | None = None


@dataclass(frozen=True, slots=True)
class LoadedModelInfo:
    """What a loaded model is, in words a person can read beside its name.

    `device` and `precision` are those in use ("cpu", "fp32"), `reasons` why they were chosen.
    `defaults` come from the model's own generation_config.json over the neutral values.
    `can_think` says that its template can be told to think or not.
    `memory` is what it takes with a full context window, in bytes, as reckoned before the load.
    `hash` is the SHA-256 of its weights' headers and config: it tells one model from another.
    """

    model: ModelOnDisk
    architecture: str
    parameters: int
    context_window: int
    device: str
    precision: str
    reasons: tuple[Saying, ...]
    has_chat_template: bool
    hash: str = ""
    load_s: float = 0.0
    memory: int = 0
    can_think: bool = False
    defaults: SamplingSettings = field(default=NEUTRAL)

    @property
    def reason(self) -> str:
        """Why device and precision were chosen, in English."""
        return in_english(self.reasons)
