"""A run: every task of a file held once, on as many workers as are given, kept as it ends.

A run that was killed or stopped goes on where it was. What is told on the way is a `Progress`.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from agent.wire import WIRE_VERSION
from distill.dialogue import Dialogue
from distill.errors import RunError, StoppedError
from distill.running.casting import Casting, CastSpec
from distill.running.pools import in_process, in_processes, on_ray
from distill.running.store import Made, RunFolder, Written, packed
from distill.seats.asking import UNREACHABLE
from distill.seats.served_policy import SEAT as RESEARCH
from distill.seats.tally import SeatCount, Tally
from distill.stage import MAX_STEPS, hold, unheld
from distill.supervisor import STATES
from distill.task import HOME, Task
from distill.worlds.open import Worlds
from index.catalog import Catalog
from index.errors import CatalogueError
from index.product import first_fault

CHUNK = 8
"""Dialogues that a kill can lose for each worker, and that one transaction writes."""


class Lines(NamedTuple):
    """Tasks on their way to a worker: places in the file and the lines there."""

    tasks: tuple[tuple[int, bytes], ...]


class Measured(NamedTuple):
    """What a file of tasks holds."""

    digest: str
    tasks: int
    at_home: bool
    """Whether any task is set in the person's own catalogue."""


class Chunk(NamedTuple):
    """What a worker gives back."""

    written: tuple[Written, ...]
    counts: dict[str, SeatCount]
    exhausted: str | None
    """Why the run should stop, where the teacher fails too often."""


@dataclass
class Progress:
    """How far a run is."""

    total: int
    done: int
    """Those of earlier runs included."""
    held: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    """How dialogues of this run ended."""
    tally: Tally = field(default_factory=Tally)
    """What the seats' attempts came to."""
    began: float = field(default_factory=time.monotonic)

    @property
    def minutes(self) -> float:
        """Since this run began."""
        return (time.monotonic() - self.began) / 60

    @property
    def rate(self) -> float:
        """Dialogues a minute."""
        return self.held / self.minutes if self.held else 0.0

    @property
    def left(self) -> float:
        """Minutes to go at this rate; 0 while there is none."""
        return (self.total - self.done) / self.rate if self.rate else 0.0

    @property
    def share(self) -> float:
        """The yield: finished trajectories among those held."""
        return self.stops["reported"] / self.held if self.held else 0.0


class HoldWorker:
    """Holds chunks of tasks in one process."""

    def __init__(self, home: Path, spec: CastSpec) -> None:
        self._worlds = Worlds(home)
        self._casting = Casting(spec)

    def __call__(self, lines: Lines) -> Chunk:
        """Hold every task of a chunk."""
        before = self._casting.tally.counts()
        written = []
        exhausted = None
        for place, line in lines.tasks:
            dialogue, one = self._held(place, _task(place + 1, line))
            if exhausted := _lost(dialogue):
                break  # held anew when the teacher is back
            written.append(one)
            if exhausted := self._casting.tally.exhausted():
                break
        return Chunk(tuple(written), _since(before, self._casting.tally.counts()), exhausted)

    def close(self) -> None:
        """Close the worlds, which removes the random ones."""
        self._worlds.close()

    def _held(self, place: int, task: Task) -> tuple[Dialogue, Written]:
        began = time.perf_counter()
        index = self._worlds.index(task.world)
        cast, faulty = self._casting.cast(task, index)
        try:
            dialogue = hold(task, index, cast).dialogue
        except CatalogueError:
            raise  # a catalogue that is damaged or locked would fail every task to come
        except Exception as error:  # a bad rollout is data, not the end of the run
            dialogue = unheld(task, cast, _cause(error))
        for ruling in dialogue.rulings:
            self._casting.tally.ruled(RESEARCH, approved=ruling.approved)
        labels = faulty.labels if faulty else ()
        return dialogue, packed(place, task, dialogue, labels, time.perf_counter() - began)


def run(
    tasks: Path,
    folder: Path,
    home: Path,
    spec: CastSpec,
    tell: Callable[[Progress], None],
    *,
    workers: int = 1,
    ray: str = "",
) -> None:
    """Hold what is not held yet; raises RunError, and StoppedError where too much failed.

    What was held by then is kept. A cluster that is named in `ray` does the work in place of `workers`.
    """
    measured = _measured(tasks)
    with ExitStack() as stack:
        kept = stack.enter_context(RunFolder.begin(folder, made_from(measured, home, spec)))
        done = kept.done()
        progress = Progress(total=measured.tasks, done=len(done))
        tell(progress)
        make = partial(HoldWorker, home, spec)
        for chunk in stack.enter_context(closing(_spread(make, _chunks(tasks, done), workers, ray))):
            kept.add(chunk.written)
            progress.tally.add(chunk.counts)
            progress.done += len(chunk.written)
            progress.held += len(chunk.written)
            progress.stops.update(w.stop for w in chunk.written)
            tell(progress)
            if chunk.exhausted:
                raise StoppedError(chunk.exhausted)


def made_from(measured: Measured, home: Path, spec: CastSpec) -> Made:
    """What a run is made from, as its folder remembers it."""
    return Made(
        tasks=measured.digest,
        catalogue=catalogue_of(home) if measured.at_home else "",
        wire=WIRE_VERSION,
        seed=spec.seed,
        user=spec.user,
        research=spec.research,
        supervisor=spec.supervisor,
        states=tuple(sorted(spec.states & STATES)),
        report_rounds=spec.report_rounds,
        fault_share=spec.fault_share,
        most_faults=spec.most_faults,
        max_steps=MAX_STEPS,
    )


def catalogue_of(home: Path) -> str:
    """What the home holds, in short; empty where there is none."""
    path = home / "catalog.sqlite"
    if not path.exists():
        return ""
    with Catalog.open(path) as catalog:
        counts = catalog.counts()
        held = catalog.content_digest()[:16]
        return f"{held}: {counts.products} products, {counts.reviews} reviews"


def _spread(
    make: Callable[[], HoldWorker], chunks: Iterator[Lines], workers: int, ray: str
) -> Generator[Chunk]:
    if ray:
        return on_ray(make, chunks, ray)
    return in_process(make, chunks) if workers == 1 else in_processes(make, chunks, workers)


def _measured(tasks: Path) -> Measured:
    """Read a file of tasks once, so that a damaged line is told before anything is held; raises RunError."""
    digest, lines_of, at_home = sha256(), dict[str, int](), False
    try:
        with tasks.open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest.update(line)
                task = _task(number, line)
                if task.id in lines_of:
                    raise RunError(
                        f"Line {number} of the tasks repeats {task.id} of line {lines_of[task.id]}."
                    )
                lines_of[task.id] = number
                at_home = at_home or task.world == HOME
    except OSError as error:
        raise RunError(f"{tasks} cannot be read: {error.strerror}.") from error
    return Measured(digest.hexdigest(), len(lines_of), at_home)


def _chunks(tasks: Path, done: set[int]) -> Iterator[Lines]:
    with tasks.open("rb") as file:
        waiting = ((place, line) for place, line in enumerate(file) if place not in done)
        while chunk := tuple(islice(waiting, CHUNK)):
            yield Lines(chunk)


def _task(number: int, line: bytes) -> Task:
    try:
        return Task.model_validate_json(line)
    except ValidationError as error:
        raise RunError(f"Line {number} of the tasks is no task: {first_fault(error)}.") from error


def _lost(dialogue: Dialogue) -> str | None:
    """Why no other dialogue can be held, where nobody listens any more where the teacher was."""
    if dialogue.stop != "teacher" or not dialogue.cause.startswith(UNREACHABLE):
        return None
    return f"The teacher is gone ({dialogue.cause}) Start it and run again: what is done is kept."


def _cause(error: Exception) -> str:
    """What broke a dialogue, in a sentence."""
    said = " ".join(str(error).split())[:300].rstrip(".")
    return f"The dialogue broke with {type(error).__name__}{': ' if said else ''}{said}."


def _since(before: dict[str, SeatCount], now: dict[str, SeatCount]) -> dict[str, SeatCount]:
    """What was counted between two looks at a tally."""
    return {seat: _less(count, before.get(seat, SeatCount())) for seat, count in now.items()}


def _less(now: SeatCount, before: SeatCount) -> SeatCount:
    failures = Counter(now.failures)
    failures.subtract(Counter(before.failures))
    return SeatCount(
        attempts=now.attempts - before.attempts,
        answers=now.answers - before.answers,
        failures=dict(+failures),
        ruled=now.ruled - before.ruled,
        approved=now.approved - before.approved,
    )
