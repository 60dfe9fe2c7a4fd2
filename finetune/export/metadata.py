"""What a GGUF file says of a network and of itself, in both directions.

Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; the wire has a key of our own, which
`models.gguf_file` reads.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError
from finetune.export.families import FAMILIES, Config, Family, Rope

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter

WIRE_KEY = "productresearch.wire"
BASE_KEY = "productresearch.base"

_SIZES = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "rope_theta": "rope.freq_base",
    "num_experts": "expert_count",
    "num_experts_per_tok": "expert_used_count",
    "moe_intermediate_size": "expert_feed_forward_length",
}
"""Hugging Face's names of sizes, and the keys of GGUF after the architecture's."""


@dataclass(frozen=True)
class Label:
    """What a file is called, under which terms, and what it was trained to read and write."""

    name: str
    license: str
    """An SPDX identifier."""
    wire_version: int
    base: str = ""
    """The mark of the file that an adapter is laid over (`models.file_mark`)."""


def add_label(writer: "GGUFWriter", label: Label) -> None:
    """Write the label."""
    writer.add_name(label.name)
    writer.add_license(label.license)
    writer.add_uint32(WIRE_KEY, label.wire_version)
    if label.base:
        writer.add_string(BASE_KEY, label.base)


def add_sizes(writer: "GGUFWriter", family: Family, config: Config) -> None:
    """Write the sizes of the network."""
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope.rope_theta)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if family.experts:
        writer.add_expert_count(config.num_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def stretched(config: Config) -> dict[str, NDArray[np.float32]]:
    """The tensor that stretches the positions of a Llama 3, or none.

    Slow rotations are divided by `factor`, fast ones are left, those between are blended
    (`_compute_llama3_parameters` of transformers).
    """
    rope = config.rope
    if rope.rope_type != "llama3":
        return {}
    half = config.head_dim // 2
    waves = 2 * np.pi * rope.rope_theta ** (np.arange(half) / half)
    turns = rope.original_max_position_embeddings / waves
    blend = (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor)
    blend = np.clip(blend, 0.0, 1.0)
    divisors = 1 / ((1 - blend) / rope.factor + blend)
    return {"rope_freqs.weight": divisors.astype(np.float32)}


def sizes_of_gguf(reader: "GGUFReader", tied: bool) -> tuple[Family, Config]:
    """Family and sizes from a GGUF file; raises ExportError."""
    name = reader.fields["general.architecture"].contents()
    family = next((family for family in FAMILIES.values() if family.gguf == name), None)
    if family is None or f"{name}.rope.scaling.type" in reader.fields:
        raise ExportError(
            f"A GGUF file of {name} cannot be turned back; take the model's own Hugging Face files."
        )
    fields = {ours: reader.get_field(f"{name}.{key}") for ours, key in _SIZES.items()}
    sizes: dict[str, Any] = {ours: field.contents() for ours, field in fields.items() if field is not None}
    heads = sizes["num_attention_heads"]
    sizes = {"num_key_value_heads": heads, "head_dim": sizes["hidden_size"] // heads} | sizes
    # 32 bits hold 7 digits; what follows in 64 bits is no part of the number.
    sizes["rms_norm_eps"] = float(f"{sizes['rms_norm_eps']:.7g}")
    rope = Rope(rope_theta=sizes.pop("rope_theta", 10_000.0))
    tokens = len(reader.fields["tokenizer.ggml.tokens"].data)
    more = {"tie_word_embeddings": tied, "norm_topk_prob": family.experts}
    return family, Config(model_type=family.model_type, vocab_size=tokens, rope=rope, **sizes, **more)
