"""What the Training screen says, as plain styled text."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.text import Text

from tui.training.course import STAGES, Counted, Course, time_left

if TYPE_CHECKING:
    from tui.training.standing import Retrained, Standing

WIDTH = 24
"""Cells of a whole bar of the funnel."""
PROMOTES = "Only this comparison puts a new model in use: nothing here overrides it."
DIALOGUES = "supervised dialogues"
"""How a retraining calls them in its journal."""
_SILENT = timedelta(seconds=90)
"""After so long without a word it is said when the last one was."""
_SAID = 3


def state(standing: "Standing", now: datetime) -> Text:
    """Where it is, in a sentence or two."""
    course = standing.course
    if course is None:
        if standing.phase == "running":
            return Text("A retraining begins …")
        return Text(
            "Nothing was retrained here yet. The model in use learns from what you ordered, searched for and "
            "asked, and is used only where it is measurably better."
        )
    if standing.phase == "running":
        said = f"Retraining since {_clock(course.began)}. It goes on when you leave this screen, or the app."
        quiet = now - course.last
        return Text(f"{said} Last heard of at {_clock(course.last)}." if quiet > _SILENT else said)
    at = _clock(course.last)
    if standing.phase == "ended":
        return Text(f"Ended at {at}; F7 shows the comparison.", style="bold")
    if standing.phase == "stopped":
        why = course.why or "It was asked to stop."
        return Text(f"Stopped at {at}. {why} What was done is kept; Start goes on with it.")
    return Text(
        f"Its process was ended from outside, or the machine went down; it was last heard of at {at}. "
        "What was done is kept; Start goes on with it."
    )


def stages(standing: "Standing") -> Text:
    """Which are done, which is being done, which are ahead."""
    text = Text()
    for place, name in enumerate(STAGES):
        if place < standing.done:
            text.append(f"✓ {name}  ", "green")
        elif place == standing.done and standing.phase == "running":
            text.append(f"▸ {name}  ", "bold")
        else:
            text.append(f"· {name}  ", "dim")
    return text


def counts(course: Course, *, running: bool) -> Text:
    """A line for everything that is counted, with the time left."""
    return Text("\n").join(_count(counted, running=running) for counted in course.counts)


def said(course: Course) -> Text:
    """The last sentences."""
    return Text("\n".join(course.said[-_SAID:]), style="dim")


def funnel(standing: "Standing") -> Text:
    """From the questions drawn to the samples learned: how many, as bars, and why others went."""
    rows = list(_funnel_rows(standing))
    if not rows:
        return Text("No dialogue was held yet.", style="dim")
    most = max(1, *(many for _, many, _ in rows))
    return Text("\n").join(_funnel_row(*row, most) for row in rows)


def past(retrained: "Retrained") -> Text:
    """A retraining of the past: when, whether it was used, and what the comparison said."""
    used = ("put in use", "green") if retrained.used else ("not used", "dim")
    return Text.assemble(f"{retrained.at.astimezone():%Y-%m-%d %H:%M}  ", used, f"  {retrained.sentence}")


def _count(counted: Counted, *, running: bool) -> Text:
    share = counted.done / counted.total if counted.total else 0.0
    bar = "━" * round(WIDTH * share)
    text = Text.assemble(
        (f"{bar:<{WIDTH}}", "green"), f" {counted.done:,} of {counted.total:,} {counted.what}"
    )
    if running and counted.left is not None:
        text.append(f", about {time_left(counted.left)} left", "bold")
    return text


def _funnel_row(name: str, many: int, why: str, most: int) -> Text:
    bar = "█" * max(round(WIDTH * many / most), 1 if many else 0)
    return Text.assemble(f"{name:<16} {many:>7,}  ", (f"{bar:<{WIDTH}}", "green"), (f"  {why}", "dim"))


def _funnel_rows(standing: "Standing") -> Iterator[tuple[str, int, str]]:
    """What is left after each step, and what it left out."""
    counts = standing.course.counts if standing.course is not None else ()
    for counted in counts:
        if counted.what == DIALOGUES:
            yield "drawn", counted.total, ""
            yield "held", counted.done, ""
    if standing.funnel is not None:
        for stage in standing.funnel.stages:
            dropped = [f"{many:,} {cause} left out" for cause, many in stage.dropped.items()]
            masked = [f"{many:,} {cause}, report not learned" for cause, many in stage.masked.items()]
            if dropped or masked:
                yield stage.stage.replace("_", " "), stage.passed, "; ".join(dropped + masked)
        yield "kept", standing.funnel.kept, ""
    if standing.amounts is not None:
        amounts = standing.amounts
        longer = f"; {amounts.too_long:,} too long" if amounts.too_long else ""
        yield "learned", amounts.samples, f"samples, {amounts.validation:,} more to look at{longer}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M on %Y-%m-%d}"
