"""The person, played by a model: it finds words for what code has drawn, and code checks that they hold."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from distill.rubric import DIMENSIONS, Criterion, Dimension, Rubric
from distill.seats.asking import Teacher, ask, seed_of
from distill.seats.roles import Brief, History, SeatError
from distill.seats.rules_user import is_open
from distill.seats.saying import betrays, invented, line, names, says, shares_words
from distill.task import Persona, Task, TrueNeed
from index.product import Event, Record

SEAT = "user"
_EVENTS_SHOWN = 24
_MIDDLE = 3
"""The importance that leaves an added criterion at the mean weight of its dimension."""


Choice = Annotated[str, Field(min_length=2, max_length=40)]


class PersonaAnswer(Record):
    """What the model writes about a person."""

    summary: str = Field(min_length=20, max_length=360)


class QuestionAnswer(Record):
    """The question in the person's words."""

    question: str = Field(min_length=10, max_length=700)


class AddedCriterion(Record):
    """A criterion that only this question calls for."""

    dimension: Dimension
    asks: str = Field(min_length=15, max_length=160)
    importance: int = Field(ge=1, le=5)
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=4)


class RubricAnswer(Record):
    """How much each dimension matters to this question, and what else should be asked of a report."""

    comprehensiveness: int = Field(ge=1, le=10)
    depth: int = Field(ge=1, le=10)
    instruction_following: int = Field(ge=1, le=10)
    readability: int = Field(ge=1, le=10)
    criteria: tuple[AddedCriterion, ...] = Field(max_length=3)


class PersonAnswer(Record):
    """The need that the researcher asked about, and the answer."""

    need: int = Field(ge=0, le=12)
    """Number of the need in the list; 0 where they asked about none."""
    text: str = Field(max_length=200)


class ModelUser:
    """A `UserSeat` taken by a model."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    @property
    def name(self) -> str:
        """The model's name."""
        return self._teacher.writer.name

    def persona(self, history: History, known: Persona) -> Persona:
        """The persona with a summary in the model's words; everything else stays."""
        lines = known.history or tuple(_event_line(event) for event in history.events)
        facts = [*lines, *history.interests, *known.categories, *known.brands]

        def check(answer: PersonaAnswer) -> None:
            if facts and not shares_words(answer.summary, facts):
                raise SeatError("untrue", "The summary names nothing of the history.")
            made_up = invented(answer.summary, facts)
            if made_up:
                raise SeatError("untrue", f"The summary makes up {made_up}.")

        fields = {
            "history": "\n".join(lines[-_EVENTS_SHOWN:]),
            "likes": ", ".join((*history.interests, *known.categories[:6])),
            "brands": ", ".join(known.brands[:6]),
            "spending": known.spending,
        }
        seed = seed_of("persona", known.user, *lines)
        answer = ask(self._teacher, SEAT, "persona", fields, PersonaAnswer, seed, check, like=known.summary)
        return known.model_copy(update={"summary": answer.summary})

    def question(self, brief: Brief, persona: Persona) -> str:
        """The question; one that loses, makes up or gives away a need is refused."""
        told = [n for n in brief.needs if n.reveal == "volunteered"]
        withheld = [n for n in brief.needs if n.reveal != "volunteered"]

        def check(answer: QuestionAnswer) -> None:
            _hold(answer.question, told, told, withheld)
            if not names(answer.question, brief.noun):
                raise SeatError("untrue", f"The question does not name the {brief.noun}.")

        fields = {
            "persona": persona.summary,
            "noun": brief.noun,
            "needs": "\n".join(line(n) for n in told),
            "style": brief.family.replace("_", " "),
        }
        like = " ".join([brief.noun, *(n.words for n in brief.needs)])
        seed = seed_of("question", brief.seed, brief.noun)
        return ask(self._teacher, SEAT, "question", fields, QuestionAnswer, seed, check, like).question

    def rubric(self, question: str, needs: Sequence[TrueNeed], rubric: Rubric) -> Rubric:
        """The rubric with the model's weights, normalized, and its criteria beside those that stand."""

        def check(answer: RubricAnswer) -> None:
            # Those that stand may repeat each other: the two ends of a range are asked in the same words.
            standing = {c.asks.casefold() for c in rubric.criteria}
            added = [c.asks.casefold() for c in answer.criteria]
            if len({*added} - standing) < len(added):
                raise SeatError("untrue", "A criterion of the rubric repeats another.")
            if any(len({x.casefold() for x in c.choices}) < len(c.choices) for c in answer.criteria):
                raise SeatError("untrue", "A criterion's choices repeat each other.")

        fields = {
            "question": question,
            "needs": "\n".join(line(n) for n in needs if n.reveal == "volunteered"),
            "criteria": "\n".join(f"{c.dimension}: {c.asks}" for c in rubric.criteria),
        }
        answer = ask(
            self._teacher, SEAT, "rubric", fields, RubricAnswer, seed_of("rubric", question), check, question
        )
        return _merged(rubric, answer)

    def answer(self, task: Task, needs: Sequence[TrueNeed], question: str, options: Sequence[str]) -> str:
        """An answer from the needs that may be told; empty where the model finds none asked about."""
        told = [n for n in needs if n.reveal != "hidden"]
        hidden = [n for n in needs if n.reveal == "hidden"]
        about = _asked_about(told, question)
        if not about:
            return ""

        def check(answer: PersonAnswer) -> None:
            if answer.need > len(about):
                raise SeatError("untrue", "The answer is about a need that is not there.")
            if answer.need:
                _hold(answer.text, about[answer.need - 1], told, hidden)

        lines = ("; ".join(line(true) for true in group) for group in about)
        fields = {
            "needs": "\n".join(f"{n}. {said}" for n, said in enumerate(lines, start=1)),
            "question": question,
            "options": "\n".join(options),
        }
        seed = seed_of("answer", task.seed, question, *options)
        answer = ask(self._teacher, SEAT, "answer", fields, PersonAnswer, seed, check, like=task.question)
        return answer.text.strip() if answer.need else ""


def _asked_about(told: Sequence[TrueNeed], question: str) -> list[list[TrueNeed]]:
    """What one answer could say: any single need, or, to an open question, all that was not said yet."""
    if not is_open(question):
        return [[n] for n in told]
    kept = [n for n in told if n.reveal == "asked"]
    return [kept] if kept else []


def _hold(
    text: str, said: Sequence[TrueNeed], known: Sequence[TrueNeed], withheld: Sequence[TrueNeed]
) -> None:
    """Raise SeatError where a text does not say every need, makes an amount up, or says what is withheld."""
    lost = next((n for n in said if not says(text, n)), None)
    if lost is not None:
        raise SeatError("untrue", f"The text does not say {line(lost)}.")
    made_up = invented(text, [part for n in known for part in (n.need.value, n.words)])
    if made_up:
        raise SeatError("untrue", f"The text makes up {made_up}.")
    given_away = betrays(text, withheld, known)
    if given_away is not None:
        raise SeatError("untrue", f"The text gives away {line(given_away)}.")


def _merged(rubric: Rubric, answer: RubricAnswer) -> Rubric:
    given: dict[Dimension, int] = {
        "comprehensiveness": answer.comprehensiveness,
        "depth": answer.depth,
        "instruction_following": answer.instruction_following,
        "readability": answer.readability,
    }
    total = sum(given.values())
    weights = {dimension: given[dimension] / total for dimension in DIMENSIONS}
    added = tuple(_criterion(c, n, rubric) for n, c in enumerate(answer.criteria, start=1))
    return rubric.model_copy(update={"weights": weights, "criteria": rubric.criteria + added})


def _criterion(added: AddedCriterion, number: int, rubric: Rubric) -> Criterion:
    """An added criterion, weighed against those of its dimension."""
    weights = [c.weight for c in rubric.criteria if c.dimension == added.dimension]
    mean = sum(weights) / len(weights) if weights else 1.0
    return Criterion(
        id=f"asked_{number}",
        dimension=added.dimension,
        weight=mean * added.importance / _MIDDLE,
        asks=added.asks,
        choices=added.choices,
    )


def _event_line(event: Event) -> str:
    return f"{event.at.date().isoformat()} {event.kind}: {event.text}".strip()
