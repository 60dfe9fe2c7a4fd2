"""What supervision is worth with the rule seats: one set of held-out tasks and planted faults, twice.

    python -m benchmarks.ablation HOME [--tasks 250] [--faults 1.0]

Tasks of the test split are drawn over the catalogue in HOME. Each is held unsupervised and fully supervised,
and scored against its hidden true needs; differences are paired over tasks, with bootstrap 95 % intervals.
"""

import argparse
from pathlib import Path

from distill.drawing.streams import home_tasks
from distill.drawing.tasks import Tally
from distill.evaluate.ablate import USUAL_ROUNDS, Cell, ablate
from distill.evaluate.figures import FIGURES
from distill.evaluate.holding import held_by
from distill.evaluate.table import ablation_table
from distill.running.casting import Casting, CastSpec
from distill.seats.rules_user import RulesUser
from distill.worlds.open import Worlds

SEED = 23
CELLS = tuple(Cell(supervision=name, rounds=USUAL_ROUNDS) for name in ("none", "all"))
RAISED = ("success", "race")
"""Figures that supervision is to raise: the lower end of the difference above nothing."""


def main() -> None:
    """Print both settings and their difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--tasks", type=int, default=250)
    parser.add_argument("--faults", type=float, default=1.0, help="share of dialogues with planted faults")
    asked = parser.parse_args()
    casting = Casting(CastSpec(fault_share=asked.faults, seed=SEED))
    tasks = list(home_tasks(asked.home, (), asked.tasks, SEED, casting.user, Tally(), split="test"))
    with Worlds(asked.home) as worlds:
        hold_with = held_by(casting, worlds.index)
        found = ablate(tasks, hold_with, worlds.index, RulesUser, simulated=True, cells=CELLS)
    print(f"{len(tasks)} test tasks, faults planted in {asked.faults:.0%} of the dialogues")
    print(ablation_table(found))
    for name in RAISED:
        gain, heading = found.cells[1].against[name], next(f.heading for f in FIGURES if f.name == name)
        assert gain is not None
        verdict = "higher" if gain.low > 0 else "not shown to be higher"
        print(f"{heading} with supervision: {100 * gain.mean:+.2f} points, {verdict}")


if __name__ == "__main__":
    main()
