"""A retraining to be hurt: `python -m tests.finetune.killed_retraining HOME [N]` speaks as the command does.

With N it kills itself at the N-th change of a file after the comparison is there: in the promotion, or where
what the stages have left is cleared away.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from finetune.gate.comparison import Comparison
from finetune.gate.report import read_comparison
from finetune.retrain import run
from finetune.retrain.told import Told
from tests.finetune.test_retrain import ENDLESS, WANTED, models
from tui.told import told

CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.copyfile", "shutil.rmtree")


def main(home: Path, killed_at: int = 0) -> None:
    """Retrain to the end, unless somebody kills it."""
    listener = Told(
        say=say,
        count=lambda done, total, what: say(f"{done} of {total} {what}"),
        point=lambda point: say(f"step {point.step}"),
    )
    wanted = WANTED._replace(keep=not killed_at)
    reads = counted_from(read_comparison, killed_at) if killed_at else read_comparison
    with patch.object(run, "read_comparison", reads), told():
        run.retrain(home, models(home), wanted, listener, ENDLESS)


def counted_from(reads: Callable[[Path], Comparison], killed_at: int) -> Callable[[Path], Comparison]:
    """The same, after which every change of a file is counted, up to the deadly one."""
    changes = 0

    def change(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes
        flags = arguments[2] if event == "open" else 0
        if event in CHANGES or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            changes += 1
            if changes == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def read(folder: Path) -> Comparison:
        comparison = reads(folder)
        sys.addaudithook(change)
        return comparison

    return read


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
