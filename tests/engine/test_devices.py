"""The device and precision that are chosen, and the reason given."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_llm.core import available_memory
from desktop_llm.core.errors import ModelError
from desktop_llm.core.memory import plan_of
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.settings import Device, Precision
from desktop_llm.engine import devices
from desktop_llm.engine.memory import Plan, plan_load
from desktop_llm.resources import resource

GB = 10**9


def test_the_fastest_device_is_taken_and_named() -> None:
    choice = devices.choose_device(Device.AUTO, ("cuda", "cpu"))
    assert choice.value == "cuda"
    assert "fastest" in choice.reason


def test_without_a_gpu_the_processor_computes_and_says_why() -> None:
    choice = devices.choose_device(Device.AUTO, ("cpu",))
    assert (choice.value, choice.reason) == ("cpu", "cpu: no GPU was found.")


def test_a_chosen_device_that_is_there_is_taken_even_if_slower() -> None:
    assert devices.choose_device(Device.CPU, ("cuda", "cpu")).value == "cpu"


@pytest.mark.parametrize("wanted", [Device.CUDA, Device.MPS, Device.XPU])
def test_a_chosen_device_that_is_absent_falls_back_and_says_so(wanted: Device) -> None:
    choice = devices.choose_device(wanted, ("cpu",))
    assert choice.value == "cpu"
    assert wanted.value in choice.reason


@pytest.mark.parametrize(
    ("fast_bf16", "parameters", "free", "device", "expected"),
    [
        (True, 6_000_000, 64 * GB, "cpu", "bf16"),
        (False, 6_000_000, 64 * GB, "cpu", "fp32"),
        (True, GB, 64 * GB, "cpu", "int8"),
        (False, 8 * GB, 64 * GB, "cpu", "int8"),
        (False, 8 * GB, 9 * GB, "cpu", "int4"),
        (True, 8 * GB, 24 * GB, "cuda", "bf16"),
        (False, 8 * GB, 24 * GB, "cuda", "fp32"),
        (True, 8 * GB, 24 * GB, "mps", "bf16"),
        (True, 8 * GB, 24 * GB, "xpu", "bf16"),
    ],
)
def test_automatic_precision_follows_hardware_size_and_memory(
    fast_bf16: bool, parameters: int, free: int, device: str, expected: str
) -> None:
    choice = devices.choose_precision(Precision.AUTO, fast_bf16, parameters, free, device)
    assert choice.value == expected
    assert choice.reason


@pytest.mark.parametrize("wanted", [one for one in Precision if one is not Precision.AUTO])
def test_a_chosen_precision_is_kept(wanted: Precision) -> None:
    assert devices.choose_precision(wanted, True, GB, GB).value == wanted.value


def test_a_gpu_falls_back_to_bf16_where_a_precision_is_for_the_processor_only() -> None:
    choice = devices.choose_precision(Precision.INT4, True, GB, GB, "cuda")
    assert choice.value == "bf16"
    assert "int4" in choice.reason


@pytest.mark.parametrize("gpu", ["cuda", "mps", "xpu"])
@pytest.mark.parametrize("wanted", [Precision.INT8, Precision.INT4])
def test_no_gpu_is_given_weights_that_only_the_processor_reads(gpu: str, wanted: Precision) -> None:
    choice = devices.choose_precision(wanted, True, GB, GB, gpu)
    assert choice.value == "bf16"
    assert wanted.value in choice.reason


def with_gpu(monkeypatch: pytest.MonkeyPatch, gpu: str, free: int) -> None:
    """A machine with that GPU beside its processor, which has a hundred times as much memory."""
    monkeypatch.setattr(devices, "devices_present", lambda: (gpu, "cpu"))
    monkeypatch.setattr(devices, "has_fast_bf16", lambda device: True)
    monkeypatch.setattr(
        devices, "free_memory", lambda device: free if device == gpu else 100 * free
    )


def guide_plan(device: Device) -> Plan:
    folder = Path(str(resource("guide_model")))
    request = LoadRequest(ModelOnDisk("guide", "guide", folder), device)
    return plan_load(request, plan_of(folder), 1024)


@pytest.mark.parametrize("gpu", ["cuda", "mps", "xpu"])
def test_a_model_goes_to_the_gpu_that_has_room_for_it(
    gpu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpu(monkeypatch, gpu, GB)
    plan = guide_plan(Device.AUTO)
    assert (plan.device.value, plan.precision.value) == (gpu, "bf16")
    assert "fastest device here" in plan.device.reason


@pytest.mark.parametrize("gpu", ["cuda", "mps", "xpu"])
def test_a_model_too_large_for_the_gpu_goes_to_the_processor_and_says_why(
    gpu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpu(monkeypatch, gpu, 20_000_000)
    plan = guide_plan(Device.AUTO)
    assert plan.device.value == "cpu"
    assert "has 20 MB of memory free, and the model needs" in plan.device.reason
    with pytest.raises(ModelError, match="does not fit into memory in bf16"):
        guide_plan(Device(gpu))


def test_the_processor_is_always_among_the_devices() -> None:
    assert devices.devices_present()[-1] == "cpu"


def test_a_containers_limit_is_the_memory_of_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"own": "0::/", "memory.max": "2000000", "memory.current": "5", "memory.stat": ""}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(available_memory, "OWN", tmp_path / "own")
    monkeypatch.setattr(available_memory, "MOUNTED", tmp_path)
    assert devices.free_memory("cpu") == 1_999_995
    with pytest.raises(ModelError, match="does not fit into memory"):
        guide_plan(Device.CPU)


def test_this_machine_has_memory_and_cores() -> None:
    assert devices.free_memory("cpu") > 0
    assert devices.physical_cores() >= 1


@pytest.mark.parametrize(("plugged", "cores", "expected"), [
    (True, 8, 8), (False, 8, 4), (False, 1, 1), (None, 6, 6),
])  # fmt: skip
def test_on_battery_a_model_takes_half_the_cores(
    monkeypatch: pytest.MonkeyPatch, plugged: bool | None, cores: int, expected: int
) -> None:
    battery = SimpleNamespace(percent=50, power_plugged=plugged)
    monkeypatch.setattr(devices.psutil, "sensors_battery", lambda: battery, raising=False)
    monkeypatch.setattr(devices, "physical_cores", lambda: cores)
    assert devices.usual_threads() == expected


def test_a_machine_without_a_battery_uses_all_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.psutil, "sensors_battery", lambda: None, raising=False)
    assert devices.usual_threads() == devices.physical_cores()


def test_a_system_that_cannot_be_asked_has_no_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise FileNotFoundError("/sys/class/power_supply")

    monkeypatch.setattr(devices.psutil, "sensors_battery", refuse, raising=False)
    assert devices.usual_threads() == devices.physical_cores()


@pytest.mark.parametrize("kind", [Precision.INT8, Precision.INT4])
def test_a_mixtures_experts_are_said_to_stay(kind: Precision) -> None:
    folder = Path(str(resource("guide_model")))
    request = LoadRequest(ModelOnDisk("guide", "guide", folder), Device.CPU, kind)
    plan = plan_of(folder)
    mixture = replace(plan, rest=10 * plan.parameters, experts=10 * plan.parameters)
    told = "Its experts stay in bf16"
    assert told in plan_load(request, mixture, 1024).precision.reason
    assert told not in plan_load(request, plan, 1024).precision.reason
