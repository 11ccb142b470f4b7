"""Hostile model files of every kind: each gets a verdict with file and reason, and nothing happens.

`tests/benchmarks/hostile_files.py` runs the full numbers beside a ticking window.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from hostile import CANARY, Case
from PySide6.QtCore import QTranslator

from desktop_llm.core.errors import Cancelled
from desktop_llm.library.inspector import process
from desktop_llm.library.inspector.process import Inspector
from desktop_llm.library.inspector.verdict import TOO_LARGE, Verdict
from desktop_llm.resources import resource

SOME = {"safetensors": 400, "gguf": 200, "tokenizer": 72, "config": 120, "index": 26, "pickle": 32,
        "names": 30}  # fmt: skip
SLOW_TEMPLATES = (18, 19, 25, 30, 31, 49)
"""Those that take seconds until a limit ends them; one of them is tried here."""


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector() as one:
        yield one


CHINESE = QTranslator()
assert CHINESE.load("desktop_llm_zh_CN", str(resource("translations")))


def in_chinese(sentence: str) -> str:
    if not re.sub(r"\{\w+\}", "", sentence).strip():
        return sentence  # nothing but sentences within it
    words = CHINESE.translate("errors", sentence)
    assert words, f"not translated: {sentence}"
    return words


def files_below(folder: Path) -> set[tuple[str, int]]:
    return {(str(p.relative_to(folder)), p.lstat().st_mtime_ns) for p in folder.rglob("*")}


def require_verdict(inspector: Inspector, case: Case, place: Path) -> Verdict:
    before = files_below(place)
    verdict = inspector.inspect(case.path)
    assert files_below(place) == before, "something was written"
    assert not list(place.rglob(CANARY)), "a program of the file ran"
    assert not (case.certain and verdict.safe), case
    for finding in verdict.findings:
        assert finding.file, finding
        assert len(str(finding.reason)) > 10, finding
        assert str(finding.todo), finding
    for saying in (
        *verdict.notes,
        *(s for one in verdict.findings for s in (one.reason, one.todo)),
    ):
        saying.told(in_chinese)
    return verdict


@pytest.mark.parametrize("kind", SOME)
def test_every_hostile_file_gets_a_verdict(inspector: Inspector, tmp_path: Path, kind: str) -> None:
    certain = 0
    for case in hostile.cases(kind, SOME[kind], tmp_path):
        certain += not require_verdict(inspector, case, tmp_path).safe
    assert certain >= SOME[kind] // 3


@pytest.mark.parametrize("number", [n for n in range(60) if n not in SLOW_TEMPLATES])
def test_a_template_made_to_do_harm_is_refused(
    inspector: Inspector, tmp_path: Path, number: int
) -> None:
    case = hostile.bad_template(tmp_path, hostile.random.Random(1), number)
    verdict = require_verdict(inspector, case, tmp_path)
    assert verdict.findings[0].file == "chat_template.jinja"


def test_right_files_of_the_same_make_are_safe(inspector: Inspector, tmp_path: Path) -> None:
    whole = hostile.model_folder(tmp_path / "whole")
    shards, _ = hostile.sharded_folder(tmp_path / "shards")
    for folder in (whole, shards):
        verdict = inspector.inspect(folder)
        assert verdict.safe, verdict.findings
        assert verdict.facts.parameters == 260 * 8 + 8 + 2 * (8 + 128)
    case = hostile.bad_gguf(tmp_path, hostile.random.Random(1), 1)
    case.path.write_bytes(hostile.gguf_files.gguf(hostile.gguf_files.good(), {
        "token_embd.weight": (0, (32, 4), 512), "blk.0.attn_q.weight": (8, (32, 32), 34 * 32)}))  # fmt: skip
    assert inspector.inspect(case.path).safe


def test_what_does_not_end_is_ended_and_the_next_inspection_works(tmp_path: Path) -> None:
    case = hostile.bad_template(tmp_path, hostile.random.Random(1), 31)
    whole = hostile.model_folder(tmp_path / "whole")
    with Inspector() as inspector:
        started = time.monotonic()
        verdict = inspector.inspect(case.path)
        assert verdict.findings[0].file == "chat_template.jinja"
        assert "does not end" in str(verdict.findings[0].reason) or not verdict.certain
        assert time.monotonic() - started < 15
        assert inspector.inspect(whole).safe


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_dying_inspector_is_a_refusal_that_names_the_file(tmp_path: Path) -> None:
    case = hostile.bad_template(tmp_path, hostile.random.Random(1), 31)
    with Inspector() as inspector:
        found: list[Verdict] = []
        thread = threading.Thread(target=lambda: found.append(inspector.inspect(case.path)))
        thread.start()
        time.sleep(1.0)
        assert inspector.pid is not None
        os.kill(inspector.pid, signal.SIGABRT)
        thread.join(14)
        assert found[0].findings[0].file
        assert not found[0].safe


def test_an_inspection_can_be_cancelled(tmp_path: Path) -> None:
    case = hostile.bad_template(tmp_path, hostile.random.Random(1), 31)
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with Inspector() as inspector:
        with pytest.raises(Cancelled):
            inspector.inspect(case.path, cancel)
        assert inspector.pid is None


FORBIDDEN = (
    "open('x', 'w')", "open('x', 'a')", "open('x', 'r+b')", "os.open('x', os.O_CREAT)",
    "os.mkdir('x')", "os.rename('a', 'b')", "os.remove('a')", "os.symlink('a', 'b')",
    "os.system('true')", "subprocess.run(['true'])", "socket.socket()", "os.fork()",
    "socket.getaddrinfo('localhost', 80)", "pickle.loads(pickle.dumps(os.system))",
    "ctypes.CDLL(None)", "os.kill(1, 0)", "shutil.rmtree('x')",
)  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="os.fork")
def test_the_inspectors_process_can_neither_write_nor_connect_nor_start_programs(
    tmp_path: Path,
) -> None:
    code = (
        "import ctypes, os, pickle, shutil, socket, subprocess, tempfile\n"
        "from desktop_llm.library.inspector.limits import limit_this_process\n"
        "limit_this_process()\n"
        f"for line in {FORBIDDEN!r}:\n"
        "    try:\n        eval(line)\n"
        "    except PermissionError as error:\n"
        "        assert 'inspector may not' in str(error), line\n"
        "    else:\n        raise SystemExit(line)\n"
        "try:\n    bytearray(4 * 1024 ** 3)\n"
        "except MemoryError:\n    print('all refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=False, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    if sys.platform.startswith("linux"):
        assert "all refused" in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_frozen_program_becomes_the_inspector_when_started_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The binary has no Python to start; `-m desktop_llm` takes the same way in as it does."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    (program, argument) = process.command()
    assert program == sys.executable
    as_frozen = [sys.executable, "-m", "desktop_llm", argument]
    monkeypatch.setattr(process, "command", lambda: as_frozen)
    root = str(Path(__file__).parents[2])
    monkeypatch.setitem(process.QUIET, "PYTHONPATH", root)
    folder = hostile.model_folder(tmp_path / "whole")
    with Inspector() as inspector:
        assert inspector.inspect(folder).safe
        (folder / "config.json").write_text("{", encoding="utf-8")
        assert inspector.inspect(folder).findings[0].file == "config.json"


SPINNING = """
import json, os, sys
started_by = os.getppid()
sys.stdin.readline()
print(json.dumps({"at": "endless.gguf", "cpu": 0.3}), flush=True)
while os.getppid() == started_by:
    pass
"""
"""A child that computes until the process above it is gone."""


def behind_another(command: list[str]) -> list[str]:
    """As in a Windows venv: python.exe starts the Python that does the work, and waits for it."""
    return ["sh", "-c", '"$@"; exit $?', "sh", *command]


@pytest.mark.skipif(sys.platform == "win32", reason="needs sh")
def test_the_memory_of_what_the_started_process_starts_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = behind_another(process.command())
    monkeypatch.setattr(process, "command", lambda: started)
    monkeypatch.setattr(process, "MEMORY_LIMIT", 20_000_000)  # of which sh takes a tenth
    with Inspector() as inspector:
        verdict = inspector.inspect(hostile.model_folder(tmp_path / "whole"))
    assert [finding.reason for finding in verdict.findings] == [TOO_LARGE]


@pytest.mark.skipif(sys.platform == "win32", reason="needs sh")
def test_the_computing_of_what_the_started_process_starts_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = behind_another([sys.executable, "-c", SPINNING])
    monkeypatch.setattr(process, "command", lambda: started)
    with Inspector() as inspector:
        (finding,) = inspector.inspect(tmp_path).findings
    assert finding.file == "endless.gguf"
    assert "does not end" in str(finding.reason)
