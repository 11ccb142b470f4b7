"""Everything the window is given to work with, as ports. Made by app.py; made by tests as well."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desktop_llm.core.anatomy import ModelDescription
from desktop_llm.core.benchmarks import Benchmark
from desktop_llm.core.catalogue import CatalogueModel
from desktop_llm.core.events import Mark
from desktop_llm.core.fitting import Machine
from desktop_llm.core.guards import GuardChoice, GuardState, Verdict
from desktop_llm.core.hub import Connection, HubFile, HubRepo
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.personal import Change, Findings
from desktop_llm.core.policy import Policy
from desktop_llm.core.ports import (
    Clock,
    ConversationStore,
    Downloads,
    Hub,
    ModelNotes,
    Models,
    Report,
    SettingsStore,
    StateStore,
    Watch,
)
from desktop_llm.core.sayings import Saying
from desktop_llm.core.speed import Pace
from desktop_llm.worker.background import Background
from desktop_llm.worker.counting import TokenCounter
from desktop_llm.worker.inference import Inference, Work

ImportFile = Callable[[Path, Report, threading.Event], str]


class FindPersonal(Protocol):
    """Finds the personal data in a text."""

    def __call__(self, text: str, watch: Watch | None = None) -> Findings: ...


@dataclass(frozen=True, slots=True)
class Places:
    """What the privacy page tells: where things are, and in one sentence how the key is kept.

    `models` is where they are kept unless the settings say another folder. `portable`: all of it is
    in one folder, and the system's keyring is left alone.
    """

    history: Path
    models: Path
    settings: Path
    logs: Path
    key: Saying
    portable: bool = False


@dataclass(frozen=True, slots=True)
class SafetyServices:
    """What the safety filter's page is given. `judge` belongs to the worker's thread.

    `policy_text` and `read_policy` are the policy's file; the latter raises UsageError. `to_hide`
    marks what of a reply's text, as it is shown, must not be.
    """

    guard_choices: Callable[[], tuple[GuardChoice, ...]]
    guard_state: Callable[[], GuardState]
    judge: Callable[[str], Verdict]
    policy_text: Callable[[Policy], str]
    read_policy: Callable[[Path], Policy]
    find_personal: FindPersonal
    rule_counts: Callable[[], Mapping[str, Mapping[str, int]]]
    to_hide: Callable[[str], Sequence[Mark]]


@dataclass(frozen=True, slots=True)
class Speeds:
    """How fast this computer is. `measured_at` is in seconds since 1970, 0 where it never was measured.

    `measure` and `bench(model id, precision, "" for the usual one)` are steps for the thread that
    owns the models; what they find is kept, and `benchmarks` tells it, the oldest first.
    `may_measure` says whether this is a good moment to do so unasked.
    """

    measured_at: Callable[[], float]
    probes: Callable[[], tuple[Pace, ...]]
    benchmarks: Callable[[str], tuple[Benchmark, ...]]
    measure: Work
    bench: Callable[[str, str], Work]
    may_measure: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Supply:
    """Where models come from: the catalogue, the hub and its downloads, and what this machine can run.

    `measure` finds the machine's bandwidth, which takes a moment; `machine` tells what is known.
    `to_fetch` names the files of a repository that a download takes by itself, none where one has
    to be chosen, and raises ModelError where there is none to choose either. `check_template` raises UserError for a chat template that fails on all conversations,
    and says of how many others; () where it fails on none.
    What may wait for the network or the disk runs in `lookups`, downloads in `fetches`; moving the
    models, which may take an hour, in `moves`.
    """

    catalogue: Callable[[], tuple[CatalogueModel, ...]]
    machine: Callable[[], Machine]
    measure: Callable[[], float]
    keep_bandwidth: Callable[[float], None]
    hub: Callable[[], Hub]
    downloads: Callable[[], Downloads]
    connections: Callable[[], tuple[Connection, ...]]
    to_fetch: Callable[[HubRepo], tuple[HubFile, ...]]
    describe: Callable[[ModelOnDisk], ModelDescription]
    check_template: Callable[[ModelOnDisk, str], tuple[Saying, ...]]
    notes: ModelNotes
    keep_token: Callable[[str], None]
    speeds: Speeds
    lookups: Background
    moves: Background
    fetches: Background


@dataclass(frozen=True, slots=True)
class Services:
    """The ports and the worker. `notices` are sentences to show once at start.

    `try_filter` gives what the filter would make of a text; `export` a conversation in one of
    the formats "markdown" and "json", all that it says changed by a function; `write_file` puts
    a text into a file, in one step or not at all, and raises OSError; `import_file` adds an exported
    conversation and gives its id, in a thread of its own; it reports characters, and raises
    StoreError, or Cancelled. `read_text` gives the text of a file to ask about, None for what may be a
    model, and raises StoreError.
    """

    store: ConversationStore
    settings: SettingsStore
    state: StateStore
    models: Models
    inference: Inference
    counter: TokenCounter
    supply: Supply
    clock: Clock
    places: Places
    try_filter: Callable[[str], tuple[str, tuple[Mark, ...]]]
    safety: SafetyServices
    export: Callable[[str, str, Change], str]
    write_file: Callable[[Path, str], None]
    import_file: ImportFile
    read_text: Callable[[Path], str | None]
    notices: tuple[Saying, ...] = ()
