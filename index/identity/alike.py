"""Records of different sources that may tell of one thing, by their titles: suggestions for a person.

Words count by how rare they are, model numbers twice. A maker, a price of another order or a number that
contradicts takes a pair down or out. Nothing here joins anything.
"""

import json
import math
import re
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from index.identity.numbers import Numbers, contradict, numbers

LIKELY = 0.6
"""Score from which a pair is worth a person's look; `benchmarks/identity.py` measures it."""

_RARE = 60
"""Titles that a word may stand in and still bring two of them together."""
_MODEL_WEIGHT = 2.0
_OTHER_MODEL, _MODEL_LEFT_OVER = 0.35, 0.75
"""Factors where both titles bear model numbers: none in common, or each one of its own."""
_FAR_PRICE, _OTHER_PRICE = 3.0, 10.0
"""Times that one price is the other: a doubtful pair, and no pair."""
_FAR = 0.6
_WORD = re.compile(r"[^\W_]+")


class Told(NamedTuple):
    """What of a record is compared."""

    key: int
    id: str
    source: str
    title: str
    maker: str
    numbers: Numbers
    price: tuple[float, str] | None
    """The lowest amount and its currency."""


class Suggestion(NamedTuple):
    """Two records that may tell of one thing."""

    score: float
    """0 to 1."""
    one: Told
    other: Told


def suggestions(connection: sqlite3.Connection, limit: int, *, of: str = "") -> list[Suggestion]:
    """The likeliest pairs that are neither joined nor decided, best first.

    Of one product every likely pair is given where it is named; else each record stands in one pair for each
    other source, which leaves out three wrong pairs of four and hardly a right one (docs/experiments.md).
    """
    found = likely_pairs(connection, of=of)
    return (found if of else best_alone(found))[:limit]


def best_alone(pairs: Sequence[Suggestion]) -> list[Suggestion]:
    """Pairs, best first, without those of which a record stands in a better one with the same source."""
    taken: set[tuple[int, str]] = set()
    kept = []
    for pair in pairs:
        places = {(pair.one.key, pair.other.source), (pair.other.key, pair.one.source)}
        if not places & taken:
            kept.append(pair)
            taken |= places
    return kept


def likely_pairs(
    connection: sqlite3.Connection, *, of: str = "", at_least: float = LIKELY
) -> list[Suggestion]:
    """Every pair from a score on that is neither joined nor decided, best first."""
    spread, titles = _spread(connection)
    wanted = _key(connection, of) if of else None
    decided = _decided(connection)
    found: list[Suggestion] = []
    for pairs in _in_lots(_pairs(connection, spread, wanted)):
        told = _told(connection, {key for pair in pairs for key in pair})
        for one, other in ((told[a], told[b]) for a, b in pairs if a in told and b in told):
            if frozenset((one.key, other.key)) not in decided:
                score = likeness(one, other, spread, titles)
                found += [Suggestion(score, one, other)] if score >= at_least else []
    return sorted(found, key=lambda each: (-each.score, each.one.id, each.other.id))


def likeness(one: Told, other: Told, spread: Mapping[str, int], titles: int) -> float:
    """How likely two records tell of one thing, 0 to 1; 0 where something speaks against it for sure."""
    if contradict(one.numbers, other.numbers) or _other_maker(one, other):
        return 0.0
    mine, its = words_of(one.title), words_of(other.title)
    mine, its = _put_together(mine, {*its}), _put_together(its, {*mine})
    weights = {word: _weight(word, spread, titles) for word in (*mine, *its)}
    shared = sum(weights[word] for word in {*mine} & {*its})
    whole = math.sqrt(sum(weights[w] for w in {*mine}) * sum(weights[w] for w in {*its}))
    return shared / whole * _by_models({*mine}, {*its}) * _by_price(one, other) if whole else 0.0


def words_of(title: str) -> list[str]:
    """The words of a title without case and accents."""
    plain = unicodedata.normalize("NFKD", title[:400].casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def _put_together(words: Sequence[str], others: set[str]) -> list[str]:
    """Words with neighbours made one where the other title writes them so: "wh 1000xm4", "16 gb"."""
    made: list[str] = []
    for word in words:
        if made and made[-1] + word in others and word not in others:
            made[-1] += word
        else:
            made.append(word)
    return made


def _weight(word: str, spread: Mapping[str, int], titles: int) -> float:
    rare = math.log(1 + titles / max(spread.get(word, 1), 1))
    return rare * (_MODEL_WEIGHT if _is_model(word) else 1.0)


def _is_model(word: str) -> bool:
    return len(word) > 2 and any(map(str.isdigit, word))


def _by_models(mine: set[str], its: set[str]) -> float:
    models, others = set(filter(_is_model, mine)), set(filter(_is_model, its))
    if not models or not others or models == others:
        return 1.0
    if not models & others:
        return _OTHER_MODEL
    return _MODEL_LEFT_OVER if models - others and others - models else 1.0


def _by_price(one: Told, other: Told) -> float:
    if not one.price or not other.price or one.price[1] != other.price[1]:
        return 1.0
    low, high = sorted((one.price[0], other.price[0]))
    if low <= 0 or high > _OTHER_PRICE * low:
        return 0.0
    return _FAR if high > _FAR_PRICE * low else 1.0


def _other_maker(one: Told, other: Told) -> bool:
    """Whether both name a maker, and neither's is named by the other record at all."""
    if not one.maker or not other.maker or one.maker == other.maker:
        return False
    mine, its = ("".join(words_of(told.title + " " + told.maker)) for told in (one, other))
    return "".join(words_of(one.maker)) not in its and "".join(words_of(other.maker)) not in mine


def _keys_of(title: str) -> set[str]:
    """The words that may bring two titles together, those written apart as one too."""
    words = words_of(title)
    joined = {a + b for a, b in pairwise(words) if _is_model(a + b)}
    return {word for word in (*words, *joined) if len(word) > 1}


def _spread(connection: sqlite3.Connection) -> tuple[Counter[str], int]:
    """In how many titles each word stands, and how many titles there are."""
    counts: Counter[str] = Counter()
    titles = 0
    for (title,) in connection.execute("SELECT title FROM products"):
        counts.update(_keys_of(title))
        titles += 1
    return counts, titles


def _pairs(
    connection: sqlite3.Connection, spread: Mapping[str, int], wanted: int | None
) -> Iterator[tuple[int, int]]:
    """Pairs of keys whose titles have a rare word in common, each once; of one key where it is given."""
    bearers: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, source, title in connection.execute("SELECT key, source, title FROM products ORDER BY key"):
        for word in _keys_of(title):
            if 1 < spread[word] <= _RARE:
                bearers[word].append((key, source))
    seen: set[tuple[int, int]] = set()
    for told in bearers.values():
        for (a, source), (b, its) in combinations(told, 2):
            if source != its and (wanted is None or wanted in (a, b)) and (a, b) not in seen:
                seen.add((a, b))
                yield a, b


def _in_lots(pairs: Iterable[tuple[int, int]], size: int = 2000) -> Iterator[list[tuple[int, int]]]:
    lot: list[tuple[int, int]] = []
    for pair in pairs:
        lot.append(pair)
        if len(lot) == size:
            yield lot
            lot = []
    if lot:
        yield lot


def _told(connection: sqlite3.Connection, keys: set[int]) -> dict[int, Told]:
    query = (
        "SELECT key, id, source, title, json_extract(record, '$.gtin', '$.asin', '$.brand', '$.mpn'), "
        "(SELECT json_array(min(amount), currency) FROM offers WHERE product = key) "
        "FROM products WHERE key IN (SELECT value FROM json_each(?))"
    )
    found = connection.execute(query, (json.dumps(sorted(keys)),))
    told = {}
    for key, product_id, source, title, borne, offer in found:
        gtins, asin, brand, mpn = json.loads(borne)
        amount, currency = json.loads(offer)
        price = None if amount is None else (float(amount), str(currency))
        told[key] = Told(
            key, product_id, source, title, brand.casefold(), numbers(gtins, asin, brand, mpn), price
        )
    return told


def _decided(connection: sqlite3.Connection) -> set[frozenset[int]]:
    """Pairs that are joined or that the person kept apart."""
    said = (
        "SELECT a.key, b.key FROM same_said JOIN products a ON a.id = one JOIN products b ON b.id = other "
        "UNION SELECT a.product, b.product FROM same_products a JOIN same_products b ON b.thing = a.thing"
    )
    return {frozenset(pair) for pair in connection.execute(said)}


def _key(connection: sqlite3.Connection, product_id: str) -> int | None:
    found = connection.execute("SELECT key FROM products WHERE id = ?", (product_id,)).fetchone()
    return found[0] if found else None
