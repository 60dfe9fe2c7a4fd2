"""Training on a CPU with the code that trains on GPUs: ten steps, every method, and what is left behind."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from agent.wire import WIRE_VERSION
from finetune.cuda.calls import call_accuracy
from finetune.cuda.train import train
from finetune.data.dataset import open_dataset
from finetune.data.samples import row_samples
from finetune.data.tokens import open_reading
from finetune.errors import DatasetError, MaskError, ModelError, RecipeError, TrainingError
from finetune.recipe import Recipe
from finetune.run_record import Point, RunRecord, read_record
from tests.finetune.bases import SHORT_TEMPLATE, write_base, write_reading
from tests.finetune.conftest import change_manifest
from tests.finetune.cuda.conftest import Maker
from tests.finetune.short_data import write_short_dataset

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def run(recipe: Recipe, folder: Path) -> RunRecord:
    """Train without a listener."""
    return train(recipe, folder, lambda _: None, NOW)


def losses(record: RunRecord) -> list[float]:
    """The training losses in order."""
    return [point.loss for point in record.curve if point.loss is not None]


@pytest.mark.longer
def test_ten_steps_train_all_weights_and_the_loss_falls(recipe: Maker, tmp_path: Path) -> None:
    told: list[Point] = []
    record = train(recipe(), tmp_path / "run", told.append, NOW)
    assert losses(record)[-1] < losses(record)[0] - 1
    assert tuple(told) == record.curve
    assert [p.step for p in record.curve if p.validation_loss is not None] == [5, 10]
    assert [p.step for p in record.curve if p.call_accuracy is not None] == [5, 10]
    assert record.end == "done"
    assert record == read_record(tmp_path / "run")
    amounts = record.amounts
    assert (amounts.samples, amounts.validation, amounts.too_long) == (8, 2, 0)
    assert 0 < amounts.learned < amounts.tokens
    assert record.curve[-1].tokens > amounts.tokens
    assert record.tokens_per_second > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # a warning that is raised ends torch's compiler
def test_compiled_layers_compute_what_plain_ones_do(recipe: Maker, tmp_path: Path) -> None:
    plain = run(recipe(steps=3, eval_samples=0), tmp_path / "plain")
    compiled = run(recipe(steps=3, eval_samples=0, compilation=True), tmp_path / "compiled")
    assert losses(compiled) == pytest.approx(losses(plain), rel=1e-3)
    assert (tmp_path / "compiled" / "model" / "model.safetensors").is_file()


def test_the_trained_model_stands_with_what_says_how_it_reads(
    recipe: Maker, tmp_path: Path, short_base: Path
) -> None:
    run(recipe(steps=1), tmp_path / "run")
    folder = tmp_path / "run" / "model"
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        assert (folder / name).read_bytes() == (short_base / name).read_bytes()
    assert not list(folder.glob("*.bin"))
    trained = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
    before = AutoModelForCausalLM.from_pretrained(short_base, local_files_only=True)
    assert not torch.equal(trained.model.embed_tokens.weight, before.model.embed_tokens.weight)
    assert AutoTokenizer.from_pretrained(folder).chat_template == (short_base / name).read_text("utf-8")


@pytest.mark.slow
def test_an_adapter_trains_in_packed_rows_and_leaves_the_base_as_it_was(
    recipe: Maker, tmp_path: Path, short_base: Path
) -> None:
    before = (short_base / "model.safetensors").read_bytes()
    record = run(
        recipe(
            method="lora",
            rank=4,
            alpha=8,
            targets=["q_proj", "v_proj"],
            packing=True,
            precision="bfloat16",
            checkpointing=True,
        ),
        tmp_path / "run",
    )
    assert losses(record)[-1] < losses(record)[0]
    folder = tmp_path / "run" / "model"
    weights = load_file(folder / "adapter_model.safetensors")
    assert {name.rpartition("self_attn.")[2] for name in weights} == {
        f"{part}.lora_{side}.weight" for part in ("q_proj", "v_proj") for side in "AB"
    }
    assert json.loads((folder / "adapter_config.json").read_bytes())["r"] == 4
    assert (short_base / "model.safetensors").read_bytes() == before


@pytest.mark.longer
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_mixture_of_experts_trains(method: str, recipe: Maker, tmp_path: Path) -> None:
    base = write_base(tmp_path / "base", experts=4)
    record = run(recipe(model=base, method=method, steps=5, learning_rate=1e-2), tmp_path / "run")
    assert losses(record)[-1] < losses(record)[0] - 0.1
    weights = load_file(next((tmp_path / "run" / "model").glob("*.safetensors")))
    assert any("experts" in name for name in weights) == (method == "full")


@pytest.mark.longer
def test_samples_in_one_row_do_not_see_each_other(recipe: Maker, tmp_path: Path) -> None:
    apart = run(recipe(steps=1, batch=8), tmp_path / "apart")
    packed = run(recipe(steps=1, batch=4, max_length=700, packing=True), tmp_path / "packed")
    assert losses(packed)[0] == pytest.approx(losses(apart)[0], abs=1e-4)
    assert packed.curve[0].tokens == packed.amounts.tokens


@pytest.mark.longer
@pytest.mark.parametrize("method", ["lora", "full"])
def test_pairs_teach_which_step_to_prefer(method: str, recipe: Maker, tmp_path: Path) -> None:
    rate = 1e-2 if method == "lora" else 1e-3
    record = run(recipe(objective="dpo", method=method, learning_rate=rate), tmp_path / "run")
    assert losses(record)[0] == pytest.approx(0.6931, abs=1e-3)
    assert losses(record)[-1] < 0.6
    assert [p.preferred for p in record.curve if p.preferred is not None][-1] == 1.0
    assert record.amounts.samples == 8


@pytest.mark.slow
def test_a_call_counts_as_right_once_it_is_known_by_heart(
    recipe: Maker, tmp_path: Path, short_base: Path
) -> None:
    data = write_short_dataset(tmp_path / "one", train=1, validation=0)
    made = recipe(dataset=data, steps=60, batch=1, schedule="constant", save_every=60)
    record = run(made, tmp_path / "run")
    assert record.amounts.validation == 0
    reading = open_reading(short_base, NOW)
    samples = [s for row in open_dataset(data).rows("train") for s in row_samples(row, reading, "whole")]
    by_heart = AutoModelForCausalLM.from_pretrained(tmp_path / "run" / "model", local_files_only=True)
    unknowing = AutoModelForCausalLM.from_pretrained(short_base, local_files_only=True)
    assert call_accuracy(by_heart, samples, "cpu") == 1.0
    assert call_accuracy(unknowing, samples, "cpu") == 0.0
    assert call_accuracy(unknowing, [], "cpu") is None


def test_a_training_opens_no_connection(
    recipe: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blocked(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, blocked)
    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    assert run(recipe(method="lora", steps=2, save_every=1), tmp_path / "run").end == "done"


def test_too_long_samples_are_left_out_and_counted(recipe: Maker, tmp_path: Path) -> None:
    whole = run(recipe(steps=1), tmp_path / "whole").amounts
    steps = run(recipe(steps=1, samples="step", max_length=whole.longest - 20), tmp_path / "steps").amounts
    assert steps.samples + steps.too_long == 16
    assert steps.too_long > 0
    with pytest.raises(TrainingError, match="Nothing to learn is left"):
        run(recipe(max_length=16), tmp_path / "none")


def test_a_folder_holds_one_training(recipe: Maker, tmp_path: Path) -> None:
    record = run(recipe(steps=1), tmp_path / "run")
    told: list[Point] = []
    assert train(recipe(steps=1), tmp_path / "run", told.append, NOW) == record
    assert told == []
    with pytest.raises(TrainingError, match="holds a training of another recipe"):
        run(recipe(steps=2), tmp_path / "run")


def test_a_data_set_of_another_wire_is_refused(recipe: Maker, tmp_path: Path) -> None:
    data = write_short_dataset(tmp_path / "data")
    change_manifest(data, wire=WIRE_VERSION + 1)
    with pytest.raises(DatasetError, match="export it again"):
        run(recipe(dataset=data), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_model_without_a_template_is_refused(recipe: Maker, tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    (base / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="has no chat template"):
        run(recipe(model=base), tmp_path / "run")


def test_a_model_without_weights_is_refused(recipe: Maker, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        run(recipe(model=write_reading(tmp_path / "base", SHORT_TEMPLATE)), tmp_path / "run")


def test_a_line_without_a_step_is_refused_by_the_mask(recipe: Maker, tmp_path: Path) -> None:
    data = write_short_dataset(tmp_path / "data", mask=(2, 4))
    with pytest.raises(MaskError, match=r"t\d .*no token is in the loss"):
        run(recipe(dataset=data), tmp_path / "run")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU can do it")
@pytest.mark.parametrize("more", [{"method": "qlora"}, {"sharding": True}])
def test_what_needs_a_gpu_is_refused_without_one(
    more: dict[str, object], recipe: Maker, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="there is none here"):
        run(recipe(**more), tmp_path / "run")
