"""The whole way with the bundled agent: what is truly weaker gives way, and can be gone back to."""

from datetime import UTC, datetime
from pathlib import Path

import gguf
import pytest

from agent.wire import WIRE_VERSION
from finetune.recipe import read_recipe
from finetune.retrain.deadline import Deadline
from finetune.retrain.run import CANDIDATE, IN_USE, Wanted, retrain
from models.bundled_agent import bundled_agent
from models.file_mark import file_mark
from models.in_use import ModelsInUse
from models.usable import Model
from tests.agent.shop import open_shop
from tests.finetune.test_retrain import Heard
from tests.gguf_factory import write_adapter

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WANTED = Wanted(tasks=24, held_out=20, minutes=30, context=4096, threads=2, seed=7, keep=True)
WIDTH = 384
STEPS = 10


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_ruined_agent_gives_way_to_one_that_was_trained_and_is_gone_back_to(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    home = tmp_path / "home"
    open_shop(home).close()
    whole = Model(bundled_agent())
    noise = home / "noise.gguf"
    write_adapter(noise, arch="qwen3moe", width=WIDTH, base=file_mark(whole.path))
    ruined = Model(whole.path, noise)
    in_use = ModelsInUse(home, whole.path)
    in_use.promote(ruined, "noise over its attention", NOW, WIRE_VERSION)

    heard = Heard()
    outcome = retrain(home, in_use, WANTED, heard.told, Deadline(None, lambda: NOW))
    shelf = outcome.report.parent
    steps = int(read_recipe(shelf / "recipe.toml").steps or 0)
    print(f"{steps} steps; {outcome.comparison.sentence}")  # noqa: T201

    assert {row.contestant for row in outcome.comparison.rows} == {IN_USE, CANDIDATE}
    assert outcome.comparison.passed, outcome.comparison.sentence
    assert in_use.current.path == whole.path
    assert in_use.current.adapter == shelf / "adapter.gguf"
    assert steps >= STEPS
    learned = [t.data for t in gguf.GGUFReader(shelf / "adapter.gguf").tensors if t.name.endswith("lora_b")]
    assert learned
    assert all(factor.any() for factor in learned), "a training that does nothing leaves these at zero"
    assert "better" in outcome.report.read_text(encoding="utf-8")
    assert in_use.rollback() == ruined
    assert in_use.rollback() == whole
