"""What a teacher by rules writes a student may write: each step stands under the grammar of its desk."""

from collections.abc import Callable, Generator, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.desk import Desk
from agent.grammar import step_grammar
from agent.policy import Policy
from agent.trajectory import Compaction, Step, Trajectory
from agent.wire import END_THINK, step_pieces
from distill.drawing.streams import random_tasks
from distill.drawing.tasks import Tally, draw_tasks
from distill.seats.oracle import oracle
from distill.seats.rules_critic import RulesCritic
from distill.seats.rules_user import RulesUser
from distill.stage import Cast, hold
from distill.task import HOME, Task
from distill.worlds.open import open_world
from index.search import Index
from models.llama import LlamaEngine
from tests.agent.accepting import Acceptance
from tests.distill.bazaar import open_bazaar, shoppers
from tests.gguf_factory import write_gguf

RANDOM, DEMO = 80, 24


class Refusal(NamedTuple):
    """A step that the grammar does not take whole."""

    rest: str
    text: str


class Checked:
    """A policy whose every step is held against the grammar of the desk that it was written at."""

    def __init__(self, inner: Policy, acceptance: Acceptance) -> None:
        self._inner = inner
        self._acceptance = acceptance
        self.steps = 0
        self.refusals: list[Refusal] = []

    @property
    def author(self) -> str:
        return self._inner.author

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        return self._inner.compaction(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        step = yield from self._inner.next(trajectory, desk)
        written = "".join(piece.text for piece in step_pieces(step)).partition(END_THINK)[2]
        standing = [done.call for done in trajectory.standing_calls]
        rest = self._acceptance.refused(step_grammar(desk, standing), written)
        self.steps += 1
        if rest:
            self.refusals.append(Refusal(rest, written))
        return step


@pytest.fixture(scope="module")
def acceptance(tmp_path_factory: pytest.TempPathFactory) -> Acceptance:
    """Grammars over the vocabulary of a random model."""
    path = write_gguf(tmp_path_factory.mktemp("models") / "small.gguf", vocab=2048)
    return Acceptance(LlamaEngine.open(path, context_size=512, threads=1))


def held(task: Task, index: Index, acceptance: Acceptance) -> Checked:
    """A supervised dialogue of the teacher by rules, each step checked."""
    checked = Checked(oracle(task), acceptance)
    hold(task, index, Cast(user=RulesUser(index), research=checked, critic=RulesCritic(task)))
    return checked


def random_worlds(home: Path) -> Iterator[tuple[Task, Index]]:
    """Tasks over worlds drawn from a seed."""
    tasks = random_tasks(home, RANDOM, 31, RulesUser, Tally())
    for world, inside in groupby(list(tasks), key=lambda task: task.world):
        with open_world(world, home) as index:
            yield from ((task, index) for task in inside)


def demo(home: Path) -> Iterator[tuple[Task, Index]]:
    """Tasks over the demo shop."""
    with open_bazaar(home) as index:
        people = shoppers(index, DEMO)
        tasks = draw_tasks(index, HOME, people, DEMO, 5, RulesUser(index), None, Tally())
        yield from ((task, index) for task in tasks)


@pytest.mark.longer
@pytest.mark.parametrize("world", [pytest.param(random_worlds, marks=pytest.mark.slow), demo])
def test_every_step_of_the_teacher_stands_under_the_grammar_of_its_desk(
    world: Callable[[Path], Iterator[tuple[Task, Index]]], acceptance: Acceptance, tmp_path: Path
) -> None:
    runs = [held(task, index, acceptance) for task, index in world(tmp_path)]
    assert len(runs) >= DEMO
    assert sum(run.steps for run in runs) > 10 * len(runs)
    assert [refusal for run in runs for refusal in run.refusals] == []
