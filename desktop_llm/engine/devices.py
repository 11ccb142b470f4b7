"""Chooses where a model computes and how its weights are held, and says why. Loads nothing.

Rounded weights are for the processor only, so far. For GPUs the choice was made against torchao and
for torch's own kernels (`_weight_int4pack_mm`, `_weight_int8pack_mm`): torchao's weight-only layers
call these very kernels, and it brings tensor subclasses that neither our cache of packed weights nor
the LoRA layers know, and releases bound to torch's. They are not switched on before somebody has
measured them on a GPU (tests/benchmarks/bench_gpu.py): until then int8 and int4 become bf16 there.
"""

import functools
import time
from dataclasses import dataclass

import psutil
import torch

from desktop_llm.core.available_memory import available_memory
from desktop_llm.core.sayings import Saying, in_english
from desktop_llm.core.settings import Device, Precision

SMALL = 100_000_000
"""Parameters up to which nothing is gained by rounding the weights of a model."""

BATTERY_S = 30
"""Seconds for which it is believed that the computer is on battery, or is not."""
QUANTISED = ("int8", "int4")
_NAMES = {
    "cuda": Saying("an NVIDIA GPU"),
    "mps": Saying("Apple's GPU"),
    "xpu": Saying("an Intel GPU"),
    "cpu": Saying("the processor"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A device ("cuda") or a precision ("fp32"), and the sentences that say why."""

    value: str
    reasons: tuple[Saying, ...]

    @property
    def reason(self) -> str:
        """In English."""
        return in_english(self.reasons)


def _choice(value: str, reason: Saying) -> Choice:
    return Choice(value, (reason,))


def _asked_for(value: str) -> Saying:
    return Saying("{choice}: chosen in the settings.", choice=value)


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
        if best == "cpu":
            return _choice("cpu", Saying("cpu: no GPU was found."))
        fastest = Saying(
            "{device}: {name} is the fastest device here.", device=best, name=_NAMES[best]
        )
        return _choice(best, fastest)
    if wanted.value in present:
        return _choice(wanted.value, _asked_for(wanted.value))
    lacking = Saying(
        "cpu: {device} was chosen, but {name} was not found by torch.",
        device=wanted.value,
        name=_NAMES[wanted.value],
    )
    return _choice("cpu", lacking)


def next_device(before: Choice, present: tuple[str, ...], needed: str, free: str) -> Choice | None:
    """Where else a model computes that does not fit the memory of the device before; None: nowhere.

    `needed` and `free` are memory in words.
    """
    rest = present[present.index(before.value) + 1 :]
    if not rest:
        return None
    left = Saying(
        "{device}: {name} has {free} of memory free, and the model needs {needed}.",
        device=rest[0],
        name=_NAMES[before.value],
        free=free,
        needed=needed,
    )
    return _choice(rest[0], left)


def choose_precision(
    wanted: Precision, fast_bf16: bool, parameters: int, free: int, device: str = "cpu"
) -> Choice:
    """The precision asked for, or the one that is best for the device and the model's size.

    On a processor writing is as fast as the weights are read from memory, and int8 halves them at
    hardly any loss; int4 is taken where int8 would not leave half of the free memory (bytes).
    """
    if wanted is not Precision.AUTO:
        if wanted.value in QUANTISED and device != "cpu":
            only = Saying(
                "bf16: {precision} is for the processor only, so far.", precision=wanted.value
            )
            return _choice("bf16", only)
        return _choice(wanted.value, _asked_for(wanted.value))
    if device != "cpu":
        if fast_bf16:
            return _choice(
                "bf16", Saying("bf16: this device computes it fast, in half the memory of fp32.")
            )
        return _choice("fp32", Saying("fp32: this device has no fast bf16."))
    if parameters <= SMALL:
        if fast_bf16:
            return _choice(
                "bf16", Saying("bf16: this device computes it fast, and the model is small.")
            )
        return _choice(
            "fp32", Saying("fp32: this device has no fast bf16, and the model is small.")
        )
    if parameters <= free // 2:
        return _choice("int8", Saying("int8: the fastest on a processor, at hardly any loss."))
    return _choice(
        "int4", Saying("int4: the model is large for the free memory, and int4 takes least.")
    )


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
    return available_memory()


def physical_cores() -> int:
    """The processor's physical cores, at most those this process may use; at least 1.

    Threads beyond the physical cores share their arithmetic units and only wait for each other.
    """
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return max(1, min(cores, _usable_cpus()))


def usual_threads() -> int:
    """Threads for a model where the person chose none: the physical cores, on battery half of them."""
    return max(1, physical_cores() // 2) if _on_battery() else physical_cores()


def threads_now() -> int:
    """The same, asked for every reply: what the battery does is looked at every half minute."""
    return _threads_in(int(time.monotonic() // BATTERY_S))


@functools.lru_cache(maxsize=1)
def _threads_in(_span: int) -> int:
    return usual_threads()


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
