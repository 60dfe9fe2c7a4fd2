"""A cheap, deterministic stand-in for the embedder: a bag of words, each word in a direction of its own."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from index.vector_log import WIDTH, Vectors32


def embed(texts: Sequence[str]) -> Vectors32:
    """Unit vectors; texts that share words are near each other."""
    vectors = np.full((len(texts), WIDTH), 1e-3, dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.casefold()):
            vectors[row, crc32(word.encode()) % WIDTH] += 1.0
    normed: Vectors32 = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normed
