"""`finetune self-improve`: an agent's own runs become a data set, with no teacher."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from distill.drawing.streams import home_tasks
from distill.drawing.task_files import read_tasks, write_tasks
from distill.drawing.tasks import Tally
from distill.seats.rules_user import RulesUser
from distill.task import Task
from distill.worlds.open import Worlds
from finetune.self_improve.lessons import learn_from
from finetune.self_improve.runs import hold_own, read_runs
from tui import settings as configuration
from tui.distilling.saying import Ticker, say, table
from tui.run import load_engine, named_model
from tui.told import UsageError

EVERY = 20
"""Runs between two lines of progress where there is no terminal to write over."""


def improve(
    out: Path, tasks: Path | None, engine: Path | None, count: int, runs: int, temperature: float, seed: int
) -> None:
    """Run, keep what verifies, export; raises FinetuneError and DistillError."""
    settings, home = configuration.load(), configuration.home()
    if engine is not None:
        settings = settings.model_copy(update={"engine": str(engine)})
    model = named_model(settings, home)
    if model is None:
        raise UsageError("The rules learn nothing from their runs; name a model with --engine PATH.gguf.")
    work = out.with_name(f"{out.name}.runs")
    asked = list(_asked(tasks, work / "tasks.jsonl", home, count, seed))
    loaded, path = load_engine(model, settings), work / "runs.jsonl"
    with Worlds(home) as worlds, Ticker(EVERY) as ticker:
        hold_own(
            asked,
            runs,
            loaded,
            temperature,
            worlds.index,
            path,
            lambda done, total: ticker.tell(done, f"{done:,} of {total:,} own runs", last=done == total),
        )
        gained = learn_from(asked, read_runs(path), worlds.index, work, out, seed)
    table(("file", "lines", "bytes"), [(f.name, f"{f.lines}", f"{f.bytes}") for f in gained.manifest.files])
    say(
        f"{gained.verified:,} of {gained.runs:,} runs verify; {gained.kept:,} are learned from, with "
        f"{gained.pairs:,} pairs of a step that stood and one that went wrong."
    )
    for cause, times in gained.causes.items():
        say(f"not verified, {cause.replace('_', ' ')}: {times:,}")


def _asked(given: Path | None, drawn: Path, home: Path, count: int, seed: int) -> Iterator[Task]:
    """The tasks to run, none of the test split, which is kept for measuring."""
    if given is None and not drawn.exists():
        write_tasks(drawn, home_tasks(home, [], count, seed, RulesUser, Tally()))
    tasks = read_tasks(given or drawn)
    return islice((task for task in tasks if task.split != "test"), count)
