"""The micro agent's network: a Qwen3 mixture of experts in plain torch, small enough for a CPU to train.

It computes what `Qwen3MoeForCausalLM` computes and names its weights in the same way, so that what is trained
here runs in transformers, mlx-lm and llama.cpp. Only torch and pydantic are needed.
"""

from collections.abc import Mapping

import torch
from pydantic import Field, JsonValue
from torch import Tensor, nn
from torch.nn import functional

from index.product import Record

SPREAD = 1.0
"""Standard deviation of the embedding, whose rows are also the output's.

Wide, so that an optimizer's steps are small beside it: at 0.04 thirty steps wiped out what it was born with.
"""
LOUDNESS = 0.04
"""Gain of the last norm at birth, by which the wide embedding gives logits of a few units."""


class Shape(Record):
    """The sizes of the network."""

    vocabulary: int = Field(default=4096, gt=0)
    width: int = Field(default=256, gt=0)
    layers: int = Field(default=6, gt=0)
    heads: int = Field(default=4, gt=0)
    kv_heads: int = Field(default=2, gt=0)
    head_width: int = Field(default=64, gt=0)
    experts: int = Field(default=8, gt=0)
    chosen: int = Field(default=2, gt=0)
    """Experts that each token passes through."""
    expert_width: int = Field(default=256, gt=0)
    context: int = Field(default=16_384, gt=0)
    """Positions that the rotary embedding is made for."""
    rope_base: float = 1e6
    eps: float = 1e-6

    def config(self) -> dict[str, JsonValue]:
        """The same as a Hugging Face `config.json`."""
        return {
            "architectures": ["Qwen3MoeForCausalLM"],
            "model_type": "qwen3_moe",
            "vocab_size": self.vocabulary,
            "hidden_size": self.width,
            "intermediate_size": self.expert_width * self.chosen,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_width,
            "num_experts": self.experts,
            "num_experts_per_tok": self.chosen,
            "moe_intermediate_size": self.expert_width,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
            "norm_topk_prob": True,
            "max_position_embeddings": self.context,
            "rope_theta": self.rope_base,
            "rms_norm_eps": self.eps,
            "hidden_act": "silu",
            "attention_bias": False,
            "tie_word_embeddings": True,
            "torch_dtype": "float32",
        }


class Norm(nn.Module):
    """Root mean square normalization with a learnt gain."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self._eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalize the last dimension."""
        # Of one type with its weight it is one kernel, of two it is six.
        return functional.rms_norm(x, self.weight.shape, self.weight.to(x.dtype), self._eps)


class Attention(nn.Module):
    """Causal attention with grouped keys and normalized queries and keys."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._shape = shape
        queries, keys = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
        self.q_proj = nn.Linear(shape.width, queries, bias=False)
        self.k_proj = nn.Linear(shape.width, keys, bias=False)
        self.v_proj = nn.Linear(shape.width, keys, bias=False)
        self.o_proj = nn.Linear(queries, shape.width, bias=False)
        self.q_norm = Norm(shape.head_width, shape.eps)
        self.k_norm = Norm(shape.head_width, shape.eps)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """`x` is (rows, tokens, width); `turn` the rotary cosines and sines, (tokens, head_width / 2)."""
        shape = self._shape
        q = _turned(self.q_norm(_heads(self.q_proj(x), shape.heads)), turn)
        k = _turned(self.k_norm(_heads(self.k_proj(x), shape.kv_heads)), turn)
        v = _heads(self.v_proj(x), shape.kv_heads)
        groups = shape.heads // shape.kv_heads
        seen = functional.scaled_dot_product_attention(
            q, k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1), is_causal=True
        )
        out: Tensor = self.o_proj(seen.transpose(1, 2).flatten(2))
        return out


class Experts(nn.Module):
    """Feed-forward experts of which each token takes the `chosen` best."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._shape = shape
        self.gate = nn.Linear(shape.width, shape.experts, bias=False)
        self.gate_up = nn.Parameter(torch.empty(shape.experts, shape.width, 2 * shape.expert_width))
        self.down = nn.Parameter(torch.empty(shape.experts, shape.expert_width, shape.width))
        self.balance = torch.zeros(())
        """How unevenly the last tokens were spread, 1 being even (Switch Transformer, equation 4)."""

    def forward(self, x: Tensor) -> Tensor:
        """Tokens are sorted by expert, so that each expert is one matrix product."""
        shape, tokens = self._shape, x.flatten(0, 1)
        likely = self.gate(tokens).softmax(-1)
        weights, chosen = likely.topk(shape.chosen, -1)
        weights = weights / weights.sum(-1, keepdim=True)
        flat = chosen.flatten()
        order = flat.argsort()
        # Unlike a bincount, it has a GPU wait for nothing.
        counts = functional.one_hot(flat, shape.experts).sum(0)
        self.balance = shape.experts * (likely.mean(0) * counts / len(flat)).sum()
        source, ends = order // shape.chosen, counts.cumsum(0).int()
        gate, up = _products(tokens.index_select(0, source), self.gate_up, ends).chunk(2, -1)
        out = _products(functional.silu(gate) * up, self.down, ends)
        weighed = out * weights.flatten().index_select(0, order).unsqueeze(-1)
        return weighed.new_zeros(tokens.shape).index_add(0, source, weighed).view_as(x)


def _products(x: Tensor, matrices: Tensor, ends: Tensor) -> Tensor:
    """Rows up to each end times the matrix of their expert: (tokens, in) and (experts, in, out)."""
    if torch.is_autocast_enabled(x.device.type):
        # torch casts the operands of this product for nobody.
        kind = torch.get_autocast_dtype(x.device.type)
        x, matrices = x.to(kind), matrices.to(kind)
    return functional.grouped_mm(x, matrices, offs=ends)


class Block(nn.Module):
    """One layer: attention, then experts, each over a normalized input."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape.width, shape.eps)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape.width, shape.eps)
        self.mlp = Experts(shape)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """As `Attention.forward`."""
        x = x + self.self_attn(self.input_layernorm(x), turn)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class MicroAgent(nn.Module):
    """The whole network; its output weights are its embedding."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.eps)
        _initialize(self, seed)

    def forward(self, ids: Tensor, wanted: Tensor | None = None) -> Tensor:
        """Logits of the next token for `ids` (rows, tokens): everywhere, or only where `wanted` is true.

        With `wanted` the result is (count, vocabulary): the vocabulary is the dearest matrix of a small
        model, and most positions of a supervised trajectory have no loss.
        """
        x, turn = self.embed_tokens(ids), self._turn(ids.shape[1], ids.device)
        for layer in self.layers:
            x = layer(x, turn)
        x = self.norm(x)
        if wanted is not None:
            x = x[wanted]
        return functional.linear(x, self.embed_tokens.weight)

    @property
    def balance(self) -> Tensor:
        """The mean over layers of `Experts.balance`."""
        return torch.stack([layer.mlp.balance for layer in self._blocks]).mean()

    @property
    def _blocks(self) -> list[Block]:
        return [layer for layer in self.layers if isinstance(layer, Block)]

    def _turn(self, tokens: int, device: torch.device) -> tuple[Tensor, Tensor]:
        half = self.shape.head_width // 2
        rates = self.shape.rope_base ** -(torch.arange(half, device=device) / half)
        angles = torch.arange(tokens, device=device)[:, None] * rates
        return angles.cos(), angles.sin()

    def checkpoint(self) -> dict[str, Tensor]:
        """The weights under the names of a Hugging Face checkpoint, one matrix an expert."""
        named: dict[str, Tensor] = {}
        for name, tensor in self.state_dict().items():
            stem = f"model.{name}"
            if name.endswith("mlp.gate_up"):
                named |= _split(stem.removesuffix("gate_up"), ("gate_proj", "up_proj"), tensor)
            elif name.endswith("mlp.down"):
                named |= _split(stem.removesuffix("down"), ("down_proj",), tensor)
            else:
                named[stem] = tensor
        return named

    def load_checkpoint(self, named: Mapping[str, Tensor]) -> None:
        """Take weights as `checkpoint` gives them; raises KeyError or RuntimeError where they do not fit."""
        state = {}
        for name in self.state_dict():
            stem = f"model.{name}"
            if name.endswith("mlp.gate_up"):
                state[name] = self._joined(stem.removesuffix("gate_up"), ("gate_proj", "up_proj"), named)
            elif name.endswith("mlp.down"):
                state[name] = self._joined(stem.removesuffix("down"), ("down_proj",), named)
            else:
                state[name] = named[stem]
        self.load_state_dict(state)

    def _joined(self, stem: str, parts: tuple[str, ...], named: Mapping[str, Tensor]) -> Tensor:
        return torch.stack(
            [
                torch.cat([named[f"{stem}experts.{at}.{part}.weight"].T for part in parts], dim=1)
                for at in range(self.shape.experts)
            ]
        )


def _split(stem: str, parts: tuple[str, ...], stacked: Tensor) -> dict[str, Tensor]:
    """Stacked experts, (experts, in, out), as one (out, in) matrix for each expert and part."""
    return {
        f"{stem}experts.{at}.{part}.weight": matrix.T.contiguous()
        for at, expert in enumerate(stacked)
        for part, matrix in zip(parts, expert.chunk(len(parts), dim=1), strict=True)
    }


def _heads(x: Tensor, count: int) -> Tensor:
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def _turned(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions, halves apart as Qwen has them."""
    cosine, sine = turn
    one, two = x.chunk(2, -1)
    return torch.cat((one * cosine - two * sine, two * cosine + one * sine), -1)


def _initialize(model: MicroAgent, seed: int) -> None:
    """Normal weights; what writes into the residual stream begins at nothing, so that depth costs nothing."""
    draw = torch.Generator().manual_seed(seed)
    torch.nn.init.constant_(model.norm.weight, LOUDNESS)
    for name, weight in model.named_parameters():
        if weight.dim() == 1:
            continue
        fan_in = weight.shape[-1] if weight.dim() == 2 else weight.shape[1]
        scale = SPREAD if name == "embed_tokens.weight" else fan_in**-0.5
        with torch.no_grad():
            if name.endswith(("o_proj.weight", "mlp.down")):
                weight.zero_()
            else:
                weight.normal_(0, scale, generator=draw)
