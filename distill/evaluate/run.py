"""One finished run of a policy on a task: the live agent's loop with a played person, and nothing else.

No supervisor sits here: what is measured is what a person would get.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from agent.desk import Desk
from agent.loop import Reported, Research
from agent.opening import QuestionError, follow_up
from agent.policy import Policy
from agent.report.record import Report
from agent.trajectory import Trajectory
from distill.errors import EvaluationError
from distill.seats.roles import SeatError, UserSeat
from distill.stage import CLOCK, Held, Nowhere, PlayedPerson, follow_up_text, opened
from distill.task import Task
from index.search import Index
from models.engine import EngineError

MAX_STEPS = 40
"""As the live agent has it."""


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    task: Task
    trajectory: Trajectory
    desk: Desk
    report: Report | None
    """None where it failed before a report."""
    stop: str
    """`reported`, or why there is no report to count."""
    seconds: float
    tokens: int | None = None
    """Tokens generated; None where nobody counted."""
    seed: int = 0


@dataclass(frozen=True)
class Contestant:
    """A policy that is measured."""

    name: str
    policy: Callable[[Task, int], Policy]
    """Makes the policy of one run, from the task and a seed."""
    generated: Callable[[], int] | None = None
    """Tokens that its engine has generated so far."""
    first: int | None = None
    """Runs on so many tasks of the list, from its beginning; on all where None."""


def research(
    task: Task, index: Index, contestant: Contestant, user: UserSeat, seed: int, max_steps: int = MAX_STEPS
) -> Run:
    """Run a task to its last report; an engine or a seat that fails is the run's stop."""
    began, before = time.perf_counter(), _count(contestant)
    policy = contestant.policy(task, seed)
    person = PlayedPerson(task, user)
    trajectory, desk = _opened(task, index, policy)
    while True:
        research = Research(policy, person, Nowhere(), trajectory, desk, max_steps)
        person.research = research
        try:
            report = next((e.report for e in research.run() if isinstance(e, Reported)), None)
            stop = "reported"
        except (EngineError, SeatError) as error:
            report, stop = None, f"failed: {error}"
        trajectory = research.trajectory
        text = follow_up_text(task, trajectory)
        if report is None or text is None:
            break
        trajectory = follow_up(text, trajectory, desk, policy.author, CLOCK + timedelta(minutes=10))
    after = _count(contestant)
    return Run(
        task=task,
        trajectory=trajectory,
        desk=desk,
        report=report,
        stop=stop,
        seconds=time.perf_counter() - began,
        tokens=None if before is None or after is None else after - before,
        seed=seed,
    )


def of_dialogue(task: Task, held: Held, seconds: float) -> Run:
    """A dialogue of the stage as a run to be scored; raises EvaluationError for one that never began.

    Only what came to an approved report has a report to score.
    """
    dialogue, desk = held.dialogue, held.desk
    if desk is None:
        raise EvaluationError(f"Task {task.id} cannot be asked in its world: {dialogue.cause}")
    report = held.report if dialogue.stop == "reported" else None
    return Run(task, dialogue.trajectory, desk, report, dialogue.stop, seconds, seed=task.seed)


def _opened(task: Task, index: Index, policy: Policy) -> tuple[Trajectory, Desk]:
    try:
        return opened(task, index, policy.author)
    except QuestionError as error:
        raise EvaluationError(f"Task {task.id} cannot be asked in its world: {error}") from error


def _count(contestant: Contestant) -> int | None:
    return contestant.generated() if contestant.generated is not None else None
