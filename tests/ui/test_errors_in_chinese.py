"""Errors whose reason comes from elsewhere: a table, a header, the system. All of it is translated."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop_llm.core.errors import UserError
from desktop_llm.core.gguf import read_gguf
from desktop_llm.core.patterns import check_pattern
from desktop_llm.core.settings import Language, Settings
from desktop_llm.core.settings_tree import find, from_dict
from desktop_llm.core.weight_header import parse_header
from desktop_llm.storage.problems import why_and_todo
from desktop_llm.ui.language import error_text, said, speak


@pytest.fixture(autouse=True)
def chinese(qapp: QApplication) -> Iterator[None]:
    speak(Language.CHINESE)
    yield
    speak(Language.ENGLISH)


def told(work: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        work()
    return error_text(caught.value)


def test_what_the_system_refuses() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    error = UserError("The PIN could not be saved.", *why_and_todo(full))
    assert error_text(error).endswith("磁盘已满。请腾出一些空间后重试。")


def test_a_pattern_with_its_place() -> None:
    assert told(lambda: check_pattern("ab(c")) == (
        "无法使用模式 'ab(c'。第 5 个字符：有一个 ( 没有配对的 )。要表示这个字符本身，请写 \\(。"
    )


def test_a_file_that_is_not_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"no model at all, and long enough")
    assert "它不是 GGUF 文件" in told(lambda: read_gguf(path))
    path.write_bytes(bytes(200))
    twice = b'{"a": 1, "a": 2}'
    assert "文件头两次提到同一项" in told(lambda: parse_header(path, twice))


def test_a_setting_that_was_mistyped() -> None:
    assert "你要找的是 sampling.temperature" in told(lambda: find(Settings, "sampling.temperatur"))


def test_values_that_a_file_has_and_are_refused() -> None:
    _, problems = from_dict(Settings, {"sampling": {"temperature": 99}})
    assert said(problems) == "sampling.temperature 不能是 99.0。应为：0 到 2 之间的数，或留空。"
