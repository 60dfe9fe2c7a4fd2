"""A whole retraining as its owner begins it, and how long each of its stages took.

    python -m benchmarks.retrain_loop

Over an embedded demo shop and a drawn past of at least 12 events, with the agent that comes along and every
option as it is: dialogues, data set, weights, training, adapter, comparison. Exits with 1 where that takes
longer than 45 minutes. The machine has to be left alone meanwhile.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from distill.drawing.persona import persona_of
from distill.drawing.shoppers import draw_histories
from distill.task import HOME
from distill.worlds.open import open_world
from finetune.retrain.journal import Entry, read_journal
from index.catalog import Catalog

LIMIT = 45.0
"""Minutes."""
FEWEST_EVENTS = 12
OWNER_SEED = 7
COMMAND = ("-c", "from tui.cli import main; main()")


def lived_in(home: Path) -> int:
    """Import the past of somebody who buys a brand again; how many events it has."""
    with open_world(HOME, home) as index:
        drawn = draw_histories(index, OWNER_SEED, 400)
        owner = next(h for h in drawn if len(h.events) >= FEWEST_EVENTS and persona_of(h, index).brands)
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("orders", "orders.csv", "a drawn past") as batch,
    ):
        for event in owner.events:
            origin = event.origin.model_copy(update={"source": "orders"})
            batch.add(event.model_copy(update={"origin": origin}))
    return len(owner.events)


def productresearch(home: Path, *arguments: str) -> None:
    """A command, as a person gives it; raises CalledProcessError."""
    subprocess.run(
        [sys.executable, *COMMAND, *arguments],
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(home)},
        check=True,
    )


def stages(entries: Sequence[Entry]) -> Iterator[tuple[str, float]]:
    """What was done, and the minutes until it was: whatever is counted or measured, and every sentence."""
    done: dict[str, tuple[str, datetime]] = {}
    for entry in entries:
        if entry.kind == "said":
            done[entry.text] = entry.text, entry.at
        elif entry.kind == "counted":
            done[entry.text] = f"{entry.done:,} of {entry.total:,} {entry.text}", entry.at
        elif entry.point is not None:
            steps = "steps of the training"
            done[steps] = f"{entry.point.step:,} of {entry.point.of:,} {steps}", entry.at
    for what, at in done.values():
        yield what, (at - entries[0].at).total_seconds() / 60


def main() -> int:
    """Print the stages and the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("options", nargs="*", help="for the retraining; the usual ones without any")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        productresearch(home, "index", "demo")
        events = lived_in(home)
        began = time.perf_counter()
        productresearch(home, "retrain", *asked.options)
        whole = (time.perf_counter() - began) / 60
        print(f"\na past of {events} events; minutes from its first word\n")
        for what, minutes in stages(read_journal(home)):
            print(f"{minutes:7.2f}  {what}")
    print(f"\nthe whole of it: {whole:.1f} min (at most {LIMIT:g}), {'met' if whole <= LIMIT else 'missed'}")
    return int(whole > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
