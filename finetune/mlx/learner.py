"""One step of a training with MLX: its passes, the gradient, and the change of the weights.

mlx-lm's own loop keeps no optimizer, learns the first token of the filling behind a sample and changes the
weights before the loss is seen; this one is built on the same parts. It imports mlx at once and is itself
imported only where a training begins.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.optimizers import AdamW, clip_grad_norm, cosine_decay, join_schedules, linear_schedule
from mlx.utils import tree_map

from finetune.errors import LossError
from finetune.mlx.base_model import compute_type
from finetune.mlx.batches import Batch
from finetune.recipe import Recipe


@dataclass(frozen=True)
class Taken:
    """What a step measured."""

    loss: float
    learning_rate: float


class Learner:
    """A model with its optimizer."""

    def __init__(self, model: Any, recipe: Recipe, steps: int) -> None:
        """`steps` are those of the whole training, over which the learning rate falls."""
        self.model = model
        self.optimizer = AdamW(
            schedule(recipe, steps), weight_decay=recipe.decay, eps=1e-8, bias_correction=True
        )
        self.optimizer.init(model.trainable_parameters())
        self._recipe = recipe

        kind, weights, drawn = compute_type(recipe), model.state, mx.random.state

        def loss(batch: Any) -> Any:
            return _loss(model, batch, kind)

        def graded(batch: Any) -> Any:
            own = model.trainable_parameters()
            value_and_gradient = nn.value_and_grad(model, loss)(batch)
            model.update(own)
            return value_and_gradient

        self._loss = mx.compile(loss, inputs=[weights])
        self._graded = mx.compile(graded, inputs=[weights, drawn], outputs=[drawn])
        self._clipped = mx.compile(lambda gradient: clip_grad_norm(gradient, recipe.clip))

    def step(self, passes: Sequence[Batch], number: int) -> Taken:
        """Learn from batches at once; raises LossError, before the weights change, for what is no number.

        `number` is the step's; with the recipe's seed it decides what dropout leaves out.
        """
        mx.random.seed(self._recipe.seed + number)
        count = sum(batch.count for batch in passes)
        total, gradient = 0.0, None
        for batch in passes:
            value, more = self._graded(_arrays(batch))
            gradient = more if gradient is None else tree_map(mx.add, gradient, more)
            mx.eval(value, gradient)
            total += float(value.item())
        gradient, norm = self._clipped(tree_map(lambda part: part / count, gradient))
        _demand_number("loss", total / count, number)
        _demand_number("gradient", float(norm.item()), number)
        self.optimizer.update(self.model, gradient)
        mx.eval(self.model.trainable_parameters(), self.optimizer.state)
        mx.clear_cache()
        return Taken(total / count, float(self.optimizer.learning_rate.item()))

    def validation_loss(self, batches: Sequence[Batch]) -> float:
        """Mean of the learned tokens."""
        self.model.eval()
        total = sum(float(self._loss(_arrays(batch)).item()) for batch in batches)
        self.model.train()
        return total / sum(batch.count for batch in batches)


def schedule(recipe: Recipe, steps: int) -> Any:
    """The learning rate by the number of steps that were taken."""
    rate, warmup = recipe.learning_rate, min(recipe.warmup, steps)
    falling = max(1, steps - warmup)
    after = {
        "constant": lambda step: mx.array(rate),  # noqa: ARG005
        "linear": linear_schedule(rate, 0.0, falling),
        "cosine": cosine_decay(rate, falling),
    }[recipe.schedule]
    return join_schedules([linear_schedule(0.0, rate, warmup), after], [warmup]) if warmup else after


def _loss(model: Any, batch: Any, kind: Any) -> Any:
    """Sum over the learned tokens; the weights that are trained are multiplied as `kind`."""
    own = model.trainable_parameters()
    model.update(tree_map(lambda weight: weight.astype(kind), own))
    inputs, targets, learned = batch
    logits = model(inputs).astype(mx.float32)
    model.update(own)
    return (nn.losses.cross_entropy(logits, targets) * learned).sum()


def _arrays(batch: Batch) -> list[Any]:
    return [mx.array(batch.inputs), mx.array(batch.targets), mx.array(batch.learned)]


def _demand_number(what: str, value: float, step: int) -> None:
    if not math.isfinite(value):
        raise LossError(
            f"The {what} of step {step} is no number ({value}); the step was not taken and the last "
            "checkpoint is kept: lower the learning rate, and train anew into another folder."
        )
