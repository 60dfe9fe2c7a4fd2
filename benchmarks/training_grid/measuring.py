"""The last step: every student beside the rules and the oracle on the same tasks, and the table of it."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.training_grid.narration import said
from benchmarks.training_grid.settings import LONGEST, SETTINGS, Grid, GridFolder, Setting
from distill.drawing.task_files import read_tasks
from distill.evaluate.compare import Row, by_task
from distill.evaluate.contestants import ORACLE, RULES, of_gguf
from distill.evaluate.figures import FIGURES, Figure, shown
from distill.evaluate.intervals import bootstrap, paired
from distill.evaluate.race import CodeRubric, reference_run
from distill.evaluate.run import Contestant, research
from distill.evaluate.scoring import score
from distill.seats.rules_user import RulesUser
from distill.task import Task
from distill.worlds.open import Worlds
from finetune.errors import FinetuneError, TrainingError
from finetune.micro.checkpoints import recipe_of
from finetune.micro.corpus import read_corpus
from finetune.micro.ship import first_prompts, ship, write_folder
from finetune.micro.tokenizer import Tokenizer

PROOFS = 2
"""Sessions from which an export is proved."""
SHOWN = tuple(f for f in FIGURES if f.name in ("success", "own_success", "needs_f1", "citation_accuracy"))
VALID = Figure("valid", "valid calls")

Measured = Mapping[str, Sequence[Row]]
"""The runs of each contestant, by its name."""


def measure_all(folder: GridFolder, grid: Grid, threads: int) -> tuple[Measured, int]:
    """Run every contestant, and count the settings without a student; raises TrainingError without tasks."""
    if not folder.tasks.exists():
        raise TrainingError(f"{folder.path} holds no tasks to measure with: do the step `draw` first.")
    tasks = tuple(read_tasks(folder.tasks))
    measured, failed = dict[str, Sequence[Row]](), 0
    with Worlds(folder.home) as worlds:
        for known in (ORACLE, RULES):
            measured[known.name] = measure(known, tasks, worlds, folder.runs(known.name))
        for setting in SETTINGS:
            runs = folder.runs(setting.folder)
            done = _kept_rows(runs)
            if {row.task for row in done}.issuperset(task.id for task in tasks):
                measured[setting.name] = done  # perhaps on another machine, which has the student
                continue
            try:
                student = _student(setting, folder, grid, threads)
            except FinetuneError as error:
                said(f"{setting.name}: {error}")
                failed += 1
                continue
            measured[setting.name] = measure(student, tasks, worlds, runs)
    return measured, failed


def _student(setting: Setting, folder: GridFolder, grid: Grid, threads: int) -> Contestant:
    """The agent of a setting, exported and proved where it is not yet; raises FinetuneError."""
    agent, light = folder.agent(setting), folder.light(setting)
    if not agent.exists():
        if not light.exists():
            raise TrainingError("It has no student yet: do the step `train` first.")
        if recipe_of(light) != grid.recipe:
            raise TrainingError(f"{light} was trained by another recipe; train it again.")
        prompts = first_prompts(read_corpus(folder.corpus(setting)), Tokenizer.load(folder.tokenizer), PROOFS)
        with tempfile.TemporaryDirectory() as name:
            write_folder(light, folder.tokenizer, Path(name))
            ship(Path(name), agent, prompts, "F32")
    return of_gguf(agent, LONGEST, threads, temperature=0.0)


def measure(contestant: Contestant, tasks: Sequence[Task], worlds: Worlds, kept: Path) -> list[Row]:
    """Run a contestant on every task; the runs that are in the file are not made again."""
    rows = _kept_rows(kept)
    kept.write_text("".join(f"{row.model_dump_json()}\n" for row in rows), encoding="utf-8")
    done = {row.task for row in rows}
    with kept.open("a", encoding="utf-8") as file:
        for task in tasks:
            if task.id in done:
                continue
            index = worlds.index(task.world)
            user = RulesUser(index)
            run = research(task, index, contestant, user, 0)
            scores = score(run, index, reference_run(task, index, user), CodeRubric())
            rows.append(Row(contestant=contestant.name, task=task.id, seed=0, stop=run.stop, scores=scores))
            file.write(f"{rows[-1].model_dump_json()}\n")
            file.flush()
    return rows


def _kept_rows(path: Path) -> list[Row]:
    """The whole lines of a file; what a kill has cut short is run again."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [Row.model_validate_json(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def table(measured: Mapping[str, Sequence[Row]], base: str) -> Iterator[str]:
    """A line for each contestant, in percent with 95 % intervals, and its success against that of `base`."""
    headings = ["", *(f.heading for f in SHOWN), VALID.heading, "success against the first"]
    yield "| " + " | ".join(headings) + " |"
    yield "| " + " | ".join(["---"] * len(headings)) + " |"
    success = {name: by_task(rows)["success"] for name, rows in measured.items()}
    for name, rows in measured.items():
        found = by_task(rows)
        cells = [shown(bootstrap(list(found[f.name].values()), f.name), f) for f in SHOWN]
        cells.append(shown(bootstrap([valid_calls(row) for row in rows], VALID.name), VALID))
        gain = paired(success[name], success[base], "success") if base in success and name != base else None
        yield "| " + " | ".join([name, *cells, shown(gain, SHOWN[0])]) + " |"


def valid_calls(row: Row) -> float:
    """Share of a run's steps that could be carried out."""
    return max(0.0, 1 - row.scores.errors / max(1.0, row.scores.steps))
