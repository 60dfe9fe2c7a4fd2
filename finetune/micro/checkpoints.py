"""What a training of the micro agent leaves in its folder: weights, and what it needs to go on.

A light checkpoint holds the weights alone, in half precision: it travels, is shipped, and another training
can begin with it; it cannot be gone on from.
"""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from finetune.errors import CheckpointError
from finetune.micro.model import MicroAgent
from finetune.micro.recipe import MicroRecipe

CHECKPOINT = "checkpoint.pt"


def read_state(folder: Path) -> dict[str, Any]:
    """The checkpoint of a folder; raises CheckpointError."""
    path = folder / CHECKPOINT
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
        raise CheckpointError(f"{path} is missing or damaged ({error}).") from error
    return state


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Write the checkpoint, whole or not at all; raises CheckpointError."""
    beside = folder / f"{CHECKPOINT}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(dict(state), beside)
        beside.replace(folder / CHECKPOINT)
    except (OSError, RuntimeError) as error:
        beside.unlink(missing_ok=True)
        raise CheckpointError(
            f"The checkpoint could not be written ({error}); the last one stands."
        ) from error


def lighten(folder: Path, target: Path) -> None:
    """Write the light checkpoint of a training into another folder; raises CheckpointError."""
    state = read_state(folder)
    light = {name: weight.half() for name, weight in state["model"].items()}
    write_state(target, {"recipe": state["recipe"], "model": light})


def recipe_of(folder: Path) -> MicroRecipe:
    """The recipe of a folder's checkpoint."""
    return MicroRecipe.model_validate_json(read_state(folder)["recipe"])


def weights_of(folder: Path) -> Mapping[str, Tensor]:
    """The weights of a folder's checkpoint, under the names of a Hugging Face checkpoint."""
    model = MicroAgent(recipe_of(folder).shape)
    load_weights(model, folder)
    return model.checkpoint()


def load_weights(model: MicroAgent, folder: Path) -> dict[str, Any]:
    """Take up the weights of a folder's checkpoint, and give all of it; raises CheckpointError."""
    state = read_state(folder)
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        raise CheckpointError(
            f"The checkpoint in {folder} has another shape than the recipe: take an empty folder."
        ) from error
    return state
