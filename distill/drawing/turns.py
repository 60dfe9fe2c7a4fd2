"""How a person turns: a change of mind while the research runs, and a question after the report.

Both are scripted, so that a dialogue is the same again; each says all needs from then on.
"""

from collections.abc import Callable, Sequence
from random import Random

from agent.moves import Wish
from agent.plan import BUILT_IN, PlanNeed
from distill.drawing.candidates import hard_candidates, sayable
from distill.drawing.reckoner import Reckoner
from distill.drawing.shelves import Shelf
from distill.phrasing.kinds import spoken
from distill.phrasing.writer import follow_up_words, need_words
from distill.task import Change, FollowUp, TrueNeed
from index.card import CategoryCard
from index.text.money import parse_price

_AFTER = (2, 7)
"""Observations before a change of mind."""
_RAISED, _LOWERED = (1.2, 1.3, 1.5, 2.0), (0.6, 0.75, 0.8)
_ADDABLE = frozenset({"has", "is", "brand", "not_brand"})

Needs = tuple[TrueNeed, ...]


def draw_change(needs: Needs, reckoner: Reckoner, shelf: Shelf, rng: Random) -> Change | None:
    """A change of mind by the person's own hand; None where these needs leave nothing to change."""
    card = reckoner.card
    said = _said_of_records(needs)
    edits = [(k, new) for k in said for new in _edited(needs, k, card, rng)]
    relaxable = [k for k in said if needs[k].need.hard and sum(t.need.hard for t in needs) > 1]
    ways: list[Callable[[], tuple[Wish, Needs] | None]] = [lambda: _added(needs, reckoner, shelf, rng)]
    if edits:
        ways += 2 * [lambda: _edit(needs, *rng.choice(edits), card, rng)]
    if relaxable:
        ways.append(lambda: _relaxed(needs, rng.choice(relaxable)))
    changed = rng.choice(ways)()
    if changed is None:
        return None
    return Change(after=rng.randint(*_AFTER), wish=changed[0], needs=changed[1])


def draw_follow_up(
    needs: Needs, reckoner: Reckoner, shelf: Shelf, family: str, rng: Random
) -> FollowUp | None:
    """A question after the report, written as the first one was; None where nothing comes to mind."""
    card = reckoner.card
    said = _said_of_records(needs)
    edits = [(k, new) for k in said for new in _edited(needs, k, card, rng)]
    droppable = [k for k in said if needs[k].need.on not in BUILT_IN and not _in_range(needs, k)]
    way = rng.choice(["edit", "edit", "add", "drop", "cheapest"])
    if way == "edit" and edits:
        at, new = rng.choice(edits)
        text = follow_up_words(_kind_of_edit(needs[at].need, new, card, rng), new, card, family, rng)
        return FollowUp(text=text, needs=_replaced(needs, at, _said(new, card, rng)))
    if way == "drop" and droppable and len(needs) > 2:
        at = rng.choice(droppable)
        flag = any(a.name == needs[at].need.on and a.kind == "flag" for a in card.attributes)
        text = follow_up_words("drop_flag" if flag else "drop", needs[at].need, card, family, rng)
        return FollowUp(text=text, needs=(*needs[:at], *needs[at + 1 :]))
    if way == "cheapest" and card.priced > 0.5 and all(t.need.op not in ("lowest", "low") for t in needs):
        new = PlanNeed(on="price", op="lowest", hard=False)
        text = follow_up_words("price_lowest", new, card, family, rng)
        return FollowUp(text=text, needs=(*needs, _said(new, card, rng)))
    added = _addition(needs, reckoner, shelf, rng, _ADDABLE)
    if added is None:
        return None
    kind = spoken([added], card, rng).kind
    return FollowUp(
        text=follow_up_words(kind, added, card, family, rng), needs=(*needs, _said(added, card, rng))
    )


def _said_of_records(needs: Needs) -> list[int]:
    """Which of the needs the person has said and records can decide."""
    return [k for k, true in enumerate(needs) if true.reveal == "volunteered" and true.need.on != "other"]


def _edit(needs: Needs, at: int, new: PlanNeed, card: CategoryCard, rng: Random) -> tuple[Wish, Needs]:
    wish = Wish(kind="edit", target=f"need:{at}", need=new)
    return wish, _replaced(needs, at, _said(new, card, rng))


def _relaxed(needs: Needs, at: int) -> tuple[Wish, Needs]:
    soft = needs[at].need.model_copy(update={"hard": False})
    return Wish(kind="relax", target=f"need:{at}"), _replaced(
        needs, at, needs[at].model_copy(update={"need": soft})
    )


def _added(needs: Needs, reckoner: Reckoner, shelf: Shelf, rng: Random) -> tuple[Wish, Needs] | None:
    new = _addition(needs, reckoner, shelf, rng)
    if new is None:
        return None
    return Wish(kind="add", need=new), (*needs, _said(new, reckoner.card, rng))


def _addition(
    needs: Needs,
    reckoner: Reckoner,
    shelf: Shelf,
    rng: Random,
    kinds: frozenset[str] = frozenset(),
) -> PlanNeed | None:
    """One more hard need on what was not spoken of; of some kinds only, where they are given."""
    taken, card = {t.need.on for t in needs}, reckoner.card
    product = reckoner.index.catalog.product(rng.choice(shelf.goods).id)
    for candidate in hard_candidates(product, reckoner, rng):
        if len(candidate) == 1 and candidate[0].on not in taken:
            kind = spoken(candidate, card, rng).kind
            if not kinds or kind in kinds:
                return candidate[0]
    return None


def _edited(needs: Needs, at: int, card: CategoryCard, rng: Random) -> list[PlanNeed]:
    """What a need could become: another limit on the price, another value."""
    need = needs[at].need
    if _in_range(needs, at) or not need.hard:
        return []
    if need.on == "price" and need.op in ("<", "<="):
        amount, currency = parse_price(need.value, card.currency)
        figure = _round(amount * rng.choice(_RAISED if rng.random() < 0.6 else _LOWERED))
        new = PlanNeed(on="price", op="<=", value=f"{figure} {currency}")
        return [new] if 0 < figure != amount else []
    attribute = next((a for a in card.attributes if a.name == need.on), None)
    if attribute is None or attribute.kind != "text" or need.op != "=":
        return []
    others = [v for v in attribute.values[:6] if v not in need.value and sayable(v)]
    return [PlanNeed(on=need.on, op="=", value=rng.choice(others))] if others else []


def _kind_of_edit(old: PlanNeed, new: PlanNeed, card: CategoryCard, rng: Random) -> str:
    if new.on != "price":
        return spoken([new], card, rng).kind
    before, after = (parse_price(n.value, card.currency)[0] for n in (old, new))
    return "price_most" if after > before else "price_tighter"


def _round(amount: float) -> int:
    step = 5 if amount < 200 else 10 if amount < 500 else 50
    return max(1, round(amount / step) * step)


def _in_range(needs: Sequence[TrueNeed], at: int) -> bool:
    return sum(t.need.on == needs[at].need.on for t in needs) > 1


def _said(need: PlanNeed, card: CategoryCard, rng: Random) -> TrueNeed:
    return TrueNeed(need=need, words=need_words([need], card, rng))


def _replaced(needs: Needs, at: int, new: TrueNeed) -> Needs:
    return (*needs[:at], new, *needs[at + 1 :])
