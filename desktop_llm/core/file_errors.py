"""What is wrong with a model's file, as sentences a person can act on. Opens no file."""

from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sayings import Saying

AGAIN = "Download it again, or choose another model."


def cut_short(path: Path, size: int, wanted: int) -> ModelError:
    """The file has `size` bytes and its own header speaks of `wanted`."""
    return ModelError(
        "{path} is cut short.",
        "It has {size} bytes, and its header speaks of {wanted}.",
        "The download was probably interrupted. Download it again.",
        path=path,
        size=f"{size:,}",
        wanted=f"{wanted:,}",
    )


def damaged(path: Path, why: Saying) -> ModelError:
    """The file is not what its name says; `why` goes on after a colon."""
    return ModelError("{path} is damaged: {reason}.", todo=AGAIN, path=path, reason=why)


def unreadable(path: Path, error: OSError) -> ModelError:
    """The system does not let the app read it."""
    return ModelError(
        "{path} cannot be read.",
        "The system says: {error}.",
        "Check that the file is there and that you may read it.",
        path=path,
        error=error.strerror or error,
    )
