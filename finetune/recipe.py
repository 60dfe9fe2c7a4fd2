"""What a training is to be: one validated TOML file for every backend.

A key that nobody knows is refused with the nearest known name, and a backend refuses what it cannot honour,
because a setting that is silently ignored costs a night. Carrying a recipe out is left to the backends.
"""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from finetune.errors import RecipeError
from index.product import Record, first_fault

Backend = Literal["mlx", "cuda"]
Method = Literal["lora", "qlora", "full"]
Objective = Literal["sft", "dpo"]
Form = Literal["whole", "step"]

ADAPTER_KEYS = ("rank", "alpha", "dropout", "targets")
PATH_KEYS = ("model", "dataset")


class Recipe(Record):
    """Everything that decides a training; paths are taken from the recipe's own folder."""

    backend: Backend
    """`cuda` is transformers, peft and trl, which also run on a CPU; `mlx` is a loop of ours over mlx-lm."""
    model: Path
    """Folder of the base model in the Hugging Face form."""
    dataset: Path
    """Folder that `distill export` wrote."""
    method: Method = "lora"
    objective: Objective = "sft"
    """`dpo` learns from the preference pairs, `sft` from the trajectories."""
    samples: Form = "whole"
    """A sample is a whole trajectory, or one step with everything before it."""
    rank: int = Field(default=16, ge=1, le=1024)
    alpha: float = Field(default=32.0, gt=0)
    """An adapter's part is scaled by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Of the adapter's input."""
    targets: tuple[str, ...] = ()
    """Names of the linear layers that get an adapter; all but the head where none is named."""
    learning_rate: float = Field(default=1e-4, gt=0, allow_inf_nan=False)
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    """How the learning rate falls after the warmup."""
    warmup: int = Field(default=0, ge=0)
    """Steps in which the learning rate rises from 0."""
    decay: float = Field(default=0.0, ge=0)
    """Of the weights, as AdamW means it."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of a gradient."""
    batch: int = Field(default=1, ge=1)
    """Samples, or packed rows, of one device in one pass."""
    accumulation: int = Field(default=1, ge=1)
    """Passes before the weights change."""
    max_length: int = Field(default=8192, ge=16)
    """Tokens; a longer sample is left out and counted, never cut."""
    packing: bool = False
    """Several samples stand in one row, none of which sees another."""
    checkpointing: bool = True
    """Activations are computed twice instead of kept: less memory, about a third more time."""
    compilation: bool = False
    """Layers are compiled by torch: a minute at the start, and on a GPU much faster steps then."""
    sharding: bool = False
    """Weights, gradients and optimizer are parted over the processes of `torchrun` (FSDP)."""
    epochs: float | None = Field(default=None, gt=0)
    steps: int | None = Field(default=None, ge=1)
    """Changes of the weights; stands in place of `epochs`."""
    seed: int = Field(default=0, ge=0)
    eval_every: int = Field(default=50, ge=1)
    """Steps between two looks at the validation split."""
    eval_samples: int = Field(default=64, ge=0)
    """Samples of the validation split that are looked at; 0 looks at none."""
    save_every: int = Field(default=50, ge=1)
    """Steps between two checkpoints; the last two are kept."""
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    beta: float = Field(default=0.1, gt=0)
    """Of DPO: how dear it is to leave the base model."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError("say either `epochs` or `steps`")
        changed = {key for key, value in self if value != Recipe.model_fields[key].default}
        idle = [key for key in ADAPTER_KEYS if key in changed]
        if self.method == "full" and idle:
            raise ValueError(
                f"`{idle[0]}` belongs to an adapter, and method `full` trains none; leave it out"
            )
        if self.objective == "sft" and "beta" in changed:
            raise ValueError("`beta` belongs to objective `dpo`; leave it out")
        return self


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; raises RecipeError with one sentence."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecipeError(f"There is no recipe {path}; give the path of a .toml file.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"The recipe {path} cannot be read: {error}.") from error
    _refuse_unknown(said, path)
    folder = path.resolve().parent
    placed = {key: folder / Path(str(said[key])).expanduser() for key in PATH_KEYS if key in said}
    try:
        return Recipe.model_validate(said | placed)
    except ValidationError as error:
        fault = first_fault(error).replace("Value error, ", "")
        raise RecipeError(f"The recipe {path} is not valid: {fault}.") from error


def refusals(recipe: Recipe, backend: Backend) -> tuple[str, ...]:
    """What this backend cannot honour of a recipe, one sentence each; empty where it can do all of it."""
    said = [sentence for key, value, sentence in _CANNOT[backend] if recipe.model_dump()[key] == value]
    if recipe.backend != backend:
        said.insert(0, f"The recipe is for the backend {recipe.backend!r}; set backend = {backend!r}.")
    if backend == "cuda" and recipe.packing and recipe.objective == "dpo":
        said.append("Pairs are not packed: objective `dpo` needs packing = false.")
    if backend == "cuda" and recipe.sharding and recipe.method == "qlora":
        said.append("Weights in four bits are not parted: method `qlora` needs sharding = false.")
    return tuple(said)


def demand(recipe: Recipe, backend: Backend) -> None:
    """Raise RecipeError where the backend cannot honour the recipe."""
    said = refusals(recipe, backend)
    if said:
        raise RecipeError(" ".join(said))


_CANNOT: Mapping[Backend, tuple[tuple[str, object, str], ...]] = {
    "cuda": (),
    "mlx": (
        ("objective", "dpo", "MLX learns no preference pairs; objective `dpo` needs backend `cuda`."),
        ("packing", True, "MLX packs no samples; set packing = false."),
        ("compilation", True, "MLX compiles by itself what it can; set compilation = false."),
        ("sharding", True, "MLX parts no weights over processes; set sharding = false."),
    ),
}


def _refuse_unknown(said: Mapping[str, object], path: Path) -> None:
    for key in sorted(set(said) - set(Recipe.model_fields)):
        near = difflib.get_close_matches(key, Recipe.model_fields, n=1, cutoff=0.0)
        raise RecipeError(f"The recipe {path} has no use for {key!r}; the nearest key is {near[0]!r}.")
