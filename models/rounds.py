"""Texts that go round: small models that draw greedily say the same until their budget is spent."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LONGEST = 64
_LEAST_SPAN = 16
"""Tokens that a repetition must span before it counts as one: many short ones, two that are long."""
_UNLIKELY = 1e4


def leave_round(tokens: Sequence[int], begin: int, logits: NDArray[np.float32]) -> None:
    """Where what stands since `begin` ends in a round, make the token unlikely that would go on with it.

    It is still drawn where a grammar allows no other.
    """
    written = tokens[max(begin, len(tokens) - max(2 * _LONGEST, _LEAST_SPAN)) :]
    for period in range(1, min(_LONGEST, len(written) // 2) + 1):
        span = max(2 * period, _LEAST_SPAN)
        if (
            written[-1] == written[-1 - period]
            and span <= len(written)
            and written[period - span :] == written[-span:-period]
        ):
            logits[written[-period]] -= _UNLIKELY
            return
