"""The gold of people's own words holds in its catalogue, and plans are held against it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.plan import PlanNeed, bind
from benchmarks.people_requests import (
    CHOICES,
    GOALS,
    Asked,
    Choice,
    Choices,
    Label,
    parted,
    read_choices,
    read_labels,
    requests,
    stocked,
)
from benchmarks.people_words import chooses_right, understood
from benchmarks.readers import Reader
from index.conditions import Verdict, decide
from index.search import Index
from tests.agent.scripted import ScriptedPolicy, call

LABELS = read_labels()
STOOL = {"product": "stool", "User": "Ann", "Task": "I want a stool that I like."}
STOOLS = [
    Choice.model_validate({**STOOL, "Option A": a, "Option B": b, "Option C": c, "gt": gt})
    for a, b, c, gt in (
        (("oak", "round", "low"), ("pine", "round", "tall"), ("pine", "square", "low"), "A"),
        (("pine", "round", "low"), ("oak", "square", "low"), ("oak", "square", "tall"), None),
    )
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The labelled requests as products."""
    folder = tmp_path_factory.mktemp("people") / "home"
    with stocked(folder, [label.product() for label in LABELS]) as index:
        yield index


def _planned(*steps: tuple[str, str, str]) -> Reader:
    needs = [{"on": on, "op": op, "value": value} for on, op, value in steps]
    return Reader("script", lambda: ScriptedPolicy([call("so", "plan", category="C1", needs=needs)]))


@pytest.mark.parametrize("one", LABELS, ids=lambda one: str(one.n))
def test_every_gold_need_binds_and_the_product_of_its_request_meets_it(one: Label, catalogue: Index) -> None:
    card = catalogue.card_for((one.category,))
    product = catalogue.catalog.product(f"people-words:{one.n}")
    for need in one.needs:
        condition = bind(need, "T1", card, catalogue).condition
        assert condition is not None
        assert decide(condition, product) is Verdict.MET


@pytest.mark.skipif(not GOALS.exists(), reason="the shared data is not here")
def test_every_label_has_its_request() -> None:
    assert all(asked.text.strip() for asked in requests(LABELS))


def test_a_plan_is_held_against_the_gold_and_needs_of_the_title_count_for_nothing(catalogue: Index) -> None:
    needs = (PlanNeed(on="color", op="=", value="red"), PlanNeed(on="material", op="=", value="steel"))
    asked = Asked("a red patio set with a steel frame", "furniture", needs)
    plan = _planned(("color", "=", "red"), ("title", "=", "patio"), ("price", "<", "10 USD"))
    found = understood(asked, catalogue, plan)
    assert (found.scores.precision, found.scores.recall) == (0.5, 0.5)


def test_what_is_no_step_understands_nothing(catalogue: Index) -> None:
    asked = Asked("a red patio set", "furniture", (PlanNeed(on="color", op="=", value="red"),))
    found = understood(asked, catalogue, Reader("script", lambda: ScriptedPolicy(["no step"])))
    assert (found.scores.f1, found.category, found.needs) == (0.0, False, ())


def test_features_fall_into_groups_of_which_an_option_has_one_each() -> None:
    assert parted([o for choice in STOOLS for o in choice.options.values()]) == [
        {"oak", "pine"},
        {"round", "square"},
        {"low", "tall"},
    ]


def test_features_that_fit_several_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="'b' could stand in several groups"):
        parted([("a", "x", "m"), ("b", "y", "n")])


def test_told_tastes_are_what_the_suiting_options_hold() -> None:
    asked = Choices([STOOLS]).asked(1, told=True)
    assert asked.text == "I want a stool that I like. It must have oak; round; low."
    assert [(need.on, need.value) for need in asked.needs] == [
        ("feature_1", "oak"),
        ("feature_2", "round"),
        ("feature_3", "low"),
    ]
    assert asked.suits is None
    assert Choices([STOOLS]).asked(1, told=False).needs == ()


def test_nothing_is_taken_where_no_option_has_what_the_plan_demands(tmp_path: Path) -> None:
    choices = Choices([STOOLS])
    with stocked(tmp_path / "stools", choices.products()) as index:
        card = index.card_for(("stool",))
        suits, refused = (choices.asked(at, told=True) for at in (0, 1))
        bound = [bind(need, f"N{n}", card, index) for n, need in enumerate(suits.needs)]
        assert chooses_right(suits, bound, index)
        assert chooses_right(refused, bound, index)
        assert not chooses_right(refused, bound[:1], index)
        assert not chooses_right(
            suits, [bind(PlanNeed(on="feature_1", op="=", value="pine"), "N9", card, index)], index
        )


def test_people_whom_nothing_suited_are_not_asked() -> None:
    assert Choices([STOOLS, STOOLS[1:]]).drawn(9) in ([0, 1], [1, 0])


@pytest.mark.skipif(not CHOICES[0].exists(), reason="the shared data is not here")
def test_gold_tastes_decide_every_published_choice(tmp_path: Path) -> None:
    choices = read_choices()
    with stocked(tmp_path / "options", choices.products()) as index:
        for at in choices.drawn(60):
            asked = choices.asked(at, told=True)
            card = index.card_for((asked.category,))
            gold = [bind(need, f"T{n}", card, index) for n, need in enumerate(asked.needs)]
            assert chooses_right(asked, gold, index), asked
