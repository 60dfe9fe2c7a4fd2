"""What goes wrong in a night of training: a kill, a full disk, a loss that is no number."""

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

from finetune.cuda.train import train
from finetune.errors import CheckpointError, LossError
from finetune.recipe import Recipe
from finetune.run_folder import last_whole
from finetune.run_record import Point, read_record
from tests.finetune.cuda.conftest import Maker

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ALONE = {**os.environ, "OMP_NUM_THREADS": "1"}


def write_recipe(recipe: Recipe, path: Path) -> Path:
    """The recipe as a file; JSON's numbers, strings and booleans are TOML's."""
    said = recipe.model_dump(mode="json", exclude_unset=True)
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in said.items()), "utf-8")
    return path


def worker(recipe: Path, folder: Path, *before: str) -> list[str]:
    """The command of one training."""
    return [sys.executable, *(before or ("-m",)), "finetune.cuda.worker", str(recipe), str(folder)]


def killed_after(command: list[str], step: int) -> None:
    """Start a training and kill it at its first word of this step."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ALONE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["step"] >= step:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_killed_training_goes_on_as_if_it_had_never_stopped(recipe: Maker, tmp_path: Path) -> None:
    made = recipe(steps=8, save_every=3, eval_every=4)
    train(made, tmp_path / "whole", lambda _: None, NOW)
    command = worker(write_recipe(made, tmp_path / "recipe.toml"), tmp_path / "killed")
    killed_after(command, 5)
    assert read_record(tmp_path / "killed").end == "going"
    subprocess.run(command, check=True, env=ALONE, stdout=subprocess.DEVNULL)
    whole, again = read_record(tmp_path / "whole"), read_record(tmp_path / "killed")
    assert again.resumed == (3,)
    assert [(p.step, p.loss, p.learning_rate, p.tokens) for p in again.curve] == [
        (p.step, p.loss, p.learning_rate, p.tokens) for p in whole.curve
    ]
    weights = [load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "killed")]
    assert all(value.equal(weights[1][name]) for name, value in weights[0].items())


def test_a_checkpoint_that_a_kill_left_half_written_is_not_taken_up(recipe: Maker, tmp_path: Path) -> None:
    made = recipe(steps=6, save_every=2)
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(made, folder, interrupted_at(5), NOW)
    half = folder / "checkpoint-4"
    (half / "whole").unlink()
    (half / "optimizer.pt").write_bytes(b"half")
    assert last_whole(folder) == (folder / "checkpoint-2", 2)
    record = train(made, folder, lambda _: None, NOW)
    assert record.resumed == (2,)
    assert record.end == "done"


def interrupted_at(step: int):  # type: ignore[no-untyped-def]
    """Somebody who presses Ctrl-C at a step."""

    def tell(point: Point) -> None:
        if point.step == step:
            raise KeyboardInterrupt

    return tell


def test_a_full_disk_at_a_checkpoint_is_said_in_a_sentence_and_keeps_the_one_before(
    recipe: Maker, tmp_path: Path
) -> None:
    made = recipe(steps=6, save_every=2)
    folder = tmp_path / "run"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(point: Point) -> None:
        if point.step == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))

    try:
        with pytest.raises(CheckpointError, match=r"step 4 could not be written .*the one of step 2 is kept"):
            train(made, folder, fill, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (folder / "checkpoint-4").exists()
    stopped = read_record(folder)
    assert stopped.end == "stopped"
    assert "could not be written" in stopped.cause
    record = train(made, folder, lambda _: None, NOW)
    assert (record.resumed, record.end) == ((2,), "done")


def test_a_loss_that_is_no_number_stops_before_a_weight_has_changed(recipe: Maker, tmp_path: Path) -> None:
    made = recipe(learning_rate=1e37, warmup=8, save_every=1, eval_every=100)
    folder = tmp_path / "run"
    with pytest.raises(LossError, match=r"of step \d+ is no number"):
        train(made, folder, lambda _: None, NOW)
    record = read_record(folder)
    assert record.end == "stopped"
    assert "is no number" in record.cause
    found = last_whole(folder)
    assert found is not None
    path, step = found
    assert step == record.curve[-1].step
    assert all(p.loss is not None and math.isfinite(p.loss) for p in record.curve)
    assert all(value.isfinite().all() for value in load_file(path / "model.safetensors").values())


def test_a_fault_of_a_worker_is_one_sentence(recipe: Maker, tmp_path: Path) -> None:
    path = write_recipe(recipe(dataset=tmp_path), tmp_path / "recipe.toml")
    done = subprocess.run(worker(path, tmp_path / "run"), capture_output=True, text=True, env=ALONE)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"{tmp_path} is no data set: it has no manifest.json; make one with `distill export`.\n"
    )


@pytest.mark.slow
def test_two_processes_train_what_one_trains(recipe: Maker, tmp_path: Path) -> None:
    path = write_recipe(recipe(steps=4, batch=1), tmp_path / "recipe.toml")
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    subprocess.run(worker(path, tmp_path / "two", *torchrun), check=True, env=ALONE, stdout=subprocess.PIPE)
    two = read_record(tmp_path / "two")
    one = train(recipe(steps=4, batch=2), tmp_path / "one", lambda _: None, NOW)
    assert (two.processes, one.processes) == (2, 1)
    assert two.amounts == one.amounts
    pairs = zip(two.curve, one.curve, strict=True)
    assert all(a.loss == pytest.approx(b.loss, abs=2e-3) for a, b in pairs if a.loss is not None)


@pytest.mark.slow
@pytest.mark.parametrize("step", range(1, 8))
def test_a_kill_at_any_step_loses_nothing(step: int, recipe: Maker, tmp_path: Path) -> None:
    made = recipe(steps=8, save_every=2, eval_every=4)
    train(made, tmp_path / "whole", lambda _: None, NOW)
    command = worker(write_recipe(made, tmp_path / "recipe.toml"), tmp_path / "killed")
    killed_after(command, step)
    subprocess.run(command, check=True, env=ALONE, stdout=subprocess.DEVNULL)
    weights = [load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "killed")]
    assert all(value.equal(weights[1][name]) for name, value in weights[0].items())
