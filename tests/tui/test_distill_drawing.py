"""`distill tasks` goes on where a run that was killed was, and gives what an undisturbed one gives."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from distill.drawing.streams import OF_A_WORLD
from distill.drawing.task_files import read_tasks
from tests.distill.bazaar import open_bazaar
from tests.tui.commands import Commands, commands

PROGRAM = Path(sys.executable).with_name("productresearch")
COUNT = {"home": 30, "random": OF_A_WORLD + 4}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo shop's home."""
    home = tmp_path_factory.mktemp("home")
    open_bazaar(home).close()
    return home


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands in that home."""
    return commands(home, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("world", ["home", "random"])
def test_a_drawing_that_was_killed_goes_on_where_it_was(run: Commands, tmp_path: Path, world: str) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "tasks.jsonl"
    assert run(*drawing(whole, world)).exit_code == 0
    kill_half_way(run.home, out, world)
    done = run(*drawing(out, world))
    assert "Going on after " in done.stderr
    assert f"{COUNT[world]} tasks in {out}" in done.stderr
    assert out.read_bytes() == whole.read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["tasks.jsonl", "whole.jsonl"]


@pytest.mark.slow
def test_other_settings_begin_anew(run: Commands, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "tasks.jsonl"
    run(*drawing(whole, "home", seed="6"))
    kill_half_way(run.home, out, "home")
    assert "Going on" not in run(*drawing(out, "home", seed="6")).stderr
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("world", ["home", "random"])
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_tasks_of_one_split_are_drawn_alone(run: Commands, tmp_path: Path, world: str, split: str) -> None:
    out = tmp_path / "tasks.jsonl"
    done = run("distill", "tasks", out, "--count", "6", "--world", world, "--split", split)
    assert done.exit_code == 0
    assert [task.split for task in read_tasks(out)] == [split] * 6


def test_tasks_are_drawn_of_all_three_splits_where_none_is_named(run: Commands, tmp_path: Path) -> None:
    out = tmp_path / "tasks.jsonl"
    run("distill", "tasks", out, "--count", "60")
    assert {task.split for task in read_tasks(out)} == {"train", "validation", "test"}


def test_a_split_that_there_is_not_is_refused(run: Commands, tmp_path: Path) -> None:
    assert run("distill", "tasks", tmp_path / "tasks.jsonl", "--split", "exam").exit_code == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.longer
def test_another_split_begins_anew(run: Commands, tmp_path: Path) -> None:
    out = tmp_path / "tasks.jsonl"
    kill_half_way(run.home, out, "home")
    assert "Going on" not in run(*drawing(out, "home"), "--split", "test").stderr
    assert {task.split for task in read_tasks(out)} == {"test"}


def drawing(out: Path, world: str, seed: str = "5") -> list[str]:
    """The command's words."""
    return ["distill", "tasks", str(out), "--count", str(COUNT[world]), "--world", world, "--seed", seed]


def kill_half_way(home: Path, out: Path, world: str) -> None:
    """Draw in another process, which is killed once something was written."""
    partial = out.with_name(f".{out.name}.partial")
    environment = {**os.environ, "PRODUCTRESEARCH_HOME": str(home)}
    with subprocess.Popen(
        [PROGRAM, *drawing(out, world)], env=environment, stderr=subprocess.DEVNULL
    ) as other:
        until = time.monotonic() + 60
        while not (partial.exists() and partial.stat().st_size):
            assert time.monotonic() < until
            time.sleep(0.005)
        other.kill()
    assert partial.exists(), "it had not come to its end"
