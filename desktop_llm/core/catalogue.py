"""A model that can be fetched, as the catalogue tells of it. Reads no file and fetches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from desktop_llm.core.fitting import Shape

UNPINNED = "unpinned"
"""The revision of a model whose commit is chosen, and pinned, when it is fetched."""

FACTS = (
    "good_at", "languages", "licence", "parameters", "stored", "shape", "context", "revision",
)  # fmt: skip
"""What is told of a model and has to be read somewhere; "shape" is the numbers of its architecture."""


class Kind(StrEnum):
    """What a model is for. GUARD judges in words, CLASSIFIER by a score; EMBEDDING makes vectors."""

    CHAT = "chat"
    CODER = "coder"
    BASE = "base"
    GUARD = "guard"
    CLASSIFIER = "classifier"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model of the catalogue. `download` is about how many bytes are fetched.

    `good_at` is one sentence by language code ("en", "zh"); `source` its page. `read_in` tells for a
    fact the addresses where it was really read; `unverified` names the facts that nobody read anywhere.
    """

    id: str
    name: str
    kind: Kind
    good_at: dict[str, str]
    languages: tuple[str, ...]
    licence: str
    gated: bool
    shape: Shape
    download: int
    revision: str
    source: str
    read_in: Mapping[str, tuple[str, ...]]
    unverified: tuple[str, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether the exact commit is known beforehand."""
        return self.revision != UNPINNED

    def sentence(self, language: str) -> str:
        """What it is good at, in that language or in English."""
        return self.good_at.get(language[:2], self.good_at["en"])
