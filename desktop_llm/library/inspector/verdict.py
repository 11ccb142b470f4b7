"""What an inspection found: a verdict as JSON, and as the error a person sees. Opens no file."""

from dataclasses import asdict, dataclass, field
from typing import Any

from desktop_llm.core.errors import ModelError

LONGEST = 600
"""Characters of a sentence at most: file names and values in it are a stranger's."""
ANOTHER = "Do not use this copy. Look for the model from a publisher you trust."


class RefusedError(Exception):
    """Raised by a check: the reason, as a sentence, and what a person can do."""

    def __init__(self, reason: str, todo: str = ANOTHER) -> None:
        super().__init__(reason, todo)
        self.reason, self.todo = reason, todo


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a model is refused: the file by its name in the model's folder, the reason, what to do."""

    file: str
    reason: str
    todo: str


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
    notes: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)
    seconds: float = 0.0
    certain: bool = True

    @property
    def safe(self) -> bool:
        """Nothing speaks against loading it."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """The form in which it leaves the child, and that `models inspect --json` prints."""
        return {"verdict": "safe" if self.safe else "refused"} | asdict(self)

    def error(self) -> ModelError:
        """The refusal in three sentences. Only for a verdict that is not safe."""
        first = self.findings[0]
        more = f" {len(self.findings) - 1} more was found." if len(self.findings) > 1 else ""
        return ModelError(
            "The model in {path} did not pass the inspection and is not loaded.",
            "{file}: {reason}{more}",
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
            Finding(shortened(one["file"]), shortened(one["reason"]), shortened(one["todo"]))
            for one in data["findings"]
        ),
        notes=tuple(shortened(note) for note in data["notes"]),
        facts=Facts(**data["facts"]),
        seconds=float(data["seconds"]),
        certain=bool(data.get("certain", True)),
    )


def shortened(text: object) -> str:
    """Text out of a stranger's file: no line breaks or controls, and not too long."""
    clean = "".join(sign if sign.isprintable() else " " for sign in str(text)[: LONGEST * 2])
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
