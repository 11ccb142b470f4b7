"""Fits a load into the free memory, or refuses it before anything is allocated; gives memory back.

The arithmetic is `core.memory`; here it meets the machine. Loads nothing itself.
"""

import contextlib
import ctypes
import errno
import gc
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from desktop_llm.core.errors import ModelError, Remedy
from desktop_llm.core.memory import Blueprint, Need, affordable, longest_window, need
from desktop_llm.core.models import LoadRequest
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Device
from desktop_llm.engine import devices, paces

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""glibc's numbers for: bytes free at a heap's end from which they go back to the system, bytes that
a heap grows by at least, and bytes from which a block gets pages of its own."""
EXPERTS = Saying("Its experts stay in bf16: only its other weights are rounded.")
OWN_PAGES = 65_536
"""From so many bytes on a block gets pages of its own while weights are read."""
HEAP, KEPT, GROWTH = 32 * 1024 * 1024, 256 * 1024 * 1024, 64 * 1024 * 1024
"""While a model is there: blocks below the first come from heaps, up to so much that is free at a
heap's end is kept for the next layer, and heaps grow in such steps. A prompt of 512 tokens takes a
twentieth to a sixth less time where no pages are made anew for it (0.5 B model in int4)."""
USUAL = 128 * 1024
"""What glibc begins with in place of the last two."""
RAN_OUT = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")
"""What torch and the systems say, in small letters: GPUs, then Linux and macOS, Linux, Windows."""
PAGING_FILE_TOO_SMALL = 1455
"""Windows' number for an error that memory for a mapped file could not be had."""
ORDER = ("fp32", "bf16", "int8", "int4")
"""The precisions, the largest first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model will be loaded: device and precision and why, its context window, its memory."""

    device: devices.Choice
    precision: devices.Choice
    window: int
    need: Need


def plan_load(request: LoadRequest, plan: Blueprint, own_window: int, beside: int = 0) -> Plan:
    """Choose device, precision and context window. Raises ModelError, with numbers, where none fits.

    A device that nobody asked for may be passed over where the model does not fit its memory. A
    context window that nobody asked for is as long as the memory allows. `beside`: bytes that a
    draft model takes.
    """
    present = devices.devices_present()
    plan = replace(plan, state_bytes=paces.states_dtype().itemsize)
    where: devices.Choice | None = devices.choose_device(request.device, present)
    while where is not None:
        free = max(0, devices.free_memory(where.value) - beside)
        found = _plan_on(where, request, plan, own_window, free)
        if found.need.total <= free:
            return found
        refusal = _refusal(found.need, plan, free, where.value, beside)
        told_need, told_free = in_gb(found.need.total), in_gb(free)
        automatic = request.device is Device.AUTO
        where = devices.next_device(where, present, told_need, told_free) if automatic else None
    raise refusal


def _plan_on(
    where: devices.Choice, request: LoadRequest, plan: Blueprint, own_window: int, free: int
) -> Plan:
    """The same for one device with so many bytes free; it may not fit."""
    device = where.value
    choice = devices.choose_precision(
        request.precision, devices.has_fast_bf16(device), plan.parameters, free, device
    )
    if plan.mostly_experts and choice.value in devices.QUANTISED:
        choice = devices.Choice(choice.value, (*choice.reasons, EXPERTS))
    window = own_window
    if request.context_window is None:
        window = min(own_window, longest_window(plan, choice.value, free))
    if window < min(own_window, request.context_window or own_window):
        shorter = Saying(
            "The context window is {window} tokens: that much memory is free.", window=f"{window:,}"
        )
        choice = devices.Choice(choice.value, (*choice.reasons, shorter))
    return Plan(where, choice, window, need(plan, choice.value, window))


def _refusal(needed: Need, plan: Blueprint, free: int, device: str, beside: int) -> ModelError:
    smaller = ORDER[ORDER.index(needed.precision) + 1 :] if device == "cpu" else ()
    shorter = affordable(plan, free, [needed.precision])
    fits = affordable(plan, free, smaller)
    offers = [
        Saying("a context window of {tokens} tokens", tokens=f"{one.window:,}")
        if one is shorter
        else Saying(
            "{precision} with a context window of {tokens} tokens",
            precision=one.precision,
            tokens=f"{one.window:,}",
        )
        for one in (shorter, fits)
        if one is not None
    ]
    todo = Saying("Close other programs, or choose a smaller model.")
    if offers:
        either = (
            offers[0]
            if len(offers) == 1
            else Saying("{one} or {other}", one=offers[0], other=offers[1])
        )
        todo = Saying(
            "Choose {offer} (Settings, Model, or the model's own page), or close other programs.",
            offer=either,
        )
    refusal = _does_not_fit(needed, free, todo, beside)
    refusal.remedies = tuple(
        Remedy(one.window, "" if one is shorter else one.precision)
        for one in (shorter, fits)
        if one is not None
    )
    return refusal


def _does_not_fit(needed: Need, free: int, todo: Saying, beside: int) -> ModelError:
    return ModelError(
        "The model does not fit into memory in {precision}.",
        "It needs {needed}, and {free} are free beside its draft model."
        if beside
        else "It needs {needed}, and {free} are free.",
        todo,
        precision=needed.precision,
        needed=told(needed),
        free=in_gb(free),
    )


def told(needed: Need) -> Saying:
    """The memory in words, with its parts."""
    return Saying(
        "{total} (weights {weights}, a context of {tokens} tokens {states}, computing {working})",
        total=in_gb(needed.total),
        weights=in_gb(needed.weights),
        tokens=f"{needed.window:,}",
        states=in_gb(needed.states),
        working=in_gb(needed.working),
    )


def in_gb(count: int) -> str:
    """Bytes as people say them."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def empty(model: Any) -> None:
    """Let go of a module's weights now: modules stand in cycles that only the collector would free."""
    for module in model.modules():
        module._parameters.clear()
        module._buffers.clear()
        for name, value in list(vars(module).items()):
            if isinstance(value, torch.Tensor | tuple | list):
                setattr(module, name, None)


def let_go_of_what_failed(error: BaseException, before: BaseException | None) -> None:
    """Free what the calls held that an error of loading came through, and those of its causes.

    Whoever remembers the error, as the window does to show it, would hold the model with it. What was
    raised `before` loading began, if anything, may hold models that are in use.
    """
    known, told = [before], [error]
    while told:
        one = told.pop()
        known.append(one)
        for frame, _ in traceback.walk_tb(one.__traceback__):
            # Not `f_locals`: before Python 3.13 that is a copy, which would outlive the clearing.
            for held in gc.get_referents(frame):
                if isinstance(held, nn.Module):
                    with contextlib.suppress(AttributeError):  # its making failed at the beginning
                        empty(held)
        traceback.clear_frames(one.__traceback__)
        behind = (one.__cause__, one.__context__)
        told += [other for other in behind if other is not None and other not in known]


@contextlib.contextmanager
def pages_of_their_own() -> Iterator[None]:
    """What is allocated inside lies in pages of its own, which go back to the system once freed.

    glibc takes smaller blocks from heaps, where one that is still in use keeps all before it. What is
    allocated afterwards comes from heaps, which keep what is freed until `give_back`.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_MMAP_THRESHOLD, OWN_PAGES)
    try:
        yield
    finally:
        libc.mallopt(_MMAP_THRESHOLD, HEAP)
        libc.mallopt(_TRIM_THRESHOLD, KEPT)
        libc.mallopt(_TOP_PAD, GROWTH)


def _glibc() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim") or not hasattr(libc, "mallopt"):
        return None
    libc.malloc.restype = ctypes.c_void_p
    return libc


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory could not be had, by itself or by what it was raised from.

    torch raises a plain RuntimeError where the memory of the processor or of Apple's GPU runs out.
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError) and (
        error.errno == errno.ENOMEM or getattr(error, "winerror", 0) == PAGING_FILE_TOO_SMALL
    ):
        return True
    said = str(error).lower()
    if isinstance(error, RuntimeError) and any(words in said for words in RAN_OUT):
        return True
    return error.__cause__ is not None and ran_out(error.__cause__)


def give_back() -> None:
    """Return what was freed to the system: the C library and torch keep it for themselves else."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_TRIM_THRESHOLD, USUAL)
        libc.mallopt(_TOP_PAD, USUAL)
        # glibc looks at the end of this thread's heaps when a large block is freed, and only then.
        libc.free(ctypes.c_void_p(libc.malloc(2 * USUAL)))
        libc.malloc_trim(0)


def give_back_holes() -> None:
    """Return what was freed between blocks that are in use; what is free at the end is kept."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(KEPT)
