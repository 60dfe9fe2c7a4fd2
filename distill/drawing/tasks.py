"""Tasks out of histories: a persona, needs with a known answer, a question around them, and its rubric.

Everything is drawn from the seed and checked by code before it is handed on; what fails a check is dropped
and counted by its cause. How needs are drawn stands in `needs`, how they are said in `phrasing`.

NoTasksError    nothing can be asked of this catalogue
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from agent.past import worth_telling
from agent.plan import PlanNeed
from distill.drawing.needs import DrawnNeeds, clash, draw_needs
from distill.drawing.persona import persona_of
from distill.drawing.reckoner import Reckoner
from distill.drawing.shelves import FEWEST, Shelves, read_shelves
from distill.drawing.splits import Splits, draw_splits
from distill.drawing.task_files import task_prefix
from distill.drawing.turns import draw_change, draw_follow_up
from distill.errors import DistillError, StoppedError
from distill.judging.rubric_rules import make_rubric
from distill.phrasing.bank import families
from distill.phrasing.nouns import nouns_of
from distill.phrasing.said import stands_in
from distill.phrasing.writer import grouped, need_words
from distill.seats.roles import Brief, History, SeatError, UserSeat
from distill.task import Answer, Change, FollowUp, Persona, Split, Task, TrueNeed
from distill.truth import truth
from index.card import CategoryCard
from index.search import Index

Category = tuple[str, ...]

_ANSWERS: dict[Answer, float] = {"none": 0.15, "one": 0.2, "many": 0.65}
_CHANGES, _FOLLOW_UPS = 0.12, 0.2
_OWN_CATEGORY = 0.8
"""Share of tasks about a category that the history speaks of, where it speaks of one in the split."""
_DRAWS = 24
"""Products around which needs are drawn before a task is given up."""
_PERSONAS = 4096
"""Personas kept for histories that come round again, 3 to 20 kB each; few drawings have more people."""


class NoTasksError(DistillError):
    """A catalogue and histories from which no task can be drawn; the message is for the person."""


@dataclass
class Tally:
    """How many tasks were drawn, and how many were dropped for which cause."""

    drawn: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    given_up: Callable[[], str | None] = lambda: None
    """Why no further attempt should be made, in a sentence; None where one may be."""


class DroppedError(Exception):
    """An attempt gave no task; the message is the cause, in a word or two."""


def draw_tasks(
    index: Index,
    world: str,
    histories: Iterable[History],
    count: int,
    seed: int,
    user: UserSeat,
    split: Split | None = None,
    tally: Tally | None = None,
    after: int = 0,
) -> Iterator[Task]:
    """That many tasks, one history after another, the same for the same seed, however many are taken.

    Histories that can be read again come round again; an iterator ends the tasks where it ends. Only tasks of
    one split are drawn, where it is given. `after` is the number of attempts that an earlier run has made.
    Raises NoTasksError, also where no category or no history is of the split, and StoppedError once the tally
    says that it is given up.
    """
    tally = tally if tally is not None else Tally()
    shelves = read_shelves(index)
    if not shelves.paths:
        raise NoTasksError(
            f"No category of this catalogue has {FEWEST} products or more, so there is nothing to ask about."
        )
    draws = _Draws(index, world, seed, user, shelves)
    if split is not None and not draws.categories_of(split):
        raise NoTasksError(f"No category of this catalogue belongs to the {split} split.")

    def ours(history: History) -> bool:
        return split in (None, draws.split_of(history))

    for number, history in islice(enumerate(_round(histories, ours), start=1), after, None):
        if tally.drawn >= count:
            return
        if not ours(history):
            tally.dropped["other split"] += 1
            continue
        try:
            task = draws.task(number, history)
        except DroppedError as dropped:
            tally.dropped[str(dropped)] += 1
            _stop_if_hopeless(tally)
            continue
        tally.drawn += 1
        yield task


def _round(histories: Iterable[History], ours: Callable[[History], bool]) -> Iterator[History]:
    """Histories again and again; raises NoTasksError where a round has none of ours."""
    met = True
    while met:
        # An iterator gives nothing the second time, and so ends the round.
        met = mine = False
        for history in histories:
            met, mine = True, mine or ours(history)
            yield history
        if met and not mine:
            raise NoTasksError("Nobody in these histories belongs to the split that is asked for.")


def _stop_if_hopeless(tally: Tally) -> None:
    """A useless teacher, or an index in which nothing can be asked for, would be tried for ever."""
    reason = tally.given_up()
    if reason:
        raise StoppedError(reason)
    if tally.drawn == 0 and sum(tally.dropped.values()) - tally.dropped["other split"] >= 200:
        causes = ", ".join(f"{cause} ({times})" for cause, times in tally.dropped.most_common(3))
        raise NoTasksError(f"No task could be drawn from this catalogue in 200 attempts: {causes}.")


class _Draws:
    """What every attempt needs: the index, its shelves and splits, and the personas known so far."""

    def __init__(self, index: Index, world: str, seed: int, user: UserSeat, shelves: Shelves) -> None:
        self._index, self._world, self._seed, self._user = index, world, seed, user
        self._shelves = shelves
        self._splits: Splits = draw_splits(world, shelves.paths, families())
        self._personas: OrderedDict[str, Persona] = OrderedDict()
        self._reckoners: dict[Category, Reckoner] = {}

    def split_of(self, history: History) -> Split:
        """The split to which a task of this history belongs."""
        return self._splits.of_user(history.user)

    def categories_of(self, split: Split) -> list[Category]:
        """The categories from which a task of a split may be drawn."""
        return self._splits.categories_of(split)

    def task(self, number: int, history: History) -> Task:
        """One task; raises DroppedError."""
        rng = Random(f"{self._seed}:{self._world}:{number}")
        split = self.split_of(history)
        try:
            return self._task(number, history, split, rng)
        except SeatError as error:
            raise DroppedError(f"seat {error.cause}") from error

    def _task(self, number: int, history: History, split: Split, rng: Random) -> Task:
        persona = self._persona(history)
        family = rng.choice(self._splits.families_of(split))
        answer = rng.choices(list(_ANSWERS), list(_ANSWERS.values()))[0]
        reckoner, drawn = self._needs(persona, answer, rng)
        card = reckoner.card
        persona = _beside(card, persona)
        needs = _worded(drawn, card, rng)
        noun = nouns_of(card)[0] if rng.random() < 0.5 else rng.choice(nouns_of(card))
        brief = Brief(
            category=card.path, noun=noun.text, needs=needs, family=family, seed=rng.randrange(2**32)
        )
        question = self._user.question(brief, persona)
        self._check(card, needs, question, answer, drawn.fitting)
        change, follow = self._turns(needs, reckoner, family, rng)
        return Task(
            id=f"{task_prefix(self._world, self._seed)}{number:06d}",
            world=self._world,
            seed=brief.seed,
            split=split,
            family=family,
            persona=persona,
            category=card.path,
            question=question,
            needs=needs,
            answer=answer,
            fitting=drawn.fitting,
            rubric=self._user.rubric(question, needs, make_rubric(question, needs, card.path, rng)),
            change=change,
            follow_up=follow,
        )

    def _turns(
        self, needs: tuple[TrueNeed, ...], reckoner: Reckoner, family: str, rng: Random
    ) -> tuple[Change | None, FollowUp | None]:
        """What the person will say later on; a turn whose needs could not all be wanted is left out."""
        path, change, follow = reckoner.card.path, None, None
        shelf = self._shelves[path]
        if rng.random() < _CHANGES:
            change = draw_change(needs, reckoner, shelf, rng)
        if change is not None and not self._sound(change.needs, path):
            change = None
        if rng.random() < _FOLLOW_UPS:
            later = change.needs if change is not None else needs
            follow = draw_follow_up(later, reckoner, shelf, family, rng)
        if follow is not None and not self._sound(follow.needs, path):
            follow = None
        return change, follow

    def _persona(self, history: History) -> Persona:
        known = self._personas.get(history.user)
        if known is None:
            among = frozenset(self._splits.paths_of(history.user))
            known = self._user.persona(history, persona_of(history, self._index, among))
            self._personas[history.user] = known
            if len(self._personas) > _PERSONAS:
                self._personas.popitem(last=False)
        return known

    def _needs(self, persona: Persona, answer: Answer, rng: Random) -> tuple[Reckoner, DrawnNeeds]:
        paths = self._splits.paths_of(persona.user)
        if not paths:
            raise DroppedError("no category")
        own = [p for p in paths if " > ".join(p) in persona.categories]
        for _ in range(_DRAWS):
            path = rng.choice(own if own and rng.random() < _OWN_CATEGORY else paths)
            if path not in self._reckoners:
                self._reckoners[path] = Reckoner(self._index.card_for(path), self._index)
            reckoner = self._reckoners[path]
            drawn = draw_needs(reckoner, self._shelves[path], _beside(reckoner.card, persona), answer, rng)
            if drawn is not None:
                return reckoner, drawn
        raise DroppedError(f"needs for {answer}")

    def _check(
        self, card: CategoryCard, needs: Sequence[TrueNeed], question: str, answer: Answer, fitting: int
    ) -> None:
        """Hold a task against what it promises; raises DroppedError with the cause."""
        found = truth(card.path, needs, self._index)
        if len(found.fitting) != fitting or answer != answer_of(fitting):
            raise DroppedError("truth")
        if any(n.condition is None for n, true in zip(found.needs, needs, strict=True) if true.need.hard):
            raise DroppedError("unbound")
        if clash(found.needs):
            raise DroppedError("clash")
        said = (t.need for t in needs if t.reveal == "volunteered")
        if not question.strip() or not all(stands_in(need, question, card) for need in said):
            raise DroppedError("unsaid")
        if card.path not in (offered.path for offered in self._index.card(question)):
            raise DroppedError("not on the card")

    def _sound(self, needs: Sequence[TrueNeed], path: Category) -> bool:
        """Whether needs after a turn can all be wanted at once."""
        return not clash(truth(path, needs, self._index).needs)


def _beside(card: CategoryCard, persona: Persona) -> Persona:
    """The persona with what a researcher is told of their past beside this card."""
    return persona.model_copy(update={"history": worth_telling(persona.history, [card])})


def answer_of(fitting: int) -> Answer:
    """What so many fitting products make of a question."""
    return "none" if fitting == 0 else "one" if fitting == 1 else "many"


def _worded(drawn: DrawnNeeds, card: CategoryCard, rng: Random) -> tuple[TrueNeed, ...]:
    """The needs with the words in which the person would say each; a range is said whole."""
    words: dict[PlanNeed, str] = {}
    for group in grouped([t.need for t in drawn.needs]):
        words |= dict.fromkeys(group, need_words(group, card, rng))
    return tuple(t.model_copy(update={"words": words[t.need]}) for t in drawn.needs)
