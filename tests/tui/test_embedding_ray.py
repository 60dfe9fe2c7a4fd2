"""Bulk embedding on a real local Ray cluster: the same vectors as alone, also where a worker is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from index.catalog import Catalog
from index.store.vector_log import Vectors32
from index.vectors import Vectors
from tests.index.shelf import import_lamps
from tests.tui.commands import commands
from tui.embedding import open_vectors

LAMPS = 130
EMBED = """
import sys
from pathlib import Path
import index.vectors
index.vectors.BATCH = 50  # several batches of few lamps
from index.catalog import Catalog
from tui.embedding import embed_pending
home = Path(sys.argv[1])
with Catalog.open(home / "catalog.sqlite") as catalog:
    embed_pending(home, catalog, lambda done, of: print(done, of, flush=True), sys.argv[2])
"""


def embedded(home: Path, ray: str) -> "subprocess.Popen[str]":
    """A process that embeds a home's products, alone or on a cluster."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        import_lamps(catalog, LAMPS)
    return subprocess.Popen([sys.executable, "-c", EMBED, home, ray], stdout=subprocess.PIPE, text=True)


def vectors_of(home: Path) -> Vectors32:
    """The vectors of all lamps, in order; they and the catalogue agree."""
    ids = [f"lamps:{number}" for number in range(LAMPS)]
    with Catalog.open(home / "catalog.sqlite") as catalog, closing(opened(home)) as vectors:
        assert catalog.counts().pending == 0
        assert vectors.verify(catalog) == []
        made = vectors.made(ids)
    return np.stack([made[each][1] for each in ids])


def opened(home: Path) -> Vectors:
    """A home's vectors, which make none."""

    def never(texts: object) -> Vectors32:
        raise AssertionError(texts)

    return open_vectors(home, never)


@pytest.mark.slow
def test_a_cluster_makes_the_vectors_that_one_process_makes_though_a_worker_is_killed(tmp_path: Path) -> None:
    alone = embedded(tmp_path / "alone", "")
    alone.communicate()
    assert alone.returncode == 0
    spread = embedded(tmp_path / "spread", "auto")
    killed: list[int] = []
    killer = threading.Thread(target=kill_a_worker, args=(spread.pid, killed))
    killer.start()
    said, _ = spread.communicate()
    killer.join()
    assert spread.returncode == 0
    assert said
    assert len(killed) == 1, "a worker was at work and was killed"
    difference = np.abs(vectors_of(tmp_path / "alone") - vectors_of(tmp_path / "spread")).max()
    assert difference <= 1e-6


def kill_a_worker(pid: int, killed: list[int]) -> None:
    """Kill the first worker below a process that has begun to embed."""
    for _ in range(2000):
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(pid).children(recursive=True):
                if "_RayWorker.do" in " ".join(child.cmdline()) or "_RayWorker.do" in child.name():
                    os.kill(child.pid, signal.SIGKILL)
                    killed.append(child.pid)
                    return
        time.sleep(0.02)


def test_without_ray_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = commands(tmp_path / "home", monkeypatch)
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        import_lamps(catalog, 2)
    monkeypatch.setitem(sys.modules, "ray", None)
    done = run("index", "rebuild", "--ray", "auto")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "Ray is not installed; install the extra `productresearch[ray]`."


@pytest.mark.longer
def test_what_is_no_cluster_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = commands(tmp_path / "home", monkeypatch)
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        import_lamps(catalog, 2)
    done = run("index", "rebuild", "--ray", "somewhere")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("There is no Ray cluster at 'somewhere'")
