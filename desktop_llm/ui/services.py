"""Everything the window is given to work with, as ports. Made by app.py; made by tests as well."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.core.events import Mark
from desktop_llm.core.guards import GuardChoice, GuardState, Verdict
from desktop_llm.core.policy import Policy
from desktop_llm.core.ports import Clock, ConversationStore, Models, SettingsStore, StateStore
from desktop_llm.worker.counting import TokenCounter
from desktop_llm.worker.inference import Inference


@dataclass(frozen=True, slots=True)
class Places:
    """What the privacy page tells: where things are, and in one sentence how the key is kept."""

    history: Path
    models: Path
    settings: Path
    logs: Path
    key: str


@dataclass(frozen=True, slots=True)
class SafetyServices:
    """What the safety filter's page is given. `judge` belongs to the worker's thread.

    `policy_text` and `read_policy` are the policy's file; the latter raises UsageError.
    """

    guard_choices: Callable[[], tuple[GuardChoice, ...]]
    guard_state: Callable[[], GuardState]
    judge: Callable[[str], Verdict]
    policy_text: Callable[[Policy], str]
    read_policy: Callable[[Path], Policy]


@dataclass(frozen=True, slots=True)
class Services:
    """The ports and the worker. `notices` are sentences to show once at start.

    `try_filter` gives what the filter would make of a text; `export` a conversation in one of
    the formats "markdown" and "json"; `import_file` adds an exported one, and gives its id.
    """

    store: ConversationStore
    settings: SettingsStore
    state: StateStore
    models: Models
    inference: Inference
    counter: TokenCounter
    clock: Clock
    places: Places
    try_filter: Callable[[str], tuple[str, tuple[Mark, ...]]]
    safety: SafetyServices
    export: Callable[[str, str], str]
    import_file: Callable[[Path], str]
    notices: tuple[str, ...] = ()
