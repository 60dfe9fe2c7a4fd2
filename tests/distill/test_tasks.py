"""Tasks: their truth is what the index says, their questions hold it, and all follows from the seed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from agent.ledger import judge
from agent.past import SHOWN
from agent.plan import PlanNeed, bind
from distill.drawing.history import own_history
from distill.drawing.needs import clash
from distill.drawing.shoppers import draw_histories
from distill.drawing.splits import split_of_world
from distill.drawing.task_files import begun_tasks, read_tasks, write_tasks
from distill.drawing.tasks import NoTasksError, Tally, draw_tasks
from distill.errors import DataError
from distill.phrasing.said import stands_in
from distill.rubric import Rubric
from distill.seats.roles import Brief, History, SeatError
from distill.seats.rules_user import RulesUser
from distill.task import HOME, Persona, Task, TrueNeed
from distill.truth import truth
from index.catalog import Catalog
from index.conditions import spaced
from index.search import Index
from tests.agent.shop import open_shop
from tests.distill.bazaar import open_bazaar, shoppers
from tests.slow import slow

MANY = 240


@pytest.fixture(scope="module")
def bazaar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The small demo shop."""
    with open_bazaar(tmp_path_factory.mktemp("bazaar")) as index:
        yield index


@pytest.fixture(scope="module")
def tasks(bazaar: Index) -> list[Task]:
    """Enough tasks to see every kind of them."""
    return drawn(bazaar, MANY)


def drawn(index: Index, count: int, seed: int = 5, tally: Tally | None = None) -> list[Task]:
    histories = shoppers(index, count)
    return list(draw_tasks(index, HOME, histories, count, seed, RulesUser(index), tally=tally))


def first(tasks: Sequence[Task], on: str, op: str) -> tuple[Task, TrueNeed]:
    return next((t, n) for t in tasks for n in t.needs if n.need.on == on and n.need.op == op)


def test_the_number_of_fitting_products_is_what_every_hard_need_leaves(
    bazaar: Index, tasks: list[Task]
) -> None:
    everything = list(bazaar.catalog.all_products())
    for task in tasks[:60]:
        found = truth(task.category, task.needs, bazaar)
        shelf = [p for p in everything if p.category == task.category]
        by_hand = {p.id for p in shelf if judge(found.needs, p).fits}
        assert by_hand == found.fitting
        assert len(by_hand) == task.fitting


def test_none_one_and_many_answers_come_as_often_as_meant(tasks: list[Task]) -> None:
    shares = {answer: n / len(tasks) for answer, n in Counter(t.answer for t in tasks).items()}
    assert shares["none"] == pytest.approx(0.15, abs=0.07)
    assert shares["one"] == pytest.approx(0.2, abs=0.08)
    assert all(
        (t.fitting == 0, t.fitting == 1, t.fitting > 1)[("none", "one", "many").index(t.answer)]
        for t in tasks
    )
    assert all(t.fitting <= 40 for t in tasks)


def test_where_nothing_fits_each_hard_need_alone_can_be_met(bazaar: Index, tasks: list[Task]) -> None:
    for task in (t for t in tasks if t.answer == "none"):
        for true in (n for n in task.needs if n.need.hard):
            assert truth(task.category, [true], bazaar).fitting, (task.id, true)


def test_every_volunteered_need_stands_in_the_question(bazaar: Index, tasks: list[Task]) -> None:
    for task in tasks:
        card = bazaar.card_for(task.category)
        volunteered = [n for n in task.needs if n.reveal == "volunteered"]
        assert volunteered
        assert all(stands_in(n.need, task.question, card) for n in volunteered), task.question


def test_needs_bind_as_they_were_meant(bazaar: Index, tasks: list[Task]) -> None:
    for task in tasks:
        card = bazaar.card_for(task.category)
        assert 2 <= len(task.needs) <= 6
        for true in task.needs:
            bound = bind(true.need, "T", card, bazaar)
            assert bound.attribute == true.need.on
            assert bound.condition is not None or not true.need.hard
            assert true.words


def test_no_two_needs_contradict_each_other(bazaar: Index, tasks: list[Task]) -> None:
    assert not any(clash(truth(t.category, t.last_needs, bazaar).needs) for t in tasks)


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        (("price", "<", "40 USD"), ("price", ">=", "50 USD"), True),
        (("price", "<", "60 USD"), ("price", ">=", "50 USD"), False),
        (("capacity", "=", "1.7 L"), ("capacity", "<=", "1 L"), True),
        (("color", "=", "red"), ("color", "!=", "red"), True),
        (("color", "=", "red|black"), ("color", "=", "black"), False),
        (("keep_warm", "=", "yes"), ("keep_warm", "=", "no"), True),
        (("price", "lowest", ""), ("price", "highest", ""), True),
        (("color", "=", "red"), ("keep_warm", "=", "no"), False),
    ],
)
def test_what_cannot_both_be_wanted_is_known(
    bazaar: Index, one: tuple[str, str, str], other: tuple[str, str, str], clashes: bool
) -> None:
    card = bazaar.card_for("kettles")
    written = [
        PlanNeed.model_validate({"on": on, "op": op, "value": value}) for on, op, value in (one, other)
    ]
    assert bool(clash([bind(need, "T", card, bazaar) for need in written])) is clashes


def test_needs_are_volunteered_told_when_asked_or_hidden(tasks: list[Task]) -> None:
    reveals = Counter(n.reveal for t in tasks for n in t.needs)
    shares = {reveal: n / sum(reveals.values()) for reveal, n in reveals.items()}
    assert 0.55 < shares["volunteered"] < 0.78
    assert 0.08 < shares["asked"] < 0.25
    assert 0.08 < shares["hidden"] < 0.28


def test_what_is_hidden_shows_in_the_history(tasks: list[Task]) -> None:
    assert max(len(task.persona.history) for task in tasks) == SHOWN
    hidden = [(t, n.need) for t in tasks for n in t.needs if n.reveal == "hidden"]
    for task, need in hidden:
        if need.on == "brand":
            assert need.value in task.persona.brands
        elif need.on == "price":
            assert task.persona.spending == "low"
        elif need.op == "=":
            bought = [spaced(line) for line in task.persona.history if " ordered " in line]
            assert sum(f" {spaced(need.value)} " in f" {line} " for line in bought) > 1
        else:
            assert any(" returned " in line for line in task.persona.history)
    assert {need.on for _, need in hidden} >= {"brand", "price", "other"}


def test_test_tasks_share_no_user_category_or_family_with_training(tasks: list[Task]) -> None:
    for held_out in ("validation", "test"):
        apart = [t for t in tasks if t.split == held_out]
        training = [t for t in tasks if t.split == "train"]
        assert apart
        assert not {t.persona.user for t in apart} & {t.persona.user for t in training}
        assert not {t.category for t in apart} & {t.category for t in training}
        assert not {t.family for t in apart} & {t.family for t in training}


def test_no_persona_of_a_task_knows_another_splits_categories(tasks: list[Task]) -> None:
    trained = {" > ".join(t.category) for t in tasks if t.split == "train"}
    seen = {c for t in tasks if t.split == "test" for c in t.persona.categories}
    assert not seen & trained


def test_some_people_change_their_mind_and_some_ask_on(tasks: list[Task]) -> None:
    assert 0.04 < sum(t.change is not None for t in tasks) / len(tasks) < 0.2
    assert 0.08 < sum(t.follow_up is not None for t in tasks) / len(tasks) < 0.3
    for task in tasks:
        if task.change is not None and task.change.wish.kind == "edit":
            at = int(task.change.wish.target.removeprefix("need:"))
            assert task.change.needs[at].need == task.change.wish.need != task.needs[at].need
        if task.follow_up is not None:
            before = task.change.needs if task.change else task.needs
            assert task.follow_up.needs != before
            assert task.follow_up.text


def test_the_same_seed_draws_the_same_tasks_however_many(bazaar: Index, tasks: list[Task]) -> None:
    assert drawn(bazaar, 12) == tasks[:12]
    assert drawn(bazaar, 12, seed=6) != tasks[:12]
    assert len({t.id for t in tasks}) == len(tasks)


def test_few_tasks_are_dropped_and_each_has_its_cause(bazaar: Index) -> None:
    tally = Tally()
    drawn(bazaar, 60, tally=tally)
    assert tally.drawn == 60
    assert tally.dropped.total() < 3


def test_histories_come_round_again_where_they_can(bazaar: Index) -> None:
    two = shoppers(bazaar, 2)
    user = RulesUser(bazaar)
    again = list(draw_tasks(bazaar, HOME, two, 6, 5, user))
    assert len({t.question for t in again}) == 6
    assert len(list(draw_tasks(bazaar, HOME, iter(two), 6, 5, user))) <= 2


def test_tasks_of_one_split_can_be_drawn_alone(bazaar: Index) -> None:
    tally = Tally()
    user = RulesUser(bazaar)
    only = list(draw_tasks(bazaar, HOME, shoppers(bazaar, 80), 4, 5, user, split="test", tally=tally))
    assert {t.split for t in only} == {"test"}
    assert tally.dropped["other split"] > 0


@pytest.mark.longer
@pytest.mark.parametrize(("taught", "tested"), [(11, 77), *slow((77, 11), (5, 6))])
def test_what_one_seed_tests_no_other_seed_has_taught(bazaar: Index, taught: int, tested: int) -> None:
    people, user = shoppers(bazaar, 150), RulesUser(bazaar)
    training = list(draw_tasks(bazaar, HOME, people, 150, taught, user, split="train"))
    test = list(draw_tasks(bazaar, HOME, people, 30, tested, user, split="test"))
    assert {t.persona.user for t in test}.isdisjoint(t.persona.user for t in training)
    assert {t.category for t in test}.isdisjoint(t.category for t in training)
    assert {t.family for t in test}.isdisjoint(t.family for t in training)
    assert len({t.category for t in training}) > len({t.category for t in test}) > 1


def test_a_split_without_a_category_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with open_shop(tmp_path) as index, pytest.raises(NoTasksError, match="belongs to the test split"):
        list(draw_tasks(index, HOME, [History(user="me")], 1, 5, RulesUser(index), split="test"))


def test_the_owners_past_gives_no_held_out_task(bazaar: Index) -> None:
    past, user = own_history(bazaar.catalog), RulesUser(bazaar)
    assert [t.split for t in draw_tasks(bazaar, HOME, [past], 2, 5, user)] == ["train", "train"]
    with pytest.raises(NoTasksError, match="Nobody in these histories"):
        list(draw_tasks(bazaar, HOME, [past], 1, 5, user, split="test"))


@pytest.mark.parametrize("once", [False, True])
def test_a_split_that_nobody_belongs_to_is_refused_in_a_sentence(bazaar: Index, once: bool) -> None:
    training = list(draw_histories(bazaar, 5, 3, split="train"))
    people = iter(training) if once else training
    with pytest.raises(NoTasksError, match="Nobody in these histories belongs to the split"):
        list(draw_tasks(bazaar, HOME, people, 1, 5, RulesUser(bazaar), split="test"))


def test_a_random_worlds_tasks_all_belong_to_its_split(bazaar: Index) -> None:
    world = next(f"random:{n}" for n in range(100) if split_of_world(f"random:{n}") == "validation")
    some = list(draw_tasks(bazaar, world, shoppers(bazaar, 6), 6, 5, RulesUser(bazaar)))
    assert {t.split for t in some} == {"validation"}
    assert len({t.id for t in some}) == 6


def test_a_person_without_a_past_gives_tasks_too(bazaar: Index) -> None:
    (task,) = draw_tasks(bazaar, HOME, [own_history(bazaar.catalog)], 1, 5, RulesUser(bazaar))
    assert not any(n.reveal == "hidden" for n in task.needs)


def test_an_empty_catalogue_is_refused_in_a_sentence(tmp_path: Path) -> None:
    Catalog.open(tmp_path / "catalog.sqlite").close()
    with Index.open(tmp_path) as index, pytest.raises(NoTasksError, match="nothing to ask about"):
        list(draw_tasks(index, HOME, [History(user="me")], 1, 5, RulesUser(index)))


class Silent(RulesUser):
    """Somebody who says nothing, and fails at every third question."""

    def question(self, brief: Brief, persona: Persona) -> str:
        if brief.seed % 3 == 0:
            raise SeatError("timeout", "no answer")
        return "Hello?" if brief.seed % 3 == 1 else super().question(brief, persona)


def test_what_a_seat_fails_at_is_counted_by_its_cause(bazaar: Index) -> None:
    tally = Tally()
    some = list(draw_tasks(bazaar, HOME, shoppers(bazaar, 40), 9, 5, Silent(bazaar), tally=tally))
    assert len(some) == 9
    assert tally.dropped["unsaid"] > 0
    assert tally.dropped["seat timeout"] > 0


def test_a_seat_that_never_says_the_needs_ends_the_run(bazaar: Index) -> None:
    class Mute(RulesUser):
        def question(self, brief: Brief, persona: Persona) -> str:  # noqa: ARG002
            return "Hello?"

    with pytest.raises(NoTasksError, match="200 attempts: unsaid"):
        list(draw_tasks(bazaar, HOME, shoppers(bazaar, 5), 3, 5, Mute(bazaar)))


def test_tasks_survive_their_file(tasks: list[Task], tmp_path: Path) -> None:
    assert write_tasks(tmp_path / "tasks.jsonl", tasks[:20]) == 20
    assert list(read_tasks(tmp_path / "tasks.jsonl")) == tasks[:20]
    assert [p.name for p in tmp_path.iterdir()] == ["tasks.jsonl"]


def test_a_damaged_line_is_named_by_its_number(tasks: list[Task], tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, tasks[:3])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1][:50], lines[2]]), encoding="utf-8")
    reading = read_tasks(path)
    assert next(reading) == tasks[0]
    with pytest.raises(DataError, match="2"):
        next(reading)


def test_a_killed_run_goes_on_where_it_was(bazaar: Index, tasks: list[Task], tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"

    def dies() -> Iterator[Task]:
        yield from tasks[:7]
        raise KeyboardInterrupt

    assert begun_tasks(path, "shop, seed 5") == (0, 0)
    with pytest.raises(KeyboardInterrupt):
        write_tasks(path, dies())
    with (tmp_path / ".tasks.jsonl.partial").open("ab") as file:
        file.write(b'{"id": "home-5-00')
    assert not path.exists()
    done, after = begun_tasks(path, "shop, seed 5")
    histories = shoppers(bazaar, MANY)
    rest = draw_tasks(bazaar, HOME, histories, 12 - done, 5, RulesUser(bazaar), after=after)
    assert (done, write_tasks(path, rest)) == (7, 5)
    assert list(read_tasks(path)) == tasks[:12]


def test_tasks_that_can_be_kept_nowhere_are_a_sentence(tasks: list[Task], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be used"):
        write_tasks(tmp_path / "taken" / "tasks.jsonl", tasks[:1])


def test_nobody_turns_to_a_value_that_nobody_says(tasks: list[Task]) -> None:
    later = [n for t in tasks for turn in (t.change, t.follow_up) if turn for n in turn.needs]
    assert len(later) > 50
    assert not any(n.need.op == "=" and n.need.value == "none" for n in later)


def test_what_was_begun_otherwise_is_not_gone_on_with(tasks: list[Task], tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    begun_tasks(path, "seed 5")
    (tmp_path / ".tasks.jsonl.partial").write_text(tasks[0].model_dump_json() + "\n", encoding="utf-8")
    assert begun_tasks(path, "seed 5").tasks == 1
    assert begun_tasks(path, "seed 6") == (0, 0)
    assert begun_tasks(path, "seed 5") == (0, 0)


def answer(index: Index, task: Task, question: str, *options: str) -> str:
    return RulesUser(index).answer(task, task.needs, question, options)


def test_an_answer_says_the_need_that_was_asked_about(bazaar: Index, tasks: list[Task]) -> None:
    task, need = first(tasks, "price", "<")
    assert answer(bazaar, task, "What is your budget?", "no limit", "it depends") == need.words
    task, need = first(tasks, "color", "=")
    said = answer(bazaar, task, "Which colour would you like?", "pink", "no preference")
    assert said == need.words


def test_an_answer_is_the_option_that_holds(bazaar: Index, tasks: list[Task]) -> None:
    colors = ((t, n.need) for t in tasks for n in t.needs if n.need.on == "color" and n.need.op == "=")
    task, wanted = next((t, n.value) for t, n in colors if "|" not in n.value)
    assert answer(bazaar, task, "Which color?", "mauve", wanted, "puce") == wanted
    task, need = next(
        (t, n) for t in tasks for n in t.needs if n.need.op == "=" and n.need.value == "yes" and n.need.hard
    )
    name = need.need.on.replace("_", " ")
    assert answer(bazaar, task, f"Do you need {name}?", "Yes", "No", "Either is fine") == "Yes"


def test_the_kind_of_thing_is_told_when_it_is_asked(bazaar: Index, tasks: list[Task]) -> None:
    task = tasks[0]
    right = " > ".join(task.category)
    assert answer(bazaar, task, "What kind of product is it to be?", "Else > Where", right) == right


def test_hidden_needs_are_told_to_whoever_asks(bazaar: Index, tasks: list[Task]) -> None:
    task, need = next((t, n) for t in tasks for n in t.needs if n.reveal == "hidden" and n.need.on == "brand")
    assert need.need.value in answer(bazaar, task, "Is there a brand that you prefer?", "No", "Yes, several")


def test_nobody_answers_what_they_have_no_wish_on(bazaar: Index, tasks: list[Task]) -> None:
    for task in tasks[:40]:
        assert answer(bazaar, task, "Which zodiac sign should it suit?", "Leo", "Virgo") == ""


def test_the_rubric_is_kept_as_the_rules_made_it(bazaar: Index, tasks: list[Task]) -> None:
    rubric: Rubric = tasks[0].rubric
    assert RulesUser(bazaar).rubric(tasks[0].question, tasks[0].needs, rubric) == rubric
    assert sum(rubric.weights.values()) == pytest.approx(1)


@pytest.mark.slow
def test_memory_stays_flat_over_many_tasks(bazaar: Index) -> None:
    import tracemalloc

    stream = draw_tasks(bazaar, HOME, draw_histories(bazaar, 5, 10**9), 10**9, 5, RulesUser(bazaar))
    for _ in islice(stream, 800):
        pass
    tracemalloc.start()
    for _ in islice(stream, 800):
        pass
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20_000_000


def test_plan_needs_stay_within_what_a_plan_may_hold(tasks: list[Task]) -> None:
    assert all(isinstance(n.need, PlanNeed) and len(n.need.value) <= 120 for t in tasks for n in t.needs)
