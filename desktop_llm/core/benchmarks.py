"""What was measured of a model's speed on this computer, as values. Measures nothing and keeps nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop_llm.core.speed import Pace


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Medians. `bandwidth_share` is the weights read per second of what memory could give, 0 to 1.

    It is 0 on a GPU, whose bandwidth is not measured here. `load_s` is the one load that was made;
    `bytes_per_token` the weights that are read for each token, in `layers`.
    """

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    ttft_s: float
    load_s: float
    peak_rss_bytes: int
    bandwidth_share: float
    precision: str
    device: str
    threads: int
    prompt: int
    new: int
    repeat: int
    bytes_per_token: float = 0.0
    layers: int = 0


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A result of the model of that id; `at` in seconds since 1970."""

    model: str
    at: float
    result: BenchResult

    @property
    def pace(self) -> Pace | None:
        """What it tells of this processor; None where another device computed."""
        result = self.result
        if result.device != "cpu" or not result.bytes_per_token:
            return None
        return Pace(
            result.precision, result.bytes_per_token, result.decode_tokens_per_s, result.layers
        )


def paces_of(benchmarks: Iterable[Benchmark]) -> tuple[Pace, ...]:
    """What benchmarks tell of this processor, of each model and precision the last that was made."""
    last = {(one.model, one.result.precision): one.pace for one in benchmarks}
    return tuple(pace for pace in last.values() if pace is not None)
