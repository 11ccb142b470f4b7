"""Which files of a repository make a model that can be loaded, and which are never fetched. Fetches none."""

import fnmatch

from desktop_llm.core.errors import ModelError, UsageError
from desktop_llm.core.gguf_parts import is_gguf_name, part_names
from desktop_llm.core.hub import HubFile, HubRepo
from desktop_llm.core.model_files import INDEX, PICKLES, TOKENIZER_FILES, WEIGHTS, packed
from desktop_llm.core.sayings import Saying
from desktop_llm.library.names import is_safe

SMALL_FILES = (
    "config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    *TOKENIZER_FILES, "README.md", "LICENSE*", "NOTICE*", "USE_POLICY*",
)  # fmt: skip
NEVER = (*PICKLES, "*.pkl", "*.pickle", "*.msgpack", "*.h5", "*.py", "*.joblib", "*.npz", "*.exe")
"""Files that could run a program when they are opened; nothing of this kind is ever fetched."""
SHARD = "model-*-of-*.safetensors"


def needed(repo: HubRepo, names: tuple[str, ...] = ()) -> tuple[HubFile, ...]:
    """The files to fetch: those of `names` (patterns such as "*.gguf" too), else what is needed.

    Of a GGUF model in parts, its first stands for all of them. Raises ModelError where the repository
    has no safetensors, has packed ones or lacks a part, UsageError for names that it has not or that are never fetched.
    """
    safe = [file for file in repo.files if is_safe(file.name) and not _matches(file.name, NEVER)]
    chosen = _named(repo, safe, names) if names else _usual(repo, safe)
    return tuple(sorted(chosen, key=lambda file: (file.size, file.name)))


def _usual(repo: HubRepo, safe: list[HubFile]) -> list[HubFile]:
    here = [file for file in safe if "/" not in file.name]
    weights = _weights(here)
    if not weights:
        raise ModelError(
            "{repo} has no safetensors weights.",
            _what_else(repo),
            "Look for the same model as safetensors or GGUF; most are offered so.",
            repo=repo.model.id,
        )
    if repo.model.packed:
        raise packed(repo.model.id, repo.model.packed)
    return [file for file in here if _matches(file.name, SMALL_FILES)] + weights


def _weights(here: list[HubFile]) -> list[HubFile]:
    names = {file.name for file in here}
    if WEIGHTS in names:
        return [file for file in here if file.name == WEIGHTS]
    if INDEX in names:
        return [file for file in here if file.name == INDEX or _matches(file.name, (SHARD,))]
    return []


def _what_else(repo: HubRepo) -> Saying:
    names = [file.name for file in repo.files]
    if any(map(is_gguf_name, names)):
        return Saying("It has GGUF files: name the one to fetch (--files NAME.gguf).")
    if any(_matches(name, PICKLES) for name in names):
        return Saying(
            "Its weights are pickles (.bin, .pt): opening such a file can run any program."
        )
    return Saying("It may be an adapter, or a model of another kind.")


def _named(repo: HubRepo, safe: list[HubFile], names: tuple[str, ...]) -> list[HubFile]:
    chosen: set[str] = set()
    for name in names:
        found = _meant(safe, name)
        if not found:
            raise UsageError(
                "{repo} has no file {name} that could be fetched.",
                "Files that could run a program (.bin, .pt, .py) are never fetched.",
                repo=repo.model.id,
                name=name,
            )
        chosen.update(part for one in found for part in part_names(one))
    missing = chosen - {file.name for file in safe}
    if missing:
        raise ModelError(
            "{repo} lacks a part of this model: {part}.",
            todo="Choose another file of it, or another model.",
            repo=repo.model.id,
            part=min(missing),
        )
    return [file for file in safe if file.name in chosen]


def _meant(safe: list[HubFile], name: str) -> list[str]:
    """The file that is called so, else those that fit it as a pattern: `[` may stand in a name."""
    names = [file.name for file in safe]
    return [name] if name in names else [one for one in names if _matches(one, (name,))]


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
