"""Draw a token from a model's logits: greedy, or by temperature within min-p and top-p.

The cuts are made on the untempered distribution, as llama.cpp's own sampler chain does, and look at a few
likely tokens only: a vocabulary of 250,000 is scanned once and never sorted.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.engine import EngineError, Sampling

_MOST_CANDIDATES = 1024
_NEGLIGIBLE = -25.0
"""Natural logarithm of the share of the best token below which one is not looked at."""


class Draw:
    """The draws of one stretch of writing, decided by the seed and by where in the context it begins."""

    def __init__(self, sampling: Sampling, position: int) -> None:
        self._sampling = sampling
        self._random = np.random.default_rng((sampling.seed % 2**64, position))
        self._floor = math.log(sampling.min_p) if sampling.min_p > 0 else _NEGLIGIBLE

    def __call__(self, logits: NDArray[np.float32]) -> int:
        """Index of the drawn logit; -inf is never drawn. Raises EngineError where no number is finite."""
        best = int(logits.argmax())
        if not math.isfinite(logits[best]):
            raise EngineError("The model answers with numbers that are not finite; its file is damaged.")
        if self._sampling.temperature <= 0:
            return best
        likely = _likely(logits, float(logits[best]) + self._floor)
        if len(likely) == 1:
            return best
        return int(likely[self._drawn(logits[likely].astype(np.float64))])

    def _drawn(self, logits: NDArray[np.float64]) -> int:
        order = logits.argsort()[::-1]
        falling = logits[order] - logits[order[0]]
        shares = np.exp(falling).cumsum()
        kept = int(shares.searchsorted(self._sampling.top_p * shares[-1])) + 1
        tempered = np.exp(falling[:kept] / self._sampling.temperature).cumsum()
        at = int(tempered.searchsorted(self._random.random() * tempered[-1], side="right"))
        return int(order[min(at, len(tempered) - 1)])


def most_likely(logits: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Indices of the highest logits, in no order."""
    if count >= len(logits):
        return np.arange(len(logits), dtype=np.int32)
    return logits.argpartition(-count)[-count:].astype(np.int32)


def _likely(logits: NDArray[np.float32], floor: float) -> NDArray[np.int64]:
    likely = (logits >= np.float32(floor)).nonzero()[0]
    if len(likely) <= _MOST_CANDIDATES:
        return likely
    return likely[most_likely(logits[likely], _MOST_CANDIDATES)]
