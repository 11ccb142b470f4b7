"""Whether a model fits a machine and how fast it will write there: arithmetic on known numbers, no measuring.

Memory is weights plus the states of a conversation; speed is how often the weights can be read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

BYTES_EACH = {"fp32": 4.0, "bf16": 2.0, "int8": 1.01, "int4": 0.63}
"""Bytes that one weight takes in a precision, its share of scales included."""
PRECISIONS = ("bf16", "int8", "int4")
"""Those that a model is offered in, the most exact first."""
SHARES = {"fp32": 0.6, "bf16": 0.43, "int8": 0.57, "int4": 0.55}
"""What the engine reaches of a machine's bandwidth: a guess, until this machine itself was measured."""
CONVERSATION = 4096
"""Tokens that a conversation is reckoned with, where the model can read as many."""
STATE_BYTES = 2
"""Bytes of one number in the states (KV cache), which are held in 16 bits."""
WORKING = 150_000_000
"""Bytes for what is computed between the layers, and for the vocabulary's scores."""
RESERVE = 1_000_000_000
"""Bytes that should stay free for everything else on the computer."""


class Fit(StrEnum):
    """FITS leaves a gigabyte free, TIGHT does not, TOO_LARGE cannot be loaded."""

    FITS = "fits"
    TIGHT = "tight"
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True)
class Pace:
    """Measured: `per_s` tokens a second where `read` bytes of weights are read for each of them."""

    precision: str
    read: float
    per_s: float

    @property
    def bytes_per_s(self) -> float:
        """What was read in a second."""
        return self.read * self.per_s


@dataclass(frozen=True, slots=True)
class Machine:
    """What this computer has: bytes of free memory, bytes read per second (0: not measured).

    `paces` are writing speeds that were really measured on it; without one of a precision, its
    speed is guessed from the bandwidth.
    """

    free: int
    bandwidth: float = 0.0
    paces: tuple[Pace, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a model that its memory and speed follow from.

    `table` counts weights of which only one row is read for a token: an input table of its own.
    """

    parameters: int
    layers: int
    kv_heads: int
    head_dim: int
    context: int
    table: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A model in one precision on one machine. Bytes; `tokens_per_s` is 0 where it is not known."""

    precision: str
    weights: int
    needed: int
    fit: Fit
    tokens_per_s: float


def estimate(shape: Shape, precision: str, machine: Machine) -> Estimate:
    """What a model takes in that precision, whether it fits now, and about how fast it will write."""
    weights = round(shape.parameters * BYTES_EACH[precision])
    needed = weights + states(shape, min(shape.context, CONVERSATION)) + WORKING
    read = (shape.parameters - shape.table) * BYTES_EACH[precision]
    pace = bytes_per_s(machine, precision, read) / read
    return Estimate(precision, weights, needed, _fit(needed, machine.free), pace)


def bytes_per_s(machine: Machine, precision: str, read: float) -> float:
    """How fast weights are read of which a token needs `read` bytes; 0 where nothing was measured.

    Of what was measured, that which is nearest in size counts: small models live in the caches.
    """
    near = nearest(machine.paces, precision, read)
    return near.bytes_per_s if near is not None else machine.bandwidth * SHARES[precision]


def nearest(paces: Sequence[Pace], precision: str, read: float) -> Pace | None:
    """The pace of a precision whose weights are nearest in size, of two the later one."""
    of_it = [pace for pace in reversed(paces) if pace.precision == precision]
    return min(of_it, key=lambda pace: abs(math.log(pace.read / read)), default=None)


def estimates(shape: Shape, machine: Machine) -> tuple[Estimate, ...]:
    """One for each precision that models are offered in, the most exact first."""
    return tuple(estimate(shape, precision, machine) for precision in PRECISIONS)


def best(shape: Shape, machine: Machine) -> Estimate:
    """The most exact precision of int8 and int4 that fits; else the smallest, fitting or not.

    bf16 is not among them: on a processor int8 is twice as fast at hardly any loss.
    """
    offered = [estimate(shape, precision, machine) for precision in ("int8", "int4")]
    for fit in (Fit.FITS, Fit.TIGHT):
        for one in offered:
            if one.fit is fit:
                return one
    return offered[-1]


def weights_in_memory(parameters: int) -> dict[str, int]:
    """Bytes that so many weights take, by precision."""
    return {precision: round(parameters * size) for precision, size in BYTES_EACH.items()}


def largest(machine: Machine) -> int:
    """About how many parameters a model may have to fit this machine in int4."""
    room = machine.free - RESERVE - WORKING
    # A conversation's states take about a tenth of what the weights of such a model do.
    return max(0, round(room / 1.1 / BYTES_EACH["int4"]))


def states(shape: Shape, tokens: int) -> int:
    """Bytes of the keys and values of that many tokens."""
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * tokens * STATE_BYTES


def _fit(needed: int, free: int) -> Fit:
    if needed > free:
        return Fit.TOO_LARGE
    return Fit.FITS if needed <= free - RESERVE else Fit.TIGHT
