"""trl's trainers with what a long night needs: no step on a broken loss, whole checkpoints, calls counted.

This module imports trl at once and is itself imported only where a training begins.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from finetune.cuda.calls import call_accuracy
from finetune.data.samples import Sample
from finetune.errors import LossError
from finetune.recipe import Recipe
from finetune.run_folder import KEPT, saving

_CALLS = "eval_call_accuracy"
_SCHEDULES = {"constant": "constant_with_warmup", "linear": "linear", "cosine": "cosine"}


class _Careful:
    """What both trainers do besides; stands before trl's class."""

    looked_at: Sequence[Sample] = ()

    def training_step(self, *args: Any, **more: Any) -> Any:
        """A step whose loss is no number is not taken."""
        loss = super().training_step(*args, **more)  # type: ignore[misc]  # of the trainer behind this
        self._demand_number("loss", float(loss))
        return loss

    def _get_grad_norm(self, *args: Any, **more: Any) -> Any:
        """Asked before the weights change; a loss can be a number and its gradient none."""
        norm = super()._get_grad_norm(*args, **more)  # type: ignore[misc]
        self._demand_number("gradient", float(norm))
        return norm

    def _demand_number(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            step = self.state.global_step + 1  # type: ignore[attr-defined]
            raise LossError(
                f"The {what} of step {step} is no number ({value}); the step was not taken and the last "
                "checkpoint is kept: lower the learning rate, and train anew into another folder."
            )

    def evaluate(self, *args: Any, **more: Any) -> Any:
        """The validation loss, then the calls."""
        metrics = super().evaluate(*args, **more)  # type: ignore[misc]
        accuracy = call_accuracy(self.model, self.looked_at, self.args.device)  # type: ignore[attr-defined]
        if accuracy is not None:
            self.log({_CALLS: accuracy})  # type: ignore[attr-defined]
            metrics[_CALLS] = accuracy
        return metrics

    def create_model_card(self, *args: Any, **more: Any) -> None:
        """The run record tells more than a card of trl's would."""

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        folder, step = Path(self.args.output_dir), self.state.global_step  # type: ignore[attr-defined]
        with saving(folder, step):
            super()._save_checkpoint(model, trial)  # type: ignore[misc]


class CarefulSFT(_Careful, SFTTrainer):  # type: ignore[misc]  # trl is untyped
    """Trajectories."""


class CarefulDPO(_Careful, DPOTrainer):  # type: ignore[misc]
    """Preference pairs, whose tokens are there already."""

    def _prepare_dataset(self, dataset: Any, *args: Any, **more: Any) -> Any:  # noqa: ARG002
        """trl would render the texts itself, with special tokens from wherever they stand."""
        return dataset


def arguments(recipe: Recipe, folder: Path, *, validates: bool) -> Any:
    """The recipe in trl's words."""
    on_cpu = not torch.cuda.is_available()
    shared: dict[str, Any] = {
        "output_dir": str(folder),
        "per_device_train_batch_size": recipe.batch,
        "per_device_eval_batch_size": recipe.batch,
        "gradient_accumulation_steps": recipe.accumulation,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": _SCHEDULES[recipe.schedule],
        "warmup_steps": recipe.warmup,
        "weight_decay": recipe.decay,
        "max_grad_norm": recipe.clip,
        "optim": "adamw_torch_fused",
        "num_train_epochs": recipe.epochs or 1.0,
        "max_steps": recipe.steps or -1,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "bf16": recipe.precision == "bfloat16",
        # FSDP has its own way to do it, with one gathering of the weights less.
        "activation_checkpointing": recipe.checkpointing and not recipe.sharding,
        "fsdp": True if recipe.sharding else None,
        "fsdp_config": {"activation_checkpointing": recipe.checkpointing} if recipe.sharding else None,
        "eval_strategy": "steps" if validates else "no",
        "eval_steps": recipe.eval_every,
        "prediction_loss_only": True,
        "save_strategy": "steps",
        "save_steps": recipe.save_every,
        "save_total_limit": KEPT,
        # A share of all steps: at most 500 points make the curve.
        "logging_steps": 0.002,
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": "none",
        "ddp_find_unused_parameters": False,
        "use_cpu": on_cpu,
        "dataloader_pin_memory": not on_cpu,
    }
    if recipe.objective == "dpo":
        return DPOConfig(**shared, max_length=None, beta=recipe.beta)
    # Samples are never cut: without packing nothing may be longer anyway.
    length = recipe.max_length if recipe.packing else None
    return SFTConfig(**shared, max_length=length, packing=recipe.packing, eval_packing=False)


class Watching(TrainerCallback):  # type: ignore[misc]
    """Hands on what the trainer measures."""

    def __init__(self, tell: Any) -> None:
        """`tell` takes the step, the steps in all, and the trainer's own names with their values."""
        self._tell = tell

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:  # noqa: ARG002
        if state.is_world_process_zero and logs:
            self._tell(state.global_step, state.max_steps, logs)
