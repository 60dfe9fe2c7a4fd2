"""Call accuracy with MLX, counted as `finetune.cuda.calls` counts it: every token of a call the likeliest."""

from collections.abc import Sequence
from typing import Any

import mlx.core as mx

from finetune.data.samples import Sample


def call_accuracy(model: Any, samples: Sequence[Sample]) -> float | None:
    """Share of the learned calls that are right; None where the samples hold no call."""
    model.eval()
    verdicts = [verdict for sample in samples for verdict in _right_calls(model, sample)]
    model.train()
    return sum(verdicts) / len(verdicts) if verdicts else None


def _right_calls(model: Any, sample: Sample) -> list[bool]:
    calls, ids = sample.calls(), sample.ids
    if not calls:
        return []
    # A token is foretold at the place before it.
    foretold: Any = mx.argmax(model(mx.array([ids]))[0], axis=-1).tolist()
    likeliest = [-1, *foretold]
    return [likeliest[start:end] == ids[start:end] for start, end in calls]
