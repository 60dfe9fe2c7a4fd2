"""The utilization is computed from what the model multiplies, and from nothing else."""

from pathlib import Path
from typing import Any

import pytest

from finetune.hardware import Hardware
from finetune.recipe import Recipe
from finetune.shape import Shape

pytest.importorskip("trl", reason="trl, whose trainer is measured, is not installed")

TWO_LAYERS = Shape(
    parameters=0,
    matrices=(("a.weight", 10, 20), ("b.weight", 30, 10)),
    embeddings=1000,
    layers=2,
    width=10,
    heads=3,
    kv_heads=1,
    head_width=5,
    hidden=20,
    vocabulary=100,
    context=0,
)


def recipe(**more: Any) -> Recipe:
    usual = {"backend": "cuda", "model": Path(), "dataset": Path(), "method": "full", "max_length": 64}
    return Recipe.model_validate({**usual, "steps": 4, "checkpointing": False, **more})


def test_every_weight_of_a_full_training_is_multiplied_thrice_and_the_head_for_what_is_learned() -> None:
    from benchmarks.flops_utilization import flops_per_token

    attention = 12 * 2 * 3 * 5 * 64 / 2
    assert flops_per_token(recipe(), TWO_LAYERS, 0.0) == 6 * 500 + attention
    assert flops_per_token(recipe(), TWO_LAYERS, 0.25) == 6 * (500 + 250) + attention


def test_frozen_weights_under_an_adapter_want_no_gradient() -> None:
    from benchmarks.flops_utilization import flops_per_token

    attention, ranked = 12 * 2 * 3 * 5 * 64 / 2, 4 * (30 + 40)
    counted = flops_per_token(recipe(method="lora", rank=4), TWO_LAYERS, 0.25)
    assert counted == 4 * 750 + 6 * ranked + attention


def test_as_many_rows_are_taken_as_the_plan_has_room_for() -> None:
    from benchmarks.flops_utilization import fitting, foretold

    def machine(memory: int) -> Hardware:
        return Hardware("a device", memory, 0, gpu=True)

    three = foretold(recipe(batch=3), TWO_LAYERS, machine(0))
    assert fitting(recipe(), TWO_LAYERS, machine(three)).batch == 3
    assert fitting(recipe(), TWO_LAYERS, machine(three - 1)).batch == 2
    assert fitting(recipe(), TWO_LAYERS, machine(0)).batch == 1


def test_the_report_holds_the_model_flops_of_a_second_against_the_stated_peak() -> None:
    from benchmarks.flops_utilization import LEARNED, Measured, flops_per_token, report

    measured = Measured(recipe(batch=2, accumulation=3), TWO_LAYERS, seconds=0.5, peak=0, foretold=0)
    rate = 2 * 3 * 64 / 0.5
    half = 2 * flops_per_token(recipe(), TWO_LAYERS, LEARNED) * rate / 1e12
    assert "utilization 50.0% (at least 35%: reached)" in list(report(measured, half))
    assert "utilization 25.0% (at least 35%: NOT reached)" in list(report(measured, 2 * half))


def test_a_rehearsal_trains_the_tiny_model_and_times_every_step_after_the_warmup(tmp_path: Path) -> None:
    from benchmarks.flops_utilization import SIZES, measure

    short = recipe(
        model=tmp_path, max_length=16, accumulation=2, precision="float32", learning_rate=1e-5, save_every=9
    )
    measured = measure(short, "tiny", batch=2, warm=1)
    assert measured.seconds > 0
    assert measured.tokens == 2 * 2 * 16
    assert measured.shape.vocabulary == SIZES["tiny"]["vocab_size"]
    assert len(measured.shape.matrices) == 7 * 2
    assert not list(tmp_path.glob("checkpoint-*"))
