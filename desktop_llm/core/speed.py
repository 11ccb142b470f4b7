"""How fast a model will write, out of what was measured on this computer: arithmetic, no measuring.

A token takes time for each layer, however small, and time for each byte of weights that is read.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BYTES_EACH = {"fp32": 4.0, "bf16": 2.0, "int8": 1.01, "int4": 0.63}
"""Bytes that one weight takes in a precision, its share of scales included."""
HEADS = {"int4": "int8"}
"""The matrix that scores the vocabulary is rounded less: every token hangs on it, and llama.cpp's
4-bit files hold it in 6 or 8 bits too."""
NEAR = math.log(2)
"""A model that was benchmarked tells of those between half and twice what it reads."""


EXPERTS = {"int8": "bf16", "int4": "bf16"}
"""A mixture's experts are not rounded: transformers holds them in tensors that are no matrices."""


def bytes_read(numbers: int, head: int, precision: str, experts: float = 0) -> float:
    """Bytes that are read for a token: of `numbers` weights, of which `head` score the vocabulary and
    `experts`, beside them, are in those experts of a mixture that are read."""
    head_bytes = BYTES_EACH[HEADS.get(precision, precision)]
    expert_bytes = BYTES_EACH[EXPERTS.get(precision, precision)]
    rest = (numbers - head) * BYTES_EACH[precision]
    return rest + head * head_bytes + experts * expert_bytes


@dataclass(frozen=True, slots=True)
class Pace:
    """Measured: `per_s` tokens a second, `read` bytes of weights and `layers` layers for each of them."""

    precision: str
    read: float
    per_s: float
    layers: int

    @property
    def seconds(self) -> float:
        """That a token took."""
        return 1 / self.per_s

    @property
    def bytes_per_s(self) -> float:
        """What was read in a second."""
        return self.read * self.per_s


@dataclass(frozen=True, slots=True)
class Speed:
    """What is known of a computer: `probes` from measuring it, `seen` from benchmarks of models."""

    probes: tuple[Pace, ...] = ()
    seen: tuple[Pace, ...] = ()

    def tokens_per_s(self, precision: str, read: float, layers: int) -> float | None:
        """What a model of that many bytes and layers will write; None where nothing was measured."""
        probes = [pace for pace in self.probes if pace.precision == precision]
        near = nearest(self.seen, precision, read)
        if not probes:
            return near.bytes_per_s / read if near is not None else None
        a_layer, a_byte = _costs(probes)
        seconds = layers * a_layer + read * a_byte
        if near is not None:
            seconds *= near.seconds / (near.layers * a_layer + near.read * a_byte)
        return 1 / seconds


NOTHING_MEASURED = Speed()


def nearest(paces: Sequence[Pace], precision: str, read: float) -> Pace | None:
    """The pace of a model of about that size, the nearest; of two the later one; None: none is near."""
    of_it = [pace for pace in reversed(paces) if pace.precision == precision]
    near = [pace for pace in of_it if abs(math.log(pace.read / read)) <= NEAR]
    return min(near, key=lambda pace: abs(math.log(pace.read / read)), default=None)


def _costs(probes: Sequence[Pace]) -> tuple[float, float]:
    """Seconds that a layer takes by itself, and a byte: by least squares, neither below nothing."""
    layers = sum(one.layers**2 for one in probes)
    both = sum(one.layers * one.read for one in probes)
    read = sum(one.read**2 for one in probes)
    by_layers = sum(one.layers * one.seconds for one in probes)
    by_read = sum(one.read * one.seconds for one in probes)
    whole = layers * read - both**2
    if whole <= 1e-9 * layers * read:
        return 0.0, by_read / read
    a_layer = (by_layers * read - by_read * both) / whole
    a_byte = (by_read * layers - by_layers * both) / whole
    if a_layer < 0 or a_byte <= 0:
        return 0.0, by_read / read
    return a_layer, a_byte


def reached(probes: Iterable[Pace]) -> dict[str, float]:
    """The most bytes that were read in a second, by precision."""
    most: dict[str, float] = {}
    for one in probes:
        most[one.precision] = max(most.get(one.precision, 0.0), one.bytes_per_s)
    return most
