"""A LoRA adapter as a GGUF file that llama.cpp lays over its base, without touching the base's own file."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from finetune.export.base_mark import check_base
from finetune.export.checkpoint import open_checkpoint
from finetune.export.factors import Adapter, Factors, read_adapter
from finetune.export.families import read_config
from finetune.export.fitting import fitting
from finetune.export.merge import merge
from finetune.export.metadata import Label, add_label
from finetune.export.names import Named
from finetune.export.quantize import Kind
from finetune.export.round_trip import Proof, Reference, prove, transformers_reference
from finetune.export.tensors import paired
from finetune.export.vocabulary import read_json
from finetune.export.whole import whole


def export_adapter_proved(
    adapter: Path,
    base: Path,
    target: Path,
    *,
    base_gguf: Path,
    kind: Kind,
    label: Label,
    prompts: Sequence[Sequence[int]],
    reference: Reference | None = None,
    threads: int = 1,
) -> Proof:
    """Write an adapter's GGUF file and prove it over the base's, whose kind is `kind`.

    `base` is the base's Hugging Face folder. The reference is transformers with the adapter merged, where
    none is given. Raises ExportError, and leaves no file then.
    """
    with whole(target) as partial, TemporaryDirectory() as scratch:
        write_adapter(adapter, base, partial, label)
        if reference is None:
            merged = Path(scratch) / "merged"
            merge(adapter, base, merged)
            reference = transformers_reference(merged)
        return prove(base_gguf, reference, prompts, kind, adapter=partial, threads=threads)


def write_adapter(adapter: Path, base: Path, target: Path, label: Label) -> None:
    """Write the GGUF file of an adapter for the base in this Hugging Face folder; raises ExportError."""
    # gguf takes 0.2 s to import and is needed only when a model is written.
    from gguf import GGUFWriter

    check_base(adapter, base)
    family, config = read_config(read_json(base, "config.json"), base)
    held = read_adapter(adapter, config)
    with open_checkpoint(base) as checkpoint, closing(GGUFWriter(target, family.gguf)) as writer:
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", held.alpha)
        add_label(writer, label)
        for named, factors in fitting(held, family, config, checkpoint):
            for name, values in _tensors(named, factors, held):
                writer.add_tensor(name, values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def _tensors(named: Named, factors: Factors, adapter: Adapter) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Both factors under llama.cpp's names.

    llama.cpp multiplies with alpha / rank and the file holds one alpha; b takes what a module has of its own.
    """
    own = factors.scale / (adapter.alpha / factors.rank)
    b = factors.b if np.isclose(own, 1.0) else np.float32(own) * factors.b
    if named.heads:
        b = paired(b, named.heads)
    yield f"{named.gguf}.lora_a", np.ascontiguousarray(factors.a)
    yield f"{named.gguf}.lora_b", np.ascontiguousarray(b)
