"""What a command line asks of the window, and what one process tells another."""

from pathlib import Path

import pytest

from desktop_llm.core.launch import Launch, from_arguments, from_bytes


@pytest.mark.parametrize(
    "arguments",
    [["ask", "a.b"], ["--version"], ["models", "add", "x.gguf"], ["open", "--help"], ["nonsense"]],
)
def test_commands_are_for_the_terminal(arguments: list[str]) -> None:
    assert from_arguments(arguments) is None


def test_the_window_is_asked_for_with_nothing_files_or_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_arguments([]) == Launch()
    assert from_arguments(["open"]) == Launch()
    assert from_arguments(["--quick-ask"]) == Launch(quick_ask=True)
    assert from_arguments(["--quit"]) == Launch(quit=True)
    both = Launch((tmp_path / "a.llmchat", Path("/m/b.gguf")))
    assert from_arguments(["a.llmchat", "/m/b.gguf"]) == both
    assert from_arguments(["open", "folder"]) == Launch((tmp_path / "folder",))
    assert from_arguments(["./folder"]) == Launch((tmp_path / "folder",))
    nobodys = tmp_path / "~nobody9" / "x.gguf"
    assert from_arguments(["~nobody9/x.gguf"]) == Launch((nobodys,))


def test_a_launch_survives_the_way_to_another_process() -> None:
    launch = Launch((Path("/模型/ü b.gguf"),), quick_ask=True)
    assert from_bytes(launch.to_bytes()) == launch


@pytest.mark.parametrize("message", [b"", b"\xff\xfe", b"[]", b'{"files": 3}', b'{"quit": 1}'])
def test_what_cannot_be_understood_only_shows_the_window(message: bytes) -> None:
    assert from_bytes(message) == Launch()
