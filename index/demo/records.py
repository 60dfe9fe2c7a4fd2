"""The generator of shops: from a specification and a seed to records, with the truth behind them.

`draw` tells what a shop's products really are, `records` writes what the shop says of them, `meanings` its
vocabulary. The same specification and seed give the same records, byte for byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from index.demo.grammar import Slot
from index.demo.prices import TODAY, observations, offers, price_history
from index.demo.products import Sketch, draw_category
from index.demo.reviews import write_review
from index.demo.sentences import Heard
from index.demo.spec import AttributeSpec, CategorySpec, Guide, WorldSpec
from index.demo.text import bullets, description, listed_attributes, title
from index.meanings import Meaning
from index.product import Origin, Page, PriceObservation, Product, Review

ShopRecord = Product | Review | Page | PriceObservation


@dataclass(frozen=True)
class World:
    """The truth behind one generated shop."""

    sketches: dict[str, Sketch]
    """Product id to the product as it really is."""

    def qualities(self, product_id: str) -> dict[str, float]:
        """Aspect name to 0 (bad) to 1 (good)."""
        return dict(self.sketches[product_id].qualities)


def draw(spec: WorldSpec, seed: int, products: int) -> World:
    """Draw every product's truth; much cheaper than writing its texts."""
    shares = sum(c.share for c in spec.categories)
    sketches: dict[str, Sketch] = {}
    for index, category in enumerate(spec.categories):
        done = sum(c.share for c in spec.categories[:index])
        count = round(products * (done + category.share) / shares) - round(products * done / shares)
        rng = Random(f"{seed}:{category.code}")
        sketches |= {s.id: s for s in draw_category(spec, category, count, rng)}
    return World(sketches)


def records(spec: WorldSpec, world: World, seed: int) -> Iterator[ShopRecord]:
    """Products with their price observations, then reviews, then guides."""
    listings: dict[str, tuple[date, bool]] = {}
    prices = 0
    for row, sketch in enumerate(world.sketches.values(), 1):
        rng = Random(f"{seed}:listing:{sketch.id}")
        history = price_history(spec.shop, sketch, rng)
        product = _list_product(spec, sketch, history, row, rng)
        listings[sketch.id] = (history[0][0], product.rating is not None)
        yield product
        if product.offers or rng.random() < 0.5:
            yield from observations(spec.shop, sketch, history, prices + 1)
            prices += len(history)
    yield from _reviews(spec, world, listings, seed)
    yield from _pages(spec)


def meanings(spec: WorldSpec) -> dict[tuple[tuple[str, ...], str], Meaning]:
    """Category path and attribute to vocabulary; '' stands for the category itself."""
    found: dict[tuple[tuple[str, ...], str], Meaning] = {}
    for category in spec.categories:
        found[category.path, ""] = Meaning(also=category.also)
        found |= {(category.path, a.name): _meaning(a) for a in category.attributes}
    return found


def _meaning(spec: AttributeSpec) -> Meaning:
    return Meaning(
        also=spec.also,
        low_words=spec.low_words,
        high_words=spec.high_words,
        aliases=tuple(spec.aliases.items()),
        better=spec.better,
        order=spec.order,
    )


def _list_product(
    spec: WorldSpec, sketch: Sketch, history: tuple[tuple[date, float], ...], row: int, rng: Random
) -> Product:
    slots = text_slots(spec, sketch)
    attributes = listed_attributes(sketch, rng)
    rating, count = _rating(sketch, rng)
    numbered = f"{sketch.brand.name[:3]}-{sketch.code}".upper().replace(" ", "")
    return Product(
        id=sketch.id,
        origin=Origin(source=spec.shop.source, file="products.jsonl", row=row, seen=TODAY),
        title=title(sketch, attributes, rng),
        brand=sketch.brand.name if rng.random() < 0.985 else "",
        gtin=(_gtin(row),) if rng.random() < 0.6 else (),
        mpn=numbered if rng.random() < 0.7 else "",
        sku=f"{spec.shop.sku}{100000 + row * 7}",
        category=sketch.category.path,
        attributes=attributes,
        offers=offers(spec.shop, history, sketch.brand.ending, rng),
        rating=rating,
        rating_count=count,
        description=description(spec, sketch, attributes, slots, rng),
        bullets=bullets(spec, sketch, attributes, slots, rng),
    )


def text_slots(spec: WorldSpec, sketch: Sketch) -> dict[str, Slot]:
    """Every slot that a text about this product may use."""
    category, noun = sketch.category, sketch.category.noun
    plural = category.plural
    grammar: dict[str, Slot] = {
        "it": "they" if plural else "it",
        "obj": "them" if plural else "it",
        "its": "their" if plural else "its",
        "is": "are" if plural else "is",
        "was": "were" if plural else "was",
        "has": "have" if plural else "has",
        "does": "do" if plural else "does",
        "s": "" if plural else "s",
        "es": "" if plural else "es",
        "one": "a pair" if plural else "one",
        "this": f"[these {noun}|this pair|these]" if plural else f"this {noun}",
        "noun": noun,
        "noun_one": noun,
        "noun_a": noun if plural else f"a {noun}",
        "noun_a_cap": noun.capitalize() if plural else f"A {noun}",
        "brand": sketch.brand.name,
        "line": sketch.line,
        "code": sketch.code,
        "use": category.uses,
        "place": category.places,
        "old": category.olds,
    }
    return {**spec.phrases, **grammar, **sketch.slots()}


def _rating(sketch: Sketch, rng: Random) -> tuple[float | None, int | None]:
    if rng.random() < 0.09:
        return None, None
    overall = sum(sketch.qualities.values()) / len(sketch.qualities)
    count = max(int(sketch.popularity**1.3 * rng.uniform(8, 90)), 1)
    mean = 4.0 + 3.4 * (overall - 0.56) + rng.gauss(0, 0.08 + 0.5 / count**0.5)
    return round(min(max(mean, 1.0), 5.0), 1), count if rng.random() < 0.96 else None


def _gtin(row: int) -> str:
    """An EAN-13 of the range that is reserved for use inside a shop (prefix 20 to 29)."""
    digits = f"29{row:010d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return digits + str(-total % 10)


def _reviews(
    spec: WorldSpec, world: World, listings: dict[str, tuple[date, bool]], seed: int
) -> Iterator[Review]:
    rng, heard = Random(f"{seed}:reviews"), Heard(frozenset(spec.phrases["fillers"]))
    sketches = list(world.sketches.values())
    weights = [s.popularity * (1.0 if listings[s.id][1] else 0.1) for s in sketches]
    chosen = rng.choices(range(len(sketches)), weights, k=spec.shop.reviews * len(sketches))
    slots, spoken_of = {}, -1
    for row, index in enumerate(sorted(chosen), 1):
        if index != spoken_of:
            slots, spoken_of = text_slots(spec, sketches[index]), index
        sketch = sketches[index]
        since = listings[sketch.id][0]
        yield write_review(spec, sketch, slots, row, since, heard, Random(f"{seed}:review:{row}"))


def _pages(spec: WorldSpec) -> Iterator[Page]:
    guides: list[tuple[Guide, CategorySpec | None]] = [(g, None) for g in spec.guides]
    guides += [(g, c) for c in spec.categories for g in c.guides]
    for row, (guide, category) in enumerate(guides, 1):
        folder = category.code if category else "general"
        yield Page(
            id=f"{spec.shop.source}:guide-{row:02d}",
            origin=Origin(source=spec.shop.source, file="guides.jsonl", row=row, seen=TODAY),
            title=guide.title,
            url=f"https://{spec.shop.site}/{folder}/{row}",
            sentences=guide.text,
        )
