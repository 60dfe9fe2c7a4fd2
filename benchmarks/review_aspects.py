"""Do the rules find what a review speaks of, and on which side? Held against labels that people made.

    python -m benchmarks.review_aspects [--all]

Reads reviews labelled by aspect and strength under PRODUCTRESEARCH_SHARED_DATA, which stay outside the
project. The rules were developed on three of the five products; the other two are reported, and all with
`--all`.

By sentence: a side that the labels take in a sentence and the rules take too is found, each side once a
sentence. By aspect: an aspect with its side is found where the other names, in the same sentence and on the
same side, an aspect that shares the stem of a word with it ("battery life" and "battery"); what is said of
the product itself ("overall") matches the product's own names. Labels whose aspect is not named in the
sentence count too. The side alone: of the aspects that both name in a sentence, how many on the same side.
The baseline knows the same single words of praise and blame, and gives each to the nearest word that is
neither one of them nor a function word.
"""

import argparse
import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from index.cards.word_forms import stem
from index.reviews.aspects import WHOLE, aspects_in
from index.reviews.lexicon import sign_of, words
from index.reviews.polarity import tokens
from index.reviews.terms import Vocabulary, learn

DATA = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", "../shared/data"))
FILE = DATA / "review-aspects-liu" / "dev" / "product_reviews.jsonl.gz"
DEVELOPED_ON = {"Canon_G3", "Nokia_6610", "Apex_AD2600_Progressive_scan_DVD player"}
KINDS = {
    "Canon_G3": "camera canon g3",
    "Nokia_6610": "phone nokia 6610",
    "Apex_AD2600_Progressive_scan_DVD player": "dvd player apex",
    "Nikon_coolpix_4300": "camera nikon coolpix",
    "Creative_Labs_Nomad_Jukebox_Zen_Xtra_40GB": "player zen creative nomad jukebox mp3",
}
"""What a catalogue would say of each: its kind, its brand and its number."""

Side = tuple[str, int]
"""An aspect, and 1 for praise or -1 for blame."""
Reader = Callable[[Sequence[str], Vocabulary], set[Side]]


def labels(sentence: dict[str, Any]) -> set[Side]:
    """What people found in a sentence."""
    return {(a["aspect"].casefold(), 1 if a["score"] > 0 else -1) for a in sentence["aspects"] if a["score"]}


def by_rules(said: Sequence[str], vocabulary: Vocabulary) -> set[Side]:
    """What the product finds."""
    signs = {"positive": (1,), "negative": (-1,), "mixed": (1, -1)}
    return {(a.name, sign) for a in aspects_in(said, 0, vocabulary) for sign in signs[a.polarity]}


def by_nearest(said: Sequence[str], vocabulary: Vocabulary) -> set[Side]:
    """What a plain program would find: each word of opinion, and the word nearest to it."""
    signs = {at: sign for at, word in enumerate(said) if (sign := sign_of(word))}
    nouns = [
        at
        for at, word in enumerate(said)
        if at not in signs and word[0].isalpha() and word not in words("function") and len(word) > 2
    ]
    found: set[Side] = set()
    for at, sign in signs.items():
        nearest = min(nouns, key=lambda noun: abs(noun - at), default=None)
        if nearest is not None:
            name = said[nearest]
            found.add((WHOLE if stem(name) in vocabulary.whole else name, sign))
    return found


def alike(label: str, read: str, kind: frozenset[str]) -> bool:
    """Whether a label and what was read name the same aspect."""
    asked = {stem(word) for word in label.split()}
    return not asked.isdisjoint(kind if read == WHOLE else {stem(word) for word in read.split()})


def counted(reviews: Sequence[dict[str, Any]], kind: str, reader: Reader) -> Counter[str]:
    """Labels, findings and agreements over one product's reviews."""
    said = [[tokens(sentence["text"]) for sentence in review["sentences"]] for review in reviews]
    vocabulary = learn(said, {}, kind.split())
    stems = frozenset(stem(word) for word in (*kind.split(), WHOLE))
    count: Counter[str] = Counter()
    for review, sentences in zip(reviews, said, strict=True):
        for sentence, spoken in zip(review["sentences"], sentences, strict=True):
            told, found = labels(sentence), reader(spoken, vocabulary)
            sides, taken = {sign for _, sign in told}, {sign for _, sign in found}
            count.update({"sides": len(sides), "taken": len(taken), "agreed": len(sides & taken)})
            named = [(t, f) for t in told for f in found if alike(t[0], f[0], stems)]
            pairs = [(t, f) for t, f in named if t[1] == f[1]]
            count.update({"named": len(named), "same side": len(pairs)})
            count.update({"told": len(told), "found": len(found)})
            count.update(
                {"told, found": len({t for t, _ in pairs}), "found, told": len({f for _, f in pairs})}
            )
    return count


def figures(precise: float, of_found: float, recalled: float, of_told: float) -> str:
    """Precision, recall and F1."""
    precision, recall = precise / max(of_found, 1), recalled / max(of_told, 1)
    both = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"{precision:9.3f} {recall:6.3f} {both:6.3f}"


def lines(only: set[str]) -> Iterator[str]:
    """The table over some of the products."""
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    yield f"{'':34} {'by':8} {'precision':>9} {'recall':>6} {'F1':>6}"
    readers: dict[str, Reader] = {"rules": by_rules, "nearest word": by_nearest}
    for name, reader in readers.items():
        total: Counter[str] = Counter()
        for product in sorted(only):
            reviews = [row for row in rows if row["product"] == product]
            count = counted(reviews, KINDS[product], reader)
            total += count
            yield from _rows(f"{name}, {product[:14]} ({len(reviews)})", count)
        yield from _rows(f"{name}, together", total)


def _rows(name: str, count: Counter[str]) -> Iterator[str]:
    yield f"{name:34} sentence {figures(count['agreed'], count['taken'], count['agreed'], count['sides'])}"
    pair = figures(count["found, told"], count["found"], count["told, found"], count["told"])
    yield f"{name:34} aspect   {pair}   side alone {count['same side'] / max(count['named'], 1):.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="the products developed on too")
    arguments = parser.parse_args()
    only = set(KINDS) if arguments.all else set(KINDS) - DEVELOPED_ON
    print(*lines(only), sep="\n")


if __name__ == "__main__":
    main()
