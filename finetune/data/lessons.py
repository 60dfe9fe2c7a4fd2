"""What a data set gives to a trainer: proved samples that fit, as rows of token ids."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from finetune.data.dataset import Dataset, Split
from finetune.data.mask import prove
from finetune.data.samples import IGNORED, Preference, Sample, preference, row_samples
from finetune.data.tokens import Reading
from finetune.errors import TrainingError
from finetune.recipe import Recipe
from finetune.run_record import Amounts

Row = dict[str, list[int]]
"""A row of a trainer's table: its columns with token ids."""


@dataclass(frozen=True)
class Lessons:
    """What is trained on and what is looked at on the way."""

    train: list[Row]
    validation: list[Row]
    looked_at: list[Sample]
    """Samples of the validation split, whose calls are counted."""
    amounts: Amounts


def lessons(recipe: Recipe, dataset: Dataset, reading: Reading) -> Lessons:
    """Read, render and prove; raises DatasetError, MaskError, and TrainingError where nothing fits."""
    limit = recipe.eval_samples
    looked_at = list(islice(_fitting(_samples(recipe, dataset, reading, "validation"), recipe), limit))
    counted = _Counted()
    if recipe.objective == "sft":
        kept = counted.fitting(_samples(recipe, dataset, reading, "train"), recipe)
        train = [sample_row(sample) for sample in kept]
        validation = [sample_row(sample) for sample in looked_at]
    else:
        train = [pair_row(pair) for pair in counted.fitting(_pairs(dataset, reading, "train"), recipe)]
        pairs = _fitting(_pairs(dataset, reading, "validation"), recipe)
        validation = [pair_row(pair) for pair in islice(pairs, limit)]
    if not train:
        raise TrainingError(
            f"Nothing to learn is left of {dataset.folder}: {counted.too_long:,} samples are longer than "
            f"{recipe.max_length:,} tokens; raise max_length, or use samples = 'step'."
        )
    return Lessons(train, validation, looked_at, counted.amounts(train, validation))


def sample_row(sample: Sample) -> Row:
    """A sample as a row of trl's SFT trainer."""
    return {"input_ids": sample.ids, "labels": sample.labels}


def pair_row(pair: Preference) -> Row:
    """A pair as a row of trl's DPO trainer."""
    return {
        "prompt_ids": pair.chosen.ids[: pair.prompt],
        "chosen_ids": pair.chosen.ids[pair.prompt :],
        "rejected_ids": pair.rejected.ids[pair.prompt :],
    }


def _samples(recipe: Recipe, dataset: Dataset, reading: Reading, split: Split) -> Iterator[Sample]:
    for row in dataset.rows(split):
        for sample in row_samples(row, reading, recipe.samples):
            yield prove(sample, reading)


def _pairs(dataset: Dataset, reading: Reading, split: Split) -> Iterator[Preference]:
    for line in dataset.pairs(split):
        pair = preference(line, reading)
        prove(pair.chosen, reading)
        prove(pair.rejected, reading)
        yield pair


AnyLesson = TypeVar("AnyLesson", Sample, Preference)


def _fitting(given: Iterable[AnyLesson], recipe: Recipe) -> Iterator[AnyLesson]:
    return (each for each in given if len(each) <= recipe.max_length)


@dataclass
class _Counted:
    """Counts what is too long while the rest passes."""

    too_long: int = 0

    def fitting(self, given: Iterable[AnyLesson], recipe: Recipe) -> Iterator[AnyLesson]:
        for each in given:
            if len(each) <= recipe.max_length:
                yield each
            else:
                self.too_long += 1

    def amounts(self, train: list[Row], validation: list[Row]) -> Amounts:
        return Amounts(
            samples=len(train),
            validation=len(validation),
            too_long=self.too_long,
            tokens=sum(_tokens(row) for row in train),
            learned=sum(_learned(row) for row in train),
            longest=max((_longest(row) for row in train), default=0),
        )


def _tokens(row: Row) -> int:
    """Tokens that the trainer reads of a row; a pair is read as two sequences."""
    if "labels" in row:
        return len(row["input_ids"])
    return 2 * len(row["prompt_ids"]) + len(row["chosen_ids"]) + len(row["rejected_ids"])


def _longest(row: Row) -> int:
    if "labels" in row:
        return len(row["input_ids"])
    return len(row["prompt_ids"]) + max(len(row["chosen_ids"]), len(row["rejected_ids"]))


def _learned(row: Row) -> int:
    if "labels" in row:
        return sum(label != IGNORED for label in row["labels"])
    return len(row["chosen_ids"]) + len(row["rejected_ids"])
