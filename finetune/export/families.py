"""The model families that we write as GGUF ourselves, and what their `config.json` says.

A family is a network that llama.cpp, transformers and mlx-lm all know. Any other goes through a llama.cpp
checkout (`checkout.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from finetune.errors import ExportError
from index.product import first_fault


class Rope(BaseModel):
    """Rotary positions; what a Llama 3 adds to stretch them stands in the last four."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rope_theta: float = 10_000.0
    rope_type: str = "default"
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_position_embeddings: int = 8192


class Config(BaseModel):
    """What of a `config.json` the exporters use; the names are Hugging Face's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model_type: str
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope: Rope
    tie_word_embeddings: bool = False
    hidden_act: str = "silu"
    use_sliding_window: bool = False
    num_experts: int = 0
    num_experts_per_tok: int = 0
    moe_intermediate_size: int = 0
    norm_topk_prob: bool = False
    bos_token_id: int | list[int] | None = None
    eos_token_id: int | list[int] | None = None
    pad_token_id: int | list[int] | None = None

    def token_id(self, name: str) -> int | None:
        """The id that the model names for bos, eos or pad, the first where there are several."""
        ids = {"bos": self.bos_token_id, "eos": self.eos_token_id, "pad": self.pad_token_id}
        held = ids.get(name)
        return held[0] if isinstance(held, list) else held


@dataclass(frozen=True)
class Family:
    """One network, under the names of Hugging Face and llama.cpp."""

    model_type: str
    architecture: str
    """transformers' class."""
    gguf: str
    """llama.cpp's name."""
    normalized_heads: bool
    """Whether queries and keys are normalized (Qwen3)."""
    experts: bool
    paired_rows: bool
    """Whether llama.cpp turns neighbouring rows of queries and keys, where Hugging Face turns halves."""


FAMILIES: Mapping[str, Family] = {
    family.model_type: family
    for family in (
        Family("llama", "LlamaForCausalLM", "llama", False, False, True),
        Family("qwen3", "Qwen3ForCausalLM", "qwen3", True, False, False),
        Family("qwen3_moe", "Qwen3MoeForCausalLM", "qwen3moe", True, True, False),
    )
}


def read_config(stored: Mapping[str, Any], folder: Path) -> tuple[Family, Config]:
    """Family and sizes of a `config.json`; raises ExportError with what can be done."""
    family = FAMILIES.get(str(stored.get("model_type")))
    if family is None:
        raise ExportError(
            f"{folder} is a {stored.get('model_type', 'model of an unnamed type')}, which is not in our "
            "exporter; name a llama.cpp checkout with --llama-cpp PATH."
        )
    try:
        config = Config.model_validate(_completed(stored))
    except ValidationError as error:
        raise ExportError(f"The config.json of {folder} does not fit: {first_fault(error)}.") from error
    oddity = _oddity(stored, config, family)
    if oddity:
        raise ExportError(
            f"{folder} has {oddity}, which is not in our exporter; "
            "name a llama.cpp checkout with --llama-cpp PATH."
        )
    return family, config


def _completed(stored: Mapping[str, Any]) -> dict[str, Any]:
    """With what older files leave to be understood; transformers 5 gathers the positions in one place."""
    filled = dict(stored)
    heads = filled.get("num_attention_heads") or 1
    if not filled.get("num_key_value_heads"):
        filled["num_key_value_heads"] = heads
    if not filled.get("head_dim"):
        filled["head_dim"] = filled.get("hidden_size", 0) // heads
    # transformers 5 writes the second name, mlx-lm and earlier ones read the first.
    filled["num_experts"] = filled.get("num_experts") or filled.get("num_local_experts", 0)
    rope = filled.get("rope_parameters") or filled.get("rope_scaling") or {}
    filled["rope"] = {"rope_theta": filled.get("rope_theta") or 10_000.0, **rope}
    if "type" in rope:
        filled["rope"].setdefault("rope_type", rope["type"])
    return filled


def _oddity(stored: Mapping[str, Any], config: Config, family: Family) -> str | None:
    """What this member of the family has and llama.cpp's network of that name, or our exporter, lacks."""
    ropes = {"default", "llama3"} if family.gguf == "llama" else {"default"}
    # A Mixture-of-Experts Qwen3 of llama.cpp makes the chosen experts' weights sum to 1, always.
    odd = {
        "router weights that are not normalized": family.experts and not config.norm_topk_prob,
        "layers without experts": bool(family.experts and stored.get("mlp_only_layers")),
        "experts in some layers only": family.experts and stored.get("decoder_sparse_step", 1) != 1,
        "biases": bool(stored.get("attention_bias") or stored.get("mlp_bias")),
        f"positions of type {config.rope.rope_type}": config.rope.rope_type not in ropes,
        "attention in a sliding window": config.use_sliding_window,
        f"the activation {config.hidden_act}": config.hidden_act != "silu",
    }
    return next((what for what, holds in odd.items() if holds), None)
