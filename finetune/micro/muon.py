"""Muon: momentum whose update is made orthogonal, for the matrices of the layers (Jordan et al., 2024).

Experts stand stacked, (experts, in, out), and each is made orthogonal by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch
from torch import Tensor

_ROUNDS = 5
_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the Newton-Schulz iteration, from the method's description."""


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum; `lr` is the size of an update relative to an orthogonal matrix."""

    def __init__(
        self, weights: Iterable[Tensor] | Iterable[dict[str, Any]], lr: float, momentum: float = 0.95
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # noqa: ARG002 - the signature of torch
        """Update every matrix that has a gradient."""
        for group in self.param_groups:
            same: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    same.setdefault(weight.shape, []).append(weight)
            for weights in same.values():
                self._update(weights, group["lr"], group["momentum"])

    def _update(self, weights: Sequence[Tensor], rate: float, momentum: float) -> None:
        """Of one shape, made orthogonal together."""
        ahead = torch.stack([self._ahead(weight, momentum) for weight in weights])
        shape = weights[0].shape
        size = -rate * max(1.0, shape[-2] / shape[-1]) ** 0.5
        for weight, update in zip(weights, orthogonal(ahead), strict=True):
            weight.add_(update, alpha=size)

    def _ahead(self, weight: Tensor, momentum: float) -> Tensor:
        """The gradient, led on by the momentum that it is added to."""
        state, gradient = cast("dict[str, Tensor]", self.state[weight]), cast("Tensor", weight.grad)
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        return gradient.lerp(state["momentum"].lerp_(gradient, 1 - momentum), momentum)


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest (semi-)orthogonal matrices, roughly: their singular values come to lie around 1."""
    a, b, c = _QUINTIC
    tall = matrix.shape[-2] > matrix.shape[-1]
    # Half precision does: the iteration corrects its own errors, and a GPU multiplies it many times faster.
    x = matrix.bfloat16() if matrix.is_cuda else matrix
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
