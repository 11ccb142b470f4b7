"""Takes a model off this computer: into the system's trash, from where it can come back."""

from pathlib import Path

from desktop_llm.core.errors import HomeError, UsageError
from desktop_llm.core.gguf_parts import parts_there
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.on_disk import is_link
from desktop_llm.library.folders import is_model_folder
from desktop_llm.library.links import Links


def remove_model(model: ModelOnDisk, models_dir: Path, links: Links) -> int:
    """Remove one, or only unlink it where it lies elsewhere. Returns the bytes that this will free.

    Raises UsageError as `require_removable` does, HomeError where the system has no trash for that
    disk or refuses.
    """
    require_removable(model, links)
    if model.linked:
        links.remove(model.path)
        return 0
    held = size_of(model.path)
    for path in reversed(parts_there(model.path)):  # the first, by which it is listed, goes last
        _into_trash(path)
    _tidy(model.path.parent, models_dir)
    return held


def require_removable(model: ModelOnDisk, links: Links) -> None:
    """Raise UsageError for the guide model, those of other programs and those of a linked folder."""
    if model.bundled:
        raise UsageError(
            "The guide model is part of the app and stays.",
            todo="Choose another model in the menu at the top; it is only loaded when chosen.",
        )
    if model.origin:
        raise UsageError(
            "{name} belongs to {origin} and is only used from there.",
            todo="Remove it in {origin}.",
            name=model.name,
            origin=model.origin,
        )
    folder = folder_of(model, links)
    if folder is not None:
        raise UsageError(
            "{name} is one of the models in the linked folder {folder}.",
            todo='Take the whole folder off the list: desktop-llm models remove "{folder}"',
            name=model.name,
            folder=folder,
        )


def folder_of(model: ModelOnDisk, links: Links) -> Path | None:
    """The linked folder of models that a model is one of. None for any other model."""
    around = links.all() if model.linked else ()
    return next((one for one in around if model.path != one and _holds(one, model.path)), None)


def _holds(folder: Path, model: Path) -> bool:
    """Whether a model is listed because that folder is linked, which is none itself."""
    return model.is_relative_to(folder) and not is_model_folder(folder)


def size_of(path: Path) -> int:
    """Bytes of a file and the other parts of its model, or of all files below a folder.

    What is a link holds nothing: where it leads, all stays.
    """
    if path.is_file():
        return sum(part.stat().st_size for part in parts_there(path) if not is_link(part))
    if is_link(path):
        return 0
    return sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())


def _into_trash(path: Path) -> None:
    from send2trash import send2trash

    try:
        send2trash(str(path))
    except OSError as error:
        raise HomeError(
            "{path} could not be put into the trash.",
            "The system says: {said}.",
            "Close programs that use it, or delete it yourself.",
            path=path,
            said=error.strerror or error,
        ) from error


def _tidy(folder: Path, models_dir: Path) -> None:
    """Remove the owner's folder that a model leaves empty."""
    while folder != models_dir and folder.is_relative_to(models_dir):
        try:
            folder.rmdir()
        except OSError:
            return  # something else is in it
        folder = folder.parent
