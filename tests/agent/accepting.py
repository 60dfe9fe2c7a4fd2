"""Whether a grammar accepts a text as a whole, asked of llama.cpp's own sampler token by token."""

import ctypes
from typing import Any

from models.engine import Piece
from models.llama import LlamaEngine
from models.runtime import llama_runtime


class Acceptance:
    """Texts held against grammars, cut into the tokens of one model."""

    def __init__(self, engine: LlamaEngine) -> None:
        self._llama = llama_runtime()
        self._engine = engine  # its vocabulary lives as long as it does
        self._vocabulary = engine.vocabulary

    def refused(self, grammar: str, text: str) -> str:
        """Where the grammar stops following: that rest of the text, or "the end"; empty if it accepts all."""
        sampler = self._llama.llama_sampler_init_grammar(self._vocabulary.handle, grammar.encode(), b"root")
        if not sampler:
            return f"the grammar does not compile: {grammar}"
        try:
            return self._refused(sampler, text)
        finally:
            self._llama.llama_sampler_free(sampler)

    def _refused(self, sampler: Any, text: str) -> str:  # Any: a handle of llama.cpp
        ids = self._vocabulary.tokenize([Piece(text)])
        for at, token in enumerate(ids):
            if not self._may_stand(sampler, token):
                return b"".join(self._vocabulary.pieces[t] for t in ids[at:]).decode(errors="replace")
            self._llama.llama_sampler_accept(sampler, token)
        may_end = any(self._may_stand(sampler, int(token)) for token in self._vocabulary.ends)
        return "" if may_end else "the end"

    def _may_stand(self, sampler: Any, token: int) -> bool:
        one = self._llama.llama_token_data(token, 0.0, 0.0)
        array = self._llama.llama_token_data_array(ctypes.pointer(one), 1, -1, False)
        self._llama.llama_sampler_apply(sampler, ctypes.byref(array))
        return bool(one.logit == 0.0)
