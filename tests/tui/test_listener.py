"""Progress as it is told, and the stop."""

import threading

import pytest

from index.importers.import_report import Progress
from tui.listener import Course, Listener, StoppedError


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def listening() -> tuple[Listener, Clock, list[Course]]:
    told: list[Course] = []
    clock = Clock()
    return Listener(threading.Event(), told.append, clock), clock, told


def test_rate_and_time_left_are_told_from_when_they_mean_something() -> None:
    listener, clock, told = listening()
    hear = listener.reading("Importing lamps.csv")
    hear(Progress("importing", 0, 0, 1000))
    clock.now += 10
    hear(Progress("importing", 500, 100, 1000))

    assert told[0].told == "0 rows"
    assert told[1] == Course("Importing lamps.csv", 100, 1000, "500 rows, 50/s, 1:30 left")


def test_not_more_is_told_than_a_screen_shows_but_the_end_always() -> None:
    listener, clock, told = listening()
    for done in range(1, 101):
        clock.now += 0.001
        listener.embedding()(done, 100)

    assert 2 <= len(told) <= 4
    assert told[-1].done == 100


def test_a_new_stage_begins_anew() -> None:
    listener, clock, told = listening()
    hear = listener.reading("Importing")
    clock.now += 10
    hear(Progress("scanning", 10, 10, 10))
    hear(Progress("importing", 1, 1, 10))

    assert [course.what for course in told] == ["Importing, looking for repeated rows", "Importing"]
    assert "/s" not in told[1].told


def test_a_stop_is_raised_where_progress_is_heard() -> None:
    listener, _, told = listening()
    listener.cancel.set()

    with pytest.raises(StoppedError):
        listener.embedding()(1, 2)
    assert not told
