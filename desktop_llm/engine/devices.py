"""Chooses where a model computes and how its weights are held, and says why. Loads nothing.

Rounded weights are for the processor only, so far. For GPUs the choice was made against torchao and
for torch's own kernels (`_weight_int4pack_mm`, `_weight_int8pack_mm`): torchao's weight-only layers
call these very kernels, and it brings tensor subclasses that neither our cache of packed weights nor
the LoRA layers know, and releases bound to torch's. They are not switched on before somebody has
measured them on a GPU (tests/benchmarks/bench_gpu.py): until then int8 and int4 become bf16 there.
"""

from dataclasses import dataclass

import psutil
import torch

from desktop_llm.core.settings import Device, Precision

SMALL = 100_000_000
"""Parameters up to which nothing is gained by rounding the weights of a model."""

QUANTISED = ("int8", "int4")
_NAMES = {
    "cuda": "an NVIDIA GPU",
    "mps": "Apple's GPU",
    "xpu": "an Intel GPU",
    "cpu": "the processor",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A device ("cuda") or a precision ("fp32"), and the sentence that says why."""

    value: str
    reason: str


def devices_present() -> tuple[str, ...]:
    """The devices torch can use on this machine, the fastest first; "cpu" is always the last."""
    present = []
    if torch.cuda.is_available():
        present.append("cuda")
    if torch.backends.mps.is_available():
        present.append("mps")
    if torch.xpu.is_available():
        present.append("xpu")
    return (*present, "cpu")


def choose_device(wanted: Device, present: tuple[str, ...]) -> Choice:
    """The device asked for where it is present, else the fastest one that is."""
    if wanted is Device.AUTO:
        best = present[0]
        reason = (
            "no GPU was found" if best == "cpu" else f"{_NAMES[best]} is the fastest device here"
        )
        return Choice(best, f"{best}: {reason}.")
    if wanted.value in present:
        return Choice(wanted.value, f"{wanted.value}: chosen in the settings.")
    return Choice(
        "cpu", f"cpu: {wanted.value} was chosen, but {_NAMES[wanted.value]} was not found by torch."
    )


def next_device(before: Choice, present: tuple[str, ...], needed: str, free: str) -> Choice | None:
    """Where else a model computes that does not fit the memory of the device before; None: nowhere.

    `needed` and `free` are memory in words.
    """
    rest = present[present.index(before.value) + 1 :]
    if not rest:
        return None
    left = f"{_NAMES[before.value]} has {free} of memory free, and the model needs {needed}"
    return Choice(rest[0], f"{rest[0]}: {left}.")


def choose_precision(
    wanted: Precision, fast_bf16: bool, parameters: int, free: int, device: str = "cpu"
) -> Choice:
    """The precision asked for, or the one that is best for the device and the model's size.

    On a processor writing is as fast as the weights are read from memory, and int8 halves them at
    hardly any loss; int4 is taken where int8 would not leave half of the free memory (bytes).
    """
    if wanted is not Precision.AUTO:
        if wanted.value in QUANTISED and device != "cpu":
            return Choice("bf16", f"bf16: {wanted.value} is for the processor only, so far.")
        return Choice(wanted.value, f"{wanted.value}: chosen in the settings.")
    if device != "cpu":
        if fast_bf16:
            return Choice("bf16", "bf16: this device computes it fast, in half the memory of fp32.")
        return Choice("fp32", "fp32: this device has no fast bf16.")
    if parameters <= SMALL:
        if fast_bf16:
            return Choice("bf16", "bf16: this device computes it fast, and the model is small.")
        return Choice("fp32", "fp32: this device has no fast bf16, and the model is small.")
    if parameters <= free // 2:
        return Choice("int8", "int8: the fastest on a processor, at hardly any loss.")
    return Choice("int4", "int4: the model is large for the free memory, and int4 takes least.")


def has_fast_bf16(device: str) -> bool:
    """Whether the device multiplies bf16 matrices in hardware."""
    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return True


def free_memory(device: str) -> int:
    """Bytes that a model could take on the device now, without other programs being put to disk."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "xpu":
        return int(torch.xpu.mem_get_info()[0])
    return int(psutil.virtual_memory().available)


def physical_cores() -> int:
    """The processor's physical cores, at most those this process may use; at least 1.

    Threads beyond the physical cores share their arithmetic units and only wait for each other.
    """
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return max(1, min(cores, _usable_cpus()))


def usual_threads() -> int:
    """Threads for a model where the person chose none: the physical cores, on battery half of them."""
    return max(1, physical_cores() // 2) if _on_battery() else physical_cores()


def _on_battery() -> bool:
    if not hasattr(psutil, "sensors_battery"):
        return False
    try:
        battery = psutil.sensors_battery()
    except OSError:
        return False  # a container may have no /sys to ask
    return battery is not None and battery.power_plugged is False


def _usable_cpus() -> int:
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        return len(process.cpu_affinity())
    return psutil.cpu_count() or 1
