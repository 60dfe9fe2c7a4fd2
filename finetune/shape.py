"""The sizes of a base model, read from its folder without loading it."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from finetune.errors import ModelError

_NO_LAYER = ("embed", "lm_head", ".experts.", ".mlp.gate.weight")
"""Parts of names of matrices that stand in no linear layer, or in the head."""


@dataclass(frozen=True)
class Shape:
    """A transformer's sizes."""

    parameters: int
    """All weights, counted from the files' headers."""
    matrices: tuple[tuple[str, int, int], ...]
    """Name, rows and columns of the weights of linear layers, which can get an adapter: all matrices but the
    embeddings, the head, and a mixture's router and experts."""
    embeddings: int
    """Weights of the embeddings and the head."""
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    hidden: int
    """Width of the feed-forward part that a token passes: of all chosen experts in a mixture."""
    vocabulary: int
    context: int
    """Positions that the model was made for; 0 where the folder does not say."""


def read_shape(folder: Path) -> Shape:
    """Read config.json and the headers of the weights; raises ModelError."""
    config = _config(folder)
    weights = [each for path in sorted(folder.glob("*.safetensors")) for each in _tensors(path)]
    if not weights:
        raise ModelError(f"{folder} has no weights in *.safetensors; name a base model's folder.")
    width, heads = config.number("hidden_size"), config.number("num_attention_heads")
    chosen = config.number("num_experts_per_tok", 0)
    hidden = config.number("moe_intermediate_size", 0) * chosen or config.number("intermediate_size")
    at_ends = [shape for name, shape in weights if "embed" in name or "lm_head" in name]
    return Shape(
        parameters=sum(prod(shape) for _, shape in weights),
        matrices=tuple(
            (name, shape[0], shape[1]) for name, shape in weights if len(shape) == 2 and in_a_layer(name)
        ),
        embeddings=sum(prod(shape) for shape in at_ends),
        layers=config.number("num_hidden_layers"),
        width=width,
        heads=heads,
        kv_heads=config.number("num_key_value_heads", heads),
        head_width=config.number("head_dim", width // heads),
        hidden=hidden,
        vocabulary=config.number("vocab_size"),
        context=config.number("max_position_embeddings", 0),
    )


def in_a_layer(name: str) -> bool:
    """Whether a matrix, by Hugging Face's name, stands in a linear layer."""
    return not any(part in name for part in _NO_LAYER)


class _Config:
    """A config.json, whose sizes may stand one level deeper in models that also see."""

    def __init__(self, path: Path, said: Mapping[str, object]) -> None:
        self._path = path
        inner = said.get("text_config")
        self._said = {**said, **(inner if isinstance(inner, dict) else {})}

    def number(self, key: str, default: int | None = None) -> int:
        """A size; raises ModelError where it is needed and missing."""
        value = self._said.get(key)
        if isinstance(value, int):
            return value
        if default is None:
            raise ModelError(f"{self._path} does not say {key!r}; use a model of a transformer family.")
        return default


def _config(folder: Path) -> _Config:
    path = folder / "config.json"
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no base model: it has no {path.name}.") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read; download or export the model again.") from error
    return _Config(path, said if isinstance(said, dict) else {})


def _tensors(path: Path) -> list[tuple[str, list[int]]]:
    """Names and shapes from a header: its length in eight bytes, then JSON (the safetensors format)."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            head = json.loads(file.read(min(length, 1 << 28)))
        ends = [about["data_offsets"][1] for name, about in head.items() if name != "__metadata__"]
        if path.stat().st_size < 8 + length + max(ends, default=0):
            raise ValueError
        return [(name, about["shape"]) for name, about in head.items() if name != "__metadata__"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelError(f"{path} is damaged or truncated; download or copy it again.") from error
