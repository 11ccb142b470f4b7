"""The library over real folders: the guide model, copies of it, and folders that are no models."""

import json
import os
import shutil
import sys
import threading
from pathlib import Path

import gguf_files
import hostile
import pytest

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sayings import in_english
from desktop_llm.library.models import Library
from desktop_llm.library.records import Records
from desktop_llm.resources import resource

GUIDE = resource("guide_model")
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


def copy_of_guide(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(GUIDE / name, folder / name)
    return folder


GGUF = gguf_files.gguf(gguf_files.good(), gguf_files.GOOD_TENSORS)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    copy_of_guide(tmp_path / "models" / "org" / "Small-1")
    copy_of_guide(tmp_path / "models" / "Tiny")
    return Library(tmp_path / "models", GUIDE)


def test_the_guide_comes_first_and_then_the_folders_by_name(library: Library) -> None:
    assert [model.id for model in library.list()] == ["guide", "org/Small-1", "Tiny"]
    assert all(not model.problem for model in library.list())
    assert library.list()[0].architecture == "Llama"
    assert library.list()[0].size > 1_000_000


def test_a_folder_that_is_called_as_the_guide_model_does_not_hide_it(
    library: Library, tmp_path: Path
) -> None:
    folder = copy_of_guide(tmp_path / "models" / "guide")
    assert library.find("guide").bundled
    assert library.find(str(folder)).path == folder
    assert {model.id for model in library.list()} > {"guide", str(folder)}


@pytest.mark.parametrize("wanted", ["Tiny", "tiny", "ti", "org/Small-1", "small", "guide"])
def test_models_are_found_by_id_name_or_beginning(library: Library, wanted: str) -> None:
    assert library.find(wanted).name.lower().startswith(wanted.lower().removeprefix("org/")[:2])


def test_a_folder_outside_is_found_by_its_path_and_stays_after_adding(
    library: Library, tmp_path: Path
) -> None:
    folder = copy_of_guide(tmp_path / "elsewhere" / "Mine")
    assert library.find(str(folder)).path == folder
    added = library.add(folder)
    assert added.path == folder
    assert library.add(folder) == added
    again = Library(tmp_path / "models", GUIDE)
    assert [m.path for m in again.list() if m.name == "Mine"] == [folder]


@pytest.mark.parametrize("wanted", ["Tiny", "tiny", "ti", "org/Small-1", "small", "guide"])
def test_a_listed_model_is_found_as_any_other(library: Library, wanted: str) -> None:
    assert library.listed(wanted) == library.find(wanted)


def test_a_path_finds_a_listed_model_only_where_that_is_its_name(
    library: Library, tmp_path: Path
) -> None:
    folder = copy_of_guide(tmp_path / "elsewhere" / "Mine")
    with pytest.raises(ModelError, match="in the list of models"):
        library.listed(str(folder))
    added = library.add(folder)
    assert library.listed(str(folder)) == added


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("link", ["models", "models/org", "models/org/Small"])
def test_a_model_of_the_models_folder_is_that_one_whatever_links_lead_to_it(
    tmp_path: Path, link: str
) -> None:
    real = hostile.model_folder(tmp_path / "big" / "models" / "org" / "Small")
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "big" / link)
    library = Library(tmp_path / "models", None)
    library.check(library.find("org/Small"), lambda *_: None, threading.Event())
    (real / "config.json").write_text(json.dumps(hostile.CONFIG, indent=3), encoding="utf-8")
    for way in (real, tmp_path / "models" / "org" / "Small"):
        with pytest.raises(ModelError, match="add the model again"):
            library.check(library.find(str(way)), lambda *_: None, threading.Event())
    for way in (tmp_path / "models" / "org" / "Small", real / "model.safetensors"):
        added = library.add(way)
        assert (added.id, added.linked) == ("org/Small", False)
    assert [model.id for model in library.list()] == ["org/Small"]
    library.check(library.find("org/Small"), lambda *_: None, threading.Event())
    assert library.verify(library.find(str(real)), lambda *_: None, threading.Event())


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_that_lies_alone_stands_for_the_model_to_which_it_leads(
    library: Library, tmp_path: Path
) -> None:
    folder = hostile.model_folder(tmp_path / "big" / "Mine")
    parts = gguf_files.write_parts(tmp_path / "big" / "Parts")
    (tmp_path / "desk").mkdir()
    links = {
        "model.safetensors": folder / "model.safetensors",
        parts[0].name: parts[0],
        "mine.gguf": parts[0],
    }
    for name, file in links.items():
        (tmp_path / "desk" / name).symlink_to(file)
    found = [library.add(tmp_path / "desk" / name).path for name in links]
    assert found == [folder, parts[0], parts[0]]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_one_file_is_the_model_to_which_it_leads(
    library: Library, tmp_path: Path
) -> None:
    file = gguf_files.write(tmp_path / "big" / "mine.gguf", GGUF)
    (tmp_path / "desk").mkdir()
    link = tmp_path / "desk" / "mine.gguf"
    link.symlink_to(file)
    assert library.add(file).path == file
    assert library.add(link).path == file
    assert library.find(str(link)).id == library.find(str(file)).id
    assert [model.path for model in library.list()].count(file) == 1


def test_a_linked_folder_is_not_looked_through_as_deep_as_the_models_folder(
    library: Library, tmp_path: Path
) -> None:
    near = hostile.model_folder(tmp_path / "home" / "org" / "Near")
    deep = hostile.model_folder(tmp_path / "home" / "a" / "b" / "c" / "d" / "Deep")
    library.add(tmp_path / "home")
    linked = {model.path for model in library.list() if model.linked}
    assert near in linked
    assert deep not in linked


def test_an_unknown_name_names_the_near_ones(library: Library) -> None:
    with pytest.raises(ModelError, match="Did you mean Tiny"):
        library.find("Tinny")
    with pytest.raises(ModelError, match="Models here"):
        library.find("zzz")


def damaged(folder: Path, kind: str) -> Path:
    copy_of_guide(folder)
    if kind == "no config":
        (folder / "config.json").unlink()
    elif kind == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif kind == "truncated":
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1000])
    elif kind == "not json":
        (folder / "config.json").write_text("{", encoding="utf-8")
    elif kind == "pickle only":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    elif kind == "remote code":
        config = json.loads((folder / "config.json").read_text("utf-8"))
        config["model_type"] = "unheard_of"
        config["auto_map"] = {"AutoModelForCausalLM": "evil.Model"}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("no config", "config.json"),
        ("no tokenizer", "tokenizer"),
        ("truncated", "Download it again"),
        ("not json", "config.json"),
        ("pickle only", "safetensors"),
    ],
)
def test_a_folder_that_is_no_model_is_refused_in_a_sentence_with_what_to_do(
    library: Library, tmp_path: Path, kind: str, says: str
) -> None:
    folder = damaged(tmp_path / "bad", kind)
    with pytest.raises(ModelError, match=says) as caught:
        library.add(folder)
    assert caught.value.todo
    assert caught.value.exit_code == 3


def test_an_adapter_is_told_to_be_one_and_where_it_is_chosen(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}', encoding="utf-8")
    with pytest.raises(ModelError, match="is an adapter") as told:
        library.add(folder)
    assert "sampling settings" in told.value.todo


def test_a_damaged_model_in_the_list_says_so_itself(library: Library, tmp_path: Path) -> None:
    damaged(tmp_path / "models" / "Cut", "truncated")
    cut = library.find("Cut")
    assert cut.problem
    assert cut.architecture == "Llama"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is text")
def test_a_file_name_that_is_no_utf8_is_remembered_as_it_is(
    library: Library, tmp_path: Path
) -> None:
    name = os.fsdecode(b"licen\xe7a.txt")
    (tmp_path / "models" / "Tiny" / name).write_text("mine", encoding="utf-8")
    library.check(library.find("Tiny"), lambda *_: None, threading.Event())
    record = Records(tmp_path / "models").get(tmp_path / "models" / "Tiny")
    assert record is not None
    assert name in record.hashes
    again = Library(tmp_path / "models", GUIDE)
    assert again.verify(again.find("Tiny"), lambda *_: None, threading.Event())
    assert not list((tmp_path / "models").glob("*.new"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is text")
def test_a_folder_whose_name_is_no_utf8_is_listed_and_says_what_to_do(
    library: Library, tmp_path: Path
) -> None:
    folder = copy_of_guide(tmp_path / "models" / os.fsdecode(b"mod\xe8le"))
    assert [model.id for model in library.list()][1:] == ["mod\\udce8le", "org/Small-1", "Tiny"]
    model = library.find(os.fsdecode(b"mod\xe8le"))
    assert model.path == folder
    assert "Rename the folder" in in_english(model.problem)
    with pytest.raises(ModelError, match="Rename the folder"):
        library.check(model, lambda *_: None, threading.Event())
    again = Library(tmp_path / "models", GUIDE).find("mod\\udce8le")
    assert "Rename the folder" in in_english(again.problem)


@pytest.mark.skipif(sys.platform == "win32", reason="another system, another length of names")
def test_a_path_that_the_system_refuses_to_look_at_takes_no_other_model_along(
    library: Library, tmp_path: Path
) -> None:
    lost, other = tmp_path / ("x" * 300), tmp_path / ("y" * 300)  # refused to root too
    linked = json.dumps({"folders": [str(lost)]})
    (tmp_path / "models" / "linked.json").write_text(linked, encoding="utf-8")
    assert [model.id for model in library.list()] == ["guide", "org/Small-1", "Tiny", str(lost)]
    told = in_english(library.find(str(lost)).problem)
    assert told.startswith(f"{lost} cannot be read. The system says: File name too long.")
    for refused in (library.find, lambda path: library.add(Path(path))):
        with pytest.raises(ModelError, match=r"yyy cannot be read\. .*too long"):
            refused(str(other))
    with pytest.raises(ModelError, match="no model named"):
        library.find("z" * 300)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_go_round_in_a_circle_are_told_as_nothing_to_read(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "round.gguf").symlink_to("round.gguf")
    with pytest.raises(ModelError, match="cannot be read"):
        library.add(tmp_path / "round.gguf")


def test_a_home_folder_of_nobody_is_no_folder(library: Library) -> None:
    with pytest.raises(ModelError, match="no model named"):
        library.find("~nobody9/Model")
    with pytest.raises(ModelError, match=r"~nobody9/Model cannot be read"):
        library.add(Path("~nobody9/Model"))


def test_whatever_ends_the_check_of_an_added_model_it_is_not_linked(
    library: Library, tmp_path: Path
) -> None:
    def end(done: int, total: int) -> None:
        raise KeyboardInterrupt

    folder = hostile.model_folder(tmp_path / "elsewhere" / "Mine")
    with pytest.raises(KeyboardInterrupt):
        library.add_checked(folder, end, threading.Event())
    assert [model.id for model in library.list()] == ["guide", "org/Small-1", "Tiny"]
