"""What each tensor is called: Hugging Face's names on one side, llama.cpp's on the other.

llama.cpp keeps the experts of a layer in one tensor, where Hugging Face has a matrix for each.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from finetune.export.families import Config, Family

_ATTENTION = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
}
_HEAD_NORMS = {"self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"}
_FEED_FORWARD = {"gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down"}


@dataclass(frozen=True)
class Named:
    """One tensor of a GGUF file and where it comes from."""

    gguf: str
    sources: tuple[str, ...]
    """Hugging Face's names; more than one where they are stacked in this order."""
    stacked: bool
    heads: int = 0
    """In how many heads its rows are re-ordered for llama.cpp; 0 leaves them as they are."""


def tensor_names(family: Family, config: Config, tied: bool) -> Iterator[Named]:
    """Every tensor of a model in the order of its GGUF file; `tied` leaves the output weights out."""
    yield _plain("token_embd", "model.embed_tokens")
    for layer in range(config.num_hidden_layers):
        yield from _layer(family, config, layer)
    yield _plain("output_norm", "model.norm")
    if not tied:
        yield _plain("output", "lm_head")


def _layer(family: Family, config: Config, layer: int) -> Iterator[Named]:
    here, there = f"model.layers.{layer}", f"blk.{layer}"
    turned = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for theirs, ours in (_ATTENTION | (_HEAD_NORMS if family.normalized_heads else {})).items():
        heads = turned.get(ours, 0) if family.paired_rows else 0
        yield _plain(f"{there}.{ours}", f"{here}.{theirs}", heads)
    yield _plain(f"{there}.ffn_norm", f"{here}.post_attention_layernorm")
    if family.experts:
        yield _plain(f"{there}.ffn_gate_inp", f"{here}.mlp.gate")
    for theirs, ours in _FEED_FORWARD.items():
        if family.experts:
            experts = range(config.num_experts)
            sources = tuple(f"{here}.mlp.experts.{expert}.{theirs}.weight" for expert in experts)
            yield Named(f"{there}.{ours}_exps.weight", sources, stacked=True)
        else:
            yield _plain(f"{there}.{ours}", f"{here}.mlp.{theirs}")


def _plain(ours: str, theirs: str, heads: int = 0) -> Named:
    return Named(f"{ours}.weight", (f"{theirs}.weight",), stacked=False, heads=heads)
