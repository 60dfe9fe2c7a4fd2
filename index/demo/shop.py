"""The demo catalogue: an invented shop generated from a seed, with everything that research needs.

No brand, product, review or price is real. `generate` yields the records, `meanings` the vocabulary,
`build_demo` writes both through the catalogue's own importing batch, and `hidden_qualities` tells what a
product is really like, for evaluation. What the shop sells and says is written in `world`; how a shop is made
from that stands in `records`.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from index.catalog import Catalog
from index.demo import records
from index.demo.dates import moved
from index.demo.prices import TODAY
from index.demo.records import ShopRecord, World
from index.demo.spec import WORLD, WorldSpec, read_world
from index.meanings import Meaning

_EVERY = 256


def generate(seed: int = 7, products: int = 3000) -> Iterator[ShopRecord]:
    """Products with their price observations, then reviews, then guides; the same for the same seed."""
    return records.records(read_world(), draw_world(seed, products), seed)


@lru_cache(maxsize=4)
def draw_world(seed: int = 7, products: int = 3000) -> World:
    """Draw every product's truth; much cheaper than writing its texts."""
    return records.draw(read_world(), seed, products)


def hidden_qualities(product_id: str, seed: int = 7, products: int = 3000) -> dict[str, float]:
    """What the product is really like: aspect name to 0 (bad) to 1 (good)."""
    return draw_world(seed, products).qualities(product_id)


def meanings() -> dict[tuple[str, str], Meaning]:
    """Category path (joined with ' > ') and attribute to vocabulary; '' stands for the category itself."""
    return {(" > ".join(path), name): said for (path, name), said in records.meanings(read_world()).items()}


def build_demo(
    catalog: Catalog,
    seed: int = 7,
    products: int = 3000,
    progress: Callable[[int], None] = lambda _: None,
    day: date = TODAY,
) -> int:
    """Write the demo shop into the catalogue; returns the number of records. Again, it changes nothing.

    `progress` is called with the records written so far, now and then; `day` is that of its last prices.
    """
    shop = (moved(record, day - TODAY) for record in _watched(generate(seed, products), progress))
    return write_shop(catalog, read_world(), shop, _digest(seed, products))


def write_shop(catalog: Catalog, spec: WorldSpec, shop: Iterator[ShopRecord], digest: str) -> int:
    """Import a generated shop's records and vocabulary; `digest` tells it from any other."""
    written = 0
    with catalog.importing(spec.shop.source, spec.shop.source, digest) as batch:
        if batch.already_imported:
            return 0
        for (path, attribute), meaning in records.meanings(spec).items():
            batch.describe(path, attribute, meaning)
        for record in shop:
            batch.add(record)
            written += 1
    return written


def _watched(shop: Iterator[ShopRecord], progress: Callable[[int], None]) -> Iterator[ShopRecord]:
    for number, record in enumerate(shop):
        if number % _EVERY == 0:
            progress(number)
        yield record


def _digest(seed: int, products: int) -> str:
    """Tells one demo shop from another: its seed, its size and everything it is written from."""
    digest = sha256(f"{seed}:{products}".encode())
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *WORLD.glob("*.toml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
