"""What the supervisor catches: planted faults, clean steps of rule seats, faults of weak researchers.

`python -m benchmarks.supervision HOME [--tasks N]` needs a home with the demo shop. It prints, for each kind
of planted fault, how many were sent back at their very step, by the checks that see the trajectory alone and
with the critic who knows the facets; how many clean steps were sent back; and precision and recall of the
checks on steps of random weights and of rules that misread, labelled by reading before the checks ran.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.checks.call import check_call
from agent.checks.plan import check_plan
from agent.checks.report import check_report
from agent.opening import begin
from agent.report.draft import parse_draft
from agent.tools import execute
from benchmarks.natural_steps import NaturalStep
from distill.dialogue import state_of
from distill.drawing.streams import home_tasks, random_tasks
from distill.drawing.tasks import Tally
from distill.running.casting import Casting, CastSpec
from distill.seats.rules_user import RulesUser
from distill.stage import CLOCK, hold
from distill.task import HOME, Task
from distill.worlds.open import Worlds
from index.search import Index

NATURAL = Path("tests/distill/natural_steps.jsonl")
BY_CRITIC = ("facet_missing", "facet_misread")


@dataclass
class Planted:
    """What became of planted faults and of the steps beside them."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Codes for which clean steps were sent back."""


class Nobody:
    """A person who skips every question."""

    def answer(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002
        return ""


def planted(tasks: Iterable[Task], worlds: Worlds) -> Planted:
    """Hold dialogues with faults in all of them."""
    casting, counted = Casting(CastSpec(fault_share=1.0, most_faults=4)), Planted()
    for task in tasks:
        index = worlds.index(task.world)
        cast, faulty = casting.cast(task, index)
        dialogue = hold(task, index, cast).dialogue
        labels = {label.at: label.fault for label in (faulty.labels if faulty else ())}
        for ruling in dialogue.rulings:
            fault = labels.get(ruling.at)
            codes = [f.code for f in ruling.findings]
            if fault is None:
                counted.clean += 1
                counted.rejected += not ruling.approved
                counted.reasons.update(() if ruling.approved else codes)
            else:
                counted.planted[fault] += 1
                counted.caught[fault] += not ruling.approved
                counted.by_code[fault] += any(code not in BY_CRITIC for code in codes)
    return counted


def found_in(natural: NaturalStep, index: Index) -> list[str]:
    """What the checks find in a step, its past carried out anew."""
    trajectory, desk = begin(natural.question, index, natural.author, 0, CLOCK)
    for earlier in natural.before:
        if earlier.call is not None:
            trajectory = trajectory.and_then(earlier, execute(earlier.call, desk, Nobody()))
    step = natural.step
    if step.call is None:
        found = check_report(parse_draft(step.report or ""), trajectory, desk)
    elif step.call.name == "plan":
        found = check_plan(step.call, trajectory, desk)
    else:
        found = check_call(step.call, trajectory, desk)
    return [f.code for f in found]


def natural_rows(index: Index) -> Iterator[tuple[str, int, int, int, int]]:
    """For each kind of step and author: faulty and sent back, faulty, sent back, all."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in NATURAL.read_text(encoding="utf-8").splitlines():
        natural = NaturalStep.model_validate_json(line)
        back, faulty = bool(found_in(natural, index)), not natural.sound
        for name in ("all", state_of(natural.step), natural.author):
            for at, holds in enumerate((back and faulty, faulty, back, True)):
                counts[name][at] += int(holds)
    for name, (right, wrong, sent_back, every) in counts.items():
        yield name, right, wrong, sent_back, every


def share(part: int, whole: int) -> str:
    """A share with what it is of."""
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--tasks", type=int, default=700)
    arguments = parser.parse_args()
    many = arguments.tasks
    with Worlds(arguments.home) as worlds:
        tasks = [*home_tasks(arguments.home, (), many - many // 3, 31, RulesUser, Tally())]
        tasks += random_tasks(arguments.home, many // 3, 32, RulesUser, Tally())
        counted = planted(tasks, worlds)
        print(f"planted faults, {len(tasks)} dialogues of rule seats: caught with the critic, by code alone")
        for fault, total in sorted(counted.planted.items()):
            print(f"  {fault}: {share(counted.caught[fault], total)}; {share(counted.by_code[fault], total)}")
        total = counted.planted.total()
        print(f"  all: {share(counted.caught.total(), total)}; {share(counted.by_code.total(), total)}")
        print(f"clean steps sent back: {share(counted.rejected, counted.clean)} {dict(counted.reasons)}")
        print("steps of weak researchers: precision, recall of the checks by code alone")
        for name, right, faulty, back, every in natural_rows(worlds.index(HOME)):
            print(f"  {name} ({every} steps): {share(right, back)}; {share(right, faulty)}")


if __name__ == "__main__":
    main()
