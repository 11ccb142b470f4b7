"""Models of other programs, laid out as those programs do, found and used where they lie."""

import json
import shutil
from pathlib import Path

import gguf_files
import hostile
import pytest

from desktop_llm import cli
from desktop_llm.core.errors import ModelError
from desktop_llm.library.folders import Candidate
from desktop_llm.library.found import Surroundings, found_models
from desktop_llm.library.inspector.process import Inspector
from desktop_llm.library.models import Library
from desktop_llm.resources import resource

GGUF = gguf_files.gguf(gguf_files.good(), gguf_files.GOOD_TENSORS)


def hub_cache(hub: Path, repo: str, source: Path, revision: str = "a" * 40) -> Path:
    """A snapshot as huggingface_hub makes it: links to blobs named by their hashes."""
    repository = hub / f"models--{repo.replace('/', '--')}"
    snapshot = repository / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir(exist_ok=True)
    (repository / "refs").mkdir(exist_ok=True)
    (repository / "refs" / "main").write_text(revision, encoding="ascii")
    for number, file in enumerate(sorted(source.iterdir())):
        if file.is_file():
            blob = repository / "blobs" / f"{number:064x}"
            shutil.copy(file, blob)
            (snapshot / file.name).symlink_to(f"../../blobs/{blob.name}")
    return snapshot


def ollama(models: Path, *name: str) -> None:
    digest = "b" * 64
    gguf_files.write(models / "blobs" / f"sha256-{digest}", GGUF)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "c" * 64},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"},
    ]
    manifest = models.joinpath("manifests", *name)
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"layers": layers}), encoding="utf-8")


def found(home: Path, platform: str, **variables: str) -> dict[str, Candidate]:
    return {one.id: one for one in found_models(Surroundings(home, variables, platform))}


def test_a_variable_that_names_a_home_folder_of_nobody_hides_no_other_program(
    tmp_path: Path,
) -> None:
    ollama(tmp_path / ".ollama" / "models", "registry.ollama.ai", "library", "tiny", "latest")
    assert "ollama/tiny:latest" in found(tmp_path, "linux", HF_HOME="~nobody9/cache")


def test_the_cache_of_hugging_face_is_used_through_its_links(tmp_path: Path) -> None:
    source = hostile.model_folder(tmp_path / "source")
    hub = tmp_path / ".cache" / "huggingface" / "hub"
    old = hub_cache(hub, "org/Small-Model", source, "b" * 40)
    now = hub_cache(hub, "org/Small-Model", source, "a" * 40)
    (hub / "datasets--org--data" / "snapshots").mkdir(parents=True)
    models = found(tmp_path, "linux")
    assert list(models) == ["huggingface/org/Small-Model"]
    one = models["huggingface/org/Small-Model"]
    assert (one.path, one.name, one.origin) == (now, "Small-Model", "Hugging Face")
    assert old.is_dir()
    with Inspector() as inspector:
        assert inspector.inspect(one.path).safe
        (now / "tokenizer.json").unlink()
        (now / "tokenizer.json").symlink_to("../../../../../../../../etc/passwd")
        assert inspector.inspect(one.path).findings[0].file == "tokenizer.json"
    elsewhere = found(tmp_path, "linux", HF_HOME=str(tmp_path / "none"))
    assert not elsewhere
    assert found(tmp_path, "linux", HF_HUB_CACHE=str(hub))


def test_a_model_in_a_folder_of_a_snapshot_passes_with_its_links(tmp_path: Path) -> None:
    hub = tmp_path / ".cache" / "huggingface" / "hub"
    snapshot = hub_cache(hub, "org/Many", hostile.model_folder(tmp_path / "source"))
    inner = snapshot / "half" / "small"
    inner.mkdir(parents=True)
    for link in tuple(snapshot.glob("*.*")):
        (inner / link.name).symlink_to(f"../../{link.readlink()}")
        link.unlink()
    (one,) = found(tmp_path, "linux").values()
    assert (one.id, one.path) == ("huggingface/org/Many/half/small", inner)
    with Inspector() as inspector:
        assert inspector.inspect(inner).safe
        (inner / "tokenizer.json").unlink()
        (inner / "tokenizer.json").symlink_to(tmp_path / "source" / "tokenizer.json")
        assert inspector.inspect(inner).findings[0].file == "tokenizer.json"


def test_a_file_of_the_cache_stands_for_the_model_among_whose_links_it_is(tmp_path: Path) -> None:
    whole = hub_cache(tmp_path / "hub", "org/Small", hostile.model_folder(tmp_path / "source"))
    parts = gguf_files.write_parts(tmp_path / "parts")
    cut = hub_cache(tmp_path / "hub", "org/Cut", tmp_path / "parts") / parts[0].name
    size = sum(part.stat().st_size for part in parts)
    library = Library(tmp_path / "own", None)
    opened = library.find(str(cut))
    assert (opened.path, opened.size, opened.problem) == (cut, size, ())
    assert library.add(whole / "model.safetensors").path == whole
    assert library.add(whole / "config.json").path == whole
    added = library.add(cut)
    assert (added.path, added.name, added.size) == (cut, cut.stem, size)
    elsewhere = Library(
        tmp_path / "own", None, lambda: [Candidate(cut, "huggingface/org/Cut/x", "x")]
    )
    assert sorted(model.path for model in elsewhere.list()) == sorted([whole, cut])
    cut.with_name(parts[1].name).unlink()
    with pytest.raises(ModelError, match=f"{parts[1].name} is missing"):
        library.add(cut)


@pytest.mark.parametrize(
    ("platform", "place", "identity", "origin"),
    [
        ("linux", ".lmstudio/models/org/Small-GGUF/small-Q4.gguf",
         "lm-studio/org/Small-GGUF/small-Q4.gguf", "LM Studio"),
        ("linux", ".cache/lm-studio/models/org/Small/small.gguf",
         "lm-studio/org/Small/small.gguf", "LM Studio"),
        ("linux", ".local/share/Jan/data/llamacpp/models/org/small/model.gguf",
         "jan/org/small/model.gguf", "Jan"),
        ("darwin", "Library/Application Support/Jan/data/models/small/small.gguf",
         "jan/small/small.gguf", "Jan"),
        ("win32", "AppData/Roaming/Jan/data/models/small/small.gguf",
         "jan/small/small.gguf", "Jan"),
        ("linux", ".local/share/nomic.ai/GPT4All/small.gguf", "gpt4all/small.gguf", "GPT4All"),
        ("darwin", "Library/Application Support/nomic.ai/GPT4All/small.gguf",
         "gpt4all/small.gguf", "GPT4All"),
        ("win32", "AppData/Local/nomic.ai/GPT4All/small.gguf", "gpt4all/small.gguf", "GPT4All"),
        ("darwin", "Library/Caches/llama.cpp/small.gguf", "llama.cpp/small.gguf", "llama.cpp"),
        ("win32", "AppData/Local/llama.cpp/small.gguf", "llama.cpp/small.gguf", "llama.cpp"),
        ("linux", ".cache/llama.cpp/small.gguf", "llama.cpp/small.gguf", "llama.cpp"),
    ],
)  # fmt: skip
def test_gguf_files_of_other_programs_are_found(
    tmp_path: Path, platform: str, place: str, identity: str, origin: str
) -> None:
    gguf_files.write(tmp_path / place, GGUF)
    gguf_files.write((tmp_path / place).with_name("mmproj-small.gguf"), GGUF)
    gguf_files.write((tmp_path / place).with_name("big-00002-of-00002.gguf"), GGUF)
    models = found(tmp_path, platform)
    assert list(models) == [identity]
    assert (models[identity].path, models[identity].origin) == (tmp_path / place, origin)


def test_lm_studios_own_setting_of_its_folder_is_followed(tmp_path: Path) -> None:
    gguf_files.write(tmp_path / "disk" / "org" / "a" / "a.gguf", GGUF)
    (tmp_path / "studio").mkdir()
    (tmp_path / ".lmstudio-home-pointer").write_text(str(tmp_path / "studio"), encoding="utf-8")
    hostile.put(tmp_path / "studio" / "settings.json", {"downloadsFolder": str(tmp_path / "disk")})
    assert list(found(tmp_path, "linux")) == ["lm-studio/org/a/a.gguf"]


def test_ollamas_blobs_are_named_by_its_manifests(tmp_path: Path) -> None:
    models = tmp_path / ".ollama" / "models"
    ollama(models, "registry.ollama.ai", "library", "small", "1b")
    bad = models / "manifests" / "registry.ollama.ai" / "library" / "bad" / "latest"
    bad.parent.mkdir()
    bad.write_text('{"layers": [{"mediaType": "application/vnd.ollama.image.model",'
                   ' "digest": "sha256:../../../secret"}, 7]}', encoding="utf-8")  # fmt: skip
    seen = found(tmp_path, "linux")
    assert list(seen) == ["ollama/small:1b"]
    library = Library(tmp_path / "own", None, lambda: seen.values())
    (one,) = library.list()
    assert (one.name, one.origin, one.architecture) == ("small:1b", "Ollama", "Llama")
    assert one.size == len(GGUF)
    assert one.path.is_relative_to(models)
    with Inspector() as inspector:
        assert inspector.inspect(one.path).facts.kind == "gguf"


@pytest.mark.parametrize("linked", ["", "models", "models/org/Small/small.gguf"])
def test_what_two_folders_of_a_program_have_can_be_chosen(tmp_path: Path, linked: str) -> None:
    identity = "lm-studio/org/Small/small.gguf"
    new = gguf_files.write(tmp_path / ".lmstudio/models/org/Small/small.gguf", GGUF)
    old = tmp_path / ".cache/lm-studio/models/org/Small/small.gguf"
    if linked:
        place = tmp_path / ".cache/lm-studio" / linked
        place.parent.mkdir(parents=True)
        place.symlink_to(tmp_path / ".lmstudio" / linked)
    else:
        gguf_files.write(old, GGUF)
    around = Surroundings(tmp_path, {}, "linux")
    library = Library(tmp_path / "own", None, lambda: found_models(around))
    assert [one.id for one in library.list()] == ([identity] if linked else [str(old), identity])
    assert library.find(identity).path == new
    assert library.find(str(old)).path.samefile(old)
    assert library.find(str(old)).origin == "LM Studio"


def test_a_model_of_the_cache_answers_and_cannot_be_removed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "guide"
    source.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(resource("guide_model") / name, source / name)
    snapshot = hub_cache(tmp_path / "hf" / "hub", "org/Cached", source)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    assert cli.run(["models", "list", "--json"]) == 0
    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed["huggingface/org/Cached"]["origin"] == "Hugging Face"
    assert (
        cli.run(["bench", "--model", "cached", "--prompt", "8", "--new", "2", "--repeat", "1"]) == 0
    )
    assert "tokens per second" in capsys.readouterr().out
    assert cli.run(["models", "remove", "cached"]) == 2
    assert "Hugging Face" in capsys.readouterr().err
    assert snapshot.is_dir()
    assert cli.run(["settings", "set", "model.use_found", "false"]) == 0
    capsys.readouterr()
    assert cli.run(["models", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
