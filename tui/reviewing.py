"""What `index reviews` prints of a product's reviews: counts by aspect with a sentence each, and notes."""

import json
import sys
from collections.abc import Iterator

from agent import observe
from agent.observe import shorten
from agent.report.lines import many, note_line
from index.conditions import in_words
from index.product import Aspect, Review
from index.reviews.reading import Reading, Said, Spoken, read, sides
from index.search import Index
from index.text.sanitize import plain
from tui.told import NOTHING_FITS

LINE = 160
SHOWN = 12
"""Aspects and reviews that are printed; JSON holds all."""
SIGNS = {"positive": "+", "negative": "-", "mixed": "±"}


def show_reviews(index: Index, product_id: str, aspect: str, *, as_json: bool) -> int:
    """Print a product's reviews as a whole, or what they say of one aspect; raises NotFoundError.

    The exit code says whether there was anything.
    """
    product = index.catalog.product(product_id)
    reading = read(product, index.catalog)
    spoken = reading.of(aspect) if aspect.strip() else []
    if as_json:
        told = _spoken_json(aspect, spoken) if aspect.strip() else _whole_json(reading)
        sys.stdout.write(json.dumps({"product": product.id, **told}, ensure_ascii=False, indent=2) + "\n")
    else:
        lines = _spoken_lines(aspect, spoken, reading) if aspect.strip() else _whole_lines(reading)
        sys.stdout.writelines(f"{line}\n" for line in lines)
    if not reading.reviews:
        sys.stderr.write("The catalogue has no reviews of it.\n")
    return 0 if spoken or (reading.reviews and not aspect.strip()) else NOTHING_FITS


def _whole_lines(reading: Reading) -> Iterator[str]:
    if not reading.reviews:
        return
    yield observe.review_summary("reviews", reading).split("\n")[0]
    yield from (_said_line(said) for said in reading.said[:SHOWN])
    if reading.said:
        yield f"aspects {_whence(reading)}"
    yield from (note_line(note.text) for note in reading.trust.notes)


def _whence(reading: Reading) -> str:
    return "as the source labels them" if reading.labelled else "read by rules out of the reviews' words"


def _said_line(said: Said) -> str:
    name, number = plain(in_words(said.name)), many(len(said.reviews), "review")
    quote = _quote(said)
    return f"{SIGNS[said.polarity]} {name}: {number}" + (f" “{plain(shorten(quote, LINE))}”" if quote else "")


def _quote(said: Said) -> str:
    """A sentence of the most helpful review that says it."""
    found = [(review, said.sentence(review)) for review in said.reviews]
    whole = [(r, at) for r, at in found if at is not None and at < len(r.sentences)]
    review, at = max(whole, key=lambda f: f[0].helpful or 0, default=(None, None))
    return review.sentences[at] if review and at is not None else ""


def _spoken_lines(aspect: str, spoken: list[Spoken], reading: Reading) -> Iterator[str]:
    counts = sides(spoken)
    told = ", ".join(f"{counts[side]} {side}" for side in SIGNS if counts[side])
    total = many(len(reading.reviews), "review")
    yield f"{len(spoken)} of {total} speak of {plain(aspect)}" + (f": {told}" if told else "")
    for review, aspects in spoken[:SHOWN]:
        yield from (f"{SIGNS[a.polarity]} {plain(shorten(_text(review, a), LINE))}" for a in aspects[:1])
        if not aspects:
            yield f"· {plain(shorten(_naming(aspect, review), LINE))}"


def _text(review: Review, aspect: Aspect) -> str:
    told = aspect.sentence is not None and aspect.sentence < len(review.sentences)
    return review.sentences[aspect.sentence] if told and aspect.sentence is not None else review.title


def _naming(aspect: str, review: Review) -> str:
    """The sentence that names what is asked and takes no side."""
    wanted = aspect.strip().casefold()
    return next((s for s in review.sentences if wanted in s.casefold()), review.title)


def _whole_json(reading: Reading) -> dict[str, object]:
    trust = reading.trust
    return {
        "reviews": trust.reviews,
        "verified": trust.verified,
        "not_verified": trust.unverified,
        "rated": trust.rated,
        "mean": trust.mean,
        "deviation": trust.deviation,
        "labelled": reading.labelled,
        "aspects": [
            {"name": s.name, "polarity": s.polarity, "reviews": len(s.reviews), "quote": _quote(s)}
            for s in reading.said
        ],
        "notes": [{"kind": n.kind, "reviews": n.count, "text": n.text} for n in trust.notes],
    }


def _spoken_json(aspect: str, spoken: list[Spoken]) -> dict[str, object]:
    return {
        "aspect": aspect,
        "speak": len(spoken),
        **dict(sides(spoken)),
        "reviews": [
            {
                "id": review.id,
                "rating": review.rating,
                "says": [{"polarity": a.polarity, "sentence": _text(review, a)} for a in aspects],
            }
            for review, aspects in spoken
        ],
    }
