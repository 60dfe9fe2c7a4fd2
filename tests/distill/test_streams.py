"""Streams of tasks over the own catalogue and over random worlds."""

from pathlib import Path

import pytest

from distill.drawing.splits import split_of_world
from distill.drawing.streams import OF_A_WORLD, home_tasks, random_tasks
from distill.drawing.task_files import Begun
from distill.drawing.tasks import NoTasksError, Tally
from distill.seats.rules_user import RulesUser
from tests.agent.shop import open_shop


def test_who_has_no_events_yet_is_told_what_to_import(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    with pytest.raises(NoTasksError, match="import an order history"):
        list(home_tasks(tmp_path, (), 3, 1, RulesUser, Tally(), own=True))


@pytest.mark.longer
def test_a_new_world_is_drawn_after_so_many_tasks_and_none_repeats(tmp_path: Path) -> None:
    tasks = list(random_tasks(tmp_path, OF_A_WORLD + 3, 2, RulesUser, Tally()))
    assert len({t.id for t in tasks}) == OF_A_WORLD + 3
    assert [t.world for t in tasks] == ["random:2000001"] * OF_A_WORLD + ["random:2000002"] * 3


def test_only_worlds_of_the_wanted_split_are_drawn_from(tmp_path: Path) -> None:
    tasks = list(random_tasks(tmp_path, 4, 3, RulesUser, Tally(), "test"))
    assert {(t.split, split_of_world(t.world)) for t in tasks} == {("test", "test")}


@pytest.mark.slow
def test_worlds_of_one_split_go_on_where_they_were(tmp_path: Path) -> None:
    whole = list(random_tasks(tmp_path, OF_A_WORLD + 6, 3, RulesUser, Tally(), "test"))
    assert whole[0].world != "random:3000001", "worlds of other splits come first"
    for given in (OF_A_WORLD - 1, OF_A_WORLD, OF_A_WORLD + 2):
        begun = Begun(given, after=int(whole[given - 1].id.rpartition("-")[2]))
        rest = random_tasks(tmp_path, OF_A_WORLD + 6, 3, RulesUser, Tally(), "test", begun)
        assert list(rest) == whole[given:]
