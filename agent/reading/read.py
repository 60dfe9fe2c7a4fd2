"""Reading a person's question beside the catalogue card: which category, which needs, what is left to search.

The language half of `RulesPolicy`, without any model: general English stands in `lexicon.toml`, all knowledge
of products comes from the card. Binding to typed conditions is left to `agent.plan`.
"""

from collections.abc import Sequence
from functools import lru_cache

from pydantic import Field

from agent.plan import BUILT_IN, PlanNeed
from agent.reading.category import category_keys, choose, name_words, named, rivals
from agent.reading.drafts import Draft, Drafts, softened
from agent.reading.leftovers import read_items, read_others, read_titles, read_unplaced
from agent.reading.limits import read_limits
from agent.reading.orders import read_names, read_orders
from agent.reading.passed_by import passed_by
from agent.reading.scope import Scopes, scopes
from agent.reading.spelling import mended
from agent.reading.spots import Passage, lay_out
from agent.reading.tokens import Token, cut, tokenise
from agent.reading.values import read_unlisted_brands, read_values, silenced
from agent.reading.vocabulary import vocabulary
from index.card import CategoryCard
from index.product import Record

MOST_NEEDS = 12
MOST_ASKS = 2
_ORDERS = ("lowest", "highest", "low", "high")
_NO_CARD = CategoryCard(tag="", path=(), count=0)
_EMPTY = 'The question is empty; ask something such as "a light tent for two under 200".'
_KEPT = 32
"""Readings kept: the rules ask for the same one at every step of a research, and it takes them 3 ms."""


class QuestionError(Exception):
    """A question that cannot be researched; the message is for the person."""


class Ask(Record):
    """A question back to the person, worth asking because the answer changes the picks."""

    question: str
    options: tuple[str, ...] = Field(min_length=2, max_length=4)


class Reading(Record):
    """What a question was understood to ask."""

    category: str = ""
    """Tag of the card; empty for a follow-up that stays where it is."""
    needs: tuple[PlanNeed, ...] = ()
    """In the order of the question; of a follow-up only what it adds or changes."""
    past: tuple[PlanNeed, ...] = ()
    """Those of the needs that nobody said: what the person's past shows."""
    asks: tuple[Ask, ...] = ()
    replaces: tuple[PlanNeed, ...] = ()
    """Earlier needs that a follow-up puts something else in the place of, or takes back."""
    passed_by: tuple[str, ...] = ()
    """What is said of the thing itself and no need takes up, in the person's words."""
    notes: tuple[str, ...] = ()
    """What the person should know of the reading, such as that a long question was cut."""

    def over(self, category: str, needs: Sequence[PlanNeed]) -> "Reading":
        """With a plan in place of what was read of the question."""
        return self.model_copy(update={"category": category, "needs": tuple(needs)})

    def followed_by(self, followup: "Reading") -> "Reading":
        """Both as one: what the follow-up replaces is gone, what it adds stands last."""
        kept = [n for n in self.needs if n not in followup.replaces and n not in followup.needs]
        return Reading(
            category=followup.category or self.category,
            needs=(*kept, *followup.needs)[-MOST_NEEDS:],
            past=self.past,
            asks=followup.asks,
            passed_by=self.passed_by,
            notes=(*self.notes, *followup.notes),
        )


def read(question: str, cards: Sequence[CategoryCard]) -> Reading:
    """What a question asks of one of the cards, best first; raises QuestionError where it says nothing."""
    return _read(question, tuple(cards))


@lru_cache(_KEPT)
def _read(question: str, cards: tuple[CategoryCard, ...]) -> Reading:
    tokens, notes = _tokens(question)
    card = choose(tokens, cards) if cards else _NO_CARD
    passage, scope, drafts = _drafts(tokens, card)
    decided = {n.on for n in drafts.needs} & {a.name for a in card.attributes}
    close = [] if decided else rivals(tokens, cards)
    return Reading(
        category=card.tag,
        needs=_written(softened(drafts, scope)),
        asks=_asks(close, drafts),
        passed_by=passed_by(passage, scope, drafts),
        notes=notes,
    )


@lru_cache(_KEPT)
def names_kind(question: str, card: CategoryCard) -> bool:
    """Whether a question, spelling mended, says what a card's products are called; raises QuestionError."""
    passage, _, _ = _drafts(_tokens(question)[0], card)
    return any(spot.category for spot in passage.spots)


def read_on(reading: Reading, said: str, cards: Sequence[CategoryCard]) -> Reading:
    """A reading with what was said next; raises QuestionError where that says nothing."""
    more = read_followup(said, cards, reading.needs, reading.category)
    return reading.followed_by(more).model_copy(update={"asks": reading.asks})


def read_followup(
    question: str, cards: Sequence[CategoryCard], previous: Sequence[PlanNeed], category: str = ""
) -> Reading:
    """What a follow-up adds to needs or changes in them; `category` is the tag of the card in force.

    Without the tag, the card that knows most of the earlier needs is taken. Another category is entered only
    where the follow-up names it; what that one does not know is then replaced by nothing.
    """
    return _read_followup(question, tuple(cards), tuple(previous), category)


@lru_cache(_KEPT)
def _read_followup(
    question: str, cards: tuple[CategoryCard, ...], previous: tuple[PlanNeed, ...], category: str
) -> Reading:
    tokens, notes = _tokens(question)
    standing = _standing(cards, previous, category)
    said = named(tokens, cards)
    card = said or standing
    passage, scope, drafts = _drafts(tokens, card, [n.on for n in previous], follows=True)
    needs = _written(softened(drafts, scope))
    moved = said is not None and said.tag != standing.tag
    known = {a.name for a in card.attributes} | {*BUILT_IN, "other"}
    lost = [n for n in previous if moved and n.on not in known]
    freed = _freed(passage, scope)
    gone = [n for n in previous if n.on in freed or any(_replaces(new, n) for new in needs)]
    return Reading(
        category=card.tag if moved else "",
        needs=needs,
        replaces=tuple(dict.fromkeys([*lost, *gone])),
        notes=notes,
    )


def _tokens(question: str) -> tuple[tuple[Token, ...], tuple[str, ...]]:
    text, shortened = cut(question)
    tokens = tuple(tokenise(text))
    if not any(t.kind != "mark" for t in tokens):
        raise QuestionError(_EMPTY)
    note = "The question is very long: only its beginning and its end were read."
    return tokens, (note,) if shortened else ()


def _drafts(
    tokens: tuple[Token, ...], card: CategoryCard, earlier: Sequence[str] = (), follows: bool = False
) -> tuple[Passage, Scopes, Drafts]:
    """Everything that is read beside one card; `earlier` are attributes a follow-up's number may speak of."""
    words = vocabulary(card.model_copy(update={"title_words": ()}))
    right = mended(tokens, words, [*card.path[-1:], *card.also])
    passage = lay_out(right, words, category_keys(card), set(card.title_words) - name_words(card))
    scope = scopes(passage.spots)
    drafts = Drafts(earlier=tuple(earlier), follows=follows)
    read_limits(passage, scope, drafts)
    silent = silenced(passage, scope, drafts)
    read_values(passage, silent, drafts)
    read_unlisted_brands(passage, silent, drafts)
    read_orders(passage, silent, drafts)
    read_names(passage, silent, drafts)
    read_titles(passage, scope, drafts)
    read_unplaced(passage, scope, drafts)
    read_items(passage, scope, drafts)
    read_others(passage, scope, drafts)
    return passage, scope, drafts


def _written(drafts: Sequence[Draft]) -> tuple[PlanNeed, ...]:
    """Drafts as needs, each once; where there are too many the soft ones of least weight go first."""
    needs: list[PlanNeed] = []
    for draft in drafts:
        need = PlanNeed(on=draft.on, op=draft.op, value=draft.value, hard=draft.hard)
        same = [n for n in needs if (n.on, n.op, n.value) == (need.on, need.op, need.value)]
        if not same:
            needs.append(need)
        elif need.hard and not same[0].hard:
            needs[needs.index(same[0])] = need
    weights = sorted(range(len(needs)), key=lambda k: (not needs[k].hard, needs[k].on == "other", k))
    kept = set(weights[:MOST_NEEDS])
    return tuple(n for k, n in enumerate(needs) if k in kept)


def _asks(close: Sequence[CategoryCard], drafts: Drafts) -> tuple[Ask, ...]:
    asks = []
    if close:
        options = tuple(" > ".join(card.path) for card in close[:4])
        asks.append(Ask(question="What kind of product is it to be?", options=options))
    for said, attributes in drafts.doubts:
        asks.append(Ask(question=f"What is {said} to be?", options=tuple(attributes)))
    return tuple(asks[:MOST_ASKS])


def _standing(cards: Sequence[CategoryCard], previous: Sequence[PlanNeed], category: str) -> CategoryCard:
    """The card in force."""
    given = next((card for card in cards if category and card.tag == category), None)
    if given is not None or not cards:
        return given or _NO_CARD
    wanted = {n.on for n in previous} - {*BUILT_IN, "other"}
    return max(cards, key=lambda card: len(wanted & {a.name for a in card.attributes}))


def _freed(passage: Passage, scope: Scopes) -> set[str]:
    """Attributes that no longer matter ("any colour", "the price doesn't matter")."""
    freed: set[str] = set()
    for at, spot in enumerate(passage.spots):
        after_any = any("any" in s.tags for s in passage.spots[max(0, at - 2) : at])
        if at in scope.free or (after_any and spot.has("name")):
            freed |= {s.attribute for s in spot.senses}
            freed |= {"price"} if "budget" in spot.tags else set()
            freed |= {"rating"} if "rating_name" in spot.tags else set()
            freed |= {"brand"} if "brand_name" in spot.tags else set()
    return freed


def _replaces(new: PlanNeed, old: PlanNeed) -> bool:
    """Whether a new need stands in an old one's place: the same attribute bounded on the same side."""
    if new.on != old.on or new.on in ("other", "title"):
        return False
    if new.op == "!=" and old.op == "!=":
        return new.value == old.value
    if {new.op, old.op} == {"!=", "="}:
        return new.value == old.value or new.op == "="
    if new.op in _ORDERS or old.op in _ORDERS:
        return new.op in _ORDERS and old.op in (*_ORDERS, "=")
    return {new.op[0], old.op[0]} != {"<", ">"}
