"""What llama.cpp computes for given tokens, as exactly as it can: the cache of keys and values in 32 bits.

`models.llama` serves people and is tuned for speed; this is for proofs.
"""

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError
from models.runtime import forget_errors, last_error, llama_runtime

Logits = NDArray[np.float32]
"""Rows are positions, columns the vocabulary."""


class LlamaLogits:
    """For `open_logits`, which makes and frees the handles."""

    def __init__(self, model: Any, context: Any) -> None:
        self._llama = llama_runtime()
        self._context = context
        self._vocabulary = self._llama.llama_model_get_vocab(model)
        self._size = self._llama.llama_vocab_n_tokens(self._vocabulary)

    def logits(self, ids: Sequence[int], last: int) -> Logits:
        """Logits after each of the `last` ids."""
        self._llama.llama_memory_clear(self._llama.llama_get_memory(self._context), True)
        return self._decode(ids, 0, last)

    def greedy(self, ids: Sequence[int], budget: int) -> list[int]:
        """The likeliest tokens that follow, up to the first that ends a turn, which is among them."""
        written: list[int] = []
        logits = self.logits(ids, 1)
        while len(written) < budget:
            token = int(logits[-1].argmax())
            written.append(token)
            if self._llama.llama_vocab_is_eog(self._vocabulary, token):
                break
            logits = self._decode([token], len(ids) + len(written) - 1, 1)
        return written

    def _decode(self, ids: Sequence[int], start: int, last: int) -> Logits:
        batch = self._llama.llama_batch_init(len(ids), 0, 1)
        try:
            batch.n_tokens = len(ids)
            for at, token in enumerate(ids):
                batch.token[at], batch.pos[at] = token, start + at
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, 0
                batch.logits[at] = at >= len(ids) - last
            if self._llama.llama_decode(self._context, batch) != 0:
                raise ExportError(
                    f"llama.cpp cannot run the exported model: {last_error() or 'no reason given'}."
                )
            pointer = self._llama.llama_get_logits(self._context)
            memory = (ctypes.c_float * (last * self._size)).from_address(ctypes.addressof(pointer.contents))
            return np.array(memory, dtype=np.float32).reshape(last, self._size)
        finally:
            self._llama.llama_batch_free(batch)


@contextmanager
def open_logits(
    path: Path, *, context_size: int, threads: int = 1, adapter: Path | None = None
) -> Iterator[LlamaLogits]:
    """Load a GGUF file, with a LoRA adapter where one is given; raises ExportError."""
    llama = llama_runtime()
    forget_errors()
    model = llama.llama_model_load_from_file(os.fsencode(path), llama.llama_model_default_params())
    if not model:
        raise ExportError(f"llama.cpp cannot load the exported model: {last_error() or 'no reason given'}.")
    context = llama.llama_init_from_model(model, _exact(llama, context_size, threads))
    try:
        if adapter is not None:
            _adapt(llama, model, context, adapter)
        yield LlamaLogits(model, context)
    finally:
        llama.llama_free(context)
        llama.llama_model_free(model)


def _exact(llama: Any, context_size: int, threads: int) -> Any:
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = parameters.n_batch = context_size
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.type_k = parameters.type_v = llama.GGML_TYPE_F32
    parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return parameters


def _adapt(llama: Any, model: Any, context: Any, adapter: Path) -> None:
    """The model owns its adapter and frees it."""
    handle = llama.llama_adapter_lora_init(model, os.fsencode(adapter))
    if not handle:
        raise ExportError(f"The adapter does not fit this model: {last_error() or 'no reason given'}.")
    llama.llama_set_adapters_lora(
        context, (llama.llama_adapter_lora_p_ctypes * 1)(handle), 1, (ctypes.c_float * 1)(1.0)
    )
