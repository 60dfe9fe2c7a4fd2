"""The two ledgers of a session: what the person needs, and what has been seen.

Needs are decided by code against records (`index.conditions`); the evidence ledger keeps every record that
was shown, whole, under the tag it was shown by. How needs are read from language is left to the policies.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from index.conditions import Condition, Op, Verdict, decide
from index.product import Page, Product, Record, Review

USUAL = 3.5
"""Stars of a product that nobody has rated."""
HELD = 10
"""Votes for the usual that every product begins with."""


class UnknownTagError(Exception):
    """A tag that was never given in this session."""


class Aim(StrEnum):
    """What a need wants beyond a limit."""

    LIMIT = "limit"
    """Its condition must hold."""
    LOWEST = "lowest"
    """Order by the attribute, smallest first ("the cheapest")."""
    HIGHEST = "highest"


class Need(Record):
    """One thing that the person wants, as it stands in the ledger."""

    tag: str
    """N1, N2 …; never reused in a session."""
    said: str
    """The person's words, or the policy's."""
    hard: bool
    aim: Aim = Aim.LIMIT
    attribute: str = "other"
    """A name of the catalogue card, a built-in field, or `other` for what no record can decide."""
    condition: Condition | None = None
    """None for `other` and for pure orderings."""
    bound: str = ""
    """How code understood it, in one line ("price <= 60 EUR")."""
    full: float | None = None
    """For an adjective ("quiet") the number at which it is met as well as the category lets it be."""


class Fit(Record):
    """How one product stands to the needs."""

    verdicts: dict[str, Verdict]
    """By need tag; needs without a condition are left out."""
    hard_unmet: tuple[str, ...]
    hard_unknown: tuple[str, ...]
    soft_met: int

    @property
    def fits(self) -> bool:
        """Whether every hard need is met by what the record says."""
        return not self.hard_unmet and not self.hard_unknown

    @property
    def might_fit(self) -> bool:
        """Whether nothing speaks against it but something hard is unknown."""
        return not self.hard_unmet and bool(self.hard_unknown)


def judge(needs: Sequence[Need], product: Product) -> Fit:
    """Hold a product against every need that records can decide."""
    decided = {n.tag: decide(n.condition, product) for n in needs if n.condition is not None}
    hard = {n.tag for n in needs if n.hard}
    return Fit(
        verdicts=decided,
        hard_unmet=tuple(t for t, v in decided.items() if t in hard and v is Verdict.UNMET),
        hard_unknown=tuple(t for t, v in decided.items() if t in hard and v is Verdict.UNKNOWN),
        soft_met=sum(v is Verdict.MET for t, v in decided.items() if t not in hard),
    )


def rank(needs: Sequence[Need], products: Iterable[Product]) -> list[Product]:
    """Products in the order in which they answer the needs."""
    return sorted(products, key=lambda product: place(needs, product, judge(needs, product)))


def place(needs: Sequence[Need], product: Product, fit: Fit) -> tuple[float, ...]:
    """What orders products, the smallest first.

    Fitting ones first, then those that might, then by how few hard needs they miss; within each by the
    orderings that the person asked for, the soft needs met and how far the others are missed, the rating held
    back by few votes and how well each adjective is met, the price. An adjective that is met as well as can
    be is worth a star more than one that is only just met.
    """
    return (
        len(fit.hard_unmet),
        len(fit.hard_unknown),
        *(_order_key(n, product) for n in needs if n.aim is not Aim.LIMIT),
        -fit.soft_met,
        sum(_shortfall(n, product) for n in needs if not n.hard),
        -(steady_rating(product) or USUAL) - sum(reach(n, product) for n in needs),
        product.price.amount if product.price else float("inf"),
    )


def reach(need: Need, product: Product) -> float:
    """How well a product meets an adjective: from 0 where only just or not at all, to 1 as well as can be."""
    limit = need.condition.number if need.condition else None
    number = numeric(need.attribute, product) if limit is not None and need.full is not None else None
    if limit is None or need.full is None or number is None or limit == need.full:
        return 0.0
    return min(1.0, max(0.0, (number - limit) / (need.full - limit)))


def _shortfall(need: Need, product: Product) -> float:
    """How far a product misses a wish for a number, as a share of that number; 1 where it does not say."""
    limit = need.condition.number if need.condition else None
    if need.condition is None or limit is None:
        return 0.0
    number = numeric(need.attribute, product)
    if number is None:
        return 1.0
    over = number - limit if need.condition.op is Op.AT_MOST else limit - number
    return max(0.0, over / (abs(limit) or 1.0))


def _order_key(need: Need, product: Product) -> float:
    number = numeric(need.attribute, product)
    if number is None:
        return float("inf")
    return number if need.aim is Aim.LOWEST else -number


def numeric(name: str, product: Product) -> float | None:
    """The number that an ordering compares: a price, a rating or an attribute's judged end."""
    if name == "price":
        return product.price.amount if product.price else None
    if name == "rating":
        return steady_rating(product) or None
    attribute = product.attribute(name)
    if attribute is None:
        return None
    return attribute.low if attribute.judged == "low" else attribute.high


def steady_rating(product: Product) -> float:
    """The mean rating pulled by some votes towards the usual, so that a lone vote does not win; 0 unrated."""
    if product.rating is None:
        return 0.0
    votes = product.rating_count or 1
    return (product.rating * votes + USUAL * HELD) / (votes + HELD)


class SeenProduct(Record):
    """A product that a tool showed."""

    kind: Literal["product"] = "product"
    tag: str
    record: Product
    opened: bool = False
    """Whether it was visited, or only listed."""
    shown: bool = True
    """Whether a tool showed it; a report alone brings in others, which no policy has read."""


class SeenReview(Record):
    """A review that a tool showed."""

    kind: Literal["review"] = "review"
    tag: str
    record: Review
    shown: bool = True
    """Whether a tool showed it, or only a report quotes it."""


class SeenPage(Record):
    """A saved page that a tool showed."""

    kind: Literal["page"] = "page"
    tag: str
    record: Page
    opened: bool = False


Seen = Annotated[SeenProduct | SeenReview | SeenPage, Field(discriminator="kind")]
AnySeen = TypeVar("AnySeen", SeenProduct, SeenReview, SeenPage)


class Evidence:
    """Every record shown in a session, under tags that are given once and never reused."""

    def __init__(self, seen: Iterable[Seen] = ()) -> None:
        self.view: Callable[[Product], Product] = _whole
        """How products are looked at: of many variants, as those that were asked for."""
        self._seen: dict[str, Seen] = {s.tag: s for s in seen}
        self._tags = {s.tag[0] + s.record.id: s.tag for s in self._seen.values()}
        self._changed: dict[str, Seen] = {}

    def __iter__(self) -> Iterator[Seen]:
        return (self._viewed(s) if isinstance(s, SeenProduct) else s for s in self._seen.values())

    def show_product(self, product: Product, opened: bool = False) -> SeenProduct:
        """Enter a product, or mark one that was listed as opened."""
        tag = self._tag("P", product.id)
        before = self._seen.get(tag)
        was_opened = isinstance(before, SeenProduct) and before.opened
        return self._keep(SeenProduct(tag=tag, record=product, opened=opened or was_opened))

    def show_review(self, review: Review) -> SeenReview:
        """Enter a review."""
        return self._keep(SeenReview(tag=self._tag("R", review.id), record=review))

    def quote_product(self, product: Product) -> SeenProduct:
        """Enter a product that a report names, whether or not a tool showed it."""
        before = self._seen.get(self._tag("P", product.id))
        if isinstance(before, SeenProduct):
            return self._viewed(before)
        return self._keep(SeenProduct(tag=self._tag("P", product.id), record=product, shown=False))

    def quote_review(self, review: Review) -> SeenReview:
        """Enter a review that a report quotes, whether or not a tool showed it."""
        before = self._seen.get(self._tag("R", review.id))
        if isinstance(before, SeenReview):
            return before
        return self._keep(SeenReview(tag=self._tag("R", review.id), record=review, shown=False))

    def show_page(self, page: Page, opened: bool = False) -> SeenPage:
        """Enter a saved page, or mark one that was listed as opened."""
        tag = self._tag("W", page.id)
        before = self._seen.get(tag)
        was_opened = isinstance(before, SeenPage) and before.opened
        return self._keep(SeenPage(tag=tag, record=page, opened=opened or was_opened))

    def product(self, tag: str) -> Product:
        """The product under a tag; raises UnknownTagError."""
        return self.view(self.whole_product(tag))

    def whole_product(self, tag: str) -> Product:
        """The record under a tag with all of its variants; raises UnknownTagError."""
        seen = self._seen.get(tag)
        if not isinstance(seen, SeenProduct):
            raise UnknownTagError(tag)
        return seen.record

    def review(self, tag: str) -> Review:
        """The review under a tag; raises UnknownTagError."""
        seen = self._seen.get(tag)
        if not isinstance(seen, SeenReview):
            raise UnknownTagError(tag)
        return seen.record

    def page(self, tag: str) -> Page:
        """The page under a tag; raises UnknownTagError."""
        seen = self._seen.get(tag)
        if not isinstance(seen, SeenPage):
            raise UnknownTagError(tag)
        return seen.record

    def products(self, opened: bool = False) -> list[SeenProduct]:
        """Products that tools showed, in the order of their tags; only the opened ones if asked."""
        return [self._viewed(s) for s in self.whole_products() if s.opened or not opened]

    def whole_products(self) -> list[SeenProduct]:
        """Products that tools showed, each with all of its variants."""
        return [s for s in self._seen.values() if isinstance(s, SeenProduct) and s.shown]

    def reviews(self, product_id: str | None = None) -> list[SeenReview]:
        """Reviews that tools showed, of one product if asked."""
        found = [s for s in self._seen.values() if isinstance(s, SeenReview) and s.shown]
        return [s for s in found if product_id is None or s.record.product_id == product_id]

    def shown(self, record: Product | Review) -> bool:
        """Whether a tool showed a product or a review."""
        letter = "P" if isinstance(record, Product) else "R"
        seen = self._seen.get(self._tags.get(letter + record.id, ""))
        return isinstance(seen, SeenProduct | SeenReview) and seen.shown

    def pages(self, opened: bool = False) -> list[SeenPage]:
        """Pages shown; only the opened ones if asked."""
        return [s for s in self._seen.values() if isinstance(s, SeenPage) and (s.opened or not opened)]

    def seen(self, tag: str) -> Seen:
        """What was shown under a tag; raises UnknownTagError."""
        try:
            seen = self._seen[tag]
        except KeyError:
            raise UnknownTagError(tag) from None
        return self._viewed(seen) if isinstance(seen, SeenProduct) else seen

    def tag_of(self, product: Product) -> str:
        """The tag of a product that was shown; raises UnknownTagError."""
        try:
            return self._tags[f"P{product.id}"]
        except KeyError:
            raise UnknownTagError(product.id) from None

    def _viewed(self, seen: SeenProduct) -> SeenProduct:
        record = self.view(seen.record)
        return seen if record is seen.record else seen.model_copy(update={"record": record})

    def _tag(self, letter: str, record_id: str) -> str:
        known = self._tags.get(letter + record_id)
        if known is None:
            number = 1 + sum(tag.startswith(letter) for tag in self._seen)
            known = self._tags[letter + record_id] = f"{letter}{number}"
        return known

    def _keep(self, seen: AnySeen) -> AnySeen:
        if self._seen.get(seen.tag) != seen:
            self._seen[seen.tag] = self._changed[seen.tag] = seen
        return seen

    def take_changes(self) -> list[Seen]:
        """What was entered or changed since the last call, for the session store."""
        changed = list(self._changed.values())
        self._changed.clear()
        return changed


def _whole(product: Product) -> Product:
    return product


def record_digest(seen: Seen) -> str:
    """Short hash of a snapshot, to say in a resumed session what has changed since."""
    return sha256(seen.record.model_dump_json().encode("utf-8")).hexdigest()[:16]
