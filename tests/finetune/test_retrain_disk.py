"""A disk that fills at every stage of a retraining: a sentence each time, and more room lets it go on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from agent.wire import WIRE_VERSION
from finetune.retrain import run
from finetune.retrain.journal import is_running
from finetune.retrain.run import retrain
from index.search import Index
from models.in_use import ModelsInUse
from models.usable import Model, demand_usable
from tests.agent.shop import open_shop
from tests.finetune.bases import SHORT_TEMPLATE
from tests.finetune.test_retrain import ENDLESS, ROOT, WANTED, Heard, buy, measured, models, order
from tests.gguf_factory import write_gguf
from tests.small_disk import SmallDisk, small_disk
from tui.told import told

ROOM, MORE = 16, 1.5
"""Kilobytes left on the disk at first, and how many times as much after every fault."""
MOST = 40
PLENTY = 100_000

P = ParamSpec("P")
R = TypeVar("R")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small file system."""
    with small_disk(tmp_path / "disk", PLENTY) as disk:
        yield disk


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_full_disk_at_any_stage_is_a_sentence_and_more_room_lets_it_go_on(disk: SmallDisk) -> None:
    pytest.importorskip("trl")
    home, room = disk.folder / "home", float(ROOM)
    open_shop(home).close()
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    buy(home, [order(1, 20), order(2, 21)])
    held = shutil.disk_usage(disk.folder).used / 1024
    complaints: list[tuple[str, ...]] = []
    for _ in range(MOST):
        disk.resize(held + room)
        done = retrained(home)
        if done.returncode == 0:
            break
        (complaint,) = done.stderr.strip().splitlines()[-1:]
        last = "".join(done.stdout.splitlines()[-1:])
        complaints.append((last[:16], complaint))
        print(f"{room:,.0f} kB more, after {last!r}: {complaint}")  # noqa: T201
        assert "Traceback" not in done.stderr, done.stderr
        assert "disk" in complaint
        demand_usable(models(home).current, WIRE_VERSION)
        assert not is_running(home)
        room *= MORE
    assert done.returncode == 0
    points = {last for last, _ in complaints}
    print(f"{len(complaints)} full disks at {len(points)} different points")  # noqa: T201
    assert len(points) >= 4


def retrained(home: Path) -> subprocess.CompletedProcess[str]:
    """The retraining in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.finetune.killed_retraining", str(home)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


STAGES = (
    "begin_anew_where_ended", "draw_lessons", "draw_held_out", "hold_dialogues", "make_dataset", "make_base",
    "train_adapter", "export_adapter", "pass_gate", "shelve",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_disk_that_is_full_when_a_stage_begins_is_a_sentence_at_each_of_them(
    shop: Index,
    tmp_path: Path,
    disk: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("trl")
    home = disk.folder / "home"
    open_shop(home).close()
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    buy(home, [order(1, 20), order(2, 21)])
    better = measured(shop, tmp_path)
    monkeypatch.setattr(run, "read_comparison", lambda _: better)  # so that there is something to promote
    for owner, stage in (*((run, stage) for stage in STAGES), (ModelsInUse, "promote")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, stage, filling(disk, getattr(owner, stage)))
            with pytest.raises(SystemExit), told():
                retrain(home, models(home), WANTED, Heard().told, ENDLESS)
        complaint = capsys.readouterr().err.strip().splitlines()[-1]
        assert "disk" in complaint, stage
        assert models(home).current == Model(home / "bundled.gguf")
        demand_usable(models(home).current, WIRE_VERSION)
        assert not is_running(home)
        disk.make_room()
    assert retrain(home, models(home), WANTED, Heard().told, ENDLESS).comparison.passed
    assert models(home).current.adapter is not None
    demand_usable(models(home).current, WIRE_VERSION)


def filling(disk: SmallDisk, stage: Callable[P, R]) -> Callable[P, R]:
    """The stage on a disk that takes nothing more."""

    def full(*args: P.args, **kwargs: P.kwargs) -> R:
        disk.fill()
        return stage(*args, **kwargs)

    return full
