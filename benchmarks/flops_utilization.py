"""Model FLOPs utilization of the CUDA trainer, over a Qwen3 of random weights.

    python -m benchmarks.flops_utilization [--size 1.7B] [--tokens 4096] [--batch N] [--steps 25] [--compile]
    python -m benchmarks.flops_utilization --size tiny --tokens 64 --batch 2 --steps 4   # rehearsal, on a CPU

The model has the sizes of its namesake and is made on the device, so nothing is downloaded or read. It is
trained by `finetune.cuda` as a recipe would have it (trl's trainer with our care, AdamW, clipped gradients;
`full` keeps weights in float32 and multiplies in bfloat16), activations kept, on rows of random tokens of
which a quarter is learned, as in a trajectory. A step is timed from its end to the end of the next, data and
optimizer included, the device waited for at both; the median after the warmup counts.

Model FLOPs are what the training asks for, whatever the libraries compute twice. For each token:

    layers      6 x weights of the linear layers: 2 forward, 2 for the inputs' gradient, 2 for the weights';
                the embedding is a look-up and costs none
    head        6 x width x vocabulary x share of learned tokens: trl scores no other position
    attention   12 x layers x heads x head width x tokens / 2, since a token sees only those before it
    lora        frozen weights want no gradient: 4 in place of 6, and 6 x weights of the adapter on top

No logits stand in memory as a whole, which would take 2 x 151,936 bytes a token: trl's head goes in tiles of
4,096 tokens by 32,768 words. Rows at once are, unless said, as many as `finetune.plan` finds room for.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, takewhile
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
from datasets import Dataset, disable_progress_bars
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import (
    AutoModelForCausalLM,
    PreTrainedTokenizerFast,
    PrinterCallback,
    Qwen3Config,
    TrainerCallback,
)

from finetune.cuda.base_model import adapter, prepared, weight_type
from finetune.cuda.trainers import CarefulSFT, arguments
from finetune.data.lessons import Row
from finetune.data.samples import IGNORED
from finetune.hardware import Hardware, this_machine
from finetune.plan import memory_of, trained
from finetune.recipe import Recipe
from finetune.run_record import Amounts
from finetune.shape import Shape

LEARNED = 0.25
LEAST = 0.35
"""Utilization to reach."""
MOST_ROWS = 8
"""More rows of thousands of tokens only make a step longer."""
SIZES = {
    "1.7B": {
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151_936,
    },
    "4B": {
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151_936,
    },
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 512,
    },
}


class Measured(NamedTuple):
    """A training of random rows."""

    recipe: Recipe
    shape: Shape
    seconds: float
    """Median of a step."""
    peak: int
    """Bytes of device memory; 0 on a CPU."""
    foretold: int
    """Bytes that the plan says."""

    @property
    def tokens(self) -> int:
        """Of a step."""
        return self.recipe.batch * self.recipe.accumulation * self.recipe.max_length


class Steps(TrainerCallback):  # type: ignore[misc]  # transformers' callbacks are untyped
    """Notes when steps end, and ends the training after so many.

    That is before the recipe's last step, to which a checkpoint of twelve bytes a weight belongs.
    """

    def __init__(self, most: int) -> None:
        """Stop after `most` steps."""
        self._most = most
        self.ends: list[float] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ARG002
        """The device is waited for: its work is only queued when the trainer comes here."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())
        control.should_training_stop = len(self.ends) >= self._most


def shape_of(model: Any) -> Shape:
    """A model's sizes, as `finetune.shape` reads them from a folder."""
    config = model.config
    head = model.get_output_embeddings()
    return Shape(
        parameters=sum(weight.numel() for weight in model.parameters()),
        matrices=tuple(
            (f"{name}.weight", *layer.weight.shape)
            for name, layer in model.named_modules()
            if isinstance(layer, torch.nn.Linear) and layer is not head
        ),
        embeddings=config.vocab_size * config.hidden_size,
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_width=config.head_dim,
        hidden=config.intermediate_size,
        vocabulary=config.vocab_size,
        context=config.max_position_embeddings,
    )


def flops_per_token(recipe: Recipe, shape: Shape, scored: float) -> float:
    """Model FLOPs, as the module's docstring counts them; `scored` is the share of tokens at the head."""
    layers = sum(rows * columns for _, rows, columns in shape.matrices)
    products = layers + shape.width * shape.vocabulary * scored
    attention = 12 * shape.layers * shape.heads * shape.head_width * recipe.max_length / 2
    if recipe.method == "full":
        return 6 * products + attention
    return 4 * products + 6 * trained(recipe, shape) + attention


def fitting(recipe: Recipe, shape: Shape, hardware: Hardware) -> Recipe:
    """The recipe with the most rows at once that the plan has room for, and at least one."""
    choices = (recipe.model_copy(update={"batch": batch}) for batch in range(1, MOST_ROWS + 1))
    roomy = takewhile(lambda each: foretold(each, shape, hardware) <= hardware.memory, choices)
    return max(roomy, key=lambda each: each.batch, default=recipe)


def foretold(recipe: Recipe, shape: Shape, hardware: Hardware) -> int:
    """Bytes that the plan says; rows of one length are not padded, so attention keeps no mask."""
    row = Amounts(
        samples=1, validation=0, too_long=0, tokens=recipe.max_length, learned=0, longest=recipe.max_length
    )
    return sum(size for _, size in memory_of(recipe, shape, row, replace(hardware, flash=True)))


def random_rows(rows: int, tokens: int, vocabulary: int) -> Iterator[Row]:
    """Random tokens, of which LEARNED are learned; 0 is the padding's."""
    draw = torch.Generator().manual_seed(3)
    for _ in range(rows):
        ids = torch.randint(1, vocabulary, (tokens,), generator=draw)
        learned = torch.rand(tokens, generator=draw) < LEARNED
        yield {"input_ids": ids.tolist(), "labels": ids.masked_fill(~learned, IGNORED).tolist()}


def measure(recipe: Recipe, size: str, batch: int | None, warm: int) -> Measured:
    """Make the model, train it, and time the steps after the first `warm`."""
    hardware = this_machine(recipe.model)
    model = _random_model(size, recipe)
    shape = shape_of(model)
    recipe = recipe.model_copy(update={"batch": batch}) if batch else fitting(recipe, shape, hardware)
    # The recipe's last step is not taken.
    taken = (recipe.steps or 1) - 1
    steps = Steps(taken)
    _trainer(recipe, model, shape, steps).train()
    times = [after - before for before, after in pairwise(steps.ends[warm - 1 :])]
    peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
    return Measured(recipe, shape, median(times), peak, foretold(recipe, shape, hardware))


def _random_model(size: str, recipe: Recipe) -> Any:
    """What `finetune.cuda.base_model` would load, made in place."""
    torch.manual_seed(recipe.seed)
    config = Qwen3Config(**SIZES[size], tie_word_embeddings=True, max_position_embeddings=40_960)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(
            config, dtype=weight_type(recipe), attn_implementation="sdpa"
        )
    return prepared(model, recipe)


def _trainer(recipe: Recipe, model: Any, shape: Shape, steps: Steps) -> Any:
    """The trainer of `finetune.cuda.train` over random rows."""
    disable_progress_bars()
    rows = recipe.batch * recipe.accumulation * (recipe.steps or 1)
    trainer = CarefulSFT(
        model=model,
        args=arguments(recipe, recipe.model, validates=False),
        train_dataset=Dataset.from_list(list(random_rows(rows, recipe.max_length, shape.vocabulary))),
        # Rows are tokens already; the trainer only asks what it would pad with.
        processing_class=PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer(WordLevel({"-": 0}, unk_token="-")), pad_token="-"
        ),
        peft_config=adapter(recipe, model),
        callbacks=[steps],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def report(measured: Measured, peak_teraflops: float) -> Iterator[str]:
    """Lines to print; utilization is of the device's stated peak."""
    recipe, shape, seconds = measured.recipe, measured.shape, measured.seconds
    rate = measured.tokens / seconds
    flops = flops_per_token(recipe, shape, LEARNED)
    everywhere = flops_per_token(recipe, shape, 1.0)
    used, if_scored = (each * rate / (peak_teraflops * 1e12) for each in (flops, everywhere))
    yield f"{shape.parameters:,} weights, {trained(recipe, shape):,} trained, {recipe.precision}"
    yield f"{recipe.accumulation} x {recipe.batch} rows of {recipe.max_length:,} tokens a step"
    yield f"{rate:,.0f} tokens/s, {seconds:.3f} s a step (median)"
    if measured.peak:
        yield f"{measured.peak / 2**30:.1f} GiB at the peak; the plan said {measured.foretold / 2**30:.1f}"
    yield f"{flops / 1e9:.3f} model GFLOPs a token"
    yield f"{used * peak_teraflops:.1f} model TFLOP/s of {peak_teraflops:,.0f}"
    verdict = "reached" if used >= LEAST else "NOT reached"
    yield f"utilization {used:.1%} (at least {LEAST:.0%}: {verdict})"
    yield f"with the head counted at every token, as is often done, it would read {if_scored:.1%}"


def _recipe(asked: argparse.Namespace, folder: Path) -> Recipe:
    """One row at once until there is a model to plan with."""
    return Recipe(
        backend="cuda",
        model=folder,
        dataset=folder,
        method=asked.method,
        accumulation=asked.accumulation,
        max_length=asked.tokens,
        checkpointing=False,
        compilation=asked.compile,
        steps=asked.warm + asked.steps + 1,
        save_every=asked.warm + asked.steps + 1,
        learning_rate=1e-5,
        precision="bfloat16" if torch.cuda.is_available() else "float32",
    )


def main() -> None:
    """Print the utilization and what it was computed from."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="1.7B")
    parser.add_argument("--method", choices=("full", "lora"), default="full")
    parser.add_argument("--tokens", type=int, default=4096, help="of a row")
    parser.add_argument("--batch", type=int, help="rows at once; as many as fit where it is not said")
    parser.add_argument("--accumulation", type=int, default=2, help="passes before the weights change")
    parser.add_argument("--steps", type=int, default=25, help="that are timed")
    parser.add_argument("--warm", type=int, default=8, help="steps before them, at least one")
    parser.add_argument("--compile", action="store_true", help="the recipe's `compilation`")
    parser.add_argument("--device-peak", type=float, default=989.0, help="TFLOP/s; 989 is H100 SXM and H200")
    asked = parser.parse_args()
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(f"Qwen3 of {asked.size}, {asked.method}{', compiled' if asked.compile else ''}, on {device}")
    with tempfile.TemporaryDirectory() as name:
        recipe = _recipe(asked, Path(name))
        measured = measure(recipe, asked.size, asked.batch, asked.warm)
    for line in report(measured, asked.device_peak):
        print(line)


if __name__ == "__main__":
    main()
