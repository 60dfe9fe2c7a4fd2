"""What a training left, as a file that llama.cpp runs: the whole model, or an adapter over its base's file.

Every file is proved on the beginnings of samples that the training's own data set holds: llama.cpp must write
the same first steps as the trainer's framework. The formats are left to `finetune.export`.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path

from agent.wire import WIRE_VERSION
from finetune.data.dataset import open_dataset
from finetune.data.samples import row_samples
from finetune.data.tokens import open_reading
from finetune.errors import ExportError
from finetune.export.adapter import export_adapter_proved
from finetune.export.base_mark import mark_base
from finetune.export.merge import merge
from finetune.export.metadata import Label
from finetune.export.quantize import Kind
from finetune.export.round_trip import Proof, export_proved
from finetune.recipe import Recipe
from finetune.run_folder import TRAINED
from finetune.run_record import read_record
from models.file_mark import file_mark

PROMPTS = 2
"""Contexts on which a file is proved."""
_KINDS: Mapping[str, Kind] = {
    "F32": "F32",
    "F16": "F16",
    "BF16": "BF16",
    "Q8_0": "Q8_0",
    "Q6_K": "Q6_K",
    "Q5_K": "Q5_K_M",
    "Q4_K": "Q4_K_M",
}
"""Kinds of files by the type of most of their weights."""


def ship_adapter(run: Path, over: Path, out: Path, *, name: str, now: datetime, threads: int = 1) -> Proof:
    """Write a training's adapter for its base's GGUF file, under that one's licence; raises FinetuneError."""
    recipe, trained = _trained(run)
    if recipe.method == "full":
        raise ExportError(f"{run} trained every weight and holds no adapter; export it whole.")
    mark_base(trained, recipe.model)
    kind, licence = _about(over)
    return export_adapter_proved(
        trained,
        recipe.model,
        out,
        base_gguf=over,
        kind=kind,
        label=Label(name, licence, WIRE_VERSION, file_mark(over)),
        prompts=_prompts(recipe, now),
        threads=threads,
    )


def ship_model(
    run: Path, out: Path, kind: Kind, licence: str, *, now: datetime, llama_cpp: Path | None = None
) -> Proof:
    """Write the whole model, an adapter merged into its base; raises FinetuneError."""
    recipe, trained = _trained(run)
    with _whole_model(recipe, trained) as folder:
        return export_proved(
            folder,
            out,
            kind=kind,
            label=Label(out.stem, licence, WIRE_VERSION),
            prompts=_prompts(recipe, now),
            llama_cpp=llama_cpp,
        )


def _trained(run: Path) -> tuple[Recipe, Path]:
    record = read_record(run)
    if not (run / TRAINED).is_dir():
        raise ExportError(f"{run} has no trained weights yet; go on with `productresearch finetune train`.")
    return record.recipe, run / TRAINED


@contextmanager
def _whole_model(recipe: Recipe, trained: Path) -> Iterator[Path]:
    if recipe.method == "full":
        yield trained
        return
    mark_base(trained, recipe.model)
    with tempfile.TemporaryDirectory(prefix="productresearch-merged-") as folder:
        merge(trained, recipe.model, Path(folder) / "merged")
        yield Path(folder) / "merged"


def _prompts(recipe: Recipe, now: datetime) -> list[list[int]]:
    """What stands before the first learned steps of a few samples; raises ExportError where there is none."""
    reading, dataset = open_reading(recipe.model, now), open_dataset(recipe.dataset)
    prompts: list[list[int]] = []
    for row in chain(dataset.rows("validation"), dataset.rows("train")):
        for sample in row_samples(row, reading, "whole"):
            first = next((at for at, part in enumerate(sample.segments) if part.learned), 0)
            if first:
                prompts.append([token for part in sample.segments[:first] for token in part.ids])
        if len(prompts) >= PROMPTS:
            break
    if not prompts:
        raise ExportError(f"{recipe.dataset} holds no sample on which the file could be proved.")
    return prompts[:PROMPTS]


def _about(path: Path) -> tuple[Kind, str]:
    """Kind of a file's weights, and its licence; raises ExportError."""
    # gguf takes 0.2 s to import and is needed only when a model is read whole.
    from gguf import GGUFReader

    reader = GGUFReader(path)
    counted: dict[str, int] = {}
    for tensor in reader.tensors:
        of_type = tensor.tensor_type.name
        counted[of_type] = counted.get(of_type, 0) + int(tensor.n_elements)
    most = max(counted, key=lambda of_type: counted[of_type])
    if most not in _KINDS:
        raise ExportError(f"{path} holds weights of the kind {most}, over which no adapter can be proved.")
    licence = reader.get_field("general.license")
    return _KINDS[most], str(licence.contents()) if licence is not None else "other"
