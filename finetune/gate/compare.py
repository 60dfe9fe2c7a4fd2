"""Both models on the same held-out tasks, greedily and with the same played person, until a look decides.

What a model did on a task before is taken from where it was kept; the first TIMED tasks are run by both anew,
one right after the other, so that their seconds can be compared.
"""

from collections.abc import Callable, Sequence

from distill.evaluate.compare import Row
from distill.evaluate.race import CodeRubric, reference_run
from distill.evaluate.run import MAX_STEPS, Contestant, research
from distill.evaluate.scoring import score
from distill.seats.rules_user import RulesUser
from distill.task import Task
from distill.worlds.open import OpenWorld
from finetune.errors import GateError
from finetune.gate.comparison import SCORE, SUCCESS, Comparison, End, Pair, differences, judged
from finetune.gate.kept import Kept
from finetune.gate.looks import FEWEST, HOPELESS, Look, chance_at_the_end, looks

TIMED = 10
"""Tasks that both models run anew."""

Tell = Callable[[int, int], None]
"""Told of tasks done and tasks in all."""


def compare(
    tasks: Sequence[Task],
    in_use: Contestant,
    candidate: Contestant,
    open_world: OpenWorld,
    kept: Kept,
    *,
    max_steps: int = MAX_STEPS,
    tell: Tell | None = None,
) -> Comparison:
    """Run both until one look decides; raises GateError, EvaluationError, and what `tell` raises."""
    if not tasks:
        raise GateError("There is no held-out task to compare on.")
    ahead = list(looks(len(tasks)))
    pairs: list[Pair] = []
    while True:
        task = tasks[len(pairs)]
        pairs.append(_pair(task, in_use, candidate, open_world, kept, max_steps, timed=len(pairs) < TIMED))
        if tell is not None:
            tell(len(pairs), len(tasks))
        if len(pairs) == ahead[0].tasks:
            look = ahead.pop(0)
            end = _end(pairs, look, ahead, len(tasks))
            if end is not None:
                return judged(pairs, look, len(tasks), end)


def _end(pairs: Sequence[Pair], look: Look, ahead: Sequence[Look], planned: int) -> End | None:
    """Why it ends at this look; None where it goes on. At the first few tasks may not have differed yet."""
    if not ahead:
        return "all"
    if judged(pairs, look, planned, "shown").passed:
        return "shown"
    if look.tasks <= FEWEST:
        return None
    chances = [chance_at_the_end(list(differences(pairs, f).values()), ahead[-1]) for f in (SUCCESS, SCORE)]
    return "hopeless" if max(chances) < HOPELESS else None


def _pair(
    task: Task,
    in_use: Contestant,
    candidate: Contestant,
    open_world: OpenWorld,
    kept: Kept,
    max_steps: int,
    *,
    timed: bool,
) -> Pair:
    index = open_world(task.world)
    user = RulesUser(index)
    reference = reference_run(task, index, user)

    def row(contestant: Contestant) -> Row:
        before = None if timed else kept.row(contestant.name, task)
        if before is not None:
            return before
        run = research(task, index, contestant, user, 0, max_steps)
        scores = score(run, index, reference, CodeRubric())
        made = Row(contestant=contestant.name, task=task.id, seed=0, stop=run.stop, scores=scores)
        kept.keep(made, task)
        return made

    return Pair(task, row(in_use), row(candidate), timed)
