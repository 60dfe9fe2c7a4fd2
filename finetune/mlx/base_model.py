"""The base model as mlx-lm builds it, with what a recipe trains of it.

This module imports mlx at once and is itself imported only where a training begins.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.tuner.trainer import grad_checkpoint
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load_model as load_network
from mlx_lm.utils import maybe_set_recommended_wired_limit

from finetune.errors import ModelError, RecipeError
from finetune.recipe import Recipe

GROUP, BITS = 64, 4
"""Of QLoRA: so many weights share a scale and an offset of their own (MLX's affine form)."""
ROUTER = "mlp.gate"
"""A mixture's choice of experts; it gets no adapter unless a recipe names it."""
_LINEAR = (nn.Linear, nn.QuantizedLinear)
_EXPERTS = (SwitchLinear, QuantizedSwitchLinear)


class Base(NamedTuple):
    """A network whose trainable weights are those that a recipe trains."""

    model: Any
    adapter: dict[str, Any] | None
    """In mlx-lm's words; None where every weight is trained."""


def load_model(recipe: Recipe) -> Base:
    """The base model with the recipe's adapter; raises ModelError and RecipeError."""
    # Else macOS moves weights of large models out of the GPU's memory between two passes.
    maybe_set_recommended_wired_limit()
    try:
        config = json.loads((recipe.model / "config.json").read_bytes())
        model, _ = load_network(recipe.model, model_config=older_names(config))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The base model in {recipe.model} cannot be loaded: {reason}") from error
    if recipe.method == "full":
        return Base(_whole(recipe, model), None)
    adapter = _adapter(recipe, model)
    model.set_dtype(compute_type(recipe))
    model.freeze()
    if recipe.method == "qlora":
        nn.quantize(model, group_size=GROUP, bits=BITS, class_predicate=_in_four_bits)
    # Adapters are drawn at random.
    mx.random.seed(recipe.seed)
    linear_to_lora_layers(model, len(model.layers), adapter)
    model.train()
    return Base(model, adapter)


def compute_type(recipe: Recipe) -> Any:
    """In what the weights are multiplied; those that are trained stay in float32."""
    return mx.bfloat16 if recipe.precision == "bfloat16" else mx.float32


def older_names(config: Mapping[str, Any]) -> dict[str, Any]:
    """What transformers 5 calls otherwise than the files before it, whose names mlx-lm 0.32 reads.

    Where it misses one that has a default it takes that and computes other positions than the base.
    """
    said: dict[str, Any] = {}
    if "num_local_experts" in config:
        said["num_experts"] = config.get("num_experts", config["num_local_experts"])
    rope = config.get("rope_parameters") or {}
    if "rope_theta" in rope:
        said["rope_theta"] = rope["rope_theta"]
    if rope.get("rope_type", "default") != "default":
        said["rope_scaling"] = config.get("rope_scaling") or rope
    return said


@contextmanager
def recomputing(model: Any, wanted: bool) -> Iterator[None]:
    """Compute activations twice instead of keeping them; mlx-lm changes a class, so it is changed back."""
    blocks = {type(block): block for block in model.layers} if wanted else {}
    before = {kind: kind.__call__ for kind in blocks}
    for block in blocks.values():
        grad_checkpoint(block)
    try:
        yield
    finally:
        for kind, call in before.items():
            kind.__call__ = call


def _whole(recipe: Recipe, model: Any) -> Any:
    if any(isinstance(layer, nn.QuantizedLinear) for layer in model.modules()):
        raise RecipeError(
            f"The weights in {recipe.model} are quantized and cannot be trained whole; use method = 'qlora'."
        )
    model.set_dtype(mx.float32)
    model.unfreeze()
    model.train()
    return model


def _adapter(recipe: Recipe, model: Any) -> dict[str, Any]:
    """The recipe's adapter in mlx-lm's words; raises RecipeError where a target is no layer.

    The layers are those of the other backend: all linear ones but a mixture's router and experts, which
    only get an adapter where they are named.
    """
    linear = {path: layer for block in model.layers for path, layer in block.named_modules() if _takes(layer)}
    names = {path: path.rpartition(".")[2] for path in linear}
    missing = sorted(set(recipe.targets) - set(names.values()))
    if missing:
        known = ", ".join(sorted(set(names.values())))
        raise RecipeError(f"The base model has no linear layer {missing[0]!r} for `targets`; it has {known}.")
    usual = [path for path, layer in linear.items() if isinstance(layer, _LINEAR) and path != ROUTER]
    keys = [path for path, name in names.items() if name in recipe.targets] if recipe.targets else usual
    scale = recipe.alpha / recipe.rank
    return {"rank": recipe.rank, "scale": scale, "dropout": recipe.dropout, "keys": sorted(set(keys))}


def _takes(layer: Any) -> bool:
    return isinstance(layer, (*_LINEAR, *_EXPERTS))


def _in_four_bits(path: str, layer: Any) -> bool:
    """Linear layers and experts of the blocks; embeddings, head and router stay, as in QLoRA."""
    block = ".layers." in f".{path}" and not path.endswith(ROUTER)
    return block and isinstance(layer, (nn.Linear, SwitchLinear)) and layer.weight.shape[-1] % GROUP == 0
