"""Texts to unit vectors with all-MiniLM-L6-v2: questions through llama.cpp, whole catalogues through torch.

Both embedders run the same weights (a test holds their vectors together), read local files only, and open no
socket. Where vectors are kept is left to `index.vectors`.
"""

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.minilm import (
    DIMENSIONS,
    LONGEST,
    WEIGHTS_SHA256,
    Matrix,
    Tokenizer,
    verified_weights,
)
from models.minilm_files import EmbedderError, model_folder
from models.minilm_gguf import SOURCE_KEY, write_gguf
from models.runtime import forget_errors, last_error, llama_runtime

if TYPE_CHECKING:
    from models.minilm_torch import Network

__all__ = ["DIMENSIONS", "BulkEmbedder", "EmbedderError", "QuestionEmbedder"]

Progress = Callable[[int, int], None]
"""Called with the texts done and the texts in all."""

_WINDOW = 8192
"""Texts that are tokenized and sorted by length together: enough for batches almost without padding."""
_BATCH_TOKENS = 1536
"""A batch whose activations stay in the processor's cache; at 8,192 the float32 network is a fifth slower."""
_SAMPLE = (
    "",
    "Set of two, 18 V, matte black",
    "It weighs 4.5 kg and is 30 cm wide: small enough to carry. It turns itself off after two hours.",
    "The strap broke after a week, but the shop sent a new one and it has held since. Would buy again!",
)
"""Texts that show which channels of the network are outliers; which texts hardly matters."""


class QuestionEmbedder:
    """Embeds single texts in milliseconds, without torch."""

    def __init__(self, tokenizer: Tokenizer, model: Any) -> None:
        """Use `open`; `model` is a loaded llama.cpp model, which the embedder frees."""
        self._tokenizer = tokenizer
        self._model = model
        self._llama = llama_runtime()
        self._context = self._new_context()
        self._batch = self._llama.llama_batch_init(LONGEST, 0, 1)

    @classmethod
    def open(cls, cache: Path) -> Self:
        """Load the model from the folder `cache`, where it is made on first use (45 MB, 1 s).

        Raises EmbedderError.
        """
        folder = model_folder()
        path = cache / "all-minilm-l6-v2-f16.gguf"
        model = _load(path) if path.exists() else None
        if model is None:
            _make(folder, path)
            model = _load(path)
        if model is None:
            raise EmbedderError(f"llama.cpp cannot load {path} ({last_error()}); update llama-cpp-python.")
        return cls(Tokenizer(folder), model)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of shape (n, 384), of the first 256 tokens of each text."""
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for row, tokens in enumerate(self._tokenizer(texts)):
            vectors[row] = self._pooled(tokens)
        return _unit(vectors)

    def close(self) -> None:
        """Free the model's memory; the embedder cannot be used afterwards."""
        self._llama.llama_batch_free(self._batch)
        self._llama.llama_free(self._context)
        self._llama.llama_model_free(self._model)

    def _pooled(self, tokens: Sequence[int]) -> Matrix:
        """The mean of the last layer over one text's tokens.

        Texts go one by one, since llama.cpp lets attention run over the whole batch.
        """
        batch = self._batch
        batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = 1
        if self._llama.llama_encode(self._context, batch) != 0:
            raise EmbedderError(f"llama.cpp failed to embed a text: {last_error()}.")
        pooled = self._llama.llama_get_embeddings_seq(self._context, 0)
        return np.ctypeslib.as_array(pooled, (DIMENSIONS,))

    def _new_context(self) -> Any:
        settings = self._llama.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = LONGEST
        # Threads wait for each other: on a busy machine a question took 417 ms with two, 29 ms with one.
        settings.n_threads = settings.n_threads_batch = 1
        settings.embeddings = True
        return self._llama.llama_init_from_model(self._model, settings)


class BulkEmbedder:
    """Embeds whole catalogues with torch, in 8 bits where the processor can (cosine at least 0.99)."""

    def __init__(self, tokenizer: Tokenizer, network: "Network") -> None:
        """Use `open`."""
        self._tokenizer = tokenizer
        self._network = network

    @classmethod
    def open(cls) -> Self:
        """Load the weights (some seconds, most of them for importing torch); raises EmbedderError."""
        # torch takes seconds to import; who asks one question never does.
        from models.minilm_torch import Network, int8_works

        folder = model_folder()
        tokenizer = Tokenizer(folder)
        network = Network.load(verified_weights(folder))
        return cls(tokenizer, network.in_int8(tokenizer(_SAMPLE)) if int8_works() else network)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Matrix:
        """Unit vectors of shape (n, 384), of the first 256 tokens of each text."""
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        done = 0
        for start in range(0, len(texts), _WINDOW):
            tokens = self._tokenizer(texts[start : start + _WINDOW])
            for rows in _batches(tokens):
                vectors[[start + row for row in rows]] = self._network([tokens[row] for row in rows])
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return vectors


def _batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Rows of texts of about one length, which together fill a batch."""
    rows = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
    while rows:
        count = max(1, _BATCH_TOKENS // len(tokens[rows[0]]))
        yield rows[:count]
        rows = rows[count:]


def _make(folder: Path, path: Path) -> None:
    try:
        write_gguf(verified_weights(folder), path)
    except OSError as error:
        raise EmbedderError(f"The embedder's model cannot be written to {path}: {error}.") from error


def _load(path: Path) -> Any:
    """The llama.cpp model; None where the file is damaged or was made from other weights."""
    llama = llama_runtime()
    forget_errors()
    model = llama.llama_model_load_from_file(os.fsencode(path), llama.llama_model_default_params())
    if model is None:
        return None

    source = ctypes.create_string_buffer(len(WEIGHTS_SHA256) + 1)
    llama.llama_model_meta_val_str(model, SOURCE_KEY.encode(), source, len(source))
    if source.value.decode() == WEIGHTS_SHA256:
        return model
    llama.llama_model_free(model)
    return None


def _unit(vectors: Matrix) -> Matrix:
    lengths: Matrix = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths
