"""A whole retraining whose adapter MLX trains: the same command on a Mac."""

from pathlib import Path

import pytest

from finetune.recipe import read_recipe
from finetune.retrain.run import CANDIDATE, IN_USE, retrain
from tests.finetune.test_retrain import ENDLESS, WANTED, Heard, buy, home, job, models, order

__all__ = ["home"]


@pytest.mark.slow
def test_mlx_trains_the_adapter_of_a_retraining(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("finetune.retrain.run", "finetune.retrain.training"):
        monkeypatch.setattr(f"{user}.backend_here", lambda: "mlx")
    buy(home, [order(1, 20)])
    heard = Heard()
    outcome = retrain(home, models(home), WANTED, heard.told, ENDLESS)
    about = job(home, held_out=1)
    assert read_recipe(about.recipe).backend == "mlx"
    assert any(said.startswith("step") for said in heard)
    assert any("writes what was trained" in said for said in heard)
    assert [row.contestant for row in outcome.comparison.rows] == [IN_USE, CANDIDATE]
    assert about.adapter.exists()
