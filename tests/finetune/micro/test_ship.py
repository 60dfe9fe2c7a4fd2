"""A shipped agent taken back: the weights that quantization left, and the very tokenizer."""

from pathlib import Path

import pytest
import torch

from finetune.errors import CheckpointError
from finetune.micro.checkpoints import weights_of
from finetune.micro.recipe import MicroRecipe, read_recipe
from finetune.micro.ship import unship
from finetune.micro.tokenizer import Tokenizer
from models.bundled_agent import bundled_agent
from tests.finetune.micro.tiny import SHAPE

SETTLING = Path(__file__).parents[3] / "finetune" / "micro" / "settling.toml"


@pytest.mark.longer
def test_a_shipped_agent_is_taken_back_for_a_training_to_begin_with(tmp_path: Path) -> None:
    unship(bundled_agent(), read_recipe(SETTLING), tmp_path)
    weights = weights_of(tmp_path)
    assert sum(w.numel() for w in weights.values()) > 30_000_000
    assert all(torch.isfinite(weight).all() for weight in weights.values())
    tokenizer = Tokenizer.load(tmp_path / "tokenizer.json")
    assert tokenizer.size == len(weights["model.embed_tokens.weight"])
    text = '<think>Open P1.</think>\n{"id": "P1"} 29.90 EUR'
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_an_agent_of_another_shape_is_refused(tmp_path: Path) -> None:
    recipe = read_recipe(SETTLING)
    other = MicroRecipe.model_validate({**recipe.model_dump(), "shape": SHAPE})
    with pytest.raises(CheckpointError, match="has another shape than the recipe"):
        unship(bundled_agent(), other, tmp_path)
    assert not list(tmp_path.iterdir())
