"""How many bytes a weight takes in each precision. Knows no device and holds no weights."""

from desktop_llm.core.settings import Precision

BYTES_EACH = {
    Precision.FP32: 4.0,
    Precision.BF16: 2.0,
    Precision.INT8: 1.01,
    Precision.INT4: 0.63,
}
"""A weight's bytes with its share of scales, as the engine holds it."""


def weights_in_memory(parameters: int) -> dict[str, int]:
    """Bytes that so many weights take, by precision."""
    return {kind.value: int(parameters * size) for kind, size in BYTES_EACH.items()}
