"""Weights into a GGUF file, one tensor at a time, so that a large model needs no large memory.

The kinds written here are those that `gguf` can make in numpy; the others are made by llama.cpp from such a
file (`quantize.py`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError
from finetune.export.checkpoint import Checkpoint
from finetune.export.families import Config, Family
from finetune.export.names import Named, tensor_names

if TYPE_CHECKING:
    from gguf import GGMLQuantizationType, GGUFWriter

Direct = Literal["F32", "F16", "BF16", "Q8_0"]
"""Kinds of weights that we write without llama.cpp."""

_IGNORED = ("rotary_emb.inv_freq",)
"""Older checkpoints store what follows from the configuration."""


def planned_tensors(family: Family, config: Config, checkpoint: Checkpoint) -> list[Named]:
    """All tensors to write; raises ExportError where the checkpoint has others."""
    tied = config.tie_word_embeddings or "lm_head.weight" not in checkpoint.names
    names = list(tensor_names(family, config, tied))
    wanted = {source for name in names for source in name.sources}
    if missing := wanted - checkpoint.names:
        raise ExportError(f"The weights lack {min(missing)} and {len(missing) - 1} others.")
    spare = checkpoint.names - wanted - {"lm_head.weight"}
    unknown = [name for name in spare if not name.endswith(_IGNORED)]
    if unknown:
        raise ExportError(
            f"The weights hold {min(unknown)}, which no {family.architecture} has; "
            "name a llama.cpp checkout with --llama-cpp PATH."
        )
    return names


def write_tensors(
    writer: "GGUFWriter",
    names: Sequence[Named],
    checkpoint: Checkpoint,
    kind: Direct,
    made: Mapping[str, NDArray[np.float32]],
) -> None:
    """Announce all tensors, write the file's header, then the tensors.

    `made` are small ones that no checkpoint has.
    """
    kinds = [_kind(name, checkpoint.shape(name.sources[0]), kind) for name in names]
    for name, of in zip(names, kinds, strict=True):
        _announce(writer, name, checkpoint, of)
    for text, values in made.items():
        writer.add_tensor_info(text, values.shape, values.dtype, values.nbytes)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, of in zip(names, kinds, strict=True):
        writer.write_tensor_data(_values(name, checkpoint, of))
    for values in made.values():
        writer.write_tensor_data(values)


def paired(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows for llama.cpp, which turns neighbours, from rows whose halves are turned; per head."""
    halves = rows.reshape(heads, 2, -1, *rows.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows.shape)


def unpaired(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """The way back from `paired`."""
    neighbours = rows.reshape(heads, -1, 2, *rows.shape[1:])
    return np.ascontiguousarray(neighbours.swapaxes(1, 2)).reshape(rows.shape)


def _kind(name: Named, shape: tuple[int, ...], kind: Direct) -> "GGMLQuantizationType":
    """Norms and routers stay whole; rows that are no multiple of a block stay halves."""
    from gguf import GGMLQuantizationType as Kind
    from gguf.constants import GGML_QUANT_SIZES

    if len(shape) == 1 or "ffn_gate_inp" in name.gguf:
        return Kind.F32
    wanted = Kind[kind]
    return wanted if shape[-1] % GGML_QUANT_SIZES[wanted][0] == 0 else Kind.F16


def _announce(
    writer: "GGUFWriter", name: Named, checkpoint: Checkpoint, kind: "GGMLQuantizationType"
) -> None:
    from gguf.quants import quant_shape_to_byte_shape

    one = checkpoint.shape(name.sources[0])
    odd = next((source for source in name.sources if checkpoint.shape(source) != one), None)
    if odd is not None:
        raise ExportError(f"{odd} has another shape than its neighbours.")
    shape = (len(name.sources), *one) if name.stacked else one
    stored = quant_shape_to_byte_shape(shape, kind)
    writer.add_tensor_info(name.gguf, stored, np.dtype(np.uint8), int(np.prod(stored)), raw_dtype=kind)


def _values(name: Named, checkpoint: Checkpoint, kind: "GGMLQuantizationType") -> NDArray[np.uint8]:
    """The bytes of a tensor; experts are stacked once they are small."""
    from gguf.quants import quantize

    parts = []
    for source in name.sources:
        values = checkpoint.read(source)
        if name.heads:
            values = paired(values, name.heads)
        parts.append(np.ascontiguousarray(quantize(values, kind)).view(np.uint8))
    return np.stack(parts) if name.stacked else parts[0]
