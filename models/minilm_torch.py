"""all-MiniLM-L6-v2 as a torch network for bulk embedding on the CPU, with 8-bit matrix products.

The plain network spends 70 % of its time in float32 products; with 8 bits they take half as long. Which texts
share a batch is left to `models.embedder`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from models.minilm import DIMENSIONS, Matrix

_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_OUTLIERS = 8
"""Input channels of a product that are split: a handful of them reach five times the range of all others."""
_PARTS = 4


class Linear:
    """A product in float32."""

    def __init__(self, weight: Any, bias: Any) -> None:
        self.weight = weight
        self.bias = bias
        self.reach: Any = None
        """The largest magnitude seen in each input channel."""

    def __call__(self, rows: Any, *, gelu: bool = False) -> Any:
        from torch.nn.functional import gelu as activation
        from torch.nn.functional import linear

        seen = rows.abs().amax(0)
        self.reach = seen if self.reach is None else self.reach.maximum(seen)
        product = linear(rows, self.weight, self.bias)
        return activation(product) if gelu else product


class Int8Linear:
    """A product of 8-bit numbers: weights scaled for each output channel, rows scaled for each batch.

    An outlier channel stands in `_PARTS` equal parts beside copies of its weights: the same product, while
    the range that 256 steps must cover is that of the other channels (worst cosine 0.995 instead of 0.985).
    """

    def __init__(self, exact: Linear) -> None:
        import torch

        self._outliers = exact.reach.topk(_OUTLIERS).indices
        copies = [exact.weight[:, self._outliers]] * (_PARTS - 1)
        weight = torch.cat([exact.weight, *copies], dim=1)
        # 63 and not 127: without VNNI two products are summed in 16 bits, and 2 x 255 x 127 would saturate.
        self._scale = weight.abs().amax(1) / 63
        whole = (weight / self._scale[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(whole, None)
        self._zeros = torch.zeros(len(whole), dtype=torch.int64)
        self._bias = exact.bias

    def __call__(self, rows: Any, *, gelu: bool = False) -> Any:
        import torch

        parts = rows[:, self._outliers] / _PARTS
        rows = torch.cat([rows, *[parts] * (_PARTS - 1)], dim=1)
        rows[:, self._outliers] = parts
        low, high = (float(bound) for bound in torch.aminmax(rows))
        step = (high - low) / 255
        zero = round(-low / step)
        whole = rows.mul_(1 / step).add_(zero + 0.5).clamp_(0, 255).to(torch.uint8)
        return torch.ops.onednn.qlinear_pointwise(
            whole, step, zero, self._weight, self._scale, self._zeros, self._bias,
            1.0, 0, torch.float32, "gelu" if gelu else "none", [], "none",
        )  # fmt: skip


@dataclass(frozen=True)
class _Layer:
    attend: Any
    """Query, key and value in one product."""
    gather: Any
    gathered: tuple[Any, Any]
    widen: Any
    narrow: Any
    narrowed: tuple[Any, Any]

    def in_int8(self) -> "_Layer":
        products = [Int8Linear(product) for product in (self.attend, self.gather, self.widen, self.narrow)]
        attend, gather, widen, narrow = products
        return _Layer(attend, gather, self.gathered, widen, narrow, self.narrowed)


class Network:
    """Token ids to unit vectors."""

    def __init__(self, tensors: Mapping[str, Any], layers: Sequence[_Layer]) -> None:
        self._words = tensors["embeddings.word_embeddings.weight"]
        kinds = tensors["embeddings.token_type_embeddings.weight"]
        self._places = tensors["embeddings.position_embeddings.weight"] + kinds[0]
        self._norm = _pair(tensors, "embeddings.LayerNorm")
        self._layers = tuple(layers)
        self._tensors = tensors

    @classmethod
    def load(cls, weights: Path) -> Self:
        """Read the weights as float32."""
        from safetensors.torch import load_file

        tensors = load_file(weights)
        return cls(tensors, [_layer(tensors, number) for number in range(_LAYERS)])

    def in_int8(self, sample: Sequence[Sequence[int]]) -> "Network":
        """The same network with 8-bit products; the texts of `sample` show which channels are outliers."""
        self(sample)
        return Network(self._tensors, [layer.in_int8() for layer in self._layers])

    def __call__(self, batch: Sequence[Sequence[int]]) -> Matrix:
        """Unit vectors of shape (n, 384); texts of about one length waste the least."""
        import torch

        lengths = torch.tensor([len(tokens) for tokens in batch])
        longest = int(lengths.max())
        ids = torch.zeros(len(batch), longest, dtype=torch.int64)
        for row, tokens in zip(ids, batch, strict=True):
            row[: len(tokens)] = torch.tensor(tokens)
        real = None if int(lengths.min()) == longest else torch.arange(longest) < lengths[:, None]
        with torch.inference_mode():
            rows = self._run(ids, real).view(len(batch), longest, DIMENSIONS)
            if real is not None:
                rows = rows * real[..., None]
            vectors: Matrix = torch.nn.functional.normalize(rows.sum(1), dim=1).numpy()
        return vectors

    def _run(self, ids: Any, real: Any) -> Any:
        rows = _normed(self._words[ids] + self._places[: ids.shape[1]], self._norm).view(-1, DIMENSIONS)
        for layer in self._layers:
            attended = layer.gather(_attention(layer.attend(rows), ids.shape, real))
            rows = _normed(attended.add_(rows), layer.gathered)
            rows = _normed(layer.narrow(layer.widen(rows, gelu=True)).add_(rows), layer.narrowed)
        return rows


def int8_works() -> bool:
    """Whether this processor has the 8-bit products that are used here."""
    import torch

    capability: str = torch.backends.cpu.get_cpu_capability()
    return capability.startswith("AVX") and bool(torch.backends.mkldnn.is_available())


def _attention(qkv: Any, shape: tuple[int, int], real: Any) -> Any:
    from torch.nn.functional import scaled_dot_product_attention

    split = qkv.view(*shape, 3, _HEADS, DIMENSIONS // _HEADS).permute(2, 0, 3, 1, 4)
    query, key, value = split.unbind(0)
    mask = None if real is None else real[:, None, None, :]
    mixed = scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return mixed.transpose(1, 2).reshape(-1, DIMENSIONS)


def _normed(rows: Any, norm: tuple[Any, Any]) -> Any:
    from torch.nn.functional import layer_norm

    return layer_norm(rows, (DIMENSIONS,), *norm, _EPSILON)


def _layer(tensors: Mapping[str, Any], number: int) -> _Layer:
    import torch

    prefix = f"encoder.layer.{number}."
    selves = [_pair(tensors, f"{prefix}attention.self.{name}") for name in ("query", "key", "value")]
    weights, biases = zip(*selves, strict=True)
    return _Layer(
        attend=Linear(torch.cat(weights), torch.cat(biases)),
        gather=Linear(*_pair(tensors, prefix + "attention.output.dense")),
        gathered=_pair(tensors, prefix + "attention.output.LayerNorm"),
        widen=Linear(*_pair(tensors, prefix + "intermediate.dense")),
        narrow=Linear(*_pair(tensors, prefix + "output.dense")),
        narrowed=_pair(tensors, prefix + "output.LayerNorm"),
    )


def _pair(tensors: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    return tensors[name + ".weight"], tensors[name + ".bias"]
