"""An agent's own runs: every task several times at temperature, kept as they end.

What is run is the live agent: its own prompt and grammar, and a reviewer who asks what code can tell of any
step and knows nothing of the answer. A file of runs that was cut short is gone on with.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agent.desk import Desk
from agent.model_policy import ModelPolicy
from agent.report.draft import Draft
from agent.trajectory import ToolCall, Trajectory
from distill.dialogue import Dialogue, Seats
from distill.errors import DataError
from distill.seats.rules_user import RulesUser
from distill.stage import CLOCK, Cast, hold
from distill.supervisor import Opinion
from distill.task import Task
from distill.whole_files import read_records, record_line, told
from distill.worlds.open import OpenWorld
from finetune.errors import ImproveError
from index.product import Record
from models.engine import Engine, Sampling
from models.template import ChatTemplate

MAX_STEPS = 24
"""As the live agent has it."""

Tell = Callable[[int, int], None]
"""Told of runs done and runs in all."""


class OwnRun(Record):
    """One run of the agent on a task."""

    task: str
    seed: int
    author: str
    temperature: float
    dialogue: Dialogue


class NobodyElse:
    """A critic without a word: what code finds in a step is all that is fed back."""

    def plan(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:  # noqa: ARG002
        """Nothing to add."""
        return Opinion()

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:  # noqa: ARG002
        """Nothing to add."""
        return Opinion()

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:  # noqa: ARG002
        """Nothing to add."""
        return Opinion()


def hold_own(
    tasks: Sequence[Task],
    runs: int,
    engine: Engine,
    temperature: float,
    open_world: OpenWorld,
    path: Path,
    tell: Tell,
) -> None:
    """Run every task so many times and add each run to the file as it ends; raises ImproveError."""
    made = {(run.task, run.seed) for run in _begun(path, engine.name, temperature)}
    template = ChatTemplate.from_source(engine.chat_template, now=CLOCK)
    due = [(task, seed) for task in tasks for seed in range(runs)]
    done = len(made.intersection((task.id, seed) for task, seed in due))
    tell(done, len(due))
    with told(path), path.open("ab") as file:
        for task, seed in due:
            if (task.id, seed) in made:
                continue
            engine.reset()
            sampling = Sampling(temperature=temperature, seed=task.seed + seed)
            policy = ModelPolicy(engine, template, sampling)
            index = open_world(task.world)
            seats = Seats(research=engine.name, supervisor="code")
            cast = Cast(RulesUser(index), policy, NobodyElse(), names=seats, max_steps=MAX_STEPS)
            dialogue = hold(task, index, cast).dialogue
            run = OwnRun(
                task=task.id, seed=seed, author=engine.name, temperature=temperature, dialogue=dialogue
            )
            file.write(record_line(run))
            file.flush()
            done += 1
            tell(done, len(due))


def read_runs(path: Path) -> Iterator[OwnRun]:
    """The runs in a file; raises DataError."""
    return read_records(path, OwnRun)


def _begun(path: Path, author: str, temperature: float) -> Iterator[OwnRun]:
    """The runs that are there, without a last line that was cut; raises ImproveError for another agent's."""
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        with path.open("r+b") as file:
            whole = sum(len(line) for line in file if line.endswith(b"\n"))
            file.truncate(whole)
            os.fsync(file.fileno())
    try:
        runs = list(read_runs(path))
    except DataError as error:
        raise ImproveError(f"{path} is no file of an agent's runs; name another folder.") from error
    if any((run.author, run.temperature) != (author, temperature) for run in runs):
        raise ImproveError(
            f"{path} holds runs of another agent or temperature than {author} at {temperature:g}; "
            "name another folder."
        )
    return iter(runs)
