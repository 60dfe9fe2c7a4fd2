"""The study of owners: who is studied, what is asked of their models, and what the table says."""

from pathlib import Path

import pytest

from benchmarks.owner_shops import goods, options, variants
from benchmarks.owner_study.__main__ import table, together
from benchmarks.owner_study.choices import Choices, choosers
from benchmarks.owner_study.setting import Setting
from benchmarks.people_requests import DATA
from distill.evaluate.figures import Figure
from models.bundled_agent import bundled_agent
from models.usable import Model

RIGHT = Figure("right", "right")
BARE, TOLD = Setting("as it came", 0, told=False), Setting("as it came", 0, told=True)
published = pytest.mark.skipif(not DATA.exists(), reason="PRODUCTRESEARCH_SHARED_DATA is absent")


def test_the_tasks_of_two_owners_stay_apart_and_differences_are_paired() -> None:
    one = {BARE: {"right": {"1": 0.0, "2": 1.0}}, TOLD: {"right": {"1": 1.0, "2": 1.0}}}
    two = {BARE: {"right": {"1": 0.0}}, TOLD: {"right": {"1": 1.0}}}
    both = together([one, two])
    assert both[BARE]["right"] == {"0:1": 0.0, "0:2": 1.0, "1:1": 0.0}
    lines = list(table(both, [RIGHT]))
    assert lines[1].split("  ")[0] == "as it came, past not told"
    assert "33.3" in lines[1]
    assert "100.0" in lines[2]
    beside = lines.index(f"\nDifferences to {BARE.name}, on the same tasks:")
    assert "66.7" in lines[beside + 2]


@published
def test_who_chose_is_asked_about_choices_that_their_past_does_not_hold() -> None:
    people = list(choosers())
    assert len(people) == 20
    for history, choices in people:
        suits = [choice.gt is not None for choice in choices]
        assert suits.count(False) * 2 == suits.count(True) > 0
        assert len(history.events) == 4 * suits.count(False)
        kinds = {event.category for event in history.events}
        assert kinds == {choice.product for choice in choices}


@published
def test_the_shops_hold_what_their_buyers_can_be_asked_about() -> None:
    assert len(list(variants())) == 591
    assert {row["currency"] for row in goods()} == {"GBP"}
    assert all(str(row["category"]) in str(row["title"]).casefold() for row in goods())
    assert all(str(row["title"]).startswith(str(row["category"])) for row in options())


@pytest.mark.slow
@published
def test_a_model_takes_one_of_the_options_or_none_and_is_not_asked_twice(tmp_path: Path) -> None:
    history, choices = next(iter(choosers()))
    exam = Choices(tmp_path, history, choices[1:2])
    found = exam.sat(Model(bundled_agent()), TOLD)
    assert found["right"].keys() == {"1"}
    assert found["none_where_none_suits"] == {}
    remembered = tmp_path / "choices.jsonl"
    before = remembered.read_text(encoding="utf-8")
    assert Choices(tmp_path, history, choices[1:2]).sat(Model(bundled_agent()), TOLD) == found
    remembered.write_text(before + '\n{"setting": "cut', encoding="utf-8")
    assert Choices(tmp_path, history, choices[1:2]).sat(Model(bundled_agent()), TOLD) == found
    assert remembered.read_text(encoding="utf-8").startswith(before)
