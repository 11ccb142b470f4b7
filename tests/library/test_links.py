"""The list of linked models: it stays where it cannot be read, and two that add at once lose none."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from desktop_llm.core.errors import HomeError
from desktop_llm.library.links import LINKED, Links

NO_LISTS = {
    "no JSON": '{"folders": ["/models/mi',
    "no object": '["/models/mine"]',
    "no list": '{"folders": null}',
    "one text": '{"folders": "/models/mine"}',
    "a number in it": '{"folders": ["/models/mine", 1]}',
}


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
