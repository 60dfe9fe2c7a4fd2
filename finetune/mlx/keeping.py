"""What a training with MLX keeps: checkpoints to go on from, and at its end the trained weights.

A checkpoint holds the trained weights and the optimizer; the order of the samples and what dropout leaves out
follow from the step's number. This module imports mlx at once.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten

from finetune.errors import CheckpointError
from finetune.mlx.base_model import Base
from finetune.mlx.learner import Learner
from finetune.recipe import Recipe
from finetune.run_folder import KEPT, checkpoint, copy_reading, saving

WEIGHTS, OPTIMIZER = "weights.safetensors", "optimizer.safetensors"
_EXPERTS = re.compile(r"(.+\.mlp)\.switch_mlp\.(gate_proj|up_proj|down_proj)\.weight")
_FORMAT = {"format": "mlx"}
"""Transformers wants to be told."""


def save_checkpoint(learner: Learner, folder: Path, step: int, every: int) -> None:
    """Write a step's checkpoint and let go of the one that is too many; raises CheckpointError."""
    target = checkpoint(folder, step)
    with saving(folder, step):
        target.mkdir(exist_ok=True)
        mx.save_safetensors(str(target / WEIGHTS), _flat(learner.model.trainable_parameters()))
        mx.save_safetensors(str(target / OPTIMIZER), _flat(learner.optimizer.state))
    shutil.rmtree(checkpoint(folder, step - KEPT * every), ignore_errors=True)


def load_checkpoint(learner: Learner, folder: Path) -> None:
    """Put a checkpoint's weights and optimizer in place; raises CheckpointError."""
    try:
        learner.model.load_weights(str(folder / WEIGHTS), strict=False)
        state: Any = mx.load(str(folder / OPTIMIZER))
        learner.optimizer.state = tree_unflatten(list(state.items()))
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"The checkpoint {folder} cannot be read ({error}); remove it, and the training goes on from the "
            "one before it."
        ) from error
    learner.optimizer.init(learner.model.trainable_parameters())


def write_trained(base: Base, recipe: Recipe, target: Path) -> None:
    """Write what was trained: an adapter as mlx-lm stores it, or a whole folder in the Hugging Face form.

    Raises CheckpointError, and then there is no folder.
    """
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        if base.adapter is None:
            _write_whole(base.model, recipe, partial)
        else:
            _write_adapter(base.model, base.adapter, partial)
        copy_reading(recipe.model, partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise CheckpointError(
            f"The trained weights could not be written to {target} ({error}); the last checkpoint is kept: "
            "make room and start again, and the training goes on from there."
        ) from error


def _write_adapter(model: Any, adapter: dict[str, Any], folder: Path) -> None:
    settings = {"fine_tune_type": "lora", "num_layers": len(model.layers), "lora_parameters": adapter}
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    weights = _flat(model.trainable_parameters())
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights, _FORMAT)


def _write_whole(model: Any, recipe: Recipe, folder: Path) -> None:
    shutil.copyfile(recipe.model / "config.json", folder / "config.json")
    weights = dict(_apart(_flat(model.parameters())))
    mx.save_safetensors(str(folder / "model.safetensors"), weights, _FORMAT)


def _apart(weights: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Hugging Face keeps a matrix for each expert, MLX one for all of a layer."""
    for name, weight in weights.items():
        stacked = _EXPERTS.fullmatch(name)
        if stacked is None:
            yield name, weight
            continue
        for expert in range(weight.shape[0]):
            yield f"{stacked[1]}.experts.{expert}.{stacked[2]}.weight", weight[expert]


def _flat(tree: Any) -> dict[str, Any]:
    return dict(tree_flatten(tree))
