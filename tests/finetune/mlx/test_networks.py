"""mlx-lm computes what transformers computes, and its adapters pass over into llama.cpp."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.export.from_gguf import write_folder
from finetune.export.round_trip import transformers_reference
from finetune.export.to_gguf import write_gguf
from finetune.mlx.train import train
from finetune.shipping import ship_adapter, ship_model
from tests.finetune.bases import SHORT_TEMPLATE
from tests.finetune.export.folders import LABEL, STRETCHED, write_model
from tests.finetune.mlx.conftest import Maker

NOW = datetime(2026, 1, 2, tzinfo=UTC)
IDS = list(range(40, 100))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A mixture of experts as the bundled agent is one: its GGUF file, and the folder made from it."""
    folder = tmp_path_factory.mktemp("bundled")
    write_gguf(
        write_model(folder / "made", "qwen3_moe"), folder / "m.gguf", kind="F32", label=LABEL, threads=1
    )
    write_folder(folder / "m.gguf", folder / "base")
    (folder / "base" / "chat_template.jinja").write_text(SHORT_TEMPLATE, encoding="utf-8")
    return folder / "m.gguf", folder / "base"


def agrees(made: Maker, folder: Path) -> bool:
    """Whether the network that a training would begin with is the one of transformers."""
    import mlx.core as mx

    from finetune.mlx.base_model import load_model

    model = load_model(made(model=folder, method="full")).model
    model.eval()
    ours = np.array(model(mx.array([IDS]))[0])
    return bool(np.abs(ours - transformers_reference(folder)(IDS, len(IDS))).max() < 1e-3)


@pytest.mark.parametrize("family", ["llama", "qwen3", "qwen3_moe"])
def test_a_folder_of_transformers_5_is_read_as_it_is_meant(
    family: str, recipe: Maker, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"rope_parameters": STRETCHED} if family == "llama" else {}
    assert agrees(recipe, write_model(tmp_path / "m", family, **more))


def test_the_folder_of_a_bundled_agent_is_read_as_it_is_meant(
    bundled: tuple[Path, Path], recipe: Maker
) -> None:
    assert agrees(recipe, bundled[1])


def test_an_adapter_of_attention_and_experts_does_the_same_in_llama_cpp(
    bundled: tuple[Path, Path], recipe: Maker, tmp_path: Path
) -> None:
    gguf, base = bundled
    made = recipe(
        model=base, targets=["q_proj", "v_proj", "down_proj"], steps=5, eval_samples=0, max_length=2048
    )
    losses = [point.loss for point in train(made, tmp_path / "run", lambda _: None, NOW).curve]
    assert losses[0] is not None
    assert losses[-1] is not None
    assert losses[-1] < losses[0] - 0.1
    proof = ship_adapter(tmp_path / "run", gguf, tmp_path / "adapter.gguf", name="trained", now=NOW)
    assert proof.deviation < 1e-4
    assert (tmp_path / "adapter.gguf").stat().st_size > 0


def test_a_mixture_that_was_trained_whole_is_shipped(
    bundled: tuple[Path, Path], recipe: Maker, tmp_path: Path
) -> None:
    made = recipe(
        model=bundled[1], method="full", learning_rate=1e-3, steps=2, eval_samples=0, max_length=2048
    )
    train(made, tmp_path / "run", lambda _: None, NOW)
    proof = ship_model(tmp_path / "run", tmp_path / "m.gguf", "F32", "MIT", now=NOW)
    assert proof.deviation < 1e-4


def test_all_linear_layers_but_router_and_experts_get_an_adapter(
    bundled: tuple[Path, Path], recipe: Maker
) -> None:
    from finetune.mlx.base_model import load_model

    adapter = load_model(recipe(model=bundled[1])).adapter
    assert adapter is not None
    assert adapter["keys"] == [f"self_attn.{name}_proj" for name in "koqv"]
