"""The grid of trainings: what each setting draws, going on after a cut, and the table."""

from pathlib import Path

import pytest

from benchmarks.training_grid import SEED, SETTINGS, Grid, Setting, Workshop, measure, table, valid_calls
from distill.evaluate.contestants import ORACLE, RULES
from distill.supervisor import STATES
from distill.worlds.open import Worlds
from finetune.errors import TrainingError
from finetune.micro.corpus import CorpusSpec, Rendered, work
from finetune.micro.recipe import MicroRecipe, Stage
from finetune.micro.template import template_source
from index.catalog import Catalog
from index.demo.shop import build_demo
from models.template import ChatTemplate
from tests.agent.shop import open_shop
from tests.distill.evaluated import CHEAP_TASK, QUIET_TASK

RECIPE = MicroRecipe(stages=(Stage(name="copy", tokens=1, feeds={"copy": 1.0}),))


@pytest.fixture
def worlds(tmp_path: Path) -> Worlds:
    """The tiny shop as the home."""
    open_shop(tmp_path / "home").close()
    return Worlds(tmp_path / "home")


def test_every_setting_changes_one_thing_of_the_first() -> None:
    base = SETTINGS[0].spec(960)
    assert base.states == STATES
    changed = [
        {name for name, value in setting.spec(960).model_dump().items() if value != base.model_dump()[name]}
        for setting in SETTINGS[1:]
    ]
    assert changed == [{"states"}, {"states", "filtered"}, {"variant"}, {"variant"}, {"tasks"}, {"tasks"}]


def test_every_setting_has_a_folder_of_its_own() -> None:
    folders = [setting.folder for setting in SETTINGS]
    assert len(set(folders)) == len(folders)
    assert Setting("none, unfiltered").folder == "none-unfiltered"


def test_a_folder_of_another_grid_is_refused(tmp_path: Path) -> None:
    grid = Grid(tasks=2, data=4, products=100, recipe=RECIPE)
    Workshop(tmp_path, grid, threads=1)
    Workshop(tmp_path, grid, threads=2)
    with pytest.raises(TrainingError, match="begun with another recipe or other numbers"):
        Workshop(tmp_path, grid.model_copy(update={"tasks": 3}), threads=1)


def test_only_runs_that_are_not_kept_whole_are_made_again(worlds: Worlds, tmp_path: Path) -> None:
    kept, tasks = tmp_path / "rules.jsonl", (QUIET_TASK, CHEAP_TASK)
    with worlds:
        whole = measure(RULES, tasks, worlds, kept)
        first, second = kept.read_text(encoding="utf-8").splitlines(keepends=True)
        kept.write_text(first + second[: len(second) // 2], encoding="utf-8")
        resumed = measure(RULES, tasks, worlds, kept)
    assert resumed[0] == whole[0]
    assert resumed[1].scores.seconds != whole[1].scores.seconds
    assert [row.task for row in resumed] == ["quiet", "cheap"]
    assert kept.read_text(encoding="utf-8").count("\n") == 2


def test_the_table_holds_every_contestant_against_the_first(worlds: Worlds, tmp_path: Path) -> None:
    with worlds:
        rows = {c.name: measure(c, (QUIET_TASK,), worlds, tmp_path / c.name) for c in (ORACLE, RULES)}
    heading, _, oracle, rules = table(rows, ORACLE.name)
    assert heading.startswith("|  | predicate success | … by own picks | needs F1 | citation accuracy |")
    assert oracle == "| oracle rules | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | – |"
    assert rules.startswith("| rules | ")
    assert rules.endswith(" | 0.0 |")


def test_calls_that_could_not_be_carried_out_are_not_valid(worlds: Worlds, tmp_path: Path) -> None:
    with worlds:
        (row,) = measure(RULES, (QUIET_TASK,), worlds, tmp_path / "rules")
    half = row.scores.model_copy(update={"steps": 8.0, "errors": 2.0})
    assert valid_calls(row) == 1.0
    assert valid_calls(row.model_copy(update={"scores": half})) == 0.75


def test_only_supervised_logs_hold_steps_that_were_sent_back(tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        build_demo(catalog, products=200)
    template = ChatTemplate.from_source(template_source())
    spec = CorpusSpec(tasks=3, seed=SEED, home_share=1, faults=1, variant="raw", filtered=False)
    supervised = list(work(tmp_path, spec, template))
    alone = list(work(tmp_path, spec.model_copy(update={"states": frozenset()}), template))
    assert len(supervised) == len(alone) == spec.tasks
    assert sum(map(_steps, supervised)) > sum(map(_steps, alone))


def _steps(sample: Rendered) -> int:
    return sum("</think>" in span.piece.text for span in sample)
