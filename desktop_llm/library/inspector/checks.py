"""Which checks a path gets, in which order: cheap facts first, what runs a stranger's data last."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop_llm.core.gguf import is_gguf
from desktop_llm.core.on_disk import is_file, is_folder
from desktop_llm.core.sayings import Saying
from desktop_llm.library.inspector import chat_template, configuration, folder, gguf_file, tokenizer
from desktop_llm.library.inspector.looking import Looking
from desktop_llm.library.inspector.verdict import RefusedError

Check = Callable[[Looking], None]

FOLDER: Sequence[Sequence[Check]] = (
    (folder.names,),
    (configuration.ranges, configuration.code, folder.weights, tokenizer.configuration),
    (folder.index_agrees, configuration.agrees_with_weights),
    (tokenizer.content,),
    (tokenizer.probe, chat_template.probe, folder.numbers),
)
GGUF: Sequence[Sequence[Check]] = (
    (gguf_file.header,),
    (gguf_file.parts,),
    (gguf_file.ranges, gguf_file.vocabulary),
    (gguf_file.template, folder.numbers),
)
SINGLE: dict[str, Sequence[Sequence[Check]]] = {
    "config.json": ((configuration.ranges, configuration.code),),
    "tokenizer.json": ((tokenizer.content,), (tokenizer.probe,)),
    "tokenizer_config.json": ((tokenizer.configuration,), (chat_template.probe,)),
    "chat_template.jinja": ((chat_template.probe,),),
}
"""What can be told of one file of a model, for a person who looks before downloading the rest."""


def groups(path: Path) -> Sequence[Sequence[Check]]:
    """The checks of a path; a group is only tried where all before it found nothing."""
    if is_folder(path):
        return FOLDER
    if not is_file(path):
        return ((_no_model,),)
    if path.name in SINGLE:
        return SINGLE[path.name]
    if path.suffix.lower() == ".safetensors":
        return ((folder.one_file,), (folder.numbers,))
    if path.suffix.lower() == ".gguf" or is_gguf(path):
        return GGUF
    return ((folder.other_kind,),)


def import_libraries() -> None:
    """Import what the checks use, before the process gives up what importing needs."""
    for name in ("numpy", "tokenizers", "jinja2.sandbox", "jinja2.ext"):
        importlib.import_module(name)


def _no_model(_looking: Looking) -> None:
    raise RefusedError(
        "There is no such file or folder, or it is of a kind that is never read.",
        Saying("Choose a model's folder, or a file that ends in .gguf."),
    )
