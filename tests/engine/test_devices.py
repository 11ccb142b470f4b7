"""The device and precision that are chosen, and the reason given."""

from types import SimpleNamespace

import pytest

from desktop_llm.core.settings import Device, Precision
from desktop_llm.engine import devices

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


def test_the_processor_is_always_among_the_devices() -> None:
    assert devices.devices_present()[-1] == "cpu"


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
