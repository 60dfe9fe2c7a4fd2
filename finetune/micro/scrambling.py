"""Samples in other words: what is to be copied cannot be guessed, so it has to be found.

A network that always meets the same brands and attributes learns to guess them and forgets how to copy; in a
catalogue that it has never seen it then writes what it remembers. Here the tokens of words are exchanged for
others, the same everywhere in a sample, so that question, card and plan still agree and nothing else helps.
"""

from collections import Counter
from random import Random

import torch
from torch import Tensor

from finetune.micro.packed import Packed
from finetune.micro.tokenizer import Tokenizer

COMMON = 0.2
"""Share of samples in which a token has to occur to keep its meaning: the words of the wire and of asking."""
_LOOKED_AT = 400
"""Samples from which that share is known."""


class Scrambler:
    """Exchanges the rarer words of a vocabulary for each other."""

    def __init__(self, tokenizer: Tokenizer, samples: Packed) -> None:
        common = _common(samples)
        alike = ([word for word in words if common.isdisjoint(word)] for words in _alike(tokenizer))
        self._groups = [torch.tensor(words) for words in alike if len(words) > 1]
        self._all = torch.arange(tokenizer.size)

    def scrambled(self, ids: Tensor, draw: Random) -> Tensor:
        """A sample in other words."""
        exchanged = self._all.clone()
        for words in self._groups:
            exchanged[words] = words[draw.sample(range(len(words)), len(words))]
        return exchanged[ids]


def _common(samples: Packed) -> set[int]:
    """Tokens that occur in many samples."""
    count = min(len(samples), _LOOKED_AT)
    seen = Counter(token for at in range(count) for token in samples.sample(at)[0].unique().tolist())
    return {token for token, times in seen.items() if times >= COMMON * count}


def _alike(tokenizer: Tokenizer) -> list[list[tuple[int, ...]]]:
    """Words as their tokens, bare and behind each mark, in groups that have the same marks."""
    words: dict[int, dict[int, int]] = {}
    for token, bare in tokenizer.marked.items():
        mark = tokenizer.tokens[token][0]
        words.setdefault(bare, {})[mark] = token
    groups: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for bare, marked in words.items():
        marks = tuple(sorted(marked))
        groups.setdefault(marks, []).append((bare, *(marked[mark] for mark in marks)))
    return list(groups.values())
