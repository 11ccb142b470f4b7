"""`desktop-llm doctor`: what it finds missing or broken, and what it says to do."""

import sys
from types import SimpleNamespace

import pytest

from desktop_llm import cli
from desktop_llm.cli import doctor
from desktop_llm.storage.paths import find_paths


def test_doctor_names_every_device_that_the_engine_can_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert cli.run(["doctor"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "device:" in line] == ["ok   device: cuda", "ok   device: cpu"]


def test_doctor_says_why_torch_cannot_be_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "desktop_llm.engine.devices", None)  # its import fails
    assert cli.run(["doctor"]) == 1
    assert "BAD  device: import of desktop_llm.engine.devices halted" in capsys.readouterr().out


def test_doctor_tells_whose_kernels_multiply(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_llm.engine.kernels.own", lambda form: form != "bf16")
    monkeypatch.setattr("desktop_llm.engine.kernels.target", lambda: "avx2")
    assert cli.run(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "ok   kernels: our own for avx2: int4, int8\n" in told
    assert "BAD  kernels: torch's for bf16: ours could not be made" in told
    monkeypatch.setattr("desktop_llm.engine.kernels.own", lambda _: True)
    assert cli.run(["doctor"]) == 0
    assert "ok   kernels: our own for avx2: int4, int8, bf16\n" in capsys.readouterr().out
    monkeypatch.setattr("desktop_llm.engine.kernels.target", lambda: None)
    assert cli.run(["doctor"]) == 0
    assert "ok   kernels: torch's: there is no machine code" in capsys.readouterr().out


def test_doctor_tells_whose_attention_reads_long_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_llm.engine.kernels.own", lambda _: True)
    monkeypatch.setattr("desktop_llm.engine.kernels.target", lambda: "vnni")
    monkeypatch.setattr("desktop_llm.engine.flash.is_for_this_processor", lambda: True)
    monkeypatch.setattr("desktop_llm.engine.flash.own", lambda _: True)
    assert cli.run(["doctor"]) == 0
    assert "ok   kernels: our own for the attention of long texts" in capsys.readouterr().out
    monkeypatch.setattr("desktop_llm.engine.flash.own", lambda _: None)
    assert cli.run(["doctor"]) == 1
    assert "BAD  kernels: torch's for the attention of long texts" in capsys.readouterr().out
    monkeypatch.setattr("desktop_llm.engine.flash.is_for_this_processor", lambda: False)
    assert cli.run(["doctor"]) == 0
    assert "attention" not in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all of it")
def test_doctor_names_the_libraries_that_are_missing_and_what_brings_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> None:
        if name.endswith(("libqxcb.so", "libxcb-cursor.so.0", "libEGL.so.1")):
            raise OSError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(doctor, "ctypes", SimpleNamespace(CDLL=load))
    assert cli.run(["doctor"]) == 1
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "window: " in line]
    assert "missing: libEGL.so.1, libxcb-cursor.so.0 (" in told
    assert "apt install libegl1 libxcb-cursor0)" in told


@pytest.mark.parametrize("name", ["settings", "presets", "model_notes"])
def test_doctor_tells_of_a_damaged_file_and_leaves_it(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = getattr(find_paths(), name)
    path.write_text("x = [", encoding="utf-8")
    assert cli.run(["doctor"]) == 1
    told = capsys.readouterr()
    assert f"BAD  settings: {path} is not readable" in told.out
    assert told.err == ""
    assert path.read_text("utf-8") == "x = ["
