"""Reviews whose text repeats another's: word for word, or nearly so by the words that stand together."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence

from index.catalog import Catalog
from index.product import Product, Review
from index.reviews.polarity import tokens

SHORTEST = 6
"""Words under which a text repeats another by chance: "Great product, works well"."""
ALIKE = 0.7
"""Share of all shingles of two texts that they have in common from which one repeats the other."""
COMMON = 40
"""Texts that may share a shingle; one that more do is a phrase of everybody's and finds nothing."""

NEIGHBOURS = 1000
"""Reviews of other products that are looked at."""

Shingle = tuple[str, str, str]
"""Words that stand together."""

_MARKS = re.compile(r"[\W_]+")
_ELSEWHERE = """
    SELECT json_extract(reviews.record, '$.sentences')
    FROM products AS this
    JOIN products AS other ON other.category = this.category AND other.key != this.key
    JOIN reviews ON reviews.product_id = other.id
    WHERE this.id = ? AND other.source = ? LIMIT ?
"""


def gist(sentences: Sequence[str]) -> str:
    """The words of a review without case and marks; empty where it is too short to be anybody's own."""
    said = _MARKS.sub(" ", " ".join(sentences).casefold()).strip()
    return said if said.count(" ") >= SHORTEST - 1 else ""


def gists_elsewhere(product: Product, catalog: Catalog) -> frozenset[str]:
    """Gists of what is written of other products of the same source and category, of NEIGHBOURS reviews."""
    found = catalog.select(_ELSEWHERE, (product.id, product.origin.source, NEIGHBOURS))
    return frozenset(gist(json.loads(sentences)) for (sentences,) in found) - {""}


def repeated(reviews: Sequence[Review]) -> int:
    """How many of the reviews repeat an earlier one's text, or nearly."""
    kept: list[frozenset[Shingle]] = []
    bearers: dict[Shingle, list[int]] = defaultdict(list)
    copies = 0
    for review in reviews:
        shingles = _shingles(_words(review.sentences))
        if not shingles:
            continue
        if any(_alike(shingles, kept[at]) for at in _candidates(shingles, bearers)):
            copies += 1
            continue
        for shingle in shingles:
            bearers[shingle].append(len(kept))
        kept.append(shingles)
    return copies


def _candidates(shingles: frozenset[Shingle], bearers: dict[Shingle, list[int]]) -> set[int]:
    """Earlier texts that share a shingle which is not everybody's."""
    found = (bearers[shingle] for shingle in shingles if shingle in bearers)
    return {at for some in found if len(some) <= COMMON for at in some}


def _alike(one: frozenset[Shingle], two: frozenset[Shingle]) -> bool:
    return len(one & two) >= ALIKE * len(one | two)


def _words(sentences: Sequence[str]) -> list[str]:
    return [word for sentence in sentences for word in tokens(sentence) if word[0].isalnum()]


def _shingles(said: Sequence[str]) -> frozenset[Shingle]:
    if len(said) < SHORTEST:
        return frozenset()
    return frozenset(zip(said, said[1:], said[2:], strict=False))
