"""`distill show` and `stats`: one dialogue read, and many counted."""

import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from distill.errors import RunError
from distill.running.store import Pair, RunFolder
from distill.show import Said, lines, show
from distill.stats import plots as drawn
from distill.stats import stats, stats_rows
from tui.distilling.saying import table

_STYLES = {"person": "cyan", "researcher": "", "tool": "dim", "supervisor": "magenta"}


def replay(run: Path, task: str, *, faults: bool) -> None:
    """Print a dialogue: who said what, and what was sent back."""
    with RunFolder.open(run) as folder:
        pair = folder.pair(task) if task else _first(folder)
        labels = folder.labels(pair.task.id) if faults else ()
    turns = show(pair.task, pair.dialogue, {label.at: label.fault.replace("_", " ") for label in labels})
    if not sys.stdout.isatty():
        sys.stdout.writelines(f"{line}\n" for line in lines(turns))
        return
    console = Console()
    for said in turns:
        console.print(_turn(said), soft_wrap=True)


def count(run: Path, *, plots: bool) -> None:
    """Print a run's counts, and draw them."""
    with RunFolder.open(run) as folder:
        counted = stats(folder.pairs())
    table(("what", "which", "how many"), stats_rows(counted))
    if plots:
        sys.stdout.write(drawn(counted, min(shutil.get_terminal_size().columns, 100)) + "\n")


def _first(folder: RunFolder) -> Pair:
    pair = next(folder.pairs(), None)
    if pair is None:
        raise RunError(f"{folder.path} holds no dialogue yet.")
    return pair


def _turn(said: Said) -> Text:
    style = "red" if said.rejected else _STYLES.get(said.who, "dim")
    return Text("\n".join(lines(iter((said,)))), style=style)
