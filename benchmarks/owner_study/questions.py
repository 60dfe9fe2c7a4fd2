"""Questions of an owner's with needs that only the past shows, drawn with their truth."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.owner_study.setting import CONTEXT, SEED, THREADS, Setting, Values
from distill.drawing.splits import HELD_BACK
from distill.drawing.tasks import NoTasksError, draw_tasks
from distill.evaluate.compare import Row, by_task
from distill.evaluate.contestants import of_engine
from distill.evaluate.figures import FIGURES
from distill.evaluate.race import CodeRubric, reference_run
from distill.evaluate.run import research
from distill.evaluate.scoring import score
from distill.seats.roles import History
from distill.seats.rules_user import RulesUser
from distill.task import HOME, Task
from distill.worlds.open import open_world
from finetune.gate.kept import Kept
from index.search import Index
from models.file_mark import file_mark
from models.llama import LlamaEngine
from models.usable import Model

_DRAWN = 12
"""Tasks drawn for one that has a hidden need."""
_SHOWN = ("success", "personal", "needs_f1", "race", "citation_accuracy")


class Questions:
    """Tasks in words and on needs that were not learned from."""

    figures = tuple(f for f in FIGURES if f.name in _SHOWN)

    def __init__(self, folder: Path, home: Path, history: History, many: int) -> None:
        self._folder, self._home = folder, home
        with open_world(HOME, home) as index:
            self._tasks = hidden_tasks(index, history, many)
        self.many = len(self._tasks)

    def sat(self, model: Model, setting: Setting) -> Values:
        """The figures of a run of every task."""
        tasks = [task if setting.told else _untold(task) for task in self._tasks]
        marks = " ".join(file_mark(path) for path in (model.path, model.adapter) if path is not None)
        kept = Kept(self._folder / "runs.jsonl", {setting.name: marks}, "the home")
        rows = [kept.row(setting.name, task) for task in tasks]
        if not all(rows):
            rows = _run(self._home, tasks, model, setting, kept)
        return by_task([row for row in rows if row is not None])


def hidden_tasks(index: Index, history: History, many: int) -> list[Task]:
    """So many tasks with hidden needs; fewer where a shop or a past gives no more."""
    held = history.model_copy(update={"user": HELD_BACK})
    found: list[Task] = []
    try:
        for task in draw_tasks(index, HOME, [held], _DRAWN * many, SEED + 1, RulesUser(index)):
            found += [task] if any(need.reveal == "hidden" for need in task.needs) else []
            if len(found) == many:
                break
    except NoTasksError:
        return []
    return found


def _run(home: Path, tasks: Sequence[Task], model: Model, setting: Setting, kept: Kept) -> list[Row | None]:
    engine = LlamaEngine.open(model.path, context_size=CONTEXT, threads=THREADS, adapters=model.adapters)
    contestant = of_engine(setting.name, engine)
    with open_world(HOME, home) as index:
        user = RulesUser(index)
        for task in tasks:
            if kept.row(setting.name, task) is None:
                run = research(task, index, contestant, user, 0)
                scores = score(run, index, reference_run(task, index, user), CodeRubric())
                row = Row(contestant=setting.name, task=task.id, seed=0, stop=run.stop, scores=scores)
                kept.keep(row, task)
    engine.close()
    return [kept.row(setting.name, task) for task in tasks]


def _untold(task: Task) -> Task:
    return task.model_copy(update={"persona": task.persona.model_copy(update={"history": ()})})
