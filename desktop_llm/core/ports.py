"""What the product needs from outside, as Protocols; app.py and cli.py plug the real things in."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from desktop_llm.core.events import Event, Mark
from desktop_llm.core.guards import Exchange, Verdict
from desktop_llm.core.hub import Download, HubModel, HubQuery, HubRepo
from desktop_llm.core.messages import Conversation, Message, SearchHit
from desktop_llm.core.model_defaults import ModelDefaults, Variant
from desktop_llm.core.models import LoadedModelInfo, LoadRequest, ModelOnDisk
from desktop_llm.core.policy import Policy
from desktop_llm.core.replacing import Replaced
from desktop_llm.core.requests import GenerateRequest
from desktop_llm.core.safety_events import SafetyCounts
from desktop_llm.core.sampling import Preset
from desktop_llm.core.settings import Settings

Report = Callable[[int, int], None]
"""Called with (done, total) in a step's own unit."""
Watch = Callable[[int], None]
"""Told of how many more characters a text was read. What it raises ends the reading."""
Alive = Callable[[], None]
"""Called now and then by a long step that tells nothing else: it is not stuck."""


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def now(self) -> datetime:
        """The wall clock, timezone-aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""


class Generate(Protocol):
    """Makes one reply: events, the last of which is the one `End`.

    Polls `cancel` between tokens and between prefill chunks; the event belongs to this job alone.
    """

    def __call__(self, request: GenerateRequest, cancel: threading.Event) -> Iterator[Event]: ...


class Engine(Protocol):
    """The model in memory. All methods but the counting ones belong to the one thread that owns it."""

    @property
    def loaded(self) -> LoadedModelInfo | None:
        """The model in memory, or None."""

    def load(
        self, request: LoadRequest, report: Report, cancel: threading.Event
    ) -> LoadedModelInfo:
        """Replace the model in memory. Raises ModelError or Cancelled; the old one is gone then."""

    def unload(self) -> None:
        """Free the model's memory."""

    def generate(self, request: GenerateRequest, cancel: threading.Event) -> Iterator[Event]:
        """See `Generate`."""

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is, without any template; from any thread. 0 with no model."""

    def preview_tokens(self, text: str, *, biased: bool = False) -> tuple[str, ...]:
        """The tokens that a text becomes, each as text; from any thread. Empty with no model.

        Of a text that is to be `biased`, a control token's name alone means that token.
        """

    def count_prompt(self, request: GenerateRequest) -> int:
        """How many tokens the whole prompt of a request is, template included; from any thread."""


class Guard(Protocol):
    """Judges a person's message, or a piece of a reply to it. What goes wrong is a verdict of UNKNOWN

    that says why. Raises Cancelled alone, once `cancel` is set: that is no verdict at all.
    """

    def __call__(self, exchange: Exchange, cancel: threading.Event) -> Verdict: ...


class ConversationStore(Protocol):
    """The history. Every write is on disk when the method returns. Safe from any thread.

    Raises StoreError where the disk or file fails, NotFoundError for an id that is not there; either
    way nothing was written. What erases raises TracesLeftError where it did, but not without a trace.
    """

    def add_conversation(self, conversation: Conversation) -> None:
        """Keep a new conversation."""

    def add_whole(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        marks: Mapping[str, Sequence[Mark]] | None = None,
        alive: Alive = lambda: None,
    ) -> None:
        """Keep a conversation with all its messages, or nothing of it where that fails.

        A parent stands before what is under it. `marks` tell by the messages' ids where the safety
        filter touched them. What `alive` raises ends it. Others can write meanwhile.
        """

    def conversations(self) -> tuple[Conversation, ...]:
        """All that are not deleted, pinned ones first, then the most recently used."""

    def conversation(self, conversation_id: str) -> Conversation:
        """One conversation."""

    def update_conversation(self, conversation: Conversation) -> None:
        """Replace title, leaf, pin, prompt, preset and sampling of the conversation of this id."""

    def delete_conversation(self, conversation_id: str) -> None:
        """Hide it; `restore_conversation` brings it back until `purge_deleted`."""

    def restore_conversation(self, conversation_id: str) -> None:
        """Undo a deletion."""

    def erase_conversation(self, conversation_id: str) -> None:
        """Erase one at once, deleted before or not, leaving no trace. Raises NotFoundError."""

    def purge_deleted(self) -> int:
        """Erase everything deleted, so that no trace is left in any file. Returns how many."""

    def messages(self, conversation_id: str) -> tuple[Message, ...]:
        """All messages of a conversation, every version, oldest first."""

    def message(self, message_id: str) -> Message:
        """One message."""

    def add_message(self, message: Message, *, make_leaf: bool = True) -> None:
        """Keep a new message; by default it becomes the conversation's leaf, in the same commit."""

    def update_message(self, message: Message) -> None:
        """Replace a message's text, state, end, usage and error (a streaming reply's flush)."""

    def delete_message(
        self, message_id: str, new_leaf_id: str | None, title: str | None = None
    ) -> None:
        """Erase a message and all below it, and show `new_leaf_id` instead, in one commit.

        A `title` replaces the conversation's.
        """

    def rewrite(
        self,
        messages: Iterable[Message],
        conversations: Iterable[Conversation] = (),
        replaced: Mapping[str, Sequence[Replaced]] | None = None,
        drafts: Mapping[str, str] | None = None,
    ) -> None:
        """Replace all texts: titles, system prompts, errors and settings' too, leaving no trace.

        `replaced` tells by the messages' ids what of their texts it was: their marks follow.
        `drafts` are by conversation id, as in `put_draft`; those of one that is gone are not kept.
        All of it is replaced, or nothing.
        """

    def drafts(self) -> dict[str, str]:
        """What was written and not sent, by conversation id; "" is the one not yet begun."""

    def put_draft(self, conversation_id: str, text: str) -> None:
        """Keep what was written and not sent, so that no trace of the draft before it is left.

        Keeps nothing where the text is empty. Raises NotFoundError where the conversation is gone.
        """

    def put_marks(self, reply_id: str, marks: Iterable[Mark], start: int = 0) -> None:
        """Keep where the safety filter touched a reply, from code point `start` of it on."""

    def marks(self, conversation_id: str) -> dict[str, tuple[Mark, ...]]:
        """Where the safety filter touched a conversation's replies, by their ids."""

    def safety_counts(self, since: datetime) -> SafetyCounts:
        """How many replies the safety filter touched since a moment."""

    def forget_safety_events(self) -> None:
        """Erase the list of what the safety filter did; marks in old replies lose their reasons."""

    def search(self, text: str, limit: int = 50) -> tuple[SearchHit, ...]:
        """Titles and messages that contain the text, in any script, best first."""

    def mark_interrupted(self) -> int:
        """At start: replies still marked streaming never ended. Returns how many there were."""


class SettingsStore(Protocol):
    """The settings, kept in a file. A change is on disk when the method returns."""

    @property
    def values(self) -> Settings:
        """All settings as they are now."""

    @property
    def own_presets(self) -> tuple[Preset, ...]:
        """The presets that the person made."""

    def change(self, key: str, value: object) -> Settings:
        """Change one setting by its dotted key. Raises SettingError; StoreError if unwritable."""

    def change_several(self, changes: Mapping[str, object]) -> Settings:
        """Change settings by their keys, all or none of them, in one write. Raises as `change`."""

    def reset(self, key: str) -> Settings:
        """Put one setting back to its default."""

    def change_policy(self, policy: Policy) -> Settings:
        """Change the whole safety section. Raises UsageError where a PIN locks it."""

    def take_up(self) -> tuple[str, ...]:
        """Take what another process wrote into the file since. Returns the keys that changed."""

    @property
    def pin(self) -> "Lock":
        """The PIN that locks the safety section."""

    def save_preset(self, preset: Preset) -> None:
        """Keep a preset under its name, replacing the own one of the same name."""

    def delete_preset(self, name: str) -> None:
        """Forget an own preset."""


class Lock(Protocol):
    """A PIN that locks the settings of the safety filter."""

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN."""

    @property
    def locked(self) -> bool:
        """Whether there is a PIN, and it was not given yet."""

    def lock(self) -> None:
        """Ask for the PIN again from now on."""

    def unlock(self, pin: str) -> bool:
        """Whether that was the PIN; if so, it is unlocked. Raises UsageError where one must wait."""

    def set(self, pin: str) -> None:
        """Lock with that PIN from now on. Raises UsageError for a bad one, or while it is locked."""

    def remove(self) -> None:
        """Do without a PIN. Raises UsageError while it is locked."""


class StateStore(Protocol):
    """What the window remembers by itself: its place, the last conversation. Not settings."""

    def get(self, name: str) -> Any:
        """A remembered JSON value, or None."""

    def put(self, name: str, value: Any) -> None:
        """Remember a JSON value. A failure to write is logged, never raised: it is not precious."""


class Models(Protocol):
    """The models on disk."""

    def list(self) -> tuple[ModelOnDisk, ...]:
        """All that were found, the guide model first."""

    def find(self, name_or_path: str) -> ModelOnDisk:
        """The model of that id, name or folder. Raises ModelError, naming near ones."""

    def add(self, path: Path) -> ModelOnDisk:
        """Remember a model, or a folder of models, that lies elsewhere. Raises ModelError."""

    def check(self, model: ModelOnDisk, report: Report, cancel: threading.Event) -> None:
        """Return where it is safe to load; takes seconds the first time, a glance after that.

        `report` counts bytes. Raises ModelError, naming file and reason, or Cancelled.
        """

    def require_removable(self, model: ModelOnDisk) -> None:
        """Raise UsageError for one that is not the person's to remove here."""

    def linked_folder(self, model: ModelOnDisk) -> Path | None:
        """The linked folder of models that it is one of, and goes with. None for any other."""

    def unlink(self, folder: Path) -> None:
        """Take a linked folder of models off the list; its files stay. Raises HomeError."""

    def remove(self, model: ModelOnDisk) -> int:
        """Into the system's trash, or only off the list where it is linked. Returns bytes freed.

        Raises UsageError as `require_removable` does, HomeError where the system refuses.
        """

    def move(self, folder: Path, report: Report, cancel: threading.Event) -> None:
        """Keep all models in another folder from now on. `report` counts bytes.

        A crash or a cancel leaves them where they are. Raises HomeError, or Cancelled.
        """


class Hub(Protocol):
    """The model hub. Every call may wait for the network and raises OfflineError where it is not allowed."""

    def search(self, query: HubQuery) -> tuple[HubModel, ...]:
        """Models that fit, the most downloaded first."""

    def look(self, repo: str, revision: str = "") -> HubRepo:
        """One repository's files and card. Raises ModelError for one that is not there."""


class Downloads(Protocol):
    """Models that are being fetched, kept on disk so that they go on after any end of the app."""

    def add(self, repo: HubRepo, names: Iterable[str] = (), *, again: bool = False) -> Download:
        """Note one as to be fetched: these files, else those needed. Raises ModelError, HomeError.

        `again`: also where it is there; what arrives takes the place of those files.
        """

    def pending(self) -> tuple[Download, ...]:
        """All that are not finished, in the order in which they were added."""

    def fetch(self, download_id: str, report: Report, cancel: threading.Event) -> Path:
        """Fetch what is missing; returns the model's folder. Raises Cancelled, UserError."""

    def discard(self, download_id: str) -> None:
        """Forget one and delete what has arrived."""


class ModelNotes(Protocol):
    """What the person set for single models. A change is on disk when the method returns."""

    def defaults(self, model_id: str) -> ModelDefaults:
        """What is set for a model."""

    def change(self, model_id: str, key: str, value: object) -> ModelDefaults:
        """Set one value by its dotted key. Raises SettingError, StoreError."""

    def variants(self) -> tuple[Variant, ...]:
        """All variants that were made."""

    def add_variant(self, like: str, of: str, name: str) -> Variant:
        """Make a variant of the model `of`, with a copy of what is set for `like`."""

    def forget(self, *model_ids: str) -> None:
        """Forget what is set for these models, and their variants."""
