"""What an inspection found: a verdict as JSON, and as the error a person sees. Opens no file."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sayings import Saying, read_saying, shortened

ANOTHER = Saying("Do not use this copy. Look for the model from a publisher you trust.")
TOO_LARGE = Saying("Reading it needs more memory than any real model does.")


class RefusedError(Exception):
    """Raised by a check: the reason, a sentence that may name `values`, and what a person can do."""

    def __init__(self, reason: str, todo: Saying = ANOTHER, **values: object) -> None:
        super().__init__(reason, todo)
        self.reason, self.todo = Saying(reason, **values), todo


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a model is refused: the file by its name in the model's folder, the reason, what to do."""

    file: str
    reason: Saying
    todo: Saying


@dataclass(frozen=True, slots=True)
class Facts:
    """What the headers say. `memory` is bytes of weights by precision, as the engine would hold them."""

    kind: str = ""
    architecture: str = ""
    parameters: int = 0
    weights_bytes: int = 0
    memory: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`findings` is empty where the model is safe to load; `notes` are worth knowing either way.

    Not `certain` is what a slow or busy machine may have caused: worth another look.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[Saying, ...] = ()
    facts: Facts = field(default_factory=Facts)
    seconds: float = 0.0
    certain: bool = True

    @property
    def safe(self) -> bool:
        """Nothing speaks against loading it."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """The form in which it leaves the child and is kept: sentences and the values in them."""
        return self._plain(Saying.as_json)

    def in_english(self) -> dict[str, Any]:
        """The form that `models inspect --json` prints: sentences as text."""
        return self._plain(shortened)

    def _plain(self, told: Callable[[Saying], Any]) -> dict[str, Any]:
        findings = [
            {"file": one.file, "reason": told(one.reason), "todo": told(one.todo)}
            for one in self.findings
        ]
        sayings = {"findings": findings, "notes": [told(note) for note in self.notes]}
        return {"verdict": "safe" if self.safe else "refused"} | asdict(self) | sayings

    def error(self) -> ModelError:
        """The refusal in three sentences. Only for a verdict that is not safe."""
        first, more = self.findings[0], len(self.findings) - 1
        return ModelError(
            "The model in {path} did not pass the inspection and is not loaded.",
            "{file}: {reason} {more} more was found." if more else "{file}: {reason}",
            first.todo,
            path=self.path,
            file=first.file,
            reason=first.reason,
            more=more,
        )


def from_json(data: dict[str, Any]) -> Verdict:
    """A verdict out of its JSON. Raises KeyError, TypeError or ValueError where it is none."""
    return Verdict(
        path=str(data["path"]),
        findings=tuple(
            Finding(shortened(one["file"]), read_saying(one["reason"]), read_saying(one["todo"]))
            for one in data["findings"]
        ),
        notes=tuple(read_saying(note) for note in data["notes"]),
        facts=Facts(**data["facts"]),
        seconds=float(data["seconds"]),
        certain=bool(data.get("certain", True)),
    )
