"""Which of a task's needs are in force and known to the researcher at a moment of its dialogue.

Volunteered needs are known from the question, hidden ones from the history beside it, and those that are
told when asked once a question about them was answered. A change of mind and a follow-up replace the set.
"""

from collections.abc import Sequence

from agent.trajectory import Move, Observation, Question, Step, Trajectory
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
    answered = answered_questions(trajectory)
    return tuple(n for n in in_force(task, trajectory) if n.reveal != "asked" or asking_text(n) in answered)


def untold(task: Task, trajectory: Trajectory) -> tuple[TrueNeed, ...]:
    """Needs that would be told if the researcher asked."""
    told = known(task, trajectory)
    return tuple(n for n in in_force(task, trajectory) if n not in told)


def asking_text(need: TrueNeed) -> str:
    """The question by which the rules ask for a need."""
    return f"Does {spoken(need.need.on)} matter to you, and if so how?"


def spoken(attribute: str) -> str:
    """An attribute's name as people say it."""
    return attribute.replace("_", " ")


def answered_questions(trajectory: Trajectory) -> Sequence[str]:
    """Questions of `ask_user` that the person answered."""
    questions: list[str] = []
    asked = ""
    for entry in trajectory.entries:
        if isinstance(entry, Step):
            call = entry.call
            asked = str(call.arguments.get("question", "")) if call and call.name == "ask_user" else ""
        elif isinstance(entry, Observation) and asked and entry.answer:
            questions.append(asked)
    return questions
