"""What writing copying into the network is worth: the share foretold at birth, and after minutes of training.

    python -m benchmarks.copying FEEDS [--minutes 5]

FEEDS is a folder with `cards.pt`, `readings.pt`, `tokenizer.json`, as `python -m finetune.micro` makes them.
Two networks of the shipped shape, one taught at birth and one not, are measured on random text that comes
again, on product lines in another order and on plans; then both are trained on the copying curriculum.
"""

import argparse
import tempfile
from pathlib import Path
from random import Random

import torch

from finetune.micro.copying import reordered
from finetune.micro.induction import copied_share
from finetune.micro.model import MicroAgent
from finetune.micro.packed import Batch, Packed, joined
from finetune.micro.recipe import BUNDLED, MicroRecipe, Stage, read_recipe
from finetune.micro.train import Training

LENGTHS = (32, 512, 2000)


def right(model: MicroAgent, batch: Batch) -> float:
    """Share of the learnt tokens of a batch that are the likeliest."""
    wanted = batch.learnt[:, 1:]
    with torch.no_grad():
        likeliest = model(batch.ids[:, :-1], wanted).argmax(-1)
    return float((likeliest == batch.ids[:, 1:][wanted]).float().mean())


def measured(model: MicroAgent, feeds: Path) -> str:
    """The shares in one line."""
    draw = Random(5)
    cards, readings = Packed.load(feeds / "cards.pt"), Packed.load(feeds / "readings.pt")
    lines = joined([reordered(cards, draw) for _ in range(32)])
    plans = joined([readings.sample(at) for at in range(3)])
    repeated = ", ".join(f"{length}: {copied_share(model, length, 3):.3f}" for length in LENGTHS)
    return f"random text again ({repeated}), lines {right(model, lines):.3f}, plans {right(model, plans):.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feeds", type=Path)
    parser.add_argument("--minutes", type=float, default=0.0)
    asked = parser.parse_args()
    stage = Stage(name="copy", tokens=10**9, batch=2048, feeds={"copy": 1.0})
    for taught in (False, True):
        shape = read_recipe(BUNDLED).shape
        recipe = MicroRecipe(shape=shape, stages=(stage,), copying_at_birth=taught)
        with tempfile.TemporaryDirectory() as folder:
            training = Training(recipe, asked.feeds, Path(folder))
            print(f"{'taught' if taught else 'not taught'} at birth: {measured(training.model, asked.feeds)}")
            if asked.minutes:
                for _ in training.run(asked.minutes):
                    pass
                print(f"  after {training.tokens:,} tokens: {measured(training.model, asked.feeds)}")


if __name__ == "__main__":
    main()
