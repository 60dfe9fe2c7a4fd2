"""Call accuracy: of the calls in validation samples, how many would the model write exactly.

It is measured with the true past in the context (teacher-forced): a call is right where each of its tokens,
from the tag that opens it to the one that closes it, is the likeliest one.
"""

from collections.abc import Sequence
from typing import Any

import torch

from finetune.data.samples import Sample


def call_accuracy(model: Any, samples: Sequence[Sample], device: Any) -> float | None:
    """Share of calls that are right; None where the samples hold no call."""
    right = total = 0
    training = model.training
    model.eval()
    with torch.no_grad():
        for sample in samples:
            verdicts = _right_calls(model, sample, device)
            right += sum(verdicts)
            total += len(verdicts)
    model.train(training)
    return right / total if total else None


def _right_calls(model: Any, sample: Sample, device: Any) -> list[bool]:
    calls = sample.calls()
    if not calls:
        return []
    # A token is foretold at the place before it; the head runs on those places only.
    places = torch.tensor([at - 1 for start, end in calls for at in range(start, end)], device=device)
    ids = torch.tensor([sample.ids], device=device)
    logits = model(input_ids=ids, logits_to_keep=places, use_cache=False).logits[0]
    hits = (logits.argmax(-1) == ids[0, places + 1]).tolist()
    verdicts, at = [], 0
    for start, end in calls:
        verdicts.append(all(hits[at : at + end - start]))
        at += end - start
    return verdicts
