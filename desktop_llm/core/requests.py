"""What is asked of the engine for one reply. A frozen value that crosses threads."""

from dataclasses import dataclass, field

from desktop_llm.core.messages import Role
from desktop_llm.core.sampling import SamplingSettings


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as the model will read it. `id` names it in `LeftOut`; it may be empty."""

    role: Role
    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One reply to make.

    `turns` are oldest first, without the system prompt. `prefix` is text the reply must start
    with (to continue a cut-off reply); it is not repeated in the events. `raw` is completion:
    the turns' texts are joined and continued, with no chat template.
    `conversation_id` and `reply_id` are empty where nothing is stored.
    """

    turns: tuple[Turn, ...]
    system_prompt: str = ""
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    prefix: str = ""
    raw: bool = False
    conversation_id: str = ""
    reply_id: str = ""
