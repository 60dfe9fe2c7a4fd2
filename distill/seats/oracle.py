"""The research seat by rules: `RulesPolicy` over a reader that knows what the person truly needs.

Its plans are right for any phrasing, so a student learns language that no rule could parse. It knows a need
that is told when asked only after it asked.
"""

from collections.abc import Sequence

from agent.desk import Desk
from agent.plan import number_text
from agent.reading.read import Ask, Reading
from agent.rules import RulesPolicy
from agent.trajectory import Question, Trajectory
from distill.task import Task, TrueNeed
from distill.told import asking_text, known
from index.card import CardAttribute, CategoryCard

_OPTIONS = 3
_NO_WISH = "it does not matter"


class Oracle:
    """Reads a task's needs from the task."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __call__(self, trajectory: Trajectory, desk: Desk) -> Reading:
        """The needs known by now, and a question for each that is still to be asked."""
        card = self._card(desk)
        follows = sum(isinstance(e, Question) for e in trajectory.entries) > 1
        asks = [] if follows else self._asks(card)
        return Reading(
            category=card.tag,
            needs=tuple(true.need for true in known(self._task, trajectory)),
            query=self._query(card),
            asks=tuple(asks),
        )

    def _card(self, desk: Desk) -> CategoryCard:
        right = (card for card in desk.cards if card.path == self._task.category)
        return next(right, desk.cards[0])

    def _query(self, card: CategoryCard) -> str:
        """The kind of thing, and what the person wants that only words can find."""
        words = [n.need.value for n in self._task.needs if n.need.on == "other" and n.reveal == "volunteered"]
        return " ".join([card.path[-1] if card.path else "", *words]).strip()

    def _asks(self, card: CategoryCard) -> list[Ask]:
        asked = [n for n in self._task.needs if n.reveal == "asked"]
        return [Ask(question=asking_text(n), options=_options(n, card)) for n in asked]


def oracle(task: Task) -> RulesPolicy:
    """The rules over a task's true needs."""
    return RulesPolicy(reader=Oracle(task))


def _options(true: TrueNeed, card: CategoryCard) -> tuple[str, ...]:
    """What the catalogue offers on an attribute, and that it does not matter."""
    attribute = next((a for a in card.attributes if a.name == true.need.on), None)
    return (*_offers(true, attribute, card), _NO_WISH)


def _offers(true: TrueNeed, attribute: CardAttribute | None, card: CategoryCard) -> Sequence[str]:
    if attribute is None:
        low, high, unit = card.price_low, card.price_high, card.currency
        if true.need.on == "brand" and card.brands:
            return card.brands[:_OPTIONS]
        return _spans(low, high, unit) if true.need.on == "price" else ("yes",)
    if attribute.kind == "flag":
        return ("yes", "no")
    if attribute.kind == "text":
        return attribute.values[:_OPTIONS] or ("yes",)
    return _spans(attribute.low, attribute.high, attribute.unit)


def _spans(low: float | None, high: float | None, unit: str) -> Sequence[str]:
    """The lower and the upper half of what there is."""
    if low is None or high is None:
        return ("yes",)
    middle = f"{number_text((low + high) / 2)} {unit}".strip()
    return (f"at most {middle}", f"more than {middle}")
