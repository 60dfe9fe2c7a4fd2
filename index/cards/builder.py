"""The catalogue card for a question: its candidate categories by names and search hits, with their figures.

No model is asked. Everything counted is kept until the catalogue's generation changes.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from index.card import CategoryCard
from index.cards.counts import count_card, said_in_titles, sorted_numbers
from index.cards.names import CategoryNames, FactNames, Path, stems
from index.cards.word_spread import WordSpread
from index.catalog import Catalog
from index.errors import UnknownNameError
from index.identity.naming import Names
from index.meanings import Meaning
from index.retrieval.fulltext import any_of, different, product_matches, words_of
from index.retrieval.spelling import Spelling

_HITS_WEIGHT = 0.6
"""All hits in one category weigh less than its name (1.0) and more than half of its name (0.35)."""
_FACT_WEIGHT = 0.3
_HITS_READ = 50
_LONG = 5
"""Letters of a word that may be a misspelled name."""
_WORTH_SHOWING = 0.1
"""Of the best candidate's score."""


class CardBuilder:
    """Cards of one catalogue; remembers what it counted until something is written."""

    def __init__(
        self, catalog: Catalog, connection: sqlite3.Connection, spread: WordSpread, spelling: Spelling
    ) -> None:
        self._catalog = catalog
        self._spread = spread
        self._spelling = spelling
        self._connection = connection
        self._generation = -1
        self._ids: dict[Path, list[int]] = {}
        """Category numbers below each path, the paths of parents included."""
        self._sizes: dict[Path, int] = {}
        self._leaf: dict[int, Path] = {}
        self._names = CategoryNames((), {})
        self._facts = FactNames(())
        self._shared = Names({})
        self._cards: dict[Path, CategoryCard] = {}
        self._numbers: dict[tuple[Path, str], list[float]] = {}

    def candidates(
        self, question: str, limit: int, near: Callable[[str], Sequence[int]]
    ) -> tuple[CategoryCard, ...]:
        """Cards of the categories that a question could mean, best first, tagged C1, C2 …

        Where neither the names nor the products' words say anything of the question, those `near` it in
        meaning are asked; where they say nothing either, the largest categories are given.
        """
        self._refresh()
        telling = self._spread.telling(different(words_of(question)))
        unknown = (word for word in telling if not self._spread.count(word))
        strange = [word for word in unknown if len(word) >= _LONG and word.isalpha()]
        scores = self._names.scores(self._names.respelled(question, strange))
        for path, share in self._facts.scores(question).items():
            scores[path] = scores.get(path, 0.0) + _FACT_WEIGHT * share
        votes = self._worded_votes(self._spelling.mended(telling))
        if not scores and not votes:
            votes = self._votes(near(question))
        for path in scores.keys() | votes.keys():
            share = sum(share for below, share in votes.items() if below[: len(path)] == path)
            scores[path] = scores.get(path, 0.0) + _HITS_WEIGHT * share
        if not scores:
            scores = {path: float(size) for path, size in self._sizes.items() if path in self._leaf.values()}
        ordered = sorted(scores, key=lambda p: (-scores[p], -self._sizes[p], p))
        worth = [p for p in ordered if scores[p] >= _WORTH_SHOWING * scores[ordered[0]]]
        chosen = self._different(worth)[:limit]
        return tuple(self._asked(path, f"C{place}", telling) for place, path in enumerate(chosen, start=1))

    def named(self, category: str | Path) -> CategoryCard:
        """The card of a path or of a name as people write it; raises UnknownNameError."""
        self._refresh()
        if isinstance(category, tuple):
            self.category_ids(category)
            return self._card(category)
        found = self._different(sorted(self._names.called(category)))
        if len(found) == 1:
            return self._card(found[0])
        if found:
            listed = "; ".join(" > ".join(path) for path in found[:5])
            raise UnknownNameError(
                f"{len(found)} categories are called {category!r}; give one whole: {listed}."
            )
        raise self._unknown(category)

    def category_ids(self, path: Path) -> list[int]:
        """Numbers of the category at a path and of all below it; raises UnknownNameError."""
        self._refresh()
        if path not in self._ids:
            raise self._unknown(" > ".join(path))
        return self._ids[path]

    def sizes(self) -> dict[Path, int]:
        """How many products each category holds, those below it included, by path."""
        self._refresh()
        return dict(sorted(self._sizes.items()))

    def numbers(self, path: Path, attribute: str) -> list[float]:
        """Every number of an attribute, `price` or `rating` in a category, ascending."""
        ids = self.category_ids(path)
        if (path, attribute) not in self._numbers:
            self._numbers[path, attribute] = sorted_numbers(self._connection, ids, attribute)
        return self._numbers[path, attribute]

    def _asked(self, path: Path, tag: str, words: Sequence[str]) -> CategoryCard:
        """The card as offered for a question of these words."""
        titled = said_in_titles(self._connection, words, self._ids[path])
        return self._card(path).model_copy(update={"tag": tag, "title_words": titled})

    def _card(self, path: Path) -> CategoryCard:
        if path not in self._cards:
            meanings = self._shared.meanings(path, self._catalog.meanings(path))
            self._cards[path] = count_card(self._connection, path, self._ids[path], meanings).model_copy(
                update={"tag": "C1"}
            )
        return self._cards[path]

    def _worded_votes(self, words: Sequence[str]) -> dict[Path, float]:
        """Votes of the first products that are found by words."""
        first = product_matches(self._connection, any_of(words), _HITS_READ)
        # Hits that know one word of ten, or only its number ("400" in a product's name), say little.
        known = [word for word in words if self._spread.count(word) and not word.isdecimal()]
        weight = len(known) / (len(words) or 1)
        return {path: weight * vote for path, vote in self._votes(first).items()}

    def _votes(self, first: Sequence[int]) -> dict[Path, float]:
        """The share of products, best first, that falls to each category, at most 1 in all."""
        marks = ", ".join("?" * len(first))
        found = self._connection.execute(f"SELECT key, category FROM products WHERE key IN ({marks})", first)
        category = dict(found.fetchall())
        votes: defaultdict[Path, float] = defaultdict(float)
        for place, key in enumerate(first):
            if category.get(key) in self._leaf:
                votes[self._leaf[category[key]]] += 1 / (10 + place)
        total = sum(votes.values())
        return {path: vote / total for path, vote in votes.items()}

    def _different(self, paths: Sequence[Path]) -> list[Path]:
        """Without parents that hold nothing beyond another candidate."""
        kept: list[Path] = []
        for path in paths:
            twin = next((k for k in kept if self._ids[k] == self._ids[path]), None)
            if twin is None:
                kept.append(path)
            elif len(path) > len(twin):
                kept[kept.index(twin)] = path
        return kept

    def _unknown(self, name: str) -> UnknownNameError:
        known = {" > ".join(path): path for path in self._ids}
        leaves = {" ".join(stems(path[-1])): path for path in self._ids}
        near = get_close_matches(" ".join(stems(name.rpartition(">")[2])), leaves, n=3, cutoff=0.5)
        shared = [
            path
            for path in self._ids
            if set(stems(path[-1])) & set(stems(name)) and path in self._leaf.values()
        ]
        paths = list(dict.fromkeys([leaves[n] for n in near] + shared))[:3]
        if not paths:
            paths = sorted(known.values(), key=lambda p: -self._sizes[p])[:3]
        if not paths:
            return UnknownNameError(
                "The catalogue is empty; add products with `productresearch index add FILE`."
            )
        listed = ", ".join(" > ".join(path) for path in paths)
        return UnknownNameError(f"There is no category {name!r}; the nearest are: {listed}.")

    def _refresh(self) -> None:
        generation = self._catalog.generation
        if generation == self._generation:
            return
        self._cards.clear()
        self._numbers.clear()
        self._ids, self._leaf, self._sizes = {}, {}, {}
        counted = self._connection.execute(
            "SELECT id, path, (SELECT count(*) FROM products WHERE category = categories.id) "
            "FROM categories ORDER BY id"
        )
        for number, text, count in counted.fetchall():
            path = tuple(text.split(" > "))
            self._leaf[number] = path
            for depth in range(1, len(path) + 1):
                self._ids.setdefault(path[:depth], []).append(number)
                self._sizes[path[:depth]] = self._sizes.get(path[:depth], 0) + count
        self._read_meanings()
        self._shared = Names.read(self._connection)
        self._generation = generation

    def _read_meanings(self) -> None:
        """Take in what column schemas say of categories and of their attributes."""
        also: defaultdict[Path, tuple[str, ...]] = defaultdict(tuple)
        facts: list[tuple[Path, str]] = []
        found = self._connection.execute(
            "SELECT category, attribute, meaning FROM column_meanings WHERE category <> '' ORDER BY source"
        )
        for category, attribute, text in found:
            path, meaning = tuple(category.split(" > ")), Meaning.model_validate_json(text)
            if not attribute:
                also[path] += meaning.also
            elif path in self._ids:
                facts += [(path, name) for name in (attribute, *meaning.also)]
        self._names = CategoryNames(self._ids, also)
        self._facts = FactNames(facts)
