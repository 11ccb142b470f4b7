"""Muon, an optimizer for matrices: every step moves all directions of a matrix equally far.

Jordan et al. 2024, with the step length matched to AdamW's (Liu et al. 2025, arXiv 2502.16982).
torch.optim.Muon always computes in bfloat16, which CPUs without it do twelve times slower.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch

COEFFICIENTS = (3.4445, -4.775, 2.0315)
"""Of the quintic of Jordan et al.: it pulls singular values to about 1 in five steps."""


class Muon(torch.optim.Optimizer):
    """For parameters of two dimensions. Matrices of one shape are computed together."""

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        lr: float,
        momentum: float,
        decay: float,
        dtype: torch.dtype,
    ) -> None:
        """`dtype` is what the directions are computed in; they need no more than bfloat16."""
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})
        self._dtype = dtype

    @torch.no_grad()
    def step(self) -> None:
        """Apply the gradients."""
        for group in self.param_groups:
            shapes = defaultdict(list)
            for parameter in group["params"]:
                shapes[parameter.shape].append(parameter)
            for (rows, columns), parameters in shapes.items():
                moved = self._momentum(parameters, group["momentum"])
                length = group["lr"] * 0.2 * max(rows, columns) ** 0.5
                directions = orthogonal(moved.to(self._dtype)).float()
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["decay"])
                torch._foreach_add_(parameters, directions.unbind(), alpha=-length)

    def _momentum(self, parameters: list[torch.nn.Parameter], keep: float) -> torch.Tensor:
        """Nesterov's, of the gradients so far. Shape (n, rows, columns)."""
        gradients = torch.stack([parameter.grad for parameter in parameters])
        state = self.state[parameters[0]]
        if not state:
            state["momentum"] = torch.zeros_like(gradients)
        state["momentum"].lerp_(gradients, 1 - keep)
        return gradients.lerp_(state["momentum"], keep)


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """The nearest matrices whose singular values are all about 1. Shape (n, rows, columns)."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT.contiguous() if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        turned = torch.baddbmm(square, square, square, beta=b, alpha=c)
        x = torch.baddbmm(x, turned, x, beta=a)
    return x.mT if tall else x
