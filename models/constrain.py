"""Sample under a grammar at almost no cost: draw freely, ask about that one token, look further on refusal.

llama.cpp's grammar sampler says of given tokens whether they may stand next. Handing it the whole vocabulary
costs 10 to 600 ms a token at 152,000 tokens; one token costs 3 µs. After a refusal the allowed tokens are
found along the vocabulary's prefix tree, or among the likeliest where the tree is wide open. Where only one
text may stand next there is nothing to draw: it is taken as a whole.
"""

import ctypes
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.engine import GrammarError
from models.runtime import llama_runtime
from models.sampling import Draw, most_likely
from models.vocabulary import OPENING, WHOLE, Ids, Vocabulary, is_utf8_start

_FEW = 64
_WIDE = 512
_WIDE_SHARE = 1 / 16
"""Where so many tokens, or this share of the vocabulary, would be asked about, the likeliest are first."""
_LONGEST_AHEAD = 400
"""Bytes that are looked ahead: a grammar may let one text go on for ever."""
_UNSURE = re.compile(rb" ?(?:[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9]+)\Z|\s+\Z")
"""The last word of a text, its last sign or its last blank: what follows may make another token of it."""

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Ahead(NamedTuple):
    """What a grammar lets stand next where it lets only one text stand."""

    tokens: tuple[int, ...] = ()
    ended: bool = False
    """After them the text is complete, and nothing may follow."""


class Constraint:
    """A grammar and how far a text has come in it."""

    def __init__(self, vocabulary: Vocabulary, grammar: str) -> None:
        self._llama = llama_runtime()
        self._vocabulary = vocabulary
        self._sampler = None
        # llama.cpp takes an empty grammar for "anything goes".
        if grammar.strip():
            self._sampler = self._llama.llama_sampler_init_grammar(
                vocabulary.handle, grammar.encode(), b"root"
            )
        if not self._sampler:
            raise GrammarError(f"the grammar does not compile: {grammar[:200]}")
        self._one = self._llama.llama_token_data()
        self._one_array = self._llama.llama_token_data_array(ctypes.pointer(self._one), 1, -1, False)
        self._one_reference = ctypes.byref(self._one_array)
        candidates = np.zeros(vocabulary.size, dtype=_CANDIDATE)
        self._ids, self._verdicts = candidates["id"], candidates["logit"]
        pointer = ctypes.cast(candidates.ctypes.data, self._llama.llama_token_data_p)
        self._many = self._llama.llama_token_data_array(pointer, 0, -1, False)
        self._many_reference = ctypes.byref(self._many)
        self._wide = max(_WIDE, int(vocabulary.size * _WIDE_SHARE))
        self._looked_over = 0
        """Bytes that are known to come next and were left to be drawn."""
        self._unfinished = b""
        self._ends = frozenset(vocabulary.ends.tolist())
        self.refused = 0
        """Drawn tokens that the grammar refused."""

    def close(self) -> None:
        """Free the grammar."""
        if self._sampler:
            self._llama.llama_sampler_free(self._sampler)
            self._sampler = None

    def next(self, logits: NDArray[np.float32], draw: Draw) -> int | None:
        """The next token, or None where the text is complete and ends here.

        `logits` of unwritable tokens must be -inf.
        """
        token = draw(logits)
        refused = not self._may_stand(token)
        if refused:
            allowed = self._allowed(logits)
            if not len(allowed):
                return None
            token = int(allowed[draw(logits[allowed])])
        if token in self._ends:
            return None
        self.refused += refused
        self._accept(token)
        return token

    def ahead(self) -> Ahead:
        """Take what the grammar lets stand next where that is one text alone, whatever a model would say.

        Where more is to follow, the end of it is left to `next`: a longer token may begin there.
        """
        if self._looked_over > 0 or self._unfinished:
            return _NOTHING_AHEAD
        text, ended = self._only_text()
        sure = text if ended else _UNSURE.sub(b"", text)
        tokens = self._vocabulary.written_as(text, sure)
        for token in tokens:
            self._accept(token)
        self._looked_over = len(text) - sum(len(self._vocabulary.pieces[token]) for token in tokens)
        return Ahead(tuple(tokens), ended and not self._looked_over)

    def _only_text(self) -> tuple[bytes, bool]:
        """What must stand next, as far as ASCII goes, and whether the text is complete after it."""
        sampler, text = None, b""
        try:
            while len(text) < _LONGEST_AHEAD:
                passing = self._alone(sampler)
                if len(passing) and self._ends.issuperset(passing.tolist()):
                    return text, True
                piece = self._vocabulary.pieces[passing[0]] if len(passing) == 1 else b""
                if not piece or not piece.isascii():
                    break
                text += piece
                sampler = sampler or self._llama.llama_sampler_clone(self._sampler)
                self._llama.llama_sampler_accept(sampler, passing[0])
        finally:
            if sampler:
                self._llama.llama_sampler_free(sampler)
        return text, False

    def _alone(self, sampler: Any) -> Ids:
        """The beginnings that may stand next; once two may, no further ones are asked about."""
        passing = _NONE
        for some in self._vocabulary.likely_beginnings:
            passing = np.concatenate([passing, self._passing(some, sampler)])
            if len(passing) > 1:
                break
        return passing

    def _accept(self, token: int) -> None:
        self._llama.llama_sampler_accept(self._sampler, token)
        self._looked_over -= len(self._vocabulary.pieces[token])
        if self._unfinished or self._vocabulary.encoding[token] != WHOLE:
            self._unfinished = _unfinished(self._unfinished + self._vocabulary.pieces[token])

    def _may_stand(self, token: int) -> bool:
        self._one.id, self._one.logit = token, 0.0
        self._llama.llama_sampler_apply(self._sampler, self._one_reference)
        return self._one.logit == 0.0 and self._spells(token)

    def _spells(self, token: int) -> bool:
        """Whether the text stays valid UTF-8; llama.cpp's grammar lets overlong forms and surrogates pass."""
        if not self._unfinished:
            return bool(self._vocabulary.encoding[token] <= OPENING)
        return is_utf8_start(self._unfinished + self._vocabulary.pieces[token])

    def _allowed(self, logits: NDArray[np.float32]) -> Ids:
        """The tokens that may stand next, end tokens included; where there are many, likely ones of them."""
        asked_likely = False
        passing = self._passing(self._vocabulary.beginnings)
        found = [passing]
        while len(passing):
            if not asked_likely and self._vocabulary.count_children(passing) > self._wide:
                asked_likely = True
                likely = most_likely(logits, _FEW)
                likely = self._passing(likely[np.isfinite(logits[likely])])
                if len(likely):
                    return likely
            passing = self._passing(self._vocabulary.children(passing))
            found.append(passing)
        return np.concatenate(found)

    def _passing(self, tokens: Ids, sampler: Any = None) -> Ids:
        """Those of the tokens that may stand next, or that may where `sampler` has come to."""
        count = len(tokens)
        self._ids[:count] = tokens
        self._verdicts[:count] = 0
        self._many.size = count
        self._llama.llama_sampler_apply(sampler or self._sampler, self._many_reference)
        passing: Ids = tokens[self._verdicts[:count] == 0]
        if self._unfinished:
            return np.array([token for token in passing.tolist() if self._spells(token)], dtype=np.int32)
        spelt: Ids = passing[self._vocabulary.encoding[passing] <= OPENING]
        return spelt


_NOTHING_AHEAD = Ahead()
_NONE = np.empty(0, dtype=np.int32)


def _unfinished(data: bytes) -> bytes:
    """The bytes at the end that begin a character."""
    for length in range(1, min(3, len(data)) + 1):
        if data[-length] >= 0xC0:
            tail = data[-length:]
            try:
                tail.decode()
            except UnicodeDecodeError:
                return tail
            return b""
    return b""
