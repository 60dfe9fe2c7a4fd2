"""The micro agent's tokenizer: byte-level BPE in the standard library, as llama.cpp and `tokenizers` read it.

Training needs it where there is neither. Token ids are the 256 bytes, then the merges in the order in which
they were learnt, then the special tokens. What is a piece of text and which may be trusted is decided by
`models.template`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import Any

from finetune.errors import TokenizerError
from finetune.micro.merges import BYTES, Pair, learn_merges, merge
from finetune.micro.pretokens import PATTERN, splitter
from finetune.micro.tokenizer_json import Added, byte_letters, split, tokenizer_json
from models.engine import Piece

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
"""Tokens that end and open texts and turns; these are never shown."""
TAGS = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
"""User-defined tokens: text that a model may write, in one token."""

_WORDS = 1 << 18
"""Pre-tokens whose tokens are kept at hand; texts full of invented names would fill the memory."""


class Tokenizer:
    """Merges and special tokens; `special` maps each of those to its id."""

    def __init__(self, merges: Sequence[Pair], special: Sequence[str]) -> None:
        """Special tokens written `<|...|>` are control tokens, others user-defined."""
        self.merges = tuple(merges)
        self.tokens = [bytes([byte]) for byte in range(BYTES)]
        """The bytes of each token."""
        for left, right in merges:
            self.tokens.append(self.tokens[left] + self.tokens[right])
        self.special = {text: len(self.tokens) + at for at, text in enumerate(special)}
        self.tokens += [text.encode() for text in special]
        self.control = frozenset(token for text, token in self.special.items() if is_control(text))
        """Ids of the special tokens that are never shown."""
        self._words = _Words({pair: BYTES + rank for rank, pair in enumerate(merges)})
        self._any_special = _alternatives(special)
        self._tags = _alternatives([text for text in special if not is_control(text)])

    @classmethod
    def train(cls, texts: Iterable[str], size: int, special: Sequence[str]) -> "Tokenizer":
        """Learn a vocabulary of `size` tokens, all kinds counted; fewer where the texts hold too little."""
        return cls(learn_merges(texts, size - BYTES - len(special)), special)

    @property
    def marked(self) -> dict[int, int]:
        """Tokens that are a mark and then another token of letters, to that other token."""
        joined = {BYTES + rank: pair for rank, pair in enumerate(self.merges)}
        return {
            token: bare
            for token, (mark, bare) in joined.items()
            if mark < 128 and not chr(mark).isalnum() and self.tokens[bare].decode(errors="replace").isalpha()
        }

    @property
    def size(self) -> int:
        """Tokens of all kinds."""
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Ids of a text that nobody vouches for; never those of special tokens.

        The text is cut inside every tag, as `models.vocabulary` does: llama.cpp would read it as one token.
        """
        cuts = [found.start() + 1 for found in self._tags.finditer(text)]
        if not cuts:
            return self._plain(text)
        spans = zip([0, *cuts], [*cuts, len(text)], strict=True)
        return list(chain.from_iterable(self._plain(text[start:end]) for start, end in spans))

    def encode_pieces(self, pieces: Sequence[Piece]) -> list[int]:
        """Ids of pieces as the engine makes them: neighbours of one trust are read as one text.

        An empty piece parts nothing.
        """
        ids: list[int] = []
        spoken = (piece for piece in pieces if piece.text)
        for trusted, run in groupby(spoken, key=lambda piece: piece.trusted):
            text = "".join(piece.text for piece in run)
            ids += self._trusted(text) if trusted else self.encode(text)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some tokens, special ones as they are written."""
        return b"".join(self.tokens[token] for token in ids).decode(errors="replace")

    def save(self, path: Path) -> None:
        """Write it as Hugging Face's `tokenizer.json`."""
        text = json.dumps(self._as_json(), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read what `save` wrote; raises TokenizerError."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            tokenizer = cls(*_from_json(stored))
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise TokenizerError(f"{path.name} is no tokenizer of the micro agent or is damaged.") from error
        if tokenizer._as_json() != stored:
            raise TokenizerError(f"{path.name} is another kind of tokenizer than the micro agent's.")
        return tokenizer

    def _plain(self, text: str) -> list[int]:
        words = self._words
        return [token for word in splitter(text)(text) for token in words[word]]

    def _trusted(self, text: str) -> list[int]:
        ids: list[int] = []
        at = 0
        for found in self._any_special.finditer(text):
            ids += self._plain(text[at : found.start()])
            ids.append(self.special[found[0]])
            at = found.end()
        return ids + self._plain(text[at:])

    def _as_json(self) -> dict[str, Any]:
        letters = byte_letters()
        written = ["".join(letters[byte] for byte in token) for token in self.tokens]
        plain = written[: self.size - len(self.special)]
        return tokenizer_json(
            {text: token for token, text in enumerate(plain)},
            ((written[left], written[right]) for left, right in self.merges),
            (Added(token, text, is_control(text)) for text, token in self.special.items()),
            split(PATTERN),
        )


def is_control(text: str) -> bool:
    """Whether a special token of this text is a control token, not a user-defined one."""
    return text.startswith("<|") and text.endswith("|>")


class _Words(dict[str, tuple[int, ...]]):
    """Tokens of each pre-token, found when first asked for."""

    def __init__(self, made: Mapping[Pair, int]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, word: str) -> tuple[int, ...]:
        """Apply the merges in the order in which they were learnt."""
        if len(self) >= _WORDS:
            self.clear()
        made = self._made
        ids = list(word.encode(errors="replace"))
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: made.get(pair, _NEVER))
            if pair not in made:
                break
            ids = merge(ids, pair, made[pair])
        tokens = self[word] = tuple(ids)
        return tokens


_NEVER = 1 << 31


def _alternatives(texts: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _from_json(stored: Any) -> tuple[list[Pair], list[str]]:
    """The merges and special tokens of a `tokenizer.json`."""
    ids = stored["model"]["vocab"]
    pairs = [(ids[left], ids[right]) for left, right in stored["model"]["merges"]]
    return pairs, [added["content"] for added in stored["added_tokens"]]
