"""Pros and cons of a product from its reviews: counted over all of them, quoted word for word."""

from collections import defaultdict
from collections.abc import Sequence, Set

from agent.desk import Desk
from agent.report.draft import Polarity
from agent.report.facts import cite
from agent.report.record import Aspect, Opinions, Phrase, Remark
from index.product import Product, Review

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


def opinions(product: Product, remarks: Sequence[Remark], desk: Desk) -> Opinions | None:
    """What the catalogue's reviews of a product say; None where there are none.

    Reviews that are quoted are entered in the evidence.
    """
    reviews = desk.index.catalog.reviews(product.id)
    if not reviews:
        return None
    rated = [r.rating for r in reviews if r.rating is not None]
    shown = {phrase.text for r in remarks for sentence in r.passage for phrase in sentence}
    stars = tuple((star, sum(round(r) == star for r in rated)) for star in range(5, 0, -1))
    return Opinions(
        reviews=len(reviews),
        verified=sum(r.verified is True for r in reviews),
        stars=stars if rated else (),
        praised=_aspects(reviews, "positive", shown, desk),
        criticised=_aspects(reviews, "negative", shown, desk),
        remarks=tuple(remarks),
    )


def _aspects(reviews: Sequence[Review], polarity: str, shown: Set[str], desk: Desk) -> tuple[Aspect, ...]:
    if not any(r.aspects for r in reviews):
        return _by_stars(reviews, polarity, shown, desk)
    said: dict[str, list[tuple[Review, int | None]]] = defaultdict(list)
    for review in reviews:
        for name in dict.fromkeys(a.name for a in review.aspects if a.polarity == polarity):
            sentence = next(a.sentence for a in review.aspects if (a.name, a.polarity) == (name, polarity))
            said[name].append((review, sentence))
    commonest = sorted(said.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_ASPECTS]
    return tuple(
        Aspect(name=name, reviews=len(sayers), quote=_telling_quote(sayers, shown, desk))
        for name, sayers in commonest
    )


def _by_stars(reviews: Sequence[Review], polarity: str, shown: Set[str], desk: Desk) -> tuple[Aspect, ...]:
    """Where no aspects are labelled, the split by stars with one review's own words."""
    liked = polarity == "positive"
    sayers = [
        r for r in reviews if r.rating is not None and (r.rating >= LIKED if liked else r.rating <= DISLIKED)
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
