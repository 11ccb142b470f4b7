"""Linked models, folders of them, and their list: no damage, no other process takes from it."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import gguf_files
import hostile
import pytest

from desktop_llm.core.errors import HomeError, ModelError, UsageError
from desktop_llm.library.links import LINKED, Links
from desktop_llm.library.models import Library

NO_LISTS = {
    "no JSON": '{"folders": ["/models/mi',
    "no object": '["/models/mine"]',
    "no list": '{"folders": null}',
    "one text": '{"folders": "/models/mine"}',
    "a number in it": '{"folders": ["/models/mine", 1]}',
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models", None)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of three models."""
    hostile.model_folder(tmp_path / "many" / "org" / "A")
    hostile.model_folder(tmp_path / "many" / "B")
    gguf_files.write(tmp_path / "many" / "C" / "c.gguf", gguf_files.gguf(gguf_files.good(), {}))
    return tmp_path / "many"


def test_a_folder_of_models_is_linked_as_a_whole(library: Library, many: Path) -> None:
    library.add(many)
    assert {model.name for model in library.list() if model.linked} == {"A", "B", "c"}
    hostile.model_folder(many / "D")
    assert library.find("D").linked
    for remove in (library.require_removable, library.remove):
        with pytest.raises(UsageError, match=f'models remove "{re.escape(str(many))}"'):
            remove(library.find("B"))


def test_a_folder_of_models_is_unlinked_as_a_whole(
    library: Library, many: Path, tmp_path: Path
) -> None:
    single = hostile.model_folder(tmp_path / "Single")
    for path in (single, many, many / "B"):
        library.add(path)
    assert [library.linked_folder(library.find(name)) for name in ("A", "B")] == [many, many]
    assert library.linked_folder(library.find("Single")) is None
    library.unlink(many)
    assert {model.name for model in library.list()} == {"B", "Single"}
    assert library.linked_folder(library.find("B")) is None
    assert (many / "org" / "A" / "config.json").is_file()


def test_a_linked_folder_is_meant_by_its_path_where_no_model_is_called_so(
    library: Library, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = hostile.model_folder(tmp_path / "Single")
    monkeypatch.chdir(tmp_path)
    library.add(many)
    library.add(single)
    for path in (str(many), f"{many}{os.sep}", "many", " ./many "):
        assert library.linked_at(path) == many
    hostile.model_folder(tmp_path / "models" / "Many")
    assert library.linked_at("many") is None
    assert library.linked_at("./many") == many
    for path in (str(single), f"{single}{os.sep}", str(many / "B"), "A", "", " "):
        assert library.linked_at(path) is None


def test_a_file_of_a_model_stands_for_its_folder_and_a_gguf_file_for_itself(
    library: Library, tmp_path: Path
) -> None:
    folder = hostile.model_folder(tmp_path / "elsewhere" / "Mine")
    assert library.add(folder / "model.safetensors").path == folder
    file = gguf_files.write(
        tmp_path / "elsewhere" / "x.gguf", gguf_files.gguf(gguf_files.good(), {})
    )
    added = library.add(file)
    assert (added.path, added.name, added.architecture) == (file, "x", "Llama")
    with pytest.raises(ModelError, match="no GGUF file"):
        library.add(gguf_files.write(tmp_path / "y.gguf", b"\x80\x04K\x01."))


@pytest.mark.parametrize("text", NO_LISTS.values(), ids=NO_LISTS)
def test_a_list_that_cannot_be_read_shows_none_and_is_not_written_over(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    links, file = Links(tmp_path), tmp_path / LINKED
    file.write_text(text, encoding="utf-8")
    assert links.all() == ()
    assert str(file) in caplog.text
    for change in (links.add, links.remove):
        with pytest.raises(HomeError, match=r"cannot be read: .*Mend that file") as caught:
            change(tmp_path / "mine")
        assert str(file) in caught.value.what
    assert file.read_text("utf-8") == text


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_list_that_the_system_refuses_to_look_at_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / LINKED
    file.symlink_to(LINKED)  # refused to root too
    with pytest.raises(HomeError, match=r"cannot be read.*The system says: .*links"):
        Links(tmp_path).add(tmp_path / "mine")
    assert file.is_symlink()


ADD = """
import sys
from pathlib import Path
from desktop_llm.library.links import Links
models, name = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
while not (models / "go").exists():
    pass
for number in range(100):
    Links(models).add(models / f"{name}{number}")
"""


def test_of_what_two_processes_add_at_once_nothing_is_lost(tmp_path: Path) -> None:
    with ExitStack() as running:
        both = [
            running.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", ADD, str(tmp_path), name],
                    stdout=subprocess.PIPE, text=True,
                )
            )
            for name in "ab"
        ]  # fmt: skip
        for one in both:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        (tmp_path / "go").touch()
        assert [one.wait(60) for one in both] == [0, 0]
    wanted = {tmp_path / f"{name}{number}" for name in "ab" for number in range(100)}
    assert set(Links(tmp_path).all()) == wanted
