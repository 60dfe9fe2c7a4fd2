"""`finetune plan`, `inspect` and `compare`: a training looked at before it starts and after it ended."""

import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from rich.console import Console

from finetune import plan as planning
from finetune.data.dataset import Split, open_dataset
from finetune.data.looking import coloured, heading, share_rows, shares
from finetune.data.mask import prove
from finetune.data.samples import Sample, row_samples
from finetune.data.tokens import open_reading
from finetune.recipe import Form, read_recipe
from finetune.run_record import compare, plot, read_record
from tui.distilling.saying import say, table
from tui.told import FAILED, UsageError


def foretell(recipe: Path, tokens_per_second: float) -> int:
    """Print a plan; the exit code says whether the training could begin."""
    read = read_recipe(recipe)
    plan = planning.foretell(read, recipe.resolve().parent, datetime.now(), tokens_per_second)
    table(("what", "how much"), planning.lines(plan))
    return FAILED if plan.faults else 0


def inspect_samples(source: Path, model: Path | None, count: int, split: Split) -> None:
    """Print a few samples in colour, and the shares of all of the split; raises MaskError."""
    samples = islice(samples_of(source, model, split), count)
    console = Console(highlight=False)
    for sample in samples:
        console.print(heading(sample), style="bold", markup=False)
        console.print(coloured(sample), soft_wrap=True)
    counted = shares(samples_of(source, model, split))
    table(("part", "tokens", "learned", "share"), share_rows(counted))
    say(f"{counted.samples:,} samples, the longest of {counted.longest:,} tokens; all may be learned.")


def samples_of(source: Path, model: Path | None, split: Split) -> Iterator[Sample]:
    """Proved samples of a recipe's data set, or of a data set by the tokens of a base model."""
    form: Form = "whole"
    if source.suffix == ".toml":
        if model is not None:
            raise UsageError("A recipe names its own model; leave out --model.")
        recipe = read_recipe(source)
        dataset, model, form = recipe.dataset, recipe.model, recipe.samples
    elif model is None:
        raise UsageError(f"Name with --model a base model's folder, by whose tokens {source} is read.")
    else:
        dataset = source
    reading = open_reading(model, datetime.now())
    for row in open_dataset(dataset).rows(split):
        for sample in row_samples(row, reading, form):
            yield prove(sample, reading)


def compare_runs(a: Path, b: Path) -> None:
    """Print what differs between two trainings, and draw both curves on a terminal."""
    records = read_record(a), read_record(b)
    table(("what", a.name, b.name), compare(*records))
    if sys.stdout.isatty():
        for record in records:
            sys.stdout.write(plot(record.curve, 100) + "\n")
