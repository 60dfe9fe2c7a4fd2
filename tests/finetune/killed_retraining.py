"""A retraining to be hurt: `python -m tests.finetune.killed_retraining HOME` speaks as the command does."""

import sys
from pathlib import Path

from finetune.retrain.run import retrain
from finetune.retrain.told import Told
from tests.finetune.test_retrain import ENDLESS, WANTED, models
from tui.told import told


def main(home: Path) -> None:
    """Retrain to the end, unless somebody kills it."""
    listener = Told(
        say=say,
        count=lambda done, total, what: say(f"{done} of {total} {what}"),
        point=lambda point: say(f"step {point.step}"),
    )
    with told():
        retrain(home, models(home), WANTED, listener, ENDLESS)


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
