"""What the window remembers: written where it is another value, and not where it is the same."""

from pathlib import Path

import pytest

from desktop_llm.storage import state_file
from desktop_llm.storage.state_file import StateFile


def test_a_value_that_is_there_already_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, writes = tmp_path / "state.json", 0
    write = state_file.write_atomically

    def counted(path: Path, content: bytes) -> None:
        nonlocal writes
        writes += 1
        write(path, content)

    monkeypatch.setattr(state_file, "write_atomically", counted)
    state = StateFile(path)
    for value in ("a", "a", "b", "b", None, None):
        state.put("conversation", value)
    assert writes == 3
    assert StateFile(path).get("conversation") is None
