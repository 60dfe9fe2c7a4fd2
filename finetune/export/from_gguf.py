"""A GGUF file as a Hugging Face folder, so that a model that was only shipped as GGUF can be trained further.

Whatever the file's kind, the weights come out in 32 bits; what its quantization lost stays lost.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError
from finetune.export.checkpoint import save_weights
from finetune.export.families import Config, Family
from finetune.export.metadata import sizes_of_gguf
from finetune.export.names import Named, tensor_names
from finetune.export.tensors import unpaired
from finetune.export.tokenizer_files import write_json, write_tokenizer
from finetune.export.vocabulary import vocabulary_of_gguf
from finetune.export.whole import whole
from models.engine import ModelFileError
from models.gguf_file import gguf_metadata

if TYPE_CHECKING:
    from gguf import ReaderTensor

_SHARD = 2 << 30
"""Bytes of weights in one file, and so about the memory that is needed."""


def write_folder(source: Path, folder: Path) -> None:
    """Write a Hugging Face folder from a GGUF file; raises ExportError, and then there is no folder."""
    # gguf takes 0.2 s to import and is needed only when a model is read whole.
    from gguf import GGUFReader

    try:
        template = gguf_metadata(source).chat_template
    except ModelFileError as error:
        raise ExportError(str(error)) from error
    reader = GGUFReader(source)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    family, config = sizes_of_gguf(reader, tied="output.weight" not in tensors)
    vocabulary = vocabulary_of_gguf(reader)
    names = list(tensor_names(family, config, config.tie_word_embeddings))
    _check(names, tensors, source)
    with whole(folder) as partial:
        partial.mkdir()
        ids = {f"{name}_token_id": token for name, token in vocabulary.named.items() if name != "unk"}
        write_json(partial / "config.json", _config_json(family, config) | ids)
        write_tokenizer(partial, vocabulary, template, config.max_position_embeddings)
        _write_shards(partial, names, tensors)


def _check(names: Sequence[Named], tensors: "dict[str, ReaderTensor]", source: Path) -> None:
    wanted = {name.gguf for name in names}
    if odd := wanted ^ tensors.keys():
        raise ExportError(
            f"{source} holds other tensors than its architecture has ({min(odd)}); "
            "take the model's own Hugging Face files."
        )


def _config_json(family: Family, config: Config) -> dict[str, Any]:
    """As transformers and mlx-lm both read it."""
    left_out = {"rope", "bos_token_id", "eos_token_id", "pad_token_id"}
    if not family.experts:
        left_out |= {"num_experts", "num_experts_per_tok", "moe_intermediate_size", "norm_topk_prob"}
    sizes = config.model_dump(exclude=left_out)
    more: dict[str, Any] = {"architectures": [family.architecture], "rope_theta": config.rope.rope_theta}
    if family.experts:
        more |= {"decoder_sparse_step": 1, "mlp_only_layers": []}
    return {**sizes, **more, "attention_bias": False, "torch_dtype": "float32"}


def _write_shards(folder: Path, names: Sequence[Named], tensors: "dict[str, ReaderTensor]") -> None:
    """Weights in files of a bounded size, and the index that transformers wants where there are several."""
    # A second, and only who turns a model back needs it.
    import torch

    shards = _shards(names, tensors)
    where: dict[str, str] = {}
    for number, shard in enumerate(shards, start=1):
        several = f"-{number:05d}-of-{len(shards):05d}" if len(shards) > 1 else ""
        file = f"model{several}.safetensors"
        matrices = (pair for named in shard for pair in _matrices(named, tensors[named.gguf]))
        values = {name: torch.from_numpy(matrix) for name, matrix in matrices}
        save_weights(values, folder / file)
        where |= dict.fromkeys(values, file)
    if len(shards) > 1:
        total = sum(4 * int(tensor.n_elements) for tensor in tensors.values())
        write_json(
            folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": where}
        )


def _shards(names: Sequence[Named], tensors: "dict[str, ReaderTensor]") -> list[list[Named]]:
    shards: list[list[Named]] = [[]]
    held = 0
    for name in names:
        size = 4 * int(tensors[name.gguf].n_elements)
        if shards[-1] and held + size > _SHARD:
            shards.append([])
            held = 0
        shards[-1].append(name)
        held += size
    return shards


def _matrices(named: Named, tensor: "ReaderTensor") -> Iterator[tuple[str, NDArray[np.float32]]]:
    from gguf.quants import dequantize

    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
    values = values.reshape(tuple(int(size) for size in reversed(tensor.shape)))
    if named.heads:
        values = unpaired(values, named.heads)
    parts = values if named.stacked else [values]
    for source, matrix in zip(named.sources, parts, strict=True):
        yield source, matrix.copy()
