"""Tokens a second on this CPU: the micro agent's trainer over a plain trl `SFTTrainer`.

    python -m benchmarks.finetune_speed [--rows 2] [--tokens 2048] [--steps 12] [--rounds 3] [--threads 2]

Both train the bundled network from the same weights, in 32 bits, on the same rows of random tokens, of which
a quarter is learnt, as in a trajectory. trl gets the network as transformers has it and its own defaults,
but for the checkpointing of activations, which would cost it a second forward pass, and 16 bits, which this
processor may not compute. The two take turns, so that what else the machine does hits both; a step is timed
from its end to the end of the next, data and optimizer included, and medians are compared.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from finetune.micro.packed import Packed
from finetune.micro.recipe import BUNDLED, MicroRecipe, Stage, read_recipe
from finetune.micro.ship import write_folder
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from finetune.micro.train import Training

LEARNT = 0.25
LEAST = 1.0
"""Ratio to reach."""
_UNLEARNT = -100
"""How transformers marks a token without loss."""


class Batches(NamedTuple):
    """What both are fed."""

    rows: int
    tokens: int
    packed: Packed


def drawn(rows: int, tokens: int, batches: int, vocabulary: int) -> Batches:
    """Rows of random tokens; beginnings of a vocabulary, where every tokenizer has bytes."""
    draw = torch.Generator().manual_seed(3)
    count = rows * batches
    ids = torch.randint(1, vocabulary, (count * tokens,), generator=draw, dtype=torch.int16)
    learnt = torch.rand(count * tokens, generator=draw) < LEARNT
    return Batches(rows, tokens, Packed(ids, learnt, torch.arange(count + 1) * tokens))


class Ours:
    """The micro agent's trainer, a number of steps at a time."""

    def __init__(self, recipe: MicroRecipe, batches: Batches, folder: Path) -> None:
        """Begin in an empty folder."""
        batches.packed.save(folder / "rows.pt")
        stage = Stage(name="rows", tokens=10**12, batch=batches.rows * batches.tokens, feeds={"rows": 1.0})
        changed = {"stages": (stage,), "copying_at_birth": False}
        self._training = Training(recipe.model_copy(update=changed), folder, folder)
        self._training.save()
        self._steps = self._training.run(minutes=1e6, every=1e6, tick=1)

    def seconds(self, steps: int) -> list[float]:
        """How long each of the next steps takes but the first."""
        ends = [time.perf_counter() for _ in islice(self._steps, steps)]
        return [after - before for before, after in pairwise(ends)]


class Watch(TrainerCallback):  # type: ignore[misc]  # transformers' callbacks are untyped
    """Notes when steps end."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(time.perf_counter())


class Theirs:
    """trl's trainer over the same network as a Hugging Face folder."""

    def __init__(self, model: Path, batches: Batches, folder: Path) -> None:
        """`model` is the network's folder; `folder` is for what trl writes."""
        self._model = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        self._tokenizer = AutoTokenizer.from_pretrained(model)
        self._rows, self._folder = batches.rows, folder
        self._data = Dataset.from_list(list(examples(batches.packed)))

    def seconds(self, steps: int) -> list[float]:
        """How long each of so many steps takes but the first."""
        watch = Watch()
        trainer = SFTTrainer(
            self._model,
            args=self._arguments(steps),
            train_dataset=self._data,
            processing_class=self._tokenizer,
            callbacks=[watch],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        return [after - before for before, after in pairwise(watch.ends)]

    def _arguments(self, steps: int) -> SFTConfig:
        return SFTConfig(
            output_dir=str(self._folder),
            per_device_train_batch_size=self._rows,
            max_steps=steps,
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
            activation_checkpointing=False,
            bf16=False,
            use_cpu=True,
            dataloader_pin_memory=False,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )


def examples(packed: Packed) -> Iterator[dict[str, list[int]]]:
    """The rows as trl takes them, tokenized and labelled."""
    for at in range(len(packed)):
        ids, learnt = packed.sample(at)
        yield {"input_ids": ids.tolist(), "labels": ids.masked_fill(~learnt, _UNLEARNT).tolist()}


def compare(recipe: MicroRecipe, batches: Batches, steps: int, rounds: int) -> tuple[float, float]:
    """Tokens a second of ours and of trl's, medians over all steps of the rounds."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trainer = Ours(recipe, batches, _made(folder / "ours"))
        _tokenizer(recipe).save(folder / "tokenizer.json")
        write_folder(folder / "ours", folder / "tokenizer.json", folder / "model")
        other = Theirs(folder / "model", batches, folder / "theirs")
        for _ in range(rounds):
            ours += trainer.seconds(steps)
            theirs += other.seconds(steps)
    size = batches.rows * batches.tokens
    return size / median(ours), size / median(theirs)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _tokenizer(recipe: MicroRecipe) -> Tokenizer:
    """Any will do: the rows are tokens already."""
    return Tokenizer.train([__doc__ or ""], recipe.shape.vocabulary, (*CONTROL, *TAGS))


def main() -> None:
    """Print both rates and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", type=Path, default=BUNDLED, help="whose network is trained")
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=12, help="in each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    recipe = read_recipe(asked.recipe)
    batches = drawn(asked.rows, asked.tokens, asked.steps, recipe.shape.vocabulary)
    ours, theirs = compare(recipe, batches, asked.steps, asked.rounds)
    print(f"{asked.rows} rows of {asked.tokens:,} tokens, {asked.threads} threads, {asked.rounds} rounds")
    print(f"micro agent's trainer: {ours:,.0f} tokens/s; trl SFTTrainer: {theirs:,.0f} tokens/s")
    print(f"ratio {ours / theirs:.2f} (at least {LEAST})")


if __name__ == "__main__":
    main()
