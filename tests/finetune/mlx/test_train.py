"""Training with MLX on a CPU: ten steps, every method, and what other frameworks make of what is left."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.torch import load_file

from finetune.data.dataset import Split, open_dataset
from finetune.data.lessons import lessons
from finetune.data.samples import Sample, row_samples
from finetune.data.tokens import open_reading
from finetune.export.merge import merge
from finetune.export.round_trip import transformers_reference
from finetune.mlx.train import train
from finetune.recipe import Recipe
from finetune.run_record import Point, RunRecord, read_record
from tests.finetune.mlx.conftest import Maker
from tests.finetune.short_data import write_short_dataset

NOW = datetime(2026, 1, 2, tzinfo=UTC)
IDS = list(range(40, 90))
SPLITS: tuple[Split, ...] = ("train", "validation")
LINEAR = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def run(recipe: Recipe, folder: Path) -> RunRecord:
    """Train without a listener."""
    return train(recipe, folder, lambda _: None, NOW)


def losses(record: RunRecord) -> list[float]:
    """The training losses in order."""
    return [point.loss for point in record.curve if point.loss is not None]


def logits_of(folder: Path, adapter: Path | None = None) -> NDArray[np.float32]:
    """What mlx-lm computes after each of a few tokens."""
    import mlx.core as mx
    from mlx_lm.tuner.utils import load_adapters
    from mlx_lm.utils import load_model

    model, _ = load_model(folder)
    if adapter is not None:
        load_adapters(model, str(adapter))
    model.eval()
    return np.array(model(mx.array([IDS]))[0])


@pytest.fixture(scope="module")
def adapter_run(recipe: Maker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of an adapter."""
    folder = tmp_path_factory.mktemp("adapter") / "run"
    run(recipe(), folder)
    return folder


@pytest.fixture(scope="module")
def full_run(recipe: Maker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of all weights."""
    folder = tmp_path_factory.mktemp("full") / "run"
    run(recipe(method="full", learning_rate=3e-3), folder)
    return folder


def test_ten_steps_train_an_adapter_and_the_loss_falls(adapter_run: Path) -> None:
    record = read_record(adapter_run)
    assert losses(record)[-1] < losses(record)[0] - 0.3
    assert [p.step for p in record.curve] == list(range(1, 11))
    assert [p.step for p in record.curve if p.validation_loss is not None] == [5, 10]
    assert [p.step for p in record.curve if p.call_accuracy is not None] == [5, 10]
    assert record.end == "done"
    assert "MLX" in record.hardware
    assert set(record.versions) == {"mlx", "mlx-lm"}
    assert (record.amounts.samples, record.amounts.validation) == (16, 4)
    # Sixteen samples in batches of two: two of the ten steps read samples for the second time.
    assert record.amounts.tokens < record.curve[-1].tokens < 2 * record.amounts.tokens


def test_the_adapter_is_one_that_mlx_lm_loads_over_the_untouched_base(
    adapter_run: Path, mlx_base: Path, recipe: Maker
) -> None:
    folder = adapter_run / "model"
    settings = json.loads((folder / "adapter_config.json").read_bytes())
    made = recipe()
    assert settings["lora_parameters"]["scale"] == made.alpha / made.rank
    names = {
        name.rpartition(".")[0].rpartition(".")[2] for name in load_file(folder / "adapters.safetensors")
    }
    assert names == LINEAR
    assert np.abs(logits_of(mlx_base, folder) - logits_of(mlx_base)).max() > 0.05
    assert (folder / "chat_template.jinja").read_bytes() == (mlx_base / "chat_template.jinja").read_bytes()


def test_transformers_computes_the_same_with_the_adapter_merged(
    adapter_run: Path, mlx_base: Path, tmp_path: Path
) -> None:
    merge(adapter_run / "model", mlx_base, tmp_path / "merged")
    theirs = transformers_reference(tmp_path / "merged")(IDS, len(IDS))
    assert np.abs(logits_of(mlx_base, adapter_run / "model") - theirs).max() < 1e-3


@pytest.mark.slow
def test_ten_steps_train_all_weights_and_transformers_opens_them(full_run: Path) -> None:
    record = read_record(full_run)
    assert losses(record)[-1] < losses(record)[0] - 1
    folder = full_run / "model"
    theirs = transformers_reference(folder)(IDS, len(IDS))
    assert np.abs(logits_of(folder) - theirs).max() < 1e-3


@pytest.mark.longer
@pytest.mark.parametrize("samples", ["step", "whole"])
def test_the_loss_is_that_of_the_learned_tokens_and_of_no_other(
    samples: str, recipe: Maker, tmp_path: Path
) -> None:
    made = recipe(method="full", learning_rate=3e-3, samples=samples, steps=2, eval_every=2)
    record = run(made, tmp_path / "run")
    learned = lessons(made, open_dataset(made.dataset), open_reading(made.model, NOW))
    expected = torch_loss(tmp_path / "run" / "model", learned.validation)
    assert record.curve[-1].validation_loss == pytest.approx(expected, abs=1e-4)


def test_a_whole_trajectory_learns_every_step_of_the_assistant(recipe: Maker, tmp_path: Path) -> None:
    whole, steps = (
        run(recipe(samples=samples, steps=1, eval_samples=0), tmp_path / samples).amounts
        for samples in ("whole", "step")
    )
    assert (whole.samples, steps.samples) == (8, 16)
    assert whole.learned == steps.learned
    assert whole.tokens < steps.tokens


def test_a_gradient_is_clipped_to_the_norm_that_the_recipe_says(recipe: Maker, tmp_path: Path) -> None:
    changes = []
    # AdamW divides by the gradient's size, so that only what is small beside its epsilon of 1e-8 shows.
    for clip in (1.0, 1e-12):
        made = recipe(method="full", clip=clip, steps=1, eval_samples=0)
        run(made, tmp_path / str(clip))
        before = load_file(made.model / "model.safetensors")
        after = load_file(tmp_path / str(clip) / "model" / "model.safetensors")
        changes.append(max(float((after[name] - value).abs().max()) for name, value in before.items()))
    assert changes[0] == pytest.approx(1e-2, rel=0.1)
    assert changes[1] < 1e-5


def torch_loss(folder: Path, rows: Sequence[dict[str, list[int]]]) -> float:
    """Mean over the labels, computed by transformers a row at a time."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    total, count = 0.0, 0
    for row in rows:
        labels = torch.tensor(row["labels"])[1:]
        with torch.no_grad():
            logits = model(torch.tensor([row["input_ids"]])).logits[0, :-1]
        total += float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
        count += int((labels >= 0).sum())
    return total / count


@pytest.mark.longer
def test_four_bits_carry_an_adapter_that_fits_the_whole_base(
    recipe: Maker, mlx_base: Path, tmp_path: Path
) -> None:
    made = recipe(method="qlora", targets=["q_proj", "v_proj"], steps=6, learning_rate=3e-2, eval_samples=0)
    record = run(made, tmp_path / "run")
    assert losses(record)[-1] < losses(record)[0] - 0.05
    merge(tmp_path / "run" / "model", mlx_base, tmp_path / "merged")
    before, after = (load_file(path / "model.safetensors") for path in (mlx_base, tmp_path / "merged"))
    changed = {name.split(".")[-2] for name in before if not before[name].equal(after[name])}
    assert changed == {"q_proj", "v_proj"}


def test_in_four_bits_the_layers_are_quantized_and_the_embeddings_are_not(recipe: Maker) -> None:
    import mlx.nn as nn

    from finetune.mlx.base_model import load_model

    model = load_model(recipe(method="qlora")).model
    kinds = {name.rpartition(".")[2]: type(layer) for name, layer in model.named_modules()}
    assert kinds["linear"] is nn.QuantizedLinear
    assert kinds["embed_tokens"] is nn.Embedding


@pytest.mark.slow
def test_in_bfloat16_the_trained_weights_stay_in_float32(
    full_run: Path, recipe: Maker, tmp_path: Path
) -> None:
    made = recipe(method="full", learning_rate=3e-3, precision="bfloat16", steps=2, eval_samples=0)
    record = run(made, tmp_path / "run")
    assert losses(record)[0] == pytest.approx(losses(read_record(full_run))[0], abs=0.02)
    assert losses(record)[0] != losses(read_record(full_run))[0]
    weights = load_file(tmp_path / "run" / "model" / "model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {"torch.float32"}


@pytest.mark.slow
def test_computing_activations_twice_changes_no_loss(
    adapter_run: Path, recipe: Maker, tmp_path: Path
) -> None:
    from mlx_lm.models.qwen3 import TransformerBlock

    before = TransformerBlock.__call__
    record = run(recipe(checkpointing=True, eval_samples=0), tmp_path / "run")
    assert losses(record) == pytest.approx(losses(read_record(adapter_run)), abs=1e-4)
    assert TransformerBlock.__call__ is before


@pytest.mark.slow
def test_batches_that_are_gathered_learn_as_one_large_batch(recipe: Maker, tmp_path: Path) -> None:
    one = run(recipe(batch=16, steps=1, eval_samples=0), tmp_path / "one")
    gathered = run(recipe(batch=4, accumulation=4, steps=1, eval_samples=0), tmp_path / "gathered")
    assert losses(one) == pytest.approx(losses(gathered), abs=1e-4)
    weights = [load_file(tmp_path / n / "model" / "adapters.safetensors") for n in ("one", "gathered")]
    assert all(value.allclose(weights[1][name], atol=1e-4) for name, value in weights[0].items())


@pytest.mark.slow
def test_a_model_that_knows_its_calls_by_heart_gets_them_right(
    recipe: Maker, mlx_base: Path, tmp_path: Path
) -> None:
    from mlx_lm.utils import load_model

    data = write_short_dataset(tmp_path / "one", train=1, validation=1)
    made = recipe(
        dataset=data, method="full", learning_rate=3e-3, schedule="constant", steps=40, eval_samples=0
    )
    run(made, tmp_path / "run")
    reading = open_reading(mlx_base, NOW)
    known, unknown = (
        [sample for row in open_dataset(data).rows(split) for sample in row_samples(row, reading, "step")]
        for split in SPLITS
    )
    by_heart, _ = load_model(tmp_path / "run" / "model")
    assert call_accuracy_of(by_heart, known) == 1.0
    assert call_accuracy_of(by_heart, unknown) == 0.0
    assert call_accuracy_of(by_heart, []) is None


def call_accuracy_of(model: Any, samples: Sequence[Sample]) -> float | None:
    """Imported where mlx is."""
    from finetune.mlx.calls import call_accuracy

    return call_accuracy(model, samples)


@pytest.mark.slow
def test_compiled_steps_are_the_steps_that_are_not(adapter_run: Path, recipe: Maker, tmp_path: Path) -> None:
    import mlx.core as mx

    mx.enable_compile()
    try:
        record = run(recipe(), tmp_path / "run")
    finally:
        mx.disable_compile()
    assert losses(record) == pytest.approx(losses(read_record(adapter_run)), abs=1e-4)


def test_every_point_is_told(recipe: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Point] = []
    record = train(recipe(steps=2, targets=["q_proj"], eval_samples=0), tmp_path / "run", told.append, NOW)
    assert tuple(told) == record.curve
    assert capsys.readouterr().out == ""
