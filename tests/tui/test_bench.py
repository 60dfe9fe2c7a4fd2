"""What the app keeps between questions, and what it does not."""

import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

from agent.wire import WIRE_VERSION
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from models.usable import Model
from tests.index.shelf import stocked
from tui.bench import Bench
from tui.settings import Settings

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def author(bench: Bench) -> str:
    """Who a new session's run is written by."""
    with bench.research("a bright lamp", "") as run:
        return run.trajectory.author


def test_a_model_that_was_put_in_use_elsewhere_answers_the_next_question(tmp_path: Path) -> None:
    stocked(tmp_path, 8).close()
    bench = Bench(Settings(), tmp_path, threading.Event())
    assert author(bench) == bundled_agent().stem
    retrained = Path(shutil.copyfile(bundled_agent(), tmp_path / "retrained.gguf"))
    in_use = ModelsInUse(tmp_path, bundled_agent())
    in_use.promote(Model(retrained), "retrained", NOW, WIRE_VERSION)
    assert (author(bench), bench.researcher) == ("retrained", "retrained.gguf")
    in_use.rollback()
    assert (author(bench), bench.researcher) == (bundled_agent().stem, Model(bundled_agent()).name)
    bench.close()
