"""Chooses where a model computes and how its weights are held, and says why. Loads nothing."""

from dataclasses import dataclass

import psutil
import torch

from desktop_llm.core.settings import Device, Precision

SMALL = 4_000_000_000
"""Bytes of fp32 weights up to which fp32 is taken on a processor without fast bf16."""

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


def choose_precision(wanted: Precision, fast_bf16: bool, fp32_bytes: int, free: int) -> Choice:
    """The precision asked for, or the one that is best for the device and the model's size.

    Measured on 2 cores with AVX2 only: bf16 decodes 1.4 to 2 times faster than fp32 and reads a
    prompt 5 times slower, because torch has no kernel for it there. So such a processor holds
    small models as fp32, and large ones, or those that would not fit, as bf16. Sizes in bytes.
    """
    if wanted is not Precision.AUTO:
        return Choice(wanted.value, f"{wanted.value}: chosen in the settings.")
    if fast_bf16:
        return Choice("bf16", "bf16: this device computes it fast, in half the memory of fp32.")
    if fp32_bytes <= min(SMALL, free // 2):
        return Choice("fp32", "fp32: this device has no fast bf16, and the model is small.")
    return Choice("bf16", "bf16: the model is large, and bf16 takes half the memory of fp32.")


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
    return int(psutil.virtual_memory().available)


def dtype_of(precision: str) -> torch.dtype:
    """torch's name of a precision."""
    return {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]


def physical_cores() -> int:
    """The processor's physical cores, at most those this process may use; at least 1.

    Threads beyond the physical cores share their arithmetic units and only wait for each other.
    """
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return max(1, min(cores, _usable_cpus()))


def _usable_cpus() -> int:
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        return len(process.cpu_affinity())
    return psutil.cpu_count() or 1
