"""A tiny base model and a tiny data set for MLX, where mlx-lm is installed."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.recipe import Recipe
from tests.finetune.bases import write_base
from tests.finetune.short_data import write_short_dataset

if find_spec("mlx_lm") is None:
    collect_ignore_glob = ["test_*.py"]

Maker = Callable[..., Recipe]


@pytest.fixture(autouse=True, scope="package")
def uncompiled() -> Iterator[None]:
    """On a CPU mlx asks a C++ compiler for its kernels, which takes longer than these trainings."""
    import mlx.core as mx

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    mx.disable_compile()
    yield
    mx.enable_compile()
    torch.set_num_threads(before)


@pytest.fixture(scope="package")
def mlx_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole base model with random weights, which tells tools in few tokens."""
    return write_base(tmp_path_factory.mktemp("mlx-base"))


@pytest.fixture(scope="package")
def mlx_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten short trajectories and as many pairs."""
    return write_short_dataset(tmp_path_factory.mktemp("mlx") / "data")


@pytest.fixture(scope="package")
def recipe(mlx_base: Path, mlx_data: Path) -> Maker:
    """Makes recipes that take a few seconds."""

    def make(**more: object) -> Recipe:
        usual: dict[str, Any] = {
            "backend": "mlx",
            "model": mlx_base,
            "dataset": mlx_data,
            "samples": "step",
            "steps": 10,
            "learning_rate": 1e-2,
            "batch": 2,
            "max_length": 512,
            "checkpointing": False,
            "precision": "float32",
            "eval_every": 5,
            "save_every": 5,
        }
        return Recipe.model_validate(usual | more)

    return make
