"""Search over the catalogue: typed filters, then exact ids, words and meaning fused by reciprocal rank.

`Index` is the reading side of one data home: search, catalogue cards and pages go through it. What a
condition means is left to `conditions`, writing to `catalog`, and embedding to `vectors`.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic import Field

from index.as_asked import meets
from index.card import CategoryCard
from index.cards.builder import CardBuilder
from index.cards.word_spread import WordSpread
from index.catalog import Catalog
from index.conditions import BUILT_IN, Condition
from index.identity.things import Things, shown
from index.product import Product, Record
from index.retrieval.filters import add_functions
from index.retrieval.fulltext import match_expression, product_matches, words_of
from index.retrieval.fusion import Fused, fuse
from index.retrieval.identifiers import identifiers_in
from index.retrieval.keys import Keys
from index.retrieval.nearest import Nearest
from index.retrieval.one_variant import OneVariant
from index.retrieval.page_search import PageHit, find_pages
from index.retrieval.shelf import Shelf
from index.retrieval.sieve import Sieve
from index.retrieval.sorting import as_found, by_field
from index.retrieval.spelling import Spelling
from index.store.database import connect, faults

if TYPE_CHECKING:
    from index.identity.name_suggestions import NameSuggestion

LEG_DEPTH = 200
"""Products that each leg may name."""
NEAR = 20
"""Products whose categories are meant where no word says which."""


class SearchRequest(Record):
    """What to find; an empty query lists everything that passes the filters."""

    query: str
    category: tuple[str, ...] = ()
    """Path of a category; its sub-categories are searched too."""
    conditions: tuple[Condition, ...] = ()
    """Only products known to meet all of them are found."""
    sort: tuple[str, bool] | None = None
    """Attribute, `price`, `rating`, `brand` or `title`, and whether it descends; unknown values come last."""
    limit: int = Field(default=10, ge=0)
    offset: int = Field(default=0, ge=0)
    typing: bool = False
    """Whether the last word of the query is still being written, so that words that begin so are meant."""


class Hit(Record):
    """One product found."""

    product: Product
    score: float
    """Fused score; 0 where only the filters found it."""
    legs: tuple[str, ...]
    """Which of `id`, `words` and `meaning` found it."""


class SearchResult(Record):
    """One page of what was found.

    Where a category or an attribute condition says what kind of thing is wanted, every product that passes
    is a hit on some page; otherwise only those that the query found are, and `total` may be larger.
    """

    hits: tuple[Hit, ...]
    total: int
    """Products that pass the filters and the category."""
    notes: tuple[str, ...] = ()


class Listing(Record):
    """Everything that a search finds, by the catalogue's own keys, to be read a page at a time."""

    keys: tuple[int, ...]
    total: int
    """As in `SearchResult`."""
    notes: tuple[str, ...] = ()


class _Found(NamedTuple):
    """Keys in their order, with the ranks that made it."""

    keys: list[int]
    ranked: dict[int, Fused]
    total: int
    notes: list[str]


class Index:
    """The reading side of a data home; safe to use from several threads, one search at a time."""

    def __init__(
        self, home: Path, catalog: Catalog, connection: sqlite3.Connection, nearest: Nearest | None
    ) -> None:
        self.home = home
        self.catalog = catalog
        self._connection = connection
        self._lock = threading.RLock()
        self._nearest = nearest
        self._sieve = Sieve(connection)
        self._things = Things(connection)
        self._shelf = Shelf(connection)
        self._one_variant = OneVariant(connection, self._shelf)
        self._spread = WordSpread(catalog, connection)
        self._spelling = Spelling(catalog, connection, self._spread)
        self._cards = CardBuilder(catalog, connection, self._spread, self._spelling)

    @classmethod
    def open(cls, home: Path, *, meaning: bool = True) -> Self:
        """Open the index in a data home; raises CatalogueError.

        Without `meaning` it searches by filters, ids and words alone, and says nothing of it.
        """
        path = home / "catalog.sqlite"
        catalog = Catalog.open(path)
        connection = connect(path)
        connection.execute("PRAGMA temp_store = MEMORY")
        add_functions(connection)
        return cls(home, catalog, connection, Nearest(home) if meaning else None)

    def close(self) -> None:
        """Release the files; a search that another thread is at is interrupted, and ends first."""
        self._connection.close()
        self.catalog.close()
        with self._lock:
            if self._nearest:
                self._nearest.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def search(self, request: SearchRequest) -> SearchResult:
        """Find products; raises UnknownNameError for a category that is not in the catalogue."""
        with self._reading():
            return self._search(request)

    def listing(self, request: SearchRequest) -> Listing:
        """All that a search finds, whatever its limit and offset; raises what `search` raises."""
        with self._reading():
            found = self._find(request, limit=-1, offset=0)
        return Listing(keys=tuple(found.keys), total=found.total, notes=tuple(found.notes))

    def listed(self, keys: Sequence[int]) -> Iterator[tuple[int, Product]]:
        """Products of a listing with their keys, in any order; one that was deleted since is left out."""
        with self._reading():
            return self._shelf.passing(keys, self.catalog.generation)

    def card(self, question: str, limit: int = 3) -> tuple[CategoryCard, ...]:
        """The categories that a question could mean, best first."""
        with self._reading():
            return self._cards.candidates(question, limit, self._near)

    def card_for(self, category: str | tuple[str, ...]) -> CategoryCard:
        """The card of one category, by path or by a name as people write it; raises UnknownNameError."""
        with self._reading():
            return self._cards.named(category)

    def name_suggestions(self, category: str | tuple[str, ...]) -> list["NameSuggestion"]:
        """Attribute names of a category that may be one, the likeliest first; raises UnknownNameError.

        How near names are is asked of the embedder (EmbedderError), so there are none without `meaning`.
        """
        # Loads numpy, which most commands do not need.
        from index.identity.name_suggestions import name_suggestions

        with self._reading():
            if self._nearest is None:
                return []
            card = self._cards.named(category)
            ids = self._cards.category_ids(card.path)
            return name_suggestions(self._connection, ids, card.attributes, self._nearest.embed)

    def category_sizes(self) -> dict[tuple[str, ...], int]:
        """How many products each category holds, those below it included, in the order of their paths."""
        with self._reading():
            return self._cards.sizes()

    def numbers(self, path: tuple[str, ...], attribute: str) -> Sequence[float]:
        """Every number of an attribute, `price` or `rating` in a category, ascending, in the card's unit."""
        with self._reading():
            return self._cards.numbers(path, attribute)

    def pages(self, query: str, limit: int = 5) -> tuple[PageHit, ...]:
        """Saved pages that speak of the query, best first."""
        with self._reading():
            return find_pages(self._connection, query, limit)

    def _near(self, text: str) -> list[int]:
        """Keys of the products nearest in meaning; none where there are no vectors."""
        return self._nearest.find(self._connection, text, None, NEAR, []) if self._nearest else []

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One reading at a time, of the catalogue as it stands."""
        with self._lock, faults(self.catalog.path):
            self._things.refresh(self.catalog.generation)
            yield

    def _search(self, request: SearchRequest) -> SearchResult:
        found = self._find(request, request.limit, request.offset)
        hits = self._hits(found.keys, found.ranked)
        # Where too many pass for all to be read, what is shown is true all the same.
        met = tuple(hit for hit in hits if meets(hit.product, request.conditions))
        return SearchResult(hits=met, total=found.total - len(hits) + len(met), notes=tuple(found.notes))

    def _find(self, request: SearchRequest, limit: int, offset: int) -> _Found:
        passing = self._passing(request)
        hidden = self._things.hidden(passing)
        total = (self._everything() if passing is None else len(passing)) - len(hidden)
        if limit == 0:
            return _Found([], {}, total, [])
        notes: list[str] = []
        # Half a surrogate pair, as terminals pass on bytes that are no text, cannot be given to SQLite.
        text = request.query.encode("utf-8", "replace").decode("utf-8").strip()
        unfinished = request.typing and text == request.query.lstrip()
        ranked = self._ranked(text, passing, unfinished, notes, hidden) if text else {}
        narrowed = bool(request.category) or any(c.attribute not in BUILT_IN for c in request.conditions)
        everything = passing is not None and (narrowed or not request.query.strip())
        others = passing.without(hidden) if passing is not None and everything else None
        return _Found(self._page(request, list(ranked), others, limit, offset), ranked, total, notes)

    def _passing(self, request: SearchRequest) -> Keys | None:
        """Keys of what passes the filters; None where there are none and the query alone decides."""
        if not request.category and not request.conditions and request.query.strip():
            return None
        categories = self._cards.category_ids(request.category) if request.category else None
        generation = self.catalog.generation
        keys = self._sieve.passing(request.conditions, categories, generation)
        return self._one_variant.passing(keys, request.conditions, request.category, generation)

    def _everything(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM products").fetchone()[0])

    def _ranked(
        self,
        text: str,
        passing: Keys | None,
        unfinished: bool,
        notes: list[str],
        hidden: Mapping[int, int],
    ) -> dict[int, Fused]:
        legs = {
            "id": self._exact(text, passing),
            "words": product_matches(
                self._connection,
                match_expression(self._meant(text, unfinished), self._spread, unfinished=unfinished),
                LEG_DEPTH,
                passing,
            ),
        }
        if self._nearest:
            legs["meaning"] = self._nearest.find(self._connection, text, passing, LEG_DEPTH, notes)
        return fuse(shown(legs, hidden) if hidden else legs)

    def _meant(self, text: str, unfinished: bool) -> list[str]:
        """The telling words of a text, put right; the last one stays where it is still being written."""
        words = words_of(text)
        done = words[:-1] if unfinished else words
        return [*self._spelling.mended(done), *words[len(done) :]]

    def _exact(self, text: str, among: Keys | None) -> list[int]:
        named = identifiers_in(text)
        marks = ", ".join("?" * len(named))
        found = self._connection.execute(
            f"SELECT DISTINCT product FROM identifiers WHERE value IN ({marks}) ORDER BY product", named
        )
        return list(islice((key for (key,) in found if among is None or key in among), LEG_DEPTH))

    def _page(
        self, request: SearchRequest, ranked: list[int], others: Keys | None, limit: int, offset: int
    ) -> list[int]:
        if not request.sort:
            return as_found(ranked, others, limit, offset)
        rest = others if others is not None else ()
        return by_field(
            self._connection, request.sort, request.conditions, ranked, rest, limit=limit, offset=offset
        )

    def _hits(self, keys: list[int], ranked: dict[int, Fused]) -> tuple[Hit, ...]:
        nothing = Fused(0.0, ())
        products = self._shelf.products(keys, self.catalog.generation)
        return tuple(
            Hit(
                product=product,
                score=ranked.get(key, nothing).score,
                legs=ranked.get(key, nothing).legs,
            )
            for key, product in products.items()
        )
