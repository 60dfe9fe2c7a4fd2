"""Hugging Face's `tokenizer.json` of a byte-level BPE vocabulary, as the `tokenizers` library reads it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Added(NamedTuple):
    """A special token: one that no merge makes."""

    id: int
    text: str
    control: bool
    """Whether it is never shown, as what ends a turn."""


def tokenizer_json(
    vocabulary: Mapping[str, int],
    merges: Iterable[tuple[str, str]],
    added: Iterable[Added],
    steps: Sequence[Mapping[str, Any]],
    *,
    post_processor: Mapping[str, Any] | None = None,
    whole_words_first: bool = False,
) -> dict[str, Any]:
    """The file's contents; `steps` are those of the pre-tokenizer.

    With `whole_words_first` a pre-token that is a token is taken as it is, whatever the merges say.
    """
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(token) for token in added],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": list(steps)},
        "post_processor": post_processor,
        "decoder": byte_level(),
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": whole_words_first,
            "vocab": dict(vocabulary),
            "merges": [list(pair) for pair in merges],
        },
    }


def byte_level(*, use_regex: bool = False) -> dict[str, Any]:
    """The step that writes bytes as letters; with `use_regex` it cuts as GPT-2 does before."""
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": use_regex}


def split(pattern: str) -> list[dict[str, Any]]:
    """The steps of a pre-tokenizer that cuts by a pattern and then writes bytes as letters."""
    cut = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return [cut, byte_level()]


def byte_letters() -> list[str]:
    """The printable letter that stands for each byte (the GPT-2 table)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]


def _added(token: Added) -> dict[str, Any]:
    return {
        "id": token.id,
        "content": token.text,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": token.control,
    }
