"""The app's settings: one typed tree with a title, help, range and default for every value.

To add a setting, add a field here; the panel, the command line, the file and the docs follow.
Machine state (window geometry, the last conversation) is not a setting and lives in a file of its own.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from desktop_llm.core.keys import check_keys
from desktop_llm.core.on_disk import check_models_folder
from desktop_llm.core.policy import Policy
from desktop_llm.core.sampling import MODELS_OWN, SamplingSettings
from desktop_llm.core.settings_tree import setting

GUIDE_MODEL_ID = "guide"
"""The id of the small model that ships with the app."""


class Language(StrEnum):
    """The language of the window. SYSTEM is the desktop's where the app knows it, else English."""

    SYSTEM = "system"
    ENGLISH = "en"
    CHINESE = "zh_CN"


class SendKey(StrEnum):
    """What sends a message; the other one breaks the line."""

    ENTER = "enter"
    CTRL_ENTER = "ctrl+enter"


class Theme(StrEnum):
    """SYSTEM follows the desktop's own light or dark."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Device(StrEnum):
    """AUTO takes the fastest one present and says why."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"
    XPU = "xpu"


class Precision(StrEnum):
    """How a model's weights are held. AUTO chooses from the device and the model, and says why."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"
    INT4 = "int4"


@dataclass(frozen=True, slots=True)
class General:
    """Everyday behaviour of the window."""

    language: Language = setting(
        Language.SYSTEM, "Language", "Of the window. Conversations may be in any language."
    )
    send_key: SendKey = setting(
        SendKey.ENTER, "Send with",
        "With Ctrl+Enter, Enter breaks the line. Shift+Enter always does.",
    )  # fmt: skip
    system_prompt: str = setting(
        "", "System prompt", "Given to the model before every new conversation. May stay empty."
    )
    confirm_delete: bool = setting(
        False, "Ask before deleting",
        "A conversation can be brought back for a short while either way. "
        "Before a message is deleted you are always asked.",
    )  # fmt: skip
    tray: bool = setting(
        False, "Stay in the tray",
        "Closing the window leaves an icon: it shows the window, asks a quick question, or quits.",
    )  # fmt: skip
    quick_ask_keys: str = setting(
        "", "Quick ask from anywhere",
        "Keys that open the quick question while another program is in front. Empty: none.",
        check=check_keys, keys=True,
    )  # fmt: skip
    reopen_last: bool = setting(
        True, "Open the last conversation at start", "Otherwise the app starts with a new one."
    )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model runs, and how."""

    selected: str = setting(
        GUIDE_MODEL_ID, "Model", "The model that new replies come from.", hidden=True
    )
    folder: str = setting(
        "", "Models folder", "Where models are kept. Left empty: the app's own folder.",
        hidden=True, folder=True, check=check_models_folder,
    )  # fmt: skip
    use_found: bool = setting(
        True,
        "Use models of other programs",
        "Lists those of Hugging Face, LM Studio, Jan, GPT4All, llama.cpp and Ollama, where they lie.",
    )
    load_at_start: bool = setting(
        True, "Load at start", "Loads the model as soon as the window is there."
    )
    device: Device = setting(
        Device.AUTO, "Device", "Where the model computes. Automatic takes the fastest one present."
    )
    precision: Precision = setting(
        Precision.AUTO,
        "Precision",
        "How weights are held: fewer bits are smaller and faster, int8 at hardly any loss.",
    )
    context_window: int | None = setting(
        None, "Context window", "How much the model reads at once, at most. Left empty: as much as it can.",
        minimum=128, maximum=1048576, step=128, unit="tokens",
    )  # fmt: skip
    unload_after: int | None = setting(
        None, "Unload after", "Frees the model's memory when it was not used for so long; the next "
        "message loads it again. Left empty: it stays.",
        minimum=1, maximum=1440, step=5, unit="minutes", advanced=True,
    )  # fmt: skip
    threads: int | None = setting(
        None, "Threads", "Processor threads for the model. Left empty: the physical cores, on battery half of them.",
        minimum=1, maximum=256, step=1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Privacy:
    """What others on this computer may see."""

    title_in_window: bool = setting(
        False, "Conversation's name in the window title", "Other programs can read window titles."
    )
    online: bool = setting(
        False, "Go online when I ask",
        "Off, the app connects to nothing. On, it asks the model hub when you search or download.",
    )  # fmt: skip
    hub: str = setting(
        "",
        "Address of the hub",
        "A mirror of huggingface.co, with https://. Left empty: the hub itself.",
    )
    proxy: str = setting(
        "", "Proxy", "For example http://proxy:8080. Left empty: the one your system uses, if any."
    )


@dataclass(frozen=True, slots=True)
class Appearance:
    """How it looks."""

    theme: Theme = setting(Theme.SYSTEM, "Theme", "System follows your desktop.")
    zoom: int = setting(
        100, "Text size", "Ctrl+= and Ctrl+- change it too.",
        minimum=50, maximum=300, step=10, unit="%",
    )  # fmt: skip
    reduce_motion: bool = setting(
        False, "Reduce motion", "No animations, whatever the desktop says."
    )
    show_statistics: bool = setting(
        True, "Statistics under replies", "Tokens, tokens per second, time to first token."
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `sampling` and `preset` are the defaults of new conversations."""

    general: General = field(default_factory=General)
    model: ModelSettings = field(default_factory=ModelSettings)
    preset: str = setting(
        MODELS_OWN, "Preset", "The sampling settings that new conversations start with."
    )
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    safety: Policy = field(default_factory=Policy)
    privacy: Privacy = field(default_factory=Privacy)
    appearance: Appearance = field(default_factory=Appearance)
