"""How often each seat was asked and what came of it: the yield of a teacher, and when to give it up."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from threading import Lock

from pydantic import Field

from index.product import Record


class SeatCount(Record):
    """One seat's attempts."""

    attempts: int = 0
    answers: int = 0
    """Attempts whose answer counted."""
    failures: Mapping[str, int] = Field(default_factory=dict)
    """By the cause of `SeatError`."""
    ruled: int = 0
    """Answers that a supervisor looked at."""
    approved: int = 0
    """Of these, the ones that it let pass."""

    @property
    def share(self) -> float:
        """The yield: answers an attempt."""
        return self.answers / self.attempts if self.attempts else 0.0

    def parts(self) -> Iterator[str]:
        """What came of the seat, in parts of a line."""
        if self.attempts:
            yield f"{self.answers:,} of {self.attempts:,} answers count ({self.share:.1%})"
        if self.failures:
            yield ", ".join(f"{cause} {times:,}" for cause, times in self.failures.items())
        if self.ruled:
            yield f"{self.approved:,} of {self.ruled:,} steps approved ({self.approved / self.ruled:.1%})"


class Tally:
    """Counts attempts by seat and cause; may be used by several threads."""

    def __init__(self, most_failed: float = 0.8, latest: int = 40) -> None:
        """Give up once more than the share `most_failed` of the latest `latest` attempts has failed."""
        self._most = most_failed
        self._latest = deque[bool](maxlen=latest)
        self._answers = Counter[str]()
        self._failures: dict[str, Counter[str]] = {}
        self._ruled = Counter[str]()
        self._approved = Counter[str]()
        self._lock = Lock()

    def answered(self, seat: str) -> None:
        """Count an attempt whose answer counted."""
        with self._lock:
            self._answers[seat] += 1
            self._latest.append(True)

    def failed(self, seat: str, cause: str) -> None:
        """Count an attempt that failed."""
        with self._lock:
            self._failures.setdefault(seat, Counter())[cause] += 1
            self._latest.append(False)

    def ruled(self, seat: str, *, approved: bool) -> None:
        """Count an answer that a supervisor let pass or sent back; a teacher is not given up for these."""
        with self._lock:
            self._ruled[seat] += 1
            self._approved[seat] += approved

    def add(self, counts: Mapping[str, SeatCount]) -> None:
        """Take over what another process counted; when to give up is judged where the attempts are made."""
        with self._lock:
            for seat, count in counts.items():
                self._answers[seat] += count.answers
                self._ruled[seat] += count.ruled
                self._approved[seat] += count.approved
                self._failures.setdefault(seat, Counter()).update(count.failures)

    def counts(self) -> dict[str, SeatCount]:
        """What was counted so far, by seat in alphabetical order."""
        with self._lock:
            seats = {*self._answers, *self._failures, *self._ruled}
            return {seat: self._count(seat) for seat in sorted(seats)}

    def exhausted(self) -> str | None:
        """Why the run should stop, in a sentence; None where it may go on."""
        with self._lock:
            failed = self._latest.count(False)
            tried = len(self._latest)
            causes = sum(self._failures.values(), Counter[str]())
        if tried < (self._latest.maxlen or 0) or failed <= self._most * tried:
            return None
        often = ", ".join(f"{cause} {times:,}" for cause, times in causes.most_common(3))
        return (
            f"{failed} of the last {tried} attempts of the teacher failed, more than {self._most:.0%} "
            f"(in all: {often}); mend it or take another, then run again: what is done is kept."
        )

    def lines(self) -> Iterator[str]:
        """One line a seat, for people."""
        for seat, count in self.counts().items():
            yield f"{seat}: {'; '.join(count.parts())}"

    def _count(self, seat: str) -> SeatCount:
        failures = self._failures.get(seat, Counter())
        answers = self._answers[seat]
        return SeatCount(
            attempts=answers + failures.total(),
            answers=answers,
            failures=dict(sorted(failures.items())),
            ruled=self._ruled[seat],
            approved=self._approved[seat],
        )
