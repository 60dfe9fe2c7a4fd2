"""Which attribute names are one: a table of synonyms, and the person's word.

Synonyms count only where both names measure the same and no source says both: it would mean two things. The
table, `names/attributes.toml`, stands among the schemas; records keep the names that they came with.
"""

import pathlib
import sqlite3
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple, Self

from index.meanings import Meaning
from index.product import Offer, Product
from index.store.rows import hashed
from index.text.units import UnitError, canonical_unit, dimension

Path = tuple[str, ...]

PRESENT = """
    WITH RECURSIVE names (name) AS (
        SELECT min(name) FROM main.attributes
        UNION ALL
        SELECT (SELECT min(name) FROM main.attributes WHERE name > names.name)
        FROM names WHERE name IS NOT NULL
    )
    SELECT name FROM names WHERE name IS NOT NULL
"""
"""Every attribute name, by one index seek each; DISTINCT would read the whole index (40 ms at 370,000)."""

_TABLE = pathlib.Path(__file__).parents[1] / "schemas" / "names" / "attributes.toml"
_TELLING = 0.6
"""Share of an attribute's values that say what it measures."""


class Join(NamedTuple):
    """A name that is read as another in one category."""

    alias: str
    category: int | None
    name: str
    said: bool
    """By the person, and not by the table of synonyms."""


class Names:
    """How names are read, by category."""

    def __init__(self, names: Mapping[Path, Mapping[str, str]]) -> None:
        self._names = names
        self.told = hashed(repr(sorted((path, sorted(read.items())) for path, read in names.items())))
        """A digest of all of them."""

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> Self:
        """The names of a catalogue."""
        names: defaultdict[Path, dict[str, str]] = defaultdict(dict)
        found = connection.execute(
            "SELECT path, alias, name FROM attribute_names LEFT JOIN categories ON categories.id = category"
        )
        for path, alias, name in found:
            names[tuple(path.split(" > ")) if path else ()][alias] = name
        return cls(names)

    def aliases(self, path: Path) -> dict[str, str]:
        """What is read otherwise in a category or below it, and as what."""
        below = (names for each, names in self._names.items() if each[: len(path)] == path)
        return {alias: name for names in below for alias, name in names.items()}

    def meanings(self, path: Path, meanings: Mapping[str, Meaning]) -> dict[str, Meaning]:
        """What is said of a category's attributes, with the names and words of those read as another."""
        read = dict(meanings)
        for alias, name in sorted(self.aliases(path).items()):
            own, its = read.get(name, Meaning()), meanings.get(alias, Meaning())
            also = dict.fromkeys((*own.also, alias.replace("_", " "), *its.also))
            read[name] = own.model_copy(
                update={
                    "also": tuple(also),
                    "low_words": own.low_words or its.low_words,
                    "high_words": own.high_words or its.high_words,
                    "aliases": tuple(dict.fromkeys((*own.aliases, *its.aliases))),
                    "better": own.better or its.better,
                    "order": own.order or its.order,
                }
            )
        return read

    def applied(self, product: Product) -> Product:
        """The product under these names; of two values of one name that of the name itself stands."""
        names = self._names.get(product.category)
        if not names or not any(a.name in names for a in product.attributes):
            return product
        own = {a.name for a in product.attributes if a.name not in names}
        chosen: dict[str, str] = {}
        for alias in sorted(a.name for a in product.attributes if a.name in names):
            if names[alias] not in own:
                chosen.setdefault(names[alias], alias)
        taken = {alias: name for name, alias in chosen.items()}
        kept = [a for a in product.attributes if a.name not in names or a.name in taken]
        read = (a.model_copy(update={"name": taken.get(a.name, a.name)}) for a in kept)
        update = {"attributes": tuple(read), "offers": tuple(_renamed(o, taken) for o in product.offers)}
        return product.model_copy(update=update)


def _renamed(offer: Offer, taken: Mapping[str, str]) -> Offer:
    """An offer whose options bear the names of the attributes that they are values of."""
    if not any(name in taken for name, _ in offer.options):
        return offer
    options = tuple((taken.get(name, name), value) for name, value in offer.options)
    return offer.model_copy(update={"options": options})


def joined_names(connection: sqlite3.Connection) -> list[Join]:
    """The names that are read as another, worked out from the attributes that there are."""
    said = _said(connection)
    joins = {(join.alias, join.category): join for join in _synonyms(connection, said)}
    joins.update({(join.alias, join.category): join for join in _by_word(connection, said)})
    return sorted(filter(None, (_followed(join, joins) for join in joins.values())), key=str)


@lru_cache(maxsize=4096)
def concept(name: str) -> str:
    """What the table of synonyms calls an attribute; empty for a name that it lacks."""
    words = _folded(name)
    return _table().get(words) or _table().get(_without_unit(words), "")


class Measured(NamedTuple):
    """What an attribute says in one category."""

    kind: str
    """Base units with their exponents, "text", "flag" or "number"."""
    values: int


def measured(connection: sqlite3.Connection, name: str) -> dict[int | None, Measured]:
    """What a name says in each category that has it, judged by most of its values."""
    found = connection.execute(
        "SELECT category, unit, at_least IS NOT NULL OR at_most IS NOT NULL, "
        "flag IS NOT NULL AND words = '', count(*) FROM main.attributes WHERE name = ? GROUP BY 1, 2, 3, 4",
        (name,),
    )
    counts: defaultdict[int | None, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for category, unit, numeric, flagged, values in found:
        kind = (dimension(unit) or "number") if numeric else "flag" if flagged else "text"
        counts[category][kind] += values
    said: dict[int | None, Measured] = {}
    for category, kinds in counts.items():
        kind, most = max(kinds.items(), key=lambda each: each[1])
        values = sum(kinds.values())
        said[category] = Measured(kind if most >= _TELLING * values else "", values)
    return said


def _synonyms(connection: sqlite3.Connection, said: Mapping[tuple[str, str], str]) -> Iterator[Join]:
    present: defaultdict[str, list[str]] = defaultdict(list)
    for (name,) in connection.execute(PRESENT).fetchall():
        present[concept(name)].append(name)
    present.pop("", None)
    for names in present.values():
        if len(names) > 1:
            yield from _joins_of(connection, names, said)


def _joins_of(
    connection: sqlite3.Connection, names: Sequence[str], said: Mapping[tuple[str, str], str]
) -> Iterator[Join]:
    """The rarer names of one meaning, read as the commonest."""
    meant = {name: measured(connection, name) for name in names}
    total = {name: sum(m.values for m in by.values()) for name, by in meant.items()}
    # Of two that are as common the one that the table gives to the meaning itself.
    first, *rarer = sorted(names, key=lambda name: (-total[name], name != concept(name), name))
    kinds = {m.kind for m in meant[first].values()} - {""}
    sources = _sources(connection, first)
    for alias in rarer:
        if sources & _sources(connection, alias):
            continue
        for category, (kind, _) in meant[alias].items():
            path = _path(connection, category)
            spoken = _word_on(said, path, alias) or _word_on(said, path, first) == first
            if kind in kinds and not spoken:
                yield Join(alias, category, first, said=False)


def _sources(connection: sqlite3.Connection, name: str) -> set[str]:
    found = connection.execute(
        "SELECT DISTINCT source FROM main.attributes JOIN products ON key = product WHERE name = ?", (name,)
    )
    return {source for (source,) in found}


def _said(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    return {
        (category, alias): name
        for category, alias, name in connection.execute("SELECT category, alias, name FROM names_said")
    }


def _by_word(connection: sqlite3.Connection, said: Mapping[tuple[str, str], str]) -> Iterator[Join]:
    """What the person said of names, in the categories that have them."""
    for alias in sorted({alias for _, alias in said}):
        for category in measured(connection, alias):
            name = _word_on(said, _path(connection, category), alias)
            if name not in ("", alias):
                yield Join(alias, category, name, said=True)


def _word_on(said: Mapping[tuple[str, str], str], path: str, name: str) -> str:
    """What the person said of a name in a category or in the narrowest one above it; empty for nothing."""
    parts = path.split(" > ")
    above = (" > ".join(parts[:depth]) for depth in range(len(parts), -1, -1))
    return next((said[each, name] for each in above if (each, name) in said), "")


def _path(connection: sqlite3.Connection, category: int | None) -> str:
    found = connection.execute("SELECT path FROM categories WHERE id = ?", (category,)).fetchone()
    return str(found[0]) if found else ""


def _followed(join: Join, joins: Mapping[tuple[str, int | None], Join]) -> Join | None:
    """The join with the last name that its name is itself read as; none where that leads back to it."""
    name, passed = join.name, {join.alias}
    while (name, join.category) in joins and name not in passed:
        passed.add(name)
        name = joins[name, join.category].name
    return None if name in passed else join._replace(name=name)


@cache
def _table() -> dict[str, str]:
    named: dict[str, list[str]] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["names"]
    return {_folded(each): meant for meant, names in named.items() for each in (meant, *names)}


def _folded(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _without_unit(words: str) -> str:
    """A name without a unit at its end, as "akkulaufzeit h" has one."""
    rest, _, last = words.rpartition(" ")
    try:
        return rest if rest and canonical_unit(last) else words
    except UnitError:
        return words
