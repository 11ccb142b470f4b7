"""A pass for one token over buffers that stay where they are, so that a GPU can play it again.

A GPU waits for the program between its hundreds of small steps; a CUDA graph (PyTorch's
`torch.cuda.CUDAGraph`) starts all of them at once and needs no compiler on the computer. What
captures is a parameter: without a GPU the same pass runs over the same buffers. Knows no model.
"""

import logging
from collections.abc import Callable

import torch

from desktop_llm.engine.memory import ran_out

Run = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Takes the buffers of the token and of its place, shapes (1,), and gives the scores. Must do the
same things every time, whatever the buffers hold, and read no number of theirs."""
Capture = Callable[[Run, torch.Tensor, torch.Tensor], Callable[[], torch.Tensor]]
"""Gives what does the same again with whatever the two buffers hold then."""
WARM_UPS = 2
"""Runs before the capture, in which kernels are chosen and memory is taken."""

log = logging.getLogger(__name__)


class Replay:
    """One token's pass. The first call captures it, all calls run what was captured."""

    def __init__(self, run: Run, capture: Capture, device: str) -> None:
        self._run, self._capture = run, capture
        self._token = torch.zeros(1, dtype=torch.long, device=device)
        self._place = torch.zeros(1, dtype=torch.long, device=device)
        self._again: Callable[[], torch.Tensor] | None = None

    def __call__(self, token: int, place: int) -> torch.Tensor:
        """The scores behind a token at that place of the text."""
        self._token.fill_(token)
        self._place.fill_(place)
        if self._again is None:
            self._again = self._capture(self._run, self._token, self._place)
        # A copy: the next token's scores are written to the same place.
        return self._again().clone()


def as_it_is(run: Run, token: torch.Tensor, place: torch.Tensor) -> Callable[[], torch.Tensor]:
    """Captures nothing: the pass is run anew each time."""
    return lambda: run(token, place)


def cuda_graph(run: Run, token: torch.Tensor, place: torch.Tensor) -> Callable[[], torch.Tensor]:
    """The pass as a CUDA graph; as it is where this GPU or driver captures none."""
    try:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                run(token, place)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            scores = run(token, place)
    except RuntimeError as error:
        if ran_out(error):
            raise
        log.warning("The pass for one token could not be captured; it runs as it is", exc_info=True)
        return as_it_is(run, token, place)

    def again() -> torch.Tensor:
        graph.replay()
        return scores

    return again


def capture_for(device: str) -> Capture | None:
    """What captures on that device; None where nothing is gained by it."""
    return cuda_graph if device == "cuda" else None
