"""Pros and cons of a product from its reviews: counted over all of them, quoted word for word."""

from collections.abc import Sequence, Set

from agent.desk import Desk
from agent.report.draft import Polarity
from agent.report.facts import cite
from agent.report.record import Aspect, Opinions, Phrase, Remark
from agent.report.unweighed import heard
from index.product import Product, Review
from index.reviews.reading import Reading, Said

MOST_ASPECTS = 5
LIKED, DISLIKED = 4.0, 2.5
"""Stars from which a review without labelled aspects counts as praise, and up to which as complaint."""


def on_side(polarity: Polarity, review: Review, number: int) -> bool:
    """Whether a review's sentence, counted from 1, is praise or complaint: by labels, else by stars."""
    labels = {a.polarity for a in review.aspects if a.sentence == number - 1}
    if labels:
        return ("positive" if polarity == "praise" else "negative") in labels
    if review.rating is None:
        return False
    return review.rating >= LIKED if polarity == "praise" else review.rating <= DISLIKED


def opinions(
    product: Product, remarks: Sequence[Remark], desk: Desk, wishes: Sequence[str] = ()
) -> Opinions | None:
    """What the catalogue's reviews of a product say; None where there are none.

    They are read for `wishes`, in the person's words. Reviews that are quoted are entered in the evidence.
    """
    reading = desk.reviews(product)
    reviews = reading.reviews
    if not reviews:
        return None
    rated = [r.rating for r in reviews if r.rating is not None]
    shown = {phrase.text for r in remarks for sentence in r.passage for phrase in sentence}
    stars = tuple((star, sum(round(r) == star for r in rated)) for star in range(5, 0, -1))
    return Opinions(
        reviews=len(reviews),
        verified=sum(r.verified is True for r in reviews),
        stars=stars if rated else (),
        praised=_aspects(reading, "positive", shown, desk),
        criticised=_aspects(reading, "negative", shown, desk),
        heard=tuple(heard(product, wishes, desk)),
        remarks=tuple(remarks),
        notes=tuple(note.text for note in reading.trust.notes),
    )


def _aspects(reading: Reading, polarity: str, shown: Set[str], desk: Desk) -> tuple[Aspect, ...]:
    if not reading.said and not reading.labelled:
        return _by_stars(reading, polarity, shown, desk)
    commonest = [said for said in reading.said if said.polarity == polarity][:MOST_ASPECTS]
    return tuple(
        Aspect(
            name=said.name,
            reviews=len(said.reviews),
            quote=_telling_quote(_sayers(said, reading), shown, desk),
        )
        for said in commonest
    )


def _sayers(said: Said, reading: Reading) -> list[tuple[Review, int | None]]:
    """The reviews that say something, as the catalogue holds them, and which of their sentences does."""
    return [(reading.original(review), said.sentence(review)) for review in said.reviews]


def _by_stars(reading: Reading, polarity: str, shown: Set[str], desk: Desk) -> tuple[Aspect, ...]:
    """Where no aspects are told, the split by stars with one review's own words."""
    liked = polarity == "positive"
    sayers = [
        reading.original(r)
        for r in reading.reviews
        if r.rating is not None and (r.rating >= LIKED if liked else r.rating <= DISLIKED)
    ]
    if not sayers:
        return ()
    bounds = f"{LIKED:g} stars or more" if liked else f"{DISLIKED:g} stars or fewer"
    quote = _telling_quote([(r, 0) for r in sayers], shown, desk)
    return (Aspect(name=bounds, reviews=len(sayers), quote=quote),)


def _telling_quote(sayers: Sequence[tuple[Review, int | None]], shown: Set[str], desk: Desk) -> Phrase | None:
    """A sentence, not shown yet, of the most helpful review; one that was read already is preferred."""
    found = [(r, n) for r, n in sayers if n is not None and n < len(r.sentences)]
    found = [(r, n) for r, n in found if r.sentences[n] not in shown]
    if not found:
        return None
    review, sentence = min(
        found, key=lambda f: (not desk.evidence.shown(f[0]), -(f[0].helpful or 0), f[0].id)
    )
    seen = desk.evidence.quote_review(review)
    return Phrase(kind="quote", text=review.sentences[sentence], cite=cite(seen))
