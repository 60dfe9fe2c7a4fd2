"""Does the demo shop read like a shop? Counts, coverage, repeated and nearly repeated sentences, samples.

Run with `python -m benchmarks.demo_text [SEED]`. Near duplicates are found exactly, by a prefix-filtered
join over character 5-grams (Bayardo, Ma and Srikant 2007), which is stricter than one over words.
"""

import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random
from statistics import correlation, mean, median

from index.demo.records import ShopRecord
from index.demo.shop import draw_world, generate
from index.product import Page, PriceObservation, Product, Review

THRESHOLD = 0.8
SHINGLE = 5


def shingles(text: str, size: int = SHINGLE) -> frozenset[str]:
    """The character n-grams of a sentence, without case."""
    plain = " ".join(text.casefold().split())
    return frozenset(plain[i : i + size] for i in range(max(len(plain) - size + 1, 1)))


def near_duplicates(texts: Sequence[str], threshold: float = THRESHOLD) -> int:
    """How many of the texts have a Jaccard similarity of at least `threshold` with another one."""
    sets = [shingles(text) for text in texts]
    frequency = Counter(s for members in sets for s in members)
    ordered = [sorted(members, key=lambda s: (frequency[s], s)) for members in sets]
    by_shingle: dict[str, list[int]] = defaultdict(list)
    alike: set[int] = set()
    for index in sorted(range(len(sets)), key=lambda i: len(sets[i])):
        members = sets[index]
        prefix = ordered[index][: len(members) - math.ceil(threshold * len(members)) + 1]
        for other in {o for s in prefix for o in by_shingle[s]}:
            smaller, shared = sets[other], len(members & sets[other])
            if shared >= threshold * (len(members) + len(smaller) - shared):
                alike |= {index, other}
        for shingle in prefix:
            by_shingle[shingle].append(index)
    return len(alike)


def main() -> None:
    """Print the measures for one seed."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    started, cpu = time.perf_counter(), time.process_time()
    records = list(generate(seed))
    seconds = f"{time.perf_counter() - started:.1f} s ({time.process_time() - cpu:.1f} s of one core)"
    products = [r for r in records if isinstance(r, Product)]
    reviews = [r for r in records if isinstance(r, Review)]
    print_counts(records, products, reviews, seconds)
    print_coverage(products)
    print_sentences(reviews)
    print_truth(reviews, seed)
    print_samples(products, reviews, Random(seed))


def print_counts(
    records: Sequence[ShopRecord], products: list[Product], reviews: list[Review], seconds: str
) -> None:
    """How much there is of everything."""
    prices = Counter(r.product_id for r in records if isinstance(r, PriceObservation))
    pages = sum(isinstance(r, Page) for r in records)
    print(f"generated in {seconds}")
    print(f"{len(products)} products in {len({p.category for p in products})} categories")
    print(f"{len({p.brand for p in products if p.brand})} brands, {len(reviews)} reviews, {pages} guides")
    print(f"{sum(prices.values())} prices, {min(prices.values())} to {max(prices.values())} a product")
    heard = Counter(r.product_id for r in reviews)
    counts = sorted(heard[p.id] for p in products)
    print(f"reviews a product: median {median(counts):.0f}, most {counts[-1]}, none for {counts.count(0)}")


def print_coverage(products: list[Product]) -> None:
    """What listings leave out."""
    share = {
        "price": mean(bool(p.offers) for p in products),
        "rating": mean(p.rating is not None for p in products),
        "description": mean(bool(p.description) for p in products),
        "bullets": mean(bool(p.bullets) for p in products),
        "several sellers": mean(len(p.offers) > 1 for p in products),
    }
    print("share of products with " + ", ".join(f"{name} {value:.0%}" for name, value in share.items()))
    listed = [len(p.attributes) for p in products]
    print(f"attributes a product: {min(listed)} to {max(listed)}, mean {mean(listed):.1f}")


def print_sentences(reviews: list[Review]) -> None:
    """How far review sentences repeat."""
    sentences = [s for r in reviews for s in r.sentences]
    times = Counter(s.casefold().rstrip(".!") for s in sentences)
    repeated = sum(count for count in times.values() if count > 1)
    words = sorted(len(s.split()) for s in sentences)
    lengths = sorted(len(r.sentences) for r in reviews)
    print(f"{len(sentences)} review sentences of {words[0]} to {words[-1]} words, median {median(words):.0f}")
    print(f"sentences a review: {lengths[0]} to {lengths[-1]}, mean {mean(lengths):.1f}")
    print(f"exact repeats: {repeated / len(sentences):.2%} of sentences stand more than once")
    alike = near_duplicates(sentences)
    print(f"near duplicates: {alike / len(sentences):.2%} have Jaccard >= {THRESHOLD} with another (5-grams)")


def print_truth(reviews: list[Review], seed: int) -> None:
    """Whether what reviews say follows from the hidden qualities."""
    world, pairs = draw_world(seed), []
    for review in reviews:
        qualities = world.qualities(review.product_id)
        pairs += [
            (qualities[a.name], 1.0 if a.polarity == "positive" else 0.0)
            for a in review.aspects
            if a.polarity != "mixed"
        ]
    rated = [
        (mean(world.qualities(r.product_id).values()), r.rating) for r in reviews if r.rating is not None
    ]
    print(
        f"{len(pairs)} opinions; correlation with hidden quality {correlation(*zip(*pairs, strict=True)):.2f}"
    )
    print(f"correlation of stars with overall quality {correlation(*zip(*rated, strict=True)):.2f}")
    print("stars: " + ", ".join(f"{k:.0f}: {v}" for k, v in sorted(Counter(s for _, s in rated).items())))


def print_samples(products: list[Product], reviews: list[Review], rng: Random) -> None:
    """A few of each, to be read aloud."""
    for product in rng.sample(products, 5):
        price = f"${product.price.amount:.2f}" if product.price else "no price"
        print(f"\n{product.title} ({price})\n  {product.description}")
    for review in rng.sample(reviews, 8):
        print(f"\n{review.rating} {review.title}\n  {' '.join(review.sentences)}")


if __name__ == "__main__":
    main()
