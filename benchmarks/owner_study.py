"""Does a retrained model know its owner? Owners with hidden tastes, before and after every retraining.

    python -m benchmarks.owner_study FOLDER --home HOME [--owners 1] [--tasks 30]

HOME holds the catalogue. Every owner is an invented shopper who buys by tastes that no question mentions.
Their past comes in as many parts as there are retrainings; after each part the model that came along is
retrained over everything so far. Then every model is asked about tasks of the owner, in other phrasings than
those learned from and with needs that only the past shows: once with the past in its prompt and once without.
"Hidden needs served" says what it knew of the owner. Adapters are measured whether or not the gate took them.
What was run stays in FOLDER, and the same command goes on there.
"""

import argparse
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from distill.drawing.persona import persona_of
from distill.drawing.shoppers import draw_histories
from distill.drawing.splits import HELD_BACK
from distill.drawing.tasks import draw_tasks
from distill.evaluate.compare import Row, by_task
from distill.evaluate.contestants import of_engine
from distill.evaluate.figures import FIGURES, shown
from distill.evaluate.intervals import Interval, bootstrap, paired
from distill.evaluate.race import CodeRubric, reference_run
from distill.evaluate.run import research
from distill.evaluate.scoring import score
from distill.evaluate.table import aligned
from distill.seats.roles import History
from distill.seats.rules_user import RulesUser
from distill.task import HOME, Task
from distill.worlds.open import open_world
from finetune.gate.kept import Kept
from finetune.retrain.deadline import Deadline
from finetune.retrain.drawing import own_past
from finetune.retrain.run import Wanted, job_of, retrain
from finetune.retrain.told import Told
from index.catalog import Catalog
from models.bundled_agent import bundled_agent
from models.file_mark import file_mark
from models.in_use import ModelsInUse
from models.llama import LlamaEngine
from models.usable import Model

FIGURES_SHOWN = ("success", "personal", "needs_f1", "race", "citation_accuracy")
FEWEST_EVENTS = 12
CONTEXT, THREADS, SEED = 8192, 2, 5


class Setting(NamedTuple):
    """One row of the table."""

    model: str
    retrained: int
    """How often, 0 for the model that came with the product."""
    told: bool
    """Whether the past stands in the prompt."""

    @property
    def name(self) -> str:
        """As the table says it."""
        return f"{self.model}, {'past in the prompt' if self.told else 'past not told'}"


def owners(home: Path, wanted: int) -> list[History]:
    """Shoppers with enough of a past and a brand that they buy again."""
    with open_world(HOME, home) as index:
        drawn = draw_histories(index, SEED, 400)
        fit = (h for h in drawn if len(h.events) >= FEWEST_EVENTS and persona_of(h, index).brands)
        return [history for history, _ in zip(fit, range(wanted), strict=False)]


def prepared(folder: Path, home: Path) -> Path:
    """A home of the owner's own."""
    own = folder / "home"
    if not own.exists():
        partial_home = folder / ".home"
        shutil.rmtree(partial_home, ignore_errors=True)
        shutil.copytree(home, partial_home, ignore=shutil.ignore_patterns("sessions.sqlite", "retrain"))
        partial_home.replace(own)
    return own


def live_through(home: Path, history: History, part: int, parts: int) -> None:
    """Import the owner's past up to a part, as the importers would."""
    events = history.events[: -(-len(history.events) * part // parts)]
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("orders", "orders.csv", f"part {part}") as batch,
    ):
        for event in events:
            batch.add(event)


def retrained(home: Path, number: int, history: History, asked: argparse.Namespace) -> Model:
    """The adapter of a retraining over the past so far, kept whatever the gate says of it."""
    adapter = home.parent / f"retrained-{number}.gguf"
    if not adapter.exists():
        live_through(home, history, number, asked.retrainings)
        wanted = Wanted(asked.lessons, asked.gate, asked.minutes, CONTEXT, THREADS, SEED, keep=True)
        in_use = ModelsInUse(home, bundled_agent())
        job = job_of(home, in_use, wanted, own_past(home))
        told = Told(said, _count, lambda point: None)  # noqa: ARG005
        outcome = retrain(home, in_use, wanted, told, Deadline(None, lambda: datetime.now().astimezone()))
        said(outcome.comparison.sentence)
        if in_use.entries:
            in_use.rollback()  # every retraining begins at the model that came along
        shutil.copyfile(job.adapter, adapter)
    return Model(bundled_agent(), adapter)


def tasks_of(home: Path, history: History, many: int) -> list[Task]:
    """Questions of the owner's, in words and on needs that were not learned from."""
    held = history.model_copy(update={"user": HELD_BACK})
    with open_world(HOME, home) as index:
        drawn = draw_tasks(index, HOME, [held], 4 * many, SEED + 1, RulesUser(index))
        hidden = (task for task in drawn if any(need.reveal == "hidden" for need in task.needs))
        return [task for task, _ in zip(hidden, range(many), strict=False)]


def measured(home: Path, tasks: Sequence[Task], model: Model, setting: Setting, kept: Kept) -> list[Row]:
    """What a model did on every task, run or remembered."""
    asked = [task if setting.told else _untold(task) for task in tasks]
    rows = {task.id: kept.row(setting.name, task) for task in asked}
    if all(rows.values()):
        return [row for row in rows.values() if row is not None]
    engine = LlamaEngine.open(model.path, context_size=CONTEXT, threads=THREADS, adapters=model.adapters)
    contestant = of_engine(setting.name, engine)
    found = []
    with open_world(HOME, home) as index:
        user = RulesUser(index)
        for task in asked:
            row = rows[task.id]
            if row is None:
                run = research(task, index, contestant, user, 0)
                scores = score(run, index, reference_run(task, index, user), CodeRubric())
                row = Row(contestant=setting.name, task=task.id, seed=0, stop=run.stop, scores=scores)
                kept.keep(row, task)
            found.append(row)
    engine.close()
    return found


def _untold(task: Task) -> Task:
    return task.model_copy(update={"persona": task.persona.model_copy(update={"history": ()})})


def study(folder: Path, home: Path, history: History, asked: argparse.Namespace) -> dict[Setting, list[Row]]:
    """One owner, through all retrainings."""
    folder.mkdir(parents=True, exist_ok=True)
    own = prepared(folder, home)
    tasks = tasks_of(own, history, asked.tasks)
    said(f"{history.user}: {len(history.events)} events, {len(tasks)} tasks with hidden needs")
    models = {0: Model(bundled_agent())}
    for number in range(1, asked.retrainings + 1):
        models[number] = retrained(own, number, history, asked)
    found = {}
    for number, model in models.items():
        for told in (False, True):
            setting = Setting("as it came" if not number else f"retrained {number} times", number, told)
            mark = " ".join(file_mark(path) for path in (model.path, model.adapter) if path is not None)
            kept = Kept(folder / "runs.jsonl", {setting.name: mark}, "the home")
            found[setting] = measured(own, tasks, model, setting, kept)
            said(f"{setting.name}: done")
    return found


def table(rows: Mapping[Setting, Sequence[Row]]) -> Iterator[str]:
    """A line a setting, and its differences to the untouched model that is told of the past."""
    figures = [f for f in FIGURES if f.name in FIGURES_SHOWN]
    values = {setting: by_task(found) for setting, found in rows.items()}
    bare, prompted = (next(s for s in rows if s.retrained == 0 and s.told is told) for told in (False, True))
    lines = [["", *(f.heading for f in figures)]]
    for setting in rows:
        means = [bootstrap(list(values[setting][f.name].values()), f.name) for f in figures]
        lines.append([setting.name, *(shown(m, f) for m, f in zip(means, figures, strict=True))])
    yield from aligned(lines)
    for beside in (bare, prompted):
        yield f"\nDifferences to {beside.name}, on the same tasks:"
        lines = [["", *(f.heading for f in figures)]]
        for setting in rows:
            if setting != beside:
                apart: list[Interval | None] = [
                    paired(values[setting][f.name], values[beside][f.name], f.name) for f in figures
                ]
                lines.append([setting.name, *(shown(d, f) for d, f in zip(apart, figures, strict=True))])
        yield from aligned(lines)


def said(sentence: str) -> None:
    """At once, so that a study that runs for hours can be followed."""
    print(f"{datetime.now():%H:%M} {sentence}", flush=True)


def _count(done: int, total: int, what: str) -> None:
    if done == total or done % 20 == 0:
        said(f"{done} of {total} {what}")


def main() -> None:
    """Study every owner, and print what all of them together say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--owners", type=int, default=1)
    parser.add_argument("--retrainings", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=30, help="of each owner")
    parser.add_argument("--lessons", type=int, default=120, help="dialogues of a retraining")
    parser.add_argument("--gate", type=int, default=20, help="tasks of a retraining's gate")
    parser.add_argument("--minutes", type=float, default=5.0, help="of training in a retraining")
    asked = parser.parse_args()
    together: dict[Setting, list[Row]] = {}
    for number, history in zip(count(1), owners(asked.home, asked.owners)):
        for setting, rows in study(asked.folder / f"owner-{number}", asked.home, history, asked).items():
            together.setdefault(setting, []).extend(
                row.model_copy(update={"task": f"{number}:{row.task}"}) for row in rows
            )
    print(*table(together), sep="\n")


if __name__ == "__main__":
    main()
