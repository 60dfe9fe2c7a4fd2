"""The research seat by rules: `RulesPolicy` over a reader that knows what the person truly needs.

Its plans are right for any phrasing, so a student learns language that no rule could parse. It knows a need
that is told when asked only after it asked, and it asks whenever a question says little, never because it
knows that there is something to learn: a student cannot know that.
"""

from agent.desk import Desk
from agent.plan import PlanNeed, bind
from agent.reading.read import Ask, Reading
from agent.rules import RulesPolicy
from agent.trajectory import NOTHING_ELSE, OPEN_QUESTION, Question, Trajectory
from distill.judging.needs_matched import asks_the_same
from distill.task import Task
from distill.told import known, says_little
from index.card import CategoryCard

_OPTIONS = 3


class Oracle:
    """Reads a task's needs from the task."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __call__(self, trajectory: Trajectory, desk: Desk) -> Reading:
        """The needs known by now, and what else matters where the question says little."""
        card = self._card(desk)
        follows = sum(isinstance(e, Question) for e in trajectory.entries) > 1
        asks = [] if follows else self._asks(card)
        return Reading(
            category=card.tag,
            needs=tuple(_as_read(true.need, desk, card) for true in known(self._task, trajectory)),
            asks=tuple(asks),
        )

    def _card(self, desk: Desk) -> CategoryCard:
        right = (card for card in desk.cards if card.path == self._task.category)
        return next(right, desk.cards[0])

    def _asks(self, card: CategoryCard) -> list[Ask]:
        if not says_little(self._task.needs):
            return []
        named = {n.need.on for n in self._task.needs if n.reveal != "asked"}
        unnamed = [a.name for a in card.attributes if a.name not in named]
        if not unnamed:
            return []
        return [Ask(question=OPEN_QUESTION, options=(*unnamed[:_OPTIONS], NOTHING_ELSE))]


def _as_read(true: PlanNeed, desk: Desk, card: CategoryCard) -> PlanNeed:
    """A need in the words in which code read it, where these mean the same and nobody need rewrite them."""
    read = [need for need in desk.reading.needs if need.on == true.on]
    if not read or true in read:
        return true
    meant = bind(true, "", card, desk.index)
    return next((need for need in read if asks_the_same(meant, bind(need, "", card, desk.index))), true)


def oracle(task: Task) -> RulesPolicy:
    """The rules over a task's true needs."""
    return RulesPolicy(reader=Oracle(task))
