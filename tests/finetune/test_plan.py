"""Plans: memory by the stated formulas, hours, disk, and what to change where something does not fit."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from finetune.errors import ModelError
from finetune.hardware import Hardware, this_machine
from finetune.plan import Plan, foretell, lines, memory_of, plan, trained
from finetune.recipe import Recipe, read_recipe
from finetune.run_record import Amounts
from finetune.shape import Shape, read_shape
from tests.finetune.bases import VOCABULARY, write_base, write_reading
from tests.finetune.short_data import write_short_dataset
from tests.slow import slow

NOW = datetime(2026, 1, 2, tzinfo=UTC)
GIGABYTE = 1 << 30
WIDTH, HIDDEN, LAYERS = 2560, 9728, 36
LARGE = Shape(
    parameters=4_000_000_000,
    matrices=tuple(
        (f"layers.{layer}.self_attn.{name}.weight", rows, columns)
        for layer in range(LAYERS)
        for name, rows, columns in (("q_proj", 4096, WIDTH), ("o_proj", WIDTH, 4096))
    ),
    embeddings=390_000_000,
    layers=LAYERS,
    width=WIDTH,
    heads=32,
    kv_heads=8,
    head_width=128,
    hidden=HIDDEN,
    vocabulary=151_936,
    context=32_768,
)
AMOUNTS = Amounts(samples=1000, validation=0, too_long=0, tokens=6_000_000, learned=1, longest=8000)
CARD = Hardware("a card", memory=24 * GIGABYTE, disk=500 * GIGABYTE, gpu=True, tokens_per_second=1500)


def recipe(**more: object) -> Recipe:
    """A recipe with these keys."""
    usual = {"backend": "cuda", "model": "m", "dataset": "d", "epochs": 2}
    return Recipe.model_validate(usual | more)


def memory(made: Recipe, hardware: Hardware = CARD) -> dict[str, int]:
    """Bytes by part."""
    return dict(memory_of(made, LARGE, AMOUNTS, hardware))


def test_all_weights_take_sixteen_bytes_each() -> None:
    parts = memory(recipe(method="full"))
    assert parts["weights"] == parts["gradients"] == 4 * LARGE.parameters
    assert parts["optimizer"] == 8 * LARGE.parameters


def test_an_adapter_moves_rank_times_the_sides_of_its_matrices() -> None:
    made = recipe(rank=8, targets=("q_proj",))
    assert trained(made, LARGE) == LAYERS * 8 * (4096 + WIDTH)
    assert trained(recipe(rank=8), LARGE) == 2 * LAYERS * 8 * (4096 + WIDTH)
    parts = memory(made)
    assert parts["weights"] == 2 * LARGE.parameters
    assert parts["optimizer"] == 2 * parts["gradients"] == 8 * trained(made, LARGE)


def test_four_bits_take_less_than_a_third_of_sixteen() -> None:
    small, large = memory(recipe(method="qlora")), memory(recipe())
    assert small["weights"] < large["weights"] / 2.5
    assert small["activations"] == large["activations"]


def test_activations_grow_with_batch_and_length_and_shrink_with_checkpointing() -> None:
    flash = replace(CARD, flash=True)
    one = memory(recipe(batch=1), flash)["activations"]
    assert memory(recipe(batch=3), flash)["activations"] == 3 * one
    assert memory(recipe(batch=1, max_length=4000), flash)["activations"] == one // 2
    assert memory(recipe(batch=1, checkpointing=False), flash)["activations"] > 10 * one


def test_padded_and_packed_rows_need_a_mask_without_flash_attention() -> None:
    flash = replace(CARD, flash=True)
    for made in (recipe(batch=2), recipe(packing=True, batch=2, max_length=8192)):
        assert memory(made)["activations"] > memory(made, flash)["activations"]
    alone = recipe(batch=1)
    assert memory(alone)["activations"] == memory(alone, flash)["activations"]


@pytest.mark.parametrize("precision", ["bfloat16", *slow("float32")])
def test_a_token_keeps_as_much_of_a_layer_as_torch_saves(precision: str, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    tokens = 1024
    counted = AMOUNTS.model_copy(update={"longest": tokens})
    plain = recipe(method="full", checkpointing=False, precision=precision)
    foretold, saved = [], []
    for layers in (2, 4):
        folder = write_base(tmp_path / f"{layers}", layers=layers, width=256)
        foretold.append(dict(memory_of(plain, read_shape(folder), counted, CARD))["activations"])
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        kept: dict[int, int] = {}

        def keep(tensor: torch.Tensor, kept: dict[int, int] = kept) -> torch.Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with (
            torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
            torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"),
        ):
            output = model.model(torch.ones(1, tokens, dtype=torch.long), use_cache=False)
        assert output.last_hidden_state.shape[1] == tokens
        weights = sum(weight.untyped_storage().nbytes() for weight in model.model.parameters())
        saved.append(sum(kept.values()) - (weights if precision == "float32" else 0))
    assert (foretold[1] - foretold[0]) / (saved[1] - saved[0]) == pytest.approx(1, abs=0.2)


def test_pairs_hold_two_sequences_and_for_all_weights_a_second_model() -> None:
    flash = replace(CARD, flash=True)
    pairs, single = memory(recipe(objective="dpo"), flash), memory(recipe(), flash)
    assert pairs["activations"] == 2 * single["activations"]
    assert "reference" not in memory(recipe(objective="dpo"))
    full = memory(recipe(objective="dpo", method="full"))
    assert full["reference"] == 4 * LARGE.parameters


def test_sharding_parts_what_does_not_depend_on_the_batch() -> None:
    four = Hardware("cards", memory=1, disk=1, devices=4, gpu=True)
    alone, parted = memory(recipe(method="full"), four), memory(recipe(method="full", sharding=True), four)
    assert parted["optimizer"] == alone["optimizer"] // 4
    assert parted["activations"] == alone["activations"]


def test_steps_tokens_and_hours_follow_from_the_samples_and_the_speed() -> None:
    made = plan(recipe(batch=2, accumulation=5), LARGE, AMOUNTS, CARD)
    assert made.steps == 2 * 100
    assert made.tokens == 2 * AMOUNTS.tokens
    assert made.hours == pytest.approx(12_000_000 / 1500 / 3600)
    packed = plan(recipe(packing=True, max_length=8192, batch=1), LARGE, AMOUNTS, CARD)
    assert packed.steps == 2 * -(-AMOUNTS.tokens // 8192)
    short = recipe(epochs=None, steps=50, batch=2, accumulation=5)
    assert plan(short, LARGE, AMOUNTS, CARD).tokens == AMOUNTS.tokens // 2


def test_without_a_speed_the_hours_are_said_to_be_unknown() -> None:
    made = plan(recipe(), LARGE, AMOUNTS, Hardware("a card", memory=1, disk=1))
    assert made.hours is None
    assert dict(lines(made))["hours"].startswith("unknown")


def test_what_does_not_fit_is_said_with_the_least_change_that_fits() -> None:
    made = plan(recipe(method="full", batch=4), LARGE, AMOUNTS, CARD)
    assert any("of memory are needed and a card has 24.00 GiB" in fault for fault in made.faults)
    (change,) = made.changes
    assert change.startswith("batch = 1 with accumulation = 4, method = 'lora'")
    assert "qlora" not in change
    fits = plan(recipe(batch=1, accumulation=4), LARGE, AMOUNTS, CARD)
    assert (fits.faults, fits.changes) == ((), ())
    assert fits.total < CARD.memory


def test_where_nothing_helps_the_plan_says_so() -> None:
    tiny = Hardware("a watch", memory=GIGABYTE, disk=500 * GIGABYTE)
    assert plan(recipe(), LARGE, AMOUNTS, tiny).changes == (
        "nothing: take a smaller base model, or a machine with more memory.",
    )


def test_a_small_disk_and_a_short_context_are_faults() -> None:
    narrow = Hardware("a card", memory=1000 * GIGABYTE, disk=GIGABYTE, gpu=True)
    long = AMOUNTS.model_copy(update={"longest": 40_000})
    disk, context = "the disk has 1.00 GiB free", "knows 32,768 positions"
    made = plan(recipe(method="full", max_length=50_000), LARGE, long, narrow)
    assert all(any(words in fault for fault in made.faults) for words in (disk, context))


def test_a_shape_is_read_from_a_model_s_folder(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = write_base(tmp_path / "base", layers=3)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
    shape = read_shape(folder)
    assert shape.parameters == sum(weight.numel() for weight in model.parameters())
    assert (shape.layers, shape.width, shape.vocabulary) == (3, 64, VOCABULARY)
    assert shape.embeddings == 64 * VOCABULARY
    assert len(shape.matrices) == 3 * 7


@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning")
@pytest.mark.parametrize("experts", [0, 4])
def test_an_adapter_has_as_many_weights_as_peft_gives_it(experts: int, tmp_path: Path) -> None:
    from peft import get_peft_model

    from finetune.cuda.base_model import adapter, load_model

    folder = write_base(tmp_path / "base", experts=experts)
    made = recipe(model=folder, rank=4, precision="float32")
    model = load_model(made)
    moving, _ = get_peft_model(model, adapter(made, model)).get_nb_trainable_parameters()
    assert trained(made, read_shape(made.model)) == moving


@pytest.mark.parametrize("left", ["nothing", "config", "half"])
def test_a_model_without_sizes_or_whole_weights_is_refused(left: str, tmp_path: Path) -> None:
    folder = write_reading(tmp_path / "base") if left == "nothing" else write_base(tmp_path / "base")
    weights = folder / "model.safetensors"
    if left == "config":
        weights.unlink()
    elif left == "half":
        weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    words = {"nothing": "has no config.json", "config": "has no weights", "half": "damaged or truncated"}
    with pytest.raises(ModelError, match=words[left]):
        read_shape(folder)


def test_a_plan_for_this_machine_reads_data_set_and_model(tmp_path: Path) -> None:
    data = write_short_dataset(tmp_path / "data")
    made = foretell(
        recipe(model=write_base(tmp_path / "base"), dataset=data, max_length=512), tmp_path / "run", NOW, 500
    )
    assert made.faults == ()
    assert made.steps == 2 * 8
    assert made.hours is not None
    assert 0 < made.total < this_machine(tmp_path).memory
    assert not (tmp_path / "run").exists()
    assert next(name for name, _ in lines(made)) == "parameters"


MEASURED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from finetune.backends import train
from finetune.recipe import read_recipe
train(read_recipe(Path(sys.argv[1])), Path(sys.argv[2]), lambda _: None, datetime.now(UTC))
# not ru_maxrss, which begins with what the parent held
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="no /proc elsewhere")
@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize("backend", ["cuda", "mlx"])
def test_a_training_takes_about_the_memory_that_was_foretold(
    backend: str, checkpointing: bool, tmp_path: Path
) -> None:
    write_base(tmp_path / "base", layers=4, width=256)
    write_short_dataset(tmp_path / "data", train=64, validation=0)
    path = tmp_path / "recipe.toml"
    path.write_text(
        f'backend = "{backend}"\nmodel = "base"\ndataset = "data"\nmethod = "full"\nsteps = 2\nbatch = 16\n'
        'precision = "float32"\nsave_every = 100\nmax_length = 512\n'
        f"checkpointing = {str(checkpointing).lower()}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-c", MEASURED, str(path), str(tmp_path / "run")]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, env=alone, stdout=subprocess.PIPE, text=True)

    made: Plan = foretell(read_recipe(path), tmp_path / "run", NOW)
    assert 0.8 < made.total / (int(done.stdout) * 1024) < 1.35
