"""Whether a model fits a machine and how fast it will write there: arithmetic on known numbers, no measuring.

Memory is weights plus the states of a conversation; speed is how often the weights can be read.
"""

from dataclasses import dataclass
from enum import StrEnum

from desktop_llm.core.speed import BYTES_EACH, EXPERTS, NOTHING_MEASURED, Speed, bytes_read

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
class Machine:
    """What this computer has: bytes of free memory, bytes read per second (0: not measured).

    `speed` is what was really measured of its writing; without that it is guessed from the bandwidth.
    """

    free: int
    bandwidth: float = 0.0
    speed: Speed = NOTHING_MEASURED


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a model that its memory and speed follow from.

    `table` counts weights of which only one row is read for a token: an input table of its own.
    `head` counts those that score the vocabulary. One that only judges or embeds texts writes none.
    """

    parameters: int
    layers: int
    kv_heads: int
    head_dim: int
    context: int
    table: int = 0
    head: int = 0
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """A model in one precision on one machine. Bytes; `tokens_per_s` is 0 where it is not known, or
    the model writes nothing."""

    precision: str
    weights: int
    needed: int
    fit: Fit
    tokens_per_s: float


def estimate(shape: Shape, precision: str, machine: Machine) -> Estimate:
    """What a model takes in that precision, whether it fits now, and about how fast it will write."""
    weights = round(shape.parameters * BYTES_EACH[precision])
    needed = weights + states(shape, min(shape.context, CONVERSATION)) + WORKING
    pace = _tokens_per_s(shape, precision, machine)
    return Estimate(precision, weights, needed, _fit(needed, machine.free), pace)


def read_for_a_token(shape: Shape, precision: str) -> float:
    """Bytes of weights that are read for every token."""
    return bytes_read(shape.parameters - shape.table, shape.head, precision)


def _tokens_per_s(shape: Shape, precision: str, machine: Machine) -> float:
    if not shape.writes:
        return 0.0
    read = read_for_a_token(shape, precision)
    measured = machine.speed.tokens_per_s(precision, read, shape.layers)
    return machine.bandwidth * SHARES[precision] / read if measured is None else measured


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
    """About how many parameters a model may have to fit this machine in int4; at least 1.

    None at all would be no number to search for: a query takes 0 for any.
    """
    room = machine.free - RESERVE - WORKING
    # A conversation's states take about a tenth of what the weights of such a model do.
    return max(1, round(room / 1.1 / BYTES_EACH["int4"]))


def largest_mixture(most: int) -> int:
    """The same for a mixture of experts, which stay in bf16, where any other may have `most`."""
    return round(most * BYTES_EACH["int4"] / BYTES_EACH[EXPERTS["int4"]])


def states(shape: Shape, tokens: int) -> int:
    """Bytes of the keys and values of that many tokens."""
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * tokens * STATE_BYTES


def _fit(needed: int, free: int) -> Fit:
    if needed > free:
        return Fit.TOO_LARGE
    return Fit.FITS if needed <= free - RESERVE else Fit.TIGHT
