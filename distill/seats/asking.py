"""Asking a model seat until its answer counts: the one place where a teacher's failures are met.

An answer counts once it is JSON of its record, in the language of the question, and code found it true. What
does not count is tried again with another seed, within limits, and tallied by its cause.
"""

import json
import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from distill.seats.language import same_language
from distill.seats.prompting import prompt
from distill.seats.roles import SeatError
from distill.seats.tally import Tally
from distill.seats.writer import Writer
from index.product import first_fault
from models.engine import EngineError
from models.served_errors import (
    BusyError,
    DroppedError,
    EndlessError,
    FaultError,
    NonsenseError,
    ServerError,
    SlowServerError,
    UnreachableError,
)

Done = TypeVar("Done")
Answer = TypeVar("Answer", bound=BaseModel)

REJECTED = "rejected"
"""The cause that no second attempt can mend."""
UNREACHABLE = "unreachable"
"""The cause where nobody listens."""
WAITED = frozenset({"timeout", "refused", "server", UNREACHABLE, "died"})
"""Causes after which the teacher is given time."""

_CAUSES: Mapping[type[EngineError], str] = {
    BusyError: "refused",
    DroppedError: "died",
    EndlessError: "endless",
    FaultError: "server",
    NonsenseError: "malformed",
    SlowServerError: "timeout",
    UnreachableError: UNREACHABLE,
}


class Clock(Protocol):
    """Time that passes, or a test's."""

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """The time of this machine."""

    def now(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        Event().wait(seconds)


@dataclass(frozen=True)
class Limits:
    """How often and how long one question to a seat is tried."""

    attempts: int = 4
    seconds: float = 900.0
    """After which no further attempt begins."""
    first_wait: float = 1.0
    """Before the second attempt at a server in trouble; doubled each time."""
    longest_wait: float = 30.0
    """Also where the server asks for more."""


@dataclass(frozen=True)
class Teacher:
    """A model that takes seats, and the terms on which it is asked."""

    writer: Writer
    tally: Tally
    limits: Limits = Limits()
    clock: Clock = field(default_factory=SystemClock)


def ask(
    teacher: Teacher,
    seat: str,
    name: str,
    fields: Mapping[str, str],
    answer: type[Answer],
    seed: int,
    check: Callable[[Answer], None] = lambda _: None,
    like: str = "",
) -> Answer:
    """Ask under the prompt `name` for a record that counts; raises SeatError once the limits are reached.

    `check` raises SeatError for an answer that is untrue; its texts are held to the language of `like`.
    """
    system, user = prompt(name, fields)

    def once(attempt: int) -> Answer:
        given = read(teacher.writer.write(system, user, answer, attempt), answer)
        if like and not same_language(_texts(given.model_dump(mode="json")), like):
            raise SeatError("language", f"{teacher.writer.name} answers in another language.")
        check(given)
        return given

    return persist(once, seat, seed, teacher.tally, teacher.limits, teacher.clock)


def persist(
    once: Callable[[int], Done], seat: str, seed: int, tally: Tally, limits: Limits, clock: Clock
) -> Done:
    """The first result that no error stops, each attempt with its own seed; raises SeatError."""

    def unseen(attempt: int) -> Generator[str, None, Done]:
        yield from ()
        return once(attempt)

    writing = persist_writing(unseen, seat, seed, tally, limits, clock)
    while True:
        try:
            next(writing)
        except StopIteration as end:
            done: Done = end.value
            return done


def persist_writing(
    once: Callable[[int], Generator[str, None, Done]],
    seat: str,
    seed: int,
    tally: Tally,
    limits: Limits,
    clock: Clock,
) -> Generator[str, None, Done]:
    """The same, with the text of an attempt as it comes into being; once some was seen, no other is begun."""
    began = clock.now()
    for attempt in range(limits.attempts):
        seen = False
        try:
            writing = once(seed + attempt)
            while True:
                try:
                    text = next(writing)
                except StopIteration as end:
                    tally.answered(seat)
                    done: Done = end.value
                    return done
                seen = True
                yield text
        except (SeatError, EngineError) as error:
            fault = seat_error(error)
            tally.failed(seat, fault.cause)
        wait = _wait(fault, attempt, limits)
        late = clock.now() + wait - began > limits.seconds
        if late or seen or fault.cause == REJECTED or attempt + 1 == limits.attempts:
            tries = f"{attempt + 1} attempt{'s' if attempt else ''}"
            said = f"The {seat} seat gave nothing usable in {tries}: {fault}"
            raise SeatError(fault.cause, said) from fault
        if wait:
            clock.wait(wait)
    raise ValueError("a seat needs at least one attempt")


def seat_error(error: SeatError | EngineError) -> SeatError:
    """An engine's or a server's error as that of a seat, under the cause that is tallied."""
    if isinstance(error, SeatError):
        return error
    # What is no server's fault of these kinds is a text that does not fit or a model that does not run.
    fault = SeatError(_CAUSES.get(type(error), REJECTED), str(error))
    fault.__cause__ = error
    return fault


def read(text: str, answer: type[Answer]) -> Answer:
    """The record in a model's text, whatever stands around it; raises SeatError with the cause."""
    if not text.strip():
        raise SeatError("empty", "The answer is empty.")
    start = text.find("{")
    if start < 0:
        raise SeatError("malformed", f"The answer holds no JSON: {text.strip()[:60]!r}.")
    body = text[start:].rstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(body)
        return answer.model_validate_json(body[:end])
    except json.JSONDecodeError as error:
        if error.pos >= len(body) or error.msg.startswith("Unterminated string"):
            raise SeatError("cut", "The answer ends in the middle of its JSON.") from error
        raise SeatError("malformed", f"The answer is no JSON: {error.msg}.") from error
    except ValidationError as error:
        raise SeatError("malformed", f"The answer does not fit its form: {first_fault(error)}.") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise SeatError("malformed", f"The answer is no JSON: {error}.") from error
    except RecursionError as error:
        raise SeatError("malformed", "The answer is nested without end.") from error


def seed_of(*parts: object) -> int:
    """A seed of 31 bits drawn from what is asked about, the same on every machine."""
    return random.Random("\x1f".join(str(part) for part in parts)).getrandbits(31)


def _wait(fault: SeatError, attempt: int, limits: Limits) -> float:
    """Seconds to wait before the next attempt; what a server asks for is honoured up to the longest."""
    if fault.cause not in WAITED:
        return 0.0
    asked = fault.__cause__.retry_after if isinstance(fault.__cause__, ServerError) else None
    return min(limits.longest_wait, limits.first_wait * 2**attempt if asked is None else asked)


def _texts(value: object) -> str:
    """Every text of a record, in one."""
    match value:
        case str():
            return value
        case dict():
            return " ".join(_texts(part) for part in value.values())
        case list():
            return " ".join(_texts(part) for part in value)
        case _:
            return ""
