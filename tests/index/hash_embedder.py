"""A cheap, deterministic stand-in for the embedder: a bag of words, each word in a direction of its own."""

import re
from collections.abc import Sequence
from functools import cache
from zlib import crc32

import numpy as np

from index.store.vector_log import WIDTH, Vectors32


def embed(texts: Sequence[str]) -> Vectors32:
    """Unit vectors; texts that share words are near each other."""
    vectors = np.stack([sum(map(direction, words(text)), start=direction("")) for text in texts])
    normed: Vectors32 = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normed


def words(text: str) -> list[str]:
    """Casefolded words and numbers."""
    return re.findall(r"\w+", text.casefold())


@cache
def direction(word: str) -> Vectors32:
    """The direction of a word, far from that of any other."""
    return np.random.default_rng(crc32(word.encode())).normal(size=WIDTH).astype(np.float32)
