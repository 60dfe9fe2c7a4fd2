"""A tiny base model and a tiny data set, written once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from finetune.recipe import Recipe
from tests.finetune.bases import write_base
from tests.finetune.short_data import write_short_dataset

Maker = Callable[..., Recipe]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small are no faster on two, and far slower where the cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def short_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole base model with random weights, which tells tools in few tokens."""
    return write_base(tmp_path_factory.mktemp("short-base"))


@pytest.fixture(scope="session")
def short_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten short trajectories and as many pairs."""
    return write_short_dataset(tmp_path_factory.mktemp("short") / "data")


@pytest.fixture
def recipe(short_base: Path, short_data: Path) -> Maker:
    """Makes recipes that take a second."""

    def make(**more: object) -> Recipe:
        usual: dict[str, object] = {
            "backend": "cuda",
            "model": short_base,
            "dataset": short_data,
            "method": "full",
            "steps": 10,
            "learning_rate": 3e-3,
            "batch": 2,
            "max_length": 512,
            "checkpointing": False,
            "precision": "float32",
            "eval_every": 5,
            "save_every": 5,
        }
        return Recipe.model_validate(usual | more)

    return make
