"""What the person has said over a whole session, read as one."""

from collections.abc import Sequence

from agent.plan import PlanNeed
from agent.reading.read import Reading, read, read_followup
from agent.trajectory import Trajectory
from index.card import CategoryCard


def read_session(
    trajectory: Trajectory, cards: Sequence[CategoryCard], needs: Sequence[PlanNeed] | None = None
) -> Reading:
    """The question, then answers and follow-ups in order; `needs` stand in for what the question states.

    Raises QuestionError where the question says nothing.
    """
    first, *later = trajectory.spoken
    reading = read(first, cards)
    if needs is not None:
        reading = reading.model_copy(update={"needs": tuple(needs)})
    for said in later:
        reading = read_on(reading, said, cards)
    return reading


def read_on(reading: Reading, said: str, cards: Sequence[CategoryCard]) -> Reading:
    """A reading with what was said next; raises QuestionError where that says nothing."""
    more = read_followup(said, cards, reading.needs, reading.category)
    return reading.followed_by(more).model_copy(update={"asks": reading.asks})
