"""Retraining: whose past seeds the tasks, what stands after every stage, and who is used in the end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.loop import Research
from distill.drawing.task_files import read_tasks
from distill.evaluate.intervals import Interval
from distill.task import Task
from finetune.errors import RetrainError
from finetune.gate import CANDIDATE, IN_USE, Comparison, write_comparison
from finetune.recipe import Backend, read_recipe, refusals
from finetune.retrain.drawing import digest, draw_held_out, draw_lessons, own_past
from finetune.retrain.job import Job, Told
from finetune.retrain.run import Wanted, begin_anew_where_ended, promote, retrain
from finetune.retrain.training import recipe_text
from index.product import Event, Origin
from index.search import Index
from models.in_use import ModelsInUse
from models.usable import Model
from tests.agent.shop import PATH, QUESTION, SEEN, open_shop
from tests.distill.bazaar import open_bazaar
from tests.finetune.bases import SHORT_TEMPLATE
from tests.finetune.test_gate import compared, reads
from tests.gguf_factory import write_adapter, write_gguf
from tui.run import open_run
from tui.settings import Settings

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WANTED = Wanted(tasks=5, held_out=1, minutes=0.05, context=4096, threads=1, seed=7, keep=True, fewest=1)


class Heard(list[str]):
    """What is said while a retraining goes on."""

    @property
    def told(self) -> Told:
        """The listener."""
        return Told(
            say=self.append,
            count=lambda done, total, what: self.append(f"{done} of {total} {what}"),
            point=lambda point: self.append(f"step {point.step}"),
        )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The tiny shop with a bundled model of random weights."""
    open_shop(tmp_path / "home").close()
    write_gguf(tmp_path / "home" / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    return tmp_path / "home"


def models(home: Path) -> ModelsInUse:
    """The record of the home's models."""
    return ModelsInUse(home, home / "bundled.gguf")


def job(home: Path, **other: object) -> Job:
    """A retraining over the home."""
    made = Job(home, Model(home / "bundled.gguf"), 5, 3, 0.05, 4096, 1, 7, digest(own_past(home)))
    return replace(made, **other)  # type: ignore[arg-type]


def order(number: int, day: int) -> Event:
    """A kettle that the person bought."""
    return Event(
        id=f"kettles:order:{number}",
        origin=Origin(source="kettles", file="orders.csv", row=number, seen=SEEN),
        kind="order",
        at=datetime(2026, 9, day, tzinfo=UTC),
        text="Brissa Calm 17",
        product_id=f"kettles:{number}",
        category=" > ".join(PATH),
    )


def buy(home: Path, events: Sequence[Event]) -> None:
    """Import orders."""
    with Index.open(home) as index, index.catalog.importing("orders", "orders.csv", "orders") as batch:
        for event in events:
            batch.add(event)


def ask(home: Path) -> Research:
    """Ask a question and leave it at that."""
    with open_run(QUESTION, "", Settings(engine="rules"), home, threading.Event()) as research:
        return research


# -- what seeds the tasks -------------------------------------------------------------------------------


def test_nobody_has_a_past_in_a_new_home(home: Path) -> None:
    assert own_past(home).events == ()


@pytest.mark.parametrize("heeded", [True, False])
def test_a_brand_that_was_bought_again_is_wished_for_where_the_past_is_heeded(
    home: Path, heeded: bool
) -> None:
    buy(home, [order(1, 10), order(2, 20)])
    settings = Settings(engine="rules", own_history=heeded)
    with open_run(QUESTION, "", settings, home, threading.Event()) as research:
        lines = [need.line() for need in research.desk.reading.needs]
    assert ("brand = Brissa (wish)" in lines) is heeded


def test_orders_and_questions_are_one_past_in_their_order(home: Path) -> None:
    buy(home, [order(1, 20), order(2, 10)])
    ask(home)
    past = own_past(home)
    assert [event.kind for event in past.events] == ["order", "order", "search"]
    assert past.events[-1].text == QUESTION
    assert [event.id for event in past.events[:2]] == ["kettles:order:2", "kettles:order:1"]


def test_tasks_grow_from_the_own_past_where_there_is_one(home: Path) -> None:
    buy(home, [order(1, 20)])
    heard, about = Heard(), job(home)
    draw_lessons(about, own_past(home), heard.told)
    tasks = list(read_tasks(about.learned_from))
    assert {(task.persona.user, task.split) for task in tasks} == {("me", "train")}
    assert len(tasks) == about.tasks
    assert "Brissa Calm 17" in tasks[0].persona.history[0]
    assert heard == ["What you ordered, searched for and asked (1) says what is asked about."]


def test_invented_shoppers_ask_where_there_is_no_past_and_that_is_said(home: Path) -> None:
    heard, about = Heard(), job(home)
    draw_lessons(about, own_past(home), heard.told)
    assert {task.persona.user.partition("-")[0] for task in read_tasks(about.learned_from)} == {"shopper"}
    assert "invented shoppers" in heard[0]


def test_a_drawing_that_was_cut_gives_the_same_tasks(home: Path) -> None:
    about = job(home)
    draw_lessons(about, own_past(home), Heard().told)
    whole = about.learned_from.read_bytes()
    about.learned_from.unlink()
    lines = whole.splitlines(keepends=True)
    about.folder.joinpath(".tasks.jsonl.partial").write_bytes(b"".join(lines[:2]) + lines[2][:30])
    about.folder.joinpath(".tasks.jsonl.made").write_text(about.name, encoding="utf-8")
    draw_lessons(about, own_past(home), Heard().told)
    assert about.learned_from.read_bytes() == whole


def test_the_gate_compares_in_invented_shops_where_nothing_can_be_held_back(home: Path) -> None:
    heard, about = Heard(), job(home)
    draw_held_out(about, heard.told)
    tasks: list[Task] = list(read_tasks(about.compared_on))
    assert {(task.split, task.world.partition(":")[0]) for task in tasks} == {("test", "random")}
    assert len(tasks) == about.held_out
    assert "invented shops" in heard[0]


def test_the_gate_compares_on_other_people_and_categories_than_those_learned_from(
    home: Path, tmp_path: Path
) -> None:
    open_bazaar(tmp_path).close()
    about = replace(job(home), home=tmp_path, tasks=30, held_out=10)
    heard = Heard()
    draw_lessons(about, own_past(tmp_path), heard.told)
    draw_held_out(about, heard.told)
    learned, held_out = list(read_tasks(about.learned_from)), list(read_tasks(about.compared_on))
    assert [task.split for task in learned] == ["train"] * 30 + ["validation"] * 3
    assert len({task.id for task in learned}) == 33
    assert {(task.split, task.world) for task in held_out} == {("test", "home")}
    assert {task.category for task in learned}.isdisjoint(task.category for task in held_out)
    assert {task.persona.user for task in learned}.isdisjoint(task.persona.user for task in held_out)


# -- where it stands ------------------------------------------------------------------------------------


def test_the_same_command_finds_its_folder_and_another_does_not(home: Path) -> None:
    before = job(home).folder
    assert job(home).folder == before
    assert job(home, tasks=6).folder != before
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384, seed=5)
    assert job(home).folder != before


def test_a_question_asked_meanwhile_does_not_start_it_over_but_the_next_one_learns_from_it(
    home: Path, shop: Index
) -> None:
    about = job(home)
    begin_anew_where_ended(about)
    about.learned_from.touch()
    ask(home)
    later = job(home)
    assert later.past != about.past
    begin_anew_where_ended(later)
    assert about.learned_from.exists()
    write_comparison(measured(shop), about.folder)
    begin_anew_where_ended(later)
    assert not about.learned_from.exists()


def measured(shop: Index, low: float = 0.1) -> Comparison:
    """A comparison whose outcome is set."""
    differences = {
        "success": Interval(mean=0.5, low=0.2, high=0.8, n=1),
        "score": Interval(mean=low + 0.1, low=low, high=low + 0.2, n=1),
        "fewest": 1,
    }
    return compared(shop, reads, reads).model_copy(update=differences)


@pytest.mark.parametrize("gpu", [True, False])
@pytest.mark.parametrize("backend", ["cuda", "mlx"])
def test_the_recipe_is_one_that_its_backend_can_carry_out(
    tmp_path: Path, backend: Backend, gpu: bool
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(f"{recipe_text(backend, gpu=gpu, longest=4096)}steps = 3\n", encoding="utf-8")
    recipe = read_recipe(path)
    assert refusals(recipe, backend) == ()
    assert (recipe.model, recipe.dataset) == (tmp_path / "base", tmp_path / "dataset")
    assert (recipe.samples, recipe.max_length) == ("whole", 4096)
    assert recipe.precision == ("bfloat16" if gpu or backend == "mlx" else "float32")


# -- who is used ----------------------------------------------------------------------------------------


def ended(home: Path, comparison: Comparison) -> Job:
    """A retraining that came to its end, with an adapter of random weights."""
    about = job(home)
    begin_anew_where_ended(about)
    about.training.mkdir()
    for path in (about.recipe, about.training / "run.json"):
        path.write_text("as it was", encoding="utf-8")
    write_adapter(about.adapter)
    write_comparison(comparison, about.folder)
    return about


def wanted(about: Job, *, keep: bool = False) -> Wanted:
    """The command of a job."""
    return Wanted(about.tasks, about.held_out, about.minutes, about.context, 1, 7, keep, 1)


def test_a_better_model_is_used_with_its_report_beside_it_and_the_way_back_stands(
    home: Path, shop: Index
) -> None:
    about = ended(home, measured(shop))
    outcome = retrain(home, models(home), wanted(about), Heard().told, NOW)
    assert outcome.report == about.shelf / "gate.txt"
    assert {path.name for path in about.shelf.iterdir()} == {
        "adapter.gguf", "gate.json", "gate.txt", "recipe.toml", "run.json",
    }  # fmt: skip
    assert models(home).current == Model(home / "bundled.gguf", about.shelf / "adapter.gguf")
    assert models(home).entries[-1].why.startswith("retrained; The candidate is better")
    assert models(home).rollback() == Model(home / "bundled.gguf")


def test_a_tie_leaves_the_model_in_use_and_the_report_stands(home: Path, shop: Index) -> None:
    about = ended(home, measured(shop, low=0.0))
    outcome = retrain(home, models(home), wanted(about), Heard().told, NOW)
    assert models(home).current == Model(home / "bundled.gguf")
    assert outcome.report == about.folder / "gate.txt"
    assert "the model in use stays" in outcome.report.read_text(encoding="utf-8")
    assert not about.shelf.exists()


@pytest.mark.parametrize("keep", [True, False])
def test_the_work_goes_at_the_end_unless_it_is_kept(home: Path, shop: Index, keep: bool) -> None:
    about = ended(home, measured(shop, low=0.0))
    retrain(home, models(home), wanted(about, keep=keep), Heard().told, NOW)
    assert (about.training.exists(), about.adapter.exists()) == (keep, keep)
    assert (about.folder / "gate.json").exists()


def test_a_model_that_was_put_in_use_meanwhile_is_not_replaced(home: Path, shop: Index) -> None:
    about = ended(home, measured(shop))
    other = write_gguf(home / "other.gguf", vocab=512, seed=4)
    models(home).promote(Model(other), "a test", NOW, 3)
    with pytest.raises(RetrainError, match="put in use meanwhile"):
        promote(about, models(home), measured(shop), NOW)
    assert models(home).current == Model(other)


# -- the whole way --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_retraining_that_is_killed_goes_on_and_ends_at_the_gate(home: Path) -> None:
    pytest.importorskip("trl")
    stages = ("What you ordered", "supervised dialogues", "worth learning", "turned back", "samples tell")
    buy(home, [order(1, 20)])
    for stage in stages[1:]:
        kill_at(home, stage)
    heard = Heard()
    outcome = retrain(home, models(home), WANTED, heard.told, NOW)
    assert not any(stage in said for said in heard for stage in (stages[0], stages[3]))
    assert any("writes what was trained" in said for said in heard)
    about = job(home, held_out=1)
    for left in (about.learned_from, about.dataset, about.base, about.training / "model", about.adapter):
        assert left.exists()
    assert {standing.name for standing in outcome.comparison.evaluation.standings} >= {IN_USE, CANDIDATE}
    assert models(home).current == Model(home / "bundled.gguf")


def kill_at(home: Path, stage: str) -> None:
    """Retrain in a process of its own and kill it once it speaks of a stage."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.finetune.killed_retraining", str(home)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        spoke = any(stage in line for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    process.wait()
    assert spoke
