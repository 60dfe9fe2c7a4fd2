"""How far a product's reviews can be trusted: what is odd in them, as counts and in a sentence each.

Nothing is said of few reviews, and nothing here calls a review false: a repeated text or a rush of reviews
has honest reasons too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, pstdev
from typing import Literal

from index.product import Review
from index.reviews.copies import gist, repeated

FEWEST = 10
"""Reviews under which nothing is said."""
COPIES = 2
"""Reviews that must repeat others before it is said."""
RUSH_DAYS = (2, 7)
RUSH_SHARE = 0.25
RUSH_TIMES = 6.0
"""How many times the usual rate makes a rush."""
HISTORY = 60
"""Days that the reviews must span before a rush can be seen."""
JUMP, JUMP_SIDE, JUMP_T = 1.0, 8, 4.0
"""Stars by which ratings must change, reviews on either side, and the least t of Welch's test: chance gives
it about once in ten thousand, and several dozen days are tried."""
DIVIDED = 0.35
"""Share of reviews at 4.5 stars and more, and at 1.5 and fewer, from which opinion is divided."""
GAP, GAP_SIDE = 1.0, 6
"""Stars between verified and other buyers, and reviews on either side."""

NoteKind = Literal["copies", "elsewhere", "rush", "jump", "divided", "verified"]


@dataclass(frozen=True)
class Note:
    """One odd thing about the reviews of a product."""

    kind: NoteKind
    count: int
    """Reviews that it is about."""
    text: str
    """A clause without a full stop."""


@dataclass(frozen=True)
class Trust:
    """What the reviews are like as a whole."""

    reviews: int
    verified: int
    unverified: int
    """Reviews of which the source says that the purchase was not verified; of the rest it says nothing."""
    rated: int
    mean: float | None
    """Stars; None where nobody gave any."""
    deviation: float | None
    """Standard deviation of the stars."""
    notes: tuple[Note, ...]


def trust(reviews: Sequence[Review], elsewhere: AbstractSet[str] = frozenset()) -> Trust:
    """What is to be said of a product's reviews; `elsewhere` are gists of reviews of other products."""
    stars = [review.rating for review in reviews if review.rating is not None]
    return Trust(
        reviews=len(reviews),
        verified=sum(review.verified is True for review in reviews),
        unverified=sum(review.verified is False for review in reviews),
        rated=len(stars),
        mean=fmean(stars) if stars else None,
        deviation=pstdev(stars) if stars else None,
        notes=tuple(_notes(reviews, elsewhere)) if len(reviews) >= FEWEST else (),
    )


def _notes(reviews: Sequence[Review], elsewhere: AbstractSet[str]) -> Iterator[Note]:
    yield from _copies(reviews, elsewhere)
    yield from _rush(reviews)
    yield from _jump(reviews)
    yield from _divided(reviews)
    yield from _verified(reviews)


def _copies(reviews: Sequence[Review], elsewhere: AbstractSet[str]) -> Iterator[Note]:
    copies, total = repeated(reviews), len(reviews)
    if copies >= COPIES:
        yield Note(
            "copies", copies, f"{copies} of {total} reviews repeat the text of another almost word for word"
        )
    found = sum(gist(review.sentences) in elsewhere for review in reviews) if elsewhere else 0
    if found >= COPIES:
        yield Note(
            "elsewhere", found, f"{found} of {total} reviews stand word for word under other products too"
        )


def _rush(reviews: Sequence[Review]) -> Iterator[Note]:
    """The shortest window that holds many times what the rest of the time would bring there."""
    days = sorted(review.written for review in reviews if review.written)
    if len(days) < FEWEST or (days[-1] - days[0]).days < HISTORY:
        return
    for length in RUSH_DAYS:
        first, count = _fullest(days, length)
        rate = (len(days) - count) / ((days[-1] - days[0]).days + 1 - length)
        if count >= max(RUSH_SHARE * len(days), RUSH_TIMES * rate * length, FEWEST / 2):
            when = f"within {length} days from {first}"
            yield Note("rush", count, f"{count} of {len(days)} dated reviews were written {when}")
            return


def _fullest(days: Sequence[date], length: int) -> tuple[date, int]:
    """The first day of the window with the most reviews, and how many it holds."""
    best, start = (days[0], 0), 0
    for at, day in enumerate(days):
        while day - days[start] >= timedelta(days=length):
            start += 1
        if at - start + 1 > best[1]:
            best = days[start], at - start + 1
    return best


def _jump(reviews: Sequence[Review]) -> Iterator[Note]:
    """The day on which the ratings before and after differ most surely."""
    dated = sorted((r.written, r.rating) for r in reviews if r.written and r.rating is not None)
    ends = range(JUMP_SIDE, len(dated) - JUMP_SIDE + 1)
    parted = [at for at in ends if dated[at - 1][0] != dated[at][0]]
    stars = [rating for _, rating in dated]
    found = [(abs(_surely(stars[:at], stars[at:])), at) for at in parted]
    surest, at = max(found, default=(0.0, 0))
    if surest < JUMP_T:
        return
    before, after = fmean(stars[:at]), fmean(stars[at:])
    if abs(after - before) >= JUMP:
        turned = "fell" if after < before else "rose"
        text = (
            f"ratings {turned} from {before:.1f} to {after:.1f} stars with the reviews since {dated[at][0]}"
        )
        yield Note("jump", len(stars) - at, text)


def _surely(one: Sequence[float], two: Sequence[float]) -> float:
    """Welch's t of two samples' means; a spread of none is taken for that of a tenth of a star."""
    spread = sqrt(sum(max(pstdev(some), 0.1) ** 2 / len(some) for some in (one, two)))
    return (fmean(two) - fmean(one)) / spread


def _divided(reviews: Sequence[Review]) -> Iterator[Note]:
    stars = Counter(_end(review.rating) for review in reviews if review.rating is not None)
    if stars.total() >= FEWEST and min(stars["high"], stars["low"]) >= DIVIDED * stars.total():
        high, low = stars["high"], stars["low"]
        text = f"opinion is divided: of {stars.total()} ratings {high} are the best and {low} the worst"
        yield Note("divided", stars["high"] + stars["low"], text)


def _end(rating: float) -> str:
    return "high" if rating >= 4.5 else "low" if rating <= 1.5 else "between"


def _verified(reviews: Sequence[Review]) -> Iterator[Note]:
    """Verified buyers and others who think otherwise."""
    verified = [r.rating for r in reviews if r.verified is True and r.rating is not None]
    others = [r.rating for r in reviews if r.verified is False and r.rating is not None]
    if min(len(verified), len(others)) >= GAP_SIDE and abs(fmean(verified) - fmean(others)) >= GAP:
        text = (
            f"verified buyers give {fmean(verified):.1f} stars, the {len(others)} others {fmean(others):.1f}"
        )
        yield Note("verified", len(others), text)
