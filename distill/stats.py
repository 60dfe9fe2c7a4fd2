"""`distill stats`: what a run's dialogues are like, in counts and plots, from one pass over them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from distill.dialogue import Dialogue
from distill.task import Task

MOST_BARS = 16
PLOT_HEIGHT = 15


@dataclass
class Stats:
    """Counts over dialogues."""

    dialogues: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    steps: Counter[int] = field(default_factory=Counter)
    """Dialogues by the steps that were taken, those that were sent back included."""
    words: Counter[int] = field(default_factory=Counter)
    """Tasks by the words of their question, in tens."""
    rulings: Counter[str] = field(default_factory=Counter)
    """By state."""
    rejections: Counter[str] = field(default_factory=Counter)
    """By state."""
    rounds: Counter[int] = field(default_factory=Counter)
    """Approvals by the round in which they came."""
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Findings of rejections, by state and code."""
    splits: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    reported: Counter[str] = field(default_factory=Counter)
    """Finished dialogues by who researched."""
    researchers: Counter[str] = field(default_factory=Counter)

    def add(self, task: Task, dialogue: Dialogue) -> None:
        """Count a dialogue."""
        self.dialogues += 1
        self.stops[dialogue.stop] += 1
        self.steps[dialogue.steps] += 1
        self.words[len(task.question.split()) // 10] += 1
        self.splits[task.split] += 1
        self.families[task.family] += 1
        self.answers[task.answer] += 1
        self.researchers[dialogue.seats.research] += 1
        self.reported[dialogue.seats.research] += dialogue.stop == "reported"
        for ruling in dialogue.rulings:
            self.rulings[ruling.state] += 1
            if ruling.approved:
                self.rounds[ruling.round] += 1
            else:
                self.rejections[ruling.state] += 1
                self.codes.update((ruling.state, f.code) for f in ruling.findings)


def stats(pairs: Iterable[tuple[Task, Dialogue]]) -> Stats:
    """Count every dialogue."""
    counted = Stats()
    for task, dialogue in pairs:
        counted.add(task, dialogue)
    return counted


def stats_rows(counted: Stats) -> Iterator[tuple[str, str, str]]:
    """The counts as rows of a table: what, which, and how many with their share."""
    yield "dialogues", "", f"{counted.dialogues}"
    for name, seats in sorted(counted.researchers.items()):
        yield "finished by", name, _share(counted.reported[name], seats)
    groups: tuple[tuple[str, Mapping[str, int]], ...] = (
        ("end", counted.stops),
        ("split", counted.splits),
        ("family", counted.families),
        ("answer", counted.answers),
    )
    for what, counts in groups:
        for which in sorted(counts):
            yield what, which, _share(counts[which], counted.dialogues)
    for state in sorted(counted.rulings):
        yield "sent back", state, _share(counted.rejections[state], counted.rulings[state])
    for at in sorted(counted.rounds):
        yield "approved in round", f"{at}", _share(counted.rounds[at], counted.rounds.total())
    for (state, code), many in sorted(counted.codes.items(), key=lambda c: (-c[1], c[0])):
        yield "found", f"{state}: {code}", f"{many}"


def plots(counted: Stats, width: int) -> str:
    """Bars of steps, question lengths and findings, `width` characters wide; plain text without colours."""
    steps = {f"{n}": counted.steps[n] for n in _span(counted.steps)}
    words = {f"{10 * n}-{10 * n + 9}": counted.words[n] for n in _span(counted.words)}
    codes = {f"{state}: {code}": many for (state, code), many in counted.codes.most_common(MOST_BARS)}
    drawn = [
        _bars("dialogues by steps", steps, width),
        _bars("questions by words", words, width),
        _bars("findings of what was sent back", codes, width),
    ]
    return "\n".join(plot for plot in drawn if plot)


def _span(counts: Counter[int]) -> range:
    return range(min(counts), max(counts) + 1) if counts else range(0)


def _bars(title: str, counts: Mapping[str, int], width: int) -> str:
    """A bar chart; names along the side where they are long."""
    if not counts:
        return ""
    import plotext  # 60 ms, only for plots

    names, values = list(counts), list(counts.values())
    sideways = sum(map(len, names)) + len(names) > width - 10
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, len(names) * 2 + 4 if sideways else PLOT_HEIGHT)
    plotext.title(title)
    if sideways:
        plotext.bar(names[::-1], values[::-1], orientation="horizontal", width=0.5)
    else:
        plotext.bar(names, values, width=0.8)
    drawn: str = plotext.uncolorize(plotext.build())
    plotext.clear_figure()
    return drawn


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else f"{part}"
