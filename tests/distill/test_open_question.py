"""What a person keeps back: asked for where a question says little, told in one answer, then planned for."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from agent.ledger import Need
from agent.plan import PlanNeed, bind
from agent.rules import RulesPolicy
from agent.trajectory import OPEN_QUESTION, ToolCall, Trajectory, executed
from distill.drawing.streams import random_tasks
from distill.drawing.tasks import Tally
from distill.judging.needs_matched import matches
from distill.seats.oracle import oracle
from distill.seats.rules_critic import RulesCritic
from distill.seats.rules_user import RulesUser
from distill.stage import Cast, Held, hold
from distill.task import Task, TrueNeed
from distill.told import says_little
from distill.worlds.open import open_world
from index.catalog import Catalog
from index.search import Index
from tests.agent.shop import KETTLES
from tests.distill.kettle_task import NEEDS, kettle_task

PRICE, CAPACITY, COLOUR, NOISE = NEEDS
DEAREST = TrueNeed(need=PlanNeed(on="price", op=">", value="20 EUR"), words="more than 20 EUR")
TASKS = 60


def kept(*needs: TrueNeed) -> list[TrueNeed]:
    """The same needs, told only when asked."""
    return [n.model_copy(update={"reveal": "asked"}) for n in needs]


def asking(volunteered: Sequence[TrueNeed], unsaid: Sequence[TrueNeed] = ()) -> Task:
    """Somebody whose question says some needs and keeps others."""
    said = ", ".join(n.words for n in volunteered)
    return kettle_task(needs=(*volunteered, *unsaid), question=f"a kettle, {said}")


def held(task: Task, index: Index) -> Held:
    """The dialogue with rules in every seat."""
    return hold(task, index, Cast(user=RulesUser(index), research=oracle(task), critic=RulesCritic(task)))


def questions(trajectory: Trajectory) -> list[ToolCall]:
    """What the researcher asked the person."""
    return [d.call for d in executed(trajectory.entries) if d.call.name == "ask_user"]


def planned(trajectory: Trajectory) -> list[set[str]]:
    """The needs of each plan as code bound them, in order."""
    plans = (d.observation.text for d in executed(trajectory.entries) if d.call.name == "plan")
    return [set(re.findall(r"^N\d+ \w+: (.+?)(?: \(\d+ of .*)?$", plan, re.MULTILINE)) for plan in plans]


def meant(needs: Sequence[TrueNeed], index: Index, path: tuple[str, ...]) -> list[Need]:
    """The needs of a task as code binds them."""
    return [bind(true.need, "", index.card_for(path), index) for true in needs]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> list[Task]:
    """Tasks over random worlds, as a training draws them."""
    home = tmp_path_factory.mktemp("home")
    return list(random_tasks(home, TASKS, 31, RulesUser, Tally()))


@pytest.mark.parametrize(
    ("volunteered", "asks"),
    [
        ((PRICE,), [OPEN_QUESTION]),
        ((PRICE, CAPACITY), [OPEN_QUESTION]),
        ((PRICE, DEAREST, CAPACITY), [OPEN_QUESTION]),
        ((PRICE, CAPACITY, COLOUR), []),
        (NEEDS, []),
    ],
)
def test_the_open_question_is_asked_exactly_where_at_most_two_attributes_are_named(
    shop: Index, volunteered: tuple[TrueNeed, ...], asks: list[str]
) -> None:
    trajectory = held(asking(volunteered), shop).dialogue.trajectory
    assert [call.arguments["question"] for call in questions(trajectory)] == asks


def test_the_options_are_three_attributes_that_nobody_named_and_nothing_else(shop: Index) -> None:
    (call,) = questions(held(asking((CAPACITY, COLOUR), kept(NOISE)), shop).dialogue.trajectory)
    options = call.arguments["options"]
    assert isinstance(options, list)
    unnamed = [a.name for a in shop.card_for(kettle_task().category).attributes]
    offered = [n for n in unnamed if n not in ("capacity", "colour")][:3]
    assert options == [*offered, "nothing else"]


@pytest.mark.parametrize("by_oracle", [True, False])
def test_where_no_attribute_is_left_to_name_nothing_is_asked(tmp_path: Path, *, by_oracle: bool) -> None:
    with (
        Catalog.open(tmp_path / "catalog.sqlite") as catalog,
        catalog.importing("kettles", "k", "1") as batch,
    ):
        for kettle in KETTLES:
            batch.add(kettle.model_copy(update={"attributes": ()}))
    task = asking((PRICE,))
    with Index.open(tmp_path) as index:
        research = oracle(task) if by_oracle else RulesPolicy()
        dialogue = hold(task, index, Cast(RulesUser(index), research, RulesCritic(task))).dialogue
    assert questions(dialogue.trajectory) == []
    assert dialogue.stop == "reported"


def test_who_kept_nothing_skips_the_question_and_still_gets_a_report(shop: Index) -> None:
    dialogue = held(asking((PRICE, CAPACITY)), shop).dialogue
    (asked,) = [d for d in executed(dialogue.trajectory.entries) if d.call.name == "ask_user"]
    assert not asked.answered
    assert dialogue.stop == "reported"


def test_all_that_was_kept_enters_the_next_plan(shop: Index) -> None:
    task = asking((CAPACITY,), kept(DEAREST, PRICE, COLOUR, NOISE))
    first, second = planned(held(task, shop).dialogue.trajectory)
    known, *_ = bound = [need.bound for need in meant(task.needs, shop, task.category)]
    assert first == {known}
    assert second == set(bound)


def test_the_answer_says_all_that_was_kept_and_nothing_that_was_said(shop: Index) -> None:
    task = asking((PRICE,), kept(CAPACITY, COLOUR, NOISE))
    assert (
        RulesUser(shop).answer(task, task.needs, OPEN_QUESTION, ()) == "at least 1.5 liters, not red, quiet"
    )


def test_a_detailed_question_hides_nothing_for_an_answer(tasks: list[Task]) -> None:
    detailed = [t for t in tasks if not says_little(t.needs)]
    assert len(detailed) > TASKS / 10
    assert not [t.id for t in detailed if any(n.reveal == "asked" for n in t.needs)]


def test_some_who_say_little_keep_something_and_some_keep_nothing(tasks: list[Task]) -> None:
    """Else the question would betray its answer."""
    keeps = [any(n.reveal == "asked" for n in t.needs) for t in tasks if says_little(t.needs)]
    assert 0.25 < sum(keeps) / len(keeps) < 0.9


@pytest.mark.longer
def test_over_drawn_worlds_whoever_is_asked_ends_with_every_need_in_the_plan(
    tasks: list[Task], tmp_path: Path
) -> None:
    for task, index in some(tasks, tmp_path):
        over = held(task.model_copy(update={"change": None, "follow_up": None}), index)
        assert len(questions(over.dialogue.trajectory)) == says_little(task.needs)
        unsaid = meant([n for n in task.needs if n.reveal == "asked"], index, task.category)
        assert over.desk is not None
        assert matches(unsaid, over.desk.needs) == unsaid


def some(tasks: Sequence[Task], home: Path) -> Iterator[tuple[Task, Index]]:
    """Every fifth task beside the index of its world."""
    for world, inside in groupby(tasks[::5], key=lambda task: task.world):
        with open_world(world, home) as index:
            yield from ((task, index) for task in inside)
