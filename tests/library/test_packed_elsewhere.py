"""Models whose weights another program packed (GPTQ, AWQ, MLX): told in the list and before they are fetched."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_client import make
from hub_server import Hub as Server
from hub_server import Repo, hub_server
from safetensors.torch import load_file, save_file

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sayings import in_english
from desktop_llm.library.models import Library
from desktop_llm.resources import resource

GUIDE = resource("guide_model")
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
REPO = "someone/Packed"


def packed(folder: Path, kind: str) -> Path:
    """A copy of the guide model that says that its weights are packed, as that kind does."""
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(GUIDE / name, folder / name)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if kind == "MLX":
        config["quantization"] = {"group_size": 64, "bits": 4}
    elif kind == "GPTQ, AWQ":  # files of old say nothing of it but in the names of the weights
        weights = load_file(folder / "model.safetensors")
        named = {name.replace("proj.weight", "proj.qweight"): one for name, one in weights.items()}
        save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    else:
        config["quantization_config"] = {"quant_method": kind, "bits": 4}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", ["gptq", "MLX", "GPTQ, AWQ"])
def test_one_says_so_in_the_list_and_is_not_added(tmp_path: Path, kind: str) -> None:
    library = Library(tmp_path / "models", GUIDE)
    folder = packed(tmp_path / "models" / "Packed", kind)
    told = in_english(library.find("Packed").problem)
    assert f"quantised in a way that this app cannot read. Its weights are packed ({kind})" in told
    assert "Download it again" not in told
    shutil.move(folder, tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="or as a GGUF file"):
        library.add(tmp_path / "elsewhere")


@pytest.fixture
def server() -> Iterator[Server]:
    with hub_server({}) as running:
        yield running


def repo(**said: Any) -> Repo:
    return Repo({name: (GUIDE / name).read_bytes() for name in FILES} | {"a.gguf": b"GGUF"}, **said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"config": {"quantization_config": {"quant_method": "gptq", "bits": 4}}}, "gptq"),
        ({"tags": ("mlx", "4-bit")}, "MLX"),
    ],
)
def test_one_of_the_hub_is_told_before_it_is_fetched(
    tmp_path: Path, server: Server, said: dict[str, Any], kind: str
) -> None:
    server.repos[REPO] = repo(**said)
    hub, downloads = make(tmp_path, server)
    look = hub.look(REPO)
    with pytest.raises(ModelError, match=rf"cannot read. Its weights are packed \({kind}\)"):
        downloads.add(look)
    assert [file.name for file in downloads.add(look, ["a.gguf"]).files] == ["a.gguf"]


def test_what_was_only_made_for_mlx_is_not_packed(tmp_path: Path, server: Server) -> None:
    server.repos[REPO] = repo(tags=("mlx",))
    hub, downloads = make(tmp_path, server)
    assert {file.name for file in downloads.add(hub.look(REPO)).files} == {*FILES}
