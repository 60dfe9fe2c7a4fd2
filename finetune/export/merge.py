"""An adapter merged into its base: a Hugging Face folder like the base's, whose weights have learnt."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.export.base_mark import check_base
from finetune.export.checkpoint import open_checkpoint, save_weights, weight_files
from finetune.export.factors import Factors, read_adapter
from finetune.export.families import read_config
from finetune.export.fitting import fitting
from finetune.export.vocabulary import read_json
from finetune.export.whole import whole

if TYPE_CHECKING:
    import torch


def merge(adapter: Path, base: Path, target: Path) -> None:
    """Write the merged folder; raises ExportError, and leaves no folder then.

    Each file of weights is read, changed and written on its own, in the base's own precision.
    """
    from safetensors.torch import load_file

    check_base(adapter, base)
    family, config = read_config(read_json(base, "config.json"), base)
    with open_checkpoint(base) as checkpoint:
        parts = list(fitting(read_adapter(adapter, config), family, config, checkpoint))
    changes = {source: (factors, at) for named, factors in parts for at, source in enumerate(named.sources)}
    with whole(target) as partial:
        partial.mkdir()
        for path in weight_files(base):
            weights = load_file(path)
            changed = {name: _changed(weights[name], *changes[name]) for name in weights.keys() & changes}
            save_weights(weights | changed, partial / path.name)
        for path in base.iterdir():
            if path.is_file() and path.suffix != ".safetensors":
                shutil.copyfile(path, partial / path.name)


def _changed(weight: "torch.Tensor", factors: Factors, at: int) -> "torch.Tensor":
    """The weight with its part of the change; `at` is the expert, where there are several."""
    import torch

    stacked = factors.a.ndim == 3
    a, b = (factors.a[at], factors.b[at]) if stacked else (factors.a, factors.b)
    delta = torch.from_numpy(factors.scale * (b @ a))
    return (weight.float() + delta).to(weight.dtype)
