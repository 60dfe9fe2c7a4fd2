"""Random-weights GGUF files for tests and benchmarks: models that write garbage, of any size.

The tokenizer is a byte-level BPE made of syllables, with the control and user-defined tokens of a
Qwen-like chat model. Nothing in the weights has been learnt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
from numpy.typing import NDArray

Architecture = Literal["qwen3", "qwen3moe", "lfm2"]

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
USER_DEFINED = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")

HERMES_TEMPLATE = """\
{%- if messages[0].role == 'system' or tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content }}{% endif %}
    {%- if tools %}
        {{- '\\n\\nTools you can call:\\n<tools>\\n' }}
        {%- for tool in tools %}{{- tool | tojson + '\\n' }}{% endfor %}
        {{- '</tools>\\nWrite a call as <tool_call>{"name": ..., "arguments": ...}</tool_call>.' }}
    {%- endif %}
    {{- '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'tool' %}
        {%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{% endif %}
        {{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
        {%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\\n' }}{% endif %}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' + message.content.split('</think>')[-1].lstrip('\\n') }}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role != 'system' %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
"""


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
    _add_tokenizer(writer, vocab, seed, bos)
    if template is not None:
        writer.add_chat_template(template)
    if wire is not None:
        writer.add_uint32("productresearch.wire", wire)
    noise = np.random.default_rng(seed).standard_normal(1 << 20, dtype=np.float32)
    for name, dimensions in _tensors(arch, shape, vocab, tied):
        _add_tensor(writer, name, dimensions, noise, quantized)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if keep < 1:
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * keep))
    return path


def write_adapter(path: Path, *, arch: Architecture = "qwen3", width: int = 64, seed: int = 1) -> Path:
    """Write a LoRA adapter of rank 2 for the second layer's output of a model of this width."""
    writer = gguf.GGUFWriter(path, arch)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
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
    writer: Any, name: str, dimensions: tuple[int, ...], noise: NDArray[np.float32], quantized: bool
) -> None:
    """Norms are ones; a matrix keeps the size of what passes, the last one favours some tokens."""
    if len(dimensions) == 1:
        writer.add_tensor(name, np.ones(dimensions, dtype=np.float32))
        return
    scale = 3.0 if name == "output.weight" else 1.0
    start = len(name) * 7919 + sum(name.encode()) * 104729
    values = np.resize(np.roll(noise, start), dimensions) * np.float32(scale / np.sqrt(dimensions[-1]))
    if quantized and dimensions[-1] % 32 == 0 and "conv.conv" not in name and "gate_inp" not in name:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, values)


def _add_tokenizer(writer: Any, vocab: int, seed: int, bos: bool) -> None:
    tokens, merges = _vocabulary(vocab - len(CONTROL) - len(USER_DEFINED), seed)
    kinds = [gguf.TokenType.NORMAL] * len(tokens)
    kinds += [gguf.TokenType.CONTROL] * len(CONTROL) + [gguf.TokenType.USER_DEFINED] * len(USER_DEFINED)
    tokens = [*tokens, *CONTROL, *USER_DEFINED]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(bos)


def _byte_letters() -> list[str]:
    """The printable letter that stands for each byte in a byte-level BPE vocabulary (the GPT-2 table)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]


def _vocabulary(size: int, seed: int) -> tuple[list[str], list[str]]:
    """Tokens and merges: bytes, JSON punctuation, foreign letters, letter pairs, then random compounds."""
    letters = _byte_letters()
    merges: dict[str, str] = {}

    def merge(left: str, right: str) -> None:
        if left + right not in merges and len(merges) < size - 256:
            merges[left + right] = f"{left} {right}"

    space, newline = letters[0x20], letters[0x0A]
    for pair in ('{"', '":', '",', '"}', "}}", "].", "}.", ", ", "P1", "P2", "<|", "</", "\n\n", ' "', "  "):
        merge(*pair.replace(" ", space).replace("\n", newline))
    for letter in (*"éüñß", *map(chr, range(0xAC00, 0xAC00 + 64)), *map(chr, range(0x4E00, 0x4E00 + 64))):
        left, *rest = (letters[byte] for byte in letter.encode())
        for right in rest:
            merge(left, right)
            left += right
    lower = "etaoinshrdlucmfwypvbgkjqxz"
    for first in (space, *lower, *lower.upper()):
        for second in lower:
            merge(first, second)
    _compounds(merges, size - 256, seed)
    return [*letters, *merges], list(merges.values())


def _compounds(merges: dict[str, str], wanted: int, seed: int) -> None:
    """Fill up with pairs of what is there, so that lengths grow as they do in a trained vocabulary."""
    if len(merges) >= wanted:
        return
    plain = [token for token in merges if token.isascii() and token.isalpha()]
    heads = [token for token in merges if token[-1].isascii() and token[-1].isalpha()]
    draw = np.random.default_rng(seed)
    while len(merges) < wanted:
        pairs = draw.random((4096, 2))
        for left, right in _picked(heads, plain, pairs):
            token = left + right
            if len(token) <= 12 and token not in merges and len(merges) < wanted:
                merges[token] = f"{left} {right}"
                heads.append(token)


def _picked(
    heads: Sequence[str], plain: Sequence[str], pairs: NDArray[np.float64]
) -> Iterator[tuple[str, str]]:
    for first, second in pairs:
        yield heads[int(first * len(heads))], plain[int(second * len(plain))]
