"""Whether a review or a page bears out the sentence that cites it: the aspect spoken of and the side taken.

Where reviews are labelled with aspects the labels decide; elsewhere a word list and the stars do.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agent.ledger import SeenPage, SeenReview
from agent.report.draft import Citation, Polarity, QuoteReference
from agent.report.ground import HOLE, Ground, flat
from distill.evaluate.sides import clauses, reported_side, sides
from distill.evaluate.statements import Statement
from distill.evaluate.weighed import Weighed, supported, unknown, unsupported
from distill.evaluate.word_forms import claiming, denies, stems
from distill.judging.report_words import phrases
from index.card import CategoryCard
from index.conditions import spaced
from index.product import Aspect, Review

_SIDES: dict[str, frozenset[Polarity]] = {
    "positive": frozenset({"praise"}),
    "negative": frozenset({"complaint"}),
    "mixed": frozenset({"praise", "complaint"}),
}
LIKED, DISLIKED = 4.0, 2.5
"""Stars from which, and up to which, a review without a word of opinion takes a side."""


def weigh_review(seen: SeenReview, statement: Statement, ground: Ground) -> Weighed:
    """A review cited or quoted."""
    about = statement.about or _only_product(statement, ground)
    if about and seen.record.product_id != ground.desk.evidence.product(about).id:
        return unsupported("it reviews another product")
    prose = flat(statement.sentence).replace(HOLE, " ")
    if _speaks_for_all(seen, prose, statement, ground):
        return unsupported("there are other reviews of it, and the sentence speaks for all")
    side = statement.polarity or reported_side(prose)
    quoted = [s.number for s in statement.sentence if isinstance(s, QuoteReference) and s.tag == seen.tag]
    if quoted:
        return _weigh_quotes(seen.record, quoted, prose, side, ground)
    return _weigh_prose(seen.record, prose, side, ground)


def _only_product(statement: Statement, ground: Ground) -> str:
    named = ground.named(statement.sentence)
    return named[0] if len(named) == 1 else ""


def _speaks_for_all(seen: SeenReview, prose: str, statement: Statement, ground: Ground) -> bool:
    """ "Every buyer ..." on the word of some: other reviews of the product were seen and are not cited."""
    said = f" {spaced(prose)} "
    if not any(f" {phrase} " in said for phrase in phrases("everyone")):
        return False
    cited = {s.tag for s in statement.sentence if isinstance(s, (Citation, QuoteReference))}
    reviews = (r for r in ground.desk.evidence.reviews() if r.record.product_id == seen.record.product_id)
    return any(review.tag not in cited for review in reviews)


def _weigh_quotes(
    review: Review, numbers: Sequence[int], prose: str, side: Polarity | None, ground: Ground
) -> Weighed:
    """The words are the record's own; what may be wrong is the side and the aspect under which they stand."""
    for number in numbers:
        if not 1 <= number <= len(review.sentences):
            return unsupported("the review has no such sentence")
        text, labels = review.sentences[number - 1], [a for a in review.aspects if a.sentence == number - 1]
        taken = _sides_of(labels) or sides(text) or _by_stars(review)
        if side is not None and taken and side not in taken:
            return unsupported(f"the quoted sentence is {' and '.join(sorted(taken))}, not {side}")
        named, labelled = _aspects_named(prose, ground), {a.name for a in labels}
        if labels and named and not named & labelled:
            return unsupported(f"the quoted sentence does not speak of {' or '.join(sorted(named))}")
        if side is not None and not taken:
            return unknown("the quoted sentence takes no side")
    return supported("the quoted sentence says so")


def _sides_of(labels: Sequence[Aspect]) -> frozenset[Polarity]:
    return frozenset(side for a in labels for side in _SIDES[a.polarity])


def _by_stars(review: Review) -> frozenset[Polarity]:
    if review.rating is None or DISLIKED < review.rating < LIKED:
        return frozenset()
    return frozenset({"praise" if review.rating >= LIKED else "complaint"})


def _aspects_named(prose: str, ground: Ground) -> frozenset[str]:
    """Aspects of the reviews seen that the prose names."""
    said = stems(prose)
    known = {a.name for s in ground.desk.evidence.reviews() for a in s.record.aspects}
    return frozenset(name for name in known if stems(name.replace("_", " ")) <= said)


def _weigh_prose(review: Review, prose: str, side: Polarity | None, ground: Ground) -> Weighed:
    topic = claiming(prose)
    if not topic:
        return _weigh_whole(review, side)
    closest = _closest(review, topic)
    if closest.shared >= 2 or closest.shared == len(topic):
        return _weigh_clause(closest, review, prose, side)
    named = _aspects_named(prose, ground)
    labels = [a for a in review.aspects if a.name in named]
    if labels:
        fits = side is None or side in _sides_of(labels)
        return supported("it says so of that") if fits else unsupported(f"it is no {side} of that")
    speaking = [t for t in (review.title, *review.sentences) if _meets(topic, t, ground.desk.category)]
    if not speaking:
        return unsupported("it does not speak of that")
    taken = frozenset(s for text in speaking for s in sides(text)) or _by_stars(review)
    if side is not None and taken and side not in taken:
        return unsupported(f"what it says of that is {' and '.join(sorted(taken))}")
    return (
        supported("it speaks of that, on that side") if taken or side is None else unknown("it takes no side")
    )


class _Closest(NamedTuple):
    """The clause of a review that shares most words with a sentence."""

    shared: int
    clause: str
    sentence: int
    """Index of its sentence; -1 for the title."""


def _closest(review: Review, topic: frozenset[str]) -> _Closest:
    texts = enumerate((review.title, *review.sentences), start=-1)
    parts = [(clause, at) for at, text in texts for clause in clauses(text)]
    counted = [_Closest(len(topic & stems(clause)), clause, at) for clause, at in parts]
    return max(counted, key=lambda c: c.shared, default=_Closest(0, "", -1))


def _weigh_clause(closest: _Closest, review: Review, prose: str, side: Polarity | None) -> Weighed:
    """A clause in the same words says the same, unless it takes the other side or one of them denies it."""
    labels = [a for a in review.aspects if a.sentence == closest.sentence]
    taken = _sides_of(labels) or sides(closest.clause) or _by_stars(review)
    if side is not None and taken:
        fits = side in taken
        said = f"what it says of that is {' and '.join(sorted(taken))}"
        return supported("it says so, in these words") if fits else unsupported(said)
    if denies(closest.clause) != denies(prose):
        return unsupported("one of the two denies it")
    return supported("it says so, in these words")


def _weigh_whole(review: Review, side: Polarity | None) -> Weighed:
    """A sentence that names nothing in particular is held against the review as a whole."""
    labelled = _sides_of(review.aspects)
    taken = _by_stars(review) or labelled or sides(" ".join((review.title, *review.sentences)))
    if side is None or not taken:
        return unknown("nothing in particular is claimed")
    return supported("it is of that opinion") if side in taken else unsupported("it is of another opinion")


def _meets(topic: frozenset[str], text: str, card: CategoryCard | None) -> bool:
    """Whether a text uses one of the words, or another word for the same attribute of the card."""
    said = stems(text)
    if topic & said:
        return True
    attributes = card.attributes if card else ()
    groups = (
        claiming(" ".join((a.name.replace("_", " "), *a.also, *a.low_words, *a.high_words)))
        for a in attributes
    )
    return any(topic & group and said & group for group in groups)


def weigh_page(seen: SeenPage, statement: Statement) -> Weighed:
    """A saved page cited or quoted; a page is neither praise nor complaint of a product."""
    quoted = [s.number for s in statement.sentence if isinstance(s, QuoteReference) and s.tag == seen.tag]
    count = len(seen.record.sentences)
    if any(not 1 <= number <= count for number in quoted):
        return unsupported("the page has no such sentence")
    if quoted:
        return supported("the page says so, word for word")
    topic = claiming(flat(statement.sentence).replace(HOLE, " "))
    best = max((len(topic & stems(text)) for text in seen.record.sentences), default=0)
    if not topic:
        return unknown("nothing in particular is claimed")
    enough = best >= max(1, round(len(topic) / 2))
    return supported("a sentence of the page says so") if enough else unsupported("no sentence says so")
