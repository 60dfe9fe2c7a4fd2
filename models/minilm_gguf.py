"""Writes all-MiniLM-L6-v2 as a GGUF file that llama.cpp can run.

The file holds no vocabulary, because the text comes tokenized (`models.minilm.Tokenizer`). Metadata keys and
tensor names are those of llama.cpp's `bert` architecture.
"""

from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from models.minilm import WEIGHTS_SHA256

SOURCE_KEY = "productresearch.source_sha256"
"""The metadata key that names the weights which the file was made from."""

_LAYERS = 6
_TOP_LEVEL = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
_IN_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}


def write_gguf(weights: Path, target: Path) -> None:
    """Write `target` whole or not at all; several processes may do so at once.

    Matrices become F16, which changes an embedding by less than 1e-5 in cosine.
    """
    # Needed once in the life of a data home.
    from safetensors.numpy import load_file

    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.stem}-{uuid4().hex}.part")
    try:
        _write(part, load_file(weights))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, tensors: dict[str, npt.NDArray[np.float32]]) -> None:
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "bert")
    _add_settings(writer, tensors)
    for ours, theirs in _tensor_names().items():
        writer.add_tensor(ours, _stored(ours, tensors[theirs]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_settings(writer: Any, tensors: dict[str, npt.NDArray[np.float32]]) -> None:
    from gguf import GGMLQuantizationType, PoolingType

    vocabulary, width = tensors["embeddings.word_embeddings.weight"].shape
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_string(SOURCE_KEY, WEIGHTS_SHA256)
    writer.add_file_type(GGMLQuantizationType.F16)
    writer.add_vocab_size(vocabulary)
    writer.add_context_length(len(tensors["embeddings.position_embeddings.weight"]))
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(len(tensors["encoder.layer.0.intermediate.dense.bias"]))
    writer.add_block_count(_LAYERS)
    writer.add_head_count(12)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.MEAN)
    writer.add_tokenizer_model("no_vocab")
    writer.add_token_type_count(len(tensors["embeddings.token_type_embeddings.weight"]))


def _tensor_names() -> dict[str, str]:
    """GGUF name of each tensor to its name in the safetensors file."""
    stems = {
        f"blk.{layer}.{ours}": f"encoder.layer.{layer}.{theirs}"
        for layer in range(_LAYERS)
        for theirs, ours in _IN_LAYER.items()
    }
    stems |= {ours: theirs for theirs, ours in _TOP_LEVEL.items()}
    names = {}
    for ours, theirs in stems.items():
        if theirs.endswith(".weight"):
            names[ours] = theirs
        else:
            names |= {f"{ours}.{part}": f"{theirs}.{part}" for part in ("weight", "bias")}
    return names


def _stored(name: str, tensor: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Matrices that are multiplied in F16; what is added to activations in F32, as llama.cpp expects it."""
    added = tensor.ndim == 1 or name.startswith(("position_embd", "token_types"))
    return tensor if added else tensor.astype(np.float16)
