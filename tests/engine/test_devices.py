"""The device and precision that are chosen, and the reason given."""

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
    ("fast_bf16", "weights", "free", "expected"),
    [
        (True, 1 * GB, 64 * GB, "bf16"),
        (False, 1 * GB, 64 * GB, "fp32"),
        (False, 8 * GB, 64 * GB, "bf16"),
        (False, 3 * GB, 5 * GB, "bf16"),
    ],
)
def test_automatic_precision_follows_hardware_size_and_memory(
    fast_bf16: bool, weights: int, free: int, expected: str
) -> None:
    choice = devices.choose_precision(Precision.AUTO, fast_bf16, weights, free)
    assert choice.value == expected
    assert choice.reason


@pytest.mark.parametrize("wanted", [Precision.BF16, Precision.FP32])
def test_a_chosen_precision_is_kept(wanted: Precision) -> None:
    assert devices.choose_precision(wanted, True, GB, GB).value == wanted.value


def test_the_processor_is_always_among_the_devices() -> None:
    assert devices.devices_present()[-1] == "cpu"


def test_this_machine_has_memory_and_cores() -> None:
    assert devices.free_memory("cpu") > 0
    assert devices.physical_cores() >= 1
