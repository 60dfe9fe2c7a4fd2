"""Fifty kills of a retraining at random moments: the model in use always works, and the work goes on."""

import os
import random
import shutil
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from agent.wire import WIRE_VERSION
from finetune.retrain.journal import is_running, read_journal
from finetune.retrain.run import retrain
from index.search import Index
from models.usable import Model, demand_usable
from tests.agent.shop import open_shop
from tests.finetune.bases import SHORT_TEMPLATE
from tests.finetune.test_retrain import ENDLESS, ROOT, WANTED, Heard, buy, ended, measured, models, order
from tests.gguf_factory import write_gguf

KILLS = 50
LONGEST = 36.0
"""Seconds at most; short waits are drawn more often, so that early stages are hit before they are done."""


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_model_in_use_works_after_every_one_of_fifty_kills(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    home, moments = tmp_path / "home", random.Random(20)
    open_shop(home).close()
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    buy(home, [order(1, 20), order(2, 21)])
    killed = ended = 0
    hit: set[str] = set()
    while killed < KILLS:
        if _ended_before_its_kill(home, 1 + LONGEST * moments.random() ** 2):
            ended += 1
            buy(home, [order(10 + ended, 22)])  # another past, so another retraining
            continue
        killed += 1
        told = [entry for entry in read_journal(home) if entry.kind in ("said", "counted", "measured")]
        hit.add(told[-1].kind + told[-1].text[:20] if told else "before the first word")
        in_use = models(home)
        demand_usable(in_use.current, WIRE_VERSION)
        assert not is_running(home)
    print(f"{KILLS} kills at {len(hit)} different points, {ended} retrainings ended between them")  # noqa: T201
    assert len(hit) >= 5


def _ended_before_its_kill(home: Path, seconds: float) -> bool:
    """Retrain in a process of its own, and kill it after some time, unless it has ended by then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.finetune.killed_retraining", str(home)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return False
    assert process.returncode == 0, complaint
    return True


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("better", [True, False])
def test_a_kill_at_any_change_of_a_promotion_leaves_one_model_whole_in_use(
    shop: Index, tmp_path: Path, better: bool
) -> None:
    home = tmp_path / "home"
    open_shop(home).close()
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    about = ended(home, measured(shop, tmp_path / "compared", low=0.1 if better else 0.0), held_out=1)
    before = Model(Path("bundled.gguf"))
    after = Model(before.path, about.shelved.relative_to(home)) if better else before
    for number in count(1):
        here = tmp_path / f"home {number}"
        shutil.copytree(home, here)
        killed = _killed_at(here, number)
        in_use = models(here)
        demand_usable(in_use.current, WIRE_VERSION)
        assert not is_running(here)
        if in_use.current == _in(here, before):
            retrain(here, in_use, WANTED._replace(keep=False), Heard().told, ENDLESS)
        assert in_use.current == _in(here, after)
        assert {path.name for path in (here / about.folder.relative_to(home)).iterdir()} == {
            "asked.json", "funnel.json", "gate.json", "gate.txt", "past.txt", "recipe.toml", "run.json"
        }  # fmt: skip
        shutil.rmtree(here)
        if not killed:
            break
    print(f"killed at {number - 1} changes of files")  # noqa: T201
    assert number > 5


def _in(home: Path, model: Model) -> Model:
    return Model(home / model.path, None if model.adapter is None else home / model.adapter)


def _killed_at(home: Path, number: int) -> bool:
    """Whether it was killed at so many changes; else it came to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.finetune.killed_retraining", str(home), str(number)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0
