"""Models that other programs keep on this computer, used where they lie. Copies and opens none.

The places are those that the programs document or were seen to use; a program that is not there
costs one look at a folder.
"""

import itertools
import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.model_files import read_json
from desktop_llm.core.on_disk import expanded, is_file, is_folder
from desktop_llm.library.folders import MOST, Candidate, models_below, name_of

OLLAMA_MODEL = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
MANIFEST_LIMIT = 1_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """This computer as far as it tells where programs keep things."""

    home: Path
    variables: Mapping[str, str]
    platform: str

    def variable(self, name: str, otherwise: Path) -> Path:
        """The folder that a variable of the environment names."""
        value = self.variables.get(name)
        return expanded(value) if value else otherwise

    def data(self) -> Path:
        """Where programs keep what belongs to one user of one machine."""
        if self.platform == "win32":
            return self.variable("LOCALAPPDATA", self.home / "AppData" / "Local")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.variable("XDG_DATA_HOME", self.home / ".local" / "share")

    def cache(self) -> Path:
        """Where programs keep what they could fetch again."""
        return self.variable("XDG_CACHE_HOME", self.home / ".cache")


def here() -> Surroundings:
    """This computer."""
    return Surroundings(Path.home(), os.environ, sys.platform)


def found_models(around: Surroundings) -> Iterator[Candidate]:
    """Every model of another program, each file once."""
    seen: set[Path] = set()
    for candidate in itertools.chain(
        _hugging_face(around), _lm_studio(around), _jan(around), _gpt4all(around),
        _llama_cpp(around), _ollama(around),
    ):  # fmt: skip
        if candidate.path not in seen:
            seen.add(candidate.path)
            yield candidate


def _hugging_face(around: Surroundings) -> Iterator[Candidate]:
    """The cache of huggingface_hub: models--OWNER--NAME/snapshots/REVISION, of links to blobs."""
    home = around.variable("HF_HOME", around.cache() / "huggingface")
    hub = around.variable("HF_HUB_CACHE", around.variable("HUGGINGFACE_HUB_CACHE", home / "hub"))
    for repository in _folders(hub):
        owner_and_name = repository.name.removeprefix("models--").replace("--", "/", 1)
        snapshot = _snapshot(repository) if repository.name.startswith("models--") else None
        if snapshot is None:
            continue
        for model in models_below(snapshot.parent, 3):
            if not model.is_relative_to(snapshot):
                continue
            inside = "" if model == snapshot else f"/{model.relative_to(snapshot).as_posix()}"
            name = owner_and_name.rpartition("/")[2] if model == snapshot else name_of(model)
            yield Candidate(model, f"huggingface/{owner_and_name}{inside}", name, "Hugging Face")


def _snapshot(repository: Path) -> Path | None:
    """The revision that "main" names, else the newest."""
    try:
        revision = (repository / "refs" / "main").read_text("ascii").strip()
    except (OSError, ValueError):
        revision = ""
    named = repository / "snapshots" / revision
    if re.fullmatch(r"\w{1,64}", revision) and is_folder(named):
        return named
    return max(_folders(repository / "snapshots"), key=_changed, default=None)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _lm_studio(around: Surroundings) -> Iterator[Candidate]:
    home = _pointed(around.home / ".lmstudio-home-pointer") or around.home / ".lmstudio"
    folders = [home / "models", around.cache() / "lm-studio" / "models"]
    chosen = _setting(home / "settings.json", "downloadsFolder")
    for folder in [*([chosen] if chosen else []), *folders]:
        yield from _below(folder, 3, "lm-studio", "LM Studio")


def _jan(around: Surroundings) -> Iterator[Candidate]:
    roaming = around.variable("APPDATA", around.home / "AppData" / "Roaming")
    data = roaming if around.platform == "win32" else around.data()
    config = around.variable("XDG_CONFIG_HOME", around.home / ".config")
    for home in (data / "Jan" / "data", config / "Jan" / "data", around.home / "jan"):
        for folder in (home / "models", home / "llamacpp" / "models"):
            yield from _below(folder, 4, "jan", "Jan")


def _gpt4all(around: Surroundings) -> Iterator[Candidate]:
    yield from _below(around.data() / "nomic.ai" / "GPT4All", 1, "gpt4all", "GPT4All")


def _llama_cpp(around: Surroundings) -> Iterator[Candidate]:
    places = {"darwin": around.home / "Library" / "Caches", "win32": around.data()}
    caches = places.get(around.platform, around.cache())
    folder = around.variable("LLAMA_CACHE", caches / "llama.cpp")
    yield from _below(folder, 1, "llama.cpp", "llama.cpp")


def _below(folder: Path, depth: int, key: str, origin: str) -> Iterator[Candidate]:
    for model in itertools.islice(models_below(folder, depth), MOST):
        inside = model.relative_to(folder).as_posix()
        yield Candidate(model, f"{key}/{inside}", name_of(model), origin)


def _ollama(around: Surroundings) -> Iterator[Candidate]:
    """manifests/HOST/OWNER/NAME/TAG name blobs/sha256-...: one of them is the GGUF file."""
    places = [around.variable("OLLAMA_MODELS", around.home / ".ollama" / "models")]
    if around.platform.startswith("linux"):  # where its installer lets it run as a service
        places.append(Path("/usr/share/ollama/.ollama/models"))
    for place in places:
        for manifest in itertools.islice(_files(place / "manifests", 4), MOST):
            blob = _blob(place, manifest)
            if blob is not None:
                owner, name, tag = manifest.parts[-3:]
                called = f"{name}:{tag}" if owner == "library" else f"{owner}/{name}:{tag}"
                yield Candidate(blob, f"ollama/{called}", called, "Ollama")


def _blob(place: Path, manifest: Path) -> Path | None:
    try:
        layers = read_json(manifest, MANIFEST_LIMIT).get("layers")
    except ModelError as error:
        log.info("A manifest of Ollama is passed over: %s", error)
        return None
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and layer.get("mediaType") == OLLAMA_MODEL:
            digest = _DIGEST.fullmatch(str(layer.get("digest")))
            blob = place / "blobs" / f"sha256-{digest[1]}" if digest else None
            return blob if blob is not None and is_file(blob) else None
    return None


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Files exactly `depth` folders below."""
    if depth == 1:
        yield from filter(is_file, _entries(folder))
        return
    for inner in _folders(folder):
        yield from _files(inner, depth - 1)


def _folders(folder: Path) -> Iterator[Path]:
    return filter(is_folder, _entries(folder))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[: MOST * 5]
    except OSError:
        return []


def _pointed(file: Path) -> Path | None:
    """The folder that a file of one line names."""
    try:
        text = file.read_text("utf-8").strip() if file.stat().st_size < 4096 else ""
    except (OSError, ValueError):
        return None
    return Path(text) if text else None


def _setting(file: Path, name: str) -> Path | None:
    """A folder that another program's settings name."""
    try:
        value = json.loads(file.read_text("utf-8")).get(name)
    except (OSError, ValueError, AttributeError):
        return None
    return Path(value) if isinstance(value, str) and value else None
