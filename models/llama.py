"""The llama.cpp engine: one model, one append-only context, two ways to write.

Text that is appended waits as tokens and is evaluated together with what follows it, when something is
written. Nothing is ever rolled back, so that recurrent and hybrid models work like any other. Templates are
left to `models.template`, grammars to `models.constrain`.
"""

import ctypes
import json
import os
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.constrain import Constraint
from models.engine import (
    Cancel,
    ContextFullError,
    EngineError,
    ModelFileError,
    Piece,
    Sampling,
    TemplateError,
    Usage,
)
from models.gguf_file import GgufMetadata, gguf_metadata
from models.rounds import leave_round
from models.runtime import forget_errors, last_error, llama_runtime
from models.sampling import Draw
from models.streaming import TextStream
from models.vocabulary import Vocabulary

_BATCH = 256
"""Prompt tokens evaluated between two looks at `cancel`: larger batches are hardly faster on a CPU."""
_MOST_SCORES = 128 * 1024**2
"""On a CPU flash attention saves this memory, and writes a fifth slower for it."""
_MOST_THREADS = 8
"""Generation waits for memory, and threads beyond the fast cores slow it down."""


class LlamaEngine:
    """An `Engine` over a GGUF file of this machine."""

    def __init__(
        self, path: Path, metadata: GgufMetadata, model: Any, context: Any, context_size: int
    ) -> None:
        """For `open`, which makes the handles."""
        self.metadata = metadata
        self.vocabulary = Vocabulary(model)
        self._llama = llama_runtime()
        self._path = path
        self._context = context
        self._size = context_size
        self._counts = Counter[str]()
        self._tokens: list[int] = []
        self._evaluated = 0
        self._overlap = ""
        self._wire = metadata.wire
        self._one = (self._llama.llama_token * 1)()
        self._one_batch = self._llama.llama_batch_get_one(self._one, 1)
        self._template = self._template_with_tokens()
        self.close = weakref.finalize(self, _free, self._llama, model, context)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        context_size: int = 8192,
        threads: int | None = None,
        adapters: Sequence[tuple[Path, float]] = (),
    ) -> Self:
        """Load a model, with LoRA adapters and the strength of each.

        Raises ModelFileError for a file that cannot be run and TemplateError for a model that cannot chat.
        """
        metadata = gguf_metadata(path)
        if not metadata.chat_template:
            raise TemplateError(f"{path} carries no chat template; use an instruction-tuned model.")
        wires = [metadata.wire, *(gguf_metadata(adapter).wire for adapter, _ in adapters)]
        llama = llama_runtime()
        model = _load(llama, path, metadata)
        size = min(context_size, metadata.context_length or context_size)
        context = _new_context(llama, model, path, size, threads or min(_MOST_THREADS, os.cpu_count() or 1))
        _set_adapters(llama, model, context, adapters)
        engine = cls(path, metadata, model, context, size)
        engine._wire = next((wire for wire in reversed(wires) if wire is not None), None)
        return engine

    @property
    def wire(self) -> int | None:
        """The wire that the model, or the last adapter over it that names one, was trained on."""
        return self._wire

    @property
    def name(self) -> str:
        """The file's stem."""
        return self._path.stem

    @property
    def chat_template(self) -> str:
        """Jinja source of the chat template, which begins by naming the tokens that open and end a text."""
        return self._template

    @property
    def context_size(self) -> int:
        """Tokens that fit the context."""
        return self._size

    @property
    def usage(self) -> Usage:
        """Counts so far; tokens that wait to be evaluated stand in the context already."""
        return Usage(**self._counts, context=len(self._tokens))

    @property
    def tokens(self) -> tuple[int, ...]:
        """The ids that stand in the context."""
        return tuple(self._tokens)

    def count(self, pieces: Sequence[Piece]) -> int:
        """Tokens that these pieces would take."""
        return len(self.vocabulary.tokenize(pieces))

    def append(self, pieces: Sequence[Piece]) -> None:
        """Add text to the context; raises ContextFullError and leaves the context as it was."""
        ids = self.vocabulary.tokenize(_without_start(pieces, self._overlap))
        if not self._tokens:
            ids = self.vocabulary.begin(ids)
        if len(self._tokens) + len(ids) > self._size:
            raise ContextFullError(
                f"{len(ids):,} tokens do not fit the context of {self._size:,}, "
                f"where {len(self._tokens):,} stand; open the model with a larger context."
            )
        self._overlap = ""
        self._tokens += ids

    def think(self, end: str, budget: int, sampling: Sampling, cancel: Cancel | None = None) -> Iterator[str]:
        """Write freely until `end` appears, the model would stop, or `budget` tokens are spent.

        Where `end` is no token of its own, the part of it that was written before its last token stays in
        the context, and the next `append` leaves it out of the `end` that it begins with.
        """
        self._overlap = ""
        begin = len(self._tokens)
        draw = Draw(sampling, begin)
        stream = TextStream(end)
        closing = self.vocabulary.silent_with_text(end)
        silent = np.setdiff1d(self.vocabulary.silent, closing)
        ends = frozenset(self.vocabulary.ends.tolist()).difference(closing)
        for _ in range(self._room(budget)):
            if not self._evaluate(cancel):
                break
            logits = self._logits()
            logits[silent] = -np.inf
            leave_round(self._tokens, begin, logits)
            token = draw(logits)
            if token in ends:
                break
            text = stream.feed(self.vocabulary.pieces[token])
            if stream.ended:
                self._tokens += self.vocabulary.tokenize([Piece(stream.before_end)])
                self._overlap = stream.overlap
                yield from _some(text)
                return
            self._add(token)
            yield from _some(text)
        yield from _some(stream.rest())

    def write(
        self, grammar: str, budget: int, sampling: Sampling, cancel: Cancel | None = None
    ) -> Iterator[str]:
        """Write under a GBNF grammar until it is complete or the budget is spent; raises GrammarError."""
        return self._write(Constraint(self.vocabulary, grammar), budget, sampling, cancel)

    def reset(self) -> None:
        """Empty the context; the counts go on."""
        self._llama.llama_memory_clear(self._llama.llama_get_memory(self._context), True)
        self._tokens.clear()
        self._evaluated = 0
        self._overlap = ""

    def _write(
        self, constraint: Constraint, budget: int, sampling: Sampling, cancel: Cancel | None
    ) -> Iterator[str]:
        self._overlap = ""
        begin = len(self._tokens)
        draw = Draw(sampling, begin)
        stream = TextStream()
        full = begin + self._room(budget)
        try:
            while len(self._tokens) < full:
                ahead = constraint.ahead()
                for token in ahead.tokens[: full - len(self._tokens)]:
                    self._counts["given"] += 1
                    yield from _some(self._written(token, stream))
                if ahead.ended or len(self._tokens) == full or not self._evaluate(cancel):
                    break
                logits = self._logits()
                logits[self.vocabulary.unwritable] = -np.inf
                leave_round(self._tokens, begin, logits)
                drawn = constraint.next(logits, draw)
                if drawn is None:
                    break
                yield from _some(self._written(drawn, stream))
        finally:
            self._counts["refused"] += constraint.refused
            constraint.close()

    def _room(self, budget: int) -> int:
        """Tokens that may be written: a context that is full ends the text as a spent budget does."""
        return min(budget, self._size - len(self._tokens))

    def _written(self, token: int, stream: TextStream) -> str:
        self._add(token)
        return stream.feed(self.vocabulary.pieces[token])

    def _add(self, token: int) -> None:
        self._tokens.append(token)
        self._counts["generated"] += 1

    def _evaluate(self, cancel: Cancel | None) -> bool:
        """Run what waits through the network; False where `cancel` stopped it, and the rest waits on."""
        if cancel is not None and cancel.is_set():
            return False
        if self._evaluated == len(self._tokens) - 1:
            self._one[0] = self._tokens[-1]
            self._decode(self._one_batch, 1)
        while self._evaluated < len(self._tokens):
            ids = self._tokens[self._evaluated : self._evaluated + _BATCH]
            tokens = (self._llama.llama_token * len(ids))(*ids)
            self._decode(self._llama.llama_batch_get_one(tokens, len(ids)), len(ids))
            if self._evaluated < len(self._tokens) and cancel is not None and cancel.is_set():
                return False
        return True

    def _decode(self, batch: Any, count: int) -> None:
        code = self._llama.llama_decode(self._context, batch)
        if code != 0:
            raise EngineError(f"llama.cpp could not go on ({code}): {last_error() or 'no reason given'}.")
        self._evaluated += count
        self._counts["evaluated"] += count

    def _logits(self) -> NDArray[np.float32]:
        """The last token's logits, llama.cpp's own memory; valid until the next evaluation."""
        if not self._tokens:
            raise EngineError("Nothing stands in the context yet; append the opening before writing.")
        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        address = ctypes.addressof(pointer.contents)
        memory = (ctypes.c_float * self.vocabulary.size).from_address(address)
        return np.frombuffer(memoryview(memory).cast("B"), dtype=np.float32)

    def _template_with_tokens(self) -> str:
        """Templates speak of `bos_token` and `eos_token`, which only the vocabulary knows."""
        begin = self._llama.llama_vocab_bos(self.vocabulary.handle)
        end = self._llama.llama_vocab_eos(self.vocabulary.handle)
        named = {"bos_token": self.vocabulary.text_of(begin), "eos_token": self.vocabulary.text_of(end)}
        sets = "".join(f"{{%- set {name} = {json.dumps(text)} -%}}" for name, text in named.items())
        return sets + self.metadata.chat_template


def _load(llama: Any, path: Path, metadata: GgufMetadata) -> Any:
    forget_errors()
    model = llama.llama_model_load_from_file(os.fsencode(path), llama.llama_model_default_params())
    if not model:
        raise ModelFileError(
            f"llama.cpp cannot load {path} (architecture {metadata.architecture or 'not named'}): "
            f"{last_error() or 'no reason given'}."
        )
    if not llama.llama_model_has_decoder(model) or llama.llama_model_has_encoder(model):
        llama.llama_model_free(model)
        raise ModelFileError(f"{path} is no decoder-only language model; choose a chat model.")
    return model


def _new_context(llama: Any, model: Any, path: Path, size: int, threads: int) -> Any:
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = size
    parameters.n_batch = parameters.n_ubatch = _BATCH
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.no_perf = True
    if not llama.llama_supports_gpu_offload() and _scores(llama, model, size) <= _MOST_SCORES:
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    context = llama.llama_init_from_model(model, parameters)
    if not context:
        llama.llama_model_free(model)
        raise ModelFileError(
            f"There is no room for a context of {size:,} tokens with {path}; ask for a smaller one."
        )
    return context


def _scores(llama: Any, model: Any, size: int) -> int:
    """Bytes of a layer's attention scores for a batch at a full context, if they are held at all."""
    return int(llama.llama_model_n_head(model)) * _BATCH * size * ctypes.sizeof(ctypes.c_float)


def _set_adapters(llama: Any, model: Any, context: Any, adapters: Sequence[tuple[Path, float]]) -> None:
    """The model owns its adapters and frees them."""
    handles = []
    for path, _ in adapters:
        forget_errors()
        handle = llama.llama_adapter_lora_init(model, os.fsencode(path))
        if not handle:
            _free(llama, model, context)
            raise ModelFileError(f"The adapter {path} does not fit this model: {last_error()}.")
        handles.append(handle)
    if handles:
        scales = [scale for _, scale in adapters]
        llama.llama_set_adapters_lora(
            context,
            (llama.llama_adapter_lora_p_ctypes * len(handles))(*handles),
            len(handles),
            (ctypes.c_float * len(scales))(*scales),
        )


def _free(llama: Any, model: Any, context: Any) -> None:
    llama.llama_free(context)
    llama.llama_model_free(model)


def _some(text: str) -> Iterator[str]:
    if text:
        yield text


def _without_start(pieces: Sequence[Piece], overlap: str) -> Sequence[Piece]:
    """The pieces without the part of a closing tag that the model itself has written already."""
    if not overlap or not pieces or not pieces[0].text.lstrip().startswith(overlap):
        return pieces
    first = pieces[0]
    return [Piece(first.text.lstrip().removeprefix(overlap), first.trusted), *pieces[1:]]
