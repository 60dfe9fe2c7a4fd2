"""What goes wrong in a training with MLX: a kill, a full disk, no number, and what a recipe may not ask."""

import json
import math
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from safetensors.torch import load_file

from agent.wire import WIRE_VERSION
from finetune.errors import CheckpointError, DatasetError, LossError, ModelError, RecipeError, TrainingError
from finetune.mlx.train import train
from finetune.recipe import Recipe
from finetune.run_folder import last_whole
from finetune.run_record import Point, RunRecord, read_record
from tests.finetune.bases import SHORT_TEMPLATE, write_base, write_reading
from tests.finetune.conftest import change_manifest
from tests.finetune.mlx.conftest import Maker
from tests.finetune.short_data import write_short_dataset

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ALONE = {**os.environ, "MLX_DISABLE_COMPILE": "1", "OMP_NUM_THREADS": "1"}
SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from finetune.mlx.train import train
from finetune.recipe import Recipe
made = Recipe.model_validate_json(Path(sys.argv[1]).read_bytes())
train(made, Path(sys.argv[2]), lambda point: print(point.step, flush=True), datetime(2026, 1, 2, tzinfo=UTC))
"""
SMALL: dict[str, object] = {"targets": ["q_proj", "v_proj"], "eval_samples": 0}


def run(recipe: Recipe, folder: Path) -> RunRecord:
    """Train without a listener."""
    return train(recipe, folder, lambda _: None, NOW)


def killed_after(recipe: Recipe, folder: Path, step: int) -> None:
    """Train in a process of its own and kill it once this step was taken."""
    said = folder.with_suffix(".json")
    said.write_text(recipe.model_dump_json(exclude_unset=True), encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, str(said), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ALONE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= step:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_killed_training_goes_on_as_if_it_had_never_stopped(recipe: Maker, tmp_path: Path) -> None:
    made = recipe(steps=7, save_every=2, dropout=0.2, targets=["q_proj", "v_proj"], eval_every=4)
    run(made, tmp_path / "whole")
    killed_after(made, tmp_path / "killed", 5)
    assert read_record(tmp_path / "killed").end == "going"
    again, whole = run(made, tmp_path / "killed"), read_record(tmp_path / "whole")
    assert again.resumed == (4,)
    assert [(p.step, p.loss, p.learning_rate, p.tokens, p.validation_loss) for p in again.curve] == [
        (p.step, p.loss, p.learning_rate, p.tokens, p.validation_loss) for p in whole.curve
    ]
    weights = [load_file(tmp_path / name / "model" / "adapters.safetensors") for name in ("whole", "killed")]
    assert all(value.equal(weights[1][name]) for name, value in weights[0].items())


def test_the_last_two_checkpoints_are_kept_and_a_broken_one_is_named(recipe: Maker, tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def interrupt(point: Point) -> None:
        if point.step == 4:
            raise KeyboardInterrupt

    made = recipe(steps=5, save_every=1, **SMALL)
    with pytest.raises(KeyboardInterrupt):
        train(made, folder, interrupt, NOW)
    assert {path.name for path in folder.glob("checkpoint-*")} == {"checkpoint-2", "checkpoint-3"}
    path = folder / "checkpoint-3" / "optimizer.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"checkpoint-3 cannot be read .*goes on from the one before"):
        run(made, folder)


@pytest.mark.longer
def test_a_full_disk_at_a_checkpoint_is_said_and_keeps_the_one_before(recipe: Maker, tmp_path: Path) -> None:
    made, folder = recipe(steps=5, save_every=2, **SMALL), tmp_path / "run"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(point: Point) -> None:
        if point.step == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, limits[1]))

    try:
        with pytest.raises(CheckpointError, match=r"step 4 could not be written .*the one of step 2 is kept"):
            train(made, folder, fill, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (folder / "checkpoint-4").exists()
    assert read_record(folder).end == "stopped"
    record = run(made, folder)
    assert (record.resumed, record.end) == ((2,), "done")


def test_a_full_disk_at_the_end_leaves_no_half_model(recipe: Maker, tmp_path: Path) -> None:
    made, folder = recipe(steps=2, save_every=9, **SMALL), tmp_path / "run"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(point: Point) -> None:
        if point.step == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, limits[1]))

    try:
        with pytest.raises(CheckpointError, match=r"trained weights could not be written .*make room"):
            train(made, folder, fill, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(path.name for path in folder.iterdir()) == ["run.json"]


def test_a_loss_that_is_no_number_stops_before_a_weight_has_changed(recipe: Maker, tmp_path: Path) -> None:
    made = recipe(method="full", learning_rate=1e37, warmup=8, save_every=1, eval_samples=0)
    folder = tmp_path / "run"
    with pytest.raises(LossError, match=r"of step \d+ is no number"):
        run(made, folder)
    record = read_record(folder)
    assert record.end == "stopped"
    assert all(point.loss is not None and math.isfinite(point.loss) for point in record.curve)
    found = last_whole(folder)
    assert found is not None
    assert found[1] == record.curve[-1].step
    assert all(value.isfinite().all() for value in load_file(found[0] / "weights.safetensors").values())


def test_a_folder_holds_one_training(recipe: Maker, tmp_path: Path) -> None:
    record = run(recipe(steps=1, **SMALL), tmp_path / "run")
    assert run(recipe(steps=1, **SMALL), tmp_path / "run") == record
    with pytest.raises(TrainingError, match="holds a training of another recipe"):
        run(recipe(steps=2, **SMALL), tmp_path / "run")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"objective": "dpo"}, "learns no preference pairs; objective `dpo` needs backend `cuda`"),
        ({"packing": True}, "packs no samples"),
        ({"sharding": True}, "parts no weights"),
        ({"backend": "cuda"}, "set backend = 'mlx'"),
        ({"targets": ["query"]}, "no linear layer 'query' for `targets`; it has down_proj, gate_proj"),
    ],
)
def test_what_a_recipe_may_not_ask_is_one_sentence(
    more: dict[str, object], why: str, recipe: Maker, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=why) as told:
        run(recipe(**more), tmp_path / "run")
    assert "\n" not in str(told.value)


def test_a_quantized_base_is_not_trained_whole(recipe: Maker, mlx_base: Path, tmp_path: Path) -> None:
    import mlx.nn as nn
    from mlx_lm.utils import load_model, save_model

    base = write_reading(tmp_path / "base", SHORT_TEMPLATE)
    model, config = load_model(mlx_base)
    nn.quantize(model, group_size=64, bits=4)
    save_model(base, model)
    config["quantization"] = {"group_size": 64, "bits": 4}
    (base / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(RecipeError, match="are quantized and cannot be trained whole; use method = 'qlora'"):
        run(recipe(model=base, method="full"), tmp_path / "run")


def test_a_data_set_of_another_wire_is_refused(recipe: Maker, tmp_path: Path) -> None:
    data = write_short_dataset(tmp_path / "data")
    change_manifest(data, wire=WIRE_VERSION + 1)
    with pytest.raises(DatasetError, match="export it again"):
        run(recipe(dataset=data), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_model_without_template_or_weights_is_refused(recipe: Maker, tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    (base / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot be loaded: No safetensors found"):
        run(recipe(model=base), tmp_path / "run")
    (base / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="has no chat template"):
        run(recipe(model=base), tmp_path / "again")
