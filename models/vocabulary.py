"""A model's tokens: their bytes, which of them may be generated, and how untrusted text becomes tokens.

The tokens also stand in a prefix tree: a text that a grammar refuses refuses every text that begins with it,
so `models.constrain` asks for the children of accepted tokens only.
"""

import codecs
import ctypes
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engine import EngineError, Piece
from models.runtime import llama_runtime

Ids = NDArray[np.int32]

WHOLE, OPENING, INNER, BROKEN = range(4)
"""Bytes of a token as UTF-8: whole characters; cut at their end; begun by an earlier token; never valid."""

_ROOT = -1
_COMMON = frozenset(b" aeinrst1P")
"""What prose and numbers go on with: of any two of these a grammar leaves a choice."""
_NONE = np.empty(0, dtype=np.int32)


class Vocabulary:
    """The tokens of one loaded model."""

    def __init__(self, model: Any) -> None:
        self._llama = llama_runtime()
        self.handle = self._llama.llama_model_get_vocab(model)
        self.size: int = self._llama.llama_vocab_n_tokens(self.handle)
        self.pieces = _pieces(self._llama, self.handle, self.size)
        attributes = [self._llama.llama_vocab_get_attr(self.handle, token) for token in range(self.size)]
        self.ends = self._chosen(self._llama.llama_vocab_is_eog(self.handle, t) for t in range(self.size))
        never = (
            self._llama.LLAMA_TOKEN_ATTR_CONTROL
            | self._llama.LLAMA_TOKEN_ATTR_UNKNOWN
            | self._llama.LLAMA_TOKEN_ATTR_UNUSED
        )
        self.silent = np.setdiff1d(self._chosen(bool(kind & never) for kind in attributes), self.ends)
        """Tokens that are never generated: control tokens that do not end a turn, and unused ones."""
        self.encoding = np.array([_encoding(piece) for piece in self.pieces], dtype=np.uint8)
        mute = self._chosen(not piece or b"\0" in piece for piece in self.pieces)
        broken = self._chosen(self.encoding == BROKEN)
        self.unwritable = np.setdiff1d(np.concatenate([self.silent, mute, broken]), self.ends)
        """Tokens that no valid text holds: silent ones, empty ones, NUL, broken UTF-8."""
        self._unspoken = frozenset([*self.unwritable.tolist(), *self.ends.tolist()])
        self._tags = self._tag_pattern(attributes)
        self._children, self._starts = self._prefix_tree()
        roots = self._children[: self._starts[1]]
        self.beginnings = np.concatenate([self.ends, roots])
        """Tokens that continue no other one, and the end tokens: the first to ask a grammar about."""
        self.likely_beginnings = self._by_likelihood(roots)
        """Those that begin a character, in parts: what most texts go on with, the rest of ASCII, all else."""

    def count_children(self, tokens: Ids) -> int:
        """How many `children` there are."""
        return int((self._starts[tokens + 2] - self._starts[tokens + 1]).sum())

    def children(self, tokens: Ids) -> Ids:
        """Tokens that continue these and have no shorter one between."""
        spans = zip(self._starts[tokens + 1].tolist(), self._starts[tokens + 2].tolist(), strict=True)
        parts = [self._children[start:end] for start, end in spans if end > start]
        return np.concatenate(parts) if parts else _NONE

    def written_as(self, text: bytes, sure: bytes) -> list[int]:
        """The tokens that a model writes this text in, as far as they lie within its beginning `sure`.

        None where the tokenizer puts something before a text, or would write what no model may.
        """
        tokens, spelt = list[int](), b""
        for token in self._tokenize(text.decode(), True):
            spelt += self.pieces[token]
            if not sure.startswith(spelt) or token in self._unspoken:
                break
            tokens.append(token)
        return tokens

    def tokenize(self, pieces: Sequence[Piece]) -> list[int]:
        """Token ids of the pieces; only trusted ones can hold control tokens or tags."""
        ids: list[int] = []
        for text, trusted in _joined(pieces):
            for part in [text] if trusted else self._disarmed(text):
                ids += self._tokenize(part, trusted)
        return ids

    def begin(self, ids: list[int]) -> list[int]:
        """The ids with the token that opens a context, where the model wants one and has none yet."""
        first = self._llama.llama_vocab_bos(self.handle)
        wanted = self._llama.llama_vocab_get_add_bos(self.handle) and first >= 0
        return [first, *ids] if wanted and ids[:1] != [first] else ids

    def text_of(self, token: int) -> str:
        """A control token's text; empty for the id -1, which stands for none."""
        return self.pieces[token].decode(errors="replace") if token >= 0 else ""

    def silent_with_text(self, text: str) -> list[int]:
        """Control tokens that are written like this."""
        return [int(token) for token in self.silent if self.pieces[token] == text.encode()]

    def _tokenize(self, text: str, trusted: bool) -> list[int]:
        data = text.encode(errors="replace")
        room = len(data) + 2
        buffer = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self.handle, data, len(data), buffer, room, False, trusted)
        if count < 0:
            raise EngineError("llama.cpp could not tokenize a text; the model's tokenizer is damaged.")
        return list(buffer[:count])

    def _disarmed(self, text: str) -> list[str]:
        """The text cut inside every tag: llama.cpp reads user-defined tokens in plain text as well."""
        cuts = [found.start() + 1 for found in self._tags.finditer(text)]
        return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    def _tag_pattern(self, attributes: Sequence[int]) -> re.Pattern[str]:
        defined = self._llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        texts = [self.text_of(token) for token, kind in enumerate(attributes) if kind & defined]
        tags = sorted((text for text in texts if re.fullmatch(r"[<\[].+[>\]]", text)), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, tags)) or r"(?!)")

    def _by_likelihood(self, roots: Ids) -> tuple[Ids, Ids, Ids]:
        opening = roots[self.encoding[roots] <= OPENING]
        kind = np.array([_likelihood(self.pieces[token]) for token in opening], dtype=np.int8)
        return opening[kind == 0], opening[kind == 1], np.concatenate([self.ends, opening[kind == 2]])

    def _prefix_tree(self) -> tuple[Ids, NDArray[np.int64]]:
        """Children sorted by parent, and where each parent's begin (the root's first)."""
        parents = np.full(self.size, _ROOT, dtype=np.int64)
        left_out = np.union1d(self.unwritable, self.ends)
        usable = np.setdiff1d(np.arange(self.size, dtype=np.int32), left_out)
        stack: list[tuple[bytes, int]] = []
        for token in sorted(usable.tolist(), key=self.pieces.__getitem__):
            piece = self.pieces[token]
            while stack and not (piece.startswith(stack[-1][0]) and piece != stack[-1][0]):
                stack.pop()
            parents[token] = stack[-1][1] if stack else _ROOT
            stack.append((piece, token))
        order = usable[np.argsort(parents[usable], kind="stable")]
        return order, np.searchsorted(parents[order], np.arange(_ROOT, self.size + 1))

    def _chosen(self, flags: Iterable[bool]) -> Ids:
        return np.flatnonzero(np.fromiter(flags, dtype=bool, count=self.size)).astype(np.int32)


def is_utf8_start(data: bytes) -> bool:
    """Whether these bytes can begin valid UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    # Python sees a surrogate at its third byte only, and by then no token could go on.
    return not (data[-2:-1] == b"\xed" and data[-1] >= 0xA0)


def _pieces(llama: Any, handle: Any, size: int) -> list[bytes]:
    room = 256
    buffer = ctypes.create_string_buffer(room)
    pieces = []
    for token in range(size):
        length = llama.llama_token_to_piece(handle, token, buffer, room, 0, True)
        if length < 0:
            room = -length
            buffer = ctypes.create_string_buffer(room)
            length = llama.llama_token_to_piece(handle, token, buffer, room, 0, True)
        pieces.append(buffer.raw[:length])
    return pieces


def _likelihood(piece: bytes) -> int:
    if not piece.isascii():
        return 2
    return 0 if piece[0] in _COMMON else 1


def _encoding(piece: bytes) -> int:
    try:
        piece.decode()
    except UnicodeDecodeError:
        # At most three bytes at its start can belong to a character that an earlier token began.
        led = next((n for n, byte in enumerate(piece[:4]) if not 0x80 <= byte < 0xC0), min(len(piece), 4))
        if led == 4 or not is_utf8_start(piece[led:]):
            return BROKEN
        return INNER if led else OPENING
    return WHOLE


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one trust as one text, so that they are tokenized as they read."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].trusted == piece.trusted:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.trusted)
        elif piece.text:
            joined.append(piece)
    return joined
