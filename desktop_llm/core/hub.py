"""What the hub tells of models, what is fetched from it, and what the network log keeps: values alone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desktop_llm.core.gguf_parts import is_gguf_name
from desktop_llm.core.sayings import Saying


@dataclass(frozen=True, slots=True)
class HubQuery:
    """A search. Empty fields are no filter; `most` is the largest number of parameters, 0 any.

    `form` is "safetensors", "gguf" or empty; `task` and `licence` are the hub's own names.
    """

    text: str = ""
    task: str = ""
    licence: str = ""
    form: str = ""
    most: int = 0
    limit: int = 30


@dataclass(frozen=True, slots=True)
class HubModel:
    """One model that a search found. `parameters` is 0 where the hub does not say.

    `packed` tells how its weights were packed by another program, as far as the hub says it.
    """

    id: str
    task: str = ""
    licence: str = ""
    parameters: int = 0
    downloads: int = 0
    likes: int = 0
    gated: bool = False
    forms: tuple[str, ...] = ()
    packed: str = ""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository. `sha256` where it is stored as a large file, else `blob`, git's SHA-1."""

    name: str
    size: int
    sha256: str = ""
    blob: str = ""


@dataclass(frozen=True, slots=True)
class HubRepo:
    """A repository at one commit: its files, and its model card as Markdown (a part of a long one)."""

    model: HubModel
    revision: str
    files: tuple[HubFile, ...]
    card: str = ""


class DownloadState(StrEnum):
    """WAITING and RUNNING belong to the app that runs now; on disk a download is PAUSED or REFUSED."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Download:
    """A model that is being fetched. `done` and `total` in bytes; `problem` says why it stopped."""

    id: str
    repo: str
    revision: str
    files: tuple[HubFile, ...]
    done: int = 0
    state: DownloadState = DownloadState.PAUSED
    problem: tuple[Saying, ...] = ()

    @property
    def total(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def name(self) -> str:
        """What is fetched: the repository, or its GGUF file (of one in parts, the first)."""
        single = min((one.name for one in self.files if is_gguf_name(one.name)), default="")
        return f"{self.repo}/{single}" if single else self.repo


@dataclass(frozen=True, slots=True)
class Connection:
    """One request that left this computer. `received` is None where the app ended before it did."""

    when: datetime
    host: str
    why: str
    received: int | None
    outcome: str = ""
