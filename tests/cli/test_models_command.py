"""`desktop-llm models` as a person runs it: listed, inspected, added, verified, moved and removed."""

import errno
import json
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_llm import cli
from desktop_llm.cli.home import network_log
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.library import gate, moving, removing
from desktop_llm.library.models import Library
from desktop_llm.resources import resource
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile

HOSTILE = "{{ ''.__class__.__mro__ }}"


def small_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(resource("guide_model") / name, folder)
    return folder


def test_models_list_and_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed[0]["id"] == "guide"
    assert cli.run(["models", "info", "guide"]) == 0
    assert "Llama" in capsys.readouterr().out
    assert cli.run(["models", "info", "nothing"]) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="knows where Linux keeps things")
def test_what_the_first_command_makes_is_for_its_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESKTOP_LLM_HOME")
    for kind in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind))
    paths, before = find_paths(), os.umask(0o022)
    try:
        assert cli.run(["models", "list"]) == 0
        network_log(paths).begin("hub.example", "search: something private")
    finally:
        os.umask(before)
    made = (paths.data.parent, paths.data, paths.models)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 3
    assert stat.S_IMODE(paths.network_log.stat().st_mode) == 0o600


def test_inspect_says_safe_or_refused_with_file_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_model(tmp_path / "Mine")
    assert cli.run(["models", "inspect", str(folder)]) == 0
    assert "safe to load" in capsys.readouterr().out
    assert cli.run(["models", "inspect", "guide", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "safe"
    (folder / "config.json").write_text('{"num_hidden_layers": 1000000}', encoding="utf-8")
    assert cli.run(["models", "inspect", str(folder), "--json"]) == 3
    refused = json.loads(capsys.readouterr().out)
    assert refused["verdict"] == "refused"
    assert refused["findings"][0]["file"] == "config.json"
    assert "1,000,000" in refused["findings"][0]["reason"]
    assert refused["findings"][0]["todo"]
    assert cli.run(["models", "inspect", "no such model"]) == 3


def test_what_does_not_pass_is_neither_added_nor_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_model(tmp_path / "Mine")
    (folder / "chat_template.jinja").write_text(HOSTILE, encoding="utf-8")
    for command in (["models", "add", str(folder)], ["ask", "Hi", "--model", str(folder)]):
        assert cli.run(command) == 3
        assert "chat_template.jinja" in capsys.readouterr().err
    assert cli.run(["models", "list"]) == 0
    assert "Mine" not in capsys.readouterr().out


def test_a_model_is_added_verified_accepted_moved_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_model(tmp_path / "Mine")
    assert cli.run(["models", "add", str(folder)]) == 0
    assert cli.run(["models", "verify", "mine"]) == 0
    assert "every byte" in capsys.readouterr().out
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"x": 1}), encoding="utf-8")
    for command in (["models", "verify", "mine"], ["ask", "Hi", "--model", "mine"]):
        assert cli.run(command) == 3
        assert "--accept" in capsys.readouterr().err
    assert cli.run(["models", "verify", "mine", "--accept"]) == 0
    assert cli.run(["models", "move", str(tmp_path / "disk")]) == 0
    assert cli.run(["models", "remove", "mine"]) == 0
    assert "stay" in capsys.readouterr().out
    assert (folder / "config.json").is_file()
    assert (tmp_path / "disk" / "linked.json").is_file()
    assert cli.run(["models", "remove", str(folder)]) == 2
    assert cli.run(["models", "remove", "guide"]) == 2


def test_a_linked_folder_of_models_is_taken_off_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box, folder = tmp_path / "box", small_model(tmp_path / "box" / "B")
    assert cli.run(["models", "add", str(box)]) == 0
    assert cli.run(["models", "remove", "B"]) == 2
    assert f'models remove "{box}"' in capsys.readouterr().err
    assert cli.run(["models", "remove", str(box)]) == 0
    assert str(box) in capsys.readouterr().out
    assert cli.run(["models", "list"]) == 0
    assert "box" not in capsys.readouterr().out
    assert (folder / "config.json").is_file()


def test_a_linked_model_is_only_unlinked_however_its_path_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trashed: list[Path] = []
    monkeypatch.setattr(removing, "_into_trash", trashed.append)
    folder = small_model(tmp_path / "Mine")
    assert cli.run(["models", "add", str(folder)]) == 0
    assert cli.run(["models", "remove", f"{folder}{os.sep}"]) == 0
    assert "Its files stay" in capsys.readouterr().out
    assert trashed == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_is_removed_says_what_it_frees_and_a_link_frees_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(removing, "_into_trash", lambda path: path.rename(tmp_path / path.name))
    (find_paths().models / "Link").symlink_to(small_model(find_paths().models / "Real"))
    for name, told in (("Link", "It was a link"), ("Real", "Emptying it frees")):
        assert cli.run(["models", "remove", name]) == 0
        assert told in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is text")
def test_names_that_are_no_utf8_stop_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    name, told = os.fsdecode(b"mod\xe8le"), "mod\\udce8le"
    folder = small_model(find_paths().models / name)
    (folder / os.fsdecode(b"licen\xe7a.txt")).write_text("mine", encoding="utf-8")
    assert cli.run(["models", "list"]) == 0
    assert f"{told}  {told}" in capsys.readouterr().out
    for command in ("info", "verify"):
        assert cli.run(["models", command, "guide"]) == 0
        assert cli.run(["models", command, name]) == 3
    assert cli.run(["models", "list", "--json"]) == 0
    assert cli.run(["ask", "Hi", "--max-new-tokens", "2"]) == 0
    assert not list(find_paths().models.glob("*.new"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is text")
def test_a_model_whose_name_is_no_utf8_keeps_its_settings_and_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = "mod\\udce8le"
    small_model(find_paths().models / os.fsdecode(b"mod\xe8le"))
    assert cli.run(["settings", "set", "model.selected", told]) == 0
    ModelNotes(find_paths().model_notes).change(told, "system_prompt", "Be brief.")
    assert SettingsFile(find_paths()).values.model.selected == told
    assert ModelNotes(find_paths().model_notes).defaults(told).system_prompt == "Be brief."
    for command in (["models", "info", told], ["ask", "Hi"]):
        capsys.readouterr()
        assert cli.run(command) == 3
        assert "Rename the folder" in "".join(capsys.readouterr())


def test_a_folder_whose_first_model_does_not_pass_is_not_linked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _ = small_model(tmp_path / "box" / "A"), small_model(tmp_path / "box" / "B")
    (first / "chat_template.jinja").write_text(HOSTILE, encoding="utf-8")
    assert cli.run(["models", "add", str(tmp_path / "box")]) == 3
    assert "chat_template.jinja" in capsys.readouterr().err
    assert cli.run(["models", "list"]) == 0
    assert "box" not in capsys.readouterr().out


def test_what_was_linked_before_stays_where_it_does_not_pass_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_model(tmp_path / "Mine")
    assert cli.run(["models", "add", str(folder)]) == 0
    (folder / "chat_template.jinja").write_text(HOSTILE, encoding="utf-8")
    assert cli.run(["models", "add", str(folder / "config.json")]) == 3
    capsys.readouterr()
    assert cli.run(["models", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()[-1]
    assert listed.startswith(f"{folder}  Mine")
    assert "chat_template.jinja" in listed


def test_a_variant_is_removed_and_its_model_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    paths = find_paths()
    ModelNotes(paths.model_notes).add_variant("guide", "guide", "Brief")
    assert cli.run(["settings", "set", "model.selected", "brief"]) == 0
    capsys.readouterr()
    assert cli.run(["models", "remove", "Brief"]) == 0
    assert capsys.readouterr().out == "The variant Brief is removed; its model stays.\n"
    assert cli.run(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert "guide" in listed
    assert "Brief" not in listed
    assert SettingsFile(paths).values.model.selected == "guide"


def test_what_was_set_for_a_model_goes_with_it(tmp_path: Path) -> None:
    paths, model_id = find_paths(), str(small_model(tmp_path / "Mine"))
    assert cli.run(["models", "add", model_id]) == 0
    notes = ModelNotes(paths.model_notes)
    notes.change(model_id, "system_prompt", "Be brief.")
    variant = notes.add_variant(model_id, model_id, "Brief")
    assert cli.run(["settings", "set", "model.selected", variant.id]) == 0
    assert cli.run(["models", "remove", "mine"]) == 0
    assert SettingsFile(paths).values.model.selected == "guide"
    left = ModelNotes(paths.model_notes)
    assert left.variants() == ()
    assert left.defaults(model_id) == ModelDefaults()


@pytest.mark.skipif(sys.platform == "win32", reason="another system, another length of names")
def test_a_path_that_the_system_refuses_to_look_at_is_3_and_stops_no_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = f"/{'x' * 300}"
    for command in ("models add", "models inspect", "models info", "ask Hi --model"):
        assert cli.run([*command.split(), lost]) == 3
        assert "cannot be read. The system says: File name too long." in capsys.readouterr().err
    linked = find_paths().models / "linked.json"
    linked.write_text(json.dumps({"folders": [lost]}), encoding="utf-8")
    assert cli.run(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("guide")
    assert "cannot be loaded" in listed.splitlines()[-1]


def interrupted(work: Callable[..., object]) -> Callable[..., object]:
    """Ctrl-C comes just before it."""

    def after_ctrl_c(*given: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return work(*given)

    return after_ctrl_c


def test_a_model_whose_adding_is_interrupted_is_not_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_model(tmp_path / "Mine")
    with monkeypatch.context() as patched:
        patched.setattr(Library, "check", interrupted(Library.check))
        assert cli.run(["models", "add", str(folder)]) == 130
    assert cli.run(["models", "list"]) == 0
    assert "Mine" not in capsys.readouterr().out
    assert cli.run(["models", "add", str(folder)]) == 0
    monkeypatch.setattr(gate, "_hashes", interrupted(gate._hashes))
    assert cli.run(["models", "verify", "mine"]) == 130


def test_a_move_that_is_interrupted_leaves_the_models_where_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_model(find_paths().models / "Mine")
    monkeypatch.setattr(moving, "_written", interrupted(moving._written))
    assert cli.run(["models", "move", str(tmp_path / "disk")]) == 130
    assert "The models are where they were." in capsys.readouterr().err
    assert (folder / "model.safetensors").is_file()
    assert not list((tmp_path / "disk").iterdir())
    assert SettingsFile(find_paths()).values.model.folder == ""


@pytest.mark.skipif(sys.platform == "win32", reason="another system, other calls")
@pytest.mark.parametrize("refused", [("stat", "mkdir"), ("listdir", "scandir")])
def test_models_do_not_move_to_where_they_may_not_look(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refused: tuple[str, ...],
) -> None:
    folder = small_model(find_paths().models / "Mine")
    theirs = tmp_path / "theirs" / "llms"
    theirs.mkdir(parents=True)

    def guarded(call: Callable[..., object]) -> Callable[..., object]:
        def ask(path: object, *given: object, **named: object) -> object:
            if str(path).startswith(str(theirs.parent)):  # the tests may run as root
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return call(path, *given, **named)

        return ask

    with monkeypatch.context() as patched:
        for name in refused:
            patched.setattr(os, name, guarded(getattr(os, name)))
        assert cli.run(["models", "move", str(theirs)]) == 1
    told = capsys.readouterr().err
    assert f"could not be moved to {theirs}; they are where they were." in told
    assert "Permission denied" in told
    assert (folder / "model.safetensors").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_models_do_not_move_to_a_link_that_goes_round_in_a_circle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "round").symlink_to("round")
    small_model(find_paths().models / "Mine")
    assert cli.run(["models", "move", str(tmp_path / "round")]) == 1
    assert "they are where they were" in capsys.readouterr().err


def test_a_models_folder_is_kept_as_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["settings", "set", "model.folder", "llms"]) == 0
    assert SettingsFile(find_paths()).values.model.folder == str(tmp_path / "llms")
    assert cli.run(["settings", "set", "model.folder", "~nobody9/llms"]) == 2
    assert "Give its whole path" in capsys.readouterr().err
    assert SettingsFile(find_paths()).values.model.folder == str(tmp_path / "llms")
    for empty in ("model.folder", ""), ("sampling.adapter", "none"):
        assert cli.run(["settings", "set", *empty]) == 0
    kept = SettingsFile(find_paths()).values
    assert (kept.model.folder, kept.sampling.adapter) == ("", None)


@pytest.mark.parametrize("kept", ["llms", "~nobody9/llms"])
def test_a_models_folder_that_an_earlier_version_kept_as_it_was_typed_is_told(
    capsys: pytest.CaptureFixture[str], kept: str
) -> None:
    find_paths().settings.write_text(f'[model]\nfolder = "{kept}"\n', encoding="utf-8")
    assert cli.run(["models", "list"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("guide")
    assert told.err.count(f"The models folder cannot be {kept}.") == 1
    assert kept in find_paths().settings.read_text("utf-8")


@pytest.mark.parametrize(
    "command", ["models add", "models inspect", "chats import", "ask Hi --max-new-tokens 1 --lora"]
)
def test_a_home_folder_of_nobody_is_a_path_where_nothing_is(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert cli.run([*command.split(), "~nobody9/x"]) in (1, 2, 3)
    told = capsys.readouterr().err
    assert "~nobody9" in told
    assert "inside the app" not in told
