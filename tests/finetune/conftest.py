"""The tiny shop's data sets, for every test of training."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from distill.dataset.export import export
from distill.dataset.manifest import ExportSettings
from distill.internalizing.internalize import Internalized, internalize
from distill.internalizing.rewriting import RulesRewriter
from index.search import Index
from tests.agent.conftest import shop
from tests.distill.recorded import kept
from tests.finetune.bases import write_base

__all__ = ["shop"]


def internalized(shop: Index, number: int, mask_report: bool = False, **more: object) -> Internalized:
    """A corrected dialogue of the tiny shop, internalized."""
    return internalize(kept(shop, number, mask_report, **more), RulesRewriter(), 0)[0]


def dialogues(shop: Index, train: int = 4, validation: int = 1) -> list[Internalized]:
    """Corrected dialogues, so many of each split."""
    made = [internalized(shop, number) for number in range(1, train + 1)]
    return made + [internalized(shop, 100 + n, split="validation") for n in range(validation)]


def write_dataset(
    shop: Index, folder: Path, done: Sequence[Internalized], settings: ExportSettings | None = None
) -> Path:
    """Export these dialogues."""
    export(done, folder, settings or ExportSettings(), lambda _: shop)
    return folder


def change_manifest(folder: Path, **more: object) -> None:
    """Write other values into a data set's manifest."""
    path = folder / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, **more}), encoding="utf-8")


@pytest.fixture
def dataset(shop: Index, tmp_path: Path) -> Path:
    """Four trajectories to train on and one to validate with."""
    return write_dataset(shop, tmp_path / "dataset", dialogues(shop))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole base model with random weights."""
    return write_base(tmp_path_factory.mktemp("base"))
