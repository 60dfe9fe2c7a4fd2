"""The proof that an export is the model that was trained: same greedy text, logits within a tolerance.

llama.cpp writes on from each prompt, always the likeliest token; the trainer's framework then reads prompt
and continuation in one pass and has to prefer the very same tokens, or to hold them as good as its own: no
further below than a logit may be off. Where llama.cpp rounds what it computes, a few may stray alone.

The deviation of logits is relative: the root mean square of their difference over that of the logits, both
about their means, at the median token.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError
from finetune.export.llama_logits import Logits, open_logits
from finetune.export.metadata import Label
from finetune.export.quantize import Kind
from finetune.export.to_gguf import write_gguf
from finetune.export.whole import whole

Reference = Callable[[Sequence[int], int], Logits]
"""The trainer's framework: logits after each of the last so many of some token ids."""

TOLERANCE: Mapping[Kind, float] = {
    "F32": 1e-4,
    "F16": 0.005,
    "BF16": 0.06,
    "Q8_0": 0.09,
    "Q6_K": 0.25,
    "Q5_K_M": 0.45,
    "Q4_K_M": 0.6,
}
"""The largest relative deviation that passes: about twice what random networks of 2 to 6 layers showed.

With a tensor in a wrong place it is about 1.
"""
_EXACT: frozenset[Kind] = frozenset({"F32", "F16", "BF16"})
"""Kinds in which llama.cpp does not round what flows through the network."""
STRAYS = 0.03
"""Share of tokens that may stray in the others: before one of them a mixture of experts may take another
expert, and write on otherwise, though everything is in its place."""


@dataclass(frozen=True)
class Proof:
    """What was compared and how far apart it was."""

    prompts: int
    tokens: int
    """Tokens that llama.cpp wrote."""
    deviation: float
    """Of the logits, relative, of the worst prompt."""
    tolerance: float
    strayed: int = 0
    """Tokens that the trained model would not have written, each beside logits that stray alone."""

    @property
    def agreement(self) -> str:
        """How many tokens are those of the trained model: "90 tokens", "89 of 90 tokens"."""
        return (
            f"{self.tokens - self.strayed} of {self.tokens} tokens"
            if self.strayed
            else f"{self.tokens} tokens"
        )


def export_proved(
    folder: Path,
    target: Path,
    *,
    kind: Kind,
    label: Label,
    prompts: Sequence[Sequence[int]],
    reference: Reference | None = None,
    llama_cpp: Path | None = None,
    threads: int = 1,
) -> Proof:
    """Write a GGUF file from a Hugging Face folder and prove it; raises ExportError, and leaves no file then.

    The reference is transformers where none is given. `llama_cpp` is a checkout for other families.
    """
    with whole(target) as partial:
        write_gguf(folder, partial, kind=kind, label=label, llama_cpp=llama_cpp, threads=threads)
        return prove(partial, reference or transformers_reference(folder), prompts, kind, threads=threads)


def prove(
    path: Path,
    reference: Reference,
    prompts: Sequence[Sequence[int]],
    kind: Kind,
    *,
    budget: int = 96,
    adapter: Path | None = None,
    threads: int = 1,
) -> Proof:
    """Compare a GGUF file with what it was made from; `budget` tokens hold a first call.

    Raises ExportError where they differ.
    """
    worst, tokens, strayed = 0.0, 0, 0
    size = max(map(len, prompts)) + budget
    with open_logits(path, context_size=size, threads=threads, adapter=adapter) as model:
        for prompt in prompts:
            written = model.greedy(prompt, budget)
            ids, last = [*prompt, *written[:-1]], len(written)
            ours, theirs = model.logits(ids, last), reference(ids, last)
            strayed += _check(deviations(ours, theirs), theirs, written, kind)
            worst, tokens = max(worst, deviation(ours, theirs)), tokens + last
    return Proof(len(prompts), tokens, worst, TOLERANCE[kind], strayed)


def deviation(ours: Logits, theirs: Logits) -> float:
    """The relative deviation at the median position; in a mixture of experts single ones stray far."""
    return float(np.median(deviations(ours, theirs)))


def deviations(ours: Logits, theirs: Logits) -> NDArray[np.float64]:
    """The relative deviation at each position."""
    apart: NDArray[np.float64] = _size(_about_mean(ours) - _about_mean(theirs)) / _size(_about_mean(theirs))
    return apart


def _check(positions: NDArray[np.float64], theirs: Logits, written: Sequence[int], kind: Kind) -> int:
    """How many tokens strayed; raises ExportError where more is the matter."""
    apart = float(np.median(positions))
    # A comparison with NaN is false, so broken weights fail here as well.
    if not apart <= TOLERANCE[kind]:
        raise ExportError(
            f"The exported model's logits are {apart:.2g} off, and {TOLERANCE[kind]:g} is allowed in {kind}: "
            "it was not written; choose a truer kind or report this."
        )
    below = theirs.max(-1) - theirs[np.arange(len(written)), list(written)]
    differing = np.flatnonzero(below > TOLERANCE[kind] * _size(_about_mean(theirs)))
    alone = kind not in _EXACT and bool((positions[differing] > TOLERANCE[kind]).all())
    if differing.size > (STRAYS * len(written) if alone else 0):
        raise ExportError(
            f"In {kind} the exported model writes other text than the trained one "
            f"from token {differing[0] + 1} on: "
            "it was not written; choose a truer kind or train longer."
        )
    return int(differing.size)


def _about_mean(logits: Logits) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    about: NDArray[np.float64] = wide - wide.mean(-1, keepdims=True)
    return about


def _size(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    size: NDArray[np.float64] = np.sqrt((rows**2).mean(-1))
    return size


def transformers_reference(folder: Path) -> Reference:
    """A Hugging Face folder run by transformers in 32 bits; raises ExportError."""
    # Two seconds, and only who proves an export needs it.
    import torch
    from transformers import AutoModelForCausalLM

    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    except (OSError, ValueError, RuntimeError) as error:
        raise ExportError(f"transformers cannot load {folder}: {error}") from error

    def logits(ids: Sequence[int], last: int) -> Logits:
        with torch.no_grad():
            out = model(torch.tensor([list(ids)]), logits_to_keep=last).logits[0]
        values: Logits = out.numpy()
        return values

    return logits
