"""What stands in a training's folder: which checkpoint counts, and what is cleared away."""

from pathlib import Path

import pytest

from finetune.errors import CheckpointError
from finetune.run_folder import (
    READING,
    checkpoint,
    clear_broken,
    copy_reading,
    last_whole,
    mark_whole,
    saving,
)


def test_the_last_whole_checkpoint_is_the_one_of_the_latest_step(tmp_path: Path) -> None:
    assert last_whole(tmp_path) is None
    for step in (9, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
    mark_whole(tmp_path, 9)
    mark_whole(tmp_path, 10)
    assert last_whole(tmp_path) == (tmp_path / "checkpoint-10", 10)


def test_a_checkpoint_that_cannot_be_written_is_cleared_away_and_the_one_before_is_named(
    tmp_path: Path,
) -> None:
    with saving(tmp_path, 3):
        checkpoint(tmp_path, 3).mkdir()
    with pytest.raises(CheckpointError, match=r"step 4 .*\(no space\); the one of step 3 is kept: make room"):
        write_on_a_full_disk(tmp_path, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-3"]


def write_on_a_full_disk(folder: Path, step: int) -> None:
    """Begin a checkpoint for which there is no room."""
    with saving(folder, step):
        checkpoint(folder, step).mkdir()
        raise OSError("no space")


def test_only_checkpoints_without_their_mark_are_cleared_away(tmp_path: Path) -> None:
    for step in (1, 2):
        checkpoint(tmp_path, step).mkdir()
    mark_whole(tmp_path, 1)
    clear_broken(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-1"]


def test_what_says_how_a_model_reads_is_copied_as_far_as_there_is_any(tmp_path: Path) -> None:
    base, trained = tmp_path / "base", tmp_path / "trained"
    base.mkdir()
    trained.mkdir()
    for name in (*READING[:2], "config.json"):
        (base / name).write_text(name, encoding="utf-8")
    copy_reading(base, trained)
    assert {path.name: path.read_text(encoding="utf-8") for path in trained.iterdir()} == {
        name: name for name in READING[:2]
    }
