"""The grid of trainings: what each setting draws, the steps one by one, going on after a cut, the table."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks.training_grid.__main__ import main
from benchmarks.training_grid.measuring import measure, measure_all, table, valid_calls
from benchmarks.training_grid.settings import SEED, SETTINGS, Grid, GridFolder, Setting
from benchmarks.training_grid.training import Machine, train
from distill.drawing.task_files import write_tasks
from distill.evaluate.contestants import ORACLE, RULES
from distill.supervisor import STATES
from distill.worlds.open import Worlds
from finetune.errors import TrainingError
from finetune.micro.checkpoints import CHECKPOINT, read_state
from finetune.micro.corpus import CorpusSpec, Rendered, work
from finetune.micro.packed import Packed
from finetune.micro.recipe import MicroRecipe, Stage, read_recipe
from finetune.micro.template import template_source
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from index.catalog import Catalog
from index.demo.shop import build_demo
from models.template import ChatTemplate
from tests.agent.shop import open_shop
from tests.distill.evaluated import CHEAP_TASK, QUIET_TASK
from tests.finetune.micro.tiny import SHAPE, SHAPE_TOML

ROOT = Path(__file__).parents[2]
RECIPE = MicroRecipe(shape=SHAPE, stages=(Stage(name="work", tokens=4000, batch=2048, feeds={"work": 1.0}),))
GRID = Grid(tasks=2, data=4, products=100, recipe=RECIPE)
TOML = f"""
{SHAPE_TOML}
[[stages]]
name = "work"
tokens = 4000
batch = 2048
feeds = {{ work = 1.0 }}
"""
ONE = Machine("cpu", threads=1, side_by_side=1)


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
    folder = GridFolder(tmp_path)
    folder.take_up(GRID)
    folder.take_up(GRID)
    with pytest.raises(TrainingError, match="begun with another recipe or other numbers"):
        folder.take_up(GRID.model_copy(update={"tasks": 3}))


def test_the_recipe_of_the_grid_reads_and_is_born_with_copying() -> None:
    recipe = read_recipe(ROOT / "benchmarks" / "training_grid" / "recipe.toml")
    assert recipe.copying_at_birth
    assert [stage.feeds for stage in recipe.stages] == [{"work": 1.0}]


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


def test_what_is_measured_needs_no_student_any_more(worlds: Worlds, tmp_path: Path) -> None:
    folder = GridFolder(tmp_path)
    folder.take_up(GRID)
    write_tasks(folder.tasks, (QUIET_TASK, CHEAP_TASK))
    with worlds:
        for setting in SETTINGS[1:]:
            measure(RULES, (QUIET_TASK, CHEAP_TASK), worlds, folder.runs(setting.folder))
    measured, failed = measure_all(folder, GRID, threads=1)
    assert failed == 1
    assert {len(measured[setting.name]) for setting in SETTINGS[1:]} == {2}
    assert SETTINGS[0].name not in measured


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


@pytest.fixture
def drawn(tmp_path: Path) -> GridFolder:
    """A folder with what training needs of the first step: for every setting some rows of numbers."""
    folder = GridFolder(tmp_path / "grid")
    folder.take_up(GRID)
    Tokenizer.train(["a kettle boils"], SHAPE.vocabulary, (*CONTROL, *TAGS)).save(folder.tokenizer)
    rows = torch.arange(1600) % 250
    packed = Packed(rows.to(torch.int16), torch.ones(1600, dtype=torch.bool), torch.arange(0, 1601, 100))
    for setting in SETTINGS:
        folder.feeds(setting).mkdir()
        packed.save(folder.packed(setting))
    return folder


@pytest.mark.slow
def test_trainings_side_by_side_end_with_the_weights_of_one_after_another(
    drawn: GridFolder, tmp_path: Path
) -> None:
    one_by_one = GridFolder(shutil.copytree(drawn.path, tmp_path / "alone"))
    assert not train(one_by_one, GRID, ONE)
    assert not train(drawn, GRID, ONE._replace(side_by_side=2))
    for setting in SETTINGS:
        beside, alone = (read_state(folder.light(setting))["model"] for folder in (drawn, one_by_one))
        assert beside.keys() == alone.keys()
        assert all(torch.equal(beside[name], alone[name]) for name in alone)
        assert {weight.dtype for weight in beside.values()} == {torch.float16}


def test_only_what_is_not_trained_is_trained_again(drawn: GridFolder) -> None:
    assert not train(drawn, GRID, ONE)
    lost, *others = (drawn.light(setting) / CHECKPOINT for setting in SETTINGS)
    weights = lost.read_bytes()
    lost.unlink()
    times = [path.stat().st_mtime_ns for path in others]
    assert not train(drawn, GRID, ONE)
    assert lost.read_bytes() == weights
    assert [path.stat().st_mtime_ns for path in others] == times


def test_a_training_that_fails_does_not_end_the_others(
    drawn: GridFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, *others = SETTINGS
    (drawn.feeds(broken) / CHECKPOINT).write_bytes(b"no checkpoint")
    assert train(drawn, GRID, ONE) == 1
    assert f"{broken.name}: " in capsys.readouterr().err
    assert not drawn.light(broken).exists()
    assert all((drawn.light(setting) / CHECKPOINT).exists() for setting in others)


def test_training_before_drawing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="do the step `draw` first"):
        train(GridFolder(tmp_path), GRID, ONE)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a device")
def test_a_device_that_is_not_there_is_said(drawn: GridFolder) -> None:
    with pytest.raises(TrainingError, match="no CUDA device"):
        train(drawn, GRID, ONE._replace(device="cuda"))


@pytest.mark.slow
def test_training_needs_torch_and_pydantic_alone(drawn: GridFolder) -> None:
    words = [
        str(drawn.path),
        "--step",
        "train",
        "--threads",
        "1",
        "--recipe",
        str(drawn.path / "recipe.toml"),
    ]
    words += ["--tasks", str(GRID.tasks), "--data", str(GRID.data), "--products", str(GRID.products)]
    (drawn.path / "recipe.toml").write_text(TOML, encoding="utf-8")
    script = (
        "import sys, bare; bare.OURS |= {'benchmarks'}; bare.lay_bare(); "
        "from benchmarks.training_grid.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "finetune" / "micro")))
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    assert all((drawn.light(setting) / CHECKPOINT).exists() for setting in SETTINGS)


def test_a_setting_without_a_student_is_said_and_the_others_are_measured(
    drawn: GridFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    open_shop(drawn.home).close()
    write_tasks(drawn.tasks, (QUIET_TASK,))
    measured, failed = measure_all(drawn, GRID, threads=1)
    assert failed == len(SETTINGS)
    assert list(measured) == [ORACLE.name, RULES.name]
    assert f"{SETTINGS[0].name}: It has no student yet" in capsys.readouterr().err


def test_measuring_before_drawing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="do the step `draw` first"):
        measure_all(GridFolder(tmp_path), GRID, threads=1)


@pytest.mark.slow
def test_the_steps_one_by_one_end_with_a_table_of_every_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # With fewer tokens to write with, every dialogue would be too long.
    recipe = TOML.replace("vocabulary = 300", "vocabulary = 4096")
    (tmp_path / "recipe.toml").write_text(recipe, encoding="utf-8")
    numbers = ["--tasks", "1", "--data", "40", "--products", "300", "--threads", "1"]
    words = [str(tmp_path / "grid"), *numbers, "--recipe", str(tmp_path / "recipe.toml")]
    for step in ("draw", "train", "measure"):
        assert main([*words, "--step", step]) == 0
    table = capsys.readouterr().out
    assert all(f"| {setting.name} |" in table for setting in SETTINGS)
