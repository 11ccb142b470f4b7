"""Which model a person means by a word: exact ids first, then names, then beginnings. Opens no file."""

import difflib
from collections.abc import Iterator

from desktop_llm.core.errors import ModelError
from desktop_llm.core.models import ModelOnDisk


def match(models: tuple[ModelOnDisk, ...], wanted: str) -> ModelOnDisk | None:
    """The one model that is meant, None where there is none. Raises ModelError where it could be two."""
    for matches in _matches(models, wanted):
        if len(matches) == 1:
            return matches[0]
        if matches:
            ids = ", ".join(model.id for model in matches)
            raise ModelError(
                "{wanted} could be any of these models: {ids}.",
                todo="Name one of them.",
                wanted=repr(wanted),
                ids=ids,
            )
    return None


def _matches(models: tuple[ModelOnDisk, ...], wanted: str) -> Iterator[list[ModelOnDisk]]:
    """Candidates, the strictest rule first."""
    low = wanted.lower()
    yield [model for model in models if model.id == wanted]
    yield [model for model in models if low in (model.name.lower(), model.id.lower())]
    if low:
        yield [m for m in models if m.name.lower().startswith(low) or m.id.lower().startswith(low)]


def unknown(wanted: str, models: tuple[ModelOnDisk, ...]) -> ModelError:
    """There is none of that name; which ones are near, or which there are at all."""
    names = {name.lower(): model.id for model in models for name in (model.name, model.id)}
    near = [names[name] for name in difflib.get_close_matches(wanted.lower(), names, n=3)]
    have = near or [model.id for model in models] or ["–"]
    return ModelError(
        "There is no model named {wanted}, nor a folder or file there.",
        todo="Did you mean {models}?"
        if near
        else "Models here: {models}. A folder's path works too.",
        wanted=repr(wanted),
        models=", ".join(dict.fromkeys(have)),
    )
