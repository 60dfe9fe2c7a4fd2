"""Suggested pairs of the same product in two shops: precision and recall by score.

    python -m benchmarks.identity [--parts 3000] [--seed 2]

Real parts (`PRODUCTRESEARCH_SHARED_DATA`) whose names are their own are divided over two shops: half of the
first shop's stand in the second as well, as another shop would write them (`rewritten`), beside as many parts
that only the second has. No record bears a number, so titles, makers and prices alone decide; a pair is right
where both are one part. Beside every pair stands what `index same --suggest` shows: of each record only the
best.
"""

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

from index.catalog import Catalog
from index.identity.alike import Suggestion, best_alone, likely_pairs
from index.product import Offer, Origin, Price, Product
from index.store.database import connect

DAY = date(2026, 11, 27)
LEVELS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
EXTRA = ("New", "OEM", "Retail", "for PC", "Boxed", "Original", "2-Year Warranty")


class Part(NamedTuple):
    """A part with what another shop could say of it."""

    name: str
    category: str
    price: float | None
    said: tuple[str, ...]


def parts() -> list[Part]:
    """Every part whose name, whatever its case, is its own."""
    path = (
        Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", "../shared/data")) / "pc-parts/pc_parts.jsonl.gz"
    )
    named: dict[str, list[Part]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            name, category, price = row.pop("name"), row.pop("category"), row.pop("price")
            said = tuple(str(value) for value in row.values() if isinstance(value, str | int | float))
            named.setdefault(name.casefold(), []).append(Part(name, category, price, said))
    return [same[0] for same in named.values() if len(same) == 1]


def rewritten(part: Part, rng: Random) -> tuple[str, str]:
    """The title and the maker that another shop gives."""
    maker, *words = part.name.split()
    if len(words) > 2 and rng.random() < 0.25:
        plain = [at for at, word in enumerate(words) if word.isalpha()]
        if plain:
            del words[rng.choice(plain)]
    words = [_respelled(word, rng) for word in words]
    text = " ".join(words)
    if rng.random() < 0.5:
        text = text.replace(" GB", "GB").replace(" TB", "TB").replace(" mm", "mm")
    where = rng.random()
    text = text if where < 0.3 else f"{text} {maker}" if where < 0.45 else f"{maker} {text}"
    if rng.random() < 0.5:
        text += f", {part.category.replace('-', ' ')}"
    if part.said and rng.random() < 0.5:
        text += f" {rng.choice(part.said)}"
    if rng.random() < 0.3:
        text += f" {rng.choice(EXTRA)}"
    return text.upper() if rng.random() < 0.1 else text, maker if rng.random() < 0.7 else ""


def _respelled(word: str, rng: Random) -> str:
    if "-" in word and rng.random() < 0.4:
        return word.replace("-", rng.choice(("", " ")))
    if word.isalpha() and len(word) > 5 and rng.random() < 0.05:
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word


def shops(count: int, seed: int) -> Iterator[tuple[Product, Product | None]]:
    """Each record of the first shop with the second's of the same part, then those of the second alone."""
    rng = Random(seed)
    drawn = rng.sample(parts(), count + count // 2)
    for at, part in enumerate(drawn):
        mine = _record("one", at, part.name, part.name.split()[0], part.price, part)
        price = round(part.price * rng.uniform(0.85, 1.15), 2) if part.price else None
        title, maker = rewritten(part, rng)
        its = _record("two", at, title, maker, price, part)
        if at < count:
            yield mine, its if at < count // 2 else None
        else:
            yield its, None


def _record(shop: str, at: int, title: str, maker: str, price: float | None, part: Part) -> Product:
    offers = (Offer(price=Price(amount=price, currency="USD", seen=DAY)),) if price else ()
    return Product(
        id=f"{shop}:{at}",
        origin=Origin(source=shop, file=f"{shop}.jsonl", row=at + 1, seen=DAY),
        title=title,
        brand=maker,
        category=(part.category,),
        offers=offers,
    )


def right(pair: Suggestion) -> bool:
    """Whether both tell of one part."""
    return pair.one.id.partition(":")[2] == pair.other.id.partition(":")[2]


def measure(count: int, seed: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        told = list(shops(count, seed))
        both = sum(other is not None for _, other in told)
        with Catalog.open(path) as catalog:
            for shop in ("one", "two"):
                mine = [p for pair in told for p in pair if p is not None and p.origin.source == shop]
                with catalog.importing(shop, f"{shop}.jsonl", f"{shop} {seed}") as batch:
                    for product in mine:
                        batch.add(product)
        began = time.perf_counter()
        found = likely_pairs(connect(path), at_least=LEVELS[0])
        seconds = time.perf_counter() - began
    print(f"{len(told) + both:,} records, {both:,} parts in both shops, {seconds:.1f} s\n")
    print("| score from | pairs | precision | recall | best of each record | precision | recall |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for level in LEVELS:
        cells = []
        for pairs in (found, best_alone(found)):
            kept = [pair for pair in pairs if pair.score >= level]
            hits = sum(map(right, kept))
            cells += [f"{len(kept):,}", f"{hits / max(len(kept), 1):.3f}", f"{hits / both:.3f}"]
        print(f"| {level} | {' | '.join(cells)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    measure(given.parts, given.seed)
