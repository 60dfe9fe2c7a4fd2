"""The rewriter, played by a model: a correction becomes the researcher's reflection, checked by code."""

from pydantic import Field

from distill.internalizing.reflection_checks import facts_in
from distill.internalizing.rewriting import trace_pattern
from distill.seats.asking import Teacher, ask, seed_of
from distill.seats.roles import Correction, SeatError
from index.product import Record

SEAT = "rewriter"
MOST_WORDS = 60
_MOST_FACTS = 6
"""Tags and numbers of a cause that a thought must keep; a longer list is a report and no thought."""


class ReflectionAnswer(Record):
    """The thought."""

    thought: str = Field(min_length=10, max_length=420)


class ModelRewriter:
    """A `Rewriter` taken by a model."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    @property
    def name(self) -> str:
        """The model's name."""
        return self._teacher.writer.name

    def reflect(self, correction: Correction) -> str:
        """The thought of the mended step, with the cause in it and nobody else."""

        def check(answer: ReflectionAnswer) -> None:
            problem = wrong_with(answer.thought, correction)
            if problem:
                raise SeatError("untrue", problem)

        fields = {
            "question": correction.question,
            "wrong": correction.wrong,
            "cause": correction.cause,
            "mended": correction.mended,
            "thought": correction.thought,
        }
        seed = seed_of("reflect", correction.model_dump_json())
        like = correction.thought or correction.question
        answer = ask(self._teacher, SEAT, "reflection", fields, ReflectionAnswer, seed, check, like)
        return answer.thought.strip()


def wrong_with(thought: str, correction: Correction) -> str:
    """Why a thought cannot stand for the correction, in a sentence; empty where it can."""
    count = len(thought.split())
    if count > MOST_WORDS:
        return f"The thought has {count} words; {MOST_WORDS} are the most."
    trace = trace_pattern().search(thought)
    if trace is not None:
        return f"The thought speaks of somebody else ({trace[0]!r})."
    said = facts_in(thought)
    lost = [token for token in _facts(correction.cause)[:_MOST_FACTS] if token not in said]
    if lost:
        return f"The thought lost {', '.join(lost)} of the cause."
    known = (correction.question, correction.wrong, correction.cause, correction.mended, correction.thought)
    made_up = said.difference(*(facts_in(text) for text in known))
    return f"The thought makes up {', '.join(sorted(made_up))}." if made_up else ""


def _facts(text: str) -> list[str]:
    """Tags and numbers in the order in which they first stand."""
    return sorted(facts_in(text), key=lambda fact: (text.find(fact), fact))
