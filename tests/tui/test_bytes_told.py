"""How fast bytes come and how long still: of what comes now, and not of what was here before."""

from tui.bytes_told import BytesTold

MB = 10**6


class Clock:
    """Stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(clock: Clock, bytes_told: BytesTold, second: float, done: int, doing: str = "fetching") -> str:
    clock.now = second
    return bytes_told.line(doing, done, 2500 * MB)


def test_the_time_left_is_that_of_the_rate_at_which_more_has_come() -> None:
    clock = Clock()
    bytes_told = BytesTold(clock)
    assert told(clock, bytes_told, 0, 2000 * MB) == "2.00 of 2.50 GB, 80 %"
    assert told(clock, bytes_told, 2, 2020 * MB) == "2.02 of 2.50 GB, 81 %, 10.0 MB/s, 0:48 left"
    assert told(clock, bytes_told, 50, 2500 * MB) == "2.50 of 2.50 GB, 100 %, 10.0 MB/s"


def test_a_line_that_becomes_slower_takes_longer() -> None:
    clock = Clock()
    bytes_told = BytesTold(clock)
    for second in range(60):
        told(clock, bytes_told, second, 10 * MB * second)
    for second in range(60, 120):
        line = told(clock, bytes_told, second, 600 * MB + MB * (second - 60))
    assert line.endswith("1.0 MB/s, 30:41 left")


def test_what_is_done_next_has_a_rate_of_its_own() -> None:
    clock = Clock()
    bytes_told = BytesTold(clock)
    for second in range(5):
        told(clock, bytes_told, second, 500 * MB * (second + 1))
    assert told(clock, bytes_told, 5, MB, "checking") == "0.00 of 2.50 GB, 0 %"
    assert told(clock, bytes_told, 6, 501 * MB, "checking").endswith("500.0 MB/s, 0:04 left")
