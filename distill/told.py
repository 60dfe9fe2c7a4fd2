"""Which of a task's needs are in force and known to the researcher at a moment of its dialogue.

Volunteered needs are known from the question, hidden ones from the history beside it, and those that are
told when asked once the open question was answered. A change of mind and a follow-up replace the set.
"""

from collections.abc import Iterable, Sequence

from agent.desk import LITTLE
from agent.trajectory import OPEN_QUESTION, Move, Question, Trajectory, executed
from distill.task import Task, TrueNeed


def in_force(task: Task, trajectory: Trajectory) -> tuple[TrueNeed, ...]:
    """Everything that the person needs by now, told or not."""
    if task.follow_up is not None and sum(isinstance(e, Question) for e in trajectory.entries) > 1:
        return task.follow_up.needs
    if task.change is not None and any(isinstance(e, Move) for e in trajectory.entries):
        return task.change.needs
    return task.needs


def known(task: Task, trajectory: Trajectory) -> tuple[TrueNeed, ...]:
    """What a researcher who understands everything knows by now."""
    learnt = OPEN_QUESTION in _answered_questions(trajectory)
    return tuple(n for n in in_force(task, trajectory) if n.reveal != "asked" or learnt)


def says_little(needs: Iterable[TrueNeed]) -> bool:
    """Whether a question with these needs says so little that a good adviser asks what else matters.

    Needs are only kept for an answer where it does: nobody can guess that a detailed question hides one.
    """
    return len({n.need.on for n in needs if n.reveal == "volunteered"}) <= LITTLE


def _answered_questions(trajectory: Trajectory) -> Sequence[str]:
    """Questions of `ask_user` that the person answered."""
    return [str(d.call.arguments["question"]) for d in executed(trajectory.entries) if d.answered]
