"""What a word that no product has may have meant: a misspelt one, several joined ones, a part of longer ones.

The right words are the catalogue's own, as its full-text index holds them: stemmed, without diacritics. Names
of categories are put right in `cards.names`, a question's words beside a card in `agent.reading`.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from index.cards.word_forms import stem
from index.cards.word_spread import WordSpread
from index.catalog import Catalog
from index.text.edits import distance
from models.minilm_files import ordinary_words

SHORTEST_PART, SHORTEST_MISSPELT = 4, 5
"""Letters of a word that is looked for in others, and of one that may be misspelt."""
_SURE = 8
"""Letters from which on two of them may be wrong."""
_HALF = 3
"""Fewest letters of a part of a joined word."""
_LINKS = ("", "s", "es", "n", "en")
"""What German sets between the parts of a joined word."""
_WRITTEN_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_MOST = 6
"""Words put in the place of one."""

_TABLES = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.known USING fts5vocab (main, products_fts, row)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stemming "
    "USING fts5 (word, tokenize = 'porter unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stemmed USING fts5vocab (temp, stemming, row)",
)


class Spelling:
    """The words of one catalogue; they are read when the first strange one is asked for."""

    def __init__(self, catalog: Catalog, connection: sqlite3.Connection, spread: WordSpread) -> None:
        self._catalog = catalog
        self._connection = connection
        self._spread = spread
        self._generation = -1
        self._products: dict[str, int] = {}
        """In how many products each word stands."""
        self._listed = ""
        """All of them, a line each."""
        self._shelves: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        """By first letter and length."""
        self._meant: dict[str, tuple[str, ...]] = {}

    def mended(self, words: Sequence[str]) -> list[str]:
        """The words, and in place of each that no product has what it may have meant, where that is found."""
        return [meant for word in words for meant in self._in_place_of(word)]

    def _in_place_of(self, word: str) -> tuple[str, ...]:
        if len(word) < SHORTEST_PART or not word.isalpha() or self._spread.count(word):
            return (word,)
        self._refresh()
        if word not in self._meant:
            self._meant[word] = self._found(word)
        return self._meant[word] or (word,)

    def _found(self, word: str) -> tuple[str, ...]:
        # What everybody says is no misspelling: "deals" is not "ideal" (0.01 of recall@10 on bare titles).
        if {word, stem(word)} & ordinary_words():
            return ()
        root = self._stem(word)
        return self._respelled(root) or self._misspelt(root) or self._split(word) or self._held_by(root)

    def _respelled(self, root: str) -> tuple[str, ...]:
        """With its umlauts, which the index holds as bare vowels."""
        for written, meant in _WRITTEN_OUT:
            root = root.replace(written, meant)
        return (root,) if root in self._products else ()

    def _misspelt(self, root: str) -> tuple[str, ...]:
        if len(root) < SHORTEST_MISSPELT:
            return ()
        bound = 2 if len(root) >= _SURE else 1
        near = [
            (distance(root, known, bound), known)
            for length in range(len(root) - bound, len(root) + bound + 1)
            for known in self._shelves[root[0], length]
        ]
        closest = min((apart for apart, _ in near), default=bound + 1)
        return self._commonest([known for apart, known in near if apart == closest <= bound])

    def _split(self, word: str) -> tuple[str, ...]:
        """Two words that were written as one, the parts as even as they come."""
        places = sorted(range(_HALF, len(word) - _HALF + 1), key=lambda at: abs(2 * at - len(word)))
        for at in places:
            first, second = word[:at], word[at:]
            for link in _LINKS:
                head = first.removesuffix(link) if link and first.endswith(link) else first
                if len(head) >= _HALF and self._spread.count(head) and self._spread.count(second):
                    return (head, second)
        return ()

    def _held_by(self, root: str) -> tuple[str, ...]:
        if len(root) < SHORTEST_PART:
            return ()
        return self._commonest(re.findall(rf"^.*{re.escape(root)}.*$", self._listed, re.MULTILINE))

    def _commonest(self, known: list[str]) -> tuple[str, ...]:
        return tuple(sorted(known, key=lambda word: (-self._products[word], word))[:_MOST])

    def _stem(self, word: str) -> str:
        self._connection.execute("INSERT INTO temp.stemming VALUES (?)", (word,))
        (root,) = self._connection.execute("SELECT term FROM temp.stemmed").fetchone()
        self._connection.execute("DELETE FROM temp.stemming")
        return str(root)

    def _refresh(self) -> None:
        generation = self._catalog.generation
        if generation == self._generation:
            return
        for statement in _TABLES:
            self._connection.execute(statement)
        found = self._connection.execute("SELECT term, doc FROM temp.known")
        self._products = {term: count for term, count in found if len(term) >= _HALF and term.isalpha()}
        self._listed = "\n".join(self._products)
        self._shelves.clear()
        for term in self._products:
            self._shelves[term[0], len(term)].append(term)
        self._meant.clear()
        self._generation = generation
