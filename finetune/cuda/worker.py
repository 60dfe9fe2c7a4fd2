"""One process of a training: `python -m finetune.cuda.worker RECIPE FOLDER`, alone or under `torchrun`.

Points go to standard output, one JSON a line, from the first process only; a fault is one sentence on
standard error and exit status 1.
"""

import sys
from datetime import datetime
from pathlib import Path

from finetune.cuda.train import train
from finetune.errors import FinetuneError
from finetune.recipe import read_recipe
from finetune.run_record import Point


def main(arguments: list[str]) -> int:
    """Train as the recipe says."""
    recipe, folder = map(Path, arguments)
    try:
        train(read_recipe(recipe), folder, _tell, datetime.now())
    except FinetuneError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _tell(point: Point) -> None:
    sys.stdout.write(point.model_dump_json() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
