"""Study every owner, and print what all of them together say; the package tells what is studied."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count, islice
from pathlib import Path

import benchmarks.owner_study
from benchmarks.owner_study.choices import Choices, choosers
from benchmarks.owner_study.questions import Questions, hidden_tasks
from benchmarks.owner_study.retrainings import Size, prepared, retrained
from benchmarks.owner_study.setting import SEED, Exam, Setting, Values
from distill.drawing.history import read_histories
from distill.drawing.persona import persona_of
from distill.drawing.shoppers import draw_histories
from distill.evaluate.figures import Figure, shown
from distill.evaluate.intervals import Interval, bootstrap, paired
from distill.evaluate.table import aligned
from distill.seats.roles import History
from distill.task import HOME
from distill.worlds.open import open_world
from models.bundled_agent import bundled_agent
from models.usable import Model

FEWEST_EVENTS = 12


def owners(asked: argparse.Namespace) -> Iterator[tuple[History, Exam, Path]]:
    """Every owner with what their models are asked, and a folder of their own."""
    folders = (asked.folder / f"owner-{number}" for number in count(1))
    if asked.choices:
        for (history, choices), folder in zip(islice(choosers(), asked.owners), folders, strict=False):
            yield history, Choices(folder, history, choices), folder
        return
    for history, folder in zip(islice(_buyers(asked), asked.owners), folders, strict=False):
        yield history, Questions(folder, prepared(folder, asked.home), history, asked.tasks), folder


def _buyers(asked: argparse.Namespace) -> Iterator[History]:
    """People with enough of a past, and with tastes that it shows."""
    with open_world(HOME, asked.home) as index:
        if asked.histories is None:
            drawn = draw_histories(index, SEED, 400)
            fit = (h for h in drawn if len(h.events) >= FEWEST_EVENTS and persona_of(h, index).brands)
        else:
            read = read_histories(*asked.histories)
            fit = (h for h in read if len(h.events) >= FEWEST_EVENTS and hidden_tasks(index, h, asked.tasks))
        yield from fit


def study(
    folder: Path, home: Path, history: History, exam: Exam, asked: argparse.Namespace
) -> dict[Setting, Values]:
    """One owner, through all retrainings."""
    own = prepared(folder, home)
    said(f"{history.user}: {len(history.events)} events, {exam.many} tasks")
    models = {0: Model(bundled_agent())}
    size = Size(asked.lessons, asked.gate, asked.minutes)
    for number in range(1, asked.retrainings + 1):
        models[number] = retrained(own, history, (number, asked.retrainings), size, said)
    found = {}
    for number, model in models.items():
        for told in (False, True):
            setting = Setting("as it came" if not number else f"retrained {number} times", number, told)
            found[setting] = exam.sat(model, setting)
            said(f"{setting.name}: done")
    return found


def together(of_owners: Sequence[Mapping[Setting, Values]]) -> dict[Setting, Values]:
    """The tasks of all owners as those of one."""
    merged: dict[Setting, dict[str, dict[str, float]]] = {}
    for number, found in enumerate(of_owners):
        for setting, values in found.items():
            for name, by_task in values.items():
                into = merged.setdefault(setting, {}).setdefault(name, {})
                into |= {f"{number}:{task}": value for task, value in by_task.items()}
    return dict(merged)


def table(values: Mapping[Setting, Values], figures: Sequence[Figure]) -> Iterator[str]:
    """A line a setting, and its differences to the untouched model, told of the past and not."""
    lines = [["", *(f.heading for f in figures)]]
    for setting, found in values.items():
        means = [bootstrap(list(found.get(f.name, {}).values()), f.name) for f in figures]
        lines.append([setting.name, *(shown(m, f) for m, f in zip(means, figures, strict=True))])
    yield from aligned(lines)
    for beside in (s for s in values if s.retrained == 0):
        yield f"\nDifferences to {beside.name}, on the same tasks:"
        lines = [["", *(f.heading for f in figures)]]
        for setting, found in values.items():
            if setting != beside:
                apart: list[Interval | None] = [
                    paired(found.get(f.name, {}), values[beside].get(f.name, {}), f.name) for f in figures
                ]
                lines.append([setting.name, *(shown(d, f) for d, f in zip(apart, figures, strict=True))])
        yield from aligned(lines)


def said(sentence: str) -> None:
    """At once, so that a study that runs for hours can be followed."""
    print(f"{datetime.now():%H:%M} {sentence}", flush=True)


def main() -> None:
    """Study every owner, and print what all of them together say."""
    parser = argparse.ArgumentParser(
        description=benchmarks.owner_study.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--histories", type=Path, nargs=2, metavar=("FILE", "SCHEMA"))
    kinds.add_argument("--choices", action="store_true")
    parser.add_argument("--owners", type=int, default=1)
    parser.add_argument("--retrainings", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=30, help="of each owner, where they are drawn")
    parser.add_argument("--lessons", type=int, default=120, help="dialogues of a retraining")
    parser.add_argument("--gate", type=int, default=20, help="tasks of a retraining's gate")
    parser.add_argument("--minutes", type=float, default=5.0, help="of training in a retraining")
    asked = parser.parse_args()
    found: list[dict[Setting, Values]] = []
    figures: Sequence[Figure] = ()
    for history, exam, folder in owners(asked):
        found.append(study(folder, asked.home, history, exam, asked))
        figures = exam.figures
    print(*table(together(found), figures), sep="\n")


if __name__ == "__main__":
    main()
