"""A chat model that has learnt nothing: the floor under every measurement, made here in half a second.

It is the smallest Qwen3 that llama.cpp runs, with a byte-level vocabulary of syllables and a chat template
that knows tools. What it writes is decided by the grammar alone, so it shows what the grammar and the code
around a model are worth without one.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gguf import GGUFWriter

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
USER_DEFINED = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")

VOCABULARY = 8192
"""Tokens: with fewer a report takes more of them, and time goes by tokens (2,048 took twice as long)."""
WIDTH = 32
"""Numbers a token; the one layer has one head of this size."""
CONTEXT = 32_768


def write_random_weights(path: Path, *, seed: int = 0) -> Path:
    """Write the model and return its path; the same seed gives the same weights."""
    # gguf takes 0.2 s to import and is needed only when a model is made.
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "qwen3")
    writer.add_name("random weights")
    writer.add_vocab_size(VOCABULARY)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_key_length(WIDTH)
    writer.add_value_length(WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    add_vocabulary(writer, VOCABULARY, seed)
    writer.add_chat_template(hermes_template())
    drawn = noise(seed)
    for name, dimensions in _tensors():
        writer.add_tensor(name, random_tensor(name, dimensions, drawn))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@cache
def hermes_template() -> str:
    """A chat template with tools in the form of Hermes, as Jinja."""
    return files("models").joinpath("random_weights.jinja").read_text(encoding="utf-8")


def noise(seed: int) -> NDArray[np.float32]:
    """Numbers of which every tensor of a model takes its own stretch."""
    return np.random.default_rng(seed).standard_normal(1 << 20, dtype=np.float32)


def random_tensor(name: str, dimensions: tuple[int, ...], drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """Norms are ones; a matrix keeps the size of what passes, the last one favours some tokens."""
    if len(dimensions) == 1:
        return np.ones(dimensions, dtype=np.float32)
    scale = 3.0 if name == "output.weight" else 1.0
    start = len(name) * 7919 + sum(name.encode()) * 104729
    return np.resize(np.roll(drawn, start), dimensions) * np.float32(scale / np.sqrt(dimensions[-1]))


def add_vocabulary(writer: "GGUFWriter", size: int, seed: int, *, bos: bool = False) -> None:
    """Give a model a tokenizer of so many tokens; with `bos` a text opens with <|endoftext|>."""
    from gguf import TokenType

    tokens, merges = _vocabulary(size - len(CONTROL) - len(USER_DEFINED), seed)
    kinds = [TokenType.NORMAL] * len(tokens)
    kinds += [TokenType.CONTROL] * len(CONTROL) + [TokenType.USER_DEFINED] * len(USER_DEFINED)
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


def _tensors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes, rows first."""
    yield "token_embd.weight", (VOCABULARY, WIDTH)
    yield "output_norm.weight", (WIDTH,)
    yield "output.weight", (VOCABULARY, WIDTH)
    for name in ("attn_norm", "attn_q_norm", "attn_k_norm", "ffn_norm"):
        yield f"blk.0.{name}.weight", (WIDTH,)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        yield f"blk.0.{name}.weight", (WIDTH, WIDTH)


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
