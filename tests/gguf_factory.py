"""Random-weights GGUF files for tests and benchmarks: models that write garbage, of any size.

The tokenizer, the template and the numbers are those of the product's own `models.random_weights`; what is
added here is other architectures, sizes and faults.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
from numpy.typing import NDArray

from models.random_weights import add_vocabulary, hermes_template, noise, random_tensor

Architecture = Literal["qwen3", "qwen3moe", "lfm2"]

HERMES_TEMPLATE = hermes_template()


@dataclass(frozen=True)
class Shape:
    """Sizes of a network."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head: int
    hidden: int
    experts: int = 4


def write_gguf(
    path: Path,
    *,
    arch: Architecture = "qwen3",
    vocab: int = 4096,
    layers: int = 2,
    width: int = 64,
    shape: Shape | None = None,
    template: str | None = HERMES_TEMPLATE,
    seed: int = 0,
    context: int = 8192,
    tied: bool = False,
    quantized: bool = False,
    keep: float = 1.0,
    wire: int | None = None,
    bos: bool = False,
) -> Path:
    """Write a model and return its path.

    The file ends after the share `keep` of its bytes; with `bos` a text opens with <|endoftext|>.
    """
    shape = shape or Shape(layers, width, heads=width // 16, kv_heads=width // 32, head=16, hidden=2 * width)
    writer = gguf.GGUFWriter(path, arch)
    writer.add_name(f"random {arch}")
    _add_hyperparameters(writer, arch, shape, vocab, context)
    add_vocabulary(writer, vocab, seed, bos=bos)
    if template is not None:
        writer.add_chat_template(template)
    if wire is not None:
        writer.add_uint32("productresearch.wire", wire)
    drawn = noise(seed)
    for name, dimensions in _tensors(arch, shape, vocab, tied):
        _add_tensor(writer, name, dimensions, drawn, quantized)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if keep < 1:
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * keep))
    return path


def write_adapter(
    path: Path,
    *,
    arch: Architecture = "qwen3",
    width: int = 64,
    seed: int = 1,
    base: str = "",
    wire: int | None = None,
) -> Path:
    """Write a LoRA adapter of rank 2 for the second layer's output of a model of this width and mark."""
    writer = gguf.GGUFWriter(path, arch)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    if base:
        writer.add_string("productresearch.base", base)
    if wire is not None:
        writer.add_uint32("productresearch.wire", wire)
    writer.add_float32("adapter.lora.alpha", 2.0)
    noise = np.random.default_rng(seed).standard_normal((2, width), dtype=np.float32)
    writer.add_tensor("blk.1.attn_output.weight.lora_a", noise)
    writer.add_tensor("blk.1.attn_output.weight.lora_b", np.ascontiguousarray(noise.T))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_hyperparameters(writer: Any, arch: Architecture, shape: Shape, vocab: int, context: int) -> None:
    writer.add_vocab_size(vocab)
    writer.add_context_length(context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    if arch == "lfm2":
        attends = [_attends(arch, layer) for layer in range(shape.layers)]
        writer.add_head_count_kv([shape.kv_heads if attention else 0 for attention in attends])
        writer.add_shortconv_l_cache(3)
        return
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    if arch == "qwen3moe":
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(2)
        writer.add_expert_feed_forward_length(shape.hidden)


def _attends(arch: Architecture, layer: int) -> bool:
    """Whether the layer is attention; the others of a hybrid are short convolutions, the first always."""
    return arch != "lfm2" or layer % 2 == 1


def _tensors(
    arch: Architecture, shape: Shape, vocab: int, tied: bool
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes, rows first."""
    yield "token_embd.weight", (vocab, shape.width)
    yield ("token_embd_norm.weight" if arch == "lfm2" else "output_norm.weight"), (shape.width,)
    if not tied:
        yield "output.weight", (vocab, shape.width)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        mixer = _attention(shape) if _attends(arch, layer) else _convolution(shape)
        for name, dimensions in (*mixer, *_feed_forward(arch, shape)):
            yield f"{block}{name}.weight", dimensions


def _attention(shape: Shape) -> list[tuple[str, tuple[int, ...]]]:
    inner, kv_inner = shape.heads * shape.head, shape.kv_heads * shape.head
    return [
        ("attn_norm", (shape.width,)),
        ("attn_q", (inner, shape.width)),
        ("attn_k", (kv_inner, shape.width)),
        ("attn_v", (kv_inner, shape.width)),
        ("attn_output", (shape.width, inner)),
        ("attn_q_norm", (shape.head,)),
        ("attn_k_norm", (shape.head,)),
    ]


def _convolution(shape: Shape) -> list[tuple[str, tuple[int, ...]]]:
    return [
        ("attn_norm", (shape.width,)),
        ("shortconv.conv", (shape.width, 3)),
        ("shortconv.in_proj", (3 * shape.width, shape.width)),
        ("shortconv.out_proj", (shape.width, shape.width)),
    ]


def _feed_forward(arch: Architecture, shape: Shape) -> list[tuple[str, tuple[int, ...]]]:
    up, down = (shape.hidden, shape.width), (shape.width, shape.hidden)
    norm: tuple[str, tuple[int, ...]] = ("ffn_norm", (shape.width,))
    if arch == "qwen3moe":
        of = shape.experts
        return [
            norm,
            ("ffn_gate_inp", (of, shape.width)),
            ("ffn_gate_exps", (of, *up)),
            ("ffn_up_exps", (of, *up)),
            ("ffn_down_exps", (of, *down)),
        ]
    return [norm, ("ffn_gate", up), ("ffn_up", up), ("ffn_down", down)]


def _add_tensor(
    writer: Any, name: str, dimensions: tuple[int, ...], drawn: NDArray[np.float32], quantized: bool
) -> None:
    values = random_tensor(name, dimensions, drawn)
    if quantized and dimensions[-1] % 32 == 0 and not _kept_whole(name, dimensions):
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, values)


def _kept_whole(name: str, dimensions: tuple[int, ...]) -> bool:
    """Norms, convolutions and routers are never quantized."""
    return len(dimensions) == 1 or "conv.conv" in name or "gate_inp" in name
